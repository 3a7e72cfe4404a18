//! A rename whose old name nobody has is done only if something proves it: that somebody has the
//! new name proves nothing, for the old name may be mistyped.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country,groups,new_email,group,new_name,\
                    remove_users\n";
const LIST: [&str; 2] = ["--skip-unchanged", "--online"];
const BEHIND: &str = "failed error.rename_failed";

/// `lou` is in all groups, `kim` in none.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["G", "H", "K"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&user("lou@example.com", &["G", "H", "K"]));
    directory.add_user(&user("kim@example.com", &[]));
    World::new(directory, SandboxOptions::default())
}

fn import(world: &World, name: &str, rows: &str, more: &[&str]) -> Run {
    world.import(name, format!("{HEAD}{rows}"), more)
}

#[test]
fn mistyped_rename_to_another_users_name_reaches_nobody() {
    let rows = "update,kimm@example.com,,,,,lou@example.com,,,\n\
                update,lou@example.com,Kimberly,,,,,,,\n\
                update-group,,,,,,,G,,lou@example.com\n";
    let world = world();
    let run = import(&world, "a.csv", rows, &LIST);
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    assert!(outcomes[0].starts_with("failed error.user"), "{outcomes:?}");
    assert_eq!(outcomes[1..], [BEHIND, BEHIND]);
    assert_eq!(world.groups_of("lou@example.com").unwrap(), ["G", "H", "K"]);
    let lou = world.sandbox.directory().user("lou@example.com").unwrap().clone();
    assert_eq!(lou.firstname, "First");
}

#[test]
fn mistyped_rename_to_another_groups_name_reaches_nobody() {
    let rows = "update-group,,,,,,,KK,H,\n\
                remove,lou@example.com,,,,H,,,,\n";
    let world = world();
    let run = import(&world, "a.csv", rows, &[LIST[0], LIST[1], "--check-groups", "never"]);
    let outcomes = world.outcomes("a.results.csv");
    assert!(outcomes[0].starts_with("failed"), "{outcomes:?} {run:?}");
    assert_eq!(outcomes[1], BEHIND, "{run:?}");
    assert_eq!(world.groups_of("lou@example.com").unwrap(), ["G", "H", "K"]);
}

/// An import from this computer has confirmed the rename: imported again, it is done.
#[test]
fn rename_that_an_import_from_here_has_done_is_unchanged() {
    let world = world();
    let rows = "update,kim@example.com,,,,,new@example.com,,,\n\
                update-group,,,,,,,K,L,\n";
    let first = import(&world, "a.csv", rows, &[]);
    assert_eq!(first.status, 0, "{first:?}");
    let again = format!("{rows}add,new@example.com,,,,G,,,,\n");
    let run = import(&world, "b.csv", &again, &LIST);
    let unchanged = "unchanged unchanged.snapshot";
    assert_eq!(world.outcomes("b.results.csv"), [unchanged, unchanged, "ok"], "{run:?}");
    assert_eq!(world.groups_of("new@example.com").unwrap(), ["G"]);
}

/// By the time of the second import, the new name is another user's.
#[test]
fn noted_rename_proves_nothing_once_the_new_name_is_anothers() {
    let world = world();
    let rows = "update,kim@example.com,,,,,new@example.com,,,\n";
    assert_eq!(import(&world, "a.csv", rows, &[]).status, 0);
    let others = "delete,new@example.com,,,,,,,,\n\
                  update,lou@example.com,,,,,new@example.com,,,\n";
    assert_eq!(import(&world, "b.csv", others, &[]).status, 0);
    let run = import(&world, "c.csv", rows, &LIST);
    let outcomes = world.outcomes("c.results.csv");
    assert!(outcomes[0].starts_with("failed error.user"), "{outcomes:?} {run:?}");
}
