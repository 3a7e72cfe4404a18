//! Finds what a workbook cannot store, before anything is written.

use super::input::Table;
use super::record::{Decoder, split};
use super::workbook_writer::{MAX_CELL, MAX_COLUMNS, length};
use crate::number::thousands;
use std::io;

/// Why the rows of a table do not fit into a workbook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WorkbookLimit {
    /// A cell is too long.
    #[error(
        "line {line} has {} characters in {}, and a cell of a workbook holds {}",
        thousands(*length as u64),
        if column.is_empty() { "one cell".to_owned() } else { format!("column `{column}`") },
        thousands(MAX_CELL as u64)
    )]
    LongCell {
        /// The line of the row.
        line: u64,
        /// The name of the column; empty if it has none.
        column: String,
        /// The number of characters, in UTF-16.
        length: usize,
    },
    /// There are too many columns.
    #[error(
        "the table has {} columns, and a workbook holds {}",
        thousands(*.0 as u64),
        thousands(MAX_COLUMNS as u64)
    )]
    Columns(usize),
}

/// Looks for a cell or a header that a workbook cannot store, if `added` columns are added.
///
/// # Errors
/// When the table cannot be read.
pub(crate) fn check_fits_workbook(
    table: &Table,
    added: usize,
) -> io::Result<Result<(), WorkbookLimit>> {
    let columns = table.head().names.len() + added;
    if columns > MAX_COLUMNS {
        return Ok(Err(WorkbookLimit::Columns(columns)));
    }
    let mut decoder = Decoder::default();
    for block in table.blocks() {
        let block = block?;
        for i in 0..block.len() {
            let frame = block.frame(i);
            if frame.len <= MAX_CELL as u64 || frame.fault.is_some_and(|fault| fault.is_too_long())
            {
                continue;
            }
            let (text, line) = (block.kept_text(i), frame.line);
            let Ok(row) = split(&text, table.delimiter(), &mut decoder) else {
                // The whole line becomes one cell.
                let length = length(&text);
                if length > MAX_CELL {
                    let column = String::new();
                    return Ok(Err(WorkbookLimit::LongCell { line, column, length }));
                }
                continue;
            };
            if row.len() + added > MAX_COLUMNS {
                return Ok(Err(WorkbookLimit::Columns(row.len() + added)));
            }
            if let Some(at) = row.iter().position(|cell| length(cell) > MAX_CELL) {
                let column = table.head().names.get(at).cloned().unwrap_or_default();
                let length = length(row.get(at));
                return Ok(Err(WorkbookLimit::LongCell { line, column, length }));
            }
        }
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ReadOptions;

    #[test]
    fn cell_or_header_that_is_too_long_is_found_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let check = |text: String| {
            let path = folder.path().join("a.csv");
            std::fs::write(&path, text).unwrap();
            let table = Table::open(&path, &ReadOptions::new(folder.path())).unwrap();
            check_fits_workbook(&table, 9).unwrap().map_err(|limit| limit.to_string())
        };
        let row =
            |length: usize| format!("email,groups\na@x.com,G\nb@x.com,{}\n", "ö".repeat(length));
        assert_eq!(check(row(MAX_CELL)), Ok(()));
        let long = "line 3 has 32,768 characters in column `groups`, and a cell of a workbook holds 32,767";
        assert_eq!(check(row(MAX_CELL + 1)), Err(long.to_owned()));
        let wide = (0..MAX_COLUMNS - 9).map(|i| format!(",c{i}")).collect::<String>();
        let wide = check(format!("email{wide}\na@x.com\n"));
        assert_eq!(
            wide,
            Err("the table has 16,385 columns, and a workbook holds 16,384".to_owned())
        );
    }
}
