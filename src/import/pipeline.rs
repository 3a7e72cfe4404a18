//! The import, step by step: open, baseline, reconcile, plan, guard, execute, report, missing
//! users.

use crate::execute::{EarlierFiles, InvalidRenames, LateEffects, ProbeAnswers, shared_users};
use crate::import::administrators::{Administrators, RemovalOfNobody, Sources};
use crate::import::baseline::{BaselineSource, Keepers, LoadedBaseline, SendPolicy, compare};
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::earlier_effects::{wait_for_earlier_effects, wait_for_found_users};
use crate::import::earlier_run::{self, EarlierRun};
use crate::import::error::ImportError;
use crate::import::exact_groups::keep_groups_of_ignored;
use crate::import::existing_users::{self, UserLookup};
use crate::import::exit::Exit;
use crate::import::file_run::FileRun;
use crate::import::files_in_use::check_no_run_uses;
use crate::import::find_changed_rows;
use crate::import::first_questions::Inquiry;
use crate::import::groups::{CheckedGroups, Creation, GroupCheck, Offline, create, earlier_checks};
use crate::import::guard::{TotalLosses, guard};
use crate::import::guard_ages::guard_ages;
use crate::import::head::RunHeads;
use crate::import::input_file::{
    FileAccess, InputFile, check_inputs, confirm_encoding, find_conflicts, spool_folder,
};
use crate::import::journal;
use crate::import::kept_pauses::keep_pauses;
use crate::import::known_users::KnownUsers;
use crate::import::list_error::OrgListError;
use crate::import::missing::{self, MissingList};
use crate::import::outdated;
use crate::import::outputs::{output_paths, prepare_places};
use crate::import::places::check_outputs;
use crate::import::portions::check_open_rows;
use crate::import::protect;
use crate::import::protect_error::ProtectAdvice;
use crate::import::rehearsal::DryRun;
use crate::import::removals_not_listed;
use crate::import::reporter::{ImportEvent, ImportReporter, Stage};
use crate::import::row_findings::RowFindings;
use crate::import::session::ImportSession;
use crate::import::written_files::written_files;
use crate::organization::Organization;
use crate::plan::Workload;
use crate::reconcile::NearNames;
use std::collections::{HashSet, VecDeque};
use std::io;
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
    let began = Instant::now();
    let pipeline = Pipeline {
        config,
        reporter,
        runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
        late_effects: None,
    };
    pipeline.check()?;
    let mut inputs = pipeline.open()?;
    check_open_rows(config, &inputs)?;
    let late_effects = wait_for_earlier_effects(config, &inputs, &pipeline.runtime, reporter)?;
    let config = &keep_pauses(config);
    let pipeline = Pipeline { config, late_effects, ..pipeline };
    let mut lists = pipeline.load_lists(&mut inputs)?;
    let Reconciled { connection, rehearsal, mut groups, keepers, findings } =
        pipeline.reconcile(&mut inputs, &mut lists)?;
    let RowFindings { warnings, perhaps_meant } = findings;
    let mut files = pipeline.plan(inputs)?;
    pipeline.stage(Stage::Credentials)?;
    let connection = connection?;
    let session =
        ImportSession { config, connection: &connection, runtime: &pipeline.runtime, reporter };
    let (organization, host) = (&connection.organization, &connection.host);
    reporter.event(ImportEvent::GoesTo { organization, host })?;
    pipeline.stage(Stage::Guard)?;
    // An import that is refused because of its missing users has not begun a run.
    let missing = match lists.missing.take() {
        Some(list) => missing::decide(session, &files, list, perhaps_meant)?,
        None => None,
    };
    pipeline.stage(Stage::Journal)?;
    session.open_journals(&mut files, &lists)?;
    let total = TotalLosses::of(&sent(&files), config);
    pipeline.stage(Stage::Server)?;
    // If the import is refused anyway, or stops, the server is not asked.
    let administrators = match total.is_refused() || session.is_held_too_long() {
        true => Administrators::default(),
        false => session.find_administrators(&sent(&files), &lists)?,
    };
    if config.verify_deletes {
        note_rows_known(&mut files, &administrators)?;
    }
    let near = existing_users::near_names(config, lists.loaded_or_stored());
    rehearsal.iter().for_each(|rehearsal| rehearsal.say_head(reporter));
    groups.say_head(reporter);
    keepers.say_head(reporter);
    warnings.say_head(reporter);
    let before = Workload::of_requests(groups.requests());
    session.say_heads(&files, before, &administrators, &near);
    missing.iter().for_each(|missing| missing.say_head(reporter));
    guard_ages(&files, config, reporter)?;
    pipeline.stage(Stage::Guard)?;
    guard(config, &connection, &total, &administrators, reporter)?;
    missing.iter().try_for_each(|missing| missing.ask(session))?;
    pipeline.stage(Stage::Credentials)?;
    // If no row can be sent, the server is not asked.
    if files.iter().any(FileRun::sends)
        && let Some(exit) = session.begin_sending(&mut groups)?
    {
        return Ok(exit);
    }
    reporter.event(ImportEvent::SendingBegins)?;
    pipeline.stage(Stage::Run)?;
    let exit = session.send_all(files, &lists, &administrators, &near, began)?;
    let ended = match missing {
        Some(missing) => missing.carry_out(session, exit),
        None => Ok(exit),
    };
    // After something was sent, every error is a stop.
    if session.has_sent() { Ok(session.stopped_if_wrong(ended)) } else { ended }
}

