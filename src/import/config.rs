//! The configuration of an import, with every default in place. It is independent of the command
//! line.

use crate::change::{Action, IdentityType, IfExists};
use crate::execute::{Cap, GroupSideUse, MaxErrors, RowRange};
use crate::import::access::Access;
use crate::import::saved_plan::SavedPlan;
use crate::import::shared_store::SharedStore;
use crate::import::shrink::ShrinkGuard;
use crate::import::submission::Submission;
use crate::organization::Organization;
use crate::reconcile::MissingScope;
use crate::report::ResultColumns;
use crate::table::{Charset, Field, InputDialect, ValueMapping};
use crate::umapi::{ClientOptions, KeptPause, Rates, SharedToken};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// An import of one or several files.
#[derive(Debug, Clone)]
pub(crate) struct ImportConfig {
    /// The files, in this order; `-` is standard input.
    pub(crate) files: Vec<PathBuf>,
    /// The place of the results, if it is not beside the input: a file, or with several inputs a
    /// folder.
    pub(crate) results: Option<PathBuf>,
    /// The file of rows to fix, if it is not beside the results.
    pub(crate) failed: Option<PathBuf>,
    /// The words of the command, including settings. Later commands derive the commands that they
    /// propose from them. They are never executed.
    pub(crate) typed: Vec<OsString>,
    /// Whether nothing is sent if any row is invalid.
    pub(crate) strict: bool,
    /// Whether the API only checks the rows, and changes nothing.
    pub(crate) test_mode: bool,
    /// Whether an organization on this computer replaces the real one.
    pub(crate) sandbox: bool,
    /// How the files are read.
    pub(crate) read: ReadConfig,
    /// The connection to the API.
    pub(crate) connect: ConnectConfig,
    /// How long the service may still carry out a request that got no proper response.
    pub(crate) effect_window: Duration,
    /// Requests in flight at once.
    pub(crate) concurrency: usize,
    /// The number of refused rows that stops the run.
    pub(crate) max_errors: MaxErrors,
    /// A hard limit on rows that delete.
    pub(crate) max_deletes: Option<Cap>,
    /// A hard limit on rows that remove memberships.
    pub(crate) max_removals: Option<Cap>,
    /// Whether a probe precedes each removal of a user.
    pub(crate) verify_deletes: bool,
    /// Whether rows may delete administrators or remove their roles.
    pub(crate) allow_admins: bool,
    /// Whether deletions need no confirmation.
    pub(crate) yes: bool,
    /// Whether only rows that change something are sent.
    pub(crate) skip_unchanged: bool,
    /// The list to compare rows with.
    pub(crate) known: KnownConfig,
    /// What happens to missing users; `None` if umbulk does not look for them.
    pub(crate) missing: Option<MissingConfig>,
    /// How groups in rows are checked.
    pub(crate) groups: GroupsConfig,
    /// When memberships go as commands of their groups.
    pub(crate) group_side: GroupSideUse,
    /// Whether missing user groups are created before the rows.
    pub(crate) create_groups: bool,
    /// The page to write about the import.
    pub(crate) report: Option<PathBuf>,
    /// Whether an earlier run of the files is ignored.
    pub(crate) fresh: bool,
    /// The run of the shared store that is continued. Another one is not.
    pub(crate) continues: Option<String>,
    /// Whether only the failed rows of the last run of the file are sent.
    pub(crate) retry_failed: bool,
    /// The guard of a repeated job against a truncated list.
    pub(crate) shrink: Option<ShrinkGuard>,
    /// Whether results explain the codes of their rows.
    pub(crate) explain: bool,
    /// What is recorded of the organization before anything is sent.
    pub(crate) before: BeforeSource,
    /// The plan that is applied: nothing is sent if the rows would do something else.
    pub(crate) saved_plan: Option<Arc<SavedPlan>>,
    /// How it is queued in the store, and not carried out here.
    pub(crate) submission: Option<Arc<Submission>>,
}

