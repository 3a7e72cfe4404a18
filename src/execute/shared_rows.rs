//! Rows about users whom several files of a command create, remove or rename.

use super::executor::Executor;
use super::reporter::Reporter;
use super::users_before::Done;
use crate::plan::{Freed, WorkItem};
use crate::table::RowBuffer;
use crate::umapi::wire::Root;
use std::io;

impl<W: Reporter> Executor<'_, W> {
    /// Remembers for later rows, and for the files behind this one, what these rows of a work item
    /// have made of users whom several files name.
    ///
    /// # Errors
    /// When a row cannot be read again.
    pub(super) fn note_shared_users(&mut self, item: &WorkItem, rows: &[u32]) -> io::Result<()> {
        let mut buffer = RowBuffer::default();
        for row in rows.iter().filter(|row| self.shared_rows.contains(row)) {
            let Some((status, effect, _)) = self.outcomes.known(*row) else { continue };
            let footprint = self.plan.footprint(*row);
            let change = self.input.reread(self.plan.place(*row), &mut buffer)?;
            let done = Done { footprint, status, effect };
            self.users_before.take(*row, &change, &item.statement, done);
        }
        Ok(())
    }

    /// Who was created before counts for a work item, also where a row of an earlier file has done
    /// so.
    ///
    /// # Errors
    /// When a row cannot be read again.
    pub(super) fn with_made_before(&self, mut item: WorkItem) -> io::Result<WorkItem> {
        let row = item.first();
        let footprint = self.plan.footprint(row);
        if item.made.has(footprint) || !self.shared_rows.contains(&row) {
            return Ok(item);
        }
        let mut buffer = RowBuffer::default();
        let change = self.input.reread(self.plan.place(row), &mut buffer)?;
        if let Some(made) = self.users_before.made_before(&change) {
            item.made = item.made.or(made);
        }
        Ok(item)
    }

    /// Who freed the name of a user, in this file or an earlier one; `None` where somebody may go
    /// by it.
    pub(super) fn freed_name(&self, item: &WorkItem, root: &Root) -> Option<Freed> {
        let Root::User { user, domain, use_adobe_id } = root else { return None };
        let (domain, adobe_id) = (domain.as_deref(), *use_adobe_id);
        let freed = item.freed.of(user, domain, adobe_id);
        freed.or_else(|| self.users_before.freed(user, domain, adobe_id))
    }
}
