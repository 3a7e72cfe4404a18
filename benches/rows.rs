//! Rows read, checked, planned and written: throughput on a fixed table of 100,000 rows.
#![allow(missing_docs, clippy::unwrap_used, clippy::too_many_lines)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use umbulk::internals::{
    Baseline, Checks, Estimate, InputRows, Protected, ReadOptions, RowBuffer, Rules, Table,
    conflict_index, read_table, scan,
};

const ROWS: u64 = 100_000;

/// Native rows of about 140 bytes, one in twenty quoted, one in ten on the user of an earlier row,
/// half of whom were there.
fn table(folder: &Path) -> Table {
    let mut text = String::from("action,type,email,firstname,lastname,country,groups\n");
    for row in 0..ROWS {
        let user = if row % 10 == 9 { row / 2 } else { row };
        let groups = if row % 20 == 0 {
            "\"Creative Cloud All Apps 01,Photoshop 02\""
        } else {
            "Creative Cloud All Apps plan for everybody in the studio"
        };
        writeln!(
            text,
            "create,federatedID,user.number.{user:08}@corp.example.com,Zoë,Ångström,US,{groups}"
        )
        .unwrap();
    }
    let path = folder.join("rows.csv");
    std::fs::write(&path, text).unwrap();
    Table::open(&path, &ReadOptions { private_copy: false, ..ReadOptions::new(folder) }).unwrap()
}

fn rows(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let table = table(folder.path());
    let rules = Rules::new(table.dialect());
    let nobody = Protected::default();
    let input_rows = InputRows::new(&table, &rules, &nobody);
    let mut group = c.benchmark_group("rows");
    group.throughput(Throughput::Elements(ROWS)).sample_size(20);
    group.bench_function("framed", |b| {
        b.iter(|| {
            let rows: usize = table.blocks().map(|block| black_box(block.unwrap()).len()).sum();
            assert_eq!(rows as u64, ROWS);
        });
    });
    group.bench_function("examined, one thread", |b| {
        b.iter(|| {
            let mut buffer = RowBuffer::default();
            let mut good = 0;
            for block in table.blocks() {
                let block = block.unwrap();
                for index in 0..block.len() {
                    good += u64::from(matches!(
                        input_rows.evaluate_detailed(&block, index, &mut buffer),
                        Some(Ok(_))
                    ));
                }
            }
            assert_eq!(good, ROWS);
        });
    });
    group.bench_function("planned", |b| {
        b.iter(|| {
            let scanned = scan(&input_rows).unwrap();
            assert_eq!(
                (scanned.counts.sendable, Estimate::of(&scanned.plan).commands),
                (ROWS, 95_000)
            );
        });
    });
    group.bench_function("an exported list read", |b| {
        b.iter(|| {
            assert_eq!(
                black_box(read_table(&table, ',', Timestamp::UNIX_EPOCH).unwrap()).len(),
                95_000
            );
        });
    });
    let organization = Arc::new(read_table(&table, ',', Timestamp::UNIX_EPOCH).unwrap());
    group.bench_function("compared with an organization that looks so", |b| {
        b.iter(|| {
            let conflict_index = Arc::new(conflict_index(&[input_rows], &organization).unwrap());
            let mut known = Baseline::new(organization.clone());
            known.conflict_index = conflict_index;
            let scanned = scan(&InputRows { baseline: Some(&known), ..input_rows }).unwrap();
            assert_eq!((scanned.counts.unchanged, Estimate::of(&scanned.plan).requests), (ROWS, 0));
        });
    });
    let out = folder.path().join("rows.check.csv");
    group.bench_function("validated, with every row written", |b| {
        b.iter(|| {
            let _ = std::fs::remove_file(&out);
            assert_eq!(Checks::write(&input_rows, &out, None).unwrap().sendable, ROWS);
        });
    });
    group.finish();
}

criterion_group!(benches, rows);
criterion_main!(benches);
