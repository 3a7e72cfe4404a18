//! Renames in rows that `--rows` skips.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

const BEHIND: &str = "failed error.rename_failed";
const HEAD: &str = "action,email,groups,new_email,group,new_name\n";
const DELETION: &str = "delete,lou@example.com,,,,\n";

/// Kim and Lou, and the groups `G`, `H` and `K`.
fn world() -> World {
    let mut directory = Directory::default();
    ["G", "H", "K"].iter().for_each(|name| directory.add_group(&SandboxGroup::user_group(name)));
    directory.add_user(&user("kim@example.com", &["G"]));
    directory.add_user(&user("lou@example.com", &["H"]));
    World::new(directory, SandboxOptions::default())
}

/// The file means Kim, who was to get the address of Lou.
#[test]
fn invalid_rename_outside_of_the_rows_holds_the_rows_behind_it() {
    for (rename, row, behind) in [
        ("update,kim@example.com,,lou@@example.com,,\n", DELETION, true),
        ("update,#N/A,,lou@example.com,,\n", DELETION, true),
        ("update,#N/A,,lou@example.com,,\n", "add,lou@example.com,G,,,\n", true),
        ("update-group,,,,=A1,H\n", "delete-group,,,,H,\n", true),
        ("update,#N/A,,zoe@example.com,,\n", "add,lou@example.com,G,,,\n", false),
    ] {
        let world = world();
        let file = format!("{HEAD}{rename}{row}");
        world.write("a.csv", &file);
        let plan = world.umbulk(&["plan", "a.csv", "--rows", "2", "--json"]);
        let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
        assert_eq!(plan["behind_renames"], u64::from(behind), "{row}: {plan}");
        let run = world.import("a.csv", &file, &["--rows", "2", "--yes"]);
        let outcomes = world.outcomes("a.results.csv");
        assert_eq!(outcomes[1], if behind { BEHIND } else { "ok" }, "{rename}{row}: {run:?}");
        assert!(!behind || world.groups_of("lou@example.com") == Some(vec!["H".to_owned()]));
    }
}

/// A valid row is behind the invalid one in the portion that holds both, and renames nobody there.
#[test]
fn rename_behind_an_invalid_one_outside_of_the_rows_holds_them_too() {
    let world = world();
    let chain = "update,#N/A,,zoe@example.com,,\nupdate,zoe@example.com,,lou@example.com,,\n";
    world.import("a.csv", format!("{HEAD}{chain}{DELETION}"), &["--rows", "3", "--yes"]);
    assert_eq!(world.outcomes("a.results.csv")[2], BEHIND);
    assert!(world.groups_of("lou@example.com").is_some());
}

/// Files are imported in portions: what a valid row renames is done by an earlier portion.
#[test]
fn rows_in_portions_go_on_behind_a_valid_rename() {
    let world = world();
    let rename = "update,kim@example.com,,zoe@example.com,,\n";
    let file = format!("{HEAD}{rename}add,zoe@example.com,K,,,\n");
    assert_eq!(world.import("a.csv", &file, &["--rows", "1"]).status, 0);
    assert_eq!(world.import("a.csv", &file, &["--rows", "2"]).status, 0);
    assert_eq!(world.groups_of("zoe@example.com").unwrap(), ["G", "K"]);
}

/// The same, where an earlier portion has found the rename invalid. Whether a group that only a row
/// outside of `--rows` names is there is not asked: only the portion with that row knows.
#[test]
fn invalid_rename_of_an_earlier_portion_holds_the_rows_behind_it() {
    let head = "action,email,firstname,groups,new_email\n";
    let wrong_cell = "update,kim@example.com,#N/A,,lou@example.com\n";
    let wrong_group = "update,kim@example.com,,Nowhere,lou@example.com\n";
    for (rename, portions) in [
        (wrong_cell, &["3-"][..]),
        (wrong_cell, &["1-2", "3-"]),
        (wrong_cell, &["1-2", "3", "4", "1-"]),
        (wrong_group, &["1-2", "3-"]),
        (wrong_group, &["1", "2-3", "4", "1-"]),
    ] {
        let world = world();
        let rows = "add,kim@example.com,,K,\nadd,lou@example.com,,K,\ndelete,lou@example.com,,,\n";
        for portion in portions {
            let file = format!("{head}{rename}{rows}");
            let run = world.import("a.csv", file, &["--rows", portion, "--yes"]);
            assert_eq!(world.groups_of("lou@example.com"), Some(vec!["H".to_owned()]), "{run:?}");
        }
        let last = &world.outcomes("a.results.csv")[3];
        assert_eq!(last, BEHIND, "{rename}{portions:?}");
    }
}
