//! Whole imports that remove people who exist, and people who do not.

use crate::import::config::{ImportConfig, MissingAction};
use crate::import::exit::Exit;
use crate::import::missing::case::{Case, people};

/// Imports these rows, without a question to anybody. Returns the number of commands that the
/// server got, and the outcomes of the rows.
fn imported(case: &Case, rows: &str, change: impl FnOnce(&mut ImportConfig)) -> (usize, String) {
    let config = case.config(rows, MissingAction::Report);
    let mut config = ImportConfig { missing: None, yes: true, ..config };
    config.known.online = false;
    change(&mut config);
    let ended = Case::run(&config);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    let results = std::fs::read_to_string(case.path("staff.results.csv")).unwrap();
    let outcome = |line: &str| {
        let words = ["ok", "unchanged"];
        line.split(',').find(|cell| words.contains(cell)).unwrap_or(line).to_owned()
    };
    let outcomes: Vec<String> = results.lines().skip(1).map(outcome).collect();
    let commands = case.traffic().iter().map(|call| call.commands).sum();
    (commands, outcomes.join(" "))
}

/// A removal that nobody verifies is sent in any case: the account may be disabled.
#[test]
fn verified_removal_is_sent_only_for_somebody_who_is_there() {
    let leavers = "action,email\ndelete,bob@example.com\ndelete,nobody@example.com\n";
    for (verify_deletes, commands) in [(true, 1), (false, 2)] {
        let case = Case::of(&people(0));
        let ended = imported(&case, leavers, |config| config.verify_deletes = verify_deletes);
        assert_eq!(ended, (commands, "ok unchanged".to_owned()));
        assert_eq!(case.there(), "ann:0 carl:2");
    }
}

/// What the server said about a name does not count once a row may have changed who has it.
#[test]
fn person_is_removed_under_the_new_name() {
    let rows = "action,email,new_email\n\
                update,bob@example.com,nobody@example.com\n\
                delete,nobody@example.com,\n";
    for verify_deletes in [false, true] {
        let case = Case::of(&people(0));
        let ended = imported(&case, rows, |config| config.verify_deletes = verify_deletes);
        assert_eq!(ended, (2, "ok ok".to_owned()));
        assert_eq!(case.there(), "ann:0 carl:2");
    }
}
