//! Messages about groups that do not exist or are not created, with the option that helps.

use crate::import::groups::{CreateError, Creation};
use crate::import::stop_words::stop_words;

/// Describes why groups were not created, with the options that help.
pub(super) fn create_words(error: &CreateError) -> String {
    match error {
        CreateError::Stopped(why) => format!(
            "--create-groups: {}. No row was sent; the same command continues",
            stop_words(why)
        ),
        CreateError::Absent { words } => format!("--create-groups: {words}. No row was sent"),
        CreateError::Table { .. } => error.to_string(),
    }
}

/// Describes what follows if groups do not exist.
pub(super) fn absent_words(words: &str, creation: Creation, is_creatable: bool) -> String {
    let next = match (creation, is_creatable) {
        (Creation::Off, true) => "; `umbulk import FILE --create-groups` creates user groups first",
        (Creation::Off, false) => "",
        (Creation::First | Creation::Planned | Creation::TestMode, _) => {
            ": --create-groups creates only user groups that users join"
        }
    };
    format!("{words}{next}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::groups::NoFetch;
    use std::io;

    /// A full disk, and a user without a folder of their own.
    #[test]
    fn groups_that_no_place_can_hold_are_said_in_words() {
        let error = csv::Error::from(io::Error::from_raw_os_error(28));
        let table = CreateError::Table { path: "new groups.csv".into(), error };
        let said = [create_words(&table), NoFetch::NoFolder.to_string()];
        insta::assert_snapshot!(said.join("\n"), @r"
        new groups.csv: no space left on device: make room first
        there is no folder to store the list of groups in: set XDG_STATE_HOME
        ");
    }

    #[test]
    fn advice_to_create_groups_is_given_only_where_it_helps() {
        let words = |creation, is_creatable| absent_words("invalid", creation, is_creatable);
        assert_eq!(
            words(Creation::Off, true),
            "invalid; `umbulk import FILE --create-groups` creates user groups first"
        );
        assert_eq!(words(Creation::Off, false), "invalid");
        for creation in [Creation::First, Creation::Planned, Creation::TestMode] {
            let only = "invalid: --create-groups creates only user groups that users join";
            assert_eq!(words(creation, false), only);
        }
    }
}
