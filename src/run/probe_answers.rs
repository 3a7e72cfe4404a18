//! What the server has said, before the rows were sent, about the users from whom rows take something away.
//!
//! Nobody active goes by a name: then nothing is taken away, or it is taken from a disabled account, which the API does not show. Or
//! somebody was found, with all names.

use super::probe::Told;
use crate::plan::Key;
use crate::umapi::User;
use crate::umapi::wire::Root;
use std::collections::{HashMap, HashSet};

/// The answers of the server about users.
#[derive(Debug, Clone, Default)]
pub struct ProbeAnswers {
    /// Names that nobody active goes by, each with whether an Adobe ID is meant.
    absent: HashSet<(Key, bool)>,
    /// Those by whose name somebody was found, with all names: rows that give another of them are about the same person.
    found: HashMap<(Key, bool), Told>,
}

impl ProbeAnswers {
    /// Adds a name that nobody goes by.
    pub fn add_absent(&mut self, name: &str, domain: &str, adobe: bool) {
        let domain = Some(domain).filter(|domain| !domain.is_empty());
        self.absent.insert((Key::user(name, domain), adobe));
    }

    /// Adds a name by which this user was found.
    pub fn add_found(&mut self, name: &str, domain: &str, adobe: bool, user: &User) {
        let domain = Some(domain).filter(|domain| !domain.is_empty());
        self.found.insert((Key::user(name, domain), adobe), Told::of(user));
    }

    /// What is known of the user whom a command is about.
    pub(super) fn told(&self, root: &Root) -> Option<&Told> {
        match root {
            Root::User { user, domain, use_adobe_id } => self.found.get(&(Key::user(user, domain.as_deref()), *use_adobe_id)),
            Root::Group { .. } => None,
        }
    }

    /// Is the command about a user whom the server does not show?
    pub(super) fn is_absent(&self, root: &Root) -> bool {
        match root {
            Root::User { user, domain, use_adobe_id } => self.absent.contains(&(Key::user(user, domain.as_deref()), *use_adobe_id)),
            Root::Group { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_user_is_known_by_the_exact_name_alone() {
        let mut answers = ProbeAnswers::default();
        answers.add_absent("Ann@x.com", "", false);
        answers.add_absent("bob", "x.com", false);
        let has = |user: &str, domain: Option<&str>, use_adobe_id| {
            answers.is_absent(&Root::User { user: user.to_owned(), domain: domain.map(ToOwned::to_owned), use_adobe_id })
        };
        assert!(has("ann@X.com", None, false) && has("BOB", Some("x.com"), false));
        assert!(!has("ann@x.com", None, true), "an Adobe ID is another account");
        assert!(!has("a\u{ad}nn@x.com", None, false), "what only looks the same is somebody else");
        assert!(!has("bob", Some("y.com"), false) && !answers.is_absent(&Root::Group { usergroup: "bob".to_owned() }));
    }
}
