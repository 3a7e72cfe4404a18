//! Finds users of the organization whom a row would create a second time: by an address that only
//! looks like the listed one, or by a new address.
//!
//! In: the new users of a file, then the users of a list whom no row names. Out: whom each of these
//! rows may mean. Pure. Most listed users are in a row, and are not looked at any closer.

use super::near_users::{ADDRESS, Likeness, person_key};
use crate::change::{CreateUser, skeleton_hash};
use crate::organization::{OrgUser, Organization};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};

/// An index of the new users of a file, in about 32 bytes each.
#[derive(Debug, Default)]
pub(crate) struct NewPeople {
    keys: Vec<(u64, u32)>,
}

/// Why a row may mean a listed user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Twin {
    /// The address looks like the listed one.
    Looks,
    /// First and last name are the same, in the same domain.
    SameNames,
}

impl From<Twin> for Likeness {
    fn from(twin: Twin) -> Self {
        match twin {
            Twin::Looks => Self::Looks,
            Twin::SameNames => Self::SameNames,
        }
    }
}

/// A listed user whom a row may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PerhapsThere {
    /// Why.
    pub twin: Twin,
    /// The number of the user in the list.
    pub number: u32,
    /// Whether the row may mean no other user whom no row names, and no other row may mean this
    /// user.
    pub is_only: bool,
    /// Whether the rows name most users of that domain. Then a user whom none of them names is
    /// missing, rather than left out.
    pub is_covered: bool,
}

impl NewPeople {
    /// Adds a row, from 0, that creates a user whom the list does not have.
    pub(crate) fn take(&mut self, row: u32, create: &CreateUser<'_>) {
        let (first, last) = create.names();
        self.keys.push((skeleton_hash(&create.email, ADDRESS), row));
        self.keys.extend(person_key(first, last, &create.email).map(|key| (key, row)));
    }

    /// Adds the users of another part of the file.
    pub(crate) fn add(&mut self, other: Self) {
        self.keys.extend(other.keys);
    }

    /// Finds all listed users whom one of these rows may mean. Users whom a row names are not
    /// candidates.
    pub(crate) fn matches(
        mut self,
        organization: &Organization,
        is_named: impl Fn(OrgUser<'_>) -> bool + Sync,
    ) -> PossibleTwins {
        self.keys.sort_unstable();
        self.keys.dedup();
        let is_of_a_row = |key: u64| {
            let first = self.keys.partition_point(|(own, _)| *own < key);
            self.keys.get(first).is_some_and(|(own, _)| *own == key)
        };
        let people = if self.keys.is_empty() { 0 } else { organization.len() };
        let keys_of = |person: OrgUser<'_>| {
            let number = person.number();
            let address = (skeleton_hash(person.email(), ADDRESS), Twin::Looks, number);
            let names = person_key(person.firstname(), person.lastname(), person.email())
                .map(|key| (key, Twin::SameNames, number));
            std::iter::once(address).chain(names).filter(|(key, ..)| is_of_a_row(*key))
        };
        let mut people: Vec<_> = (0..people)
            .into_par_iter()
            .map(|number| organization.person(number))
            .filter(|person| !is_named(*person))
            .flat_map_iter(keys_of)
            .collect();
        people.sort_unstable();
        PossibleTwins { rows: self.keys, people }
    }
}

/// The rows that create users, and the listed users whom they may mean: a row may mean all users
/// who share a key with it. Thousands of rows and users may share one, so the pairs are not stored.
#[derive(Debug)]
pub(crate) struct PossibleTwins {
    /// Keys and rows, sorted.
    rows: Vec<(u64, u32)>,
    /// Keys and listed users, sorted; only keys that a row has.
    people: Vec<(u64, Twin, u32)>,
}

impl PossibleTwins {
    /// Returns for each row the most likely user whom it may mean.
    pub(crate) fn likeliest(self) -> BTreeMap<u32, PerhapsThere> {
        // Whether there are others is all that counts: two are enough.
        let two_people = |key: u64| {
            let first = self.people.partition_point(|(own, ..)| *own < key);
            self.people[first..].iter().take_while(move |(own, ..)| *own == key).take(2)
        };
        let two_rows = |key: u64| {
            let first = self.rows.partition_point(|(own, _)| *own < key);
            self.rows[first..].iter().take_while(move |(own, _)| *own == key).take(2)
        };
        let mut all: BTreeMap<u32, PerhapsThere> = BTreeMap::new();
        for (key, row) in &self.rows {
            for (_, twin, number) in two_people(*key) {
                let one =
                    PerhapsThere { twin: *twin, number: *number, is_only: true, is_covered: false };
                all.entry(*row).and_modify(|known| *known = known.or(one)).or_insert(one);
            }
        }
        let row_of: HashMap<u32, u32> = all.iter().map(|(row, one)| (one.number, *row)).collect();
        let mut of_several: HashSet<u32> = HashSet::new();
        for (key, _, number) in &self.people {
            let Some(row) = row_of.get(number) else { continue };
            if two_rows(*key).any(|(_, other)| other != row) {
                of_several.insert(*number);
            }
        }
        for one in all.values_mut() {
            one.is_only &= !of_several.contains(&one.number);
        }
        all
    }
}

