//! What an earlier start of a run has found out about groups, as far as it still holds.

use crate::import::connection::Connection;
use crate::import::input_file::InputFile;
use crate::import::noted::Noted;
use crate::organization::{HashedName, hashed_group};
use crate::reconcile::{AbsentGroups, GroupUses};
use crate::snapshot::{SentSince, SnapshotStore};
use jiff::Timestamp;
use std::collections::HashSet;

/// What an earlier start of a file's run has found out.
pub(crate) struct EarlierCheck {
    pub(super) absent: AbsentGroups,
    changed: ChangedGroups,
    /// Whether every row of the file has an outcome, so that the run is only shown, as it was.
    is_ended: bool,
}

/// The names that other imports from this computer have changed since the run began, or may have.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ChangedGroups {
    Known(HashSet<HashedName>),
    /// The record of changes cannot be read.
    Unknown,
}

/// Returns what an earlier start of each file has found out; `None` for a file without one.
pub(crate) fn earlier_checks(
    inputs: &[InputFile],
    connection: &Connection,
) -> Vec<Option<EarlierCheck>> {
    let noted = || inputs.iter().map(|input| input.noted.as_ref());
    let own: Vec<String> = noted().flatten().map(|noted| noted.run_id.clone()).collect();
    let check = |noted: &Noted| EarlierCheck {
        absent: noted.absent_groups.clone(),
        changed: ChangedGroups::since(noted.began, &own, connection),
        is_ended: noted.is_ended(),
    };
    noted().map(|noted| noted.map(check)).collect()
}

impl EarlierCheck {
    /// Whether it still says everything about the groups that the rows name. What was found for
    /// some names says nothing about others.
    pub(super) fn holds(&self, uses: &GroupUses) -> bool {
        let changed_by_rows = uses.changed().map(|(_, name)| name);
        let mut named = uses.needed().map(|group| &*group.name).chain(changed_by_rows);
        self.absent.covers(uses)
            && (self.is_ended || !named.any(|name| self.changed.may_have(name)))
    }

    /// Returns the groups that do not exist before the rows of a file are sent. `now` are those
    /// that do not exist now. The rows that were sent have changed some of them.
    pub(super) fn brought_up_to_date(
        &self,
        now: &AbsentGroups,
        file: u32,
        uses: &GroupUses,
    ) -> AbsentGroups {
        self.with_unknown(now.with_changed_from(&self.absent, file, uses), file, uses)
    }

    /// Returns the groups that do not exist after the rows of a file are sent.
    pub(super) fn after(&self, now: AbsentGroups, file: u32, uses: &GroupUses) -> AbsentGroups {
        let after = match self.is_ended {
            // Its rows have changed the groups that the server was asked about.
            true => now,
            false => now.after_rest(&self.absent, file, uses),
        };
        self.with_unknown(after, file, uses)
    }

    /// Adds the groups that rows of the file have changed, and another import since: it is unknown
    /// whether they exist, also for the files behind it.
    fn with_unknown(&self, mut absent: AbsentGroups, file: u32, uses: &GroupUses) -> AbsentGroups {
        let own = uses.changed().filter(|(by, _)| *by == file).map(|(_, name)| name);
        let unknown = own.filter(|name| self.changed.may_have(name));
        absent.unchecked.extend(unknown.map(ToOwned::to_owned));
        absent
    }
}

impl ChangedGroups {
    fn since(began: Timestamp, own: &[String], connection: &Connection) -> Self {
        let Some(state) = &connection.state else { return Self::Known(HashSet::new()) };
        let store = SnapshotStore::open(state, &connection.organization, &connection.host);
        match SentSince::read(&store, began, Timestamp::now(), own) {
            Ok(others) => Self::Known(others.names().into_iter().collect()),
            Err(_) => Self::Unknown,
        }
    }

    fn may_have(&self, group: &str) -> bool {
        match self {
            Self::Known(names) => names.contains(&hashed_group(group)),
            Self::Unknown => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::GroupEvent;

    /// A row renames `K` to `L`; others need `G` and the role of `H`.
    fn uses() -> GroupUses {
        let mut uses = GroupUses::default();
        let sets = vec![("K".to_owned(), false), ("L".to_owned(), true)];
        uses.event(GroupEvent { file: 0, row: 0, needs: vec!["K".to_owned()], sets });
        ["G", "_admin_H"].iter().for_each(|name| uses.need(0, name, true));
        uses
    }

    fn check(uses: &GroupUses, changed: ChangedGroups) -> EarlierCheck {
        let absent =
            AbsentGroups { looked_for: Some(uses.fingerprint()), ..AbsentGroups::default() };
        EarlierCheck { absent, changed, is_ended: false }
    }

    fn known(name: &str) -> ChangedGroups {
        ChangedGroups::Known(HashSet::from([hashed_group(name)]))
    }

    #[test]
    fn check_holds_until_another_import_changes_one_of_the_groups() {
        let uses = uses();
        let holds = |changed| check(&uses, changed).holds(&uses);
        assert!(holds(ChangedGroups::Known(HashSet::new())) && holds(known("Other")));
        for name in ["g", "H", "K", "L"] {
            assert!(!holds(known(name)), "{name}");
        }
        assert!(!holds(ChangedGroups::Unknown));
    }

    #[test]
    fn group_that_rows_and_others_have_changed_is_unknown() {
        let uses = uses();
        let now = AbsentGroups::default();
        let unchecked = |changed| {
            let all = check(&uses, changed).brought_up_to_date(&now, 0, &uses);
            all.unchecked.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!([unchecked(known("L")), unchecked(known("G"))], ["L", ""]);
        assert_eq!(unchecked(ChangedGroups::Unknown), "K L");
    }

    /// Whether or not rows of the file are left.
    #[test]
    fn later_files_do_not_know_it_either() {
        let uses = uses();
        for is_ended in [false, true] {
            let check = EarlierCheck { is_ended, ..check(&uses, known("L")) };
            let after = check.after(AbsentGroups::default(), 0, &uses);
            assert!(after.unchecked.contains("L"), "{is_ended} {after:?}");
            assert_eq!(check.holds(&uses), is_ended);
        }
    }
}
