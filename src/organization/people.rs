//! The users of an organization, in little memory: texts in one piece, memberships as numbers,
//! names as hashes.

mod list_part;
mod lookup;
mod org_user;
mod revision;
mod user_names;

use super::coverage::Coverage;
use super::groups::{OrgGroup, OrgGroups};
use super::names::{NameKey, NameKind, NameKinds, who};
use super::noted_renames::{NotedRenames, RenamePair};
use super::string_interner::StringInterner;
use crate::change::{IdentityType, name_hash};
use crate::table::Original;
use crate::umapi::{AccountKind, ListedGroup, ListedUser};
use jiff::Timestamp;
use nohash_hasher::IntMap;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

pub(crate) use list_part::ListPart;
pub(crate) use org_user::OrgUser;
pub(crate) use revision::{NewNames, Presumed, Revision};
pub(crate) use user_names::real_domain;
use user_names::{UserNames, trim};

/// The users and groups of an organization, as lists showed them at one time.
#[derive(Debug, Clone)]
pub struct Organization {
    /// The name of the list, for people: its file, or the organization's own list.
    pub name: String,
    /// What identifies the list in journals, with its time and content: its file, or the
    /// organization. People are shown the name.
    pub identity: String,
    /// The time that the list describes.
    pub at: Timestamp,
    /// A hash of the file's bytes; `None` for a snapshot, which is never changed.
    pub content: Option<u128>,
    /// The file that the list was read from, if the user named one.
    pub file: Option<Arc<Original>>,
    /// What the list shows.
    pub coverage: Coverage,
    /// When the list of groups with the numbers of members was fetched; `None` if no list has them.
    pub groups_at: Option<Timestamp>,
    /// Hashes of names that no user has, for an organization of which other names are unknown.
    absent: HashSet<u64>,
    text: String,
    people: Vec<UserRecord>,
    memberships: Vec<u32>,
    groups: OrgGroups,
    domains: StringInterner,
    /// Countries, types and statuses. There are few different ones.
    interner: StringInterner,
    /// Users by the hash of a name. Needs no second hash.
    names: IntMap<NameKey, u32>,
    /// The kinds of names that some user has: no other is looked up.
    name_kinds: NameKinds,
    /// The users who share a name, by its hash. Built when such a name is first looked up.
    sharing: OnceLock<HashMap<u64, Vec<u32>>>,
    /// Whether the list has every user's id. Found out once.
    all_ids: OnceLock<bool>,
    /// Users by the hash of the username alone. Built when such a name is first looked up.
    usernames: OnceLock<HashMap<u64, Vec<u32>>>,
    /// The renames by imports from this computer, if they were read.
    noted_renames: OnceLock<NotedRenames>,
    /// When the last applied change of imports on this computer was confirmed; `None` if there is
    /// none.
    brought_to: Option<Timestamp>,
    /// The users, by number, whom an import has created unless they existed without being listed.
    /// Such a user would have kept other names.
    presumed_names: HashSet<u32>,
    /// The same users' memberships: such a user may have kept others.
    presumed_groups: HashSet<u32>,
    /// Memberships, by user and by the hash of the group's name, that an import has removed from
    /// such users.
    parted: HashSet<(u32, u64)>,
}

/// A user: the positions of the texts, and the numbers of words that many users share.
#[derive(Debug, Clone, Copy)]
struct UserRecord {
    text: u64,
    email: u16,
    username: u16,
    firstname: u16,
    lastname: u16,
    id: u16,
    domain: u32,
    country: u16,
    identity: u16,
    status: u16,
    /// The index of the first membership.
    groups: u32,
    count: u16,
}

/// A name that two users share. It identifies neither.
const AMBIGUOUS: u32 = u32::MAX;

impl Organization {
    /// Creates an organization without users.
    pub fn new(name: impl Into<String>, at: Timestamp) -> Self {
        let name = name.into();
        Self {
            identity: name.clone(),
            name,
            at,
            content: None,
            file: None,
            coverage: Coverage::WHOLE_USERS,
            groups_at: None,
            absent: HashSet::new(),
            text: String::new(),
            people: Vec::new(),
            memberships: Vec::new(),
            groups: OrgGroups::default(),
            domains: StringInterner::default(),
            interner: StringInterner::default(),
            names: IntMap::default(),
            name_kinds: NameKinds::default(),
            sharing: OnceLock::new(),
            all_ids: OnceLock::new(),
            usernames: OnceLock::new(),
            noted_renames: OnceLock::new(),
            brought_to: None,
            presumed_names: HashSet::new(),
            presumed_groups: HashSet::new(),
            parted: HashSet::new(),
        }
    }

