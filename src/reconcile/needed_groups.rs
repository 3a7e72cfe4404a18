//! The groups that the rows of a command need and change. Pure.

use crate::change::{group_hash, role_subject};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The groups that the rows of a command name, and the rows that change groups, in order.
#[derive(Debug, Default)]
pub struct GroupUses {
    needed: BTreeMap<u64, NeededGroup>,
    /// Groups that an earlier row creates in any case.
    certain: HashSet<u64>,
    /// Groups that an earlier row creates, renames or deletes, if it can be sent.
    changed: HashSet<u64>,
    events: Vec<GroupEvent>,
    /// Whether there are more names than [`GroupUses::MOST`].
    pub too_many: bool,
}

/// A group or role that must exist before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededGroup {
    /// The name to ask the server for.
    pub name: String,
    /// Whether a user group with that name could be created: only memberships in a column of user
    /// groups need it.
    pub creatable: bool,
    /// Whether only rows after one that creates or renames it need it.
    pub is_made_before: bool,
    /// A user whom a row creates in it.
    pub new_member: Option<NewMember>,
    /// The numbers of the files in the command, from 0, whose rows need it.
    pub files: BTreeSet<u32>,
    /// The character that may separate names, if the name stands in a list that may have several.
    pub separator: Option<char>,
}

/// A user whom a row creates in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMember {
    /// The group or role, as in the row.
    pub group: String,
    /// The `user` of the command.
    pub user: String,
    /// The `domain` of the command.
    pub domain: Option<String>,
    /// Whether the user is an Adobe ID.
    pub adobe_id: bool,
}

/// A row that creates, renames or deletes groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupEvent {
    /// The number of the file in the command, from 0.
    pub file: u32,
    /// The number of the row, from 0.
    pub row: u32,
    /// The groups that the row itself needs, by the names to ask the server for.
    pub needs: Vec<String>,
    /// Groups that exist (`true`) or do not exist after the row.
    pub sets: Vec<(String, bool)>,
}

impl GroupUses {
    /// The most names to keep. If a file has more, the column does not hold groups.
    pub const MOST: usize = 100_000;

    /// Returns a hash of all needed names, independent of their order.
    pub fn fingerprint(&self) -> u64 {
        self.needed().map(|group| group_hash(&group.name)).fold(0, u64::wrapping_add)
    }

    /// Adds a use of a group by a file, from 0. Rows come in order.
    pub fn need(&mut self, file: u32, name: &str, creatable: bool) {
        let subject = group_hash(role_subject(name));
        if self.certain.contains(&subject) {
            return;
        }
        let hash = group_hash(name);
        let is_made_before = self.changed.contains(&subject);
        let creatable = creatable && !is_made_before;
        if let Some(known) = self.needed.get_mut(&hash) {
            known.creatable |= creatable;
            if known.is_made_before || !is_made_before {
                known.files.insert(file);
            }
        } else if self.needed.len() < Self::MOST {
            self.needed.insert(
                hash,
                NeededGroup {
                    name: name.to_owned(),
                    creatable,
                    is_made_before,
                    new_member: None,
                    files: BTreeSet::from([file]),
                    separator: None,
                },
            );
        } else {
            self.too_many = true;
        }
    }

    /// Records a user whom a row creates in a needed group. Only the first is kept.
    pub fn create_in(&mut self, name: &str, member: NewMember) {
        if let Some(needed) = self.needed.get_mut(&group_hash(name)) {
            needed.new_member.get_or_insert(member);
        }
    }

    /// Records that a needed group may be a list of names, which this character separates.
    pub fn perhaps_list(&mut self, name: &str, separator: char) {
        if let Some(needed) = self.needed.get_mut(&group_hash(name)) {
            needed.separator.get_or_insert(separator);
        }
    }

    /// Adds a row that changes which groups exist. Rows come in order.
    pub fn event(&mut self, event: GroupEvent) {
        event.needs.iter().for_each(|name| self.need(event.file, name, false));
        let groups = event.sets.iter().map(|(group, _)| group_hash(group));
        if event.needs.is_empty() {
            self.certain.extend(groups);
        } else {
            self.changed.extend(groups);
        }
        self.events.push(event);
    }

