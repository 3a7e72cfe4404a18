//! Cells of a delimited file.

use crate::table::{CellReader, guard, push_cell};

/// Writes names into one cell: separated by commas, or as a JSON array if a name contains a comma
/// or starts like an array.
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
    delimiter: u8,
    reader: CellReader,
    /// Bytes of the row so far.
    written: usize,
    begun: bool,
}

impl Sheet {
    /// Creates a sheet without rows.
    pub(super) fn new(delimiter: u8, reader: CellReader) -> Self {
        Self { delimiter, reader, written: 0, begun: false }
    }

    /// Writes a cell.
    pub(super) fn cell(&mut self, text: &mut Vec<u8>, cell: &str) {
        let before = text.len();
        if std::mem::replace(&mut self.begun, true) {
            text.push(self.delimiter);
        }
        push_cell(text, &guard(cell, self.reader), self.delimiter);
        self.written += text.len() - before;
    }

    /// Ends the row.
    pub(super) fn end(&mut self, text: &mut Vec<u8>) {
        // A row of one empty cell must not be an empty line, which readers skip.
        if self.written == 0 {
            text.extend_from_slice(b"\"\"");
        }
        text.extend_from_slice(match self.reader {
            CellReader::Spreadsheet => b"\r\n".as_slice(),
            CellReader::Program => b"\n",
        });
        (self.written, self.begun) = (0, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::unguard;
    use proptest::prelude::*;

    #[test]
    fn a_row_of_one_empty_cell_is_no_empty_line() {
        assert_eq!(sheet(&[vec![String::new()], vec!["a".to_owned()]], b',', false), b"\"\"\na\n");
    }

    fn sheet(rows: &[Vec<String>], delimiter: u8, excel: bool) -> Vec<u8> {
        let reader = if excel { CellReader::Spreadsheet } else { CellReader::Program };
        let (mut sheet, mut text) = (Sheet::new(delimiter, reader), Vec::new());
        for row in rows {
            row.iter().for_each(|cell| sheet.cell(&mut text, cell));
            sheet.end(&mut text);
        }
        text
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
        fn any_reader_reads_the_rows_as_they_were(
            rows in (1_usize..4).prop_flat_map(|columns|
                proptest::collection::vec(proptest::collection::vec("[a\",;\r\n\tÖ' ]{0,5}",
                    columns), 0..5)),
            semicolon: bool,
            excel: bool,
        ) {
            let delimiter = if semicolon { b';' } else { b',' };
            let text = sheet(&rows, delimiter, excel);
            let mut reader =
                csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false)
                    .from_reader(&text[..]);
            let read: Vec<Vec<String>> =
                reader.records().map(|record| record.unwrap().iter().map(|cell|
                    unguard(cell).to_owned()).collect()).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
