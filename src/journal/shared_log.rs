//! The log of a journal in a store that several computers use: every commit is appended there
//! first, and only then made here. So the store is never behind any computer.

use super::entry::{Entries, PartError};
use super::schema::JournalStatement;
use rusqlite::ToSql;
use std::fmt::Debug;

/// The journal of a run in a store that several computers use.
pub trait SharedJournal: Debug + Send {
    /// Appends what one commit writes. When it returns, the part is durable, and a computer that
    /// continues the run reads it. Numbers begin at 1 and have no gaps.
    ///
    /// It may block, and is called on threads for blocking work. After [`AppendError::NoAnswer`] it
    /// is called again with the same number and the same bytes: then the part may be there already,
    /// and is not appended a second time.
    ///
    /// # Errors
    /// When the part is not there, or nobody knows whether it is.
    fn append(&mut self, number: u64, part: &[u8]) -> Result<(), AppendError>;
}

/// Why a part could not be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendError {
    /// The store does not answer, for this reason. It may do so later.
    NoAnswer(String),
    /// This process may not append anything any more, because another one has taken over the run,
    /// or the store has no place; in words.
    Refused(String),
}

/// What waits to be appended.
#[derive(Debug)]
pub(super) struct SharedLog {
    store: Box<dyn SharedJournal>,
    /// The number of the next part.
    next: u64,
    /// The part with that number, once it was passed to the store: it may be there, so it never
    /// changes.
    passed: Option<Vec<u8>>,
    /// The entries of the part after that.
    entries: Entries,
}

impl SharedLog {
    /// Creates the log, whose next part has this number.
    pub(super) fn new(store: Box<dyn SharedJournal>, next: u64) -> Self {
        Self { store, next, passed: None, entries: Entries::default() }
    }

    /// Adds an entry to the next part.
    pub(super) fn add(
        &mut self,
        statement: JournalStatement,
        values: &[&dyn ToSql],
    ) -> Result<(), PartError> {
        self.entries.add(statement, values)
    }

    /// Drops the entries that were not passed to the store.
    pub(super) fn discard(&mut self) {
        self.entries.clear();
    }

    /// Appends everything. Returns the number of the last part, if there was anything.
    pub(super) fn append(&mut self) -> Result<Option<u64>, SharedError> {
        let mut last = None;
        loop {
            if self.passed.is_none() && !self.entries.is_empty() {
                self.passed = Some(self.entries.take_part(self.next)?);
            }
            let Some(part) = &self.passed else { return Ok(last) };
            self.store.append(self.next, part)?;
            self.passed = None;
            last = Some(self.next);
            self.next += 1;
        }
    }
}

/// Why something could not be appended.
#[derive(Debug)]
pub(super) enum SharedError {
    /// It cannot be a part.
    Part(PartError),
    /// The store does not take it.
    Store(AppendError),
}

impl From<PartError> for SharedError {
    fn from(error: PartError) -> Self {
        Self::Part(error)
    }
}

impl From<AppendError> for SharedError {
    fn from(error: AppendError) -> Self {
        Self::Store(error)
    }
}
