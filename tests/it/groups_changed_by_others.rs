//! Groups that another import from this computer deletes, renames or creates between two starts of
//! a run: the rows that are left are checked by what is there now. Rows that were begun go on.

use crate::world::{Run, World, run, user};
use std::process::{Command, Stdio};
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country,groups,group,new_name\n";
const ROWS: &str = "add,bob@x.com,,,,G,,\nadd,ann@x.com,,,,G,,\ncreate,new@x.com,New,User,US,G,,\n";
/// The second row is begun while the first row of another group is left.
const CREATION_FIRST: &str =
    "create,new@x.com,New,User,US,G,,\nadd,ann@x.com,,,,H,,\nadd,bob@x.com,,,,G,,\n";
const DELETES: &str = "delete-group,,,,,,G,\n";
const RENAMES: &str = "update-group,,,,,,G,Art\n";
const UNKNOWN: &str = "invalid invalid.groups.unknown";

fn world(rows: &str) -> World {
    let mut directory = Directory::default();
    ["G", "H"].iter().for_each(|name| directory.add_group(&SandboxGroup::user_group(name)));
    ["ann@x.com", "bob@x.com"].iter().for_each(|name| directory.add_user(&user(name, &[])));
    let world = World::new(directory, SandboxOptions::default());
    world.write("a.csv", format!("{HEAD}{rows}"));
    world
}

fn import(world: &World, more: &[&str]) -> Command {
    let mut command = world.command(&[&["import", "a.csv"], more].concat());
    command.env("UMBULK_EFFECT_WINDOW", "100ms");
    command
}

fn imported(world: &World, more: &[&str]) -> Run {
    run(&mut import(world, more))
}

fn others(world: &World, rows: &str) {
    let other = world.import("b.csv", format!("{HEAD}{rows}"), &["--yes"]);
    assert_eq!(other.status, 0, "{other:?}");
}

fn has_new(world: &World) -> bool {
    world.groups_of("new@x.com").is_some()
}

fn questions_about_groups(world: &World) -> usize {
    world.sandbox.traffic().iter().filter(|received| received.class == "groups").count()
}

