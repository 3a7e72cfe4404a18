//! What commands on user groups do.

use super::guest::Guest;
use serde_json::json;

const STATE: &str = r#"{"group":"Design","description":"all of it"}
{"group":"Photoshop","type":"PRODUCT_PROFILE","product":"Creative Cloud"}
{"group":"Shared","readOnly":true}
{"email":"ann@example.com","groups":["Design","_admin_Design"]}
{"email":"bo@example.com","groups":["Shared"]}
"#;

#[test]
fn a_group_is_created_once_and_an_option_describes_it_anew() {
    let guest = Guest::of(STATE);
    let create = |name: &str, body: serde_json::Value| {
        guest.group(name, &json!([{ "createUserGroup": body }])).codes()
    };
    assert!(create("New", json!({ "description": "one" })).is_empty());
    assert_eq!(create("new", json!({})), ["0.0 error.usergroup.already_exists"]);
    assert!(
        create("new", json!({ "option": "ignoreIfAlreadyExists", "description": "two" }))
            .is_empty()
    );
    assert_eq!(guest.sandbox.directory().group("New").unwrap().description, "one");
    assert!(
        create("NEW", json!({ "option": "updateIfAlreadyExists", "description": "two" }))
            .is_empty()
    );
    assert_eq!(guest.sandbox.directory().group("New").unwrap().description, "two");
    assert_eq!(create("_mine", json!({})), ["0.0 error.group.invalid_name"]);
    assert_eq!(create(&"x".repeat(256), json!({})), ["0.0 error.command.string.too_long"]);
}

#[test]
fn a_renamed_group_keeps_its_members_and_its_roles() {
    let guest = Guest::of(STATE);
    assert!(
        guest
            .group(
                "design",
                &json!([{ "updateUserGroup": { "name": "Studio", "description": "new" } }])
            )
            .codes()
            .is_empty()
    );
    let ann = guest.sandbox.directory().user("ann@example.com").unwrap();
    assert_eq!(ann.groups.into_iter().collect::<Vec<_>>(), ["Studio", "_admin_Studio"]);
    assert_eq!(
        guest.group("Design", &json!([{ "updateUserGroup": { "description": "x" } }])).codes(),
        ["0.0 error.usergroup.not_found"]
    );
    assert_eq!(
        guest.group("Studio", &json!([{ "updateUserGroup": { "name": "Shared" } }])).codes(),
        ["0.0 error.usergroup.already_exists"]
    );
    assert!(
        guest
            .group("Studio", &json!([{ "updateUserGroup": { "name": "STUDIO" } }]))
            .codes()
            .is_empty(),
        "its own name in other letters"
    );
}

#[test]
fn the_steps_behind_a_rename_mean_the_same_group() {
    let guest = Guest::of(STATE);
    let steps = json!([{ "updateUserGroup": { "name": "Studio" } }, { "add": { "user":
        ["bo@example.com"] } }]);
    assert!(guest.group("Design", &steps).codes().is_empty());
    assert!(guest.sandbox.directory().user("bo@example.com").unwrap().groups.contains("Studio"));
}

#[test]
fn a_deleted_group_leaves_nothing_behind() {
    let guest = Guest::of(STATE);
    assert!(guest.group("Design", &json!([{ "deleteUserGroup": {} }])).codes().is_empty());
    assert!(guest.sandbox.directory().user("ann@example.com").unwrap().groups.is_empty());
    assert_eq!(
        guest.user("ann@example.com", &json!([{ "add": { "group": ["_admin_Design"] } }])).codes(),
        ["0.0 error.group.not_found"]
    );
    assert_eq!(
        guest.group("Design", &json!([{ "deleteUserGroup": {} }])).codes(),
        ["0.0 error.usergroup.not_found"]
    );
}

#[test]
fn several_deletions_in_one_request_fail() {
    let guest = Guest::of(STATE);
    guest.group("Other", &json!([{ "createUserGroup": {} }]));
    let delete = |name: &str| json!({ "usergroup": name, "do": [{ "deleteUserGroup": {} }] });
    let response = guest.act(&json!([delete("Design"), delete("Other")]));
    assert_eq!(
        response.codes(),
        ["0.0 error.usergroup.update.failed", "1.0 error.usergroup.update.failed"]
    );
}

