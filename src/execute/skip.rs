//! Why a row is not sent.

use super::outcomes::{OutcomeStatus, Reason};
use super::problem_kinds::RowProblem;
use crate::change::{PROBLEM_SEPARATOR, Problem, RowEffect, problems_text};
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
        /// The problems one by one; empty if the message names one.
        problems: Vec<RowProblem>,
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
        let problems = problems.iter().map(RowProblem::new).collect();
        let effect = RowEffect::NONE;
        Self::Invalid { code, message, maybe_unchanged: false, effect, problems }
    }

    /// Creates the skip of a row with these problems that was not compared with the organization,
    /// which may already match it.
    pub(super) fn wrong_uncompared(problems: &[Problem]) -> Self {
        let mut skip = Self::wrong(problems);
        if let Self::Invalid { maybe_unchanged, .. } = &mut skip {
            *maybe_unchanged = problems.iter().all(|problem| problem.waivable.is_some());
        }
        skip
    }

    /// Names the cells that are wrong, if they have an address: it comes before what is wrong.
    pub(super) fn at_cells(mut self, address: impl Fn(Field) -> Option<String>) -> Self {
        let of_field = |field: &str| Field::from_name(field).and_then(&address);
        if let Self::Invalid { code, message, problems, .. } = &mut self {
            if problems.is_empty() {
                let field = code.strip_prefix("invalid.").and_then(|code| code.split('.').next());
                if let Some(cell) = field.and_then(of_field) {
                    message.insert_str(0, &format!("{cell}: "));
                }
                return self;
            }
            let mut texts = Vec::new();
            for problem in problems {
                problem.cell = of_field(&problem.field);
                texts.push(match &problem.cell {
                    Some(cell) => format!("{cell}: {}", problem.message),
                    None => problem.message.clone(),
                });
            }
            *message = texts.join(PROBLEM_SEPARATOR);
        }
        self
    }

    /// Returns why a row with a fault in its text is not sent.
    pub(super) fn faulty(fault: &RowFault) -> Self {
        if let Some(code) = fault.skip_code() {
            return Self::Skipped { code, message: fault.to_string() };
        }
        Self::Invalid {
            code: format!("invalid.{}.{}", fault.place(), fault.reason()),
            message: fault.to_string(),
            maybe_unchanged: false,
            effect: RowEffect::NONE,
            problems: Vec::new(),
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
            waivable: None,
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
