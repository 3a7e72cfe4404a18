//! How fast whole processes read, beside the `csv` crate that merely parses the same file on one
//! thread: three files, `validate` and `plan`, in turns. Prints medians of the time as ratios, and
//! the memory above 32 MiB for each row.
//!
//! `cargo bench --bench reading` measures the release build, `cargo bench --bench reading --
//! BINARY...` others. `BENCH_ROWS` and `BENCH_ROUNDS` set the size.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The argument with which this program parses a file, as the measure of all others.
const PARSE: &str = "parse-with-csv";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match arguments.as_slice() {
        [word, file] if word == PARSE => parse(Path::new(file)),
        binaries => measure(binaries),
    }
}

/// Reads all records on one thread, and does nothing with them.
fn parse(file: &Path) {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(file).unwrap();
    let mut record = csv::ByteRecord::new();
    let mut cells = 0;
    while reader.read_byte_record(&mut record).unwrap() {
        cells += record.len();
    }
    println!("{cells} cells");
}

fn measure(binaries: &[String]) {
    let folder = tempfile::tempdir().unwrap();
    let rows = number("BENCH_ROWS", 1_000_000);
    let rounds = number("BENCH_ROUNDS", 5);
    let own = [env!("CARGO_BIN_EXE_umbulk").to_owned()];
    let binaries = if binaries.is_empty() { &own } else { binaries };
    println!("speed beside the csv crate (its time / ours), and bytes a row above 32 MiB");
    for (name, write) in FILES {
        let file = folder.path().join(format!("{name}.csv"));
        write(&mut BufWriter::new(File::create(&file).unwrap()), rows);
        let mut runs = vec![Run::new("csv".to_owned(), vec![this_program(), PARSE.to_owned()])];
        for binary in binaries {
            for command in ["validate", "plan"] {
                let words = vec![binary.clone(), command.to_owned()];
                runs.push(Run::new(format!("{binary} {command}"), words));
            }
        }
        for _ in 0..rounds {
            runs.iter_mut().for_each(|run| run.measure(&file));
        }
        let parsed = runs[0].median();
        println!("{name}: {rows} rows, csv {:.3} s", parsed.as_secs_f64());
        for run in &runs[1..] {
            let ratio = parsed.as_secs_f64() / run.median().as_secs_f64();
            let bytes = run.peak.saturating_sub(32 << 20) / rows;
            println!("  {ratio:.2}  {bytes:3} bytes  {}", run.name);
        }
    }
}

fn this_program() -> String {
    std::env::current_exe().unwrap().display().to_string()
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// One program on one file, again and again.
struct Run {
    name: String,
    words: Vec<String>,
    times: Vec<Duration>,
    peak: u64,
}

impl Run {
    fn new(name: String, words: Vec<String>) -> Self {
        Self { name, words, times: Vec::new(), peak: 0 }
    }

    fn measure(&mut self, file: &Path) {
        let state = tempfile::tempdir().unwrap();
        let report = state.path().join("peak");
        let begin = Instant::now();
        let status = Command::new("/usr/bin/time")
            .args(["-f", "%M", "-o"])
            .arg(&report)
            .args(&self.words)
            .arg(file)
            .env("XDG_STATE_HOME", state.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        self.times.push(begin.elapsed());
        assert!(status.success(), "{} on {}", self.name, file.display());
        let kib = std::fs::read_to_string(report).unwrap();
        self.peak = self.peak.max(kib.trim().parse::<u64>().unwrap() << 10);
        written_by_validate(file).iter().for_each(|path| std::fs::remove_file(path).unwrap());
    }

    fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times[times.len() / 2]
    }
}

/// Returns the files of problems that lie beside a validated file.
fn written_by_validate(file: &Path) -> Vec<PathBuf> {
    let siblings = std::fs::read_dir(file.parent().unwrap()).unwrap();
    let is_check = |path: &PathBuf| path.to_string_lossy().contains(".check");
    siblings.map(|entry| entry.unwrap().path()).filter(is_check).collect()
}

type WriteRows = fn(&mut BufWriter<File>, u64);

const FILES: [(&str, WriteRows); 3] = [("plain", plain), ("lists", lists), ("wide", wide)];

const FIRST: [&str; 8] = ["Zoë", "Ann", "Björn", "Chloé", "Mary", "John", "Ingrid", "Paul"];
const LAST: [&str; 7] = ["Ångström", "Lee", "Smith", "Müller", "Jones", "García", "O'Neil"];

fn names(row: u64) -> (&'static str, &'static str) {
    (FIRST[row as usize % FIRST.len()], LAST[row as usize % LAST.len()])
}

/// Short plain cells.
fn plain(out: &mut BufWriter<File>, rows: u64) {
    writeln!(out, "type,email,firstname,lastname,country,groups").unwrap();
    for row in 0..rows {
        let (first, last) = names(row);
        let team = row % 30;
        writeln!(out, "federatedID,user{row:07}@example.com,{first},{last},US,Team {team:02}")
            .unwrap();
    }
}

/// Half of the rows are quoted and have lists.
fn lists(out: &mut BufWriter<File>, rows: u64) {
    writeln!(out, "type,email,firstname,lastname,country,groups").unwrap();
    for row in 0..rows {
        let (first, last) = names(row);
        let (one, two) = (row % 30, (row * 7 + 1) % 30 + 30);
        let address = format!("user.number.{row:07}@corp.example.com");
        if row % 2 == 0 {
            writeln!(
                out,
                "\"federatedID\",\"{address}\",\"{first}\",\"{last}\",\"US\",\
                 \"Team {one:02} of the studio,Team {two:02} of the studio\""
            )
            .unwrap();
        } else {
            writeln!(out, "federatedID,{address},{first},{last},US,Team {one:02} of the studio")
                .unwrap();
        }
    }
}

/// Forty columns, most of which the import does not know.
fn wide(out: &mut BufWriter<File>, rows: u64) {
    let mut line = String::from("type,email,firstname,lastname,country,groups");
    for column in 7..=40 {
        write!(line, ",Attribute {column}").unwrap();
    }
    writeln!(out, "{line}").unwrap();
    for row in 0..rows {
        let (first, last) = names(row);
        let team = row % 30;
        line.clear();
        write!(line, "federatedID,user{row:07}@example.com,{first},{last},US,Team {team:02}")
            .unwrap();
        for column in 7..=40 {
            write!(line, ",value {}", (row + column) % 97).unwrap();
        }
        writeln!(out, "{line}").unwrap();
    }
}
