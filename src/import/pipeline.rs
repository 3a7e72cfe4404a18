//! `umbulk import`: the main job.

use crate::cli::args::{CheckGroupsArg, ConflictsArg, ImportArgs, KnownArgs, MaxErrorsArg};
use crate::cli::ask::ask;
use crate::cli::config::Environment;
use crate::cli::exit::{CliError, Exit};
use crate::cli::import_report::{ImportReport, Stage};
use crate::cli::progress::{ProgressBar, Questions, authenticate};
use crate::cli::proposed_command::Typed;
use crate::cli::sending::{SendState, run_interrupted};
use crate::cli::{Verbosity, ignore_hangups, print_out, shell_words, status_line, typed_words};
use crate::execute::{
    Broken, Ended, Executor, GroupNews, Guards, Losses, MaxErrors, Outcomes, Policy, ProbeAnswers,
    RemainingRows, Reporter, RunProgress, Scan, StopReason, estimate,
};
use crate::import::administrators::{Administrators, Sources};
use crate::import::baseline::{self, BaselineSource, LoadedBaseline};
use crate::import::changed_files::{FilesAtEnd, next};
use crate::import::connection::Connection;
use crate::import::existing_users;
use crate::import::first_questions::{FirstQuestions, Inquiry};
use crate::import::groups::{CheckedGroups, Creation, GroupCheck, GroupServer, Offline};
use crate::import::guard_words::broken_words;
use crate::import::head::{RunHeads, deletion_words};
use crate::import::input_file::{
    FileAccess, InputFile, check_inputs, check_outputs, confirm_encoding, find_conflicts,
    say_problems, spool_folder,
};
use crate::import::journal::{self, EarlierRun, Noted, OpenedRun, journals_of};
use crate::import::known_users::KnownUsers;
use crate::import::missing;
use crate::import::protect;
use crate::import::rehearsal::DryRun;
use crate::import::row_findings::RowFindings;
use crate::import::sent_record::SentRecorder;
use crate::import::unfinished::Unfinished;
use crate::import::{outdated, strangers};
use crate::number::{count, form};
use crate::organization::Organization;
use crate::plan::{Ahead, Deletes, Estimate, Workload};
use crate::report::{KeptRows, Paths, Remaining, Results, Summary, WrittenResults};
use crate::table::Check;
use crate::umapi::Client;
use crate::visible::visible;
use jiff::Timestamp;
use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Runtime;

/// A file that has been read, planned and found fit to be sent.
pub(crate) struct PreparedFile {
    /// As it was named.
    pub(crate) path: PathBuf,
    pub(crate) input: InputFile,
    pub(crate) scan: Scan,
    /// What all its rows take.
    pub(crate) estimate: Estimate,
    pub(crate) paths: Paths,
}

