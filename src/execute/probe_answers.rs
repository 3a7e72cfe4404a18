//! What the server said, before the rows were sent, about the users from whom rows remove
//! something.
//!
//! If no active user has a name, nothing is removed, or it is removed from a disabled account,
//! which the API does not show. Otherwise a user was found, with all names. An answer is valid
//! until a request is sent that may change the user.

use super::input_rows::InputRows;
use super::late::OpenNames;
use super::open_rows::OpenName;
use super::probe::ProbeStatement;
use crate::change::Change;
use crate::plan::{Key, Plan};
use crate::reconcile::NearNames;
use crate::table::RowBuffer;
use crate::umapi::wire::Root;
use crate::umapi::{AccountKind, ApiUser, UserRef};
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// The server's answers about users. Clones share the record of what was sent since, but not the
/// server's responses to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProbeAnswers {
    /// Names that no active user has.
    absent: HashSet<(Key, AccountKind)>,
    /// Names of users who were found, with all their names: rows that give another of these names
    /// are about the same user.
    found: HashMap<(Key, AccountKind), ProbeStatement>,
    /// All names of users who were found.
    found_names: HashSet<Key>,
    /// Names that a request since may have changed. Names are never removed, because another clone
    /// may have older answers.
    touched: Arc<Mutex<HashSet<Key>>>,
    /// Names that nobody has, according to the server's response to a command of this clone.
    refused: HashSet<(Key, AccountKind)>,
    /// A list for similar names.
    near: NearNames,
}

/// What is certain about a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// An active user has it.
    There,
    /// No active user has it.
    Absent,
}

impl ProbeAnswers {
    /// Adds a list for similar names.
    #[must_use]
    pub(crate) fn with_near_names(self, near: NearNames) -> Self {
        Self { near, ..self }
    }

    /// Returns similar names for one that no user has.
    pub(super) fn near(&self, name: &str) -> Vec<&str> {
        self.near.of(name)
    }

    /// Adds a name that no user has.
    pub(crate) fn add_absent(&mut self, user: UserRef<'_>) {
        self.absent.insert(account(user));
    }

    /// Adds a name by which this user was found.
    pub(crate) fn add_found(&mut self, asked: UserRef<'_>, user: &ApiUser) {
        let (account, statement) = (account(asked), ProbeStatement::of(user));
        self.found_names.insert(account.0);
        self.found_names.extend(statement.keys());
        self.found.insert(account, statement);
    }

    /// Returns the names of found users that an earlier request may still change, including names
    /// that no row has.
    pub(crate) fn open_names(&self, open: &OpenNames) -> Vec<OpenName> {
        let names = self.found.values().flat_map(|statement| &statement.names);
        names.filter_map(|(name, domain)| OpenName::of_user(name, domain, open)).collect()
    }

