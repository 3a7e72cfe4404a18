//! A run that waits for the limit of requests: what it has not sent is not counted as sent, neither
//! by `status`, nor after a kill, nor by another import.

use crate::world::{World, user};
use std::process::{Child, Stdio};
use umbulk::sandbox::{Directory, SandboxOptions};

/// Three requests, and then none for an hour.
const RATE: [&str; 2] = ["--rate", "action=3/1h"];
const HEAD: &str = "email,firstname,lastname,country,if_exists\n";

/// 70 rows that create people, all of whom the organization has.
fn world() -> (World, String) {
    let mut directory = Directory::default();
    let mut rows = HEAD.to_owned();
    for number in 0..70 {
        directory.add_user(&user(&format!("u{number}@example.com"), &[]));
        rows += &format!("u{number}@example.com,U,N,US,error\n");
    }
    (World::new(directory, SandboxOptions::default()), rows)
}

/// Starts an import, and waits until its first three requests have their responses.
fn at_the_limit(world: &World, rows: &str) -> Child {
    world.write("a.csv", rows);
    let args = [&["import", "a.csv"], &RATE[..]].concat();
    let mut child =
        world.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !world.umbulk(&["status", "a.csv"]).stdout.contains("30 failed") {
        assert!(child.try_wait().unwrap().is_none(), "it ended before");
    }
    child
}

#[test]
fn rows_that_wait_for_the_limit_are_not_in_flight() {
    let (world, rows) = world();
    let mut child = at_the_limit(&world, &rows);
    let status = world.umbulk(&["status", "a.csv", "--json"]).stdout;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    let (in_flight, uncertain) = (&status[0]["in_flight"], &status[0]["uncertain"]);
    assert_eq!((in_flight, uncertain), (&0.into(), &0.into()), "{status}");
    // Another import about the same people does not wait for them.
    let one = format!("{HEAD}u69@example.com,U,N,US,ignore\n");
    assert_eq!(world.import("b.csv", one, &["--rate", "off"]).status, 0);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn rows_that_waited_for_the_limit_at_a_kill_were_not_sent() {
    let (world, rows) = world();
    let mut child = at_the_limit(&world, &rows);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(world.action_requests(), 3);
    let status = world.umbulk(&["status", "a.csv"]).stdout;
    assert!(!status.contains("uncertain"), "{status}");
    let run = world.umbulk(&["import", "a.csv", "--rate", "off"]);
    assert_eq!((run.status, world.action_requests()), (1, 7), "{run:?}");
    assert_eq!(world.statuses("a.results.csv"), vec!["failed"; 70]);
    for row in world.rows("a.results.csv") {
        assert_eq!(row["umbulk_attempts"], "1", "{row:?}");
    }
}
