//! The journal of an import: where it is, whether a run can be resumed from it, and what it
//! records.

use crate::change::Rules;
use crate::execute::{InputRows, Protected, RowRange, Scan, check_parts, decisions, row_marks};
use crate::fs::{Busy, Lock, OsText, hold_input, private_folder, read_regular, write_atomic};
use crate::import::baseline::LoadedBaseline;
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::copied_journal::check_is_newest;
use crate::import::difference::Difference;
use crate::import::error::ImportError;
use crate::import::file_run::FileRun;
use crate::import::files_in_use::check_no_run_uses;
use crate::import::input_file::InputFile;
use crate::import::journal_place::{has_all_of_name, journal_path, list_path, lock_path};
use crate::import::opened_run::{OpenedRun, RunLocks};
use crate::import::portions::{
    NextStart, RowsSoFar, Skipped, finished_portions, leaves_rows, portions_so_far,
};
use crate::import::reporter::ImportReporter;
use crate::import::resume_error::{BegunRun, ResumeError};
use crate::import::retry::begin_retry;
use crate::import::run_lists::keep_lists;
use crate::import::run_options::{
    LIST, differences, options, take_date_of_same_list, take_list_of_same_plan,
};
use crate::import::shared_store::SharedStore;
use crate::import::store_error::StoreUseError;
use crate::import::stored_config;
use crate::import::undo::earlier_import::can_be_undone;
use crate::import::undo::put_aside::put_run_aside;
use crate::import::unfinished::Unfinished;
use crate::journal::{Journal, RecoveredState, RunDecisions, RunIdentity, RunInfo, StoreCopy};
use crate::plan::{Estimate, Plan};
use crate::report::{EarlierResults, earlier_results};
use jiff::Timestamp;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_128;

/// Opens the journal for this input and organization: a new one, or the one of an interrupted run.
pub(crate) fn open_or_resume(
    config: &ImportConfig,
    run: &FileRun,
    baseline: Option<&LoadedBaseline>,
    connection: &Connection,
    reporter: &dyn ImportReporter,
) -> Result<OpenedRun, ImportError> {
    let place = || journal_path(&run.path, &run.paths.results, &connection.organization);
    // If the state folder existed before, an unfinished run would have left a note in it.
    let notes_runs = connection.state.as_ref().is_some_and(|state| state.join("locks").is_dir());
    // Another input with the same name may have begun its journal there meanwhile.
    let (opening, (locks, note)) = loop {
        let opening = Opening { config, run, connection, reporter, place: place() };
        let taken = opening.take_locks()?;
        if place() == opening.place {
            break (opening, taken);
        }
    };
    check_no_run_uses(run.paths.outputs(), Some(&opening.place))?;
    let about = opening.identity()?;
    let store = config.connect.store.as_ref();
    let mut run_id = store.and_then(|store| store.assigned()).map(|run| run.id.clone());
    if config.retry_failed {
        note.map_or(Ok(()), |note| opening.note_place(&note, &about))?;
        return opening.retry(&about, baseline, locks);
    }
    if config.fresh {
        put_run_aside(&run.paths, &opening.place)?;
    } else if let Some(mut earlier) = EarlierJournal::open(&opening.place)? {
        if !earlier.recovered.has_begun() {
            // Another computer may have sent its rows since.
            opening.check_store(&earlier.journal)?;
            // It is begun anew, in the store as well.
            opening.forget_in_store()?;
            // What is recorded about its rows is about this run: it is no other import.
            run_id.get_or_insert(earlier.run_info.run_id);
        } else {
            let differences = earlier.differences(&about);
            if differences.is_empty() {
                opening.share(&mut earlier.journal)?;
                return earlier.resume(opening, locks);
            }
            if let Some(begun) = earlier.begun() {
                return Err(
                    ResumeError::OtherRun { file: opening.file(), begun, differences }.into()
                );
            }
        }
    }
    // Beside the journal of another input, the results are of that one.
    let own_results = !has_all_of_name(&opening.place, &run.path);
    let is_put_aside = store.is_some_and(|store| store.has_put_aside(&run.path));
    if !config.fresh && !is_put_aside && !opening.place.exists() && own_results {
        let is_noted = note.as_ref().map_or(!notes_runs, |note| note.exists() || !notes_runs);
        let short = match is_noted {
            true => ShortResults::Unfinished,
            false => ShortResults::PerhapsFinished,
        };
        opening.check_earlier_results(short)?;
    }
    if let Some(note) = note {
        opening.note_place(&note, &about)?;
    }
    if can_be_undone(&opening.place) {
        // The new run takes its place, and must not end the right to undo it.
        put_run_aside(&run.paths, &opening.place)?;
    }
    opening.begin(run_id, baseline, &about, locks)
}

