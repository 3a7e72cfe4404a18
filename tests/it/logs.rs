//! `--log-file` and `-vv`: what happens inside, with reasons.

use crate::hostile::Server;
use crate::world::{World, run, user};
use serde_json::{Value, json};
use std::io::Write as _;
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, SandboxOptions};

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
    // The id with which Adobe's support finds the request, and which the results have as well.
    let id = world.rows("a.results.csv")[0]["umbulk_request_id"].clone();
    assert!(!id.is_empty() && actions[0]["request_id"] == id.as_str(), "{lines:#?}");
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
    let rows: String = (0..25).map(|n| format!("u{n}@example.com,U,N{n},US\n")).collect();
    let file = format!("email,firstname,lastname,country\n{rows}");
    let rate = ["--rate", "1/300ms", "--log-file", "log.jsonl"];
    let run = world.import("a.csv", file, &rate);
    assert_eq!(run.status, 0, "{run:?}");
    let lines = lines(&world, "log.jsonl");
    let waits = of(&lines, "waits: the limit is used up");
    assert!(!waits.is_empty(), "{lines:#?}");
    assert!(waits.iter().all(|wait| wait["class"] == "Action" && wait["seconds"].is_f64()));
}

const CHANGES: &str = "action,email,firstname,lastname,country,groups,new_email\n";

/// The time in which the service may still carry out a request.
const WINDOW: Duration = Duration::from_millis(1200);

/// Imports rows of `CHANGES` with a log. Returns its lines.
fn logged_changes(world: &World, file: &str, rows: &str) -> Vec<Value> {
    world.write(file, format!("{CHANGES}{rows}"));
    let log = format!("{file}.jsonl");
    let mut command = world.command(&["import", file, "--yes", "--log-file", &log]);
    command.env("UMBULK_EFFECT_WINDOW", format!("{}ms", WINDOW.as_millis()));
    let run = run(&mut command);
    assert_eq!(run.status, 0, "{run:?}");
    lines(world, &log)
}

/// A world with a user, whose first request gets a 504 and is carried out later, or never.
fn world_with_504(after: Option<Duration>) -> World {
    let mut directory = Directory::default();
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    let never = InjectedFault::Answer { status: 504, headers: Vec::new(), body: String::new() };
    let fault = after.map_or(never, |after| InjectedFault::Late { status: 504, after });
    world.sandbox.faults().next_actions([Some(fault)]);
    world
}

/// The rows of lines, with the reason of each.
fn reasons(lines: &[&Value]) -> Vec<(u64, String)> {
    lines
        .iter()
        .map(|line| (line["row"].as_u64().unwrap(), line["why"].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn log_says_once_why_a_row_waits_for_a_group() {
    let world = World::with_groups(&[]);
    world.write(
        "a.csv",
        "action,email,firstname,lastname,country,groups,group\n\
         create-group,,,,,,New\n\
         create,ann@example.com,Ann,Lee,US,New,\n\
         create,bob@example.com,Bob,Fox,US,New,\n",
    );
    let run = world.umbulk(&["import", "a.csv", "--log-file", "log.jsonl"]);
    assert_eq!(run.status, 0, "{run:?}");
    let lines = lines(&world, "log.jsonl");
    let why = "row 1 creates, renames or deletes what this row names, and comes first";
    assert_eq!(
        reasons(&of(&lines, "row waits")),
        [(2, why.to_owned()), (3, why.to_owned())],
        "{lines:#?}"
    );
}

#[test]
fn log_says_what_was_decided_after_a_lost_response() {
    let world = world_with_504(None);
    let rename = "update,ann@example.com,,,,,new@example.com\n";
    let lines = logged_changes(&world, "a.csv", rename);
    for message in ["a probe comes first", "probed", "decided"] {
        assert!(of(&lines, message).iter().any(|line| line["row"] == 1), "{message}: {lines:#?}");
    }
    let decided: Vec<&str> =
        of(&lines, "decided").iter().map(|line| line["what"].as_str().unwrap()).collect();
    assert_eq!(decided.first(), Some(&"a probe finds out what it has done"), "{lines:#?}");
    assert_eq!(decided.last(), Some(&"it is done"), "{lines:#?}");
}

#[test]
fn log_says_that_rows_wait_behind_a_late_effect() {
    let world = world_with_504(Some(Duration::ZERO));
    let rows = "delete,ann@example.com,,,,,\ncreate,ann@example.com,Ann,Lee,US,,\n";
    let lines = logged_changes(&world, "a.csv", rows);
    let waits = of(&lines, "rows behind this row wait");
    assert!(waits.len() == 1 && waits[0]["row"] == 1, "{lines:#?}");
    assert!(waits[0]["seconds"].is_f64() && waits[0]["why"].is_string(), "{waits:#?}");
    assert!(!of(&lines, "sent again later").is_empty(), "{lines:#?}");
}

#[test]
fn log_says_once_that_a_row_waits_for_another_process() {
    let world = world_with_504(Some(Duration::ZERO));
    logged_changes(&world, "a.csv", "delete,ann@example.com,,,,,\n");
    let lines = logged_changes(&world, "b.csv", "create,ann@example.com,Ann,Lee,US,,\n");
    let waits = of(&lines, "row waits");
    let why = "the service may still carry out a request of another process or file about the \
               same user or group";
    assert_eq!(reasons(&waits), [(1, why.to_owned())], "{lines:#?}");
    assert!(waits[0]["seconds"].is_f64(), "{waits:#?}");
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
    world.write("notes.csv", FILE);
    let run = world.import("a.csv", FILE, &["--log-file", "notes.csv"]);
    assert!(run.status == 2 && run.stderr.contains("is not a log of umbulk"), "{run:?}");
    assert_eq!(std::fs::read_to_string(world.path("notes.csv")).unwrap(), FILE);
    assert_eq!(world.action_requests(), 0);
}

/// A file that is not there yet would hold the log first, and then the results in its place.
#[test]
fn log_in_a_file_that_the_command_writes_is_refused() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    world.write("empty.csv", "");
    let (import, plan) = (["import", "a.csv"], ["plan", "a.csv", "--out", "plan.csv"]);
    let export = ["export", "users"];
    for (args, log) in [
        (&import[..], "a.results.csv"),
        (&import, "./a.failed.csv"),
        (&["import", "empty.csv"], "empty.csv"),
        (&["import", "a.csv", "--results", "r.csv"], "r.csv"),
        (&["import", "a.csv", "--test-mode"], "a.test.csv"),
        (&plan, "plan.csv"),
        (&export, "users.csv"),
    ] {
        let run = world.umbulk(&[args, &["--log-file", log]].concat());
        assert_eq!((run.status, world.action_requests()), (2, 0), "{args:?} {log}: {run:?}");
        assert!(run.stderr.contains("the log cannot be written to"), "{args:?} {log}: {run:?}");
        assert!(log == "empty.csv" || !world.path(log).exists(), "{args:?} {log}");
    }
    let other = world.umbulk(&["import", "a.csv", "--log-file", "b.results.csv"]);
    assert_eq!(other.status, 1, "{other:?}");
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
