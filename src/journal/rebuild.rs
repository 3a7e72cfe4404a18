//! Makes the journal of a run again on another computer, from what the store has of it.

use super::entry::{PartError, apply};
use super::error::{JournalError, damaged, database, file};
use super::home::{Home, place};
use super::local_facts::{ELSEWHERE, HOME, LAST_PART, SESSION, STORE};
use super::mark::WalMark;
use super::moment::Moment;
use super::opening::{Session, companion, remove};
use super::schema::JournalStatement;
use super::shared_log::{SharedJournal, SharedLog};
use super::store::Journal;
use super::store_copy::CopyHere;
use crate::fs::{private_file, sync_folder};
use rusqlite::{ErrorCode, OpenFlags};
use std::io::Write;
use std::path::Path;

impl Journal {
    /// Returns the file of the journal as it is now, from which other computers begin. The next
    /// part of the [shared](Self::share) journal is the first one.
    ///
    /// # Errors
    /// When it cannot be written or read.
    pub fn base(&mut self) -> Result<Vec<u8>, JournalError> {
        if self.last_part()? > 0 {
            self.set(LAST_PART, &0)?;
        }
        self.close()?;
        if self.mark.is_some() {
            return Err(file(&self.path)(std::io::ErrorKind::ResourceBusy.into()));
        }
        std::fs::read(&self.path).map_err(file(&self.path))
    }

    /// Appends every commit to the journal in a store from now on, before it is made here.
    ///
    /// # Errors
    /// When what was written so far cannot be committed.
    pub fn share(&mut self, store: Box<dyn SharedJournal>) -> Result<(), JournalError> {
        if self.is_tentative {
            // What it has written would be missing in the store.
            return Err(self.damaged(&"a beginning is shared before it is confirmed"));
        }
        self.commit()?;
        self.shared = Some(SharedLog::new(store, self.last_part()? + 1));
        Ok(())
    }

    /// Stops waiting for the disk at each commit. For a journal that is about to be
    /// [shared](Self::share), and whose folder is deleted with the run: the store has everything.
    ///
    /// # Errors
    /// When the database refuses that.
    pub fn trust_the_store(&mut self) -> Result<(), JournalError> {
        let set = self.database.pragma_update(None, "synchronous", "OFF");
        set.map_err(|error| self.damaged(&error))
    }

    /// Whether its commits go to a store.
    pub(super) fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Returns the number of the last part of the shared journal that is in this one; 0 if there is
    /// none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn last_part(&self) -> Result<u64, JournalError> {
        let last = self.fact(LAST_PART)?.unwrap_or_default();
        self.check_number("parts", last)?;
        Ok(last)
    }

    /// Makes the journal again from its [base](Self::base) and all parts that were appended since,
    /// in order. It replaces a journal at that path.
    ///
    /// # Errors
    /// When it cannot be written, or base or parts are not those of a journal.
    pub fn rebuild<P: AsRef<[u8]>>(
        path: &Path,
        base: &[u8],
        parts: impl IntoIterator<Item = Result<P, JournalError>>,
    ) -> Result<Self, JournalError> {
        Self::rebuild_copy(path, base, parts, None)
    }

    /// The same, as a copy of this run of a store, with the files of this computer.
    ///
    /// # Errors
    /// As [`rebuild`](Self::rebuild), and when a part cannot be fetched.
    pub(crate) fn rebuild_copy<P: AsRef<[u8]>, E: From<JournalError>>(
        path: &Path,
        base: &[u8],
        parts: impl IntoIterator<Item = Result<P, E>>,
        here: Option<&CopyHere>,
    ) -> Result<Self, E> {
        // A file at this path is always complete.
        let new = companion(path, ".new");
        let remove_new = || {
            let endings = ["", "-journal", "-wal", "-shm", "-mark"];
            endings.iter().try_for_each(|ending| remove(path, &companion(&new, ending)))
        };
        remove_new()?;
        if let Err(error) = rebuild_at((&new, path), base, parts, here) {
            let _ = remove_new();
            return Err(error);
        }
        for ending in ["-wal", "-shm"] {
            remove(path, &companion(path, ending))?;
        }
        WalMark::remove(path);
        std::fs::rename(&new, path).map_err(file(path))?;
        sync_folder(path);
        Ok(Self::open(path)?.ok_or_else(|| JournalError::Gone(path.to_owned()))?)
    }
}

/// Makes the journal for `path` in the new file.
fn rebuild_at<P: AsRef<[u8]>, E: From<JournalError>>(
    (new, path): (&Path, &Path),
    base: &[u8],
    parts: impl IntoIterator<Item = Result<P, E>>,
    here: Option<&CopyHere>,
) -> Result<(), E> {
    private_file(new).and_then(|mut file| file.write_all(base)).map_err(file(path))?;
    let mut journal = Journal::connect(new, path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    journal.check_format()?;
    if journal.fact(SESSION)? != Some(Session::Closed) {
        return Err(damaged(path, &"the shared journal begins with a part of a journal").into());
    }
    let failed = database(path);
    // Nobody needs the file before it is complete.
    let begin = "PRAGMA synchronous = OFF; BEGIN IMMEDIATE";
    journal.database.execute_batch(begin).map_err(&failed)?;
    let mut last = 0;
    for part in parts {
        last += 1;
        let applied = apply(&journal.database, last, part?.as_ref());
        applied.map_err(|error| of_part(path, last, error))?;
    }
    let home = Home { path: place(path), ..Home::of(new).map_err(file(path))? };
    let info = match here {
        Some(here) => Some(("face", serde_json::to_string(&here.info(journal.info()?)))),
        None => None,
    };
    // Until the run is continued here, its times are of the clocks of another computer.
    let local = [
        (HOME, serde_json::to_string(&home)),
        (LAST_PART, serde_json::to_string(&last)),
        (STORE, serde_json::to_string(&here.map(|here| &here.copy))),
        (ELSEWHERE, serde_json::to_string(&Moment::now())),
    ];
    for (name, value) in local.into_iter().chain(info) {
        let value = value.map_err(|error| damaged(path, &error))?;
        let written = journal.database.execute(JournalStatement::SetFact.sql(), [name, &value]);
        written.map_err(&failed)?;
    }
    journal.database.execute_batch("COMMIT").map_err(&failed)?;
    journal.check_format()?;
    journal.checkpoint("TRUNCATE")?;
    drop(journal);
    Ok(std::fs::File::open(new).and_then(|file| file.sync_all()).map_err(file(path))?)
}

/// Returns the error of a part that cannot be applied.
fn of_part(path: &Path, number: u64, error: PartError) -> JournalError {
    match error {
        PartError::Newer => JournalError::Newer(path.to_owned()),
        PartError::Database(error) if is_about_the_disk(&error) => database(path)(error),
        error => damaged(path, &format!("part {number} of the shared journal: {error}")),
    }
}

/// Whether an error comes from the computer, and not from what was written.
fn is_about_the_disk(error: &rusqlite::Error) -> bool {
    use ErrorCode::{CannotOpen, DiskFull, OutOfMemory, ReadOnly, SystemIoFailure};
    let code = error.sqlite_error_code();
    code.is_some_and(|code| {
        [CannotOpen, DiskFull, OutOfMemory, ReadOnly, SystemIoFailure].contains(&code)
    })
}

#[cfg(test)]
mod tests;
