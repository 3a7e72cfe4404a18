//! Rows about users whom several files of a command name.

use super::Executor;
use crate::execute::referenced_names::listed_names;
use crate::execute::reporter::Reporter;
use crate::execute::users_before::Done;
use crate::plan::{Freed, WorkItem};
use crate::table::RowBuffer;
use crate::umapi::wire::Root;
use std::io;

impl<W: Reporter> Executor<'_, W> {
    /// Records what later rows of the same users need to know, from the outcomes of these rows of a
    /// work item.
    ///
    /// # Errors
    /// When a row cannot be read again.
    pub(super) fn note_users(&mut self, item: &mut WorkItem, rows: &[u32]) -> io::Result<()> {
        self.note_freed_names(item, rows)?;
        self.note_moves(item, rows)?;
        self.note_shared_users(item, rows)
    }

    /// Records what these rows of a work item have done to users whom several files name, for later
    /// rows and for the files after this one.
    ///
    /// # Errors
    /// When a row cannot be read again.
    fn note_shared_users(&mut self, item: &WorkItem, rows: &[u32]) -> io::Result<()> {
        let mut buffer = RowBuffer::default();
        for row in rows.iter().filter(|row| self.shared_rows.contains(row)) {
            let Some((status, effect, _)) = self.outcomes.known(*row) else { continue };
            let footprint = self.plan.footprint(*row);
            let change = self.input.reread(*row, self.plan.place(*row), &mut buffer)?;
            let done = Done { footprint, status, effect };
            self.users_before.take(*row, &change, &item.statement, done);
            let [listed, _] = listed_names(&change, &self.input);
            self.users_before.take_moves(&change, listed, status);
        }
        Ok(())
    }

    /// Returns the work item with what is known about its user, including what rows of earlier
    /// files have done.
    ///
    /// # Errors
    /// When a row cannot be read again.
    pub(super) fn with_users_before(&self, mut item: WorkItem) -> io::Result<WorkItem> {
        let row = item.first();
        if !self.shared_rows.contains(&row) {
            return Ok(item);
        }
        let mut buffer = RowBuffer::default();
        let change = self.input.reread(row, self.plan.place(row), &mut buffer)?;
        if let Some(made) = self.users_before.made_before(&change) {
            item.made = item.made.or(made);
        }
        let [listed, _] = listed_names(&change, &self.input);
        if let Some(moved) = self.users_before.moved_before(&change, listed) {
            item.moved.clone_from(moved);
        }
        Ok(item)
    }

    /// Returns which row freed the name of a user, in this file or an earlier one; `None` if a user
    /// may have it.
    pub(super) fn freed_name(&self, item: &WorkItem, root: &Root) -> Option<Freed> {
        item.freed.of_root(root).or_else(|| self.users_before.freed(root))
    }
}
