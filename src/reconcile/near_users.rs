//! Finds users who seem to be missing but whom a row may mean: by a name that looks like the listed
//! one, or by a new address. Such a row would create the user a second time, and the existing
//! account would be removed as missing.
//!
//! In: the managed users whom no row names. Out: those whom a name, an id, or a new user's data may
//! mean. Pure.

use super::alike::Alike;
use super::name_forms::NameForms;
use super::referenced_users::{MissingScope, ReferencedUsers, UserSpelling};
use crate::change::{CreateUser, name_hash, person_words, skeleton, skeleton_hash};
use crate::organization::{OrgUser, Organization, real_domain};
use std::collections::HashMap;

/// Why a row may mean a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// The row has a name that looks like the user's.
    Looks,
    /// The row creates a user, and has the user's address in a column that is not read.
    OtherCell,
    /// The row has the user's id.
    SameId,
    /// The row creates a user with the same first and last name in the same domain.
    SameNames,
    /// The row creates a user with the same first and last name, and the same address in another
    /// domain.
    OtherDomain,
    /// The row creates a user with nearly the same names and nearly the same address.
    NearlySame,
    /// The row creates a user with another form of the name: a married name, initials, a short
    /// name.
    NameForms,
}

/// How a row may mean a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PerhapsMeant {
    /// The name in the row.
    pub called: String,
    /// Why that may be the user.
    pub likeness: Likeness,
}

/// An index of the users whom no row names.
#[derive(Debug)]
pub(crate) struct UnreferencedUsers<'o> {
    organization: &'o Organization,
    names: HashMap<u64, Vec<u32>>,
    persons: HashMap<u64, Vec<u32>>,
    own_addresses: HashMap<u64, Vec<u32>>,
    confusable: HashMap<u64, Vec<u32>>,
    ids: HashMap<u64, u32>,
    alike: Alike,
    name_forms: NameForms,
}

/// The seed for hashes of email addresses. Each kind of name has its own seed, so that names of two
/// kinds do not match.
pub(super) const ADDRESS: u64 = 1;
const USERNAME: u64 = 2;
const PERSON: u64 = 3;
const ID: u64 = 4;
const OWN_ADDRESS: u64 = 5;
const CONFUSABLE: u64 = 9;

impl<'o> UnreferencedUsers<'o> {
    /// Indexes the managed users whom no row names.
    pub(crate) fn new(
        organization: &'o Organization,
        scope: &MissingScope,
        named: &ReferencedUsers<'_>,
    ) -> Self {
        let mut all = Self {
            organization,
            names: HashMap::new(),
            persons: HashMap::new(),
            own_addresses: HashMap::new(),
            confusable: HashMap::new(),
            ids: HashMap::new(),
            alike: Alike::default(),
            name_forms: NameForms::default(),
        };
        for person in
            organization.people().filter(|person| scope.takes(*person) && !named.has(*person))
        {
            all.take(person);
        }
        all.alike.sort();
        all.name_forms.sort();
        all
    }

    fn take(&mut self, person: OrgUser<'_>) {
        let number = person.number();
        let (email, username) = (person.email(), person.username());
        let mut names = vec![skeleton_hash(email, ADDRESS)];
        if !username.is_empty() {
            let domain = real_domain(person.domain());
            let full = if username.contains('@') {
                username.to_owned()
            } else {
                format!("{username}@{domain}")
            };
            let own = person.username_alone();
            names.extend([skeleton_hash(&full, ADDRESS), skeleton_hash(own, USERNAME)]);
        }
        names.dedup();
        for name in names {
            let numbers = self.names.entry(name).or_default();
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
        }
        if let Some(key) = person_key(person.firstname(), person.lastname(), email) {
            self.persons.entry(key).or_default().push(number);
        }
        if let Some(key) = own_address_key(person.firstname(), person.lastname(), email) {
            self.own_addresses.entry(key).or_default().push(number);
        }
        if let Some(key) = confusable_key(email) {
            self.confusable.entry(key).or_default().push(number);
        }
        self.alike.take(person);
        self.name_forms.take(person);
        if !person.id().is_empty() {
            self.ids.insert(name_hash(person.id(), ID), number);
        }
    }

    /// Whether the index has no users.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Returns the users whose name looks like this one.
    pub(crate) fn called(&self, (name, domain): &UserSpelling) -> Vec<u32> {
        let mut found = Vec::new();
        let mut visit = |name: &str, kind: u64| {
            for number in self.names.get(&skeleton_hash(name, kind)).into_iter().flatten() {
                if !found.contains(number) {
                    found.push(*number);
                }
            }
        };
        if name.contains('@') {
            visit(name, ADDRESS);
            return found;
        }
        if !domain.is_empty() {
            visit(&format!("{name}@{domain}"), ADDRESS);
        }
        // A username without its domain, or with a domain that no user with that name has.
        if self.organization.named(name, domain).is_empty() {
            visit(name, USERNAME);
        }
        found
    }

