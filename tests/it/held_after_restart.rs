//! A row behind a rename that failed stays held when the run continues, also where it would share a
//! command with a row that was sent.

use crate::world::{World, run, user};
use std::process::Stdio;
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const HEAD: &str =
    "action,email,firstname,lastname,country,add_groups,remove_groups,group,new_name\n";
const BEHIND: &str = "failed error.rename_failed";

/// `zoe` is in all groups.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["G", "H", "K"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&user("zoe@example.com", &["G", "H", "K"]));
    World::new(directory, SandboxOptions::default())
}

/// Kills an import of these files while its second request is under way, which is carried out a
/// moment later, and runs the same command again.
fn killed_and_run_again(world: &World, files: &[(&str, &str)], requests_before: usize) {
    let late = InjectedFault::Late { status: 504, after: Duration::from_millis(50) };
    let faults = std::iter::repeat_n(None, requests_before).chain([Some(late)]);
    world.sandbox.faults().next_actions(faults);
    let mut args = vec!["import", "--concurrency", "1", "--check-groups", "never"];
    for (name, rows) in files {
        world.write(name, format!("{HEAD}{rows}"));
        args.push(name);
    }
    let mut command = world.command(&args);
    command.env("UMBULK_EFFECT_WINDOW", "300ms");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while world.action_requests() < requests_before + 1 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let again = run(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    assert_eq!(again.status, 1, "{again:?}");
}

const RENAME: &str = "update-group,,,,,,,K,H\n";
const NAMED: &str = "update,zoe@example.com,Q,,,,,,\n";
const LEAVES: &str = "update,zoe@example.com,,W,,,H,,\n";

#[test]
fn held_row_of_a_merged_command_stays_held_after_a_restart() {
    let world = world();
    killed_and_run_again(&world, &[("a.csv", &format!("{RENAME}{NAMED}{LEAVES}"))], 1);
    let outcomes = world.outcomes("a.results.csv");
    assert!(outcomes[0].starts_with("failed"), "{outcomes:?}");
    assert_eq!(outcomes[1..], ["ok", BEHIND]);
    assert_eq!(world.groups_of("zoe@example.com").unwrap(), ["G", "H", "K"]);
    let zoe = world.sandbox.directory().user("zoe@example.com").unwrap().clone();
    assert_eq!((zoe.firstname.as_str(), zoe.lastname.as_str()), ("Q", "Last"));
}

#[test]
fn held_row_stays_held_after_a_restart_behind_a_mistyped_rename() {
    let world = world();
    let rename = "update-group,,,,,,,KK,H\n";
    killed_and_run_again(&world, &[("a.csv", &format!("{rename}{NAMED}{LEAVES}"))], 1);
    assert_eq!(world.outcomes("a.results.csv")[1..], ["ok", BEHIND]);
    assert_eq!(world.groups_of("zoe@example.com").unwrap(), ["G", "H", "K"]);
}

#[test]
fn held_row_of_the_second_file_stays_held_after_a_restart() {
    let world = world();
    let files = [("a.csv", RENAME), ("b.csv", &*format!("{NAMED}{LEAVES}"))];
    killed_and_run_again(&world, &files, 1);
    assert_eq!(world.outcomes("b.results.csv"), ["ok", BEHIND]);
    assert_eq!(world.groups_of("zoe@example.com").unwrap(), ["G", "H", "K"]);
}

/// The row that creates the user was sent, and the one that adds her to the other group was not.
#[test]
fn held_row_behind_a_creation_stays_held_after_a_restart() {
    let world = world();
    let rows = "create,new@example.com,Ann,Lee,US,G,,,\n\
                update,new@example.com,,W,,H,,,\n";
    killed_and_run_again(&world, &[("a.csv", &format!("{RENAME}{rows}"))], 1);
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(outcomes[2], BEHIND, "{outcomes:?}");
    assert_eq!(world.groups_of("new@example.com").unwrap(), ["G"]);
}
