//! Facts about a command: its user or group, and what its steps do.

use super::command_result::{StepRefusal, named_in};
use super::identity::NOBODY;
pub(super) use super::narrow_rows::users_of;
use super::open_steps::one_by_one;
use super::request::ReadyCommand;
use crate::change::RowEffect;
use crate::plan::sides::Direction;
use crate::plan::{PlannedCommand, RefusedUsers, TracedStep};
use crate::umapi::retry::unknown_user;
use crate::umapi::wire::{Removal, Root, WireStep};

/// Returns the rows whose removal from the organization a command carries out; `None` if there are
/// none.
pub(super) fn leavers(command: &PlannedCommand) -> Option<&[u32]> {
    command
        .steps
        .iter()
        .find(|traced_step| matches!(traced_step.step, WireStep::RemoveFromOrg { .. }))
        .map(|traced_step| traced_step.rows.as_slice())
}

/// Whether a command names its user by an email address, or by a username with its domain.
pub(super) fn names_one_user(command: &PlannedCommand) -> bool {
    matches!(&command.root, Root::User { user, domain, .. } if user.contains('@')
        || domain.is_some())
}

/// Whether a command may give a name to a user: it creates or renames one.
pub(super) fn gives_a_name(command: &PlannedCommand) -> bool {
    command.steps.iter().any(|traced_step| match &traced_step.step {
        WireStep::AddAdobeId(_)
        | WireStep::CreateEnterpriseId(_)
        | WireStep::CreateFederatedId(_) => true,
        WireStep::Update(update) => update.email.is_some() || update.username.is_some(),
        _ => false,
    })
}

/// Whether a command only changes one user who exists already, or adds that user to a group, and
/// neither gives the user a name nor only takes something away. If the user does not exist, nothing
/// that it asks for can hold.
pub(super) fn only_changes_a_user(prepared: &ReadyCommand) -> bool {
    let ReadyCommand { command, parts, more_steps, .. } = prepared;
    let changes = match (&command.root, command.steps.as_slice()) {
        (Root::User { .. }, steps) => {
            let leaves = |step: &WireStep| matches!(step, WireStep::RemoveFromOrg { .. });
            names_one_user(command) && !steps.iter().any(|traced_step| leaves(&traced_step.step))
        }
        (Root::Group { .. }, [TracedStep { step: WireStep::Add(members), .. }]) => {
            matches!(members.user.as_slice(), [user] if user.contains('@'))
                && members.product_configuration.is_empty()
        }
        (Root::Group { .. }, _) => false,
    };
    changes
        && *parts == 1
        && *more_steps == 0
        && !gives_a_name(command)
        && !only_takes_away(prepared)
}

/// Whether a row only removes memberships, or one user from the organization. If that user does not
/// exist, there is nothing to do. The server knows no username without its domain, so such a name
/// proves nothing.
pub(super) fn only_takes_away(
    ReadyCommand { item, command, parts, more_steps, .. }: &ReadyCommand,
) -> bool {
    let takes = |step: &WireStep| match (&command.root, step) {
        (Root::User { .. }, WireStep::Remove(_) | WireStep::RemoveFromOrg { .. }) => true,
        (Root::Group { .. }, WireStep::Remove(Removal::Members(members))) => {
            members.user.len() == 1 && members.product_configuration.is_empty()
        }
        _ => false,
    };
    let is_of_one = match &command.root {
        Root::User { .. } => names_one_user(command),
        Root::Group { .. } => command.steps.len() == 1 && user_of(command).contains('@'),
    };
    is_of_one
        && *parts == 1
        && *more_steps == 0
        && item.halfway.done == RowEffect::NONE
        && command.steps.iter().all(|traced_step| takes(&traced_step.step))
}

/// Whether a row removes something from a name that no active user had before.
pub(super) fn is_about_nobody(prepared: &ReadyCommand) -> bool {
    prepared.item.identity.as_deref() == Some(NOBODY) && only_takes_away(prepared)
}

/// Returns the user of a command, or the user whom it removes from a group.
pub(super) fn user_of(command: &PlannedCommand) -> &str {
    match &command.root {
        Root::User { user, .. } => user,
        Root::Group { usergroup } => {
            let members = command.steps.iter().find_map(|traced_step| match &traced_step.step {
                WireStep::Remove(Removal::Members(members)) => members.user.first(),
                _ => None,
            });
            members.unwrap_or(usergroup)
        }
    }
}

/// Whether a step creates a user or a group.
pub(super) fn creates(step: &WireStep) -> bool {
    matches!(
        step,
        WireStep::AddAdobeId(_)
            | WireStep::CreateEnterpriseId(_)
            | WireStep::CreateFederatedId(_)
            | WireStep::CreateUserGroup(_)
    )
}

/// Whether a step names members or groups.
fn is_list(step: &WireStep) -> bool {
    matches!(step, WireStep::Add(_) | WireStep::Remove(Removal::Members(_)))
}

/// Whether the refused step of a user's row names several groups, so that the others can be sent
/// without the refused one.
pub(super) fn goes_one_by_one(prepared: &ReadyCommand, refusal: &StepRefusal) -> bool {
    let ReadyCommand { item, command, .. } = prepared;
    let Some(step) = refusal.step else { return false };
    matches!(command.root, Root::User { .. })
        && is_list(&command.steps[step].step)
        && (item.halfway.one_by_one || one_by_one(command.steps[step..].to_vec()).len() > 1)
}

/// Returns what it means for a group's row that users of a step in this direction are refused. Whom
/// nobody knows need not be removed.
pub(super) fn how_refused(refusal: &StepRefusal, direction: Direction) -> RefusedUsers {
    match unknown_user(&refusal.code) && direction == Direction::Remove {
        true => RefusedUsers::NobodyToRemove,
        false => RefusedUsers::Refused,
    }
}

/// Returns the users whom the server refuses by name in a step of a group's row, so that the others
/// can be sent without them; none if there are no others.
pub(super) fn refused_users<'c>(prepared: &'c ReadyCommand, refusal: &StepRefusal) -> Vec<&'c str> {
    let ReadyCommand { item, command, parts, .. } = prepared;
    let place = refusal.step.or((command.steps.len() == 1).then_some(0));
    let (Root::Group { .. }, Some(place)) = (&command.root, place) else { return Vec::new() };
    let users = users_of(&command.steps[place].step);
    let named = named_in(&refusal.message, users.iter().map(String::as_str));
    let all = command.steps.iter().map(|traced_step| users_of(&traced_step.step).len()).sum();
    let is_rest = item.halfway.not_sent_again().next().is_some();
    let is_part = *parts > 1 || is_rest || named.len() < all;
    named.into_iter().filter(|_| is_part).map(|place| &*users[place]).collect()
}
