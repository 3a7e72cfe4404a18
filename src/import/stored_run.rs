//! The runs of an import in the store that several computers share: fetched before they continue.
//!
//! What a run reads and writes is its journal beside the results, as without a store. If the store
//! has more of it, because another computer has continued the run, the journal is made again first.

use crate::fs::{Busy, Lock};
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::continued_run::check_is_last;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::journal_place::{journal_path, lock_path};
use crate::import::local_run::{LocalRun, ended_here, open_since};
use crate::import::outputs::output_paths;
use crate::import::rebuilt_journal::RunCopy;
use crate::import::reporter::ImportReporter;
use crate::import::resume_error::{BegunRun, ResumeError};
use crate::import::run_files::{JOURNAL, input_words, name_of};
use crate::import::run_options::{differences, options_without_list};
use crate::import::run_progress::done_rows;
use crate::import::shared_store::SharedStore;
use crate::import::store_error::{OtherContent, StoreUseError};
use crate::import::undo::put_aside::put_run_aside;
use crate::import::worker_name::worker;
use crate::journal::{Journal, Moment, RunIdentity, StoreCopy};
use crate::report::Paths;
use crate::store::{
    Claim, ReplacedRun, RunPlace, RunState, RunStore, SeenRuns, StoreError, StoredRun,
};
use crate::visible::visible;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Refuses what is not possible with a shared store.
pub(crate) fn check_config(config: &ImportConfig) -> Result<(), StoreUseError> {
    if config.connect.store.is_none() || !config.is_real() {
        return Ok(());
    }
    if config.files.iter().any(|file| file == Path::new("-")) {
        return Err(StoreUseError::StandardInput);
    }
    if config.missing.is_some() {
        return Err(StoreUseError::Missing);
    }
    if config.retry_failed {
        return Err(StoreUseError::Retry);
    }
    let mut names = BTreeSet::new();
    if let Some(file) = config.files.iter().find(|file| !names.insert(name_of(file))) {
        return Err(StoreUseError::OneName { name: name_of(file) });
    }
    Ok(())
}

/// Fetches the runs of these files from the store, and takes those over that are not finished and
/// that nobody has. Returns since when the service may still carry out requests of another computer
/// that nobody knows here.
pub(crate) fn fetch_runs(
    config: &ImportConfig,
    inputs: &[InputFile],
    reporter: &dyn ImportReporter,
) -> Result<Option<Moment>, ImportError> {
    let Some(store) = config.connect.store.as_ref().filter(|_| config.is_real()) else {
        return Ok(None);
    };
    reporter.inform(&format!("store         {}", store.shown()));
    let (organization, host) = Connection::place(&config.connect.access)?;
    let runs = store.runs().map_err(StoreUseError::from)?;
    let place = RunPlace { organization, host };
    let fetching = Fetching { config, store, runs, place, reporter };
    let files = config.files.iter().zip(inputs);
    let files = files.map(|(path, input)| fetching.find(path, input));
    let files = files.collect::<Result<Vec<_>, _>>()?;
    check_contents(&files)?;
    let mut latest: Option<Moment> = None;
    for file in &files {
        let since = fetching.fetch(file)?;
        latest = match (latest, since) {
            (Some(one), Some(other)) if other.since(one) > 0 => Some(other),
            (one, other) => one.or(other),
        };
    }
    Ok(latest)
}

/// Refuses two files with the same content: the store would know the second one as the first.
fn check_contents(files: &[FetchedFile<'_>]) -> Result<(), StoreUseError> {
    let mut known = BTreeMap::new();
    for file in files {
        if let Some(one) = known.insert(file.fingerprint, &file.name) {
            let (one, other) = (one.clone(), file.name.clone());
            return Err(StoreUseError::OneContent { one, other });
        }
    }
    Ok(())
}

/// A file whose run is fetched.
struct FetchedFile<'f> {
    /// Its name, for people.
    name: String,
    path: &'f Path,
    input: &'f InputFile,
    fingerprint: (u64, u128),
    paths: Paths,
    journal: PathBuf,
}

/// Fetches runs from a store.
struct Fetching<'f> {
    config: &'f ImportConfig,
    store: &'f Arc<SharedStore>,
    runs: Arc<dyn RunStore>,
    place: RunPlace,
    reporter: &'f dyn ImportReporter,
}

