//! Finds users whose names are another form of a new user's: a married or double name (`Lee`,
//! `Lee-Smith`), initials (`A.`, `Ann M.`), a short name (`Jim`, `James`), words written together
//! (`van der Berg`, `Vanderberg`), letters of another script (`Иван`, `Ivan`). The address may be
//! any in the same domain, because it may follow from the name in an unknown way.
//!
//! In: two users, and an index of many. Out: the users whose names are forms of each other. Pure.

use super::key_index::KeyIndex;
use super::short_names::{are_forms_of_one_name, initials};
use crate::change::{CreateUser, Respelling, name_hash, name_words, skeleton};
use crate::organization::{OrgUser, Organization};

const LAST: u64 = 9;
const SHORT_LAST: u64 = 10;
const LONG_LAST: u64 = 11;
const LOCAL: u64 = 12;
const RESPELLED: u64 = 13;

/// The least number of letters of a first name that begins a longer one (`Rob`, `Max`), and the
/// least number of letters that the longer one adds. `Paul` and `Paula`, and `Carl` and `Carlos`,
/// are different names.
const LEAST_PREFIX: usize = 3;
const LEAST_ADDED: usize = 3;

/// The names and address of a user in comparable form; `None` if one is missing.
#[derive(Debug)]
struct NamedPerson {
    first: Vec<String>,
    last: Vec<String>,
    /// The possible spellings of first and last name.
    respelled: [Respelling; 2],
    local: String,
    domain: String,
}

impl NamedPerson {
    fn new(first: &str, last: &str, email: &str) -> Option<Self> {
        let email = skeleton(email);
        let (local, domain) = email.rsplit_once('@')?;
        let respelled = [first, last].map(Respelling::of);
        let [first, last] = [first, last].map(name_words);
        let is_whole = !first.is_empty() && !last.is_empty() && !local.is_empty();
        let (local, domain) = (local.to_owned(), domain.to_owned());
        is_whole.then_some(Self { first, last, respelled, local, domain })
    }

    /// Whether first and last name are forms of the other's, in either order, and the addresses
    /// share the domain or the part before it.
    fn is_form_of(&self, other: &Self) -> bool {
        (self.domain == other.domain || self.local == other.local)
            && (self.is_respelling_of(other)
                || are_forms(self.names(), other.names())
                || are_forms(self.names(), other.swapped())
                || are_forms(self.swapped(), other.names()))
    }

    /// Whether both names are spellings of the other's names, in either order.
    fn is_respelling_of(&self, other: &Self) -> bool {
        let ([first, last], [one, two]) = (&self.respelled, &other.respelled);
        first.is_of(one) && last.is_of(two) || first.is_of(two) && last.is_of(one)
    }

    /// Returns keys of which two users with different spellings of their names share one.
    fn respelled_keys(&self) -> [u64; 2] {
        let [first, last] = self.respelled.each_ref().map(Respelling::shared);
        let key = |one: &str, other: &str| {
            let (one, other) = if one <= other { (one, other) } else { (other, one) };
            name_hash(&format!("{one}\n{other}\n{}", self.domain), RESPELLED)
        };
        [key(first[0], last[0]), key(first[1], last[1])]
    }

    fn names(&self) -> SplitName<'_> {
        SplitName { first: &self.first, last: &self.last }
    }

    /// Returns the name with first and last name exchanged.
    fn swapped(&self) -> SplitName<'_> {
        SplitName { first: &self.last, last: &self.first }
    }

    /// Returns the keys under which a listed user is found.
    fn own_keys(&self) -> Vec<u64> {
        let mut keys = vec![name_hash(&self.local, LOCAL)];
        keys.extend(self.respelled_keys());
        for names in [self.names(), self.swapped()] {
            keys.extend(names.last_keys(&self.domain));
            let kind = if names.has_short_last() { SHORT_LAST } else { LONG_LAST };
            keys.extend(names.initial_keys(kind, &self.domain));
        }
        keys
    }

    /// Returns the keys of the users who may have a form of this name.
    fn sought_keys(&self) -> Vec<u64> {
        let mut keys = vec![name_hash(&self.local, LOCAL)];
        keys.extend(self.respelled_keys());
        for names in [self.names(), self.swapped()] {
            keys.extend(names.last_keys(&self.domain));
            keys.extend(names.initial_keys(SHORT_LAST, &self.domain));
            if names.has_short_last() {
                keys.extend(names.initial_keys(LONG_LAST, &self.domain));
            }
        }
        keys
    }
}

