//! Prepares an undo: finds what an import has done, asks what is there now, and decides.

use super::ask::{AskedGroups, MOST_PROBED, ask_about_groups, ask_about_users, whole_list};
use super::done::DoneWork;
use super::done_run::{DoneImport, DoneRun, done_runs};
use super::error::UndoError;
use super::now::PresentState;
use super::undo_plan::UndoPlan;
use super::user_name::UserName;
use crate::import::baseline::FRESH;
use crate::import::config::{ConnectConfig, ImportConfig};
use crate::import::connection::Connection;
use crate::import::earlier_run;
use crate::import::error::ImportError;
use crate::import::outputs::output_paths;
use crate::import::questions::Questions;
use crate::import::reporter::ImportReporter;
use crate::number::minutes;
use crate::report::Paths;
use jiff::{SignedDuration, Timestamp};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// An undo, before anything is written or sent.
pub(crate) struct PreparedUndo {
    pub(crate) organization: String,
    pub(crate) host: String,
    /// When the import ended.
    pub(crate) finished: Timestamp,
    /// The names of the files that were imported.
    pub(crate) files: Vec<String>,
    /// The baseline of the import, for people.
    pub(crate) baseline: String,
    /// Why the baseline may not show what was there when the import began.
    pub(crate) doubt: Option<String>,
    /// The number of rows whose outcome is not known.
    pub(crate) unknown: u64,
    pub(crate) plan: UndoPlan,
    pub(crate) now: PresentState,
}

/// Returns the path of the rows that undo an import: `NAME.undo.csv` beside the file.
pub(crate) fn undo_path(file: &Path) -> PathBuf {
    Paths::beside(file, "undo", None)
}

/// Whether the rows that undo an import are being imported, and that import was interrupted.
///
/// # Errors
/// When its journal cannot be read.
pub(crate) fn is_unfinished(path: &Path, connect: &ConnectConfig) -> Result<bool, ImportError> {
    let (organization, _) = Connection::place(&connect.access)?;
    let config = ImportConfig::new(vec![path.to_owned()], connect.clone());
    let results = output_paths(&config, path).results;
    Ok(earlier_run::interrupted(path, &results, &organization)?.is_some())
}

/// Finds what an import has done, and how it is taken back.
///
/// # Errors
/// When the import cannot be undone.
pub(crate) fn prepare(
    file: &Path,
    connect: &ConnectConfig,
    reporter: &dyn ImportReporter,
) -> Result<PreparedUndo, ImportError> {
    let (organization, host) = Connection::place(&connect.access)?;
    let runs = done_runs(file, &organization, &host)?;
    let DoneImport { work, refused, unknown } = DoneImport::of(&runs);
    let finished = runs.iter().map(|run| run.finished).max().unwrap_or_default();
    let now = present_state(&work, finished, connect, reporter)?;
    let mut plan = UndoPlan::of(&work, &now);
    plan.refused.splice(0..0, refused);
    let name =
        |run: &DoneRun| run.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let first = runs.first().and_then(|run| run.record.heads.first());
    Ok(PreparedUndo {
        organization,
        host,
        finished,
        files: runs.iter().map(name).collect(),
        baseline: first.map(|head| head.list.clone()).unwrap_or_default(),
        doubt: doubt(&runs),
        unknown: unknown.len() as u64,
        plan,
        now,
    })
}

/// Says that the baseline was old when the import began.
fn doubt(runs: &[DoneRun]) -> Option<String> {
    let heads = runs.iter().flat_map(|run| &run.record.heads);
    let age = |(written, at): (Timestamp, Timestamp)| {
        Duration::try_from(written.duration_since(at)).unwrap_or_default()
    };
    let oldest = heads.max_by_key(|head| age((head.written, head.at)))?;
    let age = age((oldest.written, oldest.at));
    (age >= FRESH).then(|| {
        format!(
            "the baseline ({}) was {} old when the import began: what others had changed by then \
             would be taken back as well",
            oldest.list,
            minutes(age)
        )
    })
}

/// Asks how everything is now that the rows have changed.
fn present_state(
    work: &DoneWork,
    finished: Timestamp,
    connect: &ConnectConfig,
    reporter: &dyn ImportReporter,
) -> Result<PresentState, ImportError> {
    let connection = Connection::prepare(connect, reporter)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let questions = Questions { client: &connection.client, runtime: &runtime, reporter };
    let asked = AskedGroups { members: work.groups_to_ask(), exist: work.lost_groups() };
    let people: Vec<Vec<UserName>> = work.users.iter().map(|user| user.names.clone()).collect();
    let organization = if people.len() > MOST_PROBED {
        let list = whole_list(connect, reporter)?;
        let at = list.organization.at;
        if at <= finished {
            let again = at.saturating_add(SignedDuration::from_hours(2)).unwrap_or(at);
            return Err(UndoError::ListTooOld { most: MOST_PROBED, at, again }.into());
        }
        list.organization
    } else {
        Arc::new(ask_about_users(&people, questions)?)
    };
    let groups = ask_about_groups(&asked, questions)?;
    Ok(PresentState { organization, groups })
}
