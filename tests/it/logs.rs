//! `--log-file` and `-vv`: what happens inside, with reasons.

use crate::hostile::Server;
use crate::world::{World, run, user};
use serde_json::{Value, json};
use std::io::Write as _;
use umbulk::sandbox::{Directory, SandboxOptions};

const FILE: &str = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n\
                    bob@example.com,Bob,Fox,US\ncyd@example.com,Cyd,Ray,XX\n";

/// The lines of a log.
fn lines(world: &World, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(world.path(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of<'l>(lines: &'l [Value], message: &str) -> Vec<&'l Value> {
    lines.iter().filter(|line| line["message"] == message).collect()
}

#[test]
fn log_file_has_each_response_and_each_outcome() {
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", FILE, &["--log-file", "log.jsonl"]);
    assert_eq!(run.status, 1, "{run:?}");
    let lines = lines(&world, "log.jsonl");
    assert!(lines.iter().all(|line| line["timestamp"].is_string() && line["level"].is_string()));
    let actions: Vec<_> =
        of(&lines, "response").into_iter().filter(|line| line["class"] == "Action").collect();
    assert!(actions.len() == 1 && actions[0]["status"] == 200, "{lines:#?}");
    let rows: Vec<_> = of(&lines, "outcome")
        .iter()
        .map(|line| (line["row"].as_u64().unwrap(), line["status"].clone()))
        .collect();
    assert_eq!(rows, [(1, "ok".into()), (2, "ok".into())], "{lines:#?}");
    assert!(!of(&lines, "token given").is_empty());
}

#[test]
fn log_file_says_why_a_request_waits() {
    let world = World::with_groups(&[]);
    let rows: String = (0..25).map(|n| format!("u{n}@example.com,U,{n},US\n")).collect();
    let file = format!("email,firstname,lastname,country\n{rows}");
    let rate = ["--rate", "1/300ms", "--log-file", "log.jsonl"];
    let run = world.import("a.csv", file, &rate);
    assert_eq!(run.status, 0, "{run:?}");
    let lines = lines(&world, "log.jsonl");
    let waits = of(&lines, "waits: the limit is used up");
    assert!(!waits.is_empty(), "{lines:#?}");
    assert!(waits.iter().all(|wait| wait["class"] == "Action" && wait["seconds"].is_f64()));
}

#[test]
fn log_file_goes_on_and_is_its_owners_alone() {
    let world = World::with_groups(&[]);
    assert_eq!(world.import("a.csv", FILE, &["--log-file", "log.jsonl"]).status, 1);
    let first = lines(&world, "log.jsonl").len();
    assert_eq!(world.umbulk(&["import", "a.csv", "--fresh", "--log-file", "log.jsonl"]).status, 1);
    assert!(lines(&world, "log.jsonl").len() > first);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(world.path("log.jsonl")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn file_that_is_no_log_is_left_alone() {
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", FILE, &["--log-file", "a.csv"]);
    assert!(run.status == 2 && run.stderr.contains("is not a log of umbulk"), "{run:?}");
    assert_eq!(std::fs::read_to_string(world.path("a.csv")).unwrap(), FILE);
    assert_eq!(world.action_requests(), 0);
}

#[test]
fn log_holds_no_secret_and_no_token() {
    let world = World::with_groups(&[]);
    assert_eq!(world.import("a.csv", FILE, &["-vv", "--log-file", "log.jsonl"]).status, 1);
    let log = std::fs::read_to_string(world.path("log.jsonl")).unwrap();
    assert!(!log.contains(&world.options.client_secret), "{log}");
    assert!(!log.to_lowercase().contains("bearer"), "{log}");
}

#[test]
fn twice_verbose_says_the_same_on_the_terminal() {
    let mut directory = Directory::default();
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    let run = world.import("a.csv", FILE, &["-vv"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(run.stderr.contains("outcome row=1 status=\"ok\""), "{run:?}");
    let run = world.umbulk(&["import", "a.csv", "--fresh", "-v"]);
    assert!(!run.stderr.contains("outcome row=1"), "{run:?}");
    let run = world.umbulk(&["import", "a.csv", "--fresh", "-vv", "-q"]);
    assert!(!run.stderr.contains("outcome row=1"), "{run:?}");
}

/// What a server says reaches the log and the terminal, and neither obeys it.
#[test]
fn words_of_a_server_are_escaped_in_the_log() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    let said = "De\u{1b}[31msign\u{202e}";
    let fault = json!({ "index": 0, "step": 0, "errorCode": "error.group.x", "message": said });
    let refused =
        json!({ "result": "error", "completed": 0, "notCompleted": 1, "errors": [fault] });
    let token = json!({ "access_token": "t", "expires_in": 3600 });
    let server = Server::answering_all(move |stream, head| {
        let body = if head.contains("/ims/") { &token } else { &refused }.to_string();
        let length = body.len();
        let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}");
        drop(stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()));
    });
    let here = format!("http://127.0.0.1:{}", server.port);
    let mut command = world.command(&["import", "a.csv", "-vv", "--log-file", "log.jsonl"]);
    command.env("UMAPI_URL", &here).env("UMAPI_AUTH_HOST", &here);
    let run = run(&mut command);
    let log = std::fs::read_to_string(world.path("log.jsonl")).unwrap();
    assert!(!log.contains(['\u{1b}', '\u{202e}']), "{log}");
    assert!(!run.stderr.contains(['\u{1b}', '\u{202e}']), "{run:?}");
    assert!(log.contains("sign") && run.stderr.contains("sign"), "{log} {run:?}");
}
