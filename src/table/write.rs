//! Writes a copy of a table with columns added.
//!
//! In: a table's rows, and a few more cells for each. Out: UTF-8 CSV in the table's own delimiter
//! and line end, in which every row of the table is one record, so that any reader can read it and
//! the added cells stand under their names:
//!
//! - a sound row is copied byte for byte, unless other readers would split it because of a blank
//!   before a quoted cell: then its cells are quoted again;
//! - a row with too few cells gets empty ones, and a row with too many has its surplus after the
//!   added cells;
//! - a line with broken quotes, or the first bytes of an over-long one, becomes the first cell,
//!   quoted, and the others are empty;
//! - bytes that are not text, and NUL, become U+FFFD, so that the row is faulty if the copy is read
//!   again;
//! - a formula of a workbook without its value gets a guard, because its row has another place;
//! - columns that an earlier copy has added are left out.

use crate::visible::visible_cell;
use std::borrow::Cow;
use std::io::{self, Write};

use memchr::{memchr, memchr_iter, memchr3};

use super::block::Block;
use super::formula_guard::{CellReader, guard, guard_formula, may_hold_formula};
use super::input::Table;
use super::limits::SHOWN_OF_LONG;
use super::merged_cells::MERGED_AWAY;
use super::quote::{push_cell, push_cells, push_quoted};
use super::record::{Decoder, split};
use super::row_buffer::RowBuffer;
use super::scan::is_blank;

/// The number of bytes that are buffered before they are written to a file.
const BUFFER: usize = 1 << 20;
const PART: usize = 1 << 14;

/// How a copy has the cells of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopiedCells {
    /// As they are in the input, byte for byte, if any reader reads them as umbulk does.
    Verbatim,
    /// Written anew, so that any reader reads the same cells as umbulk.
    Rewritten,
}

/// Writes the rows of a table with cells added. Dropping it writes nothing: call
/// [`RowWriter::flush`] at the end.
#[derive(Debug)]
pub struct RowWriter<W: Write> {
    to: W,
    /// The number of bytes that are buffered before they are written.
    gather: usize,
    buffer: Vec<u8>,
    decoder: Decoder,
    delimiter: u8,
    line_end: &'static str,
    /// The number of cells of the table's header.
    width: usize,
    /// Positions of the columns to leave out.
    dropped: Vec<usize>,
    copied: CopiedCells,
    /// Whether the table is a sheet, whose cells are formulas only if they have no guard.
    is_sheet: bool,
    sentences: LastSentences,
}

/// The last sentences in the added cells, by the number of the cell: many rows have the same.
type LastSentences = Vec<LastSentence>;

/// A sentence in an added cell, and as it is written.
#[derive(Debug, Default)]
struct LastSentence {
    cell: String,
    written: Vec<u8>,
}

impl<W: Write> RowWriter<W> {
    /// Writes the header: the table's own, with the added names. A byte order mark comes first if
    /// the input had one or was not UTF-8.
    pub fn new(to: W, table: &Table, added: &[&str], copied: CopiedCells) -> io::Result<Self> {
        let mut writer = Self { gather: BUFFER, ..Self::without_header(to, table, copied) };
        writer.buffer.reserve(BUFFER + BUFFER / 8);
        if table.wants_mark() {
            writer.buffer.extend_from_slice("\u{feff}".as_bytes());
        }
        writer.sound(&String::from_utf8_lossy(&table.head().raw), None, added);
        writer.end_row()?;
        Ok(writer)
    }

    /// Creates a writer for rows alone: a part of a copy whose header is already written.
    pub fn without_header(to: W, table: &Table, copied: CopiedCells) -> Self {
        let (head, columns) = (table.head(), table.columns());
        Self {
            to,
            gather: PART,
            buffer: Vec::with_capacity(PART + PART / 8),
            decoder: Decoder::default(),
            delimiter: head.delimiter,
            line_end: head.line_end,
            width: head.names.len(),
            dropped: columns.added.clone(),
            copied,
            is_sheet: table.sheet().is_some(),
            sentences: LastSentences::new(),
        }
    }

    /// Writes the buffered bytes, and returns the underlying writer.
    pub fn into_inner(mut self) -> io::Result<W> {
        self.write_out()?;
        Ok(self.to)
    }

    /// Writes row `i` of a block of this table, and its added cells, as many as there are added
    /// names. The table's own cells stay as they are, and those that lack a value because they are
    /// merged say so. The added ones may contain a server's text, and must be neither formulas nor
    /// commands to a terminal for a user who opens the file.
    pub fn write_row(&mut self, block: &Block, i: usize, added: &[&str]) -> io::Result<()> {
        self.write_row_read(block, i, &RowBuffer::default(), added)
    }

