//! A gateway answers a request that the API has carried out with a page of its own, and the run
//! ends before a control request has shown whom it refuses. Nobody knows then what was done: the
//! next start finds out.

use crate::resume::{ended, signal, started};
use crate::world::{Run, World, user};
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const HEAD: &str =
    "action,email,firstname,lastname,country,groups,new_email,group,new_name,users,if_exists\n";

fn page() -> InjectedFault {
    let body = "<html>blocked</html>".to_owned();
    InjectedFault::Answer { status: 406, headers: Vec::new(), body }
}

/// The first request is carried out and refused all the same, the second one is refused, and the
/// control request waits.
fn world() -> World {
    let mut directory = Directory::default();
    ["G", "H"].iter().for_each(|group| directory.add_group(&SandboxGroup::user_group(group)));
    directory.add_user(&user("kim@example.com", &["H"]));
    let world = World::new(directory, SandboxOptions::default());
    world.sandbox.faults().next_actions([
        Some(InjectedFault::DoneWith(Box::new(page()))),
        Some(page()),
        Some(InjectedFault::Delay(Duration::from_secs(2))),
    ]);
    world
}

const FLAGS: [&str; 3] = ["--allow-admins", "--check-groups", "never"];

/// An import of a row that ends once both requests are answered, mostly with the control request in
/// flight.
fn ended_at_the_control_request(world: &World, row: &str, signal_name: &str) -> Run {
    world.write("a.csv", format!("{HEAD}{row}\n"));
    let child = started(world, 2, &FLAGS);
    signal(&child, signal_name);
    ended(child)
}

fn goes_on(world: &World) -> Run {
    let mut args = vec!["import", "a.csv"];
    args.extend(FLAGS);
    world.umbulk(&args)
}

/// Commands that may go again, and what they come to.
const ROWS: [(&str, &str); 7] = [
    ("delete,kim@example.com,,,,,,,,,", "removed"),
    ("delete-account,kim@example.com,,,,,,,,,", "removed+account_deleted"),
    ("remove-all,kim@example.com,,,,,,,,,", "left_all"),
    ("remove,kim@example.com,,,,H,,,,,", "left:1"),
    ("add,kim@example.com,,,,G,,,,,", "joined:1"),
    ("create,new@example.com,Ann,Lee,US,G,,,,,", "created_or_exists+joined:1"),
    // The repeat finds her there already, by the request before it.
    ("update-group,,,,,,,G,,kim@example.com,", "joined:1"),
];

/// The server ends only after it has answered the control request: the rows are tried at the same
/// time.
fn each_row(check: impl Fn(&str, &str) + Sync) {
    std::thread::scope(|threads| {
        for (row, effect) in ROWS {
            let check = &check;
            threads.spawn(move || check(row, effect));
        }
    });
}

#[test]
fn row_refused_by_a_gateway_before_a_kill_is_ok_afterwards() {
    each_row(|row, effect| {
        let world = world();
        ended_at_the_control_request(&world, row, "-KILL");
        let again = goes_on(&world);
        let rows = world.rows("a.results.csv");
        assert_eq!(
            (again.status, &*rows[0]["umbulk_status"], &*rows[0]["umbulk_effect"]),
            (0, "ok", effect),
            "{row}: {rows:?} {again:?}"
        );
        assert!(again.stderr.contains("uncertain     1 row"), "{row}: {}", again.stderr);
    });
}

#[test]
fn row_refused_by_a_gateway_before_an_interrupt_is_unknown() {
    each_row(|row, effect| {
        let world = world();
        let run = ended_at_the_control_request(&world, row, "-INT");
        let rows = world.rows("a.results.csv");
        assert_eq!(
            (run.status, &*rows[0]["umbulk_status"], &*rows[0]["umbulk_attempts"]),
            (3, "unknown", "2"),
            "{row}: {run:?}"
        );
        assert_eq!(goes_on(&world).status, 0, "{row}");
        let rows = world.rows("a.results.csv");
        assert_eq!(
            (&*rows[0]["umbulk_status"], &*rows[0]["umbulk_effect"]),
            ("ok", effect),
            "{row}: {rows:?}"
        );
    });
}

/// Two rows of one request: its halves are on their way when the run is killed.
#[test]
fn rows_of_a_bisected_request_are_uncertain_after_a_kill() {
    let world = world();
    let rows = "delete,kim@example.com,,,,,,,,,\nadd,lou@example.com,,,,G,,,,,";
    world.write("a.csv", format!("{HEAD}{rows}\n"));
    let mut child = started(&world, 2, &FLAGS);
    child.kill().unwrap();
    child.wait().unwrap();
    let again = goes_on(&world);
    assert_eq!(world.outcomes("a.results.csv")[0], "ok", "{again:?}");
    assert_eq!(world.rows("a.results.csv")[0]["umbulk_effect"], "removed");
}

/// Nothing reaches the API: the rows are not sent, and the next start does not ask what became of
/// them.
#[test]
fn rows_behind_a_gateway_that_refuses_everything_are_not_sent() {
    let world = World::new(Directory::default(), SandboxOptions::default());
    world.sandbox.faults().next_actions(std::iter::repeat_n(Some(page()), 3));
    let row = "create,new@example.com,Ann,Lee,US,,,,,,";
    let run = world.import("a.csv", format!("{HEAD}{row}\n"), &FLAGS);
    assert_eq!((run.status, world.outcomes("a.results.csv")[0].as_str()), (2, "not_sent"));
    let again = goes_on(&world);
    assert_eq!((again.status, world.outcomes("a.results.csv")[0].as_str()), (0, "ok"), "{again:?}");
    assert!(!again.stderr.contains("uncertain"), "{}", again.stderr);
}
