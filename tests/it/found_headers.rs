//! The line with the names of the columns is found, and no row above it is lost.

use crate::world::{Run, World};

const HEAD: &str = "email,firstname,lastname,country\n";

/// Types a command as a shell reads it.
pub(crate) fn typed(world: &World, command: &str) -> Run {
    let mut shell = std::process::Command::new("sh");
    shell.args([
        "-c",
        &format!("umbulk() {{ '{}' \"$@\"; }}; {command}", env!("CARGO_BIN_EXE_umbulk")),
    ]);
    let bare = world.command(&[]);
    shell
        .current_dir(world.folder.path())
        .env_clear()
        .envs(bare.get_envs().filter_map(|(name, value)| Some((name, value?))));
    crate::world::run(&mut shell)
}

/// A sheet that was sorted together with its header.
#[test]
fn rows_above_the_header_are_named_and_nothing_is_sent() {
    let world = World::with_groups(&[]);
    let file = format!("a@example.com,Ann,Lee,US\n{HEAD}b@example.com,Bob,Stone,DE\n");
    let run = world.import("a.csv", file, &[]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    assert!(
        run.stderr
            .contains("a.csv, line 2: this is the header, but line 1 above it looks like a row"),
        "{run:?}"
    );
    let run = typed(&world, "umbulk import a.csv --header-row 2");
    assert_eq!((run.status, world.statuses("a.results.csv").len()), (0, 1), "{run:?}");
    let world = World::with_groups(&[]);
    let rows = "a@example.com,Ann,Lee,US\nb@example.com,Bob,Stone,DE\n";
    let run = world.import("a.csv", format!("Staff\n{rows}{HEAD}"), &[]);
    assert!(run.stderr.contains("but lines 2, 3 above it look like rows"), "{run:?}");
    assert_eq!(world.import("a.csv", format!("Staff\n{HEAD}{rows}"), &[]).status, 0);
    assert_eq!(world.sandbox.directory().users().count(), 2);
}

#[test]
fn header_below_lines_with_known_words_is_found() {
    for above in [
        "# comment, email, country\n",
        "Email\n",
        "Group;User\nDesign;x\n",
        "Filter,email,group\n",
        "Contact: hr@example.com\n",
        "Email:,hr@example.com\n",
    ] {
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", format!("{above}{HEAD}a@example.com,A,B,US\n"), &[]);
        assert_eq!(run.status, 0, "{above}: {run:?}");
        assert_eq!(world.statuses("a.results.csv"), ["ok"], "{above}");
    }
}

/// Somebody has typed the header, or taken it from another file.
#[test]
fn rows_with_another_delimiter_than_the_header_are_told_once() {
    for (header, row, written) in [
        ("email;firstname;lastname;country", "a@example.com,Ann,Lee,US", "with commas: "),
        ("email,firstname,lastname,country", "a@example.com;Ann;Lee;US", "with semicolons: "),
        ("E-Mail|Vorname|Nachname|Land", "a@example.com,Ann,Lee,US", "with commas: "),
    ] {
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", format!("{header}\n{row}\n"), &[]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{header}: {run:?}");
        let written = run.stderr.split_once(written).unwrap_or_else(|| panic!("{run:?}")).1.trim();
        world.write("b.csv", format!("{written}\n{row}\n"));
        let run = world.umbulk(&["import", "b.csv"]);
        assert!(run.status == 0 || run.stderr.contains("firstname=Vorname"), "{written}: {run:?}");
    }
}

/// No mapping helps with files that are no table of rows, so none is proposed.
#[test]
fn files_that_are_no_rows_of_cells_are_told_without_a_mapping() {
    for (file, words) in [
        ("email     : a@example.com\nfirstname : Ann\n\nemail     : b@example.com\n", "one value"),
        ("- email: a@example.com\n  firstname: Ann\n", "one value"),
        ("email = \"a@example.com\"\nfirstname = \"Ann\"\n", "a settings file"),
        ("Ann Lee <a@example.com>; Bob Ray <b@example.com>\n", "as mail programs write them"),
        ("email         firstname lastname country\n----- --------- -------- -------\n", "fixed"),
        ("email firstname lastname country\na@example.com Ann Lee US\n", "fixed width"),
    ] {
        let world = World::with_groups(&[]);
        let run = world.import("a.txt", file, &[]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{file}: {run:?}");
        assert!(run.stderr.contains(words) && !run.stderr.contains("--map"), "{file}: {run:?}");
    }
}

/// Dates name no groups, whatever the column is called.
#[test]
fn dates_in_a_column_about_licences_are_no_groups() {
    for column in ["Licence end", "Lizenz bis"] {
        let file = |cells: [&str; 2]| {
            format!(
                "email,firstname,lastname,country,{column}\na@example.com,Ann,Lee,US,{}\n\
                 b@example.com,Bob,Ray,US,{}\n",
                cells[0], cells[1]
            )
        };
        for dates in [["2026-01-31", ""], ["31.01.2026", "1/2/2026"], ["2026年1月31日", ""]] {
            let world = World::with_groups(&[]);
            let run = world.import("a.csv", file(dates), &[]);
            assert_eq!(run.status, 0, "{column} {dates:?}: {run:?}");
            assert!(run.stderr.contains(&format!("ignored columns: {column}")), "{run:?}");
        }
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", file(["2026-01-31", "Design"]), &[]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{column}: {run:?}");
    }
}

/// However many lines are counted.
#[test]
fn header_row_behind_the_end_of_the_file_is_refused_at_once() {
    let world = World::with_groups(&[]);
    let row = (1_u64 << 63).to_string();
    let file = format!("{HEAD}a@example.com,A,B,US\n");
    let run = world.import("a.csv", file, &["--header-row", &row]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    let words = format!("a.csv: --header-row {row}: line {row} does not exist or is empty");
    assert!(run.stderr.contains(&words), "{run:?}");
}
