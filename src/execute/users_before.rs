//! What earlier files of a command, and earlier rows of this one, have done to users whom several
//! files name: which users are created already, and which names are free.

use super::after_row::{is_there_after, row_end};
use super::outcomes::OutcomeStatus;
use crate::change::{Change, RowEffect};
use crate::plan::{
    CreatedAs, FileRow, Freed, FreedNames, Key, Made, MovedMemberships, RowFootprint,
};
use crate::umapi::wire::Root;
use std::collections::HashMap;

/// What is known about such users.
#[derive(Debug, Clone, Default)]
pub(super) struct UsersBefore {
    /// The names of the earlier files.
    files: Vec<String>,
    freed: FreedNames,
    /// The created users, by each name that the creation gives.
    made: HashMap<Key, Made>,
    /// The other name of users who were created under two names.
    other_names: HashMap<Key, Key>,
    /// The memberships that rows have changed, by one name of each user.
    moved: HashMap<Key, MovedMemberships>,
}

/// The result of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done {
    pub(super) footprint: RowFootprint,
    pub(super) status: OutcomeStatus,
    pub(super) effect: RowEffect,
}

impl UsersBefore {
    /// Returns the record for the files after this one.
    pub(super) fn of_file(&self, file: &str) -> Self {
        let mut all = self.clone();
        all.files.push(file.to_owned());
        let number = u16::try_from(all.files.len()).unwrap_or(u16::MAX);
        all.freed.are_of_earlier(number);
        all.made.values_mut().for_each(|made| *made = made.of_earlier(number));
        all
    }

    /// Describes a row: `row 3`, or `row 3 of a.csv`.
    pub(super) fn row_words(&self, FileRow { row, file }: FileRow) -> String {
        let number = u64::from(row) + 1;
        match usize::from(file).checked_sub(1).and_then(|file| self.files.get(file)) {
            Some(file) => format!("row {number} of {file}"),
            None => format!("row {number}"),
        }
    }

    /// Records the result of a row. `statement` are further names of its user that the server has
    /// reported.
    pub(super) fn take(&mut self, row: u32, change: &Change<'_>, statement: &[Key], done: Done) {
        let Done { footprint, status, effect } = done;
        self.freed.take(row, change, statement, row_end(footprint, status, effect));
        let names = names_of(change);
        let made = self.made_of(&names).unwrap_or_default();
        if is_there_after(footprint, status, effect, made) {
            if footprint.creates() {
                let created_as = CreatedAs::of(change);
                for name in names {
                    let made = self.made.entry(name).or_default();
                    made.make((FileRow::here(row), footprint), created_as);
                }
                if names[0] != names[1] {
                    self.other_names.extend([(names[0], names[1]), (names[1], names[0])]);
                }
            }
            return;
        }
        let also = Key::aliases(change).into_iter().flatten().chain(statement.iter().copied());
        for name in names.into_iter().chain(also) {
            let other = self.other_names.get(&name).copied();
            for name in std::iter::once(name).chain(other) {
                if let Some(made) = self.made.get_mut(&name) {
                    made.forget(footprint);
                }
            }
        }
    }

    /// Records which memberships of a user a row has changed. `listed` is the name of the user in a
    /// list. After a rename, nothing is known about its names.
    pub(super) fn take_moves(
        &mut self,
        change: &Change<'_>,
        listed: Option<Key>,
        status: OutcomeStatus,
    ) {
        let [_, name] = names_of(change);
        note_moves(self.moved.entry(listed.unwrap_or(name)).or_default(), change, status);
        if may_have_moved(status) {
            for name in Key::names_of_rename(change) {
                self.moved.remove(&name);
            }
        }
    }

    /// Returns the memberships of a change's user that earlier rows have changed.
    pub(super) fn moved_before(
        &self,
        change: &Change<'_>,
        listed: Option<Key>,
    ) -> Option<&MovedMemberships> {
        let [_, name] = names_of(change);
        self.moved.get(&listed.unwrap_or(name))
    }

    fn made_of(&self, names: &[Key; 2]) -> Option<Made> {
        names.iter().find_map(|name| self.made.get(name)).copied()
    }

    /// Returns what is known about the creation of a change's user.
    pub(super) fn made_before(&self, change: &Change<'_>) -> Option<Made> {
        self.made_of(&names_of(change))
    }

    /// Returns which row freed the name of a command's user; `None` if a user may have it.
    pub(super) fn freed(&self, root: &Root) -> Option<Freed> {
        self.freed.of_root(root)
    }
}

/// Records which memberships a row with this outcome has changed.
pub(super) fn note_moves(moved: &mut MovedMemberships, change: &Change<'_>, status: OutcomeStatus) {
    match status {
        OutcomeStatus::Ok => moved.take(change),
        OutcomeStatus::Failed | OutcomeStatus::Unknown => moved.forget(change),
        _ => {}
    }
}

