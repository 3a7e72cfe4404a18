//! The options of `umbulk import`.

use super::missing::MissingArgs;
use super::number::number_in;
use super::shared::{ConnectArgs, GroupArgs, GroupSideArg, KnownArgs, ProgressArg, ReadArgs};
use super::value::{MaxErrorsArg, max_errors, page_path, seconds_or_none, table_path};
use crate::cli::typed_words::typed_words;
use crate::execute::{Cap, MaxErrors};
use crate::import::access::Access;
use crate::import::config::{BeforeSource, ImportConfig};
use crate::table::MapFile;
use crate::umapi::Rates;
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What a saved plan has decided already: its files, and every option about what rows do.
const NOT_WITH_A_PLAN: [&str; 11] = [
    "files",
    "sandbox",
    "test_mode",
    "retry_failed",
    "skip_unchanged",
    "create_groups",
    "group_side",
    "ReadArgs",
    "KnownArgs",
    "MissingArgs",
    "GroupArgs",
];

/// The arguments of `umbulk import`.
#[derive(Debug, Args, Clone)]
pub(crate) struct ImportArgs {
    /// Files to import, in this order; - is standard input
    #[arg(required_unless_present = "plan", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Apply a plan that `umbulk plan --save` has saved: its files, with its options. If a file has
    /// changed, or a row would do something else now, the import says so and sends nothing (must be
    /// typed)
    #[arg(long, value_name = "PLAN", conflicts_with_all = NOT_WITH_A_PLAN)]
    pub(crate) plan: Option<PathBuf>,
    /// Rehearse against an organization on this computer
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// The API checks and changes nothing; writes NAME.test.csv
    #[arg(long)]
    pub(crate) test_mode: bool,
    /// Send nothing if any row is invalid
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Send only rows that change something; the others are `unchanged`
    #[arg(long, help_heading = "Only what changes")]
    pub(crate) skip_unchanged: bool,
    #[command(flatten)]
    pub(crate) known: KnownArgs,
    #[command(flatten)]
    pub(crate) missing: MissingArgs,
    #[command(flatten)]
    pub(crate) groups: GroupArgs,
    /// Create missing groups that rows add people to, as user groups, before any row is sent
    #[arg(long, help_heading = "Groups that do not exist")]
    pub(crate) create_groups: bool,
    /// Refuse an import with more deletions than this, in all files together; --yes does not lift
    /// it
    #[arg(long, value_name = "N|P%", help_heading = "Guards")]
    pub(crate) max_deletes: Option<Cap>,
    /// Refuse an import with more rows that remove memberships than this, in all files together;
    /// --yes does not lift it
    #[arg(long, value_name = "N|P%", help_heading = "Guards")]
    pub(crate) max_removals: Option<Cap>,
    /// Ask whether a user exists before each removal; skip the removal if not. The API does not
    /// show disabled accounts: they are not removed
    #[arg(long, help_heading = "Guards")]
    pub(crate) verify_deletes: bool,
    /// Send rows that delete administrators or remove their roles
    #[arg(long, help_heading = "Guards")]
    pub(crate) allow_admins: bool,
    /// Answer every question with yes: deletions, missing people, old lists, the production
    /// organization
    #[arg(long, help_heading = "Guards")]
    pub(crate) yes: bool,
    /// Record how everybody in the rows is before anything is sent, so that `umbulk undo` can take
    /// the import back: umbulk asks about each of up to 200 people; for more, it fetches the list
    /// of users
    #[arg(long, help_heading = "Guards", conflicts_with_all = ["sandbox", "test_mode"])]
    pub(crate) snapshot_before: bool,
    /// Send everything, whatever an earlier run did
    #[arg(long, help_heading = "Again")]
    pub(crate) fresh: bool,
    /// Send only the rows that ended invalid, failed or unknown in the last import of the file,
    /// fixed or not; the results have all rows
    #[arg(long, help_heading = "Again")]
    #[arg(conflicts_with_all = ["fresh", "rows", "sandbox", "test_mode"])]
    pub(crate) retry_failed: bool,
    /// Send memberships of users as commands of their user groups, up to 1,000 in a request
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", help_heading = "Pace")]
    pub(crate) group_side: GroupSideArg,
    /// How long the service may still carry out a request that got no clear response; 0 trusts the
    /// first probe
    #[arg(long, value_name = "TIME", default_value = "180s", value_parser = seconds_or_none)]
    #[arg(help_heading = "Pace")]
    pub(crate) effect_window: Duration,
    /// Requests in flight at once
    #[arg(long, value_name = "N", default_value = "4", value_parser = number_in(1..=64_u16))]
    #[arg(help_heading = "Pace")]
    pub(crate) concurrency: u16,
    /// Stop after N failed rows, after P% of the completed rows (from 100 completed rows on), or
    /// never (off) [default: 200 in a row with one code]
    #[arg(long, value_name = "N|P%|off", value_parser = max_errors, help_heading = "Guards")]
    pub(crate) max_errors: Option<MaxErrorsArg>,
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// Keep the run and the quota in this PostgreSQL database (postgres://USER@HOST/DATABASE): then
    /// the same command on another computer continues the run. Not for rehearsals. `none` ignores
    /// the database that a setting names. The password is in ~/.pgpass, PGPASSFILE or PGPASSWORD
    #[arg(long, value_name = "URL", help_heading = "Connection")]
    pub(crate) store: Option<String>,
    /// Write the results to this file, as a workbook if it ends in .xlsx (with several inputs: a
    /// folder)
    #[arg(long, value_name = "PATH", value_parser = table_path(), help_heading = "Output")]
    pub(crate) results: Option<PathBuf>,
    /// Write the rows to fix to this file (with several inputs: a folder)
    #[arg(long, value_name = "PATH", value_parser = table_path(), help_heading = "Output")]
    pub(crate) failed: Option<PathBuf>,
    /// Write a page of HTML about the import to this file: what was done, over time, what went
    /// wrong
    #[arg(long, value_name = "FILE.html", value_parser = page_path(), help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
    /// Add a column umbulk_explanation to the results and to the rows to fix: what the code of the
    /// row means and what to do about it
    #[arg(long, help_heading = "Output")]
    pub(crate) explain: bool,
    /// How to show progress
    #[arg(long, value_enum, default_value = "auto", help_heading = "Output")]
    pub(crate) progress: ProgressArg,
    /// Print the summary as JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
    /// Run this program at the end, with the summary on its standard input (as JSON with --json)
    /// and in its environment (UMBULK_EXIT, UMBULK_COUNT_FAILED, …)
    #[arg(long, value_name = "COMMAND", help_heading = "Output")]
    pub(crate) notify_cmd: Option<String>,
}

