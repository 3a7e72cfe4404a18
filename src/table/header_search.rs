//! Chooses the header among the first lines of a text.
//!
//! In: the cells of the first lines. Out: the line that names most columns. A line above it that
//! looks like a row is an error, because nobody would notice that it is lost.

use super::dialect::InputDialect;
use super::error::TableError;
use super::field::{Field, plain};
use super::header::{Candidate, Search};
use super::join_template::optional;
use super::layout::{shown, switches_off};
use super::lookalike::{by_name, is_address};
use super::record::{Decoder, parse};
use super::scan::{count_line_ends, line_end_len};
use super::total::is_remark;

/// The number of lines that are searched for the header.
pub(super) const SEARCHED: usize = 20;

/// The header of a text, as far as it can be told.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeaderRating {
    pub(super) certainty: HeaderCertainty,
    /// The number of its cells.
    pub(super) width: usize,
    /// Its line, from 1.
    pub(super) line: u64,
}

/// A line above the rows.
struct SearchedLine {
    at: usize,
    line: u64,
    len: usize,
    /// What it holds, if it can be read.
    candidate: Option<(Candidate, LineShape)>,
}

/// What the cells of a line have in common with a header.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LineShape {
    /// Whether it has all columns of the mapping.
    is_mapped: bool,
    /// How many cells are known names of columns, and how many are likely ones.
    known: usize,
    likely: usize,
    /// Whether one of them names a user or a group.
    names_somebody: bool,
    filled: usize,
    has_address: bool,
    is_comment: bool,
}

/// How certain it is that a line is the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum HeaderCertainty {
    None,
    /// It has one known name, as a title may have as well.
    Weak,
    /// Several cells are likely names of columns.
    Strong,
    /// It has all columns of the mapping.
    Mapped,
}

impl LineShape {
    fn certainty(&self) -> HeaderCertainty {
        match self.likely {
            _ if self.is_comment || self.has_address => HeaderCertainty::None,
            _ if self.is_mapped => HeaderCertainty::Mapped,
            2.. if self.names_somebody => HeaderCertainty::Strong,
            1.. if self.names_somebody => HeaderCertainty::Weak,
            _ => HeaderCertainty::None,
        }
    }

    /// Whether it is rather the header than an earlier line is.
    fn beats(&self, earlier: &LineShape) -> bool {
        let rank = |shape: &LineShape| (shape.certainty(), shape.likely, shape.known);
        // Several names of columns that name nobody are a header rather than one word is.
        let is_wide = self.likely >= 2 && self.filled >= 3 && !self.has_address;
        rank(self) > rank(earlier)
            || earlier.certainty() == HeaderCertainty::Weak && earlier.filled == 1 && is_wide
    }
}

