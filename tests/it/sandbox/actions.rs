//! What commands on users do.

use super::guest::Guest;
use serde_json::json;

const STATE: &str = r#"{"group":"Design"}
{"group":"Photoshop","type":"PRODUCT_PROFILE","product":"Creative Cloud"}
{"email":"ann@example.com","type":"federatedID","username":"ann.l","firstname":"Ann","lastname":"Lee","country":"US","groups":["Design","_org_admin"]}
{"email":"bo@example.com","type":"enterpriseID","firstname":"Bo","lastname":"Ek","country":"SE"}
{"email":"cy@example.com","type":"adobeID","firstname":"Cy","lastname":"Oz"}
"#;

#[test]
fn a_user_is_created_once_and_the_options_touch_her_names_alone() {
    let guest = Guest::of(STATE);
    let create = |option: Option<&str>, first: &str| {
        let mut body = json!({ "email": "new@example.com", "firstname": first, "lastname":
            "Person", "country": "DE" });
        if let Some(option) = option {
            body["option"] = json!(option);
        }
        guest
            .user(
                "New@example.com",
                &json!([{ "createFederatedID": body }, { "add": { "group": ["design "] } }]),
            )
            .codes()
    };
    assert!(create(None, "Nina").is_empty());
    assert_eq!(create(None, "Nora"), ["0.0 error.user.already_in_org"]);
    assert!(create(Some("ignoreIfAlreadyExists"), "Nora").is_empty());
    assert_eq!(guest.sandbox.directory().user("new@example.com").unwrap().firstname, "Nina");
    assert!(create(Some("updateIfAlreadyExists"), "Nora").is_empty());
    let user = guest.sandbox.directory().user("NEW@EXAMPLE.COM").unwrap();
    assert_eq!((user.firstname.as_str(), user.country.as_str()), ("Nora", "DE"));
    assert_eq!(
        user.groups.into_iter().collect::<Vec<_>>(),
        ["Design"],
        "in the group's own spelling"
    );
}

#[test]
fn a_create_says_what_each_type_of_identity_needs() {
    let guest = Guest::of(STATE);
    let cases = [
        (
            json!({ "createFederatedID": { "email": "x@example.com", "lastname": "L", "country":
                "US" } }),
            "error.user.firstname_missing",
        ),
        (
            json!({ "createEnterpriseID": { "email": "x@example.com", "firstname": "F" } }),
            "error.user.lastname_missing",
        ),
        (
            json!({ "createFederatedID": { "email": "x@example.com", "firstname": "F", "lastname":
                "L" } }),
            "error.country.invalid",
        ),
        (
            json!({ "createFederatedID": { "email": "x@example.com", "firstname": "F", "lastname":
                "L", "country": "us" } }),
            "error.country.invalid",
        ),
        (
            json!({ "createFederatedID": { "email": "x@example.com", "firstname": "F", "lastname":
                "L", "country": "USA" } }),
            "error.command.string.too_long",
        ),
        (
            json!({ "createFederatedID": { "email": "x.example.com", "firstname": "F", "lastname":
                "L", "country": "US" } }),
            "error.user.email.invalid",
        ),
        (
            json!({ "createFederatedID": { "email": format!("{}@example.com", "x".repeat(60)),
                "firstname": "F", "lastname": "L", "country": "US" } }),
            "error.user.email.invalid",
        ),
        (
            json!({ "createFederatedID": { "email": "x@example.com", "firstname": "é".repeat(251),
                "lastname": "L", "country": "US" } }),
            "error.command.string.too_long",
        ),
        (
            json!({ "createEnterpriseID": { "email": "y@example.com", "firstname": "F", "lastname":
                "L" } }),
            "error.user.must_match_email",
        ),
        (json!({ "addAdobeID": { "email": "y@example.com" } }), "error.user.must_match_email"),
    ];
    for (step, code) in cases {
        assert_eq!(
            guest.user("x@example.com", &json!([step])).codes(),
            [format!("0.0 {code}")],
            "{step}"
        );
    }
    assert_eq!(guest.user(&"x".repeat(251), &json!([])).status, 400);
    assert!(
        guest
            .user(
                "x@example.com",
                &json!([{ "createEnterpriseID": { "email": "x@example.com",
                "firstname": "F", "lastname": "L" } }])
            )
            .codes()
            .is_empty()
    );
    assert!(
        guest
            .user("z@example.com", &json!([{ "addAdobeID": { "email": "z@example.com" } }]))
            .codes()
            .is_empty(),
        "Adobe IDs need no name"
    );
}