/// A journal that is being opened, with what it is opened for.
struct Opening<'o> {
    config: &'o ImportConfig,
    run: &'o FileRun,
    connection: &'o Connection,
    reporter: &'o dyn ImportReporter,
    place: PathBuf,
}

impl Opening<'_> {
    /// Returns the name of the input.
    fn file(&self) -> String {
        self.run.input.table.name().to_owned()
    }

    /// Locks the journal, and the content of the input under all its names. Also returns the path
    /// of the note about the last run of that content.
    fn take_locks(&self) -> Result<(RunLocks, Option<PathBuf>), ImportError> {
        let busy = |busy: Busy| ResumeError::Busy { file: self.file(), busy };
        let (place, store) = (lock_path(&self.place), self.config.connect.store.as_ref());
        let lock = match store.and_then(|store| store.take_lock(&self.run.path, &place)) {
            Some(kept) => kept,
            None => Lock::take(&place).map_err(|error| match error {
                Busy::Held(_) => busy(error),
                Busy::Io(error) => ResumeError::NoJournal(error),
            })?,
        };
        let file_place = file_place(&self.run.input, self.connection);
        let file_lock = file_place
            .as_ref()
            .map(|place| Lock::take(&place.with_extension("lock")))
            .transpose()
            .map_err(busy)?;
        let input = hold_input(&self.run.path)?;
        let locks = RunLocks { _journal: lock, _content: file_lock, _input: input };
        Ok((locks, file_place.map(|place| place.with_extension("run"))))
    }

    /// Lets a journal go to the store, if the run was fetched from there.
    fn share(&self, journal: &mut Journal) -> Result<(), ImportError> {
        let store = self.config.connect.store.as_ref();
        Ok(store.map_or(Ok(()), |store| store.share(&self.place, journal))?)
    }

    /// Removes a run from the store that has sent nothing.
    fn forget_in_store(&self) -> Result<(), ImportError> {
        let store = self.config.connect.store.as_ref();
        let forgotten = store.map_or(Ok(()), |store| store.forget(&self.place));
        Ok(forgotten.map_err(StoreUseError::from)?)
    }

    /// Refuses to send the rows of a run of a store without that store.
    fn check_store(&self, journal: &Journal) -> Result<(), ImportError> {
        if self.config.connect.store.is_some() || self.config.retry_failed {
            return Ok(());
        }
        match journal.store_copy()? {
            Some(StoreCopy { store, .. }) => {
                Err(StoreUseError::NeedsStore { file: self.file(), store }.into())
            }
            None => Ok(()),
        }
    }

    /// Returns the identity of the run of this command.
    fn identity(&self) -> Result<RunIdentity, ImportError> {
        let FileRun { input, scan, .. } = self.run;
        Ok(RunIdentity {
            organization: self.connection.organization.clone(),
            host: self.connection.host.clone(),
            input: input.table.fingerprint()?,
            rows: scan.plan.rows(),
            options: options(self.config, input),
        })
    }

    /// Refuses to begin beside an interrupted run of the same input with another journal, and notes
    /// for a later import of this input, with results elsewhere, where the journal is.
    fn note_place(&self, note: &Path, about: &RunIdentity) -> Result<(), ImportError> {
        let other = elsewhere(note, &self.place, about).filter(|_| !self.config.fresh);
        if let Some(journal) = other {
            return Err(ResumeError::Elsewhere { file: self.file(), journal }.into());
        }
        let path = OsText::from(std::path::absolute(&self.place)?);
        let noted = write_atomic(note, |file| Ok(serde_json::to_writer(file, &path)?));
        noted.unwrap_or_else(|error| self.reporter.say(&format!("note: {error}")));
        Ok(())
    }

    /// Continues the last run with its failed rows.
    fn retry(
        self,
        about: &RunIdentity,
        baseline: Option<&LoadedBaseline>,
        locks: RunLocks,
    ) -> Result<OpenedRun, ImportError> {
        let Self { config, run, place, connection, .. } = &self;
        let (journal, begins) = begin_retry(place, (config, run), about, connection)?;
        if begins.is_some() {
            keep_lists(baseline, &list_path(place))?;
        }
        let earlier = EarlierJournal::of(journal)?;
        Ok(OpenedRun { begins_retry: begins, ..earlier.resume(self, locks)? })
    }

    /// Begins a new run, with the id of one that was stopped before it sent anything.
    fn begin(
        self,
        run_id: Option<String>,
        baseline: Option<&LoadedBaseline>,
        about: &RunIdentity,
        locks: RunLocks,
    ) -> Result<OpenedRun, ImportError> {
        let Self { config, run, place, .. } = self;
        let Scan { plan, counts, .. } = &run.scan;
        let list = list_path(&place);
        keep_lists(baseline, &list)?;
        let run_id = run_id.unwrap_or_else(|| format!("{:08x}", fastrand::u32(..)));
        let (run_info, decisions) =
            (new_run(config, run, run_id), decide(config, &run.input, plan)?);
        let input_rows = InputRows { decided: Some(&decisions), ..run.input.input_rows() };
        let marks = row_marks(&input_rows, plan)?;
        Ok(OpenedRun {
            journal: Journal::begin_marked(&place, about, &run_info, (&decisions, Some(&marks)))?,
            recovered: RecoveredState::default(),
            run_info,
            goes_on: false,
            begins_retry: None,
            left: Unfinished::whole(plan, run.estimate),
            own_results: false,
            decisions: Some(decisions),
            skipped: Skipped { of_start: counts.skipped_rows(), ..Skipped::default() },
            locks,
            list,
            place,
        })
    }

    /// Refuses to start over if the results show an unfinished run of this input, and its journal
    /// is missing.
    fn check_earlier_results(&self, short: ShortResults) -> Result<(), ImportError> {
        let (input, results) = (&self.run.input, &self.run.paths.results);
        let Some(EarlierResults { rows, waiting, is_whole }) =
            earlier_results(&input.table, results)?
        else {
            return Ok(());
        };
        if waiting == 0 && (is_whole || rows > 0 && short == ShortResults::PerhapsFinished) {
            let results = results.display();
            self.reporter.say(&format!(
                "note: {results} is from a rehearsal of these rows, or from an import whose \
                 journal is missing: this run sends all rows"
            ));
            return Ok(());
        }
        Err(ResumeError::JournalMissing {
            file: self.file(),
            results: results.clone(),
            journal: self.place.clone(),
            done: rows.saturating_sub(waiting),
        }
        .into())
    }
}