/// `typed` are the words of the command line, with the settings from outside among them.
pub(crate) fn run(
    args: &ImportArgs,
    typed: &[OsString],
    environment: &Environment,
    verbosity: &Verbosity,
    sending: &SendState,
) -> Result<Exit, CliError> {
    let mut began = Instant::now();
    let report = &verbosity.report;
    report.stage(Stage::Usage);
    report.names(args.files.iter().map(PathBuf::as_path));
    check_arguments(args)?;
    let outputs = args.files.iter().map(|path| output_paths(args, path)).flat_map(
        |Paths { results, failed }| {
            std::iter::once(("the results", results))
                .chain(failed.map(|failed| ("the rows to fix", failed)))
        },
    );
    let outputs = outputs.chain(missing::outputs(args));
    check_outputs(&args.files, &outputs.collect::<Vec<_>>())?;
    report.stage(Stage::Input);
    // What can be known to be wrong without the server is said first, and for all files.
    let mut inputs = args
        .files
        .iter()
        .map(|path| open(args, path, verbosity.quiet))
        .collect::<Result<Vec<_>, _>>()?;
    check_inputs(&inputs)?;
    report.stage(Stage::List);
    let loaded_baseline = load_baselines(args, &inputs, environment, verbosity)?;
    // An exported list that is handed back is compared with the stored one, if only to say what
    // differs.
    let tells = loaded_baseline.is_none()
        && !args.sandbox
        && inputs.iter().any(existing_users::may_be_exported);
    let mut stored_baseline = if loaded_baseline.is_none() && !args.sandbox {
        existing_users::stored(environment, args.known.max_age, &inputs)
    } else {
        None
    };
    let mut listed = missing::load_list(args, environment, verbosity, loaded_baseline.as_ref())?;
    let organization =
        loaded_baseline.as_ref().map(|loaded_baseline| &*loaded_baseline.organization);
    let check = GroupCheck {
        args: &args.groups,
        create: Creation::of(args.create_groups, args.test_mode),
        max_age: args.known.max_age,
        environment,
        verbosity,
        organization: loaded_baseline
            .as_ref()
            .map(|loaded_baseline| loaded_baseline.organization.clone()),
        recently_changed: loaded_baseline
            .as_ref()
            .map(|loaded_baseline| loaded_baseline.recently_changed.clone())
            .unwrap_or_default(),
        rate: args.connect.rates().users,
    };
    let mut groups = CheckedGroups::default();
    if args.sandbox {
        groups = check.offline(&mut inputs.iter_mut().collect::<Vec<_>>(), Offline::Rehearsal)?;
    }
    let rehearsal = args
        .sandbox
        .then(|| DryRun::start(&inputs.iter().collect::<Vec<_>>(), organization, args))
        .transpose()?;
    let mut keepers = baseline::Keepers::default();
    if let Some(loaded_baseline) = &loaded_baseline {
        keepers = baseline::compare(
            &mut inputs.iter_mut().collect::<Vec<_>>(),
            loaded_baseline,
            &args.known,
            if compares(args) {
                baseline::SendPolicy::OnlyChanges
            } else {
                baseline::SendPolicy::Everything
            },
        )?;
    }
    if let Some(stored_baseline) = &stored_baseline {
        existing_users::compare_with_stored(&mut inputs, stored_baseline, &args.known)?;
    }
    report.stage(Stage::Server);
    let connect = || match &rehearsal {
        Some(rehearsal) => rehearsal.connect(&args.connect),
        None => Connection::prepare(&args.connect, environment),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut early = None;
    protect::complete(
        &mut inputs.iter_mut().collect::<Vec<_>>(),
        organization,
        args.known.exact_groups,
        || {
            if args.sandbox {
                return Ok(protect::MemberServer::Nobody(protect::NAME_A_LIST));
            }
            let connection = early.insert(connect()?);
            Ok(protect::MemberServer::Api(questions(args, &connection.client, &runtime, verbosity)))
        },
    )?;
    let connection = early.map_or_else(connect, Ok);
    let mut fetched = None;
    runtime.spawn(ignore_hangups());
    if let Some(connection) = connection.as_ref().ok().filter(|_| !args.sandbox) {
        for (path, input) in args.files.iter().zip(&mut inputs) {
            input.noted = noted_before(args, path, input, connection);
        }
        let absent: Vec<_> = inputs
            .iter()
            .map(|input| input.noted.as_ref().map(|noted| noted.absent_groups.clone()))
            .collect();
        groups = check.online(
            &server(args, connection, &runtime),
            &mut inputs.iter_mut().collect::<Vec<_>>(),
            &absent,
        )?;
        if tells {
            // What is known of a row is known before it is read for the plan: each later reading
            // comes to the same.
            fetched = existing_users::ask(
                inputs.iter_mut().filter(|input| !input.is_shown()),
                &existing_users::Asker {
                    args,
                    environment,
                    verbosity,
                    questions: questions(args, &connection.client, &runtime, verbosity),
                },
            )?;
        }
    }
    let mut judged = RowFindings::find(
        &mut inputs,
        (
            loaded_baseline.as_ref().or(stored_baseline.as_ref()).or(fetched.as_ref()),
            listed.as_ref(),
        ),
        args,
        environment,
    )?;
    if let (Some(stored_baseline), Some(connection)) =
        (&mut stored_baseline, connection.as_ref().ok().filter(|_| !args.sandbox))
    {
        let asker = existing_users::Asker {
            args,
            environment,
            verbosity,
            questions: questions(args, &connection.client, &runtime, verbosity),
        };
        if outdated::bring_up_to_date(stored_baseline, listed.as_mut(), &mut inputs, &asker)? {
            judged = RowFindings::find(
                &mut inputs,
                (Some(stored_baseline), listed.as_ref()),
                args,
                environment,
            )?;
        }
    }
    let RowFindings { warnings, perhaps_meant } = judged;
    report.stage(Stage::Input);
    find_conflicts(&mut inputs)?;
    let prepared = args
        .files
        .iter()
        .zip(inputs)
        .map(|(path, input)| prepare(args, path, input, verbosity.quiet))
        .collect::<Result<Vec<_>, _>>()?;
    for (place, one) in prepared.iter().enumerate() {
        report.planned(place, one.input.table.name(), &one.scan.counts);
    }
    report.stage(Stage::Credentials);
    let connection = connection?;
    report.goes_to(&connection.organization, &connection.host);
    report.stage(Stage::Guard);
    // Anyone who is refused for those who are missing has begun no run of the rows.
    let decided = listed
        .map(|listed| {
            missing::decide(args, &prepared, listed, perhaps_meant, &connection, &runtime)
        })
        .transpose()?
        .flatten();
    report.stage(Stage::Journal);
    let mut works = Vec::new();
    let begun_with = loaded_baseline.as_ref().filter(|_| compares(args));
    for (path, one) in args.files.iter().zip(&prepared) {
        // Neither a rehearsal nor test mode touches what a real run has written down.
        let real = !args.sandbox && !args.test_mode;
        if !real {
            journal::check_free(&one.paths)?;
        }
        works.push(
            real.then(|| journal::open_or_resume(args, typed, path, one, begun_with, &connection))
                .transpose()?,
        );
    }
    let to_send: Vec<bool> =
        prepared.iter().zip(&works).map(|(one, work)| sends(one, work.as_ref())).collect();
    let sent = prepared.iter().zip(&works).zip(&to_send).filter(|(_, sends)| **sends);
    let sent: Vec<(&PreparedFile, Option<&Unfinished>)> =
        sent.map(|((one, work), _)| (one, work.as_ref().map(|work| &work.left))).collect();
    let losses = Together::of(&sent, args);
    report.stage(Stage::Server);
    // A file that is refused anyway is no reason to ask the server.
    let administrators = match &losses.broken {
        Some(_) => Administrators::default(),
        None => {
            let stored =
                stored_baseline.as_ref().map(|stored_baseline| &*stored_baseline.organization);
            find_administrators(
                args,
                &sent,
                (loaded_baseline.as_ref(), stored),
                &connection,
                &runtime,
                verbosity,
            )?
        }
    };
    let mut rows_known = Vec::new();
    for one in &prepared {
        let known = || administrators.probed.rows_known(&one.input.input_rows(), &one.scan.plan);
        rows_known.push(if args.verify_deletes { known()? } else { HashSet::new() });
    }
    let near = existing_users::near_names(
        args,
        environment,
        loaded_baseline.as_ref().or(stored_baseline.as_ref()),
    );
    if !verbosity.quiet {
        rehearsal.iter().for_each(DryRun::say);
        groups.say_head();
        keepers.say_head();
        warnings.say_head();
        let before = Workload::of_requests(groups.requests());
        let mut head =
            RunHeads { args, connection: &connection, asked: administrators.questions, before };
        for ((one, work), known) in prepared.iter().zip(&works).zip(&rows_known) {
            head.print(one, work.as_ref(), known);
        }
        administrators
            .lines()
            .iter()
            .for_each(|line| status_line(&format!("admins        {line}")));
        let asked = administrators.not_there_words(&near);
        let listed = || {
            prepared
                .iter()
                .zip(&works)
                .filter_map(|(one, work)| strangers::words(one, work.as_ref()))
        };
        asked
            .map_or_else(|| listed().collect(), |line| vec![line])
            .iter()
            .for_each(|line| status_line(&format!("not there     {line}")));
        decided.iter().for_each(missing::Decided::say_head);
    }
    for (one, _) in prepared
        .iter()
        .zip(&works)
        .filter(|(_, work)| work.as_ref().is_none_or(|work| !work.goes_on))
    {
        if let Some(known) = one.input.baseline.as_ref().filter(|known| known.reduces) {
            baseline::guard_age(known, one.scan.counts.relies_on_absence, &args.known, args.yes)?;
        }
    }
    report.stage(Stage::Guard);
    guard(args, &connection, &losses, &administrators)?;
    decided.iter().try_for_each(|decided| decided.ask(args, &connection))?;
    report.stage(Stage::Credentials);
    // Where no row can be sent, nobody needs to be asked.
    if to_send.contains(&true) {
        match groups.refused.take() {
            Some(error) => return Err(error.into()),
            None => runtime.block_on(authenticate(
                &connection.client,
                args.progress,
                verbosity.quiet,
            ))?,
        }
        sending.begins();
        if !args.sandbox
            && !args.test_mode
            && let Err(why) =
                groups.create(&server(args, &connection, &runtime), policy(args), verbosity)
        {
            let sent = connection.client.stats().action_requests > 0;
            return if sent { Ok(stopped_if_wrong(Err(why), report)) } else { Err(why) };
        }
    }
    sending.begins();
    report.stage(Stage::Run);
    let mut exit = Exit::Good;
    let group_news = GroupNews::default();
    let mut creation_requests = connection.client.stats().action_requests;
    let mut left = prepared.iter().zip(works).zip(&to_send).zip(rows_known);
    for (((one, work), sends), rows_known) in left.by_ref() {
        let before = KnownUsers {
            organization: loaded_baseline
                .as_ref()
                .map(|loaded_baseline| loaded_baseline.organization.clone()),
            list_file: loaded_baseline
                .as_ref()
                .and_then(|loaded_baseline| loaded_baseline.organization.file.clone()),
            rows_known,
            probe_answers: if *sends {
                administrators.probed.clone()
            } else {
                ProbeAnswers::default()
            }
            .with_near_names(near.clone()),
            group_news: group_news.clone(),
            creation_requests: if *sends { std::mem::take(&mut creation_requests) } else { 0 },
            began: std::mem::replace(&mut began, Instant::now()),
        };
        exit = exit.and(carry_out(&runtime, args, &connection, one, work, before, verbosity)?);
        if exit >= Exit::NothingSent {
            break;
        }
    }
    for (((one, _), _), _) in left {
        status_line(&format!("not begun: {}", one.input.table.name()));
    }
    let ended = match decided {
        Some(decided) => decided.carry_out(args, &connection, &runtime, exit, verbosity),
        None => Ok(exit),
    };
    // After something was sent, whatever goes wrong is a stop.
    let ended = if connection.client.stats().action_requests > 0 {
        stopped_if_wrong(ended, report)
    } else {
        ended?
    };
    Ok(ended)
}

/// An error after something was sent is said, and the run has stopped by it.
fn stopped_if_wrong(ended: Result<Exit, CliError>, report: &ImportReport) -> Exit {
    ended.unwrap_or_else(|CliError(error)| {
        status_line(&format!("error: {error}"));
        report.fails(&error);
        Exit::Stopped
    })
}

/// What an earlier run of this file has found out, where this one goes on with it or shows it.
fn noted_before(
    args: &ImportArgs,
    path: &Path,
    input: &InputFile,
    connection: &Connection,
) -> Option<Noted> {
    let anew = args.fresh || args.test_mode;
    let results = output_paths(args, path).results;
    if anew { None } else { journal::noted(path, &results, input, args, &connection.organization) }
}

fn questions<'a>(
    args: &ImportArgs,
    client: &'a Client,
    runtime: &'a Runtime,
    verbosity: &Verbosity,
) -> Questions<'a> {
    Questions { client, runtime, progress: args.progress, quiet: verbosity.quiet }
}

