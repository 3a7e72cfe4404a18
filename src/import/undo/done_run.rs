//! Reads what finished runs have done, from their journals and records.

use super::done::{BeforeNow, DoneWork};
use super::done_part::DoneOutcome;
use super::done_row::DoneRow;
use super::error::UndoError;
use super::not_undone::{NotUndone, WhyNotUndone};
use super::record::{BeforeRecord, FailedAttempt, SentChange, record_path};
use crate::import::error::ImportError;
use crate::import::journal_place::{folder_of_last_run, journals_aside, journals_in, journals_of};
use crate::journal::{Journal, OutcomeStatus, RunInfo};
use crate::report::Paths;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A finished run of one file.
pub(crate) struct DoneRun {
    /// The file, beside its journal unless the user has named it.
    pub(crate) file: PathBuf,
    /// Its journal.
    pub(crate) place: PathBuf,
    pub(crate) run_id: String,
    /// The shared store of the run.
    pub(crate) store: Option<String>,
    pub(crate) began: Timestamp,
    pub(crate) finished: Timestamp,
    pub(crate) record: BeforeRecord,
    /// The outcomes of rows, from 0, that have done something, or may have.
    outcomes: BTreeMap<u32, DoneOutcome>,
}

/// What the runs of an import have done.
pub(crate) struct DoneImport {
    pub(crate) work: DoneWork,
    /// What is not taken back whatever the organization shows now.
    pub(crate) refused: Vec<NotUndone>,
    /// The rows whose outcome is not known.
    pub(crate) unknown: Vec<DoneRow>,
}

/// Whether the run of a journal can be undone.
enum OpenedJournal {
    Finished(Box<DoneRun>),
    Unfinished,
    WithoutRecord,
    /// It has sent nothing, or no row was carried out.
    ChangedNothing,
}

impl DoneRun {
    /// Returns the run of a journal, if it can be undone.
    ///
    /// # Errors
    /// When the journal or its record cannot be read.
    pub(super) fn of(place: &Path) -> Result<Option<Self>, ImportError> {
        match open(place, None)?.1 {
            OpenedJournal::Finished(run) if run.has_changed() => Ok(Some(*run)),
            _ => Ok(None),
        }
    }

    /// Whether a row has changed something, or may have.
    fn has_changed(&self) -> bool {
        let mut attempts = self.record.attempts.values();
        !self.outcomes.is_empty() || attempts.any(|attempt| attempt.outcome.has_changed())
    }

    /// Returns the rows that have changed something, or may have, in the order in which they were
    /// sent: part by part.
    fn done_rows(&self) -> Vec<(u32, Option<&SentChange>, DoneOutcome)> {
        let before = self.record.attempts.iter();
        let before = before
            .filter(|(_, attempt)| attempt.outcome.has_changed())
            .map(|((row, _), FailedAttempt { sent, outcome })| (*row, sent.as_ref(), *outcome));
        let last = self.outcomes.iter();
        let last = last.map(|(row, outcome)| (*row, self.record.rows.get(row), *outcome));
        let mut rows: Vec<_> = before.chain(last).collect();
        rows.sort_by_key(|(row, sent, _)| (sent.map(|sent| sent.part), *row));
        rows
    }

    /// Whether the request of a row was lost, and something had changed before it was sent again,
    /// or may have.
    fn is_lost(&self, sent: &SentChange) -> bool {
        let Some(first) = self.record.parts.get(sent.part) else { return false };
        let mut later = sent.repeated.iter().filter_map(|place| self.record.parts.get(*place));
        later.any(|later| !first.shows_the_same(later, &sent.change))
    }
}

