//! Names of which the server has said, before the rows were sent, that nobody active goes by them: what rows take away from them, they take from nobody, or from
//! a disabled account, which the API does not show.

use super::probe::Told;
use crate::plan::Key;
use crate::umapi::User;
use crate::umapi::wire::Root;
use std::collections::{HashMap, HashSet};

/// Names that nobody goes by, as the server said.
#[derive(Debug, Clone, Default)]
pub struct Strangers {
    /// The names, each with whether an Adobe ID is meant.
    names: HashSet<(Key, bool)>,
    /// Those by whose name somebody was found, with all names: rows that give another of them are about the same person.
    found: HashMap<(Key, bool), Told>,
}

impl Strangers {
    /// Adds a name that nobody goes by.
    pub fn add(&mut self, name: &str, domain: &str, adobe: bool) {
        let domain = Some(domain).filter(|domain| !domain.is_empty());
        self.names.insert((Key::user(name, domain), adobe));
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

    /// Is the command about one of them?
    pub(super) fn has(&self, root: &Root) -> bool {
        match root {
            Root::User { user, domain, use_adobe_id } => self.names.contains(&(Key::user(user, domain.as_deref()), *use_adobe_id)),
            Root::Group { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stranger_is_known_by_the_exact_name_alone() {
        let mut strangers = Strangers::default();
        strangers.add("Ann@x.com", "", false);
        strangers.add("bob", "x.com", false);
        let has = |user: &str, domain: Option<&str>, use_adobe_id| {
            strangers.has(&Root::User { user: user.to_owned(), domain: domain.map(ToOwned::to_owned), use_adobe_id })
        };
        assert!(has("ann@X.com", None, false) && has("BOB", Some("x.com"), false));
        assert!(!has("ann@x.com", None, true), "an Adobe ID is another account");
        assert!(!has("a\u{ad}nn@x.com", None, false), "what only looks the same is somebody else");
        assert!(!has("bob", Some("y.com"), false) && !strangers.has(&Root::Group { usergroup: "bob".to_owned() }));
    }
}
