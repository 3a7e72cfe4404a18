//! The options of `umbulk export`.

use super::shared::{ConnectArgs, ProgressArg, SharedQuotaArgs};
use super::value_error::ValueError;
use crate::change::IdentityType;
use crate::export::{
    ListKind, OutputDialect, OutputFormat, Packing, Repeat, StatusFilter, UnwrittenKind, kind_of,
};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// The arguments of `umbulk export`.
#[derive(Debug, Args, Clone)]
pub(crate) struct ExportArgs {
    /// What to list
    #[arg(value_enum, value_name = "WHAT")]
    pub(crate) what: WhatArg,
    /// Write to this file; - is standard output [default: users.csv or groups.csv]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The file's format [default: from the file's ending, which may also be .xlsx; .gz and .zst
    /// compress it]
    #[arg(long, value_enum)]
    pub(crate) format: Option<FormatArg>,
    /// The dialect of the file
    #[arg(long, value_enum, default_value = "native")]
    pub(crate) dialect: DialectArg,
    /// Only these columns, in this order: email,groups
    #[arg(long, value_name = "A,B,C", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// Write for Excel: it opens correctly and runs no cell as a formula; `umbulk import` removes
    /// this protection
    #[arg(long)]
    pub(crate) excel: bool,
    /// Only members of this group, product profile or role (repeatable)
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) group: Vec<String>,
    /// Only users of this domain
    #[arg(long, help_heading = "Filters")]
    pub(crate) domain: Option<String>,
    /// Only users of this status: active, inactive, disabled, locked, removed; with --group, active
    /// and inactive show who holds a licence
    #[arg(long, value_delimiter = ',', value_parser = status, help_heading = "Filters")]
    pub(crate) status: Vec<StatusFilter>,
    /// Only users (or groups) of this type: adobeID, enterpriseID, federatedID; USER_GROUP,
    /// PRODUCT_PROFILE, …
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', help_heading = "Filters")]
    pub(crate) types: Vec<String>,
    /// Include memberships that come through a user group
    #[arg(long, help_heading = "Filters")]
    pub(crate) indirect: bool,
    /// Also store this list under its date, for later comparisons
    #[arg(long, help_heading = "Snapshots")]
    pub(crate) snapshot: bool,
    /// Write the latest snapshot; ask the server nothing
    #[arg(long, help_heading = "Snapshots")]
    pub(crate) cached: bool,
    /// Fetch the full list even if it was fetched in the last two hours: Adobe may then block the
    /// client for up to an hour
    #[arg(long, help_heading = "Snapshots", conflicts_with = "cached")]
    pub(crate) force: bool,
    /// Start over instead of continuing an interrupted export
    #[arg(long, help_heading = "Snapshots", conflicts_with = "cached")]
    pub(crate) fresh: bool,
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    #[command(flatten)]
    pub(crate) quota: SharedQuotaArgs,
    /// How to show progress
    #[arg(long, value_enum, default_value = "auto", help_heading = "Output")]
    pub(crate) progress: ProgressArg,
    /// Print the summary as JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Which list is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhatArg {
    /// All users, or those that match the filters
    Users,
    /// User groups, product profiles and roles
    Groups,
}

/// The format of an exported list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// Comma-separated
    Csv,
    /// Tab-separated
    Tsv,
    /// One JSON object per line, with the API's field names
    Jsonl,
}

/// Whose columns an exported list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DialectArg {
    /// umbulk's own columns: complete, and ready to be imported again
    Native,
    /// umapi-cli's export
    #[value(alias = "umapi-cli-users-create")]
    UmapiCli,
    /// The Admin Console's export
    AdminConsole,
    /// user-sync's list of users
    UserSync,
}

/// The types of groups in Adobe's documentation (`group.md`).
const GROUP_TYPES: [&str; 9] = [
    "USER_GROUP",
    "PRODUCT_PROFILE",
    "SYSADMIN_GROUP",
    "DEPLOYMENT_ADMIN_GROUP",
    "SUPPORT_ADMIN_GROUP",
    "PRODUCT_ADMIN_GROUP",
    "DEVELOPER_GROUP",
    "PROFILE_ADMIN_GROUP",
    "USER_ADMIN_GROUP",
];

impl ExportArgs {
    /// Returns when the list may be fetched again.
    pub(crate) fn repeat(&self) -> Repeat {
        match (self.force, self.fresh) {
            (false, false) => Repeat::AfterTwoHours,
            (false, true) => Repeat::Anew,
            (true, false) => Repeat::Now,
            (true, true) => Repeat::NowAnew,
        }
    }

    /// Returns what is exported.
    pub(crate) fn kind(&self) -> ListKind {
        match self.what {
            WhatArg::Users => ListKind::Users,
            WhatArg::Groups => ListKind::Groups,
        }
    }

