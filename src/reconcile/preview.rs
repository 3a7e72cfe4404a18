//! What a file would change, for approval by a person.
//!
//! In: the remainder of each row's change, and the organization. Out: who is created and updated
//! (with the old and the new value), who joins and leaves which group, and which licences would not
//! suffice. A membership that several rows ask for counts once.

use crate::change::{Change, GroupChange, IfExists, Memberships, UserChange};
use crate::organization::{Coverage, OrgGroupKind, OrgUser, Organization, UserKey};
use crate::umapi::UserRef;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
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
    /// Memberships of users who leave, by group in lower case.
    #[serde(skip)]
    freed: HashMap<String, u64>,
    #[serde(skip)]
    seen: HashSet<u64>,
    /// The first spelling of each group.
    #[serde(skip)]
    spelling: HashMap<String, String>,
}

/// A value that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ValueChange {
    /// The user: the email address, or the name in the row.
    pub user: String,
    /// The kind of value.
    pub field: &'static str,
    /// The old value; `None` if unknown.
    pub old: Option<String>,
    /// The new value.
    pub new: String,
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

/// One change of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PreviewStep {
    /// A user is created.
    Create,
    /// A value of a user changes.
    Update(ValueChange),
    /// A user joins a group.
    Add(String),
    /// A user is removed from a group.
    Remove(String),
    /// A user leaves the organization and these groups.
    Leave(Vec<String>),
    /// A user group changes.
    Group(&'static str),
}

/// Returns the changes of a row, each with a number for its user or group. Groups have the spelling
/// of the organization, if it is known.
pub(crate) fn steps(
    change: &Change<'_>,
    organization: Option<&Organization>,
) -> Vec<(u64, PreviewStep)> {
    let mut steps = match change {
        Change::User(user) => user_steps(user, organization),
        Change::Group(group) => group_steps(group, organization),
    };
    for (_, step) in &mut steps {
        if let PreviewStep::Add(name) | PreviewStep::Remove(name) = step
            && let Some(group) = organization.and_then(|all| all.group(name))
        {
            name.clone_from(&group.name);
        }
    }
    steps
}

fn user_steps(
    user: &UserChange<'_>,
    organization: Option<&Organization>,
) -> Vec<(u64, PreviewStep)> {
    let person = organization.and_then(|all| all.user(user.user_ref()));
    // An Adobe ID that is created is a different account from a user with that address.
    let who = UserKey::new(organization, user.user_ref()).digest()
        ^ u64::from(user.adobe_id && person.is_none());
    let shows = |name: &str| {
        organization
            .is_some_and(|all| all.coverage.shows_membership(name) && all.shows(Coverage::DIRECT))
    };
    let is_absent = organization.is_some_and(|all| all.is_absent(user.user_ref()));
    // A membership that a user does not have cannot be removed.
    let loses = |name: &str| !shows(name) || person.map_or(!is_absent, |person| person.is_in(name));
    let mut steps = create_steps(user, person);
    if let Some(new) = &user.update {
        for (field, value) in [
            ("email", &new.email),
            ("username", &new.username),
            ("firstname", &new.firstname),
            ("lastname", &new.lastname),
        ] {
            steps.extend(update(user, person, field, value.as_deref()));
        }
    }
    match &user.remove {
        Some(Memberships::Named(names)) => steps.extend(
            names
                .iter()
                .filter(|name| loses(name))
                .map(|name| PreviewStep::Remove(name.to_string())),
        ),
        Some(Memberships::All) => {
            let held = person
                .into_iter()
                .flat_map(OrgUser::group_names)
                .filter(|name| *name != "_org_admin");
            steps.extend(held.map(|name| PreviewStep::Remove(name.to_owned())));
        }
        None => {}
    }
    steps.extend(user.add.iter().map(|name| PreviewStep::Add(name.to_string())));
    if user.leave.is_some() {
        steps.push(PreviewStep::Leave(
            person.into_iter().flat_map(OrgUser::group_names).map(str::to_owned).collect(),
        ));
    }
    steps.into_iter().map(|step| (who, step)).collect()
}

/// Returns the changes of a create step.
fn create_steps(user: &UserChange<'_>, person: Option<OrgUser<'_>>) -> Vec<PreviewStep> {
    let Some(create) = &user.create else { return Vec::new() };
    match person.filter(|person| person.is_adobe() == user.adobe_id) {
        None => vec![PreviewStep::Create],
        // A create step for an existing user may update the names.
        Some(person) if create.if_exists == IfExists::Update && !person.is_adobe() => {
            let names = [("firstname", &create.firstname), ("lastname", &create.lastname)];
            let update =
                |(field, name): (_, &Option<_>)| update(user, Some(person), field, name.as_deref());
            names.into_iter().filter_map(update).collect()
        }
        Some(_) => Vec::new(),
    }
}

