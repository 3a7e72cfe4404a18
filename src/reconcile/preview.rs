//! What a file would change, for approval by a person.
//!
//! In: the remainder of each row's change, and the organization. Out: who is created and updated
//! (with the old and the new value), who joins and leaves which group, and which licences would not
//! suffice. A membership that several rows ask for counts once.

use super::lone_domains::{CreatedDomains, LoneDomain};
use super::preview_step::{GroupPreviewStep, MembershipStep, PreviewStep, ValueChange};
use crate::change::{CREATED_OR_UPDATED, GROUP_CREATED_OR_UPDATED, Leave};
use crate::organization::{OrgGroupKind, Organization};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, HashMap, HashSet};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The changes of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Preview {
    /// The first names of those who are created, change or go, by the word of the results.
    pub names: BTreeMap<&'static str, PreviewNames>,
    /// The number of values of users that change.
    pub values: u64,
    /// The first of these changes.
    pub updates: Vec<ValueChange>,
    /// Memberships to add and to remove, by group.
    pub groups: BTreeMap<String, GroupChanges>,
    /// The number of user groups whose name, description or product profiles change.
    pub groups_to_update: u64,
    /// Profiles that would have more members than licences.
    pub exceeded: Vec<Exceeded>,
    /// Domains in which only one user would be.
    pub lone_domains: Vec<LoneDomain>,
    domains: CreatedDomains,
    /// Memberships of users who leave, by group in lower case.
    freed: HashMap<String, u64>,
    seen: HashSet<u64>,
    /// The first spelling of each group.
    spelling: HashMap<String, String>,
}

/// The users or groups that one word of the results counts. A change of a group has the change in
/// its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PreviewNames {
    /// How many there are.
    pub number: u64,
    /// The first of them.
    pub first: Vec<String>,
}

/// The changed memberships of one group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct GroupChanges {
    /// The number to add.
    pub add: u64,
    /// The number to remove.
    pub remove: u64,
}

/// A profile with more members than licences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Exceeded {
    /// The profile.
    pub group: String,
    /// Its licences.
    pub quota: u64,
    /// Its members after the import.
    pub members: u64,
}

/// The most updates, and the most names of a kind, that are kept.
const SHOWN: usize = 1000;

fn keep<T>(all: &mut Vec<T>, one: T) {
    if all.len() < SHOWN {
        all.push(one);
    }
}

impl Preview {
    /// Adds the changes of a row.
    pub(crate) fn take(&mut self, steps: Vec<(u64, PreviewStep)>) {
        for (who, step) in steps {
            match step {
                PreviewStep::Create { user, effect, email } => {
                    if self.is_new(who, "create") {
                        self.domains.add(&user, &email);
                        self.name(effect, user);
                    }
                }
                PreviewStep::Leave { user, how, groups } => {
                    let effect = match how {
                        Leave::KeepAccount => "removed",
                        Leave::DeleteAccount => "account_deleted",
                    };
                    if self.is_new(who, effect) {
                        self.name(effect, user);
                    }
                    for group in groups.into_iter().map(|group| group.to_lowercase()) {
                        if self.is_new(who, &format!("-{group}")) {
                            *self.freed.entry(group).or_default() += 1;
                        }
                    }
                }
                PreviewStep::Update(update) => {
                    if self.is_new(who, "update") {
                        self.name("updated", update.of.clone());
                    }
                    if self.is_new(who, &format!("{} {}", update.field, update.new)) {
                        self.values += 1;
                        keep(&mut self.updates, update);
                    }
                }
                PreviewStep::Add(MembershipStep { group, .. }) => {
                    if self.is_new(who, &format!("+{}", group.to_lowercase())) {
                        self.moves_of(group).add += 1;
                    }
                }
                PreviewStep::Remove(MembershipStep { group, .. }) => {
                    if self.is_new(who, &format!("-{}", group.to_lowercase())) {
                        self.moves_of(group).remove += 1;
                    }
                }
                PreviewStep::RemoveAll(user) => {
                    if self.is_new(who, "all") {
                        self.name("left_all", user);
                    }
                }
                PreviewStep::Group(step, group) => self.take_group(who, &step, group),
            }
        }
    }

