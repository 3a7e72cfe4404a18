//! Nothing from a file or a server is obeyed by a terminal, and nothing in the results is run by a
//! spreadsheet.

use crate::hostile::Server;
use crate::world::{Run, World, bare, run, user};
use std::io::Write;
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

/// Clears the screen, writes to the clipboard, turns a name round, begins a line of its own.
const EVIL: &str = "\u{1b}[2J\u{1b}]52;c;eA==\u{7}\u{9b}31m\u{202e}gnp.exe\u{2066}";

/// A character that a terminal obeys: a control, or one that turns the direction of text.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2066}'..='\u{2069}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// What was shown holds nothing hidden.
fn assert_visible(run: &Run) {
    let shown = format!("{}{}", run.stdout, run.stderr);
    let hidden = shown.chars().find(|c| is_hidden(*c) && *c != '\n');
    assert_eq!(hidden, None, "{run:?}");
    assert!(!shown.lines().any(|line| line.starts_with("error: forged")), "{shown}");
}

/// The text was shown, and nothing hidden.
fn assert_shown(run: &Run) {
    assert_visible(run);
    let shown = format!("{}{}", run.stdout, run.stderr);
    assert!(
        shown.contains("gnp.exe") && (shown.contains("\\u202e") || shown.contains("\\u{202e}")),
        "{shown}"
    );
}

#[test]
fn column_and_file_names_are_shown_escaped() {
    let world = World::with_groups(&["Design"]);
    let name = format!("staff{EVIL}.csv");
    let file = format!(
        "email,firstname,lastname,country,Room \
         {EVIL},Floor\nann@example.com,Ann,Lee,US,1,2\n{EVIL},A,B,XX,,\n"
    );
    world.write(&name, &file);
    for args in [
        &["validate", &name][..],
        &["plan", &name],
        &["plan", &name, "--json"],
        &["import", &name, "--json"],
        &["import", &name, "-v", "--fresh"],
        &["import", &name, "--sandbox", "--fresh"],
        &["import", &name, "--rate", EVIL],
        &["import", &name, EVIL],
        &["status"],
        &["status", "--json"],
        &["results", &name],
        &["diff", &name, &name],
        &["usage", "--from", &name],
    ] {
        assert_shown(&world.umbulk(args));
    }
    assert_visible(&world.umbulk(&["import", &name, "--no-such-flag"]));
    // The proposal for a header that is not known.
    world.write("b.csv", format!("Mail {EVIL},Vorname\nann@example.com,Ann\n"));
    assert_shown(&world.umbulk(&["import", "b.csv"]));
    assert_shown(&world.umbulk(&["import", "b.csv", "--map", "email=Post"]));
}

/// A line break in a name does not make a line of its own, which would look like umbulk's.
#[test]
fn a_line_break_in_a_name_forges_no_line() {
    let world = World::with_groups(&[]);
    world.write(
        "a.csv",
        "email,firstname,lastname,country,\"Room\nerror: \
         forged\"\nann@example.com,Ann,Lee,US,1\nbob,\"B\nerror: forged\",C,US,1\n",
    );
    for args in [&["validate", "a.csv"][..], &["plan", "a.csv"], &["import", "a.csv"]] {
        assert_visible(&world.umbulk(args));
    }
}

#[test]
fn settings_and_credentials_are_shown_escaped() {
    let world = World::with_groups(&[]);
    world.write("a.csv", "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n");
    world.write(
        "umbulk.toml",
        format!("\"{}\" = 1\n", EVIL.replace('\u{1b}', "\\u001b").replace('\u{7}', "\\u0007")),
    );
    assert_shown(&world.umbulk(&["import", "a.csv"]));
    std::fs::remove_file(world.path("umbulk.toml")).unwrap();
    // Of an address with unusual characters only the host is shown: they may hide a password.
    let refused = run(world
        .command(&["import", "a.csv"])
        .env("UMAPI_URL", format!("http://api.example.com/{EVIL}")));
    assert_visible(&refused);
    assert!(refused.stderr.contains("UMAPI_URL: `http://api.example.com…`"), "{refused:?}");
    assert_shown(&run(world
        .command(&["import", "a.csv"])
        .env("UMAPI_ORG_ID", EVIL)
        .env("UMBULK_ORG", "1@AdobeOrg")));
}

