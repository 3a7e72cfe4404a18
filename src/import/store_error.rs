//! Why an import cannot use the store that several computers share.

use crate::clock::wall_clock;
use crate::store::{RunState, StoreError, StoredRun};
use crate::visible::visible;
use jiff::Timestamp;
use std::path::{Path, PathBuf};

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
    #[error(
        "{}: the store {store} knows this list as {}. Nothing was sent here",
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
        "{}: this import was begun meanwhile by {}, in the store {store}. Nothing was sent here",
        file,
        visible(worker)
    )]
    Meanwhile {
        file: String,
        store: String,
        /// Who has begun it.
        worker: String,
    },
    #[error("{}", needs_store_words(file, store))]
    NeedsStore {
        file: String,
        /// The store of the run.
        store: String,
    },
    #[error("{}", not_there_words(file, run, (store, named)))]
    NotThere {
        file: String,
        run: String,
        /// The store of the run.
        store: String,
        /// The store that is named now.
        named: String,
    },
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
        "with a shared store the rows must be in a file, because another computer may have to \
         read them again: nothing was sent"
    )]
    StandardInput,
    #[error(
        "what is done about missing people cannot be in a shared store yet: nothing was sent. Do \
         that without the store"
    )]
    Missing,
    #[error(
        "failed rows cannot be sent again through a shared store yet: nothing was sent. Do that \
         without the store, on the computer where the import ended"
    )]
    Retry,
    #[error(
        "two files are named {}, and a shared store knows files by their names: nothing was sent. \
         Import one after the other",
        visible(name)
    )]
    OneName { name: String },
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
            Some(done) => format!("{done} of its {rows} rows are done"),
            None => format!("how many of its {rows} rows are done is not known"),
        };
        format!(
            "{file}: the store {store} has an import of a file of this name with other content, \
             which is not finished: {} {} it, and {done}. Nothing was sent here",
            visible(worker),
            if *is_held { "has" } else { "had" }
        )
    }
}

fn held_words(file: &str, store: &str, worker: &str, until: Timestamp) -> String {
    let (worker, from) = (visible(worker), wall_clock(until, "%H:%M:%S"));
    format!(
        "{file}: {worker} is carrying out this import (store {store}). Nothing was sent here. If \
         {worker} breaks down, the same command continues here from {from} on. Once {worker} has \
         finished, it writes the results here"
    )
}

/// Describes a run that another computer has taken over from this one, if that one goes on with it
/// or has finished it.
pub(crate) fn taken_over_words(run: &StoredRun) -> Option<String> {
    let worker = visible(run.worker.as_deref()?);
    match run.state {
        RunState::Running => Some(format!(
            "the run was taken over by {worker}, and goes on there. Nothing is to be done here. \
             Once it has finished there, the same command writes the results here"
        )),
        RunState::Finished => Some(format!(
            "the run was taken over by {worker}, and has finished there. The same command writes \
             the results here"
        )),
        _ => None,
    }
}

/// Describes an interrupted run of a store without its store.
pub(crate) fn needs_store_words(file: &str, store: &str) -> String {
    format!(
        "{file}: this import is in the store {}, where another computer may have continued it, so \
         nothing was sent without it",
        visible(store)
    )
}

/// Describes a run that its store does not have.
pub(crate) fn not_there_words(file: &str, run: &str, (store, named): (&str, &str)) -> String {
    let why = match is_one_store(store, named) {
        true => "It was deleted there",
        false => "The store that is named now has no such run",
    };
    format!(
        "{file}: the import that was interrupted here is the run {} of the store {}. {why}, so \
         nothing was sent",
        visible(run),
        visible(store)
    )
}

/// Whether two addresses that were shown are of one store. How it is reached does not matter.
pub(crate) fn is_one_store(one: &str, other: &str) -> bool {
    let place = |address: &str| address.split('?').next().map(ToOwned::to_owned);
    place(one) == place(other)
}

/// Describes a file that is imported here, and by the store.
pub(crate) fn two_runs_words(file: &str, journal: &Path, run: &str) -> String {
    format!(
        "{file}: an import of this file was interrupted here, without the store (its journal is \
         {}), and the store has another one that is not finished (run {}). Nothing was sent",
        journal.display(),
        visible(run)
    )
}

/// Describes a store that has lost what a journal has.
pub(crate) fn store_behind_words(file: &str, journal: &Path) -> String {
    format!(
        "{file}: the store has less of this import than its journal {} here: was it restored from \
         a copy? It would send rows again, so nothing was sent",
        journal.display()
    )
}
