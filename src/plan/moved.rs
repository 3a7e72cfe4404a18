//! Which memberships earlier rows of a chain have changed. A later row that names them again
//! changes nothing.

use super::key::Key;
use crate::change::{Change, Memberships, RowEffect, UpdateUser};
use std::borrow::Cow;
use std::collections::HashMap;

/// The memberships that earlier rows have added or removed: of a user by group, of a group by user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct MovedMemberships(HashMap<MembershipKey, Moved>);

/// A membership of a chain: by its group or user, and whether it is that of an Adobe ID, which is a
/// different account from the one with the same email.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct MembershipKey {
    of: Key,
    is_adobe: bool,
}

/// How a membership was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moved {
    Given,
    TakenAway,
}

/// The names that a row adds and those that it removes.
struct Moves<'c> {
    added: &'c [Cow<'c, str>],
    removed: &'c [Cow<'c, str>],
    /// Whether it removes everything.
    removes_all: bool,
    /// Whether the names are those of users.
    of_group: bool,
    /// Whether the names are those of groups of an Adobe ID.
    is_adobe: bool,
}

impl MovedMemberships {
    /// Whether no row has changed a membership.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets the groups of these names, which may be different groups by now.
    pub(crate) fn forget_groups(&mut self, names: impl Iterator<Item = Key>) {
        for of in names {
            for is_adobe in [false, true] {
                self.0.remove(&MembershipKey { of, is_adobe });
            }
        }
    }

    /// Returns how many memberships of a change earlier rows have changed in the same way.
    pub(crate) fn repeated_in(&self, change: &Change<'_>) -> RowEffect {
        let moves = Moves::of(change);
        let repeated = |names: &[Cow<'_, str>], moved: Moved| {
            names.iter().filter(|name| self.0.get(&moves.key(name)) == Some(&moved)).count()
        };
        RowEffect::NONE
            .joined(repeated(moves.added, Moved::Given))
            .left(repeated(moves.removed, Moved::TakenAway))
    }

    /// Whether earlier rows have changed all memberships of a change in the same way.
    pub(crate) fn repeats_all_in(&self, change: &Change<'_>) -> bool {
        let Moves { added, removed, .. } = Moves::of(change);
        self.repeated_in(change) == RowEffect::NONE.joined(added.len()).left(removed.len())
    }

    /// Records that the row of a group has changed the membership of a user.
    pub(crate) fn take_group(&mut self, group: &str, moved: Moved) {
        self.0.insert(MembershipKey { of: Key::group(group), is_adobe: false }, moved);
    }

    /// Returns those of the memberships that are about these users.
    pub(crate) fn of_users(&self, users: &[Key]) -> Self {
        if self.is_empty() {
            return Self::default();
        }
        let keys = users.iter().map(|of| MembershipKey { of: *of, is_adobe: false });
        Self(keys.filter_map(|key| Some((key, *self.0.get(&key)?))).collect())
    }

    /// Takes what is known about the memberships of these users from another record.
    pub(crate) fn replace_of_users(&mut self, users: &[Key], other: &Self) {
        for of in users {
            self.0.remove(&MembershipKey { of: *of, is_adobe: false });
        }
        self.0.extend(other.of_users(users).0);
    }

    /// Forgets the memberships of these users.
    pub(crate) fn forget_users(&mut self, users: &[Key]) {
        self.replace_of_users(users, &Self::default());
    }

    /// Adds what other rows of the same chain have changed, about other memberships.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Records a completed row with this change. After a rename nothing is known: a row with the
    /// old name is about another user.
    pub(crate) fn take(&mut self, change: &Change<'_>) {
        if renames(change) {
            return self.0.clear();
        }
        let moves = Moves::of(change);
        if moves.removes_all {
            self.0.retain(|membership, _| membership.is_adobe != moves.is_adobe);
        }
        self.0.extend(moves.removed.iter().map(|name| (moves.key(name), Moved::TakenAway)));
        self.0.extend(moves.added.iter().map(|name| (moves.key(name), Moved::Given)));
    }

    /// Forgets the memberships in a change whose result is unknown.
    pub(crate) fn forget(&mut self, change: &Change<'_>) {
        if renames(change) {
            return self.0.clear();
        }
        let moves = Moves::of(change);
        if moves.removes_all {
            self.0.retain(|membership, _| membership.is_adobe != moves.is_adobe);
        }
        for name in moves.added.iter().chain(moves.removed) {
            self.0.remove(&moves.key(name));
        }
    }
}

/// Whether a change gives a new name to a user or a group.
fn renames(change: &Change<'_>) -> bool {
    match change {
        Change::User(user) => user.update.as_ref().is_some_and(UpdateUser::renames),
        Change::Group(group) => group.update.as_ref().is_some_and(|update| update.name.is_some()),
    }
}

impl<'c> Moves<'c> {
    fn of(change: &'c Change<'_>) -> Self {
        match change {
            Change::User(user) => {
                let removed: &[_] = match &user.remove {
                    Some(Memberships::Named(names)) => names,
                    _ => &[],
                };
                let removes_all = user.remove == Some(Memberships::All) || user.leave.is_some();
                Self {
                    added: &user.add,
                    removed,
                    removes_all,
                    of_group: false,
                    is_adobe: user.adobe_id,
                }
            }
            Change::Group(group) => {
                let (added, removed) = (&group.add_users, &group.remove_users);
                Self { added, removed, removes_all: group.delete, of_group: true, is_adobe: false }
            }
        }
    }

