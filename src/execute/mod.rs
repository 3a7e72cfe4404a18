//! Carries a plan out and decides what came of every row.
//!
//! In: a table, its plan and a client. Out: a [`Outcomes`] with one outcome for every row, and how
//! the run ended. [`scan()`] reads the table for the plan; [`Executor`] submits requests
//! concurrently, traces every answer to steps and so to rows, sends again what failed for the
//! server's reasons, and takes apart what failed together. With a [journal](crate::journal), everything is on
//! disk before anything depends on it, and a run that was interrupted goes on.

mod after_row;
mod claimed_names;
mod command_facts;
mod command_result;
mod completion;
mod conflicts;
mod decide;
mod dry_run;
mod each_row;
mod earlier_files;
mod earlier_rows;
mod effect;
mod executor;
mod file_watch;
mod find_conflicts;
mod find_rows_behind;
mod found_groups;
mod group_trial;
mod group_uses;
mod groups;
mod guard;
mod held_rows;
mod identify;
mod identity;
mod input_rows;
mod journal_parts;
mod late;
mod list_conflicts;
mod losses;
mod near_matches;
mod not_there;
mod outcomes;
mod policy;
mod presence;
mod probe;
mod probe_answers;
mod reasons;
mod referenced_users;
mod removals;
mod renames;
mod reporter;
mod request;
mod responses;
mod resume;
mod row_counts;
mod row_range;
mod rows_behind;
mod scan;
mod scan_error;
mod sent;
mod shadowed;
mod shared_rows;
mod shared_users;
#[cfg(test)]
mod simulation;
mod skip;
mod stop_cause;
mod suspects;
#[cfg(test)]
mod two_days;
mod unconfirmed_renames;
mod unmanaged_members;
mod user_statements;
mod users_before;

pub(crate) use conflicts::{Conflicts, Names};
pub(crate) use dry_run::{dry_run, estimate};
pub(crate) use earlier_files::EarlierFiles;
pub(crate) use executor::Executor;
pub(crate) use find_conflicts::conflicts_between;
pub(crate) use find_rows_behind::InvalidRenames;
pub(crate) use group_trial::try_groups;
pub(crate) use group_uses::BlockUses;
pub(crate) use group_uses::{GroupGatherer, group_uses};
pub(crate) use groups::{GroupAnswers, ask_groups, creation_requests};
pub use guard::Protected;
pub(crate) use guard::ProtectedName;
pub(crate) use guard::{Broken, Cap, CapKind, Guards, Losses, UnreadableLine};
pub(crate) use guard::{FIXED_ROLES, Holders, Links, Loss, NameHash};
pub(crate) use held_rows::{HeldRow, HeldRows, OTHER_ADDRESS, SECOND_ACCOUNT};
pub use input_rows::InputRows;
pub(crate) use input_rows::NOT_THERE;
pub(crate) use input_rows::RequestedChange;
pub(crate) use journal_parts::check_parts;
pub(crate) use late::LateEffects;
pub(crate) use list_conflicts::{edited_rows, updates_adobe_ids};
pub(crate) use losses::{RowLoss, each_loss, spelled};
pub(crate) use near_matches::{perhaps_meant, perhaps_there, second_account};
pub use outcomes::OutcomeStatus;
pub(crate) use outcomes::{Outcome, Outcomes, Reason};
pub(crate) use policy::{MaxErrors, Policy};
pub(crate) use probe_answers::ProbeAnswers;
pub(crate) use referenced_users::{GroupRemovals, links, meet_names, takings};
pub(crate) use referenced_users::{ignored_rows, referenced_users};
pub(crate) use removals::PERHAPS_NOBODY;
pub(crate) use renames::renames_to_ask_about;
pub(crate) use reporter::{Ended, RemainingRows, Reporter, RunProgress, StopReason};
pub(crate) use request::request_id;
pub(crate) use row_counts::RowCounts;
pub(crate) use row_range::RowRange;
pub(crate) use rows_behind::RowsBehind;
pub(crate) use scan::{Scan, preview, scan_gathering};
pub use scan::{conflict_index, scan};
pub(crate) use scan_error::ScanError;
pub(crate) use sent::{SentRows, sent_names, sent_rows};
pub(crate) use shadowed::shadowed;
pub(crate) use shared_users::shared_users;
pub(crate) use skip::Skip;
pub(crate) use stop_cause::StopCause;
pub(crate) use unconfirmed_renames::RENAME_FAILED;
pub(crate) use unmanaged_members::keepers;
