//! Renames that failed. A later row under the old or the new name means somebody who does not go by
//! it: it would reach another person, or nobody, and so it is not sent.

use super::executor::{Executor, Reporter};
use super::outcomes::{OutcomeStatus, Reason};
use super::request::ReadyCommand;
use crate::change::{Change, EffectPart, RowEffect};
use crate::plan::{Key, WorkItem};
use crate::table::RowBuffer;
use crate::umapi::retry::unknown_user;
use crate::umapi::wire::Root;
use std::collections::HashMap;
use std::io;

/// The code of a row that is not sent because the rename before it failed.
pub(super) const RENAME_FAILED: &str = "error.rename_failed";

/// The names of failed renames, with the row of each.
#[derive(Debug, Default)]
pub(super) struct FailedRenames(HashMap<Key, u32>);

impl<W: Reporter> Executor<'_, W> {
    /// Remembers the names of a row that failed with this code, if it was to rename a user. `done`
    /// is what was carried out of it: a row of which only the memberships failed has renamed.
    ///
    /// Where the server knows nobody by the old name, the user may have the new one already: then
    /// later rows are sent.
    ///
    /// # Errors
    /// When the row cannot be read again.
    pub(super) fn note_failed_rename(
        &mut self,
        row: u32,
        code: &str,
        done: RowEffect,
    ) -> io::Result<()> {
        let is_done = done.has(EffectPart::Updated);
        if is_done || unknown_user(code) || !self.plan.footprint(row).is_alone() {
            return Ok(());
        }
        let mut buffer = RowBuffer::default();
        let change = self.input.reread(self.plan.place(row), &mut buffer)?;
        let Change::User(user) = &change else { return Ok(()) };
        let Some(update) = &user.update else { return Ok(()) };
        let domain = user.domain.as_deref();
        let email = update.email.as_deref().map(|email| Key::user(email, None));
        let username = update.username.as_deref().map(|name| Key::user(name, domain));
        let old = Key::user(&user.user, domain);
        let new: Vec<Key> =
            [email, username].into_iter().flatten().filter(|key| *key != old).collect();
        if !new.is_empty() {
            let names = new.into_iter().chain([old]);
            names.for_each(|name| _ = self.failed_renames.0.entry(name).or_insert(row));
        }
        Ok(())
    }

    /// The row of the failed rename that a command on a user, which was not sent before, depends
    /// on.
    pub(super) fn failed_rename_before(&self, prepared: &ReadyCommand) -> Option<u32> {
        let ReadyCommand { item, command, footprint, .. } = prepared;
        let is_first =
            item.sent == 0 && item.part == 0 && matches!(command.root, Root::User { .. });
        if !is_first || self.failed_renames.0.is_empty() {
            return None;
        }
        footprint.users().find_map(|name| self.failed_renames.0.get(&name).copied())
    }

    /// The rows of this item fail without being sent.
    pub(super) fn fail_behind_a_rename(&mut self, item: WorkItem, row: u32) {
        let message = format!(
            "not sent: row {}, which renames this user, failed, and this name may be another's. \
             Fix that row, then import both",
            row + 1
        );
        let note = Reason { code: RENAME_FAILED.to_owned(), message };
        self.complete_item(item, None, OutcomeStatus::Failed, &note);
    }
}
