//! Lines above and below a header, made of what such lines hold: the header is found or refused.
//! Its columns are the same where its line is given, and so are its rows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use umbulk::internals::{ReadOptions, Table};

/// Cells of titles, headers, remarks, totals and rows.
const CELLS: [&str; 48] = [
    "", " ", "email", "E-Mail", "Mail", "firstname", "First Name", "lastname", "Surname", "country",
    "username", "Login", "domain", "groups", "Group", "name", "action", "type", "Identity Type",
    "Vorname", "Nachname", "Land", "\u{6c0f}\u{540d}", "Department", "Start date", "Staff list",
    "Exported on 2026-11-28", "Leavers", "Total", "Total leavers: 2", "#", "# remark", "sep=;",
    "sep=,", "a@example.com", "b@example.com", "Ann", "Lee", "US", "Design", "create", "12", "x",
    "\"a, b\"", "\"a\nb\"", "\"", "---", "\u{feff}email",
];

/// What is between two cells, or ends a line.
const SIGNS: [&str; 8] = [",", ";", "\t", "|", "\n", "\r\n", "\r", "\n\n"];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, parts)) = bytes.split_first() else { return };
    let mut text = String::new();
    for part in parts {
        let part = usize::from(*part);
        match CELLS.get(part) {
            Some(cell) => text.push_str(cell),
            // Most signs are those of the file.
            None if part < 128 => text.push_str(SIGNS[usize::from(first % 4)]),
            None if part < 208 => text.push_str(SIGNS[usize::from(4 + first / 4 % 4)]),
            None => text.push_str(SIGNS[part % SIGNS.len()]),
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.csv");
    std::fs::write(&path, &text).expect("a file");
    let mut options = ReadOptions::new(folder.path());
    let Ok(table) = Table::open(&path, &options) else { return };
    let line = table.header_line();
    assert!(line <= 1 + text.matches(['\r', '\n']).count() as u64, "line {line} of {text:?}");
    options.header_row = Some(line);
    options.delimiter = Some(table.delimiter());
    let given = Table::open(&path, &options).expect("a header on this line");
    assert_eq!(given.header(), table.header(), "{text:?}");
    let rows = |table: &Table| {
        let blocks = table.blocks().map(|block| block.expect("a block"));
        blocks.flat_map(|block| (0..block.len()).map(|i| block.frame(i)).collect::<Vec<_>>())
            .map(|frame| (frame.offset, frame.len, frame.line))
            .collect::<Vec<_>>()
    };
    assert_eq!(rows(&given), rows(&table), "{text:?}");
});
