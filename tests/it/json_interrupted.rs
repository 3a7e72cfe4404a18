//! `import --json` tells by a code that somebody has ended the import, whenever that was.

use crate::resume::signal;
use crate::world::World;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, SandboxOptions};

/// More rows, and more groups, than fit in one request.
fn rows() -> String {
    let row = |n: usize| format!("u{n}@example.com,U,N{n},US,G{n}\n");
    "email,firstname,lastname,country,groups\n".to_owned() + &(0..25).map(row).collect::<String>()
}

/// The import is interrupted as soon as the server has seen this.
fn interrupted(
    world: &World,
    more: &[&str],
    has_come_so_far: impl Fn(&World) -> bool,
) -> (Option<i32>, serde_json::Value) {
    world.write("a.csv", rows());
    let mut import = world.command(&["import", "a.csv", "--json", "--concurrency", "1"]);
    let child: Child =
        import.args(more).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    while !has_come_so_far(world) {
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::yield_now();
    }
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

fn slow_world() -> World {
    World::new(
        Directory::default(),
        SandboxOptions { latency: Duration::from_millis(300), ..SandboxOptions::default() },
    )
}

#[test]
fn interruption_before_the_rows_has_its_code() {
    let world = slow_world();
    let (status, json) = interrupted(&world, &[], |world| {
        world.sandbox.traffic().iter().any(|received| received.class == "token")
    });
    assert_eq!(
        (status, &json["code"], &json["run"]),
        (Some(2), &"error.interrupted".into(), &serde_json::Value::Null),
        "{json}"
    );
}

#[test]
fn interruption_while_groups_are_created_has_its_code() {
    let world = slow_world();
    let (status, json) =
        interrupted(&world, &["--create-groups"], |world| world.action_requests() == 1);
    assert_eq!((status, &json["code"]), (Some(3), &"error.interrupted".into()), "{json}");
    assert!(json["error"].as_str().unwrap().contains("--create-groups: interrupted"), "{json}");
}

#[test]
fn interruption_of_the_rows_has_its_code() {
    let world = slow_world();
    let (status, json) =
        interrupted(&world, &["--check-groups", "never"], |world| world.action_requests() == 1);
    assert_eq!(
        (status, &json["code"], &json["error"]),
        (Some(3), &"error.interrupted".into(), &"interrupted".into()),
        "{json}"
    );
}
