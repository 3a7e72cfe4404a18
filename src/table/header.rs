//! Reads the head of a text: a `sep=` line, the delimiter, the header record.
//!
//! In: the first bytes of a text. Out: the names of the columns, the delimiter, and where the rows
//! begin.

use super::delimiter::{DELIMITERS, Delimiter};
use super::dialect::InputDialect;
use super::error::TableError;
use super::field::{Field, plain};
use super::foreign::foreign_format;
use super::leaver_titles::speaks_of_leavers;
use super::limits::MAX_RECORD;
use super::lookalike::by_name;
use super::mapping::ValueMapping;
use super::record::{Decoder, parse};
use super::scan::{ScanState, ScanStop, count_line_ends, line_end_len, scan};
use super::settings_file::is_settings_file;

/// The content of the first lines of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HeaderLines {
    pub(super) delimiter: u8,
    /// The names of the columns as written, unquoted.
    pub(super) names: Vec<String>,
    /// The header's line, from 1.
    pub(super) line: u64,
    /// Bytes of the header record without its line end.
    pub(super) raw: Vec<u8>,
    /// The header's line end; LF if it has none.
    pub(super) line_end: &'static str,
    /// The number of bytes before the first row, and its line.
    pub(super) rows_at: usize,
    pub(super) rows_line: u64,
    /// A title that says that the people below it leave, unless the header's line was given.
    pub(super) leavers: Option<String>,
}

/// What counts as a line of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineCount {
    /// What ends with a line end, as in an editor.
    Lines,
    /// Each record, as in the sheet that a text is a copy of.
    Records,
}

/// The settings of the search for the header of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) file: &'a str,
    pub(super) delimiter: Option<u8>,
    /// The line of the header, if the user has given it.
    pub(super) row: Option<u64>,
    pub(super) map: &'a [(Field, String)],
    /// What becomes of cells: it names columns as well.
    pub(super) values: &'a ValueMapping,
    pub(super) dialect: Option<InputDialect>,
    pub(super) counts: LineCount,
}

/// A line that may be the header.
pub(super) struct Candidate {
    /// Where the line begins.
    pub(super) at: usize,
    pub(super) line: u64,
    pub(super) header: Header,
}

impl Search<'_> {
    /// Reads the head of a text. `bytes` are its first [`MAX_RECORD`] bytes or a few more, or all
    /// of them, without a byte order mark.
    pub(super) fn read(&self, bytes: &[u8]) -> Result<HeaderLines, TableError> {
        check_delimiter(self.file, self.delimiter)?;
        let (said, mut at) = separator_line(bytes);
        at += bytes[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if at == bytes.len() {
            return Err(TableError::Empty { file: self.file.to_owned() });
        }
        check_first_bytes(self.file, &bytes[at..])?;
        if is_settings_file(bytes) {
            let what = "it looks like a settings file (its lines are NAME=value). Type the name \
                        of the file that has the rows";
            return Err(TableError::NotATable { file: self.file.to_owned(), what });
        }
        let delimiter = self.delimiter.or(said);
        let Candidate { at, line, header } = match self.row {
            Some(row) => self.said_row(bytes, row, delimiter)?,
            None => self.found(bytes, at, delimiter)?,
        };
        let rest = &bytes[at..];
        let raw = rest[..header.len].to_vec();
        let end = line_end_len(&rest[header.len..]);
        let line_end = match &rest[header.len..header.len + end] {
            b"\r\n" => "\r\n",
            b"\r" => "\r",
            _ => "\n",
        };
        let (rows_at, rows_line) =
            (at + header.len + end, line + self.lines(&rest[..header.len + end], 1));
        Ok(HeaderLines {
            delimiter: header.delimiter,
            names: header.names,
            line,
            raw,
            line_end,
            rows_at,
            rows_line,
            leavers: self.row.is_none().then(|| title_of_leavers(&bytes[..at])).flatten(),
        })
    }

    /// Returns the number of lines that some bytes with whole records end, of which `records` are
    /// records.
    pub(super) fn lines(&self, bytes: &[u8], records: u64) -> u64 {
        match self.counts {
            LineCount::Lines => count_line_ends(bytes),
            LineCount::Records => records,
        }
    }

    /// Returns the header on the given line.
    fn said_row(
        &self,
        bytes: &[u8],
        row: u64,
        delimiter: Option<u8>,
    ) -> Result<Candidate, TableError> {
        let mut at = 0;
        for _ in 1..row {
            if at >= bytes.len() {
                break;
            }
            let end = match self.counts {
                LineCount::Lines => bytes[at..]
                    .iter()
                    .position(|byte| matches!(byte, b'\r' | b'\n'))
                    .map_or(bytes.len(), |end| at + end),
                LineCount::Records => at + self.header(bytes, at, row, delimiter)?.len,
            };
            at = end + line_end_len(&bytes[end..]);
        }
        if row == 0 || at >= bytes.len() || line_end_len(&bytes[at..]) > 0 {
            return Err(TableError::NoHeaderRow { file: self.file.to_owned(), row });
        }
        Ok(Candidate { at, line: row, header: self.header(bytes, at, row, delimiter)? })
    }

    /// Reads a line as a header.
    pub(super) fn header(
        &self,
        bytes: &[u8],
        at: usize,
        line: u64,
        delimiter: Option<u8>,
    ) -> Result<Header, TableError> {
        match delimiter {
            Some(delimiter) => record(self.file, line, &bytes[at..], delimiter),
            None => likeliest(self.file, line, &bytes[at..]),
        }
    }
}

