//! An import that is queued in a shared store, and not carried out here.

use crate::import::confirmation::Confirmed;
use crate::import::queued_job::OptionFile;
use crate::import::shared_store::SharedStore;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// An import that is queued.
#[derive(Debug)]
pub(crate) struct Submission {
    /// Where it is queued.
    pub(crate) store: Arc<SharedStore>,
    pub(crate) options: QueuedOptions,
    /// What somebody confirms meanwhile: the worker does not ask about it again.
    pub(crate) confirmed: Confirmed,
    queued: Mutex<Option<QueuedRun>>,
}

/// The options that a worker follows.
#[derive(Debug, Clone)]
pub(crate) struct QueuedOptions {
    /// The values by the long names of the options; of a flag it is `true`.
    pub(crate) values: BTreeMap<String, Vec<String>>,
    /// The files that options name, by the long names of these options.
    pub(crate) files: BTreeMap<String, (OptionFile, OptionContent)>,
}

/// What is stored of a file that an option names.
#[derive(Debug, Clone)]
pub(crate) enum OptionContent {
    /// The file as it is.
    File(PathBuf),
    /// A part of it.
    Text(String),
}

/// A run that was queued.
#[derive(Debug, Clone)]
pub(crate) struct QueuedRun {
    pub(crate) id: String,
    pub(crate) file: String,
    pub(crate) rows: u64,
    pub(crate) organization: String,
    pub(crate) host: String,
}

impl Submission {
    /// Creates the submission of an import with these options.
    pub(crate) fn new(
        store: Arc<SharedStore>,
        options: QueuedOptions,
        confirmed: Confirmed,
    ) -> Self {
        Self { store, options, confirmed, queued: Mutex::default() }
    }

    /// Notes the run that was queued.
    pub(super) fn note_queued(&self, run: QueuedRun) {
        *self.queued.lock().unwrap_or_else(PoisonError::into_inner) = Some(run);
    }

    /// Returns the run that was queued.
    pub(crate) fn queued(&self) -> Option<QueuedRun> {
        self.queued.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
