//! Reads of one user or of one group's members, scripted.

use super::guest::Guest;
use serde_json::json;
use std::time::{Duration, Instant};
use umbulk::sandbox::InjectedFault;

const STATE: &str =
    "{\"group\":\"Design\"}\n{\"email\":\"ann@example.com\",\"groups\":[\"Design\"]}\n";
const USER: &str = "organizations/{org}/users/ann@example.com";
const MEMBERS: &str = "users/{org}/0/Design";

fn page(status: u16, body: &str) -> Option<InjectedFault> {
    Some(InjectedFault::Answer { status, headers: Vec::new(), body: body.to_owned() })
}

#[test]
fn scripted_reads_meet_what_a_test_has_written() {
    let guest = Guest::of(STATE);
    guest.sandbox.faults().next_reads([
        page(404, "<html><title>Not Found</title></html>"),
        page(200, "{}"),
        None,
        Some(InjectedFault::DoneBut(503)),
        Some(InjectedFault::Late { status: 504, after: Duration::ZERO }),
        Some(InjectedFault::Delay(Duration::from_millis(30))),
    ]);
    let gateway = guest.get(USER);
    assert!(
        gateway.status == 404
            && gateway.body.is_string()
            && gateway.header("content-type") == "text/html",
        "{gateway:?}"
    );
    let empty = guest.get(MEMBERS);
    assert!(empty.status == 200 && empty.body == json!({}), "{empty:?}");
    assert_eq!(guest.get(USER).body["user"]["email"], "ann@example.com");
    assert_eq!(guest.get(USER).status, 503);
    assert_eq!(guest.get(MEMBERS).status, 504);
    let start = Instant::now();
    assert_eq!(guest.get(MEMBERS).body["users"][0]["email"], "ann@example.com");
    assert!(start.elapsed() >= Duration::from_millis(30));
    assert_eq!(guest.sandbox.late(), 0, "a read has nothing to carry out");
}

#[test]
fn scripted_reads_may_cut_the_connection() {
    let guest = Guest::of(STATE);
    guest.sandbox.faults().next_reads([Some(InjectedFault::CutBefore)]);
    assert!(guest.try_get(USER).is_err());
    assert_eq!(guest.get(USER).status, 200);
}

#[test]
fn scripted_reads_leave_full_lists_and_actions_alone() {
    let guest = Guest::of(STATE);
    guest.sandbox.faults().next_reads([page(404, "")]);
    assert_eq!(guest.get("users/{org}/0").status, 200);
    assert_eq!(guest.get("groups/{org}/0").status, 200);
    assert_eq!(guest.user("ann@example.com", &json!([{ "remove": "all" }])).status, 200);
    assert_eq!(guest.get(USER).status, 404);
}
