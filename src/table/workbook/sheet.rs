//! What the formats of workbooks have in common: sheets of rows of cells.

use std::ops::ControlFlow;

use super::date::Epoch;
use super::fault::WorkbookFault;
use super::number_format::{NumberDisplay, NumberFormat};
use crate::table::limits::MAX_RECORD;
use crate::table::merged_cells::MergedCells;

/// The most rows of a sheet, in every program.
pub(super) const MOST_ROWS: u32 = 1 << 20;
/// The most columns of a sheet, in every program.
pub(super) const MOST_COLUMNS: u32 = 1 << 14;

/// A row with more bytes of text is refused anyway.
const LONGEST_ROW: usize = 4 * MAX_RECORD;

/// The most sheets that are looked at.
pub(super) const MOST_SHEETS: usize = 1000;
/// The most styles of cells: as many as Excel has.
pub(super) const MOST_STYLES: usize = 1 << 16;

/// A sheet with rows. Charts and macros are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SheetInfo {
    pub(super) name: String,
    pub(super) is_hidden: bool,
}

/// What is known about a sheet once it is read.
#[derive(Debug, Default)]
pub(super) struct SheetFacts {
    /// The first and last of adjacent hidden columns, from 0.
    pub(super) hidden_columns: Vec<(u32, u32)>,
    pub(super) merged: Vec<MergedCells>,
}

/// Takes the rows of a sheet one by one, in order, until it breaks.
pub(super) type RowSink<'s> = dyn FnMut(&SheetRow) -> Result<ControlFlow<()>, WorkbookFault> + 's;

/// Takes the first rows of several sheets, with the position of the sheet. A break ends the sheet.
pub(super) type FirstRowSink<'s> =
    dyn FnMut(usize, &SheetRow) -> Result<ControlFlow<()>, WorkbookFault> + 's;

/// A workbook of any format.
pub(super) trait Workbook {
    /// Returns the sheets in their order.
    fn sheets(&self) -> &[SheetInfo];

    /// Passes the rows of a sheet on. Rows without content may be missing.
    fn read(&mut self, sheet: usize, sink: &mut RowSink<'_>) -> Result<SheetFacts, WorkbookFault>;

    /// Passes the first rows of several sheets on, in the order of the sheets, until each breaks.
    fn read_first_rows(
        &mut self,
        sheets: &[usize],
        sink: &mut FirstRowSink<'_>,
    ) -> Result<(), WorkbookFault> {
        for &sheet in sheets {
            self.read(sheet, &mut |row| sink(sheet, row))?;
        }
        Ok(())
    }

    /// Begins another pass over the workbook. The number of bytes that are unpacked in a pass is
    /// limited, however often its parts are read.
    fn begin_pass(&mut self) {}
}

/// How the text of a cell is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CellKind {
    /// A text that somebody has typed. It is no formula, even if it looks like one.
    Text,
    /// A number, an error, or a formula without its result.
    Value,
    /// A date or time in ISO 8601. What a person sees may differ.
    Date,
    /// A boolean.
    Truth,
    /// A number in a format that only the program can show.
    Unclear,
}

/// A cell with content.
#[derive(Debug, Clone, Copy)]
pub(super) struct SheetCell {
    /// Its column, from 0.
    pub(super) column: u32,
    pub(super) kind: CellKind,
    from: usize,
    to: usize,
}

/// A row of a sheet: its cells with content.
#[derive(Debug, Default)]
pub(super) struct SheetRow {
    /// Its number in the sheet, from 1.
    pub(super) number: u32,
    pub(super) is_hidden: bool,
    text: String,
    cells: Vec<SheetCell>,
}

impl SheetRow {
    /// Begins another row.
    pub(super) fn begin(&mut self, number: u32) {
        self.number = number;
        self.is_hidden = false;
        self.text.clear();
        self.cells.clear();
    }

    /// Returns the cells in the order of their columns.
    pub(super) fn cells(&self) -> &[SheetCell] {
        &self.cells
    }

    /// Returns the number of bytes of its texts.
    pub(super) fn text_len(&self) -> usize {
        self.text.len()
    }

    /// Returns the text of a cell.
    pub(super) fn text(&self, cell: SheetCell) -> &str {
        self.text.get(cell.from..cell.to).unwrap_or_default()
    }

    /// Appends a cell, whose text `write` writes. The cells of a row that is too long already are
    /// left out, because it is refused.
    pub(super) fn push(&mut self, column: u32, kind: CellKind, write: impl FnOnce(&mut String)) {
        if self.text.len() > LONGEST_ROW {
            return;
        }
        let from = self.text.len();
        write(&mut self.text);
        self.end_cell(column, kind, from);
    }

