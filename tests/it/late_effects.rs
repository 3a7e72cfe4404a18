//! What the service may still carry out of one import is known to every other import of the same
//! organization, whatever became of the process.

use crate::world::{Run, World, run, user};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country,groups\n";
const DELETE: &str = "delete,ann@example.com,,,,\n";
const CREATE: &str = "create,ann@example.com,Ann,Lee,US,\n";
/// Of runs that are not told another one.
const WINDOW: &str = "1200ms";

fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    directory.add_user(&user("ann@example.com", &[]));
    World::new(directory, SandboxOptions::default())
}

/// Runs an import of one file, and kills it once its first request is under way, which is carried
/// out late.
fn killed(world: &World, file: &str, rows: &str, late: Duration) {
    world.sandbox.faults().next_actions([Some(InjectedFault::Late { status: 504, after: late })]);
    // Its answer, if any, is that of the gateway: the process may be killed before or after it.
    world.write(file, format!("{HEAD}{rows}"));
    let mut child = import(world, file, &[]).stderr(Stdio::null()).spawn().unwrap();
    while world.action_requests() < 1 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn import(world: &World, file: &str, more: &[&str]) -> Command {
    let mut args = vec!["import", file];
    args.extend(more);
    let mut command = world.command(&args);
    command.env("UMBULK_EFFECT_WINDOW", WINDOW);
    command
}

fn imported(world: &World, file: &str, rows: &str, more: &[&str]) -> Run {
    world.write(file, format!("{HEAD}{rows}"));
    run(&mut import(world, file, more))
}

fn pass(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::thread::yield_now();
    }
}

/// The file in the state folder.
fn notes(world: &World) -> Vec<PathBuf> {
    let folder = world.path("state").join("umbulk");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    files
        .filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("late-"))
        })
        .collect()
}

const LATE: Duration = Duration::from_millis(700);

