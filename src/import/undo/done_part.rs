//! What of a row was done, by its outcome. Pure.
//!
//! A row that failed may have been carried out in part. Its effect says which parts those are; of
//! memberships it says only their number.

use crate::change::{Change, EffectPart, GroupChange, Memberships, RowEffect, UserChange};
use crate::execute::NOT_ALL_DONE;
use crate::journal::{Outcome, OutcomeStatus};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The outcome of a row, as far as an undo needs it. In a record it is text: the status and the
/// effect, with a space between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct DoneOutcome {
    pub(crate) status: OutcomeStatus,
    pub(crate) effect: RowEffect,
}

impl DoneOutcome {
    /// That of a row that has nothing to do.
    pub(crate) const NOTHING: Self = Self { status: OutcomeStatus::Ok, effect: RowEffect::NONE };

    /// Returns what an undo needs of an outcome. A row that failed, and that was perhaps carried
    /// out in part, is as good as unknown.
    pub(crate) fn of(outcome: &Outcome) -> Self {
        let is_unclear = outcome.status == OutcomeStatus::Failed
            && outcome.reason.message.contains(NOT_ALL_DONE);
        let status = if is_unclear { OutcomeStatus::Unknown } else { outcome.status };
        Self { status, effect: outcome.effect }
    }

    /// Whether the row has changed something, or may have.
    pub(crate) fn has_changed(self) -> bool {
        match self.status {
            OutcomeStatus::Ok | OutcomeStatus::Unknown => true,
            _ => self.effect.only_differences() != self.effect,
        }
    }
}

impl From<DoneOutcome> for String {
    fn from(DoneOutcome { status, effect }: DoneOutcome) -> Self {
        format!("{} {effect}", status.name())
    }
}

/// A text that is no outcome.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no outcome of a row")]
pub(crate) struct NoOutcomeError(String);

impl TryFrom<String> for DoneOutcome {
    type Error = NoOutcomeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (name, effect) = text.split_once(' ').unwrap_or((&text, ""));
        let status = OutcomeStatus::ALL.into_iter().find(|status| status.name() == name);
        match (status, effect.parse()) {
            (Some(status), Ok(effect)) => Ok(Self { status, effect }),
            _ => Err(NoOutcomeError(text)),
        }
    }
}

/// Groups of which a number was added to a user or removed from one, and it is not known which
/// ones; empty if that is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct SomeGroups {
    pub(crate) groups: Vec<String>,
    pub(crate) number: usize,
}

/// The part of a row that was done.
pub(crate) struct DonePart<'c> {
    pub(crate) change: Change<'c>,
    pub(crate) some_joined: SomeGroups,
    pub(crate) some_left: SomeGroups,
    /// Whether further memberships were changed, and it is not known which ones.
    pub(crate) has_unclear_moves: bool,
}

impl<'c> DonePart<'c> {
    /// Returns what was done of a change. A row without a known outcome counts as done.
    pub(crate) fn of(change: &Change<'c>, outcome: DoneOutcome) -> Self {
        if outcome.status != OutcomeStatus::Failed {
            let (some_joined, some_left) = <(SomeGroups, SomeGroups)>::default();
            let change = change.clone();
            return Self { change, some_joined, some_left, has_unclear_moves: false };
        }
        match change {
            Change::User(user) => part_of_user(user, outcome.effect),
            Change::Group(group) => part_of_group(group, outcome.effect),
        }
    }
}

fn has_any(effect: RowEffect, parts: &[EffectPart]) -> bool {
    parts.iter().any(|part| effect.has(*part))
}

/// Returns the names if all of them were moved, and whether some were.
fn moved<T: Clone>(names: &[T], number: u16) -> (Vec<T>, bool) {
    match usize::from(number) {
        number if number == names.len() => (names.to_vec(), false),
        number => (Vec::new(), number > 0),
    }
}

/// Returns the groups if all of them were moved; otherwise all of them with the number of those
/// that were.
fn moved_groups<'c>(names: &[Cow<'c, str>], number: u16) -> (Vec<Cow<'c, str>>, SomeGroups) {
    let (moved, is_unclear) = moved(names, number);
    let some = is_unclear.then(|| SomeGroups {
        groups: names.iter().map(ToString::to_string).collect(),
        number: number.into(),
    });
    (moved, some.unwrap_or_default())
}

