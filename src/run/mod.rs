//! Carries a plan out and decides what came of every row.
//!
//! In: a table, its plan and a client. Out: a [`Ledger`] with one outcome for every row, and how the run ended.
//! [`survey()`] reads the table for the plan; [`Run`] submits requests concurrently, traces every answer to steps and so to rows, sends
//! again what failed for the server's reasons, and takes apart what failed together. With a [`journal`], everything is on disk before anything
//! depends on it, and a run that was interrupted goes on.

mod conflicts;
mod dry;
mod edited;
mod effect;
mod engine;
mod found_groups;
mod gone;
mod group_news;
mod group_trial;
mod group_uses;
mod groups;
mod guard;
mod identify;
pub mod journal;
mod keepers;
mod late;
mod ledger;
mod losses;
mod named;
mod nearly;
mod not_there;
mod presence;
mod probe;
mod probe_answers;
mod reading;
mod request;
mod resume;
mod row_range;
mod sent;
mod settle;
mod shadowed;
#[cfg(test)]
mod simulation;
mod survey;
mod tally;
mod ties;
mod told;
mod verdict;
mod watched;

pub use conflicts::{Conflicts, Names, Repeated, conflicts_between};
pub use dry::{estimate, rehearse};
pub use edited::{edited_rows, updates_adobe_ids};
pub use engine::{Ended, Left, MaxErrors, Policy, Run, Snapshot, Stop, Watcher};
pub use found_groups::MissingGroup;
pub(crate) use gone::PERHAPS_NOBODY;
pub use group_news::GroupNews;
pub use group_trial::try_groups;
pub(crate) use group_uses::BlockUses;
pub use group_uses::{GroupGatherer, group_uses};
pub use groups::{GroupAnswers, ask_groups, creation_requests};
pub use guard::{Broken, Cap, Guard, Guards, Losses, Protected, UnreadableLine};
pub(crate) use guard::{FIXED_ROLES, Holders, Links, Loss, Name};
pub use keepers::keepers;
pub use late::LateEffects;
pub use ledger::{Ledger, Note, Outcome, Status};
pub(crate) use losses::{RowLoss, each_loss, spelled};
pub(crate) use named::{Takings, links, meet_names, takings};
pub use named::{Unheard, named, unheard};
pub use nearly::{HeldRow, HeldRows, OTHER_ADDRESS, SECOND_ACCOUNT, perhaps_meant, perhaps_there, second_account};
pub use probe_answers::ProbeAnswers;
pub(crate) use reading::Asked;
pub use reading::{NOT_THERE, Reading, Unsent};
pub use request::request_id;
pub use row_range::RowRange;
pub use sent::{SentRows, sent_names, sent_rows};
pub use shadowed::shadowed;
pub use survey::{SurveyError, Surveyed, contested, preview, survey, survey_gathering};
pub use tally::{Example, Tally};
