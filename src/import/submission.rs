//! An import that is queued in a shared store, and not carried out here.

use crate::import::queued_job::QueuedJob;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

/// An import that is queued.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) job: QueuedJob,
    /// What is stored of the files that options name, by the options.
    pub(crate) files: BTreeMap<String, OptionContent>,
    /// Whether somebody has confirmed what an import asks.
    pub(crate) confirmed: Confirmed,
    queued: Mutex<Option<QueuedRun>>,
}

/// What is stored of a file that an option names.
#[derive(Debug)]
pub(crate) enum OptionContent {
    /// The file as it is.
    File(PathBuf),
    /// A part of it.
    Text(String),
}

/// Whether somebody has confirmed what an import asks: then its worker need not ask again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Confirmed(Arc<AtomicBool>);

impl Confirmed {
    /// Notes that a question was answered with yes.
    pub(crate) fn note(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether one was.
    pub(crate) fn is_noted(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
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
    /// Creates a submission of this job.
    pub(crate) fn of(job: QueuedJob, files: BTreeMap<String, OptionContent>) -> Self {
        Self { job, files, confirmed: Confirmed::default(), queued: Mutex::default() }
    }

    /// Takes the questions that are answered from now on.
    pub(crate) fn confirmed_by(self, confirmed: &Confirmed) -> Self {
        Self { confirmed: confirmed.clone(), ..self }
    }

    /// Notes the run that was queued.
    pub(crate) fn note_queued(&self, run: QueuedRun) {
        *self.queued.lock().unwrap_or_else(PoisonError::into_inner) = Some(run);
    }

    /// Returns the run that was queued.
    pub(crate) fn queued(&self) -> Option<QueuedRun> {
        self.queued.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
