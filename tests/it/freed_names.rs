//! Removals of a name that an earlier row of the same run has freed: nobody goes by it, so nothing
//! is sent, and nobody is counted twice.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const FREED: &str = "unchanged unchanged.not_there";
const HEAD: &str =
    "action,email,username,domain,firstname,lastname,country,groups,new_email,new_username\n";

fn world(people: &[&str]) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    people.iter().for_each(|person| directory.add_user(&user(person, &["G"])));
    World::new(directory, SandboxOptions::default())
}

fn import(world: &World, rows: &str, more: &[&str]) -> Run {
    world.import("a.csv", format!("{HEAD}{rows}"), more)
}

fn column(world: &World, name: &str) -> Vec<String> {
    world.rows("a.results.csv").into_iter().map(|row| row[name].clone()).collect()
}

fn create(email: &str) -> String {
    format!("create,{email},,,Ann,Lee,US,,,\n")
}

fn rename(email: &str, new: &str) -> String {
    format!("update,{email},,,,,,,{new},\n")
}

fn row(action: &str, email: &str) -> String {
    format!("{action},{email},,,,,,,,\n")
}

/// Ways to run: nothing known before, a list, a question before each removal, in one request at a
/// time.
const WAYS: [&[&str]; 4] =
    [&[], &["--online", "--skip-unchanged"], &["--verify-deletes"], &["--concurrency", "1"]];

#[test]
fn removal_of_a_name_that_was_changed_is_unchanged() {
    for way in WAYS {
        for action in ["delete", "delete-account", "remove-all"] {
            let world = world(&["u1@example.com"]);
            let rows = rename("u1@example.com", "w1@example.com") + &row(action, "u1@example.com");
            let run = import(&world, &rows, way);
            assert_eq!(
                (run.status, world.outcomes("a.results.csv")),
                (0, vec!["ok".to_owned(), FREED.to_owned()]),
                "{action} {way:?}: {run:?}"
            );
            assert_eq!(column(&world, "umbulk_effect")[1], "none", "{action} {way:?}");
            assert!(world.groups_of("w1@example.com").is_some(), "{action} {way:?}");
        }
    }
}

#[test]
fn removal_of_a_freed_name_is_not_sent_and_says_why() {
    let world = world(&["u1@example.com"]);
    let rows = rename("u1@example.com", "w1@example.com") + &row("delete", "u1@example.com");
    let run = import(&world, &rows, &[]);
    assert_eq!((run.status, column(&world, "umbulk_attempts")[1].as_str()), (0, "0"), "{run:?}");
    assert_eq!(world.action_requests(), 1);
    assert_eq!(
        column(&world, "umbulk_message")[1],
        "not sent: after row 1, which renames this user, there is no user `u1@example.com`: \
         nothing to remove"
    );
    assert!(run.stdout.contains("1  unchanged  no active user"), "{}", run.stdout);
}

#[test]
fn user_created_and_renamed_by_the_file_is_not_removed() {
    for way in WAYS {
        let world = world(&[]);
        let rows = create("u2@example.com")
            + &rename("u2@example.com", "w2@example.com")
            + &rename("w2@example.com", "x2@example.com")
            + &row("delete", "w2@example.com")
            + &row("delete", "u2@example.com");
        let run = import(&world, &rows, way);
        assert_eq!(
            (run.status, &world.outcomes("a.results.csv")[3..]),
            (0, &[FREED.to_owned(), FREED.to_owned()][..]),
            "{way:?}: {run:?}"
        );
        assert!(world.groups_of("x2@example.com").is_some(), "{way:?}");
    }
}

#[test]
fn removal_of_a_username_that_was_changed_is_unchanged() {
    let world = world(&[]);
    let rows = "create,u2@example.com,n2,example.com,Ann,Lee,US,,,\n\
                update,,n2,example.com,,,,,,m2\n\
                delete,,n2,example.com,,,,,,\n";
    let run = import(&world, rows, &[]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec!["ok".to_owned(), "ok".to_owned(), FREED.to_owned()]),
        "{run:?}"
    );
    assert!(world.groups_of("u2@example.com").is_some());
}

