//! Earlier imports of a file that can still be taken back: their journals were put aside.

use super::done_run::{DoneRun, beside, of_organization};
use super::error::UndoError;
use crate::fs::OsText;
use crate::import::error::ImportError;
use crate::import::journal_place::{folder_of_last_run, journals_aside, journals_of};
use crate::journal::Journal;
use jiff::Timestamp;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// An import before the last one of the same file.
#[derive(Debug, Serialize)]
pub(crate) struct EarlierImport {
    #[serde(serialize_with = "OsText::serialize_lossy")]
    pub(crate) journal: PathBuf,
    pub(crate) finished: Timestamp,
}

/// Whether the journal of the last run is there, and an undo could take back something of that run.
/// What cannot be read counts as such a run: nobody knows what it has done.
pub(crate) fn can_be_undone(journal: &Path) -> bool {
    match DoneRun::of(journal) {
        Ok(run) => run.is_some(),
        Err(ImportError::Undo(UndoError::Retried { .. })) => false,
        Err(_) => journal.exists(),
    }
}

/// Returns the newest import of a file that can be taken back, before the one of which `file` is
/// the journal, or before the last one.
///
/// # Errors
/// When a journal or a record cannot be read.
pub(crate) fn earlier_import(
    file: &Path,
    organization: &str,
    host: &str,
) -> Result<Option<EarlierImport>, ImportError> {
    let mut own = of_organization(journals_of(file), organization, host)?.0;
    let (input, folder, before) = match own.pop() {
        Some(place) => {
            let Some(journal) = Journal::open_read_only(&place)? else { return Ok(None) };
            let run_info = journal.info()?;
            (beside(&place, &run_info), folder_of_last_run(&place).to_owned(), run_info.began)
        }
        None => {
            (file.to_owned(), file.parent().unwrap_or(Path::new("")).to_owned(), Timestamp::MAX)
        }
    };
    let mut runs = Vec::new();
    for place in of_organization(journals_aside(&folder, &input), organization, host)?.0 {
        let Some(journal) = Journal::open_read_only(&place)? else { continue };
        let began = journal.info()?.began;
        if began < before {
            runs.push((began, place));
        }
    }
    runs.sort();
    for (_, journal) in runs.into_iter().rev() {
        if let Ok(Some(DoneRun { finished, .. })) = DoneRun::of(&journal) {
            return Ok(Some(EarlierImport { journal, finished }));
        }
    }
    Ok(None)
}
