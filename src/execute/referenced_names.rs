//! The names of one user, according to the list that the rows are compared with.

use super::input_rows::InputRows;
use crate::change::Change;
use crate::organization::{OrgUser, real_domain};
use crate::plan::{Key, referenced_names};
use crate::umapi::UserRef;

/// Returns the user of a change, if a list shows it.
fn listed<'t>(change: &Change<'_>, input_rows: &InputRows<'t>) -> Option<OrgUser<'t>> {
    let Change::User(user) = change else { return None };
    input_rows.baseline?.organization.user(user.user_ref())
}

/// Returns both names by which commands may identify the user of a change, if a list shows them.
pub(super) fn listed_names(change: &Change<'_>, input_rows: &InputRows<'_>) -> [Option<Key>; 2] {
    let mut names = [None; 2];
    let keys = listed(change, input_rows).into_iter().flat_map(names_of);
    names.iter_mut().zip(keys).for_each(|(name, key)| *name = Some(key));
    names
}

fn names_of(person: OrgUser<'_>) -> impl Iterator<Item = Key> {
    Key::of_person(person.email(), person.username(), real_domain(person.domain()))
}

/// Returns the names by which commands may identify the users in the lists of a group's row, if a
/// list shows them.
pub(super) fn listed_names_of_members(change: &Change<'_>, input_rows: &InputRows<'_>) -> Vec<Key> {
    let (Change::Group(group), Some(baseline)) = (change, input_rows.baseline) else {
        return Vec::new();
    };
    let users = group.add_users.iter().chain(&group.remove_users);
    let listed = users.filter_map(|user| baseline.organization.user(UserRef::own(user)));
    listed.flat_map(names_of).collect()
}

/// Returns the username of the user of a change as the members of a group are written, if a list
/// shows it.
pub(super) fn listed_bare_name(change: &Change<'_>, input_rows: &InputRows<'_>) -> Option<Key> {
    listed(change, input_rows)
        .map(OrgUser::username)
        .filter(|name| !name.is_empty())
        .and_then(Key::bare)
}

/// Returns all names in a change, and those that only a list shows.
pub(super) fn all_referenced_names(change: &Change<'_>, input_rows: &InputRows<'_>) -> Vec<Key> {
    let mut all = referenced_names(change);
    all.extend(listed_names(change, input_rows).into_iter().flatten());
    all.extend(listed_bare_name(change, input_rows));
    all.sort_unstable();
    all.dedup();
    all
}
