//! The result of a removal if it is unknown whether there was anything to remove. The API also
//! confirms the removal of an unknown user, and a probe after a lost response finds nobody in both
//! cases. A row only states an effect that is known.

use super::Executor;
use crate::change::EffectPart;
use crate::execute::command_result::Mode;
use crate::execute::effect::creates_user;
use crate::execute::reporter::Reporter;
use crate::execute::request::ReadyCommand;
use crate::organization::Organization;
use crate::plan::TracedStep;
use crate::umapi::wire::{Root, WireStep};

/// The end of the message for a confirmed removal if it is unknown whether the user existed.
pub(crate) const PERHAPS_NOBODY: &str =
    "the API also confirms removals of unknown users (--verify-deletes checks first)";

/// The message for a confirmed removal of a user who existed according to a list, a probe or an
/// earlier row.
const KNOWN_TO_BE_THERE: &str = "removal confirmed; the user existed before (the API also \
     confirms removals of unknown users; --verify-deletes checks right before sending)";

impl<W: Reporter> Executor<'_, W> {
    /// Returns the message for a confirmed removal from the organization.
    pub(super) fn removal_words(&self, prepared: &ReadyCommand) -> String {
        match Mode::of(&self.policy) {
            Mode::Test => "the API accepts the removal in test mode, as it also does for unknown \
                 users"
                .to_owned(),
            Mode::Real if self.was_there(prepared) => KNOWN_TO_BE_THERE.to_owned(),
            Mode::Real => format!("removal confirmed; {PERHAPS_NOBODY}"),
        }
    }

    /// Returns the message for a command without a clear response whose effect a probe has shown.
    /// If there may have been nothing to remove, the rows state no removal.
    pub(super) fn words_of_a_seen_effect(&self, prepared: &mut ReadyCommand, why: &str) -> String {
        if let Some(list) = self
            .absent_before(&prepared.item, &prepared.probe)
            .filter(|_| !prepared.item.seen_absent)
        {
            return format!(
                "no clear response ({why}), but the user is there, and was not in {}",
                list.as_of()
            );
        }
        let Some(what) = removed(prepared).filter(|_| !self.was_there(prepared)) else {
            return format!("no clear response ({why}), but a probe shows that it is done");
        };
        for expected in &mut prepared.item.expected {
            expected.effect = expected
                .effect
                .without(EffectPart::Removed)
                .without(EffectPart::AccountDeleted)
                .without(EffectPart::GroupDeleted);
        }
        format!(
            "no clear response ({why}); a probe shows that there is no {what} now. umbulk does not \
             know whether this row removed it or it did not exist before"
        )
    }

    /// Returns why a removal is sent although no active user has that name.
    pub(super) fn sent_anyway(&self) -> &'static str {
        match Mode::of(&self.policy) {
            Mode::Real => {
                ". The removal was sent anyway, in case the account is disabled: the API \
                 does not show disabled accounts"
            }
            Mode::Test => {
                ". A real run would send the removal anyway, in case the account is \
                 disabled: the API does not show disabled accounts"
            }
        }
    }

    /// Whether it is known that the user to remove, or the group to delete, existed when the
    /// command was sent.
    fn was_there(&self, ReadyCommand { item, command, .. }: &ReadyCommand) -> bool {
        let is_known_before = match &command.root {
            Root::User { user, domain, .. } => {
                let has = |list: &Organization| {
                    command.root.user_ref().is_some_and(|user| list.user(user).is_some())
                };
                let list = match self.input.baseline {
                    Some(known) => Some(&*known.organization),
                    None => self.users.list(),
                };
                !self.may_have_changed(item, &[(user, domain.as_deref())]) && list.is_some_and(has)
            }
            // A row that names a group which a check has found missing is not sent.
            Root::Group { usergroup } => {
                self.policy.check_groups
                    && self.input.presence.is_none_or(|presence| !presence.is_unchecked(usergroup))
            }
        };
        // An earlier row may have removed the user.
        item.present
            || item.made.has(self.plan.footprint(item.first()))
            || creates_user(&command.steps)
            || (is_known_before && !item.follows)
    }
}

/// Returns the user or group that a command removes, in words; `None` if it removes none.
fn removed(ReadyCommand { command, .. }: &ReadyCommand) -> Option<String> {
    let is = |wanted: fn(&WireStep) -> bool| {
        command.steps.iter().any(|TracedStep { step, .. }| wanted(step))
    };
    match &command.root {
        Root::User { user, .. } => is(|step| matches!(step, WireStep::RemoveFromOrg { .. }))
            .then(|| format!("active user `{user}`")),
        Root::Group { usergroup } => is(|step| matches!(step, WireStep::DeleteUserGroup {}))
            .then(|| format!("group `{usergroup}`")),
    }
}
