//! Lists of an organization's users and groups: pages in, rows out.
//!
//! In: a client (or a snapshot), a query and a layout. Out: a file that is complete or does not
//! exist, and a snapshot. Promises: pages are fetched within their limit and written in their
//! order; nobody is listed twice; only a number is kept in memory of each user that was written.
//!
//! A page goes through `listing` (fetched, or from the store, several at once) and `rows` (parsed,
//! filtered, written as text); then, in order, through `job` (deduplicated, stored) to the
//! `output`, which is a separate thread.

mod builder;
mod cell;
mod column;
mod fetch;
mod file_name;
mod filter;
mod group_kinds;
mod job;
mod layout;
mod listing;
mod observed;
mod output;
mod reporter;
mod rows;

pub use builder::{Export, ExportBuilder, ExportError, ExportedList};
pub use fetch::{AskedLately, FetchError};
pub(crate) use fetch::{FetchStopped, ListFetch, ListSource, Repeat, draft, wider_list};
pub use file_name::UnwrittenKind;
pub(crate) use file_name::kind_of;
pub use filter::ExportFilter;
pub(crate) use filter::StatusFilter;
pub use group_kinds::GroupKinds;
pub use job::JobError;
pub(crate) use job::{ExportCounts, ExportJob, ExportSummary, ListEnd};
pub use layout::{LayoutError, ListKind, OutputDialect, OutputFormat, OutputLayout};
pub(crate) use observed::ObservedList;
pub(crate) use output::{Output, Packing};
pub(crate) use reporter::{ListDisplay, ListReporter, Signal};
pub use rows::RowRenderer;
