//! Snapshots. They are in the user's state folder, readable only by their owner
//! (`docs/lists.md`), and are updated with what was sent from this computer since.
//!
//! In: pages of the API, rows of an exported file, changes that an import has confirmed. Out: an
//! [`Organization`](crate::organization::Organization), and files in a [`SnapshotStore`].

mod changes_tables;
mod confirmed;
mod earlier_record;
mod load_csv;
mod load_groups_csv;
mod load_snapshot;
mod noted_renames;
mod recent_changes;
mod record_error;
mod retention;
mod sent_since;
mod shared_record;
mod store;
mod stored;

pub(crate) use confirmed::ConfirmedChanges;
pub use load_csv::read_table;
pub(crate) use load_groups_csv::read_groups;
pub(crate) use load_snapshot::read_snapshot;
pub(crate) use noted_renames::{RecordedChange, each_change, noted_renames};
pub(crate) use recent_changes::{RecordedRow, SentRecord};
pub(crate) use retention::{RetentionPolicy, StoredSnapshot, stored_snapshots};
pub(crate) use sent_since::{ListedFacts, SentSince};
pub(crate) use shared_record::{
    RecordStage, SharedFile, TakeInError, files_taken_in, forget_until, is_too_old, leave_out,
    write_head,
};
pub use store::DraftError;
pub(crate) use store::{InterruptedList, PartialSnapshot, SnapshotStore};
pub(crate) use stored::PageLocation;
pub use stored::{Snapshot, SnapshotHeader, SnapshotWriter};
