//! Troubles by chance: each can be had, and the same seed gives the same ones.

use super::guest::{Guest, http};
use serde_json::json;
use umbulk::sandbox::{Directory, Mix, RandomFault, SandboxOptions};

const STATE: &str =
    "{\"group\":\"Design\"}\n{\"email\":\"ann@example.com\"}\n{\"email\":\"bo@example.com\"}\n";

fn troubled(troubles: &[(&str, f64)], seed: u64) -> Guest {
    let mut directory = Directory::default();
    directory.load(STATE.as_bytes()).unwrap();
    let mut mix = Mix::default();
    for (name, chance) in troubles {
        mix.set(name.parse().unwrap(), *chance);
    }
    Guest::new(directory, SandboxOptions { troubles: mix, seed, ..SandboxOptions::default() })
}

fn joins(guest: &Guest, user: &str) -> Option<(u16, Vec<String>)> {
    let response = guest
        .try_act(&json!([{ "user": user, "do": [{ "add": { "group": ["Design"] } }] }]))
        .ok()?;
    Some((response.status, response.codes()))
}

fn is_member(guest: &Guest, user: &str) -> bool {
    guest.sandbox.directory().user(user).unwrap().groups.contains("Design")
}

#[test]
fn troubles_before_the_call_is_carried_out_change_nothing() {
    for (name, status) in [
        ("429", 429),
        ("500", 500),
        ("502", 502),
        ("503", 503),
        ("504", 504),
        ("html", 502),
        ("token", 401),
        ("migrating", 403),
    ] {
        let guest = troubled(&[(name, 1.0)], 1);
        let response = joins(&guest, "ann@example.com").unwrap();
        assert_eq!(response.0, status, "{name}");
        assert!(!is_member(&guest, "ann@example.com"), "{name}");
    }
    for name in ["cut-before", "refuse"] {
        let guest = troubled(&[(name, 1.0)], 1);
        assert_eq!(joins(&guest, "ann@example.com"), None, "{name}");
        assert!(!is_member(&guest, "ann@example.com"), "{name}");
    }
}

#[test]
fn troubles_after_it_was_carried_out_hide_that() {
    for name in ["cut-after", "truncated"] {
        let guest = troubled(&[(name, 1.0)], 1);
        assert_eq!(joins(&guest, "ann@example.com"), None, "{name}");
        assert!(is_member(&guest, "ann@example.com"), "{name}");
    }
    let guest = troubled(&[("garbage", 1.0)], 1);
    let response = guest.user("ann@example.com", &json!([{ "add": { "group": ["Design"] } }]));
    assert!(response.status == 200 && response.body.is_string(), "{response:?}");
    assert!(is_member(&guest, "ann@example.com"));
}

#[test]
fn an_answer_that_never_comes_leaves_the_change_done() {
    let guest = troubled(&[("hang", 1.0)], 1);
    let impatient = http().timeout(std::time::Duration::from_millis(300)).build().unwrap();
    let url = format!("{}/action/{}", guest.sandbox.url(), SandboxOptions::default().org_id);
    let response =
        guest.send(impatient.post(url).json(
            &json!([{ "user": "ann@example.com", "do": [{ "add": { "group": ["Design"] } }] }]),
        ));
    assert!(response.unwrap_err().is_timeout());
    assert!(is_member(&guest, "ann@example.com"));
}

#[test]
fn after_a_refused_connection_the_port_answers_again() {
    let guest = troubled(&[("refuse", 1.0)], 1);
    assert_eq!(joins(&guest, "ann@example.com"), None);
    guest.sandbox.faults().set_mix(Mix::default());
    let again = std::iter::repeat_with(|| {
        guest.wait(std::time::Duration::from_millis(20));
        joins(&guest, "ann@example.com")
    });
    assert_eq!(again.take(100).flatten().next(), Some((200, Vec::new())));
}

#[test]
fn commands_fail_inside_a_200_for_server_reasons() {
    let guest = troubled(&[("external", 1.0)], 1);
    assert_eq!(
        joins(&guest, "ann@example.com"),
        Some((200, vec!["0.0 error.throttled_by_external_service".to_owned()]))
    );
    assert!(!is_member(&guest, "ann@example.com"));
    let guest = troubled(&[("internal", 1.0)], 1);
    let done: Vec<bool> = (0..40)
        .map(|number| {
            let name = format!("New {number}");
            let response = guest.group(&name, &json!([{ "createUserGroup": {} }]));
            assert_eq!(response.codes(), ["0.0 error.internal.exceptionflys"]);
            guest.sandbox.directory().group(&name).is_some()
        })
        .collect();
    assert!(
        done.contains(&true) && done.contains(&false),
        "an internal error says nothing about what was done"
    );
}

#[test]
fn a_command_that_shuns_company_sinks_every_request_but_its_own() {
    let guest = troubled(&[("company", 1.0)], 1);
    let add = |user: &str| json!({ "user": user, "do": [{ "add": { "group": ["Design"] } }] });
    assert_eq!(
        guest.act(&json!([add("ann@example.com"), add("bo@example.com")])).codes(),
        ["400 error.command.malformed"]
    );
    assert!(!is_member(&guest, "ann@example.com"));
    assert_eq!(joins(&guest, "ann@example.com"), Some((200, Vec::new())));
    assert!(is_member(&guest, "ann@example.com"));
}

#[test]
fn same_seed_gives_the_same_faults() {
    let met = |seed: u64| {
        let guest = troubled(&[("500", 0.3), ("429", 0.3), ("cut-after", 0.1)], seed);
        (0..60)
            .map(|_| joins(&guest, "ann@example.com").map(|response| response.0))
            .collect::<Vec<_>>()
    };
    assert_eq!(met(7), met(7));
    assert_ne!(met(7), met(8));
    assert!([Some(500), Some(429), Some(200), None].iter().all(|status| met(7).contains(status)));
}

#[test]
fn troubles_can_be_changed_while_it_runs() {
    let guest = troubled(&[], 1);
    let put = |body: &str| guest.control(reqwest::Method::PUT, "faults", body);
    assert_eq!(put(r#"{"503":1}"#).status, 200);
    assert_eq!(joins(&guest, "ann@example.com").unwrap().0, 503);
    assert_eq!(guest.control(reqwest::Method::GET, "faults", "").body, json!({ "503": 1.0 }));
    assert_eq!(put("{}").status, 200);
    assert_eq!(joins(&guest, "ann@example.com").unwrap().0, 200);
    let wrong = put(r#"{"5o3":1}"#);
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.body["message"].as_str().unwrap().contains("cut-after"),
        "the message lists the names: {wrong:?}"
    );
    assert_eq!(put(r#"{"503":2}"#).status, 400);
}

#[test]
fn every_trouble_has_a_name_that_reads_back() {
    for name in [
        "429",
        "500",
        "502",
        "503",
        "504",
        "refuse",
        "cut-before",
        "cut-after",
        "hang",
        "slow",
        "garbage",
        "truncated",
        "html",
        "token",
        "external",
        "internal",
        "company",
        "migrating",
        "late",
    ] {
        assert_eq!(name.parse::<RandomFault>().unwrap().name(), name);
    }
}
