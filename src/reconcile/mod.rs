//! Compares a file with a list: what remains of a row, which rows conflict with each other, which
//! users are missing, and which users a row may mean.
//!
//! In: changes, and an [`Organization`](crate::organization::Organization). Out: the remainder of a
//! change ([`Baseline::reduce`]), the users in no row ([`MissingUsers`]), what would change
//! ([`Preview`]). Pure.

mod adobe;
mod alike;
mod applied;
mod ask_by;
mod assertions;
mod baseline;
mod conflict_index;
mod first_reading;
mod in_words;
mod key_index;
mod lone_domains;
mod managed;
mod meant_users;
mod mentions;
mod missing_users;
mod name_forms;
mod near;
mod near_users;
mod needed_groups;
mod new_people;
mod not_there;
mod perhaps_meant;
mod presence;
mod preview;
mod preview_step;
mod reduce_group;
mod reduce_user;
mod referenced_users;
mod remainder;
mod removed_user;
mod short_names;

#[cfg(test)]
mod tests;

pub(crate) use adobe::is_about_own_data;
pub(crate) use ask_by::{AskBy, ListAccess, ask_by};
pub(crate) use assertions::{Assertions, ConflictBuilder};
pub use baseline::Baseline;
pub(crate) use baseline::UncomparedRows;
pub(crate) use conflict_index::ConflictIndex;
pub(crate) use first_reading::{FirstReading, ReadFor, RowsFirstRead};
pub(crate) use lone_domains::LoneDomain;
pub(crate) use managed::Managed;
pub(crate) use meant_users::RefusedNames;
pub(crate) use mentions::{Mentioned, Mentions, RepeatedKeys, only_user};
pub(crate) use missing_users::{ExemptReason, Exemptions, MissingUsers, RemovableGroups, address};
pub(crate) use near::NearBudget;
pub(crate) use near_users::{Likeness, PerhapsMeant, UnreferencedUsers};
pub(crate) use needed_groups::{GroupEvent, GroupUses, NeededGroup, NewMember};
pub(crate) use new_people::{NewPeople, PerhapsThere, Twin};
pub(crate) use not_there::{
    NearName, NearNames, no_active_user_words, not_there_words, perhaps_words,
};
pub(crate) use presence::{AbsentGroups, GroupPresence, nearest};
#[cfg(test)]
pub(crate) use preview::GroupChanges;
pub(crate) use preview::{Exceeded, Preview, PreviewNames};
pub(crate) use preview_step::{LEAVE, steps};
pub(crate) use reduce_group::only_takes_members;
pub(crate) use referenced_users::{
    MissingScope, ReferencedUsers, UserSpelling, each_listed, spellings,
};
pub(crate) use remainder::{Remainder, WhyUnchanged};
