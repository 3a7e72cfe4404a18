//! What listings and look-ups answer.

use super::guest::{Guest, http};
use serde_json::json;
use std::collections::BTreeSet;
use umbulk::sandbox::{Directory, SandboxOptions, SandboxUser, UserStatus};

const STATE: &str = r#"{"group":"Design","profiles":["Photoshop"]}
{"group":"Photoshop","type":"PRODUCT_PROFILE","product":"Creative Cloud","quota":2}
{"email":"ann@example.com","firstname":"Ann","groups":["Photoshop","_admin_Design"]}
{"email":"bo@example.com","groups":["Design"]}
{"email":"cy@example.org","groups":["Photoshop"]}
{"email":"di@example.org","type":"adobeID"}
"#;

fn emails(users: &serde_json::Value) -> Vec<String> {
    users
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["email"].as_str().unwrap().to_owned())
        .collect()
}

fn listed(guest: &Guest, path: &str) -> BTreeSet<String> {
    emails(&guest.get(path).body["users"]).into_iter().collect()
}

/// Made-up people, none of them disabled.
fn active(users: usize) -> Directory {
    let mut directory = Directory::default();
    for user in Directory::made_up(users, 3, 1).users() {
        directory.add_user(&SandboxUser { status: UserStatus::Active, ..user });
    }
    directory
}

#[test]
fn page_past_the_end_is_the_last_one() {
    let guest =
        Guest::new(active(25), SandboxOptions { page_size: 10, ..SandboxOptions::default() });
    let pages: Vec<_> = (0..4).map(|page| guest.get(&format!("users/{{org}}/{page}"))).collect();
    let numbers = |page: usize| {
        ["x-total-count", "x-page-count", "x-current-page", "x-page-size"]
            .map(|name| pages[page].header(name).to_owned())
    };
    assert_eq!(numbers(0), ["25", "3", "0", "10"]);
    assert_eq!(numbers(2), ["25", "3", "2", "5"]);
    assert_eq!(
        [0, 1, 2].map(|page: usize| pages[page].body["lastPage"].as_bool().unwrap()),
        [false, false, true]
    );
    assert_eq!(pages[3].body, pages[2].body);
    let all: Vec<String> = pages[..3].iter().flat_map(|page| emails(&page.body["users"])).collect();
    let distinct: BTreeSet<&String> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (25, 25));
    assert!(!all.is_sorted(), "in no order that anybody could rely on");
    assert_eq!(
        emails(&guest.get("users/{org}/0").body["users"]),
        all[..10],
        "and the same order when asked again"
    );
}

#[test]
fn technical_accounts_are_counted_and_not_listed() {
    let mut directory = Directory::made_up(5, 0, 1);
    directory.add_user(&SandboxUser {
        technical: true,
        ..SandboxUser::assumed("robot@example.com", None, false)
    });
    let guest = Guest::new(directory, SandboxOptions::default());
    let page = guest.get("users/{org}/0");
    assert_eq!(
        (
            page.header("x-total-count"),
            page.header("x-page-size"),
            page.body["users"].as_array().unwrap().len()
        ),
        ("6", "5", 5)
    );
}

#[test]
fn pages_are_right_while_people_come_and_go() {
    let guest =
        Guest::new(active(95), SandboxOptions { page_size: 10, ..SandboxOptions::default() });
    let whole = |pages: usize| {
        (0..pages)
            .flat_map(|page| emails(&guest.get(&format!("users/{{org}}/{page}")).body["users"]))
            .collect::<Vec<_>>()
    };
    let before = whole(10);
    let gone: Vec<&String> = before[..10].iter().collect();
    for email in &gone {
        assert!(
            guest
                .user(email, &json!([{ "removeFromOrg": { "deleteAccount": false } }]))
                .codes()
                .is_empty()
        );
    }
    assert_eq!(guest.get("users/{org}/0").header("x-total-count"), "85");
    assert_eq!(whole(9), before[10..], "everybody else, in the same order, once");
    let create = json!([{ "createFederatedID": { "email": "new@example.com", "firstname": "N",
        "lastname": "N", "country": "US" } }]);
    assert!(guest.user("new@example.com", &create).codes().is_empty());
    let mut after = whole(9);
    assert_eq!(after.len(), 86);
    after.retain(|email| email != "new@example.com");
    assert_eq!(after, before[10..]);
}

