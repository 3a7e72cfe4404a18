//! Messages about why nothing is done about missing users, with the option that helps.

use crate::cli::can_ask::can_ask;
use crate::import::missing::{
    CappedBy, MissingError, MissingExcess, MissingRefusal, TooMany, UnfinishedProblem,
    allowed_words,
};

const START_OVER: &str = "use --fresh to start over with things as they are now";

/// Describes why missing users are not handled, with the options that help.
pub(super) fn missing_words(error: &MissingError) -> String {
    match error {
        MissingError::Refused { action, why } => {
            format!("--missing {}: {}", action.name(), refusal_words(why))
        }
        MissingError::NotConfirmed { .. } if can_ask() => {
            "not confirmed: nothing was sent. `--missing report` lists these people".to_owned()
        }
        MissingError::NotConfirmed { .. } => {
            format!("{error}. `--missing report` lists them; if that is intended, use --yes")
        }
        MissingError::Unfinished { file, problem } => {
            let file = file.display();
            match problem {
                UnfinishedProblem::OtherAction(action) => format!(
                    "a run with --missing {action} was interrupted while it carried out {file}. \
                     Use --missing {action} to continue that run, or {START_OVER}",
                    action = action.name()
                ),
                UnfinishedProblem::NotManaged { group, user } => format!(
                    "a run was interrupted while it carried out {file}, which removes `{group}` \
                     from {user}, but --manage-groups no longer matches that group. Use the \
                     --manage-groups of that run to continue it, or {START_OVER}"
                ),
                UnfinishedProblem::FileGone | UnfinishedProblem::FileChanged => format!(
                    "a run was interrupted while it carried out {file}{problem}. Restore the file, \
                     and the same command continues; or {START_OVER}"
                ),
                UnfinishedProblem::OtherPlan | UnfinishedProblem::IsExempt { .. } => format!(
                    "a run was interrupted while it carried out {file}{problem}. Change that back, \
                     and the same command continues; or {START_OVER}"
                ),
            }
        }
        MissingError::History { path, why } => format!(
            "{}: what the last run with --missing saw cannot be read ({why}), so umbulk cannot \
             check that the file is complete: nothing was sent. Make the file readable. If that is \
             impossible, delete it and use --missing report first: umbulk then cannot know whether \
             the list has lost people since the last run",
            path.display()
        ),
        MissingError::ListsNobody { .. } | MissingError::NotWritten { .. } => error.to_string(),
    }
}

fn refusal_words(why: &MissingRefusal) -> String {
    match why {
        MissingRefusal::NoScope => "umbulk must know which people the file covers completely: use \
                                    --managed-domain DOMAIN or --managed-type TYPE. Nothing was \
                                    sent"
            .to_owned(),
        MissingRefusal::SomeRows => "--rows reads only a part of the file, and everybody in the \
                                     other rows would count as missing: use --missing without \
                                     --rows. Nothing was sent"
            .to_owned(),
        MissingRefusal::Rehearsal => "the organization of --sandbox has only the people whom the \
                                      rows need: use --against FILE to add the others. Nothing was \
                                      sent"
            .to_owned(),
        MissingRefusal::TooOld { old } => format!(
            "{old}: nothing was sent. Take a newer list (umbulk export users, or --online; \
             Adobe allows one in two hours); without --missing only the rows are sent"
        ),
        MissingRefusal::NotDirect { list } => format!(
            "{list} does not show which memberships are direct: nothing was sent. Export \
             it with the column groups and without --indirect"
        ),
        MissingRefusal::InvalidRows { maybe_unchanged: 1.., .. } => format!(
            "{why}, or use --skip-unchanged, which accepts what a user already has; without \
             --missing only the valid rows are sent"
        ),
        MissingRefusal::InvalidRows { .. } => format!("{why}, or run without --missing"),
        MissingRefusal::LacksColumns { .. } => {
            format!("{why} (`umbulk export users` writes all)")
        }
        MissingRefusal::NoStatus { .. } | MissingRefusal::NoId { .. } => {
            format!("{why} (`umbulk export users` writes it)")
        }
        MissingRefusal::TooMany(too_many) => too_many_words(too_many),
        other => other.to_string(),
    }
}

fn too_many_words(too_many: &TooMany) -> String {
    let people = too_many.people;
    match &too_many.reason {
        MissingExcess::Cap { by, cap } => {
            let flag = match by {
                CappedBy::Missing => "--max-missing",
                CappedBy::Removals => "--max-removals",
                CappedBy::Deletes => "--max-deletes",
            };
            format!(
                "{}, but {flag} allows {}: nothing was sent. `--missing report` lists them",
                too_many.missing_words(),
                allowed_words(*cap)
            )
        }
        MissingExcess::Shrunk { .. } | MissingExcess::MoreThanHalf => {
            format!("{too_many}. If that is intended, use --max-missing {people}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::Cap;
    use std::io;

    /// A full disk, and a file of missing people that somebody else has written.
    #[test]
    fn files_of_missing_people_that_no_run_leaves_are_said_in_words() {
        let path = || "staff.missing.csv".into();
        let error = io::Error::from_raw_os_error(28);
        let errors = [
            MissingError::NotWritten { path: path(), error },
            MissingError::ListsNobody { file: "staff.missing.csv".to_owned() },
        ];
        insta::assert_snapshot!(errors.map(|error| missing_words(&error)).join("\n"), @r"
        staff.missing.csv: no space left on device: make room first
        staff.missing.csv lists nobody
        ");
    }

    fn said(reason: MissingExcess) -> String {
        too_many_words(&TooMany { people: 4, managed: 100, named: 96, reason })
    }

    #[test]
    fn broken_cap_is_said_with_its_option_and_what_it_allows() {
        for (by, cap, words) in [
            (CappedBy::Missing, Cap::Rows(3), "--max-missing allows 3 people:"),
            (CappedBy::Removals, Cap::Rows(1), "--max-removals allows 1 person:"),
            (CappedBy::Deletes, Cap::Percent(2.0), "--max-deletes allows 2 % of the people under"),
        ] {
            let said = said(MissingExcess::Cap { by, cap });
            assert!(said.contains(words) && said.ends_with("`--missing report` lists them"));
        }
    }

    #[test]
    fn truncated_file_is_said_with_the_number_that_means_it() {
        let words = said(MissingExcess::MoreThanHalf);
        assert!(words.ends_with("If that is intended, use --max-missing 4"), "{words}");
    }
}