/// Records in each file the rows for which it is known whether the user to remove exists.
fn note_rows_known(files: &mut [FileRun], administrators: &Administrators) -> io::Result<()> {
    for file in files {
        let (input_rows, plan) = (file.input.input_rows(), &file.scan.plan);
        file.rows_known = administrators.probed.rows_known(&input_rows, plan)?;
    }
    Ok(())
}

/// Returns the files that still have something to send.
fn sent(files: &[FileRun]) -> Vec<&FileRun> {
    files.iter().filter(|file| file.sends()).collect()
}

/// The lists of the organization.
struct KnownLists {
    /// The list that the user wants to compare with.
    loaded: Option<LoadedBaseline>,
    /// The stored list, if the user wants no comparison. It is used for some checks nevertheless.
    stored: Option<LoadedBaseline>,
    /// The list that shows which users are missing.
    missing: Option<MissingList>,
    /// The list that was fetched to find the people of exported lists.
    fetched: Option<LoadedBaseline>,
    /// Whether the input is an exported list, and the user wants no comparison: the server is asked
    /// which of its users exist.
    asks_about_exported: bool,
}

impl KnownLists {
    /// Returns any of the lists.
    fn any(&self) -> Option<&LoadedBaseline> {
        self.loaded.as_ref().or(self.stored.as_ref()).or(self.fetched.as_ref())
    }

    /// Returns the list that the user wants to compare with, or the stored one.
    fn loaded_or_stored(&self) -> Option<&LoadedBaseline> {
        self.loaded.as_ref().or(self.stored.as_ref())
    }

    /// Returns the organization of the list that the user wants to compare with.
    fn organization(&self) -> Option<&Organization> {
        self.loaded.as_ref().map(|list| &*list.organization)
    }
}

