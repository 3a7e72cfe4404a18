//! HTTP as clients in the field write it.

use super::guest::Guest;
use reqwest::Method;
use serde_json::json;

const STATE: &str = "{\"group\":\"R/D & Co\"}\n{\"group\":\"Design\"}\n\
                     {\"email\":\"ann@example.com\",\"groups\":[\"R/D & Co\"]}\n";
const ACTION: &str = "/v2/usermanagement/action/{org}";
const LIST: &str = "/v2/usermanagement/users/{org}/0";
const JOINS: &str = r#"[{"user":"ann@example.com","do":[{"add":{"group":["Design"]}}]}]"#;

fn is_member(guest: &Guest) -> bool {
    guest.sandbox.directory().user("ann@example.com").unwrap().groups.contains("Design")
}

/// A request with good credentials, written out.
fn written(guest: &Guest, start: &str, headers: &str, body: &str) -> Vec<u8> {
    let start = start.replace("{org}", "00000000000000000000AAAA@AdobeOrg");
    let token = guest.token();
    format!("{start}\r\nauthorization: bearer {token}\r\nx-api-key: sandbox\r\n{headers}\r\n{body}")
        .into_bytes()
}

#[test]
fn test_mode_is_read_in_any_letter_case() {
    let guest = Guest::of(STATE);
    for word in ["true", "True", "TRUE", "tRuE"] {
        let request = guest.request(Method::POST, &format!("{ACTION}?testOnly={word}")).body(JOINS);
        let response = guest.send(request).unwrap();
        assert_eq!(
            (&response.body["completed"], &response.body["completedInTestMode"]),
            (&json!(0), &json!(1)),
            "{word}: {response:?}"
        );
        assert!(!is_member(&guest), "{word}");
    }
    for word in ["False", "false", "", "1"] {
        let request = guest.request(Method::POST, &format!("{ACTION}?testOnly={word}")).body(JOINS);
        assert_eq!(guest.send(request).unwrap().body["completed"], 1, "{word}");
    }
    assert!(is_member(&guest));
}

#[test]
fn direct_only_is_read_in_any_letter_case() {
    let guest = Guest::of(
        "{\"group\":\"Team\",\"profiles\":[\"Photoshop\"]}\n\
         {\"group\":\"Photoshop\",\"type\":\"PRODUCT_PROFILE\"}\n\
         {\"email\":\"ann@example.com\",\"groups\":[\"Team\"]}\n",
    );
    for (word, groups) in [
        ("True", json!(["Team"])),
        ("False", json!(["Photoshop", "Team"])),
        ("FALSE", json!(["Photoshop", "Team"])),
        ("true", json!(["Team"])),
    ] {
        assert_eq!(
            guest.get(&format!("users/{{org}}/0?directOnly={word}")).body["users"][0]["groups"],
            groups,
            "{word}"
        );
    }
}

#[test]
fn bearer_is_read_in_any_letter_case() {
    let guest = Guest::of(STATE);
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let request = guest
            .request(Method::GET, LIST)
            .header("authorization", format!("{scheme} {}", guest.token()));
        assert_eq!(
            guest.exchange(request.header("x-api-key", "sandbox")).unwrap().status,
            200,
            "{scheme}"
        );
    }
    for other in [format!("Basic {}", guest.token()), guest.token().to_owned(), String::new()] {
        let request = guest
            .request(Method::GET, LIST)
            .header("authorization", &other)
            .header("x-api-key", "sandbox");
        assert_eq!(guest.exchange(request).unwrap().status, 401, "{other}");
    }
}

#[test]
fn expect_100_continue_is_answered_before_the_body_comes() {
    use std::io::{Read, Write};
    let guest = Guest::of(STATE);
    let headers = format!(
        "host: localhost\r\nexpect: 100-continue\r\ncontent-length: {}\r\nconnection: close\r\n",
        JOINS.len()
    );
    let mut stream = std::net::TcpStream::connect(guest.sandbox.http()).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    stream.write_all(&written(&guest, &format!("POST {ACTION} HTTP/1.1"), &headers, "")).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert!(!is_member(&guest));
    stream.write_all(JOINS.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(
        response.starts_with("HTTP/1.1 200 ") && response.contains("\"completed\":1"),
        "{response}"
    );
}

#[test]
fn chunked_bodies_are_taken() {
    let guest = Guest::of(STATE);
    let (first, second) = JOINS.split_at(17);
    let body =
        format!("{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n", first.len(), second.len());
    let headers = "host: localhost\r\ntransfer-encoding: chunked\r\nconnection: close\r\n";
    let response = guest.raw(&written(&guest, &format!("POST {ACTION} HTTP/1.1"), headers, &body));
    assert!(response.starts_with("HTTP/1.1 200 ") && is_member(&guest), "{response}");
}

#[test]
fn http_1_0_is_answered() {
    let guest = Guest::of(STATE);
    let response = guest.raw(&written(&guest, &format!("GET {LIST} HTTP/1.0"), "", ""));
    assert!(
        response.starts_with("HTTP/1.0 200 ") && response.contains("ann@example.com"),
        "{response}"
    );
}

#[test]
fn head_tells_the_headers_of_a_read_and_no_body() {
    let guest = Guest::of(STATE);
    let response = guest.send(guest.request(Method::HEAD, LIST)).unwrap();
    assert_eq!(
        (response.status, response.header("x-total-count"), &response.body),
        (200, "1", &json!(""))
    );
    let user = |name: &str| {
        guest.request(
            Method::HEAD,
            &format!("/v2/usermanagement/organizations/{{org}}/users/{name}"),
        )
    };
    assert_eq!(guest.send(user("ann@example.com")).unwrap().status, 200);
    assert_eq!(guest.send(user("nobody@example.com")).unwrap().status, 404);
}

#[test]
fn body_with_a_byte_order_mark_is_refused() {
    let guest = Guest::of(STATE);
    let response =
        guest.send(guest.request(Method::POST, ACTION).body(format!("\u{feff}{JOINS}"))).unwrap();
    assert_eq!(response.codes(), ["400 error.command.malformed"]);
    assert!(!is_member(&guest));
}

#[test]
fn content_type_of_a_body_does_not_matter() {
    let guest = Guest::of(STATE);
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json;charset=utf-8",
        "nonsense",
    ] {
        let response = guest
            .send(guest.request(Method::POST, ACTION).header("content-type", kind).body(JOINS))
            .unwrap();
        assert_eq!(response.status, 200, "{kind}");
    }
}