/// Returns the finished runs of an import: that of the file, and that of its missing users.
///
/// # Errors
/// When there is none, or it has no baseline.
pub(crate) fn done_runs(
    file: &Path,
    organization: &str,
    host: &str,
) -> Result<Vec<DoneRun>, ImportError> {
    let place = find_journal(file, organization, host)?;
    let named = if file == place { None } else { Some(file) };
    let (run_info, opened) = open(&place, named)?;
    let mut runs = Vec::new();
    match opened {
        OpenedJournal::Finished(run) => runs.push(*run),
        OpenedJournal::Unfinished => {
            return Err(UndoError::NotFinished { file: file.to_owned() }.into());
        }
        OpenedJournal::WithoutRecord => {
            return Err(UndoError::NoBaseline { file: file.to_owned() }.into());
        }
        OpenedJournal::ChangedNothing => {}
    }
    let imported = named.map_or_else(|| beside(&place, &run_info), Path::to_owned);
    let folder = folder_of_last_run(&place);
    let missing = Paths::beside(&imported, "missing", Some(folder));
    let input = folder.join(imported.file_name().unwrap_or_default());
    let next = began_next(&run_info, folder, (&input, organization, host))?;
    for place in of_organization(all_runs(folder, &missing), organization, host)?.0 {
        let Some(journal) = Journal::open_read_only(&place)? else { continue };
        let missing_info = journal.info()?;
        drop(journal);
        let is_in_time = missing_info.began >= run_info.began
            && next.is_none_or(|next| missing_info.began < next);
        if !is_in_time || !belongs_to(&missing_info, &run_info) {
            // It is of another import, or of another file.
            continue;
        }
        match open(&place, Some(&missing))?.1 {
            OpenedJournal::Finished(run) => runs.push(*run),
            OpenedJournal::Unfinished => {
                return Err(UndoError::NotFinished { file: file.to_owned() }.into());
            }
            OpenedJournal::WithoutRecord => {
                return Err(UndoError::NoBaseline { file: missing }.into());
            }
            OpenedJournal::ChangedNothing => {}
        }
    }
    match runs.is_empty() {
        true => Err(UndoError::ChangedNothing { file: file.to_owned() }.into()),
        false => Ok(runs),
    }
}

/// Returns the journals of all runs of an input: of the last one, and those that were put aside.
fn all_runs(folder: &Path, input: &Path) -> Vec<PathBuf> {
    let mut all = journals_in(folder, input);
    all.extend(journals_aside(folder, input));
    all
}

/// Returns when the next run of the same file began, if there was one.
fn began_next(
    run_info: &RunInfo,
    folder: &Path,
    (input, organization, host): (&Path, &str, &str),
) -> Result<Option<Timestamp>, ImportError> {
    let mut next: Option<Timestamp> = None;
    for place in of_organization(all_runs(folder, input), organization, host)?.0 {
        let Some(journal) = Journal::open_read_only(&place)? else { continue };
        let began = journal.info()?.began;
        if began > run_info.began && next.is_none_or(|next| began < next) {
            next = Some(began);
        }
    }
    Ok(next)
}

/// Returns the journal of a file for an organization.
fn find_journal(file: &Path, organization: &str, host: &str) -> Result<PathBuf, ImportError> {
    let (mut own, others) = of_organization(journals_of(file), organization, host)?;
    match own.pop() {
        Some(place) => Ok(place),
        None if others.is_empty() => Err(UndoError::NoJournal { file: file.to_owned() }.into()),
        None => Err(UndoError::OfAnother {
            file: file.to_owned(),
            of: others,
            organization: organization.to_owned(),
            host: host.to_owned(),
        }
        .into()),
    }
}

/// Returns the journals of an organization, and the places of the others in words.
pub(super) fn of_organization(
    journals: Vec<PathBuf>,
    organization: &str,
    host: &str,
) -> Result<(Vec<PathBuf>, Vec<String>), ImportError> {
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for place in journals {
        let Some(journal) = Journal::open_read_only(&place)? else { continue };
        let about = journal.about()?;
        if (&*about.organization, &*about.host) == (organization, host) {
            own.push(place);
        } else {
            others.push(format!("{} at {}", about.organization, about.host));
        }
    }
    Ok((own, others))
}