    /// Returns the rows of a plan that remove a user for whom this is known.
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
        // A user whom an earlier row has changed is probed again.
        for row in (0..plan.rows())
            .filter(|row| plan.footprint(*row).leaves() && plan.is_first_of_its_name(*row))
        {
            if let Change::User(user) = input_rows.reread(row, plan.place(row), &mut buffer)?
                && self.sure_of(user.user_ref()).is_some()
            {
                known.insert(row);
            }
        }
        Ok(known)
    }

    /// Whether nothing is known about any user.
    pub(super) fn is_empty(&self) -> bool {
        self.absent.is_empty() && self.found_names.is_empty() && self.refused.is_empty()
    }

    /// Whether a request was sent that may have changed one of them.
    pub(super) fn is_touched(&self) -> bool {
        !self.touched.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Records that a request is sent that may change the users of these names.
    pub(super) fn note_changed(&mut self, names: impl Iterator<Item = Key>) {
        if self.is_empty() {
            return;
        }
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names {
            let accounts = AccountKind::ALL.map(|kind| (name, kind));
            accounts.iter().for_each(|account| _ = self.refused.remove(account));
            let is_absent = accounts.iter().any(|account| self.absent.contains(account));
            if is_absent || self.found_names.contains(&name) {
                touched.insert(name);
            }
        }
    }

    /// Records that a request is sent that may free these names, and gives them to nobody. A name
    /// that nobody has stays free.
    pub(super) fn note_ended(&self, names: impl Iterator<Item = Key>) {
        if !self.found_names.is_empty() {
            let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
            touched.extend(names.filter(|name| self.found_names.contains(name)));
        }
    }

    /// Records that the server has refused a command, because it knows nobody of this name.
    pub(super) fn note_refused(&mut self, root: &Root) {
        let Some(account) = root.user_ref().map(account) else { return };
        self.found.remove(&account);
        self.refused.insert(account);
    }

    /// Returns the answer about the user of a command.
    pub(super) fn statement(&self, root: &Root) -> Option<&ProbeStatement> {
        self.found.get(&account(root.user_ref()?))
    }

    /// Returns whether the user of a command exists; `None` if the server was not asked, or if it
    /// may have changed since.
    pub(super) fn sure(&self, root: &Root) -> Option<Certainty> {
        self.sure_of(root.user_ref()?)
    }

    /// Whether the server was asked about the user of a command, and a request since may have
    /// changed the answer.
    pub(super) fn is_outdated(&self, root: &Root) -> bool {
        let Some(account) = root.user_ref().map(account) else { return false };
        (self.absent.contains(&account) || self.found.contains_key(&account))
            && self.sure(root).is_none()
    }

    /// Returns whether a user with this name exists; `None` if that is unknown.
    pub(super) fn sure_of(&self, user: UserRef<'_>) -> Option<Certainty> {
        let account = account(user);
        if self.refused.contains(&account) {
            return Some(Certainty::Absent);
        }
        let touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        if touched.contains(&account.0) {
            return None;
        }
        match self.found.get(&account) {
            Some(statement) => (!statement.keys().iter().any(|key| touched.contains(key)))
                .then_some(Certainty::There),
            None => self.absent.contains(&account).then_some(Certainty::Absent),
        }
    }
}

