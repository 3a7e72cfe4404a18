//! Two processes at once, and processes one after the other: what one has yet to find out, another
//! waits for, whatever the clock says; and what it has asked before that is asked again.

use crate::world::{World, run, user};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const WINDOW: &str = "1500ms";
const LATE: Duration = Duration::from_millis(700);
const HEAD: &str = "action,group,new_name,email,new_email,groups,firstname,lastname,country\n";
const DELETE_G: &str = "delete-group,G,,,,,,,\n";

fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    directory.add_user(&user("kim@example.com", &[]));
    World::new(directory, SandboxOptions::default())
}

fn import(world: &World, file: &str, rows: &str) -> Command {
    world.write(file, format!("{HEAD}{rows}"));
    let mut command = world.command(&["import", file, "--yes"]);
    command.env("UMBULK_EFFECT_WINDOW", WINDOW);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Starts an import whose first request is carried out late, and waits until it is under way.
fn started(world: &World, file: &str, rows: &str) -> Child {
    world.sandbox.faults().next_actions([Some(InjectedFault::Late { status: 504, after: LATE })]);
    let child = import(world, file, rows).spawn().unwrap();
    while world.action_requests() < 1 {
        std::thread::yield_now();
    }
    child
}

fn killed(world: &World, file: &str, rows: &str) {
    let mut child = started(world, file, rows);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Two imports at once; the first one's request is carried out late.
fn both(first: &str, second: &str) -> World {
    let world = world();
    let mut child = started(&world, "a.csv", first);
    let second = run(&mut import(&world, "b.csv", second));
    let first = child.wait().unwrap();
    let outcomes = [world.outcomes("a.results.csv"), world.outcomes("b.results.csv")];
    assert_eq!((first.code(), second.status), (Some(0), 0), "{outcomes:?}");
    world
}

fn pass(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::thread::yield_now();
    }
}

#[test]
fn create_of_a_group_waits_until_another_process_knows_of_its_deletion() {
    for _ in 0..3 {
        let world = both(DELETE_G, "create-group,G,,,,,,,\n");
        assert!(world.sandbox.directory().group("G").is_some());
    }
}

#[test]
fn rename_waits_until_another_process_knows_of_its_own() {
    let world = both(
        "update,,,kim@example.com,k2@example.com,,,,\n",
        "update,,,k2@example.com,k3@example.com,,,,\n",
    );
    assert!(world.groups_of("k3@example.com").is_some());
}

fn new_people(number: usize) -> String {
    (0..number).map(|n| format!("create,,,n{n}@example.com,,G,Ann,Lee,US\n")).collect()
}

/// The group is there when the import asks, and gone when the rows may go: one account tells.
#[test]
fn group_that_may_be_deleted_late_is_tried_by_one_row() {
    for rows in [DELETE_G, "update-group,G,Z,,,,,,\n"] {
        let world = world();
        killed(&world, "a.csv", rows);
        let run = run(&mut import(&world, "b.csv", &new_people(15)));
        assert_eq!(run.status, 1, "{run:?}");
        let made = world.sandbox.directory().users().count() - 1;
        assert!(
            made <= 1,
            "{made} accounts without their group: {:?}",
            world.outcomes("b.results.csv")
        );
    }
}

/// Moves the time of day in what the first process has left by an hour.
fn set_clock_forward(world: &World) {
    const HOUR: i64 = 3_600_000;
    let folder = world.path("state").join("umbulk");
    let mut changed = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_string_lossy().starts_with("late-") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| {
            let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
            changed += 1;
            line["given_up"] = (line["given_up"].as_i64().unwrap() - HOUR).into();
            format!("{line}\n")
        });
        let text: String = lines.collect();
        std::fs::write(&path, text).unwrap();
    }
    assert!(changed > 0);
}

const DELETE_KIM: &str = "delete,,,kim@example.com,,,,,\n";
const CREATE_KIM: &str = "create,,,kim@example.com,,,Kim,Poe,US\n";

#[cfg(target_os = "linux")]
#[test]
fn clock_set_forward_ends_no_window_of_another_import() {
    let world = world();
    killed(&world, "a.csv", DELETE_KIM);
    set_clock_forward(&world);
    let run = run(&mut import(&world, "b.csv", CREATE_KIM));
    assert_eq!(run.status, 0, "{run:?}");
    pass(LATE);
    assert!(world.groups_of("kim@example.com").is_some(), "the row is ok, so she is there");
}

/// The times in the journal of an interrupted run are an hour earlier.
fn set_clock_forward_in_the_journal(world: &World) {
    let journal = std::fs::read_dir(world.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "journal"))
        .unwrap();
    let database = rusqlite::Connection::open(journal).unwrap();
    let shifted = |table: &str, column: &str| {
        let blank = format!("instr({column}, ' ')");
        let sql = format!(
            "UPDATE {table} SET {column} = (CAST(substr({column}, 1, {blank}) AS INTEGER) \
             - 3600000) || substr({column}, {blank}) WHERE {blank} > 0"
        );
        database.execute(&sql, []).unwrap()
    };
    assert!(shifted("late", "until") + shifted("progress", "doubtful") > 0);
}

#[cfg(target_os = "linux")]
#[test]
fn clock_set_forward_ends_no_window_of_a_resumed_run() {
    let world = world();
    let rows = format!("{DELETE_KIM}{CREATE_KIM}");
    let mut child = started(&world, "a.csv", &rows);
    while world.action_requests() < 2 {
        std::thread::yield_now();
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    child.wait().unwrap();
    set_clock_forward_in_the_journal(&world);
    let run = run(&mut import(&world, "a.csv", &rows));
    assert_eq!(run.status, 0, "{run:?}");
    pass(LATE);
    assert!(world.groups_of("kim@example.com").is_some(), "the row is ok, so she is there");
}
