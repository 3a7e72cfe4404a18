//! Why nothing is done about missing users.

use super::guard::TooMany;
use crate::execute::NamelessRows;
use crate::fs::in_words;
use crate::import::config::MissingAction;
use crate::number::{count, form};
use std::io;
use std::path::PathBuf;

/// Why an import with missing users is refused, or cannot carry out what it found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MissingError {
    #[error("missing people: {why}")]
    Refused {
        /// The requested action.
        action: MissingAction,
        why: MissingRefusal,
    },
    #[error("{words}: nothing was sent")]
    NotConfirmed {
        /// How many people would lose what.
        words: String,
    },
    #[error(
        "a run was interrupted while it carried out {}{problem}. Change that back, and the same \
         import continues; or start over with things as they are now",
        file.display()
    )]
    Unfinished { file: PathBuf, problem: UnfinishedProblem },
    #[error(
        "{}: what the last run about missing people saw cannot be read ({why}), so umbulk cannot \
         check that the file is complete: nothing was sent. Make the file readable. If that is \
         impossible, delete it and only report the missing people first: umbulk then cannot know \
         whether the list has lost people since the last run",
        path.display()
    )]
    History { path: PathBuf, why: String },
    #[error("{file} lists nobody")]
    ListsNobody { file: String },
    #[error("{}: {}", path.display(), in_words(error))]
    NotWritten { path: PathBuf, error: io::Error },
}

/// Why it cannot be known who is missing, or why there are too many.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MissingRefusal {
    #[error(
        "umbulk must know which people the file covers completely: name their domains or their \
         types. Nothing was sent"
    )]
    NoScope,
    #[error(
        "only a part of the rows was chosen, and everybody in the other rows would count as \
         missing. Nothing was sent"
    )]
    SomeRows,
    #[error(
        "the organization of a rehearsal has only the people whom the rows need: name a list with \
         the others. Nothing was sent"
    )]
    Rehearsal,
    #[error("{old}: nothing was sent. Export the users again, and use that list")]
    TooOld {
        /// The age of the list.
        old: String,
    },
    #[error(
        "{list} does not show which memberships are direct: nothing was sent. Export it \
         with the column groups and direct memberships"
    )]
    NotDirect { list: String },
    #[error(
        "{list} lacks columns for some kinds of groups and roles, so administrators \
         cannot be recognized: nothing was sent. Export the users with all columns"
    )]
    LacksColumns { list: String },
    #[error(
        "{file}: {} {} invalid, and nobody counts as missing until {} fixed: nothing was sent. Fix \
         the {}",
        count(*rows, "row"),
        form(*rows, "is", "are"),
        form(*rows, "it is", "they are"),
        form(*rows, "row", "rows")
    )]
    InvalidRows {
        file: String,
        rows: u64,
        /// How many of them may only ask for what their users already have.
        maybe_unchanged: u64,
    },
    #[error(
        "rows are skipped although they are about people, and nobody can tell about whom, so these \
         people would count as missing: {0}. Nothing was sent. Write the names into the rows, or \
         delete the rows"
    )]
    NamelessRows(NamelessRows),
    #[error(
        "rows name people by username alone, but {list} does not show every username and \
         domain, so these people would count as missing. Nothing was sent. Export it with the \
         columns username and domain, or name people by email"
    )]
    NoUsernames { list: String },
    #[error(
        "{list} has no column `status`, so inactive accounts cannot be exempted: nothing \
         was sent. Export the users with that column"
    )]
    NoStatus { list: String },
    #[error(
        "{list} has no column `id`, so your own account cannot be exempted: nothing was \
         sent. Export the users with that column"
    )]
    NoId { list: String },
    #[error(transparent)]
    TooMany(#[from] TooMany),
}

/// Why an interrupted run cannot be resumed: the text after the name of its file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnfinishedProblem {
    #[error(", which is gone")]
    FileGone,
    #[error(", and that file has changed")]
    FileChanged,
    #[error(", and that run applies another saved plan, or none")]
    OtherPlan,
    #[error(" for another purpose ({})", .0.name())]
    OtherAction(MissingAction),
    #[error(
        ", which removes `{group}` from {user}, but that group is no longer among those under \
         management"
    )]
    NotManaged { group: String, user: String },
    #[error(", but {user}, who is in it, is exempt now")]
    IsExempt { user: String },
}
