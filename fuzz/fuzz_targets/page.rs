//! Any page and any snapshot are understood or refused, never a panic; what was understood is
//! written as rows that a reader counts alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use umbulk::ListKind;
use umbulk::internals::{
    ExportFilter, GroupKinds, ListPage, OutputDialect, OutputFormat, OutputLayout, RowRenderer,
    Snapshot,
};

fuzz_target!(|bytes: &[u8]| {
    let page =
        ListPage { number: 0, current: None, pages: None, total: None, body: bytes.to_vec() };
    for (kind, format) in [
        (ListKind::Users, OutputFormat::Csv { delimiter: b',' }),
        (ListKind::Users, OutputFormat::JsonLines),
        (ListKind::Groups, OutputFormat::JsonLines),
    ] {
        let Ok(layout) = OutputLayout::new(kind, format, OutputDialect::Native, false) else {
            continue;
        };
        let shape =
            RowRenderer { layout, filter: ExportFilter::default(), kinds: GroupKinds::default() };
        let Ok(rendered) = shape.digest(&page) else { continue };
        let rows = match format {
            OutputFormat::Csv { .. } => csv::ReaderBuilder::new()
                .has_headers(false)
                .from_reader(&rendered.text[..])
                .records()
                .flatten()
                .count(),
            OutputFormat::JsonLines => {
                rendered.text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count()
            }
        };
        assert_eq!(rows, rendered.rows.len());
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
