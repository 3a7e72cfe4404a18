//! What every format of text has in common: it is cut into records, one after another.

use super::fault::FrameFault;
use super::scan::line_end_len;
use memchr::memchr2;

/// The bytes of a text from the front of what is not framed yet. No line end stands first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unframed<'b> {
    /// As many as are in memory.
    pub(super) bytes: &'b [u8],
    /// Where they begin in the text.
    pub(super) place: u64,
    /// The text ends with them.
    pub(super) is_rest: bool,
    /// Bytes that a record may have.
    pub(super) max_record: usize,
}

/// What stands at the front of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FramedItem {
    /// A record of so many bytes, its line end included, that ends so many lines.
    Record { len: usize, lines: u64, fault: Option<FrameFault> },
    /// The same with nothing in it, to be passed over like a blank line.
    Nothing { len: usize, lines: u64 },
    /// A line longer than a record may be; its end may not be in memory.
    EndlessLine,
    /// More bytes must be read to know.
    Incomplete,
}

/// Tells where the records of one format end, and which cannot be read. A framer meets the records
/// of a text in their order, each once or, where more bytes were needed, again.
pub(super) trait Framer: std::fmt::Debug + Send {
    /// What stands at the front.
    fn next(&mut self, unframed: Unframed<'_>) -> FramedItem;
}

impl<'b> Unframed<'b> {
    /// As many of the bytes as a record may have.
    pub(super) fn within(self) -> &'b [u8] {
        &self.bytes[..self.bytes.len().min(self.max_record)]
    }

    /// Are there more bytes than a record may have?
    pub(super) fn is_too_long(self) -> bool {
        self.bytes.len() > self.max_record
    }

    /// The bytes before the first line end, which is in memory or the end of the text; or why there
    /// is none.
    pub(super) fn first_line(self) -> Result<usize, FramedItem> {
        match memchr2(b'\n', b'\r', self.within()) {
            Some(end) => Ok(end),
            None if self.is_too_long() => Err(FramedItem::EndlessLine),
            None if !self.is_rest => Err(FramedItem::Incomplete),
            None => Ok(self.within().len()),
        }
    }

    /// A record whose line end begins after `end` bytes.
    pub(super) fn record(self, end: usize, lines: u64, fault: Option<FrameFault>) -> FramedItem {
        let after = &self.bytes[end..];
        if is_cut_off(after, self.is_rest) {
            return FramedItem::Incomplete;
        }
        FramedItem::Record { len: end + line_end_len(after), lines, fault }
    }
}

/// Is this the last byte in memory and a CR whose LF may follow?
pub(super) fn is_cut_off(bytes: &[u8], is_rest: bool) -> bool {
    !is_rest && bytes == b"\r"
}
