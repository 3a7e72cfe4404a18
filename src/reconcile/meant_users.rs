//! Finds the users whom an invalid row may mean, because its names may be mistyped.
//!
//! In: the users of a list, and rows. Out: all users with nearly the same name as a row. Pure.

use super::in_words::tokens;
use crate::change::{MeantName, NameLetters, skeleton, skeleton_hash};
use crate::organization::{OrgUser, Organization, real_domain};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// The most letters of a domain that may be wrong, missing or superfluous.
const SLIPS: usize = 2;
const LOCAL: u64 = 1;

/// The names in an invalid row.
#[derive(Debug)]
pub(crate) struct RefusedNames {
    /// The cells that name people, joined into one text.
    pub(crate) text: String,
    /// What cells with an invalid name may mean.
    pub(crate) unclear: Vec<MeantName>,
}

/// The most comparisons of names from one side with names from the other.
const MOST_COMPARISONS: usize = 100_000_000;

/// The users of a list, by the parts of their names that a mistyped name may have kept.
#[derive(Debug, Clone, Default)]
pub(super) struct MeantUsers {
    /// By the part of an address before the `@`.
    by_local: HashMap<u64, Vec<u32>>,
}

impl MeantUsers {
    pub(super) fn new(organization: &Organization) -> Self {
        let mut all = Self::default();
        for person in organization.people() {
            for name in addresses(person) {
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
        let is_nearly = |own: &str| {
            let own = skeleton(own);
            own.starts_with(domain) || strsim::osa_distance(&own, domain) <= SLIPS
        };
        let is_meant = |number: &u32| {
            addresses(organization.person(*number)).any(|name| {
                name.split_once('@')
                    .is_some_and(|(own, domain)| skeleton(own) == local && is_nearly(domain))
            })
        };
        let of_local = self.by_local.get(&skeleton_hash(local, LOCAL)).into_iter().flatten();
        of_local.copied().filter(is_meant).collect()
    }
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
    let people = organization.len() as usize;
    if unclear.len().saturating_mul(people) > MOST_COMPARISONS {
        return None;
    }
    let is_meant = |person: OrgUser<'_>| {
        letters(person).iter().any(|name| unclear.iter().any(|meant| meant.may_be(name)))
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

    #[test]
    fn mistyped_names_mean_the_users_whose_names_they_nearly_are() {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        for (email, username) in
            [("lou@corp.test", "lou@corp.test"), ("kim@corp.test", "kx"), ("lou@other.test", "")]
        {
            all.add(&ListedUser {
                identity: "federatedID".into(),
                email: email.into(),
                username: username.into(),
                domain: "corp.test".into(),
                ..ListedUser::default()
            });
        }
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
            let row = RefusedNames { text: format!("{email},Design"), unclear };
            let mut numbers = users.in_row(&row, &all);
            let unclear = row.unclear.iter().cloned().collect();
            numbers.extend(in_unclear_cells(&unclear, &all).unwrap());
            numbers.dedup();
            assert_eq!(numbers, found, "{email}: {row:?}");
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
            (0..cells).map(|number| MeantName::Username(format!("nobody{number}"))).collect()
        };
        assert_eq!(in_unclear_cells(&unclear(10), &all), Some(Vec::new()));
        let too_many = MOST_COMPARISONS / 1000 + 1;
        assert_eq!(in_unclear_cells(&unclear(too_many), &all), None);
    }
}
