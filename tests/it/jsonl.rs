//! JSON Lines import as tables do.

use crate::world::World;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/real").join(name))
        .unwrap()
}

/// The state of an organization that has imported this file.
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
    assert_eq!(world.statuses("export.results.csv").len(), 120, "{name}");
    let mut state = Vec::new();
    world.sandbox.with_directory(|directory| directory.dump(&mut state).unwrap());
    String::from_utf8(state).unwrap()
}

#[test]
fn umapi_clis_export_of_json_lines_imports_as_its_csv_does() {
    let plain = fixture("umapi-cli-export.jsonl");
    let expected = state_after("export.csv", &fixture("umapi-cli-export.csv"));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(&plain).unwrap();
    let files = [
        ("export.jsonl", plain.clone()),
        ("export.ndjson.gz", gz.finish().unwrap()),
        ("export.jsonl.zst", zstd::encode_all(&plain[..], 3).unwrap()),
        ("export.txt", plain),
    ];
    for (name, content) in files {
        assert_eq!(state_after(name, &content), expected, "{name}");
    }
}

#[test]
fn the_dialect_is_told_by_the_keys() {
    let world = World::with_groups(&[]);
    world.write("a.jsonl", fixture("umapi-cli-export.jsonl"));
    let run = world.umbulk(&["validate", "a.jsonl", "--json"]);
    let json: serde_json::Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    assert_eq!(
        (&json["dialect"], &json["invalid"]),
        (&"umapi-cli-users-create".into(), &0.into()),
        "{run:?}"
    );
}

#[test]
fn a_broken_line_fails_alone_with_its_own_line_number() {
    let world = World::with_groups(&["A, B"]);
    let file = "{\"action\":\"create\",\"email\":\"ann@example.com\",\"firstname\":\"Ann\",\
                \"lastname\":\"Lee\",\"country\":\"US\",\"groups\":[\"A, B\"]}\n\
        \n\
        {\"email\":\"bob@example.com\",\n\
        {\"email\":\"cy@example.com\",\"firstname\":{\"first\":\"Cy\"},\"lastname\":\"Lee\",\
        \"country\":\"US\"}\n\
        {\"country\":\"US\",\"lastname\":\"Lee\",\"firstname\":\"Di\",\
        \"email\":\"di@example.com\",\"groups\":null}\n";
    let run = world.import("a.jsonl", file, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(
        world.outcomes("a.results.csv"),
        ["ok", "invalid invalid.row.json", "invalid invalid.row.json", "ok"]
    );
    let rows = world.rows("a.results.csv");
    let at = |key: &str| {
        rows.iter().map(|row: &BTreeMap<String, String>| row[key].clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        (at("umbulk_line"), at("umbulk_row")),
        (
            ["1", "3", "4", "5"].map(str::to_owned).to_vec(),
            ["1", "2", "3", "4"].map(str::to_owned).to_vec()
        )
    );
    assert_eq!(
        rows[1]["action"], "{\"email\":\"bob@example.com\",",
        "the line as it is, in the first column"
    );
    assert!(run.stderr.contains("line 3"), "{}", run.stderr);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["A, B"]);
    assert_eq!(world.sandbox.directory().users().count(), 2);
    let header = std::fs::read_to_string(world.path("a.results.csv")).unwrap();
    assert!(
        header
            .starts_with("action,email,firstname,lastname,country,groups,umbulk_row,umbulk_line,"),
        "{header}"
    );
}

#[test]
fn an_interrupted_range_of_json_lines_goes_on() {
    let world = World::with_groups(&[]);
    let line = |name: &str| {
        format!(
            "{{\"email\":\"{name}@example.com\",\"firstname\":\"A\",\"lastname\":\"B\",\
             \"country\":\"US\"}}\n"
        )
    };
    let file: String = ["a", "b", "c"].map(line).concat();
    assert_eq!(world.import("a.jsonl", &file, &["--rows", "1-2"]).status, 0);
    assert_eq!(world.statuses("a.results.csv"), ["ok", "ok", "not_sent"]);
    let again = world.umbulk(&["import", "a.jsonl"]);
    assert_eq!(
        (again.status, world.statuses("a.results.csv")),
        (0, ["ok"; 3].map(str::to_owned).to_vec()),
        "{again:?}"
    );
}

#[test]
fn formulas_in_json_are_no_names() {
    let world = World::with_groups(&["=Design"]);
    let line = |first: &str, email: &str, groups: &str| {
        serde_json::json!({
            "email": email, "firstname": first, "lastname": "Lee", "country": "US", "groups": groups
        })
        .to_string()
    };
    let lines = [
        line("=A2", "a@example.com", ""),
        line("=VLOOKUP(A2,B:C,2,0)", "b@example.com", ""),
        line("+A1", "c@example.com", ""),
        line("=\"Ann\"", "d@example.com", "=Design"),
    ];
    world.import("a.jsonl", lines.join("\n") + "\n", &[]);
    let outcomes = world.outcomes("a.results.csv");
    assert!(
        outcomes[..3].iter().all(|one| one == "invalid invalid.firstname.formula"),
        "{outcomes:?}"
    );
    let directory = world.sandbox.directory();
    assert_eq!(directory.users().count(), 1);
    let ann = directory.user("d@example.com").unwrap();
    assert!(ann.firstname == "Ann" && ann.groups.contains("=Design"), "{ann:?}");
}
