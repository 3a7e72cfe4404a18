//! Runs in portions: which rows the starts of a run were about (`--rows`), and which rows a start
//! may skip or send.

use crate::change::RowEffect;
use crate::execute::{
    InputRows, Outcome, OutcomeStatus, OvertakenRow, RowCounts, RowRange, RowTurn, SkippedRows,
    rows_overtaken, skipped_rows,
};
use crate::fs::Lock;
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::journal_place::{journal_path, lock_path};
use crate::import::outputs::output_paths;
use crate::import::resume_error::ResumeError;
use crate::import::stored_config::StoredConfig;
use crate::journal::{Journal, JournalError, RecoveredState, RunInfo};
use crate::plan::Plan;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The most parts of a range that is proposed.
const MOST_PARTS: usize = 8;

/// Returns the rows that the last start of a run was about.
fn last_portion(run_info: &RunInfo) -> RowRange {
    let rows = StoredConfig::read(&run_info.config).ok().and_then(|stored| stored.read.rows);
    rows.unwrap_or_else(RowRange::all)
}

/// Returns the rows that the finished starts of a run and its last start were about.
pub(crate) fn portions_so_far(run_info: &RunInfo) -> RowRange {
    let last = last_portion(run_info);
    RowRange::of(run_info.portions.iter().chain(last.parts()).copied())
}

/// Returns the rows that starts of a run were about, as far as these have finished.
pub(crate) fn finished_portions(run_info: &RunInfo, recovered: &RecoveredState) -> RowRange {
    match recovered.finished {
        Some(_) => portions_so_far(run_info),
        None => RowRange::of(run_info.portions.iter().copied()),
    }
}

/// Whether a run that ends now has been about all rows of its file.
pub(crate) fn ends_whole(run_info: &RunInfo, rows: u64) -> bool {
    portions_so_far(run_info).covers(rows)
}

/// Whether all starts of a run have finished, and something was sent, but not all rows.
pub(crate) fn leaves_rows(run_info: &RunInfo, recovered: &RecoveredState, rows: u32) -> bool {
    recovered.finished.is_some() && recovered.requests > 0 && !ends_whole(run_info, rows.into())
}

/// Refuses a start that skips a row whose result is not known, before it waits for anything.
///
/// # Errors
/// Then, and when a file or a journal cannot be read.
pub(crate) fn check_open_rows(
    config: &ImportConfig,
    inputs: &[InputFile],
) -> Result<(), ImportError> {
    let place = Connection::place_if_set(&config.connect.access);
    let (Ok(Some((organization, _))), Some(rows)) = (place, &config.read.rows) else {
        return Ok(());
    };
    if config.fresh || !config.is_real() {
        return Ok(());
    }
    let store = config.connect.store.as_ref();
    for (path, input) in config.files.iter().zip(inputs) {
        let place = journal_path(path, &output_paths(config, path).results, &organization);
        // Whatever is wrong with a journal is said when it is opened to be written.
        let Ok(Some(journal)) = Journal::open_read_only(&place) else { continue };
        let (Ok(about), Ok(recovered)) = (journal.about(), journal.recovered()) else { continue };
        let is_own = store.is_some_and(|store| store.keeps_lock(path));
        let is_in_use = !is_own && Lock::is_held(&lock_path(&place));
        if is_in_use || about.input != input.table.fingerprint()? {
            continue;
        }
        let RowsSoFar { open, .. } = RowsSoFar::read(&journal, &recovered)?;
        check_open(input.table.name(), Some(rows), &open)?;
    }
    Ok(())
}

/// Refuses to skip an open row.
fn check_open(
    file: &str,
    chosen: Option<&RowRange>,
    open: &BTreeSet<u32>,
) -> Result<(), ResumeError> {
    let Some(chosen) = chosen else { return Ok(()) };
    let mut skipped =
        open.iter().map(|row| u64::from(*row) + 1).filter(|row| !chosen.contains(*row)).peekable();
    let Some(row) = skipped.peek().copied() else { return Ok(()) };
    let parts = chosen.parts().iter().copied();
    let rows = RowRange::of(parts.chain(skipped.map(|row| (row, row))));
    Err(ResumeError::OpenRowLeftOut { file: file.to_owned(), row, rows })
}

/// The rows of a run, from 0, after its earlier starts.
pub(crate) struct RowsSoFar {
    /// Rows with an outcome.
    pub(super) completed: HashSet<u32>,
    /// Those that may have changed something, or found it as they want it.
    sent: HashSet<u32>,
    /// Rows without an outcome of which something was sent or done.
    open: BTreeSet<u32>,
}

impl RowsSoFar {
    /// Reads them from a journal.
    pub(super) fn read(
        journal: &Journal,
        recovered: &RecoveredState,
    ) -> Result<Self, JournalError> {
        let (mut completed, mut sent) = (HashSet::new(), HashSet::new());
        journal.outcomes(|row, outcome| {
            completed.insert(row);
            sent.extend(perhaps_done(&outcome).then_some(row));
        })?;
        let open = recovered.begun().filter(|row| !completed.contains(row)).collect();
        Ok(Self { completed, sent, open })
    }
}

