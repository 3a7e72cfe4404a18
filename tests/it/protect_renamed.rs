//! Protected people whom finished imports from this computer have renamed: `--protect` still names
//! them as they were called before, and no list shows who they are now.

use crate::compared_snapshots::{list_folder, set_clock_back};
use crate::world::{Run, World, run, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const HEAD: &str =
    "action,email,username,domain,new_email,new_username,groups,group,new_name,remove_users\n";
const BY_EMAIL: &str = "update,boss@x.com,,,chief@x.com,,,,,\n";
const BOTH_NAMES: &str = "update,boss@x.com,,,chief@x.com,ceo,,,,\n";
const BY_USERNAME: &str = "update,,u7,x.com,,zed,,,,\n";
const TO_CEO: &str = "update,,u7,x.com,,ceo,,,,\n";
/// A rename from another computer, which no record here tells.
const ELSEWHERE: &str = "update,chief@x.com,,,,u7,,,,\n";

/// `boss@x.com`, whose username is `u7`, is in `group`; `bo@x.com` is in no group.
fn world(group: &str) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_user(&SandboxUser {
        username: "u7".into(),
        domain: "x.com".into(),
        ..user("boss@x.com", &[group])
    });
    directory.add_user(&user("bo@x.com", &["Design"]));
    World::new(directory, SandboxOptions::default())
}

/// Renames the protected person by imports before the list of protected names is used.
fn renamed(group: &str, renames: &[&str]) -> World {
    let world = world(group);
    for (number, row) in renames.iter().enumerate() {
        let name = format!("rename{number}.csv");
        world.write(&name, format!("{HEAD}{row}"));
        let mut command = world.command(&["import", &name]);
        if *row == ELSEWHERE {
            command.env("XDG_STATE_HOME", world.path("elsewhere"));
        }
        let run = run(&mut command);
        assert_eq!(run.status, 0, "{row}: {run:?}");
    }
    world
}

fn protect(world: &World, list: &str, rows: &str, more: &[&str]) -> Run {
    world.write("protect.txt", list);
    let flags = ["--protect", "protect.txt", "--yes"];
    world.import("a.csv", format!("{HEAD}{rows}"), &[&flags, more].concat())
}

#[test]
fn group_of_a_renamed_protected_person_is_not_deleted() {
    let delete = "delete-group,,,,,,,Design,,\n";
    let rename_and_delete = "update-group,,,,,,,Design,Art,\ndelete-group,,,,,,,Art,,\n".to_owned();
    for group in ["Design", "_admin_Design"] {
        for (renames, list) in [
            (&[BY_EMAIL][..], "boss@x.com\n"),
            (&[BOTH_NAMES], "boss@x.com\n"),
            (&[BY_USERNAME], "u7\n"),
            (&[BY_EMAIL, "update,chief@x.com,,,head@x.com,,,,,\n"], "boss@x.com\n"),
        ] {
            for rows in [delete, &*rename_and_delete] {
                let world = renamed(group, renames);
                let run = protect(&world, list, rows, &["--allow-admins"]);
                let outcomes = world.outcomes("a.results.csv");
                assert_eq!(
                    (run.status, outcomes.last().map(String::as_str)),
                    (1, Some("invalid invalid.group.protected")),
                    "{group} {renames:?} {rows}: {run:?}"
                );
            }
        }
    }
}

