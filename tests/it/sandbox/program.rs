//! `umbulk sandbox` as a program: what it prints, writes and keeps.

use super::guest::http;
use crate::world::{Run, bare, run};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

/// A running `umbulk sandbox`.
struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    http: String,
}

impl Server {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut command = bare(folder, &[&["sandbox"], args].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(
            matches!(words.as_slice(), ["listening", http, https] if http.starts_with("http=127.0.\
                0.1:") && https.starts_with("https=127.0.0.1:")),
            "{line}"
        );
        let http = words[1].trim_start_matches("http=").to_owned();
        Self { child, stdout, http }
    }

    /// The state, with the token of the env file.
    fn state(&self, folder: &Path) -> String {
        let env = std::fs::read_to_string(folder.join("sandbox.env")).unwrap();
        let token =
            env.lines().find_map(|line| line.strip_prefix("UMBULK_SANDBOX_TOKEN=")).unwrap();
        let request = http()
            .build()
            .unwrap()
            .get(format!("http://{}/sandbox/state", self.http))
            .bearer_auth(token);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { request.send().await.unwrap().text().await.unwrap() })
    }

    /// SIGTERM, as a service manager ends it.
    fn end(mut self) -> i32 {
        let pid = self.child.id().to_string();
        assert!(std::process::Command::new("kill").arg(pid).status().unwrap().success());
        let status = self.child.wait().unwrap();
        let mut rest = String::new();
        self.stdout.read_line(&mut rest).unwrap();
        assert_eq!(rest, "", "one line on standard output");
        status.code().unwrap_or(-1)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// umbulk, pointed at the sandbox by its env file alone.
fn umbulk(folder: &Path, env_file: &str, args: &[&str]) -> Run {
    let mut command = bare(folder, args);
    for line in std::fs::read_to_string(folder.join(env_file)).unwrap().lines() {
        let (name, value) = line.split_once('=').unwrap();
        command.env(name, value.trim_matches('\''));
    }
    run(&mut command)
}

#[test]
fn the_env_file_points_umbulk_at_it_over_https() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(
        folder.path(),
        &["--env-file", "sandbox.env", "--users", "20", "--no-throttle"],
    );
    let check = umbulk(folder.path(), "sandbox.env", &["check"]);
    assert_eq!(check.status, 0, "{check:?}");
    std::fs::write(
        folder.path().join("a.csv"),
        "email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,Design\n",
    )
    .unwrap();
    let import = umbulk(folder.path(), "sandbox.env", &["import", "a.csv"]);
    assert_eq!(import.status, 0, "{import:?}");
    drop(server);
}

#[test]
fn sandbox_certificate_is_written_and_alone_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let _server =
        Server::start(folder.path(), &["--env-file", "sandbox.env", "--tls-ca-out", "ca.pem"]);
    assert!(
        std::fs::read_to_string(folder.path().join("ca.pem"))
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE-----")
    );
    let env = std::fs::read_to_string(folder.path().join("sandbox.env")).unwrap();
    assert!(env.contains("UMBULK_CA_FILE=") && env.contains("ca.pem"), "{env}");
    std::fs::write(
        folder.path().join("sandbox.env"),
        env.lines().filter(|line| !line.contains("CA")).collect::<Vec<_>>().join("\n"),
    )
    .unwrap();
    let check = umbulk(folder.path(), "sandbox.env", &["check"]);
    assert!(check.status == 2 && check.stderr.contains("certificate"), "{check:?}");
}

#[test]
fn it_ends_on_sigterm_and_keeps_its_state_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("state.jsonl"), "{\"group\":\"Design\"}\n").unwrap();
    let keep = ["--state", "state.jsonl", "--env-file", "sandbox.env", "--no-throttle"];
    let server = Server::start(folder.path(), &keep);
    std::fs::write(
        folder.path().join("a.csv"),
        "email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,Design\n",
    )
    .unwrap();
    assert_eq!(umbulk(folder.path(), "sandbox.env", &["import", "a.csv"]).status, 0);
    assert_eq!(server.end(), 0);
    let state = std::fs::read_to_string(folder.path().join("state.jsonl")).unwrap();
    assert!(state.contains("\"ann@example.com\""), "{state}");
    let server = Server::start(folder.path(), &keep);
    assert_eq!(server.end(), 0);
    assert_eq!(std::fs::read_to_string(folder.path().join("state.jsonl")).unwrap(), state);
}

#[test]
fn it_is_seeded_looked_at_reset_and_logged() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("people.csv"),
        "email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,Design\n",
    )
    .unwrap();
    let server = Server::start(
        folder.path(),
        &[
            "--seed",
            "people.csv",
            "--env-file",
            "sandbox.env",
            "--log-file",
            "calls.jsonl",
            "--no-throttle",
        ],
    );
    #[cfg(unix)]
    for file in ["sandbox.env", "calls.jsonl"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let env = std::fs::read_to_string(folder.path().join("sandbox.env")).unwrap();
    let token = env.lines().find_map(|line| line.strip_prefix("UMBULK_SANDBOX_TOKEN=")).unwrap();
    let ask = |method: reqwest::Method, path: &str| {
        let request = http()
            .build()
            .unwrap()
            .request(method, format!("http://{}/sandbox/{path}", server.http))
            .bearer_auth(token);
        runtime.block_on(async { request.send().await.unwrap().text().await.unwrap() })
    };
    let before = ask(reqwest::Method::GET, "state");
    assert!(
        before.starts_with("{\"group\":\"Design\"") && before.contains("\"firstname\":\"Ann\""),
        "{before}"
    );
    std::fs::write(folder.path().join("b.csv"), "action,email\ndelete,ann@example.com\n").unwrap();
    assert_eq!(umbulk(folder.path(), "sandbox.env", &["import", "b.csv"]).status, 0);
    assert!(!ask(reqwest::Method::GET, "state").contains("ann@example.com"));
    assert!(ask(reqwest::Method::GET, "log").contains("\"class\":\"action\""));
    assert!(
        std::fs::read_to_string(folder.path().join("calls.jsonl"))
            .unwrap()
            .contains("umapi-sync-start")
    );
    ask(reqwest::Method::POST, "reset");
    assert_eq!(ask(reqwest::Method::GET, "state"), before);
    assert_eq!(ask(reqwest::Method::GET, "log"), "");
}

