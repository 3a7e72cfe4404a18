//! Who is named in a row of the files, whatever the row does; and whom the files are to be complete
//! about.
//!
//! In: the organization by a list, and the cells of rows. Out: [`ReferencedUsers`]. Pure.

use super::in_words::InWords;
use crate::change::{Change, IdentityType, Rules, folded_name, same_name};
use crate::organization::{Coverage, OrgUser, Organization, who};
use crate::table::{Cells, Field};
use std::collections::{HashMap, HashSet};

/// Whom the files are to be complete about: people of these domains and of these identity types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MissingScope {
    /// Domains, in small letters; none: any.
    pub domains: Vec<String>,
    /// Identity types; none: any.
    pub types: Vec<IdentityType>,
}

impl MissingScope {
    /// Is the person under management?
    pub(crate) fn takes(&self, person: OrgUser<'_>) -> bool {
        let own = person.email_domain();
        let is_of = |domain: &String| same_name(own, domain) || same_name(person.domain(), domain);
        (self.domains.is_empty() || self.domains.iter().any(is_of))
            && (self.types.is_empty()
                || IdentityType::from_name(person.identity())
                    .is_some_and(|own| self.types.contains(&own)))
    }
}

/// A name as a row writes it, and the domain beside it, if one is.
pub(crate) type UserSpelling = (String, String);

/// The names in a row, those of one person together.
pub(crate) fn spellings(cells: &Cells<'_>, rules: &Rules) -> Vec<Vec<UserSpelling>> {
    let text = |field| cells.get(field).trim();
    let domain = text(Field::Domain);
    let mut own: Vec<UserSpelling> = Vec::new();
    let mut take = |name: &str, domain: &str| {
        let one = (name.trim().to_owned(), domain.trim().to_owned());
        if !one.0.is_empty() && !own.contains(&one) {
            own.push(one);
        }
    };
    for field in [Field::Email, Field::Username, Field::NewEmail, Field::NewUsername] {
        take(text(field), domain);
    }
    let mut all = Vec::new();
    match crate::change::read_all(cells, rules).0 {
        Some(Change::User(user)) => {
            take(&user.user, user.domain.as_deref().unwrap_or(domain));
            let update = user.update.as_ref();
            let others = [
                user.create.as_ref().map(|create| &create.email),
                update.and_then(|update| update.email.as_ref()),
                update.and_then(|update| update.username.as_ref()),
            ];
            others.into_iter().flatten().for_each(|name| take(name, domain));
        }
        Some(Change::Group(group)) => {
            all.extend(
                group
                    .add_users
                    .iter()
                    .chain(&group.remove_users)
                    .map(|user| vec![(user.to_string(), String::new())]),
            );
        }
        None => {}
    }
    all.push(own);
    all.retain(|person| !person.is_empty());
    all
}

/// Who is named in a row, whatever the row does.
#[derive(Debug, Clone)]
pub(crate) struct ReferencedUsers<'o> {
    organization: &'o Organization,
    people: Vec<bool>,
    /// Names by which nobody is listed, as hashes.
    strangers: HashSet<u64>,
    /// One of these has no name but a username.
    by_username: bool,
    /// Who has a username, without its domain. Made when it is needed.
    usernames: Option<HashMap<String, Vec<u32>>>,
    /// Who may be named in a text. Made when it is needed.
    in_words: Option<InWords>,
}

impl<'o> ReferencedUsers<'o> {
    /// Nobody yet.
    pub(crate) fn new(organization: &'o Organization) -> Self {
        let people = vec![false; organization.len() as usize];
        Self {
            organization,
            people,
            strangers: HashSet::new(),
            by_username: false,
            usernames: None,
            in_words: None,
        }
    }

    /// Takes in the names of one person.
    pub(crate) fn take(&mut self, person: &[UserSpelling]) {
        let mut found = Vec::new();
        for (name, domain) in person {
            self.find(name, domain, &mut found);
        }
        match person.first() {
            Some((name, domain)) if found.is_empty() => {
                self.by_username |= !person.iter().any(|(name, _)| name.contains('@'));
                self.strangers
                    .insert(who(name, Some(domain.as_str()).filter(|domain| !domain.is_empty())));
            }
            _ => found.into_iter().for_each(|number| self.people[number as usize] = true),
        }
    }

    /// Takes in the text of a row that is skipped: anyone who is named in it, in whatever form.
    pub(crate) fn take_text(&mut self, text: &str) {
        let organization = self.organization;
        let in_words = self.in_words.get_or_insert_with(|| InWords::new(organization));
        for number in in_words.named_in(text) {
            self.people[number as usize] = true;
        }
    }

    /// Everybody whom a name may mean.
    fn find(&mut self, name: &str, domain: &str, found: &mut Vec<u32>) {
        let organization = self.organization;
        let before = found.len();
        let mut look = |name: &str, domain: &str| {
            found.extend(organization.named(name, domain).into_iter().map(OrgUser::number));
        };
        if let Some((own, its_domain)) = name.rsplit_once('@') {
            look(name, "");
            look(own, its_domain);
            return;
        }
        if !domain.is_empty() {
            look(name, domain);
            look(&format!("{name}@{domain}"), "");
        }
        // A name without its domain, or with one that the list writes otherwise, may be anybody's
        // who has that username.
        if found.len() == before {
            let usernames = self.usernames.get_or_insert_with(|| by_username(organization));
            found.extend(usernames.get(&folded_name(name)).into_iter().flatten());
        }
    }

    /// Is the person named?
    pub(crate) fn has(&self, person: OrgUser<'_>) -> bool {
        self.people[person.number() as usize]
    }

    /// Are at least half of the people of an email domain named?
    pub(crate) fn has_most_of(&self, domain: &str) -> bool {
        let (named, all) = self
            .organization
            .people()
            .filter(|person| same_name(person.email_domain(), domain))
            .fold((0_u32, 0_u32), |(named, all), person| {
                (named + u32::from(self.has(person)), all + 1)
            });
        named > 0 && named >= all - named
    }

    /// May somebody who is named be a person of the list all the same, under a username that the
    /// list does not tell?
    pub(crate) fn is_unclear(&self) -> bool {
        self.by_username && !self.organization.shows(Coverage::USERNAMES)
    }

    /// How many people are named, whether they are in the organization or not.
    pub(crate) fn count(&self) -> u64 {
        (self.people.iter().filter(|named| **named).count() + self.strangers.len()) as u64
    }
}

fn by_username(organization: &Organization) -> HashMap<String, Vec<u32>> {
    let mut all: HashMap<String, Vec<u32>> = HashMap::new();
    for person in organization.people().filter(|person| !person.username().is_empty()) {
        all.entry(folded_name(person.username_alone())).or_default().push(person.number());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::ListedUser;
    use jiff::Timestamp;

    #[test]
    fn people_who_are_named_count_once_and_strangers_too() {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        all.add(&ListedUser {
            email: "ann@example.com".into(),
            username: "alee".into(),
            domain: "corp.example.com".into(),
            ..ListedUser::default()
        });
        let mut named = ReferencedUsers::new(&all);
        for name in
            ["ann@example.com", "alee", "new@example.com", "NEW@example.com", "newer@example.com"]
        {
            named.take(&[(name.to_owned(), String::new())]);
        }
        assert_eq!(named.count(), 3);
    }
}
