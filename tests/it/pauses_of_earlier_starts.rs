//! A pause that the server asked for holds for a process that goes on with the run.

use crate::resume::{ended, signal, started};
use crate::world::{Run, World};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, InjectedFault, SandboxOptions};

/// An import that the server has asked for a pause of so many seconds, and that was killed in it.
fn killed_in_a_pause(seconds: u32) -> World {
    killed_in_a_pause_of(seconds, 20, |world| started(world, 2, &[]))
}

/// The same with this number of rows. `start` starts the import.
fn killed_in_a_pause_of(seconds: u32, rows: u32, start: impl Fn(&World) -> Child) -> World {
    let world = World::new(Directory::default(), SandboxOptions::default());
    let people = (0..rows).map(|n| format!("u{n}@example.com,Ann,Lee,US\n"));
    let rows = people.collect::<String>();
    world.write("a.csv", format!("email,firstname,lastname,country\n{rows}"));
    let headers = vec![("Retry-After".to_owned(), seconds.to_string())];
    let throttled = InjectedFault::Answer { status: 429, headers, body: String::new() };
    world.sandbox.faults().next_actions([None, Some(throttled)]);
    let child = start(&world);
    let journal = std::fs::read_dir(world.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "journal"))
        .unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while !is_noted(&journal) {
        assert!(Instant::now() < until, "the pause is not in the journal");
        std::thread::yield_now();
    }
    // The responses to other requests come.
    crate::screens::pass(Duration::from_millis(300));
    signal(&child, "-KILL");
    ended(child);
    world
}

fn is_noted(journal: &std::path::Path) -> bool {
    let database = rusqlite::Connection::open(journal).unwrap();
    let facts = "SELECT count(*) FROM facts WHERE name = 'pause_noted'";
    database.query_row(facts, [], |row| row.get(0)).is_ok_and(|count: u32| count > 0)
}

const JOURNAL: &str = "a.00000000000000000000AAAAAdobeOrg.journal";

/// The pause in a journal is over.
pub(crate) fn forget_pause(journal: &std::path::Path) {
    let database = rusqlite::Connection::open(journal).unwrap();
    database.execute("DELETE FROM facts WHERE name LIKE 'pause%'", []).unwrap();
}

fn import(world: &World, max_wait: &str) -> Run {
    world.umbulk(&["import", "a.csv", "--max-wait", max_wait])
}

/// A 429 proves that nothing was done.
#[test]
fn rows_of_a_throttled_request_are_not_sent_after_a_kill() {
    let world = killed_in_a_pause(600);
    let status = world.umbulk(&["status", "a.csv"]);
    assert!(!status.stdout.contains("no response"), "{status:?}");
    let results = world.umbulk(&["results", "a.csv"]);
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(outcomes[..10], vec!["ok".to_owned(); 10], "{results:?}");
    let is_open = |outcome: &String| outcome.starts_with("not_sent");
    assert!(outcomes[10..].iter().all(is_open), "{outcomes:?} {results:?}");
    forget_pause(&world.path(JOURNAL));
    let again = import(&world, "4s");
    assert_eq!(world.outcomes("a.results.csv"), vec!["ok".to_owned(); 20], "{again:?}");
}

