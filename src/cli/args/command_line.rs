//! The command line as it is typed: the commands, and the options that all of them take.

use super::commands::{
    CheckArgs, CompletionsArgs, ManArgs, PlanArgs, ProfilesArgs, ResultsArgs, StatusArgs,
    TemplateArgs, ValidateArgs,
};
use super::diff::DiffArgs;
use super::export::ExportArgs;
use super::import::ImportArgs;
use super::sandbox::SandboxArgs;
use super::snapshots::SnapshotsArgs;
use super::sync::SyncArgs;
use super::usage::UsageArgs;
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};

/// Bulk changes of users through Adobe's User Management API: a spreadsheet in, an outcome for
/// every row out.
#[derive(Debug, Parser)]
#[command(name = "umbulk", version, about, max_term_width = 110, arg_required_else_help = true)]
#[command(
    after_help = "Every long option can also stand in the environment (UMBULK_MAX_DELETES=5), in \
         a .env file of the working folder, \
or in umbulk.toml (max-deletes = 5); the command line wins.\n\nExit status: 0 every row succeeded \
or needed nothing; 1 finished, some rows failed or are invalid; 2 nothing was sent; 3 stopped \
after sending began."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: CliCommand,
    /// Read settings from this file instead of umbulk.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print more: the response to each request; -vv also says why requests and rows wait
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Print only what needs attention: warnings and errors, and the summary unless every row is
    /// fine
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

impl CliCommand {
    /// Returns the file of `--log-file`, if it is given.
    pub(crate) fn log_file(&self) -> Option<&Path> {
        let connect = match self {
            Self::Import(args) => &args.connect,
            Self::Plan(args) => &args.connect,
            Self::Export(args) => &args.connect,
            Self::Usage(args) => &args.connect,
            Self::Check(args) => &args.connect,
            _ => return None,
        };
        connect.log_file.as_deref()
    }
}

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
    /// List or delete the snapshots that `export --snapshot` kept
    Snapshots(SnapshotsArgs),
    /// Show the progress of an import, or of every import in this folder
    Status(StatusArgs),
    /// Write the results file of an import again, from its journal
    Results(ResultsArgs),
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
