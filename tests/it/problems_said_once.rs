//! The same problem of many rows is one line with a count and three examples.

use crate::world::World;

const HEAD: &str = "E-Mail,Vorname,Nachname,Land\n";
const MAP: [&str; 8] = [
    "--map",
    "email=E-Mail",
    "--map",
    "firstname=Vorname",
    "--map",
    "lastname=Nachname",
    "--map",
    "country=Land",
];

/// Returns rows of people whose last names have lost a letter.
fn without_letters(rows: usize) -> String {
    let row = |i: usize| format!("p{i}@example.com,Ann,M?ller{i},DE\n");
    HEAD.to_owned() + &(0..rows).map(row).collect::<String>()
}

#[test]
fn one_problem_of_all_rows_is_said_once_and_first() {
    let world = World::with_groups(&[]);
    world.write("a.csv", without_letters(40_000));
    let said = "a.csv, 40000 rows: invalid.lastname.lost_letters: lastname `M?ller0` has lost \
                letters: a mark is in their place. Excel's plain CSV format cannot store these \
                letters: save as CSV UTF-8 (column Nachname, line 2; also `M?ller1` in line 3, \
                `M?ller2` in line 4 and 39997 more rows)";
    for command in ["validate", "plan", "import"] {
        let run = world.umbulk(&[&[command, "a.csv"][..], &MAP].concat());
        assert_eq!(run.status, 1, "{command}: {}", run.stderr);
        let lines: Vec<&str> =
            run.stderr.lines().filter(|line| line.contains("lost letters")).collect();
        assert_eq!(lines, [said], "{command}");
        assert!(run.stderr.len() < 4_000, "{command}: {}", run.stderr);
    }
    // The files keep the reason of each row.
    for (file, name) in [("a.check.csv", "M?ller39999"), ("a.results.csv", "M?ller39999")] {
        let rows = world.rows(file);
        let last = rows.last().unwrap();
        assert!(
            rows.len() == 40_000
                && last["umbulk_code"] == "invalid.lastname.lost_letters"
                && last["umbulk_message"].contains(&format!("`{name}` has lost letters")),
            "{last:?}"
        );
    }
}

/// In most rows another problem comes first.
#[test]
fn problem_that_most_rows_have_comes_first() {
    let world = World::with_groups(&[]);
    let row = |i: usize| {
        let email = if i.is_multiple_of(3) { format!("p{i}") } else { format!("p{i}@example.com") };
        let name = if i.is_multiple_of(2) { "#N/A" } else { "Lee" };
        format!("{email},Ann,{name},Nowhere\n")
    };
    let rows: String = (0..60).map(row).collect();
    world.write("a.csv", format!("email,firstname,lastname,country\n{rows}"));
    let run = world.umbulk(&["validate", "a.csv"]);
    let counts: Vec<&str> = run
        .stderr
        .lines()
        .filter_map(|line| {
            line.strip_prefix("a.csv, ")?.split(": ").nth(1).zip(line.split(' ').nth(1))
        })
        .flat_map(|(code, rows)| [rows, code])
        .collect();
    let expected = [
        "60",
        "invalid.country.unknown",
        "30",
        "invalid.lastname.excel_error",
        "20",
        "invalid.email.form",
    ];
    assert_eq!(counts, expected, "{run:?}");
    assert!(run.stderr.contains("(line 2; also in line 3, line 4 and 57 more rows)"), "{run:?}");
    let list = "         60  invalid.country.unknown\n         30  \
                invalid.lastname.excel_error\n         20  invalid.email.form\n";
    assert!(run.stdout.contains(list), "{run:?}");
}

#[test]
fn rows_with_problems_of_their_own_are_named_by_row() {
    let world = World::with_groups(&[]);
    let file =
        "email,firstname,lastname,country\nann,#N/A,Lee,US\nbob@example.com,Bob,Ray,England\n";
    world.write("a.csv", file);
    let run = world.umbulk(&["validate", "a.csv"]);
    let lines: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("a.csv, ")).collect();
    assert!(
        matches!(lines.as_slice(), [first, second]
            if first.starts_with("a.csv, line 2 (row 1): invalid.") && first.contains(" | ")
            && second.starts_with("a.csv, line 3 (row 2): invalid.country.unknown: ")),
        "{run:?}"
    );
}
