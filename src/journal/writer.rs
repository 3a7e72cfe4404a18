//! Writes the journal beside the run. While one write waits for the disk, the run continues, and
//! everything that it adds meanwhile is written together.
//!
//! A shared journal also waits for its store. While the store does not answer, the same commit is
//! tried again and again, and what comes meanwhile is kept for the next one.

use super::error::JournalError;
use super::store::Journal;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

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
    is_shared: bool,
    /// How long to wait for a store that does not answer.
    patience: Duration,
    silence: Option<StoreSilence>,
}

/// The time in which the store of a journal does not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoreSilence {
    since: Instant,
    /// When it is tried again.
    pub(crate) again: Instant,
    /// What came in place of an answer, in words.
    pub(crate) cause: String,
}

enum WriterState {
    Idle(Box<Journal>),
    /// With the number of the last entry that is being written.
    Writing(JoinHandle<Result<Written, JournalError>>, u64),
    /// The store does not answer. With the number of the last entry that waits for it.
    Waiting(Box<Journal>, u64),
    Failed,
}

/// The result of a write.
enum Written {
    /// Everything is on disk.
    Everything(Box<Journal>),
    /// The store does not answer, for this reason: nothing is on disk yet.
    Nothing(Box<Journal>, String),
}

/// How often a store is tried that does not answer.
const TRY_AGAIN: Duration = Duration::from_secs(2);

