//! Finds the end of a record: the quoting rules as a small state machine over bytes.
//!
//! In: bytes from the start of a record. Out: where it ends, or why that is unknown. A quote opens
//! a quoted field only as the first byte of the field, apart from blanks, and only blanks may
//! follow the quote that closes it. In an unquoted field, a quote is an ordinary character.

use memchr::{memchr, memchr2, memchr3};

/// The state between two bytes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScanState {
    FieldStart,
    Unquoted,
    Quoted,
    /// After a quote inside a quoted field: its end, or the first of a doubled quote.
    QuoteInQuoted,
    /// After blanks that follow a quoted field.
    AfterQuoted,
}

/// Why a scan stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScanStop {
    /// The record ends before this position, where its line end begins.
    LineEnd(usize),
    /// Text follows a quoted field, at this position.
    TextAfterQuote(usize),
    /// There are no more bytes, in this state.
    OutOfBytes(ScanState),
    /// Inside quotes at a line end before the position that is known to be unclosed.
    KnownUnclosed,
}

/// Scans `bytes` from `at` in `state`. A scan that is inside quotes at a line end before
/// `unclosed_until` is known to fail.
pub(super) fn scan(
    bytes: &[u8],
    mut at: usize,
    mut state: ScanState,
    delimiter: u8,
    unclosed_until: usize,
) -> ScanStop {
    while let Some(&byte) = bytes.get(at) {
        match state {
            ScanState::FieldStart => match byte {
                b'"' => (at, state) = (at + 1, ScanState::Quoted),
                _ if byte == delimiter => at += 1,
                b'\n' | b'\r' => return ScanStop::LineEnd(at),
                _ if is_blank(byte) => at += 1,
                _ => (at, state) = (at + 1, ScanState::Unquoted),
            },
            ScanState::Unquoted => match memchr3(delimiter, b'\n', b'\r', &bytes[at..]) {
                Some(next) if bytes[at + next] == delimiter => {
                    (at, state) = (at + next + 1, ScanState::FieldStart);
                }
                Some(next) => return ScanStop::LineEnd(at + next),
                None => return ScanStop::OutOfBytes(state),
            },
            ScanState::Quoted => {
                let until = unclosed_until.clamp(at, bytes.len());
                match memchr3(b'"', b'\n', b'\r', &bytes[at..until]) {
                    Some(next) if bytes[at + next] != b'"' => return ScanStop::KnownUnclosed,
                    Some(next) => (at, state) = (at + next + 1, ScanState::QuoteInQuoted),
                    None => match memchr(b'"', &bytes[until..]) {
                        Some(next) => (at, state) = (until + next + 1, ScanState::QuoteInQuoted),
                        None => return ScanStop::OutOfBytes(state),
                    },
                }
            }
            ScanState::QuoteInQuoted => match byte {
                b'"' => (at, state) = (at + 1, ScanState::Quoted),
                _ if byte == delimiter => (at, state) = (at + 1, ScanState::FieldStart),
                b'\n' | b'\r' => return ScanStop::LineEnd(at),
                _ if is_blank(byte) => (at, state) = (at + 1, ScanState::AfterQuoted),
                _ => return ScanStop::TextAfterQuote(at),
            },
            ScanState::AfterQuoted => match byte {
                _ if byte == delimiter => (at, state) = (at + 1, ScanState::FieldStart),
                b'\n' | b'\r' => return ScanStop::LineEnd(at),
                _ if is_blank(byte) => at += 1,
                _ => return ScanStop::TextAfterQuote(at),
            },
        }
    }
    ScanStop::OutOfBytes(state)
}

/// Whether it is a blank that may be beside a quoted cell, and not the delimiter.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Returns the first record of some bytes, without its line end.
pub(super) fn first_record(bytes: &[u8], delimiter: u8) -> &[u8] {
    match memchr2(b'\n', b'\r', bytes) {
        Some(end) if end + line_end_len(&bytes[end..]) < bytes.len() => {
            match scan(bytes, 0, ScanState::FieldStart, delimiter, 0) {
                ScanStop::LineEnd(end) => &bytes[..end],
                _ => bytes,
            }
        }
        _ => bytes,
    }
}

/// Returns the length of the line end at the start of `bytes`: 2 for CRLF, 1 for LF or CR, 0
/// without one.
pub(super) fn line_end_len(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// Returns the number of line ends in `bytes`, as an editor counts: CRLF, LF and single CR.
pub(super) fn count_line_ends(bytes: &[u8]) -> u64 {
    let (mut count, mut at) = (0, 0);
    while let Some(next) = memchr2(b'\n', b'\r', &bytes[at..]) {
        count += 1;
        at += next + line_end_len(&bytes[at + next..]);
    }
    count
}

/// Returns a record without its line end.
pub(super) fn without_line_end(record: &[u8]) -> &[u8] {
    match record {
        [rest @ .., b'\r', b'\n'] | [rest @ .., b'\n' | b'\r'] => rest,
        _ => record,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(bytes: &str) -> ScanStop {
        scan(bytes.as_bytes(), 0, ScanState::FieldStart, b',', 0)
    }

    #[test]
    fn a_quote_opens_a_field_only_at_its_start() {
        assert_eq!(stop("a\"b,c\nd"), ScanStop::LineEnd(5));
        assert_eq!(stop("a,\"b\nc\",d\n"), ScanStop::LineEnd(9));
        assert_eq!(stop("a, \"b\nc\"\n"), ScanStop::LineEnd(8));
        assert_eq!(stop("a,x \"b\nc\""), ScanStop::LineEnd(6));
    }

    #[test]
    fn doubled_quotes_stay_inside() {
        assert_eq!(stop("\"a\"\"\n\"\"b\"\n"), ScanStop::LineEnd(9));
        assert_eq!(stop("\"a\" ,b\n"), ScanStop::LineEnd(6));
        assert_eq!(stop("\"a\" x,b\n"), ScanStop::TextAfterQuote(4));
        assert_eq!(stop("\"a\n"), ScanStop::OutOfBytes(ScanState::Quoted));
    }

    #[test]
    fn every_kind_of_line_end_counts_once() {
        assert_eq!(count_line_ends(b"a\nb\r\nc\r\rd\n\r"), 6);
        assert_eq!(without_line_end(b"a\r\n"), b"a");
        assert_eq!(without_line_end(b"a\n"), b"a");
        assert_eq!(without_line_end(b"a\r"), b"a");
        assert_eq!(without_line_end(b"a"), b"a");
    }
}
