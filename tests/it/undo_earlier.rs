//! Imports before the last one of a file are taken back by their journals.

use crate::undo::{HEADER, apply, everybody, import, world};
use crate::world::{Run, World};

const DORA: &str = "create,dora@example.com,D,L,DE,,,,\n";
/// A row that is another week's.
const BOB: &str = "add,bob@example.com,,,,Sound,,,\n";

/// Returns the journal in the command that a text shows for an earlier import.
fn earlier(text: &str) -> String {
    let command = text.split_once("umbulk undo staff.umbulk/").unwrap_or_else(|| panic!("{text}"));
    format!("staff.umbulk/{}", command.1.split_whitespace().next().unwrap())
}

fn is_gone(world: &World, email: &str, undo: &Run) {
    assert!(!everybody(world).contains_key(email), "{undo:?}");
}

/// Every week has its rows in a file of the same name.
#[test]
fn import_of_another_week_leaves_the_earlier_one_to_be_taken_back() {
    let world = world();
    import(&world, "staff.csv", &format!("{HEADER}{DORA}"));
    import(&world, "staff.csv", &format!("{HEADER}{BOB}"));
    let status = world.umbulk(&["status", "staff.csv"]);
    let journal = earlier(&status.stdout);
    let last = apply(&world, "staff.csv");
    assert_eq!(last.status, 0, "{last:?}");
    assert_eq!(earlier(&last.stderr), journal, "{last:?}");
    assert!(everybody(&world).contains_key("dora@example.com"), "{last:?}");
    assert_eq!(world.groups_of("bob@example.com").unwrap(), ["Video"]);
    let undo = apply(&world, &journal);
    assert_eq!(undo.status, 0, "{undo:?}");
    is_gone(&world, "dora@example.com", &undo);
    // A journal of the folder would be an import that waits for something.
    let table = world.umbulk(&["status"]);
    assert_eq!(table.stdout.matches("staff.csv").count(), 1, "{table:?}");
}

/// The last run has nothing to take back, so the way to the one before it is what a user needs.
#[test]
fn import_of_unchanged_rows_leaves_the_earlier_one_to_be_taken_back() {
    let world = world();
    let more = ["--online", "--skip-unchanged"];
    let rows = format!("{HEADER}{DORA}");
    assert_eq!(world.import("staff.csv", rows.clone(), &more).status, 0);
    let listed = world.umbulk(&["export", "users", "--force", "--snapshot"]);
    assert_eq!(listed.status, 0, "{listed:?}");
    let again = world.import("staff.csv", rows, &more);
    assert!(again.stdout.contains("1  unchanged"), "{again:?}");
    let refused = world.umbulk(&["undo", "staff.csv"]);
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(refused.stderr.contains("has changed nothing"), "{refused:?}");
    let undo = apply(&world, &earlier(&refused.stderr));
    assert_eq!(undo.status, 0, "{undo:?}");
    is_gone(&world, "dora@example.com", &undo);
}

/// The same file with other options is another run: what the first one has done was there before.
#[test]
fn import_with_other_options_takes_nothing_back_that_was_there_before() {
    const USERS: &[&str] = &["export", "users", "--out", "users.csv"];
    let compared: &[&str] = &["--online", "--skip-unchanged"];
    let by_file: &[&str] = &["--against", "users.csv"];
    for (first, second) in [
        (compared, &["--online"][..]),
        (&["--online"][..], compared),
        (&["--online"], &["--online", "--exact-groups", "--manage-groups", "*"]),
        (by_file, compared),
    ] {
        let world = world();
        assert_eq!(world.umbulk(USERS).status, 0);
        let rows = format!("{HEADER}{DORA}add,carl@example.com,,,,Sound,,,\n");
        assert_eq!(world.import("staff.csv", rows.clone(), first).status, 0);
        let before = everybody(&world);
        let again = world.import("staff.csv", rows, second);
        assert_eq!(again.status, 0, "{again:?}");
        assert!(!again.stdout.contains("created"), "{again:?}");
        world.umbulk(&["undo", "staff.csv", "--apply"]);
        assert_eq!(everybody(&world), before, "{first:?} {second:?} {again:?}");
    }
}

/// A refused import has changed nothing either, and is not waiting to be continued.
#[test]
fn refused_import_leaves_the_earlier_one_to_be_taken_back() {
    let world = world();
    import(&world, "staff.csv", &format!("{HEADER}{DORA}"));
    let next = format!("{HEADER}delete,ann@example.com,,,,,,,\ndelete,bob@example.com,,,,,,,\n");
    let refused = world.import("staff.csv", next, &["--max-deletes", "1"]);
    assert_eq!(refused.status, 2, "{refused:?}");
    let status = world.umbulk(&["status", "staff.csv", "--check"]);
    assert_eq!(status.status, 2, "{status:?}");
    assert!(status.stdout.contains("staff.csv: not begun"), "{status:?}");
    assert!(!status.stdout.contains("results"), "{status:?}");
    let table = world.umbulk(&["status"]).stdout;
    assert!(table.contains("not begun") && !table.contains("to continue"), "{table}");
    let undo = world.umbulk(&["undo", "staff.csv"]);
    assert_eq!(undo.status, 2, "{undo:?}");
    let undo = apply(&world, &earlier(&undo.stderr));
    assert_eq!(undo.status, 0, "{undo:?}");
    is_gone(&world, "dora@example.com", &undo);
}

/// Missing people have a file and a journal of their own, which the next week replaces as well.
#[test]
fn missing_users_of_an_earlier_import_come_back() {
    let world = world();
    let before = everybody(&world);
    let more = ["--online", "--missing", "leave", "--managed-domain", "example.com"];
    let more = [&more[..], &["--max-missing", "1", "--yes"]].concat();
    let row = |name: &str| format!("add,{name}@example.com,,,,Sound,,,\n");
    let emil = "create,emil@example.com,E,L,DE,,,,\n";
    let first = [HEADER, &row("ann"), &row("carl"), emil].concat();
    let run = world.import("staff.csv", first, &more);
    assert_eq!(run.status, 0, "{run:?}");
    is_gone(&world, "bob@example.com", &run);
    let listed = world.umbulk(&["export", "users", "--force", "--snapshot"]);
    assert_eq!(listed.status, 0, "{listed:?}");
    let run = world.import("staff.csv", [HEADER, &row("ann"), &row("carl")].concat(), &more);
    assert_eq!(run.status, 0, "{run:?}");
    is_gone(&world, "emil@example.com", &run);
    let last = world.umbulk(&["undo", "staff.csv"]);
    assert!(last.stdout.contains("emil@") && !last.stdout.contains("bob@"), "{last:?}");
    let undo = apply(&world, &earlier(&last.stderr));
    assert_eq!(undo.status, 0, "{undo:?}");
    assert_eq!(everybody(&world), before, "{undo:?}");
}

/// What is asked of an undo depends on when the import has ended.
#[test]
fn import_that_is_shown_again_keeps_its_end() {
    let world = world();
    let rows = format!("{HEADER}{DORA}");
    import(&world, "staff.csv", &rows);
    let ended = || {
        let status = world.umbulk(&["status", "staff.csv", "--json"]);
        let all: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
        all[0]["finished"].as_str().unwrap_or_else(|| panic!("{status:?}")).to_owned()
    };
    let first = ended();
    import(&world, "staff.csv", &rows);
    assert_eq!(ended(), first);
}
