//! What a run has done to groups.
//!
//! Members come and go as by rows about users. Pure.

use super::done::{BeforeNow, ChangedGroup, ChangedUser, DoneWork, Origin};
use super::done_part::DoneOutcome;
use super::done_row::{DoneRow, note_row};
use super::record::group_key;
use super::recorded_user::RecordedUser;
use super::taken_back::{folded_groups, folded_names};
use super::user_name::UserName;
use crate::change::{EffectPart, GroupChange, Memberships, UserChange, same_name};
use crate::organization::OrgUser;
use std::collections::{BTreeMap, BTreeSet, HashSet};

impl DoneWork {
    /// Adds a row about a group.
    pub(super) fn take_group(
        &mut self,
        row: DoneRow,
        change: &GroupChange<'_>,
        outcome: DoneOutcome,
        before: &BeforeNow<'_>,
    ) {
        for (names, joins) in [(&change.remove_users, false), (&change.add_users, true)] {
            for name in names {
                let groups = vec![change.group.clone()];
                let moved = match joins {
                    true => UserChange { add: groups, ..UserChange::default() },
                    false => UserChange {
                        remove: Some(Memberships::Named(groups)),
                        ..UserChange::default()
                    },
                };
                let moved = UserChange { user: name.clone(), ..moved };
                self.take_user(row, &moved, outcome, before);
            }
        }
        let has_profiles = !change.add_profiles.is_empty() || !change.remove_profiles.is_empty();
        let is_changed =
            change.create.is_some() || change.update.is_some() || change.delete || has_profiles;
        if !is_changed {
            return;
        }
        let key = group_key(&change.group);
        let is_it =
            |group: &ChangedGroup| group_key(group.after.as_ref().unwrap_or(&group.name)) == key;
        let place = match self.groups.iter().position(is_it) {
            Some(place) => place,
            None => {
                let existed = before.part.groups.get(&key).copied();
                let name = change.group.to_string();
                self.groups.push(ChangedGroup {
                    after: existed.unwrap_or(change.create.is_none()).then(|| name.clone()),
                    name,
                    existed,
                    ..ChangedGroup::default()
                });
                self.groups.len() - 1
            }
        };
        let group = &mut self.groups[place];
        group.since = group.since.max(before.part.head.written);
        group_steps(group, row, change, outcome);
        if let Some(new) = change.update.as_ref().and_then(|update| update.name.as_ref()) {
            self.rename_memberships(&change.group, new);
        }
        if change.delete {
            self.dissolve(row, &change.group, before);
        }
    }

    fn rename_memberships(&mut self, old: &str, new: &str) {
        for after in self.users.iter_mut().filter_map(|user| user.after.as_mut()) {
            after.rename_group(old, new);
        }
    }

    /// Removes all known members of a group that is deleted.
    fn dissolve(&mut self, row: DoneRow, group: &str, before: &BeforeNow<'_>) {
        let all = &before.part.organization;
        let members: Vec<OrgUser<'_>> = all.people().filter(|person| person.is_in(group)).collect();
        for person in members {
            let names = UserName::all_of(&RecordedUser::of(person), person.account());
            let is_known = self.known.contains_key(&(row.file, before.place, person.number()))
                || names.iter().any(|name| self.holders.contains_key(&name.key()));
            if !is_known {
                self.begin_with((row.file, before.place), person);
            }
        }
        for user in &mut self.users {
            if let Some(after) = user.after.as_mut().filter(|after| after.is_in(group)) {
                after.part(group);
                note_row(&mut user.rows, row);
                user.since = user.since.max(before.part.head.written);
            }
        }
    }

    /// Returns the names of groups as they are after the rows, by their names before.
    pub(crate) fn renamed_groups(&self) -> Vec<(&str, &str)> {
        let mut renamed = Vec::new();
        for ChangedGroup { name, after, .. } in &self.groups {
            if let Some(after) = after.as_deref().filter(|after| !same_name(after, name)) {
                renamed.push((name.as_str(), after));
            }
        }
        renamed
    }

    /// Returns the groups, by all their names, of which it must be known whether they exist and who
    /// is in them.
    pub(crate) fn groups_to_ask(&self) -> BTreeSet<&str> {
        let own = self.groups.iter().flat_map(|group| [Some(&*group.name), group.after.as_deref()]);
        own.flatten().collect()
    }

    /// Returns all names of the users and groups of each row.
    pub(crate) fn names_of_rows(&self) -> BTreeMap<DoneRow, HashSet<String>> {
        let mut names: BTreeMap<DoneRow, HashSet<String>> = BTreeMap::new();
        let users = self.users.iter().map(|user| (&user.rows, folded_names(&user.names)));
        let groups = self
            .groups
            .iter()
            .map(|group| (&group.rows, folded_groups(&group.name, group.after.as_deref())));
        for (rows, own) in users.chain(groups) {
            for row in rows.iter().filter(|row| self.taken_back.has(**row)) {
                names.entry(*row).or_default().extend(own.iter().cloned());
            }
        }
        names
    }

    /// Returns the groups that users have lost, and those that were created for the rows.
    pub(crate) fn lost_groups(&self) -> BTreeSet<&str> {
        let mut lost = BTreeSet::new();
        for ChangedUser { before, after, .. } in &self.users {
            let groups = before.iter().flat_map(|before| &before.groups);
            let is_lost = |group: &&String| {
                !group.starts_with('_') && !after.as_ref().is_some_and(|after| after.is_in(group))
            };
            lost.extend(groups.filter(is_lost).map(String::as_str));
        }
        lost.extend(self.made.iter().map(String::as_str));
        lost
    }
}

fn group_steps(
    group: &mut ChangedGroup,
    row: DoneRow,
    change: &GroupChange<'_>,
    outcome: DoneOutcome,
) {
    note_row(&mut group.rows, row);
    group.has_other_values |= !change.add_profiles.is_empty()
        || !change.remove_profiles.is_empty()
        || change.update.as_ref().is_some_and(|update| update.description.is_some());
    if change.create.is_some() && group.after.is_none() {
        let created = [EffectPart::GroupCreated, EffectPart::GroupCreatedOrExists];
        group.origin = Origin::of(outcome, created, EffectPart::GroupExists);
        group.after = Some(change.group.to_string());
    }
    if let Some(new) = change.update.as_ref().and_then(|update| update.name.as_ref()) {
        group.after = Some(new.to_string());
    }
    if change.delete {
        group.after = None;
        group.was_deleted = true;
    }
}
