//! The organization: its users, its groups, and who is in which group. Names are looked up without
//! regard to letter case.
//!
//! It holds a million users in little memory, so users and groups refer to each other by number.

use super::domain::Domains;
use super::group::{AdminRole, SandboxGroup, SandboxGroupKind, about};
use super::ids::{GroupId, UserId};
use super::numbers::Numbers;
use super::user::{Identity, SandboxUser, UserStatus};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Odd, so that multiplication by it gives every number once.
const SCATTER: u32 = 0x9E37_79B1;
/// A user group with more members takes no further ones (the API's documentation of user group
/// commands).
const MOST_MEMBERS: usize = 200_000;

/// A user, in little memory.
#[derive(Debug, Clone)]
pub(super) struct UserEntry {
    pub(super) email: Box<str>,
    /// `None` if it is the email address.
    pub(super) username: Option<Box<str>>,
    pub(super) domain: Box<str>,
    pub(super) firstname: Box<str>,
    pub(super) lastname: Box<str>,
    pub(super) country: Box<str>,
    pub(super) identity: Identity,
    pub(super) status: UserStatus,
    /// Whether the user is counted in lists but not listed.
    pub(super) technical: bool,
    groups: Vec<GroupId>,
}

impl UserEntry {
    /// Returns the entry of a user without groups.
    pub(super) fn new(user: &SandboxUser) -> Self {
        Self {
            email: user.email.as_str().into(),
            username: (user.username != user.email && !user.username.is_empty())
                .then(|| user.username.as_str().into()),
            domain: user.domain.as_str().into(),
            firstname: user.firstname.as_str().into(),
            lastname: user.lastname.as_str().into(),
            country: user.country.as_str().into(),
            identity: user.identity,
            status: user.status,
            technical: user.technical,
            groups: Vec::new(),
        }
    }

    /// Returns the username, which is the email address unless it is another name.
    pub(super) fn username(&self) -> &str {
        self.username.as_deref().unwrap_or(&self.email)
    }

    /// Returns the names by which the user is found. A username that looks like an email address is
    /// not among them (the API's documentation of `update`).
    fn names(&self) -> impl Iterator<Item = Box<str>> {
        let email = if self.identity == Identity::Adobe {
            adobe_key(&self.email)
        } else {
            email_key(&self.email)
        };
        let username = self
            .username
            .as_deref()
            .filter(|name| !name.contains('@'))
            .map(|name| username_key(name, &self.domain));
        std::iter::once(email).chain(username)
    }
}

/// A group of the organization, with its members.
#[derive(Debug, Clone)]
pub(super) struct GroupEntry {
    pub(super) group: SandboxGroup,
    /// The profiles that its members get.
    pub(super) profiles: Vec<GroupId>,
    /// The members, each with a number that says in which order they joined.
    pub(super) members: BTreeMap<UserId, u64>,
}

/// The users and groups of an organization.
#[derive(Debug, Clone)]
pub struct Directory {
    people: BTreeMap<UserId, UserEntry>,
    /// The users who are listed, to find the start of a page.
    numbers: Numbers,
    /// The users who are not listed: accounts that are not active.
    hidden: BTreeSet<UserId>,
    names: HashMap<Box<str>, UserId>,
    groups: Vec<Option<GroupEntry>>,
    group_names: HashMap<String, GroupId>,
    pub(super) domains: Domains,
    pub(super) most_members: usize,
    /// Whether creating a Federated ID beside an Adobe ID of the same address succeeds without a
    /// new account, and then means the Adobe ID.
    pub(super) shadows: bool,
    /// The number of users ever created.
    numbered: u32,
    /// The number of memberships ever created.
    joined: u64,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            people: BTreeMap::new(),
            numbers: Numbers::default(),
            hidden: BTreeSet::new(),
            names: HashMap::new(),
            groups: Vec::new(),
            group_names: HashMap::new(),
            domains: Domains::default(),
            most_members: MOST_MEMBERS,
            shadows: false,
            numbered: 0,
            joined: 0,
        }
    }
}

