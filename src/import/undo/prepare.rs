//! Prepares an undo: finds what an import has done, asks what is there now, and decides.

use super::ask::{
    AskedGroups, JUST_NOW, MOST_PROBED, ask_about_groups, ask_about_users, whole_list,
};
use super::done::DoneWork;
use super::done_run::{DoneImport, DoneRun, done_runs};
use super::done_since::DoneSince;
use super::earlier_undo::{note_taken_back, open_rows};
use super::error::UndoError;
use super::now::PresentState;
use super::record::RecordHead;
use super::undo_plan::UndoPlan;
use super::user_name::UserName;
use crate::clock::wall_clock;
use crate::fs::in_words;
use crate::import::baseline::age;
use crate::import::config::ConnectConfig;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::journal_place::{folder_of_last_run, is_journal};
use crate::import::questions::Questions;
use crate::import::reporter::ImportReporter;
use crate::import::store_error::in_store_words;
use crate::number::minutes;
use crate::organization::Organization;
use crate::report::Paths;
use crate::snapshot::{SentSince, SnapshotStore};
use jiff::{SignedDuration, Timestamp};
use std::io;
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
    /// Why the baseline may not show what was there when the import began, and why a list may not
    /// show what is there now.
    pub(crate) doubts: Vec<String>,
    /// The rows that were imported to take this import back, as a length and a hash; `None` if none
    /// were.
    pub(crate) imported: Option<(u64, u128)>,
    /// The number of rows whose outcome is not known.
    pub(crate) unknown: u64,
    pub(crate) plan: UndoPlan,
    pub(crate) now: PresentState,
}

/// Returns the path of the rows that undo an import: `NAME.undo.csv` beside the file, or, for a
/// journal, beside that of the last run.
pub(crate) fn undo_path(file: &Path) -> PathBuf {
    let named = match is_journal(file) {
        true => file.with_extension(""),
        false => file.to_owned(),
    };
    Paths::beside(&named, "undo", Some(folder_of_last_run(file)))
}

/// Returns the rows in a file, as their length in bytes and a hash of them; `None` if there is no
/// such file.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn rows_in(
    path: &Path,
    connect: &ConnectConfig,
) -> Result<Option<(u64, u128)>, ImportError> {
    let folder = tempfile::tempdir()?;
    let input = open_rows(path, connect, folder.path())?;
    Ok(input.map(|input| input.table.fingerprint()).transpose()?)
}

/// Records what the import of `rows` has taken back of the import of a file, so that it is known
/// whatever becomes of the journal of that import.
///
/// # Errors
/// When a journal or a record cannot be read or written.
pub(crate) fn note_applied(
    file: &Path,
    rows: &Path,
    connect: &ConnectConfig,
) -> Result<(), ImportError> {
    let (organization, host) = Connection::place(&connect.access)?;
    let mut runs = done_runs(file, &organization, &host)?;
    note_taken_back(rows, &mut runs, (&organization, &host), connect).map(drop)
}

/// Finds what an import has done, and how it is taken back.
///
/// `rows` is where the rows are to be written: they may have been imported before.
///
/// # Errors
/// When the import cannot be undone.
pub(crate) fn prepare(
    file: &Path,
    rows: &Path,
    connect: &ConnectConfig,
    reporter: &dyn ImportReporter,
) -> Result<PreparedUndo, ImportError> {
    let (organization, host) = Connection::place(&connect.access)?;
    let mut runs = done_runs(file, &organization, &host)?;
    if let Some(store) = runs.iter().find_map(|run| run.store.as_ref()) {
        reporter.say(&in_store_words(store));
    }
    let earlier = note_taken_back(rows, &mut runs, (&organization, &host), connect)?;
    let DoneImport { work, refused, unknown } = DoneImport::of(&runs);
    let finished = runs.iter().map(|run| run.finished).max().unwrap_or_default();
    let now = present_state(&work, finished, connect, reporter)?;
    let (since, forgotten) = done_since(&work, &runs, (&organization, &host), connect)
        .map_or_else(|error| (DoneSince::default(), Some(error)), |since| (since, None));
    let mut plan = UndoPlan::of(&work, &now, &since);
    plan.refused.splice(0..0, refused);
    let name =
        |run: &DoneRun| run.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let first = runs.first().and_then(|run| run.record.parts.first());
    Ok(PreparedUndo {
        organization,
        host,
        finished,
        files: runs.iter().map(name).collect(),
        baseline: first.map(|part| described(&part.head)).unwrap_or_default(),
        doubts: [forgotten.as_ref().map(forgotten_words), old_baseline(&runs)]
            .into_iter()
            .chain(earlier.doubts.into_iter().map(Some))
            .chain([old_list(&now.organization)])
            .flatten()
            .collect(),
        imported: earlier.input,
        unknown: unknown.len() as u64,
        plan,
        now,
    })
}

