//! Why an import cannot use the store that several computers share.

use crate::clock::wall_clock;
use crate::store::{RunPlace, RunState, StoreError, StoredRun};
use crate::visible::visible;
use jiff::{SignedDuration, Timestamp};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why an import cannot use the store that several computers share.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreUseError {
    #[error("{0}. Nothing was sent")]
    Store(#[from] StoreError),
    #[error("{}", held_words(file, store, worker, *until))]
    Held {
        file: String,
        store: String,
        /// Who has it.
        worker: String,
        /// When its lease ends, unless it is renewed.
        until: Timestamp,
    },
    #[error("{}", .0.words())]
    OtherContent(OtherContent),
    #[error("{}. Nothing was sent", no_run_words(run, store))]
    NoRun { run: String, store: String },
    #[error(
        "the run {} is not the last one of {}, that is {}. Nothing was sent",
        visible(run),
        visible(file),
        visible(last)
    )]
    NotLast {
        run: String,
        file: String,
        /// The last run of the file name.
        last: String,
    },
    #[error("the run {} is cancelled. Nothing was sent", visible(run))]
    Ended { run: String },
    #[error(
        "{file} has other rows than the run {}, whose file has this name. Nothing was sent",
        visible(run)
    )]
    OtherFile { file: String, run: String },
    #[error("{}", other_place_words(run, place, own))]
    OtherPlace {
        run: String,
        /// Where the run goes.
        place: RunPlace,
        /// Where the credentials belong to.
        own: RunPlace,
    },
    #[error(
        "the file of the run {} is called {}, and umbulk writes no file of that name, because \
         programs read it as settings. Nothing was sent",
        visible(run),
        visible(file)
    )]
    NotWritten { run: String, file: String },
    #[error(
        "{}: the store `{store}` has an import of the same rows under the name {}. Nothing was \
         sent",
        file,
        visible(known)
    )]
    KnownAs {
        file: String,
        /// The name of the same list.
        known: String,
        store: String,
    },
    #[error(
        "{}: {} has begun this import meanwhile (store `{store}`). Nothing was sent",
        file,
        visible(worker)
    )]
    Meanwhile {
        file: String,
        store: String,
        /// Who has begun it.
        worker: String,
    },
    #[error(
        "{}: the store `{store}` has an unfinished import of the same rows, the run {}. Nothing \
         was sent",
        file,
        visible(run)
    )]
    UnderWay { file: String, run: String, store: String },
    #[error(
        "{}: this file was imported already, as the run {} of the store `{store}`. Nothing was \
         sent",
        file,
        visible(run)
    )]
    Done { file: String, run: String, store: String },
    /// The last run of the file was cancelled after somebody had it.
    #[error(
        "{}: the run {} of this file, in the store `{store}`, was cancelled after it had begun. \
         Nothing was queued",
        file,
        visible(run)
    )]
    HalfSent { file: String, run: String, store: String },
    #[error("{}: no row would be sent, so nothing was queued", file)]
    NothingToSend { file: String },
    /// Somebody has ended the run that was to be carried out.
    #[error("the run {} has ended already: nothing was sent", visible(run))]
    Over { run: String },
    #[error("{}", needs_store_words(file, store))]
    NeedsStore {
        file: String,
        /// The store of the run.
        store: String,
    },
    #[error("{}", not_there_words(file, run, store))]
    NotThere {
        file: String,
        run: String,
        /// The store of the run, which is not the one that is named now.
        store: String,
    },
    #[error("{}", deleted_words(file, run, store))]
    Deleted { file: String, run: String, store: String },
    #[error("{}", two_runs_words(file, journal, run))]
    TwoRuns {
        file: String,
        journal: PathBuf,
        /// The run in the store.
        run: String,
    },
    #[error("{}", store_behind_words(file, journal))]
    StoreBehind { file: String, journal: PathBuf },
    #[error(
        "the run {} in the store `{store}` was continued by a newer umbulk: use that version. \
         Nothing was sent",
        visible(run)
    )]
    NewerRun { run: String, store: String },
    #[error(
        "the run {} in the store `{store}` was queued by a newer umbulk: use that version for the \
         worker. Nothing was sent",
        visible(run)
    )]
    NewerJob { run: String, store: String },
    #[error("{}", damaged_words(run, store, why))]
    DamagedRun { run: String, store: String, why: String },
    #[error(
        "with a shared store the rows must be in a file, because another computer may have to \
         read them again: nothing was sent"
    )]
    StandardInput,
    #[error(
        "nothing can be done about missing people in an import with a shared store yet: nothing \
         was sent"
    )]
    Missing,
    #[error(
        "the failed rows of an import with a shared store cannot be sent again yet: nothing was \
         sent"
    )]
    Retry,
    #[error(
        "two files are named {}, and a shared store knows files by their names: nothing was sent. \
         Import one after the other",
        visible(name)
    )]
    OneName { name: String },
    #[error(
        "{one} and {other} have the same content, and a shared store knows a list by its content: \
         nothing was sent. Import one of them"
    )]
    OneContent { one: String, other: String },
}