    fn take_group(&mut self, who: u64, step: &GroupPreviewStep, group: String) {
        let (once, name) = match step {
            GroupPreviewStep::Create(_) => ("create".to_owned(), group),
            GroupPreviewStep::Delete => ("leave".to_owned(), group),
            GroupPreviewStep::Update(_)
            | GroupPreviewStep::AddProfiles(_)
            | GroupPreviewStep::RemoveProfiles(_) => {
                self.groups_to_update += u64::from(self.is_new(who, "update"));
                let words = format!("{group}: {step}");
                (words.clone(), words)
            }
        };
        if self.is_new(who, &once) {
            self.name(step.effect(), name);
        }
    }

    /// Whether this is the first time that this happens to a user or group.
    fn is_new(&mut self, who: u64, what: &str) -> bool {
        self.seen.insert(xxh3_64_with_seed(what.as_bytes(), who))
    }

    /// Counts a user or group under a word of the results.
    fn name(&mut self, effect: &'static str, name: String) {
        let names = self.names.entry(effect).or_default();
        names.number += 1;
        keep(&mut names.first, name);
    }

    /// Returns the users who are created, or perhaps there already.
    pub(crate) fn users_created(&self) -> PreviewNames {
        self.named(&["created", "created_or_exists", CREATED_OR_UPDATED])
    }

    /// Returns the groups that are created, or perhaps there already.
    pub(crate) fn groups_created(&self) -> PreviewNames {
        self.named(&["group_created", "group_created_or_exists", GROUP_CREATED_OR_UPDATED])
    }

    /// Returns the changes of groups.
    pub(crate) fn groups_changed(&self) -> PreviewNames {
        self.named(&["group_renamed", "group_updated", "profiles_added", "profiles_removed"])
    }

    /// Returns the users or groups that any of these words counts.
    pub(crate) fn named(&self, effects: &[&str]) -> PreviewNames {
        let mut all = PreviewNames::default();
        for names in effects.iter().filter_map(|effect| self.names.get(effect)) {
            all.number += names.number;
            let room = SHOWN - all.first.len();
            all.first.extend(names.first.iter().take(room).cloned());
        }
        all
    }

    fn moves_of(&mut self, group: String) -> &mut GroupChanges {
        let name = self.spelling.entry(group.to_lowercase()).or_insert(group);
        self.groups.entry(name.clone()).or_default()
    }

    /// Finds the licences that would not suffice, if the organization's groups are known. `all` is
    /// the sum of this file and those before it.
    pub(crate) fn reckon(&mut self, organization: &Organization, all: Option<&Preview>) {
        let (all, freed) = all.map_or((&self.groups, &self.freed), |all| (&all.groups, &all.freed));
        self.exceeded = self
            .groups
            .iter()
            .filter(|(_, own)| own.add > 0)
            .filter_map(|(name, own)| {
                let moves = all.get(name).unwrap_or(own);
                let group =
                    organization.group(name).filter(|group| group.kind == OrgGroupKind::Profile)?;
                let (quota, members) = (group.quota?, group.members?);
                let gone = moves.remove + freed.get(&name.to_lowercase()).copied().unwrap_or(0);
                let members = (members + moves.add).saturating_sub(gone);
                (members > quota).then(|| Exceeded { group: group.name.clone(), quota, members })
            })
            .collect();
    }

    /// Finds the domains in which only one user of all files would be, once all rows were taken.
    pub(crate) fn find_lone_domains(all: &mut [&mut Self], organization: Option<&Organization>) {
        let mut domains = CreatedDomains::default();
        all.iter().for_each(|preview| domains.merge(&preview.domains));
        let lone = domains.lone(organization);
        for preview in all {
            let is_own = |one: &&LoneDomain| preview.domains.has(&one.domain);
            preview.lone_domains = lone.iter().filter(is_own).cloned().collect();
        }
    }

