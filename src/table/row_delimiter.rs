//! Tells whether the rows have another delimiter than their header.

use super::delimiter::DELIMITERS;
use super::error::TableError;
use super::header::{HeaderLines, first_rows};
use super::quote::push_cell;

/// Refuses a table most of whose first rows, which are in `below`, have as many cells as the header
/// with another delimiter, and not with the header's.
pub(super) fn check_rows(file: &str, head: &HeaderLines, below: &[u8]) -> Result<(), TableError> {
    let width = head.names.len();
    let is_filled = |row: &Vec<String>| row.iter().any(|cell| !cell.trim().is_empty());
    let mut rows = first_rows(below, head.delimiter);
    rows.retain(is_filled);
    if width < 2 || rows.is_empty() {
        return Ok(());
    }
    let is_other = |other: u8| {
        let divided = |row: &&Vec<String>| {
            row.len() != width && row.first().is_some_and(|cell| cell.contains(char::from(other)))
        };
        let fits = first_rows(below, other).iter().filter(|row| row.len() == width).count();
        fits.min(rows.iter().filter(divided).count()) * 5 >= rows.len() * 4
    };
    let name = |wanted: u8| {
        DELIMITERS.iter().find(|delimiter| delimiter.byte == wanted).map(|known| known.plural)
    };
    let mut others = DELIMITERS.iter().filter(|other| other.byte != head.delimiter);
    match (name(head.delimiter), others.find(|other| is_other(other.byte))) {
        (Some(header), Some(other)) => Err(TableError::RowDelimiter {
            file: file.to_owned(),
            line: head.line,
            header,
            rows: other.plural,
            written: written(&head.names, other.byte),
        }),
        _ => Ok(()),
    }
}

/// Returns the header with another delimiter.
fn written(names: &[String], delimiter: u8) -> String {
    let mut text = Vec::new();
    for (i, name) in names.iter().enumerate() {
        if i > 0 {
            text.push(delimiter);
        }
        push_cell(&mut text, name.trim(), delimiter);
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::header::{LineCount, Search};
    use super::super::mapping::ValueMapping;
    use super::*;

    fn check(text: &str) -> Result<(), TableError> {
        let search = Search {
            file: "a.csv",
            delimiter: None,
            row: None,
            map: &[],
            values: &ValueMapping::default(),
            dialect: None,
            counts: LineCount::Lines,
        };
        let head = search.read(text.as_bytes()).unwrap();
        check_rows("a.csv", &head, &text.as_bytes()[head.rows_at..])
    }

    #[test]
    fn rows_with_another_delimiter_than_their_header_are_told() {
        for text in [
            "email;firstname;lastname\na@x.com,Ann,Lee\nb@x.com,\"Bob\",Ray\n",
            "email,firstname,lastname\na@x.com;Ann;Lee\n",
            "email,firstname,lastname\na@x.com\tAnn\tLee, Jr\nb@x.com\tBob\tRay\n",
        ] {
            assert!(check(text).is_err(), "{text}");
        }
        for text in [
            "email;groups\na@x.com;A,B\nb@x.com;A,B\n",
            "email,firstname,groups\na@x.com,A;B;C\n",
            "email,groups\na@x.com\n",
            "email\na@x.com;b\n",
            "email,groups\n",
        ] {
            assert!(check(text).is_ok(), "{text}");
        }
    }
}