fn server<'a>(
    args: &'a ImportArgs,
    connection: &'a Connection,
    runtime: &'a Runtime,
) -> GroupServer<'a> {
    GroupServer {
        connection,
        runtime,
        connect: &args.connect,
        progress: args.progress,
        concurrency: args.concurrency,
    }
}

/// Carries a file out. An error after something was sent, of this file or of an earlier one, is a
/// stop.
pub(crate) fn carry_out(
    runtime: &Runtime,
    args: &ImportArgs,
    connection: &Connection,
    one: &PreparedFile,
    work: Option<OpenedRun>,
    before: KnownUsers,
    verbosity: &Verbosity,
) -> Result<Exit, CliError> {
    let earlier_run = connection.client.stats().action_requests > 0;
    let ended = runtime.block_on(import(args, connection, one, work, before, verbosity));
    let ended = if connection.client.stats().action_requests > 0 {
        stopped_if_wrong(ended, &verbosity.report)
    } else {
        ended?
    };
    // Nothing of this file was sent, but an earlier one was.
    Ok(if ended == Exit::NothingSent && earlier_run { Exit::Stopped } else { ended })
}

/// Is anything of this file still to be sent?
fn sends(one: &PreparedFile, work: Option<&OpenedRun>) -> bool {
    let plan = &one.scan.plan;
    plan.commands() > 0 && work.is_none_or(|work| work.left.rows > 0)
}

