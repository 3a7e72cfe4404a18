//! Several organizations at one address: each has its own client, people, limits and log.

use super::guest::Guest;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use umbulk::sandbox::{Directory, Limit, Limits, SandboxOptions};

const SECOND: &str = "00000000000000000002AAAA@AdobeOrg";

fn guest(limits: Limits) -> Guest {
    let mut directory = Directory::default();
    directory.load("{\"group\":\"Design\"}\n{\"email\":\"ann@example.com\"}\n".as_bytes()).unwrap();
    let options = SandboxOptions { organizations: 3, limits, ..SandboxOptions::default() };
    Guest::new(directory, options)
}

#[test]
fn each_organization_has_its_own_people_limits_and_log() {
    let hourly = Some(Limit { requests: 1, window: Duration::from_secs(3600) });
    let mut guest = guest(Limits { action: hourly, ..Limits::default() });
    let add = json!([{ "user": "ann@example.com", "do": [{ "add": { "group": ["Design"] } }] }]);
    let act = |guest: &Guest, organization: &str| {
        let url = format!("/v2/usermanagement/action/{organization}");
        guest.send(guest.request(Method::POST, &url).json(&add)).unwrap().status
    };
    let asked = |guest: &Guest, what: &str, organization: &str| {
        let path = format!("{what}?org={organization}");
        guest.control(Method::GET, &path, "").body.to_string()
    };
    let first = guest.sandbox.options().org_id.clone();
    let before = asked(&guest, "state", SECOND);
    assert_eq!([act(&guest, &first), act(&guest, &first)], [200, 429]);
    assert!(guest.state().contains("\"groups\":[\"Design\"]"), "{}", guest.state());
    assert_eq!(asked(&guest, "state", SECOND), before, "another organization is as it was");

    guest.sign_in_as("sandbox-2");
    assert_eq!(act(&guest, SECOND), 200, "each has its own limits");
    assert_eq!(asked(&guest, "state", SECOND), asked(&guest, "state", &first));
    assert_eq!(asked(&guest, "state", "00000000000000000003AAAA@AdobeOrg"), before);
    let log = asked(&guest, "log", SECOND);
    assert_eq!(log.matches("action").count(), 1, "{log}");
    assert_eq!(asked(&guest, "log", &first).matches("action").count(), 2);
}

#[test]
fn client_of_one_organization_has_no_rights_in_another() {
    let mut guest = guest(Limits::default());
    guest.sign_in_as("sandbox-2");
    let refused = guest.get("users/{org}/0");
    assert_eq!(refused.codes(), ["403 error.organization.invalid_id"]);
    let path = format!("users/{SECOND}/0");
    assert_eq!(guest.get(&path).status, 200);
    assert_eq!(guest.ask_for_token("sandbox-4", "sandbox-secret").0, 400);
}

#[test]
fn control_call_names_an_organization_that_is_there() {
    let guest = guest(Limits::default());
    let call = |method, path: &str, body: &str| guest.control(method, path, body).status;
    assert_eq!(call(Method::GET, "state?org=4@AdobeOrg", ""), 404);
    let path = format!("state?org={SECOND}");
    assert_eq!(call(Method::PUT, &path, "{\"group\":\"Video\"}\n"), 200);
    assert_eq!(guest.control(Method::GET, &path, "").body["group"], "Video");
    assert!(!guest.state().contains("Video"));
    let path = format!("reset?org={SECOND}");
    assert_eq!(call(Method::POST, &path, ""), 200);
    let path = format!("state?org={SECOND}");
    assert_eq!(guest.control(Method::GET, &path, "").body.to_string().matches("Video").count(), 0);
}