#[test]
fn create_in_another_import_waits_for_late_delete_of_killed_run() {
    let world = world();
    killed(&world, "a.csv", DELETE, LATE);
    let run = imported(&world, "b.csv", CREATE, &[]);
    assert_eq!(
        (run.status, world.statuses("b.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    pass(LATE);
    assert!(world.groups_of("ann@example.com").is_some(), "the row is ok, so she is there");
}

/// The same command again: its first file goes on by its journal, and the second must know what the
/// first has sent.
#[test]
fn second_file_of_the_same_command_waits_for_late_delete_of_the_first() {
    let world = world();
    world.write("b.csv", format!("{HEAD}{CREATE}"));
    world.sandbox.faults().next_actions([Some(InjectedFault::Late { status: 504, after: LATE })]);
    world.write("a.csv", format!("{HEAD}{DELETE}"));
    let mut child = import(&world, "a.csv", &["b.csv"]).stderr(Stdio::null()).spawn().unwrap();
    while world.action_requests() < 1 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let again = run(&mut import(&world, "a.csv", &["b.csv"]));
    assert_eq!(again.status, 0, "{again:?}");
    pass(LATE);
    assert!(world.sandbox.directory().user("ann@example.com").is_some(), "{again:?}");
}

/// The second file was imported alone in between: the deletion of the first, if it were sent again,
/// would take away what the second has done.
#[test]
fn open_row_is_not_repeated_after_another_import_of_the_same_user() {
    let rows = [
        (DELETE, CREATE),
        ("remove,ann@example.com,,,,G\n", "add,ann@example.com,,,,G\n"),
        ("remove-all,ann@example.com,,,,\n", "add,ann@example.com,,,,G\n"),
    ];
    for (first, second) in rows {
        let world = world();
        world.write("b.csv", format!("{HEAD}{second}"));
        let soon = InjectedFault::Late { status: 504, after: Duration::ZERO };
        world.sandbox.faults().next_actions([Some(soon)]);
        world.write("a.csv", format!("{HEAD}{first}"));
        let mut child = import(&world, "a.csv", &["b.csv"]).stderr(Stdio::null()).spawn().unwrap();
        while world.action_requests() < 1 {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let alone = run(&mut import(&world, "b.csv", &[]));
        assert_eq!(alone.status, 0, "{alone:?}");
        let groups = world.groups_of("ann@example.com");
        let sent = world.action_requests();
        let both = run(&mut import(&world, "a.csv", &["b.csv"]));
        assert_eq!((both.status, world.action_requests()), (1, sent), "{both:?}");
        assert_eq!(world.statuses("a.results.csv"), ["unknown"], "{both:?}");
        assert_eq!(world.statuses("b.results.csv"), ["ok"]);
        let message = &world.rows("a.results.csv")[0]["umbulk_message"];
        assert!(
            message.contains("another import") && message.contains("not sent again"),
            "{message}"
        );
        assert!(groups.is_some() && world.groups_of("ann@example.com") == groups, "{both:?}");
    }
}

/// What the open row wants holds in spite of the other import: a probe proves it.
#[test]
fn open_row_that_holds_is_ok_after_another_import_of_the_same_user() {
    let world = world();
    killed(&world, "a.csv", "add,ann@example.com,,,,G\n", Duration::ZERO);
    let other = imported(&world, "b.csv", "update,ann@example.com,Anna,,,\n", &[]);
    assert_eq!(other.status, 0, "{other:?}");
    let again = run(&mut import(&world, "a.csv", &[]));
    assert_eq!(
        (again.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{again:?}"
    );
}

#[test]
fn fresh_import_waits_for_late_delete_of_killed_run() {
    let world = world();
    killed(&world, "a.csv", DELETE, LATE);
    let run = imported(&world, "a.csv", CREATE, &["--fresh"]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    pass(LATE);
    assert!(world.groups_of("ann@example.com").is_some());
}

#[test]
fn import_after_a_finished_one_waits_for_its_late_delete() {
    // The first import hears 504, sends the deletion again, which is harmless, and is done before
    // the first sending is carried out.
    let world = world();
    world.sandbox.faults().next_actions([Some(InjectedFault::Late { status: 504, after: LATE })]);
    let first = imported(&world, "a.csv", DELETE, &["--yes"]);
    assert_eq!(
        (first.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{first:?}"
    );
    let run = imported(&world, "b.csv", CREATE, &[]);
    assert_eq!(
        (run.status, world.statuses("b.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    pass(LATE);
    assert!(world.groups_of("ann@example.com").is_some());
}

#[test]
fn rows_that_cannot_collide_are_not_held_up_by_killed_run() {
    let world = world();
    killed(&world, "a.csv", DELETE, LATE);
    let run = imported(
        &world,
        "b.csv",
        &format!("{CREATE}create,bob@example.com,Bob,Ray,US,G\n"),
        &["--progress", "plain"],
    );
    assert_eq!(run.status, 0, "{run:?}");
    let rows = world.rows("b.results.csv");
    assert!(rows[1]["umbulk_finished_at"] < rows[0]["umbulk_finished_at"], "{rows:?}");
    assert!(run.stderr.contains("earlier request"), "what is waited for is said: {}", run.stderr);
}

#[test]
fn another_organization_is_not_held_up_by_killed_run() {
    let world = world();
    killed(&world, "a.csv", DELETE, LATE);
    let other = World::new(
        Directory::default(),
        SandboxOptions { org_id: "2@AdobeOrg".to_owned(), ..SandboxOptions::default() },
    );
    other.write("b.csv", format!("{HEAD}{CREATE}"));
    let start = Instant::now();
    let run = run(import(&other, "b.csv", &["--effect-window", "20s"])
        .env("XDG_STATE_HOME", world.path("state")));
    assert_eq!(run.status, 0, "{run:?}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn garbage_in_the_notes_of_late_effects_harms_nothing() {
    let world = world();
    killed(&world, "a.csv", DELETE, LATE);
    let notes = notes(&world);
    let [path] = notes.as_slice() else { panic!("{notes:?}") };
    let own = std::fs::read(path).unwrap();
    std::fs::write(
        path,
        [b"\0\xff garbage\n{\"run\":1}\n[]\n".as_slice(), &own, b"{\"run\":7,\"requ"].concat(),
    )
    .unwrap();
    let run = imported(&world, "b.csv", CREATE, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    pass(LATE);
    assert!(world.groups_of("ann@example.com").is_some(), "what is whole counts all the same");
}

#[test]
fn import_without_trouble_holds_up_nobody_after_it() {
    let world = world();
    let first = imported(&world, "a.csv", DELETE, &["--yes"]);
    assert_eq!(first.status, 0, "{first:?}");
    let start = Instant::now();
    let run = imported(&world, "b.csv", CREATE, &["--effect-window", "20s"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn rename_that_is_proven_done_holds_up_nobody_after_it() {
    let world = world();
    world.sandbox.faults().next_actions([Some(InjectedFault::DoneBut(504))]);
    world.write("a.csv", "action,email,new_email\nupdate,ann@example.com,lee@example.com\n");
    let first = world.umbulk(&["import", "a.csv", "--effect-window", "20s"]);
    assert_eq!(
        (first.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{first:?}"
    );
    let start = Instant::now();
    let run = imported(&world, "b.csv", CREATE, &["--effect-window", "20s"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn zero_effect_window_keeps_and_heeds_no_notes() {
    let world = world();
    world.sandbox.faults().next_actions([Some(InjectedFault::Late { status: 504, after: LATE })]);
    world.write("a.csv", format!("{HEAD}{DELETE}"));
    assert_eq!(world.umbulk(&["import", "a.csv", "--yes"]).status, 0);
    assert!(notes(&world).is_empty());
    let world = self::world();
    killed(&world, "a.csv", DELETE, LATE);
    let run = imported(
        &world,
        "b.csv",
        "create,bob@example.com,Bob,Ray,US,G\n",
        &["--effect-window", "0"],
    );
    assert_eq!(run.status, 0, "{run:?}");
}

#[cfg(unix)]
#[test]
fn link_in_place_of_the_notes_is_not_followed() {
    let world = world();
    assert_eq!(imported(&world, "a.csv", "create,bob@example.com,Bob,Ray,US,G\n", &[]).status, 0);
    let notes = notes(&world);
    let [path] = notes.as_slice() else { panic!("{notes:?}") };
    let victim = world.write("victim", "untouched");
    std::fs::remove_file(path).unwrap();
    std::os::unix::fs::symlink(&victim, path).unwrap();
    let run = imported(&world, "b.csv", "create,cy@example.com,Cy,Poe,US,G\n", &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("a link"), "{}", run.stderr);
    assert_eq!(std::fs::read_to_string(victim).unwrap(), "untouched");
}
