//! Somebody sets the clock between two runs.

use crate::world::World;
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, Limit, Limits, SandboxOptions};

const HOURS: i64 = 3 * 3_600_000;

fn people(file: &str) -> String {
    let rows = (0..100).map(|number| format!("{file}{number}@example.com,Ann,Lee,US\n"));
    format!("email,firstname,lastname,country\n{}", rows.collect::<String>())
}

/// Changes the sends that a run has left for the next one.
fn change_sends(world: &World, change: impl Fn(&mut serde_json::Map<String, serde_json::Value>)) {
    let mut changed = 0;
    for entry in std::fs::read_dir(world.path("state/umbulk")).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_string_lossy().starts_with("sends-") {
            continue;
        }
        let mut sends: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for send in sends["action"].as_array_mut().unwrap() {
            change(send.as_object_mut().unwrap());
            changed += 1;
        }
        std::fs::write(path, sends.to_string()).unwrap();
    }
    assert_eq!(changed, 10);
}

fn second_run_keeps_the_limit(change: impl Fn(&mut serde_json::Map<String, serde_json::Value>)) {
    let limits = Limits {
        action: Some(Limit { requests: 10, window: Duration::from_secs(2) }),
        ..Limits::default()
    };
    let world =
        World::new(Directory::default(), SandboxOptions { limits, ..SandboxOptions::default() });
    let first = world.import("a.csv", people("a"), &["--rate", "10/2s", "--json"]);
    assert_eq!(first.status, 0, "{first:?}");
    change_sends(&world, change);
    let began = Instant::now();
    let second = world.import("b.csv", people("b"), &["--rate", "10/2s", "--json"]);
    let summary: serde_json::Value = serde_json::from_str(&second.stdout).unwrap();
    assert_eq!((second.status, &summary["throttled"]), (0, &0.into()), "{second:?}");
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

fn shift(send: &mut serde_json::Map<String, serde_json::Value>, millis: i64) {
    let at = send["at"].as_i64().unwrap();
    send.insert("at".to_owned(), (at + millis).into());
}

#[test]
fn a_clock_set_back_neither_lifts_the_limit_nor_blocks() {
    second_run_keeps_the_limit(|send| shift(send, HOURS));
}

#[cfg(target_os = "linux")]
#[test]
fn a_clock_set_forward_does_not_lift_the_limit() {
    second_run_keeps_the_limit(|send| shift(send, -HOURS));
}

/// As after a restart of the computer, or where no other clock can be asked.
#[test]
fn sends_from_the_future_count_for_one_window() {
    second_run_keeps_the_limit(|send| {
        shift(send, HOURS);
        send.remove("boot");
    });
}
