//! The head of a text: a `sep=` line, the delimiter, the header record.
//!
//! In: the first bytes of a text. Out: the names of the columns, the delimiter that separates them, and where the rows begin.

use super::block::MAX_RECORD;
use super::dialect::Dialect;
use super::error::TableError;
use super::field::plain;
use super::record::{Decoder, parse};
use super::scan::{State, Stop, count_line_ends, line_end_len, scan};

/// The delimiters that are looked for, the likeliest first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// What the first lines of a text say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) delimiter: u8,
    /// The names of the columns as written, unquoted.
    pub(super) names: Vec<String>,
    /// The header's line, from 1.
    pub(super) line: u64,
    /// Bytes of the header record without its line end.
    pub(super) raw: Vec<u8>,
    /// The header's line end; LF if it has none.
    pub(super) line_end: &'static str,
    /// Bytes before the first row, and the line that it is on.
    pub(super) rows_at: usize,
    pub(super) rows_line: u64,
}

/// Reads the head of a text. `bytes` are its first [`MAX_RECORD`] bytes or a few more, or all of them; a byte order mark is gone already.
pub(super) fn read(file: &str, bytes: &[u8], delimiter: Option<u8>) -> Result<Head, TableError> {
    check_delimiter(file, delimiter)?;
    let (said, mut at) = separator_line(bytes);
    at += bytes[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let line = 1 + count_line_ends(&bytes[..at]);
    let rest = &bytes[at..];
    if rest.is_empty() {
        return Err(TableError::Empty { file: file.to_owned() });
    }
    check_first_bytes(file, rest)?;
    let header = match delimiter.or(said) {
        Some(delimiter) => record(file, line, rest, delimiter)?,
        None => likeliest(file, line, rest)?,
    };
    let raw = rest[..header.len].to_vec();
    let end = line_end_len(&rest[header.len..]);
    let line_end = match &rest[header.len..header.len + end] {
        b"\r\n" => "\r\n",
        b"\r" => "\r",
        _ => "\n",
    };
    let (rows_at, rows_line) = (at + header.len + end, line + count_line_ends(&rest[..header.len + end]));
    Ok(Head { delimiter: header.delimiter, names: header.names, line, raw, line_end, rows_at, rows_line })
}

fn check_delimiter(file: &str, delimiter: Option<u8>) -> Result<(), TableError> {
    match delimiter {
        Some(byte) if !byte.is_ascii() || matches!(byte, b'"' | b'\r' | b'\n' | 0) => {
            Err(TableError::Delimiter { file: file.to_owned(), delimiter: char::from(byte) })
        }
        _ => Ok(()),
    }
}

/// Excel's `sep=;` before the header: the delimiter and the bytes of the line with its end.
fn separator_line(bytes: &[u8]) -> (Option<u8>, usize) {
    let line = &bytes[..bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len())];
    let said = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match said {
        [s, e, p, b'=', delimiter] if [s, e, p].iter().map(|b| b.to_ascii_lowercase()).eq(*b"sep") && DELIMITERS.contains(delimiter) => {
            (Some(*delimiter), line.len() + line_end_len(&bytes[line.len()..]))
        }
        _ => (None, 0),
    }
}

pub(super) fn check_first_bytes(file: &str, bytes: &[u8]) -> Result<(), TableError> {
    let first_line = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    let head = &bytes[..first_line.min(80)];
    let what =
        if BINARY.iter().any(|magic| bytes.starts_with(magic)) || head.iter().filter(|byte| is_control(**byte)).count() * 10 > head.len() {
            "it is a binary file, no table. Save the table as CSV from the program that made it"
        } else if bytes[..first_line].contains(&0) {
            "its first line holds NUL bytes. If it is text in UTF-16, say --encoding utf-16le; else save it as CSV"
        } else if first_line >= MAX_RECORD {
            "its first line has no end within 1 MiB. The first line must name the columns"
        } else {
            return Ok(());
        };
    Err(TableError::NotATable { file: file.to_owned(), what })
}

/// How pictures, documents, archives, programs and databases begin.
const BINARY: [&[u8]; 9] =
    [b"%PDF-", b"\x89PNG", b"\xFF\xD8\xFF", b"GIF8", b"7z\xBC\xAF", b"Rar!", b"\x7FELF", b"MZ\x90", b"SQLite format 3"];

