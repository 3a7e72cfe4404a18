//! A journal may come from anybody: no path of it is written to, and nothing of it reaches the
//! terminal raw.

use crate::world::World;
use rusqlite::Connection;
use std::path::{Path, PathBuf};

const JOURNAL: &str = "a.00000000000000000000AAAAAdobeOrg.journal";
const FILE: &str =
    "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\nno address,A,B,US\n";

fn imported() -> World {
    let world = World::with_groups(&[]);
    assert_eq!(world.import("a.csv", FILE, &[]).status, 1);
    world
}

/// Says other things in the journal about its run.
fn forge(journal: &Path, change: impl Fn(&mut serde_json::Value)) {
    let database = Connection::open(journal).unwrap();
    let face: String = database
        .query_row("SELECT value FROM facts WHERE name = 'face'", [], |row| row.get(0))
        .unwrap();
    let mut face: serde_json::Value = serde_json::from_str(&face).unwrap();
    change(&mut face);
    database
        .execute("UPDATE facts SET value = ?1 WHERE name = 'face'", [face.to_string()])
        .unwrap();
    database.execute("DELETE FROM facts WHERE name = 'finished'", []).unwrap();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn results_go_beside_the_input_and_nowhere_else() {
    let world = imported();
    let elsewhere = tempfile::tempdir().unwrap();
    let victims = ["victim.csv", "other.csv"].map(|name| elsewhere.path().join(name));
    for victim in &victims {
        std::fs::write(victim, "untouched").unwrap();
    }
    std::fs::write(elsewhere.path().join("a.csv"), FILE).unwrap();
    for folder in [elsewhere.path().to_path_buf(), PathBuf::from("/")] {
        forge(&world.path(JOURNAL), |face| {
            face["results"] = victims[0].to_str().into();
            face["failed"] = victims[1].to_str().into();
            face["folder"] = folder.to_str().into();
        });
        let before = files(elsewhere.path());
        for named in ["a.csv", JOURNAL] {
            std::fs::remove_file(world.path("a.results.csv")).unwrap();
            let run = world.umbulk(&["results", named]);
            assert_eq!(run.status, 0, "{run:?}");
            assert_eq!(world.rows("a.results.csv").len(), 2);
        }
        assert_eq!(files(elsewhere.path()), before);
        assert!(
            victims.iter().all(|victim| std::fs::read_to_string(victim).unwrap() == "untouched")
        );
    }
}

#[test]
fn results_that_are_not_ours_are_put_aside() {
    let world = imported();
    world.write("a.results.csv", "somebody's own\n");
    assert_eq!(world.umbulk(&["results", "a.csv"]).status, 0);
    assert!(world.dated("a").values().any(|bytes| bytes == b"somebody's own\n"));
}

#[test]
fn input_elsewhere_is_never_taken_from_the_journal() {
    let world = imported();
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("a.csv"), FILE).unwrap();
    forge(&world.path(JOURNAL), |face| {
        face["file"] = elsewhere.path().join("a.csv").to_str().into();
    });
    std::fs::rename(world.path("a.csv"), world.path("b.csv")).unwrap();
    let run = world.umbulk(&["results", JOURNAL]);
    assert!(run.status == 2 && run.stderr.contains("umbulk results FILE"), "{run:?}");
    assert_eq!(files(elsewhere.path()).len(), 1);
    // Where a flag says, the results of a file in another folder are written again.
    std::fs::create_dir(world.path("in")).unwrap();
    std::fs::rename(world.path("b.csv"), world.path("in/a.csv")).unwrap();
    std::fs::remove_file(world.path("a.results.csv")).unwrap();
    let run = world.umbulk(&["results", "in/a.csv", "--results", "a.results.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.rows("a.results.csv").len(), 2);
}

#[test]
fn typed_words_of_a_journal_are_never_carried_out() {
    let world = imported();
    forge(&world.path(JOURNAL), |face| {
        face["typed"] = serde_json::json!(["rm", "-rf", "import", "/"]);
    });
    let run = world.umbulk(&["results", "a.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    let status = world.umbulk(&["status", "a.csv"]);
    assert!(status.status == 0 && !status.stdout.contains("rm"), "{status:?}");
}

/// Whatever the options of a journal name, `umbulk results` opens nothing but the input, and sends
/// nothing.
#[test]
fn stored_options_decide_only_how_rows_are_read() {
    let world = imported();
    let pipe = world.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap();
    // Anyone who reads the pipe hangs, and anyone who writes there as well.
    let forged = |name: &str, value: serde_json::Value| {
        forge(&world.path(JOURNAL), |face| face["config"][name] = value.clone());
        let run = world.umbulk(&["results", "a.csv", "--results", "forged.csv"]);
        assert_eq!(world.action_requests(), 1);
        run
    };
    // Names that no option has, and options that take no such value.
    let unknown = ["protect", "against", "groups_file", "ca_file", "env_file", "results", "failed"];
    let known = ["dialect", "action", "encoding", "rows", "ignore", "if_exists"];
    for name in unknown.into_iter().chain(known) {
        let world = imported();
        forge(&world.path(JOURNAL), |face| face["config"][name] = pipe.into());
        let run = world.umbulk(&["results", "a.csv", "--results", "forged.csv"]);
        assert!(run.status == 2 && run.stderr.contains("does not understand"), "{name}: {run:?}");
        assert!(!world.path("forged.csv").exists(), "{name}");
        assert_eq!(world.action_requests(), 1, "{name}");
    }
    assert_eq!(forged("default_country", pipe.into()).status, 0);
    assert_eq!(world.rows("forged.csv").len(), 2);
    let unread = forged("map", serde_json::json!([["email", pipe]]));
    assert!(unread.status == 2 && unread.stderr.contains("pipe"), "{unread:?}");
}

#[test]
fn options_of_another_format_are_refused_with_the_reason() {
    let world = imported();
    for (config, why) in [
        (serde_json::json!(null), "it does not say how its rows were read"),
        (serde_json::json!({"version": 9}), "in format 9, and this umbulk reads format 1"),
        (
            serde_json::json!({"version": 1}),
            "this umbulk does not understand how its rows were read",
        ),
        (serde_json::json!({"version": 1, "dialect": "../../evil"}), "does not understand"),
    ] {
        forge(&world.path(JOURNAL), |face| face["config"] = config.clone());
        let run = world.umbulk(&["results", "a.csv", "--results", "again.csv"]);
        assert!(run.status == 2 && run.stderr.contains(why), "{config}: {run:?}");
        assert!(!world.path("again.csv").exists(), "{config}");
        // Whether the file is still the same is then unknown: nobody is told to begin afresh.
        let status = world.umbulk(&["status", "a.csv"]);
        assert!(!format!("{status:?}").contains("--fresh"), "{config}: {status:?}");
    }
}

#[test]
fn status_marks_what_only_the_journal_says() {
    let world = imported();
    forge(&world.path(JOURNAL), |face| {
        face["results"] = "/elsewhere/evil.csv".into();
        face["folder"] = "/elsewhere".into();
        face["typed"] = serde_json::json!(["umbulk", "import", "a.csv", "$(touch x)"]);
    });
    let status = world.umbulk(&["status", "a.csv"]);
    let lines: Vec<&str> = status.stdout.lines().collect();
    let says = lines.iter().position(|line| *line == "  from the journal:").unwrap();
    assert!(lines[..says].iter().all(|line| !line.contains("elsewhere")), "{status:?}");
    assert!(
        lines[says + 1..].iter().any(|line| line.contains("/elsewhere/evil.csv")),
        "{status:?}"
    );
    assert!(
        status.stdout.contains("import a.csv '$(touch x)'")
            && !status.stdout.contains("import a.csv $(touch"),
        "{status:?}"
    );
}

#[test]
fn nothing_of_a_journal_reaches_the_terminal_raw() {
    let world = imported();
    let evil = "x\u{1b}]0;owned\u{7}\u{202e}\ny";
    forge(&world.path(JOURNAL), |face| {
        for field in ["file", "results", "folder", "run_id"] {
            face[field] = evil.into();
        }
        face["typed"] = serde_json::json!(["umbulk", "import", evil]);
    });
    let status = world.umbulk(&["status"]);
    assert!(status.status == 0 && status.stdout.contains("interrupted"), "{status:?}");
    assert!(!status.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{:?}", status.stdout);
    // A name with a line break begins no line.
    let of_the_table = |line: &str| line.starts_with("FILE ") || line.starts_with("x\\");
    assert!(
        status.stdout.lines().all(|line| line.starts_with(' ') || of_the_table(line)),
        "{}",
        status.stdout
    );
}

#[test]
fn journal_that_is_a_link_or_a_pipe_is_refused() {
    let world = imported();
    let real = world.path("real");
    std::fs::rename(world.path(JOURNAL), &real).unwrap();
    std::os::unix::fs::symlink(&real, world.path(JOURNAL)).unwrap();
    for args in [&["status", "a.csv"][..], &["results", "a.csv"], &["import", "a.csv"]] {
        let run = world.umbulk(args);
        assert!(run.status == 2 && run.stderr.contains("not a regular file"), "{args:?}: {run:?}");
    }
    std::fs::remove_file(world.path(JOURNAL)).unwrap();
    assert!(
        std::process::Command::new("mkfifo").arg(world.path(JOURNAL)).status().unwrap().success()
    );
    let run = world.umbulk(&["status", "a.csv"]);
    assert!(run.status == 2 && run.stderr.contains("not a regular file"), "{run:?}");
}

/// What a journal says about a row: its status, a message, and the row, from 0.
fn decide(journal: &Path, status: u8, message: &str, row: u8) {
    let database = Connection::open(journal).unwrap();
    database.execute("DELETE FROM decided", []).unwrap();
    database
        .execute(
            "INSERT INTO decided VALUES (1, ?1, '', ?2, 'none', ?3)",
            rusqlite::params![status, message, [1, row, 0]],
        )
        .unwrap();
}

/// A journal may say that a row was to be sent: an import goes by the row.
#[test]
fn decisions_of_a_journal_send_nothing() {
    const TO_SEND: u8 = 5;
    for is_finished in [true, false] {
        let world = imported();
        decide(&world.path(JOURNAL), TO_SEND, "", 1);
        if !is_finished {
            forge(&world.path(JOURNAL), |_| ());
        }
        let run = world.umbulk(&["import", "a.csv"]);
        assert_eq!((run.status, world.action_requests()), (1, 1), "{run:?}");
        assert_eq!(world.statuses("a.results.csv"), ["ok", "invalid"]);
        assert_eq!(world.sandbox.directory().users().count(), 1);
    }
}

#[test]
fn words_of_decisions_reach_no_screen_and_no_cell_raw() {
    const INVALID: u8 = 2;
    let world = imported();
    decide(&world.path(JOURNAL), INVALID, "=cmd|\u{1b}[2J\u{202e}", 1);
    for args in [&["results", "a.csv"][..], &["import", "a.csv"]] {
        let run = world.umbulk(args);
        let text = std::fs::read_to_string(world.path("a.results.csv")).unwrap();
        let said = [run.stdout, run.stderr, text];
        assert!(
            said.iter().all(|text| !text.contains('\u{1b}') && !text.contains('\u{202e}')),
            "{args:?}: {said:?}"
        );
        let message = &world.rows("a.results.csv")[1]["umbulk_message"];
        assert!(message.starts_with("'=cmd"), "{args:?}: {message}");
    }
    decide(&world.path(JOURNAL), INVALID, "wrong", 2);
    for args in [&["results", "a.csv"][..], &["import", "a.csv"]] {
        let run = world.umbulk(args);
        assert!(run.status == 2 && run.stderr.contains("row 3"), "{args:?}: {run:?}");
    }
}