#[test]
fn accounts_that_are_not_active_are_there_and_not_listed() {
    let mut state = "{\"email\":\"ann@example.com\",\"groups\":[\"Design\"]}\n".to_owned();
    for status in ["disabled", "locked", "removed"] {
        state += &format!(
            "{{\"email\":\"{status}@example.com\",\"status\":\"{status}\",\
             \"groups\":[\"Design\"]}}\n"
        );
    }
    let guest = Guest::of(&state);
    for path in [
        "users/{org}/0",
        "users/{org}/0/Design",
        "users/{org}/0?domain=example.com",
        "users/{org}/0/Design?domain=example.com",
    ] {
        let page = guest.get(path);
        assert_eq!(emails(&page.body["users"]), ["ann@example.com"], "{path}");
        assert_eq!(
            (page.header("x-total-count"), page.header("x-page-size")),
            ("1", "1"),
            "{path}"
        );
    }
    let create = json!({ "email": "disabled@example.com", "firstname": "D", "lastname": "D",
        "country": "US" });
    for status in ["disabled", "locked", "removed"] {
        let missing = guest.get(&format!("organizations/{{org}}/users/{status}@example.com"));
        assert_eq!(
            (missing.status, missing.body["result"].as_str()),
            (404, Some("error.user.not_found")),
            "{status}"
        );
        assert!(
            guest
                .user(
                    &format!("{status}@example.com"),
                    &json!([{ "update": { "firstname": "X" } }])
                )
                .codes()
                .is_empty(),
            "{status}"
        );
    }
    // Who is absent in the list cannot be created afresh.
    assert_eq!(
        guest.user("disabled@example.com", &json!([{ "createFederatedID": create }])).codes(),
        ["0.0 error.user.already_in_org"]
    );
    assert!(guest.state().contains("\"status\":\"disabled\""));
}

#[test]
fn pages_are_full_where_some_accounts_are_not_listed() {
    let mut directory = Directory::default();
    for number in 0..60 {
        let status = if number % 3 == 0 { UserStatus::Disabled } else { UserStatus::Active };
        let user = SandboxUser::assumed(&format!("u{number}@example.com"), None, false);
        directory.add_user(&SandboxUser { status, groups: ["Design".to_owned()].into(), ..user });
    }
    let guest =
        Guest::new(directory, SandboxOptions { page_size: 10, ..SandboxOptions::default() });
    for list in ["", "/Design"] {
        let pages: Vec<_> =
            (0..4).map(|page| guest.get(&format!("users/{{org}}/{page}{list}"))).collect();
        assert_eq!(
            pages.iter().map(|page| page.header("x-page-size").to_owned()).collect::<Vec<_>>(),
            ["10"; 4],
            "{list}"
        );
        let distinct: BTreeSet<String> =
            pages.iter().flat_map(|page| emails(&page.body["users"])).collect();
        assert_eq!(distinct.len(), 40, "{list}");
        assert_eq!(pages[3].body["lastPage"], true);
    }
}

#[test]
fn a_user_is_told_without_what_is_empty() {
    let guest = Guest::of(STATE);
    let user = guest.get("organizations/{org}/users/ANN@example.com").body["user"].clone();
    let id = user["id"].as_str().unwrap().to_owned();
    assert_eq!(
        user,
        json!({ "id": id, "email": "ann@example.com", "username": "ann@example.com", "domain":
            "example.com", "firstname": "Ann", "status": "active",
            "type": "federatedID", "groups": ["Photoshop", "_admin_Design"] })
    );
    let missing = guest.get("organizations/{org}/users/nobody@example.com");
    assert_eq!(
        (missing.status, missing.body["result"].as_str()),
        (404, Some("error.user.not_found"))
    );
    assert_eq!(
        guest.get("organizations/{org}/users/ann@example.com?domain=example.org").status,
        404,
        "somebody of another domain"
    );
}