#[test]
fn an_adobe_id_and_another_user_may_share_an_email() {
    let guest = Guest::of(STATE);
    assert!(
        guest
            .user("ann@example.com", &json!([{ "addAdobeID": { "email": "ann@example.com" } }]))
            .codes()
            .is_empty()
    );
    assert_eq!(guest.sandbox.directory().user_count(), 4);
    let add = json!([{ "add": { "group": ["Photoshop"] } }]);
    guest.act(&json!([{ "user": "ann@example.com", "useAdobeID": true, "do": add }]));
    let read = |domain: &str| {
        guest
            .get(&format!(
                "organizations/{{org}}/users/ann@example.\
                            com?domain={domain}"
            ))
            .body["user"]
            .clone()
    };
    assert_eq!(
        (read("AdobeID")["type"].as_str(), &read("AdobeID")["groups"]),
        (Some("adobeID"), &json!(["Photoshop"]))
    );
    assert_eq!(
        (read("example.com")["type"].as_str(), &read("example.com")["groups"]),
        (Some("federatedID"), &json!(["Design", "_org_admin"]))
    );
    guest.user("ann@example.com", &json!([{ "removeFromOrg": {} }]));
    assert_eq!(
        guest.sandbox.directory().user("ann@example.com").unwrap().identity,
        umbulk::sandbox::Identity::Adobe
    );
}

#[test]
fn user_is_found_by_email_or_username_in_any_case() {
    let guest = Guest::of(STATE);
    let rename = |user: serde_json::Value| {
        let mut command = json!({ "do": [{ "update": { "firstname": "A" } }] });
        command.as_object_mut().unwrap().extend(user.as_object().unwrap().clone());
        guest.act(&json!([command])).codes()
    };
    assert!(rename(json!({ "user": "ANN@example.COM" })).is_empty());
    assert!(rename(json!({ "user": "Ann.L", "domain": "EXAMPLE.com" })).is_empty());
    assert_eq!(
        rename(json!({ "user": "ann.l", "domain": "example.org" })),
        ["0.0 error.user.nonexistent"]
    );
}

#[test]
fn email_like_username_identifies_only_in_its_create() {
    let guest = Guest::of(STATE);
    let create =
        json!({ "email": "di@example.com", "firstname": "Di", "lastname": "Ro", "country": "IT" });
    assert!(
        guest
            .user(
                "di@login.example",
                &json!([{ "createFederatedID": create }, { "add": { "group": ["Design"] } }])
            )
            .codes()
            .is_empty()
    );
    assert_eq!(
        guest.user("di@login.example", &json!([{ "remove": "all" }])).codes(),
        ["0.0 error.user.nonexistent"]
    );
    assert_eq!(
        guest.sandbox.directory().user("di@example.com").unwrap().username,
        "di@login.example"
    );
}

#[test]
fn an_update_changes_what_it_names_and_refuses_what_cannot_be() {
    let guest = Guest::of(STATE);
    let update = |user: &str, body: serde_json::Value| {
        guest.user(user, &json!([{ "update": body }])).codes()
    };
    assert_eq!(
        update("cy@example.com", json!({ "firstname": "C" })),
        ["0.0 error.update.adobeid.no"]
    );
    assert_eq!(
        update("ann@example.com", json!({ "email": "Ann@example.com" })),
        ["0.0 error.update.no"]
    );
    assert_eq!(
        update("ann@example.com", json!({ "email": "bo@example.com" })),
        ["0.0 error.user.email.name_in_use"]
    );
    assert_eq!(
        update("ann@example.com", json!({ "email": "ann" })),
        ["0.0 error.user.email.invalid"]
    );
    assert_eq!(
        update("bo@example.com", json!({ "username": "bo" })),
        ["0.0 error.update.username.no"]
    );
    assert_eq!(
        update("nobody@example.com", json!({ "firstname": "N" })),
        ["0.0 error.user.nonexistent"]
    );
    assert!(update("bo@example.com", json!({ "email": "bosse@example.com" })).is_empty());
    let changed = guest.sandbox.directory().user("bosse@example.com").unwrap();
    assert_eq!(
        (changed.username.as_str(), changed.firstname.as_str()),
        ("bosse@example.com", "Bo"),
        "the username follows the email"
    );
    assert!(guest.sandbox.directory().user("bo@example.com").is_none());
    assert!(
        guest
            .user(
                "dee@example.com",
                &json!([{ "createFederatedID": { "email": "dee@example.com", "firstname": "D",
                    "lastname": "E", "country": "FR" } }])
            )
            .codes()
            .is_empty()
    );
    assert_eq!(
        update("dee@example.com", json!({ "username": "ann.l" })),
        ["0.0 error.user.name_in_use"]
    );
}

