//! A part of a list of users. Several parts are read at once, each with all that can be found out
//! without the others, so that little is left to do when they are put together.

use super::user_names::UserNames;
use super::{Organization, UserRecord, narrow};
use crate::umapi::ListedUser;
use jiff::Timestamp;

/// The users of a part of a list, in their order. A user who is listed twice occurs twice.
#[derive(Debug)]
pub(crate) struct ListPart {
    /// They cannot be looked up by name.
    users: Organization,
    /// Their names.
    names: Vec<UserNames>,
}

impl ListPart {
    /// Creates a part without users, of a list of this time.
    pub(crate) fn new(at: Timestamp) -> Self {
        Self { users: Organization::new("", at), names: Vec::new() }
    }

    /// Adds a user.
    pub(crate) fn add(&mut self, user: &ListedUser<'_>) {
        let groups = self.users.groups_of(user);
        let record = self.users.record_of(user);
        self.users.push(record, &groups);
        self.names.push(UserNames::of(user));
    }
}

impl Organization {
    /// Adds the users of a part of a list, as [`Organization::add`] does.
    pub(crate) fn absorb(&mut self, ListPart { users, names }: &ListPart) {
        let all = users.groups.all().iter();
        let groups: Vec<u32> = all.map(|group| self.groups.number(&group.name)).collect();
        let domains: Vec<u32> =
            users.domains.all().map(|domain| self.domains.number(domain)).collect();
        let words: Vec<u16> =
            users.interner.all().map(|word| narrow(self.interner.number(word))).collect();
        let word = |number: u16| words[usize::from(number)];
        let text = self.text.len() as u64;
        self.text.push_str(&users.text);
        let mut own_groups = Vec::new();
        for (person, names) in users.people().zip(names) {
            own_groups.clear();
            own_groups.extend(person.group_numbers().iter().map(|group| groups[*group as usize]));
            let is_named = |key: &u64| self.names.contains_key(&(*key).into());
            let known = match names.keys.iter().flatten().any(is_named) {
                true => self.listed_before(names, &person.described()),
                false => None,
            };
            if let Some(known) = known {
                self.join(known, &own_groups);
                continue;
            }
            let record = users.people[person.number() as usize];
            let record = UserRecord {
                text: text + record.text,
                domain: domains[record.domain as usize],
                country: word(record.country),
                identity: word(record.identity),
                status: word(record.status),
                ..record
            };
            self.add_new(record, &own_groups, names);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::OrgUser;
    use super::super::tests::{organization, user};
    use super::*;

    /// Parts with other numbers of groups, domains and types, and with users of earlier parts.
    #[test]
    fn parts_make_the_organization_that_their_users_make() {
        let users = [
            user("federatedID", "ann@x.co", "ann", "x.co", &["A", "B"]),
            user("adobeID", "bob@y.co", "bob@y.co", "AdobeID", &["B"]),
            user("adobeID", "ann@x.co", "", "", &["C", "a"]),
            user("federatedID", "ANN@x.co", "ann", "x.co", &["b", "D"]),
            user("enterpriseID", "carl@z.co", "", "z.co", &[]),
            user("", "", "dora", "x.co", &["D"]),
        ];
        let whole = organization(&users);
        for size in 1..users.len() {
            let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
            for users in users.chunks(size) {
                let mut part = ListPart::new(Timestamp::UNIX_EPOCH);
                users.iter().for_each(|user| part.add(user));
                all.absorb(&part);
            }
            assert!(all.people().map(OrgUser::listed).eq(whole.people().map(OrgUser::listed)));
            assert_eq!((all.coverage, &all.names), (whole.coverage, &whole.names));
        }
    }
}