/// Returns a name in the form in which names are looked up.
pub(super) fn fold(name: &str) -> String {
    name.to_lowercase()
}

fn email_key(email: &str) -> Box<str> {
    fold(email).into()
}

fn adobe_key(email: &str) -> Box<str> {
    format!("adobe\0{}", fold(email)).into()
}

fn username_key(name: &str, domain: &str) -> Box<str> {
    format!("{}\0{}", fold(name), fold(domain)).into()
}

/// The interface for tests and programs.
impl Directory {
    /// Adds a user with memberships, and creates missing groups. Replaces an existing user.
    pub fn add_user(&mut self, user: &SandboxUser) {
        let there = self.find(&user.email, None, user.identity == Identity::Adobe);
        if let Some(id) = there.filter(|id| {
            (self.people[id].identity == Identity::Adobe) == (user.identity == Identity::Adobe)
        }) {
            self.leave(id);
        }
        let id = self.enter(UserEntry::new(user));
        for name in &user.groups {
            let group = self.group_of_that_name(name);
            self.join(id, group);
        }
    }

    /// Adds a group. An existing group stays as it is.
    pub fn add_group(&mut self, group: &SandboxGroup) {
        if self.find_group(&group.name).is_none() {
            self.set_group(group);
        }
    }

    /// Adds a group with the profiles that its members get. An existing group gets these properties
    /// and keeps its members.
    pub(super) fn set_group(&mut self, group: &SandboxGroup) {
        let id = self.group_of_that_name(&group.name);
        let profiles = group.profiles.iter().map(|name| {
            if self.find_group(name).is_none() {
                self.found(SandboxGroup::profile(name));
            }
            self.group_names[&fold(name)]
        });
        let profiles = profiles.collect();
        if let Some(entry) = self.groups[id as usize].as_mut() {
            entry.group =
                SandboxGroup { profiles: std::collections::BTreeSet::new(), ..group.clone() };
            entry.profiles = profiles;
        }
    }

    /// Returns the user with that email address.
    pub fn user(&self, name: &str) -> Option<SandboxUser> {
        self.find(name, None, false).map(|id| self.view(&self.people[&id]))
    }

    /// Returns the group of that name.
    pub fn group(&self, name: &str) -> Option<SandboxGroup> {
        self.find_group(name).map(|id| self.group_view(self.entry(id)))
    }

    /// Returns all users, in no particular order.
    pub fn users(&self) -> impl Iterator<Item = SandboxUser> {
        self.people.values().map(|person| self.view(person))
    }

    /// Returns all user groups and profiles, in the order of their creation.
    pub fn groups(&self) -> impl Iterator<Item = SandboxGroup> {
        self.entries().map(|(_, entry)| self.group_view(entry)).filter(|group| {
            matches!(group.kind, SandboxGroupKind::UserGroup | SandboxGroupKind::Profile)
        })
    }

    /// Returns the number of users.
    pub fn user_count(&self) -> usize {
        self.people.len()
    }

    /// Makes a domain the organization's own, with users of this type. Once a domain is claimed,
    /// users of unknown domains are refused.
    pub fn claim(&mut self, domain: &str, identity: Identity) {
        self.domains.claim(domain, identity);
    }

    /// Makes a domain one that another organization owns and lets this one use.
    pub fn trust(&mut self, domain: &str) {
        self.domains.trust(domain);
    }

    /// Makes Adobe IDs shadow new accounts: from now on, creating a Federated ID where an Adobe ID
    /// of that address is a member succeeds without a new account, and later steps of the command
    /// change the Adobe ID. Observed, but not documented.
    pub fn shadow_adobe_ids(&mut self) {
        self.shadows = true;
    }

