//! Finds the users whom the rows of the files name, whatever the rows do, and defines which users
//! the files must cover.
//!
//! In: the organization according to a list, and the cells of rows. Out: [`ReferencedUsers`]. Pure.

use super::in_words::{InWords, tokens};
use super::meant_users::{MeantUsers, RefusedNames, in_unclear_cells, with_one_slip};
use crate::change::{Change, IdentityType, MeantName, Rules, folded_name, same_name};
use crate::organization::{Coverage, OrgUser, Organization, who};
use crate::table::{Cells, Field};
use std::collections::{HashMap, HashSet};

/// The users whom the files must cover: those with these domains and identity types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MissingScope {
    /// Domains in lower case; empty for all.
    pub domains: Vec<String>,
    /// Identity types; empty for all.
    pub types: Vec<IdentityType>,
}

impl MissingScope {
    /// Whether the user is managed.
    pub(crate) fn takes(&self, person: OrgUser<'_>) -> bool {
        let own = person.email_domain();
        let is_of = |domain: &String| same_name(own, domain) || same_name(person.domain(), domain);
        (self.domains.is_empty() || self.domains.iter().any(is_of))
            && (self.types.is_empty()
                || IdentityType::from_name(person.identity())
                    .is_some_and(|own| self.types.contains(&own)))
    }
}

/// A name in a row, and its domain, or an empty text.
pub(crate) type UserSpelling = (String, String);

/// Returns the names in a row, grouped by user.
pub(crate) fn spellings(cells: &Cells<'_>, rules: &Rules) -> Vec<Vec<UserSpelling>> {
    match only_address(cells) {
        Some(_) => vec![written(cells)],
        None => spellings_of_any(cells, rules),
    }
}

/// Returns the listed users who have the address of a row that names one user by one address, and
/// nobody else. Nothing is returned for other rows, and if nobody has that address.
pub(crate) fn each_listed(
    cells: &Cells<'_>,
    organization: &Organization,
    mut each: impl FnMut(u32),
) -> bool {
    let Some(address) = only_address(cells).filter(|address| address.contains('@')) else {
        return false;
    };
    let mut is_listed = false;
    organization.each_named(address, "", |person| {
        is_listed = true;
        each(person.number());
    });
    if is_listed {
        each_by_username_in(address, organization, each);
    }
    is_listed
}

/// Passes the listed users to `each` whose username and domain make up this address.
fn each_by_username_in(address: &str, organization: &Organization, mut each: impl FnMut(u32)) {
    if let Some((own, domain)) = address.rsplit_once('@') {
        organization.each_named(own, domain, |person| each(person.number()));
    }
}

/// Returns the address of a row that names one user by one address, and nobody else, whatever it
/// does.
pub(super) fn only_address<'a>(cells: &Cells<'a>) -> Option<&'a str> {
    let is_plain =
        |name: &str| name.is_ascii() && matches!(name.as_bytes(), [b'!'..=b'~', .., b'!'..=b'~']);
    let [email, username] = [Field::Email, Field::Username].map(|field| cells.get(field));
    let others = [Field::NewEmail, Field::NewUsername, Field::Users, Field::RemoveUsers];
    let is_only = is_plain(email)
        && (username.is_empty() || is_plain(username) && username.eq_ignore_ascii_case(email))
        && others.into_iter().all(|field| cells.get(field).is_empty());
    is_only.then_some(email)
}

/// Returns the names in the cells of the person whom a row is about.
fn written(cells: &Cells<'_>) -> Vec<UserSpelling> {
    let domain = cells.get(Field::Domain);
    let mut own = Vec::new();
    for field in [Field::Email, Field::Username, Field::NewEmail, Field::NewUsername] {
        add(&mut own, cells.get(field), domain);
    }
    own
}

fn add(own: &mut Vec<UserSpelling>, name: &str, domain: &str) {
    let (name, domain) = (name.trim(), domain.trim());
    if !name.is_empty() && !own.iter().any(|known| known.0 == name && known.1 == domain) {
        own.push((name.to_owned(), domain.to_owned()));
    }
}

/// Returns the same of any row, by what it means.
fn spellings_of_any(cells: &Cells<'_>, rules: &Rules) -> Vec<Vec<UserSpelling>> {
    let domain = cells.get(Field::Domain);
    let mut own = written(cells);
    let mut take = |name: &str, domain: &str| add(&mut own, name, domain);
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

/// The users whom the rows name.
#[derive(Debug, Clone)]
pub(crate) struct ReferencedUsers<'o> {
    organization: &'o Organization,
    people: Vec<bool>,
    /// Hashes of names that no listed user has.
    strangers: HashSet<u64>,
    /// Whether one of these is a username without any other name.
    by_username: bool,
    /// Users by username without domain. Built when needed.
    usernames: Option<HashMap<String, Vec<u32>>>,
    /// The index for texts. Built when needed.
    in_words: Option<InWords>,
    /// The index for mistyped names. Built when needed.
    meant: Option<MeantUsers>,
    /// What cells of invalid rows with an invalid name may mean.
    unclear: HashSet<MeantName>,
    /// Names in invalid rows that no listed user has.
    mistyped: HashSet<String>,
}

