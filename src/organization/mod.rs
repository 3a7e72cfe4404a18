//! A model of an organization: its users and groups, as lists show them.
//!
//! In: what a list says about users and groups. Out: an [`Organization`], in which a user is found
//! by any name, in little memory. A list is valid for one time, [`Organization::at`], and whatever
//! relies on it says so. Pure.

mod coverage;
mod found_users;
mod groups;
mod names;
mod noted_renames;
mod people;
mod string_interner;
mod user_key;

pub(crate) use coverage::Coverage;
pub(crate) use groups::{OrgGroup, OrgGroupKind};
pub(crate) use names::by_username_alone;
pub(crate) use names::{HashedName, hashed_group, possible_names, who};
pub(crate) use noted_renames::{NotedRenames, RenamePair};
pub(crate) use people::{ListPart, OrgUser, Organization};
pub(crate) use people::{NewNames, Presumed, Revision, real_domain};
pub(crate) use user_key::{
    Existence, UserKey, name_forms, names_changed, names_given, recently_changed,
};
