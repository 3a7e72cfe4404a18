//! Workbooks as input, and as results.

use super::Screens;
use crate::workbooks::{sheet, workbook};
use crate::world::World;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Worksheet};

const HEAD: [&str; 4] = ["email", "firstname", "lastname", "country"];
const ANN: [&str; 4] = ["ann@example.com", "Ann", "Lee", "US"];
const BOB: [&str; 4] = ["bob@example.com", "Bob", "Ray", "US"];

/// Shows how a workbook is validated, in a folder of its own.
fn show(name: &str, options: &str, sheets: Vec<Worksheet>) {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("workbooks", folder.path());
    screens
        .file("staff.xlsx", workbook(sheets))
        .show(name, format!("umbulk validate staff.xlsx {options}").trim());
}

#[test]
fn sheets_that_are_found_or_chosen() {
    let starters = || sheet("Starters", &[&HEAD, &ANN]);
    let movers = || sheet("Movers", &[&HEAD, &BOB]);
    let notes = || sheet("Notes", &[&["Ask Ann"], &["about email"]]);
    let hidden = || {
        let mut sheet = movers();
        sheet.set_hidden(true);
        sheet
    };
    show("one_known_sheet", "", vec![notes(), starters()]);
    show("several_known_sheets", "", vec![starters(), movers()]);
    show("chosen_sheet", "--sheet Movers", vec![starters(), movers()]);
    show("no_known_sheet", "", vec![notes(), sheet("Rooms", &[&["Room"], &["12"]])]);
    show("sheet_that_does_not_exist", "--sheet Mover", vec![starters(), movers()]);
    show("hidden_sheet", "", vec![starters(), hidden()]);
    show("hidden_sheet_chosen", "--sheet Movers", vec![starters(), hidden()]);
    show("empty_workbook", "", vec![sheet("Staff", &[])]);
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("workbooks", folder.path());
    screens.file("staff.csv", "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n");
    screens.show("sheet_of_a_text_file", "umbulk validate staff.csv --sheet Movers");
}

#[test]
fn cells_that_are_hidden_or_merged() {
    let mut hidden = sheet("Staff", &[&HEAD, &ANN, &BOB]);
    hidden.set_row_hidden(2).unwrap();
    hidden.set_column_hidden(3).unwrap();
    show("hidden_cells", "", vec![hidden]);
    let head = [&HEAD[..], &["groups"]].concat();
    let mut merged = sheet(
        "Staff",
        &[&head, &[&ANN[..], &["Design"]].concat(), &[&BOB[..], &["Design"]].concat()],
    );
    merged.merge_range(1, 4, 2, 4, "Design", &Format::new()).unwrap();
    show("merged_cells", "", vec![merged]);
}

#[test]
fn cells_whose_values_are_not_plain() {
    let head = [&HEAD[..], &["username", "domain"]].concat();
    let mut values = sheet("Staff", &[&head, &ANN, &BOB]);
    for row in [1, 2] {
        values.write(row, 5, "example.com").unwrap();
    }
    values.write(1, 4, 1_234_567_890_123_456_789_i64).unwrap();
    values.write_formula(2, 1, Formula::new("=VLOOKUP(1,A:B,2)").set_result("#N/A")).unwrap();
    values.write(2, 4, "bob").unwrap();
    show("cells_without_values", "", vec![values]);
    let mut money = sheet("Staff", &[&head, &ANN]);
    let format = Format::new().set_num_format("#,##0.00 [$€-407]");
    money.write_with_format(1, 4, 4711, &format).unwrap();
    money.write(1, 5, "example.com").unwrap();
    show("number_in_a_format_of_the_program", "", vec![money]);
    let mut dates = sheet("Staff", &[&HEAD, &ANN, &BOB]);
    let moment = ExcelDateTime::parse_from_str("2026-09-01").unwrap();
    dates.write_with_format(1, 2, &moment, &Format::new().set_num_format("d-mmm")).unwrap();
    dates.write(2, 1, true).unwrap();
    show("names_that_became_dates", "", vec![dates]);
}

#[test]
fn files_that_are_no_workbooks() {
    for (name, file, content) in [
        ("damaged_workbook", "staff.xlsx", &b"PK\x03\x04 is not all of it"[..]),
        ("lock_file", "~$staff.xlsx", &[0; 165]),
        ("html_named_like_a_workbook", "staff.xls", b"<table><tr><td>email</td></tr></table>"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let screens = Screens::offline("workbooks", folder.path());
        screens.file(file, content).show(name, &format!("umbulk validate '{file}'"));
    }
}

#[test]
fn results_as_workbooks() {
    let world = World::with_groups(&["Design"]);
    let screens = Screens::of("workbooks", &world);
    let head = "email,firstname,lastname,country,groups\n";
    screens
        .file(
            "staff.csv",
            format!("{head}ann@example.com,Ann,Lee,US,Design\nbob@example.com,,Ray,US,\n"),
        )
        .file("long.csv", format!("{head}ann@example.com,Ann,Lee,US,{}\n", "x".repeat(40_000)))
        .file("staff.xlsx", workbook(vec![sheet("Staff", &[&HEAD, &ANN, &BOB])]));
    screens.show_all(&[
        ("results_as_a_workbook", "umbulk import staff.csv --results checked.xlsx"),
        ("workbook_imported", "umbulk import staff.xlsx"),
        ("check_as_a_workbook", "umbulk validate staff.csv --results checked.xlsx"),
        ("results_as_an_old_workbook", "umbulk import staff.csv --results checked.xls"),
        ("results_too_long_for_a_cell", "umbulk import long.csv --results long.xlsx"),
        ("check_too_long_for_a_cell", "umbulk validate long.csv --results long.xlsx"),
    ]);
}
