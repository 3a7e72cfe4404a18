//! Files as real programs save them import as they are.

use crate::world::{World, rows, run};
use std::io::Write;
use std::path::PathBuf;
use umbulk::sandbox::{Directory, Sandbox, SandboxGroup, SandboxOptions};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/real").join(name)
}

/// An organization with the groups of the list of new starters.
fn world() -> World {
    let mut directory = Directory::default();
    for number in 1..=30 {
        directory.add_group(&SandboxGroup::user_group(&format!("Team {number:02}")));
    }
    for name in
        ["Ventes & Marketing", "Größe XL", "営業部", "All Apps plan - 100 GB", "Photoshop - 2Gb"]
    {
        directory.add_group(&SandboxGroup::user_group(name));
    }
    World::new(directory, SandboxOptions::default())
}

fn starters(name: &str) {
    let world = world();
    let content = std::fs::read(fixture(name)).unwrap();
    let run = world.import("starters.csv", content, &[]);
    assert_eq!(run.status, 0, "{name}: {run:?}\n{:?}", world.outcomes("starters.results.csv"));
    let expected = rows(&fixture("expected.csv"));
    assert_eq!(world.statuses("starters.results.csv").len(), expected.len());
    let directory = world.sandbox.directory();
    for row in &expected {
        let user = directory
            .user(&row["email"])
            .unwrap_or_else(|| panic!("{name}: {} is missing", row["email"]));
        assert_eq!(
            (user.identity.name(), &user.firstname, &user.lastname, &user.country),
            (row["type"].as_str(), &row["firstname"], &row["lastname"], &row["country"])
        );
        let mut groups: Vec<&str> =
            row["groups"].split(',').filter(|group| !group.is_empty()).collect();
        groups.sort_unstable();
        assert_eq!(
            user.groups.iter().map(String::as_str).collect::<Vec<_>>(),
            groups,
            "{name}: {}",
            row["email"]
        );
    }
}

#[test]
fn a_list_saved_as_utf8_imports() {
    starters("starters-utf8.csv");
}

#[test]
fn a_list_saved_as_unicode_text_imports() {
    starters("starters-utf16-tab.csv");
}

#[test]
fn a_list_saved_as_windows_1252_with_semicolons_imports() {
    starters("starters-windows1252-semicolon.csv");
}

#[test]
fn umapi_clis_own_export_imports() {
    starters("umapi-cli-export.csv");
}

#[test]
fn the_admin_consoles_list_imports() {
    starters("admin-console.csv");
}

#[test]
fn the_native_list_imports() {
    starters("expected.csv");
}

