//! A server that gives back what it has received shows it to nobody, however it writes it.

use crate::hostile::Server;
use crate::world::{Run, World, bare, run};
use std::fmt::Write as _;
use std::io::Write as _;

const SECRET: &str = "p8e-Zx9q47Kd0vXw31Lm-Trs6";
const TOKEN: &str = "eyJhbGciOi-J1c2Vy7Kd0vXw31LmTrs6eyJhbGciOiJ1c2Vy7Kd0vXw31LmTrs6Q9zz";
const FILE: &str = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";

/// Ways to write a text: some that umbulk knows, and some that it does not.
fn forms(text: &str) -> Vec<String> {
    let each = |form: &dyn Fn(u8) -> String, between: &str| {
        text.bytes().map(form).collect::<Vec<_>>().join(between)
    };
    let moved = |by: u8| {
        let turn = |from: u8, byte: u8| char::from(from + (byte - from + by) % 26);
        let letter = |byte: u8| match byte {
            b'a'..=b'z' => turn(b'a', byte),
            b'A'..=b'Z' => turn(b'A', byte),
            other => char::from(other),
        };
        text.bytes().map(letter).collect::<String>()
    };
    let words = ["nil", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let spelled = |byte: u8| {
        byte.to_string()
            .bytes()
            .map(|digit| words[usize::from(digit - b'0')])
            .collect::<Vec<_>>()
            .join("-")
    };
    vec![
        text.to_owned(),
        each(&|byte| byte.to_string(), " "),
        each(&|byte| byte.to_string(), ", "),
        each(&|byte| format!("{byte:o}"), " "),
        each(&|byte| format!("{byte:08b}"), " "),
        text.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap()).collect(),
        moved(13),
        moved(5),
        each(&|byte| char::from_u32(0x2800 + u32::from(byte)).unwrap().to_string(), ""),
        each(&spelled, " "),
        text.chars().map(|c| format!("{c} ")).collect(),
    ]
}

/// The import of a file, with a server that is token host and API in one.
fn import(world: &World, server: &Server) -> Run {
    world.write("a.csv", FILE);
    let here = format!("http://127.0.0.1:{}", server.port);
    let mut command = bare(world.folder.path(), &["import", "a.csv", "-v"]);
    command
        .env("UMAPI_URL", &here)
        .env("UMAPI_AUTH_HOST", &here)
        .env("UMAPI_CLIENT_ID", "id")
        .env("UMAPI_ORG_ID", "1@AdobeOrg");
    run(command
        .env("UMAPI_CLIENT_SECRET", SECRET)
        .env("UMBULK_RATE", "off")
        .env("UMBULK_RETRY_WAIT", "5ms"))
}

fn answer(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What a run has shown and written, as far as a reader could make something of it.
fn seen(world: &World, done: &Run) -> String {
    let mut seen = format!("{}{}", done.stdout, done.stderr);
    for name in ["a.results.csv", "a.failed.csv", "log.jsonl"] {
        let _ = write!(seen, "{}", std::fs::read_to_string(world.path(name)).unwrap_or_default());
    }
    seen
}

#[test]
fn token_host_cannot_show_the_secret_in_any_form() {
    for (place, form) in forms(SECRET).into_iter().enumerate() {
        for body in [
            serde_json::json!({ "error": "invalid_client", "error_description": format!("invalid \
                 client_secret parameter: {form}") }),
            serde_json::json!({ "error": form, "error_description": format!("invalid \
                 client_secret {form} parameter") }),
        ] {
            let world = World::with_groups(&[]);
            let whole = answer("401 Unauthorized", &body.to_string());
            let server =
                Server::answering_all(move |stream, _| drop(stream.write_all(whole.as_bytes())));
            let done = import(&world, &server);
            let seen = seen(&world, &done);
            assert!(
                done.status == 2
                    && seen.contains("invalid client_secret")
                    && seen.contains("parameter"),
                "{place}: {done:?}"
            );
            assert!(seen.contains("HTTP 401") && seen.contains("***"), "{place}: {done:?}");
            // Nothing of it: no piece of six characters.
            let pieces: Vec<char> = form.chars().collect();
            assert!(
                !pieces.windows(6).any(|piece| seen.contains(&piece.iter().collect::<String>())),
                "{form}: {seen}"
            );
        }
    }
}

#[test]
fn api_cannot_show_the_token_in_any_form() {
    // Letters apart and numbers in words are words.
    let forms = forms(TOKEN);
    for form in &forms[..forms.len() - 2] {
        for status in ["200 OK", "400 Bad Request", "403 Forbidden", "404 Not Found"] {
            let world = World::with_groups(&[]);
            let said = format!("Group Design is not there, you said {form} again");
            let fault = serde_json::json!({ "index": 0, "step": 0, "errorCode": "error.group.\
                not_found", "message": said });
            let body = serde_json::json!({
                "result": "error", "completed": 0, "notCompleted": 1, "errors": [fault],
                    "error_code": "error.x", "message": said,
            });
            let granted =
                serde_json::json!({ "access_token": TOKEN, "expires_in": 3600 }).to_string();
            let (granted, refused) =
                (answer("200 OK", &granted), answer(status, &body.to_string()));
            let server = Server::answering_all(move |stream, head| {
                let whole = if head.contains("/ims/") { &granted } else { &refused };
                let _ = stream.write_all(whole.as_bytes());
            });
            let done = import(&world, &server);
            let seen = seen(&world, &done);
            assert!(
                seen.contains("Group Design is not there, you said ***"),
                "{status}, {form}: {seen}"
            );
            let pieces: Vec<char> = form.chars().collect();
            assert!(
                !pieces.windows(9).any(|piece| seen.contains(&piece.iter().collect::<String>())),
                "{status}, {form}: {seen}"
            );
        }
    }
}
