//! Rows that an earlier start of a run has skipped (`--rows`), although a later row about the same
//! user or group was sent since.

use super::each_row::each_row;
use super::input_rows::InputRows;
use super::referenced_names::listed_names;
use crate::change::Change;
use crate::plan::{Key, names};
use std::collections::HashMap;
use std::io;

/// A row, from 0, that would be sent after a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OvertakenRow {
    pub(crate) row: u32,
    /// The later row, which was sent.
    pub(crate) by: u32,
}

/// What a start of a run does with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowTurn {
    /// An earlier start has sent it.
    Sent,
    /// No earlier start was about it, and this one sends it.
    FirstTime,
    /// Neither.
    Other,
}

/// Finds the rows that are sent for the first time, although a later row about the same user or
/// group was sent before; in no order.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn rows_overtaken(
    input_rows: &InputRows<'_>,
    turn: impl Fn(u32) -> RowTurn + Sync,
) -> io::Result<Vec<OvertakenRow>> {
    let whole = InputRows { range: None, ..*input_rows };
    let mut ahead = RowsAhead::default();
    each_row(
        whole.table,
        |block, index, buffer, found| {
            let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            let turn = turn(row);
            if turn == RowTurn::Other {
                return;
            }
            if let Some(Ok(change)) = whole.requested_change(block, index, buffer) {
                let mut references = RowReferences::of(&change);
                references.own.extend(listed_names(&change, &whole).into_iter().flatten());
                found.push((row, turn, references));
            }
        },
        |(row, turn, references)| match turn {
            RowTurn::FirstTime => ahead.add(row, references),
            _ => ahead.pass(row, &references),
        },
    )?;
    Ok(ahead.overtaken.into_iter().map(|(row, by)| OvertakenRow { row, by }).collect())
}

/// The names that decide which rows keep their order.
struct RowReferences {
    /// The names of whom the row changes: no two rows with such a name change places.
    own: Vec<Key>,
    /// The other names that the row uses: groups, and usernames without their domain.
    uses: Vec<Key>,
    /// The names that matter to all rows that use them: a group that the row creates, renames or
    /// deletes, and users whose domain is not known.
    barriers: Vec<Key>,
}

impl RowReferences {
    fn of(change: &Change<'_>) -> Self {
        let mut own = vec![Key::of(change)];
        own.extend(Key::aliases(change).into_iter().flatten());
        match change {
            Change::User(user) => {
                let mut uses = names(change);
                uses.extend(Key::bare_names(change));
                // A username without its domain may be that of any user with this name.
                let has_domain = user.domain.is_some();
                let barriers = Key::bare(&user.user).filter(|_| !has_domain).into_iter().collect();
                Self { own, uses, barriers }
            }
            Change::Group(group) => {
                let renames = group.update.as_ref().is_some_and(|update| update.name.is_some());
                let is_barrier = group.create.is_some() || group.delete || renames;
                let members = names(change);
                let barriers = match is_barrier {
                    true => [own.as_slice(), &members].concat(),
                    false => members.clone(),
                };
                own.extend(members);
                Self { own, uses: Vec::new(), barriers }
            }
        }
    }
}

/// The rows that are sent for the first time, by name, as far as the file is read.
#[derive(Default)]
struct RowsAhead {
    own: HashMap<Key, Vec<u32>>,
    uses: HashMap<Key, Vec<u32>>,
    barriers: HashMap<Key, Vec<u32>>,
    /// Those that a later row has overtaken, each with the first such row.
    overtaken: HashMap<u32, u32>,
}

impl RowsAhead {
    fn add(&mut self, row: u32, references: RowReferences) {
        let RowReferences { own, uses, barriers } = references;
        for (rows, names) in
            [(&mut self.own, own), (&mut self.uses, uses), (&mut self.barriers, barriers)]
        {
            names.into_iter().for_each(|name| rows.entry(name).or_default().push(row));
        }
    }

    /// Goes on to a row that was sent: the rows before it with its names are overtaken.
    fn pass(&mut self, row: u32, references: &RowReferences) {
        let RowReferences { own, uses, barriers } = references;
        for (rows, names) in
            [(&mut self.own, own), (&mut self.barriers, uses), (&mut self.uses, barriers)]
        {
            let before = names.iter().filter_map(|name| rows.remove(name)).flatten();
            for earlier in before {
                self.overtaken.entry(earlier).or_insert(row);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{GroupChange, UserChange};

    fn user(name: &str, groups: &[&'static str]) -> RowReferences {
        RowReferences::of(&Change::User(UserChange {
            user: name.to_owned().into(),
            add: groups.iter().map(|group| (*group).into()).collect(),
            ..UserChange::default()
        }))
    }

    fn group(name: &str, users: &[&'static str], delete: bool) -> RowReferences {
        RowReferences::of(&Change::Group(GroupChange {
            group: name.to_owned().into(),
            add_users: users.iter().map(|user| (*user).into()).collect(),
            delete,
            ..GroupChange::default()
        }))
    }

    fn overtakes(first: RowReferences, second: &RowReferences) -> bool {
        let mut ahead = RowsAhead::default();
        ahead.add(0, first);
        ahead.pass(1, second);
        !ahead.overtaken.is_empty()
    }

    #[test]
    fn rows_about_one_user_or_a_group_and_its_users_keep_their_order() {
        assert!(overtakes(user("ann@x.com", &[]), &user("ANN@x.com", &["G"])));
        assert!(!overtakes(user("ann@x.com", &["G"]), &user("bob@x.com", &["G"])));
        assert!(overtakes(user("ann@x.com", &["G"]), &group("G", &[], true)));
        assert!(overtakes(group("G", &[], true), &user("ann@x.com", &["_admin_G"])));
        assert!(!overtakes(group("G", &["bob@x.com"], false), &user("ann@x.com", &["G"])));
        assert!(overtakes(group("G", &["bob@x.com"], false), &user("bob@x.com", &["H"])));
        assert!(overtakes(group("G", &[], true), &group("G", &[], false)));
    }

    #[test]
    fn a_username_may_be_that_of_a_member() {
        let with_domain = RowReferences::of(&Change::User(UserChange {
            user: "ann".into(),
            domain: Some("x.com".into()),
            ..UserChange::default()
        }));
        assert!(overtakes(group("G", &["ann"], false), &with_domain));
    }
}
