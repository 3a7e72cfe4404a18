//! An import whose failed rows were fixed and sent again is taken back as a whole: what its rows
//! had done when they failed, and what they have done since.

use crate::resume::started_file;
use crate::undo::{HEADER, apply, everybody, world};
use crate::world::{Run, World, run as run_with};
use umbulk::sandbox::InjectedFault;

const WANTED: [&str; 3] = ["--snapshot-before", "--check-groups", "never"];

/// Imports rows of which some fail, and records what was there before.
fn begin(world: &World, rows: &str) {
    let run = world.import("staff.csv", format!("{HEADER}{rows}"), &WANTED);
    assert_eq!(run.status, 1, "{run:?}");
}

/// Sends the failed rows again, as they are in these rows of the file.
fn retry(world: &World, rows: &str, more: &[&str]) -> Run {
    world.write("staff.csv", format!("{HEADER}{rows}"));
    world.umbulk(&[&["import", "staff.csv", "--retry-failed"], more].concat())
}

fn is_taken_back(world: &World, before: &impl PartialEq<Everybody>) {
    let applied = apply(world, "staff.csv");
    assert_eq!(applied.status, 0, "{applied:?}");
    assert!(*before == everybody(world), "{applied:?} {:?}", everybody(world));
}

type Everybody = std::collections::BTreeMap<String, crate::undo::Known>;

const DORA: &str = "create,dora@example.com,D,L,DE,\"Design,Nope\",,,\n";

/// Dora and the membership of Carl were there after the first attempt already.
#[test]
fn what_rows_had_done_when_they_failed_is_taken_back() {
    let world = world();
    let before = everybody(&world);
    begin(&world, &format!("{DORA}add,carl@example.com,,,,\"Sound,Nope\",,,\n"));
    assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Sound"]);
    // The second row was about the wrong person.
    let fixed = "create,dora@example.com,D,L,DE,\"Design,Sound\",,,\n\
                 add,bob@example.com,,,,Design,,,\n";
    let retried = retry(&world, fixed, &WANTED);
    assert_eq!(retried.status, 0, "{retried:?}");
    assert_eq!(world.groups_of("dora@example.com").unwrap(), ["Design", "Sound"]);
    is_taken_back(&world, &before);
}

/// The options of the first start are not repeated: its record is continued all the same.
#[test]
fn second_retry_is_taken_back_with_the_first_one() {
    let world = world();
    let before = everybody(&world);
    begin(&world, &format!("{DORA}add,carl@example.com,,,,\"Sound,Nope\",,,\n"));
    let once = "create,dora@example.com,D,L,DE,\"Design,Video\",,,\n\
                add,carl@example.com,,,,\"Design,Nope\",,,\n";
    assert_eq!(retry(&world, once, &["--check-groups", "never"]).status, 1);
    let twice = "create,dora@example.com,D,L,DE,\"Design,Video\",,,\n\
                 add,carl@example.com,,,,Video,,,\n";
    assert_eq!(retry(&world, twice, &["--check-groups", "never"]).status, 0);
    assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Design", "Sound", "Video"]);
    is_taken_back(&world, &before);
}

/// A row that is switched off sends nothing, but its first attempt has done something.
#[test]
fn row_that_is_switched_off_is_taken_back() {
    let world = world();
    let before = everybody(&world);
    begin(&world, "add,carl@example.com,,,,\"Sound,Nope\",,,\n");
    let retried = retry(&world, "#add,carl@example.com,,,,\"Sound,Nope\",,,\n", &WANTED);
    assert_eq!(retried.status, 0, "{retried:?}");
    is_taken_back(&world, &before);
}

/// The second start looks at the same list again, which shows nothing of what the first one did.
#[test]
fn row_that_failed_in_part_is_taken_back_with_a_later_part_of_the_file() {
    let world = world();
    let before = everybody(&world);
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    let more = ["--against", "users.csv", "--skip-unchanged", "--check-groups", "never"];
    let rows = "add,carl@example.com,,,,\"Sound,Nope\",,,\nadd,carl@example.com,,,,Design,,,\n";
    let first = [&more[..], &["--rows", "1"]].concat();
    assert_eq!(world.import("staff.csv", format!("{HEADER}{rows}"), &first).status, 1);
    let rest = world.umbulk(&[&["import", "staff.csv"], &more[..]].concat());
    assert_eq!(rest.status, 1, "{rest:?}");
    assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Design", "Sound"]);
    is_taken_back(&world, &before);
}

