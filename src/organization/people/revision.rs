//! Changes an organization in place, to add what its list does not show yet.

use super::user_names::{account_of, keys};
use super::{AMBIGUOUS, NameKinds, OrgUser, Organization, clipped};
use crate::change::{name_hash, role_subject, same_name};
use crate::umapi::ListedUser;
use jiff::Timestamp;
use std::collections::HashSet;
use std::sync::OnceLock;

/// An organization that is being changed. The numbers of users and groups stay the same until
/// [`Revision::finish`].
pub(crate) struct Revision<'o> {
    pub(crate) all: &'o mut Organization,
    gone: HashSet<u32>,
    dissolved: HashSet<u32>,
    /// Whether the list of groups is older than the current change, so that its numbers of members
    /// change as well.
    counts_members: bool,
}

/// What is uncertain about a new user, who may have existed without being listed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Presumed {
    pub(crate) names: bool,
    pub(crate) groups: bool,
}

/// The new names of a user; `None` for a name that stays.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NewNames<'n> {
    pub(crate) email: Option<&'n str>,
    pub(crate) username: Option<&'n str>,
    pub(crate) firstname: Option<&'n str>,
    pub(crate) lastname: Option<&'n str>,
}

impl<'o> Revision<'o> {
    /// Begins to apply changes to an organization.
    pub(crate) fn of(all: &'o mut Organization) -> Self {
        Self { all, gone: HashSet::new(), dissolved: HashSet::new(), counts_members: false }
    }

    /// Sets the time at which the next changes were confirmed.
    pub(crate) fn at(&mut self, at: Timestamp) {
        self.counts_members = self.all.groups_at.is_some_and(|listed| listed <= at);
    }

    /// Records when the current change was confirmed.
    pub(crate) fn brought_to(&mut self, at: Timestamp) {
        self.all.brought_to = self.all.brought_to.max(Some(at));
    }

    /// Adds a user. Returns `false` if another user has one of the names.
    pub(crate) fn enter(&mut self, user: &ListedUser<'_>, presumed: Presumed) -> bool {
        let number = self.all.len();
        let keys = keys(user, account_of(&user.identity));
        let is_unique =
            keys.iter().flatten().all(|key| !self.all.names.contains_key(&(*key).into()));
        if !is_unique || !self.all.add(user) {
            return false;
        }
        if presumed.names {
            self.all.presumed_names.insert(number);
        }
        if presumed.groups {
            self.all.presumed_groups.insert(number);
        }
        true
    }

    /// Changes the names of a user. Returns `false` if another user has one of them.
    pub(crate) fn name(&mut self, number: u32, new: NewNames<'_>) -> bool {
        let person = self.all.person(number);
        let account = person.account();
        let texts = [
            new.email.unwrap_or(person.email()),
            new.username.unwrap_or(person.username()),
            new.firstname.unwrap_or(person.firstname()),
            new.lastname.unwrap_or(person.lastname()),
            person.id(),
        ]
        .map(|text| clipped(text.trim()));
        let [old, new_keys] = [(person.email(), person.username()), (texts[0], texts[1])]
            .map(|(email, username)| keys(&named(person, email, username), account));
        let kinds = NameKinds::of(new_keys, (texts[0], texts[1]), account);
        let lengths = texts.map(|text| u16::try_from(text.len()).unwrap_or(u16::MAX));
        let text = texts.concat();
        let names_are_given = new.firstname.is_some() && new.lastname.is_some();
        let record = &mut self.all.people[number as usize];
        record.text = self.all.text.len() as u64;
        [record.email, record.username, record.firstname, record.lastname, record.id] = lengths;
        self.all.text.push_str(&text);
        if names_are_given {
            self.all.presumed_names.remove(&number);
        }
        if old == new_keys {
            return true;
        }
        self.forget(number, old);
        self.all.name_kinds.add(kinds);
        let mut is_unique = true;
        for key in new_keys.into_iter().flatten() {
            let baseline = *self.all.names.entry(key.into()).or_insert(number);
            if baseline != number {
                self.all.names.insert(key.into(), AMBIGUOUS);
                is_unique = false;
            }
        }
        is_unique
    }

    /// Removes these names of the user.
    fn forget(&mut self, number: u32, keys: [Option<u64>; 3]) {
        for key in keys.into_iter().flatten() {
            if self.all.names.get(&key.into()) == Some(&number) {
                self.all.names.remove(&key.into());
            }
        }
    }

    /// Adds a user to a group.
    pub(crate) fn join(&mut self, number: u32, group: &str) {
        if self.all.person(number).is_in(group) {
            return;
        }
        let joined = self.all.groups.number(group.trim());
        self.all.join(number, &[joined]);
        if let Some(group) = self.all.group_number(group).filter(|_| self.counts_members) {
            self.all.groups.count(group, 1);
        }
    }

