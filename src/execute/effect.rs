//! The effect of a row that is not completed: the steps before the refused one. Pure.

use super::command_result::{Mode, StepRefusal};
use crate::change::{Change, EffectPart, RowEffect};
use crate::plan::{MovedMemberships, TracedStep, WorkItem};
use crate::umapi::wire::{Removal, WireMembers, WireStep};

/// What is known about the steps before the refused one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EarlierSteps {
    /// There are none, or none was carried out.
    Nothing,
    /// They were carried out, because the server carries out steps in order.
    Done(RowEffect),
    /// The server does not say which step it refuses.
    Unknown,
}

/// Returns what is known about the steps before the refused one. `expected` says, as far as a list
/// shows, whether a create step creates or finds a user.
pub(super) fn before_the_failing_step(
    steps: &[TracedStep],
    refusal: &StepRefusal,
    expected: RowEffect,
) -> EarlierSteps {
    let is_checked_first = refused_when_checked(refusal);
    match carried_out(steps, refusal) {
        [] if refusal.step.is_none() && !is_checked_first && steps.len() > 1 => {
            EarlierSteps::Unknown
        }
        [] => EarlierSteps::Nothing,
        done => EarlierSteps::Done(of_steps(done, expected)),
    }
}

/// Returns the steps that were carried out before the refused one, if the server says which one
/// that is.
pub(super) fn carried_out<'s>(steps: &'s [TracedStep], refusal: &StepRefusal) -> &'s [TracedStep] {
    let refused = refusal.step.filter(|_| !refused_when_checked(refusal)).unwrap_or(0);
    &steps[..refused.min(steps.len())]
}

/// Whether the server refused a command when it checked it. Then no step was carried out (Adobe's
/// documentation, ErrorRef: `error.command.…`).
fn refused_when_checked(refusal: &StepRefusal) -> bool {
    refusal.code.starts_with("error.command.")
}

/// Returns the effect of steps that are all carried out.
pub(super) fn of_steps(steps: &[TracedStep], expected: RowEffect) -> RowEffect {
    let created = |parts: [EffectPart; 3]| {
        parts
            .into_iter()
            .find(|part| expected.has(*part))
            .map_or(RowEffect::NONE, |part| RowEffect::NONE.with(part))
    };
    let members = |members: &WireMembers| members.group.len() + members.user.len();
    steps.iter().fold(RowEffect::NONE, |effect, traced_step| {
        effect.and(match &traced_step.step {
            WireStep::AddAdobeId(_)
            | WireStep::CreateEnterpriseId(_)
            | WireStep::CreateFederatedId(_) => {
                created([EffectPart::Created, EffectPart::Exists, EffectPart::CreatedOrExists])
            }
            WireStep::CreateUserGroup(_) => created([
                EffectPart::GroupCreated,
                EffectPart::GroupExists,
                EffectPart::GroupCreatedOrExists,
            ]),
            WireStep::Update(_) => RowEffect::NONE.with(EffectPart::Updated),
            WireStep::UpdateUserGroup(update) if update.name.is_some() => {
                RowEffect::NONE.with(EffectPart::GroupRenamed)
            }
            WireStep::UpdateUserGroup(_) => RowEffect::NONE.with(EffectPart::GroupUpdated),
            WireStep::Add(names) => RowEffect::NONE.joined(members(names)),
            WireStep::Remove(Removal::Members(names)) => RowEffect::NONE.left(members(names)),
            WireStep::Remove(Removal::All(_)) => RowEffect::NONE.with(EffectPart::LeftAll),
            WireStep::RemoveFromOrg { .. } => RowEffect::NONE.with(EffectPart::Removed),
            WireStep::DeleteUserGroup {} => RowEffect::NONE.with(EffectPart::GroupDeleted),
        })
    })
}

/// Returns a text that says that the user or group exists now; empty if no create step was carried
/// out.
pub(super) fn now_exists(done: RowEffect, mode: Mode) -> &'static str {
    let real = [
        (EffectPart::Created, "the user now exists, created by this row"),
        (EffectPart::Exists, "the user exists, as before"),
        (EffectPart::CreatedOrExists, "the user now exists, created by this row or there before"),
        (EffectPart::GroupCreated, "the group now exists, created by this row"),
        (EffectPart::GroupExists, "the group exists, as before"),
        (
            EffectPart::GroupCreatedOrExists,
            "the group now exists, created by this row or there before",
        ),
    ];
    let test = [
        (EffectPart::Created, "after a real run the user would exist, created by this row"),
        (EffectPart::Exists, "the user exists"),
        (
            EffectPart::CreatedOrExists,
            "after a real run the user would exist, created by this row or there before",
        ),
        (EffectPart::GroupCreated, "after a real run the group would exist, created by this row"),
        (EffectPart::GroupExists, "the group exists"),
        (
            EffectPart::GroupCreatedOrExists,
            "after a real run the group would exist, created by this row or there before",
        ),
    ];
    let words = if mode == Mode::Test { test } else { real };
    words.into_iter().find(|(part, _)| done.has(*part)).map_or("", |(_, words)| words)
}

