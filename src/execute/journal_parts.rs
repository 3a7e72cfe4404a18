//! Checks the parts of rows in a journal.

use super::input_rows::InputRows;
use crate::journal::{Journal, JournalError, RecoveredState, RunIdentity};
use crate::number::count;
use crate::plan::{Plan, commands};
use crate::table::RowBuffer;

/// Rejects a journal that has more parts for a row alone than the row has, because the row must not
/// count as completed. Of rows that were planned together, some may have continued without the
/// others.
///
/// # Errors
/// When there is such a row, or the journal has a row that the file does not have: the journal is
/// damaged. When a row cannot be read again.
pub(crate) fn check_parts(
    journal: &Journal,
    recovered: &RecoveredState,
    about: &RunIdentity,
    input_rows: &InputRows<'_>,
    plan: &Plan,
) -> Result<(), JournalError> {
    if about.rows != plan.rows() {
        let (then, now) = (count(about.rows.into(), "row"), count(plan.rows().into(), "row"));
        let why = format!("it belongs to a file of {then}, but the same file has {now}");
        return Err(journal.damaged(&why));
    }
    let mut buffer = RowBuffer::default();
    let mut rows: Vec<(u32, usize)> =
        recovered.progress.iter().map(|(row, progress)| (*row, progress.part)).collect();
    rows.retain(|(row, part)| {
        *part > 0 && plan.footprint(*row).is_sent() && plan.command_rows(*row).len() < 2
    });
    rows.sort_unstable();
    for (row, part) in rows {
        let change = input_rows
            .reread_row(row, plan.place(row), &mut buffer)
            .map_err(|error| journal.damaged(&error))?;
        if part >= commands(&[(row, &change)]).len() {
            let why = format!(
                "it says that part {} of row {} comes next, but the row has no such part",
                part as u64 + 1,
                u64::from(row) + 1
            );
            return Err(journal.damaged(&why));
        }
    }
    Ok(())
}