    /// Returns `users` or `groups`.
    pub(crate) fn noun(&self) -> &'static str {
        match self.what {
            WhatArg::Users => "users",
            WhatArg::Groups => "groups",
        }
    }

    /// Returns the dialect of the file.
    pub(crate) fn dialect(&self) -> OutputDialect {
        match self.dialect {
            DialectArg::Native => OutputDialect::Native,
            DialectArg::UmapiCli => OutputDialect::UmapiCli,
            DialectArg::AdminConsole => OutputDialect::AdminConsole,
            DialectArg::UserSync => OutputDialect::UserSync,
        }
    }

    /// Returns the path, the format and the compression of the file.
    pub(crate) fn file(&self) -> Result<(PathBuf, OutputFormat, Packing), ValueError> {
        let path =
            self.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}.csv", self.noun())));
        let (by_name, packing) = kind_of(&path);
        let format = match self.format {
            Some(_) if packing == Packing::Workbook => {
                return Err(format!(
                    "--out {}: --format is one of text, and .xlsx is a workbook: omit --format, or \
                     name a file with another ending",
                    path.display()
                )
                .into());
            }
            Some(FormatArg::Csv) => OutputFormat::Csv { delimiter: b',' },
            Some(FormatArg::Tsv) => OutputFormat::Csv { delimiter: b'\t' },
            Some(FormatArg::Jsonl) => OutputFormat::JsonLines,
            None => by_name.map_err(|UnwrittenKind { path, ending }| {
                format!(
                    "--out {}: umbulk writes no .{ending} files: use .xlsx, .csv (for Excel with \
                     --excel), .tsv or .jsonl",
                    path.display()
                )
            })?,
        };
        Ok((path, format, packing))
    }

    /// Returns the types as the API writes them.
    pub(crate) fn api_types(&self) -> Result<Vec<String>, ValueError> {
        let plain = |text: &str| {
            text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
        };
        let one = |text: &String| {
            let users = IdentityType::from_name(text).map(|kind| match kind {
                IdentityType::Adobe => "adobeID",
                IdentityType::Enterprise => "enterpriseID",
                IdentityType::Federated => "federatedID",
            });
            let users = users.or_else(|| (plain(text) == "unknown").then_some("unknown"));
            let groups = GROUP_TYPES.into_iter().find(|known| plain(known) == plain(text));
            match self.what {
                WhatArg::Users => users.ok_or_else(|| {
                    let known = "adobeID, enterpriseID and federatedID";
                    format!("--type: `{text}` is not a type of user: there are {known}").into()
                }),
                WhatArg::Groups => groups.ok_or_else(|| {
                    let known = GROUP_TYPES.join(", ");
                    format!("--type: `{text}` is not a type of group: there are {known}").into()
                }),
            }
        };
        self.types.iter().map(|text| one(text).map(ToOwned::to_owned)).collect()
    }
}

fn status(text: &str) -> Result<StatusFilter, ValueError> {
    match text.trim().to_ascii_lowercase().as_str() {
        "active" => Ok(StatusFilter::Active),
        "inactive" => Ok(StatusFilter::Inactive),
        "disabled" => Ok(StatusFilter::Disabled),
        "locked" => Ok(StatusFilter::Locked),
        "removed" => Ok(StatusFilter::Removed),
        _ => Err("write active, inactive, disabled, locked or removed".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::command_line::{Cli, CliCommand};
    use clap::Parser;

    impl ExportArgs {
        /// Parses these options of `umbulk export`.
        pub(crate) fn typed(words: &[&str]) -> Self {
            let all = ["umbulk", "export"].iter().chain(words);
            match Cli::try_parse_from(all).unwrap().command {
                CliCommand::Export(args) => *args,
                _ => unreachable!(),
            }
        }
    }

    #[test]
    fn file_ending_decides_format_and_compression() {
        let file = |out: &str| ExportArgs::typed(&["users", "--out", out]).file().unwrap();
        let csv = OutputFormat::Csv { delimiter: b',' };
        assert_eq!(
            ExportArgs::typed(&["groups"]).file().unwrap(),
            (PathBuf::from("groups.csv"), csv, Packing::Plain)
        );
        assert_eq!(
            file("a.jsonl.zst"),
            (PathBuf::from("a.jsonl.zst"), OutputFormat::JsonLines, Packing::Zstd)
        );
        assert_eq!(
            (file("a.TSV.GZ").1, file("-").1, file("a").1),
            (OutputFormat::Csv { delimiter: b'\t' }, csv, csv)
        );
        assert_eq!((file("a.XLSX").1, file("a.xlsx").2), (csv, Packing::Workbook));
        let packed =
            ExportArgs::typed(&["users", "--out", "a.xlsx.gz"]).file().unwrap_err().to_string();
        assert!(packed.contains("writes no .xlsx.gz files"), "{packed}");
        for out in ["a.xls", "a.numbers", "a.json", "a.xlsx.gz", "a.pdf"] {
            assert!(ExportArgs::typed(&["users", "--out", out]).file().is_err(), "{out}");
        }
        let typed = ["users", "--out", "a.xlsx", "--format", "csv"];
        assert!(ExportArgs::typed(&typed).file().is_err());
    }
}
