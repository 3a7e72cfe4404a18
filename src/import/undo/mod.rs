//! `umbulk undo`: takes an import back, as far as the API can.
//!
//! An import with a baseline writes a [`record`] before it sends anything: the rows, and what was
//! there before. An undo reads the record and the outcomes in the journal ([`done`]), asks what is
//! there now ([`now`]), and decides about each user and group ([`undo_plan`], pure). Only what the
//! import has changed and nobody has changed since is taken back; the rest is said.

pub(crate) mod ask;
pub(crate) mod done;
mod done_groups;
pub(crate) mod done_part;
pub(crate) mod done_row;
pub(crate) mod done_run;
pub(crate) mod done_since;
pub(crate) mod earlier_import;
pub(crate) mod earlier_undo;
pub(crate) mod error;
pub(crate) mod keep;
pub(crate) mod not_undone;
pub(crate) mod now;
pub(crate) mod prepare;
pub(crate) mod put_aside;
pub(crate) mod record;
pub(crate) mod recorded_user;
pub(crate) mod row_order;
pub(crate) mod taken_back;
pub(crate) mod undo_group;
pub(crate) mod undo_plan;
pub(crate) mod undo_row;
pub(crate) mod undo_user;
pub(crate) mod user_name;
