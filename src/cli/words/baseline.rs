//! Messages about lists that rows cannot be compared with, with the options that help.

use crate::import::baseline_error::{BaselineError, Objection};
use crate::import::managed::{PatternAdvice, UnmatchedPattern};
use crate::number::{count, minutes};

/// Describes why rows cannot be compared with a list, with the options that help.
pub(super) fn error_words(error: &BaselineError) -> String {
    match error {
        BaselineError::NotDirect { list } => format!(
            "{list}: --exact-groups needs a list that says which memberships are the users' own: \
             export it without --indirect and with the column groups"
        ),
        BaselineError::LacksGroups { list, pattern } => format!(
            "{list}: --exact-groups needs a list with all memberships that --manage-groups \
             {pattern} matches, and this list lacks the columns of some kinds of groups. `umbulk \
             export users` writes all of them"
        ),
        BaselineError::NoUsernames { list } => format!(
            "{list}: --exact-groups: rows name people by username alone, but the list does not \
             show every username and domain: nothing was sent. Export it with the columns username \
             and domain, or name people by email"
        ),
        BaselineError::UnreadableRows { rows } => format!(
            "--exact-groups: {} cannot be read, so umbulk cannot know whose groups are listed \
             there: nothing was sent. `umbulk validate` shows these rows; fix them",
            count(*rows, "row")
        ),
        BaselineError::NamelessRows(_) => format!("--exact-groups: {error}"),
        BaselineError::Outdated(objection) => {
            let advice = match objection {
                Objection::ChangedSinceBegin { .. } => {
                    "Use --yes, or start over with a newer list (--fresh)"
                }
                _ => {
                    "Take a newer list (umbulk export users, or --online; Adobe allows one in two \
                     hours), or use --yes"
                }
            };
            format!("{}: nothing was sent. {advice}", objection_words(objection))
        }
    }
}

/// Describes a reason against relying on a list.
pub(super) fn objection_words(objection: &Objection) -> String {
    match objection {
        Objection::TooOld { list, age, max_age } => {
            format!("{list} is {} old, but --max-age allows {}", minutes(*age), minutes(*max_age))
        }
        Objection::Absence { .. } => objection.to_string(),
        Objection::Changed { list } => format!(
            "an import from this computer has changed people since {list} was fetched, \
             and --exact-groups would not remove groups that they got since then"
        ),
        Objection::ChangedSinceBegin { list } => format!(
            "since this run began with {list}, another import from this computer has \
             changed people whose rows are left, and --exact-groups would not remove groups that \
             they got since then"
        ),
    }
}

/// Describes a pattern that no group matches.
pub(super) fn unmatched_words(unmatched: &UnmatchedPattern) -> String {
    let UnmatchedPattern { pattern, list, advice } = unmatched;
    let advice = match advice {
        PatternAdvice::EachByItself => "give each name a --manage-groups of its own".to_owned(),
        PatternAdvice::OnlyWildcards => {
            "the only wildcards are * and ?: give each name a --manage-groups of its own".to_owned()
        }
        PatternAdvice::Perhaps(_) | PatternAdvice::CheckName => advice.to_string(),
    };
    format!(
        "warning: --manage-groups `{pattern}` matches no group in {list} or in the rows, so it \
         removes nobody from a group; {advice}"
    )
}
