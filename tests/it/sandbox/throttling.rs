//! Who may ask how often, and who may ask at all.

use super::guest::{Guest, http};
use serde_json::json;
use std::time::Duration;
use umbulk::sandbox::{Directory, Limit, Limits, SandboxOptions};

fn limited(limits: Limits) -> Guest {
    let mut directory = Directory::default();
    directory.load("{\"group\":\"Design\"}\n{\"email\":\"ann@example.com\"}\n".as_bytes()).unwrap();
    Guest::new(
        directory,
        SandboxOptions {
            limits,
            more_clients: vec!["other".to_owned()],
            ..SandboxOptions::default()
        },
    )
}

fn hourly(requests: u32) -> Option<Limit> {
    Some(Limit { requests, window: Duration::from_secs(3600) })
}

#[test]
fn above_the_limit_a_call_is_refused_with_the_time_to_wait() {
    let mut guest = limited(Limits { action: hourly(2), ..Limits::default() });
    let act =
        |guest: &Guest| guest.user("ann@example.com", &json!([{ "add": { "group": ["Design"] } }]));
    assert_eq!([act(&guest).status, act(&guest).status], [200, 200]);
    let refused = act(&guest);
    assert_eq!(
        (refused.status, &refused.body),
        (429, &json!({ "error_code": "429050", "message": "Too many requests" }))
    );
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((3595..=3600).contains(&wait), "{wait}");
    assert_eq!(guest.get("users/{org}/0").status, 200, "another class of call");
    guest.sign_in_as("other");
    assert_eq!(act(&guest).status, 200, "another client");
}

#[test]
fn the_time_to_wait_may_be_a_date() {
    let limits = Limits { groups: hourly(1), ..Limits::default() };
    let guest = Guest::new(
        Directory::default(),
        SandboxOptions { limits, retry_after_date: true, ..SandboxOptions::default() },
    );
    guest.get("groups/{org}/0");
    assert!(guest.get("groups/{org}/0").header("retry-after").ends_with(" GMT"));
}

#[test]
fn page_0_asked_too_often_blocks_the_client() {
    let mut guest = limited(Limits::documented());
    assert_eq!(guest.get("users/{org}/0").status, 200);
    assert_eq!(guest.get("users/{org}/1").status, 200, "other pages are not meant");
    assert_eq!(guest.get("users/{org}/0/Design").status, 200, "nor the members of a group");
    let refused = guest.get("users/{org}/0");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!(refused.status == 429 && (2000..=3500).contains(&wait), "{} {wait}", refused.status);
    assert_eq!(guest.user("ann@example.com", &json!([{ "remove": "all" }])).status, 429);
    guest.sign_in_as("other");
    assert_eq!(guest.user("ann@example.com", &json!([{ "remove": "all" }])).status, 200);
}

#[test]
fn limits_can_be_changed_while_it_runs() {
    let guest = limited(Limits::default());
    let put = |body: &str| guest.control(reqwest::Method::PUT, "limits", body);
    assert_eq!(put(r#"{"action":{"requests":1,"milliseconds":3600000}}"#).status, 200);
    let act = || guest.user("ann@example.com", &json!([{ "remove": "all" }])).status;
    assert_eq!([act(), act()], [200, 429]);
    assert_eq!(put("{}").status, 200);
    assert_eq!(act(), 200);
    assert_eq!(put(r#"{"actions":null}"#).status, 400);
}

#[test]
fn token_key_and_organization_are_checked() {
    let mut guest = limited(Limits::default());
    assert_eq!(guest.ask_for_token("sandbox", "wrong").0, 401);
    assert_eq!(guest.ask_for_token("nobody", "sandbox-secret").0, 400);
    assert_eq!(guest.get("groups/12345@AdobeOrg/0").codes(), ["403 error.organization.invalid_id"]);
    let other_key = http()
        .build()
        .unwrap()
        .get(format!("{}/groups/x/0", guest.sandbox.url()))
        .header("x-api-key", "other");
    assert_eq!(guest.send(other_key).unwrap().codes(), ["403 403003"]);
    guest.sandbox.expire_tokens();
    assert_eq!(guest.get("groups/{org}/0").codes(), ["401 401013"]);
    guest.sign_in();
    assert_eq!(guest.get("groups/{org}/0").status, 200);
}
