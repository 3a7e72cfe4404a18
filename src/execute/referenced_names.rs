//! The names of one user, according to the list that the rows are compared with.

use super::input_rows::InputRows;
use crate::change::Change;
use crate::organization::{OrgUser, real_domain};
use crate::plan::{Key, referenced_names};

/// Returns the user of a change, if a list shows it.
fn listed<'t>(change: &Change<'_>, input_rows: &InputRows<'t>) -> Option<OrgUser<'t>> {
    let Change::User(user) = change else { return None };
    input_rows.baseline?.organization.user(user.user_ref())
}

/// Returns both names by which commands may identify the user of a change, if a list shows them.
pub(super) fn listed_names(change: &Change<'_>, input_rows: &InputRows<'_>) -> [Option<Key>; 2] {
    let mut names = [None; 2];
    if let Some(person) = listed(change, input_rows) {
        for (name, key) in names.iter_mut().zip(Key::of_person(
            person.email(),
            person.username(),
            real_domain(person.domain()),
        )) {
            *name = Some(key);
        }
    }
    names
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
