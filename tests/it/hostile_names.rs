//! Files with hostile names: no command shows a control or bidirectional character of them, and
//! none begins a line by them.

use crate::world::{Run, World, run, user};
use std::path::Path;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

/// Moves the cursor, begins a line, and turns the direction of the text.
const EVIL: &str = "a\nFAKE: ok\r\u{1b}[31m\u{202e}\u{85}\u{2028}z";

fn name(ending: &str) -> String {
    format!("{EVIL}{ending}")
}

fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2066}'..='\u{2069}')
}

/// Fails where a screen holds what only a name can have brought there.
fn check(screen: &str, args: &[&str], run: &Run) {
    let hidden: Vec<char> = screen.chars().filter(|c| is_hidden(*c)).collect();
    assert!(hidden.is_empty(), "{args:?}: {hidden:?} in {run:?}");
    assert!(
        !screen.lines().any(|line| line.contains("FAKE: ok") && line.starts_with("FAKE")),
        "{args:?}: {run:?}"
    );
}

fn umbulk(world: &World, args: &[&str]) -> Run {
    let run = world.umbulk(args);
    check(&run.stdout, args, &run);
    check(&run.stderr, args, &run);
    run
}

fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_user(&user("ann@x.com", &["Design"]));
    World::new(directory, SandboxOptions::default())
}

const ROWS: &str = "email,firstname,lastname,country,groups\n\
    bob@x.com,Bob,Ray,US,Design\n\
    cat@x.com,#N/A,Ray,US,Design\n";

#[test]
fn import_and_what_follows_show_no_hidden_character_of_a_file_name() {
    let world = world();
    let (file, plan) = (name(".csv"), name(".plan.csv"));
    world.write(&file, ROWS);
    assert_eq!(umbulk(&world, &["validate", &file]).status, 1);
    assert_eq!(umbulk(&world, &["validate", &file, "--results", &name(".check")]).status, 1);
    assert_eq!(umbulk(&world, &["plan", &file, "--out", &plan]).status, 1);
    assert_eq!(umbulk(&world, &["plan", &file, "--out", &plan]).status, 1);
    assert_eq!(umbulk(&world, &["import", &file, "--test-mode"]).status, 1);
    assert_eq!(umbulk(&world, &["import", &file, "--sandbox"]).status, 1);
    let page = InjectedFault::Answer { status: 403, headers: Vec::new(), body: "<x>".to_owned() };
    world.sandbox.faults().next_actions((0..9).map(|_| Some(page.clone())));
    umbulk(&world, &["import", &file]);
    umbulk(&world, &["status"]);
    umbulk(&world, &["status", &file]);
    world.sandbox.faults().next_actions([]);
    for _ in 0..2 {
        umbulk(&world, &["import", &file, "--fresh", "-vv"]);
    }
    assert_eq!(umbulk(&world, &["import", &file, "--json"]).status, 1);
    assert_eq!(umbulk(&world, &["status", &file, "--json"]).status, 0);
    assert_eq!(umbulk(&world, &["results", &file]).status, 0);
    assert_eq!(umbulk(&world, &["results", &file, "--results", &name(".r")]).status, 0);
    world.write(&file, ROWS.replace("Ray", "Roe"));
    umbulk(&world, &["results", &file]);
    umbulk(&world, &["import", &file, "--strict"]);
    let rename = "action,email,new_email,firstname\n\
        update,ann@x.com,lou@@x.com,\n\
        delete,lou@x.com,,\n";
    world.write(&name("1.csv"), rename);
    world.write(&name("2.csv"), rename);
    umbulk(&world, &["import", &name("1.csv"), &name("2.csv"), "--allow-admins"]);
    umbulk(&world, &["import", &file, &file]);
}

#[test]
fn lists_show_no_hidden_character_of_a_file_name() {
    let world = world();
    let (users, groups, file) = (name(".users.csv"), name(".groups.csv"), name(".csv"));
    world.write(&file, ROWS);
    for _ in 0..2 {
        umbulk(&world, &["export", "users", "--out", &users, "--force"]);
        umbulk(&world, &["export", "groups", "--out", &groups, "--force"]);
    }
    umbulk(&world, &["export", "users", "--out", &users]);
    umbulk(&world, &["usage", "--from", &users, "--groups", &groups]);
    umbulk(&world, &["diff", &users, &users]);
    umbulk(&world, &["diff", &users, &file, "--format", "import", "--out", &name(".d.csv")]);
    umbulk(&world, &["plan", &file, "--against", &users]);
    umbulk(&world, &["import", &file, "--against", &users, "--skip-unchanged"]);
    umbulk(&world, &["import", &file, "--against", &file, "--fresh"]);
    umbulk(&world, &["import", &file, "--groups-file", &groups, "--fresh"]);
    let missing = ["--managed-domain", "x.com", "--missing", "report"];
    umbulk(&world, &[&["import", &file, "--against", &users, "--fresh"][..], &missing].concat());
    umbulk(&world, &["snapshots"]);
}

