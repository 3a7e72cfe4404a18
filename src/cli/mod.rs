//! The command line: a file for each command, and all texts for users. No other folder imports from
//! here.

mod args;
mod ask;
mod assigned_import;
mod can_ask;
mod check;
mod colours;
mod completions;
mod config;
mod diff;
mod dotenv;
mod environment;
mod error;
mod explain;
mod export;
mod given_mapping;
mod import_report;
mod inside_folder;
mod job;
mod journaled_run;
mod later_changes;
mod lock_files;
mod log;
mod log_place;
mod man;
mod mistyped;
mod notify;
mod output;
mod pasted;
mod plan;
mod profiles;
mod progress;
mod proposed_command;
mod queued_options;
mod report;
mod results;
mod resumed_run;
mod run_of_store;
mod run_pages;
mod runs;
mod sandbox;
mod saved_mapping;
mod say;
mod screen;
mod sending;
mod settings;
mod signals;
mod snapshots;
mod status;
mod store_access;
mod submit;
mod summary_words;
mod template;
mod terminal;
mod typed_words;
mod undo;
mod usage;
mod user_config;
mod validate;
mod verbosity;
mod words;
mod worker;
mod worker_access;
mod worker_log;
mod worker_metrics;
mod worker_reporter;
mod worker_run;
mod worker_server;
mod wrap;

use crate::export::ListReporter;
pub(crate) use crate::import::Exit;
use crate::import::access::{Access, Owner};
use crate::import::config::ImportConfig;
use crate::import::pipeline;
use crate::import::reporter::{ImportEvent, Stage};
use crate::import::shared_store::SharedStore;
use crate::import::submission::QueuedOptions;
use crate::import::{ImportError, saved_plan};
use crate::visible::{is_hidden, visible};
use args::command_line::{Cli, CliCommand};
use args::help;
use args::runs::{RunsCommand, StoreArgs};
use args::shared::{ColorArg, ProgressArg, ReadArgs};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches, ValueEnum};
use config::{Configured, SettingPlaces, with_settings};
use environment::{Environment, TypedPlaces};
use error::CliError;
use given_mapping::given_mapping;
use import_report::ImportReport;
use job::SyncJob;
use notify::NoticeCommand;
use profiles::ProfileList;
use proposed_command::kept;
use queued_options::queued_options;
use resumed_run::ResumedRun;
use run_pages::RunPages;
use saved_mapping::SavedMapping;
use say::{print_error_object, status_line, status_lines};
use settings::{MappingText, Settings};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use store_access::{check_typed, named_store, store_at};
use terminal::Terminal;
use user_config::UserConfig;
use verbosity::Verbosity;

/// Runs the program with the process's own arguments.
pub fn main() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().collect();
    let report = ImportReport::default();
    let ended = run(&typed, &report).unwrap_or_else(|CliError(message)| {
        status_line(&format!("error: {message}"));
        report.fails(&message);
        report.exit_of_error()
    });
    let printed = report.print(ended).map(|()| ended);
    let ended = printed.unwrap_or_else(|CliError(message)| {
        status_line(&format!("error: {message}"));
        ended.and(report.exit_of_error())
    });
    if let Some(notice) = report.notice(ended)
        && let Err(CliError(why)) = notice.give()
    {
        status_line(&format!("warning: {why}"));
    }
    ended.into()
}

/// Describes what is wrong with the arguments, if a terminal would obey some of them: as if they
/// had been typed the way they are shown.
fn with_visible_words(typed: &[OsString]) -> Option<String> {
    let words = typed.iter().map(|word| visible(&word.to_string_lossy()).into_owned());
    let error = Cli::command().try_get_matches_from(words).err()?;
    Some(without_dashes(error).to_string())
}

/// Drops the advice to write `-- --option`: nobody who types an unknown option means a file of that
/// name.
fn without_dashes(mut error: clap::Error) -> clap::Error {
    let is_option = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => argument.starts_with("--"),
        _ => false,
    };
    if error.kind() == ErrorKind::UnknownArgument && is_option {
        let _ = error.remove(ContextKind::Suggested);
    }
    error
}

