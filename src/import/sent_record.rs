//! Records what an import has sent beside the snapshots, for later comparisons with them.

use crate::execute::{InputRows, Outcomes, Policy, RecordedAt, sent_rows};
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::note::Note;
use crate::import::reporter::ImportReporter;
use crate::import::shared_changes::share;
use crate::import::shared_store::SharedStore;
use crate::plan::Plan;
use crate::snapshot::{RecordStage, SentRecord, SnapshotStore};
use crate::store::StoreError;
use jiff::Timestamp;
use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The time between two updates of the record that show that the run is in progress.
const EVERY: Duration = Duration::from_secs(10);

/// The rows that a start sends.
pub(crate) struct RowsToSend<'r> {
    pub(crate) input_rows: InputRows<'r>,
    pub(crate) plan: &'r Plan,
    /// The outcomes that earlier starts have left, if there were any.
    pub(crate) earlier: Option<Outcomes>,
}

/// A shared store, and the place of a run's journal.
pub(crate) type SharedPlace = (Arc<SharedStore>, PathBuf);

/// The record of a run in progress.
pub(crate) struct SentRecorder {
    record: SentRecord,
    /// The store that other computers read the record from, and the place of the run's journal.
    shared: Option<SharedPlace>,
    /// How long the service may still carry out a request that got no proper response.
    effect_window: Duration,
    last: Instant,
}

impl SentRecorder {
    /// Begins the record before anything is sent. A run with nothing left to send ends a record
    /// that is still open; `None` if there is nothing to record.
    pub(crate) fn begin(
        connection: &Connection,
        policy: &Policy,
        sends: Option<RowsToSend<'_>>,
        shared: Option<SharedPlace>,
        reporter: &dyn ImportReporter,
    ) -> Option<Self> {
        let state = connection.state.as_ref()?;
        let store = SnapshotStore::open(state, &connection.organization, &connection.host);
        let sent = Self {
            record: SentRecord::of(&store, &policy.run_id),
            shared,
            effect_window: policy.effect_window,
            last: Instant::now(),
        };
        let Some(RowsToSend { input_rows, plan, earlier }) = sends else {
            return sent.record.is_open().then_some(sent);
        };
        let late = EVERY + policy.timeout + policy.effect_window;
        let begin = || -> Result<(), ImportError> {
            let mut rows = rows(input_rows, plan, RecordedAt::Start(earlier.as_ref()))?;
            sent.record.begin(&mut rows, late, Timestamp::now())?;
            sent.share(RecordStage::Begun, &mut rows, late, reporter);
            Ok(())
        };
        match begin() {
            Ok(()) => Some(sent),
            Err(error) => {
                say_not_recorded(&error, reporter);
                None
            }
        }
    }

    /// Updates the record, to show that the run is in progress.
    pub(crate) fn goes_on(&mut self) {
        if self.last.elapsed() >= EVERY {
            self.last = Instant::now();
            self.record.goes_on(Timestamp::now());
        }
    }

    /// Records the results of the rows.
    pub(crate) fn end(
        self,
        input_rows: InputRows<'_>,
        plan: &Plan,
        outcomes: &Outcomes,
        reporter: &dyn ImportReporter,
    ) {
        let end = || -> Result<(), ImportError> {
            let mut rows = rows(input_rows, plan, RecordedAt::End(outcomes))?;
            self.record.end(&mut rows, self.effect_window, Timestamp::now())?;
            self.share(RecordStage::Ended, &mut rows, self.effect_window, reporter);
            Ok(())
        };
        end().unwrap_or_else(|error| say_not_recorded(&error, reporter));
    }

    /// Shares the record with other computers.
    fn share(
        &self,
        stage: RecordStage,
        rows: &mut File,
        late: Duration,
        reporter: &dyn ImportReporter,
    ) {
        let Some((store, place)) = &self.shared else { return };
        match share((store, place), (&self.record, stage), rows, late) {
            // Another computer has the run, and shares what is known of it.
            Ok(()) | Err(StoreError::LeaseLost { .. }) => {}
            Err(error) => reporter.say(&format!(
                "note: what this import changes is not in the store ({error}): on other \
                 computers, do not compare later imports with a list that was fetched before its \
                 end"
            )),
        }
    }
}

/// Returns the rows to record, from a file without a name.
fn rows(input_rows: InputRows<'_>, plan: &Plan, at: RecordedAt<'_>) -> Result<File, ImportError> {
    let mut rows = tempfile::tempfile()?;
    let mut to = BufWriter::new(&rows);
    sent_rows(input_rows, plan, at, &mut to)?;
    to.flush()?;
    drop(to);
    rows.seek(SeekFrom::Start(0))?;
    Ok(rows)
}

/// Says that later comparisons may be wrong.
fn say_not_recorded(error: &ImportError, reporter: &dyn ImportReporter) {
    let error = reporter.words(&Note::Error(error));
    reporter.say(&format!(
        "note: what this import changes is not recorded ({error}): do not compare later imports \
         with a list that was fetched before its end. Later imports that protect people do not \
         know the renames of this import: add the new names to their lists of protected names"
    ));
}
