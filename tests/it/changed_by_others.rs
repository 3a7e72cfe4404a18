//! What another import from this computer changes between two starts of a run that compares with a
//! list: the rows that are left are judged by what is known now, those before keep their outcomes.

use crate::world::{Run, World, run, user};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country,groups,group\n";
/// Bob joins a group; the list shows that Ann is in `G`, and Cy in `H`.
const ROWS: &str =
    "add,bob@example.com,,,,G,\nadd,ann@example.com,,,,G,\nadd,cy@example.com,,,,H,\n";
const COMPARES: &str = "--skip-unchanged";

fn world() -> World {
    let mut directory = Directory::default();
    ["G", "H", "K"].iter().for_each(|name| directory.add_group(&SandboxGroup::user_group(name)));
    directory.add_user(&user("ann@example.com", &["G"]));
    directory.add_user(&user("bob@example.com", &[]));
    directory.add_user(&user("cy@example.com", &["H"]));
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
    world.write("a.csv", format!("{HEAD}{ROWS}"));
    world
}

fn import(world: &World, more: &[&str]) -> Command {
    let mut command = world.command(&[&["import", "a.csv"], more].concat());
    command.env("UMBULK_EFFECT_WINDOW", "300ms");
    command
}

fn imported(world: &World, more: &[&str]) -> Run {
    run(&mut import(world, more))
}

/// Another import takes Ann out of `G`.
fn ann_leaves(world: &World) {
    let other = world.import("b.csv", format!("{HEAD}remove,ann@example.com,,,,G,\n"), &[]);
    assert_eq!(other.status, 0, "{other:?}");
    assert!(world.groups_of("ann@example.com").unwrap().is_empty());
}