/// Returns a text that says what was carried out before a row was refused, or would have been.
/// `steps` describes it.
pub(super) fn already_done(steps: &str, mode: Mode) -> String {
    match (steps, mode) {
        ("", _) => String::new(),
        (steps, Mode::Real) => format!("already done: {steps}"),
        (steps, Mode::Test) => format!("a real run would have done before: {steps}"),
    }
}

/// Describes memberships that existed before; empty if there are none.
pub(super) fn so_before(moves: RowEffect) -> &'static str {
    match (moves.has_joined(), moves.has_left()) {
        (false, false) => "",
        (true, false) => "some were members already, as the server says",
        (false, true) => "some were no members, as the server says",
        (true, true) => "some were members already, and some were none, as the server says",
    }
}

/// Returns the memberships of each row of a command that an earlier row of it, or of the commands
/// before it, also changes. They are changed once. `moved` holds those of the commands before, and
/// afterwards also those of this one.
pub(super) fn repeated_moves(
    changes: &[(u32, Change<'_>)],
    moved: &mut MovedMemberships,
) -> Vec<RowEffect> {
    let of_row = |(_, change): &(u32, Change<'_>)| {
        let repeated = moved.repeated_in(change);
        moved.take(change);
        repeated
    };
    changes.iter().map(of_row).collect()
}

/// Returns the expected effect of the first row of a work item.
pub(super) fn expected_of(item: &WorkItem) -> RowEffect {
    item.expected.first().map_or(RowEffect::NONE, |expected| expected.effect)
}

/// Whether a command begins with the creation of a user.
pub(super) fn creates_user(steps: &[TracedStep]) -> bool {
    let first = steps.first().map(|traced_step| &traced_step.step);
    matches!(
        first,
        Some(
            WireStep::AddAdobeId(_)
                | WireStep::CreateEnterpriseId(_)
                | WireStep::CreateFederatedId(_)
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::wire::NewUser;

    fn steps() -> Vec<TracedStep> {
        let create = WireStep::CreateFederatedId(NewUser::default());
        let add = WireStep::Add(WireMembers {
            group: vec!["A".into(), "B".into()],
            ..WireMembers::default()
        });
        [create, add.clone(), add].map(|step| TracedStep { step, rows: vec![0] }).into()
    }

    fn refusal(step: Option<usize>, code: &str) -> StepRefusal {
        StepRefusal { step, code: code.to_owned(), message: String::new() }
    }

    #[test]
    fn steps_before_the_refused_one_are_done_and_later_ones_are_not() {
        let expected = RowEffect::NONE.with(EffectPart::Created).joined(4);
        let before = |step, code| before_the_failing_step(&steps(), &refusal(step, code), expected);
        let created = RowEffect::NONE.with(EffectPart::Created);
        assert_eq!(before(Some(1), "error.group.not_found"), EarlierSteps::Done(created));
        assert_eq!(before(Some(2), "error.group.not_found"), EarlierSteps::Done(created.joined(2)));
        assert_eq!(before(Some(0), "error.domain.trust.nonexistent"), EarlierSteps::Nothing);
        assert_eq!(before(None, "error.group.not_found"), EarlierSteps::Unknown);
        assert_eq!(before(Some(1), "error.command.malformed"), EarlierSteps::Nothing);
        assert_eq!(before(None, "error.command.malformed"), EarlierSteps::Nothing);
        assert_eq!(carried_out(&steps(), &refusal(Some(2), "plc.not_found")).len(), 2);
        assert_eq!(
            carried_out(&steps(), &refusal(Some(2), "error.command.product.not_found")).len(),
            0
        );
        assert_eq!(carried_out(&steps(), &refusal(Some(9), "plc.not_found")).len(), 3);
        assert_eq!(now_exists(created, Mode::Real), "the user now exists, created by this row");
        assert_eq!(
            now_exists(created, Mode::Test),
            "after a real run the user would exist, created by this row"
        );
        assert_eq!(now_exists(RowEffect::NONE.joined(1), Mode::Real), "");
    }
}
