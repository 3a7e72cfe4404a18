//! A 200 that refuses a command for an internal or external error, or because something is too
//! busy: the service may have carried it out, or may yet.

use crate::uncertain::pass;
use crate::world::{Run, World, user};
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const LATE: Duration = Duration::from_millis(500);
/// The last two say that nothing was done, which no document promises.
const CODES: [&str; 5] = [
    "error.internal.timeout",
    "error.external.removefromorg",
    "error.user.remove.timeout",
    "error.throttled_by_external_service",
    "error.api.not_available",
];

fn world(people: &[&str]) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    for person in people {
        directory.add_user(&user(person, &[]));
    }
    World::new(directory, SandboxOptions::default())
}

/// The first command is refused with this code at its first step, and carried out later.
fn refused_and_late(code: &str) -> Option<InjectedFault> {
    let error = format!(r#"{{"index":0,"step":0,"errorCode":"{code}","message":"timed out"}}"#);
    let body = format!(r#"{{"result":"error","completed":0,"notCompleted":1,"errors":[{error}]}}"#);
    Some(InjectedFault::LateWith {
        answer: Box::new(InjectedFault::Answer { status: 200, headers: Vec::new(), body }),
        after: LATE,
    })
}

fn import(world: &World, rows: &str, more: &[&str]) -> Run {
    world.import(
        "a.csv",
        format!("action,email,firstname,lastname,country,new_email\n{rows}"),
        more,
    )
}

#[test]
fn create_after_late_delete_leaves_the_user() {
    for code in CODES {
        let world = world(&["ann@example.com"]);
        world.sandbox.faults().next_actions([refused_and_late(code)]);
        let rows = "delete,ann@example.com,,,,\ncreate,ann@example.com,Ann,Lee,US,\n";
        let run = import(&world, rows, &["--effect-window", "1s"]);
        assert_eq!(
            (run.status, world.statuses("a.results.csv")),
            (0, vec!["ok".to_owned(); 2]),
            "{code}: {run:?}"
        );
        pass(LATE);
        assert!(
            world.groups_of("ann@example.com").is_some(),
            "{code}: both rows are ok, so she is there"
        );
    }
}

#[test]
fn create_in_a_later_file_waits_for_late_internal_error() {
    let world = world(&["ann@example.com"]);
    world.sandbox.faults().next_actions([refused_and_late("error.internal.timeout")]);
    world.write("a.csv", "action,email\ndelete,ann@example.com\n");
    world.write(
        "b.csv",
        "action,email,firstname,lastname,country\ncreate,ann@example.com,Ann,Lee,US\n",
    );
    for file in ["a.csv", "b.csv"] {
        let run = world.umbulk(&["import", file, "--effect-window", "1s"]);
        assert_eq!(run.status, 0, "{run:?}");
    }
    pass(LATE);
    assert!(world.groups_of("ann@example.com").is_some(), "both rows are ok, so she is there");
}

#[test]
fn rename_carried_out_after_an_internal_error_is_ok() {
    for code in CODES {
        let world = world(&["ann@example.com"]);
        world.sandbox.faults().next_actions([refused_and_late(code)]);
        let run = import(
            &world,
            "update,ann@example.com,,,,lee@example.com\n",
            &["--effect-window", "1s", "--max-attempts", "1"],
        );
        assert_eq!(
            (run.status, world.statuses("a.results.csv")),
            (0, vec!["ok".to_owned()]),
            "{code}: {run:?}"
        );
    }
}

/// Also a code that says that nothing was done keeps a row waiting that could collide, and no
/// other.
#[test]
fn rows_that_cannot_collide_do_not_wait() {
    for code in ["error.throttled_by_external_service", "error.internal.timeout"] {
        let world = world(&["ann@example.com"]);
        world.sandbox.faults().refuse_commands("ann@example.com", code, 1);
        let start = std::time::Instant::now();
        let rows = "delete,ann@example.com,,,,\ncreate,bob@example.com,Bob,Ray,US,\n\
                    update,bob@example.com,,,,ray@example.com\n";
        let run = import(&world, rows, &["--effect-window", "20s", "--concurrency", "1"]);
        assert_eq!(run.status, 0, "{code}: {run:?}");
        assert!(start.elapsed() < Duration::from_secs(10), "{code}: {:?}", start.elapsed());
    }
}