    /// Returns the number of memberships to add and to remove, over all groups.
    pub(crate) fn moves(&self) -> GroupChanges {
        let sum = |of: fn(&GroupChanges) -> u64| self.groups.values().map(of).sum();
        GroupChanges { add: sum(|moves| moves.add), remove: sum(|moves| moves.remove) }
    }
}

impl Serialize for Preview {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = |effect: &str| self.named(&[effect]).number;
        let names: BTreeMap<_, _> =
            self.names.iter().map(|(effect, names)| (effect, &names.first)).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("create", &self.users_created().number)?;
        map.serialize_entry("update", &number("updated"))?;
        map.serialize_entry("updates", &self.updates)?;
        map.serialize_entry("groups", &self.groups)?;
        map.serialize_entry("leave", &number("removed"))?;
        map.serialize_entry("delete_accounts", &number("account_deleted"))?;
        map.serialize_entry("groups_to_create", &self.groups_created().number)?;
        map.serialize_entry("groups_to_update", &self.groups_to_update)?;
        map.serialize_entry("groups_to_delete", &number("group_deleted"))?;
        map.serialize_entry("exceeded", &self.exceeded)?;
        map.serialize_entry("names", &names)?;
        map.serialize_entry("lone_domains", &self.lone_domains)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{
        Change, CreateUser, IdentityType, IfExists, Memberships, RowEffect, UserChange,
    };
    use crate::reconcile::steps;
    use crate::umapi::{ListedGroup, ListedUser};

    fn organization() -> Organization {
        let mut all = Organization::new("a list", jiff::Timestamp::UNIX_EPOCH);
        let ann = ListedUser {
            email: "ann@example.com".into(),
            firstname: "Ann".into(),
            groups: vec!["G".into()],
            ..ListedUser::default()
        };
        all.add(&ann);
        all.add_group(&ListedGroup {
            name: "P".into(),
            kind: "PRODUCT_PROFILE".into(),
            member_count: Some(3),
            license_quota: "3".into(),
            ..ListedGroup::default()
        });
        all
    }

    #[test]
    fn old_and_new_values_are_told_and_a_membership_counts_once() {
        let all = organization();
        let create = CreateUser {
            identity: IdentityType::Federated,
            email: "ann@example.com".into(),
            firstname: Some("Anna".into()),
            lastname: None,
            country: None,
            if_exists: IfExists::Update,
        };
        let change = UserChange {
            user: "ann@example.com".into(),
            create: Some(create),
            add: vec!["P".into()],
            ..UserChange::default()
        };
        let mut preview = Preview::default();
        for _ in 0..2 {
            let change = Change::User(change.clone());
            // The list shows the user.
            preview.take(steps(&change, RowEffect::of(&change).met(), Some(&all)));
        }
        preview.reckon(&all, None);
        assert_eq!(
            (preview.users_created().number, preview.named(&["updated"]).number, preview.moves()),
            (0, 1, GroupChanges { add: 1, remove: 0 })
        );
        assert_eq!(
            preview.updates,
            [ValueChange {
                of: "ann@example.com".into(),
                field: "firstname",
                old: Some("Ann".into()),
                new: "Anna".into()
            }]
        );
        assert_eq!(preview.exceeded, [Exceeded { group: "P".into(), quota: 3, members: 4 }]);
    }

    #[test]
    fn whoever_loses_everything_loses_each_membership() {
        let all = organization();
        let change = UserChange {
            user: "ann@example.com".into(),
            remove: Some(Memberships::All),
            ..UserChange::default()
        };
        let change = Change::User(change);
        assert_eq!(
            steps(&change, RowEffect::of(&change), Some(&all))
                .into_iter()
                .map(|(_, step)| step)
                .collect::<Vec<_>>(),
            [PreviewStep::Remove(MembershipStep { group: "G".into(), member: None })]
        );
    }
}
