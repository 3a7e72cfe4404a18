//! Adobe's User Sync, with its CSV connector: the requests that it sends, written down while it ran
//! against the sandbox (version 2.10.0rc2, umapi-client 3.0.1). It is in no package registry, so
//! its requests are replayed.

use super::guest::{Guest, GuestResponse};
use reqwest::Method;
use serde_json::{Value, json};
use umbulk::sandbox::Identity;

const STATE: &str = r#"{"group":"Creative Users"}
{"group":"Acrobat Users","type":"PRODUCT_PROFILE"}
{"email":"stay@example.com","firstname":"Stay","lastname":"Here","country":"US","groups":["Creative Users"]}
{"email":"old.name@example.com","username":"renamed","firstname":"Old","lastname":"Name","country":"US","groups":["Acrobat Users","Creative Users"]}
{"email":"stray@example.com","firstname":"S","lastname":"T","country":"US","groups":["Creative Users"]}
{"email":"off@example.com","firstname":"O","lastname":"F","country":"US","status":"disabled"}
{"email":"cy@example.com","type":"adobeID"}
"#;

/// As its HTTP library sends it: the body as plain text that says it is JSON.
fn send(
    guest: &Guest,
    method: Method,
    path: &str,
    pragma: Option<&str>,
    commands: Option<&Value>,
) -> GuestResponse {
    let mut request = guest
        .request(method, &format!("/v2/usermanagement/{path}"))
        .header("user-agent", "user-sync/2.10.0rc2 umapi-client/3.0.1 Python/3.11.2")
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .header("x-request-id", "b9c9a6e4-8f0b-4f3e-a2f7-2f6f0c6f5f11_1795703079000");
    if let Some(pragma) = pragma {
        request = request.header("pragma", pragma);
    }
    if let Some(commands) = commands {
        request = request.body(commands.to_string());
    }
    guest.send(request).unwrap()
}

fn act(guest: &Guest, pragma: Option<&str>, commands: &Value) -> GuestResponse {
    send(guest, Method::POST, "action/{org}", pragma, Some(commands))
}