/// Whether a row with this outcome may have been carried out, at least in part.
fn may_have_moved(status: OutcomeStatus) -> bool {
    matches!(status, OutcomeStatus::Ok | OutcomeStatus::Failed | OutcomeStatus::Unknown)
}

/// Returns the name by which a change identifies its user, and the email that it creates the user
/// with; the same name twice if there is no other.
fn names_of(change: &Change<'_>) -> [Key; 2] {
    let own = Key::of(change);
    let email = match change {
        Change::User(user) => {
            user.create.as_ref().map_or(own, |create| Key::user(&create.email, None))
        }
        Change::Group(_) => own,
    };
    [own, email]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{CreateUser, IdentityType, IfExists, Leave, UpdateUser, UserChange};
    use crate::umapi::UserRef;

    fn creation<'a>(user: &'a str, domain: Option<&'a str>, email: &'a str) -> Change<'a> {
        let create = CreateUser {
            identity: IdentityType::Federated,
            email: email.into(),
            firstname: Some("Ann".into()),
            lastname: None,
            country: None,
            if_exists: IfExists::Ignore,
        };
        Change::User(UserChange {
            user: user.into(),
            domain: domain.map(Into::into),
            create: Some(create),
            ..UserChange::default()
        })
    }

    fn removal<'a>(user: &'a str, domain: Option<&'a str>) -> Change<'a> {
        let leave = Some(Leave::KeepAccount);
        let domain = domain.map(Into::into);
        Change::User(UserChange { user: user.into(), domain, leave, ..UserChange::default() })
    }

    fn after(rows: &[(&Change<'_>, OutcomeStatus)]) -> UsersBefore {
        let mut users = UsersBefore::default();
        for (row, (change, status)) in (0..).zip(rows) {
            let footprint = RowFootprint::of(change);
            let done = Done { footprint, status: *status, effect: RowEffect::NONE };
            users.take(row, change, &[], done);
        }
        users
    }

    fn knows(users: &UsersBefore, change: &Change<'_>) -> bool {
        let made = users.made_of(&names_of(change));
        made.is_some_and(|made| made.has(RowFootprint::of(change)))
    }

    #[test]
    fn created_user_is_known_by_both_names_until_removed_by_one() {
        use OutcomeStatus::{Failed, Ok, Unknown};
        let (both, by_email) =
            (creation("ann", Some("x.com"), "a@x.com"), creation("a@x.com", None, "a@x.com"));
        let removal = removal("ann", Some("x.com"));
        let made = after(&[(&both, Ok)]);
        assert!(knows(&made, &both) && knows(&made, &by_email));
        assert!(!knows(&after(&[(&both, Failed)]), &both));
        for (end, stays) in [(Ok, false), (Unknown, false), (Failed, true)] {
            let ended = after(&[(&both, Ok), (&removal, end)]);
            assert_eq!((knows(&ended, &both), knows(&ended, &by_email)), (stays, stays), "{end:?}");
        }
        assert!(knows(&after(&[(&both, Ok), (&removal, Ok), (&by_email, Ok)]), &by_email));
    }

    /// Another user may have the old name in a later file, even if a row gives it as another name
    /// of the user.
    #[test]
    fn no_membership_is_known_behind_a_rename() {
        let change =
            |user: &'static str, other: Option<&'static str>, new: Option<&'static str>| {
                let update = UpdateUser { username: new.map(Into::into), ..UpdateUser::default() };
                Change::User(UserChange {
                    user: user.into(),
                    domain: Some("x.com".into()),
                    other_name: other.map(|other| (other.into(), Some("x.com".into()))),
                    update: new.map(|_| update),
                    add: vec!["G".into()],
                    ..UserChange::default()
                })
            };
        let add = change("ann", None, None);
        for rename in [change("ann", None, Some("eve")), change("a", Some("ann"), Some("eve"))] {
            let mut users = UsersBefore::default();
            users.take_moves(&add, None, OutcomeStatus::Ok);
            assert!(users.moved_before(&add, None).is_some());
            users.take_moves(&rename, None, OutcomeStatus::Ok);
            assert!(users.moved_before(&add, None).is_none());
        }
    }

    #[test]
    fn rows_of_earlier_files_are_named_with_their_file() {
        let change = removal("a@x.com", None);
        let users = after(&[(&change, OutcomeStatus::Ok)]);
        let words = |users: &UsersBefore| {
            users.row_words(users.freed.of(UserRef::own("A@x.com")).unwrap().row)
        };
        assert_eq!(words(&users), "row 1");
        assert_eq!(words(&users.of_file("a.csv").of_file("b.csv")), "row 1 of a.csv");
    }
}
