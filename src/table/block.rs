//! Consecutive whole records of a text, to be parsed by any thread.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use memchr::memchr;

use super::cells::Cells;
use super::fault::{FrameFault, RowFault};
use super::formula_guard::unguard;
use super::frame::Frame;
use super::layout::{PlaceInTable, TableLayout, shown, switches_off};
use super::mapped_values::MappedValues;
use super::record::{self, TableRow};
use super::row_buffer::RowBuffer;
use super::scan::without_line_end;
use super::table_part::{TableParts, part_of};

/// Consecutive whole records of a text.
#[derive(Debug)]
pub struct Block {
    /// The first record's number among the data rows, from 0.
    pub first_row: u64,
    pub(super) layout: Arc<TableLayout>,
    /// Offset of `bytes` in the text.
    pub(super) start: u64,
    /// The records. An over-long record is the last of its block, and only its first bytes are
    /// kept.
    pub(super) bytes: Bytes,
    pub(super) frames: Vec<Frame>,
    /// Whether the block has the last record of the table.
    pub(super) ends_table: bool,
    /// Which rows are parts of other tables.
    pub(super) parts: TableParts,
}

/// The bytes of a block. Checking all of them at once is faster than record by record.
#[derive(Debug)]
pub(super) enum Bytes {
    /// All of them are text without NUL.
    Text(String),
    /// Some of them are not.
    Raw(Vec<u8>),
}

impl Bytes {
    /// Returns bytes that are text, or raw bytes.
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        if memchr(0, &bytes).is_some() {
            return Self::Raw(bytes);
        }
        String::from_utf8(bytes).map_or_else(|error| Self::Raw(error.into_bytes()), Self::Text)
    }

    fn get(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Raw(bytes) => bytes,
        }
    }
}

impl Block {
    /// Returns the number of records.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there are no records; [`Blocks`](super::Blocks) returns no such block.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Returns the place of record `i`, from 0. Panics if there is no such record, as the other
    /// methods do.
    pub fn frame(&self, i: usize) -> Frame {
        self.frames[i]
    }

    /// Returns where the last record ends in the text.
    pub(crate) fn end(&self) -> u64 {
        self.frames.last().map_or(0, |last| last.offset + last.len)
    }

    /// Returns the bytes of record `i` with its line end; empty if it is over-long.
    pub fn raw(&self, i: usize) -> &[u8] {
        match self.frames[i].fault {
            Some(FrameFault::TooLong) => &[],
            _ => self.kept(i),
        }
    }

    /// Returns the cells of record `i`, or why there are none.
    pub fn cells<'b>(&'b self, i: usize, buffer: &'b mut RowBuffer) -> Result<Cells<'b>, RowFault> {
        let (row, mapped) = self.row(i, buffer)?;
        self.layout.cells(&row, mapped)
    }

