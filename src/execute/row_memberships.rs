//! The memberships that a row about a person adds and removes, to find conflicts between rows.

use crate::change::{Action, Change, Memberships, Rules, name_hash, read_all};
use crate::table::{Cells, Field, Table};

/// A membership in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowMembership {
    /// A hash of the group.
    pub(super) group: u64,
    pub(super) name: String,
    pub(super) is_given: bool,
}

impl RowMembership {
    /// Returns the memberships of a row, in its order.
    pub(super) fn of(cells: &Cells<'_>, rules: &Rules) -> Vec<Self> {
        let Some(Change::User(user)) = read_all(cells, rules).0 else { return Vec::new() };
        let taken: &[_] = match &user.remove {
            Some(Memberships::Named(names)) => names,
            _ => &[],
        };
        let given = user.add.iter().map(|name| (name, true));
        given
            .chain(taken.iter().map(|name| (name, false)))
            .map(|(name, is_given)| Self {
                group: name_hash(name, 0),
                name: name.to_string(),
                is_given,
            })
            .collect()
    }
}

/// Whether rows of a table may remove memberships.
pub(super) fn takes_memberships(table: &Table, rules: &Rules) -> bool {
    table.has(Field::RemoveGroups)
        || table.overrides(Field::RemoveGroups)
        || rules.action == Some(Action::Remove)
}
