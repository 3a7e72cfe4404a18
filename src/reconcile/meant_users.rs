//! Finds the users whom a row may mean that is refused: its names may be mistyped.
//!
//! In: the users of a list, and a row. Out: all users whose name is nearly one of the row's. Pure.

use super::in_words::tokens;
use crate::change::{MeantName, NameLetters, skeleton, skeleton_hash};
use crate::organization::{OrgUser, Organization, real_domain};
use std::collections::HashMap;

/// So many letters of a domain may be wrong, missing or too many.
const SLIPS: usize = 2;
const LOCAL: u64 = 1;

/// The names in a row that is refused.
#[derive(Debug)]
pub(crate) struct RefusedNames {
    /// The cells that name people, in one text.
    pub(crate) text: String,
    /// What the cells in it may mean that are to be names and are none.
    pub(crate) unclear: Vec<MeantName>,
}

/// The users of a list, by what a mistyped name keeps of theirs.
#[derive(Debug, Clone, Default)]
pub(super) struct MeantUsers {
    /// By the part of an address before the `@`.
    by_local: HashMap<u64, Vec<u32>>,
    /// All names with their letters. Built when needed.
    letters: Option<Vec<(u32, NameLetters)>>,
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

    /// Returns the numbers of the users whom a row may mean.
    pub(super) fn in_row(&mut self, row: &RefusedNames, organization: &Organization) -> Vec<u32> {
        let mut found: Vec<u32> = tokens(&row.text)
            .filter(|token| organization.named(token, "").is_empty())
            .flat_map(|token| self.in_nearly_this_domain(token, organization))
            .collect();
        if !row.unclear.is_empty() {
            let letters = self.letters.get_or_insert_with(|| letters(organization));
            let is_meant = |name: &NameLetters| row.unclear.iter().any(|meant| meant.may_be(name));
            found.extend(
                letters.iter().filter(|(_, name)| is_meant(name)).map(|(number, _)| *number),
            );
        }
        found
    }

    /// Returns the users of the same address in a domain that is spelled nearly so, or that is cut
    /// off.
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

/// The names of a user that hold a domain.
fn addresses(person: OrgUser<'_>) -> impl Iterator<Item = String> {
    let (email, username, domain) =
        (person.email(), person.username(), real_domain(person.domain()));
    let full = match username.contains('@') || username.is_empty() || domain.is_empty() {
        true => username.to_owned(),
        false => format!("{username}@{domain}"),
    };
    [email.to_owned(), full].into_iter().filter(|name| name.contains('@'))
}

fn letters(organization: &Organization) -> Vec<(u32, NameLetters)> {
    let of_person = |person: OrgUser<'_>| {
        let (number, username) = (person.number(), person.username());
        let alone = (!username.is_empty()).then(|| NameLetters::of(username));
        let names: Vec<_> =
            addresses(person).map(|name| NameLetters::of(&name)).chain(alone).collect();
        names.into_iter().map(move |letters| (number, letters))
    };
    organization.people().flat_map(of_person).collect()
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
        let mut users = MeantUsers::new(&all);
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
            numbers.dedup();
            assert_eq!(numbers, found, "{email}: {row:?}");
        }
    }
}