fn update(
    user: &UserChange<'_>,
    person: Option<OrgUser<'_>>,
    field: &'static str,
    new: Option<&str>,
) -> Option<PreviewStep> {
    let old = person.and_then(|person| match field {
        "email" => Some(person.email()),
        "username" => Some(person.username()),
        "firstname" => person.has_names().then(|| person.firstname()),
        _ => person.has_names().then(|| person.lastname()),
    });
    let new = new.filter(|new| old != Some(new))?.to_owned();
    Some(PreviewStep::Update(ValueChange {
        user: user.user.to_string(),
        field,
        old: old.map(str::to_owned),
        new,
    }))
}

fn group_steps(
    group: &GroupChange<'_>,
    organization: Option<&Organization>,
) -> Vec<(u64, PreviewStep)> {
    let whole = [
        (group.create.is_some(), "create the group"),
        (group.update.is_some(), "change the group"),
        (group.delete, "delete the group"),
        (
            !group.add_profiles.is_empty() || !group.remove_profiles.is_empty(),
            "change the group's profiles",
        ),
    ];
    let own = xxh3_64_with_seed(group.group.to_lowercase().as_bytes(), 1);
    let mut steps: Vec<(u64, PreviewStep)> = whole
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, what)| (own, PreviewStep::Group(what)))
        .collect();
    let member = |user: &str| UserKey::new(organization, UserRef::own(user)).digest();
    steps.extend(
        group
            .remove_users
            .iter()
            .map(|user| (member(user), PreviewStep::Remove(group.group.to_string()))),
    );
    steps.extend(
        group
            .add_users
            .iter()
            .map(|user| (member(user), PreviewStep::Add(group.group.to_string()))),
    );
    steps
}

/// The most updates that are kept.
const SHOWN: usize = 1000;

impl Preview {
    /// Adds the changes of a row.
    pub(crate) fn take(&mut self, steps: Vec<(u64, PreviewStep)>) {
        for (who, step) in steps {
            let is_new = |seen: &mut HashSet<u64>, what: &str| {
                seen.insert(xxh3_64_with_seed(what.as_bytes(), who))
            };
            match step {
                PreviewStep::Create => self.create += u64::from(is_new(&mut self.seen, "create")),
                PreviewStep::Leave(groups) => {
                    self.leave += u64::from(is_new(&mut self.seen, "leave"));
                    for group in groups {
                        if is_new(&mut self.seen, &format!("-{}", group.to_lowercase())) {
                            *self.freed.entry(group.to_lowercase()).or_default() += 1;
                        }
                    }
                }
                PreviewStep::Update(update) => {
                    self.update += u64::from(is_new(&mut self.seen, "update"));
                    if is_new(&mut self.seen, &format!("{} {}", update.field, update.new))
                        && self.updates.len() < SHOWN
                    {
                        self.updates.push(update);
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
                PreviewStep::Group("create the group") => {
                    self.groups_to_create += u64::from(is_new(&mut self.seen, "create the group"));
                }
                PreviewStep::Group("delete the group") => {
                    self.groups_to_delete += u64::from(is_new(&mut self.seen, "delete the group"));
                }
                PreviewStep::Group(_) => {
                    self.groups_to_update += u64::from(is_new(&mut self.seen, "group"));
                }
            }
        }
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

    /// Returns the number of memberships to add and to remove, over all groups.
    pub(crate) fn moves(&self) -> GroupChanges {
        let sum = |of: fn(&GroupChanges) -> u64| self.groups.values().map(of).sum();
        GroupChanges { add: sum(|moves| moves.add), remove: sum(|moves| moves.remove) }
    }
}

impl fmt::Display for PreviewStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create => f.write_str("create"),
            Self::Update(ValueChange { field, old: Some(old), new, .. }) => {
                write!(f, "{field} `{old}` -> `{new}`")
            }
            Self::Update(ValueChange { field, new, .. }) => write!(f, "{field} -> `{new}`"),
            Self::Add(group) => write!(f, "add to `{group}`"),
            Self::Remove(group) => write!(f, "remove from `{group}`"),
            Self::Leave(_) => f.write_str("leave the organization"),
            Self::Group(what) => f.write_str(what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{CreateUser, IdentityType, IfExists};
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
