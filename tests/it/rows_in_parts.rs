//! Rows that need several commands, behind a rename that is not known to be done: every name that
//! any of the commands holds counts.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

const BEHIND: &str = "failed error.rename_failed";
const HEAD: &str = "action,email,username,domain,group,new_name,new_email,new_username,\
                    add_groups,remove_groups,users,remove_users\n";
const EMAIL: usize = 1;
const USERNAME: usize = 2;
const DOMAIN: usize = 3;
const GROUP: usize = 4;
const NEW_NAME: usize = 5;
const NEW_EMAIL: usize = 6;
const NEW_USERNAME: usize = 7;
const ADD: usize = 8;
const REMOVE: usize = 9;
const REMOVE_USERS: usize = 11;

/// Zoe is in `H`, Lou in `K`; Kim is there.
fn world() -> World {
    let mut directory = Directory::default();
    ["G", "H", "K"].iter().for_each(|name| directory.add_group(&SandboxGroup::user_group(name)));
    (0..105).for_each(|n| directory.add_group(&SandboxGroup::user_group(&format!("g{n}"))));
    directory.add_user(&user("zoe@example.com", &["H"]));
    directory.add_user(&user("lou@example.com", &["K"]));
    directory.add_user(&user("kim@example.com", &[]));
    World::new(directory, SandboxOptions::default())
}

fn row(action: &str, cells: &[(usize, &str)]) -> String {
    let mut row = vec![String::new(); 12];
    action.clone_into(&mut row[0]);
    for (place, cell) in cells {
        row[*place] = format!("\"{cell}\"");
    }
    format!("{}\n", row.join(","))
}

/// `K` cannot become `H`, which is another group.
fn refused_group() -> String {
    row("update-group", &[(GROUP, "K"), (NEW_NAME, "H")])
}

/// Kim cannot get the address of Lou.
fn refused_user() -> String {
    row("update", &[(EMAIL, "kim@example.com"), (NEW_EMAIL, "lou@example.com")])
}

/// The second row is held; nobody's groups have changed.
#[track_caller]
fn assert_second_row_is_held(first: &str, second: &str) {
    let world = world();
    let run = world.import("a.csv", format!("{HEAD}{first}{second}"), &[]);
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!((run.status, outcomes[1].as_str()), (1, BEHIND), "{outcomes:?}: {run:?}");
    assert_eq!(world.groups_of("zoe@example.com"), Some(vec!["H".to_owned()]));
    assert_eq!(world.groups_of("lou@example.com"), Some(vec!["K".to_owned()]));
    assert_eq!(world.groups_of("kim@example.com"), Some(Vec::new()));
    assert_eq!(world.rows("a.results.csv")[1]["umbulk_effect"], "none");
}

#[test]
fn row_that_renames_and_names_a_held_group_is_held() {
    let new = (NEW_EMAIL, "zz@example.com");
    for lists in [(REMOVE, "H"), (ADD, "H"), (REMOVE, "_admin_H")] {
        let second = row("update", &[(EMAIL, "zoe@example.com"), new, lists]);
        assert_second_row_is_held(&refused_group(), &second);
    }
    let named = [(USERNAME, "zoe@example.com"), (DOMAIN, ""), (NEW_USERNAME, "zx")];
    let second = row("update", &[&named[..], &[(REMOVE, "H")]].concat());
    assert_second_row_is_held(&refused_group(), &second);
}

#[test]
fn group_row_that_renames_and_names_a_held_user_is_held() {
    let cells = [(GROUP, "K"), (NEW_NAME, "K2"), (REMOVE_USERS, "lou@example.com")];
    assert_second_row_is_held(&refused_user(), &row("update-group", &cells));
}

/// A command holds a hundred memberships: the name that is held stands in the second one.
#[test]
fn row_of_many_memberships_is_held_by_the_last_of_them() {
    let groups = (0..105).map(|n| format!("g{n}")).collect::<Vec<_>>().join(",");
    let second = row("update", &[(EMAIL, "zoe@example.com"), (ADD, &format!("{groups},H"))]);
    assert_second_row_is_held(&refused_group(), &second);
    let people = (0..101).map(|n| format!("q{n}@example.com")).collect::<Vec<_>>().join(",");
    let people = format!("{people},lou@example.com");
    let second = row("update-group", &[(GROUP, "K"), (REMOVE_USERS, &people)]);
    assert_second_row_is_held(&refused_user(), &second);
}

#[test]
fn row_in_parts_behind_an_invalid_rename_is_held() {
    let first = row("update-group", &[(GROUP, "K"), (NEW_NAME, "H"), (REMOVE_USERS, "#N/A")]);
    let new = (NEW_EMAIL, "zz@example.com");
    let second = row("update", &[(EMAIL, "zoe@example.com"), new, (REMOVE, "H")]);
    assert_second_row_is_held(&first, &second);
}

#[test]
fn row_in_parts_of_a_later_file_is_held() {
    let world = world();
    let new = (NEW_EMAIL, "zz@example.com");
    let second = row("update", &[(EMAIL, "zoe@example.com"), new, (REMOVE, "H")]);
    world.write("b.csv", format!("{HEAD}{second}"));
    let run = world.import("a.csv", format!("{HEAD}{}", refused_group()), &["b.csv"]);
    assert_eq!((run.status, world.outcomes("b.results.csv")), (1, vec![BEHIND.to_owned()]));
    assert_eq!(world.groups_of("zoe@example.com"), Some(vec!["H".to_owned()]));
}

/// The control: the same rows go where the rename is done.
#[test]
fn row_in_parts_behind_a_rename_that_is_done_goes() {
    let world = world();
    let first = row("update-group", &[(GROUP, "H"), (NEW_NAME, "H2")]);
    let new = (NEW_EMAIL, "zz@example.com");
    let second = row("update", &[(EMAIL, "zoe@example.com"), new, (REMOVE, "H2")]);
    let run = world.import("a.csv", format!("{HEAD}{first}{second}"), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("zz@example.com"), Some(Vec::new()));
}
