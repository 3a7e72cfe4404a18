//! The options of commands, as they are typed: those of one command, and groups that several share.

use crate::change::{Action, IdentityType, IfExists, country_code};
use crate::cli::missing_args::MissingArgs;
use crate::cli::number_arg::{line_number, number_in};
use crate::duration::parse_duration;
use crate::execute::{Cap, RowRange};
use crate::table::{Charset, Field, InputDialect};
use crate::umapi::Rates;
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
    /// Read FIELD from COLUMN (repeatable)
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = mapping)]
    pub(crate) map: Vec<(Field, String)>,
    /// What rows without an `action` do: create, update, add, remove, remove-all, delete,
    /// delete-account, create-group, …
    #[arg(long, value_parser = action)]
    pub(crate) action: Option<Action>,
    /// Replace FIELD in every row, e.g. action=delete (repeatable; must be typed)
    #[arg(long = "override", id = "override", value_name = "FIELD=VALUE", value_parser = overriding)]
    pub(crate) overrides: Vec<(Field, String)>,
    /// Ignore this column, whatever its name (repeatable)
    #[arg(long, value_name = "COLUMN")]
    pub(crate) ignore: Vec<String>,
    /// The line with the column names [default: found in the first 20 lines]
    #[arg(long, value_name = "N", value_parser = line_number)]
    pub(crate) header_row: Option<u64>,
    /// Which row to use when two rows contradict each other about a person
    #[arg(long, value_enum, value_name = "WHICH", default_value = "none")]
    pub(crate) conflicts: ConflictsArg,
    /// The file's encoding, e.g. windows-1252; auto takes what is detected
    #[arg(long, value_parser = encoding)]
    pub(crate) encoding: Option<EncodingArg>,
    /// Repair text that was decoded twice (ZoÃ«)
    #[arg(long)]
    pub(crate) repair_mojibake: bool,
    /// What separates columns: comma, semicolon, tab, pipe, or the character itself
    #[arg(long, value_parser = delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// What separates the names in a list
    #[arg(long, value_name = "CHAR", default_value = ",", value_parser = separator)]
    pub(crate) list_separator: char,
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
    /// A file of names, one on a line: people and groups that no row may delete; members:NAME is
    /// everybody in a group
    #[arg(long, value_name = "FILE")]
    pub(crate) protect: Option<PathBuf>,
}

impl Default for ReadArgs {
    /// As if nothing was typed.
    fn default() -> Self {
        Self {
            dialect: None,
            map: Vec::new(),
            action: None,
            overrides: Vec::new(),
            ignore: Vec::new(),
            header_row: None,
            conflicts: ConflictsArg::None,
            encoding: None,
            repair_mojibake: false,
            delimiter: None,
            list_separator: ',',
            rows: None,
            default_type: None,
            default_country: None,
            if_exists: IfExists::Ignore,
            protect: None,
        }
    }
}

/// Where credentials and endpoints come from.
#[derive(Debug, Args, Clone)]
pub(crate) struct AccessArgs {
    /// Take the credentials and endpoints only from this file of NAME=value lines
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub(crate) env_file: Option<PathBuf>,
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
    pub(crate) timeout: Duration,
    /// The limits to keep: action=10/60s,users=25/60s,groups=5/60s, or 10/60s, or off
    #[arg(long)]
    pub(crate) rate: Option<Rates>,
    /// Longest pause that the server may ask for: 2h, 90m, 3600s
    #[arg(long, value_name = "TIME", default_value = "2h", value_parser = seconds)]
    pub(crate) max_wait: Duration,
    /// How often a request is sent before its failure counts; a 429 is no attempt
    #[arg(long, value_name = "N", default_value = "6", value_parser = number_in(1..=100_u32))]
    pub(crate) max_attempts: u32,
    /// Wait before the first retry; later waits are longer
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = seconds)]
    pub(crate) retry_wait: Duration,
}

impl ConnectArgs {
    /// The limits to keep.
    pub(crate) fn rates(&self) -> Rates {
        self.rate.clone().unwrap_or_default()
    }
}

