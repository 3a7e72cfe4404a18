//! The journal of a run, if it has one, and how much of it is on disk.

use crate::clock;
use crate::execute::late::Notice;
use crate::journal::{Journal, JournalError, JournalWriter, StoreSilence};
use crate::umapi::{Wait, WaitReason};
use jiff::Timestamp;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// The journal of a run, with what it has recorded.
#[derive(Default)]
pub(super) struct RunJournal {
    writer: Option<JournalWriter>,
    /// The number of the last entry that is on disk.
    on_disk: u64,
    /// The end of the server's pause that is recorded.
    pause: Option<SystemTime>,
    /// The recorded number of sent requests.
    sent: u64,
}

impl RunJournal {
    /// Records everything in this journal, which has recorded this number of sent requests. If its
    /// store does not answer, the run waits this long.
    pub(super) fn keep(&mut self, journal: Journal, sent: u64, patience: Duration) {
        self.writer = Some(JournalWriter::new(journal, patience));
        self.sent = sent;
        self.write(move |journal| journal.sent(sent));
    }

    /// Whether there is a journal.
    pub(super) fn is_kept(&self) -> bool {
        self.writer.is_some()
    }

    fn silence(&self) -> Option<&StoreSilence> {
        self.writer.as_ref().and_then(JournalWriter::silence)
    }

    /// Returns the wait for a store that does not answer.
    pub(super) fn waiting(&self) -> Option<Wait> {
        let StoreSilence { again, cause, .. } = self.silence()?;
        let until = clock::system_now() + again.saturating_duration_since(Instant::now());
        Some(Wait { until, why: WaitReason::SharedStore { cause: cause.clone() } })
    }

    /// Whether the store of a shared journal does not have everything yet.
    pub(super) fn is_store_behind(&self) -> bool {
        self.writer.as_ref().is_some_and(JournalWriter::is_store_behind)
    }

    /// Checks that the journal is still where it was begun.
    pub(super) fn check_place(&mut self) {
        if self.silence().is_none() {
            self.write(|journal| journal.still_there());
        }
    }

    /// Passes an entry to the journal. Returns its number; 0 without a journal.
    pub(super) fn write(
        &mut self,
        entry: impl FnOnce(&mut Journal) -> Result<(), JournalError> + Send + 'static,
    ) -> u64 {
        self.writer.as_mut().map_or(0, |journal| journal.write(entry))
    }

    /// Records for other processes what the service may still carry out. It is on disk before the
    /// entries after it.
    pub(super) fn notify(&mut self, notice: Notice) {
        let side_file = notice.side_file();
        match &mut self.writer {
            Some(journal) => journal.write_beside(side_file, || notice.gather()),
            None => {
                notice.gather();
                side_file.sync();
            }
        }
    }

    /// Records the number of sent requests, for `status` and for a process that resumes this run.
    pub(super) fn note_sent(&mut self, sent: u64) {
        if sent != self.sent {
            self.sent = sent;
            self.write(move |journal| journal.sent(sent));
        }
    }

    /// Records a pause that the server asks for, for a process that resumes this run, unless a
    /// pause that ends at most `near` earlier is recorded.
    pub(super) fn note_pause(&mut self, until: SystemTime, why: &str, near: Duration) {
        let is_new =
            |known: SystemTime| until.duration_since(known).is_ok_and(|later| later > near);
        if self.pause.is_none_or(is_new) {
            self.record_pause(until, why);
        }
    }

    /// Records a pause that the server asks for, whatever pause is recorded.
    pub(super) fn record_pause(&mut self, until: SystemTime, why: &str) {
        if let Ok(at) = Timestamp::try_from(until) {
            self.pause = Some(until);
            let why = why.to_owned();
            self.write(move |journal| journal.paused(at, &why));
        }
    }

    /// Returns the number of the last entry that is on disk.
    pub(super) fn on_disk(&self) -> u64 {
        self.on_disk
    }

    /// Waits until more entries are on disk; without a journal, forever. May be dropped and called
    /// again.
    ///
    /// # Errors
    /// When writing failed: nothing is written from then on.
    pub(super) async fn written(&mut self) -> Result<(), JournalError> {
        match &mut self.writer {
            Some(writer) => match writer.on_disk().await {
                Ok(entry) => self.on_disk = entry,
                Err(error) => {
                    self.writer = None;
                    return Err(error);
                }
            },
            None => std::future::pending().await,
        }
        Ok(())
    }

    /// Waits until all entries are on disk, and closes the journal.
    ///
    /// # Errors
    /// When writing failed.
    pub(super) async fn close(&mut self, end: RunEnd) -> Result<(), JournalError> {
        let Some(mut writer) = self.writer.take() else { return Ok(()) };
        if end == RunEnd::Finished {
            let now = clock::now();
            // A finished run that was only shown has ended before.
            writer.write(move |journal| match journal.finished_on()? {
                Some(_) => Ok(()),
                None => journal.note_finished(now),
            });
        }
        writer.close(AT_THE_END).await?.close()
    }
}

/// The longest wait at the end of a run for a store that does not answer. What the store does not
/// have then is found out again by the next start.
const AT_THE_END: Duration = Duration::from_secs(15);

/// How a run ends, for its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunEnd {
    /// Every row has its outcome.
    Finished,
    /// Another process may continue it.
    Open,
}
