//! Begins, opens and closes a journal, such that an incomplete one is never mistaken for a complete
//! one.
//!
//! While a process writes, the last commits are in `-wal`, and the [mark](super::mark) has their
//! number. The database itself says so (`session`), before anything else is written. A closed
//! journal needs no other file.

use super::deciding::write_decisions;
use super::decisions::RunDecisions;
use super::error::{JournalError, damaged, database, file};
use super::home::{Home, place};
use super::local_facts::{COMMITS, HOME, SESSION};
use super::mark::WalMark;
use super::retry::RowMarks;
use super::run_info::{RunIdentity, RunInfo};
use super::schema::{JournalStatement, VERSION, WITHOUT_DECISIONS, tables};
use super::store::Journal;
use crate::fs::{keep_dated, private_file, put_aside, rotate};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::io;
use std::path::{Path, PathBuf};

/// Which files a journal needs besides the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Session {
    /// The mark and the `-wal`.
    Open,
    /// None.
    Closed,
}

impl Journal {
    /// Begins the journal of a new run, and replaces an earlier one at that path.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(
        path: &Path,
        about: &RunIdentity,
        run_info: &RunInfo,
    ) -> Result<Self, JournalError> {
        Self::begin_decided(path, about, run_info, &RunDecisions::default())
    }

    /// Begins the journal of a run with these decisions about its rows.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub(crate) fn begin_decided(
        path: &Path,
        about: &RunIdentity,
        run_info: &RunInfo,
        decisions: &RunDecisions,
    ) -> Result<Self, JournalError> {
        Self::begin_marked(path, about, run_info, (decisions, None))
    }

    /// Begins the journal of a run with these decisions about its rows, and the marks of the rows.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub(crate) fn begin_marked(
        path: &Path,
        about: &RunIdentity,
        run_info: &RunInfo,
        (decisions, marks): (&RunDecisions, Option<&RowMarks>),
    ) -> Result<Self, JournalError> {
        // The file is created under another name and then moved: a file at this path is always
        // complete.
        let new = companion(path, ".new");
        for leftover in [new.clone(), companion(&new, "-journal")] {
            remove(path, &leftover)?;
        }
        private_file(&new).map_err(file(path))?;
        let made = || -> Result<(), JournalError> {
            let failed = database(path);
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(&new, flags).map_err(&failed)?;
            connection.pragma_update(None, "synchronous", "FULL").map_err(&failed)?;
            connection.execute_batch("BEGIN IMMEDIATE").map_err(&failed)?;
            tables(VERSION)
                .try_for_each(|table| connection.execute_batch(table))
                .map_err(&failed)?;
            connection.pragma_update(None, "user_version", VERSION).map_err(&failed)?;
            let fact =
                |name: &str, value: serde_json::Result<String>| -> Result<(), JournalError> {
                    let value = value.map_err(|error| damaged(path, &error))?;
                    connection
                        .execute(JournalStatement::SetFact.sql(), [name, &value])
                        .map(drop)
                        .map_err(&failed)
                };
            fact("about", serde_json::to_string(about))?;
            fact("face", serde_json::to_string(run_info))?;
            fact(SESSION, serde_json::to_string(&Session::Closed))?;
            if let Some(marks) = marks {
                let stored = marks.stored().map_err(|error| damaged(path, &error))?;
                connection.execute(JournalStatement::SetMarks.sql(), [stored]).map_err(&failed)?;
            }
            let home = Home { path: place(path), ..Home::of(&new).map_err(file(path))? };
            fact(HOME, serde_json::to_string(&home))?;
            write_decisions(path, &connection, decisions)?;
            connection.execute_batch("COMMIT").map_err(&failed)
        };
        made()?;
        for ending in ["-wal", "-shm"] {
            remove(path, &companion(path, ending))?;
        }
        WalMark::remove(path);
        std::fs::rename(&new, path).map_err(file(path))?;
        Self::connect(path, path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Whether the file is a copy of a journal that a run writes elsewhere, or was moved to another
    /// disk: both its path and its number on the disk differ.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn is_copy(&self) -> Result<bool, JournalError> {
        let Some(home) = self.fact::<Home>(HOME)? else { return Ok(false) };
        Ok(Home::of(&self.path)
            .is_ok_and(|here| here.path != home.path && here.number != home.number))
    }

    /// Opens the journal at that path; `None` if there is none.
    ///
    /// # Errors
    /// When it cannot be read, or a part of it is missing.
    pub fn open(path: &Path) -> Result<Option<Self>, JournalError> {
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens the journal for reading only, also while a run writes it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_read_only(path: &Path) -> Result<Option<Self>, JournalError> {
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    fn open_with(path: &Path, flags: OpenFlags) -> Result<Option<Self>, JournalError> {
        let torn = |why: String| JournalError::Torn { path: path.to_owned(), why };
        // The mark is read first, because a running process writes it last.
        let mark = WalMark::read(path).map_err(|error| damaged(path, &error))?;
        match std::fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // An empty -wal without a mark holds nothing: reading a journal may leave one.
                let holds = |left: &PathBuf| {
                    left.symlink_metadata()
                        .is_ok_and(|there| there.len() > 0 || *left == WalMark::path(path))
                };
                let left = [companion(path, "-wal"), WalMark::path(path)].into_iter().find(holds);
                return left.map_or(Ok(None), |left| {
                    Err(torn(format!("it is gone, and {} is there", left.display())))
                });
            }
            Err(error) => return Err(file(path)(error)),
            Ok(there) if !there.is_file() => {
                return Err(damaged(path, &"it is not a regular file"));
            }
            Ok(there) if there.len() == 0 => return Err(torn("it is empty".to_owned())),
            Ok(_) => {}
        }
        let mut journal = Self::connect(path, path, flags)?;
        journal.check_format()?;
        let session = journal.fact(SESSION)?.unwrap_or(Session::Open);
        match mark {
            None if session == Session::Open => Err(torn(format!(
                "its run did not end by itself, and {}, which belongs to it, is missing",
                WalMark::path(path).display()
            ))),
            Some(mark) if mark > journal.commits => {
                let lost = mark - journal.commits;
                let wal = companion(path, "-wal");
                Err(torn(format!(
                    "{} is missing or is not the one that belongs to it: the last {lost} entries \
                     are lost",
                    wal.display()
                )))
            }
            _ => Ok(Some(journal)),
        }
    }

    /// Checks version and tables, and reads the number of commits.
    pub(super) fn check_format(&mut self) -> Result<(), JournalError> {
        let version: i64 = self
            .database
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(|error| damaged(&self.path, &error))?;
        match version {
            WITHOUT_DECISIONS..=VERSION => {}
            0 => return Err(damaged(&self.path, &"it contains no run")),
            _ if version > VERSION => return Err(JournalError::Newer(self.path.clone())),
            _ => return Err(JournalError::Older(self.path.clone())),
        }
        self.version = version;
        self.check_tables()?;
        self.commits = self.fact(COMMITS)?.unwrap_or_default();
        self.check_number("entries", self.commits)
    }

    /// Opens a file as the journal of `path`, where it is or will be.
    pub(super) fn connect(at: &Path, path: &Path, flags: OpenFlags) -> Result<Self, JournalError> {
        let connect = || -> rusqlite::Result<Connection> {
            let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let database = match immutable_uri(at)
                .filter(|_| flags.contains(OpenFlags::SQLITE_OPEN_READ_ONLY))
            {
                Some(uri) => Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?,
                None => Connection::open_with_flags(at, flags)?,
            };
            database.busy_timeout(std::time::Duration::from_secs(5))?;
            // A forged file may contain code that runs when it is read.
            database.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
            database.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
            // A reader leaves the -wal where it is.
            database.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            if flags.contains(OpenFlags::SQLITE_OPEN_READ_WRITE) {
                // A commit survives a power failure.
                database.pragma_update(None, "journal_mode", "WAL")?;
                database.pragma_update(None, "synchronous", "FULL")?;
            }
            Ok(database)
        };
        Ok(Self::finish(path, connect().map_err(|error| damaged(path, &error))?))
    }

    /// Checks that the database has only the tables of a journal: a view in place of a table could
    /// run forever, and a trigger could write anything.
    fn check_tables(&self) -> Result<(), JournalError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut query = self.database.prepare(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid LIMIT 100",
            )?;
            query.query_map([], |row| row.get(0))?.collect()
        };
        let found = read().map_err(|error| damaged(&self.path, &error))?;
        if tables(self.version).eq(found.iter().map(String::as_str)) {
            Ok(())
        } else {
            Err(damaged(&self.path, &"unexpected tables"))
        }
    }

    /// Records in the database, before anything else is written, that it needs its other files.
    pub(super) fn begin_session(&mut self) -> Result<(), JournalError> {
        if self.mark.is_some() {
            return Ok(());
        }
        self.mark = Some(
            WalMark::begin(&self.path, self.commits)
                .map_err(|error| damaged(&self.path, &error))?,
        );
        if self.fact(SESSION)? == Some(Session::Open) {
            // An earlier process was killed, and has recorded this.
            return Ok(());
        }
        self.set(SESSION, &Session::Open)?;
        self.commit_here()?;
        self.checkpoint("FULL").map(drop)
    }

    /// Moves everything into the database, which needs no other file then.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn close(&mut self) -> Result<(), JournalError> {
        if self.mark.is_some() {
            self.set(SESSION, &Session::Closed)?;
            self.commit()?;
            if self.checkpoint("TRUNCATE")? {
                self.mark = None;
                WalMark::remove(&self.path);
            }
        }
        Ok(())
    }

    /// Moves the log into the database; `false` if a reader was in the way.
    pub(super) fn checkpoint(&self, how: &str) -> Result<bool, JournalError> {
        let busy: i64 = self
            .database
            .query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |row| row.get(0))
            .map_err(database(&self.path))?;
        Ok(busy == 0)
    }

    /// Moves a journal and its files into the folder of the dated copies, with the date. A link or
    /// a folder in its place is renamed where it is. Returns the new path.
    ///
    /// # Errors
    /// When one of them cannot be renamed.
    pub fn put_aside(path: &Path, copies: &Path) -> io::Result<Option<PathBuf>> {
        let mut moved = None;
        let endings = ["-wal", "-mark"];
        if let Ok(there) = path.symlink_metadata() {
            let aside = match keep_dated(copies, path)? {
                Some(kept) => kept.is,
                None => put_aside(path, &there)?,
            };
            for ending in endings {
                match std::fs::rename(companion(path, ending), companion(&aside, ending)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            moved = Some(aside);
        } else {
            for left in endings {
                rotate(&companion(path, left))?;
            }
        }
        match std::fs::remove_file(companion(path, "-shm")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(moved),
        }
    }
}

impl Drop for Journal {
    /// Closes a journal that was written, unless a part of it could not be written.
    fn drop(&mut self) {
        self.discard();
        self.withdraw();
        let whole = self.database.is_autocommit() && !std::thread::panicking();
        if whole && self.mark.is_some() {
            let _ = self.close();
        }
        if whole
            && self.mark.is_none()
            && self.fact(SESSION).ok().flatten() == Some(Session::Closed)
        {
            let _ = self.database.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
        }
    }
}

/// Returns the path of a file beside a journal.
pub(super) fn companion(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Removes a file beside a journal, if it is there.
pub(super) fn remove(path: &Path, leftover: &Path) -> Result<(), JournalError> {
    match std::fs::remove_file(leftover) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file(path)(error)),
        _ => Ok(()),
    }
}

