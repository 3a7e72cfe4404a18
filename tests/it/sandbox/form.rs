//! What is not well formed sinks its whole request.

use super::guest::Guest;
use serde_json::{Value, json};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const STATE: &str = r#"{"group":"Design"}
{"email":"ann@example.com"}
"#;

/// A command that is fine, and must not be carried out beside one that is not.
fn good() -> Value {
    json!({ "user": "ann@example.com", "do": [{ "add": { "group": ["Design"] } }] })
}

#[track_caller]
fn sinks(guest: &Guest, bad: &Value, code: &str) {
    let response = guest.act(&json!([good(), bad]));
    assert_eq!(response.codes(), [format!("400 {code}")], "{bad}\n{response:?}");
    assert_eq!(response.body["result"], code);
    assert!(response.body["message"].is_string());
}

#[test]
fn one_command_that_is_not_well_formed_sinks_its_whole_request() {
    let guest = Guest::of(STATE);
    let user = |steps: Value| json!({ "user": "ann@example.com", "do": steps });
    let create =
        json!({ "email": "bo@example.com", "firstname": "Bo", "lastname": "Ek", "country": "SE" });
    let names = |count: usize| (0..count).map(|number| format!("G{number}")).collect::<Vec<_>>();
    let cases = [
        (json!("text"), "error.command.malformed"),
        (
            json!({ "do": [{ "add": { "group": ["Design"] } }] }),
            "error.command.user_usergroup.missing",
        ),
        (
            json!({ "user": " ", "do": [{ "remove": "all" }] }),
            "error.command.user_usergroup.missing",
        ),
        (json!({ "user": 7, "do": [{ "remove": "all" }] }), "error.command.string_expected"),
        (
            json!({ "user": "a@b.example", "requestID": 7, "do": [{ "remove": "all" }] }),
            "error.command.string_expected",
        ),
        (
            json!({ "user": "a@b.example", "useAdobeID": "yes", "do": [{ "remove": "all" }] }),
            "error.command.boolean_expected",
        ),
        (
            json!({ "user": "ann", "domain": 7, "do": [{ "remove": "all" }] }),
            "error.command.domain.string_expected",
        ),
        (json!({ "user": "ann", "do": [{ "remove": "all" }] }), "error.command.domain.missing"),
        (
            json!({ "user": "ann@example.com", "domain": "example.com", "do": [{ "remove": "all" }]
            }),
            "error.command.domain.must_be_used_with_nonemail_username",
        ),
        (
            json!({ "user": "ann@example.com", "also": 1, "do": [{ "remove": "all" }] }),
            "error.command.illegal_entry",
        ),
        (json!({ "user": "ann@example.com" }), "error.command.steps.malformed"),
        (user(json!([])), "error.command.steps.malformed"),
        (
            user(json!([{ "add": { "group": ["A"] }, "remove": "all" }])),
            "error.command.steps.malformed",
        ),
        (user(json!([{ "vanish": {} }])), "error.command.step.unknown"),
        (user(json!([{ "createUserGroup": {} }])), "error.command.step.unknown"),
        (
            user(json!([{ "createFederatedID": create }, { "createFederatedID": create }])),
            "error.command.create.more_than_one",
        ),
        (
            user(json!([{ "remove": "all" }, { "createFederatedID": create }])),
            "error.command.create.not_first",
        ),
        (user(json!([{ "createFederatedID": "text" }])), "error.command.create.object_expected"),
        (
            user(json!([{ "createFederatedID": { "email": 7 } }])),
            "error.command.create.string_expected",
        ),
        (
            user(json!([{ "createFederatedID": { "mail": "a" } }])),
            "error.command.create.key.unknown",
        ),
        (
            user(json!([{ "createFederatedID": { "email": "a@b.example", "option": "perhaps" } }])),
            "error.option.illegal",
        ),
        (user(json!([{ "update": { "country": "US" } }])), "error.update.country.no_update"),
        (
            user(json!([{ "update": { "lastname": "X", "option": "ignoreIfAlreadyExists" } }])),
            "error.command.update.option.no",
        ),
        (
            user(json!([{ "removeFromOrg": {} }, { "add": { "group": ["A"] } }])),
            "error.command.removefromorg.not_last",
        ),
        (
            user(json!([{ "removeFromOrg": { "deleteAccount": "yes" } }])),
            "error.command.boolean_expected",
        ),
        (user(json!([{ "removeFromOrg": { "really": true } }])), "error.command.object_not_empty"),
        (user(json!([{ "add": "all" }])), "error.command.add_remove.list"),
        (user(json!([{ "add": {} }])), "error.command.add_remove.missing_list"),
        (
            user(json!([{ "add": { "group": "Design" } }])),
            "error.command.add_remove.list_not_array",
        ),
        (user(json!([{ "add": { "group": [null] } }])), "error.group.invalid_list"),
        (user(json!([{ "add": { "team": ["A"] } }])), "error.command.add_remove.key.unknown"),
        (
            user(json!([{ "add": { "group": ["A", "a "] } }])),
            "error.command.add_remove.duplicate.group_list",
        ),
        (
            user(json!([{ "add": { "productConfiguration": ["A", "A"] } }])),
            "error.command.add_remove.duplicate.product_list",
        ),
        (
            user(json!([{ "add": { "group": names(11) } }])),
            "error.command.add_remove.list_too_long",
        ),
        (
            user(json!([{ "add": { "group": ["x".repeat(256)] } }])),
            "error.command.add_remove.group_or_product_name_too_long",
        ),
        (
            user(vec![json!({ "remove": "all" }); 11].into()),
            "error.command.add_remove.list_too_long",
        ),
        (
            json!({ "usergroup": "Design", "do": [{ "add": {} }] }),
            "error.usergroup.command.missing.arguments",
        ),
        (
            json!({ "usergroup": "Design", "do": [{ "add": { "user": ["a@b.example", "A@b.example"]
                } }] }),
            "error.command.add_remove.duplicate.user_list",
        ),
        (
            json!({ "usergroup": "Design", "do": [{ "add": { "user": names(6),
                "productConfiguration": names(5) } }] }),
            "error.command.add_remove.list_too_long",
        ),
        (
            json!({ "usergroup": "Design", "do": [{ "remove": "all" }] }),
            "error.command.add_remove.list",
        ),
        (
            json!({ "usergroup": "Design", "do": [{ "deleteUserGroup": { "now": true } }] }),
            "error.command.object_not_empty",
        ),
    ];
    for (bad, code) in cases {
        sinks(&guest, &bad, code);
    }
    assert!(
        guest.sandbox.directory().user("ann@example.com").unwrap().groups.is_empty(),
        "the good command was not carried out"
    );
}