#[test]
fn user_sync_reads_everybody_before_it_writes() {
    let guest = Guest::of(STATE);
    let page =
        send(&guest, Method::GET, "users/{org}/0?directOnly=True", Some("umapi-sync-start"), None);
    let mut emails: Vec<&str> = page.body["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["email"].as_str().unwrap())
        .collect();
    emails.sort_unstable();
    assert_eq!(
        emails,
        ["cy@example.com", "old.name@example.com", "stay@example.com", "stray@example.com"]
    );
    assert_eq!((&page.body["result"], &page.body["lastPage"]), (&json!("success"), &json!(true)));
    assert_eq!(
        (page.header("x-total-count"), page.header("x-page-count"), page.header("x-page-size")),
        ("4", "1", "4")
    );
    assert_eq!(page.header("x-request-id"), "b9c9a6e4-8f0b-4f3e-a2f7-2f6f0c6f5f11_1795703079000");
    assert_eq!(guest.sandbox.traffic().last().unwrap().pragma.as_deref(), Some("umapi-sync-start"));
    // Its filter for groups reads their members, in lower case and with `/` as it is.
    let members =
        send(&guest, Method::GET, "users/{org}/0/creative%20users?directOnly=True", None, None);
    assert_eq!(members.body["users"].as_array().unwrap().len(), 3);
}

/// Group names come in lower case; who has no country is an Enterprise ID with `UD`; a changed
/// email is looked up by the new one, which nobody has yet.
#[test]
fn user_sync_run_changes_what_the_api_takes_of_it() {
    let guest = Guest::of(STATE);
    let create = |email: &str, first: &str, last: &str, country: &str| {
        json!({ "email": email,
        "option": "updateIfAlreadyExists", "firstname": first, "lastname": last, "country": country
            })
    };
    let commands = json!([
        { "user": "new.name@example.com", "requestID": "action_1",
            "do": [{ "update": { "email": "new.name@example.com" } }, { "remove": { "group":
                ["acrobat users"] } }] },
        { "user": "cy@example.com", "requestID": "action_2",
            "do": [{ "update": { "firstname": "Cy", "lastname": "Oz" } }, { "add": { "group":
                ["creative users"] } }] },
        { "user": "stay@example.com", "requestID": "action_3", "do": [{ "update": { "lastname":
            "There" } }] },
        { "user": "new.person@example.com", "requestID": "action_4",
            "do": [{ "createFederatedID": create("new.person@example.com", "New", "Person", "US") },
                { "add": { "group": ["new group by sync", "acrobat users", "creative users"] } }] },
        { "user": "ent@example.com", "requestID": "action_5",
            "do": [{ "createEnterpriseID": create("ent@example.com", "Ent", "Erprise", "UD") },
                { "add": { "group": ["acrobat users"] } }] },
        { "user": "uname", "requestID": "action_6", "domain": "example.com",
            "do": [{ "createFederatedID": create("uname@example.com", "User", "Name", "DE") },
                { "add": { "group": ["creative users"] } }] },
        { "user": "ado@example.net", "requestID": "action_7", "useAdobeID": true,
            "do": [{ "addAdobeID": create("ado@example.net", "Ado", "Be", "US") }, { "add": {
                "group": ["creative users"] } }] },
        { "user": "stray@example.com", "requestID": "action_8", "do": [{ "removeFromOrg": {
            "deleteAccount": true } }] },
    ]);
    let response = act(&guest, Some("umapi-sync-start"), &commands);
    assert_eq!(
        response.codes(),
        ["0.0 error.user.nonexistent", "1.0 error.update.adobeid.no", "3.1 error.group.not_found"],
        "{response:?}"
    );
    assert_eq!(response.body["errors"][2]["requestID"], "action_4");
    assert_eq!(
        (&response.body["result"], &response.body["completed"], &response.body["notCompleted"]),
        (&json!("partial"), &json!(5), &json!(3))
    );
    let directory = guest.sandbox.directory();
    let groups =
        |email: &str| directory.user(email).unwrap().groups.into_iter().collect::<Vec<_>>();
    assert!(
        groups("new.person@example.com").is_empty(),
        "the account is there, none of the step's groups is"
    );
    assert_eq!(groups("ent@example.com"), ["Acrobat Users"]);
    assert_eq!(directory.user("ent@example.com").unwrap().country, "UD");
    assert_eq!(directory.user("uname@example.com").unwrap().username, "uname");
    assert_eq!(
        (directory.user("ado@example.net").unwrap().identity, groups("ado@example.net")),
        (Identity::Adobe, vec!["Creative Users".to_owned()])
    );
    assert_eq!(directory.user("stay@example.com").unwrap().lastname, "There");
    assert!(
        directory.user("stray@example.com").is_none()
            && directory.user("old.name@example.com").is_some()
    );
}

/// `--adobe-only-user-action`: `delete` and `remove`, `remove-adobe-groups`, and the groups that
/// are mapped.
#[test]
fn user_sync_actions_on_adobe_only_users_are_taken() {
    for (step, there, groups) in [
        (json!({ "removeFromOrg": { "deleteAccount": true } }), false, 0),
        (json!({ "removeFromOrg": { "deleteAccount": false } }), false, 0),
        (json!({ "remove": "all" }), true, 0),
        (json!({ "remove": { "group": ["acrobat users"] } }), true, 1),
    ] {
        let guest = Guest::of(STATE);
        let response = act(
            &guest,
            Some("umapi-sync-end"),
            &json!([{ "user": "old.name@example.com", "requestID": "action_1", "do": [step] }]),
        );
        assert_eq!(response.body["result"], "success", "{response:?}");
        let user = guest.sandbox.directory().user("old.name@example.com");
        assert_eq!(user.is_some(), there);
        assert_eq!(user.map_or(0, |user| user.groups.len()), groups);
    }
}

/// It creates groups that are mapped and not there (`auto_create`), and asks for nothing in test
/// mode.
#[test]
fn user_sync_creates_mapped_groups_and_tests() {
    let guest = Guest::of(STATE);
    let create = json!([{ "usergroup": "New Group By Sync", "do": [
        { "createUserGroup": { "option": "ignoreIfAlreadyExists", "description": "Automatically \
             created by User Sync Tool" } }] }]);
    let before = guest.state();
    let test = send(&guest, Method::POST, "action/{org}?testOnly=true", None, Some(&create));
    assert_eq!(
        (&test.body["completed"], &test.body["completedInTestMode"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(guest.state(), before);
    for _ in 0..2 {
        assert_eq!(act(&guest, None, &create).body["result"], "success");
    }
    let group = guest.sandbox.directory().group("new group by sync").unwrap();
    assert_eq!(group.description, "Automatically created by User Sync Tool");
}
