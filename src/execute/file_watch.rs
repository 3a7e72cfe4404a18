//! Files that must stay as they were while a run goes on.

use super::executor::Executor;
use super::reporter::Reporter;
use crate::table::{Check, FileState, Original};
use std::sync::Arc;

impl<W: Reporter> Executor<'_, W> {
    /// Stops when this file changes: the list that the rows were compared with.
    #[must_use]
    pub fn watch_list(mut self, file: Option<Arc<Original>>) -> Self {
        self.list_file = file;
        self
    }

    /// Stops once the input is no longer the file that was planned, or the list no longer what it
    /// was compared with. What was sent until then is as planned: the input is read from a private
    /// copy, and of the list everything was read before.
    pub(super) fn check_files(&mut self) {
        if self.input.table.file_state(Check::Quick) == FileState::Changed {
            let name = self.input.table.name();
            self.stop_run(format!(
                "{name} has changed since it was planned. Put its earlier content back, then the \
                 same command goes on; or use --fresh to start over with the file as it is now"
            ));
        }
        if let Some(list) =
            self.list_file.as_ref().filter(|list| list.state(Check::Quick) == FileState::Changed)
        {
            let name = list.path().display();
            self.stop_run(format!(
                "{name} has changed since the rows were compared with it. Put its earlier content \
                 back, then the same command goes on; or use --fresh to start over with the list \
                 as it is now"
            ));
        }
    }
}
