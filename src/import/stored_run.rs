//! The runs of an import in the store that several computers share: fetched before they continue,
//! begun before they send.
//!
//! What a run reads and writes is its journal beside the results, as without a store. If the store
//! has more of it, because another computer has continued the run, the journal is made again first.

use crate::fs::{Busy, Lock, OsText};
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::file_run::FileRun;
use crate::import::input_file::InputFile;
use crate::import::journal_place::{groups_path, journal_path, list_path, lock_path};
use crate::import::opened_run::OpenedRun;
use crate::import::outputs::output_paths;
use crate::import::reporter::ImportReporter;
use crate::import::resume_error::ResumeError;
use crate::import::session::ImportSession;
use crate::import::shared_store::SharedStore;
use crate::import::store_error::{OtherContent, StoreUseError, is_one_store};
use crate::import::undo::record::{put_record_aside, record_path};
use crate::journal::{CopyHere, Journal, JournalError, Moment, RecoveredState, StoreCopy};
use crate::report::Paths;
use crate::store::{
    Begun, Claim, Lease, NewRun, ReplacedRun, RunPlace, RunStore, SeenRuns, StoreError, StoredRun,
};
use crate::visible::visible;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The names of a run's files in the store.
const INPUT: &str = "input";
const JOURNAL: &str = "journal";
const LIST: &str = "list";
const GROUPS: &str = "groups";
const RECORD: &str = "record";

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
/// that nobody has. Returns when this computer took over one of which the service may still carry
/// out a request.
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
    let mut latest: Option<Moment> = None;
    for (path, input) in config.files.iter().zip(inputs) {
        let since = fetching.fetch(path, input)?;
        latest = match (latest, since) {
            (Some(one), Some(other)) if other.since(one) > 0 => Some(other),
            (one, other) => one.or(other),
        };
    }
    Ok(latest)
}

/// The journal that is here.
struct LocalRun {
    copy: Option<StoreCopy>,
    last_part: u64,
    /// Whether it was copied with its folder.
    is_copy: bool,
    is_interrupted: bool,
    has_begun: bool,
    is_same_input: bool,
    taken_over_at: Option<Moment>,
    has_open_ends: bool,
}

impl LocalRun {
    fn read(place: &Path, input: (u64, u128)) -> Result<Option<Self>, JournalError> {
        let Some(journal) = Journal::open_read_only(place)? else { return Ok(None) };
        Self::of(&journal, input).map(Some)
    }

    fn of(journal: &Journal, input: (u64, u128)) -> Result<Self, JournalError> {
        let recovered = journal.recovered()?;
        Ok(Self {
            copy: journal.store_copy()?,
            last_part: journal.last_part()?,
            is_copy: journal.is_copy()?,
            is_interrupted: recovered.is_interrupted(),
            has_begun: recovered.has_begun(),
            is_same_input: journal.about()?.input == input,
            taken_over_at: journal.taken_over_at()?,
            has_open_ends: has_open_ends(&recovered),
        })
    }

    /// Whether it is a copy of this run of the store.
    fn is_of(&self, run: &str) -> bool {
        self.copy.as_ref().is_some_and(|copy| copy.run == run)
    }

    /// Returns since when the service may still carry out what another computer has sent.
    fn open_since(&self) -> Option<Moment> {
        self.taken_over_at.filter(|_| self.has_open_ends)
    }
}

