//! Options that several commands share.

use super::number::{line_number, number_in};
use super::value::{
    EncodingArg, action, country, delimiter, dialect, encoding, identity, if_exists, mapping,
    overriding, seconds, separator, setting,
};
use crate::change::{Action, IdentityType, IfExists};
use crate::execute::{GroupSideUse, RowRange};
use crate::import::access::Access;
use crate::import::config::{
    ConflictRule, ConnectConfig, EmptyGroups, EncodingSource, GroupsConfig, KnownConfig, ReadConfig,
};
use crate::table::{Field, InputDialect, MapFile};
use crate::umapi::{Rates, SharedToken};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// How files are read.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "Reading")]
pub(crate) struct ReadArgs {
    /// The dialect of the table, if its header does not show it
    #[arg(long, value_parser = dialect)]
    pub(crate) dialect: Option<InputDialect>,
    /// Read FIELD from COLUMN, or join columns: firstname="{A} {B}" (repeatable)
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = mapping)]
    pub(crate) map: Vec<(Field, String)>,
    /// Read the mapping of columns and values from this file (TOML); --map and --set replace its
    /// entries
    #[arg(long, value_name = "FILE")]
    pub(crate) map_file: Option<PathBuf>,
    /// Write the mapping in force, or the proposed one, to this new file for --map-file
    #[arg(long, value_name = "FILE")]
    pub(crate) save_map: Option<PathBuf>,
    /// The value of FIELD in rows that have none, e.g. groups="Students 26" (repeatable)
    #[arg(long, value_name = "FIELD=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(Field, String)>,
    /// What rows without an `action` do: create, update, add, remove, remove-all, delete,
    /// delete-account, create-group, …
    #[arg(long, value_parser = action)]
    pub(crate) action: Option<Action>,
    /// Replace FIELD in every row, e.g. action=delete (repeatable; must be typed)
    #[arg(long = "override", id = "override", value_name = "FIELD=VALUE", value_parser =
        overriding)]
    pub(crate) overrides: Vec<(Field, String)>,
    /// Ignore this column, whatever its name (repeatable)
    #[arg(long, value_name = "COLUMN")]
    pub(crate) ignore: Vec<String>,
    /// The line with the column names [default: found in the first 20 lines]
    #[arg(long, value_name = "N", value_parser = line_number)]
    pub(crate) header_row: Option<u64>,
    /// The sheet of a workbook with the table [default: the one with known columns]
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub(crate) sheet: Option<String>,
    /// Which row to use when two rows contradict each other about a person
    #[arg(long, value_enum, value_name = "WHICH", default_value = "none")]
    pub(crate) conflicts: ConflictsArg,
    /// The file's encoding, e.g. windows-1252; auto uses the detected one if it is certain
    #[arg(long, value_parser = encoding)]
    pub(crate) encoding: Option<EncodingArg>,
    /// Repair text that was decoded twice (ZoÃ«)
    #[arg(long)]
    pub(crate) repair_mojibake: bool,
    /// What separates columns: comma, semicolon, tab, pipe, or the character itself
    #[arg(long, value_parser = delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// What separates the names in a list [default: ,]
    #[arg(long, value_name = "CHAR", value_parser = separator)]
    pub(crate) list_separator: Option<char>,
    /// Only these rows, e.g. 1-20
    #[arg(long, value_name = "ROWS")]
    pub(crate) rows: Option<RowRange>,
    /// Identity type of created users whose row names none [default: federatedID; for Admin Console
    /// files adobeID]
    #[arg(long, value_name = "TYPE", value_parser = identity)]
    pub(crate) default_type: Option<IdentityType>,
    /// Country of created users whose row names none
    #[arg(long, value_name = "CC", value_parser = country)]
    pub(crate) default_country: Option<String>,
    /// What to do when a created user or group exists
    #[arg(long, value_name = "WHAT", default_value = "ignore", value_parser = if_exists)]
    pub(crate) if_exists: IfExists,
    /// A file of names, one on a line: no row may delete these people, remove their memberships, or
    /// delete or rename these groups. members:NAME is everybody in a group
    #[arg(long, value_name = "FILE")]
    pub(crate) protect: Option<PathBuf>,
}

