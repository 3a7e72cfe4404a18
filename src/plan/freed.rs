//! Names that nobody has any more, because a row has removed or renamed their users.

use super::file_row::FileRow;
use super::key::Key;
use crate::change::Change;
use crate::umapi::wire::Root;
use crate::umapi::{AccountKind, UserRef};
use std::collections::{HashMap, HashSet};

/// The names that rows of a chain have freed, each with the row that freed it.
///
/// A name is free until a row may give it to a user, whatever the outcome of that row is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FreedNames {
    free: HashMap<(Key, AccountKind), Freed>,
    /// Names that rows may have given to users: what the server said before about who has them is
    /// outdated.
    given: HashSet<Key>,
}

/// Which row freed a name, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Freed {
    /// The row.
    pub row: FileRow,
    /// How the row freed it.
    pub by: FreedBy,
}

/// How a name is freed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FreedBy {
    /// The user has left the organization.
    Removal,
    /// The user has another name.
    Rename,
}

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowEnd {
    /// Its user is as the row asks for.
    Done,
    /// It was to remove a user, but nobody has the name in the row. That shows nothing about other
    /// names.
    NobodyThere,
    /// It failed, or the result is unknown.
    Other,
}

impl FreedNames {
    /// Records the end of a row. `statement` are further names of its user that the server has
    /// reported.
    pub(crate) fn take(&mut self, row: u32, change: &Change<'_>, statement: &[Key], end: RowEnd) {
        let Change::User(user) = change else { return };
        let own = Key::of(change);
        let account = user.account();
        let renames = matches!(&user.update, Some(update) if update.renames());
        if user.create.is_some() || renames {
            let created = user.create.as_ref().map(|_| own);
            for name in created.into_iter().chain(Key::aliases(change).into_iter().flatten()) {
                AccountKind::ALL.iter().for_each(|of| _ = self.free.remove(&(name, *of)));
                self.given.insert(name);
            }
        }
        if end == RowEnd::Other {
            return;
        }
        let row = FileRow::here(row);
        if user.leave.is_some() {
            let freed = Freed { row, by: FreedBy::Removal };
            let told: &[Key] = if end == RowEnd::Done { statement } else { &[] };
            let told = told.iter().copied().filter(|name| !self.given.contains(name));
            for name in std::iter::once(own).chain(told) {
                self.free.entry((name, account)).or_insert(freed);
            }
        } else if leaves_its_name(change) {
            self.free.insert((own, account), Freed { row, by: FreedBy::Rename });
        }
    }

    /// Gives the file of all rows so far this number, for the files after it.
    pub(crate) fn are_of_earlier(&mut self, file: u16) {
        self.free.values_mut().for_each(|freed| freed.row = freed.row.of_earlier(file));
    }

    /// Returns which row freed the name of a user; `None` if a user may have it.
    pub(crate) fn of_root(&self, root: &Root) -> Option<Freed> {
        self.of(root.user_ref()?)
    }

    /// Returns which row freed a name; `None` if a user may have it.
    pub(crate) fn of(&self, user: UserRef<'_>) -> Option<Freed> {
        self.free.get(&(Key::user(user.name, user.domain), user.account)).copied()
    }
}