    /// Removes a user from a group.
    pub(crate) fn part(&mut self, number: u32, group: &str) {
        if self.all.has_presumed_groups(number) {
            self.all.parted.insert((number, name_hash(group, 0)));
        }
        if let Some(group) = self.all.group_number(group) {
            self.keep(number, |own| own != group);
        }
    }

    /// Removes all memberships of a user, except the role that no command removes.
    pub(crate) fn part_all(&mut self, number: u32) {
        let kept = self.all.group_number("_org_admin");
        self.all.presumed_groups.remove(&number);
        self.keep(number, |own| Some(own) == kept);
    }

    fn keep(&mut self, number: u32, keeps: impl Fn(u32) -> bool) {
        let Organization { people, memberships, groups, .. } = &mut *self.all;
        let record = &mut people[number as usize];
        let start = record.groups as usize;
        let own = &mut memberships[start..start + usize::from(record.count)];
        let mut kept = 0;
        for place in 0..own.len() {
            if keeps(own[place]) {
                own[kept] = own[place];
                kept += 1;
            } else if self.counts_members {
                groups.count(own[place], -1);
            }
        }
        record.count = u16::try_from(kept).unwrap_or(u16::MAX);
    }

    /// Removes a user.
    pub(crate) fn leave(&mut self, number: u32) {
        let person = self.all.person(number);
        let keys = keys(&named(person, person.email(), person.username()), person.account());
        self.forget(number, keys);
        self.keep(number, |_| false);
        self.gone.insert(number);
    }

    /// Adds a user group that exists.
    pub(crate) fn found(&mut self, group: &str) {
        self.all.groups.found(group);
    }

    /// Renames a user group and the roles on it. Returns `false` if another group has the new name.
    pub(crate) fn rename_group(&mut self, old: &str, new: &str) -> bool {
        let roles: Vec<(String, String)> = self
            .all
            .groups
            .all()
            .iter()
            .filter_map(|group| role_on(&group.name, old, new))
            .collect();
        self.all.groups.rename(old, new)
            && roles.iter().all(|(old, new)| self.all.groups.rename(old, new))
    }

    /// Deletes a user group and all roles on it.
    pub(crate) fn dissolve(&mut self, group: &str) {
        let is_meant = |name: &str| same_name(role_subject(name), group);
        let numbers: Vec<u32> = (0..)
            .zip(self.all.groups.all())
            .filter(|(_, group)| is_meant(&group.name))
            .map(|(number, _)| number)
            .collect();
        for number in numbers {
            if !self.dissolved.contains(&number) {
                self.all.groups.forget(number);
                self.dissolved.insert(number);
            }
        }
    }

    /// Removes the users who left, and renumbers the others.
    pub(crate) fn finish(self) {
        let Self { all, gone, dissolved, .. } = self;
        all.sharing = OnceLock::new();
        all.usernames = OnceLock::new();
        if !dissolved.is_empty() {
            let numbers = all.groups.without(&dissolved);
            let Organization { people, memberships, .. } = &mut *all;
            for record in people.iter_mut() {
                let start = record.groups as usize;
                let own = &mut memberships[start..start + usize::from(record.count)];
                let mut kept = 0;
                for place in 0..own.len() {
                    if let Some(number) = numbers[own[place] as usize] {
                        own[kept] = number;
                        kept += 1;
                    }
                }
                record.count = u16::try_from(kept).unwrap_or(u16::MAX);
            }
        }
        if !gone.is_empty() {
            let mut next = 0;
            let numbers: Vec<u32> = (0..all.len())
                .map(|number| {
                    let own = next;
                    next += u32::from(!gone.contains(&number));
                    own
                })
                .collect();
            let mut number = 0;
            all.people.retain(|_| {
                number += 1;
                !gone.contains(&(number - 1))
            });
            for baseline in all.names.values_mut().filter(|baseline| **baseline != AMBIGUOUS) {
                *baseline = numbers[*baseline as usize];
            }
            all.parted = all
                .parted
                .iter()
                .filter(|(number, _)| !gone.contains(number))
                .map(|(number, group)| (numbers[*number as usize], *group))
                .collect();
            for presumed in [&mut all.presumed_names, &mut all.presumed_groups] {
                *presumed = presumed
                    .iter()
                    .filter(|number| !gone.contains(number))
                    .map(|number| numbers[*number as usize])
                    .collect();
            }
        }
    }
}

/// Returns a user with other names.
fn named<'n>(person: OrgUser<'n>, email: &'n str, username: &'n str) -> ListedUser<'n> {
    ListedUser {
        email: email.into(),
        username: username.into(),
        domain: person.domain().into(),
        id: person.id().into(),
        ..ListedUser::default()
    }
}

/// Returns the new name of a role on the group `old`, which is renamed to `new`: `_admin_Design`
/// becomes `_admin_Drawing`.
fn role_on(role: &str, old: &str, new: &str) -> Option<(String, String)> {
    let subject = role_subject(role);
    let prefix = &role[..role.len() - subject.len()];
    (!prefix.is_empty() && same_name(subject, old))
        .then(|| (role.to_owned(), format!("{prefix}{new}")))
}