/// Starts an import, and kills it once its first request is under way, which is carried out.
fn killed(world: &World, more: &[&str]) {
    let late = InjectedFault::Late { status: 504, after: Duration::from_millis(200) };
    world.sandbox.faults().next_actions([Some(late)]);
    let before = world.action_requests();
    let mut child =
        import(world, more).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    while world.action_requests() == before {
        assert!(child.try_wait().unwrap().is_none(), "it has sent nothing");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// `umbulk results` says the same as the run.
fn says_the_same_again(world: &World) {
    let said = world.outcomes("a.results.csv");
    let again = world.umbulk(&["results", "a.csv"]);
    assert_eq!(world.outcomes("a.results.csv"), said, "{again:?}");
}

#[test]
fn next_portion_sends_rows_of_people_changed_since_the_first() {
    let lists: [&[&str]; 2] = [&[COMPARES], &[COMPARES, "--against", "users.csv"]];
    for list in lists {
        let world = world();
        let exported = world.umbulk(&["export", "users", "--out", "users.csv"]);
        assert!(world.path("users.csv").exists(), "{exported:?}");
        let file = std::fs::File::options().write(true).open(world.path("users.csv")).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
        let first = imported(&world, &[list, &["--rows", "1"]].concat());
        assert_eq!(first.status, 0, "{first:?}");
        ann_leaves(&world);
        let next = imported(&world, &[list, &["--rows", "2-"]].concat());
        assert_eq!(next.status, 0, "{next:?}");
        assert!(next.stderr.contains("row 2") && next.stderr.contains("not compared"), "{next:?}");
        assert_eq!(world.statuses("a.results.csv"), ["ok", "ok", "unchanged"], "{next:?}");
        assert_eq!(world.groups_of("ann@example.com").unwrap(), ["G"]);
        says_the_same_again(&world);
    }
}

#[test]
fn resumed_run_sends_rows_of_people_changed_since_its_start() {
    let world = world();
    killed(&world, &[COMPARES]);
    ann_leaves(&world);
    let resumed = imported(&world, &[COMPARES]);
    assert_eq!(world.statuses("a.results.csv"), ["ok", "ok", "unchanged"], "{resumed:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["G"]);
    says_the_same_again(&world);
}

/// The first portion has found the row as it wants it. The other import came later, and counts.
#[test]
fn unchanged_row_of_a_finished_portion_stays_unchanged() {
    for rows in [&["2-"][..], &["3", "1-"], &["1", "3"]] {
        let world = world();
        let first = imported(&world, &[COMPARES, "--rows", "1-2"]);
        assert_eq!(first.status, 0, "{first:?}");
        ann_leaves(&world);
        for rows in rows {
            let next = imported(&world, &[COMPARES, "--rows", rows]);
            assert_eq!(next.status, 0, "{next:?}");
        }
        let whole = imported(&world, &[COMPARES]);
        assert_eq!(world.statuses("a.results.csv"), ["ok", "unchanged", "unchanged"], "{whole:?}");
        assert!(world.groups_of("ann@example.com").unwrap().is_empty(), "{whole:?}");
        says_the_same_again(&world);
    }
}

/// A row that was begun without a comparison goes on without one, and the other way round.
#[test]
fn begun_row_keeps_how_it_was_judged_when_the_run_is_killed_again() {
    let world = world();
    assert_eq!(imported(&world, &[COMPARES, "--rows", "1"]).status, 0);
    ann_leaves(&world);
    killed(&world, &[COMPARES, "--rows", "2-"]);
    let resumed = imported(&world, &[COMPARES]);
    assert_eq!(world.statuses("a.results.csv"), ["ok", "ok", "unchanged"], "{resumed:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["G"]);
    says_the_same_again(&world);
}

/// The list shows Cy in a group that the other import has deleted.
#[test]
fn row_of_a_group_that_was_deleted_since_is_sent() {
    let world = world();
    assert_eq!(imported(&world, &[COMPARES, "--rows", "1"]).status, 0);
    let other = world.import("b.csv", format!("{HEAD}delete-group,,,,,,H\n"), &["--yes"]);
    assert_eq!(other.status, 0, "{other:?}");
    let next = imported(&world, &[COMPARES, "--rows", "2-"]);
    let statuses = world.statuses("a.results.csv");
    assert!(statuses[2] == "failed" || statuses[2] == "invalid", "{statuses:?} {next:?}");
    assert_eq!(statuses[..2], ["ok", "unchanged"], "{next:?}");
}

/// The groups that people got since are unknown. Nothing is removed without a word.
#[test]
fn exact_groups_say_that_groups_got_since_stay() {
    let world = world();
    let rows = "bob@example.com,First,Last,US,G\nann@example.com,First,Last,US,G\n";
    world.write("a.csv", format!("email,firstname,lastname,country,groups\n{rows}"));
    let more = [COMPARES, "--exact-groups", "--manage-groups", "G", "--manage-groups", "K"];
    assert_eq!(imported(&world, &[&more[..], &["--rows", "1"]].concat()).status, 0);
    let other = world.import("b.csv", format!("{HEAD}add,ann@example.com,,,,K,\n"), &[]);
    assert_eq!(other.status, 0, "{other:?}");
    let refused = imported(&world, &[&more[..], &["--rows", "2"]].concat());
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(
        refused.stderr.contains("would not remove groups") && refused.stderr.contains("--fresh"),
        "{refused:?}"
    );
    let next = imported(&world, &[&more[..], &["--rows", "2", "--yes"]].concat());
    assert_eq!(next.status, 0, "{next:?}");
    assert!(next.stderr.contains("would not remove groups"), "{next:?}");
    assert_eq!(world.statuses("a.results.csv"), ["ok", "ok"], "{next:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["G", "K"]);
}

/// The other import has changed somebody whose rows are done.
#[test]
fn nobody_changed_since_means_no_word() {
    let world = world();
    assert_eq!(imported(&world, &[COMPARES, "--rows", "1"]).status, 0);
    let other = world.import("b.csv", format!("{HEAD}add,bob@example.com,,,,K,\n"), &[]);
    assert_eq!(other.status, 0, "{other:?}");
    let next = imported(&world, &[COMPARES, "--rows", "2-"]);
    assert!(!next.stderr.contains("not compared"), "{next:?}");
    assert_eq!(world.statuses("a.results.csv"), ["ok", "unchanged", "unchanged"], "{next:?}");
}
