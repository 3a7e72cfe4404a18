//! What the server has said, before the rows were sent, about the users from whom rows take
//! something away.
//!
//! Nobody active goes by a name: then nothing is taken away, or it is taken from a disabled
//! account, which the API does not show. Or somebody was found, with all names. An answer counts
//! until something is sent that may change the user.

use super::input_rows::InputRows;
use super::probe::ProbeStatement;
use crate::change::Change;
use crate::plan::{Key, Plan};
use crate::reconcile::NearNames;
use crate::table::RowBuffer;
use crate::umapi::ApiUser;
use crate::umapi::wire::Root;
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// The answers of the server about users. Clones share what was sent since.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProbeAnswers {
    /// Names that nobody active goes by, each with whether an Adobe ID is meant.
    absent: HashSet<(Key, bool)>,
    /// Those by whose name somebody was found, with all names: rows that give another of them are
    /// about the same person.
    found: HashMap<(Key, bool), ProbeStatement>,
    /// All these names.
    known: HashSet<Key>,
    /// Those of them that something sent since may have changed.
    touched: Arc<Mutex<HashSet<Key>>>,
    /// Who may be meant by one of these names.
    near: NearNames,
}

/// What is known for sure of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// Somebody active goes by it.
    There,
    /// Nobody active does.
    Absent,
}

impl ProbeAnswers {
    /// Knows a list that tells who may be meant by a name that nobody goes by.
    #[must_use]
    pub(crate) fn with_near_names(self, near: NearNames) -> Self {
        Self { near, ..self }
    }

    /// Returns the names that may be meant by one that nobody goes by.
    pub(super) fn near(&self, name: &str) -> Vec<&str> {
        self.near.of(name)
    }

    /// Adds a name that nobody goes by.
    pub(crate) fn add_absent(&mut self, name: &str, domain: &str, adobe: bool) {
        let key = key(name, Some(domain));
        self.known.insert(key);
        self.absent.insert((key, adobe));
    }

    /// Adds a name by which this user was found.
    pub(crate) fn add_found(&mut self, name: &str, domain: &str, adobe: bool, user: &ApiUser) {
        let (key, statement) = (key(name, Some(domain)), ProbeStatement::of(user));
        self.known.insert(key);
        self.known.extend(statement.keys());
        self.found.insert((key, adobe), statement);
    }

    /// Returns the rows of a plan that remove somebody of whom this is known.
    ///
    /// # Errors
    /// When a row cannot be read again.
    pub(crate) fn rows_known(
        &self,
        input_rows: &InputRows<'_>,
        plan: &Plan,
    ) -> io::Result<HashSet<u32>> {
        let mut known = HashSet::new();
        if self.is_empty() {
            return Ok(known);
        }
        let mut buffer = RowBuffer::default();
        // What an earlier row has changed is asked again.
        for row in (0..plan.rows())
            .filter(|row| plan.footprint(*row).leaves() && plan.is_first_of_its_name(*row))
        {
            if let Change::User(user) = input_rows.reread(plan.place(row), &mut buffer)?
                && self.sure_of(&user.user, user.domain.as_deref(), user.adobe_id).is_some()
            {
                known.insert(row);
            }
        }
        Ok(known)
    }

    /// Nobody was asked about.
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Was something sent that may have changed one of them?
    pub(super) fn is_touched(&self) -> bool {
        !self.touched.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Something is sent that may change the users of these names.
    pub(super) fn note_changed(&self, names: impl Iterator<Item = Key>) {
        if !self.is_empty() {
            self.touched
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(names.filter(|name| self.known.contains(name)));
        }
    }

    /// What is known of the user whom a command is about.
    pub(super) fn statement(&self, root: &Root) -> Option<&ProbeStatement> {
        match root {
            Root::User { user, domain, use_adobe_id } => {
                self.found.get(&(Key::user(user, domain.as_deref()), *use_adobe_id))
            }
            Root::Group { .. } => None,
        }
    }

    /// Is the user there whom a command is about? `None`: nobody was asked, or it may have changed
    /// since.
    pub(super) fn sure(&self, root: &Root) -> Option<Certainty> {
        match root {
            Root::User { user, domain, use_adobe_id } => {
                self.sure_of(user, domain.as_deref(), *use_adobe_id)
            }
            Root::Group { .. } => None,
        }
    }

    /// The same of a name.
    pub(super) fn sure_of(
        &self,
        name: &str,
        domain: Option<&str>,
        adobe: bool,
    ) -> Option<Certainty> {
        let key = key(name, domain);
        let touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        if touched.contains(&key) {
            return None;
        }
        match self.found.get(&(key, adobe)) {
            Some(statement) => (!statement.keys().iter().any(|key| touched.contains(key)))
                .then_some(Certainty::There),
            None => self.absent.contains(&(key, adobe)).then_some(Certainty::Absent),
        }
    }
}

fn key(name: &str, domain: Option<&str>) -> Key {
    Key::user(name, domain.filter(|domain| !domain.is_empty()))
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
            let root = Root::User {
                user: user.to_owned(),
                domain: domain.map(ToOwned::to_owned),
                use_adobe_id,
            };
            answers.sure(&root) == Some(Certainty::Absent)
        };
        assert!(has("ann@X.com", None, false) && has("BOB", Some("x.com"), false));
        assert!(!has("ann@x.com", None, true), "an Adobe ID is another account");
        assert!(!has("a\u{ad}nn@x.com", None, false), "what only looks the same is somebody else");
        assert!(
            !has("bob", Some("y.com"), false)
                && answers.sure(&Root::Group { usergroup: "bob".to_owned() }).is_none()
        );
    }

    #[test]
    fn answer_counts_until_a_name_of_the_user_is_touched() {
        let user = ApiUser {
            email: Some("ann@x.com".into()),
            username: Some("ann".into()),
            domain: Some("x.com".into()),
            ..ApiUser::default()
        };
        let mut answers = ProbeAnswers::default();
        answers.add_found("ann@x.com", "", false, &user);
        answers.add_absent("bob@x.com", "", false);
        let of_the_next_file = answers.clone();
        let sure = |name: &str| of_the_next_file.sure_of(name, None, false);
        assert_eq!(
            [sure("ann@x.com"), sure("bob@x.com"), sure("eve@x.com")],
            [Some(Certainty::There), Some(Certainty::Absent), None]
        );
        answers.note_changed(
            [Key::user("carl@x.com", None), Key::user("ann", Some("x.com"))].into_iter(),
        );
        assert_eq!([sure("ann@x.com"), sure("bob@x.com")], [None, Some(Certainty::Absent)]);
        answers.note_changed(std::iter::once(Key::user("bob@x.com", None)));
        assert_eq!(sure("bob@x.com"), None);
    }
}