/// Whether the service may still carry out something that was sent.
fn has_open_ends(recovered: &RecoveredState) -> bool {
    !recovered.uncertain.is_empty()
        || !recovered.late.is_empty()
        || recovered.progress.values().any(|row| row.uncertain.is_some())
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
    /// Fetches the run of a file.
    fn fetch(&self, path: &Path, input: &InputFile) -> Result<Option<Moment>, ImportError> {
        let paths = output_paths(self.config, path);
        let journal = journal_path(path, &paths.results, &self.place.organization);
        let file = input.table.name().to_owned();
        // No other process of this computer changes the journal meanwhile.
        let _lock = Lock::take(&lock_path(&journal)).map_err(|busy| match busy {
            Busy::Held(_) => ResumeError::Busy { file: file.clone(), busy },
            Busy::Io(error) => ResumeError::NoJournal(error),
        })?;
        let fingerprint = input.table.fingerprint()?;
        let input = input_words(fingerprint);
        let name = name_of(path);
        let named = self.runs.last_named(&self.place, &name).map_err(StoreUseError::from)?;
        let same = self.runs.last_with(&self.place, &input).map_err(StoreUseError::from)?;
        let found: Vec<&StoredRun> = [&named, &same].into_iter().flatten().collect();
        let last = found.iter().map(|run| run.number).max().unwrap_or_default();
        if self.config.fresh {
            // A journal that cannot be read is put aside.
            let local = LocalRun::read(&journal, fingerprint).ok().flatten();
            let open = found.into_iter().filter(|run| is_open(run));
            let replaced = open.map(|run| self.replaced(run, local.as_ref(), &file));
            let replaced = replaced.collect::<Result<_, _>>()?;
            self.store.note_seen(path, SeenRuns { last, replaced });
            return Ok(None);
        }
        self.store.note_seen(path, SeenRuns { last, replaced: Vec::new() });
        let local = LocalRun::read(&journal, fingerprint)?;
        if local.as_ref().is_some_and(|local| {
            local.is_interrupted && !local.is_same_input && !self.has_been_here(local)
        }) {
            // Whatever the store has, the run here is to be finished first.
            return Ok(None);
        }
        let before = named.as_ref().map_or(0, |run| run.number);
        if let Some(same) = same
            && same.new.file != name
            && (is_open(&same) || same.number > before)
        {
            let store = self.store.shown().to_owned();
            return Err(StoreUseError::KnownAs { file, known: same.new.file, store }.into());
        }
        let Some(run) = named else {
            return match local {
                Some(LocalRun {
                    copy: Some(StoreCopy { store, run, .. }),
                    is_interrupted: true,
                    is_same_input: true,
                    ..
                }) => {
                    let named = self.store.shown().to_owned();
                    Err(StoreUseError::NotThere { file, run, store, named }.into())
                }
                _ => Ok(None),
            };
        };
        let file = FetchedFile { file, path: path.to_owned(), paths, journal, fingerprint };
        match run.new.input == input {
            true => self.fetch_same(run, local, file),
            false => self.make_way(&run, local.as_ref(), file).map(|()| None),
        }
    }

    /// Fetches the run of a file that is the last one of its name.
    fn fetch_same(
        &self,
        run: StoredRun,
        local: Option<LocalRun>,
        file: FetchedFile,
    ) -> Result<Option<Moment>, ImportError> {
        if run.state.is_over() {
            self.copy_ended(&run, local.as_ref(), &file)?;
            return Ok(None);
        }
        if local.as_ref().is_some_and(|local| self.is_another(local, &run.new.id)) {
            let FetchedFile { file, journal, .. } = file;
            return Err(StoreUseError::TwoRuns { file, journal, run: run.new.id }.into());
        }
        self.take_over(&run, local, &file)
    }

    /// Lets a new run begin after the last one of this name, which had other content, unless that
    /// is not finished.
    fn make_way(
        &self,
        run: &StoredRun,
        local: Option<&LocalRun>,
        file: FetchedFile,
    ) -> Result<(), ImportError> {
        if is_open(run) {
            return Err(self.other_content(run, file.file).into());
        }
        let is_earlier = |local: &LocalRun| local.is_same_input || local.is_interrupted;
        if local.is_some_and(|local| self.has_been_here(local) && is_earlier(local)) {
            // What is here is of an earlier run of this file.
            put_journal_aside(&file.journal)?;
            self.store.note_put_aside(&file.journal);
        }
        Ok(())
    }

    /// Whether an interrupted run is neither this one nor an earlier one of this store.
    fn is_another(&self, local: &LocalRun, run: &str) -> bool {
        local.is_interrupted && !local.is_of(run) && !self.has_been_here(local)
    }

    /// Whether a journal is that of a run in this store.
    fn has_been_here(&self, local: &LocalRun) -> bool {
        local.copy.as_ref().is_some_and(|copy| is_one_store(&copy.store, self.store.shown()))
    }

    /// Returns an unfinished run as one that is replaced, because its file is imported afresh. It
    /// stays as it is until the new one begins.
    fn replaced(
        &self,
        run: &StoredRun,
        local: Option<&LocalRun>,
        file: &str,
    ) -> Result<ReplacedRun, StoreUseError> {
        let has_ended = ended_here(run, local) == Some(run.fence);
        match run.leased_for {
            Some(left) if !has_ended => {
                Err(self.held(file, run.worker.clone().unwrap_or_default(), left))
            }
            _ => Ok(ReplacedRun { run: run.new.id.clone(), fence: run.fence, has_ended }),
        }
    }

    /// Describes a file whose name is that of an unfinished run with other content.
    fn other_content(&self, run: &StoredRun, file: String) -> StoreUseError {
        StoreUseError::OtherContent(OtherContent {
            file,
            store: self.store.shown().to_owned(),
            worker: run.worker.clone().unwrap_or_else(|| run.new.submitted_by.clone()),
            is_held: run.leased_for.is_some(),
            done: done_rows(run),
            rows: run.new.rows,
        })
    }

    fn held(&self, file: &str, worker: String, left: Duration) -> StoreUseError {
        let left = SignedDuration::try_from(left).unwrap_or(SignedDuration::ZERO);
        let until = Timestamp::now().saturating_add(left).unwrap_or(Timestamp::MAX);
        let (file, store) = (file.to_owned(), self.store.shown().to_owned());
        StoreUseError::Held { file, store, worker, until }
    }

    /// Copies the journal of a run that has ended, unless it is here, or a later one is.
    fn copy_ended(
        &self,
        run: &StoredRun,
        local: Option<&LocalRun>,
        file: &FetchedFile,
    ) -> Result<(), ImportError> {
        let is_here = match local {
            Some(local) if local.is_of(&run.new.id) => {
                let last = self.runs.last_part(&run.new.id).map_err(StoreUseError::from)?;
                local.last_part >= last
            }
            // A later one was begun without the store.
            Some(local) => local.has_begun && local.is_same_input && !self.has_been_here(local),
            None => false,
        };
        if !is_here {
            // Nobody has it: a further start begins another run in the store.
            self.rebuild((run, 0), local, file)?;
        }
        Ok(())
    }

    fn copy_of(&self, run: &StoredRun, fence: i64) -> StoreCopy {
        StoreCopy { store: self.store.shown().to_owned(), run: run.new.id.clone(), fence }
    }

    /// Takes over a run that nobody has, with its journal.
    fn take_over(
        &self,
        run: &StoredRun,
        local: Option<LocalRun>,
        file: &FetchedFile,
    ) -> Result<Option<Moment>, ImportError> {
        let id = &run.new.id;
        let local = local.filter(|local| local.has_begun || local.is_of(id));
        let own = local.as_ref().filter(|local| local.is_of(id));
        let ended = ended_here(run, own);
        let asked = Moment::now();
        let lease = match self.runs.claim(id, &worker(), ended).map_err(StoreUseError::from)? {
            Claim::Claimed(lease) => lease,
            Claim::Held { worker, left } => return Err(self.held(&file.file, worker, left).into()),
            Claim::Over(_) => {
                self.copy_ended(run, local.as_ref(), file)?;
                return Ok(None);
            }
        };
        let fence = lease.fence;
        self.store.hold(&file.journal, lease, asked).map_err(StoreUseError::from)?;
        let last = self.runs.last_part(id).map_err(StoreUseError::from)?;
        let mut journal = match own {
            Some(own) if own.last_part > last => {
                let FetchedFile { file, journal, .. } = file.clone();
                return Err(StoreUseError::StoreBehind { file, journal }.into());
            }
            Some(own) if own.last_part == last && !own.is_copy => {
                match Journal::open(&file.journal)? {
                    Some(journal) => journal,
                    None => return Ok(None),
                }
            }
            _ => match self.rebuild((run, fence), local.as_ref(), file)? {
                Some(journal) => {
                    let had = visible(run.worker.as_deref().unwrap_or_default()).into_owned();
                    self.reporter.inform(&format!(
                        "taken over    the run {} that {had} had: it goes on here",
                        visible(id)
                    ));
                    journal
                }
                // It was killed before anything was sent.
                None => {
                    self.store.forget(&file.journal).map_err(StoreUseError::from)?;
                    return Ok(None);
                }
            },
        };
        journal.note_store_copy(&self.copy_of(run, fence))?;
        Ok(LocalRun::of(&journal, file.fingerprint)?.open_since())
    }

    /// Makes the journal of a run again from what the store has, with the lists that it is compared
    /// with; `None` if nothing of it was sent. A journal of another run is renamed with its date.
    fn rebuild(
        &self,
        (run, fence): (&StoredRun, i64),
        local: Option<&LocalRun>,
        file: &FetchedFile,
    ) -> Result<Option<Journal>, ImportError> {
        let (id, place) = (&run.new.id, &file.journal);
        let mut base = Vec::new();
        let has_base = self.runs.get_file(id, JOURNAL, &mut base).map_err(StoreUseError::from)?;
        if !has_base {
            return Ok(None);
        }
        let mut parts = Vec::new();
        let read = self.runs.read_journal(id, &mut |_, part| {
            parts.push(part);
            Ok(())
        });
        read.map_err(StoreUseError::from)?;
        if local.is_some_and(|local| local.has_begun && !local.is_of(id)) {
            put_journal_aside(place)?;
        }
        let list = list_path(place);
        for (name, path) in
            [(LIST, list.clone()), (GROUPS, groups_path(&list)), (RECORD, record_path(place))]
        {
            self.get(id, name, &path)?;
        }
        // The journal says from its first moment on whose it is.
        let here = CopyHere {
            copy: self.copy_of(run, fence),
            file: file.path.as_path().into(),
            results: file.paths.results.clone().into(),
            failed: file.paths.failed.clone().map(OsText::from),
            folder: std::env::current_dir().unwrap_or_default().into(),
        };
        let parts = parts.into_iter().map(Ok);
        Ok(Some(Journal::rebuild_copy(place, &base, parts, Some(&here))?))
    }

    /// Writes a file of a run, or removes an earlier one if the run has none.
    fn get(&self, run: &str, name: &str, path: &Path) -> Result<(), ImportError> {
        let mut new = tempfile::NamedTempFile::new_in(match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        })?;
        match self.runs.get_file(run, name, &mut new).map_err(StoreUseError::from)? {
            true => {
                new.as_file().sync_all()?;
                new.persist(path).map_err(|error| error.error)?;
            }
            false => match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            },
        }
        Ok(())
    }
}

