//! The terminal: how an import prints, asks and shows things there.

use super::ask::ask;
use super::can_ask::can_ask;
use super::error::CliError;
use super::export::progress::ListBar;
use super::import_report::ImportReport;
use super::progress::{RunBar, WaitScreen};
use super::proposed_command::Typed;
use super::run_pages::RunPages;
use super::saved_mapping::SavedMapping;
use super::say::{print_words, status_line};
use super::sending::{SendState, run_interrupted};
use super::signals::interrupted;
use super::summary_words::SummaryWords;
use super::typed_words::typed_words;
use super::words::{note_words, words_of_saved_proposal};
use crate::cli::args::shared::ProgressArg;
use crate::cli::verbosity::Verbosity;
use crate::export::{ListDisplay, ListReporter, Signal};
use crate::import::Exit;
use crate::import::ImportError;
use crate::import::confirmation::{Confirmation, Confirmed};
use crate::import::note::Note;
use crate::import::reporter::{ImportEvent, ImportReporter, RunDisplay, WaitDisplay, WayOn};
use crate::report::Next;
use crate::shell::shell_words;
use std::ffi::OsString;
use std::path::Path;

/// The settings of the output.
#[derive(Default)]
pub(crate) struct Terminal {
    /// How much is printed.
    pub(crate) verbosity: Verbosity,
    /// How progress is shown.
    pub(crate) progress: ProgressArg,
    /// Whether a program reads the summary.
    pub(crate) json: bool,
    /// The report for programs.
    pub(crate) report: ImportReport,
    /// The mapping to write once a file is read.
    pub(crate) saved_mapping: Option<SavedMapping>,
    /// Whether something may have been sent.
    pub(crate) sending: SendState,
    /// What the page about the import is made of.
    pub(crate) pages: RunPages,
    /// What somebody has confirmed.
    pub(crate) confirmed: Confirmed,
}

impl ListReporter for Terminal {
    fn inform(&self, line: &str) {
        if !self.verbosity.is_quiet() {
            status_line(line);
        }
    }

    fn show_list(&self, noun: &'static str) -> Box<dyn ListDisplay> {
        Box::new(ListBar::new(self.progress, self.verbosity, noun))
    }

    fn interrupted(&self) -> Signal<'_> {
        Box::pin(interrupted())
    }
}

impl ImportReporter for Terminal {
    fn say(&self, line: &str) {
        status_line(line);
    }

    fn event(&self, event: ImportEvent<'_>) -> Result<(), ImportError> {
        match event {
            ImportEvent::SendingBegins => self.sending.begins()?,
            ImportEvent::Read(table) => {
                if let Some(saved) = &self.saved_mapping
                    && let Some(note) = saved.write_used(table)?
                {
                    self.inform(&note);
                }
            }
            ImportEvent::Unread(error) => {
                if let Some(saved) = &self.saved_mapping
                    && saved.write_proposed(error)?
                {
                    return Err(CliError(words_of_saved_proposal(error)).into());
                }
            }
            ImportEvent::Missing { words, .. } if !self.json => {
                self.report.adds(words);
                print_words(words)?;
            }
            ImportEvent::Page(page) => self.pages.add(*page),
            ImportEvent::Ended { summary, run_id, began } => {
                self.report.ended(summary, run_id, began)?;
                let says_nothing =
                    self.json || (self.verbosity.is_quiet() && summary.exit == Exit::Good as u8);
                let words = SummaryWords(summary).to_string();
                self.report.adds(&words);
                if !says_nothing {
                    print_words(&words)?;
                }
            }
            event => self.report.note(event),
        }
        Ok(())
    }

    fn ask(&self, what: Confirmation, question: &str, answer: &str) -> Result<bool, ImportError> {
        let is_confirmed = ask(question, answer)?;
        if is_confirmed {
            self.confirmed.note(what);
        }
        Ok(is_confirmed)
    }

    fn ask_about(
        &self,
        above: &[String],
        what: Confirmation,
        question: &str,
        answer: &str,
    ) -> Result<bool, ImportError> {
        if can_ask() {
            above.iter().for_each(|line| status_line(line));
        }
        self.ask(what, question, answer)
    }

    fn words(&self, note: &Note<'_>) -> String {
        note_words(note)
    }

    fn show_run(&self, noun: &'static str) -> Box<dyn RunDisplay> {
        Box::new(RunBar::new(self.progress, self.verbosity, noun))
    }

    fn show_wait(&self, what: &str) -> Box<dyn WaitDisplay> {
        Box::new(WaitScreen::new(self.progress, self.verbosity, what))
    }

    fn run_interrupted(&self) -> Signal<'_> {
        Box::pin(run_interrupted())
    }

    fn typed(&self) -> String {
        shell_words(typed_words())
    }

    fn next(&self, file: &Path, way: WayOn) -> Option<Next> {
        let words: Vec<OsString> = typed_words().collect();
        Typed::new(&words).and_then(|typed| next(&typed, file, way))
    }

    fn import_failed(&self, failed: &Path) -> Option<String> {
        let words: Vec<OsString> = typed_words().collect();
        // The rows to fix of a job are not imported by it.
        let typed = Typed::new(&words).filter(Typed::is_import)?;
        typed.to_import_failed(failed).map(shell_words)
    }

    fn retry_failed(&self) -> Option<String> {
        let words: Vec<OsString> = typed_words().collect();
        let typed = Typed::new(&words).filter(Typed::is_import)?;
        typed.to_retry_failed().map(shell_words)
    }
}

/// Returns the next command after a run that stopped; `None` if the command has not the options to
/// start over.
pub(crate) fn next(typed: &Typed<'_>, file: &Path, way: WayOn) -> Option<Next> {
    Some(match way {
        WayOn::StartOver if typed.resumes() => return None,
        WayOn::StartOver => typed
            .to_start_over(file)
            .map_or(Next::PlanAgain, |command| Next::StartOver(shell_words(command))),
        WayOn::Resume if file == Path::new("-") => {
            Next::GoOnWithInput(shell_words(typed.to_go_on()))
        }
        WayOn::Resume => Next::GoOn(shell_words(typed.to_go_on())),
    })
}
