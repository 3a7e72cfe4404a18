//! The options of `umbulk diff`.

use super::shared::AccessArgs;
use super::value::table_or_page_path;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// The arguments of `umbulk diff`.
#[derive(Debug, Args, Clone)]
pub(crate) struct DiffArgs {
    /// The earlier list: an exported file, a snapshot by its name or date, or `latest`
    #[arg(value_name = "A")]
    pub(crate) before: PathBuf,
    /// The later one
    #[arg(value_name = "B")]
    pub(crate) after: PathBuf,
    /// How to write it
    #[arg(long, value_enum)]
    pub(crate) format: Option<DiffFormat>,
    /// The same as --format json
    #[arg(long)]
    pub(crate) json: bool,
    /// Write to this file; .xlsx writes the rows to be imported as a workbook, .html a page
    /// [default: standard output]
    #[arg(long, value_name = "FILE", value_parser = table_or_page_path())]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) access: AccessArgs,
}

/// The format of the differences of two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people
    Summary,
    /// What turns A into B, to be imported
    Csv,
    /// For programs
    Json,
}
