//! A table means the same in whatever form it is written: text with each delimiter and line end,
//! UTF-16, JSON Lines, a JSON array, a workbook, and each of them compressed or in an archive.

use super::{Rules, read};
use crate::table::{ReadOptions, RowBuffer, Table};
use proptest::prelude::*;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

const COLUMNS: [&str; 5] = ["email", "firstname", "lastname", "country", "groups"];

type Row = [String; COLUMNS.len()];

fn row() -> impl Strategy<Value = Row> {
    // Letters of many scripts, and what has a meaning in some form of text.
    let name = || "[A-Za-zäöüéŁışЖя山田]([A-Za-zéßЖя田 ,;|\"'&<>{}\\\\:\t\n-]{0,8}[a-z.])?";
    let country = prop::sample::select(vec!["DE", "us", "", "Narnia"]);
    let groups = prop::collection::vec("[A-Za-z][a-zé&;|' ]{0,6}[a-z]", 0..3);
    (0..50_u8, name(), name(), country, groups).prop_map(
        |(number, firstname, lastname, country, groups)| {
            let groups = if groups.is_empty() { String::new() } else { groups.join(",") };
            [format!("p{number}@example.com"), firstname, lastname, country.to_owned(), groups]
        },
    )
}

fn text(rows: &[Row], delimiter: u8, end: csv::Terminator, quotes: csv::QuoteStyle) -> Vec<u8> {
    let mut text = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(end)
        .quote_style(quotes)
        .from_writer(Vec::new());
    text.write_record(COLUMNS).unwrap();
    rows.iter().for_each(|row| text.write_record(row).unwrap());
    text.into_inner().unwrap()
}

fn utf16(rows: &[Row]) -> Vec<u8> {
    let text = text(rows, b'\t', csv::Terminator::CRLF, csv::QuoteStyle::Necessary);
    let text = "\u{feff}".to_owned() + std::str::from_utf8(&text).unwrap();
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Returns an object for each row, whose groups are a list.
fn objects(rows: &[Row]) -> Vec<serde_json::Value> {
    let object = |row: &Row| {
        let value = |(name, cell): (&&str, &String)| {
            let value = match (*name, cell.as_str()) {
                ("groups", "") => serde_json::Value::Null,
                ("groups", names) => names.split(',').collect(),
                (_, text) => text.into(),
            };
            ((*name).to_owned(), value)
        };
        COLUMNS.iter().zip(row).map(value).collect::<serde_json::Map<_, _>>().into()
    };
    rows.iter().map(object).collect()
}

fn json_lines(rows: &[Row]) -> Vec<u8> {
    let lines = objects(rows).into_iter().map(|object| object.to_string() + "\n");
    lines.collect::<String>().into_bytes()
}

fn workbook(rows: &[Row]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, COLUMNS).unwrap();
    for (number, row) in (1..).zip(rows) {
        sheet.write_row(number, 0, row).unwrap();
    }
    book.save_to_buffer().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap().into_inner()
}

/// Returns a table in each form, with the name of the form.
fn forms(rows: &[Row]) -> Vec<(String, Vec<u8>)> {
    use csv::{QuoteStyle, Terminator};
    let mut forms = Vec::new();
    for (name, delimiter) in [("comma", b','), ("semicolon", b';'), ("tab", b'\t'), ("pipe", b'|')]
    {
        for (end, quotes) in [
            (Terminator::Any(b'\n'), QuoteStyle::Necessary),
            (Terminator::CRLF, QuoteStyle::Always),
            (Terminator::Any(b'\r'), QuoteStyle::NonNumeric),
        ] {
            forms.push((format!("{name} {end:?}"), text(rows, delimiter, end, quotes)));
        }
    }
    let array = objects(rows);
    forms.extend([
        ("UTF-16".to_owned(), utf16(rows)),
        ("JSON Lines".to_owned(), json_lines(rows)),
        ("array".to_owned(), serde_json::to_vec(&array).unwrap()),
        ("long array".to_owned(), serde_json::to_vec_pretty(&array).unwrap()),
        ("workbook".to_owned(), workbook(rows)),
    ]);
    let packed: Vec<_> = forms
        .iter()
        .enumerate()
        .map(|(i, (name, bytes))| match i % 3 {
            0 => (format!("gzip: {name}"), gzip(bytes)),
            1 => (format!("zstd: {name}"), zstd::encode_all(&bytes[..], 1).unwrap()),
            _ => (format!("zip: {name}"), zip("staff.dat", bytes)),
        })
        .collect();
    forms.extend(packed);
    forms
}

/// Returns the change of each row, or its problems.
fn changes(bytes: &[u8]) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("staff.dat");
    std::fs::write(&path, bytes).unwrap();
    let table = Table::open(&path, &ReadOptions::new(folder.path()));
    let table = table.map_err(|error| error.to_string())?;
    let rules = Rules::new(table.dialect());
    let mut buffer = RowBuffer::new();
    let mut changes = Vec::new();
    for block in table.blocks() {
        let block = block.unwrap();
        for index in 0..block.len() {
            let cells = block.cells(index, &mut buffer).map_err(|fault| fault.to_string())?;
            changes.push(format!("{:?}", read(&cells, &rules)));
        }
    }
    Ok(changes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn table_means_the_same_in_every_form(rows in prop::collection::vec(row(), 1..6)) {
        let forms = forms(&rows);
        let expected = changes(&forms[0].1);
        prop_assert_eq!(expected.as_ref().map(Vec::len), Ok(rows.len()));
        for (name, bytes) in &forms[1..] {
            prop_assert_eq!(&changes(bytes), &expected, "{}", name);
        }
    }
}