    /// Returns the users whose address a reader may take for a new user's, whatever their names
    /// are: `ann.1ee@x.com` for `ann.lee@x.com`, `ann-lee@x.com` or `annlee@x.com`.
    pub(crate) fn confusable(&self, create: &CreateUser<'_>) -> &[u32] {
        confusable_key(&create.email)
            .and_then(|key| self.confusable.get(&key))
            .map_or(&[], Vec::as_slice)
    }

    /// Returns the users whose address, in any spelling, stands in a text.
    pub(crate) fn addressed_in(&self, text: &str) -> Vec<u32> {
        let is_between = |c: char| c.is_whitespace() || ",;:|\"'#<>()[]{}\\".contains(c);
        let addresses = text.split(is_between).filter(|word| word.contains('@'));
        addresses
            .filter_map(|address| self.names.get(&skeleton_hash(address, ADDRESS)))
            .flatten()
            .copied()
            .collect()
    }

    /// Returns the user with this id.
    pub(crate) fn with_id(&self, id: &str) -> Option<u32> {
        self.ids.get(&name_hash(id.trim(), ID)).copied()
    }

    /// Returns the users with the names of a new user in the same domain.
    pub(crate) fn same_names(&self, create: &CreateUser<'_>) -> &[u32] {
        let (first, last) = create.names();
        person_key(first, last, &create.email)
            .and_then(|key| self.persons.get(&key))
            .map_or(&[], Vec::as_slice)
    }

    /// Returns the users with the names of a new user, and the same address in another domain.
    pub(crate) fn in_other_domains(&self, create: &CreateUser<'_>) -> &[u32] {
        let (first, last) = create.names();
        own_address_key(first, last, &create.email)
            .and_then(|key| self.own_addresses.get(&key))
            .map_or(&[], Vec::as_slice)
    }

    /// Returns the users whose names and address are nearly those of a new user.
    pub(crate) fn nearly_same(&self, create: &CreateUser<'_>) -> Vec<u32> {
        self.alike.of(create, self.organization)
    }

    /// Returns the users whose name is another form of a new user's.
    pub(crate) fn with_name_forms(&self, create: &CreateUser<'_>) -> Vec<u32> {
        self.name_forms.of(create, self.organization)
    }

    /// Whether no user of the organization has this name.
    pub(crate) fn is_new(&self, name: &str, domain: &str) -> bool {
        self.organization.named(name, domain).is_empty()
    }

    /// Whether a listed user is an Adobe ID, whose address only the user can change.
    pub(crate) fn is_adobe(&self, number: u32) -> bool {
        self.organization.person(number).is_adobe()
    }

    /// Returns the name of a listed user, for people.
    pub(crate) fn name_of(&self, number: u32) -> &'o str {
        let person = self.organization.person(number);
        if person.email().is_empty() { person.username() } else { person.email() }
    }
}

/// Returns a hash of first and last name, in any spelling and order, and of the domain of the
/// address; `None` if one of them is empty.
pub(super) fn person_key(first: &str, last: &str, email: &str) -> Option<u64> {
    let (_, domain) = email.rsplit_once('@')?;
    let address = skeleton(&format!("x@{domain}"));
    person_words(first, last).map(|words| name_hash(&format!("{words}\n{address}"), PERSON))
}

/// Returns a hash of the names and of the address without its domain.
fn own_address_key(first: &str, last: &str, email: &str) -> Option<u64> {
    let (own, _) = email.rsplit_once('@')?;
    let own = skeleton(own);
    person_words(first, last).map(|words| name_hash(&format!("{words}\n{own}"), OWN_ADDRESS))
}

