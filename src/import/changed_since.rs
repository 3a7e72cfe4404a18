//! Rows without a known result whose users or groups another import from this computer has changed
//! since they were sent.

use crate::execute::rows_naming;
use crate::import::connection::Connection;
use crate::import::file_run::FileRun;
use crate::journal::RecoveredState;
use crate::snapshot::{SentSince, SnapshotStore};
use jiff::Timestamp;
use std::collections::HashSet;
use std::io;

/// Returns these rows of an interrupted run, from 0. If the record of changes cannot be read, all
/// rows without a known result count.
///
/// # Errors
/// When a row cannot be read again.
pub(crate) fn changed_since(
    connection: &Connection,
    recovered: &RecoveredState,
    run_id: &str,
    FileRun { input, scan, .. }: &FileRun,
) -> io::Result<HashSet<u32>> {
    let plan = &scan.plan;
    let open = recovered.uncertain.iter().copied();
    let open: HashSet<u32> = open.filter(|row| plan.footprint(*row).is_sent()).collect();
    let Some(state) = connection.state.as_ref().filter(|_| !open.is_empty()) else {
        return Ok(HashSet::new());
    };
    let sent = open.iter().filter_map(|row| recovered.progress.get(row)?.uncertain);
    let from = sent.filter_map(|sent| Timestamp::from_millisecond(sent.wall).ok()).min();
    let store = SnapshotStore::open(state, &connection.organization, &connection.host);
    let own = [run_id.to_owned()];
    let others = SentSince::read(&store, from.unwrap_or(Timestamp::MIN), Timestamp::now(), &own);
    match others {
        Ok(others) => rows_naming(input.input_rows(), plan, &open, &others.confirmed_names()?),
        Err(_) => Ok(open),
    }
}