    /// Writes a row that the user is to fix. Cells that lack a value because they are merged say
    /// so, because the copy has no merged cells, whatever the row is refused for.
    pub(crate) fn write_row_to_fix(
        &mut self,
        block: &Block,
        i: usize,
        added: &[&str],
    ) -> io::Result<()> {
        let merged = block.merged_positions(i);
        if merged.is_empty() {
            return self.write_row(block, i, added);
        }
        self.anew(&block.kept_text(i), &merged, added);
        self.end_row()
    }

    /// Writes a row, a little faster if `buffer` is the one with which the row has just been read.
    pub(crate) fn write_row_read(
        &mut self,
        block: &Block,
        i: usize,
        buffer: &RowBuffer,
        added: &[&str],
    ) -> io::Result<()> {
        let text = block.kept_text(i);
        let frame = block.frame(i);
        // The copy has no merged cells. Without a sign, it would be imported without their values.
        let merged = block.refused_positions(i);
        if !merged.is_empty() {
            self.anew(&text, &merged, added);
            return self.end_row();
        }
        match frame.fault {
            None => self.sound(&text, buffer.cells_in_place(frame.offset), added),
            Some(fault) if fault.is_too_long() => {
                let shown = text.floor_char_boundary(SHOWN_OF_LONG);
                self.broken(&format!("{}…", &text[..shown]), added);
            }
            Some(_) => self.broken(&text, added),
        }
        self.end_row()
    }

    /// Writes rows that another writer without a header has copied.
    pub(crate) fn write_copied(&mut self, rows: &[u8]) -> io::Result<()> {
        self.write_out()?;
        self.to.write_all(rows)
    }

