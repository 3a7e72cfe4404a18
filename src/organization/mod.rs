//! What is known of an organization: lists of its users and groups, as they were when they were read.
//!
//! In: pages of lists. Out: files in the user's state folder that only their owner reads, and the pages again. `docs/lists.md` describes them.

mod snapshot;
mod store;

pub use snapshot::{Facts, Place, Record, Snapshot, member};
pub use store::{Draft, DraftError, Store};
