//! The options of `umbulk snapshots`.

use super::number::number;
use super::shared::AccessArgs;
use super::value::age;
use clap::{Args, Subcommand};
use jiff::SignedDuration;

/// The arguments of `umbulk snapshots`.
#[derive(Debug, Args, Clone)]
pub(crate) struct SnapshotsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<SnapshotsCommand>,
    /// Print them as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) access: AccessArgs,
}

/// What is done with the snapshots.
#[derive(Debug, Subcommand, Clone)]
pub(crate) enum SnapshotsCommand {
    /// Delete old snapshots, and print which. With both options, a snapshot is deleted if neither
    /// option keeps it
    #[command(group = clap::ArgGroup::new("which").required(true).multiple(true))]
    Prune {
        /// Keep the latest N of each kind
        #[arg(long, value_name = "N", group = "which", value_parser = number::<usize>)]
        keep: Option<usize>,
        /// Delete those that are older: 90d, 12w, 36h
        #[arg(long, value_name = "AGE", value_parser = age, group = "which")]
        older_than: Option<SignedDuration>,
    },
}
