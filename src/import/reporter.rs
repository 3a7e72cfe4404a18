//! Everything that an import says, asks and shows goes through here.

use crate::execute::{RowCounts, RunProgress};
use crate::export::{ExportCounts, ListDisplay, ListReporter, Signal};
use crate::import::error::ImportError;
use crate::report::{Next, Summary};
use crate::umapi::{ClientStats, Pace, Wait};
use jiff::Timestamp;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is said of an interruption before anything is sent.
pub(crate) const INTERRUPTED: &str = "interrupted: nothing was sent";

/// The person or the program that an import works for.
pub(crate) trait ImportReporter: ListReporter + Sync {
    /// Says a line that needs attention. It may hold the words of strangers.
    fn say(&self, line: &str);
    /// Tells how far the import is, and what is known of it.
    ///
    /// # Errors
    /// When it cannot be told.
    fn event(&self, event: ImportEvent<'_>) -> Result<(), ImportError>;
    /// Asks for this very answer.
    ///
    /// # Errors
    /// The refusal, when another answer comes or nobody can be asked.
    fn ask(&self, question: &str, answer: &str, refusal: String) -> Result<(), ImportError>;
    /// Shows the progress of a run; `noun` is what it counts.
    fn show_run(&self, noun: &'static str) -> Box<dyn RunDisplay + '_>;
    /// Shows what is waited for while the server is asked; `what` stands there while nothing is
    /// waited for.
    fn show_wait(&self, what: &str) -> Box<dyn WaitDisplay + '_>;
    /// Completes when somebody interrupts a run, or did since sending began.
    fn run_interrupted(&self) -> Signal<'_>;
    /// The command that the import was asked for by, as it can be pasted.
    fn typed(&self) -> String;
    /// What to type after a run of this file that stopped: the same, or from the start where the
    /// file has changed.
    fn next(&self, file: &Path, is_changed: bool) -> Option<Next>;
    /// What to type to import the failed rows once they are fixed; `None`: they cannot be imported
    /// by themselves.
    fn import_failed(&self, failed: &Path) -> Option<String>;
}

/// What an import tells about itself.
pub(crate) enum ImportEvent<'e> {
    /// These files are to be imported.
    Files(&'e [PathBuf]),
    /// It has come so far: what goes wrong from here on is of this kind.
    Stage(Stage),
    /// The file at this place is read: its rows that are not sent have their outcomes.
    Planned { place: usize, name: &'e str, counts: &'e RowCounts },
    /// Rows go to this organization at this host.
    GoesTo { organization: &'e str, host: &'e str },
    /// From now on something may be sent: an interruption is the run's own affair.
    SendingBegins,
    /// A file is carried out in this run.
    Ended { summary: &'e Summary, run_id: &'e str, began: Timestamp },
    /// What came of missing users, for programs and for people.
    Missing { facts: Value, words: &'e str },
    /// Somebody interrupted it.
    Interrupted,
    /// Something went wrong after something was sent.
    Fails(&'e str),
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// What was asked for.
    #[default]
    Usage,
    /// The settings from outside.
    Settings,
    /// The files, and what their rows mean.
    Input,
    /// Lists of the organization that are named or stored.
    List,
    /// Questions to the server.
    Server,
    /// Credentials and the first token.
    Credentials,
    /// The journal and its locks.
    Journal,
    /// Too many deletions, administrators, or no yes.
    Guard,
    /// Rows are sent.
    Run,
}

/// The progress of a run.
pub(crate) trait RunDisplay {
    /// Shows how far it is.
    fn show(&mut self, progress: &RunProgress);
    /// Says something that only a person who wants every detail reads.
    fn detail(&self, line: &str);
    /// Leaves the last state where it is.
    fn finish(&self);
}

/// What is waited for while the server is asked.
pub(crate) trait WaitDisplay {
    /// Shows what is waited for now, so long after the question.
    fn show(&mut self, wait: Option<&Wait>, elapsed: Duration);
    /// Takes it away.
    fn finish(&self);
}

/// Waits for an interruption before anything is sent, and says what follows.
pub(crate) async fn interruption(reporter: &dyn ImportReporter) -> ImportError {
    reporter.interrupted().await;
    match reporter.event(ImportEvent::Interrupted) {
        Ok(()) => ImportError(INTERRUPTED.to_owned()),
        Err(error) => error,
    }
}

/// Says and shows nothing, and nobody answers its questions: for files that are read once more.
pub(crate) struct Silent;

impl ListReporter for Silent {
    fn inform(&self, _: &str) {}

    fn show_list(&self, _: &'static str) -> Box<dyn ListDisplay> {
        Box::new(Self)
    }

    fn interrupted(&self) -> Signal<'_> {
        Box::pin(std::future::pending())
    }
}

impl ImportReporter for Silent {
    fn say(&self, _: &str) {}

    fn event(&self, _: ImportEvent<'_>) -> Result<(), ImportError> {
        Ok(())
    }

    fn ask(&self, _: &str, _: &str, refusal: String) -> Result<(), ImportError> {
        Err(ImportError(refusal))
    }

    fn show_run(&self, _: &'static str) -> Box<dyn RunDisplay> {
        Box::new(Self)
    }

    fn show_wait(&self, _: &str) -> Box<dyn WaitDisplay> {
        Box::new(Self)
    }

    fn run_interrupted(&self) -> Signal<'_> {
        Box::pin(std::future::pending())
    }

    fn typed(&self) -> String {
        "umbulk import".to_owned()
    }

    fn next(&self, _: &Path, _: bool) -> Option<Next> {
        None
    }

    fn import_failed(&self, _: &Path) -> Option<String> {
        None
    }
}

impl RunDisplay for Silent {
    fn show(&mut self, _: &RunProgress) {}

    fn detail(&self, _: &str) {}

    fn finish(&self) {}
}

impl WaitDisplay for Silent {
    fn show(&mut self, _: Option<&Wait>, _: Duration) {}

    fn finish(&self) {}
}

impl ListDisplay for Silent {
    fn show(&mut self, _: &ExportCounts, _: &ClientStats, _: Pace) {}

    fn finish(&self) {}
}
