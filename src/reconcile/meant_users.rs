//! Finds the users whom an invalid row may mean, because its names may be mistyped.
//!
//! In: the users of a list, and rows. Out: all users with nearly the same name as a row. Pure.

use super::in_words::tokens;
use crate::change::{MeantName, NameLetters, name_hash, skeleton, skeleton_hash};
use crate::organization::{OrgUser, Organization, real_domain};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// The most letters of a domain that may be wrong, missing or superfluous.
const SLIPS: usize = 2;
const LOCAL: u64 = 1;
/// The numbers of letters of a name in which one may be wrong: with fewer, every other name differs
/// in one letter; no name has more.
const SLIPPABLE: std::ops::RangeInclusive<usize> = 3..=64;

/// The names in an invalid row.
#[derive(Debug)]
pub(crate) struct RefusedNames {
    /// The cells that name people, joined into one text.
    pub(crate) text: String,
    /// Those of email addresses and usernames alone.
    pub(crate) names: String,
    /// What cells with an invalid name may mean.
    pub(crate) unclear: Vec<MeantName>,
}

/// The most comparisons of names from one side with names from the other.
const MOST_COMPARISONS: usize = 100_000_000;

/// The users of a list, by the parts of their names that a mistyped name may have kept.
#[derive(Debug, Clone, Default)]
pub(super) struct MeantUsers {
    /// By the part of an address before the `@`, and by the username.
    by_local: HashMap<u64, Vec<u32>>,
}

impl MeantUsers {
    /// Indexes the users of an organization by the letters of their names.
    pub(super) fn new(organization: &Organization) -> Self {
        let mut all = Self::default();
        for person in organization.people() {
            for name in addresses(person).chain([person.username().to_owned()]) {
                let local = name.split('@').next().unwrap_or_default();
                let numbers = all.by_local.entry(skeleton_hash(local, LOCAL)).or_default();
                if numbers.last() != Some(&person.number()) {
                    numbers.push(person.number());
                }
            }
        }
        all
    }

    /// Returns the numbers of the users whose addresses are nearly those in a row.
    pub(super) fn in_row(&self, row: &RefusedNames, organization: &Organization) -> Vec<u32> {
        tokens(&row.text)
            .filter(|token| organization.named(token, "").is_empty())
            .flat_map(|token| self.in_nearly_this_domain(token, organization))
            .collect()
    }

    /// Returns the users with the same address in a domain whose spelling is nearly the same, or
    /// that is cut off.
    fn in_nearly_this_domain(&self, address: &str, organization: &Organization) -> Vec<u32> {
        let address = skeleton(address);
        let Some((local, domain)) = address.split_once('@') else { return Vec::new() };
        let is_meant = |number: &u32| {
            addresses(organization.person(*number)).any(|name| {
                name.split_once('@').is_some_and(|(own, own_domain)| {
                    skeleton(own) == local && is_nearly(own_domain, domain)
                })
            })
        };
        let of_local = self.by_local.get(&skeleton_hash(local, LOCAL)).into_iter().flatten();
        of_local.copied().filter(is_meant).collect()
    }
}

/// Returns the users whose address or username differs in one letter from one of these names.
pub(super) fn with_one_slip(names: &HashSet<String>, organization: &Organization) -> Vec<u32> {
    if names.is_empty() {
        return Vec::new();
    }
    let near = NearLocals::new(organization);
    names.par_iter().flat_map_iter(|name| near.one_slip_from(name, organization)).collect()
}

/// The users of a list, sorted by their names without one letter, and by the whole names. Two names
/// that differ in one letter have one of these texts in common.
struct NearLocals(Vec<(u64, u32)>);

impl NearLocals {
    fn new(organization: &Organization) -> Self {
        let keys = |number: u32| {
            let person = organization.person(number);
            let names = addresses(person).chain([person.username().to_owned()]);
            let mut keys = Vec::new();
            for name in names {
                let local = skeleton(name.split('@').next().unwrap_or_default());
                keys.extend(without_one_letter(&local).map(|key| (key, number)));
            }
            keys
        };
        let mut all: Vec<_> = (0..organization.len()).into_par_iter().flat_map_iter(keys).collect();
        all.par_sort_unstable();
        all.dedup();
        Self(all)
    }

    fn with_key(&self, key: u64) -> impl Iterator<Item = u32> {
        let from = self.0.partition_point(|(own, _)| *own < key);
        self.0[from..].iter().take_while(move |(own, _)| *own == key).map(|(_, number)| *number)
    }

    fn one_slip_from(&self, name: &str, organization: &Organization) -> Vec<u32> {
        let name = skeleton(name);
        let (local, domain) = match name.split_once('@') {
            Some((local, domain)) => (local, Some(domain)),
            None => (&*name, None),
        };
        if !SLIPPABLE.contains(&local.chars().count()) {
            return Vec::new();
        }
        let is_slip = |own: &str| strsim::osa_distance(&skeleton(own), local) == 1;
        let is_meant = |number: &u32| {
            let person = organization.person(*number);
            match domain {
                None => is_slip(person.username_alone()),
                Some(domain) => addresses(person).any(|name| {
                    name.split_once('@').is_some_and(|(own, own_domain)| {
                        is_slip(own) && is_nearly(own_domain, domain)
                    })
                }),
            }
        };
        let near = without_one_letter(local).flat_map(|key| self.with_key(key));
        near.filter(is_meant).collect()
    }
}

/// Whether the domain of a user is that of a row with at most a few slips, or goes on behind it.
fn is_nearly(own: &str, domain: &str) -> bool {
    let own = skeleton(own);
    own.starts_with(domain) || strsim::osa_distance(&own, domain) <= SLIPS
}

