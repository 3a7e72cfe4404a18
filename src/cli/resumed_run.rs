//! `umbulk runs resume`: an import that continues a run by its id.

use super::error::CliError;
use super::import_report::ImportReport;
use super::proposed_command::Typed;
use super::say::status_line;
use super::typed_words::typed_words;
use crate::import::ImportError;
use crate::import::config::ImportConfig;
use crate::import::continued_run::{ContinuedRun, InputHere};
use crate::import::shared_store::SharedStore;
use crate::visible::shown;
use std::ffi::OsString;
use std::path::Path;

/// The run that an import continues.
pub(super) struct ResumedRun(ContinuedRun);

impl ResumedRun {
    /// Finds the run.
    ///
    /// # Errors
    /// When it cannot be continued.
    pub(super) fn find(
        store: SharedStore,
        id: &str,
        report: &ImportReport,
    ) -> Result<Self, CliError> {
        let found = ContinuedRun::find(store, id);
        Ok(Self(found.inspect_err(|error| report.note_code(error))?))
    }

    /// Returns the words of the import of its file.
    pub(super) fn import_words(&self) -> Option<Vec<OsString>> {
        let words: Vec<OsString> = typed_words().collect();
        // A name that begins with a dash is no option.
        let file = Path::new(".").join(self.0.file());
        Typed::new(&words).map(|typed| typed.to_import_resumed(&file))
    }

    /// Makes the import of its file the one that continues the run, and says where that file is.
    ///
    /// # Errors
    /// When the import cannot continue it.
    pub(super) fn apply(
        self,
        config: &mut ImportConfig,
        report: &ImportReport,
    ) -> Result<(), CliError> {
        let file = self.0.file();
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let here = self.0.apply(config);
        let here: Result<_, ImportError> = here.inspect_err(|error| report.note_code(error));
        let is_here = match here? {
            InputHere::Written => "is written here, as it was imported",
            InputHere::Found => "is here",
        };
        status_line(&format!("file          {} {is_here}", shown(&file)));
        Ok(())
    }
}
