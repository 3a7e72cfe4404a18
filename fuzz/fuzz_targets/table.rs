//! Any bytes at all: a file opens or is refused, and every frame lies behind the one before it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use umbulk::internals::{CopiedCells, ReadOptions, RowBuffer, RowWriter, Table};

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.csv");
    std::fs::write(&path, bytes).expect("a file");
    let Ok(table) = Table::open(&path, &ReadOptions::new(folder.path())) else { return };
    let mut buffer = RowBuffer::default();
    let mut copy = RowWriter::new(Vec::new(), &table, &["umbulk_row"],
        CopiedCells::Verbatim).expect("memory");
    let (mut end, mut line) = (0, 0);
    for block in table.blocks() {
        let Ok(block) = block else { return };
        for index in 0..block.len() {
            let frame = block.frame(index);
            // Elements of a JSON array may share a line.
            assert!(frame.offset >= end && frame.line >= line, "{frame:?} after {end}");
            (end, line) = (frame.offset + frame.len, frame.line);
            let _ = block.cells(index, &mut buffer);
            copy.write_row(&block, index, &["1"]).expect("memory");
        }
    }
});
