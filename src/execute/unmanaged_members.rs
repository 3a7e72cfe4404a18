//! Finds the users who keep managed groups because their row has an empty cell of groups.

use super::each_row::each_row;
use super::input_rows::InputRows;
use crate::change::{Change, Rules};
use crate::table::{Block, Cells, Field, RowBuffer, trim};
use std::collections::HashSet;
use std::io;

/// Counts the users in managed groups who keep them, because no row lists their groups and at least
/// one row has an empty cell of groups. Most files have no such cells: then they are read once.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn keepers(files: &[InputRows<'_>]) -> io::Result<u64> {
    let mut keepers = HashSet::new();
    for input_rows in files {
        each_with_empty_cell(input_rows, |number| _ = keepers.insert(number))?;
    }
    if keepers.is_empty() {
        return Ok(0);
    }
    for input_rows in files {
        each_whose_groups_are_listed(input_rows, |number| _ = keepers.remove(&number))?;
    }
    Ok(keepers.len() as u64)
}

/// Passes the users in managed groups for whom a row has an empty cell of groups to `take`, by
/// number.
fn each_with_empty_cell(
    input_rows: &InputRows<'_>,
    take: impl FnMut(u32) + Send,
) -> io::Result<()> {
    let Some(known) = input_rows.baseline else { return Ok(()) };
    let read = known.first_reading.as_ref().and_then(|reading| reading.exact());
    if read.is_some_and(|read| !read.has_empty_cells) {
        return Ok(());
    }
    let columns = input_rows.table.group_columns();
    let rules = Rules { no_groups: columns.clone(), ..input_rows.rules.clone() };
    // With these rules, an empty cell means no groups.
    let otherwise = InputRows { rules: &rules, ..*input_rows };
    let visit = |block: &Block, index: usize, buffer: &mut RowBuffer, found: &mut Vec<u32>| {
        if block.cells(index, buffer).is_ok_and(|cells| has_empty_cell(&cells, &columns))
            && let Some(Ok(Change::User(user))) = input_rows.requested_change(block, index, buffer)
            && !user.lists
            && let Some(number) = known.who(&user).filter(|number| known.has_managed(*number))
            && let Some(Ok(Change::User(other))) =
                otherwise.requested_change(block, index, &mut RowBuffer::default())
            && other.lists
        {
            found.push(number);
        }
    };
    each_row(input_rows.table, visit, take)
}

/// Whether a row has an empty cell in one of these columns.
pub(super) fn has_empty_cell(cells: &Cells<'_>, columns: &[Field]) -> bool {
    columns.iter().any(|field| trim(cells.get(*field)).is_empty())
}

/// Passes the users whose groups a row lists to `take`, by number.
fn each_whose_groups_are_listed(
    input_rows: &InputRows<'_>,
    take: impl FnMut(u32) + Send,
) -> io::Result<()> {
    let Some(known) = input_rows.baseline else { return Ok(()) };
    let visit = |block: &Block, index: usize, buffer: &mut RowBuffer, found: &mut Vec<u32>| {
        if let Some(Ok(Change::User(user))) = input_rows.requested_change(block, index, buffer)
            && user.lists
        {
            found.extend(known.who(&user));
        }
    };
    each_row(input_rows.table, visit, take)
}
