//! The options of `umbulk usage`.

use super::shared::{ConnectArgs, ProgressArg, SharedQuotaArgs};
use super::value::table_or_page_path;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// The arguments of `umbulk usage`.
#[derive(Debug, Args, Clone)]
pub(crate) struct UsageArgs {
    /// An exported list of users, or a snapshot by its name or date [default: the latest snapshot]
    #[arg(long, value_name = "FILE|SNAPSHOT")]
    pub(crate) from: Option<PathBuf>,
    /// An exported list of groups, or a snapshot: it shows products and licences [default: the
    /// snapshot beside the list of users]
    #[arg(long, value_name = "FILE|SNAPSHOT")]
    pub(crate) groups: Option<PathBuf>,
    /// Fetch the lists of users and groups now, and find out who has no licence; each list is
    /// fetched at most once in two hours, otherwise the snapshot is used
    #[arg(long, conflicts_with = "from")]
    pub(crate) online: bool,
    /// How to write it
    #[arg(long, value_enum)]
    pub(crate) format: Option<UsageFormat>,
    /// The same as --format csv
    #[arg(long)]
    pub(crate) csv: bool,
    /// The same as --format json
    #[arg(long)]
    pub(crate) json: bool,
    /// Write to this file, in the format of its ending (.xlsx, .html, .csv, .json; otherwise as on
    /// the screen) [default: standard output]
    #[arg(long, value_name = "FILE", value_parser = table_or_page_path())]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    #[command(flatten)]
    pub(crate) quota: SharedQuotaArgs,
    /// How to show progress
    #[arg(long, value_enum, default_value = "auto", help_heading = "Output")]
    pub(crate) progress: ProgressArg,
}

/// The format of what `umbulk usage` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UsageFormat {
    /// For people
    Table,
    /// A line for each count
    Csv,
    /// For programs
    Json,
}
