//! The options of commands that have few of their own.

use super::missing::MissingArgs;
use super::runs::StoreArgs;
use super::shared::{
    AccessArgs, ConnectArgs, GroupArgs, GroupSideArg, KnownArgs, ReadArgs, SharedQuotaArgs,
};
use super::value::{dialect, page_path, table_or_page_path, table_path};
use crate::import::access::Access;
use crate::import::config::ImportConfig;
use crate::table::{InputDialect, MapFile};
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// The arguments of `umbulk validate`.
#[derive(Debug, Args, Clone)]
pub(crate) struct ValidateArgs {
    /// Files to check
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    #[command(flatten)]
    pub(crate) groups: GroupArgs,
    #[command(flatten)]
    pub(crate) access: AccessArgs,
    /// Write the checked rows to this file, as a workbook if it ends in .xlsx (with several inputs:
    /// a folder)
    #[arg(long, value_name = "PATH", value_parser = table_path(), help_heading = "Output")]
    pub(crate) results: Option<PathBuf>,
    /// Print the summary as JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// The arguments of `umbulk plan`.
#[derive(Debug, Args, Clone)]
pub(crate) struct PlanArgs {
    /// Files to plan
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Compare with the snapshot of the organization and show the differences
    #[arg(long, help_heading = "Only what changes")]
    pub(crate) skip_unchanged: bool,
    #[command(flatten)]
    pub(crate) known: KnownArgs,
    #[command(flatten)]
    pub(crate) missing: MissingArgs,
    #[command(flatten)]
    pub(crate) groups: GroupArgs,
    /// Plan as if the import created the user groups that are not there
    #[arg(long, help_heading = "Groups that do not exist")]
    pub(crate) create_groups: bool,
    /// Count the probes that the import sends before removals from the organization
    #[arg(long, help_heading = "Guards")]
    pub(crate) verify_deletes: bool,
    /// Plan memberships of users as commands of their user groups, up to 1,000 in a request
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", help_heading = "Pace")]
    pub(crate) group_side: GroupSideArg,
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    #[command(flatten)]
    pub(crate) quota: SharedQuotaArgs,
    /// Write the bodies of the requests to this file, one per line
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) requests: Option<PathBuf>,
    /// Write to this file, row by row, what would be sent; .xlsx writes a workbook, .html a page
    #[arg(long, value_name = "FILE", help_heading = "Output", value_parser = table_or_page_path())]
    pub(crate) out: Option<PathBuf>,
    /// Save the plan to this file: `umbulk import --plan` applies exactly this plan, or sends
    /// nothing and says what has changed. Needs credentials: umbulk asks the server what the import
    /// would ask before sending
    #[arg(long, value_name = "PLAN", help_heading = "Output")]
    pub(crate) save: Option<PathBuf>,
    /// Print the plan as JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

impl PlanArgs {
    /// Returns the import that is planned, with every default in place. A plan that compares shows
    /// only what changes. `typed` are the words of the command line.
    pub(crate) fn config(
        &self,
        access: Access,
        mapping: MapFile,
        typed: &[OsString],
    ) -> ImportConfig {
        let known = self.known.config();
        ImportConfig {
            read: self.read.config(mapping),
            verify_deletes: self.verify_deletes,
            skip_unchanged: self.skip_unchanged || known.against.is_some() || known.online,
            known,
            missing: self.missing.config(typed),
            groups: self.groups.config(),
            group_side: self.group_side.config(),
            create_groups: self.create_groups,
            // No earlier import goes on with a plan.
            fresh: true,
            ..ImportConfig::new(self.files.clone(), self.connect.config(access))
        }
    }
}

/// The arguments of `umbulk status`.
#[derive(Debug, Args, Clone)]
pub(crate) struct StatusArgs {
    /// The imported file, its journal, or a run of a shared store [default: every journal in this
    /// folder]
    #[arg(value_name = "FILE|RUN")]
    pub(crate) file: Option<PathBuf>,
    /// Set the exit status: 0 finished and fine, 1 finished with rows to fix, 3 unfinished, 2 no
    /// journal, or one that cannot be read
    #[arg(long)]
    pub(crate) check: bool,
    /// Print it as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// The arguments of `umbulk results`.
#[derive(Debug, Args, Clone)]
pub(crate) struct ResultsArgs {
    /// The imported file, its journal, or a run of a shared store
    #[arg(value_name = "FILE|RUN")]
    pub(crate) file: PathBuf,
    /// Write the results to this file [default: NAME.results.csv beside the imported file, or
    /// .xlsx as the import did]
    #[arg(long, value_name = "PATH", value_parser = table_path())]
    pub(crate) results: Option<PathBuf>,
    /// Add a column umbulk_explanation: what the code of the row means and what to do about it
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// The arguments of `umbulk report`.
#[derive(Debug, Args, Clone)]
pub(crate) struct ReportArgs {
    /// The imported file, its journal, or a run of a shared store
    #[arg(value_name = "FILE|RUN")]
    pub(crate) file: PathBuf,
    /// Write the page to this file [default: NAME.report.html beside the imported file]
    #[arg(long, value_name = "FILE.html", value_parser = page_path())]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// The arguments of `umbulk explain`.
#[derive(Debug, Args, Clone)]
pub(crate) struct ExplainArgs {
    /// The code, as in the column umbulk_code; a beginning such as invalid.email lists the codes
    /// below it [default: all codes, in groups]
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// Print it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The arguments of `umbulk template`.
#[derive(Debug, Args, Clone)]
pub(crate) struct TemplateArgs {
    /// Which kind of table
    #[arg(value_parser = dialect, default_value = "native")]
    pub(crate) dialect: InputDialect,
    /// Write it to this file [default: standard output]. A workbook (.xlsx) offers the allowed
    /// values, and the groups of the organization if a list of them is stored
    #[arg(long, value_name = "FILE", value_parser = table_path())]
    pub(crate) out: Option<PathBuf>,
    /// How to write it [default: as the file's name ends]
    #[arg(long, value_enum)]
    pub(crate) format: Option<TemplateFormat>,
    #[command(flatten)]
    pub(crate) access: AccessArgs,
}

/// The format of an example file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TemplateFormat {
    /// Comma-separated
    Csv,
    /// A workbook; needs --out
    Xlsx,
}

/// The arguments of `umbulk check`.
#[derive(Debug, Args, Clone)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// Test this PostgreSQL database as well (postgres://USER@HOST/DATABASE), and share the quota
    /// with its imports. `none` ignores the database that a setting names
    #[arg(long, value_name = "URL", help_heading = "Connection")]
    pub(crate) store: Option<String>,
}

/// The arguments of `umbulk completions`.
#[derive(Debug, Args, Clone)]
pub(crate) struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// The arguments of `umbulk man`.
#[derive(Debug, Args, Clone)]
pub(crate) struct ManArgs {
    /// Write the pages of all commands into this folder [default: print the page of umbulk]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

/// The arguments of `umbulk profiles`.
#[derive(Debug, Args, Clone)]
pub(crate) struct ProfilesArgs {
    #[command(flatten)]
    pub(crate) access: AccessArgs,
    /// Print them as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
