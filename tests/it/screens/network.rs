//! Servers that refuse, are slow, are busy, or are none.

use super::Screens;
use crate::hostile::Server;
use crate::world::World;
use std::io::Write;
use std::net::TcpStream;
use umbulk::sandbox::InjectedFault;

const FILE: &str = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";

/// Answers everything but token calls with this head and body.
fn answering(head: &'static str, body: &'static str) -> Server {
    Server::start(move |stream: &mut TcpStream| {
        let _ = write!(
            stream,
            "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
    })
}

/// Shows an import, an export and a check that meet this server.
fn show(name: &str, server: &Server, options: &str) {
    let world = World::with_groups(&[]);
    let screens = Screens::of("network", &world).at(format!("http://127.0.0.1:{}", server.port));
    screens.file("staff.csv", FILE);
    for (command, typed) in
        [("import", "import staff.csv"), ("export", "export users"), ("check", "check")]
    {
        screens.show(
            &format!("{name}_{command}"),
            &format!("umbulk {typed} --max-attempts 2{options}"),
        );
    }
}

#[test]
fn server_that_answers_with_an_error() {
    for (name, head, body) in [
        (
            "status_400",
            "400 Bad Request",
            r#"{"result":"error","errors":[{"errorCode":"error.command.malformed","message":"not a command"}]}"#,
        ),
        (
            "status_401",
            "401 Unauthorized",
            r#"{"error_code":"401013","message":"Oauth token is not valid"}"#,
        ),
        (
            "status_403",
            "403 Forbidden",
            r#"{"error_code":"403000","message":"Api Key is invalid"}"#,
        ),
        (
            "status_403_migrating",
            "403 Forbidden",
            r#"{"result":"error","errors":[{"errorCode":"error.organization.migrating","message":"migrating"}]}"#,
        ),
        ("status_404", "404 Not Found", r#"{"message":"no such path"}"#),
        ("status_413", "413 Payload Too Large", ""),
        (
            "status_429_for_long",
            "429 Too Many Requests\r\nretry-after: 9000",
            r#"{"error_code":"429050","message":"Too many requests"}"#,
        ),
        ("status_500", "500 Internal Server Error", r#"{"message":"broken"}"#),
        (
            "status_502_page",
            "502 Bad Gateway\r\ncontent-type: text/html",
            "<html><body><h1>Bad gateway</h1></body></html>",
        ),
        ("status_503", "503 Service Unavailable", ""),
        ("status_503_for_long", "503 Service Unavailable\r\nretry-after: 9000", ""),
        ("status_504", "504 Gateway Timeout", ""),
    ] {
        show(name, &answering(head, body), "");
    }
}

#[test]
fn server_whose_answer_is_none() {
    for (name, head, body) in [
        (
            "page",
            "200 OK\r\ncontent-type: text/html",
            "<html><body>Sign in to the guest network</body></html>",
        ),
        ("empty", "200 OK", ""),
        ("other_json", "200 OK\r\ncontent-type: application/json", r#"{"hello":"world"}"#),
        ("noise", "200 OK", "no json at all"),
        ("truncated", "200 OK", r#"{"result":"succ"#),
        ("redirect", "302 Found\r\nlocation: https://login.example.com/", ""),
    ] {
        show(&format!("answer_{name}"), &answering(head, body), "");
    }
    let world = World::with_groups(&[]);
    let server = answering("200 OK\r\ncontent-type: application/json", r#"{"hello":"world"}"#);
    let screens = Screens::of("network", &world).at(format!("http://127.0.0.1:{}", server.port));
    screens.file("staff.csv", FILE).prepare("umbulk import staff.csv --max-attempts 2", 1);
    screens.show_rows("answer_other_json_rows", "staff.results.csv");
}

#[test]
fn server_that_does_not_answer() {
    show("cut", &Server::start(|_| {}), "");
    show(
        "half_an_answer",
        &Server::start(|stream| {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"));
        }),
        "",
    );
    show("silent", &Server::start(|_| std::thread::park()), " --timeout 150ms");
}

#[test]
fn token_service_that_answers_something_else() {
    for (name, head, body) in [
        (
            "token_page",
            "200 OK\r\ncontent-type: text/html",
            "<html><body>Sign in to the guest network</body></html>",
        ),
        ("token_redirect", "302 Found\r\nlocation: https://login.example.com/", ""),
        ("token_429", "429 Too Many Requests\r\nretry-after: 9000", ""),
        ("token_without_token", "200 OK", r#"{"expires_in":86399}"#),
    ] {
        let server = Server::answering_all(move |stream, _| {
            let _ = write!(
                stream,
                "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
        });
        show(name, &server, "");
    }
}

/// The organization answers some requests, and then no more.
#[test]
fn outage_in_the_middle_of_an_import() {
    let rows =
        (0..20).map(|number| format!("u{number}@example.com,Ann,Lee,US\n")).collect::<String>();
    let answer = |status, headers: &[(&str, &str)], body: &str| {
        let headers =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        InjectedFault::Answer { status, headers, body: body.to_owned() }
    };
    for (name, fault) in [
        ("middle_429_for_long", answer(429, &[("retry-after", "9000")], "{}")),
        ("middle_503", answer(503, &[], "")),
        ("middle_504", answer(504, &[], "")),
        (
            "middle_403",
            answer(403, &[], r#"{"error_code":"403000","message":"Api Key is invalid"}"#),
        ),
        ("middle_page", answer(200, &[], "<html><body>Sign in</body></html>")),
        ("middle_cut", InjectedFault::CutBefore),
        ("middle_done_and_cut", InjectedFault::CutAfter),
        ("middle_done_but_504", InjectedFault::DoneBut(504)),
    ] {
        let world = World::with_groups(&[]);
        world
            .sandbox
            .faults()
            .next_actions([None].into_iter().chain((0..20).map(|_| Some(fault.clone()))));
        let screens = Screens::of("network", &world);
        screens.file("staff.csv", format!("email,firstname,lastname,country\n{rows}"));
        screens.show(name, "umbulk import staff.csv --concurrency 1 --max-attempts 2");
        screens.show(&format!("{name}_status"), "umbulk status staff.csv");
    }
}

#[test]
fn server_whose_compressed_answer_is_damaged() {
    let server = Server::start(|stream| {
        let body = b"\x1f\x8b\x08\0\0\0\0\0\0\x03no gzip at all";
        let head =
            format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}", body.len());
        drop(stream.write_all(format!("{head}\r\n\r\n").as_bytes()));
        drop(stream.write_all(body));
    });
    show("answer_broken_gzip", &server, "");
}