    /// Adds these renames.
    pub(crate) fn note_renames(&self, renames: NotedRenames) {
        let _ = self.noted_renames.set(renames);
    }

    /// Whether an import from this computer did this rename, as far as renames were read.
    pub(crate) fn has_noted(&self, rename: Option<RenamePair>) -> bool {
        let noted = self.noted_renames.get();
        rename.zip(noted).is_some_and(|(rename, noted)| noted.has(rename))
    }

    /// Whether the list shows all of this.
    pub fn shows(&self, what: Coverage) -> bool {
        self.coverage.contains(what)
    }

    /// Describes the list and its time, with the time of the last change that was applied.
    pub fn as_of(&self) -> String {
        let Self { name, at, .. } = self;
        match self.brought_to {
            Some(until) => format!(
                "{name} of {at:.0} with changes by imports from this computer \
                                    until {until:.0}"
            ),
            None => format!("{name} of {at:.0}"),
        }
    }

    /// Returns when the last applied change of imports on this computer was confirmed; `None` if
    /// there is none.
    pub fn brought_to(&self) -> Option<Timestamp> {
        self.brought_to
    }

    /// Whether the names of this user are only those that an import has asked for. If the user
    /// existed without being listed, the names did not change.
    pub(crate) fn has_presumed_names(&self, number: u32) -> bool {
        !self.presumed_names.is_empty() && self.presumed_names.contains(&number)
    }

    /// Whether this user may have memberships that the list does not show, because the user may
    /// have existed before an import without being listed.
    pub(crate) fn has_presumed_groups(&self, number: u32) -> bool {
        !self.presumed_groups.is_empty() && self.presumed_groups.contains(&number)
    }

    /// Whether this user may be in this group without being listed there.
    pub(crate) fn is_perhaps_in(&self, number: u32, group: &str) -> bool {
        self.has_presumed_groups(number) && !self.parted.contains(&(number, name_hash(group, 0)))
    }

    /// Creates an organization of users who were probed one by one. All others are unknown.
    pub fn of_probes(name: impl Into<String>, at: Timestamp) -> Self {
        Self { coverage: Coverage::WHOLE_USERS - Coverage::EVERYBODY, ..Self::new(name, at) }
    }

    /// Records that no user has this name.
    pub fn add_absent(&mut self, user: &str, domain: Option<&str>) {
        self.absent.insert(who(user, domain));
    }

    /// Whether a user was probed and not found.
    pub fn misses_somebody(&self) -> bool {
        !self.absent.is_empty()
    }

    /// Adds a user. A user who exists already gets the further memberships. Returns whether the
    /// user is new.
    pub fn add(&mut self, user: &ListedUser<'_>) -> bool {
        let groups = self.groups_of(user);
        let names = UserNames::of(user);
        if let Some(known) = self.listed_before(&names, user) {
            self.join(known, &groups);
            return false;
        }
        let record = self.record_of(user);
        self.add_new(record, &groups, &names);
        true
    }

    /// Returns the numbers of a user's groups, which are added if they are new.
    fn groups_of(&mut self, user: &ListedUser<'_>) -> Vec<u32> {
        user.groups.iter().map(|name| self.groups.number(trim(name))).collect()
    }

    /// Adds the texts of a user. Returns the record of the user, without groups.
    fn record_of(&mut self, user: &ListedUser<'_>) -> UserRecord {
        let text = self.text.len() as u64;
        let texts = [&user.email, &user.username, &user.firstname, &user.lastname, &user.id];
        let texts = texts.map(|text| clipped(trim(text)));
        texts.iter().for_each(|text| self.text.push_str(text));
        let [email, username, firstname, lastname, id] =
            texts.map(|text| u16::try_from(text.len()).unwrap_or(u16::MAX));
        let mut word = |word: &str| narrow(self.interner.number(trim(word)));
        UserRecord {
            text,
            email,
            username,
            firstname,
            lastname,
            id,
            domain: self.domains.number(trim(&user.domain)),
            country: word(&user.country),
            identity: word(&user.identity),
            status: word(&user.status),
            groups: 0,
            count: 0,
        }
    }