#[test]
fn lists_are_filtered_by_domain_and_group() {
    let guest = Guest::of(STATE);
    assert_eq!(
        listed(&guest, "users/{org}/0?domain=Example.org").into_iter().collect::<Vec<_>>(),
        ["cy@example.org", "di@example.org"]
    );
    assert_eq!(
        listed(&guest, "users/{org}/0/design").into_iter().collect::<Vec<_>>(),
        ["bo@example.com"]
    );
    let missing = guest.get("users/{org}/0/Desing");
    assert_eq!(
        (missing.status, missing.body["result"].as_str()),
        (404, Some("error.group.not_found"))
    );
    assert_eq!(
        listed(&guest, "users/{org}/0/_admin_Design").into_iter().collect::<Vec<_>>(),
        ["ann@example.com"]
    );
    let nobody = guest.get("users/{org}/0/_admin_Photoshop");
    assert_eq!((nobody.status, &nobody.body["users"]), (200, &json!([])), "a role that nobody has");
}

#[test]
fn indirect_profiles_are_listed_on_request() {
    let guest = Guest::of(STATE);
    let groups = |path: &str| {
        let page = guest.get(path);
        page.body["users"]
            .as_array()
            .unwrap()
            .iter()
            .find(|user| user["email"] == "bo@example.com")
            .map(|user| user["groups"].clone())
    };
    assert_eq!(groups("users/{org}/0"), Some(json!(["Design"])), "directly, by default");
    assert_eq!(groups("users/{org}/0?directOnly=false"), Some(json!(["Design", "Photoshop"])));
    assert_eq!(groups("users/{org}/0/Design?excludeGroups=true"), Some(json!(null)));
    assert_eq!(listed(&guest, "users/{org}/0/Photoshop").len(), 2);
    assert_eq!(listed(&guest, "users/{org}/0/Photoshop?directOnly=false").len(), 3);
}

#[test]
fn a_user_beyond_the_quota_is_a_member_and_inactive() {
    let guest = Guest::of(STATE);
    assert!(
        guest
            .user("di@example.org", &json!([{ "add": { "group": ["Photoshop"] } }]))
            .codes()
            .is_empty()
    );
    let of = |status: &str| {
        listed(&guest, &format!("users/{{org}}/0/Photoshop?directOnly=false&status={status}"))
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(of("active"), ["ann@example.com", "bo@example.com"]);
    assert_eq!(of("inactive"), ["cy@example.org", "di@example.org"]);
    guest.user("ann@example.com", &json!([{ "remove": { "group": ["Photoshop"] } }]));
    assert_eq!(
        of("active"),
        ["bo@example.com", "cy@example.org"],
        "a licence that is given back goes to the next"
    );
}

#[test]
fn groups_are_told_with_what_they_are() {
    let guest = Guest::of(STATE);
    let page = guest.get("groups/{org}/0");
    let group = |name: &str| {
        page.body["groups"]
            .as_array()
            .unwrap()
            .iter()
            .find(|group| group["groupName"] == name)
            .cloned()
            .unwrap()
    };
    assert_eq!(
        group("Design"),
        json!({ "groupId": 1, "groupName": "Design", "type": "USER_GROUP", "memberCount": 1,
            "adminGroupName": "_admin_Design" })
    );
    assert_eq!(
        group("Photoshop"),
        json!({ "groupId": 2, "groupName": "Photoshop", "type": "PRODUCT_PROFILE", "memberCount":
            2, "productName": "Creative Cloud", "licenseQuota": "2" })
    );
    assert_eq!(group("_admin_Design")["type"], "USER_ADMIN_GROUP");
    assert_eq!(
        guest.get("groups/{org}/7").body,
        json!({ "lastPage": true, "result": "Not found" }),
        "past the end"
    );
}

#[test]
fn a_request_id_comes_back() {
    let guest = Guest::of(STATE);
    let request = http()
        .build()
        .unwrap()
        .get(format!("{}/groups/{}/0", guest.sandbox.url(), SandboxOptions::default().org_id))
        .header("x-request-id", "mine");
    assert_eq!(guest.send(request).unwrap().header("x-request-id"), "mine");
}
