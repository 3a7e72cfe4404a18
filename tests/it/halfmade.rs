//! One mistyped group name leaves at most one account without its group: in all files of a command
//! together, and whatever else is refused.

use crate::world::World;
use umbulk::sandbox::InjectedFault;

const HEADER: &str = "action,email,firstname,lastname,country,groups\n";

fn creates(count: usize, from: usize, groups: &str) -> String {
    let row = |n: usize| format!("create,u{n}@example.com,U,N{n},US,\"{groups}\"\n");
    HEADER.to_owned() + &(from..from + count).map(row).collect::<String>()
}

/// Neither questions nor the trial in test mode tell of groups.
fn silent(world: &World) {
    let refused = || {
        Some(InjectedFault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error_code":"403003"}"#.to_owned(),
        })
    };
    world.sandbox.faults().next_reads((0..60).map(|_| refused()));
    world.sandbox.faults().next_actions([refused()]);
}

#[test]
fn typo_in_several_files_leaves_one_account() {
    let world = World::with_groups(&["Design"]);
    silent(&world);
    for file in 0..4 {
        world.write(&format!("{file}.csv"), creates(60, file * 100, "Design,Desing"));
    }
    let run = world.umbulk(&["import", "0.csv", "1.csv", "2.csv", "3.csv"]);
    assert_eq!((run.status, world.sandbox.directory().users().count()), (1, 1), "{run:?}");
    assert_eq!(world.outcomes("0.results.csv")[0], "failed error.group.not_found");
    for file in ["1.results.csv", "2.results.csv", "3.results.csv"] {
        assert_eq!(world.outcomes(file), vec!["invalid invalid.groups.unknown"; 60], "{file}");
    }
    let message = world.rows("3.results.csv")[59]["umbulk_message"].clone();
    assert!(
        message.contains("the server refused `Desing` at row 1 of 0.csv (error.group.not_found)"),
        "{message}"
    );
    // The outcomes that are shown again are the same.
    let again = world.umbulk(&["import", "0.csv", "1.csv", "2.csv", "3.csv"]);
    assert_eq!(
        (again.status, world.outcomes("3.results.csv")),
        (1, vec!["invalid invalid.groups.unknown".to_owned(); 60]),
        "{again:?}"
    );
    assert_eq!(world.sandbox.directory().users().count(), 1);
}

/// The second file creates the group: rows behind that are sent.
#[test]
fn group_that_a_later_file_creates_is_missing_no_more() {
    let world = World::with_groups(&[]);
    silent(&world);
    world.write("a.csv", creates(20, 0, "New"));
    let rows = creates(20, 100, "New")
        .replace(",country,groups\n", ",country,groups,group\n")
        .replace("\"\n", "\",\n");
    let (head, people) = rows.split_once('\n').unwrap();
    world.write("b.csv", format!("{head}\ncreate-group,,,,,,New\n{people}"));
    let run = world.umbulk(&["import", "a.csv", "b.csv"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("b.results.csv"), vec!["ok"; 21], "{run:?}");
    assert_eq!(world.sandbox.directory().users().count(), 21);
}

/// Rows that fail for reasons of their own find nothing out; still only one at a time may leave an
/// account behind.
#[test]
fn typo_behind_rows_that_fail_otherwise_leaves_one_account() {
    let world = World::with_groups(&["Design"]);
    silent(&world);
    (0..5).for_each(|n| {
        world.sandbox.faults().refuse_commands(
            &format!("u{n}@example.com"),
            "error.domain.trust.nonexistent",
            9,
        );
    });
    let run = world.import("a.csv", creates(60, 0, "Desing"), &[]);
    assert_eq!((run.status, world.sandbox.directory().users().count()), (1, 1), "{run:?}");
}
