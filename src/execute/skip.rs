//! Why a row is not sent.

use super::outcomes::{OutcomeStatus, Reason};
use crate::change::{Problem, RowEffect, problems_text};
use crate::journal::RowDecision;
use crate::reconcile::WhyUnchanged;
use crate::table::RowFault;

/// Why a row is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// Something is wrong with it.
    Invalid {
        /// The code as in the results file.
        code: String,
        /// The message, likewise.
        message: String,
        /// It may be that the organization looks already so, and nothing is wrong then: nobody has
        /// compared.
        maybe_unchanged: bool,
        /// What of the row is not applied, where that is what is wrong.
        effect: RowEffect,
    },
    /// There is nothing that could be sent.
    Unchanged {
        /// For somebody is no member or is not there, as the list says.
        relies_on_absence: bool,
        /// Why.
        why: WhyUnchanged,
        /// What of the row is not applied.
        effect: RowEffect,
        /// The same in words.
        remark: String,
        /// Whom the row is about, where nobody is there by that name.
        who: String,
    },
    /// It means a name that an invalid row before it was to change or to give.
    Behind(Reason),
    /// Its run has decided so before.
    Decided(RowDecision),
    /// It is no person, or does not count.
    Skipped {
        /// The code as in the results file.
        code: &'static str,
        /// The message, likewise.
        message: String,
    },
}

impl Skip {
    /// Whether something is wrong with the row.
    pub(super) fn is_invalid(&self) -> bool {
        match self {
            Self::Decided(decision) => decision.status == OutcomeStatus::Invalid,
            _ => matches!(self, Self::Invalid { .. }),
        }
    }

    /// A row with these problems.
    pub(super) fn wrong(problems: &[Problem]) -> Self {
        let (code, message) = problems_text(problems);
        Self::Invalid { code, message, maybe_unchanged: false, effect: RowEffect::NONE }
    }

    /// The same where nobody has compared the row with the organization: that may show that what it
    /// asks for is so already.
    pub(super) fn wrong_uncompared(problems: &[Problem]) -> Self {
        let (code, message) = problems_text(problems);
        let maybe_unchanged = problems.iter().all(|problem| problem.moot.is_some());
        Self::Invalid { code, message, maybe_unchanged, effect: RowEffect::NONE }
    }

    pub(super) fn faulty(fault: &RowFault) -> Self {
        if fault.is_skipped() {
            let code =
                if *fault == RowFault::SwitchedOff { "skipped.comment" } else { "skipped.total" };
            return Self::Skipped { code, message: fault.to_string() };
        }
        Self::Invalid {
            code: format!("invalid.row.{}", fault.reason()),
            message: fault.to_string(),
            maybe_unchanged: false,
            effect: RowEffect::NONE,
        }
    }
}
