//! Rows that are no person are skipped, counted and named; lines above the header are passed over.

use crate::world::World;

const HEAD: &str = "email,firstname,lastname,country\n";

#[test]
fn switched_off_rows_and_totals_are_skipped() {
    let world = World::with_groups(&[]);
    let file = format!(
        "{HEAD}a@example.com,Ann,Lee,US\n#b@example.com,Bob,Ray,US\n# a \"note\" of \
         mine\n,#c,,\n\"# x\",\"y\"z\nTotal;,1,,\n6,,,\nTotal,5,,\n"
    );
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(
        outcomes[..6],
        [
            "ok",
            "skipped skipped.comment",
            "skipped skipped.comment",
            "skipped skipped.comment",
            "skipped skipped.comment",
            "skipped skipped.total"
        ]
    );
    assert!(outcomes[6].starts_with("invalid "), "a number alone is no total: {outcomes:?}");
    assert_eq!(outcomes[7], "skipped skipped.total");
    assert_eq!(world.sandbox.directory().users().count(), 1);
    let failed = std::fs::read_to_string(world.path("a.failed.csv")).unwrap();
    assert_eq!(failed.lines().count(), 2, "{failed}");
}

#[test]
fn skipped_rows_are_counted_and_keep_the_exit_status() {
    let world = World::with_groups(&[]);
    let file =
        format!("{HEAD}a@example.com,Ann,Lee,US\n#b@example.com,Bob,Ray,US\nGrand total:,1,,\n");
    let run = world.import("a.csv", &file, &["--json"]);
    assert_eq!(run.status, 0, "{run:?}");
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&json["statuses"]["skipped"], &json["statuses"]["not_sent"]),
        (&2.into(), &0.into())
    );
    assert!(run.stderr.contains("1 row to send, 2 skipped"), "{}", run.stderr);
    assert!(!world.path("a.failed.csv").exists());
    for command in ["plan", "validate"] {
        let run = world.umbulk(&[command, "a.csv", "--json"]);
        let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.status, &json["skipped"]), (0, &2.into()), "{command}");
    }
    assert_eq!(
        world.outcomes("a.check.csv"),
        ["ok", "skipped skipped.comment", "skipped skipped.total"]
    );
    // Written again from the journal, they are the same.
    let before = std::fs::read(world.path("a.results.csv")).unwrap();
    assert_eq!(world.umbulk(&["results", "a.csv"]).status, 0);
    assert_eq!(std::fs::read(world.path("a.results.csv")).unwrap(), before);
}

#[test]
fn a_last_row_that_may_be_a_person_is_no_total() {
    for row in ["total@example.com,Total,Sum,US", "Total,Ann,Lee,US", ",Sum,Total,US"] {
        let world = World::with_groups(&[]);
        world.write("a.csv", format!("{HEAD}a@example.com,Ann,Lee,US\n{row}\n"));
        world.umbulk(&["validate", "a.csv"]);
        assert!(!world.statuses("a.check.csv").contains(&"skipped".to_owned()), "{row}");
    }
    let world = World::with_groups(&[]);
    world.write("g.csv", "action,group,description\ncreate-group,Total,\n");
    world.umbulk(&["validate", "g.csv"]);
    assert_eq!(world.statuses("g.check.csv"), ["ok"]);
}

#[test]
fn file_of_skipped_rows_alone_is_finished() {
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", format!("{HEAD}#a@example.com,Ann,Lee,US\n"), &[]);
    assert_eq!((run.status, world.action_requests()), (0, 0), "{run:?}");
    assert_eq!(world.outcomes("a.results.csv"), ["skipped skipped.comment"]);
}