/// Returns what a new run records about itself.
fn new_run(config: &ImportConfig, run: &FileRun, run_id: String) -> RunInfo {
    let FileRun { path, input, scan: Scan { plan, counts, .. }, paths, .. } = run;
    RunInfo {
        run_id,
        began: Timestamp::now(),
        file: path.as_path().into(),
        results: paths.results.clone().into(),
        failed: paths.failed.clone().map(OsText::from),
        typed: config.typed.iter().map(OsText::from).collect(),
        config: stored_config::to_store(config),
        folder: std::env::current_dir().unwrap_or_default().into(),
        process: std::process::id(),
        requests: Estimate::of(plan).requests,
        to_send: counts.sendable,
        without_request: Skipped { of_start: counts.skipped_rows(), ..Skipped::default() }
            .by_name(),
        portions: Vec::new(),
        not_compared: input.changed_rows.parts(),
        has_list: input.baseline.is_some(),
        finds_conflicts: is_alone(config, input),
        retried: None,
        with_other_files: config.files.len() > 1,
    }
}

/// A run that has left its journal.
struct EarlierJournal {
    journal: Journal,
    identity: RunIdentity,
    run_info: RunInfo,
    recovered: RecoveredState,
}

impl EarlierJournal {
    /// Opens its journal, if there is one. The run may not have begun: it was not confirmed, its
    /// credentials were refused, or it was killed before it sent anything.
    fn open(place: &Path) -> Result<Option<Self>, ImportError> {
        Journal::open(place)?.map(Self::of).transpose()
    }

    fn of(journal: Journal) -> Result<Self, ImportError> {
        let (identity, run_info, recovered) = journal.believed()?;
        Ok(Self { journal, identity, run_info, recovered })
    }

    fn is_finished(&self) -> bool {
        self.recovered.finished.is_some()
    }

    /// Returns how far the run is; `None` if it has nothing left to send.
    fn begun(&self) -> Option<BegunRun> {
        if !self.is_finished() {
            return Some(BegunRun::Interrupted);
        }
        leaves_rows(&self.run_info, &self.recovered, self.identity.rows).then_some(BegunRun::InPart)
    }