/// A byte that no text holds. NUL is left to the advice on UTF-16.
fn is_control(byte: u8) -> bool {
    matches!(byte, 1..=8 | 11 | 12 | 14..=31 | 127)
}

struct Header {
    delimiter: u8,
    names: Vec<String>,
    len: usize,
}

/// The header as the delimiter reads it that gives the most known names, and then the most columns.
fn likeliest(file: &str, line: u64, bytes: &[u8]) -> Result<Header, TableError> {
    let mut best: Option<(usize, usize, Header)> = None;
    for delimiter in DELIMITERS {
        let Ok(header) = record(file, line, bytes, delimiter) else { continue };
        let known = header.names.iter().filter(|name| Dialect::any_knows(&plain(name))).count();
        let columns = header.names.len();
        if best.as_ref().is_none_or(|(most_known, most, _)| (known, columns) > (*most_known, *most)) {
            best = Some((known, columns, header));
        }
    }
    match best {
        Some((_, _, header)) => Ok(header),
        None => record(file, line, bytes, DELIMITERS[0]),
    }
}

fn record(file: &str, line: u64, bytes: &[u8], delimiter: u8) -> Result<Header, TableError> {
    let unreadable = |what: &str| TableError::Header { file: file.to_owned(), line, what: what.to_owned() };
    let len = match scan(bytes, 0, State::FieldStart, delimiter, 0) {
        Stop::LineEnd(end) => end,
        Stop::OutOfBytes(state) if state != State::Quoted && bytes.len() < MAX_RECORD => bytes.len(),
        Stop::OutOfBytes(_) | Stop::Doomed => return Err(unreadable("a quote (\") opens a name and none closes it")),
        Stop::TextAfterQuote(_) => return Err(unreadable("text follows the quote (\") that closes a name")),
    };
    let mut decoder = Decoder::default();
    match parse(&bytes[..len], delimiter, &mut decoder) {
        Ok(row) => Ok(Header { delimiter, names: row.iter().map(str::to_owned).collect(), len }),
        Err(fault) => Err(unreadable(&fault.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Head {
        read("people.csv", text.as_bytes(), None).unwrap()
    }

    #[test]
    fn the_delimiter_is_the_one_that_gives_known_names() {
        assert_eq!(head("type;email;groups\n").delimiter, b';');
        assert_eq!(head("type\temail\tgroups\n").delimiter, b'\t');
        assert_eq!(head("type|email|groups\n").delimiter, b'|');
        assert_eq!(head("email\n").delimiter, b',');
        assert_eq!(head("email;a, b, c, d\n").delimiter, b';');
        assert_eq!(head("\"email\";\"groups, or \"\"teams\"\"\"\n").names, ["email", "groups, or \"teams\""]);
    }

    #[test]
    fn excels_separator_line_is_honoured_and_counted() {
        let head = head("sep=;\r\nemail;a,b,c\r\nx");
        assert_eq!((head.delimiter, head.line, head.rows_line), (b';', 2, 3));
        assert_eq!(head.names, ["email", "a,b,c"]);
        assert_eq!((head.rows_at, head.line_end), (20, "\r\n"));
    }

    #[test]
    fn blank_lines_and_line_breaks_in_names_count() {
        let head = head("\n\r\n\"e\nmail\",groups\rx");
        assert_eq!((head.line, head.rows_line, head.line_end), (3, 5, "\r"));
        assert_eq!(head.raw, b"\"e\nmail\",groups");
    }

    #[test]
    fn what_is_no_table_is_said() {
        let error = |bytes: &[u8]| read("people.csv", bytes, None).unwrap_err().to_string();
        assert!(error(b"").contains("people.csv is empty"));
        assert!(error(b"\n\n").contains("is empty"));
        assert!(error(b"e\0m\0a\0i\0l\0\n\0").contains("utf-16le"));
        assert!(error(b"\"email,groups\na,b\n").contains("line 1"));
        assert!(error(b"\n\"email\"x\n").contains("line 2"));
        assert!(error(&vec![b'x'; MAX_RECORD + 2]).contains("no end within 1 MiB"));
    }
}
