//! Carries out a plan and determines the outcome of every row.
//!
//! In: a table, its plan and a client. Out: [`Outcomes`] with one outcome for every row, and how
//! the run ended. [`scan()`] reads the table for the plan. [`Executor`] submits requests
//! concurrently, traces every response to steps and so to rows, sends transient failures again, and
//! splits commands that failed together. With a [journal](crate::journal), everything is on disk
//! before anything depends on it, and an interrupted run can be resumed.

mod after_row;
mod changed_since;
mod claimed_names;
mod command_facts;
mod command_result;
mod completion;
mod compose;
mod conflicts;
mod countries_read;
mod decide;
mod decisions;
mod described_users;
mod dry_run;
mod each_row;
mod earlier_files;
mod effect;
mod executor;
mod find_conflicts;
mod find_described_users;
mod find_rows_behind;
mod found_groups;
mod group_trial;
mod group_uses;
mod groups;
mod guard;
mod held_rows;
mod identity;
mod input_rows;
mod journal_parts;
mod late;
mod list_conflicts;
mod losses;
mod near_matches;
mod open_rows;
mod outcomes;
mod policy;
mod probe;
mod probe_answers;
mod problem_kinds;
mod reasons;
mod referenced_users;
mod renames;
mod repeated_memberships;
mod reporter;
mod request;
mod row_counts;
mod row_memberships;
mod row_range;
mod rows_ahead;
mod rows_behind;
mod rows_naming;
mod rows_overtaken;
mod scan;
mod scan_error;
mod sent;
mod shadowed;
mod shared_users;
#[cfg(test)]
mod simulation;
mod skip;
mod skipped_rows;
mod split_users;
mod stop_cause;
#[cfg(test)]
mod two_days;
mod unconfirmed_renames;
mod unmanaged_members;
mod unsent_names;
mod users_before;

pub(crate) use changed_since::ChangedSince;
pub(crate) use conflicts::{Conflicts, Names};
pub(crate) use countries_read::CountriesRead;
pub(crate) use decisions::decisions;
pub(crate) use described_users::DescribedUsers;
pub(crate) use dry_run::{dry_run, estimate};
pub(crate) use earlier_files::EarlierFiles;
pub(crate) use executor::{Executor, PERHAPS_NOBODY};
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
pub(crate) use late::{LateEffects, OpenNames};
pub(crate) use list_conflicts::{edited_rows, updates_adobe_ids};
pub(crate) use losses::{RowLoss, each_loss, spelled};
pub(crate) use near_matches::{OldUser, perhaps_meant, perhaps_there, second_account};
pub(crate) use open_rows::{AskedUsers, OpenName, open_names, open_protected};
pub use outcomes::OutcomeStatus;
pub(crate) use outcomes::{Outcome, Outcomes, Reason};
pub(crate) use policy::{MaxErrors, Policy};
pub(crate) use probe_answers::ProbeAnswers;
pub(crate) use problem_kinds::{ProblemExample, ProblemKind, ProblemKinds};
pub(crate) use reasons::NO_ANSWER;
pub(crate) use referenced_users::{GroupRemovals, group_removals, links, meet_names};
pub(crate) use referenced_users::{
    ignored_after_checks, ignored_rows, referenced_and_nameless, referenced_users,
};
pub(crate) use renames::renames_to_ask_about;
pub(crate) use repeated_memberships::count_memberships_once;
pub(crate) use reporter::{Ended, RemainingRows, Reporter, RunProgress, StopReason};
pub(crate) use request::request_id;
pub(crate) use row_counts::RowCounts;
pub(crate) use row_range::RowRange;
pub(crate) use rows_ahead::rows_ahead;
pub(crate) use rows_behind::RowsBehind;
pub(crate) use rows_naming::{rows_naming, rows_with_any, rows_with_names};
pub(crate) use rows_overtaken::{OvertakenRow, RowTurn, rows_overtaken};
pub(crate) use scan::{Scan, preview, renames_perhaps_done, scan_gathering};
pub use scan::{conflict_index, scan};
pub(crate) use scan_error::ScanError;
pub(crate) use sent::{RecordedAt, sent_rows};
pub(crate) use shadowed::shadowed;
pub(crate) use shared_users::shared_users;
pub(crate) use skip::Skip;
pub(crate) use skipped_rows::{SkippedRows, skipped_rows};
pub(crate) use split_users::split_users;
pub(crate) use stop_cause::StopCause;
pub(crate) use unconfirmed_renames::{DELETION_UNKNOWN, RENAME_FAILED};
pub(crate) use unmanaged_members::keepers;
pub(crate) use unsent_names::NamelessRows;
