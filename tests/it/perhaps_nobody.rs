//! Removals of which nobody knows whether there was anything to remove: none is claimed, and the
//! summary counts them.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,email,group\n";

fn world(people: usize) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    (0..people).for_each(|n| directory.add_user(&user(&format!("u{n}@x.com"), &[])));
    World::new(directory, SandboxOptions::default())
}

fn leavers(from: usize, to: usize) -> String {
    HEAD.to_owned() + &(from..to).map(|n| format!("delete,u{n}@x.com,\n")).collect::<String>()
}

const CAVEAT: &str = "removals of unknown users (--verify-deletes checks first)";

/// Nobody asks about more than 100 leavers: the rows say what that means, and the summary counts
/// them.
#[test]
fn leavers_whom_nobody_has_asked_about_are_counted() {
    let world = world(130);
    let run = world.import("a.csv", leavers(10, 150), &["--yes"]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned(); 140]),
        "{run:?}"
    );
    assert!(
        world.rows("a.results.csv").iter().all(|row| row["umbulk_message"].contains(CAVEAT)),
        "{run:?}"
    );
    assert!(
        run.stdout.contains(
            "140  removals may have removed nobody: the API also confirms removals of \
             unknown users (--verify-deletes asks first, but skips disabled accounts)"
        ),
        "{}",
        run.stdout
    );
    // Shown again, they are counted again.
    let again = world.umbulk(&["import", "a.csv", "--json", "--yes"]);
    let json: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(json["perhaps_nobody"], 140, "{json}");
}

/// Who is known to be there needs no such remark: by a question, by a list, or by an earlier look.
#[test]
fn leavers_who_are_known_to_be_there_are_not_counted() {
    for (rows, more) in [(3, &[][..]), (130, &["--online"]), (130, &["--verify-deletes"])] {
        let world = world(130);
        let run = world.import("a.csv", leavers(0, rows), &[&["--yes"], more].concat());
        assert_eq!(run.status, 0, "{more:?}: {run:?}");
        assert!(!run.stdout.contains("may have removed nobody"), "{more:?}: {}", run.stdout);
        assert!(
            world.rows("a.results.csv").iter().all(|row| !row["umbulk_message"].contains(CAVEAT)),
            "{more:?}"
        );
        assert!(
            world.rows("a.results.csv").iter().all(|row| row["umbulk_effect"] == "removed"),
            "{more:?}"
        );
    }
}

/// A fresh list that is stored tells of more than 100 leavers, also where nobody asks for a
/// comparison.
#[test]
fn many_leavers_are_known_by_the_snapshot() {
    let world = world(130);
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let run = world.import("a.csv", leavers(10, 150), &["--yes"]);
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "ok").count(), 120, "{run:?}");
    assert_eq!(
        outcomes.iter().filter(|outcome| *outcome == "unchanged unchanged.not_there").count(),
        20,
        "{run:?}"
    );
    assert!(
        !run.stdout.contains("may have removed nobody")
            && run.stdout.contains("20  unchanged  no active user"),
        "{}",
        run.stdout
    );
    assert_eq!(world.sandbox.directory().users().count(), 10);
}

/// The answer is lost, and nobody is there: that is so of a stranger as well.
#[test]
fn lost_answer_about_an_unknown_leaver_claims_no_removal() {
    let world = world(105);
    world.sandbox.faults().next_actions([Some(InjectedFault::CutAfter)]);
    let run = world.import("a.csv", leavers(0, 110), &["--yes", "--concurrency", "1"]);
    let rows = world.rows("a.results.csv");
    assert_eq!((run.status, rows[0]["umbulk_status"].as_str()), (0, "ok"), "{run:?}");
    for row in rows.iter().filter(|row| row["umbulk_message"].contains("no clear answer")) {
        assert!(row["umbulk_message"].contains("or it did not exist before"), "{row:?}");
        assert_eq!(row["umbulk_effect"], "none", "{row:?}");
    }
}

/// A group that nobody has asked about is not called deleted where a probe finds none.
#[test]
fn lost_answer_about_an_unchecked_group_claims_no_deletion() {
    for group in ["Nowhere", "Design"] {
        let world = world(0);
        world.sandbox.faults().next_actions([Some(InjectedFault::CutAfter)]);
        let run = world.import(
            "a.csv",
            format!("{HEAD}delete-group,,{group}\n"),
            &["--check-groups", "never"],
        );
        let row = &world.rows("a.results.csv")[0];
        assert_eq!(
            (row["umbulk_status"].as_str(), row["umbulk_effect"].as_str()),
            ("ok", "none"),
            "{row:?}"
        );
        assert!(
            row["umbulk_message"].contains(&format!("there is no group `{group}` now")),
            "{row:?}"
        );
        assert!(row["umbulk_message"].contains("or it did not exist before"), "{row:?}");
        assert!(!run.stdout.contains("group deleted"), "{}", run.stdout);
    }
}

/// A question has shown that it was there.
#[test]
fn lost_answer_about_a_checked_group_is_a_deletion() {
    let world = world(0);
    world.sandbox.faults().next_actions([Some(InjectedFault::CutAfter)]);
    let run = world.import("a.csv", format!("{HEAD}delete-group,,Design\n"), &[]);
    let row = &world.rows("a.results.csv")[0];
    assert_eq!(
        (run.status, row["umbulk_status"].as_str(), row["umbulk_effect"].as_str()),
        (0, "ok", "group_deleted"),
        "{row:?}"
    );
}

/// The server itself says that there is none: nothing was deleted.
#[test]
fn group_that_the_server_does_not_know_is_not_deleted() {
    let world = world(0);
    let run = world.import(
        "a.csv",
        format!("{HEAD}delete-group,,Nowhere\n"),
        &["--check-groups", "never"],
    );
    let row = &world.rows("a.results.csv")[0];
    assert_eq!(
        (run.status, row["umbulk_status"].as_str(), row["umbulk_effect"].as_str()),
        (1, "failed", "none"),
        "{row:?}"
    );
}
