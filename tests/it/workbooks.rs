//! Workbooks import as tables do: the sheet with known columns, with what a person sees in it.

use crate::resume::{ended, started_file};
use crate::world::{Run, World};
use rust_xlsxwriter::{Color, ExcelDateTime, Format, Formula, Workbook, Worksheet};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

const HEAD: [&str; 4] = ["email", "firstname", "lastname", "country"];
const ANN: [&str; 4] = ["ann@example.com", "Ann", "Lee", "US"];
const BOB: [&str; 4] = ["bob@example.com", "Bob", "Lee", "US"];

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/real").join(name))
        .unwrap()
}

/// A sheet with these rows of texts.
pub(crate) fn sheet(name: &str, rows: &[&[&str]]) -> Worksheet {
    let mut sheet = Worksheet::new();
    sheet.set_name(name).unwrap();
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            sheet.write_string(row, column, *cell).unwrap();
        }
    }
    sheet
}

pub(crate) fn workbook(sheets: Vec<Worksheet>) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for sheet in sheets {
        workbook.push_worksheet(sheet);
    }
    workbook.save_to_buffer().unwrap()
}

/// Runs a command as it would be typed.
fn typed(world: &World, command: &str) -> Run {
    let words = shlex::split(command).unwrap();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(words[0], "umbulk");
    world.umbulk(&words[1..])
}

/// The state of an organization that has imported this file of starters.
fn state_after(name: &str, content: &[u8]) -> String {
    let mut directory = Directory::default();
    for number in 1..=30 {
        directory.add_group(&SandboxGroup::user_group(&format!("Team {number:02}")));
    }
    for name in
        ["Ventes & Marketing", "Größe XL", "営業部", "All Apps plan - 100 GB", "Photoshop - 2Gb"]
    {
        directory.add_group(&SandboxGroup::user_group(name));
    }
    let world = World::new(directory, SandboxOptions::default());
    let run = world.import(name, content, &[]);
    assert_eq!(run.status, 0, "{name}: {run:?}");
    assert_eq!(world.statuses("starters.results.csv").len(), 120, "{name}");
    let mut state = Vec::new();
    world.sandbox.with_directory(|directory| directory.dump(&mut state).unwrap());
    String::from_utf8(state).unwrap()
}

#[test]
fn workbook_is_told_by_its_bytes_under_any_name() {
    let expected = state_after("starters.csv", &fixture("starters-utf8.csv"));
    let xlsx = fixture("starters.xlsx");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(&xlsx).unwrap();
    for (name, content) in [
        ("starters.xlsx.gz", gz.finish().unwrap()),
        ("starters.xlsm.zst", zstd::encode_all(&xlsx[..], 3).unwrap()),
        ("starters.csv", xlsx.clone()),
        ("starters.xlsx", xlsx),
        ("starters.ods", fixture("starters.ods")),
        ("starters.xls", fixture("starters.xls")),
        ("starters.xlsb", fixture("starters.xlsb")),
    ] {
        assert_eq!(state_after(name, &content), expected, "{name}");
    }
}

