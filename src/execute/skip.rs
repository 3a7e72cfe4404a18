//! Why a row is not sent.

use super::outcomes::{OutcomeStatus, Reason};
use crate::change::{Problem, RowEffect, further_problems, problems_text};
use crate::journal::RowDecision;
use crate::reconcile::WhyUnchanged;
use crate::table::{Field, RowFault};

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
        /// Where the problems after the first one begin in the message, each with its field.
        further: Vec<(usize, &'static str)>,
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
        let further = further_problems(problems);
        Self::Invalid { code, message, maybe_unchanged: false, effect: RowEffect::NONE, further }
    }

    /// Creates the skip of a row with these problems that was not compared with the organization,
    /// which may already match it.
    pub(super) fn wrong_uncompared(problems: &[Problem]) -> Self {
        let (code, message) = problems_text(problems);
        let maybe_unchanged = problems.iter().all(|problem| problem.moot.is_some());
        let further = further_problems(problems);
        Self::Invalid { code, message, maybe_unchanged, effect: RowEffect::NONE, further }
    }

    /// Names the cells that are wrong, if they have an address: it comes before what is wrong.
    pub(super) fn at_cells(mut self, address: impl Fn(Field) -> Option<String>) -> Self {
        if let Self::Invalid { code, message, further, .. } = &mut self {
            let first = code.strip_prefix("invalid.").and_then(|code| code.split('.').next());
            let first = first.map(|field| (0, field));
            // Each address moves what is behind it.
            for (at, field) in std::mem::take(further).into_iter().rev().chain(first) {
                if let Some(cell) = Field::from_name(field).and_then(&address) {
                    message.insert_str(at, &format!("{cell}: "));
                }
            }
        }
        self
    }

    pub(super) fn faulty(fault: &RowFault) -> Self {
        if let Some(code) = fault.skip_code() {
            return Self::Skipped { code, message: fault.to_string() };
        }
        Self::Invalid {
            code: format!("invalid.row.{}", fault.reason()),
            message: fault.to_string(),
            maybe_unchanged: false,
            effect: RowEffect::NONE,
            further: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_cell_is_named() {
        let problem = |field: &'static str, advice: &str| Problem {
            field,
            reason: "control",
            value: "a | b".to_owned(),
            advice: advice.to_owned(),
            moot: None,
        };
        let problems = [
            problem("firstname", "is odd"),
            problem("lastname", "is odd, too"),
            problem("row", "is long"),
            problem("country", "is unknown"),
        ];
        let address = |field: Field| Some(format!("S!{}7", field.name()));
        let Skip::Invalid { message, .. } = Skip::wrong(&problems).at_cells(address) else {
            panic!("not invalid")
        };
        assert_eq!(
            message,
            "S!firstname7: firstname `a | b` is odd | S!lastname7: lastname `a | b` is odd, too | \
             row `a | b` is long | S!country7: country `a | b` is unknown"
        );
    }

    #[test]
    fn rows_without_a_person_are_skipped_for_their_own_reasons() {
        for (fault, code) in [
            (RowFault::SwitchedOff, "skipped.comment"),
            (RowFault::Total, "skipped.total"),
            (RowFault::HeaderAgain, "skipped.header"),
            (RowFault::Filtered, "skipped.where"),
        ] {
            let skip = Skip::faulty(&fault);
            assert!(matches!(skip, Skip::Skipped { code: found, .. } if found == code), "{skip:?}");
        }
        assert!(Skip::faulty(&RowFault::OtherHeader).is_invalid());
    }
}
