//! Finds the users whom a text names that is not a row: a row that is switched off, or a remark
//! below the table.
//!
//! In: the users of a list. Out: all users whom the words of such a text may mean. Pure.

use crate::change::{name_hash, name_words, person_words, skeleton_hash};
use crate::organization::{Organization, real_domain};
use std::collections::HashMap;

/// The users of a list, by the words that may name them.
#[derive(Debug, Clone, Default)]
pub(super) struct InWords {
    people: HashMap<u64, Vec<u32>>,
    /// The number of words of the longest name.
    longest: usize,
}

const TOKEN: u64 = 1;
const NAMES: u64 = 2;

/// The most words of a name that is searched for.
const MOST_WORDS: usize = 8;

impl InWords {
    /// Indexes all users.
    pub(super) fn new(organization: &Organization) -> Self {
        let mut all = Self::default();
        for person in organization.people() {
            let number = person.number();
            let (email, username, domain) =
                (person.email(), person.username(), real_domain(person.domain()));
            let full = if username.contains('@') || domain.is_empty() {
                String::new()
            } else {
                format!("{username}@{domain}")
            };
            for name in [email, username, &full].into_iter().filter(|name| !name.is_empty()) {
                all.take(skeleton_hash(name, TOKEN), number);
            }
            if let Some(words) = person_words(person.firstname(), person.lastname()) {
                all.longest = all.longest.max(words.split(' ').count()).min(MOST_WORDS);
                all.take(name_hash(&words, NAMES), number);
            }
        }
        all
    }

    fn take(&mut self, key: u64, number: u32) {
        let numbers = self.people.entry(key).or_default();
        if numbers.last() != Some(&number) {
            numbers.push(number);
        }
    }

    /// Returns the numbers of all users whom the text may mean, by address, by username, or by
    /// first and last name.
    pub(super) fn named_in(&self, text: &str) -> Vec<u32> {
        let by_token = tokens(text).map(|token| skeleton_hash(token, TOKEN));
        let words = name_words(text);
        let windows = (2..=self.longest).flat_map(|length| words.windows(length));
        let by_names = windows.map(|window| {
            let mut window = window.to_vec();
            window.sort_unstable();
            name_hash(&window.join(" "), NAMES)
        });
        let mut found: Vec<u32> = by_token
            .chain(by_names)
            .filter_map(|key| self.people.get(&key))
            .flatten()
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Returns the words of a text that may be addresses or usernames.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let is_between = |c: char| c.is_whitespace() || ",;:|<>()[]{}\"“”„«»#*=".contains(c);
    text.split(is_between)
        .map(|token| token.trim_matches(['.', '!', '?', '\'', '-']))
        .filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::ListedUser;
    use jiff::Timestamp;

    #[test]
    fn people_are_found_in_a_text_in_any_form() {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        for (email, username, first, last) in [
            ("tom@example.com", "tpoe", "Tom", "Poe"),
            ("max@example.com", "max@example.com", "Max", "Müller"),
            ("ann@example.com", "", "", ""),
        ] {
            all.add(&ListedUser {
                identity: "federatedID".into(),
                email: email.into(),
                username: username.into(),
                domain: "example.com".into(),
                firstname: first.into(),
                lastname: last.into(),
                ..ListedUser::default()
            });
        }
        let names = InWords::new(&all);
        for (text, found) in [
            ("#Tom Poe <TOM@example.com>,,,", &[0][..]),
            ("Total 8 (Tom Poe left)", &[0]),
            ("# Poe, Tom; mueller;max", &[0, 1]),
            ("#tpoe@example.com.", &[0]),
            ("left: tpoe, ann@example.com!", &[0, 2]),
            ("Total 8", &[]),
            ("# tom", &[]),
        ] {
            assert_eq!(names.named_in(text), found, "{text}");
        }
    }
}