/// Reads what other imports from this computer have done since these runs began.
fn done_since(
    work: &DoneWork,
    runs: &[DoneRun],
    (organization, host): (&str, &str),
    connect: &ConnectConfig,
) -> io::Result<DoneSince> {
    let began = runs.iter().map(|run| run.began).min();
    let Some((state, began)) = connect.access.state_dir().zip(began) else {
        return Ok(DoneSince::default());
    };
    let store = SnapshotStore::open(state, organization, host);
    let own: Vec<String> = runs.iter().map(|run| run.run_id.clone()).collect();
    let sent = SentSince::read(&store, began, Timestamp::now(), &own)?;
    let names = work.users.iter().flat_map(|user| &user.names);
    let mut since = DoneSince::about(names, work.groups_to_ask().into_iter());
    sent.each_confirmed(|confirmed| since.take(confirmed.at, &confirmed.change))?;
    Ok(since)
}

/// Says that the record of imports is not complete.
fn forgotten_words(error: &io::Error) -> String {
    format!(
        "the record of imports from this computer is not complete: what they have taken back \
         already may be taken back again ({})",
        in_words(error)
    )
}

/// From this age on, others may well have changed something since a list was fetched.
const DOUBTFUL: Duration = Duration::from_secs(10 * 60);

/// Describes a baseline with its time.
fn described(head: &RecordHead) -> String {
    format!("{} ({})", head.list, wall_clock(head.at, "%a %d %b %H:%M"))
}

/// Says that the baseline was old when the import began.
fn old_baseline(runs: &[DoneRun]) -> Option<String> {
    let heads = runs.iter().flat_map(|run| &run.record.parts).map(|part| &part.head);
    let age = |head: &RecordHead| {
        Duration::try_from(head.written.duration_since(head.at)).unwrap_or_default()
    };
    let oldest = heads.max_by_key(|head| age(head))?;
    let age = age(oldest);
    (age >= DOUBTFUL).then(|| {
        format!(
            "the baseline, {}, was {} old when the import began: what others had changed by then \
             would be taken back as well",
            described(oldest),
            minutes(age)
        )
    })
}

/// Says that the list of how it is now is old.
fn old_list(now: &Organization) -> Option<String> {
    let age = age(now);
    (age >= JUST_NOW).then(|| {
        format!(
            "the list of users is {} old: what others have changed since would be taken back as \
             well",
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
    let groups = ask_about_groups(&asked, questions)?;
    if people.len() <= MOST_PROBED {
        let organization = Arc::new(ask_about_users(&people, questions)?);
        return Ok(PresentState { organization, uncertain: Vec::new(), asked: None, groups });
    }
    let list = whole_list(connect, reporter)?;
    let at = list.organization.at;
    if at <= finished {
        let again = at.saturating_add(SignedDuration::from_hours(2)).unwrap_or(at);
        return Err(UndoError::ListTooOld { most: MOST_PROBED, at, again }.into());
    }
    let uncertain = list.uncompared_names();
    let state = PresentState { organization: list.organization, uncertain, asked: None, groups };
    let is_uncertain = |names: &&Vec<UserName>| names.iter().any(|name| state.is_uncertain(name));
    let to_ask: Vec<Vec<UserName>> = people.iter().filter(is_uncertain).cloned().collect();
    let asked = match to_ask.len() {
        1..=MOST_PROBED => Some(ask_about_users(&to_ask, questions)?),
        _ => None,
    };
    Ok(PresentState { asked, ..state })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_of_how_it_is_now_is_doubted_after_a_minute() {
        let doubt = |seconds| {
            let at = Timestamp::now() - SignedDuration::from_secs(seconds);
            old_list(&Organization::new("a list", at))
        };
        assert_eq!(doubt(30), None);
        assert!(doubt(120).unwrap().contains("2 min old"));
    }
}
