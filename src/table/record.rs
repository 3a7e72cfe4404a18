//! Splits one record's bytes into cells.
//!
//! In: the bytes of a record with a sound frame. Out: its cells as text, borrowed from the record
//! if it has no quote, otherwise from a [`Decoder`]; or a [`RowFault`]. Nothing is allocated for a
//! row once the buffer has grown.

use memchr::{memchr, memchr2};

use super::fault::RowFault;
use super::in_place::split_in_place;
use super::mojibake::repair;
use super::scan::{is_blank, without_line_end};

/// Unquotes records.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    text: Vec<u8>,
    bounds: Vec<(usize, usize)>,
}

/// The cells of a record by their position.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableRow<'b> {
    text: &'b str,
    bounds: &'b [(usize, usize)],
}

impl<'b> TableRow<'b> {
    /// Returns the number of cells.
    pub(super) fn len(&self) -> usize {
        self.bounds.len()
    }

    /// Returns the cell at a position, from 0; `""` if there is none.
    pub(super) fn get(&self, i: usize) -> &'b str {
        self.bounds.get(i).and_then(|&(from, to)| self.text.get(from..to)).unwrap_or_default()
    }

    /// Whether a cell contains a line break.
    pub(super) fn has_line_break(&self) -> bool {
        memchr2(b'\n', b'\r', self.text.as_bytes()).is_some()
    }

    /// Whether each cell is a part of the record that was read.
    pub(super) fn is_in_place(&self, record: &str) -> bool {
        std::ptr::eq(self.text, record)
    }

    /// Returns the row with a part of a cell in place of that cell.
    pub(super) fn with_part(
        self,
        i: usize,
        part: &str,
        bounds: &'b mut Vec<(usize, usize)>,
    ) -> TableRow<'b> {
        bounds.clear();
        bounds.extend_from_slice(self.bounds);
        if let (Some(place), Some(offset)) = (bounds.get_mut(i), self.get(i).find(part)) {
            let from = place.0 + offset;
            *place = (from, from + part.len());
        }
        TableRow { text: self.text, bounds }
    }

    /// Returns the cells in order.
    pub(super) fn iter(self) -> impl Iterator<Item = &'b str> {
        (0..self.len()).map(move |i| self.get(i))
    }
}

/// The cells of a record, repaired if they were decoded twice.
#[derive(Debug, Default)]
pub(super) struct RepairedCells {
    text: String,
    bounds: Vec<(usize, usize)>,
}

impl RepairedCells {
    /// Returns the cells of a row, repaired.
    pub(super) fn of<'b>(&'b mut self, row: TableRow<'b>) -> TableRow<'b> {
        if row.iter().all(str::is_ascii) {
            return row;
        }
        self.text.clear();
        self.bounds.clear();
        for cell in row.iter() {
            let from = self.text.len();
            self.text.push_str(&repair(cell));
            self.bounds.push((from, self.text.len()));
        }
        TableRow { text: &self.text, bounds: &self.bounds }
    }
}

/// Returns the cells of a record whose quotes are known to be sound, with or without its line end.
pub(super) fn parse<'b>(
    record: &'b [u8],
    delimiter: u8,
    decoder: &'b mut Decoder,
) -> Result<TableRow<'b>, RowFault> {
    split(readable(without_line_end(record))?, delimiter, decoder)
}

/// Returns the cells of a record without its line end.
pub(super) fn split<'b>(
    text: &'b str,
    delimiter: u8,
    decoder: &'b mut Decoder,
) -> Result<TableRow<'b>, RowFault> {
    let record = text.as_bytes();
    decoder.bounds.clear();
    if split_in_place(record, delimiter, &mut decoder.bounds) {
        Ok(TableRow { text, bounds: &decoder.bounds })
    } else {
        decoder.unquote(record, delimiter)
    }
}

/// Returns the bytes as text.
fn readable(record: &[u8]) -> Result<&str, RowFault> {
    if memchr(0, record).is_some() {
        return Err(RowFault::Nul);
    }
    std::str::from_utf8(record).map_err(|_| RowFault::Encoding)
}

