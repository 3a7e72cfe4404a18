//! Marks the rows of an input, so that a later import recognizes them in a file that was changed.

use super::each_row::each_row;
use super::input_rows::InputRows;
use crate::journal::RowMarks;
use crate::plan::Plan;
use crate::table::mark_of;
use std::io;

/// Returns the marks of all rows, and which rows of `--rows` are not sent and must be fixed.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn row_marks(input_rows: &InputRows<'_>, plan: &Plan) -> io::Result<RowMarks> {
    let (mut marks, mut to_fix) = (Vec::new(), Vec::new());
    each_row(
        input_rows.table,
        |block, index, buffer, found| {
            let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            let is_to_fix = !plan.footprint(row).is_sent()
                && input_rows
                    .evaluate_detailed(block, index, buffer)
                    .and_then(Result::err)
                    .is_some_and(|skip| input_rows.decision(skip).status.needs_fixing());
            found.push((row, block.mark(index, buffer), is_to_fix));
        },
        |(row, mark, is_to_fix)| {
            marks.push(mark);
            to_fix.extend(is_to_fix.then_some(row));
        },
    )?;
    let header: Vec<&str> = input_rows.table.header().iter().map(String::as_str).collect();
    Ok(RowMarks::new(mark_of(&header), &marks, super::RowRange::of_rows(to_fix).parts().to_vec()))
}