fn check_delimiter(file: &str, delimiter: Option<u8>) -> Result<(), TableError> {
    match delimiter {
        Some(byte) if !byte.is_ascii() || matches!(byte, b'"' | b'\r' | b'\n' | 0) => {
            Err(TableError::Delimiter { file: file.to_owned(), delimiter: char::from(byte) })
        }
        _ => Ok(()),
    }
}

/// Reads Excel's `sep=;` before the header. Returns the delimiter, and the length of the line with
/// its end.
fn separator_line(bytes: &[u8]) -> (Option<u8>, usize) {
    let line = &bytes
        [..bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len())];
    let said = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match said {
        [s, e, p, b'=', delimiter]
            if [s, e, p].iter().map(|b| b.to_ascii_lowercase()).eq(*b"sep")
                && Delimiter::is_one(*delimiter) =>
        {
            (Some(*delimiter), line.len() + line_end_len(&bytes[line.len()..]))
        }
        _ => (None, 0),
    }
}

/// Refuses a file whose first bytes are no text.
pub(super) fn check_first_bytes(file: &str, bytes: &[u8]) -> Result<(), TableError> {
    let first_line =
        bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    let head = &bytes[..first_line.min(80)];
    let what = if let Some(what) = foreign_format(bytes) {
        what
    } else if head.iter().filter(|byte| is_control(**byte)).count() * 10 > head.len() {
        "it is a binary file. Save the table as CSV UTF-8 with the program that made it"
    } else if bytes[..first_line].contains(&0) {
        return Err(TableError::NulBytes { file: file.to_owned() });
    } else if first_line >= MAX_RECORD {
        "its first line has no end within 1 MiB. The first line must name the columns"
    } else {
        return Ok(());
    };
    Err(TableError::NotATable { file: file.to_owned(), what })
}

/// Whether no text has this byte. NUL is left to the advice about UTF-16.
fn is_control(byte: u8) -> bool {
    matches!(byte, 1..=8 | 11 | 12 | 14..=31 | 127)
}

/// The cells of a line that may be the header.
pub(super) struct Header {
    pub(super) delimiter: u8,
    pub(super) names: Vec<String>,
    /// The length of the line without its end.
    pub(super) len: usize,
}

/// Returns the header with the delimiter that gives the most known names, and then the most
/// columns.
fn likeliest(file: &str, line: u64, bytes: &[u8]) -> Result<Header, TableError> {
    let mut best: Option<(usize, usize, Header)> = None;
    for Delimiter { byte, .. } in DELIMITERS {
        let Ok(header) = record(file, line, bytes, byte) else { continue };
        let is_known =
            |name: &&String| InputDialect::any_knows(&plain(name)) || by_name(name).is_some();
        let known = header.names.iter().filter(is_known).count();
        let columns = header.names.len();
        if best.as_ref().is_none_or(|(most_known, most, _)| (known, columns) > (*most_known, *most))
        {
            best = Some((known, columns, header));
        }
    }
    match best {
        Some((_, _, header)) => Ok(header),
        None => record(file, line, bytes, DELIMITERS[0].byte),
    }
}

/// Returns the first rows of a text, as far as they can be read.
pub(super) fn first_rows(bytes: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    const ROWS: usize = 100;
    let (mut rows, mut at) = (Vec::new(), 0);
    let mut decoder = Decoder::default();
    while rows.len() < ROWS && at < bytes.len() {
        let ScanStop::LineEnd(end) = scan(bytes, at, ScanState::FieldStart, delimiter, 0) else {
            break;
        };
        if let Ok(row) = parse(&bytes[at..end], delimiter, &mut decoder) {
            rows.push(row.iter().map(str::to_owned).collect());
        }
        at = end + line_end_len(&bytes[end..]);
    }
    rows
}