    /// Returns a user as tests and programs see it.
    pub(super) fn seen(&self, id: UserId) -> SandboxUser {
        self.view(&self.people[&id])
    }

    fn view(&self, person: &UserEntry) -> SandboxUser {
        SandboxUser {
            email: person.email.to_string(),
            username: person.username().to_owned(),
            domain: person.domain.to_string(),
            firstname: person.firstname.to_string(),
            lastname: person.lastname.to_string(),
            country: person.country.to_string(),
            identity: person.identity,
            status: person.status,
            technical: person.technical,
            groups: self.group_names_of(person).map(ToOwned::to_owned).collect(),
        }
    }

    fn group_view(&self, entry: &GroupEntry) -> SandboxGroup {
        let profiles = entry.profiles.iter().map(|id| self.entry(*id).group.name.clone()).collect();
        SandboxGroup { profiles, ..entry.group.clone() }
    }
}

/// Users.
impl Directory {
    /// Returns all users with their ids.
    pub(super) fn people(&self) -> impl Iterator<Item = (UserId, &UserEntry)> {
        self.people.iter().map(|(id, person)| (*id, person))
    }

    /// Returns the listed users from an index of the list on, counted from 0.
    pub(super) fn listed_from(&self, place: usize) -> impl Iterator<Item = (UserId, &UserEntry)> {
        let (first, further) = self.numbers.at(place);
        self.people
            .range(first..)
            .map(|(id, person)| (*id, person))
            .filter(|(id, _)| self.is_listed(*id))
            .skip(further)
    }

    /// Returns the number of listed users.
    pub(super) fn listed_count(&self) -> usize {
        self.people.len() - self.hidden.len()
    }

    /// Whether the user is in lists and reads: only active accounts are.
    pub(super) fn is_listed(&self, id: UserId) -> bool {
        !self.hidden.contains(&id)
    }

    /// Returns the number of listed members of a group.
    pub(super) fn listed_members(&self, entry: &GroupEntry) -> usize {
        entry.members.len() - self.hidden.iter().filter(|id| entry.members.contains_key(id)).count()
    }

    /// Returns an existing user.
    pub(super) fn person(&self, id: UserId) -> &UserEntry {
        &self.people[&id]
    }

    /// Returns the user of a command or a read. If an Adobe ID and another user share an address,
    /// returns the Adobe ID only with `adobe`.
    pub(super) fn find(&self, name: &str, domain: Option<&str>, adobe: bool) -> Option<UserId> {
        let named = |key: Box<str>| self.names.get(&key).copied();
        match domain {
            _ if adobe => named(adobe_key(name)),
            Some(domain) if !name.contains('@') => named(username_key(name, domain)),
            _ => named(email_key(name)).or_else(|| named(adobe_key(name))),
        }
    }

    /// Adds a user under all names.
    pub(super) fn enter(&mut self, person: UserEntry) -> UserId {
        self.numbered = self.numbered.wrapping_add(1);
        let id = self.numbered.wrapping_mul(SCATTER);
        for name in person.names() {
            self.names.insert(name, id);
        }
        if person.status.is_active() {
            self.numbers.enter(id);
        } else {
            self.hidden.insert(id);
        }
        self.people.insert(id, person);
        id
    }

    /// Removes a user with all memberships.
    pub(super) fn leave(&mut self, id: UserId) {
        for group in self.people.get(&id).map(|person| person.groups.clone()).unwrap_or_default() {
            self.part(id, group);
        }
        if let Some(person) = self.people.remove(&id) {
            if !self.hidden.remove(&id) {
                self.numbers.leave(id);
            }
            self.forget_names(id, &person);
        }
    }

    /// Changes a user and updates the index of names.
    pub(super) fn change(&mut self, id: UserId, change: impl FnOnce(&mut UserEntry)) {
        let Some(mut person) = self.people.remove(&id) else { return };
        self.forget_names(id, &person);
        change(&mut person);
        for name in person.names() {
            self.names.insert(name, id);
        }
        self.people.insert(id, person);
    }

