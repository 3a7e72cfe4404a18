//! Messages about what a guard refuses, with the option that allows it, and about unknown roles,
//! with the option that shows more.

use super::api_words;
use crate::cli::can_ask::can_ask;
use crate::execute::CapKind;
use crate::import::guard_error::{
    CapExcess, DeletesToConfirm, GuardError, deletion_words, unknown_words,
};
use crate::import::known_roles::{PartlyKnown, PeopleToAsk, RolesUnanswered};

/// Describes what a guard has found, with the options that help.
pub(super) fn error_words(error: &GuardError) -> String {
    match error {
        GuardError::TooMany(excess) => {
            let flag = match excess.broken.guard {
                CapKind::Deletes => "--max-deletes",
                CapKind::Removals => "--max-removals",
            };
            format!(
                "{}, but {flag} allows {}: nothing was sent. Check the rows, or raise {flag}",
                excess_words(excess),
                excess.broken.cap
            )
        }
        GuardError::Administrators { .. } => {
            format!("{error}; if they are intended, use --allow-admins")
        }
        GuardError::AdministratorsUnknown { rows, why } => format!(
            "{}, and the server did not say who is one ({}): nothing was sent. Try again later, or \
             use --against users.csv with a fresh list (`umbulk export users`). To send the rows \
             anyway, use --allow-admins",
            unknown_words(*rows),
            unanswered_words(why)
        ),
        GuardError::NotConfirmed(deletes) => unconfirmed_words(&deletes_words(deletes)),
        GuardError::Shrunk(shrunk) => format!(
            "{error}. --max-shrink allows {}. If the list is complete, use --max-shrink off once",
            shrunk.max_shrink
        ),
        GuardError::ShrinkUnknown { .. } => {
            format!("{error}. If the list is complete, use --max-shrink off once")
        }
        GuardError::ProductionNotConfirmed { profile } => unconfirmed_words(&format!(
            "the profile {profile} is that of a production organization"
        )),
    }
}

/// Describes why nothing is sent without a confirmation. Who was asked knows what about.
fn unconfirmed_words(what: &str) -> String {
    match can_ask() {
        true => "not confirmed: nothing was sent".to_owned(),
        false => format!("{what}: nothing was sent. If that is intended, use --yes"),
    }
}

/// Describes an exceeded limit: `12 of 40 rows to send delete in 2 files together (all their rows
/// count, also those that are not sent now)`.
fn excess_words(excess: &CapExcess) -> String {
    let rows = excess.rows_words();
    match (excess.files, excess.is_part) {
        (1, true) => {
            format!("{rows} (all rows of the file count, also those that are not sent now)")
        }
        (files, true) => format!(
            "{rows} in {files} files together (all their rows count, also those that are not sent \
             now)"
        ),
        (_, false) => excess.to_string(),
    }
}

/// Describes what the user must confirm.
pub(super) fn deletes_words(deletes: &DeletesToConfirm) -> String {
    let DeletesToConfirm { all, now, is_part } = *deletes;
    match is_part && now != all.rows {
        true => format!(
            "{} ({now} of them are sent now; all rows of the file count, also those that are not \
             sent now)",
            deletion_words(all)
        ),
        false => deletes.to_string(),
    }
}

/// Describes why the server did not say who is an administrator.
pub(super) fn unanswered_words(why: &RolesUnanswered) -> String {
    match why {
        RolesUnanswered::Api(error) => api_words(error),
        RolesUnanswered::NotSaid => why.to_string(),
    }
}

/// Describes what was not checked.
pub(super) fn partly_words(partly: &PartlyKnown) -> String {
    let so_does = "; so does --online";
    match partly {
        PartlyKnown::Rehearsal => format!("{partly}; use --against FILE to include roles"),
        PartlyKnown::NotAsked { list: None, people } => format!(
            "not checked offline: use --against FILE or --online; {}{}",
            PartlyKnown::asks_words(None, *people),
            if *people == PeopleToAsk::Many { so_does } else { "" }
        ),
        PartlyKnown::NotAsked { list: Some(_), .. } | PartlyKnown::ChangedSince { .. } => {
            partly.to_string()
        }
        PartlyKnown::Compared { list: Some(_), .. } => {
            format!("{partly}. --online compares with all roles as they are now")
        }
        PartlyKnown::Compared { list: None, .. } => {
            format!("{partly} (`umbulk export users` writes one){so_does}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::{Broken, Cap};
    use crate::plan::Deletes;

    #[test]
    fn broken_cap_is_said_with_its_option_and_all_rows_that_count() {
        for (guard, files, is_part, words) in [
            (CapKind::Deletes, 1, false, "12 of 40 rows to send delete, but --max-deletes allows"),
            (CapKind::Removals, 2, false, "away in 2 files together, but --max-removals allows"),
            (CapKind::Deletes, 1, true, "(all rows of the file count, also those that are"),
            (CapKind::Deletes, 2, true, "(all their rows count, also those that are not sent"),
        ] {
            let broken = Broken { guard, count: 12, sendable: 40, cap: Cap::Rows(10) };
            let excess = CapExcess { broken, files, is_part };
            let error = GuardError::TooMany(excess);
            assert!(!error.to_string().contains("--"), "{error}");
            let said = error_words(&error);
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn deletions_of_some_rows_are_said_with_the_option_that_chose_them() {
        let deletes = |now, is_part| {
            let all = Deletes { rows: 12, accounts: 0 };
            deletes_words(&DeletesToConfirm { all, now, is_part })
        };
        let part = "(3 of them are sent now; all rows of the file count, also those that are not \
                    sent now)";
        assert!(deletes(3, true).ends_with(part));
        assert!(deletes(3, false).ends_with("(3 of them are left; all rows of the file count)"));
        assert!(deletes(12, true).ends_with("or delete groups"));
    }
}
