//! Finds the groups that rows name and that do not exist, before anything is sent.
//!
//! The source is a snapshot of groups, a list that is fetched now, or one question for each
//! name, whichever takes the shortest time. Rows that need a missing group are invalid. If it is
//! unknown whether a group exists, the head says so, and the server decides.

mod assign;
mod check;
mod checked;
mod create;
mod earlier;
mod error;
mod head;
mod list;
mod other;
mod separators;
mod server;
mod server_groups;

pub(crate) use assign::restore;
pub(crate) use check::{GroupCheck, Offline};
pub(crate) use checked::{CheckedGroups, Creation, GroupsOfFile};
pub(crate) use create::create;
pub(crate) use earlier::earlier_checks;
pub(crate) use error::{CreateError, NoFetch};
pub(crate) use head::shortened;
pub(crate) use server::GroupServer;
