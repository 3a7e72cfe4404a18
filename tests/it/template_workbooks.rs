//! `umbulk template --out FILE.xlsx`: a workbook that offers the allowed values, and the groups of
//! the organization.

use crate::world::{World, bare, run};
use calamine::{Data, Reader, Xlsx, open_workbook};
use std::io::Read;
use std::path::Path;

/// The text of a part of a workbook.
fn part(path: &Path, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// The cells of a column of the hidden sheet.
fn offered(path: &Path, column: usize) -> Vec<String> {
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let sheet = workbook.worksheet_range("Values").unwrap();
    let text = |row: &[Data]| match row.get(column) {
        Some(Data::String(text)) => Some(text.clone()),
        _ => None,
    };
    sheet.rows().filter_map(text).collect()
}

#[test]
fn workbook_offers_values_and_the_groups_of_the_organization() {
    let world = World::with_groups(&["Zebra", "Design Team"]);
    assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
    let done = world.umbulk(&["template", "native", "--out", "t.xlsx"]);
    assert!(done.status == 0 && done.stderr.contains("groups        offered as in"), "{done:?}");
    let path = world.path("t.xlsx");
    assert_eq!(offered(&path, 0)[..3], ["create", "update", "add"]);
    assert_eq!(offered(&path, 1), ["adobeID", "enterpriseID", "federatedID"]);
    assert!(offered(&path, 2).len() > 240 && offered(&path, 2).contains(&"DE".to_owned()));
    // Columns: action, type, country, groups, add_groups, remove_groups, if_exists.
    for column in 3..6 {
        assert_eq!(offered(&path, column), ["Design Team", "Zebra"]);
    }
    assert_eq!(offered(&path, 6), ["ignore", "update", "error"]);
    let sheet = part(&path, "xl/worksheets/sheet1.xml");
    assert_eq!(sheet.matches("<dataValidation ").count(), 7, "{sheet}");
    assert!(sheet.contains("Values!$A$1:$A$10") && sheet.contains("sqref=\"A2:A1048576\""));
    assert!(
        part(&path, "xl/workbook.xml").contains("name=\"Values\" sheetId=\"2\" state=\"hidden\"")
    );
    // The hidden sheet is no table: the workbook is read as the example file is.
    let done = run(&mut bare(world.folder.path(), &["validate", "t.xlsx"]));
    assert_eq!(done.status, 0, "{done:?}");
}

#[test]
fn workbook_of_every_dialect_is_read_as_its_text() {
    let folder = tempfile::tempdir().unwrap();
    for dialect in [
        "native",
        "umapi-cli-users-create",
        "umapi-cli-users-update",
        "umapi-cli-users-delete",
        "umapi-cli-groups",
        "umapi-cli-groups-update",
        "umapi-cli-groups-export",
        "user-sync-remove",
        "admin-console",
        "umapi-samples",
    ] {
        let (book, text) = (format!("{dialect}.xlsx"), format!("{dialect}.csv"));
        for out in [&book, &text] {
            let done = run(&mut bare(folder.path(), &["template", dialect, "--out", out]));
            assert_eq!(done.status, 0, "{done:?}");
        }
        let statuses = |file: &str| {
            let results = format!("{file}.check.csv");
            let mut args = vec!["validate", file, "--results", &results, "--dialect", dialect];
            if dialect.starts_with("umapi-cli-groups") && !dialect.ends_with("update") {
                args.extend(["--action", "create-group"]);
            }
            let done = run(&mut bare(folder.path(), &args));
            assert!(done.status < 2, "{done:?}");
            let rows = crate::world::rows(&folder.path().join(results));
            rows.iter().map(|row| row["umbulk_status"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(statuses(&book), statuses(&text), "{dialect}");
    }
}

#[test]
fn workbook_without_a_snapshot_offers_no_groups_and_says_so() {
    let world = World::with_groups(&["Design"]);
    let done = world.umbulk(&["template", "native", "--out", "t.xlsx"]);
    assert!(
        done.status == 0 && done.stderr.contains("`umbulk export groups` stores one"),
        "{done:?}"
    );
    let sheet = part(&world.path("t.xlsx"), "xl/worksheets/sheet1.xml");
    assert_eq!(sheet.matches("<dataValidation ").count(), 4, "{sheet}");
    let done = world.umbulk(&["template", "native", "--format", "xlsx"]);
    assert!(done.status == 2 && done.stderr.contains("use --out FILE.xlsx"), "{done:?}");
    let done = world.umbulk(&["template", "--format", "csv", "--out", "t.xlsx"]);
    assert!(done.status == 2 && done.stderr.contains("is the name of a workbook"), "{done:?}");
}
