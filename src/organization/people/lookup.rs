//! Finds the users of an organization by their names.

use super::{AMBIGUOUS, OrgUser, Organization, real_domain};
use crate::change::{name_hash, same_name};
use crate::organization::coverage::Coverage;
use crate::organization::names::{NameKind, hash, who};
use crate::umapi::{AccountKind, UserRef};
use std::collections::HashMap;

impl Organization {
    /// Returns the number of the user with a name, or [`AMBIGUOUS`].
    pub(super) fn number(&self, kind: NameKind, name: &str, domain: &str) -> Option<u32> {
        if self.name_kinds.may_have(kind, name) {
            self.names.get(&hash(kind, name, domain).into()).copied()
        } else {
            None
        }
    }

    /// Returns the user with a name of this kind.
    pub(super) fn find(&self, kind: NameKind, name: &str, domain: &str) -> Option<OrgUser<'_>> {
        self.number(kind, name, domain).and_then(|number| self.called(number, kind, name, domain))
    }

    /// Returns the user with this number, if the name is correct: two names may have the same hash.
    pub(super) fn called(
        &self,
        number: u32,
        kind: NameKind,
        name: &str,
        domain: &str,
    ) -> Option<OrgUser<'_>> {
        if number == AMBIGUOUS {
            return None;
        }
        let person = OrgUser { organization: self, number };
        let is_meant = match kind {
            NameKind::Email | NameKind::AdobeEmail => same_name(person.email(), name),
            NameKind::Username => {
                same_name(person.username(), name)
                    && same_name(real_domain(person.domain()), domain)
            }
            NameKind::Alias => same_name(person.username(), name),
            NameKind::Id => person.id().eq_ignore_ascii_case(name),
        };
        is_meant.then_some(person)
    }

    /// Returns the user whom a command means, as the API looks users up: by email address, or by a
    /// username that does not look like one with its domain. If an Adobe ID and another user share
    /// an address, returns the Adobe ID only if it is asked for. `None` also for a name of several
    /// users: [`Organization::is_absent`] says whether there is none.
    pub(crate) fn user(&self, user: UserRef<'_>) -> Option<OrgUser<'_>> {
        let UserRef { name, domain, account } = user;
        match domain {
            _ if account == AccountKind::Adobe => self.find(NameKind::AdobeEmail, name, ""),
            Some(domain) if !name.contains('@') => self.find(NameKind::Username, name, domain),
            _ => match self.number(NameKind::Email, name, "") {
                Some(number) => self.called(number, NameKind::Email, name, ""),
                None => self.find(NameKind::AdobeEmail, name, ""),
            },
        }
    }

    /// Whether it is certain that a command for this user would find nobody.
    pub(crate) fn is_absent(&self, user: UserRef<'_>) -> bool {
        let UserRef { name: user, domain, account } = user;
        let has = |kind, domain: &str| self.number(kind, user, domain).is_some();
        match domain {
            _ if !self.shows(Coverage::EVERYBODY) => self.absent.contains(&who(user, domain)),
            _ if account == AccountKind::Adobe => {
                self.shows(Coverage::EMAILS)
                    && !has(NameKind::AdobeEmail, "")
                    && (self.shows(Coverage::TYPES) || !has(NameKind::Email, ""))
            }
            Some(domain) if !user.contains('@') => {
                self.shows(Coverage::USERNAMES) && !has(NameKind::Username, domain)
            }
            // A username without its domain.
            _ if !user.contains('@') => false,
            _ => {
                self.shows(Coverage::EMAILS)
                    && !has(NameKind::Email, "")
                    && !has(NameKind::AdobeEmail, "")
            }
        }
    }

    /// Returns all users with a name: as email address, as username (with or without its domain),
    /// or as a username that a command cannot use.
    pub fn named(&self, name: &str, domain: &str) -> Vec<OrgUser<'_>> {
        let mut found = Vec::new();
        self.each_named(name, domain, |person| found.push(person));
        found
    }

    /// Passes all users with a name to `each`.
    pub(crate) fn each_named<'o>(
        &'o self,
        name: &str,
        domain: &str,
        each: impl FnMut(OrgUser<'o>),
    ) {
        let kinds = [
            (NameKind::Email, ""),
            (NameKind::AdobeEmail, ""),
            (NameKind::Alias, ""),
            (NameKind::Username, domain),
        ];
        let numbers = kinds.map(|(kind, domain)| self.number(kind, name, domain));
        if numbers.contains(&Some(AMBIGUOUS)) {
            let sharing = self.sharing.get_or_init(|| self.who_shares());
            let numbers = sharing.get(&name_hash(name, 0)).map_or(&[][..], Vec::as_slice);
            let is = |person: &OrgUser<'_>| {
                same_name(person.email(), name) || same_name(person.username(), name)
            };
            return numbers.iter().map(|number| self.person(*number)).filter(is).for_each(each);
        }
        let found = kinds.into_iter().zip(numbers);
        found
            .filter_map(|((kind, domain), number)| self.called(number?, kind, name, domain))
            .for_each(each);
    }

    /// Returns the numbers of the users with this username, in any domain.
    pub(crate) fn numbers_with_username(&self, username: &str) -> &[u32] {
        let all = self.usernames.get_or_init(|| {
            let mut all: HashMap<u64, Vec<u32>> = HashMap::new();
            for person in self.people().filter(|person| !person.username().is_empty()) {
                let numbers = all.entry(name_hash(person.username_alone(), 0)).or_default();
                numbers.push(person.number());
            }
            all
        });
        all.get(&name_hash(username, 0)).map_or(&[][..], Vec::as_slice)
    }

    /// Returns the users who share an email address or username with another user, by the name's
    /// hash.
    fn who_shares(&self) -> HashMap<u64, Vec<u32>> {
        let mut all: HashMap<u64, Vec<u32>> = HashMap::new();
        for person in self.people() {
            for name in [person.email(), person.username()] {
                let numbers = all.entry(name_hash(name, 0)).or_default();
                if numbers.last() != Some(&person.number()) {
                    numbers.push(person.number());
                }
            }
        }
        all.retain(|_, numbers| numbers.len() > 1);
        all
    }

    /// Returns the user with this username, if it looks like an email address and a command cannot
    /// use it.
    pub fn alias(&self, username: &str) -> Option<OrgUser<'_>> {
        self.find(NameKind::Alias, username, "")
    }

    /// Returns the numbers of the users with these names, as
    /// [hashes](crate::organization::recently_changed).
    pub fn numbers_of(&self, names: &[u64]) -> impl Iterator<Item = u32> {
        names
            .iter()
            .filter_map(|name| self.names.get(&(*name).into()).copied())
            .filter(|number| *number != AMBIGUOUS)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{organization, user};
    use crate::umapi::UserRef;

    #[test]
    fn somebody_is_found_as_the_api_finds_people() {
        let all = organization(&[
            user(
                "federatedID",
                "Ann@example.com",
                "alee",
                "corp.example.com",
                &["Design", "_admin_Design"],
            ),
            user("federatedID", "bob@example.com", "bob@corp.example.com", "example.com", &[]),
        ]);
        let ann = all.user(UserRef::own("ann@EXAMPLE.com")).unwrap();
        assert_eq!(
            (ann.email(), ann.username(), ann.domain(), ann.number()),
            ("Ann@example.com", "alee", "corp.example.com", 0)
        );
        assert_eq!(all.user(UserRef::own("ALEE").in_domain(Some("CORP.example.com"))), Some(ann));
        assert_eq!(all.user(UserRef::own("alee").in_domain(Some("example.com"))), None);
        assert!(ann.is_in("DESIGN") && !ann.is_in("Video"));
        assert_eq!(ann.group_names().collect::<Vec<_>>(), ["Design", "_admin_Design"]);
        // A command cannot use a username that looks like an email address.
        assert!(
            all.user(UserRef::own("bob@corp.example.com")).is_none()
                && all.is_absent(UserRef::own("bob@corp.example.com"))
        );
        assert_eq!(all.named("BOB@corp.example.com", "").len(), 1);
    }

    #[test]
    fn an_adobe_id_and_another_user_may_share_an_email() {
        let all = organization(&[
            user("adobeID", "ann@example.com", "ann@example.com", "AdobeID", &["A"]),
            user("federatedID", "ann@example.com", "ann@example.com", "example.com", &["F"]),
            user("Adobe ID", "carl@example.com", "", "", &[]),
        ]);
        assert!(all.user(UserRef::adobe("ann@example.com")).unwrap().is_in("A"));
        assert!(all.user(UserRef::own("ann@example.com")).unwrap().is_in("F"));
        assert!(
            all.user(UserRef::own("carl@example.com")).is_some(),
            "an Adobe ID is found where nobody else has the email"
        );
    }

    #[test]
    fn name_shared_by_two_people_means_nobody() {
        let mut one = user("federatedID", "ann@example.com", "", "", &[]);
        one.id = "1@x".into();
        let mut two = user("enterpriseID", "ann@example.com", "", "", &[]);
        two.id = "2@x".into();
        let all = organization(&[one, two]);
        assert_eq!(all.len(), 2);
        assert!(
            all.user(UserRef::own("ann@example.com")).is_none()
                && !all.is_absent(UserRef::own("ann@example.com"))
        );
        assert_eq!(all.named("ann@example.com", "").len(), 2);
    }
}
