//! Tables as workbooks, by the ending of the file's name: every cell is text, every row is there,
//! and none is half written.

use crate::resume::{ended, signal, started};
use crate::world::{World, run, user};
use calamine::{Data, Reader, Xlsx, open_workbook};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

const HEAD: &str = "email,firstname,lastname,country,groups\n";
const JOURNAL: &str = "a.00000000000000000000AAAAAdobeOrg.journal";

/// The rows of the one sheet of a workbook, by column. Every cell is text.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut workbook: Xlsx<_> =
        open_workbook(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let [(_, sheet)] = <[_; 1]>::try_from(workbook.worksheets()).unwrap();
    let text = |cell: &Data| match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        other => panic!("{other:?} is no text"),
    };
    let mut rows = sheet.rows().map(|row| row.iter().map(text).collect::<Vec<_>>());
    let header = rows.next().unwrap();
    rows.map(|row| header.iter().cloned().zip(row).collect()).collect()
}

fn column(rows: &[BTreeMap<String, String>], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].clone()).collect()
}

/// The names of the files in the folder that begin so.
fn files(world: &World, begin: &str) -> Vec<String> {
    let folder = std::fs::read_dir(world.folder.path()).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(begin)).collect();
    names.sort();
    names
}

/// An organization with a slow server, and the rows of people.
fn slow_world() -> World {
    let latency = Duration::from_millis(100);
    let world =
        World::new(Directory::default(), SandboxOptions { latency, ..SandboxOptions::default() });
    let rows = (0..60).map(|number| format!("u{number:03}@example.com,Ann,Lee,US,\n"));
    world.write("a.csv", HEAD.to_owned() + &rows.collect::<String>());
    world
}

#[test]
fn results_are_text_in_a_workbook_and_rows_to_fix_too() {
    let world = World::with_groups(&["007"]);
    let people = "email,firstname,lastname,country,groups,Room\n\
        ann@example.com,Ann,Lee,US,007,=\"0012\"\n\
        bob@example.com,Bob, \"L\"\"ee\",XX,,'+1\n\
        carl@example.com,Carl,'=Zoë,US,,1e5\n";
    let args = ["--results", "out.xlsx", "--failed", "fix.XLSX", "--ignore", "Room"];
    let run = world.import("a.csv", people, &args);
    assert_eq!(run.status, 1, "{run:?}");
    let all = rows(&world.path("out.xlsx"));
    assert_eq!(column(&all, "umbulk_status"), ["ok", "invalid", "ok"]);
    assert_eq!(column(&all, "umbulk_row"), ["1", "2", "3"]);
    assert_eq!(column(&all, "Room"), ["0012", "+1", "1e5"]);
    assert_eq!(column(&all, "lastname"), ["Lee", "L\"ee", "=Zoë"]);
    assert_eq!(column(&all, "groups"), ["007", "", ""]);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["007"]);
    let failed = rows(&world.path("fix.XLSX"));
    assert_eq!(column(&failed, "email"), ["bob@example.com"]);
    assert_eq!(column(&failed, "umbulk_code"), [all[1]["umbulk_code"].clone()]);
    assert_eq!(files(&world, "out"), ["out.xlsx"]);
    assert_eq!(files(&world, "fix"), ["fix.XLSX"]);
    // An earlier one gets its date.
    let args = ["import", "a.csv", "--results", "out.xlsx", "--ignore", "Room", "--fresh"];
    assert_eq!(world.umbulk(&args).status, 1);
    assert_eq!(files(&world, "out"), ["out.xlsx"]);
    // The journal of the first import is there as well.
    let dated: Vec<String> = world.dated("a").into_keys().collect();
    let (results, journals): (Vec<_>, Vec<_>) =
        dated.iter().partition(|name| name.ends_with(".xlsx"));
    assert!(results.len() == 1 && results[0].starts_with("out.2"), "{dated:?}");
    assert!(journals.len() == 1 && journals[0].ends_with(".journal"), "{dated:?}");
}