    /// Returns the rows that create, rename or delete groups, in order.
    pub(super) fn events(&self) -> impl Iterator<Item = &GroupEvent> {
        self.events.iter()
    }

    /// Returns the groups that rows create, rename or delete, each with the number of the file.
    pub fn changed(&self) -> impl Iterator<Item = (u32, &str)> {
        self.events
            .iter()
            .flat_map(|event| event.sets.iter().map(|(group, _)| (event.file, group.as_str())))
    }

    /// Returns the groups that must exist before anything is sent.
    pub fn needed(&self) -> impl ExactSizeIterator<Item = &NeededGroup> {
        self.needed.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(names: &[&str]) -> GroupUses {
        let mut uses = GroupUses::default();
        names.iter().for_each(|name| uses.need(0, name, true));
        uses
    }

    fn only(uses: &GroupUses) -> NeededGroup {
        let mut needed = uses.needed();
        assert_eq!(needed.len(), 1);
        needed.next().unwrap().clone()
    }

    #[test]
    fn first_user_whom_a_row_creates_in_a_group_is_kept() {
        let mut uses = uses(&["Design"]);
        let member = |user: &str| NewMember {
            group: "Design".to_owned(),
            user: user.to_owned(),
            domain: None,
            adobe_id: false,
        };
        uses.create_in("design", member("ann@x.com"));
        uses.create_in("Design", member("bob@x.com"));
        uses.create_in("Print", member("eve@x.com"));
        assert_eq!(only(&uses).new_member, Some(member("ann@x.com")));
    }

    #[test]
    fn name_that_may_be_a_list_has_its_first_separator() {
        let mut uses = uses(&["Design; Print"]);
        uses.perhaps_list("design; print", ';');
        uses.perhaps_list("Design; Print", '|');
        uses.perhaps_list("Sales", ';');
        assert_eq!(only(&uses).separator, Some(';'));
    }

    /// A group needs no check for files that come after a row that makes it.
    #[test]
    fn files_that_need_a_group_are_known() {
        let mut uses = uses(&["Design"]);
        uses.need(2, "DESIGN", false);
        assert_eq!(only(&uses).files, BTreeSet::from([0, 2]));
        let made = GroupEvent {
            file: 2,
            row: 0,
            needs: vec!["Design".to_owned()],
            sets: vec![("Design".to_owned(), true)],
        };
        uses.event(made);
        uses.need(3, "Design", true);
        assert_eq!(only(&uses).files, BTreeSet::from([0, 2]), "a row of file 2 makes it");
        assert!(only(&uses).creatable && !only(&uses).is_made_before);
    }

    #[test]
    fn groups_that_rows_change_have_the_number_of_their_file() {
        let mut uses = GroupUses::default();
        let sets = vec![("Old".to_owned(), false), ("New".to_owned(), true)];
        uses.event(GroupEvent { file: 3, row: 0, needs: vec!["Old".to_owned()], sets });
        assert_eq!(uses.changed().collect::<Vec<_>>(), [(3, "Old"), (3, "New")]);
    }

    #[test]
    fn group_can_be_created_if_one_column_of_groups_needs_it() {
        let mut uses = GroupUses::default();
        [false, true, false].into_iter().for_each(|may| uses.need(0, "Design", may));
        assert!(only(&uses).creatable);
        let mut uses = GroupUses::default();
        uses.need(0, "Design", false);
        assert!(!only(&uses).creatable);
    }

    /// So many names are no groups.
    #[test]
    fn very_many_names_are_not_kept() {
        let mut uses = GroupUses::default();
        (0..GroupUses::MOST).for_each(|number| uses.need(0, &format!("G{number}"), true));
        uses.need(1, "g7", true);
        assert!(!uses.too_many && uses.needed().len() == GroupUses::MOST);
        uses.need(1, "One more", true);
        assert!(uses.too_many && uses.needed().len() == GroupUses::MOST);
    }
}
