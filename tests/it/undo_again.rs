//! What was taken back once is not taken back again: who does it again after the undo keeps it.

use crate::undo::{HEADER, apply, everybody, import, world};
use crate::world::{World, run};

/// Somebody else, at another computer, imports these rows.
fn others(world: &World, rows: &str) {
    world.write("others.csv", format!("{HEADER}{rows}"));
    let state = tempfile::tempdir().unwrap();
    let mut command = world.command(&["import", "others.csv", "--fresh"]);
    let done = run(command.env("XDG_STATE_HOME", state.path()));
    assert_eq!(done.status, 0, "{done:?}");
}

const DORA: &str = "create,dora@example.com,D,L,DE,,,,\n";
const EMIL: &str = "create,emil@example.com,E,L,DE,,,,\n";

fn import_dora_and_emil(world: &World) {
    import(world, "staff.csv", &format!("{HEADER}{DORA}{EMIL}"));
}

/// Dora, whom somebody else has created again, stays, and that is said.
fn dora_stays(world: &World, undo: &[&str]) {
    assert!(everybody(world).contains_key("dora@example.com"));
    let again = world.umbulk(undo);
    assert!(again.stdout.contains("dora@example.com (row 1): an earlier undo"), "{again:?}");
    assert!(everybody(world).contains_key("dora@example.com"), "{again:?}");
}

#[test]
fn undo_of_the_rows_that_failed_forgets_nothing() {
    let world = world();
    import_dora_and_emil(&world);
    world.sandbox.faults().refuse_commands("emil@example.com", "error.user.removal.forbidden", 9);
    assert_eq!(apply(&world, "staff.csv").status, 1);
    world.sandbox.faults().refuse_commands("emil@example.com", "", 0);
    let second = apply(&world, "staff.csv");
    assert_eq!(second.status, 0, "{second:?}");
    assert!(!everybody(&world).contains_key("emil@example.com"));
    others(&world, DORA);
    dora_stays(&world, &["undo", "staff.csv", "--apply"]);
}

#[test]
fn undo_that_is_refused_forgets_nothing() {
    let world = world();
    let more: String =
        (0..12).map(|number| format!("create,n{number}@example.com,N,L,DE,,,,\n")).collect();
    import(&world, "staff.csv", &format!("{HEADER}{DORA}{more}"));
    assert_eq!(world.umbulk(&["undo", "staff.csv"]).status, 0);
    let planned = std::fs::read_to_string(world.path("staff.undo.csv")).unwrap();
    let is_kept = |line: &&str| line.contains("dora@") || line.starts_with("action");
    let edited: String = planned.lines().filter(is_kept).flat_map(|line| [line, "\n"]).collect();
    import(&world, "staff.undo.csv", &edited);
    others(&world, DORA);
    let refused = apply(&world, "staff.csv");
    assert_eq!(refused.status, 2, "twelve deletions are asked about: {refused:?}");
    dora_stays(&world, &["undo", "staff.csv", "--apply", "--yes"]);
}

#[test]
fn undo_that_was_completed_forgets_nothing() {
    let world = world();
    import_dora_and_emil(&world);
    assert_eq!(world.umbulk(&["undo", "staff.csv"]).status, 0);
    // The latest row comes first: that of Emil.
    let rows = world.rows("staff.undo.csv");
    assert_eq!(rows[1]["email"], "dora@example.com");
    let part = ["import", "staff.undo.csv", "--rows", "2", "--snapshot-before"];
    assert_eq!(world.umbulk(&part).status, 0);
    assert_eq!(apply(&world, "staff.csv").status, 0);
    others(&world, DORA);
    dora_stays(&world, &["undo", "staff.csv", "--apply"]);
}

#[test]
fn rows_that_were_imported_by_hand_are_taken_back() {
    let world = world();
    import_dora_and_emil(&world);
    assert_eq!(world.umbulk(&["undo", "staff.csv"]).status, 0);
    assert_eq!(world.umbulk(&["import", "staff.undo.csv"]).status, 0);
    others(&world, DORA);
    dora_stays(&world, &["undo", "staff.csv", "--apply"]);
}

#[test]
fn undo_with_another_file_of_rows_is_known() {
    for out in ["back.csv", "back.xlsx"] {
        let world = world();
        import_dora_and_emil(&world);
        let undo = world.umbulk(&["undo", "staff.csv", "--apply", "--out", out]);
        assert_eq!(undo.status, 0, "{undo:?}");
        others(&world, DORA);
        dora_stays(&world, &["undo", "staff.csv", "--apply"]);
    }
}

/// The rows of the plan are elsewhere, and are imported by hand.
#[test]
fn rows_elsewhere_that_were_imported_by_hand_are_taken_back() {
    let world = world();
    import_dora_and_emil(&world);
    assert_eq!(world.umbulk(&["undo", "staff.csv", "--out", "back.csv"]).status, 0);
    assert_eq!(world.umbulk(&["import", "back.csv"]).status, 0);
    others(&world, DORA);
    let again = apply(&world, "staff.csv");
    assert_eq!(again.status, 1, "{again:?}");
    assert!(
        again.stdout.contains("another import from this computer has taken this back"),
        "{again:?}"
    );
    assert!(!again.stdout.contains("emil@"), "that she is gone is no news: {again:?}");
    assert!(everybody(&world).contains_key("dora@example.com"), "{again:?}");
}