impl ImportConfig {
    /// Creates an import of these files with all defaults.
    pub(crate) fn new(files: Vec<PathBuf>, connect: ConnectConfig) -> Self {
        Self {
            files,
            results: None,
            failed: None,
            report: None,
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
            group_side: GroupSideUse::Auto,
            create_groups: false,
            fresh: false,
            continues: None,
            retry_failed: false,
            shrink: None,
            explain: false,
            before: BeforeSource::Compared,
            saved_plan: None,
            submission: None,
        }
    }

    /// Returns the columns that results add.
    pub(crate) fn result_columns(&self) -> ResultColumns {
        if self.explain { ResultColumns::Explained } else { ResultColumns::Usual }
    }

    /// Whether only changes are sent.
    pub(crate) fn compares(&self) -> bool {
        self.skip_unchanged || self.known.exact_groups
    }

    /// Whether it changes a real organization. Test mode and rehearsals do not replace the files of
    /// a real run, and a real run cannot continue them.
    pub(crate) fn is_real(&self) -> bool {
        !self.test_mode && !self.sandbox
    }
}

/// What shows how the organization was before an import, so that it can be undone.
#[derive(Debug, Clone)]
pub(crate) enum BeforeSource {
    /// The list that rows are compared with, if there is one.
    Compared,
    /// That list if it is fresh, or else probes or a new list.
    Fetched,
    /// This one.
    Given(Arc<Organization>),
}

/// Whether it is recorded how the organization was before an import, so that it can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordBefore {
    /// It is.
    Kept,
    /// It is not.
    NotKept,
}

/// How the rows of files are read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReadConfig {
    /// The dialect, if its header does not show it.
    pub(crate) dialect: Option<InputDialect>,
    /// Fields with the name of their column.
    pub(crate) map: Vec<(Field, String)>,
    /// What becomes of cells.
    pub(crate) values: ValueMapping,
    /// The action of rows without one.
    pub(crate) action: Option<Action>,
    /// Values that replace those of every row.
    pub(crate) overrides: Vec<(Field, String)>,
    /// Columns to ignore.
    pub(crate) ignore: Vec<String>,
    /// The line of the header; `None` to detect it.
    pub(crate) header_row: Option<u64>,
    /// The sheet of a workbook; `None` for the one with known columns.
    pub(crate) sheet: Option<String>,
    /// Which of two conflicting rows counts.
    pub(crate) conflicts: ConflictRule,
    /// The encoding of the text.
    pub(crate) encoding: EncodingSource,
    /// Whether text that was decoded twice is repaired.
    pub(crate) repair_mojibake: bool,
    /// The delimiter; `None` to detect it.
    pub(crate) delimiter: Option<u8>,
    /// The separator of the names in a cell.
    pub(crate) list_separator: char,
    /// Whether the user has named that separator. Else a `;` or `|` may be another one.
    pub(crate) separator_is_known: bool,
    /// The rows to import; `None` for all.
    pub(crate) rows: Option<RowRange>,
    /// The identity type of created users whose row has none; `None` for the dialect's default.
    pub(crate) default_type: Option<IdentityType>,
    /// The country of created users whose row has none.
    pub(crate) default_country: Option<String>,
    /// What happens if a user or group to create exists.
    pub(crate) if_exists: IfExists,
    /// A file of names that no row may delete.
    pub(crate) protect: Option<PathBuf>,
}

impl Default for ReadConfig {
    fn default() -> Self {
        Self {
            dialect: None,
            map: Vec::new(),
            values: ValueMapping::default(),
            action: None,
            overrides: Vec::new(),
            ignore: Vec::new(),
            header_row: None,
            sheet: None,
            conflicts: ConflictRule::NoneCounts,
            encoding: EncodingSource::Confirmed,
            repair_mojibake: false,
            delimiter: None,
            list_separator: ',',
            separator_is_known: false,
            rows: None,
            default_type: None,
            default_country: None,
            if_exists: IfExists::Ignore,
            protect: None,
        }
    }
}

/// Which of two conflicting rows counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConflictRule {
    /// Neither: both are invalid.
    NoneCounts,
    /// The last one; the others are skipped.
    LastCounts,
}