/// The rows of a run that are not sent and have no outcome of a request, by status.
#[derive(Debug, Clone, Default)]
pub(crate) struct Skipped {
    /// Those within `--rows`.
    pub(crate) of_start: SkippedRows,
    /// Those of earlier starts, outside of `--rows`.
    pub(crate) of_earlier: SkippedRows,
}

impl Skipped {
    /// Returns their numbers, as a journal has them.
    pub(crate) fn by_name(&self) -> BTreeMap<String, u64> {
        let mut all = BTreeMap::new();
        for (status, rows) in self.of_start.iter().chain(&self.of_earlier) {
            *all.entry(status.name().to_owned()).or_default() += rows;
        }
        all
    }

    /// Counts the rows of a start that continues a run. `counts` are those of its own rows,
    /// `completed` are those with an outcome, and `input_rows` has all decisions of the run.
    pub(crate) fn of_next_start(
        input_rows: &InputRows<'_>,
        (plan, counts): (&Plan, &RowCounts),
        completed: &HashSet<u32>,
        so_far: &RowRange,
    ) -> Result<Self, ImportError> {
        let is_recounted = completed
            .iter()
            .any(|row| input_rows.asks_for(*row) && !plan.footprint(*row).is_sent());
        let is_open = |row: &u32| !completed.contains(row);
        let of_start = match is_recounted {
            true => skipped_rows(input_rows, plan, |row| is_open(&row))?,
            false => counts.skipped_rows(),
        };
        let others = (0..plan.rows())
            .any(|row| so_far.contains(u64::from(row) + 1) && !input_rows.asks_for(row));
        let whole = InputRows { range: Some(so_far), ..*input_rows };
        let of_earlier = match others {
            true => skipped_rows(&whole, plan, |row| is_open(&row) && !input_rows.asks_for(row))?,
            false => SkippedRows::new(),
        };
        Ok(Self { of_start, of_earlier })
    }
}

/// The start of a run that an earlier one has begun.
pub(crate) struct NextStart<'r> {
    pub(crate) input_rows: InputRows<'r>,
    pub(crate) plan: &'r Plan,
    pub(crate) rows_so_far: &'r RowsSoFar,
    pub(crate) run_info: &'r RunInfo,
}

impl NextStart<'_> {
    /// Refuses a start that skips a row whose result is not known, because later rows could
    /// overtake it, and a start that sends a row after a later one about the same user or group.
    ///
    /// # Errors
    /// Then, and when a file cannot be read.
    pub(crate) fn check(&self) -> Result<(), ImportError> {
        let file = self.input_rows.table.name();
        let RowsSoFar { completed, sent, open } = self.rows_so_far;
        check_open(file, self.input_rows.range, open)?;
        let sent: HashSet<u32> = sent.iter().chain(open).copied().collect();
        let overtaken = self.overtaken(completed, &sent)?;
        let Some(first) = overtaken.iter().min_by_key(|overtaken| overtaken.row) else {
            return Ok(());
        };
        let is_overtaken = |row: u32| overtaken.iter().any(|overtaken| overtaken.row == row);
        let others = (0..self.plan.rows())
            .filter(|row| self.plan.footprint(*row).is_sent())
            .filter(|row| !completed.contains(row) && !is_overtaken(*row));
        let others = Some(RowRange::of_rows(others))
            .filter(|others| (1..=MOST_PARTS).contains(&others.parts().len()));
        let (row, by) = (u64::from(first.row) + 1, u64::from(first.by) + 1);
        Err(ResumeError::RowOvertaken { file: file.to_owned(), row, by, others }.into())
    }

    /// Returns the rows that this start would send after later ones about the same user or group.
    /// Rows that the last start was about are in order.
    fn overtaken(
        &self,
        completed: &HashSet<u32>,
        sent: &HashSet<u32>,
    ) -> Result<Vec<OvertakenRow>, ImportError> {
        let last = last_portion(self.run_info);
        let is_first_time = |row: u32| {
            self.plan.footprint(row).is_sent()
                && !completed.contains(&row)
                && !sent.contains(&row)
                && !last.contains(u64::from(row) + 1)
        };
        let first = (0..self.plan.rows()).find(|row| is_first_time(*row));
        if first.is_none_or(|first| sent.iter().all(|sent| *sent < first)) {
            return Ok(Vec::new());
        }
        let turn = |row: u32| match (sent.contains(&row), is_first_time(row)) {
            (true, _) => RowTurn::Sent,
            (false, true) => RowTurn::FirstTime,
            (false, false) => RowTurn::Other,
        };
        Ok(rows_overtaken(&self.input_rows, turn)?)
    }
}

/// Whether a row with this outcome may have changed something, or found it as it wants it.
pub(super) fn perhaps_done(outcome: &Outcome) -> bool {
    match outcome.status {
        OutcomeStatus::Ok | OutcomeStatus::Unchanged | OutcomeStatus::Unknown => true,
        _ => outcome.effect != RowEffect::NONE,
    }
}
