//! What a run finds out about groups: which are refused as not found, and which row checks a group
//! that could not be checked before the run.
//!
//! A row that creates a user in a missing group leaves an account without its group. So if it is
//! unknown whether a group exists, the first row that names it is sent, and rows that create users
//! in it wait for the result. Pure.

use super::outcomes::OutcomeStatus;
use crate::change::{
    Change, EffectPart, GroupChange, GroupUse, RowEffect, asked_group, each_needed_group,
};
use crate::journal::MissingGroup;
use crate::plan::Key;
use crate::reconcile::GroupPresence;
use std::collections::{HashMap, HashSet};

/// What a run has found out about groups so far.
#[derive(Debug, Default)]
pub(super) struct FoundGroups {
    missing: HashMap<Key, MissingGroup>,
    /// Groups that rows have created, have found when they were to create them, or have given this
    /// name.
    there: HashSet<Key>,
    /// Whether rows that would create users in missing groups are not sent.
    holds_creations: bool,
    unchecked: HashMap<Key, GroupKnowledge>,
    /// Groups that were not checked because rows were to create them, and for which it is unknown
    /// whether they were created. Also checked groups that others may have created or removed
    /// since.
    uncertain: HashSet<Key>,
    /// The groups that each work item checks, by the last row of its command.
    checking: HashMap<u32, Vec<Key>>,
}

/// What is known about a group that was not checked before the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GroupKnowledge {
    /// Unknown. This number of work items check it: one, and those that create nobody.
    Open { asking: usize },
    /// It exists.
    There,
}

impl FoundGroups {
    /// Creates an empty record. Rows that would create users in a missing group are not sent.
    pub(super) fn that_hold_creations() -> Self {
        Self { holds_creations: true, ..Self::default() }
    }

    /// Whether no group is known to be missing.
    pub(super) fn misses_nothing(&self) -> bool {
        self.missing.is_empty()
    }

    /// Whether rows have shown that the group exists.
    pub(super) fn is_there(&self, name: &str) -> bool {
        self.there.contains(&Key::group(name))
    }

    /// Returns all groups that rows have shown to exist.
    pub(super) fn all_there(&self) -> &HashSet<Key> {
        &self.there
    }

    /// Adds groups that rows of earlier files have shown to exist.
    pub(super) fn add_there(&mut self, groups: HashSet<Key>) {
        self.there.extend(groups);
    }

    /// Records which group exists after a row, and which no longer does. If it is unknown what was
    /// done, neither the old nor the new name is certain.
    pub(super) fn note_row(
        &mut self,
        group: &GroupChange<'_>,
        status: OutcomeStatus,
        effect: RowEffect,
    ) {
        use EffectPart::{
            GroupCreated, GroupCreatedOrExists, GroupDeleted, GroupExists, GroupRenamed,
        };
        let is_renamed = effect.has(GroupRenamed);
        let update = group.update.as_ref();
        let new_name = update.and_then(|update| update.name.as_deref());
        if [GroupCreated, GroupCreatedOrExists, GroupExists].iter().any(|part| effect.has(*part)) {
            self.there.insert(Key::group(&group.group));
        }
        if is_renamed || effect.has(GroupDeleted) || status == OutcomeStatus::Unknown {
            self.there.remove(&Key::group(&group.group));
        }
        if let Some(new_name) = new_name.filter(|_| is_renamed) {
            self.there.insert(Key::group(new_name));
        }
    }

    /// Returns all groups that are missing.
    pub(super) fn all_missing(&self) -> impl Iterator<Item = &MissingGroup> {
        self.missing.values()
    }

    /// Returns the missing group of this name.
    pub(super) fn missing(&self, name: &str) -> Option<&MissingGroup> {
        self.missing.get(&Key::group(name))
    }