/// The words of first and last name.
#[derive(Debug, Clone, Copy)]
struct SplitName<'p> {
    first: &'p [String],
    last: &'p [String],
}

impl SplitName<'_> {
    /// Returns a key for each word of the last name with each initial of the first name's forms.
    fn last_keys(self, domain: &str) -> Vec<u64> {
        let letters: Vec<char> = self.first.iter().flat_map(|word| initials(word)).collect();
        let key = |word, letter| name_hash(&format!("{word}\n{letter}\n{domain}"), LAST);
        let of_word = |word| letters.iter().map(move |letter| key(word, letter));
        self.last.iter().flat_map(of_word).collect()
    }

    /// Returns a key for each word of the first name with the initial of the last name.
    fn initial_keys(self, kind: u64, domain: &str) -> Vec<u64> {
        let letter = self.last.first().and_then(|word| word.chars().next()).unwrap_or_default();
        let key = |word| name_hash(&format!("{word}\n{letter}\n{domain}"), kind);
        self.first.iter().map(key).collect()
    }

    fn has_short_last(self) -> bool {
        matches!(self.last, [word] if is_letter(word))
    }

    /// Whether the last name is the initial of the other: `L.`.
    fn has_last_initial_of(self, other: Self) -> bool {
        self.has_short_last()
            && other.last.first().is_some_and(|word| is_initial(&self.last[0], word))
    }
}

/// Whether first and last name are forms of the other's. At least one of them must be equal, except
/// for words that are added or dropped.
fn are_forms(one: SplitName<'_>, other: SplitName<'_>) -> bool {
    let first_with = |is_word: WordRule| is_part(one.first, other.first, is_word);
    if one.last == other.last {
        return first_with(is_word_or_initial);
    }
    let (short, long) = ordered(one.last, other.last);
    let is_double_name = long.windows(short.len()).any(|words| words == short);
    let is_last_initial = one.has_last_initial_of(other) || other.has_last_initial_of(one);
    is_double_name && first_with(is_word_form) || is_last_initial && first_with(is_same_word)
}

type WordRule = fn(&str, &str) -> bool;

fn ordered<'a>(one: &'a [String], other: &'a [String]) -> (&'a [String], &'a [String]) {
    if one.len() <= other.len() { (one, other) } else { (other, one) }
}

/// Whether all words of the shorter name are in the longer one, in the same order.
fn is_part(one: &[String], other: &[String], is_word: WordRule) -> bool {
    let in_order = |short: &[String], long: &[String]| {
        let mut rest = long.iter();
        short.iter().all(|word| rest.any(|other| is_word(word, other)))
    };
    let (short, long) = ordered(one, other);
    in_order(short, long)
}

/// Whether a word is one letter. In scripts without lower case, one character may be a whole name.
pub(super) fn is_letter(word: &str) -> bool {
    word.chars().nth(1).is_none() && word.chars().all(char::is_lowercase)
}

fn is_initial(one: &str, other: &str) -> bool {
    one != other
        && (is_letter(one) && other.starts_with(one) || is_letter(other) && one.starts_with(other))
}

fn is_same_word(one: &str, other: &str) -> bool {
    one == other && !is_letter(one)
}

fn is_word_form(one: &str, other: &str) -> bool {
    let is_begun = |short: &str, long: &str| {
        short.chars().nth(LEAST_PREFIX - 1).is_some()
            && short.chars().all(char::is_lowercase)
            && long.strip_prefix(short).is_some_and(|more| more.chars().count() >= LEAST_ADDED)
    };
    one == other
        || is_begun(one, other)
        || is_begun(other, one)
        || are_forms_of_one_name(one, other)
}

