//! A run that goes on, or is shown again, goes by what held back its rows when it began, whatever a
//! newer list says.

use crate::outdated_list::{elsewhere, renamed_world};
use crate::second_accounts::{HEADER, WEEKLY, users, world};
use crate::world::{World, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser};

/// Four people of whom no list is stored.
fn unlisted_world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    for (email, first, last) in [
        ("ann.smith", "Ann", "Lee"),
        ("bob", "Bob", "Ray"),
        ("carl", "Carl", "Day"),
        ("dora", "Dora", "Moss"),
    ] {
        let names = user(&format!("{email}@example.com"), &["Design"]);
        directory.add_user(&SandboxUser {
            firstname: first.into(),
            lastname: last.into(),
            country: "US".into(),
            ..names
        });
    }
    World::new(directory, SandboxOptions::default())
}

fn questions(world: &World) -> usize {
    world.sandbox.traffic().iter().filter(|received| received.class == "users").count()
}

#[test]
fn row_of_a_run_that_goes_on_is_sent_and_said_so() {
    let world = unlisted_world();
    let new: String = (0..12).map(|n| format!("new{n}@example.com,New,N{n},US,Design\n")).collect();
    let file = HEADER.to_owned()
        + "bob@example.com,Bob,Ray,US,Design\ncarl@example.com,Carl,Day,US,Design\n"
        + &new;
    let file = file + "ann.lee@example.com,Ann,Lee,US,Design\n";
    let refused = InjectedFault::Answer {
        status: 403,
        headers: Vec::new(),
        body: r#"{"error_code":"403003"}"#.to_owned(),
    };
    world.sandbox.faults().next_actions([None, Some(refused)]);
    let flags = ["--concurrency", "1"];
    let run = world.import("staff.csv", &file, &flags);
    assert_eq!((run.status, world.groups_of("ann.lee@example.com")), (3, None), "{run:?}");
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let asked = questions(&world);
    let run = world.import("staff.csv", &file, &flags);
    assert_eq!((run.status, questions(&world)), (0, asked), "{run:?}");
    assert!(world.statuses("staff.results.csv").iter().all(|status| status == "ok"));
    assert!(
        run.stderr.contains("new address?  1 row creates a user who may be in "),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("not sent"), "{}", run.stderr);
    let message = &world.rows("staff.results.csv")[14]["umbulk_message"];
    assert!(message.contains("perhaps a new address of `ann.smith@example.com`"), "{message}");
    // It is finished: nobody is asked, and nothing is said of rows that are not sent.
    let run = world.import("staff.csv", &file, &flags);
    assert_eq!((run.status, questions(&world)), (0, asked), "{run:?}");
    assert!(!run.stderr.contains("new address"), "{}", run.stderr);
}

#[test]
fn finished_import_asks_about_no_held_row() {
    let world = world();
    let run = world.import("staff.csv", HEADER.to_owned() + WEEKLY, &[]);
    assert_eq!((run.status, users(&world)), (1, 5), "{run:?}");
    let asked = questions(&world);
    let outcomes = world.outcomes("staff.results.csv");
    let run = world.umbulk(&["import", "staff.csv"]);
    assert_eq!(
        (run.status, world.outcomes("staff.results.csv"), questions(&world)),
        (1, outcomes, asked),
        "{run:?}"
    );
    assert!(!run.stderr.contains("asking the server about"), "{}", run.stderr);
}