#[test]
fn interrupted_run_has_every_row_in_its_workbook() {
    let world = slow_world();
    let args = ["--results", "out.xlsx"];
    let child = started(&world, 3, &args);
    assert_eq!(files(&world, "out"), ["out.xlsx.partial.csv"]);
    signal(&child, "-INT");
    assert_eq!(ended(child).status, 3);
    let all = rows(&world.path("out.xlsx"));
    let statuses = column(&all, "umbulk_status");
    assert_eq!(all.len(), 60);
    assert!(statuses[0] == "ok" && statuses[59] == "not_sent", "{statuses:?}");
    // The same rows stay beside it, until all have outcomes.
    assert_eq!(world.statuses("out.xlsx.partial.csv"), statuses);
    let run = world.umbulk(&["import", "a.csv", "--results", "out.xlsx"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(column(&rows(&world.path("out.xlsx")), "umbulk_status"), ["ok"; 60]);
    assert_eq!(files(&world, "out"), ["out.xlsx"], "nobody has edited the earlier workbook");
}

#[test]
fn edited_workbook_of_an_interrupted_run_is_kept() {
    let world = slow_world();
    let child = started(&world, 3, &["--results", "out.xlsx"]);
    signal(&child, "-INT");
    assert_eq!(ended(child).status, 3);
    let edited = std::fs::read(world.path("out.xlsx")).unwrap();
    std::fs::write(world.path("out.xlsx"), &edited).unwrap();
    let run = world.umbulk(&["import", "a.csv", "--results", "out.xlsx"]);
    assert!(run.status == 0 && run.stderr.contains("the earlier out.xlsx is now"), "{run:?}");
    assert_eq!(files(&world, "out"), ["out.xlsx"]);
    assert_eq!(world.dated("a").into_values().collect::<Vec<_>>(), [edited]);
}

#[test]
fn killed_run_leaves_rows_as_csv_and_results_makes_the_workbook() {
    let world = slow_world();
    let mut child = started(&world, 3, &["--results", "out.xlsx"]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(files(&world, "out"), ["out.xlsx.partial.csv"]);
    let run = world.umbulk(&["results", "a.csv"]);
    assert!(run.status == 0 && run.stderr.contains("a.results.xlsx (60 rows)"), "{run:?}");
    let all = rows(&world.path("a.results.xlsx"));
    assert_eq!((all.len(), &*all[59]["umbulk_status"]), (60, "not_sent"));
    let run = world.umbulk(&["results", "a.csv", "--results", "other.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.statuses("other.csv"), column(&all, "umbulk_status"));
    assert_eq!(world.umbulk(&["import", "a.csv", "--results", "out.xlsx"]).status, 0);
    assert_eq!(column(&rows(&world.path("out.xlsx")), "umbulk_status"), ["ok"; 60]);
    assert_eq!(files(&world, "out"), ["out.xlsx"]);
}

/// Only the rows beside the workbook are left to show that the run has not finished.
#[test]
fn stopped_run_with_a_workbook_is_not_begun_anew_without_its_journal() {
    for how in ["-INT", "-KILL"] {
        let world = slow_world();
        let child = started(&world, 3, &["--results", "out.xlsx"]);
        signal(&child, how);
        ended(child);
        for ending in ["", "-wal", "-shm", "-mark", ".lock"] {
            let _ = std::fs::remove_file(world.path(&format!("{JOURNAL}{ending}")));
        }
        let sent = world.action_requests();
        let run = world.umbulk(&["import", "a.csv", "--results", "out.xlsx"]);
        assert_eq!((run.status, world.action_requests()), (2, sent), "{run:?}");
        assert!(run.stderr.contains("is from an unfinished run"), "{run:?}");
        let run = world.umbulk(&["import", "a.csv", "--results", "out.xlsx", "--fresh"]);
        assert_eq!(run.status, 0, "{run:?}");
        assert_eq!(rows(&world.path("out.xlsx")).len(), 60);
    }
}

#[test]
fn rows_of_a_workbook_that_are_deleted_during_the_run_are_said() {
    let world = slow_world();
    let child = started(&world, 3, &["--results", "out.xlsx"]);
    std::fs::remove_file(world.path("out.xlsx.partial.csv")).unwrap();
    let run = ended(child);
    let said =
        "out.xlsx.partial.csv was deleted during the run. `umbulk results a.csv` writes them again";
    assert!(run.status == 3 && run.stderr.contains(said), "{run:?}");
    assert_eq!(world.umbulk(&["results", "a.csv", "--results", "out.xlsx"]).status, 0);
    assert_eq!(column(&rows(&world.path("out.xlsx")), "umbulk_status"), ["ok"; 60]);
}

#[test]
fn results_that_cannot_be_written_are_an_error_without_a_path() {
    let world = slow_world();
    let child = started(&world, 3, &["--results", "out.xlsx", "--json"]);
    std::fs::create_dir(world.path("out.xlsx")).unwrap();
    let run = ended(child);
    let object: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.status, &object["exit"]), (3, &3.into()), "{run:?}");
    let error = object["error"].as_str().unwrap();
    assert!(
        error.starts_with("the results are not complete: out.xlsx: this is a folder"),
        "{error}"
    );
    assert_eq!((&object["code"], &object["results"]), (&"error.run".into(), &().into()));
    assert!(!run.stderr.contains("Results:"), "{run:?}");
}

#[test]
fn second_run_does_not_write_the_workbook_of_the_first() {
    let world = slow_world();
    world.write("b.csv", format!("{HEAD}bea@example.com,Bea,Lee,US,\n"));
    let child = started(&world, 3, &["--results", "out.xlsx"]);
    for args in [
        &["import", "b.csv", "--results", "out.xlsx"][..],
        &["validate", "b.csv", "--results", "out.xlsx"],
        &["plan", "b.csv", "--out", "out.xlsx"],
    ] {
        let run = world.umbulk(args);
        assert!(run.status == 2 && run.stderr.contains("out.xlsx"), "{args:?}: {run:?}");
    }
    assert_eq!(ended(child).status, 0);
    assert_eq!(column(&rows(&world.path("out.xlsx")), "umbulk_status"), ["ok"; 60]);
}

#[test]
fn checks_plans_and_differences_are_workbooks_by_their_names() {
    let world = World::with_groups(&["Design"]);
    world.write("a.csv", format!("{HEAD}ann@example.com,Ann,Lee,US,Design\nx,'=1,Lee,US,\n"));
    assert_eq!(world.umbulk(&["validate", "a.csv", "--results", "check.xlsx"]).status, 1);
    assert_eq!(column(&rows(&world.path("check.xlsx")), "umbulk_status"), ["ok", "invalid"]);
    assert_eq!(world.umbulk(&["validate", "a.csv", "--results", "check.xlsx"]).status, 1);
    assert_eq!(files(&world, "check"), ["check.xlsx"]);
    assert_eq!(world.dated("a").len(), 1, "the earlier one has its date");
    assert_eq!(world.umbulk(&["plan", "a.csv", "--out", "plan.xlsx"]).status, 1);
    assert_eq!(column(&rows(&world.path("plan.xlsx")), "status"), ["send", "invalid"]);
    assert_eq!(files(&world, "plan"), ["plan.xlsx"]);
    let before = "id,type,email,country,status,groups\n2@x,federatedID,b@example.com,US,active,\n";
    world.write("before.csv", before);
    world.write("after.csv", format!("{before}1@x,federatedID,a@example.com,US,active,007\n"));
    let run = world.umbulk(&["diff", "before.csv", "after.csv", "--out", "diff.xlsx"]);
    assert!(run.status == 0 && run.stderr.contains("1 create"), "{run:?}");
    let diff = rows(&world.path("diff.xlsx"));
    assert_eq!(
        (column(&diff, "action"), column(&diff, "groups")),
        (vec!["create".to_owned()], vec!["007".to_owned()])
    );
    let run = world.umbulk(&["usage", "--from", "after.csv", "--out", "usage.xlsx"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(column(&rows(&world.path("usage.xlsx")), "members")[0], "2");
}

#[test]
fn exported_workbook_has_what_the_csv_has() {
    let mut directory = Directory::default();
    for group in ["=Team", "A, B"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&user("007@example.com", &["=Team", "A, B"]));
    directory.add_user(&user("zoë@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    for (what, more) in [
        ("users", &[][..]),
        ("users", &["--dialect", "admin-console"]),
        ("users", &["--excel"]),
        ("groups", &[]),
    ] {
        let export = |out: &str| {
            let mut args = vec!["export", what, "--out", out, "--force"];
            args.extend(more);
            let run = world.umbulk(&args);
            assert_eq!(run.status, 0, "{run:?}");
        };
        export("list.csv");
        export("list.xlsx");
        let mut expected = world.rows("list.csv");
        for cell in expected.iter_mut().flat_map(|row| row.values_mut()) {
            // A formula guard of the CSV file is none in a workbook.
            if cell.starts_with("'=") {
                cell.remove(0);
            }
        }
        assert_eq!(rows(&world.path("list.xlsx")), expected, "{what} {more:?}");
        assert!(expected.len() >= 2, "{expected:?}");
        for name in files(&world, "list") {
            std::fs::remove_file(world.path(&name)).unwrap();
        }
    }
}

#[test]
fn cell_that_no_workbook_can_store_is_refused_before_anything_is_sent() {
    let world = World::with_groups(&[]);
    let long = "x".repeat(40_000);
    let people = format!("{HEAD}ann@example.com,Ann,Lee,US,\nbob@example.com,Bob,Lee,US,{long}\n");
    let said =
        "line 3 has 40,000 characters in column `groups`, and a cell of a workbook holds 32,767";
    for option in ["--results", "--failed"] {
        let run = world.import("a.csv", &people, &[option, "out.xlsx"]);
        assert!(run.status == 2 && run.stderr.contains(said), "{run:?}");
        assert!(run.stderr.contains("nothing was sent"), "{run:?}");
    }
    assert_eq!(world.action_requests(), 0);
    assert_eq!(files(&world, "out"), [""; 0]);
    let run = world.umbulk(&["validate", "a.csv", "--results", "out.xlsx"]);
    assert!(run.status == 2 && run.stderr.contains("write a .csv file instead"), "{run:?}");
    assert!(!world.path("out.xlsx").exists());
}

#[test]
fn ending_of_a_workbook_goes_with_no_format_of_text_and_no_folder() {
    let world = World::with_groups(&[]);
    world.write("a.csv", format!("{HEAD}ann@example.com,Ann,Lee,US,\n"));
    world.write("b.csv", format!("{HEAD}bob@example.com,Bob,Lee,US,\n"));
    world.write("users.csv", "id,type,email,country,status,groups\n");
    for args in [
        &["export", "users", "--format", "csv", "--out", "x.xlsx"][..],
        &["usage", "--from", "users.csv", "--json", "--out", "x.xlsx"],
        &["diff", "users.csv", "users.csv", "--format", "summary", "--out", "x.xlsx"],
        &["import", "a.csv", "b.csv", "--results", "x.xlsx"],
        &["validate", "a.csv", "b.csv", "--results", "x.xlsx"],
    ] {
        let run = world.umbulk(args);
        assert!(run.status == 2 && run.stderr.contains("x.xlsx"), "{args:?}: {run:?}");
        assert_eq!(files(&world, "x"), [""; 0], "{args:?}");
    }
    assert_eq!(world.action_requests(), 0);
}

/// Spreadsheets and openpyxl agree on what is in the file: the test reads the parts of the format.
#[test]
fn workbook_has_a_frozen_header_a_filter_widths_and_colours() {
    let world = World::with_groups(&[]);
    world.write("a.csv", format!("{HEAD}ann@example.com,Ann,Lee,US,\nx,Bob,Lee,US,\n"));
    assert_eq!(world.umbulk(&["validate", "a.csv", "--results", "check.xlsx"]).status, 1);
    let file = std::fs::File::open(world.path("check.xlsx")).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut part = |name: &str| std::io::read_to_string(archive.by_name(name).unwrap()).unwrap();
    let sheet = part("xl/worksheets/sheet1.xml");
    for expected in ["<pane ySplit=\"1\"", "<autoFilter ref=\"A1:N3\"", "<col min=\"1\""] {
        assert!(sheet.contains(expected), "{expected}: {sheet}");
    }
    // The statuses of the two rows have two formats.
    let style = |cell: &str| {
        let (_, rest) = sheet.split_once(&format!("<c r=\"{cell}\" s=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    assert_ne!(style("H2"), style("H3"));
    assert!(part("xl/styles.xml").contains("FFFCE4D6"));
    #[cfg(unix)]
    {
        let mode = std::fs::metadata(world.path("check.xlsx")).unwrap().permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
    }
}

/// The program that the samples of the README show.
#[test]
fn rehearsal_writes_a_workbook_too() {
    let world = World::with_groups(&[]);
    world.write("a.csv", format!("{HEAD}ann@example.com,Ann,Lee,US,\n"));
    let mut command = world.command(&["import", "a.csv", "--sandbox", "--results", "out.xlsx"]);
    assert_eq!(run(&mut command).status, 0);
    assert_eq!(column(&rows(&world.path("out.xlsx")), "umbulk_status"), ["ok"]);
}
