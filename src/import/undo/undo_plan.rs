//! The plan of an undo: all its rows in order, and what is not taken back.
//!
//! In: what the rows have done, and the organization now. Out: the [`UndoPlan`]. Pure. Groups come
//! first that get their names back or are created again, then users in the reverse order of the
//! rows that changed them, then groups that are deleted.

use super::done::{ChangedGroup, ChangedUser, DoneWork};
use super::done_row::DoneRow;
use super::done_since::DoneSince;
use super::not_undone::{NotUndone, WhyNotUndone};
use super::now::PresentState;
use super::record::group_key;
use super::recorded_user::RecordedUser;
use super::row_order::{OrderedRows, in_order};
use super::taken_back::{folded_groups, folded_names};
use super::undo_group::{GroupDecision, decide_group};
use super::undo_row::UndoRow;
use super::undo_user::{UserDecision, UserUndo};
use crate::organization::{HashedName, who};
use crate::umapi::GroupMember;
use std::collections::{BTreeMap, HashSet};

/// The rows that take an import back, and what is not taken back.
#[derive(Debug, Default)]
pub(crate) struct UndoPlan {
    pub(crate) rows: Vec<UndoRow>,
    pub(crate) refused: Vec<NotUndone>,
    /// The number of created users whom later imports from this computer have removed already.
    pub(crate) gone: u64,
}

impl UndoPlan {
    /// Decides how everything is taken back.
    pub(crate) fn of(done: &DoneWork, now: &PresentState, since: &DoneSince) -> Self {
        let mut plan = Self::default();
        for row in &done.unclear {
            plan.refused.push(WhyNotUndone::NotKnownBefore.about(&row.who, &[row.row]));
        }
        for row in &done.in_part {
            plan.refused.push(WhyNotUndone::DoneInPart.about(&row.who, &[row.row]));
        }
        let names = done.names_of_rows();
        let is_again = |group: &ChangedGroup| {
            let own = folded_groups(&group.name, group.after.as_deref());
            done.taken_back.has_for(&group.rows, &own, &names)
        };
        let (again, groups): (Vec<_>, Vec<_>) = done.groups.iter().partition(|one| is_again(one));
        let (done_since, groups): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|one| since.has_taken_back(one));
        let first = rows_about_groups(&groups, now, &Leaving::default(), GroupTurn::First);
        let users = plan.rows_about_users(done, (now, since), &first, &names);
        let leaving = Leaving::of(&users);
        let last = rows_about_groups(&groups, now, &leaving, GroupTurn::Last);
        for group in groups {
            plan.refused.extend(decide_group(group, now, &leaving.from(group)).refused);
        }
        let taken_back = again.into_iter().map(|group| (group, WhyNotUndone::TakenBack));
        let done_since = done_since.into_iter().map(|group| (group, WhyNotUndone::DoneSince));
        for (group, why) in taken_back.chain(done_since) {
            let decision = decide_group(group, now, &leaving.from(group));
            plan.refused.extend(group_taken_back(group, decision, &why));
        }
        for name in done.made.iter().filter(|name| now.has_group(name) != Some(false)) {
            plan.refused.push(WhyNotUndone::MadeGroup.about(name, &[]));
        }
        plan.rows = [first, users, last].concat();
        plan
    }

    /// Returns the rows about users, in an order that works.
    fn rows_about_users(
        &mut self,
        done: &DoneWork,
        (now, since): (&PresentState, &DoneSince),
        about_groups: &[UndoRow],
        names: &BTreeMap<DoneRow, HashSet<String>>,
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
            let mut decision = undo.decide(user);
            let own = folded_names(&user.names);
            if done.taken_back.has_for(&user.rows, &own, names) {
                // What was taken back once is not taken back again, but names may have stayed:
                // somebody else had the old one.
                let values = done.taken_back.values_of(&user.rows, &own, names);
                let left = decision.row.as_ref().zip(values);
                if let Some(row) = left.and_then(|(row, values)| row.names_beside(&values)) {
                    let mut left = UserDecision { row: Some(row), ..UserDecision::default() };
                    left.drop_done_since(user, since);
                    decision.row = decision.row.filter(UndoRow::moves);
                    rows.extend(left.row);
                    self.refused.extend(left.refused);
                }
                self.refused.extend(user_taken_back(user, decision));
                continue;
            }
            decision.drop_done_since(user, since);
            self.gone += u64::from(decision.is_gone);
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

fn id_of(user: &ChangedUser) -> Option<&str> {
    user.before.as_ref().map(|before| before.id.as_str()).filter(|id| !id.is_empty())
}

/// Returns the rows about groups that have this turn, the latest first.
fn rows_about_groups(
    groups: &[&ChangedGroup],
    now: &PresentState,
    leaving: &Leaving,
    turn: GroupTurn,
) -> Vec<UndoRow> {
    let decided = groups.iter().rev().map(|group| decide_group(group, now, &leaving.from(group)));
    let is_last = turn == GroupTurn::Last;
    let is_wanted = |row: &UndoRow| (row.action == "delete-group") == is_last;
    decided.filter_map(|decision| decision.row).filter(is_wanted).collect()
}

/// Returns what is said about a group that was taken back already: it is not taken back again, and
/// that it was deleted then is no news.
fn group_taken_back(
    group: &ChangedGroup,
    decision: GroupDecision,
    why: &WhyNotUndone,
) -> Vec<NotUndone> {
    let GroupDecision { row, mut refused } = decision;
    let came_later = WhyNotUndone::OTHER_MEMBERS;
    let is_there = row.is_some() || refused.iter().any(|refused| refused.code == came_later);
    refused.retain(|one| one.code != came_later && one.code != WhyNotUndone::NO_GROUP);
    refused.extend(is_there.then(|| why.about(&group.name, &group.rows)));
    refused
}

/// Returns what is said about a user whose changes an earlier undo has taken back.
fn user_taken_back(user: &ChangedUser, decision: UserDecision) -> Vec<NotUndone> {
    let UserDecision { row, mut refused, .. } = decision;
    let by_undo = [WhyNotUndone::RemovedSince.code(), WhyNotUndone::CreatedAgain.code()];
    refused.retain(|refused| !by_undo.contains(&refused.code));
    // Whatever differs of a user whom the undo has removed, is of somebody who came later.
    let is_other = user.before.is_none() && !refused.is_empty();
    if is_other {
        refused.clear();
    }
    let name = [&user.after, &user.before].into_iter().flatten().map(RecordedUser::name).next();
    let again = WhyNotUndone::TakenBack.about(name.unwrap_or_default(), &user.rows);
    refused.extend((row.is_some() || is_other).then_some(again));
    refused
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