fn check_arguments(args: &ImportArgs) -> Result<(), CliError> {
    if args.files.iter().any(|path| path == Path::new("-")) && args.results.is_none() {
        return Err(CliError(
            "standard input has no folder to put the results in: use --results FILE".to_owned(),
        ));
    }
    if args.files.len() > 1 {
        for (flag, path) in [("--results", &args.results), ("--failed", &args.failed)] {
            if let Some(path) = path {
                // `done.csv` is meant as a file.
                let is_table = !path.is_dir()
                    && path.extension().is_some_and(|ending| {
                        ["csv", "tsv", "txt", "jsonl"]
                            .iter()
                            .any(|table| ending.eq_ignore_ascii_case(table))
                    });
                if is_table || std::fs::create_dir_all(path).is_err() {
                    return Err(CliError(format!(
                        "{flag} {}: with several files this must be a folder",
                        path.display()
                    )));
                }
            }
        }
    }
    missing::check_arguments(args)
}

fn open(args: &ImportArgs, path: &Path, quiet: bool) -> Result<InputFile, CliError> {
    let input = InputFile::open(
        path,
        &args.read,
        FileAccess::PrivateCopy(&spool_folder(path, &output_paths(args, path).results)),
        quiet,
    )?;
    confirm_encoding(&input.table, &args.read)?;
    Ok(input)
}

