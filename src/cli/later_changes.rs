//! Reports the changes that imports on this computer have confirmed since a list was fetched, for
//! commands that show the list as it was.

use super::terminal::Terminal;
use crate::export::ListReporter;
use crate::fs::state_dir;
use crate::import::list_error::clock;
use crate::import::lists::FoundList;
use crate::number::count;
use crate::snapshot::{ListedFacts, SentSince, Snapshot, SnapshotStore};
use crate::umapi::ListQuery;
use jiff::Timestamp;

/// Reports that a list does not show these changes, if there are any. Reports nothing about a list
/// that is not the latest.
pub(crate) fn say_later_changes(list: &FoundList, terminal: &Terminal) {
    if let FoundList::Stored(list) = list {
        say_later_changes_of(list, terminal);
    }
}

/// Reports the changes that a snapshot does not show.
pub(crate) fn say_later_changes_of(list: &Snapshot, terminal: &Terminal) {
    if let Some(words) = words(list) {
        terminal.inform(&format!("note: {words}"));
    }
}

/// Describes the changes: `the list of users of Thu 26 Nov 2026 09:14 does not show what imports
/// from here have done since then (3 rows). …`.
fn words(list: &Snapshot) -> Option<String> {
    let store = SnapshotStore::open(&state_dir()?, &list.organization, &list.host);
    let is_latest = store.latest(&list.query).ok()?.is_some_and(|latest| latest.at <= list.at);
    let (about, noun) = match list.query {
        ListQuery::Groups => (ListedFacts::Groups, "groups"),
        ListQuery::Users { .. } | ListQuery::Members { .. } => (ListedFacts::People, "users"),
    };
    let since =
        SentSince::read(&store, list.at, Timestamp::now(), &[]).ok().filter(|_| is_latest)?;
    let changes = since.count_changes(about).ok().filter(|changes| *changes > 0)?;

    let fetch = match store.asked_lately(&list.query, Timestamp::now()) {
        Some((_, until)) => {
            format!("A new list can be fetched from {} on (`umbulk export {noun}`)", clock(until))
        }
        None => format!("`umbulk export {noun}` fetches a new list"),
    };
    Some(format!(
        "the list of {noun} of {} does not show what imports from this computer have done since \
         then ({}). {fetch}",
        clock(list.at),
        count(changes, "row")
    ))
}