#[test]
fn memberships_are_of_groups_profiles_and_roles_that_are_there() {
    let guest = Guest::of(STATE);
    let add =
        |name: &str| guest.user("bo@example.com", &json!([{ "add": { "group": [name] } }])).codes();
    for good in [
        "design",
        "Photoshop",
        "_support_admin",
        "_deployment_admin",
        "_admin_Design",
        "_admin_Photoshop",
        "_developer_Photoshop",
        "_product_admin_Creative Cloud",
    ] {
        assert!(add(good).is_empty(), "{good}: {:?}", add(good));
    }
    for (bad, code) in [
        ("Desing", "error.group.not_found"),
        ("_org_admin", "error.group.not_found"),
        ("_admin_Desing", "error.group.not_found"),
        ("_developer_Design", "error.developer.add_user.failed"),
        ("_product_admin_Nothing", "error.user.productadmin.group.not_found"),
    ] {
        assert_eq!(add(bad), [format!("0.0 {code}")], "{bad}");
    }
    let joined = guest.sandbox.directory().user("bo@example.com").unwrap().groups;
    assert_eq!(joined.len(), 8, "{joined:?}");
    assert!(
        guest
            .user(
                "bo@example.com",
                &json!([{ "remove": { "group": ["_admin_Design", "Photoshop"] } }])
            )
            .codes()
            .is_empty()
    );
    assert_eq!(guest.sandbox.directory().user("bo@example.com").unwrap().groups.len(), 6);
}

#[test]
fn remove_all_leaves_the_role_that_the_api_cannot_take_away() {
    let guest = Guest::of(STATE);
    assert!(guest.user("ann@example.com", &json!([{ "remove": "all" }])).codes().is_empty());
    assert_eq!(
        guest
            .sandbox
            .directory()
            .user("ann@example.com")
            .unwrap()
            .groups
            .into_iter()
            .collect::<Vec<_>>(),
        ["_org_admin"]
    );
}

#[test]
fn leaving_succeeds_also_for_somebody_who_was_never_there() {
    let guest = Guest::of(STATE);
    let response = guest.act(&json!([
        { "user": "stranger@example.com", "do": [{ "removeFromOrg": { "deleteAccount": true } }] },
        { "user": "ann@example.com", "do": [{ "removeFromOrg": { "deleteAccount": false } }] },
    ]));
    assert_eq!(
        (response.body["result"].as_str(), response.body["completed"].as_u64()),
        (Some("success"), Some(2))
    );
    assert!(response.body["errors"].is_null(), "absent when there are none");
    assert!(guest.sandbox.directory().user("ann@example.com").is_none());
}

#[test]
fn steps_before_a_refused_one_stay_done() {
    let guest = Guest::of(STATE);
    let response = guest.act(&json!([
        { "user": "bo@example.com", "requestID": "r1", "do": [{ "add": { "group": ["Design"] } },
            { "add": { "group": ["Nope"] } }, { "add": { "group": ["Photoshop"] } }] },
        { "user": "cy@example.com", "do": [{ "add": { "group": ["Design"] } }] },
    ]));
    let error = &response.body["errors"][0];
    assert_eq!(response.codes(), ["0.1 error.group.not_found"]);
    assert_eq!(
        (error["requestID"].as_str(), error["user"].as_str()),
        (Some("r1"), Some("bo@example.com"))
    );
    assert_eq!(
        (
            response.body["result"].as_str(),
            response.body["completed"].as_u64(),
            response.body["notCompleted"].as_u64()
        ),
        (Some("partial"), Some(1), Some(1))
    );
    assert_eq!(
        guest
            .sandbox
            .directory()
            .user("bo@example.com")
            .unwrap()
            .groups
            .into_iter()
            .collect::<Vec<_>>(),
        ["Design"]
    );
}