impl StoreUseError {
    /// Returns the error for a run that somebody carries out, whose lease still lasts this long.
    pub(super) fn held(file: &str, store: &str, worker: &str, left: Duration) -> Self {
        let left = SignedDuration::try_from(left).unwrap_or(SignedDuration::ZERO);
        let until = Timestamp::now().saturating_add(left).unwrap_or(Timestamp::MAX);
        let [file, store, worker] = [file, store, worker].map(ToOwned::to_owned);
        Self::Held { file, store, worker, until }
    }

    /// Returns the code for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Store(error) if error.is_transient() => "error.store.unreachable",
            Self::Store(StoreError::Refused { .. } | StoreError::NotAllowed(_)) => {
                "error.store.refused"
            }
            Self::Store(StoreError::Newer { .. })
            | Self::NewerRun { .. }
            | Self::NewerJob { .. } => "error.store.newer",
            Self::Store(_) | Self::NotWritten { .. } => "error.store",
            Self::Held { .. } => "error.store.held",
            Self::OtherContent(_) => "error.store.other_content",
            Self::NoRun { .. } => "error.store.no_run",
            Self::NotLast { .. } => "error.store.not_last",
            Self::Ended { .. } => "error.store.ended",
            Self::OtherFile { .. } => "error.store.other_file",
            Self::OtherPlace { .. } => "error.store.other_organization",
            Self::KnownAs { .. } => "error.store.known_as",
            Self::Meanwhile { .. } => "error.store.meanwhile",
            Self::UnderWay { .. } => "error.store.under_way",
            Self::Done { .. } => "error.store.done",
            Self::HalfSent { .. } => "error.store.half_sent",
            Self::NothingToSend { .. } => "error.input",
            Self::Over { .. } => "error.store.over",
            Self::NeedsStore { .. } => "error.store.needed",
            Self::NotThere { .. } => "error.store.not_there",
            Self::Deleted { .. } => "error.store.deleted",
            Self::TwoRuns { .. } => "error.store.two_runs",
            Self::StoreBehind { .. } => "error.store.behind",
            Self::DamagedRun { .. } => "error.store.damaged",
            Self::StandardInput
            | Self::Missing
            | Self::Retry
            | Self::OneName { .. }
            | Self::OneContent { .. } => "error.usage",
        }
    }
}

/// A file whose name is that of an unfinished run with other content.
#[derive(Debug)]
pub(crate) struct OtherContent {
    pub(crate) file: String,
    pub(crate) store: String,
    /// Who has that run, or had it last.
    pub(crate) worker: String,
    pub(crate) is_held: bool,
    /// How many of its rows are done, if that is known.
    pub(crate) done: Option<u64>,
    pub(crate) rows: u64,
}