/// Ann is renamed elsewhere after the list was stored, and others come: what was found out when the
/// run began holds, for rows that are still to be sent.
#[test]
fn cleared_row_is_sent_by_the_resumed_run() {
    let world = renamed_world();
    let new: String = (0..12).map(|n| format!("new{n}@example.com,New,N{n},US,Design\n")).collect();
    world.write("new.csv", HEADER.to_owned() + &new);
    assert_eq!(elsewhere(&world, &["import", "new.csv"]).status, 0);
    assert_eq!(elsewhere(&world, &["export", "users", "--out", "now.csv"]).status, 0);
    let text = std::fs::read_to_string(world.path("now.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let (ann, others): (Vec<&str>, Vec<&str>) =
        rows.lines().partition(|row| row.contains("ann.lee@"));
    world.write("now.csv", [&[header], &others[..], &ann[..], &[""]].concat().join("\n"));
    let refused = InjectedFault::Answer {
        status: 403,
        headers: Vec::new(),
        body: r#"{"error_code":"403003"}"#.to_owned(),
    };
    world.sandbox.faults().next_actions([None, Some(refused)]);
    let run = world.umbulk(&["import", "now.csv", "--concurrency", "1"]);
    assert_eq!(run.status, 3, "{run:?}");
    let run = world.umbulk(&["import", "now.csv", "--concurrency", "1"]);
    assert_eq!((run.status, users(&world)), (0, 16), "{run:?}");
    assert!(!run.stderr.contains("asking the server about"), "{}", run.stderr);
    assert!(world.statuses("now.results.csv").iter().all(|status| status == "ok"), "{run:?}");
    assert!(!run.stderr.contains("invalid"), "{}", run.stderr);
}

/// The list of `--missing` is brought up to date by the same answer.
#[test]
fn answer_about_a_new_address_counts_for_missing() {
    let world = renamed_world();
    let flags = ["--missing", "report", "--managed-domain", "example.com"];
    let run = world.import("staff.csv", HEADER.to_owned() + WEEKLY, &flags);
    assert_eq!((run.status, users(&world)), (0, 5), "{run:?}");
    assert_eq!(world.statuses("staff.results.csv"), ["ok"; 4]);
    assert!(
        run.stderr.contains("1 of 4 people under management is missing (3 named in the file)"),
        "{}",
        run.stderr
    );
}

/// The run decided without a list. What a later one shows of an Adobe ID is no reason to call its
/// update done: the server refuses it.
#[test]
fn resumed_run_claims_no_update_of_an_adobe_id() {
    for update in [",,new@example.com", "Other,Name,", "Other,Name,new@example.com"] {
        let world = unlisted_world();
        world.sandbox.directory().add_user(&SandboxUser {
            identity: umbulk::sandbox::Identity::Adobe,
            ..user("own@example.com", &["Design"])
        });
        let others: String =
            (0..12).map(|n| format!("create,new{n}@example.com,New,N{n},\n")).collect();
        let file = format!(
            "action,email,firstname,lastname,new_email\n{others}update,own@example.com,{update}\n"
        );
        let refused = InjectedFault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error_code":"403003"}"#.to_owned(),
        };
        world.sandbox.faults().next_actions([None, Some(refused)]);
        let flags = ["--concurrency", "1", "--default-country", "US"];
        assert_eq!(world.import("staff.csv", &file, &flags).status, 3);
        assert_eq!(world.umbulk(&["export", "users"]).status, 0);
        let run = world.import("staff.csv", &file, &flags);
        let last = world.outcomes("staff.results.csv").pop().unwrap();
        assert!(run.status == 1 && last.starts_with("failed "), "{update}: {last}: {run:?}");
    }
}

/// What the first start has sent is no change by others: it makes nobody of the list uncertain.
#[test]
fn rows_left_of_an_exported_list_exist_as_those_before() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    for number in 0..20 {
        let one = user(&format!("user{number}@example.com"), &["Design"]);
        directory.add_user(&SandboxUser { country: "US".into(), ..one });
    }
    let world = World::new(directory, SandboxOptions::default());
    let listed = world.umbulk(&["export", "users", "--out", "before.csv"]);
    assert_eq!(listed.status, 0, "{listed:?}");
    let refused = InjectedFault::Answer {
        status: 403,
        headers: Vec::new(),
        body: r#"{"error_code":"403003"}"#.to_owned(),
    };
    world.sandbox.faults().next_actions([None, Some(refused)]);
    let flags = ["import", "before.csv", "--concurrency", "1"];
    let first = world.umbulk(&flags);
    assert_eq!(first.status, 3, "{first:?}");
    let second = world.umbulk(&flags);
    assert_eq!(second.status, 0, "{second:?}");
    let rows = world.rows("before.results.csv");
    let effects: Vec<&str> = rows.iter().map(|row| &*row["umbulk_effect"]).collect();
    assert_eq!(effects, ["exists"; 20], "{second:?}");
    assert!(!second.stderr.contains("unless"), "{second:?}");
}
