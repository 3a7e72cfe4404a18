//! Cells of a delimited file.

use std::borrow::Cow;

/// A spreadsheet takes a cell that begins so for a formula.
const FORMULA: [u8; 6] = [b'=', b'+', b'-', b'@', b'\t', b'\r'];

/// A cell that no spreadsheet runs: `'` before what would be a formula. The import takes one `'` off where `'`s stand before such a character, so a
/// cell that has them already gets one more in any case, and what comes back is what there was.
pub(super) fn defused(cell: &str, excel: bool) -> Cow<'_, str> {
    let quotes = cell.bytes().take_while(|byte| *byte == b'\'').count();
    let formula = cell.as_bytes().get(quotes).is_some_and(|byte| FORMULA.contains(byte));
    if formula && (excel || quotes > 0) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// Names in one cell: separated by commas, or as a JSON array where a name holds a comma or begins like an array.
pub(super) fn list(cell: &mut String, names: &[&str]) {
    cell.clear();
    if names.iter().any(|name| name.contains(',') || name.starts_with('[')) {
        cell.push_str(&serde_json::to_string(names).unwrap_or_default());
        return;
    }
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            cell.push(',');
        }
        cell.push_str(name);
    }
}

/// Rows of a delimited file, one cell after the other.
pub(super) struct Sheet {
    writer: csv_core::Writer,
    excel: bool,
    begun: bool,
}

impl Sheet {
    pub(super) fn new(delimiter: u8, excel: bool) -> Self {
        let terminator = if excel { csv_core::Terminator::CRLF } else { csv_core::Terminator::Any(b'\n') };
        Self { writer: csv_core::WriterBuilder::new().delimiter(delimiter).terminator(terminator).build(), excel, begun: false }
    }

    pub(super) fn cell(&mut self, text: &mut Vec<u8>, cell: &str) {
        if std::mem::replace(&mut self.begun, true) {
            put(text, 1, |room| self.writer.delimiter(room).1);
        }
        let cell = defused(cell, self.excel);
        // At worst every byte is a quote, between two more.
        put(text, 2 * cell.len() + 2, |room| self.writer.field(cell.as_bytes(), room).2);
    }

    pub(super) fn end(&mut self, text: &mut Vec<u8>) {
        self.begun = false;
        put(text, 4, |room| self.writer.terminator(room).1);
    }
}

/// Lets `write` fill the end of a text, and keeps as much as it says.
fn put(text: &mut Vec<u8>, most: usize, write: impl FnOnce(&mut [u8]) -> usize) {
    let length = text.len();
    // One more for the quote that closes the cell before.
    text.resize(length + most + 1, 0);
    let written = write(&mut text[length..]);
    text.truncate(length + written);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As the import does it.
    fn taken_back(cell: &str) -> &str {
        let bare = cell.trim_start_matches('\'');
        if bare.len() < cell.len() && bare.starts_with(['=', '+', '-', '@', '\t', '\r']) { &cell[1..] } else { cell }
    }

    fn sheet(rows: &[Vec<String>], delimiter: u8, excel: bool) -> Vec<u8> {
        let (mut sheet, mut text) = (Sheet::new(delimiter, excel), Vec::new());
        for row in rows {
            row.iter().for_each(|cell| sheet.cell(&mut text, cell));
            sheet.end(&mut text);
        }
        text
    }

    #[test]
    fn formulas_are_defused_and_nothing_else() {
        for (cell, excel, plain) in [
            ("=1+1", "'=1+1", "=1+1"),
            ("-Ann", "'-Ann", "-Ann"),
            ("@x", "'@x", "@x"),
            ("'=1", "''=1", "''=1"),
            ("'Ann", "'Ann", "'Ann"),
            ("O'Brien", "O'Brien", "O'Brien"),
            ("", "", ""),
        ] {
            assert_eq!((&*defused(cell, true), &*defused(cell, false)), (excel, plain), "{cell}");
        }
    }

    #[test]
    fn a_list_is_json_only_where_commas_would_mislead() {
        let mut cell = "old".to_owned();
        list(&mut cell, &["A", "B"]);
        assert_eq!(cell, "A,B");
        list(&mut cell, &["A, B", "C\"D"]);
        assert_eq!(cell, r#"["A, B","C\"D"]"#);
        list(&mut cell, &["[x]"]);
        assert_eq!(cell, r#"["[x]"]"#);
        list(&mut cell, &[]);
        assert_eq!(cell, "");
    }

    proptest! {
        #[test]
        fn what_was_defused_comes_back(cell in "['=+@\\-\t\ra ]{0,6}", excel: bool) {
            let there = defused(&cell, excel);
            prop_assert_eq!(taken_back(&there), &*cell);
            if excel {
                prop_assert!(!there.starts_with(['=', '+', '-', '@', '\t', '\r']));
            }
        }

        #[test]
        fn any_reader_reads_the_rows_as_they_were(
            rows in proptest::collection::vec(proptest::collection::vec("[a\",;\r\n\tÖ' ]{0,5}", 3), 0..5),
            semicolon: bool,
            excel: bool,
        ) {
            let delimiter = if semicolon { b';' } else { b',' };
            let text = sheet(&rows, delimiter, excel);
            let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(&text[..]);
            let read: Vec<Vec<String>> =
                reader.records().map(|record| record.unwrap().iter().map(|cell| taken_back(cell).to_owned()).collect()).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
