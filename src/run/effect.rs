//! What is done when a row has not come to its end: the steps before the one that was refused. Pure.

use super::verdict::{Mode, Refusal};
use crate::change::{Change, Deed, Effect, Memberships};
use crate::plan::{Job, Traced};
use crate::umapi::wire::{Members, Removal, Step};
use std::borrow::Cow;
use std::collections::HashSet;

/// What is known of the steps before the one that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// There is none, or none was carried out.
    Nothing,
    /// They are carried out, for steps are carried out in order.
    Done(Effect),
    /// The server does not say which step it refuses.
    Unknown,
}

/// What came before the step that was refused. `expected` says, as far as a list tells, whether a create step makes or meets somebody.
pub(super) fn before_the_failing_step(steps: &[Traced], refusal: &Refusal, expected: Effect) -> Before {
    let is_checked_first = refused_when_checked(refusal);
    match carried_out(steps, refusal) {
        [] if refusal.step.is_none() && !is_checked_first && steps.len() > 1 => Before::Unknown,
        [] => Before::Nothing,
        done => Before::Done(of_steps(done, expected)),
    }
}

/// Returns the steps that ran before the one that was refused, as far as the server says which one that is.
pub(super) fn carried_out<'s>(steps: &'s [Traced], refusal: &Refusal) -> &'s [Traced] {
    let refused = refusal.step.filter(|_| !refused_when_checked(refusal)).unwrap_or(0);
    &steps[..refused.min(steps.len())]
}

/// A command that is refused when it is checked runs no step (Adobe's documentation, ErrorRef: `error.command.…`).
fn refused_when_checked(refusal: &Refusal) -> bool {
    refusal.code.starts_with("error.command.")
}

/// What steps do, where all of them are carried out.
pub(super) fn of_steps(steps: &[Traced], expected: Effect) -> Effect {
    let created =
        |deeds: [Deed; 3]| deeds.into_iter().find(|deed| expected.has(*deed)).map_or(Effect::NONE, |deed| Effect::NONE.with(deed));
    let members = |members: &Members| members.group.len() + members.user.len();
    steps.iter().fold(Effect::NONE, |effect, traced| {
        effect.and(match &traced.step {
            Step::AddAdobeId(_) | Step::CreateEnterpriseId(_) | Step::CreateFederatedId(_) => {
                created([Deed::Created, Deed::Exists, Deed::CreatedOrExists])
            }
            Step::CreateUserGroup(_) => created([Deed::GroupCreated, Deed::GroupExists, Deed::GroupCreatedOrExists]),
            Step::Update(_) => Effect::NONE.with(Deed::Updated),
            Step::UpdateUserGroup(update) if update.name.is_some() => Effect::NONE.with(Deed::GroupRenamed),
            Step::UpdateUserGroup(_) => Effect::NONE.with(Deed::GroupUpdated),
            Step::Add(names) => Effect::NONE.joined(members(names)),
            Step::Remove(Removal::Members(names)) => Effect::NONE.left(members(names)),
            Step::Remove(Removal::All(_)) => Effect::NONE.with(Deed::LeftAll),
            Step::RemoveFromOrg { .. } => Effect::NONE.with(Deed::Removed),
            Step::DeleteUserGroup {} => Effect::NONE.with(Deed::GroupDeleted),
        })
    })
}

/// That the user or group is there now, in words; nothing where no create step was carried out.
pub(super) fn now_exists(done: Effect, mode: Mode) -> &'static str {
    let real = [
        (Deed::Created, "the user now exists, created by this row"),
        (Deed::Exists, "the user exists, as before"),
        (Deed::CreatedOrExists, "the user now exists, created by this row or there before"),
        (Deed::GroupCreated, "the group now exists, created by this row"),
        (Deed::GroupExists, "the group exists, as before"),
        (Deed::GroupCreatedOrExists, "the group now exists, created by this row or there before"),
    ];
    let test = [
        (Deed::Created, "after a real run the user would exist, created by this row"),
        (Deed::Exists, "the user exists"),
        (Deed::CreatedOrExists, "after a real run the user would exist, created by this row or there before"),
        (Deed::GroupCreated, "after a real run the group would exist, created by this row"),
        (Deed::GroupExists, "the group exists"),
        (Deed::GroupCreatedOrExists, "after a real run the group would exist, created by this row or there before"),
    ];
    let words = if mode == Mode::Test { test } else { real };
    words.into_iter().find(|(deed, _)| done.has(*deed)).map_or("", |(_, words)| words)
}

