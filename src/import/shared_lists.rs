//! Lists of an organization that several computers share. Adobe blocks a client that fetches page 0
//! of a list twice in two hours, whichever computers do so.

use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::shared_changes::before;
use crate::import::shared_store::SharedStore;
use crate::import::store_error::StoreUseError;
use crate::snapshot::SnapshotStore;
use crate::store::{Lease, RunFile, RunPlace, RunStore, StoreError};
use crate::umapi::ListQuery;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

/// The lists that are shared. Their names in the store begin so, and end with the number of
/// milliseconds since page 0 was requested.
const LISTS: [(&str, ListQuery); 2] = [
    ("list-of-users/", ListQuery::Users { domain: None, direct: true }),
    ("list-of-groups/", ListQuery::Groups),
];
/// The most bytes of a head.
const LONGEST_HEAD: u64 = 1024;
/// A list of a computer whose clock is further ahead is not used: changes since would be taken for
/// earlier ones.
const AHEAD: SignedDuration = SignedDuration::from_secs(-1);
/// A list of a computer whose clock is further behind is not used either: it would seem too old. It
/// may also be that it took so long to store the list.
const BEHIND: SignedDuration = SignedDuration::from_mins(5);

/// Two requests for page 0 that differ by less are the same one: nobody sends two so soon.
const SAME: Duration = Duration::from_secs(60);

/// What comes before the list in its file. Without a list, the request for it had no success.
#[derive(Serialize, Deserialize)]
struct SharedListHead {
    /// The time when the file was written.
    now: Timestamp,
}

/// Stores the lists that this computer has fetched within two hours, unless the store has them, as
/// files of a run.
///
/// # Errors
/// When the store does not take them.
pub(super) fn share_lists(
    runs: &dyn RunStore,
    lease: &Lease,
    (place, state): (&RunPlace, &Path),
) -> Result<(), StoreError> {
    let lists = SnapshotStore::open(state, &place.organization, &place.host);
    let now = Timestamp::now();
    for (prefix, query) in &LISTS {
        let Some((asked, _)) = lists.asked_lately(query, now) else { continue };
        let stored = runs.files(place, prefix)?;
        let is_same = |at: Timestamp| at >= before(asked, SAME);
        if stored.iter().filter_map(|file| asked_at(file, prefix, now)).any(is_same) {
            continue;
        }
        let failed = |error: io::Error| StoreError::File(error.to_string());
        let latest = lists.latest(query).map_err(failed)?;
        let list = latest.filter(|list| list.at >= asked);
        let list = list.map(|list| File::open(&list.path)).transpose().map_err(failed)?;
        let now = Timestamp::now();
        let age = Duration::try_from(now.duration_since(asked)).unwrap_or_default();
        let name = format!("{prefix}{}", age.as_millis());
        let head = serde_json::to_vec(&SharedListHead { now });
        let mut head = head.map_err(|error| failed(error.into()))?;
        head.push(b'\n');
        let mut file: Box<dyn Read> = match list {
            Some(list) => Box::new(Cursor::new(head).chain(list)),
            None => Box::new(Cursor::new(head)),
        };
        runs.put_file(lease, &name, &mut file)?;
    }
    Ok(())
}

/// Takes the last list of each kind in that another computer has shared, unless this one has
/// requested it since.
///
/// # Errors
/// When the store does not answer, or a list cannot be written.
pub(crate) fn fetch_lists_of_others(
    config: &ImportConfig,
    store: &SharedStore,
) -> Result<(), ImportError> {
    let access = &config.connect.access;
    let Some(state) = access.state_dir() else { return Ok(()) };
    let (organization, host) = Connection::place(access)?;
    let lists = SnapshotStore::open(state, &organization, &host);
    let place = RunPlace { organization, host };
    let runs = store.runs().map_err(StoreUseError::from)?;
    for (prefix, query) in &LISTS {
        let files = runs.files(&place, prefix).map_err(StoreUseError::from)?;
        let now = Timestamp::now();
        let all = files.iter().filter_map(|file| Some((asked_at(file, prefix, now)?, file)));
        let Some((asked, file)) = all.max_by_key(|(asked, _)| *asked) else { continue };
        if lists.asked(query).is_none_or(|own| own < before(asked, SAME)) {
            take_in(&*runs, (&lists, query), file, (asked, before(now, file.age)))?;
        }
    }
    Ok(())
}

/// Returns when page 0 of the list in a file was requested, by the clock of this computer.
fn asked_at(file: &RunFile, prefix: &str, now: Timestamp) -> Option<Timestamp> {
    let age = Duration::from_millis(file.name.strip_prefix(prefix)?.parse().ok()?);
    Some(before(before(now, file.age), age))
}

fn take_in(
    runs: &dyn RunStore,
    (lists, query): (&SnapshotStore, &ListQuery),
    file: &RunFile,
    (asked, stored): (Timestamp, Timestamp),
) -> Result<(), ImportError> {
    let mut copy = tempfile::tempfile()?;
    if !runs.get_file(&file.run, &file.name, &mut copy).map_err(StoreUseError::from)? {
        return Ok(());
    }
    copy.seek(SeekFrom::Start(0))?;
    let mut copy = BufReader::new(copy);
    let mut head = Vec::new();
    (&mut copy).take(LONGEST_HEAD).read_until(b'\n', &mut head)?;
    let damaged = |error: serde_json::Error| {
        let what = format!("{} of the run {}: {error}", file.name, file.run);
        StoreUseError::from(StoreError::Damaged(what))
    };
    let head: SharedListHead = serde_json::from_slice(&head).map_err(damaged)?;
    let differ = stored.duration_since(head.now);
    let list = Some(copy).filter(|_| (AHEAD..=BEHIND).contains(&differ));
    Ok(lists.take_in(query, asked, list)?)
}
