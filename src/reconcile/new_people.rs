//! Finds users of the organization whom a row would create a second time: by an address that only
//! looks like the listed one, or by a new address.
//!
//! In: the new users of a file, then the users of a list whom no row names. Out: whom each of these
//! rows may mean. Pure.

use super::near_users::{ADDRESS, Likeness, person_key};
use crate::change::{CreateUser, skeleton_hash};
use crate::organization::{OrgUser, Organization};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// An index of the new users of a file, about 32 bytes each.
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
    /// The row may mean no other user whom no row names, and no other row may mean this user.
    pub is_only: bool,
    /// The rows name most users of that domain: a user whom none of them names is missing, rather
    /// than left out.
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

    /// Finds all listed users whom one of these rows may mean.
    pub(crate) fn matches(mut self, organization: &Organization) -> Vec<(u32, PerhapsThere)> {
        self.keys.sort_unstable();
        let rows = |key: u64| {
            let first = self.keys.partition_point(|(own, _)| *own < key);
            self.keys[first..].iter().take_while(move |(own, _)| *own == key).map(|(_, row)| *row)
        };
        let people = if self.keys.is_empty() { 0 } else { organization.len() };
        let met = |number: u32| {
            let person = organization.person(number);
            let address = (skeleton_hash(person.email(), ADDRESS), Twin::Looks);
            let names = person_key(person.firstname(), person.lastname(), person.email())
                .map(|key| (key, Twin::SameNames));
            let keys = std::iter::once(address).chain(names);
            let found = keys.flat_map(|(key, twin)| {
                rows(key).map(move |row| {
                    (row, PerhapsThere { twin, number, is_only: false, is_covered: false })
                })
            });
            found.collect::<Vec<_>>()
        };
        (0..people).into_par_iter().flat_map_iter(met).collect()
    }
}

/// Returns for each row the most likely user whom it may mean. Users whom a row names are not
/// candidates.
pub(crate) fn likeliest(
    found: Vec<(u32, PerhapsThere)>,
    organization: &Organization,
    is_named: impl Fn(OrgUser<'_>) -> bool,
) -> BTreeMap<u32, PerhapsThere> {
    let mut all: BTreeMap<u32, PerhapsThere> = BTreeMap::new();
    let (mut people_of, mut rows_of): (HashMap<u32, Vec<u32>>, HashMap<u32, Vec<u32>>) =
        (HashMap::new(), HashMap::new());
    for (row, one) in
        found.into_iter().filter(|(_, one)| !is_named(organization.person(one.number)))
    {
        all.entry(row).and_modify(|other| *other = (*other).min(one)).or_insert(one);
        for (key, value, values) in
            [(row, one.number, &mut people_of), (one.number, row, &mut rows_of)]
        {
            let known = values.entry(key).or_default();
            if !known.contains(&value) && known.len() < 2 {
                known.push(value);
            }
        }
    }
    let is_one = |values: &HashMap<u32, Vec<u32>>, key: u32| {
        values.get(&key).is_some_and(|known| known.len() == 1)
    };
    for (row, one) in &mut all {
        one.is_only = is_one(&people_of, *row) && is_one(&rows_of, one.number);
    }
    all
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
        let found = likeliest(new.matches(&all), &all, |person| person.email() == "bob@x.com");
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
}