/// Is only what changes to be sent?
fn compares(args: &ImportArgs) -> bool {
    args.skip_unchanged || args.known.exact_groups
}

/// How the organization looks, where somebody wants that to be known.
fn load_baselines(
    args: &ImportArgs,
    inputs: &[InputFile],
    environment: &Environment,
    verbosity: &Verbosity,
) -> Result<Option<LoadedBaseline>, CliError> {
    let KnownArgs { against, online, .. } = &args.known;
    if against.is_none() && !online && !compares(args) {
        return Ok(None);
    }
    if args.sandbox && against.is_none() {
        return Err(CliError(
            "the organization of --sandbox is made for this run: use --against \
             FILE to say how it looks"
                .to_owned(),
        ));
    }
    let earlier_run = if args.fresh || args.sandbox || args.test_mode {
        None
    } else {
        let (organization, _) = Connection::place(environment)?;
        let results = |path: &PathBuf| output_paths(args, path).results;
        let interrupted = args
            .files
            .iter()
            .find_map(|path| journal::earlier_run(path, &results(path), &organization));
        // Of several files that are finished, the earliest: they were reckoned together.
        let finished = || {
            let one = |(path, input): (&PathBuf, &InputFile)| {
                journal::finished(path, input, args, &results(path), &organization)
            };
            let all: Option<Vec<EarlierRun>> = args.files.iter().zip(inputs).map(one).collect();
            all?.into_iter().min_by_key(|earlier_run| earlier_run.at)
        };
        interrupted.or_else(finished)
    };
    let baseline_source = BaselineSource {
        connect: &args.connect,
        environment,
        verbosity,
        progress: args.progress,
        list_separator: args.read.list_separator,
        earlier_run,
    };
    baseline_source.load_baseline(&args.known).map(Some)
}

pub(crate) fn prepare(
    args: &ImportArgs,
    path: &Path,
    mut input: InputFile,
    quiet: bool,
) -> Result<PreparedFile, CliError> {
    let paths = output_paths(args, path);
    let scanned = input.survey(None)?;
    let name = input.table.name();
    if scanned.counts.rows == 0 {
        return Err(CliError(format!(
            "{name} has a header, but no row below it: there is nothing to send"
        )));
    }
    // Where later files say otherwise (--conflicts last), a file may have no row that counts.
    let may_be_overruled = args.files.len() > 1 && args.read.conflicts == ConflictsArg::Last;
    if scanned.counts.skipped == scanned.counts.rows && !may_be_overruled {
        return Err(CliError(format!(
            "{name}: every row begins with # or is not a person: there is nothing to send"
        )));
    }
    if scanned.counts.sendable
        + scanned.counts.invalid
        + scanned.counts.unchanged
        + scanned.counts.skipped
        == 0
    {
        return Err(CliError(format!(
            "{name}: --rows names none of its {}: there is nothing to send",
            count(scanned.counts.rows, "row")
        )));
    }
    if !quiet {
        say_problems(&scanned.counts, &input);
    }
    if args.strict && scanned.counts.invalid > 0 {
        return Err(CliError(format!(
            "{name}: {} {} invalid, so --strict sends nothing. `umbulk validate` lists the invalid \
             rows",
            count(scanned.counts.invalid, "row"),
            form(scanned.counts.invalid, "is", "are")
        )));
    }
    let estimate = estimate(&input.input_rows(), &scanned.plan)?;
    Ok(PreparedFile { path: path.to_owned(), input, scan: scanned, estimate, paths })
}

/// With one file, the flags name files; with several, folders.
pub(crate) fn output_paths(args: &ImportArgs, input: &Path) -> Paths {
    let word = match args {
        ImportArgs { test_mode: true, .. } => "test",
        // A rehearsal does not displace what a real run has written.
        ImportArgs { sandbox: true, results: None, .. } if !journals_of(input).is_empty() => {
            "sandbox"
        }
        _ => "results",
    };
    let several = args.files.len() > 1;
    let place = |wanted: &Option<PathBuf>, word: &str| match wanted {
        Some(path) if several || path.is_dir() => Paths::beside(input, word, Some(path)),
        Some(path) => path.clone(),
        None => Paths::beside(input, word, None),
    };
    let results = place(&args.results, word);
    let failed = match (&args.failed, input == Path::new("-")) {
        // Test mode proves nothing about rows to fix, unless somebody asks for them.
        (None, _) if args.test_mode => None,
        (None, true) => Some(results.with_extension("failed.csv")),
        (None, false) if word == "sandbox" => Some(Paths::beside(input, "sandbox.failed", None)),
        (None, false) => Some(Paths::beside(
            input,
            "failed",
            results.parent().filter(|_| args.results.is_some()),
        )),
        (Some(_), _) => Some(place(&args.failed, "failed")),
    };
    Paths { results, failed }
}

