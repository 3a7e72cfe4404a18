//! What an import is asked to do, with every default in place. Nothing here knows how it was typed.

use crate::change::{Action, IdentityType, IfExists};
use crate::execute::{Cap, MaxErrors, RowRange};
use crate::import::access::Access;
use crate::reconcile::MissingScope;
use crate::table::{Charset, Field, InputDialect};
use crate::umapi::{ClientOptions, Rates};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// An import of one or several files.
#[derive(Debug, Clone)]
pub(crate) struct ImportConfig {
    /// The files, in this order; `-` is standard input.
    pub(crate) files: Vec<PathBuf>,
    /// Where the results go, if not beside the input: a file, or with several inputs a folder.
    pub(crate) results: Option<PathBuf>,
    /// Where the rows to fix go, if not beside the results.
    pub(crate) failed: Option<PathBuf>,
    /// The command as it was typed, with the settings from outside among its words. Later commands
    /// propose from it what to type, and none carries it out.
    pub(crate) typed: Vec<OsString>,
    /// Nothing is sent if any row is invalid.
    pub(crate) strict: bool,
    /// The API checks, and changes nothing.
    pub(crate) test_mode: bool,
    /// An organization on this computer takes the place of the real one.
    pub(crate) sandbox: bool,
    /// How the files are read.
    pub(crate) read: ReadConfig,
    /// The connection to the API.
    pub(crate) connect: ConnectConfig,
    /// How long the service may still carry out a request that got no proper response.
    pub(crate) effect_window: Duration,
    /// Requests in flight at once.
    pub(crate) concurrency: usize,
    /// When refused rows stop the run.
    pub(crate) max_errors: MaxErrors,
    /// A hard cap on rows that delete.
    pub(crate) max_deletes: Option<Cap>,
    /// A hard cap on rows that take memberships away.
    pub(crate) max_removals: Option<Cap>,
    /// A probe comes before each removal of a user.
    pub(crate) verify_deletes: bool,
    /// Rows that delete administrators or take their roles away may go.
    pub(crate) allow_admins: bool,
    /// Deletions are not asked about.
    pub(crate) yes: bool,
    /// Only rows that change something are sent.
    pub(crate) skip_unchanged: bool,
    /// The list that the rows are compared with.
    pub(crate) known: KnownConfig,
    /// What happens to missing users; `None`: nobody looks for them.
    pub(crate) missing: Option<MissingConfig>,
    /// Groups that rows name.
    pub(crate) groups: GroupsConfig,
    /// User groups that are not there are created before the rows.
    pub(crate) create_groups: bool,
    /// An earlier run of the files does not count.
    pub(crate) fresh: bool,
}

impl ImportConfig {
    /// An import of these files where nothing else is asked for.
    pub(crate) fn new(files: Vec<PathBuf>, connect: ConnectConfig) -> Self {
        Self {
            files,
            results: None,
            failed: None,
            typed: Vec::new(),
            strict: false,
            test_mode: false,
            sandbox: false,
            read: ReadConfig::default(),
            connect,
            effect_window: Duration::from_secs(180),
            concurrency: 4,
            max_errors: MaxErrors::InARow(200),
            max_deletes: None,
            max_removals: None,
            verify_deletes: false,
            allow_admins: false,
            yes: false,
            skip_unchanged: false,
            known: KnownConfig::default(),
            missing: None,
            groups: GroupsConfig::default(),
            create_groups: false,
            fresh: false,
        }
    }

    /// Whether only what changes is sent.
    pub(crate) fn compares(&self) -> bool {
        self.skip_unchanged || self.known.exact_groups
    }

    /// Whether it sends to a real organization and changes it: test mode and rehearsals leave alone
    /// what a real run has written, and are no earlier run of anything.
    pub(crate) fn is_real(&self) -> bool {
        !self.test_mode && !self.sandbox
    }
}

/// How the rows of files are read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReadConfig {
    /// The dialect, if its header does not show it.
    pub(crate) dialect: Option<InputDialect>,
    /// Fields that are read from columns of other names.
    pub(crate) map: Vec<(Field, String)>,
    /// What rows without an action do.
    pub(crate) action: Option<Action>,
    /// Values that replace those of every row.
    pub(crate) overrides: Vec<(Field, String)>,
    /// Columns that mean nothing.
    pub(crate) ignore: Vec<String>,
    /// The line of the header, if it is not to be found.
    pub(crate) header_row: Option<u64>,
    /// Which of two rows counts that contradict each other.
    pub(crate) conflicts: ConflictRule,
    /// The encoding of the text.
    pub(crate) encoding: EncodingSource,
    /// Text that was decoded twice is repaired.
    pub(crate) repair_mojibake: bool,
    /// What stands between columns, if it is not to be found.
    pub(crate) delimiter: Option<u8>,
    /// What stands between the names in a cell.
    pub(crate) list_separator: char,
    /// The rows that are asked for; `None`: all.
    pub(crate) rows: Option<RowRange>,
    /// The identity type of created users whose row names none; `None`: that of the dialect.
    pub(crate) default_type: Option<IdentityType>,
    /// The country of created users whose row names none.
    pub(crate) default_country: Option<String>,
    /// What happens when a created user or group exists.
    pub(crate) if_exists: IfExists,
    /// A file of names that no row may delete.
    pub(crate) protect: Option<PathBuf>,
}