/// What was carried out before a row was refused, or would have been; `steps` says it in words.
pub(super) fn already_done(steps: &str, mode: Mode) -> String {
    match (steps, mode) {
        ("", _) => String::new(),
        (steps, Mode::Real) => format!("already done: {steps}"),
        (steps, Mode::Test) => format!("a real run would have done before: {steps}"),
    }
}

/// Memberships that were so before, in words; nothing where there are none.
pub(super) fn so_before(moves: Effect) -> &'static str {
    match (moves.has_joined(), moves.has_left()) {
        (false, false) => "",
        (true, false) => "some were members already, as the server says",
        (false, true) => "some were no members, as the server says",
        (true, true) => "some were members already, and some were none, as the server says",
    }
}

/// The memberships of each row that an earlier row of the same command names too: they are made, or taken away, once.
pub(super) fn repeated_moves(changes: &[(u32, Change<'_>)]) -> Vec<Effect> {
    let (mut joined, mut left) = (HashSet::new(), HashSet::new());
    let repeated =
        |seen: &mut HashSet<String>, names: &[Cow<'_, str>]| names.iter().filter(|name| !seen.insert(name.to_lowercase())).count();
    let of_row = |change: &Change<'_>| {
        let (adds, removes): (&[_], &[_]) = match change {
            Change::User(user) => match &user.remove {
                Some(Memberships::Named(names)) => (&user.add, names),
                _ => (&user.add, &[]),
            },
            Change::Group(group) => (&group.add_users, &group.remove_users),
        };
        Effect::NONE.joined(repeated(&mut joined, adds)).left(repeated(&mut left, removes))
    };
    changes.iter().map(|(_, change)| change).map(of_row).collect()
}

/// What the first row of a job comes to.
pub(super) fn expected_of(job: &Job) -> Effect {
    job.expected.first().map_or(Effect::NONE, |expected| expected.effect)
}

/// Does a command begin with the creation of a user?
pub(super) fn creates_user(steps: &[Traced]) -> bool {
    let first = steps.first().map(|traced| &traced.step);
    matches!(first, Some(Step::AddAdobeId(_) | Step::CreateEnterpriseId(_) | Step::CreateFederatedId(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::wire::NewUser;

    fn steps() -> Vec<Traced> {
        let create = Step::CreateFederatedId(NewUser::default());
        let add = Step::Add(Members { group: vec!["A".into(), "B".into()], ..Members::default() });
        [create, add.clone(), add].map(|step| Traced { step, rows: vec![0] }).into()
    }

    fn refusal(step: Option<usize>, code: &str) -> Refusal {
        Refusal { step, code: code.to_owned(), message: String::new() }
    }

    #[test]
    fn steps_before_the_refused_one_are_done_and_later_ones_are_not() {
        let expected = Effect::NONE.with(Deed::Created).joined(4);
        let before = |step, code| before_the_failing_step(&steps(), &refusal(step, code), expected);
        let created = Effect::NONE.with(Deed::Created);
        assert_eq!(before(Some(1), "error.group.not_found"), Before::Done(created));
        assert_eq!(before(Some(2), "error.group.not_found"), Before::Done(created.joined(2)));
        assert_eq!(before(Some(0), "error.domain.trust.nonexistent"), Before::Nothing);
        assert_eq!(before(None, "error.group.not_found"), Before::Unknown);
        assert_eq!(before(Some(1), "error.command.malformed"), Before::Nothing);
        assert_eq!(before(None, "error.command.malformed"), Before::Nothing);
        assert_eq!(carried_out(&steps(), &refusal(Some(2), "plc.not_found")).len(), 2);
        assert_eq!(carried_out(&steps(), &refusal(Some(2), "error.command.product.not_found")).len(), 0);
        assert_eq!(carried_out(&steps(), &refusal(Some(9), "plc.not_found")).len(), 3);
        assert_eq!(now_exists(created, Mode::Real), "the user now exists, created by this row");
        assert_eq!(now_exists(created, Mode::Test), "after a real run the user would exist, created by this row");
        assert_eq!(now_exists(Effect::NONE.joined(1), Mode::Real), "");
    }
}