/// Returns a hash of an address without what a reader overlooks: signs between the words of the
/// part before the `@`, and characters of ASCII that look like others (UTS 39): `1` and `l`, `0`
/// and `o`, `rn` and `m`. Only for users who seem to be missing: too many people share such a form
/// elsewhere.
fn confusable_key(email: &str) -> Option<u64> {
    let whole = skeleton(email);
    let (own, domain) = whole.rsplit_once('@')?;
    let own = own.replace(['.', '-', '_'], "");
    let read =
        |text: &str| text.replace('1', "l").replace('0', "o").replace('m', "rn").replace('w', "vv");
    let (own, domain) = (read(&own), read(domain));
    Some(name_hash(&format!("{own}@{domain}"), CONFUSABLE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{IdentityType, IfExists};
    use crate::umapi::ListedUser;
    use jiff::Timestamp;

    fn organization() -> Organization {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        for (id, email, username, first, last) in [
            ("1@x", "ann@exämple.com", "ann@exämple.com", "Ann", "Lee"),
            ("2@x", "bob@example.com", "bobby", "Bob", "Müller"),
            ("3@x", "carl@example.com", "carl@example.com", "", ""),
        ] {
            all.add(&ListedUser {
                identity: "federatedID".into(),
                id: id.into(),
                email: email.into(),
                username: username.into(),
                domain: "example.com".into(),
                firstname: first.into(),
                lastname: last.into(),
                ..ListedUser::default()
            });
        }
        all
    }

    fn unnamed(all: &Organization) -> UnreferencedUsers<'_> {
        UnreferencedUsers::new(all, &MissingScope::default(), &ReferencedUsers::new(all))
    }

    fn spelling(name: &str, domain: &str) -> UserSpelling {
        (name.to_owned(), domain.to_owned())
    }

    #[test]
    fn other_spellings_of_a_name_are_recognized() {
        let all = organization();
        let unnamed = unnamed(&all);
        for (name, domain, found) in [
            ("ann@xn--exmple-cua.com", "", 0),
            ("ANN@exa\u{308}mple.com", "", 0),
            ("b\u{ad}ob@example.com", "", 1),
            ("ｂｏｂ@example.com", "", 1),
            ("b\u{43e}b@example.com", "", 1),
            ("bob\u{2066}by", "example.com", 1),
            ("bobby", "other.com", 1),
        ] {
            assert_eq!(unnamed.called(&spelling(name, domain)), [found], "{name}");
        }
        assert!(unnamed.called(&spelling("bob@example.org", "")).is_empty());
    }

    #[test]
    fn addresses_that_a_reader_takes_for_each_other_share_a_key() {
        for (one, other) in [
            ("ann.lee@x.com", "ann.1ee@x.com"),
            ("ann.lee@x.com", "ann-lee@x.com"),
            ("ann.lee@x.com", "annlee@x.com"),
            ("tom.fox@x.com", "t0m.fox@x.com"),
            ("kim.arm@x.com", "kim.arrn@x.com"),
            ("kim@x.com", "kirn@X.C0M"),
            ("will@x.com", "vvill@x.com"),
        ] {
            assert_eq!(confusable_key(one), confusable_key(other), "{one} {other}");
        }
        for (one, other) in [
            ("ann.lee@x.com", "ann.lee2@x.com"),
            ("ann.lee@x.com", "ann.lee@x.org"),
            ("u8@x.com", "u9@x.com"),
            ("ann.lee@x.com", "an.lee@x.com"),
        ] {
            assert_ne!(confusable_key(one), confusable_key(other), "{one} {other}");
        }
        assert_eq!(confusable_key("ann"), None);
    }

    #[test]
    fn addresses_in_a_text_are_found() {
        let all = organization();
        let unnamed = unnamed(&all);
        for text in
            ["smtp:bob@example.com", "was <BOB@example.com>, moved", "x;b\u{ad}ob@example.com"]
        {
            assert_eq!(unnamed.addressed_in(text), [1], "{text}");
        }
        for text in ["", "bob", "bobby", "bob@example.org", "rob@example.com"] {
            assert!(unnamed.addressed_in(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn new_user_with_same_names_and_domain_is_recognized() {
        let all = organization();
        let unnamed = unnamed(&all);
        let create = |email: &'static str, first: &'static str, last: &'static str| CreateUser {
            identity: IdentityType::Federated,
            email: email.into(),
            firstname: Some(first.into()),
            lastname: Some(last.into()),
            country: None,
            if_exists: IfExists::Ignore,
        };
        for (first, last) in
            [("bob", "Mu\u{308}ller"), ("Bob", "Mueller"), ("BOB", "Muller"), ("Müller", "Bob")]
        {
            assert_eq!(
                unnamed.same_names(&create("b.mueller@EXAMPLE.com", first, last)),
                [1],
                "{first} {last}"
            );
        }
        assert!(unnamed.same_names(&create("b.mueller@example.org", "Bob", "Müller")).is_empty());
        assert!(
            unnamed.same_names(&create("new@example.com", "", "")).is_empty(),
            "no names are nobody's"
        );
        assert_eq!(
            (unnamed.with_id("3@X"), unnamed.with_id("4@x"), unnamed.name_of(1)),
            (Some(2), None, "bob@example.com")
        );
    }

    #[test]
    fn people_who_are_named_or_not_under_management_are_left_out() {
        let all = organization();
        let mut named = ReferencedUsers::new(&all);
        named.take(&[spelling("bob@example.com", "")]);
        let scope = MissingScope { domains: vec!["exämple.com".to_owned()], types: Vec::new() };
        let unnamed = UnreferencedUsers::new(&all, &scope, &named);
        assert!(
            unnamed.called(&spelling("b\u{43e}b@example.com", "")).is_empty()
                && unnamed.with_id("3@x").is_none()
        );
        assert!(!unnamed.is_empty());
    }
}