impl Default for ReadConfig {
    fn default() -> Self {
        Self {
            dialect: None,
            map: Vec::new(),
            action: None,
            overrides: Vec::new(),
            ignore: Vec::new(),
            header_row: None,
            conflicts: ConflictRule::NoneCounts,
            encoding: EncodingSource::Confirmed,
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

/// Which of two rows counts that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConflictRule {
    /// Neither: both are invalid.
    NoneCounts,
    /// The last one; the others are skipped.
    LastCounts,
}

/// Which encoding a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EncodingSource {
    /// The one that is detected; where that is a guess, a person confirms it.
    Confirmed,
    /// The one that is detected.
    Detected,
    /// This one.
    Named(Charset),
}

impl EncodingSource {
    /// The encoding, where it is named.
    pub(crate) fn named(self) -> Option<Charset> {
        match self {
            Self::Named(encoding) => Some(encoding),
            Self::Confirmed | Self::Detected => None,
        }
    }
}

/// The connection to an organization.
#[derive(Debug, Clone)]
pub(crate) struct ConnectConfig {
    /// Credentials and endpoints.
    pub(crate) access: Access,
    /// The organization that is expected.
    pub(crate) org: Option<String>,
    /// More certificates to trust (PEM).
    pub(crate) ca_file: Option<PathBuf>,
    /// The longest wait for one response.
    pub(crate) timeout: Duration,
    /// The limits to keep.
    pub(crate) rates: Rates,
    /// The longest pause that the server may ask for.
    pub(crate) max_wait: Duration,
    /// How often a request is sent before its failure counts.
    pub(crate) max_attempts: u32,
    /// The wait before the first retry; later ones are longer.
    pub(crate) retry_wait: Duration,
}

impl ConnectConfig {
    /// A connection with these credentials and endpoints where nothing else is asked for.
    pub(crate) fn new(access: Access) -> Self {
        let options = ClientOptions::default();
        Self {
            access,
            org: None,
            ca_file: None,
            timeout: options.timeout,
            rates: options.rates,
            max_wait: options.max_wait,
            max_attempts: options.max_attempts,
            retry_wait: options.retry_wait,
        }
    }
}

/// The list that rows are compared with.
#[derive(Debug, Clone)]
pub(crate) struct KnownConfig {
    /// An exported list.
    pub(crate) against: Option<PathBuf>,
    /// The list is fetched, unless that was done in the last two hours.
    pub(crate) online: bool,
    /// A list that is older is not relied upon without a yes.
    pub(crate) max_age: Duration,
    /// Users leave the groups under management that their rows do not list.
    pub(crate) exact_groups: bool,
    /// The groups under management: names and patterns.
    pub(crate) manage_groups: Vec<String>,
    /// What an empty cell of groups means then.
    pub(crate) empty_groups: EmptyGroups,
    /// Nobody is warned of Federated IDs over Adobe IDs.
    pub(crate) allow_shadow: bool,
    /// Rows that would create a second account may go.
    pub(crate) allow_second_accounts: bool,
}

impl KnownConfig {
    /// The age of a list up to which it is relied upon.
    pub(crate) const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);
}

impl Default for KnownConfig {
    fn default() -> Self {
        Self {
            against: None,
            online: false,
            max_age: Self::MAX_AGE,
            exact_groups: false,
            manage_groups: Vec::new(),
            empty_groups: EmptyGroups::KeepAll,
            allow_shadow: false,
            allow_second_accounts: false,
        }
    }
}

/// What an empty cell of groups means where memberships are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EmptyGroups {
    /// Nothing: the user keeps all groups.
    KeepAll,
    /// The user is in no group under management.
    KeepNone,
}

/// Groups that rows name and that may not be there.
#[derive(Debug, Clone, Default)]
pub(crate) struct GroupsConfig {
    /// An exported list of groups: the groups in it exist.
    pub(crate) groups_file: Option<PathBuf>,
    /// The server alone decides, row by row.
    pub(crate) is_unchecked: bool,
}

/// What happens to missing users.
#[derive(Debug, Clone)]
pub(crate) struct MissingConfig {
    /// What happens to them.
    pub(crate) action: MissingAction,
    /// Who is under management.
    pub(crate) scope: MissingScope,
    /// A hard cap on them.
    pub(crate) max_missing: Option<Cap>,
    /// The cap was meant for these very files: a file that shrank is not asked about.
    pub(crate) is_cap_of_these_files: bool,
}

/// What happens to a missing user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MissingAction {
    /// Nothing: `NAME.missing.csv` lists them.
    Report,
    /// They leave their groups, or those of them that are under management.
    RemoveGroups,
    /// They leave the organization; their accounts stay.
    Leave,
}

impl MissingAction {
    /// The word for it, in commands and in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::RemoveGroups => "remove-groups",
            Self::Leave => "leave",
        }
    }
}
