//! What an organization looks like: its people and groups, as a list has told them.
//!
//! In: pages of the API, or rows of an exported file. Out: an [`Organization`], in which anybody is found by any name, in little memory; and lists stored in the
//! user's state folder, which only their owner reads ([`Store`]; `docs/lists.md` describes them). Lists tell how things were at some time,
//! [`Organization::at`]; whoever relies on one says so.

mod adobe;
mod alike;
mod answered;
mod applied;
mod confirmed;
mod contested;
mod diff;
mod difference;
mod group_table;
mod groups;
mod in_words;
mod kept;
mod listed;
mod missing;
mod names;
mod near;
mod nearly;
mod new_people;
mod not_there;
mod people;
mod presence;
mod preview;
mod refused;
mod sent;
mod shown;
mod snapshot;
mod store;
mod table;
mod turn;
mod usage;
mod words;

pub use adobe::is_about_own_data;
pub use confirmed::Confirmed;
pub use contested::{Contest, Contested, Mentions, Several, Subject, group_subject, touched};
pub use diff::{Changed, ChangedValue, Diff, GroupDiff, Value};
pub use difference::{Known, Left, Managed, WhyUnchanged};
pub use group_table::read_groups;
pub use groups::{Group, GroupKind};
pub use kept::{Keep, Stored, stored};
pub use listed::read_snapshot;
pub use missing::{Mercy, Missing, Named, Scope, Spared, Spelling, Taken, address, spellings};
pub use names::who;
pub use near::NearBudget;
pub use nearly::{Likeness, PerhapsMeant, Unnamed};
pub use new_people::{NewPeople, PerhapsThere, likeliest};
pub use not_there::{NearName, NearNames, not_there_words, perhaps_words};
pub(crate) use people::real_domain;
pub use people::{Organization, Person};
pub use presence::{AbsentGroups, AskBy, GroupEvent, GroupPresence, GroupUses, NeededGroup, NewMember, ask_by, nearest};
pub use preview::{Exceeded, Moves, Preview, Step, Update, steps};
pub use refused::{Refused, Why};
pub use sent::{About, SentFile, SentSince, line};
pub use snapshot::{Facts, Place, Record, Snapshot};
pub use store::{Draft, DraftError, Store};
pub use table::read_table;
pub use turn::{Turn, TurnRow};
pub use usage::{Administrator, Count, GroupUsage, ProductUsage, Usage};