impl PerhapsThere {
    /// Returns the likelier of two. It is the only one if both are the same user.
    fn or(self, other: Self) -> Self {
        let is_only = self.is_only && self.number == other.number;
        let likelier =
            if (other.twin, other.number) < (self.twin, self.number) { other } else { self };
        Self { is_only, ..likelier }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{IdentityType, IfExists};
    use crate::umapi::ListedUser;
    use jiff::Timestamp;

    fn create<'a>(email: &'a str, first: &'a str, last: &'a str) -> CreateUser<'a> {
        CreateUser {
            identity: IdentityType::Federated,
            email: email.into(),
            firstname: Some(first.into()),
            lastname: Some(last.into()),
            country: None,
            if_exists: IfExists::Ignore,
        }
    }

    #[test]
    fn old_addresses_and_twins_of_unnamed_people_are_found() {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        for (email, first, last) in [
            ("ann.lee@x.com", "Ann", "Lee"),
            ("bob@x.com", "Bob", "Ray"),
            ("bob2@x.com", "Bob", "Ray"),
            ("eve@x.com", "", ""),
        ] {
            all.add(&ListedUser {
                email: email.into(),
                firstname: first.into(),
                lastname: last.into(),
                ..ListedUser::default()
            });
        }
        let mut new = NewPeople::default();
        new.take(0, &create("ann.ray@x.com", "ann", "LEE"));
        new.take(1, &create("ann.lee@y.com", "Ann", "Lee"));
        new.take(2, &create("\u{435}ve@x.com", "Eve", "Day"));
        new.take(3, &create("robert@x.com", "Bob", "Ray"));
        new.take(4, &create("no.names@x.com", "", ""));
        let found = new.matches(&all, |person| person.email() == "bob@x.com").likeliest();
        let found: Vec<(u32, &str, Twin)> = found
            .iter()
            .map(|(row, one)| (*row, all.person(one.number).email(), one.twin))
            .collect();
        let same = Twin::SameNames;
        assert_eq!(
            found,
            [(0, "ann.lee@x.com", same), (2, "eve@x.com", Twin::Looks), (3, "bob2@x.com", same)]
        );
    }

    #[test]
    fn row_and_user_are_only_if_nobody_else_shares_their_names() {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        for (email, first) in [
            ("ann@x.com", "Ann"),
            ("bob1@x.com", "Bob"),
            ("bob2@x.com", "Bob"),
            ("cem@x.com", "Cem"),
            ("dan@x.com", "Dan"),
        ] {
            all.add(&ListedUser {
                email: email.into(),
                firstname: first.into(),
                lastname: "Lee".into(),
                ..ListedUser::default()
            });
        }
        let mut new = NewPeople::default();
        new.take(0, &create("ann.lee@x.com", "Ann", "Lee"));
        new.take(1, &create("bob.lee@x.com", "Bob", "Lee"));
        new.take(2, &create("cem.lee@x.com", "Cem", "Lee"));
        new.take(3, &create("c.lee@x.com", "Cem", "Lee"));
        // By its address and by its names it may mean one user.
        new.take(4, &create("d\u{430}n@x.com", "Dan", "Lee"));
        let found = new.matches(&all, |_| false).likeliest();
        let found: Vec<(u32, &str, bool)> = found
            .iter()
            .map(|(row, one)| (*row, all.person(one.number).email(), one.is_only))
            .collect();
        assert_eq!(
            found,
            [
                (0, "ann@x.com", true),
                (1, "bob1@x.com", false),
                (2, "cem@x.com", false),
                (3, "cem@x.com", false),
                (4, "dan@x.com", true)
            ]
        );
    }

    /// A pair for each row and each user would be 25 million pairs.
    #[test]
    fn thousands_of_one_name_are_stored_once_each() {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        let mut new = NewPeople::default();
        for number in 0..5000 {
            all.add(&ListedUser {
                email: format!("old{number}@x.com").into(),
                firstname: "Ann".into(),
                lastname: "Lee".into(),
                ..ListedUser::default()
            });
            new.take(number, &create(&format!("new{number}@x.com"), "Ann", "Lee"));
        }
        let twins = new.matches(&all, |person| person.email() == "old0@x.com");
        assert_eq!((twins.rows.len(), twins.people.len()), (10_000, 4999));
        let found = twins.likeliest();
        assert!(found.len() == 5000 && found.values().all(|one| one.number == 1 && !one.is_only));
    }
}
