//! The changes that runs on this computer have sent since a list was fetched, and the list with
//! these changes.

use super::changes_tables::SentRun;
use super::confirmed::ConfirmedChanges;
use super::recent_changes::RecentChanges;
use super::store::SnapshotStore;
use crate::change::Change;
use crate::organization::{
    Coverage, HashedName, Organization, Revision, names_changed, names_given, recently_changed,
};
use jiff::Timestamp;
use std::collections::HashSet;
use std::io;

/// The changes that runs on this computer have sent since a list was fetched.
#[derive(Debug, Default)]
pub(crate) struct SentSince {
    record: Option<RecentChanges>,
    runs: Vec<SentRun>,
    from: Timestamp,
    /// The list may or may not show what was confirmed between `from` and then.
    clear_from: Timestamp,
    until: Timestamp,
}

impl SentSince {
    /// Reads what was sent between these times, except by the runs `but`.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub(crate) fn read(
        store: &SnapshotStore,
        from: Timestamp,
        until: Timestamp,
        but: &[String],
    ) -> io::Result<Self> {
        let record = RecentChanges::of(store);
        let mut runs = record.runs(from, until)?;
        runs.retain(|run| but.iter().all(|own| own != run.name()));
        Ok(Self { record: Some(record), runs, from, clear_from: from, until })
    }

    /// Records that the list was fetched at an unknown time until then: for users who were changed
    /// before it, the list cannot be used.
    #[must_use]
    pub(crate) fn clear_from(self, clear_from: Timestamp) -> Self {
        Self { clear_from, ..self }
    }

    /// Returns all users and groups that the rows of these runs name.
    pub(crate) fn names(&self) -> Vec<HashedName> {
        let named = |run: &SentRun| {
            if run.was_over(self.from) { run.uncertain.clone() } else { run.named.clone() }
        };
        let mut names: Vec<HashedName> = self.runs.iter().flat_map(named).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Returns the users and groups that these runs have changed.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub(crate) fn touched_names(&self) -> io::Result<TouchedNames> {
        let mut touched = TouchedNames::default();
        self.each_confirmed(|confirmed| {
            let (change, before) = (&confirmed.change, confirmed.before());
            touched.confirmed.extend(recently_changed(change));
            touched.changed.extend(names_changed(change, before));
            touched.given.extend(names_given(change, before));
        })?;
        for run in self.runs.iter().filter(|run| run.may_have_sent_since(self.from)) {
            let unknown = if run.has_ended_by(self.until) { &run.uncertain } else { &run.named };
            touched.changed.extend(unknown);
            touched.given.extend(unknown);
        }
        for names in [&mut touched.confirmed, &mut touched.changed, &mut touched.given] {
            names.sort_unstable();
            names.dedup();
        }
        Ok(touched)
    }

    /// Applies the confirmed changes to a list. Returns the names of the users for whom the list
    /// still cannot be used.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub(crate) fn bring_into(
        &self,
        organization: &mut Organization,
        about: ListedFacts,
    ) -> io::Result<Vec<HashedName>> {
        // Other lists do not show which memberships come through a group, and so not what is left
        // after a change.
        let is_apt = organization.shows(Coverage::DIRECT | Coverage::EVERYBODY);
        let mut uncertain: HashSet<HashedName> = self.unknown_order();
        for run in &self.runs {
            let knows = is_apt && run.has_ended_by(self.until) || run.was_over(self.from);
            uncertain.extend(if knows { &run.uncertain } else { &run.named });
        }
        if is_apt {
            let mut revision = Revision::of(organization);
            self.each_confirmed(|confirmed| {
                let names = recently_changed(&confirmed.change);
                let is_clear = confirmed.at >= self.clear_from;
                let explained = is_clear
                    && names.iter().all(|name| !uncertain.contains(name))
                    && match about {
                        ListedFacts::People => revision.bring_in(confirmed),
                        ListedFacts::Groups => revision.bring_in_groups(confirmed),
                    };
                if !explained {
                    uncertain.extend(names);
                }
            })?;
            revision.finish();
        }
        let mut uncertain: Vec<HashedName> = uncertain.into_iter().collect();
        uncertain.sort_unstable();
        Ok(uncertain)
    }

    /// Counts the confirmed changes, of all kinds or of groups alone, that an earlier list does not
    /// show.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub(crate) fn count_changes(&self, about: ListedFacts) -> io::Result<u64> {
        let mut changes = 0;
        self.each_confirmed(|ConfirmedChanges { change, .. }| {
            let is_meant = about == ListedFacts::People || matches!(change, Change::Group(_));
            changes += u64::from(is_meant);
        })?;
        Ok(changes)
    }

    /// Passes the changes to `take` that were confirmed since then by runs that have ended.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub(crate) fn each_confirmed(
        &self,
        mut take: impl FnMut(&ConfirmedChanges<'_>),
    ) -> io::Result<()> {
        let Some(record) = &self.record else { return Ok(()) };
        let is_new = |run: &&SentRun| run.has_ended_by(self.until) && !run.was_over(self.from);
        self.runs.iter().filter(is_new).try_for_each(|run| {
            record.each_confirmed(run, |confirmed| {
                if confirmed.at.as_millisecond() >= self.from.as_millisecond() {
                    take(confirmed);
                }
            })
        })
    }

    /// Returns the users of two runs that ran at the same time: their last change is unknown.
    fn unknown_order(&self) -> HashSet<HashedName> {
        let mut both = HashSet::new();
        for (place, one) in self.runs.iter().enumerate() {
            for other in self.runs[place + 1..].iter().filter(|other| one.overlaps(other)) {
                both.extend(
                    other.named.iter().filter(|name| one.named.binary_search(name).is_ok()),
                );
            }
        }
        both
    }
}