impl ReadArgs {
    /// Returns how files are read, with this mapping.
    pub(crate) fn config(&self, mapping: MapFile) -> ReadConfig {
        ReadConfig {
            dialect: self.dialect,
            map: mapping.map,
            values: mapping.values,
            action: self.action,
            overrides: self.overrides.clone(),
            ignore: mapping.ignore,
            header_row: self.header_row,
            sheet: self.sheet.clone(),
            conflicts: match self.conflicts {
                ConflictsArg::None => ConflictRule::NoneCounts,
                ConflictsArg::Last => ConflictRule::LastCounts,
            },
            encoding: match self.encoding {
                None => EncodingSource::Confirmed,
                Some(EncodingArg::Auto) => EncodingSource::Detected,
                Some(EncodingArg::Named(charset)) => EncodingSource::Named(charset),
            },
            repair_mojibake: self.repair_mojibake,
            delimiter: self.delimiter,
            list_separator: self.list_separator.unwrap_or(','),
            separator_is_known: self.list_separator.is_some(),
            rows: self.rows.clone(),
            default_type: self.default_type,
            default_country: self.default_country.clone(),
            if_exists: self.if_exists,
            protect: self.protect.clone(),
        }
    }
}

/// Where credentials and endpoints come from.
#[derive(Debug, Args, Clone)]
pub(crate) struct AccessArgs {
    /// Take the credentials and endpoints only from this file of NAME=value lines
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub(crate) env_file: Option<PathBuf>,
    /// Take the credentials and endpoints from this profile: the table [profiles.NAME] in
    /// umbulk.toml or in your configuration (`umbulk profiles` lists them)
    #[arg(long, value_name = "NAME", help_heading = "Connection")]
    pub(crate) profile: Option<String>,
}

/// The store of a command that asks the server and is no import.
#[derive(Debug, Args, Clone)]
pub(crate) struct SharedQuotaArgs {
    /// Share the quota and the fetched lists with the imports of this PostgreSQL database
    /// (postgres://USER@HOST/DATABASE), when the server is asked for a list. `none` ignores the
    /// database that a setting names
    #[arg(long = "store", value_name = "URL", help_heading = "Connection")]
    pub(crate) store: Option<String>,
}

/// Whose organization, and where.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectArgs {
    #[command(flatten)]
    pub(crate) access: AccessArgs,
    /// The organization that you expect (12345@AdobeOrg): stops if the credentials are for another
    #[arg(long, value_name = "ID")]
    pub(crate) org: Option<String>,
    /// More certificates to trust (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Longest wait for a response, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "180", value_parser = seconds)]
    #[arg(help_heading = "Pace")]
    pub(crate) timeout: Duration,
    /// The limits to keep: action=10/60s,users=25/60s,groups=5/60s, or 10/60s, or off
    #[arg(long, help_heading = "Pace")]
    pub(crate) rate: Option<Rates>,
    /// Longest pause that the server may ask for: 2h, 90m, 3600s
    #[arg(long, value_name = "TIME", default_value = "2h", value_parser = seconds)]
    #[arg(help_heading = "Pace")]
    pub(crate) max_wait: Duration,
    /// How many times a request is sent before it counts as failed; 429 responses do not count
    #[arg(long, value_name = "N", default_value = "6", value_parser = number_in(1..=100_u32))]
    #[arg(help_heading = "Pace")]
    pub(crate) max_attempts: u32,
    /// Wait before the first retry; later waits are longer
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = seconds)]
    #[arg(help_heading = "Pace")]
    pub(crate) retry_wait: Duration,
    /// Write each request and each wait, with the reason, to this file: a JSON object on each line
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) log_file: Option<PathBuf>,
}

impl ConnectArgs {
    /// Returns how to connect with these credentials and endpoints.
    pub(crate) fn config(&self, access: Access) -> ConnectConfig {
        ConnectConfig {
            access,
            org: self.org.clone(),
            ca_file: self.ca_file.clone(),
            timeout: self.timeout,
            rates: self.rate.clone().unwrap_or_default(),
            max_wait: self.max_wait,
            max_attempts: self.max_attempts,
            retry_wait: self.retry_wait,
            token: SharedToken::default(),
            kept_pause: None,
            store: None,
        }
    }
}

