//! Rows of an exported list whose id and address do not belong together: found before anything is sent.

use super::nearly::{HeldRow, HeldRows};
use super::survey::{Reading, SurveyError};
use crate::change::{self, Change, Stated};
use crate::organization::Known;
use crate::table::{Block, RowBuffer, each_block};

/// Finds the rows that are not sent for that, by what is known of the organization. They are decided once: whoever reads the
/// file again goes by them.
///
/// # Errors
/// When the file cannot be read.
pub fn edited_rows(reading: &Reading<'_>) -> Result<HeldRows, SurveyError> {
    let mut all = HeldRows::new();
    let Some(known) = reading.known.filter(|_| reading.table.is_exported()) else { return Ok(all) };
    each_block(
        reading.table,
        |block| (0..block.len()).filter_map(|index| edited(reading, known, &block, index)).collect::<Vec<_>>(),
        |found| {
            all.extend(found);
            Ok::<_, SurveyError>(())
        },
    )?;
    Ok(all)
}

fn edited(reading: &Reading<'_>, known: &Known, block: &Block, index: usize) -> Option<(u32, HeldRow)> {
    let mut buffer = RowBuffer::default();
    let cells = block.cells(index, &mut buffer).ok()?;
    let stated = Stated::of(&cells, reading.table.has_groups());
    // Whatever else is wrong with the row is said instead.
    let (Some(Change::User(user)), problems) = change::read_all(&cells, reading.rules) else { return None };
    if problems.iter().any(|problem| problem.moot.is_none()) {
        return None;
    }
    let (problem, differs) = known.identity_problem(&user, &stated)?;
    let row = u32::try_from(block.first_row + index as u64).ok()?;
    Some((row, HeldRow { code: problem.code(), message: problem.to_string(), differs, is_unclear: true }))
}
