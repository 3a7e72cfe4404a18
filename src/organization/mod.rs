//! What an organization looks like: its people and groups, as a list has told them.
//!
//! In: pages of the API, or rows of an exported file. Out: an [`Organization`], in which anybody is
//! found by any name, in little memory; and lists stored in the user's state folder, which only
//! their owner reads ([`SnapshotStore`]; `docs/lists.md` describes them). Lists tell how things
//! were at some time, [`Organization::at`]; anyone who relies on one says so.

mod adobe;
mod alike;
mod applied;
mod baseline;
mod confirmed;
mod conflict_index;
mod diff;
mod found_users;
mod groups;
mod in_words;
mod load_csv;
mod load_groups_csv;
mod load_snapshot;
mod missing_users;
mod name_forms;
mod names;
mod near;
mod near_users;
mod new_people;
mod not_there;
mod patch;
mod people;
mod presence;
mod preview;
mod retention;
mod sent;
mod short_names;
mod snapshot;
mod store;
mod string_interner;
mod unsupported;
mod usage;
mod visible_memberships;

pub use adobe::is_about_own_data;
pub use baseline::{Baseline, Managed, Remainder, WhyUnchanged};
pub use confirmed::ConfirmedChanges;
pub use conflict_index::{
    ConflictBuilder, ConflictIndex, Mentions, RepeatedKeys, Subject, group_subject,
    recently_changed,
};
pub use diff::{Changed, ChangedValue, Diff, GroupDiff, UserField};
pub use groups::{OrgGroup, OrgGroupKind};
pub use load_csv::read_table;
pub use load_groups_csv::read_groups;
pub use load_snapshot::read_snapshot;
pub use missing_users::{
    ExemptReason, Exemptions, MissingScope, MissingUsers, ReferencedUsers, RemovableGroups,
    UserSpelling, address, spellings,
};
pub use names::who;
pub use near::NearBudget;
pub use near_users::{Likeness, PerhapsMeant, UnreferencedUsers};
pub use new_people::{NewPeople, PerhapsThere, likeliest};
pub use not_there::{NearName, NearNames, not_there_words, perhaps_words};
pub use patch::{Patch, PatchRow};
pub(crate) use people::real_domain;
pub use people::{OrgUser, Organization};
pub use presence::{
    AbsentGroups, AskBy, GroupEvent, GroupPresence, GroupUses, NeededGroup, NewMember, ask_by,
    nearest,
};
pub use preview::{Exceeded, GroupChanges, Preview, PreviewStep, ValueChange, steps};
pub use retention::{RetentionPolicy, StoredSnapshot, stored_snapshots};
pub use sent::{ListedFacts, SentFile, SentSince, line};
pub use snapshot::{PageLocation, Snapshot, SnapshotHeader, SnapshotWriter};
pub use store::{DraftError, PartialSnapshot, SnapshotStore};
pub use unsupported::{Unsupported, UnsupportedReason};
pub use usage::{Administrator, Count, GroupUsage, ProductUsage, Usage};
