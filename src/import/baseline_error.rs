//! Why rows cannot be compared with a list.

use crate::execute::NamelessRows;
use crate::import::confirmation::Confirmation;
use crate::number::{count, minutes};
use std::fmt;
use std::time::Duration;

/// Why rows are not compared with a list.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BaselineError {
    #[error(
        "{list}: this list does not say which memberships are the users' own, so umbulk cannot \
         know which groups to remove: export it with the column groups and direct memberships"
    )]
    NotDirect { list: String },
    #[error(
        "{list}: this list lacks memberships of groups under management that match {pattern}. \
         Export all users with all columns"
    )]
    LacksGroups { list: String, pattern: String },
    #[error(
        "{list}: rows name people by username alone, but the list does not show every username and \
         domain: nothing was sent. Export it with the columns username and domain, or name people \
         by email"
    )]
    NoUsernames { list: String },
    #[error(
        "{} cannot be read, so umbulk cannot know whose groups are listed there: nothing was sent. \
         Fix these rows",
        count(*rows, "row")
    )]
    UnreadableRows { rows: u64 },
    #[error(
        "rows are skipped although they are about people, and nobody can tell about whom, so \
         umbulk cannot know whose groups are listed there: {0}. Nothing was sent. Write the names \
         into the rows, or delete the rows"
    )]
    NamelessRows(NamelessRows),
    #[error("{0}: nothing was sent. {advice}", advice = newer_list_words(.0))]
    Outdated(Objection),
}

/// A reason against relying on a list.
#[derive(Debug, Clone)]
pub(crate) enum Objection {
    /// It is older than allowed.
    TooOld { list: String, age: Duration, max_age: Duration },
    /// Rows are not sent because the list does not show a user or membership, and it is more than
    /// two hours old.
    Absence { list: String, age: Duration, rows: u64 },
    /// People have changed since, and the list is used to find memberships to remove.
    Changed { list: String },
    /// Another import has changed people since the run began that continues, and the list is used
    /// to find memberships to remove.
    ChangedSinceBegin { list: String },
}

impl Objection {
    /// Returns what somebody confirms who uses the list all the same.
    pub(crate) fn confirmation(&self) -> Confirmation {
        match self {
            Self::TooOld { .. } => Confirmation::OldList,
            Self::Absence { rows, .. } => Confirmation::Absence(*rows),
            Self::Changed { .. } => Confirmation::ChangedSinceList,
            Self::ChangedSinceBegin { .. } => Confirmation::ChangedSinceBegin,
        }
    }
}

/// Returns the advice to use a newer list. A run that continues keeps its list.
fn newer_list_words(objection: &Objection) -> &'static str {
    match objection {
        Objection::ChangedSinceBegin { .. } => "Start over with a newer list",
        _ => "Export the users again, and use that list",
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooOld { list, age, max_age } => write!(
                f,
                "{list} is {} old, but must not be older than {}",
                minutes(*age),
                minutes(*max_age)
            ),
            Self::Absence { list, age, rows } => write!(
                f,
                "{} would not be sent because {list} does not show the person or \
                 membership, but the list is {} old and may be outdated",
                count(*rows, "row"),
                minutes(*age)
            ),
            Self::Changed { list } => write!(
                f,
                "an import from this computer has changed people since {list} was \
                 fetched, and groups that they got since then would not be removed"
            ),
            Self::ChangedSinceBegin { list } => write!(
                f,
                "since this run began with {list}, another import from this computer has \
                 changed people whose rows are left, and groups that they got since then would not \
                 be removed"
            ),
        }
    }
}
