//! Begins the runs of an import in the store that several computers share, before they send.

use crate::import::error::ImportError;
use crate::import::file_run::FileRun;
use crate::import::journal_place::groups_path;
use crate::import::opened_run::OpenedRun;
use crate::import::run_files::{GROUPS, INPUT, JOURNAL, LIST, RECORD, input_words, name_of, put};
use crate::import::session::ImportSession;
use crate::import::shared_store::SharedStore;
use crate::import::store_error::StoreUseError;
use crate::import::undo::record::record_path;
use crate::import::worker_name::worker;
use crate::journal::Moment;
use crate::store::{Begun, Lease, NewRun, RunStore, StoreError};
use std::path::Path;

impl ImportSession<'_> {
    /// Begins the runs of these files in the store, with everything that another computer needs to
    /// continue them. Runs that were taken over are there already.
    pub(super) fn begin_in_store(self, files: &mut [FileRun]) -> Result<(), ImportError> {
        let Some(store) = self.config.connect.store.as_ref().filter(|_| self.config.is_real())
        else {
            return Ok(());
        };
        for file in files {
            // What a worker carries out has its journal there, also if no row is sent.
            let is_begun = file.sends() || store.assigned().is_some();
            let name = file.input.table.name().to_owned();
            let list = file.input.table.fingerprint()?;
            let rows = u64::from(file.scan.plan.rows());
            let Some(work) = file.work.as_mut().filter(|_| is_begun) else { continue };
            match store.lease(&work.place) {
                None => {
                    let input = input_words(list);
                    self.begin_run(store, work, (&file.path, name, input, rows))?;
                }
                Some(lease) if !work.goes_on => begin_journal(store, &lease, (&file.path, work))?,
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn begin_run(
        self,
        store: &SharedStore,
        work: &mut OpenedRun,
        (path, file, input, rows): (&Path, String, String, u64),
    ) -> Result<(), ImportError> {
        let runs = store.runs().map_err(StoreUseError::from)?;
        let mut run = NewRun {
            id: work.run_info.run_id.clone(),
            place: self.connection.run_place(),
            input,
            file: name_of(path),
            rows,
            submitted_by: worker(),
            options: work.run_info.config.clone(),
        };
        let seen = store.seen(path);
        let (asked, lease) = loop {
            let asked = Moment::now();
            match runs.begin(&run, &worker(), &seen).map_err(StoreUseError::from)? {
                Begun::New(lease) => break (asked, lease),
                Begun::IdTaken => run.id = format!("{:08x}", fastrand::u32(..)),
                Begun::Known(id) => {
                    let known = runs.run(&id).map_err(StoreUseError::from)?;
                    let worker = known.and_then(|known| known.worker).unwrap_or_default();
                    let store = store.shown().to_owned();
                    return Err(StoreUseError::Meanwhile { file, store, worker }.into());
                }
            }
        };
        store.hold(&work.place, lease.clone(), asked).map_err(StoreUseError::from)?;
        begin_journal(store, &lease, (path, work))
    }

    /// Stores what was there before the rows of a run, if that is recorded.
    pub(super) fn store_record(self, work: &OpenedRun) {
        let Some(store) = &self.config.connect.store else { return };
        let Some(lease) = store.lease(&work.place) else { return };
        let record = record_path(&work.place);
        let stored = store.runs().and_then(|runs| put(&*runs, &lease, RECORD, &record));
        if let Err(error) = stored {
            self.reporter.say(&format!(
                "note: the record of what was there before is not in the store ({error}): another \
                 computer that continues this import cannot undo it"
            ));
        }
    }
}

/// Begins the journal of a run in the store. From then on, each of its commits goes there first.
fn begin_journal(
    store: &SharedStore,
    lease: &Lease,
    (input, work): (&Path, &mut OpenedRun),
) -> Result<(), ImportError> {
    let runs = store.runs().map_err(StoreUseError::from)?;
    let copy = store.copy_of(&lease.run, lease.fence).map_err(StoreUseError::from)?;
    let base = work.journal.base()?;
    put_files(&*runs, lease, (input, &work.list, &base)).map_err(StoreUseError::from)?;
    work.journal.note_store_copy(&copy)?;
    Ok(store.share(&work.place, &mut work.journal)?)
}

/// Stores the files of a run that begins.
fn put_files(
    runs: &dyn RunStore,
    lease: &Lease,
    (input, list, journal): (&Path, &Path, &[u8]),
) -> Result<(), StoreError> {
    put(runs, lease, INPUT, input)?;
    put(runs, lease, LIST, list)?;
    put(runs, lease, GROUPS, &groups_path(list))?;
    // Without its beginning, a run has sent nothing: so that comes last.
    runs.put_file(lease, JOURNAL, &mut &journal[..])
}
