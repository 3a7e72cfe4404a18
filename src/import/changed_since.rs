//! Rows without a known result whose users or groups another import from this computer has changed
//! since they were sent.

use crate::execute::{ChangedSince, Policy, rows_naming, rows_with_any};
use crate::import::connection::Connection;
use crate::import::file_run::FileRun;
use crate::journal::{RecoveredState, RowProgress, RunInfo};
use crate::plan::NamesSince;
use crate::snapshot::{SentSince, SnapshotStore};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::io;

/// Returns what other imports have done to these rows of an interrupted run, from 0. If the record
/// of changes cannot be read, all rows without a known result count.
///
/// # Errors
/// When a row cannot be read again.
pub(crate) fn changed_since(
    connection: &Connection,
    recovered: &RecoveredState,
    RunInfo { run_id, .. }: &RunInfo,
    FileRun { input, scan, .. }: &FileRun,
    policy: &Policy,
) -> io::Result<ChangedSince> {
    let plan = &scan.plan;
    let open = recovered.uncertain.iter().copied();
    let open: HashSet<u32> = open.filter(|row| plan.footprint(*row).is_sent()).collect();
    let Some(state) = connection.state.as_ref().filter(|_| !open.is_empty()) else {
        return Ok(ChangedSince::default());
    };
    let sent = open.iter().filter_map(|row| sent_at(recovered.progress.get(row)?, policy));
    let from = sent.min().unwrap_or(Timestamp::MIN);
    let store = SnapshotStore::open(state, &connection.organization, &connection.host);
    let own = [run_id.clone()];
    let others = SentSince::read(&store, from, Timestamp::now(), &own);
    let Ok(others) = others else { return Ok(ChangedSince::unknown(open)) };
    let touched = others.touched_names()?;
    let about = |names| rows_naming(input.input_rows(), plan, &open, names);
    let with = |names| rows_with_any(input.input_rows(), plan, &open, names);
    let mut changed = about(&touched.confirmed)?;
    changed.extend(about(&touched.changed)?);
    let mut since = ChangedSince::of_rows(changed);
    since.note_names(with(&touched.changed)?, NamesSince::Changed);
    since.note_names(with(&touched.given)?, NamesSince::Given);
    Ok(since)
}

/// Returns the time from which another import counts.
fn sent_at(
    progress: &RowProgress,
    Policy { effect_window, timeout, .. }: &Policy,
) -> Option<Timestamp> {
    let at = Timestamp::from_millisecond(progress.uncertain?.wall).ok()?;
    // Once a start has recovered the row, its time is when its request was given up. Until then,
    // and for the window after it, other imports wait, if there is a window.
    let earlier = if progress.in_flight || !effect_window.is_zero() {
        SignedDuration::ZERO
    } else {
        SignedDuration::try_from(*timeout).unwrap_or(SignedDuration::MAX)
    };
    Some(at.saturating_sub(earlier).unwrap_or(Timestamp::MIN))
}
