//! Titles and headings that say that the people below them leave.

use crate::world::World;

const HEAD: &str = "email,firstname,lastname,country,groups\n";
const ANN: &str = "ann@example.com,Ann,Lee,US,Design\n";
const BOB: &str = "bob@example.com,Bob,Ray,US,\n";

fn emails(world: &World) -> Vec<String> {
    let mut emails: Vec<String> =
        world.sandbox.directory().users().map(|user| user.email.clone()).collect();
    emails.sort();
    emails
}

#[test]
fn title_of_leavers_above_the_header_is_not_ignored() {
    for title in ["Users to be removed 31 October", "Austritte Oktober 2026,,,,", "# 退職者一覧"]
    {
        let world = World::with_groups(&["Design"]);
        let run = world.import("a.csv", format!("{title}\n{HEAD}{BOB}"), &[]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{title}: {run:?}");
        assert!(run.stderr.contains("--action delete; if not, use --header-row 2"), "{run:?}");
        let run = world.umbulk(&["import", "a.csv", "--header-row", "2"]);
        assert_eq!((run.status, emails(&world).len()), (0, 1), "{title}: {run:?}");
        let run = world.import("b.csv", format!("{title}\n{HEAD}{BOB}"), &["--action", "delete"]);
        assert_eq!((run.status, emails(&world).len()), (0, 0), "{title}: {run:?}");
    }
    for title in ["Staff list", "New starters October", "Active users without leavers"] {
        let world = World::with_groups(&["Design"]);
        let run = world.import("a.csv", format!("{title}\n{HEAD}{BOB}"), &[]);
        assert_eq!(run.status, 0, "{title}: {run:?}");
    }
    // Each row says what becomes of its user.
    let world = World::with_groups(&[]);
    let file = "Joiners and leavers\naction,email\ndelete,bob@example.com\n";
    assert_eq!(world.import("a.csv", file, &[]).status, 0);
}

/// Nobody knows what a heading means, so the rows below it are not sent.
#[test]
fn rows_below_a_heading_are_not_sent() {
    for heading in [
        "To remove:,,,,",
        "\nLeavers,,,,",
        "--- Leavers ---",
        "Abgänge:,,,,",
        "退職者,,,,",
        ",Leavers,,,",
        "Class 5b,,,,",
        "# Leavers",
        "Total joiners: 1",
    ] {
        let world = World::with_groups(&["Design"]);
        let file = format!("{HEAD}{ANN}{heading}\n{BOB}Total leavers: 1\n");
        let run = world.import("a.csv", &file, &[]);
        assert_eq!(
            (run.status, emails(&world)),
            (1, vec!["ann@example.com".to_owned()]),
            "{heading} {run:?}"
        );
        let rows = world.rows("a.results.csv");
        assert_eq!(rows[2]["umbulk_code"], "invalid.row.heading", "{rows:?}");
        assert!(rows[2]["umbulk_message"].contains("is below a heading, in line"), "{rows:?}");
        assert_eq!(rows[1]["umbulk_code"], "invalid.row.heading", "{rows:?}");
        // The rows to fix are refused again until somebody does what the message says.
        let run = world.umbulk(&["import", "a.failed.csv"]);
        assert_eq!((run.status, emails(&world).len()), (1, 1), "{heading} {run:?}");
        // As the message says.
        let world = World::with_groups(&["Design"]);
        let file = file.replace(&format!("{heading}\n"), "").replace("Total leavers: 1\n", "");
        let run = world.import("a.csv", file, &[]);
        assert_eq!((run.status, emails(&world).len()), (0, 2), "{heading} {run:?}");
    }
}

#[test]
fn totals_and_mistyped_addresses_are_no_headings() {
    for (between, status) in [
        ("Subtotal: 1", 0),
        ("-----,,,,", 0),
        ("# new", 0),
        ("cy.example.com,,,,", 1),
        (",,,US,", 1),
    ] {
        let world = World::with_groups(&["Design"]);
        let run = world.import("a.csv", format!("{HEAD}{ANN}{between}\n{BOB}"), &[]);
        assert_eq!((run.status, emails(&world).len()), (status, 2), "{between} {run:?}");
    }
    // The last row has nobody below it.
    let world = World::with_groups(&["Design"]);
    let run = world.import("a.csv", format!("{HEAD}{ANN}{BOB}ann,,,,\n"), &[]);
    assert_eq!((run.status, emails(&world).len()), (1, 2), "{run:?}");
}

/// A total below the rows may be about them.
#[test]
fn total_of_leavers_below_the_rows_is_not_ignored() {
    for total in ["Total leavers: 2", "Austritte;2".replace(';', ",").as_str(), "# Leavers: 2,,,,"]
    {
        for end in ["\n", "", "\n\nExported on Monday,,,,\n"] {
            let world = World::with_groups(&["Design"]);
            let file = format!("{HEAD}{ANN}{BOB},,,,\n{total}{end}");
            let run = world.import("a.csv", &file, &[]);
            assert_eq!((run.status, world.action_requests()), (2, 0), "{total}: {run:?}");
            let advice = "If all of them do, use --action delete; if some do, move these to a file \
                          of their own; if none does, remove that row";
            assert!(run.stderr.contains(advice), "{run:?}");
            let run = world.import("b.csv", file.replace(total, ""), &[]);
            assert_eq!((run.status, emails(&world).len()), (0, 2), "{total}: {run:?}");
            let file = file.replace("Design", "");
            let run = world.import("a.csv", file, &["--action", "delete"]);
            assert_eq!(emails(&world).len(), 0, "{total}: {run:?}");
        }
    }
    // It counts nobody, or the rows say themselves what becomes of their users.
    for file in [
        format!("{HEAD}{ANN}Total leavers: 0\n"),
        format!("{HEAD}{ANN}Joiners: 1\n"),
        "action,email,firstname,lastname,country\ncreate,ann@example.com,Ann,Lee,US\n\
         Total leavers: 2\n"
            .to_owned(),
    ] {
        let world = World::with_groups(&["Design"]);
        world.import("a.csv", &file, &[]);
        assert_eq!(emails(&world), ["ann@example.com"], "{file}");
    }
}

/// A line within a cell is no row, however it reads.
#[test]
fn line_of_a_note_is_no_total() {
    for note in ["Handover:\nLeavers: 2\n", "Leavers: 2", "See below\r\nTotal leavers: 2"] {
        let world = World::with_groups(&["Design"]);
        let head = HEAD.replace("groups", "groups,Notes");
        let people = format!("{}{},", ANN.replace(",Design", ",Design,"), BOB.trim_end());
        let run = world.import("a.csv", format!("{head}{people}\"{note}\"\n"), &[]);
        assert_eq!((run.status, emails(&world).len()), (0, 2), "{note:?}: {run:?}");
        // A total below it is one.
        let world = World::with_groups(&["Design"]);
        let file = format!("{head}{people}\"{note}\"\n\"Total leavers\",\"2\",,,,\n");
        let run = world.import("a.csv", file, &[]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{note:?}: {run:?}");
        assert!(run.stderr.contains("\"Total leavers 2\""), "{run:?}");
    }
}
