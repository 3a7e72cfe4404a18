//! What lists show by themselves: what an organization uses ([`Usage`]), how two lists differ
//! ([`Diff`]), and the rows that turn one into the other ([`Patch`]). Pure.

mod diff;
mod patch;
mod unsupported;
mod usage;

pub use diff::{Changed, ChangedValue, Diff, GroupDiff, UserField};
pub use patch::{Patch, PatchRow};
pub use unsupported::{Unsupported, UnsupportedReason};
pub use usage::{Administrator, Count, GroupUsage, ProductUsage, Usage};
