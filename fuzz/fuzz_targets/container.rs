//! Any content of an archive, or of a JSON array: it is read, row after row, or refused. The first
//! byte chooses what the content is put into.
#![no_main]

use std::io::{Cursor, Write};

use libfuzzer_sys::fuzz_target;
use umbulk::internals::{ReadOptions, RowBuffer, Table};
use zip::write::SimpleFileOptions;

/// Returns an archive with these files.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).expect("memory");
        zip.write_all(content).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

/// Returns a sound archive with some bytes changed.
fn changed(changes: &[u8]) -> Vec<u8> {
    let mut zip = archive(&[("staff.csv", b"email,firstname\na@example.com,Ann\n")]);
    for change in changes.chunks_exact(3) {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]])) % zip.len();
        zip[place] = change[2];
    }
    zip
}

fn container(kind: u8, content: &[u8]) -> Vec<u8> {
    let element = b"{\"email\":\"a@example.com\"},".as_slice();
    match kind % 5 {
        0 => content.to_vec(),
        1 => archive(&[("staff.csv", content)]),
        2 => archive(&[(&String::from_utf8_lossy(content), b"email\n"), ("a.png", b"")]),
        3 => changed(content),
        _ => [b"[", element, content, b"]"].concat(),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, content)) = bytes.split_first() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.csv");
    std::fs::write(&path, container(*kind, content)).expect("a file");
    let Ok(table) = Table::open(&path, &ReadOptions::new(folder.path())) else { return };
    let mut buffer = RowBuffer::default();
    let (mut end, mut line, mut rows) = (0, 0, 0);
    for block in table.blocks() {
        let Ok(block) = block else { return };
        for index in 0..block.len() {
            let frame = block.frame(index);
            // Elements of an array may share a line.
            assert!(frame.offset >= end && frame.line >= line, "{frame:?} after {end}");
            (end, line, rows) = (frame.offset + frame.len, frame.line, rows + 1);
            let _ = block.cells(index, &mut buffer);
        }
    }
    assert!(rows <= bytes.len(), "{rows} rows");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "a copy is left");
});
