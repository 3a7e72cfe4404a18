//! User groups that are not there are created before the rows that need them (`--create-groups`).
//!
//! They are rows of a table of their own, carried out as those of any file: within the limits, bisected where one of them is
//! refused with its request, probed where no answer comes. What the service may still carry out of them is known to the
//! rows, and to every other run.

use super::Voice;
use super::exit::Failure;
use super::group_head::shortened;
use super::groups::Server;
use super::progress::Progress;
use super::sending::run_interrupted;
use super::sent::Sent;
use crate::change::Rules;
use crate::number::count;
use crate::run::{Ended, Ledger, Policy, Protected, Reading, Run, Snapshot, Status, Stop, Surveyed, Watcher, survey};
use crate::table::{Charset, ReadOptions, Table, defused};
use std::io;
use std::path::Path;

/// Creates user groups. Where one is not there afterwards, or may not be, no row is to be sent.
///
/// # Errors
/// In words, with every group that could not be created, and why.
pub(crate) fn create(names: &[String], server: &Server<'_>, policy: Policy, voice: &Voice) -> Result<(), Failure> {
    let spool = tempfile::tempdir()?;
    let file = spool.path().join("new groups.csv");
    write_table(&file, names)?;
    let options =
        ReadOptions { encoding: Some(Charset::Standard(encoding_rs::UTF_8)), delimiter: Some(b','), ..ReadOptions::new(spool.path()) };
    let table = Table::open(&file, &options)?;
    let (rules, protected) = (Rules::new(table.dialect()), Protected::default());
    let reading = Reading::new(&table, &rules, &protected);
    let surveyed = survey(&reading)?;
    refuse_invalid(&surveyed, names)?;
    let connection = server.connection;
    let sent = Sent::begin(connection, &policy, Some((reading, &surveyed.plan)));
    let watcher = Onlooker { progress: Progress::new(server.progress, voice.quiet, "new group"), sent };
    let run = Run::new(reading, &surveyed.plan, connection.client.clone(), policy, watcher).with_late_effects(&connection.late_effects);
    let (ended, mut ledger, watcher) = server.runtime.block_on(run.finish(run_interrupted));
    watcher.progress.finish();
    if let Some(sent) = watcher.sent {
        sent.end(reading, &surveyed.plan, &ledger);
    }
    if let Ended::Stopped(Stop { why, is_interrupted, .. }) = ended {
        if is_interrupted {
            voice.report.is_interrupted();
        }
        return Err(Failure(format!("--create-groups: {why}. No row was sent; the same command goes on")));
    }
    let absent = Absent::of(names, &mut ledger);
    if absent.is_empty() { Ok(()) } else { Err(Failure(format!("--create-groups: {}. No row was sent", absent.words()))) }
}

fn write_table(path: &Path, names: &[String]) -> Result<(), Failure> {
    let failed = |error: csv::Error| Failure(format!("{}: {error}", path.display()));
    let mut table = csv::Writer::from_path(path).map_err(failed)?;
    table.write_record(["action", "group", "if_exists"]).map_err(failed)?;
    for name in names {
        table.write_record(["create-group", &*defused(name, false), "ignore"]).map_err(failed)?;
    }
    table.flush()?;
    Ok(())
}

/// A name that no group can have keeps all rows from being sent.
fn refuse_invalid(surveyed: &Surveyed, names: &[String]) -> Result<(), Failure> {
    let invalid = surveyed.tally.examples.iter().filter_map(|example| {
        let name = names.get(usize::try_from(example.row).ok()?.checked_sub(1)?)?;
        Some(format!("{name} ({}: {})", example.code, example.message))
    });
    let invalid: Vec<String> = invalid.collect();
    if surveyed.tally.invalid == 0 {
        return Ok(());
    }
    let number = count(surveyed.tally.invalid, "group");
    Err(Failure(format!("--create-groups: {number} cannot be created: {}. No row was sent", shortened(invalid.into_iter()))))
}

/// Groups that are not there after all, each with the reason.
#[derive(Default)]
struct Absent {
    refused: Vec<String>,
    uncertain: Vec<String>,
}

impl Absent {
    fn of(names: &[String], ledger: &mut Ledger) -> Self {
        let mut absent = Self::default();
        for (row, name) in (0..).zip(names) {
            let Some(outcome) = ledger.take(row) else {
                absent.uncertain.push(name.clone());
                continue;
            };
            let words = || format!("{name} ({}: {})", outcome.note.code, outcome.note.message);
            match outcome.status {
                Status::Ok | Status::Unchanged => {}
                Status::Failed | Status::Invalid => absent.refused.push(words()),
                Status::Unknown | Status::NotSent | Status::Skipped => absent.uncertain.push(words()),
            }
        }
        absent
    }

    fn is_empty(&self) -> bool {
        self.refused.is_empty() && self.uncertain.is_empty()
    }

    /// `1 group could not be created: Design (error.…: …)`
    fn words(self) -> String {
        let of = |names: Vec<String>, what: &str| {
            let number = count(names.len() as u64, "group");
            (!names.is_empty()).then(|| format!("{number} {what}: {}", shortened(names.into_iter())))
        };
        let parts = [of(self.refused, "could not be created"), of(self.uncertain, "may or may not have been created")];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

/// Shows how far it has come. The outcomes stay with the run.
struct Onlooker {
    progress: Progress,
    sent: Option<Sent>,
}

impl Watcher for Onlooker {
    fn settled(&mut self, _: &mut Ledger) -> io::Result<()> {
        Ok(())
    }

    fn tick(&mut self, snapshot: &Snapshot) {
        self.progress.show(snapshot);
        self.sent.iter_mut().for_each(Sent::goes_on);
    }
}