#[derive(Debug, Args, Clone)]
pub(crate) struct ImportArgs {
    /// Files to import, in this order; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Write the results to this file (with several inputs: a folder)
    #[arg(long, value_name = "PATH")]
    pub(crate) results: Option<PathBuf>,
    /// Write the rows to fix to this file (with several inputs: a folder)
    #[arg(long, value_name = "PATH")]
    pub(crate) failed: Option<PathBuf>,
    /// Send nothing if any row is invalid
    #[arg(long)]
    pub(crate) strict: bool,
    /// The API checks and changes nothing; writes NAME.test.csv
    #[arg(long)]
    pub(crate) test_mode: bool,
    /// Rehearse against an organization on this computer
    #[arg(long)]
    pub(crate) sandbox: bool,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// How long the service may still carry out a request that got no clear response; 0 trusts the
    /// first probe
    #[arg(long, value_name = "TIME", default_value = "180s", value_parser = seconds_or_none)]
    pub(crate) effect_window: Duration,
    /// Requests in flight at once
    #[arg(long, value_name = "N", default_value = "4", value_parser = number_in(1..=64_u16))]
    pub(crate) concurrency: u16,
    /// Stop after N failed rows, after P% of the completed rows (from 100 completed rows on), or
    /// never (off) [default: 200 in a row with one code]
    #[arg(long, value_name = "N|P%|off", value_parser = max_errors)]
    pub(crate) max_errors: Option<MaxErrorsArg>,
    /// Refuse a file with more deletions than this; --yes does not lift it
    #[arg(long, value_name = "N|P%", help_heading = "Guards")]
    pub(crate) max_deletes: Option<Cap>,
    /// Refuse a file with more rows that remove memberships than this
    #[arg(long, value_name = "N|P%", help_heading = "Guards")]
    pub(crate) max_removals: Option<Cap>,
    /// Check that a user is in the organization before removing them
    #[arg(long, help_heading = "Guards")]
    pub(crate) verify_deletes: bool,
    /// Send rows that delete administrators or remove their roles
    #[arg(long, help_heading = "Guards")]
    pub(crate) allow_admins: bool,
    /// Do not ask about deletions
    #[arg(long, help_heading = "Guards")]
    pub(crate) yes: bool,
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
    /// Send everything, whatever an earlier run did
    #[arg(long, help_heading = "Again")]
    pub(crate) fresh: bool,
    /// How to show progress
    #[arg(long, value_enum, default_value = "auto", help_heading = "Output")]
    pub(crate) progress: ProgressArg,
    /// Print the summary as JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
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

/// Whether umbulk checks that groups exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum CheckGroupsArg {
    /// With lists, and by asking the server where that is needed
    #[default]
    Auto,
    /// The server decides, row by row; no row waits for the response to another
    Never,
}

/// What an empty cell of groups means with `--exact-groups`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum EmptyGroupsArg {
    /// Nothing: the user keeps all groups
    #[default]
    Keep,
    /// The user should have no group under management
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
    /// What an empty cell of groups means with --exact-groups: the user keeps all groups, or loses
    /// all groups under management
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

#[derive(Debug, Args, Clone)]
pub(crate) struct ValidateArgs {
    /// Files to check
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Write the checked rows to this file (with several inputs: a folder)
    #[arg(long, value_name = "PATH")]
    pub(crate) results: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    #[command(flatten)]
    pub(crate) groups: GroupArgs,
    #[command(flatten)]
    pub(crate) access: AccessArgs,
    /// Print the summary as JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

#[derive(Debug, Args, Clone)]
pub(crate) struct PlanArgs {
    /// Files to plan
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Compare with the stored list of the organization and show the differences
    #[arg(long, help_heading = "Only what changes")]
    pub(crate) skip_unchanged: bool,
    #[command(flatten)]
    pub(crate) known: KnownArgs,
    #[command(flatten)]
    pub(crate) groups: GroupArgs,
    /// Plan as if the import created the user groups that are not there
    #[arg(long, help_heading = "Groups that do not exist")]
    pub(crate) create_groups: bool,
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// Count the probes that the import sends before removals from the organization
    #[arg(long, help_heading = "Guards")]
    pub(crate) verify_deletes: bool,
    /// Write the bodies of the requests to this file, one per line
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) requests: Option<PathBuf>,
    /// Write to this file, row by row, what would be sent
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) out: Option<PathBuf>,
    /// Print the plan as JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

#[derive(Debug, Args, Clone)]
pub(crate) struct StatusArgs {
    /// The imported file, or its journal [default: every journal in this folder]
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Print it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args, Clone)]
pub(crate) struct ResultsArgs {
    /// The imported file, or its journal
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Write the results to this file [default: NAME.results.csv beside the imported file]
    #[arg(long, value_name = "PATH")]
    pub(crate) results: Option<PathBuf>,
}

#[derive(Debug, Args, Clone)]
pub(crate) struct TemplateArgs {
    /// Which kind of table
    #[arg(value_parser = dialect, default_value = "native")]
    pub(crate) dialect: InputDialect,
}

