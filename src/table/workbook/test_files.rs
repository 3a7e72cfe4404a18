//! Workbooks for tests, part by part.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

use crate::table::text::Utf8Text;

/// Returns an archive with these parts.
pub(super) fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Returns a file with these bytes.
pub(super) fn text_file(bytes: &[u8]) -> Utf8Text {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Utf8Text::new(file).unwrap()
}

/// Returns an old workbook with this stream.
pub(super) fn compound_file(stream: &[u8]) -> Vec<u8> {
    const SECTOR: usize = 512;
    const END: u32 = 0xFFFF_FFFE;
    const OF_TABLE: u32 = 0xFFFF_FFFD;
    let mut stream = stream.to_vec();
    // A shorter one would be in small sectors.
    stream.resize(stream.len().next_multiple_of(SECTOR).max(4096), 0);
    let sectors = (stream.len() / SECTOR) as u32;
    // The first sector is the folder, then come the stream and the table.
    let mut next = vec![END];
    next.extend((1..=sectors).map(|at| if at == sectors { END } else { at + 1 }));
    let tables = (next.len() / (SECTOR / 4 - 1) + 1) as u32;
    next.resize(next.len() + tables as usize, OF_TABLE);
    let mut table: Vec<u8> = next.iter().flat_map(|number| number.to_le_bytes()).collect();
    table.resize(tables as usize * SECTOR, 0xFF);
    let mut header = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    header.resize(SECTOR, 0);
    (header[30], header[32]) = (9, 6);
    let fields = [(48, 0), (56, 4096), (60, END), (68, END)];
    let places = (0..109).map(|at| (76 + 4 * at as usize, sectors + 1 + at));
    for (at, number) in fields.into_iter().chain(places) {
        let number = if at >= 76 + 4 * tables as usize { u32::MAX } else { number };
        header[at..at + 4].copy_from_slice(&number.to_le_bytes());
    }
    let mut folder = vec![0; SECTOR];
    for (at, name, start, len) in [(0, "Root Entry", END, 0), (128, "Workbook", 1, stream.len())] {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        folder[at..at + name.len()].copy_from_slice(&name);
        folder[at + 64] = name.len() as u8 + 2;
        folder[at + 116..at + 120].copy_from_slice(&start.to_le_bytes());
        folder[at + 120..at + 124].copy_from_slice(&(len as u32).to_le_bytes());
    }
    [header, folder, stream, table].concat()
}