    /// Appends a number in its format, as [`push`](Self::push) does.
    pub(super) fn push_number(
        &mut self,
        column: u32,
        number: f64,
        format: &NumberFormat,
        epoch: Epoch,
    ) {
        if self.text.len() > LONGEST_ROW {
            return;
        }
        let from = self.text.len();
        let kind = match (format.push(number, epoch, &mut self.text), format) {
            (NumberDisplay::Unknown, _) => CellKind::Unclear,
            (NumberDisplay::Known, NumberFormat::Date(_)) => CellKind::Date,
            (NumberDisplay::Known, _) => CellKind::Value,
        };
        self.end_cell(column, kind, from);
    }

    fn end_cell(&mut self, column: u32, kind: CellKind, from: usize) {
        let to = self.text.len();
        if to > from {
            self.cells.push(SheetCell { column, kind, from, to });
        }
    }

    /// Puts the cells in the order of their columns.
    ///
    /// # Errors
    /// When a cell is there twice, because then nobody knows which one counts.
    pub(super) fn sort(&mut self, part: &'static str) -> Result<(), WorkbookFault> {
        if !self.cells.is_sorted_by_key(|cell| cell.column) {
            self.cells.sort_by_key(|cell| cell.column);
        }
        match self.cells.windows(2).any(|pair| pair[0].column == pair[1].column) {
            true => Err(WorkbookFault::Damaged(part)),
            false => Ok(()),
        }
    }
}

/// Appends a boolean as programs show it.
pub(super) fn push_bool(is_true: bool, text: &mut String) {
    text.push_str(if is_true { "TRUE" } else { "FALSE" });
}

/// Appends an error by its number in Excel's own formats ([MS-XLS], `BErr`).
pub(super) fn push_error(number: u8, text: &mut String) {
    text.push_str(match number {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0F => "#VALUE!",
        0x17 => "#REF!",
        0x1D => "#NAME?",
        0x24 => "#NUM!",
        0x2A => "#N/A",
        0x2B => "#GETTING_DATA",
        _ => "#ERROR!",
    });
}

/// Reads the address of a cell (`C7`): its column from 0, and its row from 1.
pub(super) fn cell_address(address: &str) -> Option<(u32, u32)> {
    let digits = address.find(|c: char| !c.is_ascii_alphabetic())?;
    let (letters, row) = address.split_at(digits);
    if letters.is_empty() || letters.len() > 3 || row.len() > 7 {
        return None;
    }
    let place = |letter: u8| u32::from(letter.to_ascii_uppercase() - b'A') + 1;
    let column = letters.bytes().fold(0, |column, letter| column * 26 + place(letter)) - 1;
    let row = row.bytes().all(|byte| byte.is_ascii_digit()).then(|| row.parse().ok())??;
    (column < MOST_COLUMNS && (1..=MOST_ROWS).contains(&row)).then_some((column, row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::column_letters::column_letters;

    #[test]
    fn addresses_are_letters_and_numbers() {
        for (address, column, row) in [("A1", 0, 1), ("C7", 2, 7), ("XFD1048576", 16_383, 1 << 20)]
        {
            assert_eq!(cell_address(address), Some((column, row)));
            assert_eq!(format!("{}{row}", column_letters(column as usize)), address);
        }
        assert_eq!(column_letters(26), "AA");
        for address in ["", "A", "7", "A0", "XFE1", "A1048577", "ABCD1", "A-1", "A1B", "é1"] {
            assert_eq!(cell_address(address), None, "{address}");
        }
    }

    #[test]
    fn row_with_a_cell_twice_is_damaged() {
        let mut row = SheetRow::default();
        row.begin(1);
        row.push(3, CellKind::Text, |text| text.push('b'));
        row.push(1, CellKind::Text, |text| text.push('a'));
        row.push(2, CellKind::Text, |_| {});
        row.sort("x").unwrap();
        let texts: Vec<&str> = row.cells().iter().map(|cell| row.text(*cell)).collect();
        assert_eq!(texts, ["a", "b"]);
        row.push(1, CellKind::Text, |text| text.push('c'));
        assert!(row.sort("x").is_err());
    }

    #[test]
    fn row_that_is_too_long_grows_no_further() {
        let format = NumberFormat::parse(&format!("\"{}\"0", "😀".repeat(250)));
        let mut row = SheetRow::default();
        row.begin(1);
        (0..MOST_COLUMNS).for_each(|column| row.push_number(column, 7.0, &format, Epoch::Year1900));
        assert!(row.text.len() <= LONGEST_ROW + 1001, "{}", row.text.len());
    }
}
