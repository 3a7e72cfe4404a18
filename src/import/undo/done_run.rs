//! Reads what finished runs have done, from their journals and records.

use super::done::{DoneRow, DoneWork};
use super::error::UndoError;
use super::not_undone::{NotUndone, WhyNotUndone};
use super::record::{BeforeRecord, record_path};
use crate::change::RowEffect;
use crate::import::error::ImportError;
use crate::import::journal_place::{journals_in, journals_of};
use crate::journal::{Journal, OutcomeStatus, RunInfo};
use crate::report::Paths;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A finished run of one file.
pub(crate) struct DoneRun {
    /// The file, beside its journal unless the user has named it.
    pub(crate) file: PathBuf,
    pub(crate) finished: Timestamp,
    pub(crate) record: BeforeRecord,
    /// The outcomes of rows, from 0, that have done something, or may have.
    outcomes: BTreeMap<u32, (OutcomeStatus, RowEffect)>,
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
    /// It has sent nothing.
    NotBegun,
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
    let (began, opened) = open(&place, named)?;
    let run = match opened {
        OpenedJournal::Finished(run) => *run,
        OpenedJournal::Unfinished => {
            return Err(UndoError::NotFinished { file: file.to_owned() }.into());
        }
        OpenedJournal::WithoutRecord => {
            return Err(UndoError::NoBaseline { file: file.to_owned() }.into());
        }
        OpenedJournal::NotBegun => {
            return Err(UndoError::NoJournal { file: file.to_owned() }.into());
        }
    };
    let folder = place.parent().unwrap_or(Path::new(""));
    let missing = Paths::beside(&run.file, "missing", Some(folder));
    let mut runs = vec![run];
    for place in of_organization(journals_in(folder, &missing), organization, host)?.0 {
        let (missing_began, opened) = open(&place, Some(&missing))?;
        if missing_began < began {
            // It is of an earlier import.
            continue;
        }
        match opened {
            OpenedJournal::Finished(run) => runs.push(*run),
            OpenedJournal::Unfinished => {
                return Err(UndoError::NotFinished { file: file.to_owned() }.into());
            }
            OpenedJournal::WithoutRecord => {
                return Err(UndoError::NoBaseline { file: missing }.into());
            }
            OpenedJournal::NotBegun => {}
        }
    }
    Ok(runs)
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
fn of_organization(
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

/// Opens the journal of a run, and its record. Also returns when the run began.
fn open(place: &Path, named: Option<&Path>) -> Result<(Timestamp, OpenedJournal), ImportError> {
    let Some(journal) = Journal::open_read_only(place)? else {
        return Ok((Timestamp::UNIX_EPOCH, OpenedJournal::NotBegun));
    };
    let (_, run_info, recovered) = journal.believed()?;
    let began = run_info.began;
    let Some(finished) = recovered.finished else {
        let opened = match recovered.has_begun() {
            true => OpenedJournal::Unfinished,
            false => OpenedJournal::NotBegun,
        };
        return Ok((began, opened));
    };
    let mut outcomes = BTreeMap::new();
    journal.outcomes(|row, outcome| {
        let did = match outcome.status {
            OutcomeStatus::Ok | OutcomeStatus::Unknown => true,
            _ => outcome.effect != RowEffect::NONE && outcome.request.is_some(),
        };
        if did {
            outcomes.insert(row, (outcome.status, outcome.effect));
        }
    })?;
    let record =
        BeforeRecord::read(&record_path(place), &run_info.run_id).map_err(UndoError::from)?;
    let record = match record {
        Some(record) => record,
        None if outcomes.is_empty() => return Ok((began, OpenedJournal::NotBegun)),
        None => return Ok((began, OpenedJournal::WithoutRecord)),
    };
    let file = named.map_or_else(|| beside(place, &run_info), Path::to_owned);
    let run = DoneRun { file, finished, record, outcomes };
    Ok((began, OpenedJournal::Finished(Box::new(run))))
}

/// Returns the imported file beside its journal. The other paths in a journal are not used, because
/// it may be forged.
fn beside(journal: &Path, run_info: &RunInfo) -> PathBuf {
    let named = [run_info.file.as_path(), run_info.results.as_path()];
    let name = named.into_iter().filter(|path| *path != Path::new("-")).find_map(Path::file_name);
    name.map_or_else(|| journal.to_owned(), |name| journal.with_file_name(name))
}

impl DoneImport {
    /// Finds what these runs have done, in order.
    pub(crate) fn of(runs: &[DoneRun]) -> Self {
        let mut all = Self { work: DoneWork::default(), refused: Vec::new(), unknown: Vec::new() };
        for (file, run) in runs.iter().enumerate() {
            for (row, (status, effect)) in &run.outcomes {
                let done = DoneRow { file, row: u64::from(*row) + 1 };
                if *status == OutcomeStatus::Unknown {
                    all.unknown.push(done);
                }
                match run.record.rows.get(row) {
                    Some(change) => all.work.take(done, change, *effect, &run.record),
                    None if *effect == RowEffect::NONE => {}
                    None => all.refused.push(WhyNotUndone::NotKnownBefore.about("", &[done])),
                }
            }
        }
        all
    }
}
