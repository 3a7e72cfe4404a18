//! One row is no `1 rows`, on any screen.

use crate::world::World;

/// Nouns that umbulk counts.
const NOUNS: [&str; 36] = [
    "rows",
    "users",
    "people",
    "requests",
    "questions",
    "groups",
    "commands",
    "memberships",
    "times",
    "accounts",
    "files",
    "lines",
    "codes",
    "attempts",
    "profiles",
    "members",
    "licences",
    "pages",
    "columns",
    "names",
    "days",
    "steps",
    "administrators",
    "domains",
    "entries",
    "lists",
    "cells",
    "products",
    "roles",
    "removals",
    "creates",
    "addresses",
    "updates",
    "deletes",
    "options",
    "places",
];

/// The first words on a screen that have the number 1 before a noun of many.
pub(crate) fn wrong_plural(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).find_map(|pair| {
        let noun = pair[1].trim_end_matches(|c: char| c.is_ascii_punctuation());
        let is_one = pair[0].trim_start_matches(['(', '[', '`', '"', '+', '-']) == "1";
        (is_one && NOUNS.contains(&noun)).then(|| pair.join(" "))
    })
}

#[test]
fn noun_of_many_behind_one_is_found() {
    for text in ["sent (1 rows)", "          1  users created", "1 requests, without", "+1 people"]
    {
        assert!(wrong_plural(text).is_some(), "{text}");
    }
    for text in ["11 rows", "1 row", "1,001 rows", "row 1: groups", "line 1, rows 2"] {
        assert_eq!(wrong_plural(text), None, "{text}");
    }
}

/// (Every other test looks at its screens in the same way.)
#[test]
fn everything_that_happens_once_is_said_of_one() {
    let world = World::with_groups(&["Design", "Other"]);
    let head =
        "action,email,firstname,lastname,country,groups,add_groups,remove_groups,if_exists\n";
    for (name, row) in [
        ("create", "create,ann@example.com,Ann,Lee,US,Design,,,\n"),
        ("update", "create,ann@example.com,Ann,Ray,US,Design,,,update\n"),
        ("moved", "update,ann@example.com,,,,,Other,Design,\n"),
        ("invalid", "create,ann,Ann,Lee,US,,,,\n"),
        ("failed", "update,nobody@example.com,Ann,Ray,,,,,\n"),
        ("skipped", "#create,ann@example.com,Ann,Lee,US,,,,\n"),
        ("stripped", "remove-all,ann@example.com,,,,,,,\n"),
        ("deleted", "delete,ann@example.com,,,,,,,\n"),
    ] {
        let file = format!("{name}.csv");
        world.write(&file, format!("{head}{row}"));
        for args in [
            &["validate", &file][..],
            &["plan", &file, "--verify-deletes"],
            &["import", &file, "--yes", "--verify-deletes"],
            &["import", &file, "--yes"],
            &["status", &file],
            &["results", &file],
        ] {
            world.umbulk(args);
        }
    }
    for args in
        [&["export", "users"][..], &["export", "groups"], &["usage"], &["snapshots"], &["check"]]
    {
        world.umbulk(args);
    }
}

/// Nobody knows of `if_exists=update` whether it created or updated, where no list tells.
#[test]
fn users_of_whom_nobody_knows_are_not_called_updated() {
    let world = World::with_groups(&[]);
    let rows = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n\
                bob@example.com,Bob,Ray,US\n";
    assert_eq!(
        world
            .import(
                "one.csv",
                "email,firstname,lastname,country\nann@example.com,Anne,Lee,US\n",
                &[]
            )
            .status,
        0
    );
    world.write("two.csv", rows);
    let plan = world.umbulk(&["plan", "two.csv", "--if-exists", "update"]);
    let run = world.umbulk(&["import", "two.csv", "--if-exists", "update"]);
    let words = |screen: &str, all: [&str; 2]| {
        assert!(screen.contains(all[0]) && !screen.contains(all[1]), "{screen}");
    };
    words(&plan.stdout, ["2  users to create, or to update", "users to update"]);
    words(&run.stdout, ["2  users created, or existed already and updated", "users updated"]);
    // For programs, the words are counted as the cells have them.
    let json = world.umbulk(&["plan", "two.csv", "--if-exists", "update", "--json"]).stdout;
    assert!(json.contains("\"created_or_exists\":2") && json.contains("\"updated\":2"), "{json}");
}
