//! What an organization looks like: its people and groups, as a list has told them.
//!
//! In: what a list tells of users and groups. Out: an [`Organization`], in which anybody is found by
//! any name, in little memory. Lists tell how things were at some time, [`Organization::at`]; anyone
//! who relies on one says so. Pure.

mod coverage;
mod found_users;
mod groups;
mod names;
mod people;
mod string_interner;
mod user_key;

pub(crate) use coverage::Coverage;
pub(crate) use groups::{OrgGroup, OrgGroupKind};
pub(crate) use names::by_username_alone;
pub(crate) use names::{HashedName, who};
pub(crate) use people::{NewNames, Presumed, Revision, real_domain};
pub(crate) use people::{OrgUser, Organization};
pub(crate) use user_key::{UserKey, hashed_group, recently_changed};
