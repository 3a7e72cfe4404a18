//! What is left of a run that has stopped.

use crate::execute::{InputRows, Outcomes, RemainingRows};
use crate::import::first_questions::{FirstQuestions, Inquiry};
use crate::organization::Organization;
use crate::plan::Ahead;
use crate::report::Remaining;
use jiff::Timestamp;

/// Returns what is left of a run that has stopped. The next start of the same command first asks
/// about the remaining people, as this one did.
pub(crate) fn remaining(
    input_rows: InputRows<'_>,
    left: &RemainingRows,
    outcomes: &Outcomes,
    list: Option<&Organization>,
) -> Remaining {
    let is_left = |_, row: u64| !u32::try_from(row - 1).is_ok_and(|row| outcomes.is_completed(row));
    let all_input_rows = [input_rows];
    let first = Inquiry::about(&all_input_rows, &[], &is_left)
        .and_then(|inquiry| FirstQuestions::of(&inquiry, &all_input_rows, list))
        .unwrap_or_default();
    let work = first.before(&left.ahead.work);
    let ahead = Box::new(Ahead { work, ..Ahead::clone(&left.ahead) });
    Remaining::new(&RemainingRows { ahead, ..left.clone() }, Timestamp::now())
}
