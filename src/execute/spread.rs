//! Rows of one group that are sent in any order, because they add and remove different people.
//! Their memberships share commands of the group (`group_side`).

use super::input_rows::InputRows;
use super::referenced_names::all_referenced_names;
use super::request::reread_rows;
use crate::plan::{Key, Plan, RowOfPeople, Schedule, WorkItem};
use crate::table::RowBuffer;
use std::io;

/// Reads the rows of a work item about a group again, and releases them to be sent in any order.
///
/// # Errors
/// When a row cannot be read again.
pub(super) fn spread(
    item: WorkItem,
    input_rows: &InputRows<'_>,
    plan: &Plan,
    schedule: &mut Schedule<'_>,
    buffers: &mut Vec<RowBuffer>,
) -> io::Result<()> {
    let changes = reread_rows(&item, input_rows, plan, buffers)?.0;
    let rows = changes.iter().map(|(row, change)| {
        let group = Key::of(change);
        let mut people = all_referenced_names(change, input_rows);
        people.retain(|name| *name != group);
        RowOfPeople { row: *row, people }
    });
    schedule.spread(item, rows.collect());
    Ok(())
}