#[test]
fn a_request_holds_one_to_ten_commands() {
    let guest = Guest::of(STATE);
    assert_eq!(guest.act(&json!([])).codes(), ["400 error.command.malformed"]);
    assert_eq!(
        guest.act(&json!({ "user": "ann@example.com" })).codes(),
        ["400 error.command.malformed"]
    );
    assert_eq!(guest.act(&vec![good(); 11].into()).codes(), ["400 error.command.malformed"]);
    assert_eq!(guest.act(&vec![good(); 10].into()).body["completed"], 10);
}

/// Whether the service refuses them is unknown; Adobe's own clients send both.
#[test]
fn empty_lists_and_updates_are_taken_unless_refused_on_purpose() {
    let user = |steps: Value| json!([{ "user": "ann@example.com", "do": steps }]);
    let empty = [
        (user(json!([{ "update": {} }])), "error.command.malformed"),
        (user(json!([{ "add": { "group": [] } }])), "error.group.invalid_list"),
        (
            user(json!([{ "remove": { "group": [], "productConfiguration": [] } }])),
            "error.group.invalid_list",
        ),
        (
            json!([{ "usergroup": "Design", "do": [{ "add": { "user": [] } }] }]),
            "error.group.invalid_list",
        ),
        (
            json!([{ "usergroup": "Design", "do": [{ "remove": { "productConfiguration": [] } }]
            }]),
            "error.group.invalid_list",
        ),
    ];
    let lenient = Guest::of(STATE);
    let before = lenient.state();
    let strict = Guest::new(
        lenient.sandbox.directory(),
        SandboxOptions { strict_empty: true, ..SandboxOptions::default() },
    );
    for (commands, code) in empty {
        assert_eq!(lenient.act(&commands).body["result"], "success", "{commands}");
        assert_eq!(strict.act(&commands).codes(), [format!("400 {code}")], "{commands}");
    }
    assert_eq!(lenient.state(), before);
    let steps = json!([{ "add": { "group": [] } }]);
    assert_eq!(
        lenient.user("nobody@example.com", &steps).codes(),
        ["0.0 error.user.nonexistent"],
        "the user is looked up all the same"
    );
}