#[test]
fn sheet_with_known_columns_is_read_and_named() {
    let world = World::with_groups(&[]);
    let notes = || sheet("Notes", &[&["Ask Ann"], &["about email"]]);
    let staff = sheet("Staff", &[&["Starters"], &[], &HEAD, &ANN]);
    let run = world.import("a.xlsx", workbook(vec![notes(), staff]), &[]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    assert!(run.stderr.contains("sheet \"Staff\" is read; \"Notes\" is not"), "{}", run.stderr);
    assert!(run.stderr.contains("header found in line 3"), "{}", run.stderr);
    let only = World::with_groups(&[]);
    let run = only.import("a.xlsx", workbook(vec![sheet("Staff", &[&HEAD, &ANN])]), &[]);
    assert!(run.status == 0 && !run.stderr.contains("is read"), "{run:?}");
}

#[test]
fn several_known_sheets_are_chosen_as_proposed() {
    let world = World::with_groups(&[]);
    let starters = sheet("It's Berlin", &[&HEAD, &ANN]);
    let more = sheet("-x \"North\"", &[&HEAD, &BOB]);
    let notes = sheet("Notes", &[&["Ask Ann"]]);
    world.write("a.xlsx", workbook(vec![starters, more, notes]));
    let run = world.umbulk(&["import", "a.xlsx"]);
    assert_eq!(run.status, 2, "{run:?}");
    let (_, options) = run.stderr.split_once("Choose one: ").unwrap();
    let options: Vec<&str> = options.trim().split(" or ").collect();
    assert_eq!(options.len(), 2, "{}", run.stderr);
    for (option, email) in options.iter().zip([ANN[0], BOB[0]]) {
        let run = typed(&world, &format!("umbulk validate a.xlsx {option}"));
        assert_eq!(run.status, 0, "{option}: {run:?}");
        assert_eq!(world.rows("a.check.csv")[0]["email"], email);
    }
    for args in [
        &["plan", "a.xlsx", "--sheet", "it's berlin"][..],
        &["import", "a.xlsx", "--sheet", "It's Berlin"],
    ] {
        let run = world.umbulk(args);
        assert_eq!(run.status, 0, "{run:?}");
    }
    assert_eq!(world.sandbox.directory().users().count(), 1);
}

#[test]
fn sheet_that_does_not_exist_is_named_with_the_nearest() {
    let world = World::with_groups(&[]);
    world.write(
        "a.xlsx",
        workbook(vec![sheet("Old", &[&["x"]]), sheet("Starters", &[&HEAD, &ANN])]),
    );
    let run = world.umbulk(&["import", "a.xlsx", "--sheet", "Starter"]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stderr.contains("Choose one: --sheet \"Starters\" or --sheet \"Old\""), "{run:?}");
    let unknown = sheet("Other", &[&["Foo", "Bar"], &["1", "2"]]);
    world.write("b.xlsx", workbook(vec![sheet("Notes", &[&["Ask Ann"]]), unknown]));
    let run = world.umbulk(&["import", "b.xlsx"]);
    assert!(run.status == 2 && run.stderr.contains("\"Notes\", \"Other\""), "{run:?}");
    world.write("c.csv", "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n");
    let run = world.umbulk(&["import", "c.csv", "--sheet", "Staff"]);
    assert!(run.status == 2 && run.stderr.contains("is not a workbook"), "{run:?}");
    assert!(run.stderr.contains("omit --sheet"), "{run:?}");
}

#[test]
fn hidden_sheet_is_read_only_if_it_is_named() {
    let world = World::with_groups(&[]);
    let mut hidden = sheet("Last year", &[&HEAD, &BOB]);
    hidden.set_hidden(true);
    world.write("a.xlsx", workbook(vec![sheet("Staff", &[&HEAD, &ANN]), hidden]));
    for (args, email) in [
        (&["validate", "a.xlsx"][..], ANN[0]),
        (&["validate", "a.xlsx", "--sheet", "Last year"], BOB[0]),
    ] {
        let run = world.umbulk(args);
        assert_eq!(run.status, 0, "{run:?}");
        assert_eq!(world.rows("a.check.csv")[0]["email"], email);
    }
}

#[test]
fn header_of_a_sheet_is_mapped_as_proposed() {
    let world = World::with_groups(&[]);
    let staff = sheet(
        "Personal",
        &[
            &["Vorname", "Nachname", "E-Mail-Adresse", "country"],
            &["Ann", "Lee", "ann@example.com", "US"],
        ],
    );
    world.write("a.xlsx", workbook(vec![staff]));
    let run = world.umbulk(&["import", "a.xlsx"]);
    assert!(run.stderr.contains("a.xlsx, sheet \"Personal\", line 1: "), "{run:?}");
    let (_, maps) = run.stderr.split_once("use ").unwrap();
    let (maps, save) = maps.split_once(';').unwrap();
    assert!(save.ends_with("type: umbulk import a.xlsx --save-map a.map.toml\n"), "{run:?}");
    let run = typed(&world, &format!("umbulk import a.xlsx {maps}"));
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
}

#[test]
fn run_of_one_sheet_does_not_go_on_with_another() {
    let options =
        SandboxOptions { latency: Duration::from_millis(150), ..SandboxOptions::default() };
    let world = World::new(Directory::default(), options);
    let people = |letter: &str| {
        let mut sheet = sheet(letter, &[&HEAD]);
        for row in 1..30 {
            let email = format!("{letter}{row}@example.com");
            for (column, cell) in (0..).zip([&*email, "Ann", "Lee", "US"]) {
                sheet.write(row, column, cell).unwrap();
            }
        }
        sheet
    };
    world.write("a.xlsx", workbook(vec![people("a"), people("b")]));
    let mut child = started_file(&world, "a.xlsx", "1000/100ms", 1, &["--sheet", "a"]);
    child.kill().unwrap();
    ended(child);
    let sent = world.action_requests();
    let other = world.umbulk(&["import", "a.xlsx", "--sheet", "b"]);
    assert_eq!((other.status, world.action_requests()), (2, sent), "{other:?}");
    let same = world.umbulk(&["import", "a.xlsx", "--sheet", "a"]);
    assert_eq!(same.status, 0, "{same:?}");
    assert_eq!(world.statuses("a.results.csv"), vec!["ok"; 29]);
    assert_eq!(world.sandbox.directory().users().count(), 29);
}

#[test]
fn cells_are_read_as_a_person_sees_them() {
    let world = World::with_groups(&[]);
    let columns = ["Start", "At", "No", "Long", "Longer", "Share", "Works", "Name", "Sum", "Text"];
    let mut sheet = sheet("Staff", &[&[&HEAD[..], &columns].concat(), &ANN]);
    let format = |code: &str| Format::new().set_num_format(code);
    let moment = ExcelDateTime::parse_from_str("2026-09-01 08:30:00").unwrap();
    sheet.write_with_format(1, 4, &moment, &format("d. mmmm yyyy")).unwrap();
    sheet.write_with_format(1, 5, &moment, &format("hh:mm")).unwrap();
    sheet.write_with_format(1, 6, 123, &format("00000")).unwrap();
    sheet.write(1, 7, 4_915_112_345_678_i64).unwrap();
    sheet.write(1, 8, 1_234_567_890_123_456_789_i64).unwrap();
    sheet.write(1, 9, 0.1 + 0.2).unwrap();
    sheet.write(1, 10, true).unwrap();
    let (bold, plain) = (Format::new().set_bold(), Format::new().set_font_color(Color::Red));
    sheet.write_rich_string(1, 11, &[(&bold, "Ann"), (&plain, " Lee")]).unwrap();
    sheet.write_formula(1, 12, Formula::new("=1+1").set_result("2")).unwrap();
    sheet.write_string(1, 13, "=1+1").unwrap();
    let run = world.import("a.xlsx", workbook(vec![sheet]), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    let row = &world.rows("a.results.csv")[0];
    let cells: Vec<&str> = columns.iter().map(|column| row[*column].as_str()).collect();
    let expected = [
        "2026-09-01",
        "08:30:00",
        "00123",
        "4915112345678",
        "1.23456789012346E+18",
        "0.3",
        "TRUE",
        "Ann Lee",
        "2",
        "'=1+1",
    ];
    assert_eq!(cells, expected);
}

#[test]
fn cells_of_a_binary_workbook_are_read_as_a_person_sees_them() {
    let world = World::with_groups(&[]);
    let run = world.import("a.xlsb", fixture("kinds.xlsb"), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("1 column is hidden in the sheet"), "{}", run.stderr);
    let row = &world.rows("a.results.csv")[0];
    let columns = ["email", "Start", "No", "Works", "Share", "Sum", "Err", "Long"];
    let expected = [ANN[0], "2026-09-01", "00123", "TRUE", "0.3", "2", "#N/A", "4915112345678"];
    assert_eq!(columns.map(|column| row[column].as_str()), expected);
}

#[test]
fn cell_without_its_value_is_refused_with_its_address() {
    let world = World::with_groups(&[]);
    let head = [&HEAD[..], &["username", "domain"]].concat();
    let mut sheet = sheet("New staff", &[&["Starters"], &[], &head, &ANN, &BOB]);
    for row in [3, 4] {
        sheet.write(row, 5, "example.com").unwrap();
    }
    sheet.write(3, 4, 1_234_567_890_123_456_789_i64).unwrap();
    sheet.write_formula(4, 1, Formula::new("=VLOOKUP(1,A:B,2)").set_result("#N/A")).unwrap();
    sheet.write(4, 4, "bob").unwrap();
    let run = world.import("a.xlsx", workbook(vec![sheet]), &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(
        world.outcomes("a.results.csv"),
        ["invalid invalid.username.scientific", "invalid invalid.firstname.excel_error"]
    );
    let rows = world.rows("a.results.csv");
    for (row, line, cell) in [(&rows[0], "4", "New staff!E4: "), (&rows[1], "5", "New staff!B5: ")]
    {
        assert_eq!(row["umbulk_line"], line);
        assert!(row["umbulk_message"].starts_with(cell), "{row:?}");
        assert!(run.stderr.contains(cell), "{}", run.stderr);
    }
    assert_eq!(world.sandbox.directory().users().count(), 0);
}

#[test]
fn numbers_that_only_the_program_can_show_are_not_guessed() {
    let world = World::with_groups(&[]);
    let head = [&HEAD[..], &["username", "domain", "Pay"]].concat();
    let mut sheet = sheet("Staff", &[&head, &ANN, &BOB]);
    let money = Format::new().set_num_format("#,##0.00 [$€-407]");
    for row in [1, 2] {
        sheet.write(row, 5, "example.com").unwrap();
        sheet.write_with_format(row, 4, 4711 + row, &money).unwrap();
        sheet.write_with_format(row, 6, 52_000, &money).unwrap();
    }
    world.write("a.xlsx", workbook(vec![sheet]));
    let run = world.umbulk(&["import", "a.xlsx"]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(
        run.stderr.contains("Staff!E2: the column \"username\" has 2 numbers in a format"),
        "{run:?}"
    );
    let (_, option) = run.stderr.split_once("use --ignore ").unwrap();
    let run = typed(&world, &format!("umbulk validate a.xlsx --ignore {option}"));
    assert_eq!(run.status, 0, "a column that means nothing does not matter: {run:?}");
}

/// A spreadsheet makes a date of the group `1-2`, and a boolean of the name `True`.
#[test]
fn names_that_have_become_dates_or_truth_values_are_refused() {
    let world = World::with_groups(&["1-2", "2026-02-01"]);
    let head = [&HEAD[..], &["groups", "Since"]].concat();
    let staff = || {
        let people = [ANN, BOB].map(|person| [&person[..], &["1-2"]].concat());
        let mut sheet = sheet("Staff", &[&head, &people[0], &people[1]]);
        let day = ExcelDateTime::from_ymd(2026, 2, 1).unwrap();
        let format = Format::new().set_num_format("d-mmm");
        sheet.write_with_format(1, 5, &day, &format).unwrap();
        (sheet, day, format)
    };
    let (mut group, day, format) = staff();
    group.write_with_format(2, 4, &day, &format).unwrap();
    let (mut name, ..) = staff();
    name.write(2, 2, true).unwrap();
    for (sheet, words) in [
        (group, "Staff!E3: the column \"groups\" holds names, and has 1 date among them"),
        (name, "Staff!C3: the column \"lastname\" holds names, and has 1 truth value among them"),
    ] {
        world.write("a.xlsx", workbook(vec![sheet]));
        let run = world.umbulk(&["import", "a.xlsx"]);
        assert!(run.status == 2 && run.stderr.contains(words), "{run:?}");
    }
    let (mut text, ..) = staff();
    text.write(2, 2, "True").unwrap();
    let run = world.import("a.xlsx", workbook(vec![text]), &[]);
    assert_eq!((run.status, world.statuses("a.results.csv").len()), (0, 2), "{run:?}");
}

#[test]
fn hidden_and_merged_cells_are_read_and_said() {
    let world = World::with_groups(&[]);
    let head = [&HEAD[..], &["Room", "Desk"]].concat();
    let mut sheet = sheet("Staff", &[&["Starters"], &head, &ANN, &BOB]);
    sheet.set_row_hidden(3).unwrap();
    sheet.set_column_hidden(4).unwrap();
    sheet.set_column_hidden(9).unwrap();
    let format = Format::new();
    sheet.merge_range(0, 0, 0, 3, "Starters", &format).unwrap();
    sheet.merge_range(2, 5, 3, 5, "7", &format).unwrap();
    let run = world.import("a.xlsx", workbook(vec![sheet]), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.statuses("a.results.csv"), ["ok", "ok"]);
    assert!(run.stderr.contains("1 row and 1 column are hidden in the sheet"), "{}", run.stderr);
    assert!(run.stderr.contains("Staff!F3:F4 is one merged cell"), "{}", run.stderr);
    let rows = world.rows("a.results.csv");
    assert_eq!((&*rows[0]["Desk"], &*rows[1]["Desk"]), ("7", ""));
}

#[test]
fn results_of_a_workbook_are_csv_and_its_failed_rows_import() {
    let world = World::with_groups(&[]);
    let staff = sheet("Staff", &[&HEAD, &["ann@example.com", "#N/A", "Lee", "US"], &BOB]);
    world.write("a.xlsx", workbook(vec![staff, sheet("Notes", &[&["x"]])]));
    let run = world.umbulk(&["import", "a.xlsx", "--sheet", "Staff"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(run.stdout.contains("a.failed.csv (fix them in a.xlsx)"), "{run:?}");
    let results = std::fs::read_to_string(world.path("a.results.csv")).unwrap();
    assert!(
        results.starts_with("\u{feff}email,firstname,lastname,country,umbulk_row,"),
        "{results}"
    );
    let failed = std::fs::read_to_string(world.path("a.failed.csv")).unwrap();
    world.write("a.failed.csv", failed.replacen("#N/A", "Ann", 1));
    let (_, command) = run.stderr.rsplit_once("umbulk import").unwrap_or_else(|| {
        run.stdout.rsplit_once("umbulk import").unwrap_or_else(|| panic!("{run:?}"))
    });
    let command = command.lines().next().unwrap().trim_end_matches(')');
    // The rows to fix are CSV, and a file of their own.
    let own = world.umbulk(&["import", "a.failed.csv"]);
    assert_eq!((own.status, world.sandbox.directory().users().count()), (0, 2), "{own:?}");
    std::fs::remove_file(world.path("a.failed.csv")).unwrap();
    let staff = sheet("Staff", &[&HEAD, &["ann@example.com", "Ann", "Lee", "US"], &BOB]);
    world.write("a.xlsx", workbook(vec![staff, sheet("Notes", &[&["x"]])]));
    let again = typed(&world, &format!("umbulk import{command}"));
    assert_eq!((again.status, world.statuses("a.results.csv")), (0, vec!["ok".to_owned(); 2]));
}

#[test]
fn lists_of_an_organization_are_read_from_workbooks() {
    let world = World::with_groups(&[]);
    let head =
        ["type", "username", "domain", "email", "firstname", "lastname", "country", "groups"];
    let row = |email: &'static str, name: &'static str| {
        ["federatedID", email, "example.com", email, name, "Lee", "US", ""]
    };
    let list = |rows: &[&[&str]]| workbook(vec![sheet("Users", rows)]);
    world.write("a.xlsx", list(&[&head, &row("ann@example.com", "Ann")]));
    world.write(
        "b.xlsx",
        list(&[&head, &row("ann@example.com", "Ann"), &row("bob@example.com", "Bob")]),
    );
    let run = world.umbulk(&["diff", "a.xlsx", "b.xlsx"]);
    assert!(run.stdout.contains("bob@example.com"), "{run:?}");
    let run = world.umbulk(&["plan", "b.xlsx", "--against", "a.xlsx", "--json"]);
    assert_eq!(run.status, 0, "{run:?}");
}

#[test]
fn damaged_and_foreign_containers_are_named() {
    let world = World::with_groups(&[]);
    let whole = fixture("starters.xlsx");
    let package = |parts: &[(&str, &str)]| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, content) in parts {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    for (bytes, what) in [
        (whole[..whole.len() / 2].to_vec(), "the workbook is damaged"),
        (fixture("starters.xls")[..9000].to_vec(), "the workbook is damaged"),
        (package(&[("word/document.xml", "")]), "a Word document"),
        (package(&[("Index/Document.iwa", "")]), "a document of Numbers"),
        (
            package(&[
                ("mimetype", "application/vnd.oasis.opendocument.text"),
                ("content.xml", ""),
            ]),
            "no spreadsheet",
        ),
        (package(&[("staff.csv", ""), ("b.csv", "")]), "is an archive"),
    ] {
        let run = world.import("a.csv", bytes, &[]);
        assert!(run.status == 2 && run.stderr.contains(what), "{what}: {run:?}");
        assert!(!run.stderr.contains("--map"), "{run:?}");
    }
}

/// A terminal obeys no name of a sheet.
#[test]
fn hostile_names_of_sheets_are_escaped() {
    let world = World::with_groups(&[]);
    let name = "\u{202e}Staff\u{200b}";
    let staff = sheet(name, &[&HEAD, &["ann@example.com", "#N/A", "Lee", "US"]]);
    let others = ["A\u{202e}", "B"].map(|name| sheet(name, &[&HEAD, &ANN]));
    world.write("a.xlsx", workbook(vec![staff].into_iter().chain(others).collect()));
    let several = world.umbulk(&["validate", "a.xlsx"]);
    let one = world.umbulk(&["validate", "a.xlsx", "--sheet", "Staff"]);
    let results = std::fs::read_to_string(world.path("a.check.csv")).unwrap();
    for text in [&several.stderr, &one.stderr, &one.stdout, &results] {
        assert!(!text.contains('\u{202e}'), "{text}");
    }
    assert_eq!((several.status, one.status), (2, 1), "{one:?}");
    assert!(one.stderr.contains("excel_error"), "{one:?}");
}

#[test]
fn sheet_is_found_and_read_by_a_mapping_file() {
    let world = World::with_groups(&[]);
    let staff = sheet(
        "Personal",
        &[
            &["Stand: heute"],
            &["Rufname", "Zuname", "Land", "Status"],
            &["Ann", "Lee", "Deutschland", "da"],
            &["Bo", "Ek", "Bayern", "da"],
            &["Cy", "Ito", "Deutschland", "weg"],
        ],
    );
    let others = sheet("Orte", &[&["Ort", "Land"], &["Bern", "Schweiz"]]);
    world.write("a.xlsx", workbook(vec![others, staff]));
    world.write(
        "hr.toml",
        "email = \"{Rufname}.{Zuname}@example.com\"\nfirstname = \"Rufname\"\n\
         lastname = \"Zuname\"\nwhere = \"Status = 'da'\"\n\
         country = { column = \"Land\", values = { \"Deutschland\" = \"DE\" } }\n",
    );
    let run = world.umbulk(&["import", "a.xlsx", "--map-file", "hr.toml"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(
        world.outcomes("a.results.csv"),
        ["ok", "invalid invalid.country.not_translated", "skipped skipped.where"]
    );
    let rows = world.rows("a.results.csv");
    assert!(rows[1]["umbulk_message"].starts_with("Personal!C4: country `Bayern`"), "{rows:?}");
    let directory = world.sandbox.directory();
    assert!(directory.user("Ann.Lee@example.com").is_some(), "{run:?}");
}

#[test]
fn numbers_that_only_the_program_can_show_are_not_compared_or_joined() {
    let world = World::with_groups(&[]);
    let head = [&HEAD[..], &["Level", "Number"]].concat();
    let mut sheet = sheet("Staff", &[&head, &ANN, &BOB]);
    let money = Format::new().set_num_format("#,##0.00 [$€-407]");
    for row in [1, 2] {
        sheet.write_with_format(row, 4, 4711 + row, &money).unwrap();
        sheet.write_with_format(row, 5, 4711 + row, &money).unwrap();
    }
    world.write("a.xlsx", workbook(vec![sheet]));
    let validate = |mapping: &str| {
        world.write("hr.toml", mapping);
        world.umbulk(&["validate", "a.xlsx", "--map-file", "hr.toml"])
    };
    assert_eq!(validate("country = \"country\"\n").status, 0);
    for (mapping, cell) in [
        ("where = \"Level != '4712'\"\n", "Staff!E2: the column \"Level\""),
        ("email = \"{Number}@example.com\"\n", "Staff!F2: the column \"Number\""),
    ] {
        let run = validate(mapping);
        assert!(run.status == 2 && run.stderr.contains(cell), "{run:?}");
        assert!(run.stderr.contains("remove it from the mapping"), "{run:?}");
    }
}

/// A person sees the group, the country and the name in each of the rows.
#[test]
fn rows_that_lack_a_value_because_of_merged_cells_are_not_sent() {
    let world = World::with_groups(&["Design"]);
    let head = [&HEAD[..], &["groups"]].concat();
    let (ann, bob) = ([&ANN[..], &["Design"]].concat(), [&BOB[..], &[""]].concat());
    let cy = ["cy@example.com", "Cy", "Poe", "", ""];
    let mut sheet = sheet("Staff", &[&head, &ann, &bob, &cy]);
    let format = Format::new();
    sheet.merge_range(1, 4, 2, 4, "Design", &format).unwrap();
    sheet.merge_range(2, 3, 3, 3, "US", &format).unwrap();
    let run = world.import("a.xlsx", workbook(vec![sheet]), &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(
        world.outcomes("a.results.csv"),
        ["ok", "invalid invalid.groups.merged", "invalid invalid.country.merged"]
    );
    let rows = world.rows("a.results.csv");
    assert!(rows[1]["umbulk_message"].contains("E2:E3 is one merged cell"), "{:?}", rows[1]);
    assert!(!rows[2]["umbulk_message"].contains("--default-country"), "{:?}", rows[2]);
    let said = "Staff!E2:E3 is one merged cell (1 further merged range as well)";
    assert!(run.stderr.contains(said) || run.stderr.contains("Staff!D3:D4 is one"), "{run:?}");
}

/// The file of the rows to fix has no merged cells. It says in each cell what is missing.
#[test]
fn merged_cells_are_refused_again_from_the_file_of_rows_to_fix() {
    for failed in ["a.failed.csv", "a.failed.xlsx"] {
        let world = World::with_groups(&["Design"]);
        let head = ["groups", "email", "firstname", "lastname", "country"];
        let ann = ["Design", "ann@example.com", "Ann", "Lee", "US"];
        let bob = ["", "bob@example.com", "Bob", "Ray", ""];
        let mut sheet = sheet("Staff", &[&head, &ann, &bob]);
        sheet.merge_range(1, 0, 2, 0, "Design", &Format::new()).unwrap();
        sheet.merge_range(1, 4, 2, 4, "US", &Format::new()).unwrap();
        let run = world.import("a.xlsx", workbook(vec![sheet]), &["--failed", failed]);
        assert_eq!(run.status, 1, "{run:?}");
        let sent = world.action_requests();
        let run = world.umbulk(&["import", failed]);
        assert_eq!((run.status, world.action_requests()), (1, sent), "{run:?}");
        let row = &world.rows("a.failed.results.csv")[0];
        for field in ["groups", "country"] {
            let said = format!("{field} `#MERGED!`");
            assert!(row["umbulk_message"].contains(&said), "{field}: {row:?}");
        }
        if failed.ends_with("xlsx") {
            continue;
        }
        let rows = std::fs::read_to_string(world.path(failed)).unwrap();
        let fixed = rows.replacen("#MERGED!", "Design", 1).replacen("#MERGED!", "US", 1);
        let run = world.import(failed, fixed, &[]);
        assert_eq!(run.status, 0, "{run:?}");
        let directory = world.sandbox.directory();
        assert_eq!(directory.user("bob@example.com").unwrap().groups.len(), 1);
    }
}

/// Results and checks have no merged cells either. A row that is refused stays refused in them.
#[test]
fn merged_cells_are_refused_again_from_results_and_checks() {
    let world = World::with_groups(&["Design"]);
    let head = ["email", "firstname", "lastname", "country", "groups"];
    let class = ["Class 5b", "", "", "", ""];
    let ann = ["ann@example.com", "Ann", "Lee", "US", "Design"];
    let bob = ["bob@example.com", "Bob", "Ray", "US", ""];
    let mut sheet = sheet("Staff", &[&head, &ann, &bob, &class]);
    sheet.merge_range(1, 4, 2, 4, "Design", &Format::new()).unwrap();
    sheet.merge_range(3, 0, 3, 4, "Class 5b", &Format::new()).unwrap();
    let file = workbook(vec![sheet]);
    let run = world.import("a.xlsx", &file, &["--results", "a.results.xlsx"]);
    assert_eq!(run.status, 1, "{run:?}");
    world.import("b.xlsx", &file, &[]);
    world.umbulk(&["validate", "a.xlsx"]);
    for copy in ["a.results.xlsx", "b.results.csv", "a.check.csv"] {
        let run = world.umbulk(&["import", copy, "--fresh"]);
        assert_eq!(run.status, 1, "{copy}: {run:?}");
        assert!(world.sandbox.directory().user("bob@example.com").is_none(), "{copy}");
        let results = copy.replace(".xlsx", ".csv").replace(".csv", ".results.csv");
        let row = &world.rows(&results)[1];
        assert_eq!(row["umbulk_code"], "invalid.groups.merged", "{copy}: {row:?}");
        // A heading lacks nothing.
        assert_eq!(world.rows(&results)[2]["firstname"], "", "{copy}");
    }
}

#[test]
fn cell_under_no_name_is_named_by_its_address() {
    let world = World::with_groups(&[]);
    let rows: [&[&str]; 2] = [
        &["email", "firstname", "", "lastname", "country"],
        &["ann@example.com", "Ann", "M.", "Lee", "US"],
    ];
    world.import("a.xlsx", workbook(vec![sheet("Staff", &rows)]), &[]);
    let row = &world.rows("a.results.csv")[0];
    assert_eq!(row["umbulk_code"], "invalid.row.extra_cells");
    assert!(row["umbulk_message"].starts_with("Staff!C2: cell 3 has content, but"), "{row:?}");
}

/// A title stands above the header: a row of the sheet is another one than the row of the table.
#[test]
fn rows_are_found_by_their_lines_below_a_title() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_user(&crate::world::user("lead@example.com", &["_admin_Design"]));
    let world = World::new(directory, SandboxOptions::default());
    let rows: [&[&str]; 4] =
        [&["People who leave"], &[], &["email", "action"], &["lead@example.com", "delete"]];
    let file = workbook(vec![sheet("Staff", &rows)]);
    let run = world.import("leavers.xlsx", &file, &[]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stderr.contains("lead@example.com (leavers.xlsx, line 4) would lose"), "{run:?}");
    let plan = world.umbulk(&["plan", "leavers.xlsx", "--out", "plan.csv"]);
    assert_eq!(plan.status, 0, "{plan:?}");
    assert!(plan.stderr.contains("written       plan.csv\n"), "{plan:?}");
    let row = &world.rows("plan.csv")[0];
    assert_eq!((&*row["line"], &*row["row"]), ("4", "1"));
}