#[test]
fn commands_of_one_request_run_in_no_reliable_order() {
    let guest = Guest::of(STATE);
    let create = json!({ "createFederatedID": { "email": "e@example.com", "firstname": "E",
        "lastname": "F", "country": "US" } });
    let response = guest.act(&json!([
        { "user": "e@example.com", "do": [create] },
        { "user": "e@example.com", "do": [{ "add": { "group": ["Design"] } }] },
    ]));
    assert_eq!(response.codes(), ["1.0 error.user.nonexistent"]);
}

#[test]
fn test_mode_checks_and_changes_nothing_and_knows_nobody() {
    let guest = Guest::of(STATE);
    let before = guest.state();
    let create = json!({ "createFederatedID": { "email": "e@example.com", "firstname": "E",
        "lastname": "F", "country": "US" } });
    let response = guest.test(&json!([
        { "user": "e@example.com", "do": [create] },
        { "user": "e@example.com", "do": [create, { "add": { "group": ["Design"] } }] },
        { "user": "stranger@example.com", "do": [{ "update": { "firstname": "S" } }, { "add": {
            "group": ["Design"] } }] },
        { "user": "stranger@example.com", "do": [{ "add": { "group": ["Nope"] } }] },
        { "user": "ann@example.com", "do": [{ "createFederatedID": { "email": "ann@example.com",
            "firstname": "E", "lastname": "F", "country": "US" } }] },
        { "user": "bo@example.com", "do": [{ "removeFromOrg": {} }] },
    ]));
    assert_eq!(response.codes(), ["3.0 error.group.not_found", "4.0 error.user.already_in_org"]);
    assert_eq!(
        (
            response.body["completed"].as_u64(),
            response.body["completedInTestMode"].as_u64(),
            response.body["notCompleted"].as_u64()
        ),
        (Some(0), Some(4), Some(2))
    );
    assert_eq!(guest.state(), before);
}

#[test]
fn a_deprecated_key_works_and_is_warned_about() {
    let guest = Guest::of(STATE);
    let response = guest.act(&json!([{ "user": "bo@example.com", "requestID": "r", "do": [{ "add":
        { "product": ["Photoshop"] } }] }]));
    assert_eq!(response.body["result"], "success");
    let warning = &response.body["warnings"][0];
    assert_eq!(
        (warning["warningCode"].as_str(), warning["index"].as_u64(), warning["requestID"].as_str()),
        (Some("warning.command.deprecated"), Some(0), Some("r"))
    );
    assert!(guest.sandbox.directory().user("bo@example.com").unwrap().groups.contains("Photoshop"));
}

#[test]
fn claimed_and_trusted_domains_limit_creates_and_changes() {
    let guest = Guest::of(
        r#"{"domain":"example.com","users":"federatedID"}
{"domain":"example.org","users":"enterpriseID"}
{"domain":"partner.example","users":"trusted"}
{"email":"ann@example.com","type":"federatedID"}
{"email":"pat@partner.example","type":"federatedID"}
"#,
    );
    let create = |kind: &str, email: &str| {
        guest
            .user(
                email,
                &json!([{ kind: { "email": email, "firstname": "F", "lastname": "L",
            "country": "US" } }]),
            )
            .codes()
    };
    assert!(create("createFederatedID", "a@example.com").is_empty());
    assert!(create("createEnterpriseID", "a@example.org").is_empty());
    assert!(create("createFederatedID", "a@partner.example").is_empty());
    assert!(
        create("addAdobeID", "a@elsewhere.example").is_empty(),
        "Adobe IDs belong to their people"
    );
    assert_eq!(create("createEnterpriseID", "b@example.com"), ["0.0 error.user.type_mismatch"]);
    assert_eq!(create("createFederatedID", "b@example.org"), ["0.0 error.user.type_mismatch"]);
    assert_eq!(
        create("createFederatedID", "b@elsewhere.example"),
        ["0.0 error.domain.trust.nonexistent"]
    );
    let update = |user: &str, body: serde_json::Value| {
        guest.user(user, &json!([{ "update": body }])).codes()
    };
    assert_eq!(
        update("ann@example.com", json!({ "email": "ann@elsewhere.example" })),
        ["0.0 error.user.change_domain_update.no"]
    );
    assert_eq!(
        update("pat@partner.example", json!({ "firstname": "P" })),
        ["0.0 error.api.user.not.parent.org"]
    );
    assert!(
        guest.user("pat@partner.example", &json!([{ "removeFromOrg": {} }])).codes().is_empty()
    );
}

