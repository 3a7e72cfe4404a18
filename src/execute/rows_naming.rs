//! Rows about users and groups that others have changed.

use super::each_row::each_row;
use super::input_rows::InputRows;
use crate::change::{Change, each_needed_group};
use crate::organization::{HashedName, hashed_group, name_forms, recently_changed};
use crate::plan::Plan;
use crate::table::RowBuffer;
use std::collections::HashSet;
use std::io;

/// Returns those of these rows, from 0, that are about a user or group with one of these names,
/// which are in order.
///
/// # Errors
/// When a row cannot be read again.
pub(crate) fn rows_naming(
    input_rows: InputRows<'_>,
    plan: &Plan,
    rows: &HashSet<u32>,
    names: &[HashedName],
) -> io::Result<HashSet<u32>> {
    rows_where(input_rows, plan, rows, |change| has_any(&recently_changed(change), names))
}

/// Returns those of these rows, from 0, that have one of these names, which are in order, anywhere:
/// also as the group of a user. The names may include [forms of names](name_forms).
///
/// # Errors
/// When a row cannot be read again.
pub(crate) fn rows_with_any(
    input_rows: InputRows<'_>,
    plan: &Plan,
    rows: &HashSet<u32>,
    names: &[HashedName],
) -> io::Result<HashSet<u32>> {
    rows_where(input_rows, plan, rows, |change| {
        let names_of_row: Vec<_> =
            all_names(change).into_iter().chain(name_forms(change)).collect();
        has_any(&names_of_row, names)
    })
}

/// Whether one of the names is one of these others, which are in order.
fn has_any(names: &[HashedName], others: &[HashedName]) -> bool {
    names.iter().any(|name| others.binary_search(name).is_ok())
}

fn rows_where(
    input_rows: InputRows<'_>,
    plan: &Plan,
    rows: &HashSet<u32>,
    is_meant: impl Fn(&Change<'_>) -> bool,
) -> io::Result<HashSet<u32>> {
    let mut naming = HashSet::new();
    let mut buffer = RowBuffer::default();
    for row in rows {
        let change = input_rows.reread_row(*row, plan.place(*row), &mut buffer)?;
        if is_meant(&change) {
            naming.insert(*row);
        }
    }
    Ok(naming)
}

/// Returns the rows of a file, from 0, for which `is_meant` is true, each with the hashes of all
/// users and groups that it names. `is_meant` gets a row and these hashes.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn rows_with_names(
    input_rows: InputRows<'_>,
    is_meant: impl Fn(u32, &[HashedName]) -> bool + Sync,
) -> io::Result<Vec<(u32, Vec<HashedName>)>> {
    let whole = InputRows { range: None, ..input_rows };
    let mut all = Vec::new();
    each_row(
        whole.table,
        |block, index, buffer, found| {
            let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            if let Some(Ok(change)) = whole.requested_change(block, index, buffer) {
                let names = all_names(&change);
                if is_meant(row, &names) {
                    found.push((row, names));
                }
            }
        },
        |found| all.push(found),
    )?;
    Ok(all)
}

/// Returns the hashes of all users and groups in a change.
fn all_names(change: &Change<'_>) -> Vec<HashedName> {
    let mut names = recently_changed(change);
    each_needed_group(change, |group, _| names.push(hashed_group(group)));
    names
}
