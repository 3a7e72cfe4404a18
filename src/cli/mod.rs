//! The command line: a file for each command, and how things are said to people. Nobody imports
//! from here.

pub(crate) mod args;
pub(crate) mod ask;
mod check;
mod command_line;
pub(crate) mod config;
mod diff;
pub(crate) mod dotenv;
pub(crate) mod exit;
pub(crate) mod export;
pub(crate) mod import_report;
pub(crate) mod later_changes;
pub(crate) mod missing_args;
pub(crate) mod number_arg;
mod output;
mod plan;
mod plan_listing;
mod planned_work;
pub(crate) mod progress;
pub(crate) mod proposed_command;
mod results;
mod sandbox;
mod screen;
pub(crate) mod sending;
mod snapshots;
mod status;
mod template;
mod usage;
mod validate;

use crate::import::access::Owner;
use crate::import::pipeline;
use crate::visible::{is_hidden, visible_lines};
use clap::{CommandFactory, FromArgMatches};
use command_line::{Cli, CliCommand};
use config::{Configured, Environment, Settings, with_settings};
use exit::CliError;
pub use exit::Exit;
use import_report::{ImportReport, Stage};
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs the program with the process's own arguments.
pub fn main() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().collect();
    let report = ImportReport::default();
    let ended = run(&typed, &report).unwrap_or_else(|CliError(message)| {
        status_line(&format!("error: {message}"));
        report.fails(&message);
        Exit::NothingSent
    });
    let printed = report.print(ended).map(|()| ended);
    printed
        .unwrap_or_else(|CliError(message)| {
            status_line(&format!("error: {message}"));
            ended.and(Exit::NothingSent)
        })
        .into()
}

fn run(typed: &[OsString], report: &ImportReport) -> Result<Exit, CliError> {
    let is_wanted = import_report::is_wanted(typed);
    report.wants(is_wanted);
    let command = Cli::command();
    let matches = match command.clone().try_get_matches_from(typed) {
        Ok(matches) => matches,
        Err(error) => {
            // Help and version go to standard output with status 0, mistakes to standard error with
            // 2: clap knows.
            let is_mistake = error.use_stderr();
            report.is_misused(is_mistake.then(|| error.to_string()));
            // A file's name may stand among the arguments; then there are no colours.
            if typed.iter().any(|word| word.to_string_lossy().contains(is_hidden)) {
                status_line(error.to_string().trim_end());
            } else {
                let _ = error.print();
            }
            return Ok(if is_mistake { Exit::NothingSent } else { Exit::Good });
        }
    };
    report.wants(is_wanted && matches.subcommand_name() == Some("import"));
    report.stage(Stage::Settings);
    let environment = Environment::load()?;
    let config = matches
        .get_one::<PathBuf>("config")
        .map(|path| (path.clone(), Owner::User))
        .or_else(|| environment.config());
    let settings = Settings::load(config)?;
    let env_file =
        matches.subcommand().filter(|(name, _)| *name != "sandbox").and_then(|(_, given)| {
            // The sandbox writes such a file; nobody else has an option of that name for another
            // thing.
            given.try_get_one::<PathBuf>("env_file").ok().flatten()
        });
    let environment = environment.with_env_file(env_file.map(PathBuf::as_path), &settings)?;
    let ca_file = matches
        .subcommand()
        .and_then(|(_, given)| given.try_get_one::<PathBuf>("ca_file").ok().flatten());
    let environment = environment.with_trust(ca_file.map(PathBuf::as_path), &settings);
    let Configured { words: all, places } =
        with_settings(&command, typed, &matches, &environment, &settings)?;
    let cli = command
        .try_get_matches_from(&all)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| places.explain(&error))?;
    match &cli.command {
        CliCommand::Import(args) => {
            report.wants(args.json);
            let verbosity = Verbosity {
                quiet: cli.quiet,
                verbose: cli.verbose > 0 && !cli.quiet,
                report: report.clone(),
            };
            let args = args.clone();
            sending::until_sending(report, move |sending| {
                pipeline::run(&args, &all, &environment, &verbosity, sending)
            })
        }
        CliCommand::Validate(args) => validate::run(
            args,
            &environment,
            &Verbosity { quiet: cli.quiet, ..Verbosity::default() },
        ),
        CliCommand::Plan(args) => {
            plan::run(args, &environment, &Verbosity { quiet: cli.quiet, ..Verbosity::default() })
        }
        CliCommand::Export(args) => export::run(
            args,
            &environment,
            &Verbosity {
                quiet: cli.quiet,
                verbose: cli.verbose > 0 && !cli.quiet,
                ..Verbosity::default()
            },
        ),
        CliCommand::Usage(args) => usage::run(
            args,
            &environment,
            &Verbosity {
                quiet: cli.quiet,
                verbose: cli.verbose > 0 && !cli.quiet,
                ..Verbosity::default()
            },
        ),
        CliCommand::Diff(args) => diff::run(args, &environment, cli.quiet),
        CliCommand::Snapshots(args) => snapshots::run(args, &environment),
        CliCommand::Status(args) => status::run(args),
        CliCommand::Results(args) => results::run(args),
        CliCommand::Sandbox(args) => sandbox::run(args),
        CliCommand::Template(args) => template::run(args),
        CliCommand::Check(args) => check::run(args, &environment),
    }
}

