//! Requests that are answered before they are carried out.

use super::guest::Guest;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use umbulk::sandbox::{InjectedFault, Mix};

const STATE: &str =
    "{\"group\":\"Design\"}\n{\"email\":\"ann@example.com\"}\n{\"email\":\"bo@example.com\"}\n";

fn add(user: &str) -> Value {
    json!([{ "user": user, "do": [{ "add": { "group": ["Design"] } }] }])
}

fn is_member(guest: &Guest, user: &str) -> bool {
    guest.sandbox.directory().user(user).unwrap().groups.contains("Design")
}

/// Waits until nothing is due any more.
fn wait_for_effects(guest: &Guest) {
    let start = Instant::now();
    while guest.sandbox.late() > 0 {
        assert!(start.elapsed() < Duration::from_secs(20), "late effects come");
        guest.wait(Duration::from_millis(5));
    }
}

#[test]
fn late_fault_answers_first_and_carries_out_later() {
    let guest = Guest::of(STATE);
    guest.sandbox.faults().next_actions([Some(InjectedFault::Late {
        status: 504,
        after: Duration::from_millis(80),
    })]);
    assert_eq!(guest.act(&add("ann@example.com")).status, 504);
    assert!(!is_member(&guest, "ann@example.com"));
    assert_eq!(guest.sandbox.late(), 1);
    wait_for_effects(&guest);
    assert!(is_member(&guest, "ann@example.com"));
}

#[test]
fn late_fault_with_status_0_cuts_the_connection() {
    let guest = Guest::of(STATE);
    guest
        .sandbox
        .faults()
        .next_actions([Some(InjectedFault::Late { status: 0, after: Duration::from_secs(3600) })]);
    assert!(guest.try_act(&add("ann@example.com")).is_err());
    assert!(!is_member(&guest, "ann@example.com"));
    // Anyone who cannot wait for an hour has it done at once.
    guest.sandbox.carry_out_late();
    assert!(is_member(&guest, "ann@example.com"));
    assert_eq!(guest.sandbox.late(), 0);
}

#[test]
fn late_effects_come_in_the_order_in_which_they_are_due() {
    let guest = Guest::of(STATE);
    let late = |milliseconds| {
        Some(InjectedFault::Late { status: 502, after: Duration::from_millis(milliseconds) })
    };
    // Created after an hour, deleted before: the creation wins.
    guest.sandbox.faults().next_actions([late(3_600_000), late(60_000)]);
    let create =
        json!({ "email": "cy@example.com", "firstname": "Cy", "lastname": "Ek", "country": "SE" });
    guest.user("cy@example.com", &json!([{ "createFederatedID": create }]));
    guest.user("cy@example.com", &json!([{ "removeFromOrg": {} }]));
    guest.sandbox.carry_out_late();
    assert!(guest.sandbox.directory().user("cy@example.com").is_some());
    // Of the same moment: the first that came is the first.
    guest.sandbox.faults().next_actions([late(0), late(0)]);
    guest.user("ann@example.com", &json!([{ "update": { "lastname": "One" } }]));
    guest.user("ann@example.com", &json!([{ "update": { "lastname": "Two" } }]));
    wait_for_effects(&guest);
    assert_eq!(guest.sandbox.directory().user("ann@example.com").unwrap().lastname, "Two");
}

#[test]
fn late_request_in_test_mode_changes_nothing() {
    let guest = Guest::of(STATE);
    guest
        .sandbox
        .faults()
        .next_actions([Some(InjectedFault::Late { status: 504, after: Duration::ZERO })]);
    assert_eq!(guest.test(&add("ann@example.com")).status, 504);
    wait_for_effects(&guest);
    assert!(!is_member(&guest, "ann@example.com"));
}

#[test]
fn late_trouble_carries_everything_out_after_a_504() {
    let guest = Guest::of(STATE);
    let mut mix = Mix::default();
    mix.set("late".parse().unwrap(), 1.0);
    guest.sandbox.faults().set_mix(mix);
    for user in ["ann@example.com", "bo@example.com"] {
        assert_eq!(guest.act(&add(user)).status, 504);
    }
    assert_eq!(
        guest.get("organizations/{org}/users/ann@example.com").status,
        504,
        "a read meets it too"
    );
    wait_for_effects(&guest);
    assert!(is_member(&guest, "ann@example.com") && is_member(&guest, "bo@example.com"));
}

#[test]
fn late_effects_are_forgotten_by_a_reset() {
    let guest = Guest::of(STATE);
    guest.sandbox.faults().next_actions([Some(InjectedFault::Late {
        status: 504,
        after: Duration::from_secs(3600),
    })]);
    guest.act(&add("ann@example.com"));
    assert_eq!(guest.control(reqwest::Method::POST, "reset", "").status, 200);
    assert_eq!(guest.sandbox.late(), 0);
}
