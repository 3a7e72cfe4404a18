//! The server's limits are kept, and used.

use crate::world::World;
use std::time::Duration;
use umbulk::sandbox::{Directory, Limit, Limits, SandboxOptions};

fn people(count: usize) -> String {
    let mut file = "email,firstname,lastname,country\n".to_owned();
    for number in 0..count {
        file += &format!("u{number}@example.com,Ann,Lee,US\n");
    }
    file
}

fn limited(latency: u64, window: u64) -> World {
    let limits = Limits {
        action: Some(Limit { requests: 10, window: Duration::from_millis(window) }),
        ..Limits::default()
    };
    World::new(
        Directory::default(),
        SandboxOptions {
            limits,
            latency: Duration::from_millis(latency),
            ..SandboxOptions::default()
        },
    )
}

#[test]
fn with_the_limit_known_the_server_never_complains() {
    let world = limited(0, 300);
    let run = world.import("a.csv", people(1200), &["--rate", "10/300ms", "--json"]);
    assert_eq!(run.status, 0, "{run:?}");
    let summary: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&summary["throttled"], &summary["requests"]), (&0.into(), &120.into()));
}

#[test]
fn run_under_a_lower_limit_slows_down_and_finishes() {
    let limits = Limits {
        action: Some(Limit { requests: 3, window: Duration::from_millis(200) }),
        ..Limits::default()
    };
    let world =
        World::new(Directory::default(), SandboxOptions { limits, ..SandboxOptions::default() });
    let run = world.import("a.csv", people(80), &["--rate", "10/200ms", "--json"]);
    assert_eq!(run.status, 0, "{run:?}");
    let summary: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(summary["throttled"].as_u64().unwrap() > 0);
    assert_eq!(world.sandbox.directory().users().count(), 80);
}

#[test]
fn a_second_run_on_the_same_machine_shares_the_limit() {
    let world = limited(0, 1500);
    for name in ["a.csv", "b.csv", "c.csv"] {
        let run = world.import(name, people(50), &["--rate", "10/1500ms", "--json"]);
        let summary: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.status, &summary["throttled"]), (0, &0.into()), "{run:?}");
    }
}

#[test]
fn a_hundred_users_wait_for_no_window() {
    let world = limited(0, 60_000);
    let began = std::time::Instant::now();
    let run = world.import("a.csv", people(100), &["--rate", "10/60s"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

#[test]
fn requests_have_ids_marks_and_an_honest_user_agent() {
    let world = limited(0, 1);
    world.import("a.csv", people(35), &["--concurrency", "1"]);
    let actions: Vec<_> = world
        .sandbox
        .traffic()
        .into_iter()
        .filter(|received| received.class == "action" && received.status == 200)
        .collect();
    let marks: Vec<Option<&str>> =
        actions.iter().map(|received| received.pragma.as_deref()).collect();
    assert_eq!(marks, [Some("umapi-sync-start"), None, None, Some("umapi-sync-end")]);
    let rows = world.rows("a.results.csv");
    assert_eq!(Some(&rows[0]["umbulk_request_id"]), actions[0].request_id.as_ref());
    assert_eq!(
        actions[0].user_agent.as_deref(),
        Some(concat!("umbulk/", env!("CARGO_PKG_VERSION")))
    );
}