impl Search<'_> {
    /// Returns what the header of a text seems to be; `None` if the text has no content.
    pub(super) fn rate(&self, bytes: &[u8]) -> Option<HeaderRating> {
        match self.read(bytes) {
            Ok(head) => {
                let certainty = self.shape(&head.names).certainty();
                Some(HeaderRating { certainty, width: head.names.len(), line: head.line })
            }
            // Reading the table names these rows.
            Err(TableError::RowsAboveHeader { line, .. }) => {
                Some(HeaderRating { certainty: HeaderCertainty::Strong, width: 0, line })
            }
            Err(TableError::Empty { .. }) => None,
            // Reading the table says what is wrong.
            Err(_) => Some(HeaderRating { certainty: HeaderCertainty::None, width: 0, line: 0 }),
        }
    }

    /// Returns the line that is most certainly the header. If there is none, returns the line that
    /// comes closest, so that the error names its columns.
    pub(super) fn found(
        &self,
        bytes: &[u8],
        first: usize,
        delimiter: Option<u8>,
    ) -> Result<Candidate, TableError> {
        let (mut lines, first_error) = self.first_lines(bytes, first, delimiter);
        let shapes: Vec<Option<&LineShape>> =
            lines.iter().map(|line| line.candidate.as_ref().map(|(_, shape)| shape)).collect();
        let (header, is_sure) = match (chosen(&shapes), first_error) {
            (Some(header), _) => (Some(header), true),
            (None, Some(error)) => return Err(error),
            (None, None) => (closest(&shapes), false),
        };
        let found = header.and_then(|header| lines[header].candidate.take());
        let Some((candidate, _)) = found else {
            return Err(TableError::Empty { file: self.file.to_owned() });
        };
        if is_sure {
            self.check_lines_above(bytes, &lines, &candidate)?;
        }
        Ok(candidate)
    }

    /// Reads the lines that are searched, and returns why the first unreadable one is. A line with
    /// an address is a row: below a certain header, no other one is looked for.
    fn first_lines(
        &self,
        bytes: &[u8],
        first: usize,
        delimiter: Option<u8>,
    ) -> (Vec<SearchedLine>, Option<TableError>) {
        let (mut at, mut line) = (first, 1 + count_line_ends(&bytes[..first]));
        let (mut lines, mut first_error) = (Vec::new(), None);
        let mut has_header = false;
        while lines.len() < SEARCHED && at < bytes.len() {
            let mut len = line_len(&bytes[at..]);
            let candidate = match self.header(bytes, at, line, delimiter) {
                Ok(header) => {
                    len = header.len;
                    let shape = self.shape(&header.names);
                    if has_header && shape.has_address {
                        break;
                    }
                    has_header |= shape.certainty() >= HeaderCertainty::Strong;
                    Some((Candidate { at, line, header }, shape))
                }
                Err(error) => {
                    first_error.get_or_insert(error);
                    None
                }
            };
            lines.push(SearchedLine { at, line, len, candidate });
            let passed = len + line_end_len(&bytes[at + len..]);
            line += self.lines(&bytes[at..at + passed], 1);
            at += passed;
            let blank = bytes[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            line += count_line_ends(&bytes[at..at + blank]);
            at += blank;
        }
        (lines, first_error)
    }

    fn shape(&self, names: &[String]) -> LineShape {
        let fields = self.likely_fields(names);
        let dialect = self.dialect_of(names);
        let filled: Vec<&str> = names.iter().map(|name| shown(name)).collect();
        let mut columns = self.columns_by_name().peekable();
        let has = |column: &str| names.iter().any(|name| plain(name) == plain(column));
        let is_named = |column: &str| has(column) || optional(column).is_some_and(has);
        LineShape {
            is_mapped: columns.peek().is_some() && columns.all(is_named),
            known: names.iter().filter(|name| dialect.field(&plain(name)).is_some()).count(),
            likely: fields.iter().flatten().count(),
            names_somebody: fields
                .iter()
                .flatten()
                .any(|field| matches!(field, Field::Email | Field::Username | Field::Group)),
            filled: names.iter().filter(|name| !plain(name).is_empty()).count(),
            has_address: filled.iter().any(|cell| is_address(cell)),
            is_comment: filled
                .iter()
                .find(|cell| !cell.is_empty())
                .is_some_and(|first| switches_off(first) && first.len() > 1),
        }
    }

    /// Returns the columns that the user has named.
    fn columns_by_name(&self) -> impl Iterator<Item = &str> {
        let mapped = self.map.iter().map(|(_, column)| column.as_str());
        mapped.chain(self.values.columns())
    }

    fn dialect_of(&self, names: &[String]) -> InputDialect {
        let plain: Vec<String> = names.iter().map(|name| plain(name)).collect();
        self.dialect.unwrap_or_else(|| InputDialect::tell(&plain))
    }

    /// Returns the likely field of each cell of a line.
    fn likely_fields(&self, names: &[String]) -> Vec<Option<Field>> {
        let dialect = self.dialect_of(names);
        let likely = |name: &String| {
            let plain_name = plain(name);
            let mapped = self.map.iter().find(|(_, column)| plain(column) == plain_name);
            mapped
                .map(|(field, _)| *field)
                .or_else(|| dialect.field(&plain_name))
                .or_else(|| by_name(name))
        };
        names.iter().map(likely).collect()
    }

    /// Refuses lines above the header that look like rows: they would be lost.
    fn check_lines_above(
        &self,
        bytes: &[u8],
        lines: &[SearchedLine],
        header: &Candidate,
    ) -> Result<(), TableError> {
        let fields = self.likely_fields(&header.header.names);
        let mut decoder = Decoder::default();
        let mut is_row = |line: &SearchedLine| {
            let raw = &bytes[line.at..line.at + line.len];
            let cells: Vec<String> = match parse(raw, header.header.delimiter, &mut decoder) {
                Ok(row) => row.iter().map(|cell| shown(cell).to_owned()).collect(),
                Err(_) => String::from_utf8_lossy(raw)
                    .split(char::from(header.header.delimiter))
                    .map(|cell| cell.trim_matches(['"', ' ']).to_owned())
                    .collect(),
            };
            looks_like_a_row(&cells, &fields)
        };
        let above = lines.iter().filter(|line| line.at < header.at);
        let rows: Vec<u64> = above.filter(|line| is_row(line)).map(|line| line.line).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let (file, line) = (self.file.to_owned(), header.line);
        Err(TableError::RowsAboveHeader { file, line, rows })
    }
}

