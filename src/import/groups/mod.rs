//! Groups that rows name and that are not there are found before anything is sent.
//!
//! A stored list of groups tells, one that is fetched now, or one question for each name: whichever
//! waits least. Rows that need a group which is not there are invalid. Where nobody knows, the head
//! says so, and the server decides.

mod assign;
mod check;
mod checked;
mod create;
mod error;
mod head;
mod list;
mod other;
mod server;

pub(crate) use assign::restore;
pub(crate) use check::{GroupCheck, Offline};
pub(crate) use checked::{CheckedGroups, Creation};
pub(crate) use create::create;
pub(crate) use error::{CreateError, NoFetch};
pub(crate) use head::shortened;
pub(crate) use server::GroupServer;