/// Whether a row changes the very name by which it identifies the user. A user who is identified by
/// email keeps the email when the username changes. Whether a username stays when an email changes
/// is not documented.
fn leaves_its_name(change: &Change<'_>) -> bool {
    let Change::User(user) = change else { return false };
    let Some(update) = &user.update else { return false };
    let domain = user.domain.as_deref();
    let new = if user.user.contains('@') {
        update.email.as_deref().map(|email| Key::user(email, None))
    } else {
        update.username.as_deref().map(|name| Key::user(name, domain))
    };
    new.is_some_and(|new| new != Key::of(change))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{CreateUser, IdentityType, IfExists, Leave, UpdateUser, UserChange};

    fn user(name: &str) -> UserChange<'_> {
        UserChange { user: name.into(), ..UserChange::default() }
    }

    fn removal(name: &str) -> Change<'_> {
        Change::User(UserChange { leave: Some(Leave::KeepAccount), ..user(name) })
    }

    fn rename<'a>(name: &'a str, email: Option<&'a str>, username: Option<&'a str>) -> Change<'a> {
        let update = UpdateUser {
            email: email.map(Into::into),
            username: username.map(Into::into),
            ..UpdateUser::default()
        };
        Change::User(UserChange { update: Some(update), ..user(name) })
    }

    fn creation(name: &str) -> Change<'_> {
        let create = CreateUser {
            identity: IdentityType::Federated,
            email: name.into(),
            firstname: None,
            lastname: None,
            country: None,
            if_exists: IfExists::Ignore,
        };
        Change::User(UserChange { create: Some(create), ..user(name) })
    }

    fn after(rows: &[(Change<'_>, RowEnd)]) -> FreedNames {
        let mut names = FreedNames::default();
        for (row, (change, end)) in (0..).zip(rows) {
            names.take(row, change, &[], *end);
        }
        names
    }

    #[test]
    fn removal_frees_the_name_until_a_row_may_create_it() {
        let a = "a@x.com";
        let removed = after(&[(removal(a), RowEnd::Done)]);
        assert_eq!(
            removed.of(UserRef::own("A@x.com")),
            Some(Freed { row: FileRow::here(0), by: FreedBy::Removal })
        );
        assert_eq!(removed.of(UserRef::adobe(a)), None, "an Adobe ID is another account");
        assert_eq!(after(&[(removal(a), RowEnd::Other)]).of(UserRef::own(a)), None);
        for end in [RowEnd::Done, RowEnd::Other] {
            let names = after(&[(removal(a), RowEnd::Done), (creation(a), end)]);
            assert_eq!(names.of(UserRef::own(a)), None, "{end:?}");
        }
        let twice = after(&[(removal(a), RowEnd::Done), (removal(a), RowEnd::Done)]);
        assert_eq!(twice.of(UserRef::own(a)).map(|freed| freed.row.row), Some(0));
    }

    #[test]
    fn rename_frees_the_old_name_and_takes_the_new_one() {
        let (a, b) = ("a@x.com", "b@x.com");
        let names = after(&[(removal(b), RowEnd::Done), (rename(a, Some(b), None), RowEnd::Done)]);
        assert_eq!(
            names.of(UserRef::own(a)),
            Some(Freed { row: FileRow::here(1), by: FreedBy::Rename })
        );
        assert_eq!(names.of(UserRef::own(b)), None);
        let failed =
            after(&[(removal(b), RowEnd::Done), (rename(a, Some(b), None), RowEnd::Other)]);
        assert_eq!([a, b].map(|name| failed.of(UserRef::own(name))), [None; 2]);
    }

    #[test]
    fn only_the_name_that_changes_is_free() {
        let a = "a@x.com";
        assert!(after(&[(rename(a, None, Some("n")), RowEnd::Done)]).free.is_empty());
        assert!(after(&[(rename(a, Some("A@X.com"), None), RowEnd::Done)]).free.is_empty());
        assert!(after(&[(rename("n", Some(a), None), RowEnd::Done)]).free.is_empty());
        let names = after(&[(rename("n", None, Some("m")), RowEnd::Done)]);
        assert!(names.of(UserRef::own("n")).is_some());
    }

    #[test]
    fn removal_frees_the_names_that_the_server_told() {
        let mut names = FreedNames::default();
        names.take(4, &removal("a@x.com"), &[Key::user("ann", Some("x.com"))], RowEnd::Done);
        assert_eq!(
            names.of(UserRef::own("ann").in_domain(Some("x.com"))).map(|freed| freed.row.row),
            Some(4)
        );
    }

    /// The server said it before a row created a user with that name.
    #[test]
    fn removal_frees_no_told_name_that_it_may_not_have_removed() {
        let (removed, told) = (removal("n@x.com"), [Key::user("a@x.com", None)]);
        for (created, end, freed) in [
            (false, RowEnd::Done, [true, true]),
            (false, RowEnd::NobodyThere, [true, false]),
            (true, RowEnd::Done, [true, false]),
            (true, RowEnd::NobodyThere, [true, false]),
        ] {
            let mut names = FreedNames::default();
            if created {
                names.take(0, &creation("a@x.com"), &[], RowEnd::Done);
            }
            names.take(1, &removed, &told, end);
            let is_free = |name: &str| names.of(UserRef::own(name)).is_some();
            assert_eq!(["n@x.com", "a@x.com"].map(is_free), freed, "{created} {end:?}");
        }
    }

    #[test]
    fn freed_name_is_found_by_the_user_of_a_command() {
        let names = after(&[(removal("a@x.com"), RowEnd::Done)]);
        let root = |user: &str, use_adobe_id| Root::User {
            user: user.to_owned(),
            domain: None,
            use_adobe_id,
        };
        assert_eq!(names.of_root(&root("A@x.com", false)), names.of(UserRef::own("a@x.com")));
        assert!(names.of_root(&root("A@x.com", false)).is_some());
        assert_eq!(names.of_root(&root("a@x.com", true)), None);
        assert_eq!(names.of_root(&root("b@x.com", false)), None);
        assert_eq!(names.of_root(&Root::Group { usergroup: "a@x.com".to_owned() }), None);
    }
}
