//! Lists of groups that are separated by something else than commas.

use crate::world::World;

fn file(groups: &str) -> String {
    format!("email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,{groups}\n")
}

/// The separator, a cell, and its names.
const LISTS: [(&str, &str); 2] = [(";", "Design;Photo Users"), ("|", "Design | Photo Users")];

#[test]
fn a_list_with_another_separator_is_refused_and_the_proposal_works() {
    for (separator, cell) in LISTS {
        for options in [&[][..], &["--create-groups"]] {
            let world = World::with_groups(&["Design", "Photo Users"]);
            let run = world.import("a.csv", file(cell), options);
            assert_eq!(run.status, 2, "{run:?}");
            let proposal = format!("--list-separator '{separator}'");
            assert!(run.stderr.contains(&proposal), "{run:?}");
            assert!(world.groups_of("ann@example.com").is_none(), "{run:?}");
            assert_eq!(world.sandbox.directory().groups().count(), 2);
            let typed = [options, &["--list-separator", separator]].concat();
            let run = world.import("a.csv", file(cell), &typed);
            assert_eq!(run.status, 0, "{run:?}");
            let mut groups = world.groups_of("ann@example.com").unwrap();
            groups.sort();
            assert_eq!(groups, ["Design", "Photo Users"], "{run:?}");
        }
    }
}

#[test]
fn a_rehearsal_makes_no_group_of_a_list() {
    let world = World::with_groups(&[]);
    for (separator, cell) in LISTS {
        let run = world.import("a.csv", file(cell), &["--sandbox"]);
        assert!(run.status == 2 && run.stderr.contains("--list-separator"), "{run:?}");
        let run = world.import("a.csv", file(cell), &["--sandbox", "--list-separator", separator]);
        assert_eq!(run.status, 0, "{run:?}");
    }
}

#[test]
fn a_known_group_may_hold_such_a_character() {
    let world = World::with_groups(&["Design;Photo Users"]);
    let run = world.import("a.csv", file("design;photo users"), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design;Photo Users"]);
}

/// A name in a JSON array, and that of the group that a row is about, are one name each.
#[test]
fn name_that_stands_alone_is_no_list() {
    let world = World::with_groups(&["Old;Team"]);
    let run = world.import("a.csv", file("\"[\"\"New;Team\"\"]\""), &["--create-groups"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["New;Team"]);
    let rows = "action,group\ndelete-group,Old;Team\ndelete-group,Lost|Team\n";
    let run = world.import("b.csv", rows, &[]);
    assert_eq!(world.outcomes("b.results.csv"), ["ok", "invalid invalid.group.unknown"], "{run:?}");
    // In one row the name stands alone, in another one it may be a list.
    let rows = file("\"[\"\"A;B\"\"]\"") + "bo@example.com,Bo,Lee,US,A;B\n";
    let run = world.import("c.csv", rows, &["--create-groups"]);
    assert!(run.status == 2 && run.stderr.contains("--list-separator ';'"), "{run:?}");
    assert!(run.stderr.contains("c.csv, line 3: `A;B`"), "{run:?}");
}

/// Most cells use commas: one cell is to be corrected.
#[test]
fn cell_with_another_separator_is_named() {
    let world = World::with_groups(&["Design", "Video"]);
    let mut sheet = rust_xlsxwriter::Worksheet::new();
    sheet.set_name("Staff").unwrap();
    let rows = [
        ["email", "firstname", "lastname", "country", "groups"],
        ["ann@example.com", "Ann", "Lee", "US", "Design, Video"],
        ["bob@example.com", "Bob", "Ray", "US", "Design; Video"],
    ];
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.push_worksheet(sheet);
    let run = world.import("typo.xlsx", workbook.save_to_buffer().unwrap(), &[]);
    assert_eq!(run.status, 2, "{run:?}");
    for words in ["typo.xlsx, Staff!E3: `Design; Video`", "write `Design, Video` in that cell"] {
        assert!(run.stderr.contains(words), "{run:?}");
    }
}

/// What stands between the names of two known groups is no part of the name of a third one.
#[test]
fn known_groups_in_one_name_are_a_list() {
    for cell in [
        "Design/Photo Users",
        "Design + Photo Users",
        "Design、Photo Users",
        "design & photo users",
    ] {
        for options in [&[][..], &["--create-groups"]] {
            let world = World::with_groups(&["Design", "Photo Users"]);
            let run = world.import("a.csv", file(cell), options);
            assert_eq!((run.status, world.action_requests()), (2, 0), "{cell} {run:?}");
            assert!(run.stderr.contains("a.csv, line 2: `"), "{run:?}");
            let separator = run.stderr.split("--list-separator '").nth(1).unwrap();
            let separator = separator.split('\'').next().unwrap();
            let run = world.import("a.csv", file(cell), &["--list-separator", separator]);
            assert_eq!(run.status, 0, "{cell} {run:?}");
            assert_eq!(world.groups_of("ann@example.com").unwrap().len(), 2, "{cell}");
            assert_eq!(world.sandbox.directory().groups().count(), 2);
        }
    }
    // The groups must be known, and no group have the whole name.
    for groups in [&["Design", "Video"][..], &["Design", "Photo Users", "Design/Photo Users"]] {
        let world = World::with_groups(groups);
        let run = world.import("a.csv", file("Design/Photo Users"), &["--create-groups"]);
        assert_eq!(run.status, 0, "{run:?}");
    }
    let world = World::with_groups(&["Design", "Photo Users"]);
    let options = ["--create-groups", "--list-separator", ","];
    let run = world.import("a.csv", file("Design/Photo Users"), &options);
    assert_eq!(run.status, 0, "{run:?}");
}
