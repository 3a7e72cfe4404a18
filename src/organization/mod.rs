//! What an organization looks like: its people and groups, as lists have told them.
//!
//! In: pages of the API, or rows of an exported file. Out: an [`Organization`], in which anybody is found by any name, in little memory; and files in the
//! user's state folder that only their owner reads, which give the pages again (`docs/lists.md`). Lists tell how things were at some time,
//! [`Organization::at`]; whoever relies on one says so.

mod contested;
mod diff;
mod difference;
mod group_table;
mod groups;
mod kept;
mod listed;
mod names;
mod people;
mod snapshot;
mod store;
mod table;
mod turn;
mod usage;

pub use contested::{Contest, Contested, Mentions, Several};
pub use diff::{Changed, ChangedValue, Diff, GroupDiff, Value};
pub use difference::{Known, Left, Managed};
pub use group_table::read_groups;
pub use groups::{Group, GroupKind};
pub use kept::{Keep, Stored, stored};
pub use listed::read_snapshot;
pub use names::who;
pub use people::{Organization, Person};
pub use snapshot::{Facts, Place, Record, Snapshot, member};
pub use store::{Draft, DraftError, Store};
pub use table::read_table;
pub use turn::{Refused, Turn, TurnRow, Why};
pub use usage::{Administrator, Count, GroupUsage, ProductUsage, Usage};
