//! What other imports from this computer have done since to the users and groups of an import.
//!
//! If one of them has already done what a row of the undo would do, somebody has done the opposite
//! after it: that stays. In: confirmed changes. Out: the row without such parts. Pure.

use super::done::ChangedGroup;
use super::record::group_key;
use super::undo_row::UndoRow;
use super::user_name::UserName;
use crate::change::{Change, GroupChange, Memberships, UserChange, folded_name, same_name};
use jiff::Timestamp;
use std::borrow::Cow;
use std::collections::HashMap;

/// What an import has done to a user or group.
#[derive(Debug, Clone, PartialEq, Eq)]
enum LaterStep {
    /// Removed the user from the organization, or deleted the group.
    Left,
    Created,
    /// Gave it this email address, username or name.
    Renamed(String),
    /// Gave this name to it, or to another one.
    Named,
    Firstname(String),
    Lastname(String),
    Joined(String),
    Parted(String),
    PartedAll,
}

/// Steps by the names that they are about.
type StepsByName = HashMap<String, Vec<(Timestamp, LaterStep)>>;

/// What other imports have done to users and groups, by their names.
#[derive(Debug, Default)]
pub(crate) struct DoneSince {
    steps: StepsByName,
    groups: StepsByName,
}

impl DoneSince {
    /// Creates an empty one about users and groups with these names.
    pub(crate) fn about<'n>(
        users: impl Iterator<Item = &'n UserName>,
        groups: impl Iterator<Item = &'n str>,
    ) -> Self {
        let named = |name: &UserName| (folded_name(&name.user), Vec::new());
        let steps = users.map(named).collect();
        Self { steps, groups: groups.map(|name| (group_key(name), Vec::new())).collect() }
    }

    /// Adds a confirmed change.
    pub(crate) fn take(&mut self, at: Timestamp, change: &Change<'_>) {
        match change {
            Change::User(user) => self.take_user(at, user),
            Change::Group(group) => {
                let key = group_key(&group.group);
                for name in &group.add_users {
                    self.step(at, name, LaterStep::Joined(key.clone()));
                }
                for name in &group.remove_users {
                    self.step(at, name, LaterStep::Parted(key.clone()));
                }
                self.take_group(at, key, group);
            }
        }
    }

    fn take_group(&mut self, at: Timestamp, key: String, change: &GroupChange<'_>) {
        let new = change.update.as_ref().and_then(|update| update.name.as_deref()).map(group_key);
        let mut steps = Vec::new();
        steps.extend(change.create.is_some().then_some((key.clone(), LaterStep::Created)));
        steps.extend(change.delete.then_some((key.clone(), LaterStep::Left)));
        if let Some(new) = new {
            steps.push((new.clone(), LaterStep::Named));
            steps.push((key, LaterStep::Renamed(new)));
        }
        for (name, step) in steps {
            if let Some(steps) = self.groups.get_mut(&name) {
                steps.push((at, step));
            }
        }
    }

    /// Whether other imports have already done what would take a group back.
    pub(super) fn has_taken_back(&self, group: &ChangedGroup) -> bool {
        let ChangedGroup { name, after, existed, since, .. } = group;
        let names = [Some(name), after.as_ref()].into_iter().flatten();
        let steps: Vec<&(Timestamp, LaterStep)> = names
            .filter_map(|name| self.groups.get(&group_key(name)))
            .flatten()
            .filter(|(at, _)| at >= since)
            .collect();
        let has = |step: LaterStep| steps.iter().any(|(_, done)| *done == step);
        match (existed, after) {
            (Some(false), Some(_)) => has(LaterStep::Left) || is_renamed(&steps),
            (Some(true), None) => has(LaterStep::Created),
            (Some(true), Some(_)) => has(LaterStep::Renamed(group_key(name))),
            _ => false,
        }
    }

    fn take_user(&mut self, at: Timestamp, change: &UserChange<'_>) {
        let own = |text: &Cow<'_, str>| text.to_string();
        let mut steps = Vec::new();
        steps.extend(change.leave.map(|_| LaterStep::Left));
        steps.extend(change.create.as_ref().map(|_| LaterStep::Created));
        if let Some(update) = &change.update {
            let new = [&update.email, &update.username].into_iter().flatten();
            steps.extend(new.map(|name| LaterStep::Renamed(folded_name(name))));
            steps.extend(update.firstname.as_ref().map(own).map(LaterStep::Firstname));
            steps.extend(update.lastname.as_ref().map(own).map(LaterStep::Lastname));
        }
        match &change.remove {
            Some(Memberships::All) => steps.push(LaterStep::PartedAll),
            Some(Memberships::Named(groups)) => {
                steps.extend(groups.iter().map(|group| LaterStep::Parted(group_key(group))));
            }
            None => {}
        }
        steps.extend(change.add.iter().map(|group| LaterStep::Joined(group_key(group))));
        let email = change.create.as_ref().map(|create| &create.email);
        let other = change.other_name.as_ref().map(|(name, _)| name);
        let mut names: Vec<String> =
            [Some(&change.user), email, other].into_iter().flatten().map(own).collect();
        names.sort_unstable();
        names.dedup_by(|one, other| same_name(one, other));
        for name in names {
            steps.iter().for_each(|step| self.step(at, &name, step.clone()));
        }
        for step in &steps {
            if let LaterStep::Renamed(new) = step {
                self.step(at, new, LaterStep::Named);
            }
        }
    }

    fn step(&mut self, at: Timestamp, name: &str, step: LaterStep) {
        if let Some(steps) = self.steps.get_mut(&folded_name(name)) {
            steps.push((at, step));
        }
    }

    fn steps_of(&self, names: &[UserName], since: Timestamp) -> Vec<&(Timestamp, LaterStep)> {
        let named = names.iter().filter_map(|name| self.steps.get(&folded_name(&name.user)));
        named.flatten().filter(|(at, _)| *at >= since).collect()
    }

    /// Whether a user with one of these names was removed since then.
    pub(super) fn has_removed(&self, names: &[UserName], since: Timestamp) -> bool {
        self.steps_of(names, since).iter().any(|(_, step)| *step == LaterStep::Left)
    }

    /// Drops the parts of a row that were done since then already, to the user with these names.
    /// Returns whether there were any.
    pub(super) fn drop_from(
        &self,
        row: &mut UndoRow,
        names: &[UserName],
        since: Timestamp,
    ) -> bool {
        let steps = self.steps_of(names, since);
        let has = |step: LaterStep| steps.iter().any(|(_, done)| *done == step);
        let is_done = match row.action {
            "delete" => has(LaterStep::Left) || is_renamed(&steps),
            "create" => has(LaterStep::Created),
            _ => return drop_parts(row, &has),
        };
        if is_done {
            // A row that changes nothing is dropped.
            *row = UndoRow { action: "update", ..UndoRow::default() };
        }
        is_done
    }
}