/// Adobe's own client sends a `/` in a group's name as it is.
#[test]
fn slash_in_a_group_name_may_stand_unescaped() {
    let guest = Guest::of(STATE);
    for name in ["R/D%20&%20Co", "R%2FD%20%26%20Co", "r/d%20%26%20co"] {
        let response = guest.get(&format!("users/{{org}}/0/{name}"));
        assert!(
            response.status == 200 && response.body["users"][0]["email"] == "ann@example.com",
            "{name}: {response:?}"
        );
    }
    let response = guest.get("users/{org}/0/R/E");
    assert!(
        response.status == 404 && response.body["result"] == "error.group.not_found",
        "{response:?}"
    );
}

/// Whatever is wrong with a call, the response is JSON with a code and a message, and no
/// framework's text.
#[test]
fn calls_that_are_none_are_answered_in_json() {
    let guest = Guest::of(STATE);
    for (method, path, body, status) in [
        (Method::GET, "/v2/usermanagement/users/{org}/three", "", 400),
        (Method::GET, "/v2/usermanagement/users/{org}/-1", "", 400),
        (Method::GET, "/v2/usermanagement/users/{org}/99999999999999999999999", "", 400),
        (Method::GET, "/v2/usermanagement/groups/{org}/x", "", 400),
        (Method::GET, "/v2/usermanagement/users/{org}/x/Design", "", 400),
        (Method::GET, "/v2/usermanagement/licences/{org}/0", "", 404),
        (Method::GET, "/v2/usermanagement/users/{org}", "", 404),
        (Method::GET, "/v2/usermanagement/", "", 404),
        (Method::GET, "/", "", 404),
        (Method::GET, "/v3/usermanagement/users/{org}/0", "", 404),
        (Method::GET, ACTION, "", 405),
        (Method::DELETE, LIST, "", 405),
        (Method::PUT, ACTION, JOINS, 405),
        (Method::POST, ACTION, "", 400),
        (Method::POST, ACTION, "{", 400),
        (Method::POST, ACTION, "null", 400),
        (Method::POST, ACTION, "[1]", 400),
        (
            Method::POST,
            ACTION,
            "[{\"user\":\"a@b.example\",\"do\":[{\"add\":{\"group\":[\"\\ud800\"]}}]}]",
            400,
        ),
        (Method::GET, "/v2/usermanagement/users/{org}/0/%FF%FE", "", 404),
        (Method::GET, "/v2/usermanagement/organizations/{org}/users/%00", "", 404),
        (
            Method::GET,
            "/v2/usermanagement/organizations/{org}/users/a@b.example?domain=%FF&domain",
            "",
            404,
        ),
    ] {
        let response = guest.send(guest.request(method.clone(), path).body(body)).unwrap();
        assert_eq!(response.status, status, "{method} {path} {body}: {response:?}");
        assert!(
            response.body.is_object() && response.header("content-type") == "application/json",
            "{method} {path} {body}: {response:?}"
        );
        assert!(response.body["message"].is_string(), "{method} {path} {body}: {response:?}");
    }
}

#[test]
fn unknown_api_paths_need_a_token_first() {
    let guest = Guest::of(STATE);
    for path in ["/v2/usermanagement/licences/{org}/0", LIST, ACTION] {
        let response = guest.exchange(guest.request(Method::GET, path)).unwrap();
        assert!(
            response.status == 401 && response.body["error_code"] == "401013",
            "{path}: {response:?}"
        );
    }
    let response =
        guest.exchange(guest.request(Method::GET, LIST).bearer_auth(guest.token())).unwrap();
    assert!(
        response.status == 403 && response.body["error_code"] == "403000",
        "a key is wanted: {response:?}"
    );
}

#[test]
fn body_without_end_is_refused() {
    let guest = Guest::of(STATE);
    let response = guest.raw(&written(
        &guest,
        &format!("POST {ACTION} HTTP/1.1"),
        "host: localhost\r\ncontent-length: 99999999999\r\n",
        "",
    ));
    assert!(
        response.starts_with("HTTP/1.1 413 ") && response.contains("\"error_code\""),
        "{response}"
    );
}

#[test]
fn request_that_is_no_http_gets_no_framework_text() {
    let guest = Guest::of(STATE);
    let response = guest.raw(b"GET /\x01 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 400 ") && body.is_empty(), "{response}");
}