#[test]
fn members_and_profiles_of_a_user_group_are_added_and_removed() {
    let guest = Guest::of(STATE);
    let step = |name: &str, body: serde_json::Value| {
        guest.group("Design", &json!([{ name: body }])).codes()
    };
    assert!(
        step("add", json!({ "user": ["bo@example.com"], "productConfiguration": ["photoshop"] }))
            .is_empty()
    );
    assert_eq!(
        guest.sandbox.directory().group("Design").unwrap().profiles.into_iter().collect::<Vec<_>>(),
        ["Photoshop"]
    );
    assert!(guest.sandbox.directory().user("bo@example.com").unwrap().groups.contains("Design"));
    assert!(
        step(
            "remove",
            json!({ "user": ["bo@example.com"], "productConfiguration": ["Photoshop"] })
        )
        .is_empty()
    );
    assert!(guest.sandbox.directory().group("Design").unwrap().profiles.is_empty());
    assert_eq!(
        step("remove", json!({ "user": ["bo@example.com"] })),
        ["0.0 error.usergroup.user_list.invalid"],
        "nothing changes"
    );
    assert_eq!(
        step("add", json!({ "user": ["ann@example.com"] })),
        ["0.0 error.usergroup.user_list.invalid"],
        "nothing changes"
    );
    assert!(
        step("add", json!({ "user": ["ann@example.com", "bo@example.com"] })).is_empty(),
        "one of them changes it"
    );
    assert_eq!(
        step("add", json!({ "user": ["x".repeat(251)] })),
        ["0.0 error.user.user_list.invalid"]
    );
    assert_eq!(
        step("add", json!({ "user": ["nobody@example.com"] })),
        ["0.0 error.user.nonexistent"]
    );
    assert_eq!(
        step("add", json!({ "productConfiguration": ["Paint"] })),
        ["0.0 error.command.product.not_found"]
    );
    assert_eq!(
        guest.group("Photoshop", &json!([{ "add": { "user": ["bo@example.com"] } }])).codes(),
        ["0.0 error.usergroup.not_found"],
        "profiles are no user groups"
    );
}

#[test]
fn a_shared_group_is_read_only_but_for_its_profiles() {
    let guest = Guest::of(STATE);
    let step = |name: &str, body: serde_json::Value| {
        guest.group("Shared", &json!([{ name: body }])).codes()
    };
    assert_eq!(
        step("add", json!({ "user": ["ann@example.com"] })),
        ["0.0 error.usergroup.readonly.add_user_not_allowed"]
    );
    assert_eq!(
        step("remove", json!({ "user": ["bo@example.com"] })),
        ["0.0 error.usergroup.readonly.remove_user_not_allowed"]
    );
    assert_eq!(
        step("updateUserGroup", json!({ "name": "Mine" })),
        ["0.0 error.usergroup.readonly.update_not_allowed"]
    );
    assert_eq!(
        step("deleteUserGroup", json!({})),
        ["0.0 error.usergroup.readonly.remove_not_allowed"]
    );
    assert!(step("add", json!({ "productConfiguration": ["Photoshop"] })).is_empty());
}

/// "No further steps are performed after deletion", and no error says so.
#[test]
fn steps_behind_a_deletion_are_ignored() {
    let guest = Guest::of(STATE);
    let steps = json!([
        { "updateUserGroup": { "description": "last words" } },
        { "deleteUserGroup": {} },
        { "add": { "user": ["nobody@example.com"] } },
        { "createUserGroup": {} },
    ]);
    let response = guest
        .act(&json!([{ "usergroup": "Design", "do": steps }, { "user": "bo@example.\
        com", "do": [{ "remove": "all" }] }]));
    assert_eq!(
        (&response.body["result"], &response.body["completed"]),
        (&json!("success"), &json!(2)),
        "{response:?}"
    );
    assert!(guest.sandbox.directory().group("Design").is_none());
    let again = guest
        .test(&json!([{ "usergroup": "Shared", "do": [{ "deleteUserGroup": {} }, { "add": {
            "user": ["nobody@example.com"] } }] }]));
    assert_eq!(again.codes(), ["0.0 error.usergroup.readonly.remove_not_allowed"]);
}