/// Who of those from whom rows take something away is an administrator.
fn find_administrators(
    args: &ImportArgs,
    sent: &[(&PreparedFile, Option<&Unfinished>)],
    (loaded_baseline, stored): (Option<&LoadedBaseline>, Option<&Organization>),
    connection: &Connection,
    runtime: &Runtime,
    verbosity: &Verbosity,
) -> Result<Administrators, CliError> {
    let Some(protected) = sent.first().map(|(one, _)| &*one.input.protected) else {
        return Ok(Administrators::default());
    };
    let is_left = |file: usize, row: u64| match sent.get(file) {
        Some((_, Some(left))) => u32::try_from(row - 1).is_ok_and(|row| left.is_left(row)),
        _ => true,
    };
    let sources = Sources {
        files: sent
            .iter()
            .map(|(one, _)| (one.input.input_rows(), one.input.table.name().to_owned()))
            .collect(),
        organization: loaded_baseline.map(|loaded_baseline| &*loaded_baseline.organization),
        stored,
        server: Some(questions(args, &connection.client, runtime, verbosity)),
        is_left: &is_left,
        is_rehearsal: args.sandbox,
        quiet: verbosity.quiet,
    };
    let all_input_rows: Vec<_> = sources.files.iter().map(|(input_rows, _)| *input_rows).collect();
    let recently_changed = loaded_baseline
        .map(|loaded_baseline| loaded_baseline.recently_changed.as_slice())
        .unwrap_or_default();
    Administrators::find(
        &Inquiry::about(&all_input_rows, recently_changed, &is_left)?,
        &sources,
        protected,
    )
}

/// What all files of a command take away together, and all their rows: sending a file in portions
/// is no way around a guard.
struct Together {
    /// In all rows.
    losses: Losses,
    /// Rows that delete and are sent now.
    deletes_now: u64,
    /// The cap that is broken.
    broken: Option<Broken>,
}

impl Together {
    fn of(sent: &[(&PreparedFile, Option<&Unfinished>)], args: &ImportArgs) -> Self {
        let (mut losses, mut now) = (Losses::default(), Losses::default());
        for (one, left) in sent {
            let Scan { counts, plan, .. } = &one.scan;
            losses += counts.losses_of_all_rows();
            now += match left {
                Some(left) => Losses {
                    deletes: left.deletes(plan).rows,
                    removals: left.removals(plan),
                    ..Losses::default()
                },
                None => counts.losses(),
            };
        }
        // Rows that take nothing away may go, whatever others of the file would do.
        if now.deletes == 0 {
            (losses.deletes, losses.account_deletes) = (0, 0);
        }
        if now.removals == 0 {
            losses.removals = 0;
        }
        let broken = Guards { max_deletes: args.max_deletes, max_removals: args.max_removals }
            .broken(losses);
        Self { losses, deletes_now: now.deletes, broken }
    }
}

/// Refuses, or asks, before anything is sent.
fn guard(
    args: &ImportArgs,
    connection: &Connection,
    together: &Together,
    administrators: &Administrators,
) -> Result<(), CliError> {
    let Together { losses, deletes_now, broken } = together;
    if let Some(broken) = broken {
        return Err(CliError(broken_words(broken, args)));
    }
    let at_risk = administrators.risk_words();
    if let Some(words) = at_risk.as_ref().filter(|_| !args.allow_admins) {
        return Err(CliError(format!(
            "{words}: nothing was sent. Remove these rows; if they are intended, use \
             --allow-admins"
        )));
    }
    if let Some(words) = administrators.unknown_words().filter(|_| !args.allow_admins) {
        return Err(CliError(words));
    }
    if args.yes || args.test_mode || args.sandbox {
        return Ok(());
    }
    let Connection { organization, host, .. } = connection;
    let place = format!("In {organization} at {host}");
    if losses.deletes > Guards::UNASKED_DELETES {
        let mut words =
            deletion_words(Deletes { rows: losses.deletes, accounts: losses.account_deletes });
        if *deletes_now != losses.deletes {
            let which = if args.read.rows.is_some() { "by --rows now" } else { "are left" };
            words += &format!(" ({deletes_now} of them {which}: all rows of the file count)");
        }
        let among = administrators
            .lines()
            .iter()
            .map(|line| format!(" Administrators: {line}."))
            .collect::<String>();
        let refusal = format!("{words}: nothing was sent. If that is intended, use --yes");
        return ask(&format!("{place}, {words}.{among}"), &losses.deletes.to_string(), refusal);
    }
    Ok(())
}

