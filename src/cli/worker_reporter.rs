//! The reporter of a run in a worker. Questions are answered by what was confirmed when the run was
//! queued.

use super::import_report::ImportReport;
use super::sending::SendState;
use super::words::note_words;
use crate::export::{ListDisplay, ListReporter, Signal};
use crate::import::ImportError;
use crate::import::confirmation::Confirmation;
use crate::import::note::Note;
use crate::import::reporter::{ImportEvent, ImportReporter, RunDisplay, Silent, WaitDisplay};
use std::sync::Arc;
use tokio::sync::Notify;

/// Interrupts a run.
#[derive(Clone, Default)]
pub(super) struct RunStop {
    sending: SendState,
    interrupted: Arc<Notify>,
}

impl RunStop {
    /// Interrupts the run. Returns whether it is given up, because it has sent nothing.
    pub(super) fn interrupt(&self) -> bool {
        let is_given_up = self.sending.give_up();
        // One that comes before the run waits for it is kept.
        self.interrupted.notify_one();
        is_given_up
    }
}

/// Reports a run to its worker.
pub(super) struct WorkerReporter {
    pub(super) report: ImportReport,
    pub(super) stop: RunStop,
    /// What was confirmed when the run was queued.
    pub(super) confirmed: Vec<Confirmation>,
}

impl ListReporter for WorkerReporter {
    fn inform(&self, line: &str) {
        Silent.inform(line);
    }

    fn show_list(&self, _: &'static str) -> Box<dyn ListDisplay> {
        Box::new(Silent)
    }

    fn interrupted(&self) -> Signal<'_> {
        Box::pin(self.stop.interrupted.notified())
    }
}

impl ImportReporter for WorkerReporter {
    fn say(&self, line: &str) {
        Silent.say(line);
    }

    fn event(&self, event: ImportEvent<'_>) -> Result<(), ImportError> {
        match event {
            ImportEvent::SendingBegins => self.stop.sending.begins()?,
            ImportEvent::Ended { summary, run_id, began } => {
                self.report.ended(summary, run_id, began)?;
            }
            event => self.report.note(event),
        }
        Ok(())
    }

    fn ask(&self, what: Confirmation, _: &str, _: &str) -> Result<bool, ImportError> {
        Ok(self.confirmed.iter().any(|known| known.covers(&what)))
    }

    fn words(&self, note: &Note<'_>) -> String {
        note_words(note)
    }

    fn show_run(&self, _: &'static str) -> Box<dyn RunDisplay> {
        Box::new(Silent)
    }

    fn show_wait(&self, _: &str) -> Box<dyn WaitDisplay> {
        Box::new(Silent)
    }

    fn run_interrupted(&self) -> Signal<'_> {
        Box::pin(self.stop.interrupted.notified())
    }
}
