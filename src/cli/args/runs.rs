//! The options of the commands about the runs of a shared store.

use super::value::age;
use clap::{Args, Subcommand};
use jiff::SignedDuration;

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
    /// Delete runs that are over, with their files, and name them
    Prune {
        /// Delete those that ended longer ago: 90d, 12w, 36h
        #[arg(long, value_name = "AGE", required = true, value_parser = age)]
        older_than: SignedDuration,
    },
}

#[derive(Debug, Args, Clone)]
pub(crate) struct CancelArgs {
    /// The run, as `umbulk runs` names it
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}
