//! Writes the journal beside the run. While one write waits for the disk, the run continues, and
//! everything that it adds meanwhile is written together.

use super::error::JournalError;
use super::store::Journal;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// An entry to write.
type JournalEntry = Box<dyn FnOnce(&mut Journal) -> Result<(), JournalError> + Send>;

/// A file beside the journal on which later entries depend.
pub(crate) trait SideFile: Send + Sync {
    /// Writes what was handed to it, and syncs.
    fn sync(&self);
}

/// Writes entries in the order in which it gets them. It works on a thread for blocking work, while
/// [`on_disk`](Self::on_disk) is awaited.
pub(crate) struct JournalWriter {
    state: WriterState,
    entries: Vec<JournalEntry>,
    side_file: Option<Arc<dyn SideFile>>,
    /// The number of entries so far.
    handed: u64,
}

enum WriterState {
    Idle(Box<Journal>),
    /// With the number of the last entry that is being written.
    Writing(JoinHandle<Result<Box<Journal>, JournalError>>, u64),
    Failed,
}

impl JournalWriter {
    /// Creates a writer without entries.
    pub(crate) fn new(journal: Journal) -> Self {
        Self {
            state: WriterState::Idle(Box::new(journal)),
            entries: Vec::new(),
            side_file: None,
            handed: 0,
        }
    }

    /// Adds an entry and returns its number, which counts from 1.
    pub(crate) fn write(
        &mut self,
        entry: impl FnOnce(&mut Journal) -> Result<(), JournalError> + Send + 'static,
    ) -> u64 {
        self.entries.push(Box::new(entry));
        self.handed += 1;
        self.handed
    }

    /// Adds a write to a side file. It is on disk before the entries after it.
    pub(crate) fn write_beside(
        &mut self,
        side_file: Arc<dyn SideFile>,
        write: impl FnOnce() + Send + 'static,
    ) {
        self.side_file = Some(side_file);
        self.write(|_| {
            write();
            Ok(())
        });
    }

    /// Waits until more entries are on disk, and returns the number of the last one. May be dropped
    /// and called again.
    ///
    /// # Errors
    /// When writing failed. Nothing is written from then on, and entries not on disk are dropped.
    pub(crate) async fn on_disk(&mut self) -> Result<u64, JournalError> {
        if matches!(self.state, WriterState::Idle(_)) && self.entries.is_empty() {
            return std::future::pending().await;
        }
        self.state = match std::mem::replace(&mut self.state, WriterState::Failed) {
            WriterState::Idle(journal) => {
                let entries = std::mem::take(&mut self.entries);
                WriterState::Writing(
                    start_writing(journal, entries, self.side_file.clone()),
                    self.handed,
                )
            }
            other => other,
        };
        let WriterState::Writing(writing, last) = &mut self.state else {
            return Err(JournalError::Lost);
        };
        let (written, last) = (writing.await, *last);
        self.state = WriterState::Failed;
        self.state = WriterState::Idle(written.map_err(|_| JournalError::Lost)??);
        Ok(last)
    }

    /// Waits until everything is on disk, and returns the journal.
    ///
    /// # Errors
    /// As [`on_disk`](Self::on_disk).
    pub(crate) async fn close(mut self) -> Result<Journal, JournalError> {
        loop {
            match self.state {
                WriterState::Idle(journal) if self.entries.is_empty() => return Ok(*journal),
                _ => self.on_disk().await?,
            };
        }
    }
}

/// Writes on a thread for blocking work; in a simulation on the only thread, so that the same seed
/// gives the same order of events.
fn start_writing(
    journal: Box<Journal>,
    entries: Vec<JournalEntry>,
    side_file: Option<Arc<dyn SideFile>>,
) -> JoinHandle<Result<Box<Journal>, JournalError>> {
    let write = move || write_all(journal, entries, side_file.as_deref());
    #[cfg(test)]
    if crate::clock::simulated::running().is_some() {
        return tokio::spawn(async move { write() });
    }
    tokio::task::spawn_blocking(write)
}

fn write_all(
    mut journal: Box<Journal>,
    entries: Vec<JournalEntry>,
    side_file: Option<&dyn SideFile>,
) -> Result<Box<Journal>, JournalError> {
    entries.into_iter().try_for_each(|entry| entry(&mut journal))?;
    if let Some(side_file) = side_file {
        side_file.sync();
    }
    journal.commit()?;
    Ok(journal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Moment, RunIdentity, RunInfo};

    fn journal(folder: &std::path::Path) -> Journal {
        let options = std::collections::BTreeMap::new();
        let about = RunIdentity {
            organization: String::new(),
            host: String::new(),
            input: (0, 0),
            rows: 9,
            options,
        };
        Journal::begin(&folder.join("a.journal"), &about, &RunInfo::default()).unwrap()
    }

    fn requests(folder: &std::path::Path) -> u32 {
        Journal::open_read_only(&folder.join("a.journal"))
            .unwrap()
            .unwrap()
            .recovered()
            .unwrap()
            .requests
    }

    #[tokio::test]
    async fn what_is_handed_over_is_on_disk_when_it_is_said_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = JournalWriter::new(journal(folder.path()));
        for request in 1..=20 {
            writer.write(move |journal| journal.record_sent(request, &[], Moment::now()));
        }
        assert_eq!(writer.on_disk().await.unwrap(), 20);
        assert_eq!(requests(folder.path()), 20);
        writer.write(|journal| journal.record_sent(21, &[], Moment::now()));
        writer.close().await.unwrap();
        assert_eq!(requests(folder.path()), 21);
    }

    #[tokio::test]
    async fn a_failure_is_told_and_nothing_is_written_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = JournalWriter::new(journal(folder.path()));
        writer.write(|_| Err(JournalError::Gone("x".into())));
        writer.write(|journal| journal.record_sent(1, &[], Moment::now()));
        assert!(matches!(writer.on_disk().await, Err(JournalError::Gone(_))));
        writer.write(|journal| journal.record_sent(2, &[], Moment::now()));
        assert!(writer.close().await.is_err());
        assert_eq!(requests(folder.path()), 0);
    }
}
