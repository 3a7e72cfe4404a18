//! Mapping files, joined columns, and values given to every row.

use super::Screens;

const STAFF: &str = "Vorname;Nachname;Mail;Land;Klasse;Status\n\
    Ann;Lee;ann@example.com;Deutschland;5a;da\n\
    Bo;Ek;bo@example.com;AT;5b, 5a;da\n\
    Cy;Ito;cy@example.com;;;weg\n";

const MAPPING: &str = "\
firstname = \"Vorname\"
lastname = \"Nachname\"
email = \"Mail\"
country = { column = \"Land\", values = { \"Deutschland\" = \"DE\" }, default = \"CH\" }
where = \"Status != 'weg'\"
[groups]
column = \"Klasse\"
values = { \"5a\" = \"Class 5a\", \"5b\" = \"Class 5b\" }
";

/// Shows how the list is validated with a mapping file, in a folder of its own.
fn show(name: &str, mapping: &str, options: &str) {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("mappings", folder.path());
    screens
        .file("staff.csv", STAFF)
        .file("hr.toml", mapping)
        .show(name, format!("umbulk validate staff.csv --map-file hr.toml {options}").trim());
}

#[test]
fn mapping_files_that_are_used() {
    show("good", MAPPING, "");
    show("value_without_a_translation", &MAPPING.replace("\"5b\" = ", "\"5c\" = "), "");
    show(
        "values_given_to_every_row",
        &MAPPING.replace("[groups]", "add_groups = { set = \"Everybody\" }\n[groups]"),
        "",
    );
    show("set_typed", MAPPING, "--set type=federatedID");
}

#[test]
fn mapping_files_that_are_refused() {
    for (name, mapping) in [
        ("without_entries", ""),
        ("not_toml", "email = Mail\n"),
        ("unknown_field", "shoe_size = \"Mail\"\n"),
        ("nearly_a_field", "emial = \"Mail\"\n"),
        ("unknown_column", "email = \"Mial\"\n"),
        ("unknown_key", "email = { columns = \"Mail\" }\n"),
        ("column_that_is_no_text", "email = 7\n"),
        ("condition_that_is_none", "email = \"Mail\"\nwhere = \"Status is left\"\n"),
        ("condition_of_no_column", "email = \"Mail\"\nwhere = \"State = 'weg'\"\n"),
        ("join_of_no_column", "email = \"{Vornam}.{Nachname}@example.com\"\n"),
        ("join_with_an_open_brace", "email = \"{Vorname.{Nachname}@example.com\"\n"),
        ("join_with_a_nameless_column", "email = \"{}@example.com\"\n"),
        ("join_without_a_column", "email = { join = \"ann@example.com\" }\n"),
    ] {
        show(name, mapping, "");
    }
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("mappings", folder.path());
    screens.file("staff.csv", STAFF);
    screens.show("missing", "umbulk validate staff.csv --map-file hr.toml");
}

#[test]
fn columns_joined_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("mappings", folder.path());
    screens.file(
        "staff.csv",
        "Given,Particle,Last,email,country\nAnn,van,Lee,ann@example.com,NL\n\
         Bo,,Ek,bo@example.com,SE\n,,Ito,cy@example.com,JP\n",
    );
    screens.show_all(&[
        (
            "joined",
            "umbulk validate staff.csv --map firstname=Given --map 'lastname={Particle?} {Last}'",
        ),
        (
            "joined_with_an_empty_cell",
            "umbulk validate staff.csv --map firstname=Given --map 'lastname={Particle} {Last}'",
        ),
        ("joined_open_brace", "umbulk validate staff.csv --map 'lastname={Particle {Last}'"),
        ("joined_nameless", "umbulk validate staff.csv --map 'lastname={} {Last}'"),
        ("joined_no_column", "umbulk validate staff.csv --map 'lastname={Middle} {Last}'"),
    ]);
}

#[test]
fn mappings_that_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("mappings", folder.path());
    screens
        .file("staff.csv", "Mailadresse;Vorname;Nachname;Land\nann@example.com;Ann;Lee;DE\n")
        .file("there.toml", "email = \"Mail\"\n");
    screens.show_all(&[
        ("proposed_mapping_saved", "umbulk validate staff.csv --save-map hr.toml"),
        ("saved_mapping_used", "umbulk validate staff.csv --map-file hr.toml"),
        (
            "typed_mapping_saved",
            "umbulk validate staff.csv --map email=Mailadresse --map firstname=Vorname --map \
             lastname=Nachname --map country=Land --save-map typed.toml",
        ),
        ("saved_over_another_file", "umbulk validate staff.csv --save-map there.toml"),
        ("saved_into_no_folder", "umbulk validate staff.csv --save-map gone/hr.toml"),
    ]);
}