#[test]
fn title_lines_above_the_header_are_skipped_and_said() {
    let world = World::with_groups(&[]);
    let titles = "Staff list North,,,,,\nPrinted 26 Nov 2026,,,,,\n# internal\n,,,,,\n";
    let file = format!(
        "{titles}type,email,firstname,lastname,country,groups\n\
         federatedID,a@example.com,Ann,Lee,US,\n"
    );
    let run = world.import("a.csv", &file, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        run.stderr.contains("header found in line 5; skipped 4 lines above it"),
        "{}",
        run.stderr
    );
    let rows = world.rows("a.results.csv");
    assert_eq!((rows.len(), rows[0]["umbulk_line"].as_str()), (1, "6"));
    let mapped = "Report\nMail,First,Last,Cc\nb@example.com,Bob,Ray,US\n";
    let map = [
        "--map",
        "email=Mail",
        "--map",
        "firstname=First",
        "--map",
        "lastname=Last",
        "--map",
        "country=Cc",
    ];
    assert_eq!(world.import("b.csv", mapped, &map).status, 0);
    let run = world.import(
        "c.csv",
        "email,name\nemail,firstname,lastname,country\nc@example.com,Cy,Poe,US\n",
        &["--header-row", "2"],
    );
    assert_eq!((run.status, world.rows("c.results.csv").len()), (0, 1), "{run:?}");
    assert_eq!(world.umbulk(&["import", "c.csv", "--header-row", "9"]).status, 2);
}

#[test]
fn filled_cell_beyond_the_header_refuses_the_row() {
    let world = World::with_groups(&[]);
    let file = format!("{HEAD}a@example.com,Ann,Lee,US,,,\nb@example.com,Bob,Ray,US,x\n");
    assert_eq!(world.import("a.csv", file, &[]).status, 1);
    assert_eq!(world.outcomes("a.results.csv"), ["ok", "invalid invalid.row.extra_cells"]);
    let comma = "email,firstname,lastname,country,\nc@example.com,Cy,Poe,US\n\
                 d@example.com,Di,Fay,US,\ne@example.com,Ed,Fox,US,x\n";
    assert_eq!(world.import("b.csv", comma, &[]).status, 1);
    assert_eq!(world.outcomes("b.results.csv"), ["ok", "ok", "invalid invalid.row.extra_cells"]);
}

#[test]
fn a_blank_beside_a_quoted_cell_is_no_part_of_it() {
    let world = World::with_groups(&["A, B"]);
    let file = "email, firstname, \"lastname\" ,country,groups\na@example.com, \"Ann\" , \
         \"Lee\",US, \"[\"\"A, B\"\"]\" \n";
    assert_eq!(world.import("a.csv", file, &[]).status, 0);
    let directory = world.sandbox.directory();
    let ann = directory.user("a@example.com").unwrap();
    assert_eq!(
        (ann.firstname.as_str(), ann.lastname.as_str(), ann.groups.len()),
        ("Ann", "Lee", 1)
    );
}

#[test]
fn row_switched_off_behind_a_mark_of_the_spreadsheet_makes_no_user() {
    let world = World::with_groups(&[]);
    let file = format!(
        "{HEAD}\"=\"\"#a@example.com\"\"\",A,B,US\n'#b@example.com,A,B,US\nd@example.com,D,E,US\n"
    );
    world.import("a.csv", file, &[]);
    assert_eq!(
        world.outcomes("a.results.csv"),
        ["skipped skipped.comment", "skipped skipped.comment", "ok"]
    );
    let file = "action,email,firstname,lastname,country\ncreate,#c@example.com,A,B,US\n";
    world.import("b.csv", file, &[]);
    assert_eq!(world.outcomes("b.results.csv"), ["invalid invalid.email.form"]);
    assert_eq!(world.sandbox.directory().users().count(), 1);
}

#[test]
fn last_row_that_may_be_a_person_is_not_skipped() {
    for name in ["Count Dracula", "Sum Yi", "Total Tom"] {
        let world = World::with_groups(&[]);
        let file = format!("{HEAD}a@example.com,Ann,Lee,US\n{name},,,\n");
        assert_eq!(world.import("a.csv", file, &[]).status, 1, "{name}");
        assert!(world.outcomes("a.results.csv")[1].starts_with("invalid"), "{name}");
    }
}

#[test]
fn footer_of_a_list_of_groups_makes_no_group() {
    for footer in ["Gesamt: 2", "Total: 2", "Page 1 of 1", "Seite 1 von 1"] {
        let world = World::with_groups(&[]);
        let file = format!("name\nNorth\nSouth\n{footer}\n");
        let run = world.import("a.csv", file, &["--action", "create-group"]);
        assert_eq!(run.status, 0, "{footer}: {run:?}");
        assert_eq!(world.outcomes("a.results.csv"), ["ok", "ok", "skipped skipped.total"]);
    }
}

