//! The plan of an undo: all its rows in order, and what is not taken back.
//!
//! In: what the rows have done, and the organization now. Out: the [`UndoPlan`]. Pure. Groups come
//! first that get their names back or are created again, then users in the reverse order of the
//! rows that changed them, then groups that are deleted.

use super::done::{ChangedGroup, ChangedUser, DoneWork};
use super::done_run::EarlierUndo;
use super::not_undone::{NotUndone, WhyNotUndone};
use super::now::PresentState;
use super::record::group_key;
use super::recorded_user::RecordedUser;
use super::row_order::{OrderedRows, in_order};
use super::undo_group::decide_group;
use super::undo_row::UndoRow;
use super::undo_user::UserUndo;
use crate::organization::{HashedName, who};
use crate::umapi::GroupMember;
use std::collections::{BTreeMap, HashSet};

/// The rows that take an import back, and what is not taken back.
#[derive(Debug, Default)]
pub(crate) struct UndoPlan {
    pub(crate) rows: Vec<UndoRow>,
    pub(crate) refused: Vec<NotUndone>,
}

impl UndoPlan {
    /// Decides how everything is taken back.
    pub(crate) fn of(done: &DoneWork, now: &PresentState, earlier: &EarlierUndo) -> Self {
        let mut plan = Self::default();
        for row in &done.unclear {
            plan.refused.push(WhyNotUndone::NotKnownBefore.about(&row.who, &[row.row]));
        }
        for row in &done.in_part {
            plan.refused.push(WhyNotUndone::DoneInPart.about(&row.who, &[row.row]));
        }
        let first = plan.rows_about_groups(done, now, &Leaving::default(), GroupTurn::First);
        let first = plan.not_taken_back(first, earlier);
        let users = plan.rows_about_users(done, now, &first, earlier);
        let leaving = Leaving::of(&users);
        let last = plan.rows_about_groups(done, now, &leaving, GroupTurn::Last);
        let last = plan.not_taken_back(last, earlier);
        for group in done.groups.iter().filter(|group| !has_taken_back(earlier, group)) {
            plan.refused.extend(decide_group(group, now, &leaving.from(group)).refused);
        }
        plan.rows = [first, users, last].concat();
        plan
    }

    /// Returns the rows about groups that no earlier undo has taken back.
    fn not_taken_back(&mut self, rows: Vec<UndoRow>, earlier: &EarlierUndo) -> Vec<UndoRow> {
        let (again, new): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| earlier.groups.contains(&group_key(&row.group)));
        self.refused
            .extend(again.iter().map(|row| WhyNotUndone::TakenBack.about(&row.group, &row.of)));
        new
    }

    /// Returns the rows about groups that have this turn, the latest first.
    fn rows_about_groups(
        &self,
        done: &DoneWork,
        now: &PresentState,
        leaving: &Leaving,
        turn: GroupTurn,
    ) -> Vec<UndoRow> {
        let decided =
            done.groups.iter().rev().map(|group| decide_group(group, now, &leaving.from(group)));
        let is_last = turn == GroupTurn::Last;
        let is_wanted = |row: &UndoRow| (row.action == "delete-group") == is_last;
        decided.filter_map(|decision| decision.row).filter(is_wanted).collect()
    }

    /// Returns the rows about users, in an order that works.
    fn rows_about_users(
        &mut self,
        done: &DoneWork,
        now: &PresentState,
        about_groups: &[UndoRow],
        earlier: &EarlierUndo,
    ) -> Vec<UndoRow> {
        let renamed: Vec<(String, String)> = about_groups
            .iter()
            .filter(|row| row.action == "update-group")
            .map(|row| (row.new_name.clone(), row.group.clone()))
            .collect();
        let present_names: Vec<(String, String)> = done
            .renamed_groups()
            .into_iter()
            .filter(|(_, new)| now.has_group(new) == Some(true))
            .map(|(old, new)| (old.to_owned(), new.to_owned()))
            .collect();
        let returning: Vec<String> = about_groups
            .iter()
            .filter(|row| row.action == "create-group")
            .map(|row| row.group.clone())
            .collect();
        let changed: HashSet<&str> = done.users.iter().filter_map(id_of).collect();
        let gives_up = |user: &RecordedUser| changed.contains(user.id.as_str());
        let undo = UserUndo {
            now,
            renamed: &renamed,
            present_names: &present_names,
            gives_up: &gives_up,
            returning: &returning,
        };
        let mut latest_first: Vec<&ChangedUser> = done.users.iter().collect();
        latest_first.sort_by_key(|user| std::cmp::Reverse(user.rows.last().copied()));
        let mut rows = Vec::new();
        for user in latest_first {
            let decision = undo.decide(user);
            if user.names.iter().any(|name| earlier.users.contains(&name.key())) {
                // What was taken back once is not taken back again.
                let again =
                    decision.row.map(|row| WhyNotUndone::TakenBack.about(row.who(), &row.of));
                self.refused.extend(again);
                continue;
            }
            rows.extend(decision.row);
            self.refused.extend(decision.refused);
        }
        let OrderedRows { rows, refused } = in_order(rows, now);
        self.refused.extend(refused);
        rows
    }

    /// Returns the number of rows with each action.
    pub(crate) fn actions(&self) -> BTreeMap<&'static str, u64> {
        let mut actions = BTreeMap::new();
        for row in &self.rows {
            *actions.entry(row.action).or_default() += 1;
        }
        actions
    }
}

fn has_taken_back(earlier: &EarlierUndo, group: &ChangedGroup) -> bool {
    let names = [Some(&group.name), group.after.as_ref()];
    names.into_iter().flatten().any(|name| earlier.groups.contains(&group_key(name)))
}

fn id_of(user: &ChangedUser) -> Option<&str> {
    user.before.as_ref().map(|before| before.id.as_str()).filter(|id| !id.is_empty())
}

/// Whether rows about groups come before those about users, or after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GroupTurn {
    First,
    Last,
}

/// Who leaves the organization, or groups, by the rows about users.
#[derive(Debug, Default)]
struct Leaving {
    removed: HashSet<HashedName>,
    parted: HashSet<(HashedName, String)>,
}

impl Leaving {
    fn of(rows: &[UndoRow]) -> Self {
        let mut all = Self::default();
        for row in rows {
            let name = match row.email.is_empty() {
                true => who(&row.username, Some(&row.domain)),
                false => who(&row.email, None),
            };
            if row.action == "delete" {
                all.removed.insert(name);
            }
            for group in &row.remove_groups {
                all.parted.insert((name, group_key(group)));
            }
        }
        all
    }

    /// Returns whether a member leaves this group.
    fn from<'l>(&'l self, group: &ChangedGroup) -> impl Fn(&GroupMember) -> bool + 'l {
        let key = group_key(group.after.as_ref().unwrap_or(&group.name));
        move |member| {
            let names = [who(&member.email, None), who(&member.username, Some(&member.domain))];
            names.iter().any(|name| {
                self.removed.contains(name) || self.parted.contains(&(*name, key.clone()))
            })
        }
    }
}

#[cfg(test)]
mod tests;