fn line_len(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len())
}

/// Returns the position of the header, if a line is certain enough to be it.
fn chosen(shapes: &[Option<&LineShape>]) -> Option<usize> {
    let mut best: Option<(usize, &LineShape)> = None;
    let mut has_only_titles = true;
    for (i, shape) in shapes.iter().enumerate() {
        let Some(shape) = shape else {
            has_only_titles = false;
            continue;
        };
        let may_be = match shape.certainty() {
            HeaderCertainty::None => false,
            HeaderCertainty::Weak => has_only_titles,
            HeaderCertainty::Strong | HeaderCertainty::Mapped => true,
        };
        match best {
            None if may_be => best = Some((i, shape)),
            Some((_, earlier)) if shape.beats(earlier) => best = Some((i, shape)),
            _ => {}
        }
        has_only_titles &= shape.filled <= 1 || shape.is_comment;
    }
    best.map(|(i, _)| i)
}

/// Returns the position of the line that comes closest to a header: it has most likely names, or
/// else most cells.
fn closest(shapes: &[Option<&LineShape>]) -> Option<usize> {
    let rank = |shape: &LineShape| {
        let likely = if shape.likely >= 2 && !shape.has_address { shape.likely } else { 0 };
        (!shape.is_comment, likely, shape.filled)
    };
    let ranked = shapes.iter().enumerate().filter_map(|(i, shape)| Some((rank((*shape)?), i)));
    ranked.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, i)| i)
}

/// Whether a line with these cells is a row under a header with these fields rather than a title:
/// an address or a username stands where the header has them, or as many cells are filled as the
/// header has.
fn looks_like_a_row(cells: &[String], fields: &[Option<Field>]) -> bool {
    let filled: Vec<&str> =
        cells.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
    let Some(first) = filled.first() else { return false };
    if switches_off(first) {
        return false;
    }
    let has = |i: usize, wanted: &[Field]| {
        fields.get(i).is_some_and(|field| field.is_some_and(|field| wanted.contains(&field)))
    };
    let names = [Field::Email, Field::Username, Field::NewEmail];
    let is_address_of_row =
        |i: usize| has(i, &names) && is_address(&cells[i]) && (i == 0 || !is_label(&cells[i - 1]));
    if (0..cells.len()).any(is_address_of_row) {
        return true;
    }
    let is_username = |i: usize| {
        has(i, &[Field::Username])
            && !cells[i].is_empty()
            && !cells[i].contains(char::is_whitespace)
    };
    let least = match (0..cells.len()).any(is_username) {
        true => fields.len().div_ceil(2),
        false => fields.len(),
    };
    filled.len() >= least.max(2) && !is_title(first, &filled)
}

/// Whether a cell says that an address follows it.
fn is_label(cell: &str) -> bool {
    cell.ends_with(':') || matches!(by_name(cell), Some(Field::Email | Field::Username))
}

