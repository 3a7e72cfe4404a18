//! Writes the page about an import (`import --report`, `umbulk report`).

use crate::cli::error::CliError;
use crate::cli::output::{write_out, written_words};
use crate::fs::keep_dated;
use crate::import::places::is_stdout;
use crate::report::{ImportPage, Paths, RunPage};
use jiff::Timestamp;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The pages of the files of one command, in the order in which they were carried out.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunPages(Arc<Mutex<Vec<RunPage>>>);

impl RunPages {
    fn known(&self) -> MutexGuard<'_, Vec<RunPage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the page of a file.
    pub(crate) fn add(&self, page: RunPage) {
        self.known().push(page);
    }

    /// Writes all as one page. Returns what to say about it; `None` if no file was carried out.
    ///
    /// # Errors
    /// When the page cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<Option<String>, CliError> {
        let runs = std::mem::take(&mut *self.known());
        let Some(first) = runs.first() else { return Ok(None) };
        // A job writes its page every week.
        let copies = Paths::copies(Path::new(&first.file), path);
        if !is_stdout(path) {
            keep_dated(&copies, path)?;
        }
        let page = ImportPage { runs }.to_html(Timestamp::now());
        let written = write_out(Some(path), |to| Ok(to.write_all(page.as_bytes())?))?;
        Ok(written.map(|path| written_words(&path)))
    }
}