/// Kills an import once its first request is under way.
fn killed(world: &World, fault: InjectedFault, more: &[&str]) {
    world.sandbox.faults().next_actions([Some(fault)]);
    let before = world.action_requests();
    let mut command = import(world, more);
    command.env("UMBULK_RETRY_WAIT", "60s").stderr(Stdio::null()).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    while world.action_requests() == before {
        assert!(child.try_wait().unwrap().is_none(), "it has sent nothing");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn done() -> InjectedFault {
    InjectedFault::Late { status: 504, after: Duration::ZERO }
}

fn not_done() -> InjectedFault {
    InjectedFault::Answer { status: 504, headers: Vec::new(), body: String::new() }
}

#[test]
fn next_portion_finds_that_a_group_is_gone() {
    for change in [DELETES, RENAMES] {
        for has_lists in [false, true] {
            let world = world(ROWS);
            if has_lists {
                assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
            }
            let first = imported(&world, &["--rows", "1"]);
            assert_eq!(first.status, 0, "{first:?}");
            others(&world, change);
            let next = imported(&world, &["--rows", "2-"]);
            let outcomes = world.outcomes("a.results.csv");
            assert_eq!(outcomes, ["ok", UNKNOWN, UNKNOWN], "{change} {has_lists} {next:?}");
            assert_eq!(next.status, 1, "{next:?}");
            assert!(!has_new(&world), "{next:?}");
            let again = world.umbulk(&["results", "a.csv"]);
            assert_eq!(world.outcomes("a.results.csv"), outcomes, "{again:?}");
            let whole = imported(&world, &[]);
            assert_eq!(world.outcomes("a.results.csv"), outcomes, "{whole:?}");
        }
    }
}

#[test]
fn resumed_run_finds_that_a_group_is_gone() {
    for change in [DELETES, RENAMES] {
        let world = world(ROWS);
        killed(&world, not_done(), &["--rows", "1"]);
        others(&world, change);
        let resumed = imported(&world, &[]);
        let outcomes = world.outcomes("a.results.csv");
        assert_eq!(outcomes[1..], [UNKNOWN, UNKNOWN], "{change} {resumed:?}");
        assert!(!outcomes[0].starts_with("invalid"), "it was sent: {outcomes:?}");
        assert!(!has_new(&world), "{resumed:?}");
    }
}

/// The run itself has renamed the group, and the other import deletes it. One row finds that out.
#[test]
fn group_that_the_run_has_renamed_is_tried_by_one_row() {
    let creations: String =
        (0..20).map(|user| format!("create,u{user}@x.com,New,User,US,Art,,\n")).collect();
    let world = world(&format!("{RENAMES}{creations}"));
    assert_eq!(imported(&world, &["--rows", "1-2"]).status, 0);
    others(&world, "delete-group,,,,,,Art,\n");
    let next = imported(&world, &[]);
    let outcomes = world.outcomes("a.results.csv");
    let has = |outcome: &str| outcomes.iter().filter(|one| *one == outcome).count();
    assert_eq!(
        (has("ok"), has("failed error.group.not_found"), has(UNKNOWN)),
        (2, 1, 18),
        "{next:?}"
    );
    let there = (0..20).filter(|user| world.groups_of(&format!("u{user}@x.com")).is_some());
    assert_eq!(there.count(), 2, "{next:?}");
}

/// It was sent, so it is not called invalid.
#[test]
fn begun_row_goes_on_although_its_group_is_gone() {
    for rows in [CREATION_FIRST, "create,new@x.com,New,User,US,G,,\nadd,bob@x.com,,,,G,,\n"] {
        let world = world(rows);
        killed(&world, done(), &["--rows", "1"]);
        others(&world, DELETES);
        let resumed = imported(&world, &[]);
        let results = world.rows("a.results.csv");
        let (status, effect) = (&results[0]["umbulk_status"], &results[0]["umbulk_effect"]);
        assert!(has_new(&world), "{resumed:?}");
        assert_eq!((&**status, &**effect), ("failed", "created_or_exists"), "{resumed:?}");
        assert_eq!(world.outcomes("a.results.csv").last().unwrap(), UNKNOWN, "{resumed:?}");
    }
}

#[test]
fn next_portion_finds_a_group_that_was_made_meanwhile() {
    let world = world("add,bob@x.com,,,,G,,\nadd,ann@x.com,,,,New,,\nadd,bob@x.com,,,,New,,\n");
    let first = imported(&world, &["--rows", "1-2"]);
    assert_eq!(world.outcomes("a.results.csv")[1], UNKNOWN, "{first:?}");
    others(&world, "create-group,,,,,,New,\n");
    let next = imported(&world, &["--rows", "1,3"]);
    assert_eq!(world.statuses("a.results.csv")[2], "ok", "{next:?}");
}

/// Its own changes are not another import's: nothing is asked again.
#[test]
fn own_changes_of_groups_do_not_count() {
    let world = world("update-group,,,,,,G,Art\nadd,ann@x.com,,,,Art,,\nadd,bob@x.com,,,,Art,,\n");
    let first = imported(&world, &["--rows", "1-2"]);
    assert_eq!(first.status, 0, "{first:?}");
    let asked = questions_about_groups(&world);
    let whole = imported(&world, &[]);
    assert_eq!(world.statuses("a.results.csv"), ["ok", "ok", "ok"], "{whole:?}");
    assert_eq!(questions_about_groups(&world), asked, "{whole:?}");
}

/// Its group is gone, so that it would create a user in no group.
#[test]
fn begun_creation_that_was_not_done_is_not_sent_again() {
    for change in [DELETES, RENAMES] {
        let world = world(CREATION_FIRST);
        killed(&world, not_done(), &["--rows", "1"]);
        others(&world, change);
        let sent = world.action_requests();
        let resumed = imported(&world, &["--rows", "1"]);
        let outcomes = world.outcomes("a.results.csv");
        assert_eq!(outcomes[0], "failed error.group.not_found", "{change} {resumed:?}");
        let message = world.rows("a.results.csv")[0]["umbulk_message"].clone();
        assert!(message.contains("`G`") && message.contains("not sent again"), "{message}");
        assert_eq!((has_new(&world), world.action_requests()), (false, sent), "{resumed:?}");
    }
}

/// The group of the second file is made by the first one, and gone when the rest is sent. One row
/// finds that out.
#[test]
fn group_that_an_earlier_file_has_made_is_tried_by_one_row() {
    let makes = "create-group,,,,,,New,\n";
    let creations: String =
        (0..4).map(|user| format!("create,u{user}@x.com,New,User,US,New,,\n")).collect();
    for (first, gone) in [
        (makes, "delete-group,,,,,,New,\n"),
        (makes, "update-group,,,,,,New,Newer\n"),
        ("update-group,,,,,,G,New\n", "delete-group,,,,,,New,\n"),
    ] {
        for (begun, portion) in [
            (&["c.csv"][..], "1"),
            // The first file has ended.
            (&["c.csv"], "1-2"),
            (&[], "1"),
            (&[], "1-2"),
        ] {
            let world = world(&format!("{first}add,ann@x.com,,,,H,,\n"));
            world.write("c.csv", format!("{HEAD}{creations}"));
            let start = imported(&world, &[begun, &["--rows", portion]].concat());
            assert_eq!(start.status, 0, "{start:?}");
            others(&world, gone);
            let next = imported(&world, &["c.csv"]);
            let outcomes = world.outcomes("c.results.csv");
            let has = |status: &str| {
                outcomes.iter().filter(|outcome| outcome.starts_with(status)).count()
            };
            let case = format!("{first} {gone} {begun:?} {portion} {next:?}");
            assert!(has("failed") <= 1, "{case}");
            assert_eq!(has("ok") + has("failed") + has(UNKNOWN), 4, "{case}");
        }
    }
}