fn run(typed: &[OsString], report: &ImportReport) -> Result<Exit, CliError> {
    let is_wanted = import_report::is_wanted(typed);
    report.wants(is_wanted);
    check_typed(typed)?;
    let coloured = colours::of_words(typed);
    colours::apply(coloured);
    let command = help::command(typed).color(colours::of_help(coloured));
    let matches = match command.clone().try_get_matches_from(typed) {
        Ok(matches) => matches,
        Err(error) => {
            if let Some(message) = mistyped::explain(&error, typed, &command) {
                report.is_misused(Some(message.clone()));
                status_lines(&format!("error: {message}"));
                return Ok(Exit::NothingSent);
            }
            let error = mistyped::with_near_options(without_dashes(error), typed, &command);
            return Ok(misused(&error, typed, report));
        }
    };
    report.wants(is_wanted && carries_out_an_import(&matches));
    report.note(ImportEvent::Stage(Stage::Settings));
    let mut resolved = resolve_job_or_command(&command, typed, &matches, report)?;
    let skipped = lock_files::skip(&mut resolved.cli.command);
    let Resolved { cli, access, .. } = &resolved;
    if let CliCommand::Import(args) = &cli.command {
        report.wants(args.json);
        let mut secrets = resolved.profiles.secret_variables();
        secrets.extend(args.store.iter().map(|_| "PGPASSWORD".to_owned()));
        report.notifies(args.notify_cmd.clone().map(|command| NoticeCommand {
            command,
            job: resolved.job.as_ref().map(|job| job.path.clone()),
            secrets,
        }));
    }
    colours::apply(cli.color);
    let log = cli.command.log_file();
    log.map_or(Ok(()), |log| log_place::check(log, &cli.command, access))?;
    let verbosity = Verbosity::of(cli);
    match &cli.command {
        CliCommand::Worker(_) => log::start_lines(),
        _ => log::start(verbosity, log)?,
    }
    if !verbosity.is_quiet() {
        skipped.iter().for_each(|note| status_line(note));
    }
    carry_out(resolved, report)
}

/// Whether a command is an import, or becomes one.
fn carries_out_an_import(matches: &ArgMatches) -> bool {
    match matches.subcommand() {
        Some(("import" | "sync", _)) => true,
        Some(("runs", runs)) => runs.subcommand_name() == Some("resume"),
        _ => false,
    }
}

/// Carries out a command.
#[expect(clippy::too_many_lines, reason = "one line for each command")]
fn carry_out(resolved: Resolved, report: &ImportReport) -> Result<Exit, CliError> {
    let Resolved { cli, access, mapping, profiles, refused_store, job, resumed, queued_options } =
        resolved;
    let store = |args: &StoreArgs| refused_store.map_or_else(|| named_store(args), Err);
    let verbosity = Verbosity::of(&cli);
    let terminal = |progress| Terminal {
        verbosity,
        // A progress bar and a log would disturb each other.
        progress: if verbosity == Verbosity::Log && progress == ProgressArg::Auto {
            ProgressArg::Plain
        } else {
            progress
        },
        ..Terminal::default()
    };
    let terminal_with_mapping = |args: &ReadArgs, progress| {
        let mapping = given_mapping(args, mapping.as_ref())?;
        let saved_mapping = SavedMapping::wanted(args, &mapping)?;
        Ok::<_, CliError>((Terminal { saved_mapping, ..terminal(progress) }, mapping))
    };
    match &cli.command {
        CliCommand::Import(args) => {
            let (terminal, mapping) = terminal_with_mapping(&args.read, args.progress)?;
            let terminal = Terminal { json: args.json, report: report.clone(), ..terminal };
            let state = access.state_dir().map(ToOwned::to_owned);
            let mut config = args.config(access, mapping);
            // A rehearsal is on this computer.
            let store = args.store.as_deref().filter(|_| !args.sandbox);
            let store = store_at(store)
                .map_err(|CliError(why)| CliError(format!("{why}. Nothing was sent")))?;
            let store = store.map(Arc::new);
            config.connect.store.clone_from(&store);
            if let Some(plan) = &args.plan {
                saved_plan::read(plan, &mut config).map_err(ImportError::from)?;
            }
            if let Some(run) = resumed {
                run.apply(&mut config, report)?;
            }
            config.typed = kept(job.as_ref().map_or(config.typed, SyncJob::command));
            let _running = match &job {
                Some(job) => {
                    config.shrink = job.shrink(state.as_deref());
                    terminal.inform(&job.describe());
                    job.lock(state.as_deref())?
                }
                None => None,
            };
            let (sending, pages) = (terminal.sending.clone(), terminal.pages.clone());
            let import = move || pipeline::import(&config, &terminal);
            let give_back = move || store.iter().for_each(SharedStore::give_back);
            let ended = sending::until_sending(&sending, report, import, give_back)?;
            Ok(match args.report.as_deref() {
                Some(path) => ended.and(write_page(&pages, path, verbosity)),
                None => ended,
            })
        }
        CliCommand::Submit(args) => {
            let (terminal, mapping) = terminal_with_mapping(&args.read, args.progress)?;
            let options = queued_options.ok_or_else(|| CliError("there is no job".to_owned()))?;
            submit::run(args, args.config(access, mapping), options, terminal, report)
        }
        CliCommand::Worker(args) => worker::run(args, &access, &profiles, resolve_import),
        // A job is carried out as the import that it describes.
        CliCommand::Sync(_) => Err(CliError("the job describes no import".to_owned())),
        CliCommand::Validate(args) => {
            let (terminal, mapping) = terminal_with_mapping(&args.read, ProgressArg::default())?;
            validate::run(args, mapping, &access, &terminal)
        }
        CliCommand::Plan(args) => {
            let (terminal, mapping) = terminal_with_mapping(&args.read, ProgressArg::default())?;
            let planned = plan::run(args, mapping, access, &terminal);
            if args.json {
                planned.as_ref().err().into_iter().for_each(print_error_object);
            }
            planned
        }
        CliCommand::Export(args) => export::run(args, access, &terminal(args.progress)),
        CliCommand::Usage(args) => usage::run(args, access, &terminal(args.progress)),
        CliCommand::Diff(args) => diff::run(args, &access, verbosity),
        CliCommand::Profiles(args) => profiles::run(args, &access, &profiles),
        CliCommand::Snapshots(args) => snapshots::run(args, &access),
        CliCommand::Status(args) => status::run(args, || store(&args.store)),
        CliCommand::Results(args) => results::run(args, || store(&args.store)),
        CliCommand::Report(args) => report::run(args, verbosity, || store(&args.store)),
        CliCommand::Explain(args) => explain::run(args),
        CliCommand::Undo(args) => undo::run(args, access, terminal(args.progress), report),
        CliCommand::Runs(args) => runs::run(args, named_store(&args.store)?),
        CliCommand::Cancel(args) => runs::cancel(args, named_store(&args.store)?),
        CliCommand::Sandbox(args) => sandbox::run(args),
        CliCommand::Template(args) => template::run(args, &access, verbosity),
        CliCommand::Check(args) => check::run(args, access),
        CliCommand::Completions(args) => completions::run(args),
        CliCommand::Man(args) => man::run(args),
    }
}

