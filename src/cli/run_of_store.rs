//! `status`, `results` and `report` of a run that is named by its id in a shared store.

use super::error::CliError;
use super::journaled_run::{JournaledRun, no_journal};
use super::runs::{runs_before, state_words};
use super::words::no_run;
use crate::clock::wall_clock;
use crate::import::Exit;
use crate::import::ImportError;
use crate::import::absent_run::{copy_to_read, file_name};
use crate::import::run_progress::{done_rows, sent_requests};
use crate::import::shared_store::SharedStore;
use crate::import::store_error::StoreUseError;
use crate::number::{count_thousands, thousands};
use crate::store::{RunState, StoredRun};
use crate::visible::visible;
use jiff::Timestamp;
use std::path::Path;
use std::time::Duration;

/// A run of a shared store.
pub(super) struct RunOfStore {
    store: SharedStore,
    pub(super) run: StoredRun,
}

impl RunOfStore {
    /// Finds a run by its id.
    ///
    /// # Errors
    /// When the store does not have it, or cannot be asked.
    fn open(store: SharedStore, id: &str) -> Result<Self, CliError> {
        let found = store.open(Duration::ZERO).and_then(|()| store.runs()?.run(id));
        match found? {
            Some(run) => Ok(Self { store, run }),
            None => Err(CliError(no_run(id, store.shown()))),
        }
    }

    /// Finds the run that is named in place of a file without a journal here.
    ///
    /// # Errors
    /// When no store is named, or it does not have the run.
    pub(super) fn in_place_of_file(
        name: &Path,
        store: Result<Option<SharedStore>, CliError>,
    ) -> Result<Self, CliError> {
        let found = match store {
            Ok(None) => return Err(no_journal(name)),
            Ok(Some(store)) => Self::open(store, &name.to_string_lossy()),
            Err(error) => Err(error),
        };
        let both = |not_there: CliError| format!("{}. And {}", no_journal(name).0, not_there.0);
        found.map_err(|not_there| CliError(both(not_there)))
    }

    /// Returns the name of its file, in the working folder.
    pub(super) fn file(&self) -> Result<&Path, CliError> {
        Ok(file_name(&self.run).map_err(ImportError::from)?)
    }

    /// Returns who has the run now.
    pub(super) fn holder(&self) -> Option<&str> {
        self.run.holder().map(|(worker, _)| worker)
    }

    /// Copies it into a folder, to read it.
    ///
    /// # Errors
    /// When nothing of it was sent, or it cannot be read.
    pub(super) fn copy(&self, folder: &Path) -> Result<JournaledRun, CliError> {
        match copy_to_read(&self.store, &self.run, folder).map_err(not_read)? {
            Some(copy) => JournaledRun::open(&copy.file, &copy.journal),
            None => Err(CliError(format!("the run {} has sent nothing yet", visible(self.id())))),
        }
    }

    fn id(&self) -> &str {
        &self.run.new.id
    }

    /// Returns all runs of the store.
    pub(super) fn all(&self) -> Result<Vec<StoredRun>, CliError> {
        Ok(self.store.runs().and_then(|runs| runs.runs())?)
    }

    /// Describes what a queued run waits for.
    fn queue(&self, all: &[StoredRun]) -> String {
        if self.run.state != RunState::Queued {
            return String::new();
        }
        let before: Vec<&StoredRun> = runs_before(&self.run, all).collect();
        if let Some(stopped) = before.iter().find(|run| run.state == RunState::Stopped) {
            let id = visible(&stopped.new.id);
            return format!(
                "  waits for     the run {id} of this organization, which has stopped: `umbulk \
                 runs resume {id}` lets a worker continue it, `umbulk cancel {id}` ends it\n"
            );
        }
        match before.len() as u64 {
            0 => "  waits for     a worker: no run of this organization is before it\n".to_owned(),
            runs => {
                format!("  waits for     {} of this organization\n", count_thousands(runs, "run"))
            }
        }
    }

    /// Describes how far the run is.
    pub(super) fn status(&self, all: &[StoredRun]) -> String {
        let StoredRun { new, worker, .. } = &self.run;
        let at = Timestamp::try_from(self.run.submitted_at);
        let at = at.map_or_else(|_| String::new(), |at| wall_clock(at, "%a %d %b %H:%M"));
        let who = match (self.holder(), worker) {
            (Some(worker), _) => format!(", carried out by {}", visible(worker)),
            (None, Some(worker)) => format!(", last by {}", visible(worker)),
            (None, None) => String::new(),
        };
        let done = match done_rows(&self.run) {
            Some(done) => format!("{} of {} have an outcome", thousands(done), thousands(new.rows)),
            None if self.run.fence == 0 => count_thousands(new.rows, "row"),
            None => format!("{}, not told yet how many are done", count_thousands(new.rows, "row")),
        };
        let requests = sent_requests(&self.run)
            .map_or_else(String::new, |sent| format!("  requests      {} sent\n", thousands(sent)));
        let reason = self
            .run
            .reason
            .as_deref()
            .map_or_else(String::new, |why| format!("  reason        {}\n", visible(why)));
        let begun = if self.run.is_submitted { "submitted" } else { "begun" };
        let waits = self.queue(all);
        format!(
            "{}: {}{who}\n  organization  {} at {}\n  run           {}, {begun} {at} by {}\n  \
             store         {}\n  rows          {done}\n{requests}{reason}{waits}",
            visible(&new.file),
            state_words(&self.run),
            visible(&new.place.organization),
            visible(&new.place.host),
            visible(&new.id),
            visible(&new.submitted_by),
            self.store.shown(),
        )
    }

    /// Returns the exit status of a run that is looked at.
    pub(super) fn exit(&self) -> Exit {
        match (self.run.state, self.run.exit_status) {
            (RunState::Finished, Some(0)) => Exit::Good,
            (RunState::Finished, _) => Exit::SomeRows,
            _ => Exit::Stopped,
        }
    }
}

/// Describes why a run cannot be read. Nothing is sent here.
fn not_read(error: ImportError) -> CliError {
    match error {
        ImportError::Store(StoreUseError::Store(error)) => CliError(error.to_string()),
        ImportError::Store(StoreUseError::DamagedRun { run, store, why }) => CliError(format!(
            "the run {} is damaged in the store `{store}` ({why}), so it cannot be read. Restore \
             the store from a backup",
            visible(&run)
        )),
        ImportError::Store(StoreUseError::NewerRun { run, store }) => CliError(format!(
            "the run {} in the store `{store}` was continued by a newer umbulk: use that version",
            visible(&run)
        )),
        error => error.into(),
    }
}