/// No row was sent at first, so nothing was recorded.
#[test]
fn import_of_which_no_row_was_right_at_first_is_taken_back() {
    let world = world();
    let before = everybody(&world);
    begin(&world, "create,dora@example.com,D,L,Nowhere,Design,,,\n");
    let retried = retry(&world, "create,dora@example.com,D,L,DE,Design,,,\n", &WANTED);
    assert_eq!(retried.status, 0, "{retried:?}");
    is_taken_back(&world, &before);
    let again = apply(&world, "staff.csv");
    assert!(!again.stdout.contains("done in part"), "{again:?}");
}

/// Ann is in Video already, and the server confirms that as well.
#[test]
fn membership_of_a_row_that_failed_is_taken_back_beside_those_of_before() {
    let world = world();
    let before = everybody(&world);
    begin(&world, "add,ann@example.com,,,,\"Sound,Video,Nope\",,,\n");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Sound", "Video"]);
    is_taken_back(&world, &before);
    let again = apply(&world, "staff.csv");
    assert!(!again.stdout.contains("done in part"), "{again:?}");
}

/// The server does not say which of the memberships it has removed, only that it was one.
#[test]
fn membership_that_a_row_has_removed_before_it_failed_comes_back() {
    let world = world();
    let before = everybody(&world);
    begin(&world, "remove,ann@example.com,,,,\"Design,Nope\",,,\n");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Video"]);
    is_taken_back(&world, &before);
}

/// The row has removed two memberships, and somebody has given one of them again: it is not known
/// which two they were.
#[test]
fn removed_memberships_of_which_one_is_back_are_reported() {
    let world = world();
    begin(&world, "remove,ann@example.com,,,,\"Design,Video,Nope\",,,\n");
    let rows = "add,ann@example.com,,,,Video,,,\n";
    assert_eq!(world.import("others.csv", format!("{HEADER}{rows}"), &[]).status, 0);
    let applied = apply(&world, "staff.csv");
    assert!(applied.stdout.contains("done in part"), "{applied:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Video"]);
}

/// As the message about the row advises: the user has the new name, and the row does not change it.
#[test]
fn row_whose_rename_was_done_is_completed_and_taken_back() {
    let world = world();
    let before = everybody(&world);
    begin(&world, "update,ann@example.com,Anna,,,\"Sound,Nope\",,,ann.new@example.com\n");
    let message = &world.rows("staff.results.csv")[0]["umbulk_message"];
    let advice = "the user was renamed to `ann.new@example.com`. Before you send this row again, \
                  put `ann.new@example.com` into the column that names the user, and empty \
                  `new_email` and `new_username`";
    assert!(message.contains(advice), "{message}");
    let fixed = "update,ann.new@example.com,Anna,,,\"Sound,Design\",,,\n";
    let retried = retry(&world, fixed, &WANTED);
    assert_eq!(retried.status, 0, "{retried:?}");
    let groups = world.groups_of("ann.new@example.com").unwrap();
    assert_eq!(groups, ["Design", "Sound", "Video"]);
    is_taken_back(&world, &before);
}

/// What was imported and taken back is shown as it was before, and that is said.
#[test]
fn import_that_was_taken_back_is_shown_as_undone() {
    let world = world();
    let row = format!("{HEADER}add,carl@example.com,,,,Sound,,,\n");
    for is_undone in [false, true] {
        let shown = world.import("staff.csv", &row, &WANTED);
        assert_eq!(shown.status, 0, "{shown:?}");
        assert_eq!(
            shown.stderr.contains("undone        rows of this import were taken back later"),
            is_undone
        );
        assert_eq!(apply(&world, "staff.csv").status, 0);
    }
    assert_eq!(world.groups_of("carl@example.com").unwrap(), Vec::<String>::new());
}

#[test]
fn retry_that_was_killed_is_taken_back_once_it_has_finished() {
    let world = world();
    let before = everybody(&world);
    begin(&world, DORA);
    let fixed = "create,dora@example.com,D,L,DE,\"Design,Sound\",,,\n";
    world.write("staff.csv", format!("{HEADER}{fixed}"));
    world.sandbox.faults().next_actions([Some(InjectedFault::CutBefore)]);
    let more = [&["--retry-failed", "--retry-wait", "30s"], &WANTED[..]].concat();
    let mut child = started_file(&world, "staff.csv", "1000/100ms", 1, &more);
    child.kill().unwrap();
    child.wait().unwrap();
    let refused = apply(&world, "staff.csv");
    assert!(refused.stderr.contains("is not finished"), "{refused:?}");
    assert_eq!(retry(&world, fixed, &WANTED).status, 0);
    assert_eq!(world.groups_of("dora@example.com").unwrap(), ["Design", "Sound"]);
    is_taken_back(&world, &before);
}

