//! Mapping files: renamed and joined columns, translations, constants, rows that are skipped.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, SandboxOptions};

/// A list from HR, in German.
const STAFF: &str = "Vorname;Nachname;Mail;Land;Klasse;Status\n\
    Ann;Lee;ann@example.com;Deutschland;5a;da\n\
    Bo;Ek;bo@example.com;AT;5b, 5a;Da \n\
    Cy;Ito;cy@example.com;;;weg\n";

const MAPPING: &str = "\
firstname = \"Vorname\"
lastname = \"Nachname\"
email = \"Mail\"
country = { column = \"Land\", values = { \"Deutschland\" = \"DE\" }, default = \"CH\" }
where = \"Status != 'weg'\"
[groups]
column = \"Klasse\"
values = { \"5a\" = \"Class 5a, North\", \"5b\" = \"Class 5b\" }
default = \"Guests\"
";

const GROUPS: [&str; 3] = ["Class 5a, North", "Class 5b", "Guests"];

fn world(mapping: &str) -> World {
    let world = World::with_groups(&GROUPS);
    world.write("hr.toml", mapping);
    world.write("staff.csv", STAFF);
    world
}

fn import(world: &World, more: &[&str]) -> Run {
    let mut args = vec!["import", "staff.csv", "--map-file", "hr.toml"];
    args.extend(more);
    world.umbulk(&args)
}

fn validate(mapping: &str, table: &str, more: &[&str]) -> (World, Run) {
    let world = world(mapping);
    world.write("staff.csv", table);
    let mut args = vec!["validate", "staff.csv", "--map-file", "hr.toml"];
    args.extend(more);
    let run = world.umbulk(&args);
    (world, run)
}

fn messages(world: &World, results: &str) -> Vec<String> {
    world.rows(results).into_iter().map(|row| row["umbulk_message"].clone()).collect()
}

#[test]
fn mapping_file_renames_translates_and_skips() {
    let world = world(MAPPING);
    let run = import(&world, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.outcomes("staff.results.csv"), ["ok", "ok", "skipped skipped.where"]);
    let directory = world.sandbox.directory();
    let country = |name: &str| directory.user(name).map(|user| user.country.clone());
    assert_eq!(country("ann@example.com").as_deref(), Some("DE"));
    assert_eq!(country("bo@example.com").as_deref(), Some("AT"));
    assert_eq!(country("cy@example.com"), None);
    drop(directory);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Class 5a, North"]);
    assert_eq!(world.groups_of("bo@example.com").unwrap(), ["Class 5a, North", "Class 5b"]);
    assert!(run.stdout.contains("skipped"), "{run:?}");
    let plan = world.umbulk(&["plan", "staff.csv", "--map-file", "hr.toml"]);
    assert!(plan.stdout.contains("row skipped"), "{plan:?}");
    assert!(!plan.stdout.contains("ignored columns"), "{plan:?}");
}

#[test]
fn mapping_in_umbulk_toml_is_a_mapping_file() {
    let world = world("");
    let (entries, groups) = MAPPING.split_once("[groups]").unwrap();
    world
        .write("umbulk.toml", format!("progress = \"none\"\n[map]\n{entries}[map.groups]{groups}"));
    let run = world.umbulk(&["import", "staff.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Class 5a, North"]);
    // A named file is used instead of the table, and an option instead of an entry.
    world.write("other.toml", MAPPING.replace("Mail", "Nobody"));
    let run = world.umbulk(&["validate", "staff.csv", "--map-file", "other.toml"]);
    assert!(run.status == 2 && run.stderr.contains("other.toml, line 3: email"), "{run:?}");
    let run =
        world.umbulk(&["validate", "staff.csv", "--map-file", "other.toml", "--map", "email=Mail"]);
    assert_eq!(run.status, 0, "{run:?}");
    world.write("umbulk.toml", "map-file = \"hr.toml\"\n[map]\nemail = \"Mail\"\n");
    let run = world.umbulk(&["validate", "staff.csv"]);
    assert!(run.stderr.contains("has both [map] and `map-file`"), "{run:?}");
}

/// Runs a line of the shell in the folder of the world.
fn typed(world: &World, line: &str) -> Run {
    let mut shell = std::process::Command::new("sh");
    let line = format!("umbulk() {{ '{}' \"$@\"; }}; {line}", env!("CARGO_BIN_EXE_umbulk"));
    let bare = world.command(&[]);
    let variables = bare.get_envs().filter_map(|(name, value)| Some((name, value?)));
    shell.args(["-c", &line]).current_dir(world.folder.path()).env_clear().envs(variables);
    crate::world::run(&mut shell)
}

/// A file that comes through a pipe is empty if it is read again: then the rows that `where`
/// excludes were sent.
#[test]
#[cfg(unix)]
fn mapping_through_a_pipe_is_read_once() {
    let world = world(MAPPING);
    let (entries, groups) = MAPPING.split_once("[groups]").unwrap();
    world.write("settings.toml", format!("[map]\n{entries}[map.groups]{groups}"));
    for (command, rows) in [("validate", "staff.check.csv"), ("plan", "plan.csv")] {
        for (file, option) in [("settings.toml", "--config"), ("hr.toml", "--map-file")] {
            let out = if command == "plan" { "--out plan.csv" } else { "" };
            let line = format!("cat {file} | umbulk {command} staff.csv {option} /dev/stdin {out}");
            let run = typed(&world, &line);
            assert_eq!(run.status, 0, "{run:?}");
            let rows = std::fs::read_to_string(world.path(rows)).unwrap();
            assert!(rows.contains("skipped.where"), "{line}: {rows}");
        }
    }
    let run = typed(&world, "cat settings.toml | umbulk import staff.csv --config /dev/stdin");
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.outcomes("staff.results.csv"), ["ok", "ok", "skipped skipped.where"]);
    assert_eq!(world.groups_of("cy@example.com"), None);
}

#[test]
fn mapping_file_without_an_entry_is_refused() {
    let (world, run) = validate("# later\n", STAFF, &[]);
    let words = "hr.toml, line 1: there is no entry: write FIELD = \"COLUMN\"";
    assert!(run.status == 2 && run.stderr.contains(words), "{run:?}");
    assert!(!world.path("staff.check.csv").exists());
}

#[test]
fn values_without_a_translation_are_invalid_and_named() {
    let table = STAFF.replace("Deutschland", "Bayern").replace("5b, 5a", "5b, 6c");
    let (world, run) = validate(MAPPING, &table, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(
        world.outcomes("staff.check.csv"),
        [
            "invalid invalid.country.not_translated",
            "invalid invalid.groups.not_translated",
            "skipped skipped.where"
        ]
    );
    let messages = messages(&world, "staff.check.csv");
    assert!(messages[0].contains("country `Bayern` has no translation: add \"Bayern\" = \"…\""));
    assert!(messages[1].contains("groups `6c` has no translation"), "{messages:?}");
    // What the message says works, and so does keeping other values.
    let added = MAPPING
        .replace("{ \"Deutschland\"", "{ \"Bayern\" = \"DE\", \"Deutschland\"")
        .replace("default = \"Guests\"", "others = \"keep\"");
    let (_, run) = validate(&added, &table, &[]);
    assert_eq!(run.status, 0, "{run:?}");
}

#[test]
fn cells_that_hold_no_value_are_not_translated() {
    let table = STAFF.replace("Deutschland", "#N/A").replace("Ann;", "=A1;");
    let (world, _) = validate(MAPPING, &table, &[]);
    let messages = messages(&world, "staff.check.csv");
    assert!(messages[0].contains("country `#N/A` is a spreadsheet error"), "{messages:?}");
    assert!(!messages[0].contains("translation"), "{messages:?}");
}

/// Words of another program for what rows do; one word has no translation.
#[test]
fn actions_are_translated_in_json_lines_as_well() {
    let world = World::with_groups(&["Design"]);
    for name in ["a", "b"] {
        let row = format!("email,firstname,lastname,country\n{name}@example.com,A,B,DE\n");
        assert_eq!(world.import(&format!("{name}.csv"), row, &[]).status, 0);
    }
    world.write(
        "jobs.toml",
        "email = \"Who\"\ngroups = \"Teams\"\n[action]\ncolumn = \"Do\"\n\
         values = { \"join\" = \"add\", \"bye\" = \"delete\" }\n",
    );
    let jobs = "{\"Who\":\"a@example.com\",\"Do\":\"Join\",\"Teams\":[\"Design\"]}\n\
                {\"Who\":\"b@example.com\",\"Do\":\"bye\"}\n\
                {\"Who\":\"a@example.com\",\"Do\":\"stay\"}\n";
    let run = world.import("jobs.jsonl", jobs, &["--map-file", "jobs.toml"]);
    assert_eq!(
        world.outcomes("jobs.results.csv"),
        ["ok", "ok", "invalid invalid.action.not_translated"],
        "{run:?}"
    );
    assert_eq!(world.groups_of("a@example.com").unwrap(), ["Design"]);
    assert_eq!(world.groups_of("b@example.com"), None);
}

#[test]
fn set_gives_a_value_to_rows_that_have_none() {
    let world = World::with_groups(&["Students 26", "Design"]);
    let table = "email,firstname,lastname,country,groups\na@example.com,A,B,,Design\n\
                 b@example.com,B,C,DE,\nc@example.com,C,D,US,[]\n";
    let set = ["--set", "groups=Students 26", "--set", "country=CH"];
    assert_eq!(world.import("a.csv", table, &set).status, 0);
    assert_eq!(world.groups_of("a@example.com").unwrap(), ["Design"]);
    assert_eq!(world.groups_of("b@example.com").unwrap(), ["Students 26"]);
    assert_eq!(world.groups_of("c@example.com").unwrap(), [""; 0]);
    assert_eq!(world.sandbox.directory().user("a@example.com").unwrap().country, "CH");
    // Rows with no content at all stay empty, and a missing column is no obstacle.
    let run = world.import("b.csv", "email,firstname,lastname\nd@example.com,D,E\n,,\n", &set);
    assert_eq!(world.outcomes("b.results.csv")[0], "ok", "{run:?}");
    assert_eq!(world.groups_of("d@example.com").unwrap(), ["Students 26"]);
    assert_ne!(world.outcomes("b.results.csv").get(1).map(String::as_str), Some("ok"));
    for (option, words) in [
        ("email=a@example.com", "rows cannot share it"),
        ("groups", "write FIELD=VALUE"),
        ("groups=", "write a value after groups="),
        ("action=erase", "an action is one of"),
    ] {
        let run = world.umbulk(&["validate", "a.csv", "--set", option]);
        assert!(run.status == 2 && run.stderr.contains(words), "{run:?}");
    }
    world.write("umbulk.toml", "[set]\ngroups = \"Students 26\"\ncountry = \"CH\"\n");
    let run = world.import("c.csv", "email,firstname,lastname\ne@example.com,E,F\n", &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("e@example.com").unwrap(), ["Students 26"]);
    let twice = ["validate", "a.csv", "--set", "country=DE", "--set", "country=US"];
    assert!(world.umbulk(&twice).stderr.contains("--set names country twice"));
}

#[test]
fn joined_values_are_whole_or_their_rows_are_invalid() {
    let mapping = "email = \"{Vorname}.{Nachname}@example.com\"\nfirstname = \"Vorname\"\n\
                   lastname = \"Nachname\"\ncountry = { set = \"DE\" }\n";
    let table = "Vorname;Nachname\nAnn;Lee\nBo;\nZoë;van Berg\n#N/A;Ek\nNULL;Ek\n Cy ;Ito\n";
    let world = world(mapping);
    world.write("staff.csv", table);
    let run = import(&world, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("staff.results.csv");
    assert_eq!(outcomes[..2], ["ok", "invalid invalid.email.incomplete"], "{run:?}");
    assert!(outcomes[2].starts_with("invalid invalid.email."), "{outcomes:?}");
    assert_eq!(
        outcomes[3..],
        ["invalid invalid.email.excel_error", "invalid invalid.email.placeholder", "ok"]
    );
    let messages = messages(&world, "staff.results.csv");
    assert!(
        messages[1].contains("email cannot be joined: the column `Nachname` is empty in this row"),
        "{messages:?}"
    );
    let directory = world.sandbox.directory();
    assert!(directory.user("Ann.Lee@example.com").is_some());
    assert!(directory.user("Cy.Ito@example.com").is_some());
    assert_eq!(directory.users().count(), 2);
}

#[test]
fn names_in_a_mapping_that_do_not_exist_are_refused_with_near_ones() {
    for (mapping, words) in [
        ("emial = \"Mail\"\n", "hr.toml, line 1: `emial` is not a field. Did you mean email?"),
        (
            "\nemail = \"Mial\"\n",
            "hr.toml, line 2: email names the column \"Mial\", but staff.csv (line 1) has no such \
             column. Did you mean \"Mail\"?",
        ),
        ("email = \"{Vorname}.{Nachnane}@x.com\"\n", "email names the column \"Nachnane\""),
        (
            "email = \"Mail\"\nwhere = \"State = 'x'\"\n",
            "hr.toml, line 2: where names the column \"State\"",
        ),
        (
            "email = \"Mail\"\nwhere = \"Status = x\"\n",
            "hr.toml, line 2: where = \"Status = x\": write the value in quotes",
        ),
        (
            "email = \"Mail\"\ntype = { values = { \"x\" = \"adobeID\" } }\n",
            "hr.toml, line 2: type has values to translate, but staff.csv (line 1) has no column \
             for it",
        ),
        ("email = \"Mail\n", "hr.toml, line 1: "),
        ("email = { colum = \"Mail\" }\n", "Did you mean column?"),
    ] {
        let (world, run) = validate(mapping, STAFF, &[]);
        assert!(run.status == 2 && run.stderr.contains(words), "{mapping}: {run:?}");
        assert!(!world.path("staff.check.csv").exists());
    }
    let world = world(MAPPING);
    let run = world.umbulk(&["validate", "staff.csv", "--map-file", "none.toml"]);
    assert!(run.status == 2 && run.stderr.contains("none.toml"), "{run:?}");
    let run = world.umbulk(&["validate", "staff.csv", "--map", "email=Mial"]);
    assert!(run.stderr.contains("Did you mean \"Mail\"?"), "{run:?}");
}

#[test]
fn unfinished_run_is_not_resumed_with_another_mapping() {
    let world = World::new(Directory::default(), SandboxOptions::default());
    let mapping = "email = \"{a}@example.com\"\ncountry = { set = \"DE\" }\n";
    world.write("hr.toml", mapping);
    world.write("staff.csv", "a,firstname,lastname\nann,A,B\nbo,B,C\n");
    assert_eq!(import(&world, &["--rows", "1"]).status, 0);
    world.write("hr.toml", mapping.replace("DE", "AT"));
    let refused = import(&world, &[]);
    assert!(
        refused.status == 2 && refused.stderr.contains("the mapping of values has changed"),
        "{refused:?}"
    );
    // The journal knows the mapping: the results need no file.
    std::fs::remove_file(world.path("hr.toml")).unwrap();
    std::fs::remove_file(world.path("staff.results.csv")).unwrap();
    let results = world.umbulk(&["results", "staff.csv"]);
    assert!(results.status != 2, "{results:?}");
    assert_eq!(world.rows("staff.results.csv").len(), 2);
    world.write("hr.toml", mapping);
    assert_eq!(import(&world, &[]).status, 0);
    assert!(world.sandbox.directory().user("ann@example.com").is_some());
}

#[test]
fn saved_mapping_is_read_again_to_the_same_result() {
    let world = world(MAPPING);
    let run = world.umbulk(&[
        "validate",
        "staff.csv",
        "--map-file",
        "hr.toml",
        "--map",
        "firstname=Nachname",
        "--set",
        "type=federatedID",
        "--save-map",
        "all.toml",
    ]);
    assert_eq!(run.status, 0, "{run:?}");
    let saved = std::fs::read_to_string(world.path("all.toml")).unwrap();
    insta::assert_snapshot!(saved);
    let checked = std::fs::read(world.path("staff.check.csv")).unwrap();
    let run = world.umbulk(&["validate", "staff.csv", "--map-file", "all.toml"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(std::fs::read(world.path("staff.check.csv")).unwrap(), checked);
    let again = world.umbulk(&[
        "validate",
        "staff.csv",
        "--map-file",
        "all.toml",
        "--save-map",
        "all.toml",
    ]);
    assert!(again.status == 2 && again.stderr.contains("is not overwritten"), "{again:?}");
    assert_eq!(std::fs::read_to_string(world.path("all.toml")).unwrap(), saved);
    // A table that is read without a mapping: what its columns are stands in comments.
    world.write("own.csv", "email,firstname,lastname,country\na@example.com,A,B,DE\n");
    assert_eq!(world.umbulk(&["plan", "own.csv", "--save-map", "own.toml"]).status, 0);
    let own = std::fs::read_to_string(world.path("own.toml")).unwrap();
    assert!(own.contains("[map]\n") && own.contains("# firstname = \"firstname\"\n"), "{own}");
    assert_eq!(world.umbulk(&["validate", "own.csv", "--map-file", "own.toml"]).status, 0);
}

#[test]
fn proposed_mapping_is_written_as_the_error_says() {
    let world = World::with_groups(&[]);
    let table = "Vorname;Nachname;E-Mail-Adresse;Land\nAnn;Lee;ann@example.com;DE\n";
    let refused = world.import("my staff.csv", table, &[]);
    assert_eq!(refused.status, 2, "{refused:?}");
    let save = "type: umbulk import 'my staff.csv' --save-map 'my staff.map.toml'\n";
    assert!(refused.stderr.contains(save), "{refused:?}");
    let options = refused.stderr.split_once("use --map ").unwrap().1.split(';').next().unwrap();
    let typed = |command: &str| typed(&world, command);
    // Without the options, the proposal is written and nothing is done.
    let written = typed("umbulk import 'my staff.csv' --save-map \"my staff.map.toml\"");
    assert_eq!(written.status, 2, "{written:?}");
    // What is done is not advised.
    assert!(!written.stderr.contains("To write this mapping"), "{written:?}");
    assert!(written.stderr.contains("use --map \"firstname=Vorname\""), "{written:?}");
    let (_, then) = written.stderr.split_once("Check it, then use ").unwrap();
    let (then, _) = then.split_once(" instead of --save-map").unwrap();
    let checked = typed(&format!("umbulk validate 'my staff.csv' {then}"));
    assert_eq!(checked.status, 0, "{checked:?}");
    // With them, the file is read, and the mapping is written.
    std::fs::remove_file(world.path("my staff.map.toml")).unwrap();
    let run = typed(&format!(
        "umbulk import 'my staff.csv' --map {options} --save-map \"my staff.map.toml\""
    ));
    assert_eq!(run.status, 0, "{run:?}");
    let run = typed("umbulk validate 'my staff.csv' --map-file 'my staff.map.toml'");
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.sandbox.directory().user("ann@example.com").is_some());
}

/// A German list: the address is known, and the other columns are proposed. Two commands that the
/// screen shows, pasted one after the other, import everything.
#[test]
fn commands_of_a_proposed_mapping_work_as_they_are_shown() {
    let world = World::with_groups(&["Design"]);
    let table = "E-Mail;Vorname;Nachname;Land;Gruppen\nann@example.com;Ann;Lee;DE;Design\n";
    let refused = world.import("Liste Mai.csv", table, &[]);
    assert_eq!(refused.status, 2, "{refused:?}");
    let shown = |stderr: &str, before: &str| {
        let (_, command) = stderr.split_once(before).unwrap();
        command.lines().next().unwrap().to_owned()
    };
    let saved = typed(&world, &shown(&refused.stderr, "To write this mapping to a file, type: "));
    assert_eq!(saved.status, 2, "{saved:?}");
    let imported = typed(&world, &shown(&saved.stderr, "instead of --save-map: "));
    assert_eq!(imported.status, 0, "{imported:?}");
    assert_eq!(world.groups_of("ann@example.com"), Some(vec!["Design".to_owned()]));
}

/// A row that is skipped names somebody all the same.
#[test]
fn people_in_skipped_rows_are_not_missing() {
    let mut directory = Directory::default();
    for name in ["a", "b", "zoe"] {
        directory.add_user(&user(&format!("{name}@example.com"), &[]));
    }
    let world = World::new(directory, SandboxOptions::default());
    let table = "email,firstname,lastname,country,Room\na@example.com,A,B,DE,\n\
                 b@example.com,B,C,DE,x\n";
    world.write("a.csv", table);
    world.write("w.toml", "where = \"Room is empty\"\n");
    let missing = ["--missing", "leave", "--managed-domain", "example.com", "--online", "--yes"];
    let run = world.umbulk(&[&["import", "a.csv", "--map-file", "w.toml"], &missing[..]].concat());
    let directory = world.sandbox.directory();
    let is_there = |name: &str| directory.user(&format!("{name}@example.com")).is_some();
    assert_eq!([is_there("a"), is_there("b"), is_there("zoe")], [true, true, false], "{run:?}");
}

#[test]
fn mapping_file_of_the_docs_works() {
    let page = include_str!("../../docs/mapping.md");
    let (_, mapping) = page.split_once("```toml\n").unwrap();
    let (mapping, _) = mapping.split_once("```").unwrap();
    let list = include_bytes!("../../samples/hr-list-utf16.csv");
    for (file, command) in [
        ("hr.toml", &["import", "list.csv", "--sandbox", "--map-file", "hr.toml"][..]),
        ("umbulk.toml", &["import", "list.csv", "--sandbox"]),
    ] {
        let world = World::with_groups(&[]);
        world.write(file, mapping);
        world.write("list.csv", list);
        let run = world.umbulk(command);
        let outcomes = world.outcomes("list.results.csv");
        assert!(outcomes.contains(&"ok".to_owned()), "{run:?}");
        assert!(outcomes.contains(&"skipped skipped.where".to_owned()), "{run:?}");
        assert!(!outcomes.iter().any(|outcome| outcome.contains("translated")), "{outcomes:?}");
    }
}

/// A row is skipped only if its cells are sure to be those of its columns, and sent only if the
/// condition is sure to hold.
#[test]
fn row_with_an_undecidable_condition_is_invalid() {
    let table = "email,firstname,lastname,country,Status\n\
                 a@example.com,A,B,DE,da\n\
                 b@example.com,B,C,DE,=A1\n\
                 c@example.com,C,D,DE,#N/A\n\
                 d@example.com,D,E,DE,weg,x\n\
                 e@example.com,E,\"F,DE,weg\nf@example.com,F,G,DE,da\"\n\
                 g@example.com,G,H,DE,Weg\n\
                 h@example.com,H,I,DE,we\u{ad}g\n";
    let (world, run) = validate("where = \"Status != 'weg'\"\n", table, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(
        world.outcomes("staff.check.csv"),
        [
            "ok",
            "invalid invalid.row.where",
            "invalid invalid.row.where",
            "invalid invalid.row.extra_cells",
            "invalid invalid.row.quote",
            "skipped skipped.where",
            "invalid invalid.row.where"
        ]
    );
    let messages = messages(&world, "staff.check.csv");
    assert!(messages[1].contains("cell 5 holds a formula or an error"), "{messages:?}");
}

#[test]
fn header_below_titles_is_found_by_joined_columns() {
    let table = "Personal;;\nStand: heute;;\nRufname;Zuname;Ort\nAnn;Lee;Bern\nBo;Ek;Rom\n";
    let mapping = "email = \"{Rufname}.{Zuname}@example.com\"\nfirstname = \"Rufname\"\n\
                   lastname = \"Zuname\"\ncountry = { set = \"CH\" }\nwhere = \"Ort = 'Bern'\"\n";
    let (world, run) = validate(mapping, table, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.outcomes("staff.check.csv"), ["ok", "skipped skipped.where"]);
    assert_eq!(world.rows("staff.check.csv")[0]["umbulk_line"], "4");
}

/// A quote that nobody closes hides the rows below it, also where addresses are joined.
#[test]
fn rows_that_a_quote_swallows_are_told_where_names_are_joined() {
    let table = "Vorname,Nachname,Notiz\nAnn,Lee,\"offen\nBo,Ek,x\nCy,Do,\"\nDi,Au,x\n";
    let mapping = "email = \"{Vorname}.{Nachname}@example.com\"\nfirstname = \"Vorname\"\n\
                   lastname = \"Nachname\"\ncountry = { set = \"DE\" }\n";
    let (world, run) = validate(mapping, table, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("staff.check.csv"), ["invalid invalid.row.quote", "ok"]);
}

#[test]
fn saved_mapping_has_the_columns_to_ignore() {
    let world = World::with_groups(&[]);
    let table =
        "email,firstname,lastname,country,Land,Groups old\nann@example.com,Ann,Lee,US,DE,A\n";
    world.write("staff.csv", table);
    let ignore = ["--ignore", "Land", "--ignore", "Groups old"];
    let saved =
        world.umbulk(&[&["plan", "staff.csv", "--save-map", "a.toml"], &ignore[..]].concat());
    assert_eq!(saved.status, 0, "{saved:?}");
    let text = std::fs::read_to_string(world.path("a.toml")).unwrap();
    assert!(text.contains("ignore = [\"Land\", \"Groups old\"]\n"), "{text}");
    let run = world.umbulk(&["plan", "staff.csv", "--map-file", "a.toml"]);
    assert_eq!(run.status, 0, "{run:?}");
    for (wrong, why) in [
        ("ignore = \"Land\"", "line 1: ignore must be a list"),
        ("ignore = [1]", "line 1: ignore must be a list"),
        ("ignore = [\"Lend\"]", "there is no such column. Omit it"),
    ] {
        world.write("b.toml", wrong);
        let run = world.umbulk(&["plan", "staff.csv", "--map-file", "b.toml"]);
        assert!(run.status == 2 && run.stderr.contains(why), "{run:?}");
    }
}