/// The users and groups that runs have changed, in order.
#[derive(Debug, Default)]
pub(crate) struct TouchedNames {
    /// Those that confirmed changes of ended runs are about.
    pub(crate) confirmed: Vec<HashedName>,
    /// Those that were renamed, removed or created, or may have been, with their new names.
    pub(crate) changed: Vec<HashedName>,
    /// The names that others got by a rename or a creation, or may have got.
    pub(crate) given: Vec<HashedName>,
}

/// What a list contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListedFacts {
    /// People, and the groups that they are in.
    People,
    /// Groups alone.
    Groups,
}

#[cfg(test)]
mod tests {
    use super::super::recent_changes::{RecordedRow, SentRecord};
    use super::*;
    use crate::change::UserChange;
    use crate::umapi::{ListedUser, UserRef};
    use std::io::Cursor;
    use std::time::Duration;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn names(user: &str) -> Vec<HashedName> {
        let mut names = recently_changed(&addition(user));
        names.sort_unstable();
        names
    }

    fn addition(user: &str) -> Change<'_> {
        Change::User(UserChange {
            user: user.into(),
            add: vec!["A".into()],
            ..UserChange::default()
        })
    }

    /// Rows that add users to a group, each with the second in which that was confirmed.
    fn rows(rows: &[(u32, &str, Option<i64>)]) -> Vec<u8> {
        let line = |&(row, user, second): &(u32, &str, Option<i64>)| {
            let change = addition(user);
            let confirmed =
                second.map(|second| ConfirmedChanges { at: at(second), existed: false, change });
            RecordedRow { row, names: names(user), confirmed, rename: None }.bytes().unwrap()
        };
        rows.iter().flat_map(line).collect()
    }

    fn begin(file: &SentRecord, sent: &[(u32, &str)], second: i64) {
        let sent: Vec<_> = sent.iter().map(|(row, user)| (*row, *user, None)).collect();
        file.begin(&mut rows(&sent).as_slice(), Duration::ZERO, at(second)).unwrap();
    }

    fn end(file: &SentRecord, sent: &[(u32, &str, Option<i64>)], late: u64, second: i64) {
        file.end(&mut Cursor::new(rows(sent)), Duration::from_secs(late), at(second)).unwrap();
    }

    fn list() -> Organization {
        let mut all = Organization::new("a list", at(100));
        for name in ["ann@x.com", "bob@x.com"] {
            all.add(&ListedUser {
                identity: "federatedID".into(),
                email: name.into(),
                ..ListedUser::default()
            });
        }
        all
    }

    /// Returns whether a list shows the membership after what was sent, and the users for whom it
    /// cannot be used.
    fn shown(store: &SnapshotStore, from: i64, until: i64) -> (bool, Vec<HashedName>) {
        let mut all = list();
        let since = SentSince::read(store, at(from), at(until), &[]).unwrap();
        let uncertain = since.bring_into(&mut all, ListedFacts::People).unwrap();
        (all.user(UserRef::own("ann@x.com")).is_some_and(|ann| ann.is_in("A")), uncertain)
    }

    const ANN: &str = "ann@x.com";
    const BOB: &str = "bob@x.com";

    fn store(folder: &tempfile::TempDir) -> SnapshotStore {
        SnapshotStore::open(folder.path(), "1@AdobeOrg", "host")
    }

    #[test]
    fn run_counts_once_it_has_ended_and_is_unknown_before() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let file = SentRecord::of(&store, "../../run");
        assert!(!file.is_open());
        begin(&file, &[(0, ANN)], 110);
        assert!(file.is_open());
        assert_eq!(shown(&store, 100, 115), (false, names(ANN)));
        assert!(shown(&store, 100, 105).1.is_empty(), "it had not begun");
        begin(&file, &[(0, ANN)], 116);
        end(&file, &[(0, ANN, Some(120))], 50, 130);
        assert_eq!(shown(&store, 100, 140), (true, Vec::new()));
        assert_eq!(shown(&store, 100, 115), (false, names(ANN)), "as of then it went on");
        assert!(
            !shown(&store, 125, 140).0,
            "a list that was fetched after that shows it by itself"
        );
        assert!(
            SentSince::read(&store, at(100), at(140), &["../../run".to_owned()])
                .unwrap()
                .names()
                .is_empty(),
            "the run that asks knows by itself"
        );
        // A change that is not confirmed may be carried out a while later.
        end(&file, &[(0, ANN, None)], 50, 130);
        assert_eq!(
            (shown(&store, 170, 200).1, shown(&store, 190, 200).1),
            (names(ANN), Vec::new())
        );
    }

    /// What a run did in the time that is asked about, if that is not known.
    #[test]
    fn names_of_rows_without_a_known_result_may_have_changed() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let file = SentRecord::of(&store, "run");
        let changed = |from: i64| {
            SentSince::read(&store, at(from), at(500), &[])
                .unwrap()
                .touched_names()
                .unwrap()
                .changed
        };
        let sent = rows(&[(0, ANN, None), (1, BOB, None)]);
        file.begin(&mut sent.as_slice(), Duration::from_secs(60), at(110)).unwrap();
        let mut both = [names(ANN), names(BOB)].concat();
        both.sort_unstable();
        assert_eq!((changed(105), changed(115)), (both.clone(), both));
        assert!(changed(140).is_empty(), "it was killed before: it has given no sign of life");
        end(&file, &[(0, ANN, Some(120)), (1, BOB, None)], 300, 130);
        assert_eq!(changed(115), names(BOB), "a membership changes no name");
        assert!(changed(131).is_empty(), "it was over before");
    }

    /// The times of files are rounded.
    #[test]
    fn change_at_the_unclear_time_of_a_list_is_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let file = SentRecord::of(&store, "run");
        begin(&file, &[(0, ANN), (1, BOB)], 110);
        end(&file, &[(0, ANN, Some(120)), (1, BOB, Some(122))], 0, 130);
        let mut all = list();
        let since = SentSince::read(&store, at(119), at(140), &[]).unwrap().clear_from(at(121));
        let uncertain = since.bring_into(&mut all, ListedFacts::People).unwrap();
        let is_in = |user| all.user(UserRef::own(user)).is_some_and(|user| user.is_in("A"));
        assert_eq!((uncertain, is_in(ANN), is_in(BOB)), (names(ANN), false, true));
    }

    /// The clock was set back: whether the list shows what the run did is unknown.
    #[test]
    fn run_of_the_future_is_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let future = Timestamp::now().as_second() + 3600;
        let file = SentRecord::of(&store, "run");
        for confirmed in [Some(120), None] {
            begin(&file, &[(0, ANN)], future);
            assert_eq!(shown(&store, 100, future - 3600), (false, names(ANN)));
            end(&file, &[(0, ANN, confirmed)], 0, future + 9);
            assert_eq!(shown(&store, 100, future - 3600), (false, names(ANN)));
        }
    }

    #[test]
    fn names_of_two_runs_at_once_are_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        for (run, began, ended) in [("one", 110, 130), ("two", 125, 140)] {
            let file = SentRecord::of(&store, run);
            begin(&file, &[(0, ANN)], began);
            assert!(!shown(&store, 100, 124).0);
            end(&file, &[(0, ANN, Some(120))], 0, ended);
        }
        assert_eq!(shown(&store, 100, 150), (false, names(ANN)));
    }

    #[test]
    fn uncertain_name_is_not_confirmed_by_another_row() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let file = SentRecord::of(&store, "run");
        begin(&file, &[(0, ANN), (1, ANN), (2, BOB)], 110);
        end(&file, &[(0, ANN, Some(120)), (1, ANN, None), (2, BOB, Some(121))], 0, 130);
        assert_eq!(shown(&store, 100, 150), (false, names(ANN)));
    }

    /// An import in portions is one run.
    #[test]
    fn rows_of_an_earlier_portion_stay_recorded() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let file = SentRecord::of(&store, "run");
        begin(&file, &[(0, ANN)], 110);
        end(&file, &[(0, ANN, Some(120))], 0, 130);
        begin(&file, &[(1, BOB)], 140);
        end(&file, &[(1, BOB, None)], 0, 150);
        assert_eq!(shown(&store, 100, 160), (true, names(BOB)));
        let all = SentSince::read(&store, at(100), at(160), &[]).unwrap().names();
        assert!([ANN, BOB].iter().flat_map(|user| names(user)).all(|name| all.contains(&name)));
        // The whole file comes to the same: each row is recorded once.
        begin(&file, &[(0, ANN), (1, BOB)], 170);
        end(&file, &[(0, ANN, Some(120)), (1, BOB, Some(175))], 0, 180);
        assert_eq!(shown(&store, 100, 190), (true, Vec::new()));
    }

    #[test]
    fn runs_are_forgotten_after_a_month_and_older_lists_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let file = SentRecord::of(&store, "old");
        begin(&file, &[(0, ANN)], 0);
        end(&file, &[(0, ANN, None)], 0, 9);
        begin(&SentRecord::of(&store, "new"), &[(0, BOB)], 31 * 24 * 3600);
        assert_eq!(
            SentSince::read(&store, at(10), at(40 * 24 * 3600), &[]).unwrap().names(),
            names(BOB)
        );
        let error = SentSince::read(&store, at(5), at(40 * 24 * 3600), &[]).unwrap_err();
        assert!(
            error.to_string().contains("fetch a newer list"),
            "what is forgotten is not nothing: {error}"
        );
    }
}
