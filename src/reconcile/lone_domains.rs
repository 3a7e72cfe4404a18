//! Domains that one new user has alone: often a mistyped one. Pure.

use crate::change::same_name;
use crate::organization::Organization;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// A domain in which one new user would be alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LoneDomain {
    /// The domain, in lower case.
    pub domain: String,
    /// The user.
    pub user: String,
}

/// The domains of users who are created.
#[derive(Debug, Clone, Default)]
pub(crate) struct CreatedDomains(BTreeMap<String, NewUsersOfDomain>);

/// The users of a domain.
#[derive(Debug, Clone, Default)]
struct NewUsersOfDomain {
    first: String,
    number: u64,
}

/// The most domains that are counted: more than a list of people has.
const MOST: usize = 10_000;

/// Without a list, one domain with so many new users shows what is usual in the file.
const USUAL: u64 = 3;

impl CreatedDomains {
    /// Counts a user who is created with this email address.
    pub(super) fn add(&mut self, user: &str, email: &str) {
        let Some((_, domain)) = email.rsplit_once('@') else { return };
        let domain = domain.to_lowercase();
        if self.0.len() >= MOST && !self.0.contains_key(&domain) {
            return;
        }
        let users = self.0.entry(domain).or_default();
        if users.number == 0 {
            user.clone_into(&mut users.first);
        }
        users.number += 1;
    }

    /// Adds the users of another file.
    pub(super) fn merge(&mut self, other: &Self) {
        for (domain, users) in &other.0 {
            let Some(known) = self.0.get_mut(domain) else {
                self.0.insert(domain.clone(), users.clone());
                continue;
            };
            // Both files may create the same user.
            let is_same = known.number == 1 && same_name(&known.first, &users.first);
            if !(is_same && users.number == 1) {
                known.number += users.number;
            }
        }
    }

    /// Whether a user with this domain is created.
    pub(super) fn has(&self, domain: &str) -> bool {
        self.0.contains_key(domain)
    }

    /// Returns the domains that have one user, counting those of the organization. Without an
    /// organization, a domain is only lone beside one that several new users have.
    pub(super) fn lone(&self, organization: Option<&Organization>) -> Vec<LoneDomain> {
        let is_usual = organization.is_some() || self.0.values().any(|one| one.number >= USUAL);
        let alone: Vec<_> =
            self.0.iter().filter(|(_, users)| is_usual && users.number == 1).collect();
        if alone.is_empty() {
            return Vec::new();
        }
        let known: HashSet<String> = organization
            .into_iter()
            .flat_map(Organization::people)
            .filter_map(|person| Some(person.email().rsplit_once('@')?.1.to_lowercase()))
            .collect();
        let is_lone = |domain: &String| !known.contains(domain);
        alone
            .into_iter()
            .filter(|(domain, _)| is_lone(domain))
            .map(|(domain, users)| LoneDomain { domain: domain.clone(), user: users.first.clone() })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::ListedUser;

    fn lone(users: &[&str], organization: Option<&Organization>) -> Vec<String> {
        let mut domains = CreatedDomains::default();
        users.iter().for_each(|user| domains.add(user, user));
        domains.lone(organization).into_iter().map(|one| one.user).collect()
    }

    #[test]
    fn domain_of_one_new_user_is_lone_unless_somebody_of_the_list_has_it() {
        let mut all = Organization::new("a list", jiff::Timestamp::UNIX_EPOCH);
        all.add(&ListedUser { email: "ann@example.com".into(), ..ListedUser::default() });
        let users = ["bob@Example.com", "eve@exmaple.com", "a@x.com", "b@X.com", "no address"];
        assert_eq!(lone(&users, Some(&all)), ["eve@exmaple.com"]);
    }

    #[test]
    fn users_of_two_files_are_one_only_if_they_are_the_same() {
        let of = |users: &[&str]| {
            let mut domains = CreatedDomains::default();
            users.iter().for_each(|user| domains.add(user, user));
            domains
        };
        let mut all = of(&["a@x.com", "b@y.com", "c@z.com", "d@z.com"]);
        all.merge(&of(&["A@x.com", "c@y.com", "c@z.com", "e@w.com"]));
        let lone: Vec<_> = all.lone(None).into_iter().map(|one| one.user).collect();
        assert_eq!(lone, ["e@w.com", "a@x.com"]);
    }

    #[test]
    fn domain_is_lone_without_a_list_only_beside_a_usual_one() {
        assert!(lone(&["a@x.com", "b@y.com"], None).is_empty());
        assert_eq!(lone(&["a@x.com", "b@x.com", "c@x.com", "d@y.com"], None), ["d@y.com"]);
    }
}
