//! Removals of people whom a list does not show: the head, the plan and the outcome say so,
//! whatever tells of them.

use crate::world::{Run, World, run, user};
use std::time::{Duration, SystemTime};
use umbulk::sandbox::{Directory, InjectedFault, SandboxOptions};

const NOT_THERE: &str = "unchanged unchanged.not_there";

/// `people` users, and a fresh export of them.
fn exported(people: usize) -> World {
    let mut directory = Directory::default();
    directory.add_user(&user("ann.lee@x.com", &[]));
    (0..people).for_each(|n| directory.add_user(&user(&format!("u{n}@x.com"), &[])));
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    world
}

fn head(run: &Run, line: &str) -> bool {
    run.stderr.lines().any(|said| said.starts_with(line))
}

/// A list that is old does not tell who was there: the server is asked.
#[test]
fn old_named_list_makes_no_strangers() {
    let world = exported(0);
    let file = std::fs::File::options().append(true).open(world.path("users.csv")).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3 * 3600)).unwrap();
    world.write(
        "new.csv",
        "email,firstname,lastname,country,type\nnew@x.com,New,Lee,US,federatedID\n",
    );
    let elsewhere =
        run(world.command(&["import", "new.csv"]).env("XDG_STATE_HOME", world.path("elsewhere")));
    assert_eq!(elsewhere.status, 0, "{elsewhere:?}");
    let run = world.import(
        "a.csv",
        "action,email\ndelete,new@x.com\n",
        &["--against", "users.csv", "--yes"],
    );
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    assert_eq!(world.rows("a.results.csv")[0]["umbulk_effect"], "removed");
}

#[test]
fn head_names_strangers_to_a_fetched_list() {
    let world = exported(1);
    let rows = "action,email\ndelete,ghost@x.com\ndelete,u0@x.com\n";
    let run = world.import("a.csv", rows, &["--online", "--yes"]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec![NOT_THERE.to_owned(), "ok".to_owned()]),
        "{run:?}"
    );
    assert!(
        head(
            &run,
            "effect        1 user leaves the organization, 1 removal of an unknown \
                        user"
        ),
        "{}",
        run.stderr
    );
    assert!(head(&run, "not there     ghost@x.com: not in "), "{}", run.stderr);
}

#[test]
fn many_leavers_are_counted_by_the_snapshot() {
    let world = exported(20);
    let rows: String = (0..111).map(|n| format!("delete,u{n}@x.com\n")).collect();
    world.write("a.csv", format!("action,email\n{rows}"));
    let plan = world.umbulk(&["plan", "a.csv"]);
    assert_eq!(plan.status, 0, "{plan:?}");
    for words in [
        "what it does: 20 users leave the organization, 91 removals of unknown users\n",
        "111  rows to send\n",
        "91  of them for unknown users",
        "20  users leave the organization\n",
    ] {
        assert!(plan.stdout.contains(words), "{words}: {}", plan.stdout);
    }
    let json = world.umbulk(&["plan", "a.csv", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (&json["sent_not_there"], &json["headcount"]["not_there"], &json["headcount"]["leave"]),
        (&91.into(), &91.into(), &20.into())
    );
    let run = world.umbulk(&["import", "a.csv", "--yes"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        head(
            &run,
            "effect        20 users leave the organization, 91 removals of unknown \
                        users"
        ),
        "{}",
        run.stderr
    );
    assert!(
        head(&run, "not there     u") && run.stderr.contains(" and 86 more: not in "),
        "{}",
        run.stderr
    );
    assert!(
        run.stdout.contains("20  users removed")
            && run.stdout.contains("91  unchanged  no active user of that name"),
        "{}",
        run.stdout
    );
}

#[test]
fn plan_of_one_stranger_says_that_nobody_leaves() {
    let world = exported(1);
    world.write("a.csv", "action,email\ndelete,ghost@x.com\n");
    let plan = world.umbulk(&["plan", "a.csv"]);
    assert!(
        plan.status == 0 && plan.stdout.contains("what it does: 1 removal of an unknown user\n"),
        "{plan:?}"
    );
    assert!(!plan.stdout.contains("removed"), "{}", plan.stdout);
}

/// Who is missing is in the list: her removal is one.
#[test]
fn missing_person_of_a_fresh_list_is_not_perhaps_nobody() {
    let world = exported(3);
    let rows = "email,firstname,lastname,country,type\nu0@x.com,U,A,US,federatedID\n\
                u1@x.com,U,B,US,federatedID\n\
        ann.lee@x.com,A,L,US,federatedID\n";
    let run = world.import(
        "a.csv",
        rows,
        &["--missing", "leave", "--managed-type", "federatedID", "--online", "--yes"],
    );
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.sandbox.directory().user("u2@x.com").is_none(), "{run:?}");
    assert!(!run.stdout.contains("may have removed nobody"), "{}", run.stdout);
}

#[test]
fn plan_without_requests_says_that_nothing_is_to_wait_for() {
    let world = exported(1);
    world.write("a.csv", "action,email\ndelete,ghost@x.com\n");
    let plan = world.umbulk(&["plan", "a.csv", "--against", "users.csv", "--rate", "10/60s"]);
    assert!(
        plan.stdout
            .contains("0  requests, no waiting (1 without the comparison, a few seconds at "),
        "{}",
        plan.stdout
    );
}

/// The questions before the first request are part of the command, and of its time.
#[test]
fn summary_time_has_the_questions_in_it() {
    let world = exported(1);
    let wait = Duration::from_millis(300);
    world.sandbox.faults().next_reads([Some(InjectedFault::Delay(wait))]);
    let run = world.import("a.csv", "action,email\ndelete,u0@x.com\n", &["--json", "--yes"]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(json["seconds"].as_f64().unwrap() > wait.as_secs_f64(), "{json}");
}

/// The list is older than the account; the question of `--verify-deletes` is newer.
#[test]
fn account_found_by_the_probe_is_removed() {
    let world = exported(100);
    world.write(
        "new.csv",
        "email,firstname,lastname,country,type\nnew@x.com,New,Lee,US,federatedID\n",
    );
    let elsewhere =
        run(world.command(&["import", "new.csv"]).env("XDG_STATE_HOME", world.path("elsewhere")));
    assert_eq!(elsewhere.status, 0, "{elsewhere:?}");
    let rows: String = (0..100).map(|n| format!("delete,u{n}@x.com\n")).collect();
    let run = world.import(
        "a.csv",
        format!("action,email\n{rows}delete,new@x.com\n"),
        &["--verify-deletes", "--yes"],
    );
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec!["ok".to_owned(); 101]),
        "{run:?}"
    );
    assert_eq!(world.rows("a.results.csv")[100]["umbulk_effect"], "removed");
}

#[test]
fn stranger_to_a_named_list_is_not_there() {
    let world = exported(1);
    let rows = "action,email\ndelete,anne.lee@x.com\ndelete,u0@x.com\ndelete-account,ghost@x.com\n";
    let run = world.import("a.csv", rows, &["--against", "users.csv", "--yes"]);
    let outcomes = [NOT_THERE, "ok", NOT_THERE].map(str::to_owned).to_vec();
    assert_eq!((run.status, world.outcomes("a.results.csv")), (0, outcomes), "{run:?}");
    assert!(
        world.rows("a.results.csv")[0]["umbulk_message"].contains("ann.lee@x.com"),
        "a near name"
    );
    assert!(!run.stdout.contains("accounts deleted"), "{}", run.stdout);
    assert!(head(&run, "not there     "), "{}", run.stderr);
}
