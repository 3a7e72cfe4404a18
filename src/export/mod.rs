//! Lists of an organization's users and groups: pages in, rows out.
//!
//! In: a client (or a stored list), what is asked for and how it is to look. Out: a file that is
//! there whole or not at all, and a stored list. Promised: pages are fetched within their limit and
//! written in their order; nobody is listed twice; what is held of a user that was written is a
//! number.
//!
//! A page goes through `listing` (fetched, or from the store, several at once) and `rows`
//! (understood, filtered, written as text); then, in order, through `job` (folded, stored) to the
//! `output`, which is a thread of its own.

mod cell;
mod column;
mod filter;
mod group_kinds;
mod job;
mod layout;
mod listing;
mod output;
mod rows;

pub use column::Column;
pub use filter::{ExportFilter, StatusFilter};
pub use group_kinds::GroupKinds;
pub use job::{ExportCounts, ExportJob, ExportSummary, JobError, ListEnd};
pub use layout::{ListKind, OutputDialect, OutputFormat, OutputLayout};
pub use output::{Output, Packing};
pub use rows::{RenderedPage, RowRenderer};