    /// Returns the differences that make the run of this command another run.
    fn differences(&self, about: &RunIdentity) -> Vec<Difference> {
        let mut about = about.clone();
        let known = &self.identity.options;
        if self.is_finished() {
            // Nothing more is sent, so that a newer list can change nothing. And every portion is
            // guarded by a list of its own.
            about.options.insert(LIST.to_owned(), known.get(LIST).cloned().unwrap_or_default());
            if self.begun().is_none() {
                take_list_of_same_plan(&mut about.options, known);
            }
        }
        if self.begun().is_some() {
            take_date_of_same_list(&mut about.options, known);
        }
        differences(&self.identity, &about)
    }

    /// Adds what finished starts have decided about other rows than those of this start.
    fn beside_earlier(
        &self,
        decisions: RunDecisions,
        input_rows: &InputRows<'_>,
        finished: &RowRange,
    ) -> Result<RunDecisions, ImportError> {
        let Some(earlier) = self.journal.decisions()? else { return Ok(decisions) };
        let stays = |row: u32| finished.contains(u64::from(row) + 1) && !input_rows.asks_for(row);
        Ok(decisions.with(&earlier, stays))
    }

    /// Whether everything has an outcome, so that the run is only shown.
    fn is_shown(&self, input_rows: &InputRows<'_>, left: &Unfinished, finished: &RowRange) -> bool {
        let is_new = |row: u32| input_rows.asks_for(row) && !finished.contains(u64::from(row) + 1);
        self.is_finished() && left.rows == 0 && !(0..self.identity.rows).any(is_new)
    }

    /// Whether the outputs that are there are those of this run.
    fn has_own_results(&self, next: &RunInfo) -> Result<bool, ImportError> {
        // A journal that was fetched names the outputs here, which are of other runs so far.
        let is_fetched = self.journal.taken_over_at()?.is_some();
        Ok(!is_fetched && same_outputs(&self.run_info, next))
    }

    /// Refuses a start that would send what is done, or rows in another order. Returns the
    /// decisions of the run with those of this start.
    fn decide_next_start(
        &self,
        opening: &Opening<'_>,
        rows_so_far: &RowsSoFar,
        finished: &RowRange,
    ) -> Result<RunDecisions, ImportError> {
        let Opening { config, run, connection, place, .. } = opening;
        opening.check_store(&self.journal)?;
        let (input_rows, plan) = (run.input.input_rows(), &run.scan.plan);
        let file = (&*opening.file(), &**place);
        let tried: HashSet<u32> = self.recovered.tried().collect();
        let retried = self.run_info.retried.as_ref().map(|retried| retried.rows.iter().copied());
        let retried = RowRange::of(retried.into_iter().flatten());
        let is_known = |row: &u32| {
            tried.contains(row)
                || rows_so_far.completed.contains(row)
                || retried.contains(u64::from(*row) + 1)
        };
        check_is_newest(file, &self.run_info.run_id, connection, is_known)?;
        NextStart { input_rows, plan, rows_so_far, run_info: &self.run_info }.check()?;
        self.beside_earlier(decide(config, &run.input, plan)?, &input_rows, finished)
    }

    /// Resumes the run.
    fn resume(self, opening: Opening<'_>, locks: RunLocks) -> Result<OpenedRun, ImportError> {
        let FileRun { input, scan: Scan { plan, counts, .. }, .. } = opening.run;
        check_parts(&self.journal, &self.recovered, &self.identity, &input.input_rows(), plan)?;
        let rows_so_far = RowsSoFar::read(&self.journal, &self.recovered)?;
        let left = Unfinished::of(plan, &rows_so_far.completed, &self.recovered);
        let finished = finished_portions(&self.run_info, &self.recovered);
        let decisions = match self.is_shown(&input.input_rows(), &left, &finished) {
            true => None,
            false => Some(self.decide_next_start(&opening, &rows_so_far, &finished)?),
        };
        let run_id = self.run_info.run_id.clone();
        let run_info = RunInfo {
            portions: finished.parts().to_vec(),
            with_other_files: self.run_info.with_other_files || opening.config.files.len() > 1,
            ..new_run(opening.config, opening.run, run_id)
        };
        let own_results = self.has_own_results(&run_info)?;
        let input_rows = InputRows {
            decided: decisions.as_ref().or(input.decided.as_ref()),
            ..input.input_rows()
        };
        let (so_far, completed) = (portions_so_far(&run_info), rows_so_far.completed);
        let skipped = Skipped::of_next_start(&input_rows, (plan, counts), &completed, &so_far)?;
        let RunInfo { began, has_list, finds_conflicts, retried, .. } = self.run_info;
        let run_info = RunInfo {
            began,
            retried,
            to_send: left.rows + self.recovered.judged,
            without_request: skipped.by_name(),
            has_list: has_list || run_info.has_list,
            finds_conflicts: match decisions {
                None => finds_conflicts,
                Some(_) => run_info.finds_conflicts,
            },
            ..run_info
        };
        let mut journal = self.journal;
        let recovered = journal.go_on(&run_info, opening.config.effect_window)?;
        match &decisions {
            Some(decisions) => {
                journal.decide(decisions)?;
                let whole = InputRows { range: Some(&so_far), ..input_rows };
                journal.mark_rows(&row_marks(&whole, plan)?)?;
                journal.commit()?;
            }
            // If this command is refused for another reason, the journal must stay as it was:
            // finished.
            None => recovered.finished.map_or(Ok(()), |at| journal.finished(at))?,
        }
        Ok(OpenedRun {
            journal,
            recovered,
            run_info,
            goes_on: true,
            begins_retry: None,
            left,
            own_results,
            decisions,
            skipped,
            locks,
            list: list_path(&opening.place),
            place: opening.place,
        })
    }
}

