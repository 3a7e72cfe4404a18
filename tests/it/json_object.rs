//! `import --json` gives exactly one object on standard output, whatever happens.

use crate::world::{Run, World, bare, run};
use serde_json::Value;
use umbulk::sandbox::InjectedFault;

const HEAD: &str = "action,email,firstname,lastname,country\n";

fn people(count: usize) -> String {
    HEAD.to_owned()
        + &(0..count)
            .map(|number| format!("create,u{number}@x.com,Ann,Lee,US\n"))
            .collect::<String>()
}

/// The one object; every key is there that is promised.
fn object(run: &Run) -> Value {
    let object: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    for key in [
        "exit", "error", "code", "run", "began", "ended", "statuses", "effects", "requests",
        "files", "missing",
    ] {
        assert!(object.get(key).is_some(), "{key}: {object}");
    }
    assert_eq!(object["exit"], run.status, "{object}");
    assert_eq!(object["error"].is_string(), run.status >= 2, "{object}");
    assert_eq!(object["code"].is_string(), run.status >= 2, "{object}");
    object
}

#[test]
fn error_before_sending_is_in_the_object() {
    let world = World::with_groups(&[]);
    world.write("a.csv", people(3) + "create,no address,A,B,US\n");
    world.write("leave.csv", HEAD.to_owned() + "delete,u1@x.com,,,\n");
    world.write("empty.csv", "");
    for (args, code) in [
        (&["a.csv", "--no-such-flag"][..], "error.usage"),
        (&[], "error.usage"),
        (&["-"], "error.usage"),
        (&["absent.csv"], "error.input"),
        (&["empty.csv"], "error.input"),
        (&["a.csv", "--strict"], "error.input"),
        (&["a.csv", "--against", "absent.csv", "--skip-unchanged"], "error.list"),
        (&["a.csv", "--org", "1@AdobeOrg"], "error.credentials"),
        (&["leave.csv", "--max-deletes", "0"], "error.guard"),
    ] {
        let run = world.umbulk(&[&["import", "--json"], args].concat());
        let object = object(&run);
        assert_eq!((run.status, &object["code"]), (2, &code.into()), "{args:?} {run:?}");
        let error = object["error"].as_str().unwrap();
        assert!(run.stderr.contains(error.lines().next().unwrap()), "{args:?} {run:?}");
        assert_eq!(object["requests"], 0);
    }
    assert_eq!(world.action_requests(), 0);
}

#[test]
fn error_of_settings_or_credentials_is_in_the_object() {
    let world = World::with_groups(&[]);
    world.write("a.csv", people(1));
    let args = ["import", "a.csv", "--json"];
    let wrong = object(&run(world.command(&args).env("UMBULK_NO_SUCH", "1")));
    assert_eq!(wrong["code"], "error.settings");
    let none = object(&run(&mut bare(world.folder.path(), &args)));
    assert_eq!(none["code"], "error.credentials");
    let refused = object(&run(world.command(&args).env("UMAPI_CLIENT_SECRET", "wrong")));
    assert_eq!(refused["code"], "error.credentials");
    // The setting may come from outside.
    let by_environment = run(world.command(&["import", "absent.csv"]).env("UMBULK_JSON", "1"));
    assert_eq!(object(&by_environment)["code"], "error.input");
}

/// What is known of the file by then is said, too.
#[test]
fn error_after_reading_knows_the_rows() {
    let world = World::with_groups(&[]);
    let file = HEAD.to_owned() + "delete,u1@x.com,,,\ndelete,no address,,,\n";
    let object = object(&world.import("a.csv", file, &["--max-deletes", "0", "--json"]));
    assert_eq!((&object["rows"], &object["file"]), (&2.into(), &"a.csv".into()), "{object}");
    assert_eq!(
        (&object["statuses"]["invalid"], &object["statuses"]["not_sent"]),
        (&1.into(), &1.into()),
        "{object}"
    );
    assert!(object["host"].is_string() && object["run"].is_null(), "{object}");
}