/// Writes the page about an import that has ended. Returns the status that a failure of that asks
/// for.
fn write_page(pages: &RunPages, path: &Path, verbosity: Verbosity) -> Exit {
    match pages.write(path) {
        Ok(words) => {
            words.iter().filter(|_| !verbosity.is_quiet()).for_each(|words| status_line(words));
            Exit::Good
        }
        Err(CliError(why)) => {
            status_line(&format!("error: the report is not written: {why}"));
            Exit::SomeRows
        }
    }
}

/// Prints what clap says about a call for help, or about a mistake.
fn misused(error: &clap::Error, typed: &[OsString], report: &ImportReport) -> Exit {
    // Help and version go to standard output with status 0, mistakes to standard error with 2, as
    // clap decides.
    let is_mistake = error.use_stderr();
    report.is_misused(is_mistake.then(|| error.to_string()));
    // If a file's name in the arguments has control characters, there are no colours.
    if typed.iter().any(|word| word.to_string_lossy().contains(is_hidden)) {
        match with_visible_words(typed) {
            Some(words) => status_lines(words.trim_end()),
            None => status_line(error.to_string().trim_end()),
        }
    } else {
        let _ = error.print();
    }
    if is_mistake { Exit::NothingSent } else { Exit::Good }
}

/// A command with its settings.
struct Resolved {
    cli: Cli,
    access: Access,
    /// The mapping of the settings file.
    mapping: Option<MappingText>,
    /// All profiles that are described.
    profiles: ProfileList,
    /// Why the store that the folder names is not used.
    refused_store: Option<CliError>,
    /// The job that describes the import.
    job: Option<SyncJob>,
    /// The run of a store that the import continues.
    resumed: Option<ResumedRun>,
    /// The options of an import that is queued.
    queued_options: Option<QueuedOptions>,
}

/// Resolves a command. A job, and a run that is continued by its id, become the import that they
/// describe.
fn resolve_job_or_command(
    command: &Command,
    typed: &[OsString],
    matches: &ArgMatches,
    report: &ImportReport,
) -> Result<Resolved, CliError> {
    if matches.subcommand_name() != Some("sync") {
        let resolved = resolve(command, typed, matches, None)?;
        return resume(command, resolved, report);
    }
    let cli = Cli::from_arg_matches(matches).map_err(|error| CliError(error.to_string()))?;
    let CliCommand::Sync(args) = &cli.command else {
        return resolve(command, typed, matches, None);
    };
    if cli.config.is_some() {
        return Err(CliError(
            "--config: a job is the settings file of its import. Omit --config".to_owned(),
        ));
    }
    // Before the job's folder becomes the working folder: typed paths are those of this one.
    let options = [printing_words(&cli), args.words_of_the_import()].concat();
    let (job, settings) = SyncJob::open(args, options, command)?;
    let words = job.import_words();
    let matches = (command.clone().try_get_matches_from(&words))
        .map_err(|error| SettingPlaces::default().explain(&error))?;
    let resolved = resolve(command, &words, &matches, Some(settings))?;
    Ok(Resolved { job: Some(job), ..resolved })
}