/// A parser that keeps the last of two equal keys cannot see it: the bytes are looked at.
#[test]
fn list_named_twice_in_a_step_sinks_the_request() {
    let guest = Guest::of(STATE);
    let send = |body: &str| {
        guest
            .send(
                guest
                    .request(reqwest::Method::POST, "/v2/usermanagement/action/{org}")
                    .body(body.to_owned()),
            )
            .unwrap()
    };
    for (step, code) in [
        (r#"{"add":{"group":["Design"],"group":["Design"]}}"#, "group_list"),
        (r#"{"remove":{"group":[],"productConfiguration":[],"\u0067roup":[]}}"#, "group_list"),
        (r#"{"add":{"productConfiguration":["A"],"productConfiguration":["B"]}}"#, "product_list"),
        (r#"{"add":{"product":["A"],"product":["B"]}}"#, "product_list"),
    ] {
        let response = send(&format!(r#"[{},{{"user":"ann@example.com","do":[{step}]}}]"#, good()));
        assert_eq!(
            response.codes(),
            [format!("400 error.command.add_remove.duplicate.{code}")],
            "{step}"
        );
    }
    let response = send(
        r#"[{"usergroup":"Design","do":[{"add":{"user":["ann@example.com"],"user":["bo@example.com"]}}]}]"#,
    );
    assert_eq!(response.codes(), ["400 error.command.add_remove.duplicate.user_list"]);
    assert!(guest.sandbox.directory().user("ann@example.com").unwrap().groups.is_empty());
    // Two lists of one name in two steps are fine, and so are names that look like lists elsewhere.
    let response = send(
        r#"[{"user":"ann@example.com","do":[{"add":{"group":["Design"]}},{"remove":{"group":["Design"]}}]}]"#,
    );
    assert_eq!(response.body["completed"], 1, "{response:?}");
}

#[test]
fn user_group_command_takes_ten_memberships_a_step_or_in_all() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    (0..100).for_each(|number| {
        directory.add_user(&SandboxUser::assumed(&format!("u{number}@example.com"), None, false));
    });
    let step = |from: usize, count: usize| {
        json!({ "add": { "user":
        (from..from + count).map(|number| format!("u{number}@example.com")).collect::<Vec<_>>() }
            })
    };
    let command = |steps: Vec<Value>| json!([{ "usergroup": "Design", "do": steps }]);
    let wide = Guest::new(directory.clone(), SandboxOptions::default());
    assert_eq!(
        wide.act(&command((0..10).map(|place| step(place * 10, 10)).collect())).body["completed"],
        1
    );
    assert_eq!(wide.get("users/{org}/0/Design").header("x-total-count"), "100");
    assert_eq!(
        wide.act(&command(vec![step(0, 11)])).codes(),
        ["400 error.command.add_remove.list_too_long"]
    );
    assert_eq!(
        wide.act(&command((0..11).map(|place| step(place, 1)).collect())).codes(),
        ["400 error.command.add_remove.list_too_long"]
    );
    let narrow =
        Guest::new(directory, SandboxOptions { narrow_groups: true, ..SandboxOptions::default() });
    assert_eq!(
        narrow.act(&command(vec![step(0, 10), step(10, 1)])).codes(),
        ["400 error.command.add_remove.list_too_long"]
    );
    assert_eq!(narrow.act(&command(vec![step(0, 6), step(6, 4)])).body["completed"], 1);
}