/// The encoding of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EncodingSource {
    /// The detected one. The user confirms a guess.
    Confirmed,
    /// The one that is detected.
    Detected,
    /// This one.
    Named(Charset),
}

impl EncodingSource {
    /// Returns the encoding, if it is named.
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
    /// The expected organization.
    pub(crate) org: Option<String>,
    /// A file of certificates to trust (PEM).
    pub(crate) ca_file: Option<PathBuf>,
    /// The longest wait for one response.
    pub(crate) timeout: Duration,
    /// The limits to keep.
    pub(crate) rates: Rates,
    /// The longest pause to accept from the server.
    pub(crate) max_wait: Duration,
    /// How often a request is sent before its failure counts.
    pub(crate) max_attempts: u32,
    /// The wait before the first retry; later waits are longer.
    pub(crate) retry_wait: Duration,
    /// The token of the command, fetched once for all connections.
    pub(crate) token: SharedToken,
    /// The pause that the server asked an interrupted run of the files for. Every connection keeps
    /// it.
    pub(crate) kept_pause: Option<KeptPause>,
    /// The store that several computers share; `None`: runs and quota are on this one.
    pub(crate) store: Option<Arc<SharedStore>>,
}

impl ConnectConfig {
    /// Creates a connection with these credentials and endpoints, and all defaults.
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
            token: SharedToken::default(),
            kept_pause: None,
            store: None,
        }
    }
}

/// The list to compare rows with.
#[derive(Debug, Clone)]
pub(crate) struct KnownConfig {
    /// An exported list.
    pub(crate) against: Option<PathBuf>,
    /// Whether the list is fetched, unless it was fetched in the last two hours.
    pub(crate) online: bool,
    /// The age above which a list needs a confirmation.
    pub(crate) max_age: Duration,
    /// Whether users leave the managed groups that their rows do not list.
    pub(crate) exact_groups: bool,
    /// The managed groups: names and patterns.
    pub(crate) manage_groups: Vec<String>,
    /// The meaning of an empty cell of groups in that case.
    pub(crate) empty_groups: EmptyGroups,
    /// Whether there is no warning about Federated IDs beside Adobe IDs.
    pub(crate) allow_shadow: bool,
    /// Whether rows may create a second account.
    pub(crate) allow_second_accounts: bool,
}

impl KnownConfig {
    /// The default age above which a list needs a confirmation.
    pub(crate) const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

    /// Returns what happens to memberships in groups that rows do not list.
    pub(crate) fn unlisted_groups(&self) -> UnlistedGroups {
        if self.exact_groups { UnlistedGroups::Removed } else { UnlistedGroups::Kept }
    }
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

/// What happens to the memberships of a user in groups that the row does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnlistedGroups {
    /// They stay.
    Kept,
    /// Those in managed groups are removed.
    Removed,
}

/// The meaning of an empty cell of groups if memberships are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EmptyGroups {
    /// Nothing: the user keeps all groups.
    KeepAll,
    /// The user is in no managed group.
    KeepNone,
}

/// How groups in rows are checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct GroupsConfig {
    /// An exported list of groups, which exist.
    pub(crate) groups_file: Option<PathBuf>,
    /// Whether groups are not checked, so that the server decides about each row.
    pub(crate) is_unchecked: bool,
}

/// What happens to missing users.
#[derive(Debug, Clone)]
pub(crate) struct MissingConfig {
    /// The action for missing users.
    pub(crate) action: MissingAction,
    /// Which users are managed.
    pub(crate) scope: MissingScope,
    /// A hard limit on their number.
    pub(crate) max_missing: Option<Cap>,
    /// Whether that limit was set for exactly these files. Then a file that shrank needs no
    /// confirmation.
    pub(crate) is_cap_of_these_files: bool,
}

/// What happens to a missing user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MissingAction {
    /// They are listed in `NAME.missing.csv`.
    Report,
    /// They leave their groups, or the managed ones.
    RemoveGroups,
    /// They leave the organization; their accounts stay.
    Leave,
}

impl MissingAction {
    /// Returns the word in commands and reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::RemoveGroups => "remove-groups",
            Self::Leave => "leave",
        }
    }
}
