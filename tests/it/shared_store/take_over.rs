//! A computer that continues the run of another one, or of a process of its own.

use super::{SLOW, Shared, short};
use crate::world::{Run, run};
use std::process::Command;
use std::time::Duration;
use umbulk::sandbox::InjectedFault;

/// The record of late effects stays on its computer, and so do the requests of earlier files.
#[test]
fn take_over_waits_also_if_every_request_of_the_run_was_answered() {
    let Some(shared) = Shared::new() else { return };
    shared.break_down(shared.begin("one", &SLOW));
    let mut second = shared.waiting("two");
    assert_eq!(shared.world.action_requests(), 3);
    // While it waits, no other process of its computer takes it for ended.
    let other = shared.umbulk("two", &["import", "a.csv"]);
    assert_eq!((other.status, shared.world.action_requests()), (2, 3), "{other:?}");
    assert!(other.stderr.contains("another run is using this file"), "{other:?}");
    assert_eq!(shared.runs(), "running 2");
    second.kill().unwrap();
    second.wait().unwrap();
}

#[test]
fn other_options_are_refused_before_anybody_waits() {
    let Some(shared) = Shared::new() else { return };
    shared.break_down(shared.begin("one", &SLOW));
    let mut other = shared.command("two", &["import", "a.csv", "--default-country", "DE"]);
    let other = run(other.env("UMBULK_EFFECT_WINDOW", "1h"));
    assert_eq!((other.status, shared.world.action_requests()), (2, 3), "{other:?}");
    assert!(other.stderr.contains("--default-country is DE (was not given)"), "{other:?}");
    assert_eq!(shared.runs(), "stopped 3 2");
    assert_eq!(shared.umbulk("two", &["import", "a.csv"]).status, 0);
    shared.check_results("two");
}

/// What the other computer has sent for earlier files is recorded only there.
#[test]
fn cancelled_run_waits_as_one_that_is_taken_over_until_it_has_waited() {
    let Some(shared) = Shared::new() else { return };
    shared.break_down(shared.begin("one", &SLOW));
    assert_eq!(shared.umbulk("two", &["cancel", &shared.id()]).status, 0);
    // An interrupted wait is not over.
    for _ in 0..2 {
        let mut second = shared.waiting("two");
        let id = second.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        assert_eq!(second.wait().unwrap().code(), Some(2));
    }
    assert_eq!(shared.world.action_requests(), 3);
    let second = shared.umbulk("two", &["import", "a.csv"]);
    assert_eq!(second.status, 0, "{second:?}");
    shared.check_results("two");
}

/// Rows 31 to 40 are under way, and perhaps done.
#[test]
fn row_without_a_response_is_not_skipped_by_another_computer_either() {
    let Some(shared) = Shared::new() else { return };
    let late = InjectedFault::Delay(Duration::from_secs(2));
    shared.world.sandbox.faults().next_actions([None, None, None, Some(late)]);
    shared.break_down(shared.begin("one", &["--concurrency", "1"]));
    for computer in ["one", "two"] {
        let mut rest = shared.command(computer, &["import", "a.csv", "--rows", "50-"]);
        // Nobody waits for a refusal.
        let rest = run(rest.env("UMBULK_EFFECT_WINDOW", "1h"));
        assert_eq!(rest.status, 2, "{rest:?}");
        assert!(rest.stderr.contains("row 31 was sent in an earlier start"), "{rest:?}");
        assert!(!rest.stderr.contains("waiting "), "{rest:?}");
    }
}

/// The list of another computer came between, so the rows are due again.
#[test]
fn finished_import_without_the_store_does_not_hide_that_the_file_had_other_rows_since() {
    let Some(shared) = Shared::new() else { return };
    let import = |computer: &str, rows: &str, more: &[&str]| -> Run {
        shared.world.write(&format!("{computer}/a.csv"), short(rows));
        shared.umbulk(computer, &[&["import", "a.csv"], more].concat())
    };
    import("one", "a", &["--store", "none"]);
    import("two", "b", &[]);
    let again = import("one", "a", &[]);
    assert_eq!((again.status, shared.world.action_requests()), (0, 3), "{again:?}");
}

/// The address says how a store is reached, not which one it is.
#[test]
fn store_is_the_same_by_whatever_address_it_is_reached() {
    let Some(shared) = Shared::new() else { return };
    let mut child = shared.begin("one", &SLOW);
    child.kill().unwrap();
    child.wait().unwrap();
    shared.server.psql(&shared.database, "DELETE FROM umbulk.runs");
    let refused = |url: &str, words: &str| {
        let gone = run(shared.command("one", &["import", "a.csv"]).env("UMBULK_STORE", url));
        assert_eq!((gone.status, shared.world.action_requests()), (2, 3), "{gone:?}");
        assert!(gone.stderr.contains(words), "{words}: {gone:?}");
    };
    refused(&shared.url.replace("127.0.0.1", "localhost"), "That store no longer has the run");
    // A new database behind the same address.
    let new = "DROP SCHEMA umbulk CASCADE; CREATE SCHEMA umbulk AUTHORIZATION umbulk";
    shared.server.psql(&shared.database, new);
    refused(&shared.url, "The store that is named now is another one");
}

#[test]
fn part_that_is_damaged_in_the_store_is_not_said_to_be_in_the_journal_here() {
    let Some(shared) = Shared::new() else { return };
    shared.break_down(shared.begin("one", &SLOW));
    for damage in [
        "UPDATE umbulk.journal_parts SET bytes = substring(bytes FOR 3) WHERE number = 2",
        "DELETE FROM umbulk.journal_parts WHERE number = 2",
        "UPDATE umbulk.run_file_parts SET bytes = 'x' WHERE name = 'journal'",
    ] {
        shared.server.psql(&shared.database, damage);
        let damaged = shared.umbulk("two", &["import", "a.csv"]);
        assert_eq!((damaged.status, shared.world.action_requests()), (2, 3), "{damaged:?}");
        for words in ["is damaged in the store `postgres://", "Restore the store"] {
            assert!(damaged.stderr.contains(words), "{words}: {damaged:?}");
        }
        assert!(!damaged.stderr.contains("is not an umbulk journal"), "{damaged:?}");
    }
}

#[test]
fn run_that_a_newer_program_has_continued_is_left_to_that_program() {
    let Some(shared) = Shared::new() else { return };
    shared.break_down(shared.begin("one", &SLOW));
    let newer = "UPDATE umbulk.journal_parts SET bytes = 'x' WHERE number = 2";
    shared.server.psql(&shared.database, newer);
    let refused = shared.umbulk("two", &["import", "a.csv"]);
    assert_eq!((refused.status, shared.world.action_requests()), (2, 3), "{refused:?}");
    assert!(refused.stderr.contains("was continued by a newer umbulk"), "{refused:?}");
}
