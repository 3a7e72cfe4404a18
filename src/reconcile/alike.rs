//! Finds users whose names and address are both nearly those of a new user. Correcting a typing
//! error, or writing out a short name, changes both at once: `ann.lee@x.com`, Ann Lee;
//! `an.lee@x.com`, Anne Lee.
//!
//! In: two users, and an index of many. Out: the users who are nearly the same. Pure.

use super::key_index::KeyIndex;
use super::name_forms::is_letter;
use crate::change::{CreateUser, name_hash, name_words, skeleton};
use crate::organization::{OrgUser, Organization};

const LAST: u64 = 6;
const FIRST: u64 = 7;
const LOCAL: u64 = 8;

/// The names and address of a user in comparable form; `None` if one is missing.
#[derive(Debug)]
struct Features {
    first: String,
    last: String,
    local: String,
    domain: String,
}

impl Features {
    fn new(first: &str, last: &str, email: &str) -> Option<Self> {
        let email = skeleton(email);
        let (local, domain) = email.rsplit_once('@')?;
        let [first, last] = [first, last].map(|name| name_words(name).join(" "));
        let is_whole = ![&*first, &*last, local].contains(&"");
        is_whole.then(|| Self { first, last, local: local.to_owned(), domain: domain.to_owned() })
    }

    /// Returns the keys of a user. Two users who are nearly the same share a key, because at least
    /// one of last name, first name and address is equal.
    fn keys(&self) -> [u64; 3] {
        let Self { first, last, local, domain } = self;
        [
            name_hash(&format!("{last}\n{domain}"), LAST),
            name_hash(&format!("{first}\n{domain}"), FIRST),
            name_hash(local, LOCAL),
        ]
    }

    /// Whether both names and the address are equal, except for typing errors or a short form of
    /// the first name.
    fn is_nearly(&self, other: &Self) -> bool {
        let is_address = match self.domain == other.domain {
            true => is_near(&self.local, &other.local) || self.follows_first_name(other),
            false => self.local == other.local,
        };
        is_address
            && is_near(&self.last, &other.last)
            && (is_near(&self.first, &other.first)
                || is_short_form(&self.first, &other.first) && !self.is_initial_of(other))
    }

    /// Whether one first name is the initial of the other, with the same last name. That is a form
    /// of the name ([`NameForms`](super::name_forms::NameForms)), which several users may have.
    fn is_initial_of(&self, other: &Self) -> bool {
        self.last == other.last && (is_letter(&self.first) || is_letter(&other.first))
    }

    /// Whether the addresses differ only where they contain the first name.
    fn follows_first_name(&self, other: &Self) -> bool {
        let rest = |one: &Self| one.local.strip_prefix(&one.first).map(ToOwned::to_owned);
        rest(self).is_some_and(|rest_of| Some(rest_of) == rest(other))
    }
}

/// Whether two texts differ by one typing error, or by two in a long text. Different digits do not
/// count as a typing error, because they distinguish people.
fn is_near(one: &str, other: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let slips = match one.chars().count().max(other.chars().count()) {
        0..=2 => 0,
        3..=7 => 1,
        _ => 2,
    };
    if one == other {
        return true;
    }
    let (own, others) = (digits(one), digits(other));
    let is_other_number = !own.is_empty() && !others.is_empty() && own != others;
    one.len().abs_diff(other.len()) <= 4 * slips
        && !is_other_number
        && strsim::osa_distance(one, other) <= slips
}

/// Whether one is a short form of the other: `Rob` and `Robert`.
fn is_short_form(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// An index of listed users by these keys.
#[derive(Debug, Default)]
pub(super) struct Alike {
    keys: KeyIndex,
}

impl Alike {
    /// Adds a user of the list.
    pub(super) fn take(&mut self, person: OrgUser<'_>) {
        if let Some(features) = Features::new(person.firstname(), person.lastname(), person.email())
        {
            self.keys.take(features.keys(), person.number());
        }
    }

    /// Sorts the index, once all users are added.
    pub(super) fn sort(&mut self) {
        self.keys.sort();
    }

    /// Returns the users who are nearly the new user, in the order of the list.
    pub(super) fn of(&self, create: &CreateUser<'_>, organization: &Organization) -> Vec<u32> {
        let (first, last) = create.names();
        let Some(new) = Features::new(first, last, &create.email).filter(|_| !self.keys.is_empty())
        else {
            return Vec::new();
        };
        let is_nearly = |number: &u32| {
            let person = organization.person(*number);
            Features::new(person.firstname(), person.lastname(), person.email())
                .is_some_and(|listed| listed.is_nearly(&new))
        };
        let mut found = self.keys.with_any(new.keys());
        found.retain(is_nearly);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_nearly_the_same(one: (&str, &str, &str), other: (&str, &str, &str)) -> bool {
        let [one, other] =
            [one, other].map(|(email, first, last)| Features::new(first, last, email).unwrap());
        assert_eq!(one.is_nearly(&other), other.is_nearly(&one));
        let shares = one.keys().iter().any(|key| other.keys().contains(key));
        one.is_nearly(&other) && shares
    }

    #[test]
    fn names_and_address_edited_together_are_one_person() {
        for (one, other) in [
            (("ann.lee@x.com", "Ann", "Lee"), ("an.lee@x.com", "Anne", "Lee")),
            (("ann.lee@x.com", "Ann", "Lee"), ("ann.lees@x.com", "Ann", "Lees")),
            (("rob.ray@x.com", "Rob", "Ray"), ("robert.ray@x.com", "Robert", "Ray")),
            (("zoe.mueller@x.com", "Zoe", "Müller"), ("zoee.muller@x.com", "Zoé", "Mueller")),
            (("ann.lee@x.com", "Ann", "Lee"), ("ann.lee@y.com", "Anne", "Lee")),
            (("ann.lee2@x.com", "Ann", "Lee"), ("anne.lee2@x.com", "Anne", "Lee")),
        ] {
            assert!(are_nearly_the_same(one, other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn other_people_with_like_addresses_or_names_are_others() {
        for (one, other) in [
            (("j.smith@x.com", "James", "Smith"), ("a.smith@x.com", "Alice", "Smith")),
            (("j.smith@x.com", "J", "Smith"), ("a.smith@x.com", "A", "Smith")),
            (("ann.lee@x.com", "Ann", "Lee"), ("ann.leigh@x.com", "Ann", "Leigh")),
            (("ann.lee@x.com", "Ann", "Lee"), ("bob.lee@x.com", "Bob", "Lee")),
            (("ann.lee@x.com", "Ann", "Lee"), ("anne@x.com", "Anne", "Lee")),
            (("ann.lee@x.com", "Ann", "Lee"), ("an.lee@y.com", "Anne", "Lee")),
            (("u1@x.com", "U", "N1"), ("u2@x.com", "U", "N2")),
            (("user017@x.com", "User", "Number017"), ("user018@x.com", "User", "Number018")),
            (("mary.major@x.com", "Mary", "Major"), ("mark.minor@x.com", "Mark", "Minor")),
        ] {
            assert!(!are_nearly_the_same(one, other), "{one:?} {other:?}");
        }
    }
}
