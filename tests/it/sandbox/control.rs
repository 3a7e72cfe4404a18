//! Calls below `/sandbox/`: who may make them.

use super::guest::Guest;
use reqwest::Method;

const STATE: &str = "{\"group\":\"Design\"}\n{\"email\":\"ann@example.com\"}\n";
const CALLS: [(Method, &str); 8] = [
    (Method::GET, "state"),
    (Method::PUT, "state"),
    (Method::POST, "reset"),
    (Method::GET, "log"),
    (Method::GET, "limits"),
    (Method::PUT, "limits"),
    (Method::GET, "faults"),
    (Method::PUT, "faults"),
];

#[test]
fn control_calls_without_the_token_are_refused() {
    let guest = Guest::of(STATE);
    let before = guest.state();
    for (method, what) in CALLS {
        let request = || guest.request(method.clone(), &format!("/sandbox/{what}")).body("");
        let asked = format!("/sandbox/{what}?token={}", guest.sandbox.control_token());
        for (request, told) in [
            (request(), "none"),
            (request().bearer_auth("0123456789abcdef0123456789abcdef"), "another"),
            (request().bearer_auth(guest.token()), "a token of the API"),
            (request().basic_auth(guest.sandbox.control_token(), Some("")), "another scheme"),
            (guest.request(method.clone(), &asked).body(""), "in the query"),
        ] {
            let response = guest.exchange(request).unwrap();
            assert_eq!(response.status, 401, "{method} {what}, {told}: {response:?}");
        }
    }
    assert_eq!(guest.state(), before);
}

#[test]
fn control_token_is_another_for_each_sandbox() {
    let (one, other) = (Guest::of(STATE), Guest::of(STATE));
    assert_ne!(one.sandbox.control_token(), other.sandbox.control_token());
    assert_eq!(one.sandbox.control_token().len(), 32);
}

#[test]
fn control_calls_of_a_web_page_are_refused() {
    let guest = Guest::of(STATE);
    let port = guest.sandbox.http().port();
    let before = guest.state();
    for (method, what) in CALLS {
        let request = || {
            guest
                .request(method.clone(), &format!("/sandbox/{what}"))
                .bearer_auth(guest.sandbox.control_token())
                .body("")
        };
        // A name that was made to lead here, and pages of any origin, this one's included.
        for host in [
            "attacker.example".to_owned(),
            format!("attacker.example:{port}"),
            format!("127.0.0.1.attacker.example:{port}"),
            format!("0.0.0.0:{port}"),
        ] {
            let response = guest.exchange(request().header("host", &host)).unwrap();
            assert_eq!(response.status, 403, "{method} {what}, {host}: {response:?}");
        }
        for origin in [
            "https://attacker.example".to_owned(),
            "null".to_owned(),
            format!("http://127.0.0.1:{port}"),
        ] {
            let response = guest.exchange(request().header("origin", &origin)).unwrap();
            assert_eq!(response.status, 403, "{method} {what}, {origin}: {response:?}");
        }
    }
    assert_eq!(guest.state(), before);
    for host in ["localhost".to_owned(), format!("127.0.0.1:{port}"), format!("[::1]:{port}")] {
        let request =
            guest.request(Method::GET, "/sandbox/state").bearer_auth(guest.sandbox.control_token());
        assert_eq!(guest.exchange(request.header("host", &host)).unwrap().status, 200, "{host}");
    }
}

#[test]
fn control_call_for_another_host_is_refused() {
    let guest = Guest::of(STATE);
    let token = guest.sandbox.control_token();
    let request = format!(
        "GET http://attacker.example/sandbox/state HTTP/1.1\r\nhost: localhost\r\nauthorization: \
         Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    let response = guest.raw(request.as_bytes());
    assert!(response.starts_with("HTTP/1.1 403 "), "{response}");
}

#[test]
fn control_calls_without_one_host_of_this_computer_are_refused() {
    let guest = Guest::of(STATE);
    let token = guest.sandbox.control_token();
    let ask = |hosts: &str| {
        let request = format!(
            "GET /sandbox/state HTTP/1.1\r\n{hosts}authorization: Bearer {token}\r\nconnection: \
             close\r\n\r\n"
        );
        guest.raw(request.as_bytes())
    };
    let foreign = [
        "host:\r\n",
        "host: \r\n",
        "",
        "host: :80\r\n",
        "host: []\r\n",
        "host: @\r\n",
        "host: localhost\r\nhost: localhost\r\n",
        "host: localhost\r\nhost:\r\n",
        "host: attacker.example@localhost\r\n",
        "host: localhost, attacker.example\r\n",
    ];
    for hosts in foreign {
        let response = ask(hosts);
        assert!(
            response.starts_with("HTTP/1.1 403 ") || response.starts_with("HTTP/1.1 400 "),
            "{hosts:?}: {response}"
        );
    }
    assert!(ask("host: localhost\r\n").starts_with("HTTP/1.1 200 "));
}

#[test]
fn control_bodies_are_bounded() {
    let guest = Guest::of(STATE);
    for what in ["limits", "faults"] {
        let response = guest.control(Method::PUT, what, &" ".repeat(65 << 10));
        assert_eq!(response.status, 413, "{what}: {response:?}");
    }
    // What is announced is refused before it comes; what comes unannounced, when it has become too
    // much.
    let token = guest.sandbox.control_token();
    let head = format!(
        "PUT /sandbox/state HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer \
         {token}\r\ncontent-length: 999999999999\r\n\r\n"
    );
    assert!(guest.raw(head.as_bytes()).starts_with("HTTP/1.1 413 "));
    let head = format!(
        "PUT /sandbox/faults HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer \
         {token}\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let chunk = format!("{:x}\r\n{}\r\n", 70_000, " ".repeat(70_000));
    assert!(guest.raw(format!("{head}{chunk}").as_bytes()).starts_with("HTTP/1.1 413 "));
}

#[test]
fn control_calls_that_are_none_are_said_in_json() {
    let guest = Guest::of(STATE);
    assert_eq!(guest.control(Method::GET, "stat", "").status, 404);
    let response = guest.control(Method::DELETE, "state", "");
    assert!(
        response.status == 405
            && response.header("allow") == "GET, PUT"
            && response.body["message"].is_string(),
        "{response:?}"
    );
}

#[test]
fn control_bodies_that_cannot_be_read_are_said_in_words() {
    let guest = Guest::of(STATE);
    let before = guest.state();
    for (what, body, words) in [
        ("limits", "{", "limits are JSON like"),
        ("limits", "{\"action\":7}", "limits are JSON like"),
        ("limits", "{\"actions\":null}", "limits are JSON like"),
        ("faults", "", "troubles are JSON like"),
        ("faults", "{\"late\":\"often\"}", "the probability must be between 0 and 1"),
        (
            "state",
            "{\"group\":\"A\"}\n{\"grup\":\"B\"}\n",
            "line 2: neither a domain nor a group nor a user",
        ),
        ("state", "{\"group\":", "line 1: not JSON"),
    ] {
        let response = guest.control(Method::PUT, what, body);
        assert_eq!(response.status, 400, "{what} {body}: {response:?}");
        assert!(
            response.body["message"].as_str().unwrap().contains(words),
            "{what} {body}: {response:?}"
        );
    }
    assert_eq!(guest.state(), before);
}
