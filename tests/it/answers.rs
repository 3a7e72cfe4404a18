//! Answers that are packed, that lead elsewhere, or that ask for patience without saying how much.

use crate::hostile::Server;
use crate::world::{Run, World, bare, run};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const FILE: &str = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";
const DONE: &str = r#"{"result":"success","completed":1,"notCompleted":0}"#;

fn command(world: &World, server: &Server, args: &[&str]) -> Command {
    let here = format!("http://127.0.0.1:{}", server.port);
    world.write("a.csv", FILE);
    let mut command = bare(world.folder.path(), args);
    command.env("UMAPI_URL", &here).env("UMAPI_AUTH_HOST", &here).env("UMAPI_CLIENT_ID", "id");
    command
        .env("UMAPI_CLIENT_SECRET", "secret-of-the-test")
        .env("UMAPI_ORG_ID", "1@AdobeOrg")
        .env("UMBULK_MAX_ATTEMPTS", "2");
    command
}

fn umbulk(world: &World, server: &Server, args: &[&str]) -> Run {
    run(command(world, server, args).env("UMBULK_RATE", "off").env("UMBULK_RETRY_WAIT", "5ms"))
}

fn answer(stream: &mut TcpStream, head: &str, body: &[u8]) {
    let _ = write!(
        stream,
        "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(body);
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn gzip_answers_are_read_also_where_nobody_asked_for_them() {
    for head in ["200 OK\r\ncontent-encoding: gzip", "200 OK\r\nContent-Encoding: x-gzip", "200 OK"]
    {
        let world = World::with_groups(&[]);
        let server = Server::start(move |stream| answer(stream, head, &packed(DONE.as_bytes())));
        let done = umbulk(&world, &server, &["import", "a.csv"]);
        assert_eq!(
            (done.status, world.statuses("a.results.csv")),
            (0, vec!["ok".to_owned()]),
            "{done:?}"
        );
    }
    // Pages of lists, and errors.
    let world = World::with_groups(&[]);
    let page = br#"{"lastPage":true,"result":"success","users":[{"email":"ann@example.com","type":"federatedID"}]}"#;
    let server = Server::start(move |stream| {
        answer(stream, "200 OK\r\ncontent-encoding: gzip", &packed(page));
    });
    let done = umbulk(&world, &server, &["export", "users", "--out", "-"]);
    assert!(done.status == 0 && done.stdout.contains("ann@example.com"), "{done:?}");
    let world = World::with_groups(&[]);
    let refusal = br#"{"error_code":"403027","message":"no such key"}"#;
    let server = Server::start(move |stream| {
        answer(stream, "403 Forbidden\r\ncontent-encoding: gzip", &packed(refusal));
    });
    let done = umbulk(&world, &server, &["import", "a.csv"]);
    assert!(done.stdout.contains("403027") && done.stdout.contains("no such key"), "{done:?}");
}

#[test]
fn a_packed_token_is_read() {
    let world = World::with_groups(&[]);
    let token = packed(br#"{"access_token":"token-of-the-test","expires_in":86399}"#);
    let tokens = Server::answering_all(move |stream, _| {
        answer(stream, "200 OK\r\ncontent-encoding: gzip", &token);
    });
    let server = Server::start(|stream| answer(stream, "200 OK", DONE.as_bytes()));
    let auth = format!("http://127.0.0.1:{}", tokens.port);
    let done = run(command(&world, &server, &["import", "a.csv"])
        .env("UMBULK_RATE", "off")
        .env("UMAPI_AUTH_HOST", auth));
    assert_eq!(done.status, 0, "{done:?}");
    assert!(server.received.lock().unwrap()[0].contains("Bearer token-of-the-test"));
}

/// A hundred kilobytes that become a hundred megabytes.
#[test]
fn a_packed_answer_does_not_fill_the_memory() {
    let world = World::with_groups(&[]);
    let bomb = packed(&vec![b' '; 100 << 20]);
    let server =
        Server::start(move |stream| answer(stream, "200 OK\r\ncontent-encoding: gzip", &bomb));
    let done = umbulk(&world, &server, &["import", "a.csv"]);
    assert!(done.status == 3 && done.stdout.contains("longer than 64 MiB"), "{done:?}");
    assert_eq!(world.statuses("a.results.csv"), ["unknown"]);
}

#[test]
fn a_redirect_means_that_nothing_was_done() {
    for head in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let world = World::with_groups(&[]);
        let server = Server::start(move |stream| {
            answer(stream, &format!("{head}\r\nlocation: https://login.example.com/"), b"");
        });
        let done = umbulk(&world, &server, &["import", "a.csv"]);
        assert_eq!(done.status, 2, "{head}: {done:?}");
        assert!(
            done.stdout.contains("a redirect, which is not followed; nothing was done"),
            "{}",
            done.stdout
        );
        assert_eq!(world.statuses("a.results.csv"), ["not_sent"]);
        let actions = server
            .received
            .lock()
            .unwrap()
            .iter()
            .filter(|request| request.contains("/action/"))
            .count();
        assert_eq!(actions, 1, "it is not asked again");
        let listed = umbulk(&world, &server, &["export", "users"]);
        assert!(listed.status == 2 && listed.stderr.contains("redirect"), "{listed:?}");
        let checked = umbulk(&world, &server, &["check"]);
        assert!(checked.status == 2 && checked.stderr.contains("redirect"), "{checked:?}");
    }
}

#[test]
fn a_redirect_instead_of_a_token_is_an_error_at_once() {
    let world = World::with_groups(&[]);
    let server = Server::answering_all(|stream, _| {
        answer(stream, "302 Found\r\nlocation: https://login.example.com/", b"");
    });
    let done = umbulk(&world, &server, &["import", "a.csv"]);
    assert!(
        done.status == 2 && done.stderr.contains("no token") && done.stderr.contains("redirect"),
        "{done:?}"
    );
    assert_eq!(server.received.lock().unwrap().len(), 1);
}

/// 7,500 requests a second went to a server that answered `Retry-After: 0`.
#[test]
fn pauses_after_429_grow_whatever_the_server_asks_for() {
    for after in ["0", "0.0", "-5", "NaN", "Sun, 06 Nov 1994 08:49:37 GMT", "soon"] {
        let world = World::with_groups(&[]);
        let asked = AtomicUsize::new(0);
        let server = Server::start(move |stream| match asked.fetch_add(1, Ordering::SeqCst) {
            0..=5 => answer(stream, &format!("429 Too Many Requests\r\nretry-after: {after}"), b""),
            _ => answer(stream, "200 OK", DONE.as_bytes()),
        });
        let began = Instant::now();
        let mut command =
            command(&world, &server, &["import", "a.csv", "--rate", "action=100/20ms"]);
        let done = run(command.env("UMBULK_RETRY_WAIT", "20ms"));
        assert_eq!(done.status, 0, "{done:?}");
        // 20, 40, 80, … 640 ms.
        assert!(
            began.elapsed() >= Duration::from_millis(63 * 20),
            "{after}: {:?}",
            began.elapsed()
        );
    }
}

/// The least pause is a second where the waits between repeats are as people have them.
#[test]
fn the_first_pause_after_429_is_at_least_a_second() {
    let world = World::with_groups(&[]);
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |stream| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => answer(stream, "429 Too Many Requests\r\nretry-after: 0", b""),
        _ => answer(stream, "200 OK", DONE.as_bytes()),
    });
    let began = Instant::now();
    let done = run(command(&world, &server, &["import", "a.csv"]).env("UMBULK_RATE", "off"));
    assert!(
        done.status == 0 && began.elapsed() >= Duration::from_secs(1),
        "{:?} {done:?}",
        began.elapsed()
    );
}