/// Returns the account that a name means. An empty domain is none.
fn account(user: UserRef<'_>) -> (Key, AccountKind) {
    (Key::user(user.name, user.domain.filter(|domain| !domain.is_empty())), user.account)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Rules;
    use crate::execute::guard::Protected;
    use crate::execute::scan::{Scan, scan};
    use crate::organization::Organization;
    use crate::table::{ReadOptions, Table};
    use crate::umapi::ListedUser;
    use jiff::Timestamp;
    use tokio::time::{Duration, Instant};

    #[test]
    fn absent_user_is_known_by_the_exact_name_alone() {
        let mut answers = ProbeAnswers::default();
        answers.add_absent(UserRef::own("Ann@x.com"));
        answers.add_absent(UserRef::own("bob").in_domain(Some("x.com")));
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
        answers.add_found(UserRef::own("ann@x.com"), &user);
        answers.add_absent(UserRef::own("bob@x.com"));
        let of_the_next_file = answers.clone();
        let sure = |name: &str| of_the_next_file.sure_of(UserRef::own(name));
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

    #[test]
    fn name_of_nobody_stays_so_until_somebody_may_get_it() {
        let name = || std::iter::once(Key::user("bob@x.com", None));
        let mut answers = ProbeAnswers::default();
        answers.add_absent(UserRef::own("bob@x.com"));
        answers.note_ended(name());
        assert_eq!(answers.sure_of(UserRef::own("bob@x.com")), Some(Certainty::Absent));
        answers.note_changed(name());
        assert_eq!(answers.sure_of(UserRef::own("bob@x.com")), None);
        answers.note_refused(&Root::User {
            user: "Bob@x.com".to_owned(),
            domain: None,
            use_adobe_id: false,
        });
        assert_eq!(answers.sure_of(UserRef::own("bob@x.com")), Some(Certainty::Absent));
    }

    #[test]
    fn refusal_in_one_file_renews_no_older_answer_of_another() {
        let ann = || std::iter::once(Key::user("ann@x.com", None));
        let user = ApiUser { email: Some("ann@x.com".into()), ..ApiUser::default() };
        let mut first = ProbeAnswers::default();
        first.add_found(UserRef::own("ann@x.com"), &user);
        let second = first.clone();
        first.note_ended(ann());
        first.note_refused(&Root::User {
            user: "ann@x.com".to_owned(),
            domain: None,
            use_adobe_id: false,
        });
        let sure = |answers: &ProbeAnswers| answers.sure_of(UserRef::own("ann@x.com"));
        assert_eq!((sure(&first), sure(&second)), (Some(Certainty::Absent), None));
        first.note_changed(ann());
        assert_eq!(sure(&first), None);
    }

    #[test]
    fn removal_of_an_adobe_id_counts_beside_the_other_account() {
        let user = ApiUser { email: Some("ann@x.com".into()), ..ApiUser::default() };
        for name in ["ann@x.com", "ann@other.com"] {
            let mut answers = ProbeAnswers::default();
            answers.add_absent(UserRef::own("ann@x.com"));
            answers.add_found(UserRef::adobe(name), &user);
            answers.note_ended(std::iter::once(Key::user("ann@x.com", None)));
            assert_eq!(answers.sure_of(UserRef::adobe(name)), None, "{name}");
        }
    }

    fn ann() -> ApiUser {
        ApiUser {
            email: Some("ann@x.com".into()),
            username: Some("ann".into()),
            domain: Some("x.com".into()),
            ..ApiUser::default()
        }
    }

    fn root(user: &str, use_adobe_id: bool) -> Root {
        Root::User { user: user.to_owned(), domain: None, use_adobe_id }
    }

    #[test]
    fn similar_names_are_added_to_what_is_known() {
        let mut answers = ProbeAnswers::default();
        answers.add_absent(UserRef::own("anne.lee@x.com"));
        assert!(answers.near("anne.lee@x.com").is_empty());
        let answers = answers.with_near_names(NearNames::new(|| {
            let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
            all.add(&ListedUser { email: "ann.lee@x.com".into(), ..ListedUser::default() });
            Some(Arc::new(all))
        }));
        assert_eq!(answers.near("anne.lee@x.com"), ["ann.lee@x.com"]);
        assert_eq!(answers.sure_of(UserRef::own("anne.lee@x.com")), Some(Certainty::Absent));
    }

    #[test]
    fn answer_about_a_user_is_found_by_the_name_of_the_command() {
        let mut answers = ProbeAnswers::default();
        answers.add_found(UserRef::own("ann@x.com"), &ann());
        assert_eq!(answers.statement(&root("Ann@x.com", false)), Some(&ProbeStatement::of(&ann())));
        assert_eq!(answers.statement(&root("ann@x.com", true)), None, "that is another account");
        assert_eq!(answers.statement(&root("bob@x.com", false)), None);
        assert_eq!(answers.statement(&Root::Group { usergroup: "ann@x.com".to_owned() }), None);
    }

    #[test]
    fn nothing_is_known_until_somebody_is_found_absent_or_refused() {
        let nothing = ProbeAnswers::default();
        let [mut absent, mut found, mut refused] = [(); 3].map(|()| ProbeAnswers::default());
        absent.add_absent(UserRef::own("bob@x.com"));
        found.add_found(UserRef::own("ann@x.com"), &ann());
        refused.note_refused(&root("eve@x.com", false));
        assert!(nothing.is_empty());
        assert!(!absent.is_empty() && !found.is_empty() && !refused.is_empty());
    }

    #[test]
    fn answers_are_touched_by_changes_of_those_they_are_about() {
        let mut answers = ProbeAnswers::default();
        answers.add_found(UserRef::own("ann@x.com"), &ann());
        answers.note_changed(std::iter::once(Key::user("bob@x.com", None)));
        answers.note_ended(std::iter::once(Key::user("bob@x.com", None)));
        assert!(!answers.is_touched());
        answers.note_changed(std::iter::once(Key::user("ann", Some("x.com"))));
        assert!(answers.is_touched());
    }

    #[test]
    fn open_names_are_those_of_found_users() {
        let mut answers = ProbeAnswers::default();
        answers.add_found(UserRef::own("ann@x.com"), &ann());
        answers.add_absent(UserRef::own("bob@x.com"));
        let until = Instant::now() + Duration::from_secs(60);
        let open = |name: &str, domain| {
            let open = OpenNames::of_keys([(Key::user(name, domain), until)]);
            answers.open_names(&open).into_iter().map(|open| open.name).collect::<Vec<_>>()
        };
        assert_eq!(open("ann@x.com", None), ["ann@x.com"]);
        assert_eq!(open("ann", Some("x.com")), ["ann"], "a name that no row has");
        assert!(open("bob@x.com", None).is_empty(), "nobody was found");
        assert!(answers.open_names(&OpenNames::default()).is_empty());
    }

    /// The rows of a file, from 0, of which these answers tell whether the user is there.
    fn rows_known(answers: &ProbeAnswers, rows: &str) -> Vec<u32> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("staff.csv");
        std::fs::write(&file, format!("action,email,groups\n{rows}")).unwrap();
        let table = Table::open(&file, &ReadOptions::new(folder.path())).unwrap();
        let (rules, protected) = (Rules::new(table.dialect()), Protected::default());
        let input_rows = InputRows::new(&table, &rules, &protected);
        let Scan { plan, .. } = scan(&input_rows).unwrap();
        let mut known: Vec<u32> =
            answers.rows_known(&input_rows, &plan).unwrap().into_iter().collect();
        known.sort_unstable();
        known
    }

    #[test]
    fn rows_that_remove_somebody_of_whom_it_is_known_need_no_question() {
        let mut answers = ProbeAnswers::default();
        let removals = "remove,eve@x.com,A\nadd,bob@x.com,A\ndelete,ann@x.com,\n\
                        delete,bob@x.com,\ndelete,carl@x.com,\ndelete,dan@x.com,\n";
        assert!(rows_known(&answers, removals).is_empty());
        answers.add_found(UserRef::own("ann@x.com"), &ann());
        for absent in ["bob@x.com", "dan@x.com", "eve@x.com"] {
            answers.add_absent(UserRef::own(absent));
        }
        // Nobody was asked about Carl, Eve stays, and an earlier row has changed Bob.
        assert_eq!(rows_known(&answers, removals), [2, 5]);
        answers.note_changed(std::iter::once(Key::user("dan@x.com", None)));
        assert_eq!(rows_known(&answers, removals), [2]);
    }

    #[test]
    fn answer_is_outdated_once_a_request_may_have_changed_it() {
        let mut answers = ProbeAnswers::default();
        answers.add_absent(UserRef::own("bob@x.com"));
        answers.add_found(UserRef::own("ann@x.com"), &ann());
        let outdated = |answers: &ProbeAnswers| {
            ["ann@x.com", "bob@x.com", "eve@x.com"]
                .map(|name| answers.is_outdated(&root(name, false)))
        };
        assert_eq!(outdated(&answers), [false; 3]);
        answers.note_changed(std::iter::once(Key::user("bob@x.com", None)));
        assert_eq!(outdated(&answers), [false, true, false]);
        answers.note_ended(std::iter::once(Key::user("ann", Some("x.com"))));
        assert_eq!(outdated(&answers), [true, true, false]);
        assert!(!answers.is_outdated(&Root::Group { usergroup: "G".to_owned() }));
        answers.note_refused(&root("ann@x.com", false));
        assert_eq!(outdated(&answers), [false, true, false], "the server has just said it");
    }
}