#[test]
fn exported_list_seeds_the_whole_organization() {
    let folder = tempfile::tempdir().unwrap();
    let list = "action,type,email,username,domain,firstname,lastname,country,groups,id,status\n\
                create,federatedID,boss@example.com,boss@example.com,example.com,Bo,Ss,US,\
                \"_org_admin,_admin_Design\",1@example.com,active\n\
                create,federatedID,nameless@example.com,nameless@example.com,example.com,,,,\
                \"[\"\"Team, North\"\"]\",2@example.com,active\n\
                create,adobeID,own@example.com,own@example.com,AdobeID,O,Wn,DE,Design,3@AdobeID,\
                disabled\n";
    std::fs::write(folder.path().join("list.csv"), list).unwrap();
    let server = Server::start(
        folder.path(),
        &["--seed", "list.csv", "--env-file", "sandbox.env", "--no-throttle"],
    );
    assert_eq!(
        umbulk(folder.path(), "sandbox.env", &["export", "users", "--out", "users.csv"]).status,
        0
    );
    let users = std::fs::read_to_string(folder.path().join("users.csv")).unwrap();
    for cells in [
        "boss@example.com,boss@example.com,example.com,Bo,Ss,US,\"",
        "nameless@example.com,nameless@example.com,example.com,,,,\"[\"\"Team, North\"\"]\"",
    ] {
        assert!(users.contains(cells), "{cells}: {users}");
    }
    assert!(users.contains("_org_admin") && users.lines().count() == 3, "{users}");
    // Who is disabled is there, and the API does not list her.
    assert!(!users.contains("own@example.com"), "{users}");
    assert!(
        server
            .state(folder.path())
            .lines()
            .any(|line| line.contains("own@example.com") && line.contains("\"disabled\""))
    );
    // Without a comparison nobody knows that they are there, and the program says what would tell.
    let plain = umbulk(folder.path(), "sandbox.env", &["validate", "users.csv"]);
    assert!(
        plain.status == 1
            && plain.stderr.contains("2 of these are valid if")
            && plain.stderr.contains("--skip-unchanged"),
        "{plain:?}"
    );
    let compared =
        umbulk(folder.path(), "sandbox.env", &["plan", "users.csv", "--against", "users.csv"]);
    assert!(
        compared.status == 0
            && compared.stdout.contains("0  requests")
            && !compared.stderr.contains("of these are valid if"),
        "{compared:?}"
    );
    server.end();
    // The Admin Console's columns tell the same.
    std::fs::write(
        folder.path().join("console.csv"),
        "Identity Type,Username,Domain,Email,First Name,Last Name,Country Code,Product \
         Configurations,Admin Roles,User Groups\n\
         Federated ID,boss@example.com,example.com,boss@example.com,Bo,Ss,US,,System \
         Administrator,Design\n",
    )
    .unwrap();
    let server = Server::start(
        folder.path(),
        &["--seed", "console.csv", "--env-file", "sandbox.env", "--no-throttle"],
    );
    assert_eq!(
        umbulk(
            folder.path(),
            "sandbox.env",
            &["export", "users", "--force", "--out", "console-users.csv"]
        )
        .status,
        0
    );
    assert!(
        std::fs::read_to_string(folder.path().join("console-users.csv"))
            .unwrap()
            .contains("_org_admin")
    );
    server.end();
}

#[test]
fn env_file_turns_the_rate_off_only_without_throttle() {
    let folder = tempfile::tempdir().unwrap();
    for (args, off) in [
        (&["--env-file", "sandbox.env", "--no-throttle"][..], true),
        (&["--env-file", "sandbox.env"], false),
    ] {
        let server = Server::start(folder.path(), args);
        let env = std::fs::read_to_string(folder.path().join("sandbox.env")).unwrap();
        assert_eq!(env.lines().any(|line| line == "UMBULK_RATE=off"), off, "{env}");
        server.end();
    }
}

#[test]
fn it_answers_on_loopback_alone_whatever_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    for host in ["0.0.0.0", "192.0.2.1", "::", "example.com"] {
        let refused = run(&mut bare(folder.path(), &["sandbox", "--host", host]));
        assert!(refused.status == 2 && refused.stderr.contains("127.0.0.1"), "{refused:?}");
    }
}

#[test]
fn what_it_is_told_wrong_is_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.jsonl"), "{\"grup\":\"B\"}\n").unwrap();
    for (args, words) in [
        (&["--fault", "5o0=1"][..], "cut-after"),
        (&["--fault", "500=7"], "between 0 and 1"),
        (&["--limit-action", "fast"], "10/60s"),
        (&["--seed", "nothing.csv"], "nothing.csv"),
        (&["--state", "bad.jsonl"], "bad.jsonl: line 1"),
        (&["--claimed-domain", "example.com=robots"], "federated"),
    ] {
        let refused = run(&mut bare(folder.path(), &[&["sandbox"], args].concat()));
        assert!(refused.status == 2 && refused.stderr.contains(words), "{args:?}: {refused:?}");
    }
}
