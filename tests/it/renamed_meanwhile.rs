//! Another import from this computer renames somebody while this one is sending: the guards of its
//! start do not know who has the new name.

use crate::world::{World, run, user};
use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser};

const HEAD: &str = "action,email,username,domain,new_email,new_username,groups,group,new_name\n";
const BY_EMAIL: &str = "update,boss@x.com,,,chief@x.com,,,,\n";
const BY_USERNAME: &str = "update,boss@x.com,,,,zed,,,\n";
const OF_GROUP: &str = "update-group,,,,,,,Design,Art\n";
/// The other import renames while the first request is under way and the second one is recorded.
/// The third is composed after that.
const ROWS_BEFORE: usize = 20;
/// Long enough for the other import to end.
const BUSY: Duration = Duration::from_millis(1500);

/// `boss@x.com`, whose username is `u7`, is in this group.
fn world(group: &str) -> World {
    World::new(directory(group), SandboxOptions::default())
}

fn directory(group: &str) -> Directory {
    let mut directory = Directory::default();
    for group in ["Design", "Video"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&SandboxUser {
        username: "u7".into(),
        domain: "x.com".into(),
        ..user("boss@x.com", &[group])
    });
    (0..ROWS_BEFORE).for_each(|number| {
        directory.add_user(&user(&format!("u{number}@y.com"), &[]));
    });
    directory
}

/// Imports a row behind others while another import renames. Returns the outcome of the row.
fn overtaken(world: &World, rename: &str, row: &str, window: &str, more: &[&str]) -> String {
    let before = (0..ROWS_BEFORE).fold(String::new(), |mut rows, number| {
        _ = writeln!(rows, "add,u{number}@y.com,,,,,Video,,");
        rows
    });
    world.write("a.csv", format!("{HEAD}{before}{row}"));
    world.write("b.csv", format!("{HEAD}{rename}"));
    let args = ["import", "a.csv", "--yes", "--concurrency", "1", "--check-groups", "never"];
    let from_users = ["--group-side", "never"];
    let mut command = world.command(&[&args[..], &from_users, more].concat());
    command.env("UMBULK_EFFECT_WINDOW", window);
    world.sandbox.faults().next_actions([Some(InjectedFault::Delay(BUSY))]);
    let child = command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    wait_until_it_sends(world);
    let other = run(world.command(&["import", "b.csv"]).env("UMBULK_EFFECT_WINDOW", window));
    assert_eq!(other.status, 0, "{other:?}");
    assert_eq!(world.action_requests(), 1, "the other import came too late");
    let ended = child.wait_with_output().unwrap();
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(outcomes[..ROWS_BEFORE], vec!["ok".to_owned(); ROWS_BEFORE], "{ended:?}");
    outcomes[ROWS_BEFORE].clone()
}

fn wait_until_it_sends(world: &World) {
    crate::screens::wait_for(|| {
        let status = world.umbulk(&["status", "a.csv"]).stdout;
        ["1 sent", "2 sent"].iter().any(|sent| status.contains(&format!("requests      {sent}")))
    });
}

#[test]
fn protected_person_renamed_while_a_run_is_sending_is_kept() {
    for (rename, row, refused) in [
        (BY_EMAIL, "delete,chief@x.com,,,,,,,\n", "invalid.email.renamed_since"),
        (BY_EMAIL, "remove,chief@x.com,,,,,Design,,\n", "invalid.email.renamed_since"),
        (BY_USERNAME, "remove-all,,zed,x.com,,,,,\n", "invalid.username.renamed_since"),
        (OF_GROUP, "delete-group,,,,,,,Art,\n", "invalid.group.renamed_since"),
    ] {
        for window in ["0", "300ms"] {
            let world = world("Design");
            world.write("protect.txt", "boss@x.com\nDesign\n");
            let more = ["--protect", "protect.txt", "--allow-admins"];
            let outcome = overtaken(&world, rename, row, window, &more);
            assert_eq!(outcome, format!("invalid {refused}"), "{row} {window}");
            let kept = ["boss@x.com", "chief@x.com"].iter().find_map(|name| world.groups_of(name));
            assert_eq!(kept.map(|groups| groups.len()), Some(1), "{row} {window}");
        }
    }
}

