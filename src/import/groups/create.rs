//! Creates missing user groups before the rows that need them (`--create-groups`).
//!
//! They are rows of a table of their own, carried out like those of any file: within the limits,
//! bisected if one of them is refused with its request, and probed if there is no response. Rows
//! and other runs know which of them the service may still carry out.

use super::error::CreateError;
use super::head::shortened;
use super::server::GroupServer;
use crate::change::Rules;
use crate::execute::{
    Ended, Executor, InputRows, OutcomeStatus, Outcomes, Policy, Protected, Reporter, RunProgress,
    Scan, StopReason, scan,
};
use crate::import::error::ImportError;
use crate::import::reporter::{ImportEvent, ImportReporter, RunDisplay};
use crate::import::sent_record::{RowsToSend, SentRecorder};
use crate::number::count;
use crate::table::{Charset, GuardedCsv, ReadOptions, Table};
use std::fs::File;
use std::io;
use std::path::Path;

/// Creates user groups. If one does not exist afterwards, or may not exist, no row is sent.
///
/// # Errors
/// If a group could not be created: every such group, with the reason.
pub(crate) fn create(
    names: &[String],
    server: &GroupServer<'_>,
    policy: Policy,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    let spool = tempfile::tempdir()?;
    let file = spool.path().join("new groups.csv");
    write_table(&file, names)?;
    let options = ReadOptions {
        encoding: Some(Charset::Standard(encoding_rs::UTF_8)),
        delimiter: Some(b','),
        ..ReadOptions::new(spool.path())
    };
    let table = Table::open(&file, &options)?;
    let (rules, protected) = (Rules::new(table.dialect()), Protected::default());
    let input_rows = InputRows::new(&table, &rules, &protected);
    let scanned = scan(&input_rows)?;
    refuse_invalid(&scanned, names)?;
    let connection = server.connection;
    let sends = RowsToSend { input_rows, plan: &scanned.plan, earlier: None };
    let sent = SentRecorder::begin(connection, &policy, Some(sends), None, reporter);
    let creation_reporter = CreationReporter { display: reporter.show_run("new group"), sent };
    let run = Executor::new(
        input_rows,
        &scanned.plan,
        connection.client.clone(),
        policy,
        creation_reporter,
    )
    .with_late_effects(&connection.late_effects);
    let (ended, mut outcomes, creation_reporter) =
        server.runtime.block_on(run.finish(|| reporter.run_interrupted()));
    creation_reporter.display.finish();
    if let Some(sent) = creation_reporter.sent {
        sent.end(input_rows, &scanned.plan, &outcomes, reporter);
    }
    if let Ended::Stopped(StopReason { why, is_interrupted, .. }) = ended {
        if is_interrupted {
            reporter.event(ImportEvent::Interrupted)?;
        }
        return Err(CreateError::Stopped(why).into());
    }
    let absent = Absent::of(names, &mut outcomes);
    if absent.is_empty() {
        Ok(())
    } else {
        Err(CreateError::Absent { words: absent.words() }.into())
    }
}

fn write_table(path: &Path, names: &[String]) -> Result<(), ImportError> {
    let failed = |error| CreateError::Table { path: path.to_owned(), error };
    let header = ["action", "group", "if_exists"];
    let file = File::create(path).map_err(csv::Error::from).map_err(failed)?;
    let mut table = GuardedCsv::begin(file, header).map_err(failed)?;
    for name in names {
        table.row(["create-group", name, "ignore"]).map_err(failed)?;
    }
    table.end()?;
    Ok(())
}

/// Refuses a name that no group can have, so that no row is sent.
fn refuse_invalid(scanned: &Scan, names: &[String]) -> Result<(), ImportError> {
    let invalid = scanned.counts.examples.iter().filter_map(|example| {
        let name = names.get(usize::try_from(example.row).ok()?.checked_sub(1)?)?;
        Some(format!("{name} ({}: {})", example.code, example.message))
    });
    let invalid: Vec<String> = invalid.collect();
    if scanned.counts.invalid == 0 {
        return Ok(());
    }
    let number = count(scanned.counts.invalid, "group");
    let words = format!("{number} cannot be created: {}", shortened(invalid.into_iter()));
    Err(CreateError::Absent { words }.into())
}

/// Groups that do not exist after all, each with the reason.
#[derive(Default)]
struct Absent {
    refused: Vec<String>,
    uncertain: Vec<String>,
}

impl Absent {
    fn of(names: &[String], outcomes: &mut Outcomes) -> Self {
        let mut absent = Self::default();
        for (row, name) in (0..).zip(names) {
            let Some(outcome) = outcomes.take(row) else {
                absent.uncertain.push(name.clone());
                continue;
            };
            let words = || format!("{name} ({}: {})", outcome.reason.code, outcome.reason.message);
            match outcome.status {
                OutcomeStatus::Ok | OutcomeStatus::Unchanged => {}
                OutcomeStatus::Failed | OutcomeStatus::Invalid => absent.refused.push(words()),
                OutcomeStatus::Unknown | OutcomeStatus::NotSent | OutcomeStatus::Skipped => {
                    absent.uncertain.push(words());
                }
            }
        }
        absent
    }

    fn is_empty(&self) -> bool {
        self.refused.is_empty() && self.uncertain.is_empty()
    }

    /// Describes the groups: `1 group could not be created: Design (error.…: …)`.
    fn words(self) -> String {
        let of = |names: Vec<String>, what: &str| {
            let number = count(names.len() as u64, "group");
            (!names.is_empty())
                .then(|| format!("{number} {what}: {}", shortened(names.into_iter())))
        };
        let parts = [
            of(self.refused, "could not be created"),
            of(self.uncertain, "may or may not have been created"),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

/// Shows the progress. The outcomes stay with the run.
struct CreationReporter<'t> {
    display: Box<dyn RunDisplay + 't>,
    sent: Option<SentRecorder>,
}

impl Reporter for CreationReporter<'_> {
    fn on_outcomes(&mut self, _: &mut Outcomes) -> io::Result<()> {
        Ok(())
    }

    fn on_progress(&mut self, snapshot: &RunProgress) {
        self.display.show(snapshot);
        self.sent.iter_mut().for_each(SentRecorder::goes_on);
    }
}