impl JournalWriter {
    /// Creates a writer without entries. It waits this long for the store of a shared journal.
    pub(crate) fn new(journal: Journal, patience: Duration) -> Self {
        Self {
            is_shared: journal.is_shared(),
            state: WriterState::Idle(Box::new(journal)),
            entries: Vec::new(),
            side_file: None,
            handed: 0,
            patience,
            silence: None,
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

    /// Returns since when the store does not answer; `None` if it does.
    pub(crate) fn silence(&self) -> Option<&StoreSilence> {
        self.silence.as_ref()
    }

    /// Whether the store of a shared journal does not have everything yet.
    pub(crate) fn is_store_behind(&self) -> bool {
        let is_idle = matches!(self.state, WriterState::Idle(_));
        self.is_shared && !(is_idle && self.entries.is_empty())
    }

    /// Waits until more entries are on disk, and returns the number of the last one. May be dropped
    /// and called again.
    ///
    /// # Errors
    /// When writing failed, or the store has not answered for too long. Nothing is written from
    /// then on, and entries not on disk are dropped.
    pub(crate) async fn on_disk(&mut self) -> Result<u64, JournalError> {
        if matches!(self.state, WriterState::Idle(_)) && self.entries.is_empty() {
            return std::future::pending().await;
        }
        loop {
            if let (WriterState::Waiting(..), Some(silence)) = (&self.state, &self.silence) {
                sleep_until(silence.again).await;
            }
            self.state = match std::mem::replace(&mut self.state, WriterState::Failed) {
                WriterState::Idle(journal) => {
                    let entries = std::mem::take(&mut self.entries);
                    let side_file = self.side_file.clone();
                    WriterState::Writing(start_writing(journal, entries, side_file), self.handed)
                }
                WriterState::Waiting(journal, last) => {
                    WriterState::Writing(start_writing(journal, Vec::new(), None), last)
                }
                other => other,
            };
            let WriterState::Writing(writing, last) = &mut self.state else {
                return Err(JournalError::Lost);
            };
            let (written, last) = (writing.await, *last);
            self.state = WriterState::Failed;
            match written.map_err(|_| JournalError::Lost)?? {
                Written::Everything(journal) => {
                    self.silence = None;
                    self.state = WriterState::Idle(journal);
                    return Ok(last);
                }
                Written::Nothing(journal, cause) => {
                    let now = Instant::now();
                    let since = self.silence.take().map_or(now, |silence| silence.since);
                    if now - since >= self.patience {
                        return Err(JournalError::StoreSilentFor(now - since, cause));
                    }
                    tracing::warn!(cause, "the shared store does not answer");
                    self.silence = Some(StoreSilence { since, again: now + TRY_AGAIN, cause });
                    self.state = WriterState::Waiting(journal, last);
                }
            }
        }
    }

    /// Waits until everything is on disk, and returns the journal. It waits at most this long for a
    /// store that does not answer.
    ///
    /// # Errors
    /// As [`on_disk`](Self::on_disk).
    pub(crate) async fn close(mut self, patience: Duration) -> Result<Journal, JournalError> {
        if let Some(silence) = &mut self.silence {
            (silence.since, silence.again) = (Instant::now(), Instant::now());
        }
        self.patience = self.patience.min(patience);
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
) -> JoinHandle<Result<Written, JournalError>> {
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
) -> Result<Written, JournalError> {
    entries.into_iter().try_for_each(|entry| entry(&mut journal))?;
    if let Some(side_file) = side_file {
        side_file.sync();
    }
    match journal.commit() {
        Ok(()) => Ok(Written::Everything(journal)),
        Err(JournalError::StoreSilent(cause)) => Ok(Written::Nothing(journal, cause)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{AppendError, Moment, RunIdentity, RunInfo, SharedJournal};

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
        let mut writer = JournalWriter::new(journal(folder.path()), Duration::ZERO);
        for request in 1..=20 {
            writer.write(move |journal| journal.record_sent(request, &[], Moment::now()));
        }
        assert_eq!(writer.on_disk().await.unwrap(), 20);
        assert_eq!(requests(folder.path()), 20);
        writer.write(|journal| journal.record_sent(21, &[], Moment::now()));
        writer.close(Duration::ZERO).await.unwrap();
        assert_eq!(requests(folder.path()), 21);
    }

    #[tokio::test]
    async fn a_failure_is_told_and_nothing_is_written_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = JournalWriter::new(journal(folder.path()), Duration::ZERO);
        writer.write(|_| Err(JournalError::Gone("x".into())));
        writer.write(|journal| journal.record_sent(1, &[], Moment::now()));
        assert!(matches!(writer.on_disk().await, Err(JournalError::Gone(_))));
        writer.write(|journal| journal.record_sent(2, &[], Moment::now()));
        assert!(writer.close(Duration::ZERO).await.is_err());
        assert_eq!(requests(folder.path()), 0);
    }

    /// A store that does not answer before a time, and keeps the numbers of its parts.
    #[derive(Debug, Clone)]
    struct SlowStore {
        answers_from: Instant,
        parts: Arc<std::sync::Mutex<Vec<u64>>>,
    }

    impl SlowStore {
        fn silent_for(seconds: u64) -> Self {
            let answers_from = Instant::now() + Duration::from_secs(seconds);
            Self { answers_from, parts: Arc::default() }
        }
    }

    impl SharedJournal for SlowStore {
        fn append(&mut self, number: u64, _: &[u8]) -> Result<(), AppendError> {
            if Instant::now() < self.answers_from {
                return Err(AppendError::NoAnswer("connection refused".to_owned()));
            }
            self.parts.lock().unwrap().push(number);
            Ok(())
        }
    }

    fn shared(folder: &std::path::Path, store: &SlowStore) -> JournalWriter {
        let mut journal = journal(folder);
        journal.share(Box::new(store.clone())).unwrap();
        JournalWriter::new(journal, Duration::from_secs(600))
    }

    #[tokio::test(start_paused = true)]
    async fn store_that_does_not_answer_is_waited_for_and_everything_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (store, start) = (SlowStore::silent_for(300), Instant::now());
        let mut writer = shared(folder.path(), &store);
        writer.write(|journal| journal.record_sent(1, &[], Moment::now()));
        let a_minute = Duration::from_secs(60);
        // The run looks at other things meanwhile, and adds to it.
        for request in 2..=3 {
            assert!(tokio::time::timeout(a_minute, writer.on_disk()).await.is_err());
            assert_eq!(requests(folder.path()), 0);
            assert_eq!(writer.silence().map(|silence| &*silence.cause), Some("connection refused"));
            writer.write(move |journal| journal.record_sent(request, &[], Moment::now()));
        }
        assert!(writer.is_store_behind());
        assert_eq!(writer.on_disk().await.unwrap(), 1);
        assert!((300..304).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
        assert_eq!((requests(folder.path()), writer.silence()), (1, None));
        assert_eq!(writer.on_disk().await.unwrap(), 3);
        assert!(!writer.is_store_behind());
        assert_eq!(requests(folder.path()), 3);
        assert_eq!(*store.parts.lock().unwrap(), [1, 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn store_that_does_not_answer_for_too_long_ends_the_writing() {
        let folder = tempfile::tempdir().unwrap();
        let store = SlowStore::silent_for(700);
        let mut writer = shared(folder.path(), &store);
        writer.write(|journal| journal.record_sent(1, &[], Moment::now()));
        let error = writer.on_disk().await.unwrap_err().to_string();
        let words = "the shared store has not answered for 10 min (connection refused)";
        assert_eq!(error, words);
        assert_eq!(requests(folder.path()), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn run_that_stops_waits_for_the_store_only_for_a_moment() {
        let folder = tempfile::tempdir().unwrap();
        for (seconds, is_written) in [(300, false), (5, true)] {
            let store = SlowStore::silent_for(seconds);
            let mut writer = shared(folder.path(), &store);
            writer.write(|journal| journal.record_sent(1, &[], Moment::now()));
            let a_second = Duration::from_secs(1);
            assert!(tokio::time::timeout(a_second, writer.on_disk()).await.is_err());
            let start = Instant::now();
            let closed = writer.close(Duration::from_secs(10)).await;
            assert_eq!(closed.is_ok(), is_written);
            assert!(start.elapsed() <= Duration::from_secs(12), "{:?}", start.elapsed());
        }
    }
}
