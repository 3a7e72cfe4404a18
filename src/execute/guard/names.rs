//! Names as guards compare them, and which of them belong to one user or one group.
//!
//! A guard that knows one name of a user must recognize all others: those in a list, and those that
//! the rows of the files give. Names are hashes of their [skeletons](crate::change::skeleton), so
//! that another spelling makes no difference, and a million rows need little memory.

use crate::change::skeleton;
use crate::organization::{OrgUser, real_domain};
use crate::reconcile::UserSpelling;
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The hash of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NameHash(u64);

const USER: u64 = 1;
const USERNAME: u64 = 2;
const ANYWHERE: u64 = 3;
const GROUP: u64 = 4;

impl NameHash {
    fn of(skeleton: &str, kind: u64) -> Self {
        Self(xxh3_64_with_seed(skeleton.as_bytes(), kind))
    }

    /// Returns the hash of a user's name: an email address, or a username with its domain.
    /// `boss@x.com` and the username `boss` of `x.com` are the same. A username without a domain
    /// may have any domain.
    pub(crate) fn user(name: &str, domain: &str) -> Self {
        let own = skeleton(name);
        let domain = real_domain(domain);
        match domain {
            _ if own.contains('@') => Self::of(&own, USER),
            "" => Self::of(&own, USERNAME),
            domain => Self::of(&skeleton(&format!("{own}@{domain}")), USER),
        }
    }

    /// Returns the hash of a username without its domain; `None` for an email address.
    fn username(name: &str) -> Option<Self> {
        let own = skeleton(name);
        (!own.contains('@')).then(|| Self::of(&own, USERNAME))
    }

    /// Returns the hash that stands for a username in every domain; `None` for an email address.
    pub(crate) fn anywhere(name: &str) -> Option<Self> {
        let own = skeleton(name);
        (!own.contains('@')).then(|| Self::of(&own, ANYWHERE))
    }

    /// Returns the hash of the name of a user group, a product profile or a role.
    pub(crate) fn group(name: &str) -> Self {
        Self::of(&skeleton(name), GROUP)
    }
}

