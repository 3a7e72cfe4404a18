//! The files that hold a run together: where one is missing, nobody begins anew without a word.

use crate::resume::{ended, signal, started, started_at_rate};
use crate::world::World;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, SandboxOptions};

const LATENCY: Duration = Duration::from_millis(100);

const JOURNAL: &str = "a.00000000000000000000AAAAAdobeOrg.journal";

/// Renames: sent a second time, they would be refused.
fn renames() -> String {
    let rows = (0..60)
        .map(|number| format!("update,u{number}@example.com,n{number}@example.com,First,Last\n"));
    "action,email,new_email,firstname,lastname\n".to_owned() + &rows.collect::<String>()
}

/// A run that was killed after its third request.
fn killed() -> World {
    let mut directory = Directory::default();
    (0..60).for_each(|number| {
        directory.add_user(&crate::world::user(&format!("u{number}@example.com"), &[]));
    });
    let world =
        World::new(directory, SandboxOptions { latency: LATENCY, ..SandboxOptions::default() });
    world.write("a.csv", renames());
    let mut child = started_at_rate(&world, "action=1000/100ms,users=off,groups=off", 4, &[]);
    child.kill().unwrap();
    child.wait().unwrap();
    world
}

fn part(world: &World, ending: &str) -> PathBuf {
    world.path(&format!("{JOURNAL}{ending}"))
}

/// The same command sends nothing and says why; begun anew, it works.
fn is_refused(world: &World) {
    let sent = world.action_requests();
    let run = world.umbulk(&["import", "a.csv"]);
    assert_eq!((run.status, world.action_requests()), (2, sent), "{run:?}");
    assert!(run.stderr.contains(JOURNAL) && run.stderr.contains("--fresh"), "{}", run.stderr);
    // What was on its way to the server when the run was killed is carried out by now.
    let start = Instant::now();
    while start.elapsed() < LATENCY * 2 {
        std::thread::yield_now();
    }
    let row = (1..=60)
        .rfind(|row| world.groups_of(&format!("u{}@example.com", row - 1)).is_some())
        .unwrap();
    let fresh = world.umbulk(&["import", "a.csv", "--fresh", "--rows", &row.to_string()]);
    assert_eq!(fresh.status, 0, "{fresh:?}");
}

fn goes_on(world: &World) {
    let run = world.umbulk(&["import", "a.csv"]);
    assert_eq!(run.status, 0, "{run:?} {:?}", world.rows("a.results.csv"));
    assert!(run.stderr.contains("continues  "), "{}", run.stderr);
    assert_eq!(world.statuses("a.results.csv"), vec!["ok"; 60]);
}

#[test]
fn killed_run_with_all_its_files_goes_on() {
    let world = killed();
    assert!(part(&world, "-wal").is_file() && part(&world, "-mark").is_file());
    goes_on(&world);
    assert!(
        !part(&world, "-wal").exists()
            && !part(&world, "-mark").exists()
            && !part(&world, "-shm").exists()
    );
}

#[test]
fn journal_of_no_bytes_is_refused() {
    let world = killed();
    std::fs::write(part(&world, ""), "").unwrap();
    is_refused(&world);
    let world = killed();
    for ending in ["-wal", "-shm", "-mark"] {
        std::fs::remove_file(part(&world, ending)).unwrap();
    }
    std::fs::write(part(&world, ""), "").unwrap();
    is_refused(&world);
}

#[test]
fn journal_without_its_wal_is_refused() {
    let world = killed();
    std::fs::remove_file(part(&world, "-wal")).unwrap();
    is_refused(&world);
    let world = killed();
    std::fs::remove_file(part(&world, "-wal")).unwrap();
    std::fs::remove_file(part(&world, "-shm")).unwrap();
    let status = world.umbulk(&["status"]);
    assert!(status.status == 2 && status.stderr.contains("-wal"), "{status:?}");
    is_refused(&world);
}

#[test]
fn journal_whose_wal_is_cut_is_refused() {
    for keep in [0, 1, 2] {
        let world = killed();
        let wal = std::fs::OpenOptions::new().write(true).open(part(&world, "-wal")).unwrap();
        let len = wal.metadata().unwrap().len();
        wal.set_len(len * keep / 3).unwrap();
        is_refused(&world);
    }
}

#[test]
fn wal_without_its_journal_is_refused() {
    let world = killed();
    std::fs::remove_file(part(&world, "")).unwrap();
    is_refused(&world);
}

#[test]
fn journal_that_was_copied_alone_is_refused() {
    let world = killed();
    for ending in ["-wal", "-shm", "-mark"] {
        std::fs::remove_file(part(&world, ending)).unwrap();
    }
    is_refused(&world);
}

#[test]
fn wal_of_an_earlier_moment_is_refused() {
    let world = killed();
    let earlier = std::fs::read(part(&world, "-wal")).unwrap();
    let child = started(&world, 1, &[]);
    let mut child = child;
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::write(part(&world, "-wal"), earlier).unwrap();
    std::fs::remove_file(part(&world, "-shm")).unwrap();
    is_refused(&world);
}

#[test]
fn interrupted_run_needs_its_journal_alone() {
    let world = World::new(
        Directory::default(),
        SandboxOptions { latency: Duration::from_millis(100), ..SandboxOptions::default() },
    );
    let rows = (0..60).map(|number| format!("u{number}@example.com,Ann,Lee,US\n"));
    world.write(
        "a.csv",
        "email,firstname,lastname,country\n".to_owned() + &rows.collect::<String>(),
    );
    let child = started(&world, 2, &[]);
    signal(&child, "-INT");
    assert_eq!(ended(child).status, 3);
    for ending in ["-wal", "-shm", "-mark", ".lock", ".new"] {
        assert!(!part(&world, ending).exists(), "{ending}");
    }
    goes_on(&world);
}

#[test]
fn reading_a_killed_runs_journal_takes_nothing_from_it() {
    let world = killed();
    assert_eq!(world.umbulk(&["status", "a.csv"]).status, 0);
    assert_eq!(world.umbulk(&["import", "a.csv", "--if-exists", "error"]).status, 2);
    assert_eq!(world.umbulk(&["results", "a.csv"]).status, 0);
    assert!(part(&world, "-wal").is_file() && part(&world, "-mark").is_file());
    goes_on(&world);
}

#[test]
fn reading_a_finished_runs_journal_leaves_nothing_beside_it() {
    let world = World::with_groups(&[]);
    assert_eq!(
        world.import("a.csv", "email,firstname,lastname,country\na@x.com,Ann,Lee,US\n", &[]).status,
        0
    );
    for command in
        [&["status", "a.csv"][..], &["status"], &["results", "a.csv", "--results", "again.csv"]]
    {
        let run = world.umbulk(command);
        assert_eq!(run.status, 0, "{run:?}");
        assert!(!part(&world, "-wal").exists() && !part(&world, "-shm").exists(), "{command:?}");
    }
    // Anyone who puts the journal away begins anew.
    std::fs::remove_file(part(&world, "")).unwrap();
    std::fs::write(part(&world, "-wal"), "").unwrap();
    assert_eq!(world.umbulk(&["import", "a.csv"]).status, 0);
}
