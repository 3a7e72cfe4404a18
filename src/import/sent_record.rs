//! Records what an import has sent beside the stored lists, for later comparisons with them.

use crate::execute::{InputRows, Outcomes, Policy, SentRows, sent_names, sent_rows};
use crate::fs::in_words;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::note::Note;
use crate::import::reporter::ImportReporter;
use crate::plan::Plan;
use crate::snapshot::{SentRecord, SnapshotStore};
use jiff::Timestamp;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

/// The time between two updates of the record that show that the run is in progress.
const EVERY: Duration = Duration::from_secs(10);

/// The record of a run in progress.
pub(crate) struct SentRecorder {
    record: SentRecord,
    /// How long the service may still carry out a request that got no proper response.
    effect_window: Duration,
    last: Instant,
}

impl SentRecorder {
    /// Begins the record before anything is sent. A run with nothing left to send ends a record that
    /// is still open; `None` if there is nothing to record.
    pub(crate) fn begin(
        connection: &Connection,
        policy: &Policy,
        sends: Option<(InputRows<'_>, &Plan)>,
        reporter: &dyn ImportReporter,
    ) -> Option<Self> {
        let state = connection.state.as_ref()?;
        let store = SnapshotStore::open(state, &connection.organization, &connection.host);
        let sent = Self {
            record: SentRecord::of(&store, &policy.run_id),
            effect_window: policy.effect_window,
            last: Instant::now(),
        };
        let Some((input_rows, plan)) = sends else { return sent.record.is_open().then_some(sent) };
        let late = EVERY + policy.timeout + policy.effect_window;
        let earlier_run =
            sent_names(input_rows, plan).map_err(|error| error.to_string()).and_then(|names| {
                sent.record.begin(&names, late, Timestamp::now()).map_err(|error| in_words(&error))
            });
        match earlier_run {
            Ok(()) => Some(sent),
            Err(error) => {
                reporter.say(&format!(
                    "note: later imports may rely on stored lists that lack the changes of this \
                     one: {error}"
                ));
                None
            }
        }
    }

    /// Updates the record, to show that the run is in progress.
    pub(crate) fn goes_on(&mut self) {
        if self.last.elapsed() >= EVERY {
            self.last = Instant::now();
            self.record.goes_on();
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
        let write = || -> Result<(), ImportError> {
            let mut confirmed = tempfile::tempfile()?;
            let mut to = BufWriter::new(&confirmed);
            let SentRows { names, uncertain } = sent_rows(input_rows, plan, outcomes, &mut to)?;
            to.flush()?;
            drop(to);
            confirmed.seek(SeekFrom::Start(0))?;
            let now = Timestamp::now();
            self.record.end((&names, &uncertain), &mut confirmed, self.effect_window, now)?;
            Ok(())
        };
        if let Err(error) = write() {
            let error = reporter.words(&Note::Error(&error));
            reporter.say(&format!(
                "note: later imports will not compare the people of this import with an older \
                 list: {error}"
            ));
        }
    }
}