/// A file whose run is fetched.
#[derive(Clone)]
struct FetchedFile {
    file: String,
    path: PathBuf,
    paths: Paths,
    journal: PathBuf,
    fingerprint: (u64, u128),
}

/// Returns the name of an input in the store: it is the same on every computer.
fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Whether a run can be continued.
fn is_open(run: &StoredRun) -> bool {
    let is_given_up = run.is_unwanted && run.leased_for.is_none();
    !run.state.is_over() && !is_given_up
}

/// Returns how many rows of a run are done, if its worker has told that.
fn done_rows(run: &StoredRun) -> Option<u64> {
    let left = run.progress.get("left")?.as_u64()?;
    let since = run.progress.get("rows")?.as_object()?;
    let since: u64 = since.values().filter_map(serde_json::Value::as_u64).sum();
    Some(run.new.rows.saturating_sub(left).saturating_add(since).min(run.new.rows))
}

/// Returns the number of the process that had a run, if that was one of this computer that has
/// ended: the lock of the journal, which is held, shows that.
fn ended_here(run: &StoredRun, local: Option<&LocalRun>) -> Option<i64> {
    let was_here = run.worker.as_deref().is_some_and(|worker| worker.starts_with(&user_here()));
    let own = local.filter(|local| was_here && !local.is_copy && local.is_of(&run.new.id))?;
    own.copy.as_ref().map(|copy| copy.fence)
}