/// Writes results and shows progress while a run goes on.
struct ImportReporter<'t> {
    results: Results<'t>,
    progress: ProgressBar,
    /// What is written down beside the stored lists.
    sent: Option<SentRecorder>,
    verbose: bool,
}

impl Reporter for ImportReporter<'_> {
    fn on_outcomes(&mut self, outcomes: &mut Outcomes) -> io::Result<()> {
        self.results.advance(outcomes)
    }

    fn on_response(&mut self, number: u32, commands: usize, what: &str) {
        if self.verbose {
            self.progress.say(&visible(&format!(
                "request {number}, {}: {what}",
                count(commands as u64, "command")
            )));
        }
    }

    fn on_progress(&mut self, snapshot: &RunProgress) {
        self.progress.show(snapshot);
        self.sent.iter_mut().for_each(SentRecorder::goes_on);
    }
}

async fn import(
    args: &ImportArgs,
    connection: &Connection,
    one: &PreparedFile,
    work: Option<OpenedRun>,
    known_before: KnownUsers,
    verbosity: &Verbosity,
) -> Result<Exit, CliError> {
    let PreparedFile { path, input, scan: scanned, paths, .. } = one;
    input.check_unchanged(Check::Quick)?;
    let before = connection.client.stats();
    let mut policy = policy(args);
    let own_results = work.as_ref().is_some_and(|work| work.own_results);
    if let Some(work) = &work {
        policy.run_id.clone_from(&work.run_info.run_id);
    }
    let (run_id, began_at) = (
        policy.run_id.clone(),
        work.as_ref().map_or_else(Timestamp::now, |work| work.run_info.began),
    );
    let results =
        Results::create(input.input_rows(), &scanned.plan, paths, &policy.run_id, own_results)?;
    let progress = ProgressBar::new(args.progress, verbosity.quiet, "row");
    let sent = work.as_ref().and_then(|work| {
        let sends = (work.left.rows > 0).then_some((input.input_rows(), &scanned.plan));
        SentRecorder::begin(connection, &policy, sends)
    });
    let reporter = ImportReporter { results, progress, sent, verbose: verbosity.verbose };
    let mut run = Executor::new(
        input.input_rows(),
        &scanned.plan,
        connection.client.clone(),
        policy,
        reporter,
    );
    run = run
        .with_late_effects(&connection.late_effects)
        .with_probe_answers(known_before.probe_answers, known_before.rows_known)?;
    run = run
        .watch_list(known_before.list_file.clone())
        .with_group_news(&known_before.group_news)
        .with_requests_sent(known_before.creation_requests);
    let list = known_before.organization;
    if let Some(organization) = &list {
        run = run.with_organization(Arc::clone(organization));
    }
    let mut locks = None;
    let kept_list = work.as_ref().map(|work| work.list.clone());
    let sent_before =
        work.as_ref().map_or(0, |work| work.recovered.requests_sent().unwrap_or_default());
    if let Some(OpenedRun { journal, recovered, run_info, locks: held, .. }) = work {
        run = run.with_journal(journal, recovered, run_info.began)?;
        locks = Some(held);
    }
    let (ended, mut outcomes, reporter) = run.finish(run_interrupted).await;
    reporter.progress.finish();
    if let Some(why) = connection.late_effects.failure() {
        status_line(&format!(
            "note: this import and others cannot tell each other what the service may still carry \
             out: {why}"
        ));
    }
    let files = FilesAtEnd::of(&input.table, known_before.list_file.as_deref());
    let changed_at_end = if ended == Ended::Finished { files.change_words(paths) } else { None };
    let reason = match &ended {
        Ended::Finished => String::new(),
        Ended::Stopped(stop) => format!("the run stopped before it: {}", stop.why),
    };
    let statuses = Summary::statuses(&outcomes, &scanned.counts);
    let closed = reporter.results.close(&mut outcomes, &reason).and_then(|written| {
        paths.results.try_exists()?.then_some(written).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                format!(
                    "{} was deleted during the run. `umbulk results` writes it again",
                    paths.results.display()
                ),
            )
        })
    });
    if let Some(sent) = reporter.sent {
        sent.end(input.input_rows(), &scanned.plan, &outcomes);
    }
    let exit = exit(&ended, &statuses, closed.is_ok() && changed_at_end.is_none());
    let WrittenResults {
        codes,
        effects,
        of_adobe_ids,
        not_there,
        near_names,
        perhaps_nobody,
        kept,
    } = match closed {
        Ok(written) => written,
        Err(error) => {
            let by_status = statuses.iter().filter(|(_, rows)| **rows > 0);
            let by_status: Vec<String> =
                by_status.map(|(status, rows)| format!("{rows} {status}")).collect();
            status_line(&format!(
                "error: the results are not complete: {error}. All rows by status: {}",
                by_status.join(", ")
            ));
            WrittenResults::default()
        }
    };
    for KeptRows { was, is } in kept {
        status_line(&format!("note: the earlier {} is now {}", was.display(), is.display()));
    }
    let after = connection.client.stats();
    let words: Vec<OsString> = typed_words().collect();
    let typed = Typed::new(&words);
    let (stopped, next, left) = match &ended {
        Ended::Finished => (changed_at_end, None, None),
        Ended::Stopped(StopReason { why, left, is_interrupted, .. }) => {
            if *is_interrupted {
                verbosity.report.is_interrupted();
            }
            let next = typed.as_ref().map(|typed| next(typed, path, files.are_changed()));
            // The same command first asks about the people who are left, as this one did.
            let is_left =
                |_, row: u64| !u32::try_from(row - 1).is_ok_and(|row| outcomes.is_completed(row));
            let all_input_rows = [input.input_rows()];
            let inquiry = Inquiry::about(&all_input_rows, &[], &is_left);
            let first = inquiry
                .and_then(|inquiry| FirstQuestions::of(&inquiry, &all_input_rows, list.as_deref()))
                .unwrap_or_default();
            let ahead = Box::new(Ahead {
                work: first.before(&left.ahead.work),
                ..Ahead::clone(&left.ahead)
            });
            (
                Some(why.clone()),
                next,
                Some(Remaining::new(&RemainingRows { ahead, ..left.clone() }, Timestamp::now())),
            )
        }
    };
    let failed = paths.failed.clone().filter(|_| !codes.is_empty());
    let import_failed = failed
        .as_ref()
        .zip(typed.as_ref())
        .and_then(|(failed, typed)| typed.to_import_failed(failed))
        .map(shell_words);
    let requests = after.action_requests - before.action_requests + known_before.creation_requests;
    let summary = Summary {
        file: input.table.name().to_owned(),
        organization: connection.organization.clone(),
        host: connection.host.clone(),
        test_mode: args.test_mode,
        rows: scanned.counts.rows,
        failed,
        import_failed,
        codes,
        statuses,
        effects,
        of_adobe_ids,
        has_list: input.baseline.is_some(),
        not_there,
        perhaps_nobody,
        near_names,
        requests,
        requests_in_run: sent_before + requests,
        throttled: after.throttled - before.throttled,
        seconds: known_before.began.elapsed().as_secs_f64(),
        results: paths.results.clone(),
        stopped,
        left,
        next,
        exit: exit as u8,
    };
    if let (Ended::Finished, Some(list)) = (&ended, kept_list) {
        journal::forget_lists(&list);
        journal::forget_place(input, connection);
    }
    drop(locks);
    verbosity.report.ended(&summary, &run_id, began_at)?;
    let says_nothing = args.json || (verbosity.quiet && exit == Exit::Good);
    if !says_nothing {
        print_out(&summary.to_string())?;
    }
    Ok(exit)
}

