//! Small files of kinds that people have reported trouble with, in `tests/fixtures/odd`.

use crate::world::{Run, World, user};
use std::path::PathBuf;
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

/// An organization with the groups of the files, and these people.
fn world(people: &[SandboxUser]) -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Photo Users"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    people.iter().for_each(|user| directory.add_user(user));
    World::new(directory, SandboxOptions::default())
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/odd");
    std::fs::read(folder.join(name)).unwrap()
}

fn imported(name: &str) -> (World, Run) {
    let world = world(&[]);
    let run = world.import(name, fixture(name), &[]);
    (world, run)
}

/// First and last names by address.
fn people(world: &World) -> Vec<String> {
    let user = |user: SandboxUser| format!("{} {} {}", user.email, user.firstname, user.lastname);
    let mut all: Vec<String> = world.sandbox.directory().users().map(user).collect();
    all.sort();
    all
}

/// Nothing is sent, and the program says this.
#[track_caller]
fn refused(name: &str, words: &[&str]) {
    let (world, run) = imported(name);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    for words in words {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
}

/// The messages of the results, by the numbers of their rows.
fn messages(world: &World, name: &str) -> Vec<String> {
    let rows = world.rows(&name.replace(".csv", ".results.csv"));
    rows.into_iter().map(|row| row["umbulk_message"].clone()).collect()
}

#[test]
fn files_that_are_not_sure_send_nothing() {
    refused("cp1251.csv", &["--encoding", "Иван, Петров"]);
    refused("mixed-enc.csv", &["4, 5", "6"]);
}

/// User Sync writes such a list of people to remove.
#[test]
fn list_of_strays_removes_and_never_creates() {
    let world = world(&[user("annl@example.com", &[]), user("bob@example.com", &[])]);
    let run = world.import("stray-new.csv", fixture("stray-new.csv"), &["--yes"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(people(&world), ["bob@example.com First Last"]);
}

#[test]
fn encoding_of_a_japanese_file_is_shown_before_it_counts() {
    let (world, run) = imported("sjis.csv");
    if run.status == 2 {
        assert_eq!(world.action_requests(), 0);
        assert!(run.stderr.contains("--encoding") && run.stderr.contains("太郎"), "{}", run.stderr);
    } else {
        assert!(run.stderr.contains("Shift_JIS"), "{}", run.stderr);
        assert!(people(&world).iter().any(|user| user.contains("太郎")), "{:?}", people(&world));
    }
}

#[test]
fn contradictions_between_rows_are_named_in_both() {
    for name in ["same-username.csv", "same-email.csv"] {
        let (world, run) = imported(name);
        assert_eq!((run.status, people(&world).len()), (1, 0), "{run:?}");
        let results = name.replace(".csv", ".results.csv");
        assert_eq!(world.statuses(&results), ["invalid", "invalid"], "{name}");
        let messages = messages(&world, name);
        assert!(messages[0].contains("line 3") && messages[1].contains("line 2"), "{messages:?}");
    }
}

#[test]
fn cells_of_a_spreadsheet_are_read_or_refused_by_name() {
    let (world, run) = imported("excel-errors.csv");
    assert_eq!((run.status, people(&world).len()), (1, 0), "{run:?}");
    let messages = messages(&world, "excel-errors.csv");
    for (message, cell) in
        messages.iter().zip(["#N/A", "#REF!", "#N/A", "#VALUE!", "#NAME?", "NULL", "=A2"])
    {
        assert!(message.contains(cell), "{cell}: {message}");
    }
    let (world, run) = imported("eq-quoted.csv");
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(people(&world), ["eq1@example.com Ann Lee", "eq2@example.com Bob Ray"]);
    assert_eq!(world.groups_of("eq2@example.com").unwrap(), ["Design"]);
}

#[test]
fn layout_of_a_spreadsheet_is_no_obstacle() {
    for (name, rows, all) in [
        ("space-quote2.csv", 1, &["sq1@example.com Ann Lee"][..]),
        ("extra-cells.csv", 2, &["ec1@example.com Ann Lee", "ec2@example.com Bob Ray"]),
        ("head-comma.csv", 2, &["hc1@example.com Ann Lee", "hc2@example.com Bob Ray"]),
        ("ctrlz-line.csv", 1, &["cz1@example.com Ann Lee"]),
        ("user-groups-native.csv", 1, &["ug1@example.com Ann Lee"]),
    ] {
        let (world, run) = imported(name);
        assert_eq!(run.status, 0, "{name}: {run:?}");
        assert_eq!(people(&world), all, "{name}");
        let results = name.replace(".csv", ".results.csv");
        assert_eq!(world.statuses(&results), vec!["ok"; rows], "{name}");
        if name == "user-groups-native.csv" {
            assert_eq!(world.groups_of("ug1@example.com").unwrap(), ["Design", "Photo Users"]);
        }
    }
}

#[test]
fn titles_and_rows_behind_a_mark_are_skipped_and_said() {
    let (world, run) = imported("preamble.csv");
    assert_eq!(people(&world), ["pr1@example.com Ann Lee"], "{run:?}");
    assert!(run.stderr.contains("line 4"), "{}", run.stderr);
    let (world, run) = imported("comment-rows.csv");
    assert_eq!((run.status, people(&world)), (0, vec!["cr1@example.com Ann Lee".to_owned()]));
    assert_eq!(world.statuses("comment-rows.results.csv"), ["ok", "skipped"]);
    assert!(run.stdout.contains("skipped"), "{}", run.stdout);
}

#[test]
fn edited_name_is_changed_or_said_with_both_values() {
    let world =
        world(&[listed("ann.lee@example.com", "Ann"), listed("bob.ray@example.com", "Bob")]);
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    let mut file = String::from_utf8(fixture("edited-export.csv")).unwrap();
    for user in world.rows("users.csv") {
        let id = if user["email"].starts_with("ann") { ",A1," } else { ",A2," };
        file = file.replace(id, &format!(",{},", user["id"]));
    }
    let run = world.import("edited-export.csv", file, &[]);
    let row = &world.rows("edited-export.results.csv")[0];
    if !people(&world).contains(&"ann.lee@example.com Ann Leeds".to_owned()) {
        assert!(row["umbulk_effect"].contains("differs:lastname"), "{row:?} {run:?}");
        let message = &row["umbulk_message"];
        assert!(message.contains("Lee") && message.contains("Leeds"), "{message}");
    }
}

fn listed(email: &str, firstname: &str) -> SandboxUser {
    let (firstname, lastname, country) = (firstname.into(), "Lee".into(), "US".into());
    SandboxUser { firstname, lastname, country, ..user(email, &[]) }
}

#[test]
fn invisible_characters_are_removed_at_the_ends_and_refused_inside() {
    let (world, run) = imported("invisible.csv");
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(people(&world), ["inv1@example.com Ann Lee", "inv3@example.com Cy Poe"]);
    let messages = messages(&world, "invisible.csv");
    for (row, code) in [(1, "U+200B"), (3, "U+00AD"), (4, "U+200B"), (5, "U+00AD")] {
        assert!(messages[row].contains(code), "{}", messages[row]);
    }
}