fn is_word_or_initial(one: &str, other: &str) -> bool {
    is_word_form(one, other) || is_initial(one, other)
}

/// An index of listed users by these keys.
#[derive(Debug, Default)]
pub(super) struct NameForms {
    keys: KeyIndex,
}

impl NameForms {
    /// Adds a user of the list.
    pub(super) fn take(&mut self, person: OrgUser<'_>) {
        if let Some(named) = named(person) {
            self.keys.take(named.own_keys(), person.number());
        }
    }

    /// Sorts the index, once all users are added.
    pub(super) fn sort(&mut self) {
        self.keys.sort();
    }

    /// Returns the users whose name is a form of the new user's, in the order of the list.
    pub(super) fn of(&self, create: &CreateUser<'_>, organization: &Organization) -> Vec<u32> {
        let (first, last) = create.names();
        let Some(new) =
            NamedPerson::new(first, last, &create.email).filter(|_| !self.keys.is_empty())
        else {
            return Vec::new();
        };
        let mut found = self.keys.with_any(new.sought_keys());
        found.retain(|number| {
            named(organization.person(*number)).is_some_and(|listed| listed.is_form_of(&new))
        });
        found
    }
}

fn named(person: OrgUser<'_>) -> Option<NamedPerson> {
    NamedPerson::new(person.firstname(), person.lastname(), person.email())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn person((email, first, last): (&str, &str, &str)) -> NamedPerson {
        NamedPerson::new(first, last, email).unwrap()
    }

    fn is_found(one: &NamedPerson, other: &NamedPerson) -> bool {
        other.sought_keys().iter().any(|key| one.own_keys().contains(key))
    }

    #[track_caller]
    fn are_forms_of_one(one: (&str, &str, &str), other: (&str, &str, &str)) -> bool {
        let (one, other) = (person(one), person(other));
        let is_form = one.is_form_of(&other);
        assert_eq!(is_form, other.is_form_of(&one));
        assert!(!is_form || is_found(&one, &other) && is_found(&other, &one), "no key is shared");
        is_form
    }

    #[test]
    fn married_names_initials_and_short_names_are_forms() {
        let ann = ("ann.lee@x.com", "Ann", "Lee");
        for (one, other) in [
            (ann, ("ann.lee-smith@x.com", "Ann", "Lee-Smith")),
            (ann, ("asl@x.com", "ann", "SMITH LEE")),
            (ann, ("annie@x.com", "Ann M.", "Lee")),
            (ann, ("a.lee@x.com", "A.", "Lee")),
            (ann, ("m.lee@x.com", "Mary Ann", "Lee")),
            (ann, ("ann.l@x.com", "Ann", "L.")),
            (ann, ("lee@x.com", "Lee", "A.")),
            (ann, ("smith@x.com", "Lee Smith", "Ann")),
            (("ann@x.com", "James", "Ann"), ("lee@x.com", "Anna", "James")),
            (ann, ("ann.lee@y.com", "Ann", "Lee-Smith")),
            (ann, ("al@x.com", "Anna Lee", "Ann")),
            (ann, ("x1@x.com", "Anne", "Lee")),
            (("jim@x.com", "Jim", "Roe"), ("james.roe@x.com", "James", "Roe")),
            (("roe@x.com", "Bob", "Roe"), ("robert.roe@x.com", "Robert", "Roe-Poe")),
            (("roe@x.com", "J. R.", "Roe"), ("john.roe@x.com", "John Ross", "Roe")),
            (("gil@x.com", "Paco", "Gil"), ("f.gil@x.com", "Francisco", "Gil")),
            (("u@x.com", "Uli", "Groß"), ("ug@x.com", "Ulrich", "Gross")),
            (("zh@x.com", "Ж.", "Попов"), ("p@x.com", "Женя", "Попов")),
            (("ph@x.com", "Phil", "Roe"), ("pr@x.com", "Philip", "Roe")),
            (("v@x.com", "Max", "Berg"), ("b@x.com", "Maximilian", "van der Berg")),
            (("vb@x.com", "Jan", "van der Berg"), ("jan@x.com", "Jan", "Vanderberg")),
            (("mac@x.com", "Tom", "MacDonald"), ("tom@x.com", "Tom", "McDonald")),
            (("ivan@x.com", "Иван", "Петров"), ("i.p@x.com", "Ivan", "Petrov")),
            (("gp@x.com", "Γιώργος", "Παπάς"), ("papas@x.com", "Papas", "Giorgos")),
            (("ih@x.com", "Иван", "van Петров"), ("vi@x.com", "Ivan", "Vanpetrov")),
        ] {
            assert!(are_forms_of_one(one, other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn families_and_other_people_are_no_forms() {
        let ann = ("ann.lee@x.com", "Ann", "Lee");
        for (one, other) in [
            (ann, ("ann.smith@x.com", "Ann", "Smith")),
            (ann, ("bob.lee@x.com", "Bob", "Lee")),
            (("ip@x.com", "Иван", "Петров"), ("ivan@x.com", "Ivan", "Petrova")),
            (("ij@x.com", "Jan", "Roe"), ("ian@x.com", "Ian", "Roe")),
            (ann, ("bob.lee-smith@x.com", "Bob", "Lee-Smith")),
            (ann, ("ann.leeds@x.com", "Ann", "Leeds")),
            (ann, ("a.leesmith@x.com", "A.", "Lee-Smith")),
            (ann, ("a.l@x.com", "A.", "L.")),
            (ann, ("ann.lee-smith@y.com", "Ann", "Lee-Smith")),
            (ann, ("andrew.lee@x.com", "Andrew", "Lee")),
            (("dg@x.com", "Daniel", "Garcia"), ("daniela@x.com", "Daniela", "Garcia")),
            (("pr@x.com", "Paul", "Roe"), ("paula@x.com", "Paula", "Roe")),
            (("rr@x.com", "Robert", "Roe"), ("roberta@x.com", "Roberta", "Roe")),
            (("sr@x.com", "Simon", "Roe"), ("simone@x.com", "Simone", "Roe")),
            (("cr@x.com", "Christian", "Roe"), ("christiane@x.com", "Christiane", "Roe")),
            (("carl@x.com", "Carl", "Roe"), ("carlos@x.com", "Carlos", "Roe")),
            (("y.li@x.com", "Yan", "Li"), ("yang@x.com", "Yang", "Li")),
            (("jan@x.com", "Jan", "Roe"), ("janet@x.com", "Janet", "Roe")),
            (("joe@x.com", "Joseph", "Roe"), ("joy@x.com", "Joy", "Roe")),
            (("m1@x.com", "明", "李"), ("m2@x.com", "明华", "李")),
            (("m3@x.com", "민", "김"), ("m4@x.com", "민수", "김")),
            (("al@x.com", "Alexander", "Roe"), ("ar@x.com", "Alexandra", "Roe")),
            (("j.smith@x.com", "J", "Smith"), ("a.smith@x.com", "A", "Smith")),
            (("u1@x.com", "U", "N1"), ("u2@x.com", "U", "N2")),
            (("mm@x.com", "Mary Ann", "Lee"), ("ml@x.com", "Mary Lou", "Lee")),
        ] {
            assert!(!are_forms_of_one(one, other), "{one:?} {other:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None,
            ..ProptestConfig::default() })]

        /// The rule is symmetric, and the index finds the pair.
        #[test]
        fn forms_are_symmetric_and_found_by_the_index(
            names in prop::array::uniform2((
                "(Ann|A|Anna|Jim|James|Bob|Rob|Robert|M)( (Ann|M|Lee))?",
                "(Lee|L|Smith|Lee-Smith|Smith Lee|James|Ann)",
                "(ann|lee)@(x|y)[.]com",
            ))
        ) {
            let [one, other] = names
                .each_ref()
                .map(|(first, last, email)| NamedPerson::new(first, last, email).unwrap());
            prop_assert_eq!(one.is_form_of(&other), other.is_form_of(&one));
            if one.is_form_of(&other) {
                prop_assert!(is_found(&one, &other) && is_found(&other, &one));
            }
            prop_assert!(one.is_form_of(&one));
        }
    }
}
