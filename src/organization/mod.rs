//! What an organization looks like: its people and groups, as a list has told them.
//!
//! In: what a list tells of users and groups. Out: an [`Organization`], in which anybody is found by
//! any name, in little memory. Lists tell how things were at some time, [`Organization::at`]; anyone
//! who relies on one says so. Pure.

mod found_users;
mod groups;
mod names;
mod people;
mod string_interner;
mod subject;
mod visible_memberships;

pub use groups::{OrgGroup, OrgGroupKind};
pub(crate) use names::by_username_alone;
pub use names::who;
pub(crate) use people::{NewNames, Presumed, Revision, real_domain};
pub use people::{OrgUser, Organization};
pub use subject::{Subject, group_subject, recently_changed};
pub(crate) use subject::{subject, subject_in};
pub(crate) use visible_memberships::VisibleMemberships;
