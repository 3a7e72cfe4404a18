//! The import, step by step: open, baseline, reconcile, plan, guard, execute, report, missing
//! users.

use crate::execute::{GroupSidePolicy, LateEffects};
use crate::fs::in_words;
use crate::import::assigned_run::state_after_error;
use crate::import::config::ImportConfig;
use crate::import::connected::sent;
use crate::import::connection::{Connection, learned_width};
use crate::import::earlier_effects::{wait_for_earlier_effects, wait_for_other_computer};
use crate::import::earlier_run::{self, EarlierRun};
use crate::import::error::ImportError;
use crate::import::existing_users;
use crate::import::exit::Exit;
use crate::import::file_run::FileRun;
use crate::import::find_changed_rows;
use crate::import::first_deletions::first_deletions;
use crate::import::groups::Creation;
use crate::import::guard::{GuardedWork, NAMED, TotalLosses, guard};
use crate::import::guard_ages::guard_ages;
use crate::import::input_file::{FileAccess, InputFile};
use crate::import::input_files::{check_inputs, confirm_encoding, spool_folder};
use crate::import::kept_pauses::keep_pauses;
use crate::import::known_lists::KnownLists;
use crate::import::missing::{self, MissingDecision, MissingList};
use crate::import::note::Note;
use crate::import::outputs::{output_paths, prepare_places};
use crate::import::places::check_outputs;
use crate::import::portions::check_open_rows;
use crate::import::reconciliation::{AskedServer, Reconciled, Reconciliation, scan_files};
use crate::import::reporter::{ImportEvent, ImportReporter, Stage};
use crate::import::retry::with_failed_rows;
use crate::import::saved_plan;
use crate::import::session::ImportSession;
use crate::import::shared_changes::fetch_changes;
use crate::import::shared_lists::fetch_lists_of_others;
use crate::import::store_error::StoreUseError;
use crate::import::stored_run;
use crate::import::submitted_run::check_new;
use crate::import::written_files::written_files;
use crate::journal::Moment;
use crate::plan::Workload;
use crate::plan::sides::CommandWidth;
use crate::reconcile::PerhapsMeant;
use crate::store::LeaseEnd;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;
use tokio::runtime::Runtime;

/// Imports the files of a configuration: every row gets an outcome, and every file its results.
///
/// # Errors
/// When nothing was sent. Errors after that are passed to the reporter, and stop the import.
pub(crate) fn import(
    config: &ImportConfig,
    reporter: &dyn ImportReporter,
) -> Result<Exit, ImportError> {
    let ended = import_files(config, reporter);
    if let Err(error) = &ended
        && let Some(store) =
            config.connect.store.as_ref().filter(|store| store.assigned().is_some())
    {
        let reason = Some(reporter.words(&Note::Error(error)));
        let mut state = state_after_error(error);
        if store.has_begun() {
            state = state.of_begun();
        }
        store.end_all(&LeaseEnd { state, exit_status: 2, reason });
    }
    ended
}

fn import_files(config: &ImportConfig, reporter: &dyn ImportReporter) -> Result<Exit, ImportError> {
    let began = Instant::now();
    let pipeline = Pipeline {
        config,
        reporter,
        runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
        late_effects: None,
    };
    pipeline.check()?;
    let failed_rows = pipeline.find_failed_rows()?;
    let config = failed_rows.as_ref().unwrap_or(config);
    let pipeline = Pipeline { config, ..pipeline };
    let mut inputs = pipeline.open()?;
    let taken_over_at = pipeline.fetch_runs(&inputs)?;
    // Nobody waits for a refusal.
    check_open_rows(config, &inputs)?;
    pipeline.wait_for_other_computer(taken_over_at)?;
    pipeline.fetch_from_others()?;
    let late_effects = wait_for_earlier_effects(config, &inputs, &pipeline.runtime, reporter)?;
    let config = &keep_pauses(config);
    let pipeline = Pipeline { config, late_effects, ..pipeline };
    let mut lists = pipeline.load_lists(&inputs)?;
    pipeline.find_changed_rows(&mut inputs, &lists)?;
    let reconciled = pipeline.reconcile(&mut inputs, &mut lists)?;
    let files = pipeline.plan(inputs)?;
    let rows = files.iter().map(|file| file.scan.counts.rows - file.scan.counts.skipped).sum();
    pipeline.check_shrink(rows)?;
    let exit = pipeline.carry_out(files, lists, reconciled, began)?;
    pipeline.note_rows(rows, exit);
    Ok(exit)
}

