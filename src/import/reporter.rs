//! The interface to the user: what an import prints, asks and shows.

use crate::execute::{RowCounts, RunProgress, TICK};
use crate::export::{ExportCounts, ListDisplay, ListReporter, Signal};
use crate::import::confirmation::Confirmation;
use crate::import::error::ImportError;
use crate::import::note::Note;
use crate::report::{Next, RunPage, Summary};
use crate::table::{Table, TableError};
use crate::umapi::{ClientStats, Pace, Wait};
use jiff::Timestamp;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The user or program that an import reports to.
pub(crate) trait ImportReporter: ListReporter + Sync {
    /// Prints a line that needs attention. It may contain text of servers and files.
    fn say(&self, line: &str);
    /// Reports the progress of the import, and what is known about it.
    ///
    /// # Errors
    /// When it cannot be reported.
    fn event(&self, event: ImportEvent<'_>) -> Result<(), ImportError>;
    /// Asks a question, and returns whether the user gave this exact answer, which confirms
    /// something. Returns `false` if nobody can be asked.
    ///
    /// # Errors
    /// If the answer cannot be read.
    fn ask(&self, what: Confirmation, question: &str, answer: &str) -> Result<bool, ImportError>;
    /// Asks a question about these people and groups, which a terminal shows in lines above it.
    ///
    /// # Errors
    /// If the answer cannot be read.
    fn ask_about(
        &self,
        above: &[String],
        what: Confirmation,
        question: &str,
        answer: &str,
    ) -> Result<bool, ImportError> {
        self.ask(what, &in_one_text(question, above), answer)
    }
    /// Puts a note into words. A reporter whose user can type options names the one that helps.
    fn words(&self, note: &Note<'_>) -> String {
        note.to_string()
    }
    /// Shows the progress of a run; `noun` says what is counted.
    fn show_run(&self, noun: &'static str) -> Box<dyn RunDisplay + '_>;
    /// Shows why it takes time to ask the server; `what` is shown while there is no reason for a
    /// wait.
    fn show_wait(&self, what: &str) -> Box<dyn WaitDisplay + '_>;
    /// Completes when the user interrupts a run, or has done so since sending began.
    fn run_interrupted(&self) -> Signal<'_>;
    /// Returns the command of this import, in a form that can be pasted. A reporter without a
    /// command line has none, nor one of those below.
    fn typed(&self) -> String {
        String::new()
    }
    /// Returns the next command after a run of this file that stopped.
    fn next(&self, _file: &Path, _way: WayOn) -> Option<Next> {
        None
    }
    /// Returns the command that imports the rows to fix; `None` if they cannot be imported
    /// separately.
    fn import_failed(&self, _failed: &Path) -> Option<String> {
        None
    }
    /// Returns the command that sends the failed rows of this import again; `None` if it must be
    /// about all rows.
    fn retry_failed(&self) -> Option<String> {
        None
    }
}

/// How an import continues after a run that stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WayOn {
    /// The same command continues the run.
    Resume,
    /// A file has changed: a command that starts over is needed.
    StartOver,
}

/// What an import reports.
pub(crate) enum ImportEvent<'e> {
    /// The files that are to be imported.
    Files(&'e [PathBuf]),
    /// A file of rows was opened.
    Read(&'e Table),
    /// A file of rows cannot be read.
    Unread(&'e TableError),
    /// The import has reached this stage. Errors from here on belong to it.
    Stage(Stage),
    /// The file at this index is read. Its rows that are not sent have their outcomes.
    Planned { place: usize, name: &'e str, counts: &'e RowCounts },
    /// Rows go to this organization at this host.
    GoesTo { organization: &'e str, host: &'e str },
    /// From now on requests may be sent, and the run handles interruptions.
    SendingBegins,
    /// The page about a file that was carried out.
    Page(Box<RunPage>),
    /// A file was carried out in this run.
    Ended { summary: &'e Summary, run_id: &'e str, began: Timestamp },
    /// The result for missing users, for programs and for people.
    Missing { facts: Value, words: &'e str },
    /// The user has interrupted the import.
    Interrupted,
    /// An error after something was sent.
    Fails(&'e str),
}

/// The stage of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// The command line.
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
    /// Too many deletions, administrators, or no confirmation.
    Guard,
    /// Rows are sent.
    Run,
}

/// The progress of a run.
pub(crate) trait RunDisplay {
    /// Returns the time between two calls of [`show`](Self::show).
    fn every(&self) -> Duration {
        TICK
    }
    /// Shows the progress.
    fn show(&mut self, progress: &RunProgress);
    /// Prints a detail, for a user who wants all of them.
    fn detail(&self, line: &str);
    /// Ends the display, and leaves its last state visible.
    fn finish(&self);
}

/// Shows why it takes time to ask the server.
pub(crate) trait WaitDisplay {
    /// Shows the reason of a wait, and the time since the question.
    fn show(&mut self, wait: Option<&Wait>, elapsed: Duration);
    /// Removes the display.
    fn finish(&self);
}

/// Puts the lines above a question behind it, for who gets a single text: headings end with a
/// colon.
fn in_one_text(question: &str, above: &[String]) -> String {
    above.iter().map(|line| line.trim()).fold(question.to_owned(), |text, line| {
        let gap = match text.ends_with(['.', ':']) {
            true => " ",
            false if line.ends_with(':') => ". ",
            false => "; ",
        };
        text + gap + line
    })
}

/// Waits for an interruption before anything is sent, and returns its error.
pub(crate) async fn interruption(reporter: &dyn ImportReporter) -> ImportError {
    reporter.interrupted().await;
    match reporter.event(ImportEvent::Interrupted) {
        Ok(()) => ImportError::Interrupted,
        Err(error) => error,
    }
}

/// A reporter that prints nothing and answers no question, for files that are only read.
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

    fn ask(&self, _: Confirmation, _: &str, _: &str) -> Result<bool, ImportError> {
        Ok(false)
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
}

impl RunDisplay for Silent {
    /// Nobody sees the progress: it is only kept for others, and files are checked as often.
    fn every(&self) -> Duration {
        5 * TICK
    }

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