/// Answers everything with this body, and this status.
fn server(status: &'static str, body: String) -> Server {
    Server::start(move |stream| {
        let _ = write!(
            stream,
            "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
    })
}

fn import(world: &World, server: &Server, more: &[&str]) -> Run {
    let here = format!("http://127.0.0.1:{}", server.port);
    world
        .write("a.csv", "email,firstname,lastname,country,note\nann@example.com,Ann,Lee,US,=1+1\n");
    let mut command = bare(
        world.folder.path(),
        &[&["import", "a.csv", "--retry-wait", "1ms"][..], more].concat(),
    );
    command
        .env("UMAPI_URL", &here)
        .env("UMAPI_AUTH_HOST", &here)
        .env("UMAPI_CLIENT_ID", "id")
        .env("UMBULK_RATE", "off");
    run(command
        .env("UMAPI_CLIENT_SECRET", "secret-of-the-test")
        .env("UMAPI_ORG_ID", "1@AdobeOrg")
        .env("UMBULK_MAX_ATTEMPTS", "2"))
}

fn refusal(code: &str, message: &str) -> String {
    let one = serde_json::json!({ "index": 0, "step": 0, "errorCode": code, "message": message });
    serde_json::json!({
        "result": "error", "completed": 0, "notCompleted": 1, "errors": [one], "error_code": code,
            "message": message,
    })
    .to_string()
}

#[test]
fn words_of_a_server_are_shown_escaped() {
    for status in ["200 OK", "400 Bad Request", "403 Forbidden", "404 Not Found"] {
        let world = World::with_groups(&[]);
        let server = server(
            status,
            refusal(&format!("error.x.{EVIL}"), &format!("sorry {EVIL}\nerror: forged")),
        );
        for more in [
            &["--verbose"][..],
            &["--verbose", "--fresh", "--json"],
            &["--fresh", "--progress", "plain"],
        ] {
            assert_shown(&import(&world, &server, more));
        }
        assert_visible(&world.umbulk(&["status"]));
    }
}

#[test]
fn a_token_service_is_shown_escaped() {
    let world = World::with_groups(&[]);
    let body = refusal(&format!("invalid_client{EVIL}"), &format!("no {EVIL}\nerror: forged"));
    let server = Server::answering_all(move |stream, _| {
        let _ = write!(
            stream,
            "HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
    });
    let done = import(&world, &server, &[]);
    // Of its words, only those that everybody knows are shown.
    assert!(
        done.status == 2 && done.stderr.contains("HTTP 401 *** no *** error: ***."),
        "{done:?}"
    );
    assert_visible(&done);
}

#[test]
fn names_in_an_organization_are_shown_escaped() {
    let mut directory = Directory::default();
    let group = format!("Design {EVIL}");
    directory.add_group(&SandboxGroup::user_group(&group));
    let mut ann = user("ann@example.com", &[&group]);
    ann.firstname = format!("Ann {EVIL}");
    directory.add_user(&ann);
    let world = World::new(directory, SandboxOptions::default());
    let listed = world.umbulk(&["export", "users", "--out", "users.csv"]);
    assert_eq!(listed.status, 0, "{listed:?}");
    world.write("a.csv", "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n");
    world.write("b.csv", "email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,\n");
    for args in [
        &["usage", "--from", "users.csv"][..],
        &["plan", "a.csv", "--against", "users.csv", "--if-exists", "update"],
        &["diff", "users.csv", "b.csv"],
    ] {
        assert_shown(&world.umbulk(args));
    }
    // Data for a program is as it is.
    let piped = world.umbulk(&["export", "users", "--cached", "--out", "-"]);
    assert!(piped.stdout.contains(EVIL), "{piped:?}");
}

#[test]
fn words_of_a_server_are_no_formulas_in_the_results() {
    let wide = ["＝1+1", "＋1", "－1", "＠SUM(1)"];
    for formula in
        ["=cmd|' /C calc'!A0", "+1+1", "-1", "@SUM(1)", "\t=1", "\r=1"].into_iter().chain(wide)
    {
        for status in ["200 OK", "400 Bad Request"] {
            let world = World::with_groups(&[]);
            let code = if status == "200 OK" {
                formula.to_owned()
            } else {
                "error.command.malformed".to_owned()
            };
            let server = server(status, refusal(&code, formula));
            let done = import(&world, &server, &[]);
            assert_eq!(done.status, 1, "{done:?}");
            for name in ["a.results.csv", "a.failed.csv"] {
                let row = &world.rows(name)[0];
                assert_eq!(row["note"], "=1+1", "the input's own cells stay as they are");
                for (column, value) in
                    row.iter().filter(|(column, _)| column.starts_with("umbulk_"))
                {
                    assert!(
                        !value
                            .starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']),
                        "{name}: {column}: {value:?}"
                    );
                }
                assert!(row["umbulk_message"].contains(formula.trim_start()), "{row:?}");
            }
        }
    }
}