/// An import before it is connected.
struct Pipeline<'p> {
    config: &'p ImportConfig,
    reporter: &'p dyn ImportReporter,
    runtime: Runtime,
    /// What earlier requests may still change, once the wait for them is over.
    late_effects: Option<LateEffects>,
}

impl Pipeline<'_> {
    fn stage(&self, stage: Stage) -> Result<(), ImportError> {
        tracing::info!(?stage, "import");
        self.reporter.event(ImportEvent::Stage(stage))
    }

    /// Refuses invalid combinations of options before a file is opened.
    fn check(&self) -> Result<(), ImportError> {
        let Self { config, reporter, .. } = self;
        self.stage(Stage::Usage)?;
        reporter.event(ImportEvent::Files(&config.files))?;
        prepare_places(config)?;
        missing::check_config(config)?;
        stored_run::check_config(config)?;
        saved_plan::check_place(config)?;
        let plan = config.saved_plan.iter().map(|plan| plan.place.clone());
        let inputs: Vec<PathBuf> = config.files.iter().cloned().chain(plan).collect();
        Ok(check_outputs(&inputs, &written_files(config))?)
    }

    /// Returns the import of the rows that had failed, if only these are sent.
    fn find_failed_rows(&self) -> Result<Option<ImportConfig>, ImportError> {
        if !self.config.retry_failed {
            return Ok(None);
        }
        self.stage(Stage::Journal)?;
        with_failed_rows(self.config, self.reporter).map(Some)
    }

    /// Opens all files. Problems that can be found without the server are reported first.
    fn open(&self) -> Result<Vec<InputFile>, ImportError> {
        let Self { config, reporter, .. } = self;
        self.stage(Stage::Input)?;
        let width = match config.is_real() {
            true => learned_width(&config.connect.access),
            false => CommandWidth::Wide,
        };
        let group_side = GroupSidePolicy { wanted: config.group_side, width };
        let open = |path: &PathBuf| {
            let spool = spool_folder(path, &output_paths(config, path).results);
            let access = FileAccess::PrivateCopy(&spool);
            let mut input = InputFile::open(path, &config.read, access, *reporter)?;
            input.group_side = Some(group_side);
            confirm_encoding(&input.table, &config.read, *reporter)?;
            Ok::<_, ImportError>(input)
        };
        let inputs = config.files.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        check_inputs(&inputs)?;
        Ok(inputs)
    }

    /// Fetches runs that other computers have begun. Returns since when the service may still carry
    /// out what these have sent.
    fn fetch_runs(&self, inputs: &[InputFile]) -> Result<Option<Moment>, ImportError> {
        let Self { config, reporter, .. } = self;
        let Some(store) = &config.connect.store else { return Ok(None) };
        self.stage(Stage::Journal)?;
        store.open(config.connect.timeout).map_err(StoreUseError::from)?;
        if config.submission.is_some() {
            return check_new(config, store, inputs, *reporter).map(|()| None);
        }
        stored_run::fetch_runs(config, inputs, *reporter)
    }

    /// Takes in what other computers with the store know of the organization.
    fn fetch_from_others(&self) -> Result<(), ImportError> {
        let connect = &self.config.connect;
        let Some(store) = &connect.store else { return Ok(()) };
        fetch_changes(self.config)?;
        fetch_lists_of_others(connect, store, self.reporter)
    }

    /// Waits until nothing can still be carried out that other computers have sent: before that,
    /// the server's responses prove nothing.
    fn wait_for_other_computer(&self, since: Option<Moment>) -> Result<(), ImportError> {
        let Self { config, reporter, runtime, .. } = self;
        match since {
            Some(since) => wait_for_other_computer(since, config.effect_window, runtime, *reporter),
            None => Ok(()),
        }
    }

    /// Loads the requested lists, and the snapshot.
    fn load_lists(&self, inputs: &[InputFile]) -> Result<KnownLists, ImportError> {
        let Self { config, reporter, .. } = self;
        self.stage(Stage::List)?;
        KnownLists::load(config, inputs, *reporter, || self.earlier_run(inputs))
    }

    /// Finds the rows that are left of a run and cannot be compared with its list.
    fn find_changed_rows(
        &self,
        inputs: &mut [InputFile],
        lists: &KnownLists,
    ) -> Result<(), ImportError> {
        match lists.loaded.as_ref().filter(|_| lists.continues) {
            Some(list) => find_changed_rows::find(self.config, inputs, list, self.reporter),
            None => Ok(()),
        }
    }

    /// Returns the run that this one resumes, or only shows.
    fn earlier_run(&self, inputs: &[InputFile]) -> Result<Option<EarlierRun>, ImportError> {
        let config = self.config;
        if config.fresh || !config.is_real() {
            return Ok(None);
        }
        let (organization, _) = Connection::place(&config.connect.access)?;
        let results = |path: &PathBuf| output_paths(config, path).results;
        // An import with another plan is not continued. Its journal refuses this one.
        let plan = config.saved_plan.as_ref().map(|plan| plan.id.as_str());
        let interrupted = config
            .files
            .iter()
            .filter_map(|path| earlier_run::earlier_run(path, &results(path), &organization))
            .find(|earlier_run| earlier_run.plan.as_deref() == plan);
        // If several files are finished, the earliest run counts, because they were compared
        // together.
        let finished = || {
            let one = |(path, input): (&PathBuf, &InputFile)| {
                earlier_run::finished(path, input, config, &results(path), &organization)
            };
            let all: Option<Vec<EarlierRun>> = config.files.iter().zip(inputs).map(one).collect();
            all?.into_iter().min_by_key(|earlier_run| earlier_run.at)
        };
        Ok(interrupted.or_else(finished).map(|earlier| {
            let ids = config
                .files
                .iter()
                .filter_map(|path| earlier_run::run_id(path, &results(path), &organization));
            EarlierRun { run_ids: ids.collect(), ..earlier }
        }))
    }

    /// Compares the rows with the organization, using the lists and questions to the server.
    fn reconcile(
        &self,
        inputs: &mut [InputFile],
        lists: &mut KnownLists,
    ) -> Result<Reconciled, ImportError> {
        let Self { config, reporter, runtime, late_effects } = self;
        let server = AskedServer { runtime, late_effects: late_effects.as_ref() };
        let creation = Creation::of(config);
        let reporter = *reporter;
        let reconciliation = Reconciliation { config, reporter, creation, server: Some(server) };
        reconciliation.reconcile(inputs, lists)
    }

    /// Guards and sends the planned files.
    fn carry_out(
        &self,
        mut files: Vec<FileRun>,
        mut lists: KnownLists,
        reconciled: Reconciled,
        began: Instant,
    ) -> Result<Exit, ImportError> {
        let Self { config, reporter, runtime, .. } = self;
        let Reconciled { connection, mut found, .. } = reconciled;
        self.stage(Stage::Credentials)?;
        // Only a plan has none.
        let Some(connection) = &connection.transpose()? else { return Ok(Exit::NothingSent) };
        let session = ImportSession { config, connection, runtime, reporter: *reporter };
        let (organization, host) = (&connection.organization, &connection.host);
        reporter.event(ImportEvent::GoesTo { organization, host })?;
        self.stage(Stage::Guard)?;
        // An import that is refused here, or because of its missing users, has not begun a run.
        saved_plan::check_rows(session, &files, lists.loaded.as_ref(), &found.groups)?;
        let perhaps_meant = std::mem::take(&mut found.findings.perhaps_meant);
        let missing = match lists.missing.take() {
            Some(list) => decide_missing(session, &files, (list, perhaps_meant))?,
            None => None,
        };
        self.stage(Stage::Journal)?;
        session.open_journals(&mut files, &lists)?;
        let total = TotalLosses::of(&sent(&files), config);
        self.stage(Stage::Server)?;
        let administrators = session.ask_about_administrators(&mut files, &lists, &total)?;
        let near = existing_users::near_names(config, lists.loaded_or_stored());
        found.say_head(*reporter);
        let before = Workload::of_requests(found.groups.requests());
        session.say_heads(&files, before, &administrators, &near);
        missing.iter().for_each(|missing| missing.say_head(*reporter));
        guard_ages(&files, config, *reporter)?;
        self.stage(Stage::Guard)?;
        let work = match missing.is_some() || files.iter().any(FileRun::sends) {
            true => GuardedWork::Something,
            false => GuardedWork::Nothing,
        };
        let names = || first_deletions(&sent(&files), NAMED);
        let record = session.record_of(&files, lists.loaded.as_ref());
        let work = (work, record);
        guard(config, connection, &total, &administrators, work, names, *reporter)?;
        missing.iter().try_for_each(|missing| missing.ask(session))?;
        if let Some(submission) = &config.submission {
            return session.submit(submission, &files);
        }
        self.stage(Stage::Server)?;
        let loaded = lists.loaded.as_ref();
        let named = session.keep_before_first(&files, loaded, &found.groups.create)?;
        session.begin_in_store(&mut files)?;
        self.stage(Stage::Credentials)?;
        // If no row can be sent, the server is not asked.
        if files.iter().any(FileRun::sends)
            && let Some(exit) = session.begin_sending(&mut found.groups)?
        {
            return Ok(exit);
        }
        session.begins()?;
        self.stage(Stage::Run)?;
        let exit = session.send_all(files, (&lists, named), &administrators, &near, began)?;
        let ended = match missing {
            Some(missing) => missing.carry_out(session, exit),
            None => Ok(exit),
        };
        // After something was sent, every error is a stop.
        if session.has_sent() { Ok(session.stopped_if_wrong(ended)) } else { ended }
    }

    /// Refuses a list of a repeated job that looks truncated.
    fn check_shrink(&self, rows: u64) -> Result<(), ImportError> {
        let Some(guard) = &self.config.shrink else { return Ok(()) };
        self.stage(Stage::Guard)?;
        Ok(guard.check(rows)?)
    }

    /// Records the rows of a finished run of a repeated job.
    fn note_rows(&self, rows: u64, exit: Exit) {
        let is_finished = matches!(exit, Exit::Good | Exit::SomeRows) && self.config.is_real();
        if let Some(guard) = self.config.shrink.as_ref().filter(|_| is_finished)
            && let Err(error) = guard.note(rows)
        {
            self.reporter.say(&format!(
                "warning: the next run cannot check whether its list is complete: {}",
                in_words(&error)
            ));
        }
    }

    /// Plans all files.
    fn plan(&self, mut inputs: Vec<InputFile>) -> Result<Vec<FileRun>, ImportError> {
        let Self { config, reporter, .. } = self;
        self.stage(Stage::Input)?;
        let scans = scan_files(&mut inputs, None, *reporter)?;
        let mut files = Vec::new();
        for (path, scanned) in config.files.iter().zip(inputs.into_iter().zip(scans)) {
            files.push(FileRun::plan(config, path, scanned, *reporter)?);
        }
        for (place, file) in files.iter().enumerate() {
            let (name, counts) = (file.input.table.name(), &file.scan.counts);
            reporter.event(ImportEvent::Planned { place, name, counts })?;
        }
        Ok(files)
    }
}

/// Decides who is missing. A plan that is applied has decided the same.
fn decide_missing(
    session: ImportSession<'_>,
    files: &[FileRun],
    (list, perhaps_meant): (MissingList, BTreeMap<u32, PerhapsMeant>),
) -> Result<Option<MissingDecision>, ImportError> {
    let decided = missing::decide(session, files, list, perhaps_meant)?;
    if let Some(people) = decided.as_ref().and_then(MissingDecision::begins_with) {
        saved_plan::check_people(session.config, &people, session.reporter)?;
    }
    Ok(decided)
}
