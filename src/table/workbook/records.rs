//! Writes the rows of a sheet as records of CSV.
//!
//! Row n of the sheet is record n of the text, so that lines are counted in the text as in the
//! sheet: rows without content are blank lines.

use std::io::{self, Write};

use super::fault::WorkbookFault;
use super::sheet::{CellKind, SheetRow};
use crate::table::formula_guard::{CellReader, guard, unguard};
use crate::table::limits::MAX_RECORD;
use crate::table::quote::push_cell;

/// The byte between cells.
pub(in crate::table) const DELIMITER: u8 = b',';

/// Writes rows.
pub(super) struct SheetRowWriter<W> {
    to: W,
    /// The number of the next record, from 1.
    next: u32,
    /// The least number of cells of a record.
    width: usize,
    /// The number of bytes that may still be written.
    left: u64,
    record: Vec<u8>,
}

impl<W: Write> SheetRowWriter<W> {
    /// Creates a writer of at most so many bytes.
    pub(super) fn new(to: W, width: usize, most: u64) -> Self {
        Self { to, next: 1, width, left: most, record: Vec::new() }
    }

    /// Writes a row, and blank lines for the rows before it that are missing. Returns the number of
    /// bytes of the row.
    pub(super) fn write(&mut self, row: &SheetRow) -> Result<usize, WorkbookFault> {
        let blank = row.number.saturating_sub(self.next);
        self.count(u64::from(blank))?;
        io::copy(&mut io::Read::take(io::repeat(b'\n'), u64::from(blank)), &mut self.to)
            .map_err(WorkbookFault::Write)?;
        self.next = row.number + 1;
        self.record.clear();
        if !row.cells().is_empty() {
            push_record(row, self.width, &mut self.record);
        }
        if self.record.len() >= MAX_RECORD - 1 {
            // Such a row is refused. It must still be one line.
            for byte in &mut self.record {
                if matches!(byte, b'\r' | b'\n') {
                    *byte = b' ';
                }
            }
        }
        self.record.push(b'\n');
        self.count(self.record.len() as u64)?;
        self.to.write_all(&self.record).map_err(WorkbookFault::Write)?;
        Ok(self.record.len())
    }

    fn count(&mut self, bytes: u64) -> Result<(), WorkbookFault> {
        self.left = self.left.checked_sub(bytes).ok_or(WorkbookFault::TooLarge)?;
        Ok(())
    }

    /// Writes what is buffered, and returns the underlying writer.
    pub(super) fn into_inner(mut self) -> Result<W, WorkbookFault> {
        self.to.flush().map_err(WorkbookFault::Write)?;
        Ok(self.to)
    }
}

fn push_record(row: &SheetRow, width: usize, record: &mut Vec<u8>) {
    let mut column = 0;
    for cell in row.cells() {
        let at = cell.column as usize;
        record.resize(record.len() + at.saturating_sub(column), DELIMITER);
        column = at;
        let text = row.text(*cell);
        match cell.kind {
            CellKind::Text if !is_guarded(text) => {
                push_cell(record, &guard(text, CellReader::Program), DELIMITER);
            }
            _ => push_cell(record, text, DELIMITER),
        }
    }
    record.resize(record.len() + width.saturating_sub(column + 1), DELIMITER);
}

/// Whether a text is read without its guard: an export wrote it as `'=A1`, or as `="00123"`, and a
/// spreadsheet has kept it so.
fn is_guarded(text: &str) -> bool {
    text.starts_with('\'') || unguard(text).len() < text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_of_a_sheet_is_the_record_of_its_number() {
        let mut writer = SheetRowWriter::new(Vec::new(), 3, 1 << 20);
        let mut row = SheetRow::default();
        for (number, cells) in [
            (2, &[(0, "email"), (2, "a, \"b\"")][..]),
            (3, &[]),
            (5, &[(1, "=A1"), (2, "'=A1"), (4, "=\"007\"")]),
        ] {
            row.begin(number);
            for (column, text) in cells {
                row.push(*column, CellKind::Text, |to| to.push_str(text));
            }
            writer.write(&row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        assert_eq!(text, "\nemail,,\"a, \"\"b\"\"\"\n\n\n,'=A1,'=A1,,\"=\"\"007\"\"\"\n");
    }

    #[test]
    fn text_that_would_fill_the_disk_is_refused() {
        let mut writer = SheetRowWriter::new(io::sink(), 1, 100);
        let mut row = SheetRow::default();
        row.begin(101);
        row.push(0, CellKind::Text, |to| to.push('a'));
        assert!(matches!(writer.write(&row), Err(WorkbookFault::TooLarge)));
    }
}