/// Returns the first of some lines that says that people leave.
fn title_of_leavers(above: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(above);
    let is_margin = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '"');
    let mut titles = text.split(['\r', '\n']).map(|line| line.trim_matches(is_margin));
    titles.find(|title| speaks_of_leavers(title)).map(str::to_owned)
}

fn record(file: &str, line: u64, bytes: &[u8], delimiter: u8) -> Result<Header, TableError> {
    let unreadable =
        |what: &str| TableError::Header { file: file.to_owned(), line, what: what.to_owned() };
    let len = match scan(bytes, 0, ScanState::FieldStart, delimiter, 0) {
        ScanStop::LineEnd(end) => end,
        ScanStop::OutOfBytes(state) if state != ScanState::Quoted && bytes.len() < MAX_RECORD => {
            bytes.len()
        }
        ScanStop::OutOfBytes(_) | ScanStop::KnownUnclosed => {
            return Err(unreadable("a quote (\") opens a name, but none closes it"));
        }
        ScanStop::TextAfterQuote(_) => {
            return Err(unreadable("text follows the quote (\") that closes a name"));
        }
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

    fn search(bytes: &[u8]) -> Result<HeaderLines, TableError> {
        Search {
            file: "people.csv",
            delimiter: None,
            row: None,
            map: &[],
            values: &ValueMapping::default(),
            dialect: None,
            counts: LineCount::Lines,
        }
        .read(bytes)
    }

    fn head(text: &str) -> HeaderLines {
        search(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_delimiter_is_the_one_that_gives_known_names() {
        assert_eq!(head("type;email;groups\n").delimiter, b';');
        assert_eq!(head("type\temail\tgroups\n").delimiter, b'\t');
        assert_eq!(head("type|email|groups\n").delimiter, b'|');
        assert_eq!(head("email\n").delimiter, b',');
        assert_eq!(head("email;a, b, c, d\n").delimiter, b';');
        assert_eq!(
            head("\"email\";\"groups, or \"\"teams\"\"\"\n").names,
            ["email", "groups, or \"teams\""]
        );
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
    fn records_of_a_sheet_count_as_its_rows() {
        let bytes = b"\n\"Staff\nlist\",x\n\"e\nmail\",email,groups\nx";
        let search = Search {
            file: "people.xlsx",
            delimiter: Some(b','),
            row: None,
            map: &[],
            values: &ValueMapping::default(),
            dialect: None,
            counts: LineCount::Records,
        };
        let found = search.read(bytes).unwrap();
        assert_eq!((found.line, found.rows_line), (3, 4));
        let said = Search { row: Some(3), ..search }.read(bytes).unwrap();
        assert_eq!(said, found);
        assert!(Search { row: Some(5), ..search }.read(bytes).is_err());
    }

    #[test]
    fn title_lines_above_the_header_are_passed_over() {
        let head = head("Staff list North;;\r\n# printed \"today\r\n;;\r\ntype;email;groups\r\nx");
        assert_eq!((head.line, head.rows_line, head.delimiter), (4, 5, b';'));
        assert_eq!(self::head("Users,,\n,,\nemail,firstname,lastname\n").line, 3);
        assert_eq!(self::head("Staff list\nemail\nann@example.com\n").line, 2);
        // A row that contains the name of a column is not a header.
        assert_eq!(self::head("Foo,Bar\n1,email\n").line, 1);
        let said = Search {
            file: "people.csv",
            delimiter: None,
            row: Some(2),
            map: &[],
            values: &ValueMapping::default(),
            dialect: None,
            counts: LineCount::Lines,
        };
        assert_eq!(said.read(b"email,groups\nMail,Team\n").unwrap().names, ["Mail", "Team"]);
        assert!(
            said.read(b"email,groups\n").unwrap_err().to_string().contains("line 2 does not exist")
        );
    }

    #[test]
    fn what_is_no_table_is_said() {
        let error = |bytes: &[u8]| search(bytes).unwrap_err().to_string();
        assert!(error(b"").contains("people.csv is empty"));
        assert!(error(b"\n\n").contains("is empty"));
        assert!(error(b"e\0m\0a\0i\0l\0\n\0").contains("text in UTF-16"));
        assert!(error(b"\"email,groups\na,b\n").contains("line 1"));
        assert!(error(b"\n\"email\"x\n").contains("line 2"));
        assert!(error(&vec![b'x'; MAX_RECORD + 2]).contains("no end within 1 MiB"));
    }
}