impl ImportArgs {
    /// Returns what is to be done, with every default in place.
    pub(crate) fn config(&self, access: Access, mapping: MapFile) -> ImportConfig {
        let mut connect = self.connect.config(access);
        if self.sandbox && self.connect.rate.is_none() {
            // An organization on this computer has no limits.
            connect.rates = Rates::off();
        }
        let typed: Vec<OsString> = typed_words().collect();
        let missing = self.missing.config(&typed);
        ImportConfig {
            files: self.files.clone(),
            results: self.results.clone(),
            failed: self.failed.clone(),
            report: self.report.clone(),
            typed,
            strict: self.strict,
            test_mode: self.test_mode,
            sandbox: self.sandbox,
            read: self.read.config(mapping),
            connect,
            effect_window: self.effect_window,
            concurrency: usize::from(self.concurrency),
            max_errors: match self.max_errors {
                None => MaxErrors::InARow(200),
                Some(MaxErrorsArg::Off) => MaxErrors::Off,
                Some(MaxErrorsArg::Cap(cap)) => MaxErrors::Cap(cap),
            },
            max_deletes: self.max_deletes,
            max_removals: self.max_removals,
            verify_deletes: self.verify_deletes,
            allow_admins: self.allow_admins,
            yes: self.yes,
            skip_unchanged: self.skip_unchanged,
            known: self.known.config(),
            missing,
            groups: self.groups.config(),
            group_side: self.group_side.config(),
            create_groups: self.create_groups,
            fresh: self.fresh,
            continues: None,
            retry_failed: self.retry_failed,
            shrink: None,
            explain: self.explain,
            before: match self.snapshot_before {
                true => BeforeSource::Fetched,
                false => BeforeSource::Compared,
            },
            saved_plan: None,
            submission: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::command_line::{Cli, CliCommand};
    use crate::import::config::ConnectConfig;
    use crate::umapi::Credentials;
    use clap::Parser;

    /// The defaults for programs are those of the command line.
    #[test]
    fn defaults_are_those_of_the_library() {
        let access = Access::given(Credentials::new("id", "secret", "org"), None, None);
        let CliCommand::Import(args) =
            Cli::try_parse_from(["umbulk", "import", "staff.csv"]).unwrap().command
        else {
            unreachable!()
        };
        let typed =
            ImportConfig { typed: Vec::new(), ..args.config(access.clone(), MapFile::default()) };
        let built = ImportConfig::new(vec!["staff.csv".into()], ConnectConfig::new(access));
        assert_eq!(format!("{typed:#?}"), format!("{built:#?}"));
    }
}
