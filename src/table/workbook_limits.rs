//! Finds what a workbook cannot store, before anything is written.

use super::block::Block;
use super::fault::FrameFault;
use super::input::Table;
use super::record::{Decoder, split};
use super::workbook_writer::{MAX_CELL, MAX_COLUMNS, excessive_length};
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

/// Looks for a cell or a header that a workbook cannot store, if `added` columns are added. Returns
/// `None` if everything fits.
///
/// # Errors
/// When the table cannot be read.
pub(crate) fn workbook_limit(table: &Table, added: usize) -> io::Result<Option<WorkbookLimit>> {
    let columns = table.head().names.len() + added;
    if columns > MAX_COLUMNS {
        return Ok(Some(WorkbookLimit::Columns(columns)));
    }
    let mut decoder = Decoder::default();
    for block in table.blocks() {
        let block = block?;
        let limit = (0..block.len())
            // In a short row, every cell is short. Only the first bytes of an over-long one are
            // written.
            .filter(|i| block.frame(*i).len > MAX_CELL as u64)
            .filter(|i| !block.frame(*i).fault.is_some_and(FrameFault::is_too_long))
            .find_map(|i| limit_of_row(table, &block, i, added, &mut decoder));
        if limit.is_some() {
            return Ok(limit);
        }
    }
    Ok(None)
}

fn limit_of_row(
    table: &Table,
    block: &Block,
    i: usize,
    added: usize,
    decoder: &mut Decoder,
) -> Option<WorkbookLimit> {
    let (text, frame) = (block.kept_text(i), block.frame(i));
    let long_cell = |column: &str, length| WorkbookLimit::LongCell {
        line: frame.line,
        column: column.to_owned(),
        length,
    };
    let row =
        if frame.fault.is_none() { split(&text, table.delimiter(), decoder).ok() } else { None };
    let Some(row) = row else {
        // The whole line becomes one cell.
        return excessive_length(&text).map(|length| long_cell("", length));
    };
    if row.len() + added > MAX_COLUMNS {
        return Some(WorkbookLimit::Columns(row.len() + added));
    }
    let names = &table.head().names;
    let name = |at: usize| names.get(at).map_or("", String::as_str);
    row.iter()
        .enumerate()
        .find_map(|(at, cell)| excessive_length(cell).map(|length| long_cell(name(at), length)))
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
            workbook_limit(&table, 9).unwrap().map(|limit| limit.to_string())
        };
        let row =
            |length: usize| format!("email,groups\na@x.com,G\nb@x.com,{}\n", "ö".repeat(length));
        assert_eq!(check(row(MAX_CELL)), None);
        let long = "line 3 has 32,768 characters in column `groups`, and a cell of a workbook \
                    holds 32,767";
        assert_eq!(check(row(MAX_CELL + 1)), Some(long.to_owned()));
        let wide = (0..MAX_COLUMNS - 9).map(|i| format!(",c{i}")).collect::<String>();
        let wide = check(format!("email{wide}\na@x.com\n"));
        assert_eq!(
            wide,
            Some("the table has 16,385 columns, and a workbook holds 16,384".to_owned())
        );
    }
}
