//! Queues an import in a shared store, once everything is checked and asked that an import checks
//! and asks before it sends something.

use crate::import::config::ImportConfig;
use crate::import::confirmation::Confirmation;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::exit::Exit;
use crate::import::file_run::FileRun;
use crate::import::input_file::InputFile;
use crate::import::queued_job::QueuedJob;
use crate::import::reporter::ImportReporter;
use crate::import::run_files::{INPUT, JOB, file_of_option, input_words, name_of, put};
use crate::import::session::ImportSession;
use crate::import::shared_store::SharedStore;
use crate::import::store_error::StoreUseError;
use crate::import::submission::{OptionContent, QueuedOptions, QueuedRun, Submission};
use crate::import::worker_name::worker;
use crate::store::{Lease, NewRun, RunPlace, RunState, RunStore, StoreError, Submitted};
use crate::table::{Check, Table};

/// Refuses to queue a file whose content is queued or being imported, or whose last run with this
/// content has finished, or was cancelled after a worker had claimed it.
pub(crate) fn check_new(
    config: &ImportConfig,
    store: &SharedStore,
    inputs: &[InputFile],
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    reporter.inform(&format!("store         {}", store.shown()));
    let (organization, host) = Connection::place(&config.connect.access)?;
    let (runs, place) =
        (store.runs().map_err(StoreUseError::from)?, RunPlace { organization, host });
    for (path, input) in config.files.iter().zip(inputs) {
        let (file, content) = (input.table.name(), input_words(input.table.fingerprint()?));
        let named = runs.last_named(&place, &name_of(path)).map_err(StoreUseError::from)?;
        let same = runs.last_with(&place, &content).map_err(StoreUseError::from)?;
        if let Some(run) = same.filter(|run| !run.state.is_over()) {
            return Err(under_way(file, run.new.id, store).into());
        }
        let Some(run) = named.filter(|run| run.new.input == content && !config.fresh) else {
            continue;
        };
        let (file, id, store) = (file.to_owned(), run.new.id, store.shown().to_owned());
        match run.state {
            RunState::Finished => {
                return Err(StoreUseError::Done { file, run: id, store }.into());
            }
            // A worker has claimed it, so rows may have been sent.
            RunState::Cancelled if run.fence > 0 => {
                return Err(StoreUseError::HalfSent { file, run: id, store }.into());
            }
            _ => {}
        }
    }
    Ok(())
}

fn under_way(file: &str, run: String, store: &SharedStore) -> StoreUseError {
    StoreUseError::UnderWay { file: file.to_owned(), run, store: store.shown().to_owned() }
}

impl ImportSession<'_> {
    /// Queues the import of a file.
    pub(super) fn submit(
        self,
        submission: &Submission,
        files: &[FileRun],
    ) -> Result<Exit, ImportError> {
        for file in files {
            let run = self.new_run(file)?;
            submission.note_queued(submit_run(submission, file, &run)?);
        }
        Ok(Exit::Good)
    }

    fn new_run(self, file: &FileRun) -> Result<NewRun, ImportError> {
        let FileRun { path, input, scan, work, .. } = file;
        input.check_unchanged(Check::Quick)?;
        let Some(work) = work.as_ref().filter(|_| file.sends()) else {
            let file = input.table.name().to_owned();
            return Err(StoreUseError::NothingToSend { file }.into());
        };
        Ok(NewRun {
            id: work.run_info.run_id.clone(),
            place: self.connection.run_place(),
            input: input_words(input.table.fingerprint()?),
            file: name_of(path),
            rows: u64::from(scan.plan.rows()),
            submitted_by: worker(),
            options: work.run_info.config.clone(),
        })
    }
}

/// Stores a run with everything that a worker needs, and queues it.
fn submit_run(
    submission: &Submission,
    file: &FileRun,
    run: &NewRun,
) -> Result<QueuedRun, StoreUseError> {
    let (store, name) = (&submission.store, file.input.table.name());
    let runs = store.runs()?;
    let lease = match runs.submit(run)? {
        Submitted::New(lease) => lease,
        Submitted::Known(known) => return Err(under_way(name, known, store)),
    };
    let stored = put_files(&*runs, &lease, file, submission).and_then(|()| runs.queue(&run.id));
    match stored {
        Ok(true) => {}
        Ok(false) => return Err(StoreUseError::Over { run: run.id.clone() }),
        Err(error) => {
            // If this fails as well, the run never gets beyond arriving, and somebody can cancel
            // it.
            let _ = runs.cancel(&run.id);
            return Err(error.into());
        }
    }
    Ok(QueuedRun {
        id: run.id.clone(),
        file: name.to_owned(),
        rows: run.rows,
        organization: run.place.organization.clone(),
        host: run.place.host.clone(),
    })
}

fn put_files(
    runs: &dyn RunStore,
    lease: &Lease,
    file: &FileRun,
    submission: &Submission,
) -> Result<(), StoreError> {
    put(runs, lease, INPUT, &file.path)?;
    for (option, (_, content)) in &submission.options.files {
        let name = file_of_option(option);
        match content {
            OptionContent::File(path) => put(runs, lease, &name, path)?,
            OptionContent::Text(text) => runs.put_file(lease, &name, &mut text.as_bytes())?,
        }
    }
    let job = serde_json::to_vec(&job_of(submission, &file.input.table))
        .map_err(|error| StoreError::File(error.to_string()))?;
    runs.put_file(lease, JOB, &mut &job[..])
}

/// Returns how a worker carries the submission of a file out.
fn job_of(submission: &Submission, table: &Table) -> QueuedJob {
    let QueuedOptions { values, files } = &submission.options;
    let (mut values, mut confirmed) = (values.clone(), submission.confirmed.all());
    // The worker reads the file as it was read here, and does not detect its encoding again.
    confirmed.retain(|what| *what != Confirmation::Encoding);
    if let Some(found) = table.unconfirmed_encoding() {
        values.entry("encoding".to_owned()).or_insert_with(|| vec![found.encoding.to_owned()]);
    }
    let files = files.iter().map(|(option, (file, _))| (option.clone(), file.clone())).collect();
    QueuedJob::new(values, files, confirmed)
}
