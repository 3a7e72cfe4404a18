//! Reports an import to an observer, and keeps what the summary needs.

use crate::execute::RunProgress;
use crate::export::{ListDisplay, ListReporter, ObservedList, Signal};
use crate::import::confirmation::Confirmation;
use crate::import::error::ImportError;
use crate::import::reporter::{
    ImportEvent, ImportReporter, RunDisplay, Silent, Stage, WaitDisplay,
};
use crate::import::summary::FileSummary;
use crate::observer::{Observer, Progress, stop_wanted};
use crate::visible::{visible, visible_lines};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Reports an import to an observer, and keeps what the summary needs.
pub(super) struct ObservedImport<'o> {
    observer: &'o dyn Observer,
    list: ObservedList<'o>,
    kept: Mutex<KeptEvents>,
    /// Whether the run was asked to stop. A second request would mean to stop at once.
    has_stopped: AtomicBool,
}

/// What is kept of an import.
#[derive(Default)]
pub(super) struct KeptEvents {
    pub(super) stage: Stage,
    pub(super) files: Vec<FileSummary>,
    pub(super) failure: Option<String>,
}

impl<'o> ObservedImport<'o> {
    /// Creates the reporter that tells an observer what happens.
    pub(super) fn new(observer: &'o dyn Observer) -> Self {
        Self {
            observer,
            list: ObservedList(observer),
            kept: Mutex::default(),
            has_stopped: AtomicBool::new(false),
        }
    }

    /// Returns what was kept.
    pub(super) fn into_kept(self) -> KeptEvents {
        self.kept.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> MutexGuard<'_, KeptEvents> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ListReporter for ObservedImport<'_> {
    fn inform(&self, line: &str) {
        self.observer.on_message(&visible(line));
    }

    fn show_list(&self, noun: &'static str) -> Box<dyn ListDisplay + '_> {
        self.list.show_list(noun)
    }

    fn interrupted(&self) -> Signal<'_> {
        self.list.interrupted()
    }
}

impl ImportReporter for ObservedImport<'_> {
    fn say(&self, line: &str) {
        self.observer.on_message(&visible(line));
    }

    fn event(&self, event: ImportEvent<'_>) -> Result<(), ImportError> {
        match event {
            ImportEvent::Stage(stage) => self.kept().stage = stage,
            ImportEvent::Ended { summary, .. } => self.kept().files.push(FileSummary::new(summary)),
            ImportEvent::Fails(why) => self.kept().failure = Some(why.to_owned()),
            ImportEvent::Missing { words, .. } => {
                self.observer.on_message(&visible_lines(words));
            }
            ImportEvent::Files(_)
            | ImportEvent::Read(_)
            | ImportEvent::Unread(_)
            | ImportEvent::Planned { .. }
            | ImportEvent::GoesTo { .. }
            | ImportEvent::SendingBegins
            | ImportEvent::Page(_)
            | ImportEvent::Interrupted => {}
        }
        Ok(())
    }

    fn ask(&self, _: Confirmation, question: &str, _: &str) -> Result<bool, ImportError> {
        Ok(self.observer.confirm(&visible(question)))
    }

    fn show_run(&self, noun: &'static str) -> Box<dyn RunDisplay + '_> {
        Box::new(ObservedRun { observer: self.observer, noun })
    }

    fn show_wait(&self, _: &str) -> Box<dyn WaitDisplay + '_> {
        Box::new(Silent)
    }

    fn run_interrupted(&self) -> Signal<'_> {
        Box::pin(async {
            if self.has_stopped.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
            stop_wanted(self.observer).await;
            self.has_stopped.store(true, Ordering::Relaxed);
        })
    }
}

/// Reports a run to an observer.
struct ObservedRun<'o> {
    observer: &'o dyn Observer,
    noun: &'static str,
}

impl RunDisplay for ObservedRun<'_> {
    fn show(&mut self, progress: &RunProgress) {
        self.observer.on_progress(&Progress {
            noun: self.noun,
            done: progress.counts.iter().sum(),
            total: Some(progress.rows),
            time_left: progress.left,
        });
    }

    fn detail(&self, _: &str) {}

    fn finish(&self) {}
}
