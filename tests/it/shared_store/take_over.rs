//! A computer that continues the run of another one, or of a process of its own.

use super::{SLOW, Shared, short};
use crate::world::{Run, run};

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

/// The process was killed when it had begun the run in the store, and had not recorded that.
#[test]
fn run_whose_journal_does_not_know_that_it_is_in_the_store_goes_on() {
    for has_files in [true, false] {
        let Some(shared) = Shared::new() else { return };
        let mut child = shared.begin("one", &SLOW);
        child.kill().unwrap();
        child.wait().unwrap();
        if !has_files {
            let gone = "DELETE FROM umbulk.run_files; DELETE FROM umbulk.journal_parts";
            shared.server.psql(&shared.database, gone);
        }
        let journals = std::fs::read_dir(shared.world.path("one")).unwrap().map(Result::unwrap);
        let mut journals = journals.map(|entry| entry.path());
        let journal = journals.find(|path| path.extension().is_some_and(|is| is == "journal"));
        let journal = rusqlite::Connection::open(journal.unwrap()).unwrap();
        let set = |name: &str, value: &str| {
            let sql = "UPDATE facts SET value = ?2 WHERE name = ?1";
            assert_eq!(journal.execute(sql, [name, value]).unwrap(), 1);
        };
        set("store", "null");
        if !has_files {
            set("last_part", "0");
        }
        drop(journal);
        let again = shared.umbulk("one", &["import", "a.csv"]);
        assert_eq!(again.status, 0, "{again:?}");
        shared.check_results("one");
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