/// The row names the person as nobody but the server, or an earlier import, knows.
#[test]
fn renamed_protected_person_keeps_groups_under_every_name() {
    for (renames, list, row) in [
        (&[BY_USERNAME][..], "u7\n", "remove,boss@x.com,,,,,Design,,,\n"),
        (&[BY_EMAIL, ELSEWHERE], "boss@x.com\n", "remove,,u7,x.com,,,Design,,,\n"),
        (&[BY_EMAIL, ELSEWHERE], "boss@x.com\n", "update-group,,,,,,,Design,,u7\n"),
        (&[BOTH_NAMES], "boss@x.com\n", "remove,,ceo,x.com,,,Design,,,\n"),
        (&[BY_EMAIL, ELSEWHERE, TO_CEO], "boss@x.com\n", "remove,,ceo,x.com,,,Design,,,\n"),
        (&[BY_EMAIL, ELSEWHERE], "boss@x.com\n", "delete,,u7,x.com,,,,,,\n"),
        (&[BY_EMAIL, ELSEWHERE], "boss@x.com\n", "remove-all,,u7,x.com,,,,,,\n"),
        (&[BOTH_NAMES], "boss@x.com\n", "remove-all,,ceo,x.com,,,,,,\n"),
    ] {
        let world = renamed("Design", renames);
        let others = "remove,bo@x.com,,,,,Design,,,\n";
        let run = protect(&world, list, &format!("{row}{others}"), &[]);
        assert_eq!(run.status, 1, "{renames:?} {row}: {run:?}");
        let outcomes = world.outcomes("a.results.csv");
        assert!(outcomes[0].ends_with(".protected"), "{renames:?} {row}: {outcomes:?}");
        assert_eq!(outcomes[1], "ok", "{renames:?} {row}: {outcomes:?}");
        let still = ["boss@x.com", "chief@x.com"].map(|name| world.groups_of(name));
        assert_eq!(still.iter().flatten().collect::<Vec<_>>(), [&["Design"]], "{row}: {run:?}");
    }
}

/// The new username of a record belongs to the domain of the addresses beside it.
#[test]
fn commands_that_ask_nobody_know_the_new_username() {
    let world = renamed("Design", &[BOTH_NAMES]);
    world.write("protect.txt", "boss@x.com\n");
    world.write("a.csv", format!("{HEAD}delete,,ceo,x.com,,,,,,\n"));
    for command in ["plan", "validate"] {
        let run = world.umbulk(&[command, "a.csv", "--protect", "protect.txt"]);
        assert!(run.status == 1 && run.stderr.contains("invalid.username.protected"), "{run:?}");
    }
}

/// `plan` counts the questions about the names that imports have given.
#[test]
fn plan_counts_the_questions_about_renamed_people() {
    let world = renamed("Design", &[BY_EMAIL]);
    world.write("protect.txt", "boss@x.com\n");
    world.write("a.csv", format!("{HEAD}remove,,u9,x.com,,,Design,,,\n"));
    let args = ["a.csv", "--protect", "protect.txt", "--check-groups", "never"];
    let plan = world.umbulk(&[&["plan"], &args[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(json["questions"], 2, "{plan:?}");
    let reads = || world.sandbox.traffic().iter().filter(|one| one.commands == 0).count();
    let before = reads();
    world.umbulk(&[&["import"], &args[..]].concat());
    assert_eq!(reads() - before, 3, "two questions and a token");
}

/// Somebody else who gets the old name is not the one who is protected.
#[test]
fn user_who_is_given_a_protected_name_later_is_nobody_else() {
    let world = renamed("Design", &[BY_USERNAME]);
    let run = protect(&world, "u9\n", "remove,boss@x.com,,,,,Design,,,\n", &[]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
}

/// The clock was set back since the rename: it counts all the same.
#[test]
fn rename_of_the_future_leads_to_the_protected_person() {
    let world = renamed("Design", &[BY_EMAIL]);
    set_clock_back(&list_folder(&world).join("changes.sqlite"));
    let run = protect(&world, "boss@x.com\n", "delete,chief@x.com,,,,,,,,\n", &[]);
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!((run.status, &*outcomes[0]), (1, "invalid invalid.email.protected"), "{run:?}");
}

/// A portion that is killed takes nothing back of what an earlier one has confirmed.
#[test]
fn rename_of_an_earlier_portion_protects_in_a_later_one() {
    let world = world("Design");
    world.write("portions.csv", format!("{HEAD}{BY_EMAIL}add,bo@x.com,,,,,Design,,,\n"));
    let first = world.umbulk(&["import", "portions.csv", "--rows", "1"]);
    assert_eq!(first.status, 0, "{first:?}");
    let record = list_folder(&world).join("changes.sqlite");
    let killed = "UPDATE run SET ended = NULL";
    assert_eq!(rusqlite::Connection::open(record).unwrap().execute(killed, []).unwrap(), 1);
    let run = protect(&world, "boss@x.com\n", "delete,chief@x.com,,,,,,,,\n", &[]);
    assert_eq!(world.outcomes("a.results.csv"), ["invalid invalid.email.protected"], "{run:?}");
    assert!(world.groups_of("chief@x.com").is_some());
}
