//! Frames the records of delimited text.
//!
//! A record with broken quotes is only its first line, so that the next line is a row again. What
//! is known to be [unclosed](super::scan::scan) keeps the time from becoming quadratic if many
//! lines are broken in the same way.

use super::byte_places::each_place;
use super::fault::FrameFault;
use super::framer::{FramedItem, Framer, Unframed};
use super::invisible::is_margin;
use super::scan::{ScanState, ScanStop, count_line_ends, scan};
use memchr::memchr;

/// Frames delimited text, including copies of other formats in this form.
#[derive(Debug)]
pub(super) struct CsvFramer {
    delimiter: u8,
    /// There is no quote between the front and this position in the text. Outdated once it lies
    /// before the front.
    quote_free_until: u64,
    known_unclosed: Option<KnownUnclosed>,
}

/// A part of the text in which a scan that is inside quotes at a line end is known to find no end
/// of its record, because an earlier scan had the same state there.
#[derive(Debug, Clone, Copy)]
struct KnownUnclosed {
    /// The position in the text where it ends.
    until: u64,
    then: ResumeScan,
}

/// How the earlier scan ended.
#[derive(Debug, Clone, Copy)]
enum ResumeScan {
    Fault(FrameFault),
    /// Its record became too long. A later scan can continue from here.
    GoOn(ScanState),
}

impl CsvFramer {
    /// Creates a framer of rows with this delimiter.
    pub(super) fn new(delimiter: u8) -> Self {
        Self { delimiter, quote_free_until: 0, known_unclosed: None }
    }

    /// Returns the record at the front, whatever it contains.
    pub(super) fn record(&mut self, unframed: Unframed<'_>) -> FramedItem {
        match unframed.first_line() {
            Ok(end) if self.has_quote(unframed, end) => self.quoted_record(unframed, end),
            Ok(end) => unframed.record(end, 1, None),
            Err(item) => item,
        }
    }

    /// Whether there is a quote in the first `end` bytes.
    fn has_quote(&mut self, unframed: Unframed<'_>, end: usize) -> bool {
        let known = self.quote_free_until.saturating_sub(unframed.place) as usize;
        if known >= end {
            return false;
        }
        let quote = memchr(b'"', &unframed.bytes[known..])
            .map_or(unframed.bytes.len(), |quote| known + quote);
        self.quote_free_until = unframed.place + quote as u64;
        quote < end
    }

    /// Returns a record with a quote on its first line, which ends after `first_line` bytes.
    fn quoted_record(&mut self, unframed: Unframed<'_>, first_line: usize) -> FramedItem {
        let bytes = unframed.within();
        if closes_its_quotes(&bytes[..first_line], self.delimiter) {
            return unframed.record(first_line, 1, None);
        }
        let place = |at: usize| unframed.place + at as u64;
        let (mut from, mut state) = (0, ScanState::FieldStart);
        let fault = loop {
            let unclosed_until = self
                .known_unclosed
                .map_or(0, |known_unclosed| known_unclosed.until.saturating_sub(place(0)) as usize);
            match scan(bytes, from, state, self.delimiter, unclosed_until) {
                ScanStop::LineEnd(end) => {
                    return unframed.record(end, 1 + count_line_ends(&bytes[..end]), None);
                }
                ScanStop::TextAfterQuote(at) => {
                    break self.remember(place(at), FrameFault::TextAfterQuote);
                }
                ScanStop::OutOfBytes(state) if unframed.is_too_long() => {
                    let then = ResumeScan::GoOn(state);
                    self.known_unclosed = Some(KnownUnclosed { until: place(bytes.len()), then });
                    break FrameFault::UnclosedQuote;
                }
                ScanStop::OutOfBytes(_) if !unframed.is_rest => return FramedItem::Incomplete,
                ScanStop::OutOfBytes(ScanState::Quoted) => {
                    break self.remember(place(bytes.len()), FrameFault::UnclosedQuote);
                }
                ScanStop::OutOfBytes(_) => {
                    return unframed.record(bytes.len(), count_line_ends(bytes), None);
                }
                ScanStop::KnownUnclosed => {
                    match self.known_unclosed.map(|known_unclosed| known_unclosed.then) {
                        Some(ResumeScan::GoOn(then)) if unclosed_until <= bytes.len() => {
                            (from, state) = (unclosed_until, then);
                        }
                        Some(ResumeScan::GoOn(_)) | None => return FramedItem::Incomplete,
                        Some(ResumeScan::Fault(fault)) => break fault,
                    }
                }
            }
        };
        unframed.record(first_line, 1, Some(fault))
    }

    /// Records that later scans which are inside quotes before that position end in the same way.
    fn remember(&mut self, until: u64, fault: FrameFault) -> FrameFault {
        self.known_unclosed = Some(KnownUnclosed { until, then: ResumeScan::Fault(fault) });
        fault
    }

    /// Whether the record has only empty cells. Invisible characters are no content.
    fn is_empty(&self, record: &[u8]) -> bool {
        let is_nothing = |byte: &u8| {
            *byte == self.delimiter || matches!(byte, b' ' | b'\t' | b'"' | b'\r' | b'\n')
        };
        let may_be_empty =
            |byte: &u8| is_nothing(byte) || matches!(byte, 0xc2 | 0xe2 | 0xe3 | 0xef);
        if !record.first().is_some_and(may_be_empty) {
            return false;
        }
        let Some(at) = record.iter().position(|byte| !is_nothing(byte)) else { return true };
        let rest = &record[at..];
        let is_nothing = |c: char| u8::try_from(c).is_ok_and(|byte| is_nothing(&byte));
        // Most rows that begin with such a byte begin with a letter.
        let begins_with_margin = first_char(rest).is_some_and(is_margin);
        begins_with_margin
            && std::str::from_utf8(rest)
                .is_ok_and(|rest| rest.chars().all(|c| is_nothing(c) || is_margin(c)))
    }
}

/// Returns the first character of some bytes; `None` if they do not begin with one.
fn first_char(bytes: &[u8]) -> Option<char> {
    const LONGEST: usize = 4;
    bytes.get(..bytes.len().min(LONGEST))?.utf8_chunks().next()?.valid().chars().next()
}

/// Whether a line closes every quoted cell that it opens, as most lines with quotes do. Only
/// recognized if each quote stands at the very beginning or end of its cell; `false` proves
/// nothing.
fn closes_its_quotes(line: &[u8], delimiter: u8) -> bool {
    let mut is_open = false;
    let are_paired = each_place(line, b'"', |at| {
        is_open = !is_open;
        match is_open {
            true => at == 0 || line[at - 1] == delimiter,
            false => line.get(at + 1).is_none_or(|byte| *byte == delimiter),
        }
    });
    are_paired && !is_open
}

impl Framer for CsvFramer {
    fn next(&mut self, unframed: Unframed<'_>) -> FramedItem {
        match self.record(unframed) {
            FramedItem::Record { len, lines, fault: None }
                if self.is_empty(&unframed.bytes[..len]) =>
            {
                FramedItem::Nothing { len, lines }
            }
            item => item,
        }
    }
}