/// What is known once the files were compared with the organization.
struct Reconciled {
    /// The connection, or why there is none. That is reported after all problems of the files.
    connection: Result<Connection, ImportError>,
    rehearsal: Option<DryRun>,
    groups: CheckedGroups,
    keepers: Keepers,
    findings: RowFindings,
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
        Ok(check_outputs(&config.files, &written_files(config))?)
    }

    /// Opens all files. Problems that can be found without the server are reported first.
    fn open(&self) -> Result<Vec<InputFile>, ImportError> {
        let Self { config, reporter, .. } = self;
        self.stage(Stage::Input)?;
        let open = |path: &PathBuf| {
            let spool = spool_folder(path, &output_paths(config, path).results);
            let access = FileAccess::PrivateCopy(&spool);
            let input = InputFile::open(path, &config.read, access, *reporter)?;
            confirm_encoding(&input.table, &config.read, *reporter)?;
            Ok::<_, ImportError>(input)
        };
        let inputs = config.files.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        check_inputs(&inputs)?;
        Ok(inputs)
    }

    /// Loads the requested lists, and the stored one.
    fn load_lists(&self, inputs: &mut [InputFile]) -> Result<KnownLists, ImportError> {
        let Self { config, reporter, .. } = self;
        self.stage(Stage::List)?;
        let loaded = self.load_wanted(inputs)?;
        let is_unknown = loaded.is_none() && !config.sandbox;
        let (access, max_age) = (&config.connect.access, config.known.max_age);
        let stored = match is_unknown {
            true => existing_users::stored(access, max_age, inputs, *reporter),
            false => None,
        };
        let missing = missing::load_list(config, *reporter, loaded.as_ref())?;
        // An exported list that is imported again is compared with the organization, if only to
        // report differences.
        let asks_about_exported = is_unknown && inputs.iter().any(existing_users::may_be_exported);
        Ok(KnownLists { loaded, stored, missing, fetched: None, asks_about_exported })
    }

    /// Loads the list that the user wants to compare with.
    fn load_wanted(&self, inputs: &mut [InputFile]) -> Result<Option<LoadedBaseline>, ImportError> {
        let Self { config, reporter, .. } = self;
        let known = &config.known;
        if known.against.is_none() && !known.online && !config.compares() {
            return Ok(None);
        }
        if config.sandbox && known.against.is_none() {
            return Err(OrgListError::OfRehearsal.into());
        }
        let earlier_run = match config.fresh || !config.is_real() {
            true => None,
            false => self.earlier_run(inputs)?,
        };
        let continues = earlier_run.is_some();
        let source = BaselineSource {
            connect: &config.connect,
            reporter: *reporter,
            list_separator: config.read.list_separator,
            earlier_run,
        };
        let list = source.load_baseline(known)?;
        if continues {
            find_changed_rows::find(config, inputs, &list, *reporter)?;
        }
        Ok(Some(list))
    }

    /// Returns the run that this one resumes, or only shows.
    fn earlier_run(&self, inputs: &[InputFile]) -> Result<Option<EarlierRun>, ImportError> {
        let config = self.config;
        let (organization, _) = Connection::place(&config.connect.access)?;
        let results = |path: &PathBuf| output_paths(config, path).results;
        let interrupted = config
            .files
            .iter()
            .find_map(|path| earlier_run::earlier_run(path, &results(path), &organization));
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
        let check = self.group_check(lists);
        let mut groups = CheckedGroups::default();
        let mut rehearsal = None;
        if config.sandbox {
            let mut all: Vec<&mut InputFile> = inputs.iter_mut().collect();
            groups = check.offline(&mut all, Offline::Rehearsal)?;
            let all: Vec<&InputFile> = inputs.iter().collect();
            rehearsal = Some(DryRun::start(&all, lists.organization(), config)?);
        }
        let mut keepers = Keepers::default();
        if let Some(list) = &lists.loaded {
            let policy = match config.compares() {
                true => SendPolicy::OnlyChanges,
                false => SendPolicy::Everything,
            };
            let mut all: Vec<&mut InputFile> = inputs.iter_mut().collect();
            keepers = compare(&mut all, list, &config.known, policy, *reporter)?;
        }
        if let Some(list) = &lists.stored {
            existing_users::compare_with_stored(inputs, list, &config.known, *reporter)?;
        }
        self.stage(Stage::Server)?;
        let connect = || match &rehearsal {
            Some(rehearsal) => rehearsal.connect(&config.connect),
            None => {
                let mut connection = Connection::prepare(&config.connect, *reporter)?;
                if let Some(late_effects) = late_effects {
                    connection.late_effects = late_effects.clone();
                }
                connection.late_effects.begin_watching(config.effect_window);
                Ok(connection)
            }
        };
        let mut early = None;
        protect::complete(
            &mut inputs.iter_mut().collect::<Vec<_>>(),
            lists.organization(),
            config.known.exact_groups,
            (!config.sandbox).then_some(&config.connect.access),
            *reporter,
            || {
                if config.sandbox {
                    return Ok(protect::MemberServer::Nobody(ProtectAdvice::NameAList));
                }
                let connection = early.insert(connect()?);
                let session = ImportSession { config, connection, runtime, reporter: *reporter };
                Ok(protect::MemberServer::Api(session.questions()))
            },
        )?;
        let connection = early.map_or_else(connect, Ok);
        let session = connection
            .as_ref()
            .ok()
            .filter(|_| !config.sandbox)
            .map(|connection| ImportSession { config, connection, runtime, reporter: *reporter });
        if let Some(session) = session {
            (groups, lists.fetched) = session.ask_about_rows(inputs, &check, lists)?;
        }
        let mut findings =
            RowFindings::find(inputs, (lists.any(), lists.missing.as_ref()), config)?;
        if let (Some(session), Some(stored)) = (session, &mut lists.stored) {
            let missing = lists.missing.as_mut();
            if outdated::bring_up_to_date(stored, missing, inputs, &session.lookup())? {
                let known = (Some(&*stored), lists.missing.as_ref());
                findings = RowFindings::find(inputs, known, config)?;
            }
        }
        Ok(Reconciled { connection, rehearsal, groups, keepers, findings })
    }

    fn group_check(&self, lists: &KnownLists) -> GroupCheck<'_> {
        let Self { config, reporter, .. } = self;
        let loaded = lists.loaded.as_ref();
        GroupCheck {
            config: &config.groups,
            create: Creation::of(config),
            max_age: config.known.max_age,
            access: &config.connect.access,
            reporter: *reporter,
            organization: loaded.map(|list| list.organization.clone()),
            recently_changed: loaded.map(LoadedBaseline::uncertain_names).unwrap_or_default(),
            rate: config.connect.rates.users,
        }
    }

    /// Plans all files.
    fn plan(&self, mut inputs: Vec<InputFile>) -> Result<Vec<FileRun>, ImportError> {
        let Self { config, reporter, .. } = self;
        self.stage(Stage::Input)?;
        find_conflicts(&mut inputs)?;
        keep_groups_of_ignored(&mut inputs, *reporter)?;
        let (mut files, mut renames) = (Vec::new(), InvalidRenames::default());
        for (path, input) in config.files.iter().zip(inputs) {
            files.push(FileRun::plan(config, path, input, &mut renames, *reporter)?);
        }
        for (place, file) in files.iter().enumerate() {
            let (name, counts) = (file.input.table.name(), &file.scan.counts);
            reporter.event(ImportEvent::Planned { place, name, counts })?;
        }
        Ok(files)
    }
}