/// Makes `runs resume` the import that it describes. Other commands stay as they are.
fn resume(
    command: &Command,
    resolved: Resolved,
    report: &ImportReport,
) -> Result<Resolved, CliError> {
    let CliCommand::Runs(args) = &resolved.cli.command else { return Ok(resolved) };
    let Some(RunsCommand::Resume(resume)) = &args.command else { return Ok(resolved) };
    let store = named_store(&args.store)?.ok_or_else(runs::which_store)?;
    if runs::is_submitted(&store, &resume.run) {
        return Ok(resolved);
    }
    let run = ResumedRun::find(store, &resume.run, report)?;
    let words = run.import_words().unwrap_or_default();
    let matches = command.clone().try_get_matches_from(&words);
    let matches = matches.map_err(|error| CliError(error.to_string()))?;
    let import = resolve(command, &words, &matches, None)?;
    Ok(Resolved { resumed: Some(run), ..import })
}

/// Resolves the import of a command line, with these settings alone.
fn resolve_import(words: &[OsString], settings: Settings) -> Result<ImportConfig, CliError> {
    let command = Cli::command();
    let matches = (command.clone().try_get_matches_from(words))
        .map_err(|error| SettingPlaces::default().explain(&error))?;
    let Resolved { cli, access, mapping, .. } = resolve(&command, words, &matches, Some(settings))?;
    let CliCommand::Import(args) = &cli.command else {
        return Err(CliError("the run describes no import".to_owned()));
    };
    let mapping = given_mapping(&args.read, mapping.as_ref())?;
    Ok(args.config(access, mapping))
}

/// Returns the typed options about what is printed.
fn printing_words(cli: &Cli) -> Vec<OsString> {
    let color = cli.color.to_possible_value().map(|word| format!("--color={}", word.get_name()));
    let color = color.filter(|_| cli.color != ColorArg::default());
    let volume = (0..cli.verbose).map(|_| "-v").chain(cli.quiet.then_some("-q"));
    volume.map(OsString::from).chain(color.map(OsString::from)).collect()
}

/// Adds settings from outside the command line to the typed options, and resolves credentials and
/// endpoints.
fn resolve(
    command: &Command,
    typed: &[OsString],
    matches: &ArgMatches,
    of_job: Option<Settings>,
) -> Result<Resolved, CliError> {
    let environment = Environment::load()?;
    let named = || {
        let typed = matches.get_one::<PathBuf>("config").map(|path| (path.clone(), Owner::User));
        typed.or_else(|| environment.config())
    };
    let settings = of_job.map_or_else(|| Settings::load(named()), Ok)?;
    let path_of = |option: &str| {
        let (name, given) = matches.subcommand()?;
        let path = given.try_get_one::<PathBuf>(option).ok().flatten();
        path.map(|path| (name, path.as_path()))
    };
    // The sandbox's option with that name writes such a file.
    let env_file = path_of("env_file").filter(|(name, _)| *name != "sandbox");
    let profile = matches.subcommand().and_then(|(_, given)| {
        given.try_get_one::<String>("profile").ok().flatten().map(String::as_str)
    });
    let typed_places = TypedPlaces { env_file: env_file.map(|(_, path)| path), profile };
    let user = UserConfig::load()?;
    let config_path = user.path.clone();
    let environment = environment.with_places(typed_places, &settings, user)?;
    let ca_file = path_of("ca_file").map(|(_, path)| path);
    let environment = environment.with_trust(ca_file, &settings);
    let Configured { words, places, mapping, refused_store } =
        with_settings(command, typed, matches, &environment, &settings)?;
    let (cli, all) = command
        .clone()
        .try_get_matches_from(&words)
        .and_then(|all| Ok((Cli::from_arg_matches(&all)?, all)))
        .map_err(|error| places.explain(&error))?;
    let options = match (matches.subcommand(), all.subcommand()) {
        (Some(("submit", typed)), Some((_, all))) => {
            Some(queued_options(command, typed, all, mapping.as_ref())?)
        }
        _ => None,
    };
    let access = environment.resolve();
    let profiles = ProfileList { all: environment.into_profiles(), config_path };
    let (job, resumed) = (None, None);
    Ok(Resolved {
        cli,
        access,
        mapping,
        profiles,
        refused_store,
        job,
        resumed,
        queued_options: options,
    })
}
