//! Removals of a name that this run itself has freed: nobody goes by it any more, and so nothing is
//! sent. The user would be counted as removed twice, or somebody as removed who has another name.

use super::command_result::Mode;
use super::executor::{Executor, Reporter};
use super::input_rows::NOT_THERE;
use super::outcomes::{OutcomeStatus, Reason};
use super::request::ReadyCommand;
use super::responses::only_takes_away;
use crate::change::EffectPart;
use crate::organization::not_there_words;
use crate::plan::{Freed, FreedBy, RowEnd, WorkItem};
use crate::table::RowBuffer;
use crate::umapi::wire::Root;
use std::io;

impl<W: Reporter> Executor<'_, W> {
    /// Learns from the outcomes of these rows of a work item which names of its chain are free.
    ///
    /// # Errors
    /// When a row cannot be read again.
    pub(super) fn note_freed_names(&self, item: &mut WorkItem, rows: &[u32]) -> io::Result<()> {
        if !self.schedule.has_follower(item) {
            return Ok(());
        }
        for row in rows {
            let footprint = self.plan.footprint(*row);
            let may_take = footprint.creates() && !item.freed.is_empty();
            if !footprint.frees_name() && !may_take {
                continue;
            }
            let Some((status, effect, _)) = self.outcomes.known(*row) else { continue };
            let is_renamed = effect.has(EffectPart::Updated);
            let end = match status {
                OutcomeStatus::Ok => RowEnd::Done,
                OutcomeStatus::Unchanged if footprint.leaves() => RowEnd::Done,
                _ if is_renamed && !footprint.leaves() => RowEnd::Done,
                _ => RowEnd::Other,
            };
            let mut buffer = RowBuffer::default();
            let change = self.input.reread(self.plan.place(*row), &mut buffer)?;
            item.freed.take(*row, &change, &item.statement, end);
        }
        Ok(())
    }

    /// The row that has freed the name from which a command, which was not sent before, takes
    /// something away. With `--verify-deletes` the server is asked instead.
    pub(super) fn freed_before(&self, prepared: &ReadyCommand) -> Option<Freed> {
        let ReadyCommand { item, command, .. } = prepared;
        let Root::User { user, domain, use_adobe_id } = &command.root else { return None };
        let is_first = item.sent == 0 && !item.was_uncertain && !self.policy.verify_deletes;
        item.freed
            .of(user, domain.as_deref(), *use_adobe_id)
            .filter(|_| is_first && only_takes_away(prepared))
    }

    /// The rows of this command have nothing to take away, and nothing is sent.
    pub(super) fn leave_freed_name(&mut self, prepared: ReadyCommand, freed: Freed) {
        self.streak.1 = 0;
        let does = match freed.by {
            FreedBy::Removal => "removes",
            FreedBy::Rename => "renames",
        };
        let row = freed.row + 1;
        let no_user = match Mode::of(&self.policy) {
            Mode::Real => {
                format!("not sent: after row {row}, which {does} this user, there is no user")
            }
            Mode::Test => format!(
                "not sent: in a real run, after row {row}, which {does} this user, there is no user"
            ),
        };
        let Root::User { user, .. } = &prepared.command.root else { return };
        let message = not_there_words(&no_user, user, "", "");
        let note = Reason { code: NOT_THERE.to_owned(), message };
        self.complete_item(prepared.item, None, OutcomeStatus::Unchanged, &note);
    }
}
