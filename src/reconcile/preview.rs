//! What a file would change, for approval by a person.
//!
//! In: the remainder of each row's change, and the organization. Out: who is created and updated
//! (with the old and the new value), who joins and leaves which group, and which licences would not
//! suffice. A membership that several rows ask for counts once.

use super::lone_domains::{CreatedDomains, LoneDomain};
use super::preview_step::{GroupPreviewStep, PreviewStep, ValueChange};
use crate::organization::{OrgGroupKind, Organization};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The changes of a file.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Preview {
    /// The number of users to create.
    pub create: u64,
    /// The number of users whose name, email address or username changes.
    pub update: u64,
    /// The first of these changes.
    pub updates: Vec<ValueChange>,
    /// Memberships to add and to remove, by group.
    pub groups: BTreeMap<String, GroupChanges>,
    /// The number of users who leave the organization.
    pub leave: u64,
    /// The number of user groups to create.
    pub groups_to_create: u64,
    /// The number of user groups to rename or describe.
    pub groups_to_update: u64,
    /// The number of user groups to delete.
    pub groups_to_delete: u64,
    /// Profiles that would have more members than licences.
    pub exceeded: Vec<Exceeded>,
    /// The first names of those who are created or leave.
    pub names: PreviewNames,
    /// Domains in which only one user would be.
    pub lone_domains: Vec<LoneDomain>,
    #[serde(skip)]
    domains: CreatedDomains,
    /// Memberships of users who leave, by group in lower case.
    #[serde(skip)]
    freed: HashMap<String, u64>,
    #[serde(skip)]
    seen: HashSet<u64>,
    /// The first spelling of each group.
    #[serde(skip)]
    spelling: HashMap<String, String>,
}

/// The first names of the users and groups that are created, change or go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct PreviewNames {
    /// Users to create.
    pub create: Vec<String>,
    /// Users who leave the organization.
    pub leave: Vec<String>,
    /// User groups to create.
    pub groups_to_create: Vec<String>,
    /// User groups to rename or describe.
    pub groups_to_update: Vec<String>,
    /// User groups to delete.
    pub groups_to_delete: Vec<String>,
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
            let is_new = |seen: &mut HashSet<u64>, what: &str| {
                seen.insert(xxh3_64_with_seed(what.as_bytes(), who))
            };
            match step {
                PreviewStep::Create(user) => {
                    if is_new(&mut self.seen, "create") {
                        self.create += 1;
                        self.domains.add(&user);
                        keep(&mut self.names.create, user);
                    }
                }
                PreviewStep::Leave { user, groups } => {
                    if is_new(&mut self.seen, "leave") {
                        self.leave += 1;
                        keep(&mut self.names.leave, user);
                    }
                    for group in groups {
                        if is_new(&mut self.seen, &format!("-{}", group.to_lowercase())) {
                            *self.freed.entry(group.to_lowercase()).or_default() += 1;
                        }
                    }
                }
                PreviewStep::Update(update) => {
                    self.update += u64::from(is_new(&mut self.seen, "update"));
                    if is_new(&mut self.seen, &format!("{} {}", update.field, update.new)) {
                        keep(&mut self.updates, update);
                    }
                }
                PreviewStep::Add(group) => {
                    if is_new(&mut self.seen, &format!("+{}", group.to_lowercase())) {
                        self.moves_of(group).add += 1;
                    }
                }
                PreviewStep::Remove(group) => {
                    if is_new(&mut self.seen, &format!("-{}", group.to_lowercase())) {
                        self.moves_of(group).remove += 1;
                    }
                }
                PreviewStep::Group(step, group) => {
                    if is_new(&mut self.seen, step.kind()) {
                        self.take_group(step, group);
                    }
                }
            }
        }
    }

    fn take_group(&mut self, step: GroupPreviewStep, group: String) {
        let (number, names) = match step {
            GroupPreviewStep::Create => {
                (&mut self.groups_to_create, &mut self.names.groups_to_create)
            }
            GroupPreviewStep::Delete => {
                (&mut self.groups_to_delete, &mut self.names.groups_to_delete)
            }
            GroupPreviewStep::Update | GroupPreviewStep::Profiles => {
                (&mut self.groups_to_update, &mut self.names.groups_to_update)
            }
        };
        *number += 1;
        keep(names, group);
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

    /// Finds the domains in which only one user would be, once all rows were taken.
    pub(crate) fn find_lone_domains(&mut self, organization: Option<&Organization>) {
        self.lone_domains = self.domains.lone(organization);
    }

    /// Returns the number of memberships to add and to remove, over all groups.
    pub(crate) fn moves(&self) -> GroupChanges {
        let sum = |of: fn(&GroupChanges) -> u64| self.groups.values().map(of).sum();
        GroupChanges { add: sum(|moves| moves.add), remove: sum(|moves| moves.remove) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Change, CreateUser, IdentityType, IfExists, Memberships, UserChange};
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
            preview.take(steps(&Change::User(change.clone()), Some(&all)));
        }
        preview.reckon(&all, None);
        assert_eq!(
            (preview.create, preview.update, preview.moves()),
            (0, 1, GroupChanges { add: 1, remove: 0 })
        );
        assert_eq!(
            preview.updates,
            [ValueChange {
                user: "ann@example.com".into(),
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
        assert_eq!(
            steps(&Change::User(change), Some(&all))
                .into_iter()
                .map(|(_, step)| step)
                .collect::<Vec<_>>(),
            [PreviewStep::Remove("G".into())]
        );
    }
}