/// How much is said while a run goes on, and what is told to programs at its end.
#[derive(Default)]
pub(crate) struct Verbosity {
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    pub(crate) report: ImportReport,
}

impl Verbosity {
    /// Comes true when the command is interrupted before it sends something; that is told to
    /// programs, too.
    pub(crate) async fn interrupted(&self) -> CliError {
        interrupted().await;
        sending::interruption(&self.report)
    }
}

/// Says something to the person at the terminal: standard error. Whatever the words come from, the
/// terminal obeys none of them.
pub(crate) fn status_line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", visible_lines(text));
}

/// Gives data or the summary: standard output. A reader that went away is no error of ours.
pub(crate) fn print_out(text: &str) -> Result<(), CliError> {
    match std::io::stdout().lock().write_all(visible_lines(text).as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CliError(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// The words of this process's command line, as a person would type them.
pub(crate) fn typed_words() -> impl Iterator<Item = OsString> {
    std::iter::once(OsString::from("umbulk")).chain(std::env::args_os().skip(1))
}

/// A command as it can be pasted into a shell.
pub(crate) fn shell_words(words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    let quote = |word: &OsStr| match word.to_str().filter(|word| !word.contains(is_hidden)) {
        Some(word)
            if !word.is_empty()
                && word.chars().all(|c| c.is_alphanumeric() || "-_./=:,%@+".contains(c)) =>
        {
            word.to_owned()
        }
        Some(word) => format!("'{}'", word.replace('\'', "'\\''")),
        // Bytes that no terminal shows, as bash, zsh and ksh read them.
        None => {
            let byte = |byte: &u8| match byte {
                b'\'' | b'\\' => format!("\\{}", char::from(*byte)),
                b' '..=b'~' => char::from(*byte).to_string(),
                _ => format!("\\x{byte:02x}"),
            };
            format!("$'{}'", word.as_encoded_bytes().iter().map(byte).collect::<String>())
        }
    };
    words.into_iter().map(|word| quote(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// A time as the clock on the wall says it.
pub(crate) fn local_time(at: std::time::SystemTime, form: &str) -> String {
    jiff::Timestamp::try_from(at).map(|at| wall_clock(at, form)).unwrap_or_default()
}

pub(crate) fn wall_clock(at: jiff::Timestamp, form: &str) -> String {
    at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime(form).to_string()
}

/// A terminal that goes away does not end a run.
pub(crate) async fn ignore_hangups() {
    #[cfg(unix)]
    if let Ok(mut hangups) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())
    {
        while hangups.recv().await.is_some() {
            status_line(
                "the terminal went away (SIGHUP): the run goes on. `umbulk status` shows how far \
                 it is, SIGTERM ends it",
            );
        }
    }
}

/// Comes true when somebody presses Ctrl-C, or the system asks the program to end.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    {
        let Ok(mut end) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = end.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}
