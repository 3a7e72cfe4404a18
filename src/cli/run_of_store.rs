//! `status`, `results`, `report` and `runs resume` of a run that is named by its id in a shared
//! store.

use super::args::runs::ResumeArgs;
use super::error::CliError;
use super::journaled_run::JournaledRun;
use super::runs::{runs_before, state_words};
use super::say::status_line;
use crate::clock::wall_clock;
use crate::import::Exit;
use crate::import::ImportError;
use crate::import::absent_run::{InputHere, copy_to_read, file_name, write_input};
use crate::import::config::{ImportConfig, ReadConfig};
use crate::import::connection::Connection;
use crate::import::run_progress::{done_rows, sent_requests};
use crate::import::shared_store::SharedStore;
use crate::import::stored_config::StoredConfig;
use crate::number::{count_thousands, thousands};
use crate::store::{RunPlace, RunState, StoredRun};
use crate::visible::visible;
use jiff::Timestamp;
use std::ffi::OsString;
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
        match found.map_err(|error| CliError(error.to_string()))? {
            Some(run) => Ok(Self { store, run }),
            None => Err(CliError(format!(
                "the store {} has no run {}: `umbulk runs` lists them",
                store.shown(),
                visible(id)
            ))),
        }
    }

    /// Finds the run that is named in place of a file. `not_here` is why that is no file here.
    ///
    /// # Errors
    /// When no store is named, or it does not have the run.
    pub(super) fn in_place_of_file(
        name: &Path,
        store: Option<SharedStore>,
        not_here: CliError,
    ) -> Result<Self, CliError> {
        let Some(store) = store else { return Err(not_here) };
        Self::open(store, &name.to_string_lossy())
            .map_err(|CliError(not_there)| CliError(format!("{}. And {not_there}", not_here.0)))
    }

    /// Returns the name of its file, in the working folder.
    pub(super) fn file(&self) -> Result<&Path, CliError> {
        Ok(file_name(&self.run).map_err(ImportError::from)?)
    }

    /// Returns who has the run now.
    pub(super) fn holder(&self) -> Option<&str> {
        let is_held = self.run.state == RunState::Running && self.run.leased_for.is_some();
        self.run.worker.as_deref().filter(|_| is_held)
    }

    /// Copies it into a folder, to read it.
    ///
    /// # Errors
    /// When nothing of it was sent, or it cannot be read.
    pub(super) fn copy(&self, folder: &Path) -> Result<JournaledRun, CliError> {
        match copy_to_read(&self.store, &self.run, folder)? {
            Some(copy) => JournaledRun::open(&copy.file, &copy.journal),
            None => Err(CliError(format!("the run {} has sent nothing yet", visible(self.id())))),
        }
    }

    fn id(&self) -> &str {
        &self.run.new.id
    }

    /// Checks that an import of its file continues the run.
    ///
    /// # Errors
    /// When somebody has ended it, or a later run has its name.
    fn check(&self) -> Result<(), CliError> {
        let StoredRun { new, state, .. } = &self.run;
        if state.is_over() && *state != RunState::Finished {
            return Err(CliError(format!(
                "the run {} is {}: nothing was sent. `umbulk import` with its file begins another \
                 one",
                visible(&new.id),
                state_words(&self.run)
            )));
        }
        let last = self.store.runs().and_then(|runs| runs.last_named(&new.place, &new.file));
        match last.map_err(|error| CliError(error.to_string()))? {
            Some(last) if last.new.id != new.id => Err(CliError(format!(
                "the run {} is not the last one of {}, that is {}: nothing was sent",
                visible(&new.id),
                visible(&new.file),
                visible(&last.new.id)
            ))),
            _ => Ok(()),
        }
    }

    /// Returns all runs of the store.
    pub(super) fn all(&self) -> Result<Vec<StoredRun>, CliError> {
        let all = self.store.runs().and_then(|runs| runs.runs());
        all.map_err(|error| CliError(error.to_string()))
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

/// An import that continues a run by its id.
pub(super) struct ResumedRun {
    /// The words of that import.
    pub(super) words: Vec<OsString>,
    id: String,
    place: RunPlace,
    config: StoredConfig,
}

impl ResumedRun {
    /// Writes the file of the run into the working folder, unless it is there, and says so. Returns
    /// `None` for a run that workers carry out.
    ///
    /// # Errors
    /// When the run cannot be continued, or its file cannot be written.
    pub(super) fn begin(
        args: &ResumeArgs,
        store: SharedStore,
        typed: &[OsString],
    ) -> Result<Option<Self>, CliError> {
        let found = RunOfStore::open(store, &args.run)?;
        if found.run.is_submitted {
            return Ok(None);
        }
        let (run, file) = (&found.run, found.file()?.to_owned());
        found.check()?;
        let config = StoredConfig::read(&run.new.options)?;
        let here = match write_input(&found.store, run)? {
            InputHere::Written => "is written here, as it was imported",
            InputHere::Found => "is here",
        };
        let shown = std::path::absolute(&file).unwrap_or_else(|_| file.clone());
        status_line(&format!("file          {} {here}", crate::visible::shown(&shown)));
        let words = args.import_words(typed, &file);
        let (id, place) = (run.new.id.clone(), run.new.place.clone());
        Ok(Some(Self { words, id, place, config }))
    }

    /// Makes an import of the file the one that continues the run.
    ///
    /// # Errors
    /// When the credentials are for another organization.
    pub(super) fn apply(self, config: &mut ImportConfig) -> Result<(), CliError> {
        let (organization, host) = Connection::place(&config.connect.access)?;
        if (&organization, &host) != (&self.place.organization, &self.place.host) {
            return Err(CliError(format!(
                "the run {} is for {} at {}, and the credentials here are for {organization} at \
                 {host}: nothing was sent. Name those of that organization (--profile, --env-file)",
                visible(&self.id),
                visible(&self.place.organization),
                visible(&self.place.host),
            )));
        }
        let protect = config.read.protect.take();
        config.read = ReadConfig { protect, ..self.config.read };
        config.skip_unchanged |= self.config.compares;
        config.typed = self.words;
        Ok(())
    }
}