    /// Writes the buffered bytes, and flushes the underlying writer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.write_out()?;
        self.to.flush()
    }

    /// Writes a record with sound quotes. `cells` is its number of cells, if known.
    fn sound(&mut self, text: &str, cells: Option<usize>, added: &[&str]) {
        let Self { buffer, delimiter, width, dropped, copied, sentences, .. } = self;
        let (delimiter, width) = (*delimiter, *width);
        let is_guarded = self.is_sheet && may_hold_formula(text, delimiter);
        let may_copy = dropped.is_empty() && *copied == CopiedCells::Verbatim && !is_guarded;
        let cells = cells.or_else(|| cells_in(text.as_bytes(), delimiter));
        if let Some(cells) = cells.filter(|cells| may_copy && *cells <= width) {
            buffer.extend_from_slice(text.as_bytes());
            buffer.resize(buffer.len() + width - cells, delimiter);
            push_added(buffer, sentences, added, delimiter);
            return;
        }
        self.anew(text, &[], added);
    }

    /// Writes the cells of a record anew. Those at the `merged` positions lack their value.
    fn anew(&mut self, text: &str, merged: &[usize], added: &[&str]) {
        let Self { buffer, decoder, delimiter, width, dropped, is_sheet, sentences, .. } = self;
        let (delimiter, width) = (*delimiter, *width);
        let is_guarded = *is_sheet && may_hold_formula(text, delimiter);
        let Ok(row) = split(text, delimiter, decoder) else { return self.broken(text, added) };
        let begin = buffer.len();
        let written = |cell| if is_guarded { guard_formula(cell) } else { Cow::Borrowed(cell) };
        let own = (0..width).filter(|i| !dropped.contains(i)).map(|i| match merged.contains(&i) {
            true => Cow::Borrowed(MERGED_AWAY),
            false => written(row.get(i)),
        });
        push_cells(buffer, own, delimiter);
        push_added(buffer, sentences, added, delimiter);
        push_cells(buffer, row.iter().skip(width).map(written), delimiter);
        // Every cell has its delimiter before it. The first one needs none, and an entirely empty
        // record would be a blank line.
        buffer.remove(begin);
        if buffer.len() == begin {
            buffer.extend_from_slice(b"\"\"");
        }
    }

    /// Writes a line that is not a record, as the first cell of one.
    fn broken(&mut self, text: &str, added: &[&str]) {
        push_quoted(&mut self.buffer, text.as_bytes());
        let others = self.width - self.dropped.len() - 1;
        self.buffer.resize(self.buffer.len() + others, self.delimiter);
        push_added(&mut self.buffer, &mut self.sentences, added, self.delimiter);
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.buffer.extend_from_slice(self.line_end.as_bytes());
        if self.buffer.len() < self.gather { Ok(()) } else { self.write_out() }
    }

    fn write_out(&mut self) -> io::Result<()> {
        self.to.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

/// Appends added cells, each with a delimiter before it, so that they are neither formulas nor
/// commands to a terminal.
fn push_added(buffer: &mut Vec<u8>, last: &mut LastSentences, cells: &[&str], delimiter: u8) {
    last.resize_with(last.len().max(cells.len()), LastSentence::default);
    for (cell, last) in cells.iter().zip(last) {
        buffer.push(delimiter);
        // Most are numbers and words, and are written as they are.
        if cell.bytes().all(|byte| byte.is_ascii_alphanumeric() && byte != delimiter) {
            buffer.extend_from_slice(cell.as_bytes());
        } else {
            last.push(buffer, cell, delimiter);
        }
    }
}

impl LastSentence {
    /// Appends a cell. A sentence is kept as it is written.
    fn push(&mut self, buffer: &mut Vec<u8>, cell: &str, delimiter: u8) {
        const SHORTEST: usize = 16;
        if self.cell == cell {
            return buffer.extend_from_slice(&self.written);
        }
        let begin = buffer.len();
        push_cell(buffer, &guard(&visible_cell(cell), CellReader::Spreadsheet), delimiter);
        if cell.len() >= SHORTEST {
            cell.clone_into(&mut self.cell);
            self.written.clear();
            self.written.extend_from_slice(&buffer[begin..]);
        }
    }
}

/// Returns the number of cells of a record with sound quotes; `None` if blanks precede a quoted
/// cell that contains a delimiter or a line break. For other readers, a quote opens a cell only at
/// its very beginning.
fn cells_in(record: &[u8], delimiter: u8) -> Option<usize> {
    let count = |bytes: &[u8]| memchr_iter(delimiter, bytes).count();
    let (mut cells, mut rest) = (1, record);
    while let Some(quote) = memchr(b'"', rest) {
        let before = &rest[..quote];
        let is_first = quote == 0 && rest.len() == record.len();
        if !is_first && !before.ends_with(&[delimiter]) {
            return cells_in_any(record, delimiter);
        }
        cells += count(before);
        rest = behind_quoted(&rest[quote + 1..]);
    }
    Some(cells + count(rest))
}

/// Returns the number of cells, cell by cell, wherever quotes are.
fn cells_in_any(record: &[u8], delimiter: u8) -> Option<usize> {
    let (mut cells, mut rest) = (1, record);
    loop {
        let blanks = rest.iter().take_while(|b| is_blank(**b) && **b != delimiter).count();
        if let [b'"', inside @ ..] = &rest[blanks..] {
            rest = behind_quoted(inside);
            let cell = &inside[..inside.len() - rest.len()];
            if blanks > 0 && memchr3(delimiter, b'\n', b'\r', cell).is_some() {
                return None;
            }
        }
        let Some(at) = memchr(delimiter, rest) else { return Some(cells) };
        (cells, rest) = (cells + 1, &rest[at + 1..]);
    }
}

/// Returns what follows the closing quote of a quoted cell. `inside` begins after its opening
/// quote; a doubled quote is a character.
fn behind_quoted(inside: &[u8]) -> &[u8] {
    let mut rest = inside;
    while let Some(quote) = memchr(b'"', rest) {
        rest = &rest[quote + 1..];
        match rest {
            [b'"', more @ ..] => rest = more,
            _ => break,
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ReadOptions;

    /// Returns the copy of a table with the row's number and a remark added, and the copy as read
    /// by the `csv` crate.
    fn copy(bytes: &[u8]) -> (String, Vec<Vec<String>>) {
        copy_with(bytes, CopiedCells::Verbatim)
    }

    fn copy_with(bytes: &[u8], copied: CopiedCells) -> (String, Vec<Vec<String>>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.csv");
        std::fs::write(&path, bytes).unwrap();
        let table = Table::open(&path, &ReadOptions::new(folder.path())).unwrap();
        let mut copy = Vec::new();
        let mut writer =
            RowWriter::new(&mut copy, &table, &["umbulk_row", "umbulk_message"], copied).unwrap();
        for block in table.blocks() {
            let block = block.unwrap();
            for i in 0..block.len() {
                let row = (block.first_row + i as u64 + 1).to_string();
                writer.write_row(&block, i, &[&row, "a, \"b\""]).unwrap();
            }
        }
        writer.flush().unwrap();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(table.delimiter())
            .from_reader(&copy[..]);
        let records = reader
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect();
        (String::from_utf8(copy).unwrap(), records)
    }

    #[test]
    fn sound_rows_are_copied_byte_for_byte() {
        let (copy, _) =
            copy(b"\"email\";firstname\r\n\"a@example.com\";\"A\"\r\n\r\nb@example.com;a \"b\" c");
        assert_eq!(
            copy,
            "\"email\";firstname;umbulk_row;umbulk_message\r\n\
             \"a@example.com\";\"A\";1;\"a, \"\"b\"\"\"\r\n\
             b@example.com;a \"b\" c;2;\"a, \"\"b\"\"\"\r\n"
        );
    }

    #[test]
    fn rewritten_cells_are_the_same_for_any_reader() {
        let bytes = b"email, \"firstname\" \n\"a\"\"b\" , \"c\"\nd;e,f\n";
        let (_, records) = copy_with(bytes, CopiedCells::Rewritten);
        let rows: Vec<&[String]> = records.iter().map(|record| &record[..2]).collect();
        assert_eq!(rows, [["email", "firstname"], ["a\"b", "c"], ["d;e", "f"]]);
    }

    proptest::proptest! {
        #[test]
        fn cells_are_as_many_at_a_glance_as_one_by_one(record in "[\"\",; \\ta]{0,24}") {
            for delimiter in [b',', b'\t'] {
                proptest::prop_assert_eq!(
                    cells_in(record.as_bytes(), delimiter),
                    cells_in_any(record.as_bytes(), delimiter)
                );
                let mut decoder = Decoder::default();
                let row = split(&record, delimiter, &mut decoder).unwrap();
                if row.is_in_place(&record) {
                    proptest::prop_assert_eq!(
                        Some(row.len()),
                        cells_in_any(record.as_bytes(), delimiter)
                    );
                }
            }
        }
    }

    /// Other readers treat such a cell as one without quotes, and split it at the line break.
    #[test]
    fn a_cell_with_a_line_break_behind_a_blank_is_quoted_anew() {
        let bytes = b"email, \"first\nname\"\na, \"Bob\nX\"\n \"b\",\t\"A\rB\" \nc, \"Ann, X\"\n\
             d , \"D\" \n";
        let (copy, records) = copy(&bytes[..]);
        let rows: Vec<&[String]> = records.iter().map(|record| &record[..3]).collect();
        let expected = [
            ["email", "first\nname", "umbulk_row"],
            ["a", "Bob\nX", "1"],
            ["b", "A\rB", "2"],
            ["c", "Ann, X", "3"],
            ["d ", " \"D\" ", "4"],
        ];
        assert_eq!(rows, expected, "{copy}");
    }

    #[test]
    fn added_cells_stand_under_their_names_in_every_row() {
        let long = "x".repeat(3 << 20);
        let bytes = format!(
            "email,firstname,lastname\na\nb,B,B,\"b,b\",b\n\"c,C,C\nd,\"D\"x,D\ne,\0,E\n{long}\n\
             f,F,\"F\nF\"\n"
        );
        let (copy, records) = copy(bytes.as_bytes());
        assert!(copy.len() < 3000);
        assert_eq!(records.len(), 8);
        for (i, record) in records.iter().enumerate().skip(1) {
            assert_eq!(record[3], i.to_string(), "{record:?}");
            assert_eq!(record[4], "a, \"b\"");
            assert_eq!(record.len(), if i == 2 { 7 } else { 5 });
        }
        assert_eq!(records[1][..3], ["a", "", ""]);
        assert_eq!(records[2][5..], ["b,b", "b"]);
        assert_eq!(records[3][..3], ["\"c,C,C", "", ""]);
        assert_eq!(records[4][0], "d,\"D\"x,D");
        assert_eq!(records[5][..3], ["e", "\u{fffd}", "E"]);
        assert_eq!(records[6][0], format!("{}…", "x".repeat(1000)));
        assert_eq!(records[7][2], "F\nF");
    }

    #[test]
    fn columns_of_an_earlier_copy_are_replaced() {
        let (copy, _) =
            copy(b"umbulk_code,email,umbulk_message,firstname\nx,\"a,a\",\"old\",A\ny,b\n");
        assert_eq!(
            copy,
            "email,firstname,umbulk_row,umbulk_message\n\
             \"a,a\",A,1,\"a, \"\"b\"\"\"\n\
             b,,2,\"a, \"\"b\"\"\"\n"
        );
    }

    #[test]
    fn written_copy_has_bom_as_the_input_needs() {
        for (bytes, marked) in [
            (&b"email\na\n"[..], false),
            (b"\xEF\xBB\xBFemail\na\n", true),
            (b"email\nZo\xEB\n", true),
        ] {
            assert_eq!(copy(bytes).0.starts_with('\u{feff}'), marked);
        }
    }

    #[test]
    fn a_copy_of_a_copy_is_the_copy() {
        let first = copy(b"email,firstname\na,A\n\"b\nb,B,B\n\"c\",C\n").0;
        assert_eq!(copy(first.as_bytes()).0.lines().count(), first.lines().count());
    }

    #[test]
    fn an_error_of_the_disk_is_told() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"email\n").unwrap();
        let table = Table::open(file.path(), &ReadOptions::new(std::env::temp_dir())).unwrap();
        let mut writer =
            RowWriter::new(Full, &table, &["umbulk_row"], CopiedCells::Verbatim).unwrap();
        assert_eq!(writer.flush().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
