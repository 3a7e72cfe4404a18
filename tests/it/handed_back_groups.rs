//! A list in user-sync's form that is handed back with other groups: it takes nobody out of a
//! group, and that is said.

use crate::effects::organization;
use crate::world::World;
use umbulk::sandbox::SandboxOptions;

/// The exported list, with its line of Ann edited.
fn edited(world: &World, from: &str, to: &str) -> String {
    let run = world.umbulk(&["export", "users", "--dialect", "user-sync", "--out", "x.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    let text = std::fs::read_to_string(world.path("x.csv")).unwrap();
    let edit = |line: &str| {
        if line.contains("ann.lee") { line.replacen(from, to, 1) } else { line.to_owned() }
    };
    let edited: String = text.lines().map(|line| edit(line) + "\n").collect();
    assert_ne!(edited, text, "{to}");
    edited
}

const GROUP: &str = ",Design,";

#[test]
fn group_that_the_row_no_longer_lists_differs() {
    let cases: [(&str, &[&str], &str, &str); 6] = [
        ("", &[], "ok", "exists+differs:groups"),
        ("Video", &[], "ok", "exists+joined:1+differs:groups"),
        ("", &["--skip-unchanged"], "unchanged unchanged.differs", "exists+differs:groups"),
        (
            "",
            &["--online", "--skip-unchanged"],
            "unchanged unchanged.differs",
            "exists+differs:groups",
        ),
        ("Video", &["--online", "--skip-unchanged"], "ok", "exists+joined:1+differs:groups"),
        ("[]", &["--online"], "ok", "exists+differs:groups"),
    ];
    for (groups, more, outcome, effect) in cases {
        let world = World::new(organization(), SandboxOptions::default());
        let file = edited(&world, GROUP, &format!(",{groups},"));
        let run = world.import("edited.csv", file, &[more, &["--yes"]].concat());
        let rows = world.rows("edited.results.csv");
        let at = rows.iter().position(|row| row["email"] == "ann.lee@example.com").unwrap();
        assert_eq!(
            (run.status, world.outcomes("edited.results.csv")[at].as_str()),
            (0, outcome),
            "{groups} {more:?}: {run:?}"
        );
        let (row, message) = (&rows[at], &rows[at]["umbulk_message"]);
        assert_eq!(row["umbulk_effect"], effect, "{groups} {more:?}");
        assert!(
            message.contains("the user stays in `Design`") && message.contains("--exact-groups"),
            "{message}"
        );
        assert!(
            run.stdout.contains("1  differs:groups: use --exact-groups"),
            "{more:?}: {}",
            run.stdout
        );
        assert!(world.groups_of("ann.lee@example.com").unwrap().contains(&"Design".to_owned()));
    }
}

/// A column that means nothing to umbulk, as user-sync's own files may have, makes no other list of
/// it.
#[test]
fn group_differs_beside_a_column_without_a_meaning() {
    for more in [&[][..], &["--online", "--skip-unchanged"]] {
        let world = World::new(organization(), SandboxOptions::default());
        let file = edited(&world, GROUP, ",,");
        let file: String = file
            .lines()
            .zip(["office", "Oslo", "Paris", "Rome"])
            .map(|(line, office)| format!("{office},{line}\n"))
            .collect();
        let run = world.import("edited.csv", file, more);
        assert!(
            run.status == 0 && run.stdout.contains("1  differs:groups: use --exact-groups"),
            "{more:?}: {run:?}"
        );
    }
}

/// Rows that list each group in a row of its own add up.
#[test]
fn groups_in_several_rows_on_one_user_do_not_differ() {
    let world = World::new(organization(), SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let row = |group: &str| {
        format!(
            "Bob,Ray,bob.ray@example.com,US,{group},federatedID,bob.ray@example.com,example.com\n"
        )
    };
    let header = "firstname,lastname,email,country,groups,type,username,domain\n";
    for (rows, differs) in [(row("Design") + &row("Video"), false), (row("Design"), true)] {
        let run = world.import("a.csv", header.to_owned() + &rows, &["--fresh"]);
        assert_eq!(run.status, 0, "{run:?}");
        assert_eq!(run.stdout.contains("differs:groups"), differs, "{run:?}");
    }
}

/// What the row and the summary advise takes the group away, also where the cell is empty.
#[test]
fn advice_for_a_group_that_stays_takes_it_away() {
    let world = World::new(organization(), SandboxOptions::default());
    let file = edited(&world, GROUP, ",,");
    let run = world.import("edited.csv", &file, &[]);
    assert!(run.stdout.contains("for empty cells also --empty-groups none"), "{run:?}");
    let advised = [
        "--online",
        "--exact-groups",
        "--manage-groups",
        "*",
        "--empty-groups",
        "none",
        "--yes",
        "--fresh",
    ];
    let run = world.import("edited.csv", &file, &advised);
    assert_eq!((run.status, run.stdout.contains("differs:groups")), (0, false), "{run:?}");
    assert_eq!(world.groups_of("ann.lee@example.com").unwrap(), [""; 0]);
}
