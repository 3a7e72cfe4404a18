//! The journal of a run: what was sent, and the responses, on disk before anything depends on them,
//! so that a run can be resumed after any interruption.
//!
//! In: what is sent, the responses, and the outcome of each row. Out: the [`RecoveredState`] of a
//! run. A journal holds no secrets, and nothing about people except what the input has and what the
//! server or a list has said about them.

mod believed;
mod decided_rows;
mod deciding;
mod decisions;
mod entry;
mod error;
mod home;
mod local_facts;
mod mark;
mod missing_group;
mod moment;
mod opening;
mod outcome;
mod packed;
mod pause;
mod pause_entry;
mod quota_file;
mod reading;
mod rebuild;
mod recovered;
mod retry;
mod run_info;
mod schema;
mod shared_log;
mod store;
mod store_copy;
mod writer;

pub(crate) use decisions::DecisionGatherer;
pub(crate) use decisions::{RowDecision, RunDecisions};
pub(crate) use error::JournalError;
pub(crate) use missing_group::MissingGroup;
pub(crate) use moment::{Moment, Running};
pub use outcome::OutcomeStatus;
pub(crate) use outcome::{Outcome, Reason};
pub(crate) use packed::SentCommand;
pub(crate) use pause::RecoveredPause;
pub(crate) use quota_file::QuotaFile;
pub(crate) use recovered::{RecoveredState, RowProgress, explained_requests};
pub(crate) use retry::RowMarks;
pub(crate) use run_info::RetriedRows;
pub use run_info::{RunIdentity, RunInfo};
pub use shared_log::{AppendError, SharedJournal};
pub use store::Journal;
pub(crate) use store_copy::{CopyHere, StoreCopy};
pub(crate) use writer::{JournalWriter, SideFile, StoreSilence};