#[test]
fn errors_show_no_hidden_character_of_a_file_name() {
    let world = world();
    let (none, file, folder) = (name(".none"), name(".csv"), name(".folder"));
    world.write(&file, ROWS);
    std::fs::create_dir(world.path(&folder)).unwrap();
    world.write(&name(".toml"), "wrong = [\n");
    world.write(&name(".env"), "UMBULK_WRONG=1\nx\n");
    world.write(&name(".txt"), "boss (at) x.com\n");
    world.write(&name(".journal"), "no journal");
    for path in [&none, &folder, &name(".toml"), &name(".env"), &name(".txt"), &name(".journal")] {
        for args in [
            &["import", path][..],
            &["validate", path],
            &["plan", path],
            &["status", path],
            &["results", path],
            &["usage", "--from", path],
            &["diff", path, path],
            &["check", "--env-file", path],
            &["check", "--ca-file", path],
            &["--config", path, "check"],
            &["import", &file, "--protect", path],
            &["import", &file, "--against", path],
            &["import", &file, "--groups-file", path],
            &["import", &file, "--results", path],
            &["import", &file, "--failed", path],
            &["import", &file, "--log-file", path],
            &["plan", &file, "--out", path],
            &["plan", &file, "--requests", path],
            &["export", "users", "--out", path],
            &["sandbox", "--from", path],
            &["sandbox", "--log-file", path, "--env-file", &folder],
            &["import", "--wrong", path],
            &["import", path, "--rows", path],
            &["import", path, &format!("--max-age={path}")],
            &["snapshots", path],
            &[path],
        ] {
            let run = umbulk(&world, &[args, &["--fresh"][..0]].concat());
            // `status` shows the journal beside the file, whatever the file's ending is.
            assert!(run.status > 0 || args.len() > 2 || args[0] == "status", "{args:?}: {run:?}");
        }
    }
}

/// A journal may come from anybody.
#[test]
fn damaged_journal_shows_no_hidden_character_of_its_text() {
    let world = world();
    let file = name(".csv");
    world.write(&file, ROWS);
    assert_eq!(umbulk(&world, &["import", &file]).status, 1);
    let journal = std::fs::read_dir(world.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "journal"))
        .unwrap();
    for end in [100, 5000] {
        let bytes = std::fs::read(&journal).unwrap();
        std::fs::write(&journal, &bytes[..end.min(bytes.len())]).unwrap();
        umbulk(&world, &["status", &file]);
        umbulk(&world, &["results", &file]);
        umbulk(&world, &["import", &file]);
        umbulk(&world, &["status", &journal.to_string_lossy()]);
    }
}

/// The settings of a folder are somebody's text, too.
#[test]
fn wrong_settings_show_no_hidden_character() {
    let world = world();
    world.write("a.csv", ROWS);
    for (variable, value) in [
        ("UMBULK_ROWS", EVIL),
        ("UMBULK_RESULTS", EVIL),
        ("UMBULK_WRONG", EVIL),
        ("UMBULK_MAX_AGE", EVIL),
        ("UMBULK_CONFIG", EVIL),
        ("UMAPI_ORG_ID", EVIL),
        ("UMAPI_URL", EVIL),
    ] {
        let args = ["import", "a.csv"];
        let run = run(world.command(&args).env(variable, value));
        check(&run.stdout, &[variable], &run);
        check(&run.stderr, &[variable], &run);
    }
    assert!(Path::new(&world.path("a.csv")).is_file());
}

/// Words of a server in the columns that umbulk adds stay in their line.
#[test]
fn words_of_a_server_in_results_begin_no_line() {
    let world = world();
    let evil = EVIL.to_owned() + "\u{2066}";
    let body = serde_json::json!({
        "result": "error", "completed": 0, "notCompleted": 1, "completedInTestMode": 0,
        "errors": [{ "index": 0, "step": 0, "message": evil, "errorCode": format!("error.{evil}") }]
    });
    let refusal =
        InjectedFault::Answer { status: 200, headers: Vec::new(), body: body.to_string() };
    world.sandbox.faults().next_actions([Some(refusal)]);
    world.write("a.csv", "email,firstname,lastname,country\nbob@x.com,Bob,Ray,US\n");
    assert_eq!(umbulk(&world, &["import", "a.csv"]).status, 1);
    for file in ["a.results.csv", "a.failed.csv"] {
        let text = std::fs::read_to_string(world.path(file)).unwrap();
        assert!(!text.chars().any(is_hidden), "{text:?}");
        assert_eq!(text.lines().count(), 2, "{text:?}");
    }
}