#[test]
fn several_files_are_one_object() {
    let world = World::with_groups(&[]);
    world.write("a.csv", people(3));
    world.write("b.csv", HEAD.to_owned() + "create,v1@x.com,A,B,US\ncreate,no address,A,B,US\n");
    let run = world.umbulk(&["import", "a.csv", "b.csv", "--json"]);
    let object = object(&run);
    assert_eq!((&object["rows"], &object["requests"]), (&5.into(), &2.into()), "{object}");
    assert_eq!(
        (&object["statuses"]["ok"], &object["statuses"]["invalid"]),
        (&4.into(), &1.into()),
        "{object}"
    );
    assert_eq!(object["effects"]["created_or_exists"], 4);
    let files: Vec<(&Value, &Value)> = object["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (&file["file"], &file["exit"]))
        .collect();
    assert_eq!(files, [(&"a.csv".into(), &0.into()), (&"b.csv".into(), &1.into())]);
    // The first file stops: the second one was never begun.
    world.sandbox.faults().next_actions([Some(InjectedFault::Answer {
        status: 403,
        headers: Vec::new(),
        body: "{\"error_code\":\"403004\",\"message\":\"no\"}".to_owned(),
    })]);
    let run = world.umbulk(&["import", "a.csv", "b.csv", "--json", "--fresh"]);
    let object = self::object(&run);
    assert!(run.status >= 2 && object["error"].is_string(), "{object}");
    assert_eq!(object["statuses"]["not_sent"], 4, "{object}");
}

#[test]
fn single_file_has_its_outcome_in_the_object_itself() {
    let world = World::with_groups(&[]);
    let object = object(&world.import("a.csv", people(3), &["--json"]));
    assert_eq!((&object["file"], &object["results"]), (&"a.csv".into(), &"a.results.csv".into()));
    assert_eq!((&object["statuses"]["ok"], &object["files"][0]["rows"]), (&3.into(), &3.into()));
    assert_eq!(object["run"], object["files"][0]["run"]);
    assert!(object["run"].as_str().is_some_and(|run| run.len() == 8), "{object}");
}

#[test]
fn help_is_no_object() {
    let world = World::with_groups(&[]);
    let help = world.umbulk(&["import", "--json", "--help"]);
    assert!(help.status == 0 && !help.stdout.contains("\"exit\""), "{help:?}");
    let plain = world.umbulk(&["import", "absent.csv"]);
    assert_eq!((plain.status, plain.stdout.as_str()), (2, ""));
}

/// A program that waits for a code must find it in the documentation.
#[test]
fn every_code_of_an_error_is_documented() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let codes = |file: &str, quote: char| {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let words = text.split(quote).filter(|word| {
            word.strip_prefix("error.").is_some_and(|rest| {
                rest.chars().all(|c| c.is_ascii_lowercase() || "._".contains(c))
            })
        });
        words.map(ToOwned::to_owned).collect::<std::collections::BTreeSet<_>>()
    };
    let mut known = codes("src/cli/import_report.rs", '"');
    known.append(&mut codes("src/import/store_error.rs", '"'));
    assert!(known.len() > 20, "{known:?}");
    assert_eq!(codes("docs/programs.md", '`'), known);
}

/// A program that reads the object of a plan or an undo gets one also if there is no file.
#[test]
fn plan_and_undo_that_are_refused_print_their_error() {
    let world = World::with_groups(&[]);
    for command in ["plan", "undo"] {
        let refused = world.umbulk(&[command, "nobody.csv", "--json"]);
        let object: Value = serde_json::from_str(&refused.stdout)
            .unwrap_or_else(|error| panic!("{error}: {refused:?}"));
        assert_eq!((refused.status, &object["exit"]), (2, &2.into()), "{refused:?}");
        let error = object["error"].as_str().unwrap();
        assert!(refused.stderr.contains(error), "{refused:?}");
    }
}