/// Whether a run about missing users belongs to the run of a file: both come from one command.
fn belongs_to(missing: &RunInfo, run: &RunInfo) -> bool {
    let name = run.file.as_path().file_name();
    missing.typed == run.typed
        || missing.typed.iter().any(|word| name.is_some() && word.as_path().file_name() == name)
}

/// Opens the journal of a run, and its record. Also returns what the journal says about
/// the run.
fn open(place: &Path, named: Option<&Path>) -> Result<(RunInfo, OpenedJournal), ImportError> {
    let Some(journal) = Journal::open_read_only(place)? else {
        return Ok((RunInfo::default(), OpenedJournal::ChangedNothing));
    };
    let (_, run_info, recovered) = journal.believed()?;
    let record = record_path(place);
    let retries = run_info.retried.as_ref().map(|retried| retried.number);
    if retries == Some(0) && record.exists() {
        let file = named.map_or_else(|| beside(place, &run_info), Path::to_owned);
        return Err(UndoError::Retried { file }.into());
    }
    let Some(finished) = recovered.finished else {
        let opened = match recovered.has_begun() {
            true => OpenedJournal::Unfinished,
            false => OpenedJournal::ChangedNothing,
        };
        return Ok((run_info, opened));
    };
    let mut outcomes = BTreeMap::new();
    journal.outcomes(|row, outcome| {
        let outcome = DoneOutcome::of(&outcome);
        if outcome.has_changed() {
            outcomes.insert(row, outcome);
        }
    })?;
    let record = BeforeRecord::read(&record, &run_info.run_id, retries.unwrap_or_default());
    let record = record.map_err(UndoError::from)?;
    let record = match record {
        Some(record) => record,
        None if outcomes.is_empty() => return Ok((run_info, OpenedJournal::ChangedNothing)),
        None => return Ok((run_info, OpenedJournal::WithoutRecord)),
    };
    let file = named.map_or_else(|| beside(place, &run_info), Path::to_owned);
    let (place, run_id, began) = (place.to_owned(), run_info.run_id.clone(), run_info.began);
    let store = journal.store_copy()?.map(|copy| copy.store);
    let run = DoneRun { file, place, run_id, store, began, finished, record, outcomes };
    Ok((run_info, OpenedJournal::Finished(Box::new(run))))
}

/// Returns the imported file beside its journal. The other paths in a journal are not used, because
/// it may be forged.
pub(super) fn beside(journal: &Path, run_info: &RunInfo) -> PathBuf {
    let named = [run_info.file.as_path(), run_info.results.as_path()];
    let name = named.into_iter().filter(|path| *path != Path::new("-")).find_map(Path::file_name);
    name.map_or_else(|| journal.to_owned(), |name| journal.with_file_name(name))
}

impl DoneImport {
    /// Finds what these runs have done, in order.
    pub(crate) fn of(runs: &[DoneRun]) -> Self {
        let mut all = Self { work: DoneWork::default(), refused: Vec::new(), unknown: Vec::new() };
        for (file, run) in runs.iter().enumerate() {
            all.work.taken_back.add(file, &run.record);
            all.work.made.extend(run.record.made.iter().cloned());
            for (row, sent, outcome) in run.done_rows() {
                let done = DoneRow { file, row: u64::from(row) + 1 };
                if outcome.status == OutcomeStatus::Unknown {
                    all.unknown.push(done);
                }
                let part = |sent: &SentChange| run.record.parts.get(sent.part);
                match sent.and_then(|sent| Some((sent, part(sent)?))) {
                    Some((sent, _)) if run.is_lost(sent) => {
                        let who = sent.change.name();
                        all.refused.push(WhyNotUndone::InFlight.about(who, &[done]));
                    }
                    Some((sent, part)) => {
                        let before = BeforeNow { place: sent.part, part };
                        all.work.take(done, &sent.change, outcome, &before);
                    }
                    None if outcome == DoneOutcome::NOTHING => {}
                    None => all.refused.push(WhyNotUndone::NotKnownBefore.about("", &[done])),
                }
            }
        }
        all
    }
}
