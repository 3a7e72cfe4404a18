//! `--create-groups` goes the way of all rows: probed, bisected, and known to the rows and runs
//! after it.

use crate::uncertain::pass;
use crate::world::{Run, World, run};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use umbulk::sandbox::InjectedFault;

const LATE: Duration = Duration::from_millis(700);
const ROWS: &str = "email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,New\n";

fn import(world: &World, more: &[&str]) -> Command {
    world.write("a.csv", ROWS);
    let mut command = world.command(&["import", "a.csv", "--create-groups"]);
    command.args(more).env("UMBULK_EFFECT_WINDOW", "1200ms");
    command
}

fn groups(world: &World) -> Vec<String> {
    let mut names: Vec<String> =
        world.sandbox.directory().groups().map(|group| group.name.clone()).collect();
    names.sort();
    names
}

/// A second import, which deletes the group; nobody is asked whether it is there.
fn delete(world: &World) -> Run {
    world.write("b.csv", "action,group\ndelete-group,New\n");
    run(world
        .command(&["import", "b.csv", "--yes", "--check-groups", "never"])
        .env("UMBULK_EFFECT_WINDOW", "1200ms"))
}

#[test]
fn killed_creation_of_a_group_is_waited_for_by_later_imports() {
    let world = World::with_groups(&["A"]);
    world.sandbox.faults().next_actions([Some(InjectedFault::Late { status: 504, after: LATE })]);
    let mut child = import(&world, &[]).stderr(Stdio::null()).spawn().unwrap();
    while world.action_requests() < 1 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let deleted = delete(&world);
    assert_eq!(
        (deleted.status, world.statuses("b.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{deleted:?}"
    );
    pass(LATE);
    assert_eq!(groups(&world), ["A"], "the row is ok, so the group is gone");
}

#[test]
fn uncertain_creation_of_a_group_is_waited_for_by_its_rows() {
    let world = World::with_groups(&["A"]);
    world.sandbox.faults().next_actions([Some(InjectedFault::Late { status: 504, after: LATE })]);
    let start = Instant::now();
    let run = run(&mut import(&world, &["--progress", "plain"]));
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    assert!(start.elapsed() >= LATE, "{:?}", start.elapsed());
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["New"]);
}

#[test]
fn creation_of_groups_without_trouble_holds_up_nobody() {
    let world = World::with_groups(&["A"]);
    let start = Instant::now();
    let run = run(import(&world, &["--json"]).env("UMBULK_EFFECT_WINDOW", "20s"));
    assert_eq!(run.status, 0, "{run:?}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    // The head names the group; one object stands on standard output.
    assert_eq!(run.stdout.trim().lines().count(), 1, "{}", run.stdout);
}

#[test]
fn group_that_a_gateway_refuses_is_named_alone() {
    let world = World::with_groups(&["A"]);
    world.sandbox.faults().dislike("Select", 403, "<html>blocked</html>");
    world.write(
        "a.csv",
        "email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,\"B,C,Select,D\"\n",
    );
    let run = world.umbulk(&["import", "a.csv", "--create-groups"]);
    assert_eq!(run.status, 3, "{run:?}");
    assert!(
        run.stderr.contains("1 group could not be created: Select (http.403"),
        "{}",
        run.stderr
    );
    assert_eq!(
        (groups(&world).join(" "), world.groups_of("ann@example.com")),
        ("A B C D".to_owned(), None)
    );
}

#[test]
fn internal_error_of_a_creation_is_settled_by_a_repeat() {
    let world = World::with_groups(&["A"]);
    world.sandbox.faults().refuse_commands("New", "error.internal.create_failed", 2);
    let run = run(import(&world, &[]).env("UMBULK_EFFECT_WINDOW", "300ms"));
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
}