impl Decoder {
    /// Returns the cells of a record with quotes. Blanks beside a quoted cell are not part of it.
    fn unquote(&mut self, record: &[u8], delimiter: u8) -> Result<TableRow<'_>, RowFault> {
        self.text.clear();
        self.bounds.clear();
        let mut rest = record;
        loop {
            let from = self.text.len();
            let blanks =
                rest.iter().take_while(|byte| is_blank(**byte) && **byte != delimiter).count();
            rest = match rest[blanks..].strip_prefix(b"\"") {
                Some(quoted) => self.quoted(quoted, delimiter),
                None => {
                    let len = memchr(delimiter, rest).unwrap_or(rest.len());
                    self.text.extend_from_slice(&rest[..len]);
                    &rest[len..]
                }
            };
            self.bounds.push((from, self.text.len()));
            match rest.split_first() {
                Some((_, after)) => rest = after,
                None => break,
            }
        }
        let text = std::str::from_utf8(&self.text).map_err(|_| RowFault::Encoding)?;
        Ok(TableRow { text, bounds: &self.bounds })
    }

    /// Reads a quoted cell, from after its first quote. Returns what follows it, which begins with
    /// the delimiter.
    fn quoted<'r>(&mut self, mut rest: &'r [u8], delimiter: u8) -> &'r [u8] {
        while let Some(quote) = memchr(b'"', rest) {
            self.text.extend_from_slice(&rest[..quote]);
            rest = &rest[quote + 1..];
            match rest.strip_prefix(b"\"") {
                Some(after) => {
                    self.text.push(b'"');
                    rest = after;
                }
                None => return &rest[memchr(delimiter, rest).unwrap_or(rest.len())..],
            }
        }
        self.text.extend_from_slice(rest);
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(record: &[u8]) -> Result<Vec<String>, RowFault> {
        let mut decoder = Decoder::default();
        parse(record, b';', &mut decoder).map(|row| row.iter().map(str::to_owned).collect())
    }

    #[test]
    fn quotes_are_taken_off_and_doubled_ones_halved() {
        assert_eq!(cells(b"a;\"b;\"\"c\"\"\";;\"\"\r\n").unwrap(), ["a", "b;\"c\"", "", ""]);
        assert_eq!(cells(b"a\"b\";c").unwrap(), ["a\"b\"", "c"]);
        assert_eq!(cells(b";;\n").unwrap(), ["", "", ""]);
        assert_eq!(cells(b"a; \"b;c\" ;\t\"d\"").unwrap(), ["a", "b;c", "d"]);
        assert_eq!(cells(b" a ; b \"c\"").unwrap(), [" a ", " b \"c\""]);
    }

    proptest::proptest! {
        #[test]
        fn cells_in_place_are_those_that_are_copied(record in "[\", \ta]{0,24}") {
            for delimiter in [b',', b'\t'] {
                let mut bounds = Vec::new();
                if split_in_place(record.as_bytes(), delimiter, &mut bounds) {
                    let mut decoder = Decoder::default();
                    let copied = decoder.unquote(record.as_bytes(), delimiter).unwrap();
                    let in_place = TableRow { text: &record, bounds: &bounds };
                    proptest::prop_assert!(in_place.iter().eq(copied.iter()), "{record:?}");
                }
            }
        }
    }

    #[test]
    fn a_byte_order_mark_in_the_middle_of_a_file_is_kept() {
        assert_eq!(cells("\u{feff}\"a\";b".as_bytes()).unwrap(), ["\u{feff}\"a\"", "b"]);
    }

    #[test]
    fn a_row_of_very_many_cells_fits() {
        let record = "\"a\";".repeat(10_000);
        assert_eq!(cells(record.as_bytes()).unwrap().len(), 10_001);
    }

    #[test]
    fn unreadable_rows_say_why() {
        assert_eq!(cells(b"a;\0"), Err(RowFault::Nul));
        assert_eq!(cells(b"Zo\xEB;"), Err(RowFault::Encoding));
        assert_eq!(cells(b"\"\xC3\";\"\xAB\""), Err(RowFault::Encoding));
        assert_eq!(cells(b"Zo\xEB;").unwrap_err().reason(), "encoding");
        assert!(
            RowFault::ExtraCells { cell: 4, columns: 3 }
                .to_string()
                .contains("cell 4 has content, but the header has 3 columns")
        );
    }
}
