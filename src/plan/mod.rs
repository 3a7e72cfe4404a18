//! Turns changes into commands: merged if that is safe, in a safe order, within the API's limits.
//!
//! In: for every row its [`RowFootprint`], its name and its place in the file; later, the rows'
//! changes again, a few at a time. Out: a [`Plan`] that holds no rows but knows which of them share
//! a command and which must wait for which, and from it [`PlannedCommand`]s whose every step knows
//! its rows. Pure functions over values: no I/O, no clock.
//!
//! Promises: rows on one user keep the file's order. Two commands for one user are never in flight
//! at once. A command that cannot be repeated without harm is not shared with other rows. Lists,
//! steps and commands stay within the API's limits. No row is lost or used twice.

mod ahead;
mod command;
mod dependencies;
mod estimate;
mod file_row;
mod footprint;
mod freed;
mod group_side_plan;
mod halfway;
mod headcount;
mod key;
mod made;
mod moved;
mod names_since;
mod people;
mod places;
mod planner;
#[cfg(test)]
mod properties;
mod repeated_keys;
mod schedule;
pub(crate) mod sides;
mod spread_rows;
#[cfg(test)]
mod tests;
mod union_find;
mod work_item;
mod workload;

pub(crate) use ahead::Ahead;
pub use command::commands;
pub(crate) use command::describe;
pub(crate) use command::{PlannedCommand, TracedStep};
pub(crate) use dependencies::{Dependencies, DependenciesBuilder};
pub use estimate::Estimate;
pub(crate) use file_row::FileRow;
pub(crate) use footprint::RowFootprint;
pub(crate) use freed::{Freed, FreedBy, FreedNames, RowEnd};
pub(crate) use group_side_plan::GroupSidePlan;
pub(crate) use halfway::{CreateStep, Halfway, RefusedUsers};
pub(crate) use headcount::{Deletes, Headcount};
pub(crate) use key::{Key, names, referenced_names};
pub(crate) use made::{CreatedAs, CreatedNames, Made};
pub(crate) use moved::{Moved, MovedMemberships};
pub(crate) use names_since::NamesSince;
pub(crate) use planner::{Plan, PlanBuilder, RowEntry};
pub(crate) use repeated_keys::repeated;
pub(crate) use schedule::Schedule;
pub(crate) use spread_rows::RowOfPeople;
pub(crate) use union_find::UnionFind;
pub(crate) use work_item::{Expected, WorkItem};
pub(crate) use workload::Workload;