#[test]
fn name_that_a_later_row_gives_to_somebody_is_removed() {
    for way in WAYS {
        let world = world(&["u1@example.com", "u3@example.com"]);
        let rows = rename("u1@example.com", "w1@example.com")
            + &rename("u3@example.com", "u1@example.com")
            + &row("delete", "u1@example.com")
            + &create("u1@example.com")
            + &row("delete", "u1@example.com")
            + &row("delete", "u1@example.com");
        let run = import(&world, &rows, way);
        let mut expected = vec!["ok".to_owned(); 5];
        expected.push(FREED.to_owned());
        assert_eq!(
            (run.status, world.outcomes("a.results.csv")),
            (0, expected),
            "{way:?}: {run:?}"
        );
        let effects = column(&world, "umbulk_effect");
        assert_eq!([&*effects[2], &*effects[4], &*effects[5]], ["removed", "removed", "none"]);
        assert_eq!(world.sandbox.directory().users().count(), 1, "{way:?}");
    }
}

#[test]
fn second_removal_of_one_person_is_unchanged() {
    for way in WAYS {
        for (first, second) in
            [("delete", "delete"), ("delete-account", "delete"), ("delete", "remove-all")]
        {
            let world = world(&["u1@example.com"]);
            let rows = row(first, "u1@example.com") + &row(second, "u1@example.com");
            let run = import(&world, &rows, way);
            assert_eq!(
                (run.status, world.outcomes("a.results.csv")),
                (0, vec!["ok".to_owned(), FREED.to_owned()]),
                "{first} {second} {way:?}: {run:?}"
            );
            assert_eq!(column(&world, "umbulk_effect")[1], "none", "{first} {second} {way:?}");
        }
    }
}

/// Nobody knows what came of the first one, and the second one has to be sent.
#[test]
fn removal_behind_one_that_failed_is_sent() {
    let world = world(&["u1@example.com"]);
    world.sandbox.faults().refuse_commands("u1@example.com", "error.user.x", 1);
    let rows = row("delete", "u1@example.com") + &row("delete", "u1@example.com");
    let run = import(&world, &rows, &[]);
    assert_eq!(world.outcomes("a.results.csv"), ["failed error.user.x", "ok"], "{run:?}");
    assert!(world.groups_of("u1@example.com").is_none());
}

/// A removal whose answer is lost, and which a probe shows.
#[test]
fn removal_behind_one_that_a_probe_shows_is_unchanged() {
    let world = world(&["u1@example.com"]);
    world.sandbox.faults().next_actions([Some(InjectedFault::CutAfter)]);
    let rows = row("delete", "u1@example.com") + &row("delete", "u1@example.com");
    let run = import(&world, &rows, &["--max-attempts", "1"]);
    assert_eq!(world.outcomes("a.results.csv"), ["ok", FREED], "{run:?}");
}

/// The run stops behind the first removal and the rename, and goes on.
#[test]
fn resumed_run_knows_which_names_are_free() {
    let world = world(&["u1@example.com", "u2@example.com"]);
    let body = r#"{"error_code":"403003"}"#.to_owned();
    let refused = InjectedFault::Answer { status: 403, headers: Vec::new(), body };
    world.sandbox.faults().next_actions([None, Some(refused)]);
    let others: String = (0..12).map(|n| create(&format!("n{n}@example.com"))).collect();
    let rows = row("delete", "u1@example.com")
        + &rename("u2@example.com", "w2@example.com")
        + &others
        + &row("delete", "u1@example.com")
        + &row("delete", "u2@example.com");
    let flags = ["--concurrency", "1"];
    let first = import(&world, &rows, &flags);
    assert_eq!(first.status, 3, "{first:?}");
    let run = import(&world, &rows, &flags);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(&world.outcomes("a.results.csv")[14..], [FREED, FREED], "{run:?}");
    assert!(world.groups_of("w2@example.com").is_some());
}

/// In test mode nothing is renamed, and a real run would not send the row either.
#[test]
fn test_mode_says_what_a_real_run_would_do() {
    let world = world(&["u1@example.com"]);
    let rows = rename("u1@example.com", "w1@example.com") + &row("delete", "u1@example.com");
    let run = import(&world, &rows, &["--test-mode"]);
    let results = crate::world::rows(&world.path("a.test.csv"));
    assert_eq!(results[1]["umbulk_code"], "unchanged.not_there", "{run:?}");
    let message = &results[1]["umbulk_message"];
    assert!(message.starts_with("not sent: in a real run, after row 1"), "{message}");
}