#[test]
fn administrator_renamed_while_a_run_is_sending_keeps_the_role() {
    for row in ["delete,chief@x.com,,,,,,,\n", "remove,chief@x.com,,,,,_admin_Design,,\n"] {
        let world = world("_admin_Design");
        let outcome = overtaken(&world, BY_EMAIL, row, "0", &[]);
        assert_eq!(outcome, "invalid invalid.email.renamed_since", "{row}");
        assert_eq!(world.groups_of("chief@x.com").unwrap(), ["_admin_Design"], "{row}");
    }
}

/// A membership is no role.
#[test]
fn renamed_person_whom_no_guard_protects_is_changed() {
    for (row, more) in [
        ("delete,chief@x.com,,,,,,,\n", &["--allow-admins"][..]),
        ("remove,chief@x.com,,,,,Design,,\n", &[]),
    ] {
        let world = world("Design");
        assert_eq!(overtaken(&world, BY_EMAIL, row, "0", more), "ok", "{row}");
        let left = world.groups_of("chief@x.com").unwrap_or_default();
        assert!(left.is_empty(), "{row} {left:?}");
    }
}

/// It asks who has the name.
#[test]
fn row_refused_for_a_new_name_is_checked_by_the_next_import() {
    let world = world("Design");
    let row = "remove-all,chief@x.com,,,,,,,\n";
    let outcome = overtaken(&world, BY_EMAIL, row, "0", &[]);
    assert_eq!(outcome, "invalid invalid.email.renamed_since");
    let again = world.umbulk(&["import", "a.failed.csv", "--yes"]);
    assert_eq!(world.outcomes("a.failed.results.csv"), ["ok"], "{again:?}");
    assert!(world.groups_of("chief@x.com").unwrap().is_empty());
}

/// The guards know what an earlier file of the same command renames.
#[test]
fn names_given_by_an_earlier_file_of_the_command_are_removed() {
    let world = world("Design");
    world.write("a.csv", format!("{HEAD}{BY_EMAIL}"));
    world.write("b.csv", format!("{HEAD}delete,chief@x.com,,,,,,,\n"));
    let imported = world.umbulk(&["import", "a.csv", "b.csv", "--yes"]);
    assert_eq!(world.outcomes("b.results.csv"), ["ok"], "{imported:?}");
}

/// The rows go as commands of their group: what is left after the first request has waited in its
/// queue since before the rename.
#[test]
fn protected_person_renamed_while_a_group_is_emptied_is_kept() {
    let mut directory = directory("Video");
    let others: Vec<String> = (0..300).map(|number| format!("v{number}@y.com")).collect();
    others.iter().for_each(|name| directory.add_user(&user(name, &["Video"])));
    let world = World::new(directory, SandboxOptions::default());
    let mut rows = others.iter().fold(HEAD.to_owned(), |mut rows, name| {
        _ = writeln!(rows, "remove,{name},,,,,Video,,");
        rows
    });
    rows += "remove,chief@x.com,,,,,Video,,\n";
    world.write("a.csv", rows);
    world.write("b.csv", format!("{HEAD}{BY_EMAIL}"));
    world.write("protect.txt", "boss@x.com\n");
    let args = ["import", "a.csv", "--yes", "--concurrency", "1", "--check-groups", "never"];
    let more = ["--protect", "protect.txt", "--group-side", "always"];
    world.sandbox.faults().next_actions([Some(InjectedFault::Delay(BUSY))]);
    let mut command = world.command(&[&args[..], &more[..]].concat());
    let child = command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    wait_until_it_sends(&world);
    let other = run(&mut world.command(&["import", "b.csv"]));
    assert_eq!(other.status, 0, "{other:?}");
    let ended = child.wait_with_output().unwrap();
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(outcomes[300], "invalid invalid.email.renamed_since", "{ended:?}");
    assert!(outcomes[..300].iter().all(|outcome| outcome == "ok"), "{outcomes:?}");
    assert_eq!(world.groups_of("chief@x.com").unwrap(), ["Video"]);
}