/// Whether filled cells of a line are a title: a label, when and by whom the list was made, or most
/// of them are names of columns.
fn is_title(first: &str, filled: &[&str]) -> bool {
    let has_number = |cell: &&str| cell.starts_with(|c: char| c.is_ascii_digit());
    let is_name = |cell: &&&str| InputDialect::any_knows(&plain(cell)) || by_name(cell).is_some();
    first.ends_with(':')
        || is_remark(first) && filled.iter().any(has_number)
        || filled.iter().filter(is_name).count() * 2 > filled.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::header::LineCount;
    use crate::table::mapping::ValueMapping;

    fn search(text: &str) -> Result<(u64, String), TableError> {
        let search = Search {
            file: "a.csv",
            delimiter: None,
            row: None,
            map: &[],
            values: &ValueMapping::default(),
            dialect: None,
            counts: LineCount::Lines,
        };
        search.read(text.as_bytes()).map(|head| (head.line, head.names.join("|")))
    }

    fn line(text: &str) -> u64 {
        search(text).unwrap().0
    }

    fn rows_above(text: &str) -> Vec<u64> {
        match search(text) {
            Err(TableError::RowsAboveHeader { rows, .. }) => rows,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn rows_above_the_header_are_no_titles() {
        const HEAD: &str = "email,firstname,lastname,country\nz@x.com,Z,Z,US\n";
        assert_eq!(rows_above(&format!("a@x.com,Ann,Lee,US\n{HEAD}")), [1]);
        assert_eq!(rows_above(&format!("Staff\na@x.com,Ann,Lee,US\n\nb@x.com,,,\n{HEAD}")), [2, 4]);
        assert_eq!(rows_above(&format!("a@x.com,\"Ann\"x,Lee,US\n{HEAD}")), [1]);
        for (row, header) in [
            ("alee,Ann,Lee,US", "username,firstname,lastname,country"),
            ("alee,Ann,Lee,,", "username,firstname,lastname,country,groups"),
            ("alee,example.com", "username,domain"),
            ("alee,Apps", "username,groups"),
            ("Apps,ann@x.com", "groups,email"),
            ("Design,All designers", "group,description"),
            ("ann@x.com", "email"),
            ("Ann;Lee;ann@x.com", "Vorname;Nachname;E-Mail-Adresse"),
        ] {
            assert_eq!(rows_above(&format!("{row}\n{header}\n")), [1], "{row}");
        }
    }

    #[test]
    fn titles_above_the_header_are_no_rows() {
        const HEAD: &str = "email,firstname,lastname,country\nz@x.com,Z,Z,US\n";
        for title in [
            "Contact: hr@example.com",
            "Email:,hr@example.com",
            "Email,hr@example.com",
            ",,Contact,hr@example.com",
            "# a@x.com,Ann,Lee,US",
            "Staff list,,,",
            "Exported,2026-11-27,by,HR",
            "E-Mail,Vorname,Nachname,Land",
            "Filter,email,group",
            "Report,Users",
        ] {
            assert_eq!(line(&format!("{title}\n{HEAD}")), 2, "{title}");
        }
    }

    #[test]
    fn line_with_most_names_of_columns_is_the_header() {
        for (text, expected) in [
            ("# comment, email, country\nemail,firstname,lastname,country\n", 2),
            ("Email\nE-Mail-Adresse;Vorname;Nachname;Land\nz@x.com;Z;Z;DE\n", 2),
            ("Email\nKontakt;Vorname;Nachname;Land\nz@x.com;Z;Z;DE\n", 2),
            ("Group;User\nDesign;x\nE-Mail;Vorname;Nachname\nz@x.com;Z;Z\n", 3),
            ("Report,Created,By,Total\nE-Mail,Vorname,Nachname,Land,Ort\n", 2),
            ("Name,Group\nE-Mail,Vorname,Nachname,Land\n", 2),
            ("User,Email\nemail,groups\n", 2),
            ("email,groups\nann@x.com,Apps\nemail,firstname,lastname\n", 1),
            ("#,email,groups\n1,ann@x.com,Apps\n", 1),
            ("username,groups\nlogin,Apps\nuser,Team\n", 1),
            ("group\nApps\nTeam\n", 1),
        ] {
            assert_eq!(line(text), expected, "{text}");
        }
    }
}
