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