impl OtherContent {
    fn words(&self) -> String {
        let Self { file, store, worker, is_held, done, rows } = self;
        let done = match done {
            Some(done) => format!("{done} of {rows} rows done"),
            None => format!("it is not known how many of {rows} rows are done"),
        };
        let worker = visible(worker);
        let who = match is_held {
            true => format!("{worker} carries it out"),
            false => format!("{worker} had it last"),
        };
        format!(
            "{file}: an unfinished import in the store `{store}` has this file name, but other \
             rows ({done}, {who}). Nothing was sent"
        )
    }
}

fn held_words(file: &str, store: &str, worker: &str, until: Timestamp) -> String {
    let (worker, from) = (visible(worker), wall_clock(until, "%H:%M:%S"));
    format!(
        "{file}: {worker} carries out this import (store `{store}`). Nothing was sent. If {worker} \
         has stopped, the same command continues here from {from} on. After {worker} has finished, \
         the same command writes the results here"
    )
}

/// Describes a run that a store does not have.
pub(crate) fn no_run_words(run: &str, store: &str) -> String {
    format!("the store `{store}` has no run {}", visible(run))
}

/// Describes a run of another organization than that of the credentials.
pub(crate) fn other_place_words(run: &str, place: &RunPlace, own: &RunPlace) -> String {
    let RunPlace { organization, host } = own;
    format!(
        "the run {} is for {} at {}, and the credentials here are for {organization} at {host}. \
         Nothing was sent",
        visible(run),
        visible(&place.organization),
        visible(&place.host),
    )
}

/// Describes a run that another computer has taken over from this one, if that one goes on with it
/// or has finished it.
pub(crate) fn taken_over_words(run: &StoredRun) -> Option<String> {
    let worker = visible(run.worker.as_deref()?);
    match run.state {
        RunState::Running => Some(format!(
            "{worker} has taken over the run and continues it. You need not do anything here. \
             After it has finished there, the same command writes the results here"
        )),
        RunState::Finished => Some(format!(
            "{worker} has taken over the run and finished it. The same command writes the results \
             here"
        )),
        _ => None,
    }
}

/// Describes a run of a store of which only the journal on this computer is read.
pub(crate) fn in_store_words(store: &str) -> String {
    format!(
        "note: this import is in the store `{}`, and only its journal on this computer is read: \
         another one may have continued the import",
        visible(store)
    )
}

/// Describes an interrupted run of a store without its store.
pub(crate) fn needs_store_words(file: &str, store: &str) -> String {
    format!(
        "{file}: this import is in the store `{}`, and another computer may have continued it. \
         Nothing was sent",
        visible(store)
    )
}

/// Describes a run of another store than the one that is named now.
pub(crate) fn not_there_words(file: &str, run: &str, store: &str) -> String {
    let interrupted = interrupted_words(file, run, store);
    format!("{interrupted}. The store that is named now is another one. Nothing was sent")
}

/// Describes a run that was deleted from its store.
pub(crate) fn deleted_words(file: &str, run: &str, store: &str) -> String {
    let interrupted = interrupted_words(file, run, store);
    format!("{interrupted}. That store no longer has the run. Nothing was sent")
}

fn interrupted_words(file: &str, run: &str, store: &str) -> String {
    format!(
        "{file}: the import that was interrupted here is the run {} of the store `{}`",
        visible(run),
        visible(store)
    )
}

/// Describes a run of which the store has what umbulk does not write.
pub(crate) fn damaged_words(run: &str, store: &str, why: &str) -> String {
    format!(
        "the run {} is damaged in the store `{store}` ({why}), so it cannot be continued here. \
         Nothing was sent",
        visible(run)
    )
}

/// Describes a file that is imported here, and by the store.
pub(crate) fn two_runs_words(file: &str, journal: &Path, run: &str) -> String {
    format!(
        "{file} has two imports: one was interrupted here without the store (journal {}), the \
         other one is the run {} in the store. Nothing was sent",
        journal.display(),
        visible(run)
    )
}

/// Describes a store that has lost what a journal has.
pub(crate) fn store_behind_words(file: &str, journal: &Path) -> String {
    format!(
        "{file}: the journal {} knows more of this import than the store, which was perhaps \
         restored from an old copy. To continue would send rows twice. Nothing was sent",
        journal.display()
    )
}