/// Returns hashes of a name, and of the texts that it becomes without one of its letters.
fn without_one_letter(name: &str) -> impl Iterator<Item = u64> {
    let less = name.char_indices().map(|(place, _)| {
        let mut text = name.to_owned();
        text.remove(place);
        name_hash(&text, LOCAL)
    });
    std::iter::once(name_hash(name, LOCAL)).chain(less)
}

/// Returns the names of a user that contain a domain.
fn addresses(person: OrgUser<'_>) -> impl Iterator<Item = String> {
    let (email, username, domain) =
        (person.email(), person.username(), real_domain(person.domain()));
    let full = match username.contains('@') || username.is_empty() || domain.is_empty() {
        true => username.to_owned(),
        false => format!("{username}@{domain}"),
    };
    [email.to_owned(), full].into_iter().filter(|name| name.contains('@'))
}

/// Returns the numbers of the users whom cells with invalid names may mean; `None` if there are too
/// many such cells to compare them with all names of the list.
pub(super) fn in_unclear_cells(
    unclear: &HashSet<MeantName>,
    organization: &Organization,
) -> Option<Vec<u32>> {
    if unclear.is_empty() {
        return Some(Vec::new());
    }
    // Usernames are looked up, other texts are compared with every name.
    let (usernames, others): (HashSet<&MeantName>, Vec<&MeantName>) =
        unclear.iter().fold((HashSet::new(), Vec::new()), |(mut usernames, mut others), meant| {
            match meant {
                MeantName::Username(_) => _ = usernames.insert(meant),
                meant => others.push(meant),
            }
            (usernames, others)
        });
    let people = organization.len() as usize;
    if others.len().saturating_mul(people) > MOST_COMPARISONS {
        return None;
    }
    let is_meant = |person: OrgUser<'_>| {
        letters(person).iter().any(|name| {
            usernames.contains(&name.username()) || others.iter().any(|meant| meant.may_be(name))
        })
    };
    let numbers = (0..organization.len()).into_par_iter();
    Some(numbers.filter(|number| is_meant(organization.person(*number))).collect())
}

/// Returns the names of a user with their letters.
fn letters(person: OrgUser<'_>) -> Vec<NameLetters> {
    let username = person.username();
    let alone = (!username.is_empty()).then(|| NameLetters::of(username));
    addresses(person).map(|name| NameLetters::of(&name)).chain(alone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Field;
    use crate::umapi::ListedUser;
    use jiff::Timestamp;

    /// Returns a list of users with these email addresses and usernames.
    fn list(users: &[(&str, &str)]) -> Organization {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        for (email, username) in users {
            all.add(&ListedUser {
                identity: "federatedID".into(),
                email: (*email).into(),
                username: (*username).into(),
                domain: "corp.test".into(),
                ..ListedUser::default()
            });
        }
        all
    }

    #[test]
    fn mistyped_names_mean_the_users_whose_names_they_nearly_are() {
        let all = list(&[
            ("lou@corp.test", "lou@corp.test"),
            ("kim@corp.test", "kx"),
            ("lou@other.test", ""),
        ]);
        let users = MeantUsers::new(&all);
        for (email, found) in [
            ("lou@corp.tst", &[0][..]),
            ("lou@corp", &[0]),
            ("LOU@crop.test", &[0]),
            ("kx@corp.tset", &[1]),
            ("lou @corp.test", &[0]),
            ("lou(at)corp.test", &[0]),
            ("lou@@other.test", &[2]),
            ("lou@third.example", &[]),
            ("lou@corp.test", &[]),
            ("#N/A", &[]),
        ] {
            let unclear = MeantName::of(Field::Email, email, None).into_iter().collect();
            let text = format!("{email},Design");
            let row = RefusedNames { text, names: email.to_owned(), unclear };
            let mut numbers = users.in_row(&row, &all);
            let unclear = row.unclear.iter().cloned().collect();
            numbers.extend(in_unclear_cells(&unclear, &all).unwrap());
            numbers.dedup();
            assert_eq!(numbers, found, "{email}: {row:?}");
        }
    }

    #[test]
    fn name_that_differs_in_one_letter_means_the_user() {
        let all = list(&[("ann.lee@corp.test", "annl"), ("li@corp.test", "ky")]);
        let found = |name: &str| {
            let mut found = with_one_slip(&HashSet::from([name.to_owned()]), &all);
            found.dedup();
            found
        };
        for name in [
            "an.lee@corp.test",
            "annn.lee@corp.test",
            "Ann-Lee@corp.test",
            "nan.lee@corp.test",
            "ann.le@corp.tset",
            "anl",
            "ANNLE",
            "annk",
            "anln",
            "anl@corp.test",
        ] {
            assert_eq!(found(name), [0], "{name}");
        }
        let long = "x".repeat(70);
        for name in
            ["a.lee@corp.test", "an.lee@other.example", "nnal", "al", "k", "lo@corp.test", &long]
        {
            assert!(found(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn too_many_unclear_cells_are_not_compared() {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        for number in 0..1000 {
            all.add(&ListedUser {
                identity: "federatedID".into(),
                email: format!("u{number}@corp.test").into(),
                ..ListedUser::default()
            });
        }
        let unclear = |cells: usize| {
            (0..cells).map(|number| MeantName::Within(format!("nobody{number}"))).collect()
        };
        assert_eq!(in_unclear_cells(&unclear(10), &all), Some(Vec::new()));
        let too_many = MOST_COMPARISONS / 1000 + 1;
        assert_eq!(in_unclear_cells(&unclear(too_many), &all), None);
    }
}
