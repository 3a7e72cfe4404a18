//! Why a row is not sent.

use super::outcomes::{OutcomeStatus, Reason};
use crate::change::{Problem, RowEffect, problems_text};
use crate::journal::RowDecision;
use crate::reconcile::WhyUnchanged;
use crate::table::{Field, RowFault, Table};

/// Why a row is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// Something is wrong with it.
    Invalid {
        /// The code as in the results file.
        code: String,
        /// The message as in the results file.
        message: String,
        /// Whether the organization may already match the row, so that nothing is wrong: the row
        /// was not compared.
        maybe_unchanged: bool,
        /// The part of the row that is not applied, if that is the problem.
        effect: RowEffect,
    },
    /// There is nothing to send.
    Unchanged {
        /// Whether that is so because a user is not a member or does not exist, according to the
        /// list.
        relies_on_absence: bool,
        /// Why.
        why: WhyUnchanged,
        /// The part of the row that is not applied.
        effect: RowEffect,
        /// The part that is not applied, in words.
        remark: String,
        /// The user of the row, if nobody has that name.
        who: String,
    },
    /// It means a name that an invalid row before it was to change or to give.
    Behind(Reason),
    /// The run has decided so earlier.
    Decided(RowDecision),
    /// It describes no person, or does not count.
    Skipped {
        /// The code as in the results file.
        code: &'static str,
        /// The message as in the results file.
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

    /// Creates the skip of a row with these problems.
    pub(super) fn wrong(problems: &[Problem]) -> Self {
        let (code, message) = problems_text(problems);
        Self::Invalid { code, message, maybe_unchanged: false, effect: RowEffect::NONE }
    }

    /// Creates the skip of a row with these problems that was not compared with the organization,
    /// which may already match it.
    pub(super) fn wrong_uncompared(problems: &[Problem]) -> Self {
        let (code, message) = problems_text(problems);
        let maybe_unchanged = problems.iter().all(|problem| problem.moot.is_some());
        Self::Invalid { code, message, maybe_unchanged, effect: RowEffect::NONE }
    }

    /// Names the cell that is wrong, if the table is a sheet: its address comes before the message.
    pub(super) fn at_cell(mut self, table: &Table, line: u64) -> Self {
        if let Self::Invalid { code, message, .. } = &mut self {
            let field = code.strip_prefix("invalid.").and_then(|code| code.split('.').next());
            let field = field.and_then(Field::from_name);
            if let Some(cell) = field.and_then(|field| table.cell_address(field, line)) {
                message.insert_str(0, &format!("{cell}: "));
            }
        }
        self
    }

    pub(super) fn faulty(fault: &RowFault) -> Self {
        if fault.is_skipped() {
            let code = match fault {
                RowFault::SwitchedOff => "skipped.comment",
                RowFault::HeaderAgain => "skipped.header",
                RowFault::Filtered => "skipped.where",
                _ => "skipped.total",
            };
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
