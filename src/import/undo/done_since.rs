//! What other imports from this computer have done since to the users of an import.
//!
//! If one of them has already done what a row of the undo would do, somebody has done the opposite
//! after it: that stays. In: confirmed changes. Out: the row without such parts. Pure.

use super::record::group_key;
use super::undo_row::UndoRow;
use super::user_name::UserName;
use crate::change::{Change, Memberships, UserChange, folded_name, same_name};
use jiff::Timestamp;
use std::borrow::Cow;
use std::collections::HashMap;

/// What an import has done to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
enum UserStep {
    /// Removed the user from the organization.
    Left,
    Created,
    /// Gave the user this email address or username.
    Renamed(String),
    /// Gave this name to the user, or to another one.
    Named,
    Firstname(String),
    Lastname(String),
    Joined(String),
    Parted(String),
    PartedAll,
}

/// What other imports have done to users, by their names.
#[derive(Debug, Default)]
pub(crate) struct DoneSince {
    steps: HashMap<String, Vec<(Timestamp, UserStep)>>,
}

impl DoneSince {
    /// Creates an empty one about users with these names.
    pub(crate) fn about<'n>(names: impl Iterator<Item = &'n UserName>) -> Self {
        let named = |name: &UserName| (folded_name(&name.user), Vec::new());
        Self { steps: names.map(named).collect() }
    }

    /// Adds a confirmed change.
    pub(crate) fn take(&mut self, at: Timestamp, change: &Change<'_>) {
        match change {
            Change::User(user) => self.take_user(at, user),
            Change::Group(group) => {
                let key = group_key(&group.group);
                for name in &group.add_users {
                    self.step(at, name, UserStep::Joined(key.clone()));
                }
                for name in &group.remove_users {
                    self.step(at, name, UserStep::Parted(key.clone()));
                }
            }
        }
    }

    fn take_user(&mut self, at: Timestamp, change: &UserChange<'_>) {
        let own = |text: &Cow<'_, str>| text.to_string();
        let mut steps = Vec::new();
        steps.extend(change.leave.map(|_| UserStep::Left));
        steps.extend(change.create.as_ref().map(|_| UserStep::Created));
        if let Some(update) = &change.update {
            let new = [&update.email, &update.username].into_iter().flatten();
            steps.extend(new.map(|name| UserStep::Renamed(folded_name(name))));
            steps.extend(update.firstname.as_ref().map(own).map(UserStep::Firstname));
            steps.extend(update.lastname.as_ref().map(own).map(UserStep::Lastname));
        }
        match &change.remove {
            Some(Memberships::All) => steps.push(UserStep::PartedAll),
            Some(Memberships::Named(groups)) => {
                steps.extend(groups.iter().map(|group| UserStep::Parted(group_key(group))));
            }
            None => {}
        }
        steps.extend(change.add.iter().map(|group| UserStep::Joined(group_key(group))));
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
            if let UserStep::Renamed(new) = step {
                self.step(at, new, UserStep::Named);
            }
        }
    }

    fn step(&mut self, at: Timestamp, name: &str, step: UserStep) {
        if let Some(steps) = self.steps.get_mut(&folded_name(name)) {
            steps.push((at, step));
        }
    }

    fn steps_of(&self, names: &[UserName], since: Timestamp) -> Vec<&(Timestamp, UserStep)> {
        let named = names.iter().filter_map(|name| self.steps.get(&folded_name(&name.user)));
        named.flatten().filter(|(at, _)| *at >= since).collect()
    }

    /// Whether a user with one of these names was removed since then.
    pub(super) fn has_removed(&self, names: &[UserName], since: Timestamp) -> bool {
        self.steps_of(names, since).iter().any(|(_, step)| *step == UserStep::Left)
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
        let has = |step: UserStep| steps.iter().any(|(_, done)| *done == step);
        let last = |is_it: fn(&UserStep) -> bool| {
            steps.iter().filter(|(_, step)| is_it(step)).map(|(at, _)| *at).max()
        };
        // Somebody else may have a name that the user has lost and not got back.
        let is_renamed = last(|step| matches!(step, UserStep::Renamed(_)))
            > last(|step| matches!(step, UserStep::Named));
        let is_done = match row.action {
            "delete" => has(UserStep::Left) || is_renamed,
            "create" => has(UserStep::Created),
            _ => return drop_parts(row, &has),
        };
        if is_done {
            // A row that changes nothing is dropped.
            *row = UndoRow { action: "update", ..UndoRow::default() };
        }
        is_done
    }
}

/// Drops the parts of a row that changes a user.
fn drop_parts(row: &mut UndoRow, has: &dyn Fn(UserStep) -> bool) -> bool {
    let before = row.clone();
    for name in [&mut row.new_email, &mut row.new_username] {
        if has(UserStep::Renamed(folded_name(name))) {
            name.clear();
        }
    }
    if has(UserStep::Firstname(row.firstname.clone())) {
        row.firstname.clear();
    }
    if has(UserStep::Lastname(row.lastname.clone())) {
        row.lastname.clear();
    }
    row.add_groups.retain(|group| !has(UserStep::Joined(group_key(group))));
    row.remove_groups
        .retain(|group| !has(UserStep::Parted(group_key(group))) && !has(UserStep::PartedAll));
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
        let mut since = DoneSince::about([&dora].into_iter());
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
        let mut since = DoneSince::about([&dora].into_iter());
        since.take(at(9), &renamed("dora", "emil"));
        let mut row = UndoRow { action: "delete", ..UndoRow::default() };
        assert!(!since.drop_from(&mut row, &[dora], at(10)));
    }
}
