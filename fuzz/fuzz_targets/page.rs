//! Any page and any stored list are understood or refused, never a panic; what was understood is written as rows that a reader counts alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use umbulk::export::{Dialect, Filter, Format, GroupKinds, Kind, Layout, Shape};
use umbulk::organization::Snapshot;
use umbulk::umapi::Page;

fuzz_target!(|bytes: &[u8]| {
    let page = Page { number: 0, current: None, pages: None, total: None, body: bytes.to_vec() };
    for (kind, format) in
        [(Kind::Users, Format::Csv { delimiter: b',' }), (Kind::Users, Format::JsonLines), (Kind::Groups, Format::JsonLines)]
    {
        let Ok(layout) = Layout::new(kind, format, Dialect::Native, false) else { continue };
        let shape = Shape { layout, filter: Filter::default(), kinds: GroupKinds::default() };
        let Ok(digest) = shape.digest(&page) else { continue };
        let rows = match format {
            Format::Csv { .. } => csv::ReaderBuilder::new().has_headers(false).from_reader(&digest.text[..]).records().flatten().count(),
            Format::JsonLines => digest.text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count(),
        };
        assert_eq!(rows, digest.rows.len());
    }
    let Ok(folder) = tempfile::tempdir() else { return };
    let path = folder.path().join("list.snapshot");
    if std::fs::write(&path, bytes).is_ok()
        && let Ok(snapshot) = Snapshot::open(&path)
    {
        for page in snapshot.pages().into_iter().flatten().flatten() {
            let _ = (page.users(), page.groups());
        }
    }
});
