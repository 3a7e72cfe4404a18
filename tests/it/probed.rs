//! `--verify-deletes`: what the questions cost, and that they cost no requests.

use crate::world::{World, run, user};
use umbulk::sandbox::{Directory, SandboxOptions};

/// So many people, and rows that delete all of them.
fn people(count: u32) -> (World, String) {
    let mut directory = Directory::default();
    let mut rows = "action,email,firstname,lastname,country\n".to_owned();
    for number in 0..count {
        directory.add_user(&user(&format!("u{number}@example.com"), &[]));
        rows += &format!("delete,u{number}@example.com,,,\n");
    }
    (World::new(directory, SandboxOptions::default()), rows)
}

#[test]
fn ten_probed_rows_share_a_request() {
    let (world, rows) = people(40);
    let run = world.import("a.csv", rows, &["--verify-deletes", "--yes"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().users().count(), 0);
    assert_eq!(world.action_requests(), 4);
}

#[test]
fn probed_rows_share_a_request_with_other_rows() {
    let (world, rows) = people(5);
    let created: String =
        (0..5).map(|number| format!("create,new{number}@example.com,N,E,US\n")).collect();
    let run = world.import("a.csv", rows + &created, &["--verify-deletes"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.action_requests(), 1);
    let (world, rows) = people(5);
    let mixed: String = rows
        .lines()
        .enumerate()
        .map(|(number, row)| format!("{row}\n{}", if number == 0 { &created } else { "" }))
        .collect();
    assert_eq!(world.import("a.csv", mixed, &["--verify-deletes"]).status, 0);
    assert_eq!(world.action_requests(), 1);
}

/// How many people were asked about, and how often that waited for a limit.
fn questions_and_waits(rate: &str) -> (usize, usize) {
    let (world, rows) = people(60);
    let flags = ["--verify-deletes", "--yes", "--rate", rate, "--log-file", "a.log"];
    let run = world.import("a.csv", rows, &flags);
    assert_eq!(run.status, 0, "{run:?}");
    let reads = world.sandbox.traffic().iter().filter(|received| received.class == "users").count();
    let log = std::fs::read_to_string(world.path("a.log")).unwrap();
    (reads, log.lines().filter(|line| line.contains("waits: the limit is used up")).count())
}

#[test]
fn rate_off_lifts_the_limit_of_the_questions_too() {
    let (limited, waits) = questions_and_waits("action=off,users=25/100ms,groups=off");
    assert!(limited >= 60 && waits > 0, "with a limit they wait: {limited}, {waits}");
    let (questions, waits) = questions_and_waits("off");
    assert_eq!((questions, waits), (limited, 0));
}

#[test]
fn plan_counts_the_questions_and_their_time() {
    let (world, rows) = people(80);
    world.write("a.csv", rows + "create,new@example.com,N,E,US\n");
    let plan = |more: &[&str]| {
        world.umbulk(&[&["plan", "a.csv", "--rate", "action=10/60s"], more].concat())
    };
    let text = plan(&["--verify-deletes"]).stdout;
    assert!(text.contains("83  probes before sending, about 3 min at 25/60s"), "{text}");
    assert!(
        text.contains("80  probes before removals (--verify-deletes): the probes above are enough"),
        "{text}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&plan(&["--verify-deletes", "--json"]).stdout).unwrap();
    assert_eq!((&json["probes"], &json["minutes"]), (&80.into(), &3.0.into()), "{json}");
    let without: serde_json::Value = serde_json::from_str(&plan(&["--json"]).stdout).unwrap();
    assert_eq!((&without["probes"], &without["minutes"]), (&0.into(), &3.0.into()), "{without}");
}

/// Another client gives the address to somebody new, or a role, after the list was fetched.
#[test]
fn nobody_else_and_no_administrator_is_removed_under_a_listed_name() {
    let renames = "action,email,new_email,firstname,lastname,country\n\
                   update,u1@example.com,moved@example.com,,,\n\
                   create,u1@example.com,,New,Person,US\n";
    let role = "action,email,groups\nadd,u1@example.com,_support_admin\n";
    for (change, code) in [
        (renames, "invalid invalid.email.other_person"),
        (role, "invalid invalid.email.administrator"),
    ] {
        for action in ["delete", "delete-account"] {
            let (world, _) = people(3);
            assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
            world.write("b.csv", change);
            let elsewhere = run(world
                .command(&["import", "b.csv"])
                .env("XDG_STATE_HOME", world.path("elsewhere")));
            assert_eq!(elsewhere.status, 0, "{elsewhere:?}");
            let before = world.sandbox.directory().user("u1@example.com").unwrap();
            let rows = format!("action,email\n{action},u0@example.com\n{action},u1@example.com\n");
            let flags = ["--against", "users.csv", "--verify-deletes", "--yes"];
            let run = world.import("a.csv", &rows, &flags);
            assert_eq!(world.outcomes("a.results.csv"), ["ok", code], "{action} {run:?}");
            assert_eq!(
                world.sandbox.directory().user("u1@example.com").unwrap(),
                before,
                "{action}"
            );
        }
    }
}
