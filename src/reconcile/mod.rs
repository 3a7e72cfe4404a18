//! A file against what a list tells: what of a row is left to do, which rows contradict each other,
//! who is missing, whom a row may mean.
//!
//! In: changes, and an [`Organization`](crate::organization::Organization). Out: what of a change is
//! left ([`Baseline::reduce`]), who is in no row ([`MissingUsers`]), what would change ([`Preview`]).
//! Pure.

mod adobe;
mod alike;
mod applied;
mod assertions;
mod baseline;
mod conflict_index;
mod in_words;
mod key_index;
mod managed;
mod mentions;
mod missing_users;
mod name_forms;
mod near;
mod near_users;
mod new_people;
mod not_there;
mod perhaps_meant;
mod presence;
mod preview;
mod reduce_group;
mod reduce_user;
mod referenced_users;
mod remainder;
mod short_names;

#[cfg(test)]
mod tests;

pub use adobe::is_about_own_data;
pub use assertions::{Assertions, ConflictBuilder};
pub use baseline::Baseline;
pub use conflict_index::ConflictIndex;
pub use managed::Managed;
pub use mentions::{Mentions, RepeatedKeys, RowMentions};
pub use missing_users::{ExemptReason, Exemptions, MissingUsers, RemovableGroups, address};
pub use near::NearBudget;
pub use near_users::{Likeness, PerhapsMeant, UnreferencedUsers};
pub use new_people::{NewPeople, PerhapsThere, Twin, likeliest};
pub use not_there::{NearName, NearNames, not_there_words, perhaps_words};
pub use presence::{
    AbsentGroups, AskBy, GroupEvent, GroupPresence, GroupUses, NeededGroup, NewMember, ask_by,
    nearest,
};
pub use preview::{Exceeded, GroupChanges, Preview, PreviewStep, ValueChange, steps};
pub(crate) use reduce_group::only_takes_members;
pub use referenced_users::{MissingScope, ReferencedUsers, UserSpelling, spellings};
pub use remainder::{Remainder, WhyUnchanged};
