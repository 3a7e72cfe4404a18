//! The errors of an import.

use crate::execute::ScanError;
use crate::export::{AskedLately, FetchError, LayoutError};
use crate::import::access::AccessError;
use crate::import::baseline_error::BaselineError;
use crate::import::config::MissingAction;
use crate::import::groups::{CreateError, NoFetch};
use crate::import::guard_error::GuardError;
use crate::import::input_error::InputError;
use crate::import::list_error::OrgListError;
use crate::import::missing::MissingError;
use crate::import::output_error::OutputError;
use crate::import::protect_error::ProtectError;
use crate::import::resume_error::ResumeError;
use crate::import::retry_error::RetryError;
use crate::import::saved_plan::{PlanChanged, SavedPlanError};
use crate::import::store_error::StoreUseError;
use crate::import::stored_config::StoredConfigError;
use crate::import::undo::error::UndoError;
use crate::journal::JournalError;
use crate::snapshot::DraftError;
use crate::table::TableError;
use crate::umapi::{ApiError, EndpointError, PageError, TlsError};
use std::fmt::Display;
use std::io;

/// Why nothing could be done. It names no option of the command line: a reporter that knows options
/// adds the one that helps ([`ImportReporter::words`](super::reporter::ImportReporter::words)).
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    /// The user interrupted it.
    #[error("interrupted: nothing was sent")]
    Interrupted,
    /// The reporter failed, in its own words.
    #[error("{0}")]
    Reporter(String),
    /// A file of rows cannot be read. Options on how to read it may help.
    #[error("{0}")]
    Rows(TableError),
    /// Another file cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error(transparent)]
    Draft(#[from] DraftError),
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A fetch was interrupted, and can be resumed.
    #[error("{0}. The same command continues with the list from there")]
    FetchGoesOn(FetchError),
    #[error(transparent)]
    AskedLately(#[from] AskedLately),
    #[error(transparent)]
    Guard(#[from] GuardError),
    #[error(transparent)]
    Missing(#[from] MissingError),
    /// An interrupted run about missing users cannot be resumed.
    #[error("missing people: {error}")]
    OfMissing { action: MissingAction, error: Box<ImportError> },
    #[error("{}", unasked_words(file, error))]
    ExportedListUnasked { file: String, error: Box<ImportError> },
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    #[error(transparent)]
    Resume(#[from] ResumeError),
    #[error(transparent)]
    Store(#[from] StoreUseError),
    #[error(transparent)]
    StoredConfig(#[from] StoredConfigError),
    #[error(transparent)]
    Retry(#[from] RetryError),
    #[error(transparent)]
    SavedPlan(#[from] SavedPlanError),
    #[error(transparent)]
    PlanChanged(#[from] PlanChanged),
    #[error(transparent)]
    Create(#[from] CreateError),
    #[error(transparent)]
    NoFetch(#[from] NoFetch),
    #[error(transparent)]
    Protect(#[from] ProtectError),
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Undo(#[from] UndoError),
    #[error(transparent)]
    List(#[from] OrgListError),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(transparent)]
    Page(#[from] PageError),
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("{}", crate::fs::csv_in_words(.0))]
    Csv(#[from] csv::Error),
    #[error("{}", crate::fs::in_words(.0))]
    Io(#[from] io::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Describes an exported list for which it is unknown which users exist.
pub(crate) fn unasked_words(file: &str, why: impl Display) -> String {
    format!(
        "{file} is an exported list, and the server could not be asked which of its people are \
         there ({why}): nothing was sent, because a row whose address was edited would create a \
         second account. Try again later, or name a list"
    )
}
