//! What earlier rows of the run mean for the next row: it may be about another user, or about
//! nobody. Then it is not sent.
//!
//! A row after a failed rename means a user who does not have that name. A row may also remove a
//! name that an earlier row has freed: its user has left or has another name. If that row were
//! sent, a user would be counted twice, or the wrong user might be removed.

use super::Executor;
use crate::change::{Change, EffectPart, RowEffect};
use crate::execute::after_row::{is_there_after, row_end};
use crate::execute::command_facts::only_takes_away;
use crate::execute::command_result::Mode;
use crate::execute::input_rows::NOT_THERE;
use crate::execute::outcomes::{OutcomeStatus, Reason};
use crate::execute::reporter::Reporter;
use crate::execute::request::{ReadyCommand, bare_name};
use crate::execute::unconfirmed_renames::{RenameEnd, UnconfirmedRename};
use crate::execute::users_before::note_moves;
use crate::journal::MissingGroup;
use crate::plan::{CreatedAs, FileRow, Freed, FreedBy, Key, Made, WorkItem};
use crate::reconcile::not_there_words;
use crate::table::RowBuffer;
use crate::umapi::retry::{is_already_done, unknown_group};
use crate::umapi::wire::Root;
use std::io;

impl<W: Reporter> Executor<'_, W> {
    /// Records the names of a row with this end, if it was to rename a user or a group, or to
    /// delete a group. `done` is what was carried out of it: if only its memberships failed, the
    /// rename was done.
    ///
    /// This includes a rename that the server refused because nobody has the old name: another user
    /// may have the new name.
    ///
    /// # Errors
    /// When the row cannot be read again.
    pub(super) fn note_unconfirmed_rename(
        &mut self,
        row: u32,
        end: RenameEnd,
        done: RowEffect,
    ) -> io::Result<()> {
        let is_done = done.has(EffectPart::Updated) || done.has(EffectPart::GroupRenamed);
        let footprint = self.plan.footprint(row);
        if is_done || footprint.is_user() && !footprint.is_alone() {
            return Ok(());
        }
        let mut buffer = RowBuffer::default();
        let change = self.input.reread(row, self.plan.place(row), &mut buffer)?;
        let is_group = matches!(change, Change::Group(_));
        let (names, end) = match &change {
            // A group whose deletion is refused exists as before.
            Change::Group(group) if group.delete && end == RenameEnd::Unknown => {
                (Key::groups_and_roles(std::iter::once(&*group.group)), RenameEnd::PerhapsDeleted)
            }
            change => (Key::names_of_rename(change), end),
        };
        let rename = UnconfirmedRename { row, file: None, is_group, end, unclear: None };
        self.unconfirmed_renames.add(names, &rename);
        if let (RenameEnd::Unknown, Some(name)) = (end, name_to_make(&change)) {
            self.groups.mark_uncertain(name);
        }
        Ok(())
    }

    /// Records the group that a failed row was to create or to give a new name to as missing.
    /// `done` is what was carried out of it. A group that a list or an earlier row shows exists
    /// nevertheless. And if
    /// the server knows no group by the old name, another group may already have the new one.
    ///
    /// # Errors
    /// When the row cannot be read again.
    pub(super) fn note_unmade_group(
        &mut self,
        row: u32,
        code: &str,
        done: RowEffect,
    ) -> io::Result<()> {
        use EffectPart::{GroupCreated, GroupCreatedOrExists, GroupExists, GroupRenamed};
        let is_made = [GroupCreated, GroupCreatedOrExists, GroupExists, GroupRenamed];
        if self.plan.footprint(row).is_user()
            || is_made.into_iter().any(|part| done.has(part))
            || is_already_done(code)
            || unknown_group(code)
        {
            return Ok(());
        }
        let mut buffer = RowBuffer::default();
        let change = self.input.reread(row, self.plan.place(row), &mut buffer)?;
        let Some(name) = name_to_make(&change) else { return Ok(()) };
        let is_listed =
            self.input.baseline.is_some_and(|known| known.organization.shows_group(name));
        if !is_listed && !self.groups.is_there(name) {
            let code = code.to_owned();
            self.miss_group(MissingGroup { name: name.to_owned(), code, row, file: None });
        }
        Ok(())
    }

    /// Records which group exists after a row with this outcome, if it creates, renames or deletes
    /// one.
    ///
    /// # Errors
    /// When the row cannot be read again.
    pub(super) fn note_group(
        &mut self,
        row: u32,
        status: OutcomeStatus,
        done: RowEffect,
    ) -> io::Result<()> {
        let footprint = self.plan.footprint(row);
        let is_known = status != OutcomeStatus::Unknown;
        // Of a row that is not sent, nothing may be left to read.
        if !footprint.is_sent() || footprint.is_user() || is_known && done == RowEffect::NONE {
            return Ok(());
        }
        let mut buffer = RowBuffer::default();
        if let Change::Group(group) = self.input.reread(row, self.plan.place(row), &mut buffer)? {
            self.groups.note_row(&group, status, done);
        }
        Ok(())
    }

    /// Returns the rename that is not known to be done and that unsent rows of a command depend on,
    /// in any of the commands that these rows need.
    pub(super) fn unconfirmed_rename_before(
        &self,
        prepared: &ReadyCommand,
    ) -> Option<UnconfirmedRename> {
        let ReadyCommand { item, command, footprint, later_names, .. } = prepared;
        let is_first = item.sent == 0 && item.part == 0;
        if !is_first || self.unconfirmed_renames.is_empty() {
            return None;
        }
        // A username without its domain may belong to any domain; a command means one of them.
        let bare = bare_name(&command.root);
        let own = footprint.names().filter(|name| Some(*name) != bare);
        let names = own.chain(later_names.iter().copied());
        let last = item.rows.last().copied().unwrap_or_default();
        self.unconfirmed_renames.before(last, names).cloned()
    }

    /// Fails the rows of this item without sending them.
    pub(super) fn fail_behind_a_rename(&mut self, item: WorkItem, rename: &UnconfirmedRename) {
        self.complete_item(item, None, OutcomeStatus::Failed, &rename.refusal());
    }

    /// Records which names of its chain are free, from the outcomes of these rows of a work item.
    ///
    /// # Errors
    /// When a row cannot be read again.
    pub(super) fn note_freed_names(&self, item: &mut WorkItem, rows: &[u32]) -> io::Result<()> {
        if !self.is_followed(item, rows) {
            return Ok(());
        }
        for row in rows {
            let footprint = self.plan.footprint(*row);
            if !footprint.frees_name() && !footprint.creates() {
                continue;
            }
            let Some((status, effect, _)) = self.outcomes.known(*row) else { continue };
            let end = row_end(footprint, status, effect);
            let mut buffer = RowBuffer::default();
            let change = self.input.reread(*row, self.plan.place(*row), &mut buffer)?;
            item.freed.take(*row, &change, &item.statement, end);
        }
        Ok(())
    }

    /// Records which memberships its chain has changed, from the outcomes of these rows of a work
    /// item.
    ///
    /// # Errors
    /// When a row cannot be read again.
    pub(super) fn note_moves(&self, item: &mut WorkItem, rows: &[u32]) -> io::Result<()> {
        if !self.is_followed(item, rows) {
            return Ok(());
        }
        let is_repeated = self.schedule.is_named_again(item);
        let matters = |row: &&u32| {
            let footprint = self.plan.footprint(**row);
            footprint.changes_memberships() || is_repeated && footprint.changes_only_members()
        };
        for row in rows.iter().filter(matters) {
            let Some((status, ..)) = self.outcomes.known(*row) else { continue };
            let mut buffer = RowBuffer::default();
            let change = self.input.reread(*row, self.plan.place(*row), &mut buffer)?;
            note_moves(&mut item.moved, &change, status);
        }
        Ok(())
    }

    /// Returns what these rows of a chain, or rows before them, have created.
    ///
    /// # Errors
    /// When a row cannot be read again.
    pub(super) fn made_after(&self, item: &WorkItem, rows: &[u32]) -> io::Result<Made> {
        let mut made = item.made;
        let is_followed = self.is_followed(item, rows);
        for row in rows {
            let Some((status, effect, _)) = self.outcomes.known(*row) else { continue };
            let footprint = self.plan.footprint(*row);
            if !is_there_after(footprint, status, effect, made) {
                made.forget(footprint);
            } else if !made.has(footprint) {
                let created_as = match item.expected(*row) {
                    Some(expected) => expected.created_as,
                    None if is_followed => self.created_as(*row)?,
                    None => None,
                };
                made.make((FileRow::here(*row), footprint), created_as);
            }
        }
        Ok(made)
    }

    /// Whether anything follows these rows of a work item in its chain, its other rows included: a
    /// resumed run may find only some of its rows completed.
    fn is_followed(&self, item: &WorkItem, rows: &[u32]) -> bool {
        item.rows.len() > rows.len() || self.schedule.has_follower(item)
    }

    /// Returns what a row says of a user whom an earlier part of the run has created.
    fn created_as(&self, row: u32) -> io::Result<Option<CreatedAs>> {
        let mut buffer = RowBuffer::default();
        let change = self.input.reread(row, self.plan.place(row), &mut buffer)?;
        Ok(CreatedAs::of(&change))
    }

    /// Returns the row that has freed the name from which an unsent command removes something. With
    /// `--verify-deletes`, the server is asked instead.
    pub(super) fn freed_before(&self, prepared: &ReadyCommand) -> Option<Freed> {
        let ReadyCommand { item, command, .. } = prepared;
        let is_first = item.sent == 0 && !item.was_uncertain && !self.policy.verify_deletes;
        self.freed_name(item, &command.root).filter(|_| is_first && only_takes_away(prepared))
    }

    /// Completes the rows of a command that have nothing to remove, without sending it.
    pub(super) fn leave_freed_name(&mut self, prepared: ReadyCommand, freed: Freed) {
        self.streak.end();
        let row = self.users_before.row_words(freed.row);
        let after = match freed.by {
            FreedBy::Removal => format!("after the removal in {row}"),
            FreedBy::Rename => format!("after {row}, which renames this user"),
        };
        let no_user = match Mode::of(&self.policy) {
            Mode::Real => format!("not sent: {after}, there is no user"),
            Mode::Test => format!("not sent: in a real run, {after}, there is no user"),
        };
        let Root::User { user, .. } = &prepared.command.root else { return };
        let message = not_there_words(&no_user, user, "", "");
        let reason = Reason { code: NOT_THERE.to_owned(), message };
        self.complete_item(prepared.item, None, OutcomeStatus::Unchanged, &reason);
    }
}

/// Returns the name of the group that a change creates, or the new name that it gives to a group.
fn name_to_make<'c>(change: &'c Change<'_>) -> Option<&'c str> {
    let Change::Group(group) = change else { return None };
    let new = group.update.as_ref().and_then(|update| update.name.as_deref());
    new.or_else(|| group.create.as_ref().map(|_| &*group.group))
}
