//! The organization: users, groups and who is in which. Names are looked up without regard to letter case.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A user of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// Email address.
    pub email: String,
    /// User name; often the email.
    pub username: String,
    /// Domain.
    pub domain: String,
    /// First name.
    pub firstname: String,
    /// Last name.
    pub lastname: String,
    /// Country code.
    pub country: String,
    /// `adobeID`, `enterpriseID` or `federatedID`.
    pub kind: String,
    /// Groups, profiles and roles.
    pub groups: BTreeSet<String>,
}

impl User {
    /// A federated user (or an Adobe ID) of whom only the name is known: an email address, or a username with its domain.
    pub fn assumed(name: &str, domain: Option<&str>, adobe: bool) -> Self {
        let own_domain = name.split_once('@').map(|(_, domain)| domain);
        let domain = domain.or(own_domain).unwrap_or("example.com");
        Self {
            email: if own_domain.is_some() { name.to_owned() } else { format!("{name}@{domain}") },
            username: name.to_owned(),
            domain: domain.to_owned(),
            kind: if adobe { "adobeID" } else { "federatedID" }.to_owned(),
            ..Self::default()
        }
    }
}

/// What a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKind {
    /// Made by administrators.
    UserGroup,
    /// A product profile.
    Profile,
}

/// A group of the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: GroupKind,
    /// Description.
    pub description: String,
    /// Profiles that its members get.
    pub profiles: BTreeSet<String>,
    pub(super) members: BTreeSet<u64>,
}

impl Group {
    /// A user group.
    pub fn user_group(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: GroupKind::UserGroup,
            description: String::new(),
            profiles: BTreeSet::new(),
            members: BTreeSet::new(),
        }
    }

    /// A product profile.
    pub fn profile(name: &str) -> Self {
        Self { kind: GroupKind::Profile, ..Self::user_group(name) }
    }
}

/// Users and groups.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    users: BTreeMap<u64, User>,
    names: HashMap<String, u64>,
    groups: HashMap<String, Group>,
    last_id: u64,
}

/// A name as it is looked up.
pub(super) fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// The names that a user answers to.
fn names(user: &User) -> [String; 3] {
    let username = if user.username.contains('@') { user.username.clone() } else { format!("{}\0{}", user.username, user.domain) };
    // An Adobe ID and another user may share an email: the other is preferred, unless the Adobe ID is asked for.
    let email = if user.kind == "adobeID" { format!("adobe\0{}", user.email) } else { user.email.clone() };
    [fold(&user.email), fold(&email), fold(&username)]
}

impl Directory {
    /// Takes a user in, with memberships; groups that are not there are made. A user who is there already is replaced.
    pub fn add_user(&mut self, user: User) {
        let asked = if user.kind == "adobeID" { self.find(&user.email, None, true) } else { self.find(&user.email, None, false) };
        if let Some(id) = asked.filter(|id| self.users[id].kind == user.kind) {
            self.remove_user(id);
        }
        for group in user.groups.iter().filter(|group| !group.starts_with('_')) {
            self.groups.entry(fold(group)).or_insert_with(|| Group::user_group(group));
        }
        self.insert(user);
    }

    /// Takes a group in; one that is there stays as it is.
    pub fn add_group(&mut self, group: Group) {
        self.groups.entry(fold(&group.name)).or_insert(group);
    }

    /// The user of that email or username.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.find(name, None, false).map(|id| &self.users[&id])
    }

    /// The group of that name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(&fold(name))
    }

    /// All users.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// All groups, in no order.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    pub(super) fn numbered_users(&self) -> impl Iterator<Item = (&u64, &User)> {
        self.users.iter()
    }

    pub(super) fn get(&self, id: u64) -> &User {
        &self.users[&id]
    }

    pub(super) fn find(&self, name: &str, domain: Option<&str>, adobe: bool) -> Option<u64> {
        let plain = match domain {
            Some(domain) if !name.contains('@') => format!("{name}\0{domain}"),
            _ => name.to_owned(),
        };
        if adobe && let Some(id) = self.names.get(&fold(&format!("adobe\0{name}"))) {
            return Some(*id);
        }
        self.names.get(&fold(&plain)).copied()
    }

    pub(super) fn insert(&mut self, user: User) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        self.index(id, &user);
        for group in &user.groups {
            if let Some(group) = self.groups.get_mut(&fold(group)) {
                group.members.insert(id);
            }
        }
        self.users.insert(id, user);
        id
    }

    fn index(&mut self, id: u64, user: &User) {
        let adobe = user.kind == "adobeID";
        for (place, name) in names(user).into_iter().enumerate() {
            // An Adobe ID does not hide another user of the same email.
            let hides = adobe
                && place != 1
                && self.names.get(&name).is_some_and(|other| self.users.get(other).is_some_and(|u| u.kind != "adobeID"));
            if !hides {
                self.names.insert(name, id);
            }
        }
    }

    pub(super) fn remove_user(&mut self, id: u64) {
        let Some(user) = self.users.remove(&id) else { return };
        for name in names(&user) {
            if self.names.get(&name) == Some(&id) {
                self.names.remove(&name);
            }
        }
        for group in &user.groups {
            if let Some(group) = self.groups.get_mut(&fold(group)) {
                group.members.remove(&id);
            }
        }
    }

    /// Changes a user; the names follow.
    pub(super) fn change_user(&mut self, id: u64, change: impl FnOnce(&mut User)) {
        let Some(mut user) = self.users.remove(&id) else { return };
        for name in names(&user) {
            if self.names.get(&name) == Some(&id) {
                self.names.remove(&name);
            }
        }
        change(&mut user);
        self.index(id, &user);
        self.users.insert(id, user);
    }

    /// Adds a membership; the name is the group's own spelling where there is one.
    pub(super) fn join(&mut self, id: u64, name: &str) {
        let name = match self.groups.get_mut(&fold(name)) {
            Some(group) => {
                group.members.insert(id);
                group.name.clone()
            }
            None => name.to_owned(),
        };
        if let Some(user) = self.users.get_mut(&id) {
            user.groups.insert(name);
        }
    }

    pub(super) fn part(&mut self, id: u64, name: &str) {
        if let Some(group) = self.groups.get_mut(&fold(name)) {
            group.members.remove(&id);
        }
        if let Some(user) = self.users.get_mut(&id) {
            let folded = fold(name);
            user.groups.retain(|group| fold(group) != folded);
        }
    }

    pub(super) fn part_all(&mut self, id: u64) {
        let groups: Vec<String> = self.users.get(&id).map(|user| user.groups.iter().cloned().collect()).unwrap_or_default();
        groups.iter().for_each(|group| self.part(id, group));
    }

    pub(super) fn group_mut(&mut self, name: &str) -> Option<&mut Group> {
        self.groups.get_mut(&fold(name))
    }

    pub(super) fn rename_group(&mut self, name: &str, new: &str) {
        let Some(mut group) = self.groups.remove(&fold(name)) else { return };
        let old = std::mem::replace(&mut group.name, new.to_owned());
        for id in &group.members {
            if let Some(user) = self.users.get_mut(id) {
                user.groups.remove(&old);
                user.groups.insert(new.to_owned());
            }
        }
        self.groups.insert(fold(new), group);
    }

    pub(super) fn delete_group(&mut self, name: &str) {
        let Some(group) = self.groups.remove(&fold(name)) else { return };
        for id in &group.members {
            if let Some(user) = self.users.get_mut(id) {
                user.groups.remove(&group.name);
            }
        }
    }
}