/// An import from this computer removes whom the import has created, and somebody creates the user
/// again.
#[test]
fn user_whom_a_later_import_has_removed_is_another_one() {
    let world = world();
    import_dora_and_emil(&world);
    let left = format!("{HEADER}delete,dora@example.com,,,,,,,\n");
    assert_eq!(world.import("leavers.csv", left, &[]).status, 0);
    others(&world, DORA);
    let undo = apply(&world, "staff.csv");
    assert_eq!(undo.status, 1, "{undo:?}");
    let all = everybody(&world);
    assert!(all.contains_key("dora@example.com") && !all.contains_key("emil@example.com"));
}

/// Later imports from this computer have removed people: one whom the import has created, and one
/// whom it has only changed.
#[test]
fn people_whom_a_later_import_has_removed_are_accounted_for() {
    let world = world();
    let changed = "add,carl@example.com,,,,Design,,,\n";
    import(&world, "staff.csv", &format!("{HEADER}{DORA}{EMIL}{changed}"));
    let left = format!("{HEADER}delete,dora@example.com,,,,,,,\ndelete,carl@example.com,,,,,,,\n");
    assert_eq!(world.import("leavers.csv", left, &[]).status, 0);
    let plan = world.umbulk(&["undo", "staff.csv"]);
    assert_eq!(plan.status, 1, "Carl's membership is not taken back: {plan:?}");
    for said in [
        "        1  user to remove from the organization: emil@example.com\n",
        "        1  user was created by this import, and removed since by a later import from this \
         computer\n",
        "carl@example.com (row 3): another import from this computer has removed the user since: \
         nothing is left to take back",
    ] {
        assert!(plan.stdout.contains(said), "{said}: {plan:?}");
    }
}

/// The rows are gone that say what was taken back, and they were imported at another computer.
#[test]
fn rows_that_are_gone_after_they_were_imported_are_doubted() {
    let world = world();
    import_dora_and_emil(&world);
    assert_eq!(world.umbulk(&["undo", "staff.csv"]).status, 0);
    let state = tempfile::tempdir().unwrap();
    let mut by_hand = world.command(&["import", "staff.undo.csv"]);
    assert_eq!(run(by_hand.env("XDG_STATE_HOME", state.path())).status, 0);
    others(&world, DORA);
    std::fs::remove_file(world.path("staff.undo.csv")).unwrap();
    let asks = apply(&world, "staff.csv");
    assert_eq!(asks.status, 2, "{asks:?}");
    assert!(asks.stdout.contains("what that import has taken back is not known"), "{asks:?}");
    assert!(everybody(&world).contains_key("dora@example.com"), "{asks:?}");
}

#[test]
fn membership_that_somebody_gives_again_stays() {
    let world = world();
    import(&world, "staff.csv", &format!("{HEADER}add,carl@example.com,,,,Sound,,,\n"));
    assert_eq!(apply(&world, "staff.csv").status, 0);
    others(&world, "add,carl@example.com,,,,Sound,,,\n");
    let again = apply(&world, "staff.csv");
    assert_eq!(again.status, 1, "{again:?}");
    assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Sound"]);
}

/// What was not taken back by the earlier undo is still said.
#[test]
fn what_an_earlier_undo_could_not_take_back_is_said_again() {
    let world = world();
    let rows = "update,carl@example.com,Karl,,,,Sound,,emil@example.com\n";
    import(&world, "staff.csv", &format!("{HEADER}{rows}"));
    others(&world, "create,carl@example.com,Other,Carl,US,,,,\n");
    let first = apply(&world, "staff.csv");
    assert!(first.stdout.contains("somebody else has the old name"), "{first:?}");
    let second = apply(&world, "staff.csv");
    assert!(second.stdout.contains("emil@example.com (row 1)"), "{second:?}");
    assert_eq!((first.status, second.status), (1, 1));
}

/// The rest of its row is not taken back again.
#[test]
fn name_that_was_not_free_comes_back_once_it_is() {
    let world = world();
    let rows = "update,carl@example.com,Karl,,,,Sound,,emil@example.com\n";
    import(&world, "staff.csv", &format!("{HEADER}{rows}"));
    others(&world, "create,carl@example.com,Other,Carl,US,,,,\n");
    assert_eq!(apply(&world, "staff.csv").status, 1);
    others(&world, "delete,carl@example.com,,,,,,,\nadd,emil@example.com,,,,Sound,,,\n");
    let plan = world.umbulk(&["undo", "staff.csv"]);
    let words = "1  user to change back: emil@example.com";
    assert!(plan.stdout.contains(words), "{plan:?}");
    let again = apply(&world, "staff.csv");
    assert_eq!(again.status, 1, "somebody has added the membership again: {again:?}");
    let all = everybody(&world);
    let carl = all.get("carl@example.com").unwrap_or_else(|| panic!("{again:?}"));
    assert_eq!(carl.2, ["Sound"], "{again:?}");
    // Then nothing is left.
    let last = world.umbulk(&["undo", "staff.csv"]);
    assert!(!last.stdout.contains("to change back"), "{last:?}");
    assert_eq!(everybody(&world), all);
}

/// A part of the import that came after the undo is taken back for itself.
#[test]
fn later_part_of_the_import_is_taken_back_for_itself() {
    let world = world();
    let rows = "add,carl@example.com,,,,Sound,,,\nadd,carl@example.com,,,,Design,,,\n";
    world.write("staff.csv", format!("{HEADER}{rows}"));
    let part = |rows| world.umbulk(&["import", "staff.csv", "--snapshot-before", "--rows", rows]);
    assert_eq!(part("1").status, 0);
    assert_eq!(apply(&world, "staff.csv").status, 0);
    others(&world, "add,carl@example.com,,,,Sound,,,\n");
    assert_eq!(part("2").status, 0);
    assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Design", "Sound"]);
    let again = apply(&world, "staff.csv");
    assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Sound"], "{again:?}");
}