impl<'s> ImportSession<'s> {
    /// Returns how to ask about existing users.
    fn lookup(self) -> UserLookup<'s> {
        UserLookup { config: self.config, reporter: self.reporter, questions: self.questions() }
    }

    /// Asks the server about the groups that rows name and, if nothing else shows them, about the
    /// people of exported lists. What an earlier run of a file has found out stays valid.
    fn ask_about_rows(
        self,
        inputs: &mut [InputFile],
        check: &GroupCheck<'_>,
        lists: &KnownLists,
    ) -> Result<(CheckedGroups, Option<LoadedBaseline>), ImportError> {
        let config = self.config;
        let anew = config.fresh || config.test_mode;
        for (path, input) in config.files.iter().zip(&mut *inputs).filter(|_| !anew) {
            let results = output_paths(config, path).results;
            let organization = &self.connection.organization;
            let noted = earlier_run::noted(path, &results, input, config, organization);
            let (noted, decided) = noted.unzip();
            (input.noted, input.decided) = (noted, decided.flatten());
        }
        let earlier = earlier_checks(inputs, self.connection);
        let mut all: Vec<&mut InputFile> = inputs.iter_mut().collect();
        let groups = check.online(&self.group_server(), &mut all, &earlier)?;
        let mut fetched = None;
        if lists.asks_about_exported {
            // What is known about a row is found before the row is read for the plan, so that every
            // later reading gives the same result.
            let all = inputs.iter_mut().filter(|input| !input.is_shown());
            fetched = existing_users::ask(all, &self.lookup())?;
        }
        Ok((groups, fetched))
    }

    /// Opens the journal of each file. Neither a rehearsal nor test mode changes what a real run
    /// has recorded.
    fn open_journals(self, files: &mut [FileRun], lists: &KnownLists) -> Result<(), ImportError> {
        let Self { config, connection, reporter, .. } = self;
        let begins_by = lists.loaded.as_ref().filter(|_| config.compares());
        for file in files {
            if config.is_real() {
                let work = journal::open_or_resume(config, file, begins_by, connection, reporter)?;
                file.work = Some(work);
            } else {
                check_no_run_uses(file.paths.outputs(), None)?;
            }
        }
        Ok(())
    }

    /// Finds the administrators among the users from whom rows remove something.
    fn find_administrators(
        self,
        sent: &[&FileRun],
        lists: &KnownLists,
    ) -> Result<Administrators, ImportError> {
        let Some(protected) = sent.first().map(|file| &*file.input.protected) else {
            return Ok(Administrators::default());
        };
        let unfinished: Vec<_> = sent.iter().map(|file| file.unfinished()).collect();
        let is_left = |file: usize, row: u64| match unfinished.get(file) {
            Some(Some(left)) => u32::try_from(row - 1).is_ok_and(|row| left.is_left(row)),
            Some(None) | None => true,
        };
        let files = sent.iter().map(|file| &file.input);
        let sources = Sources {
            files: files.map(|input| (input.input_rows(), input.table.name().to_owned())).collect(),
            organization: lists.organization(),
            stored: lists.stored.as_ref().map(|list| &*list.organization),
            server: Some(self.questions()),
            is_left: &is_left,
            is_rehearsal: self.config.sandbox,
        };
        let all_input_rows: Vec<_> =
            sources.files.iter().map(|(input_rows, _)| *input_rows).collect();
        let uncertain =
            lists.loaded.as_ref().map(LoadedBaseline::uncertain_names).unwrap_or_default();
        let inquiry = Inquiry::about(&all_input_rows, &uncertain, &is_left)?;
        loop {
            let found = Administrators::find(&inquiry, &sources, protected)?;
            if !wait_for_found_users(self, &found.probed)? {
                return Ok(found);
            }
        }
    }

    /// Prints the head of each file, and who of the users who lose something is an administrator or
    /// does not exist.
    fn say_heads(
        self,
        files: &[FileRun],
        before: Workload,
        administrators: &Administrators,
        near: &NearNames,
    ) {
        let Self { config, connection, reporter, .. } = self;
        let asked = administrators.questions;
        let mut heads = RunHeads { config, reporter, connection, asked, before };
        files.iter().for_each(|file| heads.say(file));
        for line in administrators.lines(reporter) {
            reporter.inform(&format!("admins        {line}"));
        }
        let sends =
            if config.verify_deletes { RemovalOfNobody::NotSent } else { RemovalOfNobody::Sent };
        let not_there = match administrators.not_there_words(near, sends) {
            Some(line) => vec![line],
            None => files.iter().filter_map(removals_not_listed::words).collect(),
        };
        for line in not_there {
            reporter.inform(&format!("not there     {line}"));
        }
    }

    /// Fetches the first token, and creates the groups that rows need. If a resumed run keeps a
    /// pause, it waits for its end later, or stops. Returns an exit status if groups could not be
    /// created although something was sent.
    fn begin_sending(self, groups: &mut CheckedGroups) -> Result<Option<Exit>, ImportError> {
        if let Some(error) = groups.refused.take() {
            return Err(error.into());
        }
        if self.is_held_too_long() || self.is_held() && groups.create.is_empty() {
            return Ok(None);
        }
        let questions = self.questions();
        questions.ask("asking for a token", questions.client.authenticate())?;
        self.reporter.event(ImportEvent::SendingBegins)?;
        if self.config.is_real()
            && !groups.create.is_empty()
            && let Err(why) =
                create(&groups.create, &self.group_server(), self.policy(), self.reporter)
        {
            return if self.has_sent() {
                Ok(Some(self.stopped_if_wrong(Err(why))))
            } else {
                Err(why)
            };
        }
        Ok(None)
    }

    /// Sends the files in order, up to one that stops.
    fn send_all(
        self,
        files: Vec<FileRun>,
        lists: &KnownLists,
        administrators: &Administrators,
        near: &NearNames,
        mut began: Instant,
    ) -> Result<Exit, ImportError> {
        let mut exit = Exit::Good;
        let earlier_files = EarlierFiles::default();
        let mut creation_requests = self.connection.client.stats().action_requests;
        let organization = lists.loaded.as_ref().map(|list| list.organization.clone());
        let rows: Vec<_> =
            files.iter().map(|file| (file.input.input_rows(), &file.scan.plan)).collect();
        let mut shared_rows = shared_users(&rows)?.into_iter();
        let mut left: VecDeque<FileRun> = files.into();
        while let Some(mut file) = left.pop_front() {
            let sends = file.sends();
            let probed =
                if sends { administrators.probed.clone() } else { ProbeAnswers::default() };
            let known = KnownUsers {
                organization: organization.clone(),
                list_file: organization.as_ref().and_then(|list| list.file.clone()),
                naming_files: Vec::new(),
                rows_known: std::mem::take::<HashSet<u32>>(&mut file.rows_known),
                probe_answers: probed.with_near_names(near.clone()),
                earlier_files: earlier_files.clone(),
                shared_rows: shared_rows.next().unwrap_or_default(),
                creation_requests: if sends { std::mem::take(&mut creation_requests) } else { 0 },
                began: std::mem::replace(&mut began, Instant::now()),
            };
            exit = exit.and(self.send(file, known)?);
            if exit >= Exit::NothingSent {
                break;
            }
        }
        for file in left {
            self.reporter.say(&format!("not begun: {}", file.input.table.name()));
        }
        Ok(exit)
    }
}
