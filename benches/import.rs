//! A whole import of 5,000 rows through the binary, against an organization on loopback without
//! limits.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write;
use std::process::Command;
use umbulk::sandbox::{Directory, Sandbox, SandboxGroup, SandboxOptions};

const ROWS: u64 = 5_000;

fn import(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("email,firstname,lastname,country,groups\n");
    for row in 0..ROWS {
        writeln!(text, "user.number.{row:08}@corp.example.com,Zoë,Ångström,US,Design").unwrap();
    }
    std::fs::write(folder.path().join("rows.csv"), text).unwrap();
    let mut group = c.benchmark_group("import");
    group.throughput(Throughput::Elements(ROWS)).sample_size(10);
    group.bench_function("rows to loopback", |b| {
        b.iter_batched(
            || {
                let mut directory = Directory::default();
                directory.add_group(&SandboxGroup::user_group("Design"));
                let _ = std::fs::remove_file(folder.path().join("rows.results.csv"));
                Sandbox::start(SandboxOptions::default(), directory).unwrap()
            },
            |sandbox| {
                let options = SandboxOptions::default();
                let status = Command::new(env!("CARGO_BIN_EXE_umbulk"))
                    .args(["import", "rows.csv", "--rate", "off", "-q", "--json"])
                    .current_dir(folder.path())
                    .env("UMAPI_URL", sandbox.url())
                    .env("UMAPI_AUTH_HOST", sandbox.auth_host())
                    .env("UMAPI_CLIENT_ID", options.client_id)
                    .env("UMAPI_CLIENT_SECRET", options.client_secret)
                    .env("UMAPI_ORG_ID", options.org_id)
                    .output()
                    .unwrap()
                    .status;
                assert!(status.success());
                assert_eq!(sandbox.directory().users().count() as u64, ROWS);
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, import);
criterion_main!(benches);
