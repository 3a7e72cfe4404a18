//! A pause that the server asks for by the answer to a read holds up reads alone; what is waited
//! for is said at once.

use crate::world::{World, user};
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    for name in ["ann", "bob"] {
        directory.add_user(&user(&format!("{name}@example.com"), &[]));
    }
    World::new(directory, SandboxOptions::default())
}

fn throttled(seconds: u32) -> Option<InjectedFault> {
    let headers = vec![("retry-after".to_owned(), seconds.to_string())];
    let body = r#"{"error_code":"429050","message":"Too many requests"}"#.to_owned();
    Some(InjectedFault::Answer { status: 429, headers, body })
}

#[test]
fn long_pause_on_a_group_question_holds_up_no_change() {
    let world = world();
    world.sandbox.faults().next_reads([throttled(1800)]);
    let start = Instant::now();
    let run = world.import(
        "a.csv",
        "action,email,groups\nadd,ann@example.com,G\n",
        &["--progress", "plain"],
    );
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert!(
        run.stderr.contains("not checked: `G") && run.stderr.contains("wait 1800 s"),
        "{}",
        run.stderr
    );
}

#[test]
fn short_pause_on_a_group_question_is_named_and_waited_for() {
    let world = world();
    world.sandbox.faults().next_reads([throttled(1)]);
    let run = world.import(
        "a.csv",
        "action,email,groups\nadd,ann@example.com,G\n",
        &["--progress", "plain"],
    );
    assert_eq!(run.status, 0, "{run:?}");
    let (pause, head) = (
        run.stderr.find("asks for a pause of reads"),
        run.stderr.find("groups        1 named, it exists"),
    );
    assert!(pause.is_some() && pause < head, "{}", run.stderr);
}

#[test]
fn pause_on_a_probe_holds_up_its_row_alone() {
    let world = world();
    world.sandbox.faults().next_reads([throttled(1)]);
    let rows = "action,email,groups,new_email\nupdate,bob@example.com,,ray@example.com\n\
                add,ann@example.com,G,\n";
    let run = world.import("a.csv", rows, &["--check-groups", "never", "--progress", "plain"]);
    assert_eq!(run.status, 0, "{run:?}");
    let rows = world.rows("a.results.csv");
    assert!(rows[1]["umbulk_finished_at"] < rows[0]["umbulk_finished_at"], "{rows:?}");
}

#[test]
fn pause_on_an_action_still_holds_up_everything() {
    let world = world();
    world.sandbox.faults().next_actions([throttled(1)]);
    let run = world.import(
        "a.csv",
        "action,email,groups\nadd,ann@example.com,G\n",
        &["--progress", "plain"],
    );
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("the server asks for a pause until "), "{}", run.stderr);
}
