//! Whom a rename is about, where earlier rows of the command have given, taken or made the name: a
//! list from before tells nobody's id then.

use crate::world::{Run, World, run, user};
use std::process::Stdio;
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country,if_exists,new_email\n";
const TO_T: &str = "update,kim@example.com,,,,,t@example.com\n";
const TAKES_OVER: &str = "update,lou@example.com,,,,,kim@example.com\n";
const TO_Z: &str = "update,kim@example.com,,,,,z@example.com\n";

/// Ways to compare with a list.
const LISTS: [&[&str]; 2] = [&["--against", "list.csv"], &["--online"]];

fn world() -> World {
    let mut directory = Directory::default();
    for name in ["kim", "lou", "zoe"] {
        directory.add_user(&user(&format!("{name}@example.com"), &[]));
    }
    let world = World::new(directory, SandboxOptions::default());
    let export = world.umbulk(&["export", "users", "--out", "list.csv"]);
    assert_eq!(export.status, 0, "{export:?}");
    world
}

fn import(world: &World, files: &[(&str, &str)], more: &[&str]) -> Run {
    let mut args = vec!["import"];
    for (name, rows) in files {
        world.write(name, format!("{HEAD}{rows}"));
        args.push(name);
    }
    args.extend(["--concurrency", "1"]);
    args.extend(more);
    run(world.command(&args).env("UMBULK_EFFECT_WINDOW", "200ms"))
}

fn not_done() -> Option<InjectedFault> {
    Some(InjectedFault::Answer { status: 504, headers: Vec::new(), body: String::new() })
}

fn done() -> Option<InjectedFault> {
    Some(InjectedFault::DoneBut(504))
}

/// The list gives the id of the first user for the name, who has the new name already.
#[test]
fn rename_not_done_of_a_name_taken_over_is_not_ok() {
    for list in LISTS {
        let world = world();
        world.sandbox.faults().next_actions([None, None, not_done()]);
        let run = import(&world, &[("a.csv", &format!("{TO_T}{TAKES_OVER}{TO_T}"))], list);
        let outcomes = world.outcomes("a.results.csv");
        assert_eq!(outcomes[..2], ["ok", "ok"], "{list:?}: {run:?}");
        assert!(outcomes[2].starts_with("failed error.user"), "{list:?}: {outcomes:?}");
    }
}

#[test]
fn rename_done_of_a_name_taken_over_is_ok() {
    for list in LISTS {
        let world = world();
        world.sandbox.faults().next_actions([None, None, done()]);
        let run = import(&world, &[("a.csv", &format!("{TO_T}{TAKES_OVER}{TO_Z}"))], list);
        assert_eq!(world.outcomes("a.results.csv"), ["ok"; 3], "{list:?}: {run:?}");
        let directory = world.sandbox.directory();
        assert!(
            ["t", "z"]
                .map(|name| format!("{name}@example.com"))
                .iter()
                .all(|name| directory.user(name).is_some())
        );
    }
}

/// The run is killed while the last rename is under way, which is carried out a moment later.
#[test]
fn rename_done_after_a_kill_of_a_name_made_or_taken_over_is_ok() {
    let deletes = "delete,kim@example.com,,,,,\n";
    let takes_over = "update,zoe@example.com,,,,,kim@example.com\n";
    let makes = "create,kim@example.com,Kim,New,US,,\n";
    let cases = [
        format!("{deletes}{takes_over}{TO_Z}"),
        format!("{deletes}{makes}{TO_Z}"),
        format!("{TO_T}{TAKES_OVER}{TO_Z}"),
    ];
    for (rows, list) in cases.iter().flat_map(|rows| LISTS.map(|list| (rows, list))) {
        let world = world();
        let late = InjectedFault::Late { status: 504, after: Duration::from_millis(100) };
        world.sandbox.faults().next_actions([None, None, Some(late)]);
        world.write("a.csv", format!("{HEAD}{rows}"));
        let mut args = vec!["import", "a.csv", "--concurrency", "1"];
        args.extend(list);
        let mut command = world.command(&args);
        command.env("UMBULK_EFFECT_WINDOW", "300ms");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while world.action_requests() < 3 {
            assert!(child.try_wait().unwrap().is_none(), "{rows}{list:?}");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let run = run(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
        assert_eq!(world.outcomes("a.results.csv"), ["ok"; 3], "{rows}{list:?}: {run:?}");
    }
}

#[test]
fn rename_of_a_name_that_an_earlier_file_gave_is_proven_by_the_server() {
    for list in LISTS {
        let world = world();
        world.sandbox.faults().next_actions([None, None, done()]);
        let files = [("a.csv", &*format!("{TO_T}{TAKES_OVER}")), ("b.csv", TO_Z)];
        let run = import(&world, &files, list);
        assert_eq!(world.outcomes("b.results.csv"), ["ok"], "{list:?}: {run:?}");
        let world = self::world();
        world.sandbox.faults().next_actions([None, None, not_done()]);
        let files = [("a.csv", &*format!("{TO_T}{TAKES_OVER}")), ("b.csv", TO_T)];
        import(&world, &files, list);
        let outcomes = world.outcomes("b.results.csv");
        assert!(outcomes[0].starts_with("failed error.user"), "{list:?}: {outcomes:?}");
    }
}

/// By the list, nobody has the name: but a rename of the file before has given it.
#[test]
fn create_of_a_name_that_an_earlier_file_gave_claims_nobody() {
    for list in LISTS {
        let world = world();
        world.sandbox.faults().next_actions([None, not_done()]);
        let create = "create,t@example.com,Tom,New,US,error,\n";
        let run = import(&world, &[("a.csv", TO_T), ("b.csv", create)], list);
        let row = &world.rows("b.results.csv")[0];
        assert_ne!(row["umbulk_status"], "ok", "{list:?}: {run:?}");
        assert!(!row["umbulk_effect"].contains("created"), "{list:?}: {row:?}");
    }
}

#[test]
fn removal_of_a_user_removed_by_an_earlier_file_claims_nobody() {
    let delete = "delete,kim@example.com,,,,,\n";
    for list in LISTS {
        let world = world();
        let run = import(&world, &[("a.csv", delete), ("b.csv", delete)], list);
        assert_eq!(run.status, 0, "{list:?}: {run:?}");
        let message = &world.rows("b.results.csv")[0]["umbulk_message"];
        assert!(!message.contains("the user existed before"), "{list:?}: {message}");
    }
}

/// The server tells ids, and the list only names: they are no different people for that.
#[test]
fn rename_done_is_ok_beside_a_list_without_ids() {
    let world = world();
    let columns = "type,username,domain,email,firstname,lastname,country,groups";
    let export =
        world.umbulk(&["export", "users", "--out", "no_ids.csv", "--cached", "--columns", columns]);
    assert_eq!(export.status, 0, "{export:?}");
    world.sandbox.faults().next_actions([done()]);
    let run = import(&world, &[("a.csv", TO_T)], &["--against", "no_ids.csv"]);
    assert_eq!(world.outcomes("a.results.csv"), ["ok"], "{run:?}");
}