#[test]
fn numbers_may_be_written_as_strings() {
    let mut directory = umbulk::sandbox::Directory::default();
    directory.load(STATE.as_bytes()).unwrap();
    let guest = Guest::new(
        directory,
        umbulk::sandbox::SandboxOptions { numbers_as_strings: true, ..Default::default() },
    );
    let response = guest.user("nobody@example.com", &json!([{ "remove": "all" }]));
    assert_eq!(
        (&response.body["errors"][0]["index"], &response.body["errors"][0]["step"]),
        (&json!("0"), &json!("0"))
    );
}

#[test]
fn adobe_ids_keep_their_names() {
    let guest = Guest::of(STATE);
    let before = guest.state();
    let add = json!({ "email": "cy@example.com", "firstname": "New", "lastname": "Name", "option":
        "updateIfAlreadyExists" });
    assert!(guest.user("cy@example.com", &json!([{ "addAdobeID": add }])).codes().is_empty());
    assert_eq!(guest.state(), before);
    for update in [
        json!({ "firstname": "New" }),
        json!({ "email": "new@example.com" }),
        json!({ "username": "new" }),
    ] {
        assert_eq!(
            guest.user("cy@example.com", &json!([{ "update": update }])).codes(),
            ["0.0 error.update.adobeid.no"]
        );
    }
    assert_eq!(guest.state(), before);
}

#[test]
fn countries_are_those_that_are_assigned() {
    let guest = Guest::of(STATE);
    let create = |step: &str, number: usize, country: &str| {
        let email = format!("new{number}@example.com");
        let body = json!({ "email": email, "firstname": "N", "lastname": "N", "country": country });
        guest.user(&email, &json!([{ step: body }])).codes()
    };
    for (number, (step, country, good)) in [
        ("createFederatedID", "US", true),
        ("createFederatedID", "XX", false),
        ("createFederatedID", "ZZ", false),
        ("createFederatedID", "UK", false),
        ("createFederatedID", "UD", false),
        ("createFederatedID", "", false),
        ("createEnterpriseID", "UD", true),
        ("createEnterpriseID", "ud", false),
        ("createEnterpriseID", "XX", false),
        ("createEnterpriseID", "", true),
        ("addAdobeID", "UD", false),
        ("addAdobeID", "XX", false),
        ("addAdobeID", "", true),
    ]
    .into_iter()
    .enumerate()
    {
        let codes = create(step, number, country);
        assert_eq!(codes.is_empty(), good, "{step} {country}: {codes:?}");
        assert!(good || codes == ["0.0 error.country.invalid"], "{step} {country}: {codes:?}");
    }
}

/// Seen in the field: the command succeeds, no account comes, and the memberships go to the Adobe
/// ID.
#[test]
fn federated_create_over_an_adobe_id_may_make_no_account() {
    let mut directory = umbulk::sandbox::Directory::default();
    directory.load(STATE.as_bytes()).unwrap();
    directory.shadow_adobe_ids();
    let guest = Guest::new(directory, umbulk::sandbox::SandboxOptions::default());
    let create = json!({ "email": "cy@example.com", "firstname": "Cyrus", "lastname": "Oz",
        "country": "US", "option": "updateIfAlreadyExists" });
    let response = guest.user(
        "cy@example.com",
        &json!([{ "createFederatedID": create }, { "add": { "group": ["Design"] } }]),
    );
    assert_eq!(response.body["result"], "success", "{response:?}");
    assert_eq!(guest.sandbox.directory().user_count(), 3);
    let cy = guest.sandbox.directory().user("cy@example.com").unwrap();
    assert_eq!((cy.identity, cy.firstname.as_str()), (umbulk::sandbox::Identity::Adobe, "Cy"));
    assert!(cy.groups.contains("Design"));
}
