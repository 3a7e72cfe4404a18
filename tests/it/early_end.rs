//! Ctrl-C before anything is sent, and runs of which only the results are left.

use crate::resume::{ended, signal, started};
use crate::world::World;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;
use umbulk::sandbox::{Directory, SandboxOptions};

const JOURNAL: &str = "a.00000000000000000000AAAAAdobeOrg.journal";

fn people(numbers: std::ops::Range<usize>) -> String {
    let rows = numbers.map(|number| format!("u{number:03}@example.com,Ann,Lee,US\n"));
    "email,firstname,lastname,country\n".to_owned() + &rows.collect::<String>()
}

#[test]
fn interrupted_before_sending_says_that_nothing_was_sent() {
    ends_before_sending("-INT");
}

/// Nobody is left to watch a run that has not begun.
#[test]
fn terminal_that_goes_away_before_sending_ends_the_command() {
    ends_before_sending("-HUP");
}

#[track_caller]
fn ends_before_sending(by: &str) {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_tokens([503; 20]);
    world.write("a.csv", people(0..3));
    let args = ["import", "a.csv", "--retry-wait", "20s", "--progress", "plain"];
    let mut child =
        world.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut stderr = child.stderr.take().unwrap();
    while !said.contains("the token service answers") {
        let mut byte = [0];
        assert_eq!(stderr.read(&mut byte).unwrap(), 1, "{said}");
        said.push(char::from(byte[0]));
    }
    signal(&child, by);
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{rest}");
    assert!(rest.contains("interrupted: nothing was sent"), "{rest}");
    assert_eq!(world.action_requests(), 0);
}

/// A terminal of its own, whose Ctrl-C is a signal.
#[cfg(target_os = "linux")]
#[test]
fn interrupted_at_the_question_says_that_nothing_was_sent() {
    let world = World::with_groups(&[]);
    let rows = (0..12).map(|number| format!("delete,u{number}@example.com\n"));
    world.write("a.csv", "action,email\n".to_owned() + &rows.collect::<String>());
    let bare = world.command(&[]);
    let mut script = Command::new("script");
    script.args([
        "-qec",
        &format!("exec '{}' import a.csv", env!("CARGO_BIN_EXE_umbulk")),
        "/dev/null",
    ]);
    script
        .current_dir(world.folder.path())
        .env_clear()
        .envs(bare.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut terminal = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut keys, mut screen) = (terminal.stdin.take().unwrap(), terminal.stdout.take().unwrap());
    let mut shown = Vec::new();
    while !String::from_utf8_lossy(&shown).contains("Type 12 to continue: ") {
        let mut byte = [0];
        assert_eq!(screen.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&shown));
        shown.push(byte[0]);
    }
    keys.write_all(b"\x03").unwrap();
    let mut rest = String::new();
    screen.read_to_string(&mut rest).unwrap();
    assert_eq!(terminal.wait().unwrap().code(), Some(2), "{rest:?}");
    let plain = rest.replace("\u{1b}[31m\u{1b}[1merror:\u{1b}[0m", "error:");
    assert!(plain.contains("\r\nerror: interrupted: nothing was sent\r\n"), "{rest:?}");
    assert_eq!(world.action_requests(), 0);
}

/// A run of 60 rows that was killed in its third request, and all files of its journal deleted.
fn killed_without_its_journal() -> World {
    let world = World::new(
        Directory::default(),
        SandboxOptions { latency: Duration::from_millis(100), ..SandboxOptions::default() },
    );
    world.write("a.csv", people(0..60));
    let mut child = started(&world, 3, &[]);
    child.kill().unwrap();
    child.wait().unwrap();
    delete_journal(&world);
    world
}

fn delete_journal(world: &World) {
    for ending in ["", "-wal", "-shm", "-mark", ".lock"] {
        let _ = std::fs::remove_file(world.path(&format!("{JOURNAL}{ending}")));
    }
}

fn refuses_and_says_why(world: &World) {
    let sent = world.action_requests();
    let run = world.umbulk(&["import", "a.csv"]);
    assert_eq!((run.status, world.action_requests()), (2, sent), "{run:?}");
    assert!(run.stderr.contains("a.results.csv is from an unfinished run"), "{run:?}");
    assert!(run.stderr.contains(JOURNAL) && run.stderr.contains("--fresh"), "{run:?}");
    assert!(!world.path(JOURNAL).exists(), "the next import must be refused, too");
}

#[test]
fn killed_run_without_its_journal_is_not_begun_anew() {
    let world = killed_without_its_journal();
    refuses_and_says_why(&world);
    refuses_and_says_why(&world);
    let fresh = world.umbulk(&["import", "a.csv", "--fresh"]);
    assert_eq!(fresh.status, 0, "{fresh:?}");
    assert_eq!(world.statuses("a.results.csv"), vec!["ok"; 60]);
    // Where the state folder is lost, the short results file is all that is left.
    let world = killed_without_its_journal();
    std::fs::remove_dir_all(world.path("state")).unwrap();
    refuses_and_says_why(&world);
}

#[test]
fn stopped_run_without_its_journal_is_not_begun_anew() {
    let world = World::new(
        Directory::default(),
        SandboxOptions { latency: Duration::from_millis(100), ..SandboxOptions::default() },
    );
    world.write("a.csv", people(0..60));
    let child = started(&world, 2, &[]);
    signal(&child, "-INT");
    assert_eq!(ended(child).status, 3);
    delete_journal(&world);
    std::fs::remove_dir_all(world.path("state")).unwrap();
    refuses_and_says_why(&world);
}

/// Journals may be deleted when a run is finished.
#[test]
fn finished_run_without_its_journal_keeps_nobody_from_importing() {
    let world = World::with_groups(&[]);
    assert_eq!(world.import("a.csv", people(0..3), &["--rows", "1-2"]).status, 0);
    delete_journal(&world);
    let again = world.umbulk(&["import", "a.csv"]);
    assert!(
        again.status == 0
            && again.stderr.contains("or from an import whose journal is missing: this run sends"),
        "{again:?}"
    );
    delete_journal(&world);
    // The file has grown, or is another.
    for rows in
        [people(0..5), people(7..9), people(0..1), "email\n".to_owned() + "a@example.com,\n"]
    {
        let run = world.import("a.csv", rows, &["--action", "create", "--default-country", "US"]);
        assert!(run.status <= 1, "{run:?}");
        delete_journal(&world);
    }
}
