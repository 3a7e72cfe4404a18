//! The command line as it is typed: the commands, and the options that all of them take.

use super::commands::{
    CheckArgs, CompletionsArgs, ExplainArgs, ManArgs, PlanArgs, ProfilesArgs, ReportArgs,
    ResultsArgs, StatusArgs, TemplateArgs, ValidateArgs,
};
use super::diff::DiffArgs;
use super::export::ExportArgs;
use super::import::ImportArgs;
use super::queue::WorkerArgs;
use super::runs::{CancelArgs, RunsArgs};
use super::sandbox::SandboxArgs;
use super::shared::ColorArg;
use super::snapshots::SnapshotsArgs;
use super::sync::SyncArgs;
use super::undo::UndoArgs;
use super::usage::UsageArgs;
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};

/// Bulk changes of users through Adobe's User Management API: a spreadsheet in, an outcome for
/// every row out.
#[derive(Debug, Parser)]
#[command(name = "umbulk", version, about, max_term_width = 110, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: CliCommand,
    // The places of these options in the help of commands are fixed: otherwise each new command
    // would move them.
    /// Print more: the response to each request; -vv also says why requests and rows wait
    #[arg(short, long, global = true, help_heading = "Output", action = clap::ArgAction::Count)]
    #[arg(display_order = 21)]
    pub(crate) verbose: u8,
    /// Print only what needs attention: warnings and errors, and the summary unless every row is
    /// fine
    #[arg(short, long, global = true, help_heading = "Output", display_order = 22)]
    pub(crate) quiet: bool,
    /// When to use colours [default: on a terminal, unless NO_COLOR is set]
    #[arg(long, global = true, help_heading = "Output", value_enum, value_name = "WHEN")]
    #[arg(default_value = "auto", hide_default_value = true, hide_short_help = true)]
    #[arg(display_order = 23)]
    pub(crate) color: ColorArg,
    /// Read settings from this file instead of umbulk.toml
    #[arg(long, global = true, help_heading = "Settings", value_name = "FILE")]
    #[arg(hide_short_help = true, display_order = 24)]
    pub(crate) config: Option<PathBuf>,
}

impl CliCommand {
    /// Returns the file of `--log-file`, if it is given.
    pub(crate) fn log_file(&self) -> Option<&Path> {
        let connect = match self {
            Self::Import(args) | Self::Submit(args) => &args.connect,
            Self::Plan(args) => &args.connect,
            Self::Export(args) => &args.connect,
            Self::Usage(args) => &args.connect,
            Self::Check(args) => &args.connect,
            Self::Undo(args) => &args.connect,
            _ => return None,
        };
        connect.log_file.as_deref()
    }
}

/// The commands of umbulk.
#[derive(Debug, Subcommand)]
pub(crate) enum CliCommand {
    /// Carry out the changes in a file and write an outcome for every row
    Import(Box<ImportArgs>),
    /// Carry out a repeated job that a file describes: an import, its guards and who is told
    Sync(Box<SyncArgs>),
    /// Check every row offline; writes NAME.check.csv
    Validate(ValidateArgs),
    /// Show what an import would send, and how long it takes; sends nothing
    Plan(Box<PlanArgs>),
    /// Write the full list of users, or of groups and product profiles
    Export(Box<ExportArgs>),
    /// Count users, group members and licences; list administrators
    Usage(Box<UsageArgs>),
    /// Show what changed between two lists of users: as a summary, as JSON, or as a file to import
    Diff(DiffArgs),
    /// List the snapshots, or delete those that `export --snapshot` stored
    Snapshots(SnapshotsArgs),
    /// Show the progress of an import, or of every import in this folder
    Status(StatusArgs),
    /// Write the results file of an import again, from its journal
    Results(ResultsArgs),
    /// Write a page of HTML about an import, from its journal, also while it runs
    Report(ReportArgs),
    /// Say what a code of a row means, and what to do about it
    Explain(ExplainArgs),
    /// Take back what an import has changed, as far as the API can; writes NAME.undo.csv
    Undo(Box<UndoArgs>),
    /// Queue an import in a shared store: a worker carries it out
    Submit(Box<ImportArgs>),
    /// Carry out the queued runs of a shared store, until it is stopped
    Worker(WorkerArgs),
    /// List the runs of a shared store, or delete those that have ended
    Runs(RunsArgs),
    /// Stop a run of a shared store; the same import command would continue it
    Cancel(CancelArgs),
    /// Run an organization on this computer, for rehearsals
    Sandbox(SandboxArgs),
    /// Print an example file
    Template(TemplateArgs),
    /// List the organizations that are configured, and say which one applies here and why
    Profiles(ProfilesArgs),
    /// Check credentials, organization and clock; changes nothing
    Check(CheckArgs),
    /// Print the completions of a shell
    Completions(CompletionsArgs),
    /// Print the manual page, or write one for each command
    Man(ManArgs),
}
