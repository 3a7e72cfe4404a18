//! Converts JSON Lines to CSV: an object on each line to a record on each line.
//!
//! In: a text with a JSON object on each line. Out: a copy of it as CSV, and its [`HeaderLines`],
//! whose columns are the keys of all objects. Line n of the text is record n of the copy, so that
//! lines are counted in the copy as in the text: a blank line stays blank. A line that is not a
//! flat object, or is too long, stays as it is, and [`JsonCopy`] has its position and its fault.
//! There are two passes, because objects may differ in their keys. Only one line at a time is held
//! in memory.

use super::fault::JsonFault;
use super::header::HeaderLines;
use super::jsonl_framer::{FaultyLine, JsonLineCount};
use super::jsonl_keys::{Keys, LineFault};
use super::jsonl_lines::{JsonLine, JsonlError, Lines};
use super::limits::MAX_RECORD;
use super::text::Utf8Text;
use memchr::memchr;
use std::borrow::Cow;
use std::io::{self, Write};

/// Whether a text that begins with these bytes has objects.
pub(super) fn begins_with_object(first: &[u8]) -> bool {
    first.trim_ascii_start().first() == Some(&b'{')
}

/// The facts about a copy.
#[derive(Debug)]
pub(super) struct JsonCopy {
    pub(super) head: HeaderLines,
    /// Lines that are not rows, in order.
    pub(super) faulty: Vec<FaultyLine>,
    pub(super) lines: JsonLineCount,
}

/// Writes the text as CSV, from a position on.
pub(super) fn convert(text: &Utf8Text, from: u64, to: impl Write) -> Result<JsonCopy, JsonlError> {
    let keys = Keys::of(text, from)?;
    let head = keys.head();
    let mut copy = CopyWriter { to, written: 0 };
    copy.write(&head.raw)?;
    copy.write(b"\n")?;
    let mut lines = Lines::new(text, from);
    let (mut faulty, mut record) = (Vec::new(), Vec::new());
    loop {
        let place = copy.written;
        record.clear();
        match lines.next()? {
            JsonLine::End => {
                copy.to.flush().map_err(JsonlError::Write)?;
                return Ok(JsonCopy { head, faulty, lines: JsonLineCount::OneByOne });
            }
            JsonLine::Blank => {}
            JsonLine::Whole(line) => {
                let fault = match keys.record(line, &mut record) {
                    Ok(()) => (record.len() >= MAX_RECORD - 1).then_some(JsonFault::TooWide),
                    Err(LineFault::Line(fault)) => Some(fault),
                    Err(LineFault::Changed) => {
                        return Err(JsonlError::Read(io::Error::other(
                            "the file has changed while it was read",
                        )));
                    }
                };
                if let Some(fault) = fault {
                    faulty.push(FaultyLine { place, fault });
                    record.clear();
                    record.extend_from_slice(&without_returns(line));
                }
            }
            JsonLine::Long(beginning) => {
                copy.write(&without_returns(beginning))?;
                lines.rest(|piece| copy.write(&without_returns(piece)))?;
            }
        }
        record.push(b'\n');
        copy.write(&record)?;
    }
}

/// Writes the copy and counts its bytes.
struct CopyWriter<W> {
    to: W,
    /// Bytes so far.
    written: u64,
}

impl<W: Write> CopyWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), JsonlError> {
        self.written += bytes.len() as u64;
        self.to.write_all(bytes).map_err(JsonlError::Write)
    }
}

/// Returns a line without CRs: only LF ends a line of JSON Lines, but in the copy a CR would as
/// well.
fn without_returns(line: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'\r', line).is_none() {
        return Cow::Borrowed(line);
    }
    Cow::Owned(line.iter().map(|byte| if *byte == b'\r' { b' ' } else { *byte }).collect())
}

#[cfg(test)]
mod tests {
    use super::super::jsonl_keys::MOST_KEYS;
    use super::*;
    use crate::table::{
        CopiedCells, Field, InputDialect, ReadOptions, RowBuffer, RowFault, RowWriter, Table,
        TableError,
    };
    use proptest::prelude::*;

