//! Renames in rows that are not sent, for something is wrong with them: rows behind them mean a name
//! that nobody gets, or that somebody keeps.

use super::each_row::each_row;
use super::earlier_rows::names_of_rename;
use super::failed_renames::{FailedRename, FailedRenames, RenameEnd};
use super::input_rows::InputRows;
use super::skip::Skip;
use crate::change::{Change, read_all};
use crate::plan::Plan;
use crate::table::{Field, RowBuffer};
use std::io;

/// Finds them.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn invalid_renames(
    input_rows: &InputRows<'_>,
    plan: &Plan,
) -> io::Result<FailedRenames> {
    let mut all = FailedRenames::default();
    let may_rename = [Field::NewEmail, Field::NewUsername, Field::NewName]
        .into_iter()
        .any(|field| input_rows.table.has(field) || input_rows.table.overrides(field));
    if !may_rename {
        return Ok(all);
    }
    each_row(
        input_rows.table,
        |block, index, buffer, found| {
            let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            if plan.footprint(row).is_sent()
                || !matches!(
                    input_rows.evaluate_detailed(block, index, buffer),
                    Some(Err(Skip::Invalid { .. }))
                )
            {
                return;
            }
            let mut buffer = RowBuffer::default();
            let Ok(cells) = block.cells(index, &mut buffer) else { return };
            if let (Some(change), _) = read_all(&cells, input_rows.rules) {
                let is_group = matches!(change, Change::Group(_));
                let rename = FailedRename { row, file: None, is_group, end: RenameEnd::Invalid };
                found.push((names_of_rename(&change), rename));
            }
        },
        |(names, rename)| all.add(names, &rename),
    )?;
    Ok(all)
}
