//! Somebody is to leave a group whom nobody knows, and the server only answers that the members did
//! not change: the row says so, as a removal of a user does.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,group,remove_users,users\n";

fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    directory.add_user(&user("lou@example.com", &["G"]));
    directory.add_user(&user("kim@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    world.sandbox.faults().refuse_commands("G", "error.usergroup.user_list.invalid", 1);
    world
}

fn outcome(row: &str, more: &[&str]) -> (World, String, String) {
    let world = world();
    let run = world.import("a.csv", format!("{HEAD}{row}\n"), more);
    assert_eq!(run.status, 0, "{run:?}");
    let rows = world.rows("a.results.csv");
    let message = rows[0]["umbulk_message"].clone();
    let outcome = world.outcomes("a.results.csv")[0].clone();
    (world, outcome, format!("{message}\n{}", run.stdout))
}

#[test]
fn removal_of_nobody_from_a_group_is_unchanged() {
    let (_, outcome, said) = outcome("update-group,G,looo@example.com,", &[]);
    assert_eq!(outcome, "unchanged unchanged.not_there", "{said}");
    assert!(said.contains("the server has no user `looo@example.com`"), "{said}");
}

#[test]
fn name_near_to_that_of_nobody_is_proposed() {
    let (world, outcome, said) =
        outcome("update-group,G,louu@example.com,", &["--online", "--check-groups", "never"]);
    assert_eq!(outcome, "unchanged unchanged.not_there", "{said}");
    assert!(said.contains("perhaps `lou@example.com` is meant"), "{said}");
    assert_eq!(world.groups_of("lou@example.com"), Some(vec!["G".to_owned()]));
}

#[test]
fn several_of_whom_nobody_knows_any_are_all_named() {
    let (_, outcome, said) = outcome("update-group,G,\"n0@example.com,n1@example.com\",", &[]);
    assert_eq!(outcome, "unchanged unchanged.not_there", "{said}");
    assert!(said.contains("`n0@example.com`") && said.contains("`n1@example.com`"), "{said}");
}

/// The rest of the row is done; what is not is said.
#[test]
fn nobody_beside_another_change_is_said() {
    let (world, outcome, said) = outcome("update-group,G,n0@example.com,kim@example.com", &[]);
    assert_eq!(outcome, "ok", "{said}");
    assert!(said.contains("the server has no user `n0@example.com`"), "{said}");
    assert_eq!(world.groups_of("kim@example.com"), Some(vec!["G".to_owned()]));
}

/// Who is there and no member is no stranger: her row stays as it was.
#[test]
fn user_who_is_no_member_is_no_stranger() {
    let (_, outcome, said) = outcome("update-group,G,kim@example.com,", &[]);
    assert_eq!(outcome, "ok", "{said}");
    assert!(said.contains("some were no members"), "{said}");
}
