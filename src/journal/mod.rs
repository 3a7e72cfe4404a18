//! What a run has sent and heard, on disk before anything depends on it, so that a run that was
//! interrupted in any way goes on where it stopped.
//!
//! In: what leaves, what was heard, what came of each row. Out: the [`RecoveredState`] of a run. It
//! holds no secrets, and nothing about people that the input does not hold but what the server has
//! said about them. A server's database can take its place behind the same face.

mod believed;
mod decided_rows;
mod error;
mod home;
mod mark;
mod missing_group;
mod moment;
mod opening;
mod outcome;
mod packed;
mod quota_file;
mod recovered;
mod run_info;
mod schema;
mod store;
mod writer;

pub(crate) use error::JournalError;
pub(crate) use missing_group::MissingGroup;
pub use outcome::OutcomeStatus;
pub(crate) use outcome::{Outcome, Reason};
pub(crate) use packed::SentCommand;
pub(crate) use quota_file::QuotaFile;
pub(crate) use recovered::{RecoveredState, RowProgress, explained_requests};
pub use run_info::{RunIdentity, RunInfo};
pub use store::Journal;
pub(crate) use writer::{JournalWriter, SideFile};