/// Whether somebody else may have a name by now that was lost and not given back.
fn is_renamed(steps: &[&(Timestamp, LaterStep)]) -> bool {
    let last = |is_it: fn(&LaterStep) -> bool| {
        steps.iter().filter(|(_, step)| is_it(step)).map(|(at, _)| *at).max()
    };
    last(|step| matches!(step, LaterStep::Renamed(_)))
        > last(|step| matches!(step, LaterStep::Named))
}

/// Drops the parts of a row that changes a user.
fn drop_parts(row: &mut UndoRow, has: &dyn Fn(LaterStep) -> bool) -> bool {
    let before = row.clone();
    for name in [&mut row.new_email, &mut row.new_username] {
        if has(LaterStep::Renamed(folded_name(name))) {
            name.clear();
        }
    }
    if has(LaterStep::Firstname(row.firstname.clone())) {
        row.firstname.clear();
    }
    if has(LaterStep::Lastname(row.lastname.clone())) {
        row.lastname.clear();
    }
    row.add_groups.retain(|group| !has(LaterStep::Joined(group_key(group))));
    row.remove_groups
        .retain(|group| !has(LaterStep::Parted(group_key(group))) && !has(LaterStep::PartedAll));
    *row != before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::UpdateUser;
    use crate::umapi::AccountKind;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn name(user: &str) -> UserName {
        UserName::new(&format!("{user}@example.com"), None, AccountKind::Own)
    }

    fn renamed(from: &str, to: &str) -> Change<'static> {
        let email = Some(name(to).user.into());
        let update = Some(UpdateUser { email, ..UpdateUser::default() });
        Change::User(UserChange { user: name(from).user.into(), update, ..UserChange::default() })
    }

    fn moved(add: &[&'static str], remove: &[&'static str]) -> Change<'static> {
        let named = |groups: &[&'static str]| groups.iter().map(|name| (*name).into()).collect();
        Change::User(UserChange {
            user: name("Dora").user.into(),
            add: named(add),
            remove: Some(Memberships::Named(named(remove))),
            ..UserChange::default()
        })
    }

    /// Returns what is left of a row about Dora after these changes.
    fn left(row: UndoRow, changes: &[Change<'_>]) -> UndoRow {
        let dora = name("dora");
        let mut since = DoneSince::about([&dora].into_iter(), ["Fresh"].into_iter());
        for (second, change) in (11..).zip(changes) {
            since.take(at(second), change);
        }
        let mut row = row;
        let before = row.clone();
        let is_done = since.drop_from(&mut row, &[dora], at(10));
        assert_eq!(is_done, row != before);
        row
    }

    #[test]
    fn removal_stays_undone_once_the_name_may_be_of_another() {
        let delete = || UndoRow { action: "delete", ..UndoRow::default() };
        let away = renamed("dora", "emil");
        assert!(!left(delete(), std::slice::from_ref(&away)).changes());
        assert!(left(delete(), &[away.clone(), renamed("emil", "dora")]).changes());
        assert!(!left(delete(), &[renamed("emil", "dora"), away]).changes());
        assert!(left(delete(), &[moved(&["A"], &[])]).changes());
    }

    #[test]
    fn only_memberships_that_were_moved_the_same_way_stay() {
        let row = || UndoRow {
            action: "update",
            add_groups: vec!["A".to_owned(), "B".to_owned()],
            remove_groups: vec!["C".to_owned(), "D".to_owned()],
            ..UndoRow::default()
        };
        let rest = left(row(), &[moved(&["a"], &["d"])]);
        assert_eq!(
            (&*rest.add_groups, &*rest.remove_groups),
            (&["B".into()][..], &["C".into()][..])
        );
        assert_eq!(left(row(), &[moved(&["C"], &["A"])]), row());
    }

    #[test]
    fn what_was_done_before_the_row_counts_for_nothing() {
        let dora = name("dora");
        let mut since = DoneSince::about([&dora].into_iter(), ["Fresh"].into_iter());
        since.take(at(9), &renamed("dora", "emil"));
        let mut row = UndoRow { action: "delete", ..UndoRow::default() };
        assert!(!since.drop_from(&mut row, &[dora], at(10)));
    }

    #[test]
    fn group_that_another_import_has_deleted_is_another_one() {
        let created = ChangedGroup {
            name: "Fresh".to_owned(),
            after: Some("Fresh".to_owned()),
            existed: Some(false),
            since: at(10),
            ..ChangedGroup::default()
        };
        let deleted = GroupChange { group: "fresh".into(), delete: true, ..GroupChange::default() };
        for (second, is_other) in [(9, false), (11, true)] {
            let mut since = DoneSince::about(std::iter::empty(), ["Fresh"].into_iter());
            since.take(at(second), &Change::Group(deleted.clone()));
            assert_eq!(since.has_taken_back(&created), is_other);
        }
    }
}