fn policy(args: &ImportArgs) -> Policy {
    Policy {
        concurrency: usize::from(args.concurrency),
        max_attempts: args.connect.max_attempts,
        retry_wait: args.connect.retry_wait,
        max_errors: match args.max_errors {
            None => MaxErrors::InARow(200),
            Some(MaxErrorsArg::Off) => MaxErrors::Off,
            Some(MaxErrorsArg::Cap(cap)) => MaxErrors::Cap(cap),
        },
        test_mode: args.test_mode,
        check_groups: args.groups.check_groups != CheckGroupsArg::Never,
        verify_deletes: args.verify_deletes,
        timeout: args.connect.timeout,
        effect_window: args.effect_window,
        run_id: format!("{:08x}", fastrand::u32(..)),
    }
}

fn exit(
    ended: &Ended,
    statuses: &std::collections::BTreeMap<&'static str, u64>,
    written: bool,
) -> Exit {
    match ended {
        Ended::Stopped(StopReason { anything_sent: false, .. }) => Exit::NothingSent,
        Ended::Stopped(_) => Exit::Stopped,
        Ended::Finished if !written => Exit::Stopped,
        Ended::Finished => {
            let bad = ["invalid", "failed", "unknown"]
                .iter()
                .any(|status| statuses.get(status).is_some_and(|rows| *rows > 0));
            if bad { Exit::SomeRows } else { Exit::Good }
        }
    }
}