    fn forget_names(&mut self, id: UserId, person: &UserEntry) {
        for name in person.names() {
            if self.names.get(&name) == Some(&id) {
                self.names.remove(&name);
            }
        }
    }

    /// Returns the groups that a user is directly in.
    pub(super) fn groups_of(&self, person: &UserEntry) -> impl Iterator<Item = GroupId> {
        person.groups.iter().copied()
    }

    /// Returns the names of a user's groups.
    pub(super) fn group_names_of<'d>(
        &'d self,
        person: &'d UserEntry,
    ) -> impl Iterator<Item = &'d str> {
        self.groups_of(person).map(|id| self.entry(id).group.name.as_str())
    }

    /// Adds a user to a group.
    pub(super) fn join(&mut self, id: UserId, group: GroupId) {
        self.joined += 1;
        let (Some(person), Some(entry)) =
            (self.people.get_mut(&id), self.groups[group as usize].as_mut())
        else {
            return;
        };
        entry.members.entry(id).or_insert(self.joined);
        if !person.groups.contains(&group) {
            person.groups.push(group);
        }
    }

    /// Removes a user from a group.
    pub(super) fn part(&mut self, id: UserId, group: GroupId) {
        if let Some(entry) = self.groups[group as usize].as_mut() {
            entry.members.remove(&id);
        }
        if let Some(person) = self.people.get_mut(&id) {
            person.groups.retain(|other| *other != group);
        }
    }

    /// Removes all memberships of a user, except the role that the API cannot remove.
    pub(super) fn part_all(&mut self, id: UserId) {
        for group in self.people.get(&id).map(|person| person.groups.clone()).unwrap_or_default() {
            if self.entry(group).group.kind != SandboxGroupKind::Role(AdminRole::System) {
                self.part(id, group);
            }
        }
    }
}

/// Groups.
impl Directory {
    /// Returns all groups with their ids.
    pub(super) fn entries(&self) -> impl Iterator<Item = (GroupId, &GroupEntry)> {
        (0..).zip(&self.groups).filter_map(|(id, entry)| Some((id, entry.as_ref()?)))
    }

    /// Returns an existing group.
    #[expect(clippy::expect_used, reason = "a number is only held as long as its group is there")]
    pub(super) fn entry(&self, id: GroupId) -> &GroupEntry {
        self.groups[id as usize].as_ref().expect("the group is there")
    }

    /// Returns the group of a name, in any letter case.
    pub(super) fn find_group(&self, name: &str) -> Option<GroupId> {
        self.group_names.get(&fold(name)).copied()
    }

    /// Returns the group of that name, which is created if it does not exist.
    fn group_of_that_name(&mut self, name: &str) -> GroupId {
        match (self.find_group(name), AdminRole::named(name)) {
            (Some(id), _) => id,
            (None, Some(role)) => self.found(SandboxGroup::role(name, role)),
            (None, None) => self.found(SandboxGroup::user_group(name)),
        }
    }

    /// Creates a group.
    pub(super) fn found(&mut self, group: SandboxGroup) -> GroupId {
        let id = GroupId::try_from(self.groups.len()).unwrap_or(GroupId::MAX);
        self.group_names.insert(fold(&group.name), id);
        self.groups.push(Some(GroupEntry {
            group,
            profiles: Vec::new(),
            members: BTreeMap::new(),
        }));
        id
    }

    /// Changes the description of a group.
    pub(super) fn describe(&mut self, id: GroupId, description: &str) {
        if let Some(entry) = self.groups[id as usize].as_mut() {
            description.clone_into(&mut entry.group.description);
        }
    }

    /// Renames a group and the roles for it.
    pub(super) fn rename_group(&mut self, id: GroupId, new: &str) {
        let old = self.entry(id).group.name.clone();
        for (role, prefix) in self.roles_about(&old) {
            self.set_group_name(role, &format!("{prefix}{new}"));
        }
        self.set_group_name(id, new);
    }

