//! Deprecated reads, which still answer.

use super::guest::Guest;
use serde_json::{Value, json};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const STATE: &str = r#"{"group":"Design","profiles":["Photoshop"]}
{"group":"Shared","readOnly":true}
{"group":"Photoshop","type":"PRODUCT_PROFILE","product":"Creative Cloud","quota":5}
{"group":"All Apps","type":"PRODUCT_PROFILE","product":"Creative Cloud","quota":7}
{"group":"Acrobat","type":"PRODUCT_PROFILE"}
{"email":"ann@example.com","firstname":"Ann","lastname":"Lee","country":"US","groups":["All Apps","Design","_admin_Design"]}
{"email":"bo@example.com","type":"enterpriseID","groups":["Design"]}
{"email":"off@example.com","status":"disabled","groups":["Design"]}
"#;

fn emails(users: &Value) -> Vec<&str> {
    let mut emails: Vec<&str> =
        users.as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap()).collect();
    emails.sort_unstable();
    emails
}

#[test]
fn old_list_of_users_is_an_array_with_its_own_names() {
    let guest = Guest::of(STATE);
    let page = guest.get("{org}/users");
    assert_eq!(
        (page.status, page.header("x-total-count"), page.header("x-current-page")),
        (200, "2", "0")
    );
    let ann = page
        .body
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["email"] == "ann@example.com")
        .unwrap();
    assert_eq!(
        (
            &ann["firstName"],
            &ann["lastName"],
            &ann["countryCode"],
            &ann["userType"],
            &ann["status"]
        ),
        (&json!("Ann"), &json!("Lee"), &json!("US"), &json!("federatedID"), &json!("active"))
    );
    assert_eq!(ann["groups"], json!(["All Apps", "Design", "_admin_Design"]));
    let indirect = guest.get("{org}/users?directOnly=False").body;
    let ann = indirect
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["email"] == "ann@example.com")
        .unwrap();
    assert_eq!(ann["groups"], json!(["All Apps", "Design", "Photoshop", "_admin_Design"]));
}

#[test]
fn old_list_of_users_has_at_most_400_on_a_page() {
    let mut directory = Directory::default();
    (0..450).for_each(|number| {
        directory.add_user(&SandboxUser::assumed(&format!("u{number}@example.com"), None, false));
    });
    let guest = Guest::new(directory, SandboxOptions::default());
    let sizes =
        |page: &str| guest.get(&format!("{{org}}/users{page}")).header("x-page-size").to_owned();
    assert_eq!(
        [sizes(""), sizes("?page=0"), sizes("?page=1"), sizes("?page=9")],
        ["400", "400", "50", "50"]
    );
}

#[test]
fn old_user_groups_are_told_with_their_administrators() {
    let guest = Guest::of(STATE);
    let page = guest.get("{org}/user-groups");
    assert_eq!(page.header("x-total-count"), "2");
    let design = page.body[0].clone();
    assert_eq!(
        (
            &design["name"],
            &design["type"],
            &design["userCount"],
            &design["adminCount"],
            &design["adminGroupName"]
        ),
        (&json!("Design"), &json!("USER_GROUP"), &json!(3), &json!("1"), &json!("_admin_Design"))
    );
    assert_eq!((&page.body[1]["isReadOnly"], page.body[1].get("userCount")), (&json!(true), None));
    for id in [design["groupId"].to_string(), "design".to_owned()] {
        assert_eq!(guest.get(&format!("{{org}}/user-groups/{id}")).body, design);
        assert_eq!(
            emails(&guest.get(&format!("{{org}}/user-groups/{id}/users")).body),
            ["ann@example.com", "bo@example.com"]
        );
    }
    for path in
        ["{org}/user-groups/Photoshop", "{org}/user-groups/99", "{org}/user-groups/99/users"]
    {
        let missing = guest.get(path);
        assert_eq!(
            (missing.status, &missing.body["errorCode"]),
            (404, &json!("GROUP_NOT_FOUND")),
            "{path}"
        );
    }
}

/// Adobe's client asks for page 1 first, and stops where `X-Current-Page` has reached
/// `X-Page-Count`.
#[test]
fn old_user_groups_are_paged_from_1() {
    let mut directory = Directory::default();
    (0..25).for_each(|number| {
        directory.add_group(&SandboxGroup::user_group(&format!("Team {number}")));
    });
    let guest =
        Guest::new(directory, SandboxOptions { page_size: 10, ..SandboxOptions::default() });
    let mut names = Vec::new();
    for page in 1.. {
        let response = guest.get(&format!("{{org}}/user-groups?page={page}"));
        names.extend(response.body.as_array().unwrap().iter().map(|group| group["name"].clone()));
        if response.header("x-current-page") >= response.header("x-page-count") {
            break;
        }
    }
    assert_eq!((names.len(), &names[0], &names[24]), (25, &json!("Team 0"), &json!("Team 24")));
}

#[test]
fn old_products_tell_their_profiles_and_who_has_them() {
    let guest = Guest::of(STATE);
    let products = guest.get("{org}/products/").body;
    let cloud = products
        .as_array()
        .unwrap()
        .iter()
        .find(|product| product["name"] == "Creative Cloud")
        .unwrap();
    assert_eq!(
        (&cloud["configurationCount"], &cloud["licenseQuota"], &cloud["userCount"]),
        (&json!(2), &json!(12), &json!(3))
    );
    let id = cloud["id"].as_str().unwrap();
    let listed = guest.get(&format!("{{org}}/products/{id}/configurations")).body;
    let profiles = listed["licenseConfigurations"].as_array().unwrap();
    assert_eq!(
        profiles.iter().map(|profile| profile["licenseQuota"].clone()).collect::<Vec<_>>(),
        [5, 7]
    );
    let photoshop = profiles[0]["id"].as_str().unwrap();
    assert_eq!(
        guest.get(&format!("{{org}}/products/{id}/configurations/{photoshop}")).body,
        profiles[0]
    );
    let holders =
        guest.get(&format!("{{org}}/products/{id}/configurations/{photoshop}/users")).body;
    assert_eq!(emails(&holders), ["ann@example.com", "bo@example.com"], "through their group");
    for (path, code) in [
        ("{org}/products/RPC-0/configurations".to_owned(), "PRODUCT_NOT_FOUND"),
        (format!("{{org}}/products/{id}/configurations/RGRP-0"), "PLC_NOT_FOUND"),
        (format!("{{org}}/products/{id}/configurations/RGRP-0/users"), "PLC_NOT_FOUND"),
    ] {
        let missing = guest.get(&path);
        assert_eq!((missing.status, &missing.body["errorCode"]), (404, &json!(code)), "{path}");
    }
}

#[test]
fn old_reads_want_the_organization_and_a_token() {
    let guest = Guest::of(STATE);
    for path in ["users", "user-groups", "products"] {
        let foreign = guest.get(&format!("1@AdobeOrg/{path}"));
        assert_eq!(
            (foreign.status, &foreign.body["error_code"]),
            (403, &json!("error.organization.invalid_id")),
            "{path}"
        );
        let nobody = guest
            .exchange(
                guest.request(reqwest::Method::GET, &format!("/v2/usermanagement/{{org}}/{path}")),
            )
            .unwrap();
        assert_eq!(nobody.status, 401, "{path}");
    }
}