    /// Returns the cells of record `i`, and the cells at some positions of the header; `""` if
    /// there is none.
    pub fn all_cells<'b, const N: usize>(
        &'b self,
        i: usize,
        buffer: &'b mut RowBuffer,
        positions: [Option<usize>; N],
    ) -> Result<(Cells<'b>, [&'b str; N]), RowFault> {
        let (row, mapped) = self.row(i, buffer)?;
        let others =
            positions.map(|position| position.map_or("", |position| unguard(row.get(position))));
        Ok((self.layout.cells(&row, mapped)?, others))
    }

    /// Returns the cells of record `i` by their position, with the buffer of their mapping, or why
    /// there are none.
    fn row<'b>(
        &'b self,
        i: usize,
        buffer: &'b mut RowBuffer,
    ) -> Result<(TableRow<'b>, &'b mut MappedValues), RowFault> {
        if let Some(fault) = self.frames[i].fault {
            return Err(if is_comment(self.kept(i), self.layout.delimiter) {
                RowFault::SwitchedOff
            } else {
                fault.of_row(self.frames[i].len)
            });
        }
        let RowBuffer { decoder, repaired, mapped, in_place, .. } = buffer;
        *in_place = None;
        let row = match self.text(i) {
            Some(text) => {
                let row = record::split(text, self.layout.delimiter, decoder)?;
                *in_place = row.is_in_place(text).then(|| (self.frames[i].offset, row.len()));
                row
            }
            None => record::parse(self.raw(i), self.layout.delimiter, decoder)?,
        };
        let row = self.layout.readable(row, repaired);
        let place = PlaceInTable {
            rows_above: self.first_row + i as u64,
            is_last: self.ends_table && i + 1 == self.frames.len(),
        };
        let part = part_of(&self.parts, i).fault();
        match (self.layout.skip(&row, place), part) {
            // The header of the other table stays above its rows in the file of the rows to fix.
            (Some(RowFault::HeaderAgain), Some(_)) => Err(RowFault::OtherHeader),
            // The rows below are refused for it, so it must not vanish.
            (_, Some(part)) if part.names_a_section() => Err(part),
            // The condition of a mapping is about the columns of the first table.
            (None | Some(RowFault::Filtered | RowFault::UnclearCondition { .. }), Some(part)) => {
                Err(part)
            }
            (Some(skip), _) => Err(skip),
            (None, None) => match self.layout.merged(&row, self.frames[i].line) {
                Some(merged) => Err(merged),
                None => Ok((row, mapped)),
            },
        }
    }

    /// Returns the kept part of record `i` without its line end, if the block is known to be text.
    pub(super) fn text(&self, i: usize) -> Option<&str> {
        let Bytes::Text(text) = &self.bytes else { return None };
        let text = text.get(self.range(i))?;
        text.get(..without_line_end(text.as_bytes()).len())
    }

    /// Returns the kept part of record `i`: all of it, or the first bytes of an over-long one.
    pub(super) fn kept(&self, i: usize) -> &[u8] {
        &self.bytes.get()[self.range(i)]
    }

    /// Returns the kept part without its line end, as text without invalid bytes.
    pub(super) fn kept_text(&self, i: usize) -> Cow<'_, str> {
        if let Some(text) = self.text(i) {
            return Cow::Borrowed(text);
        }
        let text = String::from_utf8_lossy(without_line_end(self.kept(i)));
        if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { text }
    }

    fn range(&self, i: usize) -> Range<usize> {
        let frame = &self.frames[i];
        let from = (frame.offset - self.start) as usize;
        match frame.fault {
            Some(FrameFault::TooLong) => from..self.bytes.get().len(),
            _ => from..from + frame.len as usize,
        }
    }

    /// Returns the positions of the cells of a row that lack a value because they are merged with
    /// others.
    pub(super) fn merged_positions(&self, i: usize) -> Vec<usize> {
        self.merged_positions_if(i, |_, _| true)
    }

    /// Returns these positions if record `i` is refused because of them.
    pub(super) fn refused_positions(&self, i: usize) -> Vec<usize> {
        self.merged_positions_if(i, |row, line| self.layout.merged(row, line).is_some())
    }

    fn merged_positions_if(
        &self,
        i: usize,
        is_meant: impl Fn(&TableRow<'_>, u64) -> bool,
    ) -> Vec<usize> {
        if self.layout.merged.is_empty() || self.frames[i].fault.is_some() {
            return Vec::new();
        }
        let line = self.frames[i].line;
        let mut decoder = record::Decoder::default();
        let row = record::parse(self.raw(i), self.layout.delimiter, &mut decoder).ok();
        let meant = row.filter(|row| is_meant(row, line));
        meant.map(|row| self.layout.merged_positions(&row, line)).unwrap_or_default()
    }

    /// Returns the text of a row that is skipped, repaired as its cells would be.
    pub fn text_of_skipped(&self, i: usize) -> Cow<'_, str> {
        self.layout.readable_text(String::from_utf8_lossy(self.kept(i)))
    }
}

/// Whether a record that cannot be read is switched off with `#`.
fn is_comment(record: &[u8], delimiter: u8) -> bool {
    let text = String::from_utf8_lossy(record);
    let mut cells = text.split([char::from(delimiter), '"', '\r', '\n']).map(shown);
    cells.find(|cell| !cell.is_empty()).is_some_and(switches_off)
}
