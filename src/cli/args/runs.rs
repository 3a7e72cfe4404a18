//! The options of the commands about the runs of a shared store.

use super::shared::{ConnectArgs, ProgressArg};
use super::value::{age, table_path};
use clap::{Args, Subcommand};
use jiff::SignedDuration;
use std::path::PathBuf;

/// The store whose runs are meant.
#[derive(Debug, Args, Clone)]
pub(crate) struct StoreArgs {
    /// The PostgreSQL database with the runs: postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "URL", help_heading = "Connection", global = true)]
    pub(crate) store: Option<String>,
}

#[derive(Debug, Args, Clone)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<RunsCommand>,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Print them as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand, Clone)]
pub(crate) enum RunsCommand {
    /// Continue a run that nobody carries out any more, without having its file: the file is
    /// written here first. The options of the import about its rows are those of the run
    Resume(Box<ResumeArgs>),
    /// Delete runs that have ended, with their files, and print which
    Prune {
        /// Delete those that ended longer ago: 90d, 12w, 36h
        #[arg(long, value_name = "AGE", required = true, value_parser = age)]
        older_than: SignedDuration,
    },
}

/// The arguments of `umbulk runs resume`. An import has the same options.
#[derive(Debug, Args, Clone)]
pub(crate) struct ResumeArgs {
    /// The run, as `umbulk runs` names it
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    #[command(flatten)]
    connect: ConnectArgs,
    /// Do not ask about deletions
    #[arg(long, help_heading = "Guards")]
    yes: bool,
    /// Write the results to this file, as a workbook if it ends in .xlsx
    #[arg(long, value_name = "PATH", value_parser = table_path(), help_heading = "Output")]
    results: Option<PathBuf>,
    /// How to show progress
    #[arg(long, value_enum, default_value = "auto", help_heading = "Output")]
    progress: ProgressArg,
}

#[derive(Debug, Args, Clone)]
pub(crate) struct CancelArgs {
    /// The run, as `umbulk runs` names it
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}
