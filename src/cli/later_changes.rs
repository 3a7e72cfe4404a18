//! What imports from here have confirmed since a list was fetched that is shown as it was fetched.

use super::connect::state_dir;
use super::lists::{List, clock};
use super::say;
use crate::number::count;
use crate::organization::{About, SentSince, Snapshot, Store};
use crate::umapi::Query;
use jiff::Timestamp;

/// Says that a list does not show them, if there are any. Of an older list than the latest everybody knows.
pub(crate) fn say_later_changes(list: &List) {
    if let List::Stored(list) = list {
        say_later_changes_of(list);
    }
}

/// The same of a stored list.
pub(crate) fn say_later_changes_of(list: &Snapshot) {
    if let Some(words) = words(list) {
        say(&format!("note: {words}"));
    }
}

/// `3 changes that imports from here have confirmed are not in the list of Thu 26 Nov 2026 09:14: …`
fn words(list: &Snapshot) -> Option<String> {
    let store = Store::open(&state_dir()?, &list.organization, &list.host);
    let is_latest = store.latest(&list.query).ok()?.is_some_and(|latest| latest.at <= list.at);
    let (about, noun) = match list.query {
        Query::Groups => (About::Groups, "groups"),
        Query::Users { .. } | Query::Members { .. } => (About::People, "users"),
    };
    let since = SentSince::read(&store, list.at, Timestamp::now(), None).ok().filter(|_| is_latest)?;
    let changes = since.count_changes(about).ok().filter(|changes| *changes > 0)?;
    let (have, are) = if changes == 1 { ("has", "is") } else { ("have", "are") };
    Some(format!(
        "{} that imports from here {have} confirmed since {are} not in the list of {noun} of {}, which is shown as it was fetched: \
         `umbulk export {noun}` fetches it anew",
        count(changes, "change"),
        clock(list.at)
    ))
}
