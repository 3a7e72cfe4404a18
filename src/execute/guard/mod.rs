//! Guards against the loss of many accounts through a file, decided without I/O.
//!
//! In: what the rows remove, from how many users ([`Losses`]) and from whom, and a list of
//! protected names. Out: the cap that is exceeded ([`Guards`]), the problem of a row
//! ([`Protected`]), the administrator who would lose a role ([`Holders`]).

mod administrators;
mod cap;
#[cfg(test)]
mod lists;
mod names;
mod protected;

pub(crate) use administrators::{FIXED_ROLES, Holders, Loss};
pub(crate) use cap::{Broken, Cap, CapKind, Guards, Losses};
pub(crate) use names::{Links, NameHash, names_of};
pub(crate) use protected::LineNames;
pub use protected::Protected;
pub(crate) use protected::ProtectedName;
pub(crate) use protected::UnreadableLine;

use crate::change::{Change, Leave, Memberships};

/// Whether the change counts as a deletion (`delete`, `delete-account`, `remove-all`,
/// `delete-group`).
pub(super) fn deletes(change: &Change<'_>) -> bool {
    match change {
        Change::User(user) => user.leave.is_some() || user.remove == Some(Memberships::All),
        Change::Group(group) => group.delete,
    }
}

/// Whether the change deletes an account with everything that is stored there.
pub(super) fn deletes_account(change: &Change<'_>) -> bool {
    matches!(change, Change::User(user) if user.leave == Some(Leave::DeleteAccount))
}

/// Whether the change removes memberships.
pub(super) fn removes(change: &Change<'_>) -> bool {
    match change {
        Change::User(user) => user.remove.is_some(),
        Change::Group(group) => !group.remove_users.is_empty() || !group.remove_profiles.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{GroupChange, UserChange};

    /// Whether the change counts as a deletion, whether it deletes an account, and whether it
    /// removes memberships.
    fn counted(change: &Change<'_>) -> [bool; 3] {
        [deletes(change), deletes_account(change), removes(change)]
    }

    #[test]
    fn every_change_that_takes_away_is_counted_where_it_belongs() {
        let user = |leave, remove| {
            counted(&Change::User(UserChange { leave, remove, ..UserChange::default() }))
        };
        assert_eq!(user(None, None), [false; 3]);
        assert_eq!(user(Some(Leave::KeepAccount), None), [true, false, false]);
        assert_eq!(user(Some(Leave::DeleteAccount), None), [true, true, false]);
        assert_eq!(user(None, Some(Memberships::All)), [true, false, true]);
        let named = Memberships::Named(vec!["Design".into()]);
        assert_eq!(user(None, Some(named)), [false, false, true]);
        let group = |group| counted(&Change::Group(group));
        assert_eq!(group(GroupChange::default()), [false; 3]);
        let names = || vec!["ann@x.com".into()];
        assert_eq!(
            group(GroupChange { delete: true, ..GroupChange::default() }),
            [true, false, false]
        );
        assert_eq!(
            group(GroupChange { remove_users: names(), ..GroupChange::default() }),
            [false, false, true]
        );
        assert_eq!(
            group(GroupChange { remove_profiles: names(), ..GroupChange::default() }),
            [false, false, true]
        );
        assert_eq!(group(GroupChange { add_users: names(), ..GroupChange::default() }), [false; 3]);
    }
}
