//! Any content of a sheet, in every format of workbooks: it is read, row after row, or refused. The
//! first byte chooses the format.
#![no_main]

use std::io::{Cursor, Write};

use libfuzzer_sys::fuzz_target;
use umbulk::internals::{ReadOptions, RowBuffer, Table};
use zip::write::SimpleFileOptions;

/// Returns an archive with these parts.
fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("memory");
        zip.write_all(content).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

/// Returns a workbook of Excel whose parts have this ending.
fn excel(ending: &str, book: &[u8], sheet: &[u8]) -> Vec<u8> {
    let relation = |kind: &str, target: &str| {
        let list = format!(
            "<Relationships><Relationship Id='s' Type='x/{kind}' Target='{target}.{ending}'/>\
             </Relationships>"
        );
        list.into_bytes()
    };
    package(&[
        ("_rels/.rels", &relation("officeDocument", "xl/workbook")),
        (&format!("xl/_rels/workbook.{ending}.rels"), &relation("worksheet", "sheet")),
        (&format!("xl/workbook.{ending}"), book),
        (&format!("xl/sheet.{ending}"), sheet),
    ])
}

fn workbook(kind: u8, content: &[u8]) -> Vec<u8> {
    const BOOK: &[u8] = b"<workbook><sheets><sheet name='S' id='s'/></sheets></workbook>";
    // A sheet called S, and the end of the list.
    const BINARY_BOOK: &[u8] =
        b"\x9c\x01\x14\0\0\0\0\x01\0\0\0\x01\0\0\0s\0\x01\0\0\0S\0\x84\x01\0";
    match kind % 4 {
        0 => content.to_vec(),
        1 => excel("xml", BOOK, content),
        2 => excel("bin", BINARY_BOOK, content),
        _ => package(&[
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", content),
        ]),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, content)) = bytes.split_first() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.csv");
    std::fs::write(&path, workbook(*kind, content)).expect("a file");
    let Ok(table) = Table::open(&path, &ReadOptions::new(folder.path())) else { return };
    let mut buffer = RowBuffer::default();
    let mut line = 0;
    for block in table.blocks() {
        let Ok(block) = block else { return };
        for index in 0..block.len() {
            let frame = block.frame(index);
            // Any content may be a JSON array, whose elements may share a line.
            let is_below = frame.line > line || kind % 4 == 0 && frame.line == line;
            assert!(is_below && frame.line <= 1 << 20, "{frame:?} after {line}");
            line = frame.line;
            let _ = block.cells(index, &mut buffer);
        }
    }
});
