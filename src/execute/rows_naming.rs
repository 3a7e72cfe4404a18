//! Rows about users and groups that others have changed.

use super::input_rows::InputRows;
use crate::organization::{HashedName, recently_changed};
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
    let mut naming = HashSet::new();
    let mut buffer = RowBuffer::default();
    for row in rows {
        let change = input_rows.reread_row(*row, plan.place(*row), &mut buffer)?;
        let is_named = |name: &HashedName| names.binary_search(name).is_ok();
        if recently_changed(&change).iter().any(is_named) {
            naming.insert(*row);
        }
    }
    Ok(naming)
}
