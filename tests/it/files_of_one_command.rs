//! What an earlier file of a command has done with a user counts in the files behind it: nobody is
//! removed or created twice.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const FREED: &str = "unchanged unchanged.not_there";
const HEAD: &str =
    "action,email,username,domain,firstname,lastname,country,groups,new_email,new_username\n";

/// These people are members of `G`.
fn world(people: &[&str]) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    people.iter().for_each(|person| directory.add_user(&user(person, &["G"])));
    World::new(directory, SandboxOptions::default())
}

fn create(email: &str, first: &str) -> String {
    format!("create,{email},,,{first},Lee,US,,,\n")
}

fn rename(email: &str, new: &str) -> String {
    format!("update,{email},,,,,,,{new},\n")
}

fn row(action: &str, email: &str) -> String {
    format!("{action},{email},,,,,,,,\n")
}

/// How the first file is imported: with the others, or before them, so that it is only shown.
const WAYS: [bool; 2] = [false, true];

/// Imports the files in one command; the first of them before, where `is_shown`.
fn import(world: &World, files: &[&str], is_shown: bool) -> Run {
    let names: Vec<String> = (0..files.len()).map(|file| format!("f{file}.csv")).collect();
    for (name, rows) in names.iter().zip(files) {
        world.write(name, format!("{HEAD}{rows}"));
    }
    let flags = ["--yes", "--check-groups", "never", "--allow-admins"];
    let args = |files: &[String]| -> Vec<String> {
        let files = files.iter().map(String::as_str);
        ["import"].into_iter().chain(files).chain(flags).map(str::to_owned).collect()
    };
    let run = |files: &[String]| {
        let args = args(files);
        world.umbulk(&args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    if is_shown {
        let first = run(&names[..1]);
        assert!(first.status <= 1, "{first:?}");
    }
    run(&names)
}

#[test]
fn second_removal_in_another_file_is_unchanged() {
    for is_shown in WAYS {
        for (first, second) in [
            ("delete", "delete"),
            ("delete-account", "delete"),
            ("delete", "delete-account"),
            ("delete", "remove-all"),
        ] {
            let world = world(&["u1@example.com"]);
            let files = [&*row(first, "u1@example.com"), &*row(second, "U1@example.com")];
            let run = import(&world, &files, is_shown);
            let rows = world.rows("f1.results.csv");
            assert_eq!(
                (run.status, &*world.outcomes("f1.results.csv")[0], &*rows[0]["umbulk_effect"]),
                (0, FREED, "none"),
                "{first} {second} {is_shown}: {run:?}"
            );
            assert_eq!(
                rows[0]["umbulk_message"],
                "not sent: after the removal in row 1 of f0.csv, there is no user \
                 `U1@example.com`: nothing to remove"
            );
            assert_eq!(rows[0]["umbulk_attempts"], "0");
        }
    }
}

#[test]
fn removal_of_a_name_that_another_file_has_changed_is_unchanged() {
    for is_shown in WAYS {
        let world = world(&["u1@example.com"]);
        let first = rename("u1@example.com", "w1@example.com");
        let run = import(&world, &[&first, &row("delete", "u1@example.com")], is_shown);
        assert_eq!(world.outcomes("f1.results.csv"), [FREED], "{run:?}");
        let message = &world.rows("f1.results.csv")[0]["umbulk_message"];
        assert!(
            message.starts_with("not sent: after row 1 of f0.csv, which renames this user"),
            "{message}"
        );
        assert!(world.groups_of("w1@example.com").is_some());
    }
}

/// A membership of somebody who is removed is taken away already.
#[test]
fn membership_of_a_removed_user_is_not_taken_away_by_another_file() {
    let world = world(&["u1@example.com"]);
    let leaves = "remove,u1@example.com,,,,,,G,,\n";
    let run = import(&world, &[&row("delete", "u1@example.com"), leaves], false);
    assert_eq!(world.outcomes("f1.results.csv"), [FREED], "{run:?}");
}

/// The name is somebody's again: in the file between, in the same file, by a creation or a rename.
#[test]
fn removal_of_a_name_that_was_given_again_is_sent() {
    let (gone, again) = (row("delete", "u1@example.com"), create("u1@example.com", "Ann"));
    let renamed = rename("u3@example.com", "u1@example.com");
    for is_shown in WAYS {
        for files in [
            vec![gone.clone(), again.clone(), gone.clone()],
            vec![gone.clone(), again.clone() + &gone],
            vec![gone.clone() + &again, gone.clone()],
            vec![gone.clone(), renamed.clone(), gone.clone()],
            vec![gone.clone(), renamed.clone() + &gone],
        ] {
            let world = world(&["u1@example.com", "u3@example.com"]);
            let last = format!("f{}.results.csv", files.len() - 1);
            let files: Vec<&str> = files.iter().map(String::as_str).collect();
            let run = import(&world, &files, is_shown);
            let row = world.rows(&last).pop().unwrap();
            assert_eq!(
                (run.status, &*row["umbulk_status"], &*row["umbulk_effect"]),
                (0, "ok", "removed"),
                "{files:?} {is_shown}: {run:?}"
            );
            assert!(world.groups_of("u1@example.com").is_none(), "{files:?}");
        }
    }
}

/// Of three removals one has removed the user, whatever stands between.
#[test]
fn third_file_knows_what_the_first_one_has_removed() {
    let gone = row("delete", "u1@example.com");
    let world = world(&["u1@example.com", "u2@example.com"]);
    let run = import(&world, &[&gone, &row("add", "u2@example.com"), &gone], false);
    assert_eq!(world.outcomes("f2.results.csv"), [FREED], "{run:?}");
    let message = &world.rows("f2.results.csv")[0]["umbulk_message"];
    assert!(message.contains("row 1 of f0.csv"), "{message}");
}

#[test]
fn removal_behind_one_of_another_file_that_failed_is_sent() {
    let world = world(&["u1@example.com"]);
    world.sandbox.faults().refuse_commands("u1@example.com", "error.user.x", 1);
    let gone = row("delete", "u1@example.com");
    let run = import(&world, &[&gone, &gone], false);
    assert_eq!(world.outcomes("f0.results.csv"), ["failed error.user.x"], "{run:?}");
    assert_eq!(world.outcomes("f1.results.csv"), ["ok"], "{run:?}");
}

/// One file names the user by her email, the next one by her username.
#[test]
fn user_created_under_two_names_and_removed_is_removed_once() {
    let world = world(&[]);
    let created = "create,u1@example.com,n1,example.com,Ann,Lee,US,,,\n";
    let by_name = "delete,,n1,example.com,,,,,,\n";
    let run = import(&world, &[created, by_name, by_name], false);
    assert_eq!(world.outcomes("f1.results.csv"), ["ok"], "{run:?}");
    assert_eq!(world.outcomes("f2.results.csv"), [FREED], "{run:?}");
    assert!(world.sandbox.directory().users().next().is_none());
}

/// `differs` as in one file, with the file of the first creation.
#[test]
fn second_creation_in_another_file_says_what_differs() {
    for is_shown in WAYS {
        let world = world(&[]);
        let files = [&*create("u1@example.com", "Ann"), &*create("U1@example.com", "Bob")];
        let run = import(&world, &files, is_shown);
        let rows = world.rows("f1.results.csv");
        assert_eq!(
            (run.status, &*rows[0]["umbulk_status"], &*rows[0]["umbulk_effect"]),
            (0, "ok", "differs:firstname"),
            "{is_shown}: {run:?}"
        );
        let message = &rows[0]["umbulk_message"];
        let said = "not applied: firstname. Row 1 of f0.csv creates this user with other \
                    values";
        assert!(message.contains(said), "{message}");
    }
}

/// After a removal or a rename it is a creation of its own.
#[test]
fn creation_behind_a_removal_in_another_file_differs_in_nothing() {
    let created = create("u1@example.com", "Ann");
    for between in [row("delete", "u1@example.com"), rename("u1@example.com", "w1@example.com")] {
        let world = world(&[]);
        let run = import(&world, &[&created, &between, &create("u1@example.com", "Bob")], false);
        let rows = world.rows("f2.results.csv");
        assert_eq!(
            (run.status, &*rows[0]["umbulk_effect"]),
            (0, "created_or_exists"),
            "{between}: {run:?}"
        );
        let people: Vec<SandboxUser> = world.sandbox.directory().users().collect();
        assert!(people.iter().any(|person| person.firstname == "Bob"), "{people:?}");
    }
}

/// The run is ended between both creations, and goes on.
#[test]
fn second_creation_after_a_restart_says_what_differs() {
    let world = world(&[]);
    let body = r#"{"error_code":"403003"}"#.to_owned();
    let refused = umbulk::sandbox::InjectedFault::Answer { status: 403, headers: Vec::new(), body };
    world.sandbox.faults().next_actions([None, Some(refused)]);
    let others: String = (0..12).map(|n| create(&format!("n{n}@example.com"), "New")).collect();
    let rename = "update,u1@example.com,,,Eve,,,,,\n";
    let rows =
        create("u1@example.com", "Ann") + rename + &others + &create("u1@example.com", "Bob");
    let import = || world.import("a.csv", format!("{HEAD}{rows}"), &["--concurrency", "1"]);
    assert_eq!(import().status, 3);
    let run = import();
    let last = world.rows("a.results.csv").pop().unwrap();
    assert_eq!((run.status, &*last["umbulk_effect"]), (0, "differs:firstname"), "{last:?}");
    assert!(last["umbulk_message"].contains("Row 1 creates this user"), "{last:?}");
}

/// What the message of a held row says works: the first file was fixed by its file of failed rows.
#[test]
fn held_row_goes_without_the_file_that_holds_it() {
    let world = world(&["kim@example.com", "lou@example.com"]);
    let rows = rename("kim@example.com", "lou@example.com");
    let behind = "add,kim2@example.com,,,,,,G,,\n".to_owned() + &row("delete", "lou@example.com");
    let run = import(&world, &[&rows, &behind], true);
    let held = "failed error.rename_failed";
    assert_eq!(world.outcomes("f1.results.csv")[1], held, "{run:?}");
    let message = &world.rows("f1.results.csv")[1]["umbulk_message"];
    assert!(
        message.ends_with(
            "Fix that row and import it, or remove it if the rename is already done. Then import \
             this row again, without f0.csv"
        ),
        "{message}"
    );
    let failed = std::fs::read_to_string(world.path("f0.failed.csv")).unwrap();
    world.write("f0.failed.csv", failed.replace("lou@", "kim2@"));
    let flags = ["--yes", "--check-groups", "never", "--allow-admins"];
    let import = |file: &str| {
        let args: Vec<&str> = ["import", file].into_iter().chain(flags).collect();
        world.umbulk(&args)
    };
    assert_eq!(import("f0.failed.csv").status, 0);
    let again = import("f1.failed.csv");
    assert_eq!(again.status, 0, "{again:?}");
    assert!(world.groups_of("lou@example.com").is_none());
    assert_eq!(world.groups_of("kim2@example.com").unwrap(), ["G"]);
}