    fn open(bytes: &[u8]) -> Result<Table, TableError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.jsonl");
        std::fs::write(&path, bytes).unwrap();
        Table::open(
            &path,
            &ReadOptions {
                encoding: crate::table::Charset::from_label("utf-8"),
                ..ReadOptions::new(folder.path())
            },
        )
    }

    /// Returns the line of each row, with the cells of these fields, or why there are none.
    fn rows(table: &Table, fields: &[Field]) -> Vec<(u64, Result<Vec<String>, RowFault>)> {
        let mut buffer = RowBuffer::new();
        let mut rows = Vec::new();
        for block in table.blocks() {
            let block = block.unwrap();
            for i in 0..block.len() {
                let cells = block
                    .cells(i, &mut buffer)
                    .map(|cells| fields.iter().map(|field| cells.get(*field).to_owned()).collect());
                rows.push((block.frame(i).line, cells));
            }
        }
        rows
    }

    /// Returns the copy as in the results, read by the `csv` crate.
    fn copied(table: &Table) -> Vec<Vec<String>> {
        let mut copy =
            RowWriter::new(Vec::new(), table, &["umbulk_row"], CopiedCells::Verbatim).unwrap();
        for block in table.blocks() {
            let block = block.unwrap();
            for i in 0..block.len() {
                copy.write_row(&block, i, &[&(block.first_row + i as u64 + 1).to_string()])
                    .unwrap();
            }
        }
        let copy = copy.into_inner().unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&copy[..]);
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn jsonl_columns_are_all_keys_with_known_ones_first() {
        let table = open(
            b"{\"shoe\":1,\"groups\":[\"A\"]}\n{\"email\":\"a\",\"Type\":null}\r\n\
                  {\"type\":\"federatedID\",\"E-Mail\":\"b\"}",
        )
        .unwrap();
        assert_eq!(table.header(), ["Type", "email", "groups", "shoe"]);
        assert_eq!((table.dialect(), table.delimiter()), (InputDialect::UmapiCliUsersCreate, b','));
        let cells = rows(&table, &[Field::Type, Field::Email, Field::Groups]);
        let expected = [["", "", "[\"A\"]"], ["", "a", ""], ["federatedID", "b", ""]];
        for (row, expected) in cells.iter().zip(expected) {
            assert_eq!(row.1.as_ref().unwrap(), &expected);
        }
        assert_eq!(
            open(b"{\"groups\":[],\"action\":\"add\",\"email\":\"a\",\"type\":\"x\"}")
                .unwrap()
                .dialect(),
            InputDialect::Native
        );
    }

    #[test]
    fn values_keep_their_text() {
        let line = r#"{"email":"Zo\u00eb \"Z\", \ud83d\ude00","firstname":"two\nlines","lastname":12345678901234567890.50,"country":true,"groups":["a, b","c\"",7],"username":"'=x","domain":""}"#;
        let table = open(format!("{line}\n{{\"email\":\"b\"}}\n").as_bytes()).unwrap();
        let fields = [
            Field::Email,
            Field::Firstname,
            Field::Lastname,
            Field::Country,
            Field::Groups,
            Field::Username,
            Field::Domain,
        ];
        let rows = rows(&table, &fields);
        let expected = [
            "Zoë \"Z\", 😀",
            "two\nlines",
            "12345678901234567890.50",
            "true",
            "[\"a, b\",\"c\\\"\",\"7\"]",
            "'=x",
            "",
        ];
        assert_eq!(rows[0].1.as_ref().unwrap(), &expected);
        assert_eq!(rows[1].0, 2, "a line break inside a value is none of the file's");
    }

    #[test]
    fn line_that_is_not_a_flat_object_fails_alone() {
        let long = format!("{{\"email\":\"{}\"}}", "x".repeat(MAX_RECORD));
        let wide = format!("{{\"email\":[{}\"\"]}}", "\"\",".repeat(MAX_RECORD / 4));
        let lines = [
            "{\"email\":\"a@example.com\",\"firstname\":\"A\"}",
            "",
            "{\"email\":\"b",
            "[1]",
            "{\"email\":{\"work\":\"c\"}}",
            "{\"email\":[[1]]}",
            "{\"email\":\"d\",\"E-mail\":\"d\"}",
            "  \t",
            "{\"email\":\"e\\u0000\"}",
            &long,
            &wide,
            "{\"email\":\"f\"} {}",
            "{\"email\":\"g@example.com\"}",
        ];
        let table = open(lines.join("\r\n").as_bytes()).unwrap();
        let rows = rows(&table, &[Field::Email]);
        let told: Vec<(u64, &str)> = rows
            .iter()
            .map(|(line, cells)| (*line, cells.as_ref().err().map_or("", RowFault::reason)))
            .collect();
        let expected = [
            (1, ""),
            (3, "json"),
            (4, "json"),
            (5, "json"),
            (6, "json"),
            (7, "json"),
            (9, "nul"),
            (10, "too_long"),
            (11, "too_long"),
            (12, "json"),
            (13, ""),
        ];
        assert_eq!(told, expected);
        assert_eq!(rows[3].1, Err(RowFault::Json(JsonFault::Nested)));
        assert_eq!(rows[5].1, Err(RowFault::Json(JsonFault::KeyTwice)));
        let copied = copied(&table);
        assert_eq!(copied[0], ["email", "firstname", "umbulk_row"]);
        assert_eq!(copied[2], ["{\"email\":\"b ", "", "2"]);
        assert_eq!(copied[4][0].trim_end(), lines[4]);
        assert!(copied[8][0].starts_with("{\"email\":\"xxx") && copied[8][0].len() < 1100);
        assert!(copied[9][0].starts_with("{\"email\":[\"\",") && copied[9][0].ends_with('…'));
        assert_eq!(rows[8].1, Err(RowFault::Json(JsonFault::TooWide)));
        assert_eq!(copied[11], ["g@example.com", "", "11"]);
    }

    /// A fault is not marked in the text: what looks like a mark is text.
    #[test]
    fn faults_of_lines_stand_beside_the_text() {
        let lines = ["{\"email\":\"a\"}", "\0n[1]", "\0o", "\0", "{\"email\":\"b\\u0000n\"}"];
        let table = open(lines.join("\n").as_bytes()).unwrap();
        let faults: Vec<Option<RowFault>> =
            rows(&table, &[]).into_iter().map(|(_, cells)| cells.err()).collect();
        let not_an_object = Some(RowFault::Json(JsonFault::NotAnObject));
        assert_eq!(
            faults,
            [None, not_an_object, not_an_object, not_an_object, Some(RowFault::Nul)]
        );
        assert_eq!(copied(&table)[2], ["\u{fffd}n[1]", "2"]);
    }

    #[test]
    fn bytes_that_are_no_text_are_that_rows_fault() {
        let table = open(
            b"{\"email\":\"Zo\xC3\xAB\"}\n{\"email\":\"Zo\xEB\"}\n{\"email\":\"Zo\xC3\xAB\"}\n",
        )
        .unwrap();
        assert_eq!(rows(&table, &[])[1], (2, Err(RowFault::Encoding)));
        assert_eq!(copied(&table)[2], ["{\"email\":\"Zo\u{fffd}\"}", "2"]);
    }

    #[test]
    fn a_file_begins_with_an_object_whatever_its_name_and_encoding() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.csv");
        let utf16: Vec<u8> = "\u{feff}\r\n{\"email\":\"Zoë\"}\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        std::fs::write(&path, utf16).unwrap();
        let table = Table::open(&path, &ReadOptions::new(folder.path())).unwrap();
        assert_eq!(rows(&table, &[Field::Email]), [(2, Ok(vec!["Zoë".to_owned()]))]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "the copies have no name");
    }

    #[test]
    fn what_is_no_json_lines_is_said() {
        let error = |bytes: &[u8]| open(bytes).unwrap_err().to_string();
        assert!(error(b"").contains("is empty") && error(b"\n \n").contains("is empty"));
        let several = error(b"{\n  \"email\": \"a\"\n}\n");
        assert!(several.contains("none of its lines is a whole JSON object"), "{several}");
        let inside = error(b"{\"users\": [ {\"email\":\"a\"}]}\n");
        assert!(inside.contains("lists of objects inside"), "{inside}");
        assert!(error(b"{\"email\":\"a\"}\r{\"email\":\"b\"}\r").contains("CR alone"));
        assert!(error(b"{}\n").contains("no keys"));
        assert!(error(b"{\"foo\":1}\n").contains("\"foo\""));
        let many: String = (0..=MOST_KEYS).map(|key| format!("{{\"key{key}\":1}}\n")).collect();
        assert!(error(many.as_bytes()).contains("more than 200 different keys"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_row_for_each_line_that_is_not_blank(
            noise in proptest::collection::vec(
                prop_oneof![
                    4 => Just(b"\n".to_vec()),
                    6 => Just(b"{\"email\":\"a\"}".to_vec()),
                    1 => prop::sample::select(&b"{}[]\",:\r\0 a\\\xC3\xAB'=1"[..]).prop_map(|byte|
                        vec![byte]),
                ],
                0..60,
            ),
        ) {
            let text = [&b"{\"email\":1,\"note\":2}\n"[..], &noise.concat(), b"\n\
                {\"email\":\"z\"}\n"].concat();
            let Ok(table) = open(&text) else { return Ok(()) };
            let lines: Vec<u64> =
                (1..).zip(text.split(|byte| *byte == b'\n')).filter(|(_,
                    line)| !line.trim_ascii().is_empty()).map(|(line, _)| line).collect();
            let found: Vec<u64> = rows(&table, &[]).into_iter().map(|(line, _)| line).collect();
            prop_assert_eq!(&found, &lines);
            let width = table.header().len() + 1;
            prop_assert!(copied(&table).iter().all(|record| record.len() == width));
        }

        // If the first cell begins with #, the row would be switched off.
        #[test]
        fn every_text_comes_back_as_it_was_on_its_line(texts in
            proptest::collection::vec(proptest::option::of("[^\u{0}\u{fffd}]{0,12}|['=\",\r\n \
                ]{0,4}"), 1..20)) {
            let line = |text: &Option<String>| text.as_ref().map_or(String::new(),
                |text| serde_json::json!({ "action": "x", "email": "a", "groups": text
                    }).to_string());
            let lines: Vec<String> = texts.iter().map(line).collect();
            let table = open(lines.join("\n").as_bytes());
            if texts.iter().all(Option::is_none) {
                prop_assert!(table.is_err());
                return Ok(());
            }
            let table = table.unwrap();
            let expected: Vec<(u64, Result<Vec<String>, RowFault>)> =
                (1..).zip(&texts).filter_map(|(line,
                    text)| Some((line, Ok(vec![text.clone()?])))).collect();
            prop_assert_eq!(rows(&table, &[Field::Groups]), expected);
        }
    }
}
