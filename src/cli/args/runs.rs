//! The options of the commands about the runs of a shared store.

use super::shared::{ConnectArgs, ProgressArg};
use super::value::{age, table_path};
use clap::{Args, Subcommand};
use jiff::SignedDuration;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

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

impl ResumeArgs {
    /// Returns the import of a file that continues the run: the typed words, with the file in place
    /// of the run.
    pub(crate) fn import_words(&self, typed: &[OsString], file: &Path) -> Vec<OsString> {
        let mut words = typed.to_vec();
        let command = words.iter().position(|word| word == "runs").unwrap_or_default();
        words[command] = "import".into();
        let after = |words: &[OsString], wanted: &str| {
            words.iter().skip(command).position(|word| word == wanted).map(|at| command + at)
        };
        if let Some(resume) = after(&words, "resume") {
            words.remove(resume);
        }
        if let Some(run) = after(&words, &self.run) {
            // A name that begins with a dash is no option.
            words[run] = Path::new(".").join(file).into();
        }
        words
    }
}

#[derive(Debug, Args, Clone)]
pub(crate) struct CancelArgs {
    /// The run, as `umbulk runs` names it
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}
