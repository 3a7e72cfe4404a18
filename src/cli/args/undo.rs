//! The options of `umbulk undo`.

use super::shared::{ConnectArgs, ProgressArg};
use super::value::table_path;
use clap::Args;
use std::path::PathBuf;

/// The arguments of `umbulk undo`.
#[derive(Debug, Args, Clone)]
pub(crate) struct UndoArgs {
    /// The imported file, or its journal
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Write the rows to this file, as a workbook if it ends in .xlsx [default: NAME.undo.csv
    /// beside FILE]
    #[arg(long, value_name = "FILE", value_parser = table_path())]
    pub(crate) out: Option<PathBuf>,
    /// Import the rows now; after an interruption, plan and import what is left
    #[arg(long)]
    pub(crate) apply: bool,
    /// Do not ask about deletions, old lists, or what is not certain
    #[arg(long, requires = "apply", help_heading = "Guards")]
    pub(crate) yes: bool,
    /// Send rows that delete administrators or remove their roles
    #[arg(long, requires = "apply", help_heading = "Guards")]
    pub(crate) allow_admins: bool,
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// Share the quota and the fetched lists with the imports of this PostgreSQL database
    /// (postgres://USER@HOST/DATABASE). With --apply, the rows that undo the import become a run
    /// there. `none` ignores the database that a setting names
    #[arg(long, value_name = "URL", help_heading = "Connection")]
    pub(crate) store: Option<String>,
    /// How to show progress
    #[arg(long, value_enum, default_value = "auto", help_heading = "Output")]
    pub(crate) progress: ProgressArg,
    /// Print the plan as JSON
    #[arg(long, conflicts_with = "apply", help_heading = "Output")]
    pub(crate) json: bool,
}
