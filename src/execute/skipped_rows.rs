//! Counts rows that are not sent, by status.

use super::each_row::each_row;
use super::input_rows::InputRows;
use super::outcomes::OutcomeStatus;
use crate::plan::Plan;
use std::collections::BTreeMap;
use std::io;

/// Rows that are not sent and have no outcome of a request, by status.
pub(crate) type SkippedRows = BTreeMap<OutcomeStatus, u64>;

/// Counts those rows within `--rows` that are not in the plan and that `is_counted` accepts.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn skipped_rows(
    input_rows: &InputRows<'_>,
    plan: &Plan,
    is_counted: impl Fn(u32) -> bool + Sync,
) -> io::Result<SkippedRows> {
    let mut skipped = SkippedRows::new();
    each_row(
        input_rows.table,
        |block, index, buffer, found| {
            let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            if plan.footprint(row).is_sent() || !is_counted(row) {
                return;
            }
            if let Some(Err(skip)) = input_rows.evaluate_detailed(block, index, buffer) {
                found.push(input_rows.decision(skip).status);
            }
        },
        |status| *skipped.entry(status).or_default() += 1,
    )?;
    Ok(skipped)
}