    fn set_group_name(&mut self, id: GroupId, new: &str) {
        let Some(entry) = self.groups[id as usize].as_mut() else { return };
        let old = std::mem::replace(&mut entry.group.name, new.to_owned());
        self.group_names.remove(&fold(&old));
        self.group_names.insert(fold(new), id);
    }

    /// Deletes a group and the roles for it.
    pub(super) fn dissolve(&mut self, id: GroupId) {
        let name = self.entry(id).group.name.clone();
        let roles = self.roles_about(&name).into_iter().map(|(role, _)| role);
        for id in roles.chain([id]) {
            let members: Vec<UserId> = self.entry(id).members.keys().copied().collect();
            for member in members {
                self.part(member, id);
            }
            for entry in self.groups.iter_mut().flatten() {
                entry.profiles.retain(|profile| *profile != id);
            }
            if let Some(entry) = self.groups[id as usize].take() {
                self.group_names.remove(&fold(&entry.group.name));
            }
        }
    }

    fn roles_about(&self, name: &str) -> Vec<(GroupId, &'static str)> {
        let prefixes = [AdminRole::GroupAdmin, AdminRole::Developer, AdminRole::ProductAdmin]
            .map(AdminRole::prefix);
        prefixes
            .into_iter()
            .filter_map(|prefix| Some((self.find_group(&format!("{prefix}{name}"))?, prefix)))
            .collect()
    }

    /// Gives a profile to the members of a user group, or takes it from them.
    pub(super) fn entitle(&mut self, id: GroupId, profile: GroupId, add: bool) {
        let Some(entry) = self.groups[id as usize].as_mut() else { return };
        entry.profiles.retain(|other| *other != profile);
        if add {
            entry.profiles.push(profile);
        }
    }

    /// Whether the subject of a role exists: a group, or a product with a profile.
    pub(super) fn knows_subject(&self, role: AdminRole, name: &str) -> bool {
        let Some(subject) = about(name) else { return true };
        let group = self.find_group(subject).map(|id| self.entry(id).group.kind);
        let product = || {
            self.entries().any(|(_, entry)| {
                entry.group.product.as_deref().is_some_and(|p| fold(p) == fold(subject))
            })
        };
        match role {
            AdminRole::GroupAdmin => {
                matches!(group, Some(SandboxGroupKind::UserGroup | SandboxGroupKind::Profile))
            }
            AdminRole::ProductAdmin | AdminRole::Developer => {
                group == Some(SandboxGroupKind::Profile) || product()
            }
            AdminRole::System | AdminRole::Deployment | AdminRole::Support => true,
        }
    }

    /// Returns all users of a profile, with their number in the order of joining: direct members,
    /// and with `indirect` those through a user group.
    pub(super) fn holders(&self, id: GroupId, indirect: bool) -> BTreeMap<UserId, u64> {
        let mut holders = self.entry(id).members.clone();
        if indirect {
            for (_, group) in self.entries().filter(|(_, group)| group.profiles.contains(&id)) {
                for (member, since) in &group.members {
                    holders
                        .entry(*member)
                        .and_modify(|known| *known = (*known).min(*since))
                        .or_insert(*since);
                }
            }
        }
        holders
    }

    /// Returns the users of a profile who have no licence. Licences go in the order of joining.
    pub(super) fn unlicensed(&self, id: GroupId) -> std::collections::BTreeSet<UserId> {
        let Some(quota) = self.entry(id).group.quota else {
            return std::collections::BTreeSet::new();
        };
        let mut holders: Vec<(u64, UserId)> =
            self.holders(id, true).into_iter().map(|(id, since)| (since, id)).collect();
        holders.sort_unstable();
        holders.into_iter().skip(quota as usize).map(|(_, id)| id).collect()
    }
}