/// Returns the URI by which a journal without other files is opened such that no `-wal` and `-shm`
/// appear beside it. `None` if a run is writing it, or was killed.
#[cfg(unix)]
fn immutable_uri(path: &Path) -> Option<String> {
    use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
    use std::os::unix::ffi::OsStrExt;
    let is_alone = companion(path, "-wal").symlink_metadata().is_err()
        && WalMark::path(path).symlink_metadata().is_err();
    is_alone.then(|| {
        format!(
            "file:{}?immutable=1",
            percent_encode(path.as_os_str().as_bytes(), NON_ALPHANUMERIC)
        )
    })
}

#[cfg(not(unix))]
fn immutable_uri(_: &Path) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Moment;

    fn journal(path: &Path) -> Journal {
        let options = std::collections::BTreeMap::new();
        let about = RunIdentity {
            organization: String::new(),
            host: String::new(),
            input: (0, 0),
            rows: 9,
            options,
        };
        Journal::begin(path, &about, &RunInfo::default()).unwrap()
    }

    #[test]
    fn journal_of_an_older_program_is_refused_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        journal(&path).database.pragma_update(None, "user_version", 1).unwrap();
        let error = Journal::open(&path).unwrap_err().to_string();
        assert!(error.contains("older umbulk") && error.contains("start over"), "{error}");
    }

    #[test]
    fn journal_that_was_only_begun_or_closed_is_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        let files = || std::fs::read_dir(folder.path()).unwrap().count();
        drop(journal(&path));
        assert_eq!(files(), 1);
        let mut journal = Journal::open(&path).unwrap().unwrap();
        journal.record_sent(1, &[], Moment::now()).unwrap();
        journal.commit().unwrap();
        assert!(files() > 2, "the -wal and the mark");
        drop(journal);
        assert_eq!(files(), 1);
        assert_eq!(Journal::open(&path).unwrap().unwrap().recovered().unwrap().requests, 1);
    }

    #[test]
    fn journal_killed_while_making_the_mark_opens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        drop(journal(&path));
        std::fs::write(WalMark::path(&path), "").unwrap();
        let mut journal = Journal::open(&path).unwrap().unwrap();
        journal.record_sent(1, &[], Moment::now()).unwrap();
        journal.commit().unwrap();
        // An open session needs a complete mark.
        std::fs::write(WalMark::path(&path), "").unwrap();
        assert!(matches!(Journal::open_read_only(&path), Err(JournalError::Torn { .. })));
    }

    #[test]
    fn journal_put_aside_takes_its_files_along() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        for ending in ["", "-wal", "-mark", "-shm"] {
            std::fs::write(companion(&path, ending), ending).unwrap();
        }
        let copies = folder.path().join("a.umbulk");
        let aside = Journal::put_aside(&path, &copies).unwrap().unwrap();
        assert_eq!(aside.parent(), Some(&*copies));
        assert!(Journal::open(&path).unwrap().is_none());
        let mut names: Vec<String> = std::fs::read_dir(copies)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(
            names[1] == format!("{}-mark", names[0]) && names[2] == format!("{}-wal", names[0]),
            "{names:?}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn journal_that_is_a_link_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        drop(journal(&folder.path().join("b.journal")));
        std::os::unix::fs::symlink(folder.path().join("b.journal"), &path).unwrap();
        assert!(matches!(Journal::open_read_only(&path), Err(JournalError::Damaged(..))));
    }
}
