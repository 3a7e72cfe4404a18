//! One record's bytes to its cells.
//!
//! In: the bytes of a record whose frame is sound. Out: its cells as text, borrowed from the record
//! where it holds no quote and else from a [`RowBuffer`]; or a [`RowFault`]. Nothing is allocated
//! for a row once the buffer has grown.

use crate::number::count;
use std::ops::Range;
use std::sync::Arc;

use memchr::{memchr, memchr_iter};

use super::jsonl::JsonFault;
use super::layout::TableLayout;
use super::scan::{is_blank, without_line_end};

/// Why a row has no cells. The text says what is wrong and what to do; `reason` is the short form
/// for codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RowFault {
    /// Content in a cell that no column of the header names.
    #[error("{}", extra_cells(*.cell, *.columns))]
    ExtraCells {
        /// The cell's number in the row, from 1.
        cell: usize,
        /// Columns of the header, nameless ones included.
        columns: usize,
    },
    /// Switched off with `#`.
    #[error("switched off: its first cell begins with #. Remove the # to send the row")]
    SwitchedOff,
    /// A last row that is no person, such as a total.
    #[error("the last row is a total or a remark and names no person")]
    Total,
    /// A NUL byte.
    #[error("the row holds a NUL byte, which no text has: remove it, or export the file again")]
    Nul,
    /// Longer than a row may be.
    #[error("the row has {len} bytes and may have {max}: is a line break missing?")]
    TooLong {
        /// Bytes of the row, its line end included.
        len: u64,
        /// Bytes that it may have.
        max: u64,
    },
    /// A quote opens a cell and none closes it.
    #[error("a quote (\") opens a cell on this line and none closes it: close it, or remove it")]
    UnclosedQuote,
    /// A quoted cell is followed by text.
    #[error(
        "text follows the quote (\") that closes a cell which begins on this line: write a quote \
         inside a cell twice (\"\"), or look for a missing one"
    )]
    TextAfterQuote,
    /// Not UTF-8, or a character that says that text was lost.
    #[error(
        "the row holds bytes or characters that cannot be read (its text is not UTF-8, or was \
         lost in an earlier conversion): save the file as UTF-8, or use --encoding"
    )]
    Encoding,
    /// A line of JSON Lines that is no flat object.
    #[error("{0}")]
    Json(JsonFault),
}

fn extra_cells(cell: usize, columns: usize) -> String {
    if cell > columns {
        format!(
            "cell {cell} has content, and the header has {}: put a cell that holds the delimiter \
             in quotes, or empty the cell",
            count(columns as u64, "column")
        )
    } else {
        format!(
            "cell {cell} has content, and its column has no name in the header: name the column, \
             or empty the cell"
        )
    }
}

impl RowFault {
    /// `extra_cells`, `nul`, `too_long`, `quote`, `encoding` or `json`; for a row that is skipped,
    /// `comment` or `total`.
    pub fn reason(&self) -> &'static str {
        match self {
            RowFault::ExtraCells { .. } => "extra_cells",
            RowFault::SwitchedOff => "comment",
            RowFault::Total => "total",
            RowFault::Nul => "nul",
            RowFault::TooLong { .. } => "too_long",
            RowFault::UnclosedQuote | RowFault::TextAfterQuote => "quote",
            RowFault::Encoding => "encoding",
            RowFault::Json(_) => "json",
        }
    }

    /// Is the row no person, and so neither wrong nor sent?
    pub fn is_skipped(&self) -> bool {
        matches!(self, RowFault::SwitchedOff | RowFault::Total)
    }
}

/// What a thread keeps between rows, so that reading one allocates nothing.
#[derive(Debug, Default)]
pub struct RowBuffer {
    pub(super) chunk: ReadAhead,
    pub(super) decoder: Decoder,
}

/// The bytes of a row that was read from its place, and of those behind it: they are likely to be
/// asked for next.
#[derive(Debug, Default)]
pub(super) struct ReadAhead {
    /// Tells the table from others.
    pub(super) of: Option<Arc<TableLayout>>,
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
}

impl ReadAhead {
    /// Where these bytes of that table are, if they are here.
    pub(super) fn find(
        &self,
        table: &Arc<TableLayout>,
        offset: u64,
        len: usize,
    ) -> Option<Range<usize>> {
        let start = usize::try_from(offset.checked_sub(self.offset)?).ok()?;
        let is_here = self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, table))
            && start + len <= self.bytes.len();
        is_here.then(|| start..start + len)
    }
}

impl RowBuffer {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }
}

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
    pub(super) fn len(&self) -> usize {
        self.bounds.len()
    }

    /// The cell at a position, from 0; `""` where there is none.
    pub(super) fn get(&self, i: usize) -> &'b str {
        self.bounds.get(i).and_then(|&(from, to)| self.text.get(from..to)).unwrap_or_default()
    }

    pub(super) fn iter(self) -> impl Iterator<Item = &'b str> {
        (0..self.len()).map(move |i| self.get(i))
    }
}

/// The cells of a record, whose quotes are known to be sound, with or without its line end.
pub(super) fn parse<'b>(
    record: &'b [u8],
    delimiter: u8,
    decoder: &'b mut Decoder,
) -> Result<TableRow<'b>, RowFault> {
    split(readable(without_line_end(record))?, delimiter, decoder)
}

/// The cells of a record without its line end.
pub(super) fn split<'b>(
    text: &'b str,
    delimiter: u8,
    decoder: &'b mut Decoder,
) -> Result<TableRow<'b>, RowFault> {
    let record = text.as_bytes();
    if memchr(b'"', record).is_some() {
        return decoder.unquote(record, delimiter);
    }
    decoder.bounds.clear();
    let mut from = 0;
    for to in memchr_iter(delimiter, record) {
        decoder.bounds.push((from, to));
        from = to + 1;
    }
    decoder.bounds.push((from, record.len()));
    Ok(TableRow { text, bounds: &decoder.bounds })
}

/// The bytes as text.
fn readable(record: &[u8]) -> Result<&str, RowFault> {
    if memchr(0, record).is_some() {
        return Err(RowFault::Nul);
    }
    std::str::from_utf8(record).map_err(|_| RowFault::Encoding)
}

impl Decoder {
    /// The cells of a record that holds quotes. Blanks beside a quoted cell are no part of it.
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

    /// Takes a quoted cell, from behind its first quote; gives what follows it, which begins with
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
                .contains("cell 4 has content, and the header has 3 columns")
        );
    }
}