    fn key(&self, name: &str) -> MembershipKey {
        let of = if self.of_group { Key::user(name, None) } else { Key::group(name) };
        MembershipKey { of, is_adobe: self.is_adobe }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::UserChange;

    fn moves<'a>(add: &[&'a str], remove: &[&'a str]) -> Change<'a> {
        let names = |names: &[&'a str]| names.iter().map(|name| Cow::Borrowed(*name)).collect();
        Change::User(UserChange {
            user: "a@x.com".into(),
            add: names(add),
            remove: (!remove.is_empty()).then(|| Memberships::Named(names(remove))),
            ..UserChange::default()
        })
    }

    #[test]
    fn membership_that_an_earlier_row_has_changed_is_repeated() {
        let mut moved = MovedMemberships::default();
        moved.take(&moves(&["G"], &["H"]));
        let repeated = |moved: &MovedMemberships, add: &[&'static str], remove: &[&'static str]| {
            moved.repeated_in(&moves(add, remove))
        };
        let both = RowEffect::NONE.joined(1).left(1);
        assert_eq!(repeated(&moved, &["g", "K"], &["h", "L"]), both);
        let repeats_all = |add: &[&'static str]| moved.repeats_all_in(&moves(add, &["h"]));
        assert!(repeats_all(&["g"]) && repeats_all(&[]) && !repeats_all(&["g", "K"]));
        assert_eq!(repeated(&moved, &["H"], &["G"]), RowEffect::NONE, "the other way round");
        moved.take(&moves(&["H"], &[]));
        assert_eq!(repeated(&moved, &["H"], &["H"]), RowEffect::NONE.joined(1));
        moved.forget(&moves(&["G"], &[]));
        assert_eq!(repeated(&moved, &["G"], &[]), RowEffect::NONE);
        moved.forget_groups([Key::group("h")].into_iter());
        assert_eq!(repeated(&moved, &["H"], &[]), RowEffect::NONE, "it may be another group");
    }

    /// Both accounts with one email may join a group.
    #[test]
    fn membership_of_an_adobe_id_is_another_one() {
        let mut moved = MovedMemberships::default();
        moved.take(&moves(&["G"], &[]));
        let Change::User(user) = moves(&["G"], &[]) else { panic!() };
        let of_adobe_id = Change::User(UserChange { adobe_id: true, ..user });
        assert_eq!(moved.repeated_in(&of_adobe_id), RowEffect::NONE);
        moved.take(&of_adobe_id);
        assert_eq!(moved.repeated_in(&of_adobe_id), RowEffect::NONE.joined(1));
    }

    #[test]
    fn nothing_is_repeated_behind_a_row_that_takes_everything_away() {
        let mut moved = MovedMemberships::default();
        moved.take(&moves(&["G"], &[]));
        let all = Some(Memberships::All);
        moved.take(&Change::User(UserChange { remove: all, ..UserChange::default() }));
        assert!(moved.is_empty());
    }

    /// A later row may create a user with the old name, or mean the same user by the new one.
    #[test]
    fn nothing_is_repeated_behind_a_rename() {
        let Change::User(user) = moves(&["G"], &[]) else { panic!() };
        let update = Some(UpdateUser { email: Some("b@x.com".into()), ..UpdateUser::default() });
        let rename = Change::User(UserChange { update, ..user });
        let mut moved = MovedMemberships::default();
        moved.take(&moves(&["G"], &[]));
        assert_eq!(moved.repeated_in(&rename), RowEffect::NONE.joined(1), "it is the same user");
        let before = moved.clone();
        moved.take(&rename);
        assert!(moved.is_empty());
        moved = before;
        moved.forget(&rename);
        assert!(moved.is_empty());
    }

    #[test]
    fn row_of_a_group_changes_the_membership_of_its_member() {
        let mut moved = MovedMemberships::default();
        moved.take_group("G", Moved::Given);
        assert!(!moved.is_empty());
        assert_eq!(moved.repeated_in(&moves(&["g"], &[])), RowEffect::NONE.joined(1));
        moved.take_group("G", Moved::TakenAway);
        assert_eq!(moved.repeated_in(&moves(&["g"], &["g"])), RowEffect::NONE.left(1));
    }

    /// Whether an unclear row has taken everything from one account, the other account keeps what
    /// is known of it.
    #[test]
    fn unclear_removal_of_everything_leaves_the_other_account_known() {
        let Change::User(user) = moves(&["G"], &[]) else { panic!() };
        let adobe = Change::User(UserChange { adobe_id: true, ..user });
        let mut moved = MovedMemberships::default();
        moved.take(&moves(&["G"], &[]));
        moved.take(&adobe);
        let all = Some(Memberships::All);
        moved.forget(&Change::User(UserChange { remove: all, ..UserChange::default() }));
        assert_eq!(moved.repeated_in(&moves(&["G"], &[])), RowEffect::NONE);
        assert_eq!(moved.repeated_in(&adobe), RowEffect::NONE.joined(1));
    }
}
