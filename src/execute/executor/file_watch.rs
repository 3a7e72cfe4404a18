//! Files that must not change during a run.

use super::Executor;
use crate::execute::reporter::Reporter;
use crate::execute::stop_cause::StopCause;
use crate::table::{Check, FileState, Original};
use std::sync::Arc;

impl<W: Reporter> Executor<'_, W> {
    /// Stops the run when this file changes. It is the list that the rows were compared with.
    #[must_use]
    pub(crate) fn watch_list(mut self, file: Option<Arc<Original>>) -> Self {
        self.list_file = file;
        self
    }

    /// Stops the run when one of these files changes. They say which users are missing.
    #[must_use]
    pub(crate) fn watch_files(mut self, files: Vec<Arc<Original>>) -> Self {
        self.watched_files = files;
        self
    }

    /// Stops the run if the input, the list or another watched file has changed. Requests sent
    /// until then are as planned, because the input is read from a private copy, and the list was
    /// read before.
    pub(super) fn check_files(&mut self) {
        let is_changed = |file: &&Arc<Original>| file.state(Check::Quick) == FileState::Changed;
        if self.input.table.file_state(Check::Quick) == FileState::Changed {
            let file = self.input.table.name().to_owned();
            self.stop_run(StopCause::InputChanged { file });
        }
        if let Some(file) = self.watched_files.iter().find(is_changed) {
            let file = file.path().display().to_string();
            self.stop_run(StopCause::InputChanged { file });
        }
        if let Some(list) = self.list_file.as_ref().filter(is_changed) {
            let file = list.path().display().to_string();
            self.stop_run(StopCause::ListChanged { file });
        }
    }
}
