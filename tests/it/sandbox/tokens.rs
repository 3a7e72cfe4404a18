//! The token service, as its documentation and its clients call it.

use super::guest::{Guest, GuestResponse};
use reqwest::Method;

const PARAMETERS: &str = "grant_type=client_credentials&client_id=sandbox\
    &client_secret=sandbox-secret&scope=openid,AdobeID,user_management_sdk";

fn ask(guest: &Guest, path: &str, form: Option<&str>) -> GuestResponse {
    let request = guest.request(Method::POST, path);
    let request = match form {
        Some(form) => request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned()),
        None => request,
    };
    guest.exchange(request).unwrap()
}

#[test]
fn token_parameters_stand_in_the_query_or_in_a_form() {
    let guest = Guest::of("");
    for path in ["/ims/token/v2", "/ims/token/v2/", "/ims/token/v3", "/ims/token/v3/"] {
        for (path, form) in [
            (format!("{path}?{PARAMETERS}"), None),
            (path.to_owned(), Some(PARAMETERS)),
            (format!("{path}?client_id=sandbox"), Some(PARAMETERS)),
        ] {
            let response = ask(&guest, &path, form);
            assert!(
                response.status == 200 && response.body["access_token"].is_string(),
                "{path}: {response:?}"
            );
            assert_eq!(response.body["expires_in"], 86400);
        }
    }
}

/// `curl -X POST` without data sends neither a length nor a type.
#[test]
fn token_call_without_a_body_is_answered() {
    let guest = Guest::of("");
    let response = guest.raw(
        format!(
            "POST /ims/token/v2?{PARAMETERS} HTTP/1.1\r\nHost: localhost\r\nAccept: \
             */*\r\nConnection: close\r\n\r\n"
        )
        .as_bytes(),
    );
    assert!(
        response.starts_with("HTTP/1.1 200 ") && response.contains("access_token"),
        "{response}"
    );
}

#[test]
fn token_form_is_read_whatever_its_type_says() {
    let guest = Guest::of("");
    for kind in
        ["application/x-www-form-urlencoded; charset=UTF-8", "text/plain", "application/json"]
    {
        let request = guest
            .request(Method::POST, "/ims/token/v3")
            .header("content-type", kind)
            .body(PARAMETERS);
        assert_eq!(guest.exchange(request).unwrap().status, 200, "{kind}");
    }
}

#[test]
fn token_service_refuses_what_it_does_not_know() {
    let guest = Guest::of("");
    for (path, form, status) in [
        ("/ims/token/v3", None, 400),
        (
            "/ims/token/v3?client_id=sandbox&client_secret=wrong&grant_type=client_credentials",
            None,
            401,
        ),
        (
            "/ims/token/v3?client_id=sandbox&client_secret=sandbox-secret&grant_type=password",
            None,
            400,
        ),
        ("/ims/token/v3", Some("\u{0}\u{1}not a form"), 400),
        (
            "/ims/exchange/jwt",
            Some("client_id=sandbox&client_secret=sandbox-secret&jwt_token=e30"),
            400,
        ),
        ("/ims/token/v1", Some(PARAMETERS), 404),
    ] {
        let response = ask(&guest, path, form);
        assert!(response.status == status && response.body.is_object(), "{path}: {response:?}");
    }
    let response =
        guest.exchange(guest.request(Method::GET, &format!("/ims/token/v2?{PARAMETERS}"))).unwrap();
    assert!(response.status == 405 && response.body.is_object(), "{response:?}");
}