#[test]
fn umapi_cli_groups_create_user_groups_and_name_the_rest() {
    let world = World::new(Directory::default(), SandboxOptions::default());
    let list = std::fs::read(fixture("umapi-cli-groups.csv")).unwrap();
    // The list may as well be one of groups to delete.
    let run = world.import("groups.csv", &list, &[]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    let run = world.import("groups.csv", &list, &["--action", "create-group"]);
    assert_eq!(run.status, 1, "{run:?}");
    let results = world.rows("groups.results.csv");
    for row in &results {
        let expected = if row["type"] == "USER_GROUP" { "ok" } else { "invalid" };
        assert_eq!(row["umbulk_status"], expected, "{row:?}");
    }
    assert_eq!(
        world.sandbox.directory().groups().count(),
        results.iter().filter(|row| row["type"] == "USER_GROUP").count()
    );
}

#[test]
fn compressed_files_and_standard_input_import() {
    let plain = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(plain.as_bytes()).unwrap();
    let gz = gz.finish().unwrap();
    let zst = zstd::encode_all(plain.as_bytes(), 3).unwrap();
    for (name, bytes) in [("a.csv.gz", gz), ("a.csv.zst", zst)] {
        let world = World::with_groups(&[]);
        let run = world.import(name, bytes, &[]);
        assert_eq!(run.status, 0, "{run:?}");
        assert_eq!(world.statuses("a.results.csv"), ["ok"]);
        let left = std::fs::read_dir(world.folder.path())
            .unwrap()
            .filter_map(Result::ok)
            .map(|entry| entry.file_name().into_string().unwrap());
        let other: Vec<String> = left
            .filter(|left| {
                left != name
                    && left != "a.results.csv"
                    && left != "state"
                    && !left.ends_with(".journal")
            })
            .collect();
        assert!(other.is_empty(), "the copy that was read is gone: {other:?}");
    }
    let world = World::with_groups(&[]);
    let unsaid = run(world.command(&["import", "-"]).stdin(std::process::Stdio::null()));
    assert_eq!((unsaid.status, unsaid.stderr.contains("--results")), (2, true));
    let mut child = world
        .command(&["import", "-", "--results", "out.csv"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(plain.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(world.statuses("out.csv"), ["ok"]);
}

#[test]
fn results_keep_the_inputs_form_and_line_numbers() {
    let world = World::with_groups(&["A"]);
    let file = "\u{feff}email;firstname;lastname;country;note\r\n\r\n\
                ann@example.com;\"Ann\";Lee;US;\"two\r\nlines\"\r\n\
                bob@example.com;Bob;\"Lee \"\"B\"\"\";US;x\r\n";
    let run = world.import("a.csv", file, &["--rows", "1-9"]);
    assert_eq!(run.status, 0, "{run:?}");
    let text = std::fs::read_to_string(world.path("a.results.csv")).unwrap();
    assert!(
        text.starts_with(
            "\u{feff}email;firstname;lastname;country;note;umbulk_row;umbulk_line;umbulk_status;"
        ),
        "{text}"
    );
    assert!(text.contains("\r\nann@example.com;\"Ann\";Lee;US;\"two\r\nlines\";1;3;ok;"), "{text}");
    assert!(text.contains("\r\nbob@example.com;Bob;\"Lee \"\"B\"\"\";US;x;2;5;ok;"), "{text}");
    assert!(text.ends_with("Z;created_or_exists\r\n"), "{text}");
}

#[test]
fn results_file_imports_again_with_fresh_columns() {
    let world = World::with_groups(&[]);
    world.import("a.csv", "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n", &[]);
    let results = std::fs::read(world.path("a.results.csv")).unwrap();
    let run = world.import("b.csv", &results, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    let again = std::fs::read_to_string(world.path("b.results.csv")).unwrap();
    assert_eq!(again.lines().next().unwrap().matches("umbulk_status").count(), 1);
}

#[test]
fn several_files_go_in_the_order_in_which_they_are_named() {
    let world = World::with_groups(&["A"]);
    world.write("1.csv", "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n");
    world.write("2.csv", "action,email,groups\nadd,ann@example.com,A\n");
    std::fs::create_dir(world.path("out")).unwrap();
    let run = world.umbulk(&["import", "1.csv", "2.csv", "--results", "out"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["A"]);
    assert_eq!(rows(&world.path("out/2.results.csv")).len(), 1);
}

#[test]
fn template_is_a_valid_table_of_its_dialect() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(SandboxOptions::default(), Directory::default()).unwrap();
    drop(sandbox);
    for dialect in umbulk::internals::InputDialect::ALL {
        let template = run(&mut crate::world::bare(folder.path(), &["template", dialect.name()]));
        assert_eq!(template.status, 0, "{template:?}");
        std::fs::write(folder.path().join("t.csv"), template.stdout).unwrap();
        let mut args = vec!["validate", "t.csv", "--json"];
        use umbulk::internals::InputDialect::{UmapiCliGroups, UmapiCliGroupsExport};
        if [UmapiCliGroups, UmapiCliGroupsExport].contains(&dialect) {
            args.extend(["--action", "create-group"]);
        }
        let checked = run(&mut crate::world::bare(folder.path(), &args));
        let json: serde_json::Value =
            serde_json::from_str(&checked.stdout).unwrap_or_else(|_| panic!("{checked:?}"));
        assert_eq!(
            (checked.status, &json["dialect"], &json["invalid"]),
            (0, &dialect.name().into(), &0.into()),
            "{checked:?}"
        );
    }
}