/// Renames a journal with its date, and what belongs to it.
fn put_journal_aside(place: &Path) -> io::Result<()> {
    let aside = Journal::rotate(place)?;
    put_record_aside(place, aside.as_deref())
}

/// Returns a fingerprint as the store has it.
fn input_words((length, hash): (u64, u128)) -> String {
    format!("{length}-{hash:032x}")
}

/// Describes this process for others: `ann@laptop, process 4711`.
fn worker() -> String {
    format!("{}{}", user_here(), std::process::id())
}

/// Returns how the processes of this user are described on this computer.
fn user_here() -> String {
    let names = ["USER", "LOGNAME", "USERNAME"];
    let user = names.iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    let user = if user.is_empty() { "somebody".to_owned() } else { user };
    format!("{user}@{}, process ", computer())
}

#[cfg(unix)]
fn computer() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn computer() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "a computer".to_owned())
}

impl ImportSession<'_> {
    /// Begins the runs of these files in the store, with everything that another computer needs to
    /// continue them. Runs that were taken over are there already.
    pub(super) fn begin_in_store(self, files: &mut [FileRun]) -> Result<(), ImportError> {
        let Some(store) = self.config.connect.store.as_ref().filter(|_| self.config.is_real())
        else {
            return Ok(());
        };
        for file in files {
            let sends = file.sends();
            let name = file.input.table.name().to_owned();
            let list = file.input.table.fingerprint()?;
            let rows = u64::from(file.scan.plan.rows());
            let Some(work) = file.work.as_mut().filter(|_| sends) else { continue };
            if store.lease(&work.place).is_none() {
                let input = input_words(list);
                self.begin_run(store, work, (&file.path, name, input, rows))?;
            }
            self.store_record(work);
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
        let (organization, host) =
            (self.connection.organization.clone(), self.connection.host.clone());
        let mut run = NewRun {
            id: work.run_info.run_id.clone(),
            place: RunPlace { organization, host },
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
        let copy = StoreCopy {
            store: store.shown().to_owned(),
            run: lease.run.clone(),
            fence: lease.fence,
        };
        store.hold(&work.place, lease.clone(), asked).map_err(StoreUseError::from)?;
        put(&*runs, &lease, INPUT, path)?;
        put(&*runs, &lease, LIST, &work.list)?;
        put(&*runs, &lease, GROUPS, &groups_path(&work.list))?;
        // Without its beginning, a run has sent nothing: so that comes last.
        let base = work.journal.base()?;
        let put = runs.put_file(&lease, JOURNAL, &mut base.as_slice());
        put.map_err(StoreUseError::from)?;
        work.journal.note_store_copy(&copy)?;
        if let Some(shared) = store.journal(&work.place) {
            work.journal.share(shared)?;
        }
        Ok(())
    }

    /// Stores what was there before the rows of a run, if that is recorded.
    pub(super) fn store_record(self, work: &OpenedRun) {
        let Some(store) = &self.config.connect.store else { return };
        let Some(lease) = store.lease(&work.place) else { return };
        let stored = store.runs().and_then(|runs| {
            match put(&*runs, &lease, RECORD, &record_path(&work.place)) {
                Ok(()) => Ok(()),
                Err(StoreUseError::Store(error)) => Err(error),
                Err(error) => Err(StoreError::File(error.to_string())),
            }
        });
        if let Err(error) = stored {
            self.reporter.say(&format!(
                "note: another computer that continues this import could not take it back: {error}"
            ));
        }
    }
}

/// Stores a file of a run, if there is one.
fn put(runs: &dyn RunStore, lease: &Lease, name: &str, path: &Path) -> Result<(), StoreUseError> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(|error| StoreError::File(crate::fs::in_words(&error)))?,
    };
    let file: &mut dyn Read = &mut file;
    Ok(runs.put_file(lease, name, file)?)
}