#[test]
fn subtotals_footers_and_repeated_headers_are_no_people() {
    let world = World::with_groups(&[]);
    let file = format!(
        "{HEAD}(required),(required),,\n----,----,----,----\na@example.com,Ann,Lee,US\n\
         Subtotal,1,,\n{HEAD};;;\nb@example.com,Bob,Ray,US\n,,,=COUNTA(A2:A9)\nTotal,2,,\n\
         2 records\n© 2026 Example Corp\nPrinted 27.11.2026\nGenerated by Workday\n"
    );
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    let total = "skipped skipped.total";
    assert_eq!(
        world.outcomes("a.results.csv"),
        [
            total,
            total,
            "ok",
            total,
            "skipped skipped.header",
            total,
            "ok",
            total,
            total,
            total,
            total,
            total,
            total
        ]
    );
    assert_eq!(world.sandbox.directory().users().count(), 2);
}

/// SAP SuccessFactors writes the labels of the columns below their technical names, and a printed
/// report repeats its header on each page.
#[test]
fn header_in_other_letters_or_words_is_skipped() {
    let world = World::with_groups(&[]);
    let file = "ID,EMAIL,FIRSTNAME,LASTNAME,COUNTRY\nUser no.,E-Mail address,First \
                Name,Surname,Country/Region\n1,a@example.com,Ann,Lee,US\nid,Email,First \
                name,Last_Name,country\n2,b@example.com,Bob,Ray,US\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    let header = "skipped skipped.header";
    assert_eq!(world.outcomes("a.results.csv"), [header, "ok", header, "ok"]);
    for row in ["Email,First name,Lee,Country", "Email,Last name,First name,Country", "Email,,,"] {
        let file = format!("{HEAD}{row}\nc@example.com,Carl,Lee,US\n");
        let run = world.import("b.csv", file, &["--fresh"]);
        assert_eq!(run.status, 1, "{row}: {run:?}");
        assert!(world.outcomes("b.results.csv")[0].starts_with("invalid"), "{row}");
    }
}

/// The rows below it may have other columns.
#[test]
fn another_header_between_the_rows_is_named() {
    let world = World::with_groups(&[]);
    let file = format!("{HEAD}a@example.com,Ann,Lee,US\nE-Mail,Nachname,Vorname,Land\n");
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("a.results.csv"), ["ok", "invalid invalid.row.other_header"]);
    for row in ["Department: Sales", "Ann", "1", ",,,Total", "email,Ann,Lee,US"] {
        let world = World::with_groups(&[]);
        world.import("a.csv", format!("{HEAD}{row}\na@example.com,Ann,Lee,US\n"), &[]);
        assert!(world.outcomes("a.results.csv")[0].starts_with("invalid"), "{row}");
    }
}