    /// Returns the first missing group in a change that creates a user, and how the change uses it.
    pub(super) fn missing_for_new_person<'c>(
        &self,
        change: &'c Change<'_>,
    ) -> Option<(&'c str, GroupUse, &MissingGroup)> {
        if !self.holds_creations || self.missing.is_empty() || !creates_person(change) {
            return None;
        }
        let mut found = None;
        each_needed_group(change, |name, how| {
            let missing = self.missing(name).or_else(|| self.missing(asked_group(name)?));
            found = found.or_else(|| Some((name, how, missing?)));
        });
        found
    }

    /// Lets a work item check the unchecked groups that it names. If other work items are checking
    /// one of them and this one creates a user, returns the group that it must wait for instead.
    /// `end` is the last row of the work item's command.
    pub(super) fn ask(
        &mut self,
        end: u32,
        changes: &[(u32, Change<'_>)],
        presence: Option<&GroupPresence>,
    ) -> Option<Key> {
        let keys = self.unchecked_groups(changes, presence);
        let own = self.checking.get(&end);
        let open: Vec<Key> = keys
            .into_iter()
            .filter(|key| self.unchecked.get(key) != Some(&GroupKnowledge::There))
            .collect();
        let new: Vec<Key> =
            open.into_iter().filter(|key| own.is_none_or(|own| !own.contains(key))).collect();
        let is_taken = |key: &Key| {
            matches!(self.unchecked.get(key),
            Some(GroupKnowledge::Open { asking }) if *asking > 0)
        };
        let taken = new.iter().copied().find(is_taken);
        if let Some(key) =
            taken.filter(|_| changes.iter().any(|(_, change)| creates_person(change)))
        {
            return Some(key);
        }
        for key in new {
            if let GroupKnowledge::Open { asking } =
                self.unchecked.entry(key).or_insert(GroupKnowledge::Open { asking: 0 })
            {
                *asking += 1;
                self.checking.entry(end).or_default().push(key);
            }
        }
        None
    }

    /// Groups for which it is unknown whether they were created.
    pub(super) fn uncertain(&self) -> &HashSet<Key> {
        &self.uncertain
    }

    /// Adds the uncertain groups of earlier files and of other processes.
    pub(super) fn add_uncertain(&mut self, groups: impl IntoIterator<Item = Key>) {
        if self.holds_creations {
            self.uncertain.extend(groups);
        }
    }

    /// Marks a group as uncertain, so that rows check it.
    pub(super) fn mark_uncertain(&mut self, name: &str) {
        if self.holds_creations {
            self.uncertain.extend(asked_group(name).map(Key::group));
        }
    }

    /// Returns the groups in rows about users that were not checked before the run.
    fn unchecked_groups(
        &self,
        changes: &[(u32, Change<'_>)],
        presence: Option<&GroupPresence>,
    ) -> Vec<Key> {
        let mut keys = Vec::new();
        if presence.is_none() && self.uncertain.is_empty() {
            return keys;
        }
        let is_unchecked = |name: &&str| {
            presence.is_some_and(|presence| presence.is_unchecked(name))
                || self.uncertain.contains(&Key::group(name))
        };
        for (_, change) in changes.iter().filter(|(_, change)| matches!(change, Change::User(_))) {
            each_needed_group(change, |name, _| {
                let asked = asked_group(name).filter(is_unchecked);
                keys.extend(asked.map(Key::group).filter(|key| !keys.contains(key)));
            });
        }
        keys
    }

    /// Ends the checks of a completed work item. Returns the groups that must be checked again.
    pub(super) fn end_questions(&mut self, end: u32) -> Vec<Key> {
        let mut keys = self.checking.remove(&end).unwrap_or_default();
        keys.retain(|key| match self.unchecked.get_mut(key) {
            Some(GroupKnowledge::Open { asking }) => {
                *asking = asking.saturating_sub(1);
                true
            }
            _ => false,
        });
        keys
    }

    /// Records that a group exists. Returns its key if rows wait for it.
    pub(super) fn set_known(&mut self, name: &str) -> Option<Key> {
        let key = Key::group(asked_group(name)?);
        let open =
            self.unchecked.get_mut(&key).filter(|answer| **answer != GroupKnowledge::There)?;
        *open = GroupKnowledge::There;
        Some(key)
    }

    /// Records that the group with this key exists.
    pub(super) fn set_found(&mut self, key: Key) {
        self.unchecked.insert(key, GroupKnowledge::There);
    }

    /// Records that a group was created or renamed to this name, and is no longer missing. Returns
    /// whether it was missing.
    pub(super) fn appear(&mut self, name: &str) -> bool {
        self.missing.remove(&Key::group(name)).is_some()
    }

    /// Records that a group was refused as not found. Returns the keys that rows wait for.
    pub(super) fn miss(&mut self, group: MissingGroup) -> [Option<Key>; 2] {
        let asked = asked_group(&group.name).map(Key::group);
        let key = Key::group(&group.name);
        self.missing.insert(key, group);
        [Some(key), asked.filter(|asked| *asked != key)]
    }
}

fn creates_person(change: &Change<'_>) -> bool {
    matches!(change, Change::User(user) if user.create.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{CreateUser, IdentityType, IfExists, UserChange};
    use crate::reconcile::{AbsentGroups, GroupUses};

    fn presence(unchecked: &[&str]) -> GroupPresence {
        let unchecked = unchecked.iter().map(|name| (*name).to_owned()).collect();
        GroupPresence::new(
            0,
            &GroupUses::default(),
            &AbsentGroups { unchecked, ..AbsentGroups::default() },
        )
    }

    fn joins<'a>(groups: &[&'a str]) -> UserChange<'a> {
        UserChange {
            user: "ann@x.com".into(),
            add: groups.iter().map(|name| (*name).into()).collect(),
            ..UserChange::default()
        }
    }

    fn creates<'a>(groups: &[&'a str]) -> [(u32, Change<'a>); 1] {
        let create = CreateUser {
            identity: IdentityType::Federated,
            email: "ann@x.com".into(),
            firstname: None,
            lastname: None,
            country: None,
            if_exists: IfExists::Ignore,
        };
        [(0, Change::User(UserChange { create: Some(create), ..joins(groups) }))]
    }

    fn missing(name: &str) -> MissingGroup {
        MissingGroup {
            name: name.to_owned(),
            code: "error.group.not_found".to_owned(),
            row: 0,
            file: None,
        }
    }

    #[test]
    fn one_row_finds_out_and_creates_wait_for_it() {
        let (mut found, presence) = (FoundGroups::that_hold_creations(), presence(&["A", "B"]));
        let a = Some(Key::group("a"));
        assert_eq!(found.ask(1, &creates(&["A", "C"]), Some(&presence)), None);
        assert_eq!(
            found.ask(1, &creates(&["A", "C"]), Some(&presence)),
            None,
            "it is this row's own question"
        );
        assert_eq!(found.ask(2, &creates(&["B", "a"]), Some(&presence)), a);
        assert_eq!(
            found.ask(3, &creates(&["_admin_A"]), Some(&presence)),
            a,
            "a role is there when its group is"
        );
        assert_eq!(
            found.ask(4, &[(0, Change::User(joins(&["A"])))], Some(&presence)),
            None,
            "who only joins leaves no account behind"
        );
        assert_eq!(found.ask(5, &creates(&["C"]), Some(&presence)), None, "it was checked");
        assert_eq!(found.ask(6, &creates(&["B"]), Some(&presence)), None, "who waits asks nothing");
        assert_eq!(found.set_known("A"), a);
        assert_eq!(
            (found.set_known("A"), found.ask(2, &creates(&["A"]), Some(&presence))),
            (None, None)
        );
    }

    #[test]
    fn group_question_passes_on_after_another_failure() {
        let (mut found, presence) = (FoundGroups::that_hold_creations(), presence(&["A"]));
        let a = Key::group("A");
        assert_eq!(found.ask(0, &creates(&["A"]), Some(&presence)), None);
        assert_eq!(found.end_questions(0), [a]);
        assert_eq!(found.ask(1, &creates(&["A"]), Some(&presence)), None);
        assert_eq!(found.ask(2, &creates(&["A"]), Some(&presence)), Some(a));
        assert_eq!((found.end_questions(1), found.end_questions(1)), (vec![a], Vec::new()));
        assert_eq!(found.ask(2, &creates(&["A"]), Some(&presence)), None);
        found.set_known("A");
        assert!(found.end_questions(2).is_empty());
    }

    #[test]
    fn missing_group_spares_new_people_until_a_row_creates_it() {
        let mut found = FoundGroups::that_hold_creations();
        assert_eq!(found.miss(missing("Desing")), [Some(Key::group("Desing")), None]);
        for groups in [&["Design", "DESING"][..], &["_admin_Desing"]] {
            let creates = creates(groups);
            assert_eq!(
                found.missing_for_new_person(&creates[0].1).map(|found| found.0),
                groups.last().copied()
            );
        }
        assert!(found.missing_for_new_person(&Change::User(joins(&["Desing"]))).is_none());
        assert!(found.appear("desing") && !found.appear("desing"));
        assert!(found.missing_for_new_person(&creates(&["Desing"])[0].1).is_none());
        let mut never = FoundGroups::default();
        never.miss(missing("Desing"));
        assert!(
            never.missing_for_new_person(&creates(&["Desing"])[0].1).is_none(),
            "nobody wants groups to be checked"
        );
    }
}
