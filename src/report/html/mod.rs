//! Reports as pages of HTML: one file each, which loads nothing. Pure: from facts to a text.
//!
//! Everything from files and servers is text in the page: maud escapes it, and what nobody would
//! see is shown as an escape.

mod chart;
mod diff_page;
mod frame;
mod import_page;
mod plan_page;
mod table_data;
mod usage_page;

pub(crate) use diff_page::diff_page;
pub(crate) use import_page::{
    AttentionRow, CodeExamples, GroupMoves, ImportPage, RunPage, TouchedRole, times,
};
pub(crate) use plan_page::{
    PlanPage, PlanPageFile, PlanPageRow, PlanPageRows, PlanPart, PlanPartKind, PlanRest,
};
pub(crate) use usage_page::usage_page;