    /// Adds a user whom nobody has added before, with the groups of these numbers.
    fn add_new(&mut self, record: UserRecord, groups: &[u32], names: &UserNames) {
        self.all_ids = OnceLock::new();
        if record.email == 0 {
            self.coverage -= Coverage::EMAILS;
        }
        // An Adobe ID has no name but its email address.
        if names.account == AccountKind::Own && (record.username == 0 || record.domain == 0) {
            self.coverage -= Coverage::USERNAMES;
        }
        let number = u32::try_from(self.people.len()).unwrap_or(AMBIGUOUS);
        self.name_kinds.add(names.kinds);
        for key in names.keys.into_iter().flatten() {
            let entry = self.names.entry(key.into());
            entry.and_modify(|known| *known = AMBIGUOUS).or_insert(number);
        }
        self.push(record, groups);
    }

    /// Adds a user at the end, with the groups of these numbers.
    fn push(&mut self, record: UserRecord, own_groups: &[u32]) {
        let groups = u32::try_from(self.memberships.len()).unwrap_or(u32::MAX);
        for group in own_groups {
            if !self.memberships[groups as usize..].contains(group) {
                self.memberships.push(*group);
            }
        }
        let count = u16::try_from(self.memberships.len() - groups as usize).unwrap_or(u16::MAX);
        self.people.push(UserRecord { groups, count, ..record });
    }

    /// Reserves memory for this number of further users like those so far. Growing by doubling
    /// would sort all names in again each time.
    pub(crate) fn expect(&mut self, people: usize) {
        let there = self.people.len().max(1);
        let like = |number: usize| number.saturating_mul(people) / there;
        self.text.reserve(like(self.text.len()));
        self.memberships.reserve(like(self.memberships.len()));
        self.names.reserve(like(self.names.len()));
        self.people.reserve(people);
    }

    /// Adds what the list of groups says about a group.
    pub fn add_group(&mut self, group: &ListedGroup<'_>) {
        self.groups.describe(group);
    }

