//! The interface of all text formats: they are split into records, one after another.

use super::fault::FrameFault;
use super::scan::line_end_len;
use memchr::memchr2;

/// The part of a text that is not framed yet. It does not begin with a line end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unframed<'b> {
    /// The bytes in memory.
    pub(super) bytes: &'b [u8],
    /// Their position in the text.
    pub(super) place: u64,
    /// Whether the text ends with them.
    pub(super) is_rest: bool,
    /// The longest allowed record, in bytes.
    pub(super) max_record: usize,
}

/// The item at the front of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FramedItem {
    /// A record of this length with its line end, and the number of lines that it ends.
    Record { len: usize, lines: u64, fault: Option<FrameFault> },
    /// A record without content, to be skipped like a blank line.
    Nothing { len: usize, lines: u64 },
    /// A record longer than a record may be, and the number of lines that it ends. Its end may not
    /// be in memory.
    EndlessLine { lines: u64 },
    /// More bytes are needed to decide.
    Incomplete,
}

/// Finds the records of one format, and those that cannot be read. It gets the records of a text in
/// order, each once, or again if more bytes were needed.
pub(super) trait Framer: std::fmt::Debug + Send {
    /// Returns the item at the front.
    fn next(&mut self, unframed: Unframed<'_>) -> FramedItem;
}

impl<'b> Unframed<'b> {
    /// Returns the bytes, up to the longest allowed record.
    pub(super) fn within(self) -> &'b [u8] {
        &self.bytes[..self.bytes.len().min(self.max_record)]
    }

    /// Whether there are more bytes than a record may have.
    pub(super) fn is_too_long(self) -> bool {
        self.bytes.len() > self.max_record
    }

    /// Returns the length of the first line without its end, or why it is unknown.
    pub(super) fn first_line(self) -> Result<usize, FramedItem> {
        match memchr2(b'\n', b'\r', self.within()) {
            Some(end) => Ok(end),
            None if self.is_too_long() => Err(FramedItem::EndlessLine { lines: 1 }),
            None if !self.is_rest => Err(FramedItem::Incomplete),
            None => Ok(self.within().len()),
        }
    }

    /// Returns a record whose line end begins after `end` bytes.
    pub(super) fn record(self, end: usize, lines: u64, fault: Option<FrameFault>) -> FramedItem {
        let after = &self.bytes[end..];
        if is_cut_off(after, self.is_rest) {
            return FramedItem::Incomplete;
        }
        FramedItem::Record { len: end + line_end_len(after), lines, fault }
    }
}

/// Whether this is the last byte in memory, and a CR that an LF may follow.
pub(super) fn is_cut_off(bytes: &[u8], is_rest: bool) -> bool {
    !is_rest && bytes == b"\r"
}