/// Their columns may be others: here, the names would be swapped.
#[test]
fn rows_below_another_header_are_not_sent() {
    let world = World::with_groups(&[]);
    let second = "email,lastname,firstname,country\nc@example.com,Fox,Cid,US\n#d@example.com,,,\n";
    let file =
        format!("{HEAD}a@example.com,Ann,Lee,US\n{second}{HEAD}b@example.com,Bob,Ray,US\n{second}");
    let run = world.import("a.csv", &file, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let (other, comment) = ("invalid invalid.row.other_header", "skipped skipped.comment");
    assert_eq!(
        world.outcomes("a.results.csv"),
        ["ok", other, other, comment, "skipped skipped.header", "ok", other, other, comment]
    );
    let rows = world.rows("a.results.csv");
    assert!(rows[2]["umbulk_message"].contains("in line 3"), "{}", rows[2]["umbulk_message"]);
    assert!(rows[7]["umbulk_message"].contains("in line 8"), "{}", rows[7]["umbulk_message"]);
    assert_eq!(world.sandbox.directory().users().count(), 2);
    let run = world.import("b.csv", &file, &["--rows", "3"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("b.results.csv")[2], other);
    assert_eq!(world.sandbox.directory().users().count(), 2);
}

#[test]
fn rows_of_a_sequence_below_another_header_are_not_sent() {
    let world = World::with_groups(&[]);
    let head = "action,email,firstname,lastname,country\n";
    let other = "action,email,lastname,firstname,country\n";
    let file =
        format!("{head}create,a@example.com,Ann,Lee,US\n{other}create,b@example.com,Ray,Bob,US\n");
    assert_eq!(world.import("a.csv", file, &[]).status, 1);
    let other = "invalid invalid.row.other_header";
    assert_eq!(world.outcomes("a.results.csv"), ["ok", other, other]);
}

/// A title says that the people below it are meant otherwise, whatever the header is.
#[test]
fn rows_of_a_second_table_with_a_title_are_not_sent() {
    let world = World::with_groups(&[]);
    let german = "E-Mail,Vorname,Nachname,Land\n";
    for header in [HEAD, german] {
        let file = format!(
            "{HEAD}a@example.com,Ann,Lee,US\n,,,\nLeavers,,,\n{header}b@example.com,Bob,Ray,US\n\
             {HEAD}c@example.com,Cid,Fox,US\n"
        );
        let run = world.import("a.csv", &file, &["--fresh"]);
        assert_eq!(run.status, 1, "{run:?}");
        assert!(!run.stderr.contains("has no @"), "{}", run.stderr);
        let outcomes = world.outcomes("a.results.csv");
        let other = "invalid invalid.row.other_header";
        assert_eq!([&outcomes[1], &outcomes[3]], [other, other], "{header}");
        assert!(world.sandbox.directory().user("b@example.com").is_none());
        let rows = world.rows("a.results.csv");
        let said = &rows[1]["umbulk_message"];
        assert!(said.contains("title of another table, whose header is in line 5"), "{said}");
    }
}

#[test]
fn rows_far_below_another_header_are_not_sent() {
    let world = World::with_groups(&[]);
    let mut file = format!("{HEAD}a@example.com,Ann,Lee,US\nemail,lastname,firstname,country\n");
    for i in 0..20_000 {
        file.push_str(&format!("person.{i}@example.com,Lastname,Firstname,US\n"));
    }
    world.write("a.csv", &file);
    assert_eq!(world.umbulk(&["validate", "a.csv"]).status, 1);
    let outcomes = world.outcomes("a.check.csv");
    assert_eq!(outcomes[0], "ok");
    let all_held = outcomes[1..].iter().all(|outcome| outcome.ends_with("row.other_header"));
    assert!(all_held && outcomes.len() == 20_002);
}

/// The file of the rows to fix has the title and the header of the other table too, so that its
/// rows are refused again until somebody moves them.
#[test]
fn rows_of_a_second_table_are_refused_again_from_the_file_of_rows_to_fix() {
    let with_groups = "email,groups\na@example.com,Design\n\nLeft,\n";
    let with_names = format!("{HEAD}a@example.com,Ann,Lee,US\n\nLeavers,,,\n");
    for (above, header, row) in [
        (&*with_names, HEAD, "b@example.com,Bob,Ray,US\n"),
        (&with_names, "E-Mail,Vorname,Nachname,Land\n", "b@example.com,Bob,Ray,US\n"),
        (&with_names, "email,lastname,firstname,country\n", "b@example.com,Ray,Bob,US\n"),
        (with_groups, "email,groups\n", "b@example.com,Design\n"),
        (with_groups, "groups,email\n", "Design,b@example.com\n"),
    ] {
        let world = World::with_groups(&["Design"]);
        let users = "a@example.com,Ann,Lee,US\nb@example.com,Bob,Ray,US\n";
        assert_eq!(world.import("users.csv", format!("{HEAD}{users}"), &[]).status, 0);
        let more = if header.contains("groups") { &["--action", "add"][..] } else { &[] };
        let file = format!("{above}{header}{row}");
        assert_eq!(world.import("a.csv", &file, more).status, 1);
        let sent = world.action_requests();
        for name in ["a.failed.csv", "a.failed-2.csv"] {
            let run = world.umbulk(&[&["import", name][..], more].concat());
            assert_eq!((run.status, world.action_requests()), (1, sent), "{file} {name}: {run:?}");
            let outcomes = world.outcomes(&name.replace(".csv", ".results.csv"));
            assert_eq!(outcomes, ["invalid invalid.row.other_header"; 3], "{file} {name}");
        }
    }
}