impl Fetching<'_> {
    fn find<'f>(
        &self,
        path: &'f Path,
        input: &'f InputFile,
    ) -> Result<FetchedFile<'f>, ImportError> {
        let paths = output_paths(self.config, path);
        let journal = journal_path(path, &paths.results, &self.place.organization);
        let (name, fingerprint) = (input.table.name().to_owned(), input.table.fingerprint()?);
        Ok(FetchedFile { name, path, input, fingerprint, paths, journal })
    }

    /// Fetches the run of a file.
    fn fetch(&self, file: &FetchedFile<'_>) -> Result<Option<Moment>, ImportError> {
        // No other process of this computer changes the journal until this one has opened it.
        let lock = Lock::take(&lock_path(&file.journal)).map_err(|busy| match busy {
            Busy::Held(_) => ResumeError::Busy { file: file.name.clone(), busy },
            Busy::Io(error) => ResumeError::NoJournal(error),
        })?;
        self.store.keep_lock(file.path, lock);
        let (name, input) = (name_of(file.path), input_words(file.fingerprint));
        if let Some(assigned) = self.store.assigned() {
            return self.take_assigned(&assigned.id, &input, file);
        }
        let named = self.runs.last_named(&self.place, &name).map_err(StoreUseError::from)?;
        let same = self.runs.last_with(&self.place, &input).map_err(StoreUseError::from)?;
        if let Some(wanted) = &self.config.continues
            && check_is_last((wanted, self.store.shown()), named.as_ref())?.new.input != input
        {
            let (file, run) = (file.name.clone(), wanted.clone());
            return Err(StoreUseError::OtherFile { file, run }.into());
        }
        let found: Vec<&StoredRun> = [&named, &same].into_iter().flatten().collect();
        let last = found.iter().map(|run| run.number).max().unwrap_or_default();
        if self.config.fresh {
            // A journal that cannot be read is put aside.
            let local = self.local(file).ok().flatten();
            let open = found.into_iter().filter(|run| run.is_open());
            let replaced = open.map(|run| self.replaced(run, local.as_ref(), file));
            let replaced = replaced.collect::<Result<_, _>>()?;
            self.store.note_seen(file.path, SeenRuns { last, replaced });
            return Ok(None);
        }
        self.store.note_seen(file.path, SeenRuns { last, replaced: Vec::new() });
        let local = self.local(file)?;
        if local.as_ref().is_some_and(|local| {
            local.is_interrupted && !local.is_same_input && !local.has_been_here()
        }) {
            // Whatever the store has, the run here is to be finished first.
            return Ok(None);
        }
        let before = named.as_ref().map_or(0, |run| run.number);
        if let Some(same) = same
            && same.new.file != name
            && (same.is_open() || same.number > before)
        {
            let (file, store) = (file.name.clone(), self.store.shown().to_owned());
            return Err(StoreUseError::KnownAs { file, known: same.new.file, store }.into());
        }
        match named {
            Some(run) if run.new.input == input => self.fetch_same(&run, local.as_ref(), file),
            Some(run) => self.make_way(&run, local.as_ref(), file).map(|()| None),
            None => Ok(self.check_begins(local, file).map(|()| None)?),
        }
    }

    /// Takes the run that a worker has chosen for this process, if it is the one of this file. If
    /// nothing of it was sent, it is begun later.
    fn take_assigned(
        &self,
        id: &str,
        input: &str,
        file: &FetchedFile<'_>,
    ) -> Result<Option<Moment>, ImportError> {
        let run = self.runs.run(id).map_err(StoreUseError::from)?;
        let run = run.ok_or_else(|| StoreUseError::from(StoreError::no_run(id)))?;
        if (&run.new.place, run.new.input.as_str()) != (&self.place, input) {
            let (run, store) = (id.to_owned(), self.store.shown().to_owned());
            let why = "its file or its organization is another one".to_owned();
            return Err(StoreUseError::DamagedRun { run, store, why }.into());
        }
        self.take_over(&run, None, file)
    }

    fn local(&self, file: &FetchedFile<'_>) -> Result<Option<LocalRun>, ImportError> {
        let store = self.store.id().map_err(StoreUseError::from)?;
        Ok(LocalRun::read(&file.journal, (file.fingerprint, store))?)
    }

    /// Refuses to begin a run of a file that the store does not know, if one that was interrupted
    /// here is in a store.
    fn check_begins(
        &self,
        local: Option<LocalRun>,
        file: &FetchedFile<'_>,
    ) -> Result<(), StoreUseError> {
        // What has sent nothing was removed from this store, but another one may have continued it.
        let may_go_on =
            |local: &LocalRun| local.is_interrupted || !local.has_begun && !local.has_been_here();
        let Some(local) = local.filter(|local| local.is_same_input && may_go_on(local)) else {
            return Ok(());
        };
        let (file, has_been_here) = (file.name.clone(), local.has_been_here());
        match local.copy {
            Some(StoreCopy { store, run, .. }) if has_been_here => {
                Err(StoreUseError::Deleted { file, run, store })
            }
            Some(StoreCopy { store, run, .. }) => Err(StoreUseError::NotThere { file, run, store }),
            None => Ok(()),
        }
    }

    /// Fetches the run of a file that is the last one of its name.
    fn fetch_same(
        &self,
        run: &StoredRun,
        local: Option<&LocalRun>,
        file: &FetchedFile<'_>,
    ) -> Result<Option<Moment>, ImportError> {
        if run.is_submitted && !run.state.is_over() {
            let (run, store) = (run.new.id.clone(), self.store.shown().to_owned());
            return Err(StoreUseError::UnderWay { file: file.name.clone(), run, store }.into());
        }
        let is_wanted = self.config.continues.is_some() || !run.state.is_over();
        if is_wanted && local.is_some_and(|local| local.is_another(&run.new.id)) {
            let (name, journal) = (file.name.clone(), file.journal.clone());
            let run = run.new.id.clone();
            return Err(StoreUseError::TwoRuns { file: name, journal, run }.into());
        }
        match run.state.is_over() {
            true => self.copy_ended(run, local, file),
            false => self.take_over(run, local, file),
        }
    }

    /// Lets a new run begin after the last one of this name, which had other content, unless that
    /// is not finished.
    fn make_way(
        &self,
        run: &StoredRun,
        local: Option<&LocalRun>,
        file: &FetchedFile<'_>,
    ) -> Result<(), ImportError> {
        if run.is_open() {
            return Err(self.other_content(run, file.name.clone()).into());
        }
        let is_earlier = |local: &LocalRun| match local.is_interrupted {
            true => local.has_been_here(),
            false => local.has_begun && local.is_same_input,
        };
        if local.is_some_and(is_earlier) {
            // What is here is of an earlier run of this file.
            put_run_aside(&file.paths, &file.journal)?;
            self.store.note_put_aside(file.path);
        }
        Ok(())
    }

    /// Returns an unfinished run as one that is replaced, because its file is imported afresh. It
    /// stays as it is until the new one begins.
    fn replaced(
        &self,
        run: &StoredRun,
        local: Option<&LocalRun>,
        file: &FetchedFile<'_>,
    ) -> Result<ReplacedRun, StoreUseError> {
        let has_ended = ended_here(run, local) == Some(run.fence);
        match run.holder() {
            Some((worker, left)) if !has_ended => Err(self.held(file, worker, left)),
            _ => Ok(ReplacedRun { run: run.new.id.clone(), fence: run.fence, has_ended }),
        }
    }

    /// Describes a file whose name is that of an unfinished run with other content.
    fn other_content(&self, run: &StoredRun, file: String) -> StoreUseError {
        StoreUseError::OtherContent(OtherContent {
            file,
            store: self.store.shown().to_owned(),
            worker: run.worker.clone().unwrap_or_else(|| run.new.submitted_by.clone()),
            is_held: run.holder().is_some(),
            done: done_rows(run),
            rows: run.new.rows,
        })
    }

    fn held(&self, file: &FetchedFile<'_>, worker: &str, left: Duration) -> StoreUseError {
        StoreUseError::held(&file.name, self.store.shown(), worker, left)
    }

    /// Copies the journal of a run that has ended, unless it is here, or a later one is. Returns
    /// since when the service may still carry out what it says to be sent.
    fn copy_ended(
        &self,
        run: &StoredRun,
        local: Option<&LocalRun>,
        file: &FetchedFile<'_>,
    ) -> Result<Option<Moment>, ImportError> {
        let is_here = match local {
            Some(local) if local.is_of(&run.new.id) => {
                let last = self.runs.last_part(&run.new.id).map_err(StoreUseError::from)?;
                local.last_part >= last && !local.is_copy
            }
            // A later one was begun without the store.
            Some(local) => {
                let is_later = local.has_begun && local.is_same_input && !local.has_been_here();
                is_later && self.config.continues.is_none()
            }
            None => false,
        };
        // Nobody has it: a further start begins another run in the store.
        let journal = match is_here {
            true => Journal::open_read_only(&file.journal)?,
            false => self.rebuild((run, 0), local, file)?,
        };
        Ok(journal.as_ref().map(open_since).transpose()?.flatten())
    }

    /// Takes over a run that nobody has, with its journal. Returns when this computer took it over
    /// from another one. What that one has sent for earlier files may still be carried out as well,
    /// and only its own record shows that.
    fn take_over(
        &self,
        run: &StoredRun,
        local: Option<&LocalRun>,
        file: &FetchedFile<'_>,
    ) -> Result<Option<Moment>, ImportError> {
        let id = &run.new.id;
        let local = local.filter(|local| local.has_begun || local.is_of(id));
        let own = local.filter(|local| local.is_of(id));
        let asked = Moment::now();
        let assigned = self.store.assigned().map(|assigned| assigned.fence);
        let claim = self.runs.claim(id, &worker(), assigned.or_else(|| ended_here(run, own)));
        let lease = match claim.map_err(StoreUseError::from)? {
            Claim::Claimed(lease) => lease,
            Claim::Held { worker, left } => return Err(self.held(file, &worker, left).into()),
            Claim::Over(_) if assigned.is_some() => {
                return Err(StoreUseError::Over { run: id.clone() }.into());
            }
            Claim::Over(state)
                if self.config.continues.is_some() && state != RunState::Finished =>
            {
                return Err(StoreUseError::Ended { run: id.clone() }.into());
            }
            Claim::Over(_) => return self.copy_ended(run, local, file),
        };
        let fence = lease.fence;
        self.store.hold(&file.journal, lease, asked).map_err(StoreUseError::from)?;
        let Some(mut journal) = self.journal_of((run, fence), local, file)? else {
            // It was killed before anything was sent.
            self.store.forget(&file.journal).map_err(StoreUseError::from)?;
            return Ok(None);
        };
        if journal.recovered()?.has_begun() {
            self.store.note_begun();
        }
        let copy = self.store.copy_of(id, fence).map_err(StoreUseError::from)?;
        journal.note_store_copy(&copy)?;
        self.check_options(&journal, file)?;
        let taken_over_at = journal.taken_over_at()?;
        if taken_over_at.is_some() {
            let worker = visible(run.worker.as_deref().unwrap_or_default());
            self.reporter.inform(&format!(
                "taken over    the run {} of {worker}: it continues here",
                visible(id)
            ));
        }
        Ok(taken_over_at)
    }

    /// Returns the journal of a run that this process has: the one here if it is complete, and
    /// otherwise as it is in the store; `None` if nothing of it was sent.
    fn journal_of(
        &self,
        (run, fence): (&StoredRun, i64),
        local: Option<&LocalRun>,
        file: &FetchedFile<'_>,
    ) -> Result<Option<Journal>, ImportError> {
        let id = &run.new.id;
        let last = self.runs.last_part(id).map_err(StoreUseError::from)?;
        if let Some(own) = local.filter(|local| local.is_of(id)) {
            if own.last_part > last {
                let (file, journal) = (file.name.clone(), file.journal.clone());
                return Err(StoreUseError::StoreBehind { file, journal }.into());
            }
            let is_current = own.last_part == last && !own.is_copy;
            if is_current
                && (own.copy.is_some() || self.has_beginning(id)?)
                && let Some(journal) = Journal::open(&file.journal)?
            {
                return Ok(Some(journal));
            }
        }
        self.rebuild((run, fence), local, file)
    }

    /// Whether the store has the beginning of a run's journal. Before that, nothing is sent.
    fn has_beginning(&self, run: &str) -> Result<bool, StoreUseError> {
        Ok(self.runs.get_file(run, JOURNAL, &mut io::sink())?)
    }

    /// Refuses other options than those of the run, as far as they are known without a list.
    fn check_options(&self, journal: &Journal, file: &FetchedFile<'_>) -> Result<(), ImportError> {
        let then = journal.about()?;
        let options = options_without_list(self.config, file.input).collect();
        let differences = differences(&then, &RunIdentity { options, ..then.clone() });
        if differences.is_empty() || !journal.recovered()?.has_begun() {
            return Ok(());
        }
        let (file, begun) = (file.name.clone(), BegunRun::Interrupted);
        Err(ResumeError::OtherRun { file, begun, differences }.into())
    }

    /// Makes the journal of a run again from what the store has; `None` if nothing of it was sent.
    /// A journal of another run is renamed with its date.
    fn rebuild(
        &self,
        (run, fence): (&StoredRun, i64),
        local: Option<&LocalRun>,
        file: &FetchedFile<'_>,
    ) -> Result<Option<Journal>, ImportError> {
        let id = &run.new.id;
        let copy = RunCopy { store: self.store, runs: &*self.runs, run: id, fence };
        let Some(base) = copy.base()? else { return Ok(None) };
        if local.is_some_and(|local| local.has_begun && !local.is_of(id)) {
            put_run_aside(&file.paths, &file.journal)?;
        }
        copy.rebuild(&base, &file.journal, (file.path, &file.paths)).map(Some)
    }
}