/// Groups that rows name and that may not be there.
#[derive(Debug, Args, Clone, Default)]
#[command(next_help_heading = "Groups that do not exist")]
pub(crate) struct GroupArgs {
    /// An exported list of groups (umbulk export groups): the groups in it exist
    #[arg(long, value_name = "FILE")]
    pub(crate) groups_file: Option<PathBuf>,
    /// Check that groups exist before anything is sent, or leave that to the server
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    pub(crate) check_groups: CheckGroupsArg,
}

impl GroupArgs {
    /// Returns which groups are known, and whether they are checked.
    pub(crate) fn config(&self) -> GroupsConfig {
        GroupsConfig {
            groups_file: self.groups_file.clone(),
            is_unchecked: self.check_groups == CheckGroupsArg::Never,
        }
    }
}

/// Whether umbulk checks that groups exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum CheckGroupsArg {
    /// With lists, and by asking the server where that is needed
    #[default]
    Auto,
    /// The server decides, row by row; no row waits for the response to another
    Never,
}

/// When memberships go as commands of their groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum GroupSideArg {
    /// Where that saves requests
    #[default]
    Auto,
    /// Wherever it is possible
    Always,
    /// Every membership goes in a command of its user
    Never,
}

impl GroupSideArg {
    /// Returns the setting as the library knows it.
    pub(crate) fn config(self) -> GroupSideUse {
        match self {
            Self::Auto => GroupSideUse::Auto,
            Self::Always => GroupSideUse::Always,
            Self::Never => GroupSideUse::Never,
        }
    }
}

/// What an empty cell of groups means with `--exact-groups`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum EmptyGroupsArg {
    /// The user keeps all groups
    #[default]
    Keep,
    /// The user loses all groups under management
    None,
}

/// How the organization looks before anything is sent.
#[derive(Debug, Args, Clone, Default)]
#[command(next_help_heading = "Only what changes")]
pub(crate) struct KnownArgs {
    /// An exported list of the organization to compare with; it also shows who existed before a
    /// create that got no response
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// Fetch the list from the API to compare with, unless that was done in the last two hours
    #[arg(long, conflicts_with = "against")]
    pub(crate) online: bool,
    /// Ask before relying on a list that is older than this
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = seconds)]
    pub(crate) max_age: Duration,
    /// Remove users from the groups under management (--manage-groups) that their rows do not list
    #[arg(long, requires = "manage_groups")]
    pub(crate) exact_groups: bool,
    /// A group under management, or a pattern such as `Team *` (repeatable)
    #[arg(long, value_name = "NAME|PATTERN")]
    pub(crate) manage_groups: Vec<String>,
    /// What an empty cell of groups means with --exact-groups
    #[arg(long, value_enum, value_name = "WHAT", default_value_t, requires = "exact_groups")]
    pub(crate) empty_groups: EmptyGroupsArg,
    /// Do not warn of a Federated or Enterprise ID that is created where an Adobe ID of that email
    /// is a member
    #[arg(long)]
    pub(crate) allow_shadow: bool,
    /// Send rows that create somebody who seems to be in the organization already, under another
    /// address
    #[arg(long)]
    pub(crate) allow_second_accounts: bool,
}

impl KnownArgs {
    /// Returns the list to compare with, and how.
    pub(crate) fn config(&self) -> KnownConfig {
        KnownConfig {
            against: self.against.clone(),
            online: self.online,
            max_age: self.max_age,
            exact_groups: self.exact_groups,
            manage_groups: self.manage_groups.clone(),
            empty_groups: match self.empty_groups {
                EmptyGroupsArg::Keep => EmptyGroups::KeepAll,
                EmptyGroupsArg::None => EmptyGroups::KeepNone,
            },
            allow_shadow: self.allow_shadow,
            allow_second_accounts: self.allow_second_accounts,
        }
    }
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ProgressArg {
    #[default]
    /// A bar on a terminal, lines elsewhere
    Auto,
    /// Lines every few seconds
    Plain,
    /// Nothing
    None,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ColorArg {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always, also in a file or a pipe
    Always,
    /// Never
    Never,
}

/// Which of two rows counts that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConflictsArg {
    /// Neither: both are invalid
    None,
    /// The last one; the others are skipped
    Last,
}