/// Returns the names of one user in a row or a list, each with its domain.
pub(crate) fn names_of(person: &[UserSpelling]) -> Vec<NameHash> {
    let domains = || {
        let beside = person.iter().map(|(_, domain)| domain.as_str());
        let of_emails =
            person.iter().filter_map(|(name, _)| name.rsplit_once('@')).map(|(_, domain)| domain);
        beside.chain(of_emails).filter(|domain| !real_domain(domain).is_empty())
    };
    let mut names = Vec::with_capacity(person.len());
    for (name, domain) in person.iter().filter(|(name, _)| !name.is_empty()) {
        if name.contains('@') || !real_domain(domain).is_empty() {
            names.push(NameHash::user(name, domain));
        } else {
            // A username without its domain may have the domain of any of the user's other names.
            names.extend(domains().map(|domain| NameHash::user(name, domain)));
        }
        names.extend(NameHash::username(name));
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns the names that mean only this user: all except usernames without a domain.
pub(crate) fn own_names(person: &[UserSpelling]) -> Vec<NameHash> {
    let usernames: Vec<NameHash> =
        person.iter().filter_map(|(name, _)| NameHash::username(name)).collect();
    names_of(person).into_iter().filter(|name| !usernames.contains(name)).collect()
}

/// Returns the names of a listed user.
pub(crate) fn names_in_list(person: OrgUser<'_>) -> Vec<NameHash> {
    let domain = person.domain().to_owned();
    names_of(&[(person.email().to_owned(), String::new()), (person.username().to_owned(), domain)])
}

/// The names that the rows of files give to one user or one group.
///
/// They take 16 bytes for each name beyond the first in a row.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// Pairs of names, in both directions; sorted by [`Links::finish`].
    edges: Vec<(NameHash, NameHash)>,
}

impl Links {
    /// Adds the names of one user in a row. `is_marked` says which usernames are marked [in every
    /// domain](NameHash::anywhere).
    pub(crate) fn person(&mut self, person: &[UserSpelling], is_marked: impl Fn(NameHash) -> bool) {
        let own = own_names(person);
        let Some((first, others)) = own.split_first() else { return };
        for other in others {
            self.edges.extend([(*first, *other), (*other, *first)]);
        }
        if !others.is_empty() {
            let anywhere = person
                .iter()
                .filter_map(|(name, _)| NameHash::anywhere(name))
                .filter(|name| is_marked(*name));
            self.edges.extend(anywhere.map(|name| (name, *first)));
            // A username without a domain may also be another user's: other names lead to it, but
            // it leads to no other name.
            self.edges.extend(
                person
                    .iter()
                    .filter_map(|(name, _)| NameHash::username(name))
                    .map(|name| (*first, name)),
            );
        }
    }

    /// Adds a rename of an earlier command: the user with the old name now has the new one. Another
    /// user may have the old name by now, so the new name does not lead back to it.
    pub(crate) fn renamed(&mut self, old: &UserSpelling, new: &UserSpelling) {
        let new_names = names_of(std::slice::from_ref(new));
        for old in names_of(std::slice::from_ref(old)) {
            self.edges.extend(new_names.iter().map(|new| (old, *new)));
        }
    }

    /// Adds a rename of a group of an earlier command.
    pub(crate) fn renamed_group(&mut self, old: &str, new: &str) {
        self.edges.push((NameHash::group(old), NameHash::group(new)));
    }

    /// Adds a group's new name.
    pub(crate) fn group(&mut self, old: &str, new: &str) {
        let (old, new) = (NameHash::group(old), NameHash::group(new));
        if old != new {
            self.edges.extend([(old, new), (new, old)]);
        }
    }

    /// Adds the names of another part of the files.
    pub(crate) fn add(&mut self, other: Self) {
        self.edges.extend(other.edges);
    }

    /// Sorts the pairs, so that they can be searched.
    #[must_use]
    pub(crate) fn finish(mut self) -> Self {
        self.edges.sort_unstable();
        self.edges.dedup();
        self
    }

    /// Marks every name that belongs to a marked one, across any number of rows in any order.
    pub(crate) fn spread<T: Copy>(&self, marks: &mut HashMap<NameHash, T>) {
        if self.edges.is_empty() {
            return;
        }
        let mut open: Vec<(NameHash, T)> =
            marks.iter().map(|(name, mark)| (*name, *mark)).collect();
        while let Some((name, mark)) = open.pop() {
            let first = self.edges.partition_point(|(from, _)| *from < name);
            for (_, to) in self.edges[first..].iter().take_while(|(from, _)| *from == name) {
                marks.entry(*to).or_insert_with(|| {
                    open.push((*to, mark));
                    mark
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(names: &[(&str, &str)]) -> Vec<UserSpelling> {
        names.iter().map(|(name, domain)| ((*name).to_owned(), (*domain).to_owned())).collect()
    }

    #[test]
    fn username_and_domain_are_the_email_that_they_make() {
        assert_eq!(NameHash::user("boss", "X.com"), NameHash::user("BOSS@x.com", ""));
        assert_eq!(NameHash::user("boss@x.com", "AdobeID"), NameHash::user("boss@x.com", "x.com"));
        assert_eq!(NameHash::user("ann", "xn--bcher-kva.de"), NameHash::user("ann@bücher.de", ""));
        assert_ne!(NameHash::user("boss", "x.com"), NameHash::user("boss", "y.com"));
        assert_ne!(NameHash::user("boss", ""), NameHash::group("boss"));
    }

    #[test]
    fn marks_spread_through_chains_in_any_order() {
        let mut links = Links::default();
        let nobody = |_: NameHash| false;
        links.person(&person(&[("c@x.com", ""), ("d", "x.com")]), nobody);
        links.person(&person(&[("b@x.com", ""), ("c@x.com", "")]), nobody);
        links.person(&person(&[("a@x.com", ""), ("b@x.com", "")]), nobody);
        links.person(&person(&[("other@x.com", ""), ("d", "y.com")]), nobody);
        links.group("G", "H");
        let links = links.finish();
        let mut marks = HashMap::from([(NameHash::user("a@x.com", ""), 1)]);
        links.spread(&mut marks);
        for (name, domain) in [("c@x.com", ""), ("d", "x.com"), ("d@x.com", ""), ("d", "")] {
            assert_eq!(marks.get(&NameHash::user(name, domain)), Some(&1), "{name} {domain}");
        }
        for (name, domain) in [("other@x.com", ""), ("d", "y.com")] {
            assert_eq!(marks.get(&NameHash::user(name, domain)), None, "{name} {domain}");
        }
        let marked = NameHash::anywhere("E").unwrap();
        let mut loose = Links::default();
        loose.person(&person(&[("e", "x.com"), ("f", "x.com")]), |name| name == marked);
        let mut marks = HashMap::from([(marked, 3)]);
        loose.finish().spread(&mut marks);
        assert_eq!(marks.get(&NameHash::user("f", "x.com")), Some(&3));
        let mut groups = HashMap::from([(NameHash::group("h"), 2)]);
        links.spread(&mut groups);
        assert_eq!(groups.get(&NameHash::group("g")), Some(&2));
    }

    #[test]
    fn a_username_without_domain_is_one_of_the_domain_beside_it() {
        let names = names_of(&person(&[("ann@x.com", ""), ("alee", "")]));
        assert!(
            names.contains(&NameHash::user("alee@x.com", ""))
                && names.contains(&NameHash::user("alee", ""))
        );
    }
}
