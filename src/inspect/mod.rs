//! Reports about lists alone: what an organization uses ([`Usage`]), how two lists differ
//! ([`Diff`]), and the rows that turn one list into the other ([`Patch`]). Pure.

mod diff;
mod patch;
mod patch_row;
mod unsupported;
mod usage;

pub(crate) use diff::{Changed, Diff};
pub(crate) use patch::Patch;
pub(crate) use patch_row::PatchRow;
pub(crate) use unsupported::{Unsupported, UnsupportedReason};
pub(crate) use usage::{Count, GroupUsage, ProductUsage, Usage};
