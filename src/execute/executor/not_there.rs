//! The outcomes of rows that remove something from a user who does not exist.

use super::Executor;
use crate::change::RowEffect;
use crate::execute::command_facts::{leavers, user_of};
use crate::execute::effect::expected_of;
use crate::execute::input_rows::NOT_THERE;
use crate::execute::outcomes::{OutcomeStatus, Reason};
use crate::execute::reporter::Reporter;
use crate::execute::request::ReadyCommand;
use crate::plan::WorkItem;
use crate::reconcile::{no_active_user_words, not_there_words, perhaps_words};

/// The evidence that nobody has the name from which a row removes something.
#[derive(Debug, Clone, Copy)]
pub(super) enum NobodyBy<'w> {
    /// The server has refused the removal, with this message.
    Refusal(&'w str),
    /// It was known before that no active user has the name. The removal was sent, and confirmed.
    WasKnown,
}

/// The message for a removal if it was known before that no active user has that name.
const NO_ACTIVE_USER: &str = "before the row was sent, there was no active user";

impl<W: Reporter> Executor<'_, W> {
    /// Completes a row that removes something from a user who does not exist.
    pub(super) fn not_there(
        &mut self,
        prepared: ReadyCommand,
        number: Option<u32>,
        by: NobodyBy<'_>,
    ) {
        self.streak.end();
        let who = user_of(&prepared.command);
        let reason = match by {
            NobodyBy::Refusal(words) => self.reason_about(who, words, ""),
            // The account may be disabled, and may have been removed.
            NobodyBy::WasKnown => {
                let (perhaps, more) = (self.perhaps_meant(who), self.sent_anyway());
                not_there_reason(no_active_user_words(NO_ACTIVE_USER, who, &perhaps, more))
            }
        };
        self.complete_item(prepared.item, number, OutcomeStatus::Unchanged, &reason);
    }

    /// Completes the rows of a removal: with `--verify-deletes`, the server has said before it was
    /// sent that the user does not exist.
    pub(super) fn found_nobody(&mut self, prepared: ReadyCommand) {
        self.streak.end();
        let no_user = "checked first (--verify-deletes): there is no active user";
        let reason = self.reason_about(
            user_of(&prepared.command),
            no_user,
            ". Without --verify-deletes the removal is sent, also for a disabled account",
        );
        let leavers = leavers(&prepared.command).unwrap_or_default();
        let rest: Vec<u32> =
            prepared.item.rows.iter().copied().filter(|row| !leavers.contains(row)).collect();
        if rest.is_empty() {
            self.complete_item(prepared.item, None, OutcomeStatus::Unchanged, &reason);
        } else {
            self.complete_rows(&prepared.item, leavers, None, OutcomeStatus::Unchanged, &reason);
            self.schedule.complete_rows(&prepared.item, leavers);
            // For the other rows of the same user, the server decides.
            self.schedule.split(prepared.item, vec![rest]);
        }
    }

    /// Completes a row that has removed names from a group that no user has. If it has done nothing
    /// else, there was nothing to do.
    pub(super) fn nobody_left(&mut self, item: WorkItem, number: Option<u32>, message: String) {
        const NO_USER: &str = "the server has no user";
        /// The most names that are said one by one.
        const MOST_NAMES: usize = 20;
        let names = &item.halfway.nobody;
        let done = expected_of(&item).without_moves_of(item.halfway.done_before);
        if done == RowEffect::NONE && item.rows.len() == 1 {
            let (last, others) = names.split_last().map_or(("", &[][..]), |(a, b)| (a, b));
            let others: String =
                others.iter().map(|name| format!(" `{name}` and no user")).collect();
            let reason = self.reason_about(last, &format!("{NO_USER}{others}"), "");
            self.streak.end();
            return self.complete_item(item, number, OutcomeStatus::Unchanged, &reason);
        }
        let mut reason = Reason { code: String::new(), message };
        for name in names.iter().take(MOST_NAMES) {
            reason.remark(&self.reason_about(name, NO_USER, "").message);
        }
        if names.len() > MOST_NAMES {
            reason.remark(&format!("{NO_USER} of {} of these names", names.len()));
        }
        self.succeed(item, number, reason.message);
    }

    fn reason_about(&self, who: &str, no_user: &str, more: &str) -> Reason {
        not_there_reason(not_there_words(no_user, who, &self.perhaps_meant(who), more))
    }

    /// Returns similar names, in words. Probes of single users do not show them, but a list may.
    fn perhaps_meant(&self, who: &str) -> String {
        let known = self.input.baseline.map(|known| known.perhaps_meant(who)).unwrap_or_default();
        if known.is_empty() { perhaps_words(&self.users.near(who)) } else { known }
    }
}

fn not_there_reason(message: String) -> Reason {
    Reason { code: NOT_THERE.to_owned(), message }
}