/// Whether only the file itself shows which of its rows conflict.
fn is_alone(config: &ImportConfig, input: &InputFile) -> bool {
    config.files.len() == 1 && input.baseline.is_none()
}

/// Finds the decisions of the run about rows that do not follow from their file alone.
fn decide(
    config: &ImportConfig,
    input: &InputFile,
    plan: &Plan,
) -> Result<RunDecisions, ImportError> {
    let rules = Rules { no_groups: Vec::new(), ..input.rules.clone() };
    let nobody = Protected::default();
    let input_rows = input.input_rows();
    let alone = InputRows {
        range: input_rows.range,
        conflicts: input_rows.conflicts.filter(|_| is_alone(config, input)),
        described: input_rows.described,
        ..InputRows::new(&input.table, &rules, &nobody)
    };
    match input_rows.knows_more_than(&alone) {
        true => Ok(decisions(&input_rows, &alone, plan)?),
        false => Ok(RunDecisions::default()),
    }
}

/// The meaning of results that lack the last rows of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ShortResults {
    /// They are of an unfinished run.
    Unfinished,
    /// They may be of a finished run of a file that has grown since.
    PerhapsFinished,
}

/// Returns the path in the state folder for a file that is imported into an organization, whatever
/// its name is: `.lock` is held by a run, `.run` names the journal of the last run.
fn file_place(input: &InputFile, connection: &Connection) -> Option<PathBuf> {
    let (device, number) = input.table.file_number()?;
    let folder = connection.state.as_ref()?.join("locks");
    private_folder(&folder).ok()?;
    let place = format!("{device} {number} {} {}", connection.organization, connection.host);
    Some(folder.join(format!("{:032x}", xxh3_128(place.as_bytes()))))
}

/// Removes the note of a finished run, which prevents no other run.
pub(crate) fn forget_place(input: &InputFile, connection: &Connection) {
    if let Some(place) = file_place(input, connection) {
        let _ = std::fs::remove_file(place.with_extension("run"));
    }
}

/// Returns the journal of an interrupted run of the same bytes, if it is not at `place`.
fn elsewhere(note: &Path, place: &Path, about: &RunIdentity) -> Option<PathBuf> {
    let noted: OsText = serde_json::from_reader(read_regular(note).ok()?).ok()?;
    let other = noted.as_path();
    if std::path::absolute(place).is_ok_and(|place| place == other) {
        return None;
    }
    let journal = Journal::open_read_only(other).ok().flatten()?;
    let recovered = journal.recovered().ok()?;
    let is_same = journal.about().is_ok_and(|other| {
        (other.input, &other.organization) == (about.input, &about.organization)
    });
    (is_same && recovered.is_interrupted()).then(|| other.to_owned())
}

/// Whether the earlier part of a run wrote to the same files.
fn same_outputs(old: &RunInfo, new: &RunInfo) -> bool {
    let place = |run_info: &RunInfo, path: &OsText| run_info.folder.as_path().join(path.as_path());
    let failed =
        |run_info: &RunInfo| run_info.failed.as_ref().map(|failed| place(run_info, failed));
    place(old, &old.results) == place(new, &new.results) && failed(old) == failed(new)
}

/// Records why a run has stopped: `umbulk results` gives this reason for the rows that were not
/// sent. Without it, they count as interrupted.
pub(crate) fn note_stop(place: &Path, why: &str, store: Option<&SharedStore>) {
    if let Ok(Some(mut journal)) = Journal::open(place) {
        if let Some(store) = store {
            let _ = store.share(place, &mut journal);
        }
        let _ = journal.stopped(why);
    }
}
