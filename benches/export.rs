//! Pages to rows: what an export does besides fetching.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on fails")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use std::fmt::Write;
use umbulk::ListKind;
use umbulk::internals::{
    ExportFilter, GroupKinds, ListPage, ListQuery, OutputDialect, OutputFormat, OutputLayout,
    RowRenderer, SnapshotHeader, SnapshotWriter,
};

const USERS: usize = 2000;

/// A full page, about 350 bytes a user.
fn page() -> ListPage {
    let mut body = "{\"lastPage\":false,\"result\":\"success\",\"users\":[".to_owned();
    for number in 0..USERS {
        let comma = if number > 0 { "," } else { "" };
        write!(
            body,
            r#"{comma}{{"id":"{number:024X}@corp.example.com","email":"user.number.{number:08}@corp.example.com","status":"active","groups":["Team {:02}","Creative Cloud All Apps plan for everybody in the studio"],"username":"user.number.{number:08}@corp.example.com","domain":"corp.example.com","firstname":"Zoë","lastname":"Ångström","country":"US","type":"federatedID"}}"#,
            number % 40
        )
        .unwrap();
    }
    body += "]}";
    ListPage {
        number: 0,
        current: Some(0),
        pages: Some(500),
        total: Some(1_000_000),
        body: body.into_bytes(),
    }
}

fn export(c: &mut Criterion) {
    let page = page();
    let mut group = c.benchmark_group("export");
    group.throughput(Throughput::Bytes(page.body.len() as u64));
    let csv = OutputFormat::Csv { delimiter: b',' };
    for (name, format, dialect) in [
        ("native", csv, OutputDialect::Native),
        ("admin-console", csv, OutputDialect::AdminConsole),
        ("jsonl", OutputFormat::JsonLines, OutputDialect::Native),
    ] {
        let layout = OutputLayout::new(ListKind::Users, format, dialect).unwrap();
        let shape =
            RowRenderer { layout, filter: ExportFilter::default(), kinds: GroupKinds::default() };
        group.bench_function(BenchmarkId::new("rows", name), |b| {
            b.iter(|| {
                let digest = shape.digest(&page).unwrap();
                assert_eq!(digest.rows.len(), USERS);
                digest.text.len()
            });
        });
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list");
    let query = ListQuery::Users { domain: None, direct: true };
    let facts = SnapshotHeader {
        organization: "1@AdobeOrg".to_owned(),
        host: "host".to_owned(),
        query,
        at: Timestamp::UNIX_EPOCH,
    };
    group.bench_function("stored", |b| {
        b.iter(|| {
            SnapshotWriter::begin(&path, &facts)
                .unwrap()
                .append(&page, Timestamp::UNIX_EPOCH)
                .unwrap();
            let length = std::fs::metadata(&path).unwrap().len();
            assert!(length < page.body.len() as u64 / 5);
            length
        });
    });
    group.finish();
}

criterion_group!(benches, export);
criterion_main!(benches);
