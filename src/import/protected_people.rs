//! Chooses the questions that find protected people under names that neither the rows nor the list
//! of protected names give.

use crate::execute::{Protected, ProtectedName};
use std::collections::BTreeSet;

/// The most people to ask about.
pub(super) const MOST_PEOPLE: usize = 100;

/// The questions about people that an import asks, because no list shows their names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PeopleQuestions {
    /// Email addresses on the list, and those that earlier imports have given to people on it, to
    /// ask for the usernames of these people.
    pub(super) listed: Vec<ProtectedName>,
    /// Addresses in rows, to ask for the usernames of these people, one of which may be on the
    /// list.
    pub(super) named: Vec<String>,
    /// Lines without @, to ask whether they are groups, if the rows name too many people to ask
    /// about each. A line that is not a group may be the username of one of these people.
    pub(super) perhaps_groups: Vec<ProtectedName>,
}

/// The people from whom rows remove something.
#[derive(Debug)]
pub(super) struct LosingPeople<'t> {
    /// Whether the rows name some of them by a username.
    pub(super) by_username: bool,
    /// The addresses of those whom the rows name by an address, unless they are asked about anyway.
    /// If there are too many to ask about, it has only a few more than the maximum.
    pub(super) emails: &'t BTreeSet<String>,
}

/// There are too many addresses on the list to ask about them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooManyAddresses;

impl PeopleQuestions {
    /// Chooses the fewest questions that cover everybody.
    ///
    /// A row that names a user by username may mean an address on the list: only that address can
    /// be asked about. A row that names a user by an address may mean a username on the list: a
    /// username without its domain cannot be asked about, so the address is. If two addresses
    /// belong to one user, one of them is asked about. `given` are the addresses that earlier
    /// imports have given to people on the list.
    pub(super) fn choose(
        protected: &Protected,
        given: &[ProtectedName],
        losing: &LosingPeople<'_>,
    ) -> Result<Self, TooManyAddresses> {
        let (mut listed, usernames) = protected.lines_by_kind();
        listed.extend_from_slice(given);
        let mut chosen = Self::default();
        if losing.by_username {
            if listed.len() > MOST_PEOPLE {
                return Err(TooManyAddresses);
            }
            chosen.listed.clone_from(&listed);
        }
        let named = losing.emails.len();
        if named == 0 {
            return Ok(chosen);
        }
        let room = MOST_PEOPLE - chosen.listed.len();
        let asks_listed = usernames.is_empty() && (losing.by_username || listed.len() < named);
        if !asks_listed && named <= room {
            chosen.named = losing.emails.iter().cloned().collect();
            return Ok(chosen);
        }
        if listed.len() <= MOST_PEOPLE {
            chosen.listed = listed;
        }
        chosen.perhaps_groups = usernames;
        Ok(chosen)
    }

    /// Returns the number of questions.
    pub(super) fn number(&self) -> usize {
        self.listed.len() + self.named.len() + self.perhaps_groups.len()
    }

    /// Returns the number of lines of the list that may be another name of a user in the rows.
    pub(super) fn lines(&self, protected: &Protected) -> usize {
        let (listed, usernames) = protected.lines_by_kind();
        let asked = self.listed.iter().chain(&self.perhaps_groups);
        let all: BTreeSet<u32> = match self.named.is_empty() {
            true => asked.map(|name| name.line).collect(),
            false => listed.iter().chain(&usernames).map(|name| name.line).collect(),
        };
        all.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(
        list: &str,
        by_username: bool,
        emails: usize,
    ) -> Result<[usize; 3], TooManyAddresses> {
        let emails = (0..emails).map(|number| format!("u{number}@x.com")).collect();
        let losing = LosingPeople { by_username, emails: &emails };
        let PeopleQuestions { listed, named, perhaps_groups } =
            PeopleQuestions::choose(&Protected::parse(list), &[], &losing)?;
        Ok([listed.len(), named.len(), perhaps_groups.len()])
    }

    #[test]
    fn fewest_questions_that_leave_nobody_out_are_chosen() {
        let lines = |number: usize| -> String {
            (0..number).map(|line| format!("p{line}@x.com\n")).collect()
        };
        let both = lines(3) + "boss\nDesign\nBig Team\n_admin_Design\nmembers:Design\n";
        for (list, by_username, emails, questions) in [
            (&both, false, 0, [0, 0, 0]),
            (&both, true, 0, [3, 0, 0]),
            (&both, false, 5, [0, 5, 0]),
            (&both, true, 5, [3, 5, 0]),
            (&both, true, 97, [3, 97, 0]),
            // A username cannot be asked about, and there are too many people.
            (&both, true, 98, [3, 0, 2]),
            (&both, false, 101, [3, 0, 2]),
            (&lines(3), false, 2, [0, 2, 0]),
            (&lines(3), false, 5, [3, 0, 0]),
            (&lines(3), true, 2, [3, 0, 0]),
            (&lines(101), false, 2, [0, 2, 0]),
            (&lines(101), false, 101, [0, 0, 0]),
        ] {
            assert_eq!(
                chosen(list, by_username, emails),
                Ok(questions),
                "{list} {by_username} {emails}"
            );
        }
        assert_eq!(chosen(&lines(101), true, 0), Err(TooManyAddresses));
    }
}