/// One request is answered with 429, and the others wait for the end of the pause.
#[test]
fn rows_behind_a_pause_are_not_sent_when_the_run_is_killed() {
    let start = |world: &World, more: &[&str]| {
        let mut command =
            world.command(&[&["import", "a.csv", "--concurrency", "4"], more].concat());
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let world = killed_in_a_pause_of(600, 60, |world| {
        let child = start(world, &[]);
        crate::screens::wait_for(|| world.action_requests() >= 2);
        child
    });
    let results = world.umbulk(&["results", "a.csv"]);
    let outcomes = world.outcomes("a.results.csv");
    let ok = outcomes.iter().filter(|outcome| *outcome == "ok").count();
    let open = outcomes.iter().filter(|outcome| outcome.starts_with("not_sent")).count();
    assert_eq!(ok + open, 60, "{outcomes:?} {results:?}");
    // Killed once more while it waits for the rest of the pause.
    let child = start(&world, &["--max-wait", "1h"]);
    crate::screens::wait_for(|| world.umbulk(&["status", "a.csv"]).stdout.contains("running"));
    crate::screens::pass(Duration::from_millis(500));
    signal(&child, "-KILL");
    ended(child);
    let again = world.umbulk(&["results", "a.csv"]);
    assert_eq!(world.outcomes("a.results.csv"), outcomes, "{again:?}");
}

/// The same options, another patience.
#[test]
fn pause_longer_than_allowed_stops_the_next_start() {
    let world = killed_in_a_pause(600);
    let sent = world.action_requests();
    let asked = world.sandbox.traffic().len();
    let run = import(&world, "4s");
    assert_eq!(run.status, 3, "{run:?}");
    assert_eq!(world.sandbox.traffic().len(), asked, "not even for a token");
    let said = "longer than --max-wait allows (HTTP 429";
    assert!(run.stdout.contains(said), "{}", run.stdout);
    assert_eq!(world.action_requests(), sent, "nothing was sent");
    let statuses = world.statuses("a.results.csv");
    // Nothing was done of the request that was answered with 429.
    assert_eq!((&statuses[..10], &*statuses[19]), (&vec!["ok".to_owned(); 10][..], "not_sent"));
}

/// The list of the organization is fetched before the journal is opened.
#[test]
fn no_list_is_fetched_before_a_kept_pause_is_over() {
    let world = killed_in_a_pause(600);
    let asked = world.sandbox.traffic().len();
    let start = ["import", "a.csv", "--yes", "--max-wait", "4s"];
    let compared = ["--skip-unchanged", "--online"];
    let missing = ["--missing", "leave", "--managed-domain", "example.com", "--online"];
    for more in [&compared[..], &missing] {
        let run = world.umbulk(&[&start, more].concat());
        assert_eq!(run.status, 2, "{run:?}");
        assert!(run.stderr.contains("longer than --max-wait allows"), "{run:?}");
        assert_eq!(world.sandbox.traffic().len(), asked, "{run:?}");
    }
}

/// Who types the same again within the pause stops again, and nothing is asked.
#[test]
fn pause_that_stopped_the_run_holds_for_the_next_start() {
    let world = World::new(Directory::default(), SandboxOptions::default());
    let people = (0..30).map(|n| format!("u{n}@example.com,Ann,Lee,US\n"));
    let rows = people.collect::<String>();
    world.write("a.csv", format!("email,firstname,lastname,country\n{rows}"));
    let headers = vec![("Retry-After".to_owned(), "9000".to_owned())];
    let throttled = InjectedFault::Answer { status: 429, headers, body: String::new() };
    world.sandbox.faults().next_actions([None, Some(throttled)]);
    let first = world.umbulk(&["import", "a.csv", "--max-wait", "1h", "--concurrency", "1"]);
    assert_eq!(first.status, 3, "{first:?}");
    let asked = world.sandbox.traffic().len();
    let again = import(&world, "2h");
    assert_eq!(again.status, 3, "{again:?}");
    assert!(again.stdout.contains("longer than --max-wait allows (HTTP 429"), "{}", again.stdout);
    assert_eq!(world.sandbox.traffic().len(), asked, "{again:?}");
    forget_pause(&world.path(JOURNAL));
    assert_eq!(import(&world, "2h").status, 0);
}

/// The first question of a start is that for a token.
#[test]
fn nothing_is_asked_before_a_kept_pause_is_over() {
    let world = killed_in_a_pause(1);
    let before = world.sandbox.traffic().len();
    let run = import(&world, "1h");
    assert_eq!(run.status, 0, "{run:?}");
    let traffic = world.sandbox.traffic();
    let paused = traffic.iter().find(|received| received.status == 429).unwrap();
    let next = &traffic[before];
    assert_eq!(next.class, "token");
    assert!(next.at.duration_since(paused.at) >= Duration::from_millis(900), "{next:?}");
}

/// The end in the journal lies further ahead than the pause was long.
#[test]
fn pause_after_a_clock_was_set_back_is_no_longer_than_allowed() {
    let world = killed_in_a_pause(600);
    let database = rusqlite::Connection::open(world.path(JOURNAL)).unwrap();
    let later = r#"["2099-01-01T00:00:00Z","HTTP 429: too many requests"]"#;
    database.execute("UPDATE facts SET value = ?1 WHERE name = 'pause'", [later]).unwrap();
    drop(database);
    let run = import(&world, "1s");
    assert_eq!(run.status, 0, "{run:?}");
}