#[derive(Debug, Args, Clone)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressArg {
    /// A bar on a terminal, lines elsewhere
    Auto,
    /// Lines every few seconds
    Plain,
    /// Nothing
    None,
}

/// `--encoding` as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EncodingArg {
    Named(Charset),
    /// What is detected.
    Auto,
}

impl EncodingArg {
    pub(crate) fn named(self) -> Option<Charset> {
        match self {
            Self::Named(encoding) => Some(encoding),
            Self::Auto => None,
        }
    }
}

/// Which of two rows counts that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConflictsArg {
    /// Neither: both are invalid
    None,
    /// The last one; the others are skipped
    Last,
}

/// `--max-errors` as typed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum MaxErrorsArg {
    Cap(Cap),
    Off,
}

fn one_of<T: Copy>(
    text: &str,
    what: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
    from: impl Fn(&str) -> Option<T>,
) -> Result<T, String> {
    from(text).ok_or_else(|| {
        format!(
            "{what} is one of {}",
            all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", ")
        )
    })
}

fn dialect(text: &str) -> Result<InputDialect, String> {
    one_of(text, "a dialect", &InputDialect::ALL, InputDialect::name, InputDialect::from_name)
}

fn action(text: &str) -> Result<Action, String> {
    one_of(text, "an action", &Action::ALL, Action::name, Action::from_name)
}

pub(crate) fn identity(text: &str) -> Result<IdentityType, String> {
    IdentityType::from_name(text)
        .ok_or_else(|| "an identity type is adobeID, enterpriseID or federatedID".to_owned())
}

fn if_exists(text: &str) -> Result<IfExists, String> {
    IfExists::from_name(text).ok_or_else(|| "write ignore, update or error".to_owned())
}

fn mapping(text: &str) -> Result<(Field, String), String> {
    let (field, column) = text.split_once('=').ok_or("write FIELD=COLUMN, e.g. email=Mail")?;
    let field = Field::from_name(field.trim()).ok_or_else(|| {
        format!("`{}` is not a field; `umbulk template native` shows the fields", field.trim())
    })?;
    Ok((field, column.trim().to_owned()))
}

fn overriding(text: &str) -> Result<(Field, String), String> {
    let (field, value) = text.split_once('=').ok_or("write FIELD=VALUE, e.g. action=delete")?;
    let field = Field::from_name(field.trim()).ok_or_else(|| {
        format!("`{}` is not a field; `umbulk template native` shows the fields", field.trim())
    })?;
    if field == Field::Action {
        action(value.trim())?;
    }
    Ok((field, value.trim().to_owned()))
}

fn encoding(text: &str) -> Result<EncodingArg, String> {
    if text.trim().eq_ignore_ascii_case("auto") {
        return Ok(EncodingArg::Auto);
    }
    Charset::from_label(text).map(EncodingArg::Named).ok_or_else(|| {
        "no such encoding is known; try auto, utf-8, windows-1252, cp850 or utf-16le".to_owned()
    })
}

fn delimiter(text: &str) -> Result<u8, String> {
    match (text.to_ascii_lowercase().as_str(), text.as_bytes()) {
        ("comma", _) => Ok(b','),
        ("semicolon", _) => Ok(b';'),
        ("tab" | "\\t", _) => Ok(b'\t'),
        ("pipe", _) => Ok(b'|'),
        (_, [one @ (b',' | b';' | b'\t' | b'|')]) => Ok(*one),
        _ => Err("write comma, semicolon, tab or pipe".to_owned()),
    }
}

fn separator(text: &str) -> Result<char, String> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(one), None) if !one.is_alphanumeric() => Ok(one),
        _ => Err("write one character, e.g. ;".to_owned()),
    }
}

fn max_errors(text: &str) -> Result<MaxErrorsArg, String> {
    if text.trim().eq_ignore_ascii_case("off") {
        Ok(MaxErrorsArg::Off)
    } else {
        text.parse().map(MaxErrorsArg::Cap)
    }
}

fn country(text: &str) -> Result<String, String> {
    country_code(text).map(ToOwned::to_owned).ok_or_else(|| {
        format!("`{text}` is not a country: write its two letters of ISO 3166, like US")
    })
}

/// `180`, `180s`, `1500ms`, `90m`, `1h 30m`, `0`.
fn seconds_or_none(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write a time such as 180, 1500ms, 90m or 2h".to_owned())
}

/// The same without `0`.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    seconds_or_none(text).and_then(|time| match time.is_zero() {
        true => Err("write a time such as 180, 1500ms, 90m or 2h".to_owned()),
        false => Ok(time),
    })
}
