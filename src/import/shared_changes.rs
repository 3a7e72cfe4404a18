//! What imports of several computers have changed lately: each computer takes the records of the
//! others in, before it compares rows with a list.

use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::shared_store::SharedStore;
use crate::import::store_error::StoreUseError;
use crate::snapshot::{
    RecordStage, SentRecord, SharedFile, SnapshotStore, TakeInError, files_taken_in, forget_until,
    is_too_old, leave_out, write_head,
};
use crate::store::{RunFile, RunPlace, RunStore, StoreError};
use crate::visible::visible;
use jiff::Timestamp;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

/// The names of these files in the store: each worker of a run, by its fence, has two.
const BEGUN: &str = "changes-begun-";
const ENDED: &str = "changes-ended-";
const PREFIX: &str = "changes-";

fn prefix(stage: RecordStage) -> &'static str {
    match stage {
        RecordStage::Begun => BEGUN,
        RecordStage::Ended => ENDED,
    }
}

/// Shares the record of the run at this place of a journal, if this process has the run. `late` is
/// for how long its requests may still be carried out.
///
/// # Errors
/// When the store does not take it.
pub(super) fn share(
    (store, place): (&SharedStore, &Path),
    (record, stage): (&SentRecord, RecordStage),
    rows: &mut File,
    late: Duration,
) -> Result<(), StoreError> {
    let Some(lease) = store.lease(place) else { return Ok(()) };
    let name = format!("{}{}", prefix(stage), lease.fence);
    let file = |error: io::Error| StoreError::File(error.to_string());
    rows.seek(SeekFrom::Start(0)).map_err(file)?;
    let mut head = Vec::new();
    write_head(&mut head, late, Timestamp::now()).map_err(file)?;
    // This computer has it already, whether or not the store takes it.
    record.note_taken_in(&SharedFile { run: &lease.run, name: &name }).map_err(file)?;
    store.runs()?.put_file(&lease, &name, &mut head.as_slice().chain(rows))
}

/// Takes in what runs in the store have changed, unless this computer knows it.
///
/// # Errors
/// When the store does not answer, or the record here cannot be written.
pub(crate) fn fetch_changes(config: &ImportConfig) -> Result<(), ImportError> {
    let access = &config.connect.access;
    let Some((store, state)) = config.connect.store.as_ref().zip(access.state_dir()) else {
        return Ok(());
    };
    let (organization, host) = Connection::place(access)?;
    let snapshots = SnapshotStore::open(state, &organization, &host);
    let place = RunPlace { organization, host };
    let runs = store.runs().map_err(StoreUseError::from)?;
    let pruned = runs.pruned(&place).map_err(StoreUseError::from)?;
    if let Some(pruned) = pruned {
        forget_until(&snapshots, before(Timestamp::now(), pruned))?;
    }
    let files = runs.files(&place, PREFIX).map_err(StoreUseError::from)?;
    let now = Timestamp::now();
    let known = files_taken_in(&snapshots)?;
    let is_new = |file: &&RunFile| !known.contains(&(file.run.clone(), file.name.clone()));
    let (old, new): (Vec<&RunFile>, Vec<&RunFile>) =
        (files.iter().filter(is_new)).partition(|file| is_too_old(file.age.min(file.left_for)));
    let old: Vec<SharedFile<'_>> = old.into_iter().map(shared).collect();
    leave_out(&snapshots, &old, now)?;
    for file in new {
        let record = SentRecord::of(&snapshots, &file.run);
        take_in(&*runs, &record, file, before(now, file.age))?;
    }
    for file in open_files(&files) {
        SentRecord::of(&snapshots, &file.run).goes_on(before(now, file.left_for));
    }
    Ok(())
}

/// Returns the time so long before another one.
pub(super) fn before(at: Timestamp, age: Duration) -> Timestamp {
    at.saturating_sub(age).unwrap_or(at)
}

/// Returns the files that say that a worker has begun, where no other one says that it has ended.
fn open_files(files: &[RunFile]) -> impl Iterator<Item = &RunFile> {
    let fence = |file: &RunFile, prefix: &str| {
        file.name.strip_prefix(prefix).map(|fence| (file.run.clone(), fence.to_owned()))
    };
    let ended: HashSet<_> = files.iter().filter_map(|file| fence(file, ENDED)).collect();
    files.iter().filter(move |file| fence(file, BEGUN).is_some_and(|begun| !ended.contains(&begun)))
}

fn shared(file: &RunFile) -> SharedFile<'_> {
    SharedFile { run: &file.run, name: &file.name }
}

fn take_in(
    runs: &dyn RunStore,
    record: &SentRecord,
    file: &RunFile,
    at: Timestamp,
) -> Result<(), ImportError> {
    let stage = match file.name.starts_with(ENDED) {
        true => RecordStage::Ended,
        false => RecordStage::Begun,
    };
    let mut copy = tempfile::tempfile()?;
    let is_there = runs.get_file(&file.run, &file.name, &mut copy).map_err(StoreUseError::from)?;
    // It was deleted meanwhile.
    if !is_there {
        return Ok(());
    }
    copy.seek(SeekFrom::Start(0))?;
    record.take_in((&shared(file), stage), &mut copy, at).map_err(|error| match error {
        TakeInError::File(error) => {
            let what =
                format!("{} of the run {}: {error}", visible(&file.name), visible(&file.run));
            StoreUseError::from(StoreError::Damaged(what)).into()
        }
        TakeInError::Record(error) => ImportError::from(error),
    })
}