/// It has recorded its rows before it was refused.
#[test]
fn refused_retry_changes_nothing_for_the_undo() {
    const COMPARED: [&str; 5] =
        ["--against", "users.csv", "--skip-unchanged", "--check-groups", "never"];
    for repeats in [false, true] {
        let world = world();
        let before = everybody(&world);
        assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
        let rows = "add,carl@example.com,,,,\"Sound,Nope\",,,\n";
        let run = world.import("staff.csv", format!("{HEADER}{rows}"), &COMPARED);
        assert_eq!(run.status, 1, "{run:?}");
        world.write("staff.csv", format!("{HEADER}add,carl@example.com,,,,Video,,,\n"));
        let words = [&["import", "staff.csv", "--retry-failed"], &COMPARED[..]].concat();
        let refused = run_with(world.command(&words).env("UMAPI_CLIENT_SECRET", "wrong"));
        assert_eq!(refused.status, 2, "{refused:?}");
        if repeats {
            assert_eq!(retry(&world, "add,carl@example.com,,,,Design,,,\n", &COMPARED).status, 0);
            assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Design", "Sound"]);
        }
        is_taken_back(&world, &before);
    }
}

/// What an undo has taken back is not told from what the retry does after it.
#[test]
fn retry_after_an_undo_says_that_no_undo_follows() {
    let world = world();
    begin(&world, "add,carl@example.com,,,,\"Sound,Nope\",,,\n");
    assert_eq!(apply(&world, "staff.csv").status, 0);
    let retried = retry(&world, "add,carl@example.com,,,,Sound,,,\n", &WANTED);
    assert_eq!(retried.status, 0, "{retried:?}");
    assert!(retried.stderr.contains("this import cannot be undone"), "{retried:?}");
    let refused = apply(&world, "staff.csv");
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(refused.stderr.contains("failed rows were sent again after an undo"), "{refused:?}");
    assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Sound"]);
}

/// A row about anybody, with groups of which perhaps one does not exist.
fn random_row(random: &mut fastrand::Rng, groups: &[&str]) -> String {
    let user = ["ann", "bob", "carl", "dora", "emil"][random.usize(..5)];
    let number = random.usize(1..3);
    let groups: Vec<&str> = random.choose_multiple(groups.iter().copied(), number);
    let groups = groups.join(",");
    match random.u8(..8) {
        0..3 => format!("add,{user}@example.com,,,,\"{groups}\",,,\n"),
        3..5 => format!("remove,{user}@example.com,,,,\"{groups}\",,,\n"),
        5 => format!("update,{user}@example.com,{user},,,,\"{groups}\",,\n"),
        6 => format!("create,{user}@example.com,First,Last,DE,\"{groups}\",,,\n"),
        _ => format!("delete,{user}@example.com,,,,,,,\n"),
    }
}

/// Each person who is not as before is named under "Not taken back".
#[test]
fn random_rows_that_are_fixed_and_sent_again_are_taken_back_or_said() {
    const GROUPS: [&str; 4] = ["Design", "Video", "Sound", "Nope"];
    let rounds = std::env::var("UMBULK_UNDO_ROUNDS").ok();
    let rounds = rounds.and_then(|rounds| rounds.parse().ok()).unwrap_or(8);
    let mut complete = 0;
    for seed in 0..rounds {
        let world = world();
        let before = everybody(&world);
        let mut random = fastrand::Rng::with_seed(seed);
        let mut rows: Vec<String> = (0..5).map(|_| random_row(&mut random, &GROUPS)).collect();
        let mut retries = Vec::new();
        world.import("staff.csv", format!("{HEADER}{}", rows.concat()), &WANTED);
        for existing in [4, 3] {
            for (row, status) in world.statuses("staff.results.csv").iter().enumerate() {
                if ["failed", "invalid"].contains(&status.as_str()) {
                    rows[row] = random_row(&mut random, &GROUPS[..existing]);
                }
            }
            retries.push(retry(&world, &rows.concat(), &WANTED));
        }
        let undo = apply(&world, "staff.csv");
        let was_sent = retries.iter().any(|retry| retry.status <= 1);
        complete += u32::from(was_sent && undo.status == 0);
        let (_, left) = undo.stdout.split_once("Not taken back").unwrap_or_default();
        let after = everybody(&world);
        for name in before.keys().chain(after.keys()) {
            assert!(
                before.get(name) == after.get(name) || left.contains(name.as_str()),
                "seed {seed}: {name} is {:?}, was {:?}\n{rows:#?}\n{undo:#?}\n{retries:#?}",
                after.get(name),
                before.get(name)
            );
        }
    }
    println!("{complete} of {rounds} retries were taken back as a whole");
    assert!(complete > 0);
}