impl<'o> ReferencedUsers<'o> {
    /// Creates an empty set.
    pub(crate) fn new(organization: &'o Organization) -> Self {
        let people = vec![false; organization.len() as usize];
        Self {
            organization,
            people,
            strangers: HashSet::new(),
            by_username: false,
            usernames: None,
            in_words: None,
            meant: None,
            unclear: HashSet::new(),
            mistyped: HashSet::new(),
        }
    }

    /// Adds the names of one user.
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

    /// Adds a listed user.
    pub(crate) fn take_listed(&mut self, number: u32) {
        self.people[number as usize] = true;
    }

    /// Adds all users whom the text of a skipped row may name, in any form.
    pub(crate) fn take_text(&mut self, text: &str) {
        let organization = self.organization;
        let in_words = self.in_words.get_or_insert_with(|| InWords::new(organization));
        for number in in_words.named_in(text) {
            self.people[number as usize] = true;
        }
    }

    /// Adds all users whom an invalid row may mean, also by a mistyped name. What its unclear cells
    /// mean, and names with one wrong letter, is [added at the end](Self::take_unclear).
    pub(crate) fn take_refused(&mut self, row: &RefusedNames) {
        self.take_text(&row.text);
        let organization = self.organization;
        let meant = self.meant.get_or_insert_with(|| MeantUsers::new(organization));
        for number in meant.in_row(row, organization) {
            self.people[number as usize] = true;
        }
        self.unclear.extend(row.unclear.iter().cloned());
        let is_nobodys = |token: &&str| {
            organization.named(token, "").is_empty()
                && organization.numbers_with_username(token).is_empty()
        };
        self.mistyped.extend(tokens(&row.names).filter(is_nobodys).map(str::to_owned));
    }

    /// Adds all users whom the unclear cells of invalid rows may mean, and those whose names differ
    /// in one letter from a name in such a row. Returns how many cells may mean any user, because
    /// there are too many to compare them.
    pub(crate) fn take_unclear(&mut self) -> u64 {
        let mistyped = std::mem::take(&mut self.mistyped);
        for number in with_one_slip(&mistyped, self.organization) {
            self.people[number as usize] = true;
        }
        let unclear = std::mem::take(&mut self.unclear);
        match in_unclear_cells(&unclear, self.organization) {
            Some(numbers) => {
                numbers.into_iter().for_each(|number| self.people[number as usize] = true);
                0
            }
            None => unclear.len() as u64,
        }
    }

    /// Finds all users whom a name may mean.
    fn find(&mut self, name: &str, domain: &str, found: &mut Vec<u32>) {
        let organization = self.organization;
        let before = found.len();
        let mut visit = |name: &str, domain: &str| {
            organization.each_named(name, domain, |person| found.push(person.number()));
        };
        if name.contains('@') {
            visit(name, "");
            each_by_username_in(name, organization, |number| found.push(number));
            return;
        }
        if !domain.is_empty() {
            visit(name, domain);
            visit(&format!("{name}@{domain}"), "");
        }
        // A name without its domain, or with a domain that the list writes differently, may mean
        // any user with that username.
        if found.len() == before {
            let usernames = self.usernames.get_or_insert_with(|| by_username(organization));
            found.extend(usernames.get(&folded_name(name)).into_iter().flatten());
        }
    }

    /// Whether the user is named.
    pub(crate) fn has(&self, person: OrgUser<'_>) -> bool {
        self.people[person.number() as usize]
    }

    /// Whether at least half of the users of an email domain are named.
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

    /// Whether a named user may be a listed user whose username the list does not show.
    pub(crate) fn is_unclear(&self) -> bool {
        self.by_username && !self.organization.shows(Coverage::USERNAMES)
    }

    /// Returns the number of named users, whether they are in the organization or not.
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
    use crate::table::InputDialect;
    use crate::umapi::ListedUser;
    use jiff::Timestamp;

    proptest::proptest! {
        #[test]
        fn one_address_is_all_that_such_a_row_names(
            texts in proptest::collection::vec("|a@x.co|A@x.co| a@x.co|b|#|é@x.co|x.co", 5),
            action in "|create|update|delete|add-to|remove|create-group|update-group|zap",
            kind in "|adobeID|federatedID",
        ) {
            let fields = [Field::Email, Field::Username, Field::Domain, Field::NewEmail,
                Field::Users];
            let mut cells = Cells::default();
            fields.into_iter().zip(&texts).for_each(|(field, text)| cells.set(field, text));
            cells.set(Field::Action, &action);
            cells.set(Field::Type, &kind);
            for dialect in [InputDialect::Native, InputDialect::UmapiCliUsersUpdate] {
                let rules = Rules::new(dialect);
                proptest::prop_assert_eq!(
                    spellings(&cells, &rules),
                    spellings_of_any(&cells, &rules)
                );
            }
        }
    }

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
