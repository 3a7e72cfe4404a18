//! Lists of an organization that several computers share. Adobe blocks a client that fetches page 0
//! of a list twice in two hours, whichever computers do so.

use crate::import::config::ConnectConfig;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::reporter::ImportReporter;
use crate::import::shared_changes::before;
use crate::import::shared_store::SharedStore;
use crate::import::store_error::StoreUseError;
use crate::snapshot::SnapshotStore;
use crate::store::{PostgresLists, RunPlace, StoreError, StoredList};
use crate::umapi::ListQuery;
use jiff::{SignedDuration, Timestamp};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::time::Duration;

/// The lists that are shared, and what they are called in the store.
const LISTS: [(&str, ListQuery); 2] =
    [("users", ListQuery::Users { domain: None, direct: true }), ("groups", ListQuery::Groups)];

/// A list of a computer whose clock is further ahead is not used: it would seem newer than it is,
/// and changes made since would be ignored.
const AHEAD: SignedDuration = SignedDuration::from_secs(-1);
/// A list of a computer whose clock is further behind is not used either: it would seem too old.
const BEHIND: SignedDuration = SignedDuration::from_mins(5);

/// Two requests for page 0 that differ by less are the same one: nobody sends two so soon.
const SAME: Duration = Duration::from_secs(60);

/// Stores the lists that this computer has just requested, with or without success, for the others.
/// If that fails, the reporter is told.
pub(crate) fn share_lists(
    store: &SharedStore,
    (place, lists): (&RunPlace, &SnapshotStore),
    reporter: &dyn ImportReporter,
) {
    for (kind, query) in &LISTS {
        if let Err(why) = share(store, (place, lists), (kind, query)) {
            reporter.say(&format!(
                "note: the list of {kind} is not in the store ({why}): for two hours, do not fetch \
                 it on other computers"
            ));
        }
    }
}

fn share(
    store: &SharedStore,
    (place, lists): (&RunPlace, &SnapshotStore),
    (kind, query): (&str, &ListQuery),
) -> Result<(), StoreError> {
    let Some((asked, _)) = lists.asked_lately(query, Timestamp::now()) else { return Ok(()) };
    let shared = store.lists()?;
    let there = shared.last(place, kind)?;
    if there.is_some_and(|there| before(Timestamp::now(), there.asked) >= before(asked, SAME)) {
        return Ok(());
    }
    let failed = |error: io::Error| StoreError::File(error.to_string());
    let latest = lists.latest(query).map_err(failed)?;
    let list = latest.filter(|list| list.at >= asked);
    let list = list.map(|list| File::open(&list.path)).transpose().map_err(failed)?;
    let mut list: Box<dyn Read> = match list {
        Some(list) => Box::new(list),
        None => Box::new(io::empty()),
    };
    let uploaded = shared.upload(&mut list)?;
    // Now, and not before the upload: others compare this time with their own clock.
    let now = Timestamp::now();
    let asked = Duration::try_from(now.duration_since(asked)).unwrap_or_default();
    shared.keep((place, kind), uploaded, (asked, now.as_millisecond()))
}

/// Takes in the last list of each kind that another computer has shared, unless this one has
/// requested it since. A list that cannot be used is like one that could not be fetched: the
/// reporter is told.
///
/// # Errors
/// When the store does not say which lists it has.
pub(crate) fn fetch_lists_of_others(
    config: &ConnectConfig,
    store: &SharedStore,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    let Some(state) = config.access.state_dir() else { return Ok(()) };
    let (organization, host) = Connection::place(&config.access)?;
    let lists = SnapshotStore::open(state, &organization, &host);
    let place = RunPlace { organization, host };
    let shared = store.lists().map_err(StoreUseError::from)?;
    for (kind, query) in &LISTS {
        let last = shared.last(&place, kind).map_err(StoreUseError::from)?;
        let Some(list) = last else { continue };
        let now = Timestamp::now();
        let asked = before(now, list.asked);
        if lists.asked(query).is_none_or(|own| own < before(asked, SAME))
            && let Err(why) = take_in(&shared, (&lists, query), &list, (asked, now))
        {
            reporter.say(&format!(
                "note: the list of {kind} that another computer has fetched is not used: {why}"
            ));
        }
    }
    Ok(())
}

fn take_in(
    shared: &PostgresLists,
    (lists, query): (&SnapshotStore, &ListQuery),
    list: &StoredList,
    (asked, now): (Timestamp, Timestamp),
) -> io::Result<()> {
    let written = Timestamp::from_millisecond(list.clock_ms).unwrap_or(Timestamp::MAX);
    let not_before = before(asked, SAME);
    // That it was requested counts, whatever is wrong with the list.
    if !is_usable(before(now, list.age).duration_since(written)) {
        return lists.take_in(query, asked, not_before, None::<File>);
    }
    let mut copy = tempfile::tempfile()?;
    let copied = shared.write(list, &mut copy).map_err(io::Error::other);
    copy.seek(SeekFrom::Start(0))?;
    lists.take_in(query, asked, not_before, copied.is_ok().then_some(copy))?;
    copied
}

/// Whether a list is used whose computer has a clock that is behind by so much.
fn is_usable(behind: SignedDuration) -> bool {
    (AHEAD..=BEHIND).contains(&behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_of_a_computer_with_a_wrong_clock_is_not_used() {
        for (seconds, usable) in [(-2, false), (-1, true), (0, true), (300, true), (301, false)] {
            assert_eq!(is_usable(SignedDuration::from_secs(seconds)), usable, "{seconds}");
        }
    }
}