    /// Returns the number of a user who is listed again.
    fn listed_before(
        &self,
        UserNames { keys, account, .. }: &UserNames,
        user: &ListedUser<'_>,
    ) -> Option<u32> {
        let [email, username, id] = [&user.email, &user.username, &user.id].map(|text| trim(text));
        let by = |key: Option<u64>, kind, name, domain| {
            self.called(*self.names.get(&key?.into())?, kind, name, domain)
        };
        if let Some(person) = by(keys[2], NameKind::Id, id, "") {
            return Some(person.number());
        }
        let by_name = if email.is_empty() {
            let kind = if username.contains('@') { NameKind::Alias } else { NameKind::Username };
            by(keys[1], kind, username, real_domain(&user.domain))
        } else {
            by(keys[0], NameKind::of_email(*account), email, "")
        };
        let kinds = |person: &OrgUser<'_>| {
            [&*user.identity, person.identity()].map(IdentityType::from_name)
        };
        // Different ids, or different types, mean different users. If a list has no types, two
        // users may share a name.
        let is_other = |person: &OrgUser<'_>| {
            matches!(kinds(person), [Some(one), Some(other)]
            if one != other)
        };
        by_name
            .filter(|person| {
                self.shows(Coverage::TYPES)
                    && (id.is_empty() || person.id().is_empty())
                    && !is_other(person)
            })
            .map(OrgUser::number)
    }

    /// Adds further memberships of a user who is listed again.
    fn join(&mut self, number: u32, further: &[u32]) {
        let record = self.people[number as usize];
        let own = record.groups as usize..record.groups as usize + usize::from(record.count);
        let mut all: Vec<u32> = self.memberships[own.clone()].to_vec();
        for group in further {
            if !all.contains(group) {
                all.push(*group);
            }
        }
        if all.len() == own.len() {
            return;
        }
        let record = &mut self.people[number as usize];
        record.count = u16::try_from(all.len()).unwrap_or(u16::MAX);
        // At the end of the list there is room for further memberships of the same user.
        if own.end == self.memberships.len() {
            self.memberships.truncate(own.start);
        } else {
            record.groups = u32::try_from(self.memberships.len()).unwrap_or(u32::MAX);
        }
        self.memberships.extend(all);
    }

    /// Whether the list is complete and has every user's id.
    pub fn has_all_ids(&self) -> bool {
        self.shows(Coverage::EVERYBODY)
            && *self.all_ids.get_or_init(|| self.people().all(|person| !person.id().is_empty()))
    }

    /// Returns the user with this id.
    pub fn by_id(&self, id: &str) -> Option<OrgUser<'_>> {
        self.find(NameKind::Id, id, "")
    }

    /// Returns all users, in the order of the list.
    pub fn people(&self) -> impl ExactSizeIterator<Item = OrgUser<'_>> {
        (0..self.len()).map(|number| OrgUser { organization: self, number })
    }

    /// Whether there is an Adobe ID.
    pub fn has_adobe_ids(&self) -> bool {
        self.people().any(OrgUser::is_adobe)
    }

    /// Returns the user with this number ([`OrgUser::number`]).
    pub fn person(&self, number: u32) -> OrgUser<'_> {
        OrgUser { organization: self, number }
    }

    /// Returns the number of users.
    pub fn len(&self) -> u32 {
        u32::try_from(self.people.len()).unwrap_or(u32::MAX)
    }

    /// Whether there are no users.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// Returns the group with that name; letter case does not matter.
    pub fn group(&self, name: &str) -> Option<&OrgGroup> {
        self.groups.find(name.trim()).map(|number| self.groups.get(number))
    }

    /// Returns the index of the group in [`Organization::groups`].
    pub(crate) fn group_number(&self, name: &str) -> Option<u32> {
        self.groups.find(name.trim())
    }

    /// Returns all known groups.
    pub fn groups(&self) -> &[OrgGroup] {
        self.groups.all()
    }
}

/// Returns the number of a word that many users share; that of the empty word if there are too
/// many.
fn narrow(number: u32) -> u16 {
    u16::try_from(number).unwrap_or(0)
}

/// Cuts a text at a length far above the API's own limits.
fn clipped(text: &str) -> &str {
    const MOST: usize = 8_000;
    if text.len() <= MOST { text } else { &text[..text.floor_char_boundary(MOST)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::UserRef;
    use std::borrow::Cow;

    pub(super) fn user<'a>(
        identity: &'a str,
        email: &'a str,
        username: &'a str,
        domain: &'a str,
        groups: &[&'a str],
    ) -> ListedUser<'a> {
        ListedUser {
            identity: identity.into(),
            email: email.into(),
            username: username.into(),
            domain: domain.into(),
            groups: groups.iter().map(|group| Cow::Borrowed(*group)).collect(),
            ..ListedUser::default()
        }
    }

    pub(super) fn organization(users: &[ListedUser<'_>]) -> Organization {
        let mut organization = Organization::new("a list", Timestamp::UNIX_EPOCH);
        users.iter().for_each(|user| {
            organization.add(user);
        });
        organization
    }

    #[test]
    fn who_is_listed_twice_is_one_person_with_all_memberships() {
        let all = organization(&[
            user("federatedID", "ann@example.com", "", "", &["A", "B"]),
            user("federatedID", "bob@example.com", "", "", &["B"]),
            user("federatedID", "ANN@example.com", "", "", &["b", "C"]),
        ]);
        assert_eq!(all.len(), 2);
        assert_eq!(
            all.user(UserRef::own("ann@example.com")).unwrap().group_names().collect::<Vec<_>>(),
            ["A", "B", "C"]
        );
        assert_eq!(
            all.user(UserRef::own("bob@example.com")).unwrap().group_names().collect::<Vec<_>>(),
            ["B"]
        );
    }

    #[test]
    fn a_person_takes_few_bytes() {
        assert!(std::mem::size_of::<UserRecord>() <= 40, "{}", std::mem::size_of::<UserRecord>());
    }
}