fn part_of_user<'c>(user: &UserChange<'c>, effect: RowEffect) -> DonePart<'c> {
    use EffectPart::{AccountDeleted, Created, CreatedOrExists, Exists, LeftAll, Removed, Updated};
    let (joined, left) = effect.moves();
    let (add, some_joined) = moved_groups(&user.add, joined);
    let mut some_left = SomeGroups::default();
    let (remove, has_unclear_moves) = match &user.remove {
        None => (None, false),
        Some(Memberships::All) => {
            (effect.has(LeftAll).then_some(Memberships::All), !effect.has(LeftAll) && left > 0)
        }
        Some(Memberships::Named(names)) => {
            let (names, some) = moved_groups(names, left);
            some_left = some;
            ((!names.is_empty()).then_some(Memberships::Named(names)), false)
        }
    };
    let part = UserChange {
        create: user
            .create
            .clone()
            .filter(|_| has_any(effect, &[Created, CreatedOrExists, Exists])),
        update: user.update.clone().filter(|_| effect.has(Updated)),
        leave: user.leave.filter(|_| has_any(effect, &[Removed, AccountDeleted])),
        add,
        remove,
        ..user.clone()
    };
    DonePart { change: Change::User(part), some_joined, some_left, has_unclear_moves }
}

fn part_of_group<'c>(group: &GroupChange<'c>, effect: RowEffect) -> DonePart<'c> {
    use EffectPart::{
        GroupCreated, GroupCreatedOrExists, GroupDeleted, GroupExists, GroupRenamed, GroupUpdated,
        ProfilesAdded, ProfilesRemoved,
    };
    let (joined, left) = effect.moves();
    let (add_users, has_unclear_joins) = moved(&group.add_users, joined);
    let (remove_users, has_unclear_parts) = moved(&group.remove_users, left);
    let only = |names: &[Cow<'c, str>], part| match effect.has(part) {
        true => names.to_vec(),
        false => Vec::new(),
    };
    let is_made = has_any(effect, &[GroupCreated, GroupCreatedOrExists, GroupExists]);
    let is_updated = has_any(effect, &[GroupRenamed, GroupUpdated]);
    let part = GroupChange {
        create: group.create.clone().filter(|_| is_made),
        update: group.update.clone().filter(|_| is_updated),
        delete: group.delete && effect.has(GroupDeleted),
        add_profiles: only(&group.add_profiles, ProfilesAdded),
        remove_profiles: only(&group.remove_profiles, ProfilesRemoved),
        add_users,
        remove_users,
        ..group.clone()
    };
    DonePart {
        change: Change::Group(part),
        some_joined: SomeGroups::default(),
        some_left: SomeGroups::default(),
        has_unclear_moves: has_unclear_joins || has_unclear_parts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Reason;

    #[test]
    fn only_what_the_effect_says_was_done_of_a_row_that_failed() {
        let change = Change::User(UserChange {
            user: "ann@example.com".into(),
            add: vec!["A".into(), "B".into()],
            remove: Some(Memberships::Named(vec!["C".into(), "D".into()])),
            ..UserChange::default()
        });
        let part = |effect: &str, status| {
            let effect = effect.parse().unwrap();
            let part = DonePart::of(&change, DoneOutcome { status, effect });
            let Change::User(user) = part.change else { unreachable!() };
            assert!(!part.has_unclear_moves);
            let some = (part.some_joined.number, part.some_left.number);
            (user.add.len(), user.remove.is_some(), some)
        };
        assert_eq!(part("joined:2+left:2", OutcomeStatus::Ok), (2, true, (0, 0)));
        assert_eq!(part("joined:2", OutcomeStatus::Failed), (2, false, (0, 0)));
        assert_eq!(part("joined:1+left:2", OutcomeStatus::Failed), (0, true, (1, 0)));
        assert_eq!(part("left:1", OutcomeStatus::Failed), (0, false, (0, 1)));
    }

    #[test]
    fn outcomes_are_recorded_as_text() {
        for (status, effect, text) in [
            (OutcomeStatus::Failed, "created+joined:1", "failed created+joined:1"),
            (OutcomeStatus::NotSent, "none", "not_sent none"),
        ] {
            let outcome = DoneOutcome { status, effect: effect.parse().unwrap() };
            assert_eq!(String::from(outcome), text);
            assert_eq!(DoneOutcome::try_from(text.to_owned()).unwrap(), outcome);
        }
        for text in ["", "ok", "fine none", "failed nothing"] {
            assert!(DoneOutcome::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn row_of_which_a_part_may_have_been_done_counts_as_unknown() {
        for (message, status) in [
            ("a probe shows that not all of it was done", OutcomeStatus::Unknown),
            ("a probe shows that it was not done", OutcomeStatus::Failed),
        ] {
            let message = message.to_owned();
            let outcome = Outcome {
                status: OutcomeStatus::Failed,
                reason: Reason { code: "error.no_answer".to_owned(), message },
                effect: RowEffect::NONE,
                attempts: 3,
                request: None,
                finished_at: None,
            };
            assert_eq!(DoneOutcome::of(&outcome).status, status);
        }
    }
}
