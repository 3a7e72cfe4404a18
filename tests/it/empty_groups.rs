//! What an empty cell of groups says where the listed groups are the whole truth.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

const EXACT: [&str; 5] = ["--against", "users.csv", "--exact-groups", "--manage-groups", "Team *"];
const NONE: [&str; 2] = ["--empty-groups", "none"];
const HINT: &str = "--empty-groups none";

/// Everybody is in `Team 1` and in `Other`, which is not under management; `free` is in `Other`
/// alone.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Team 1", "Team 2", "Other"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    for name in ["a", "b", "c", "d"] {
        directory.add_user(&user(&format!("{name}@example.com"), &["Team 1", "Other"]));
    }
    directory.add_user(&user("free@example.com", &["Other"]));
    let world = World::new(directory, SandboxOptions::default());
    let mut list = "type,email,username,domain,firstname,lastname,country,groups\n".to_owned();
    for user in world.sandbox.directory().users() {
        let groups = user.groups.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        list += &format!(
            "federatedID,{},{},{},{},{},{},\"{groups}\"\n",
            user.email, user.username, user.domain, user.firstname, user.lastname, user.country
        );
    }
    world.write("users.csv", list);
    world
}

fn groups(world: &World, name: &str) -> Vec<String> {
    world.groups_of(&format!("{name}@example.com")).unwrap()
}

/// Two rows of `d` add up, and one of them lists groups; `free` has nothing to keep.
const FILE: &str = "action,email,firstname,groups\n\
    update,a@example.com,Anna,Team 2\n\
    update,b@example.com,Bert,\n\
    update,c@example.com,Carl,\n\
    update,d@example.com,Dora,\n\
    add,d@example.com,,Team 2\n\
    update,free@example.com,Fred,\n";

#[test]
fn empty_cells_keep_groups_and_the_head_counts_their_people() {
    let world = world();
    world.write("a.csv", FILE);
    let plan = world.umbulk(&[&["plan", "a.csv"], &EXACT[..]].concat());
    let run = world.umbulk(&[&["import", "a.csv"], &EXACT[..]].concat());
    for run in [&plan, &run] {
        assert!(
            run.status == 0
                && run.stderr.contains("2 people have an empty cell of groups and keep all groups"),
            "{run:?}"
        );
        assert!(run.stderr.contains(HINT), "{run:?}");
    }
    assert_eq!(groups(&world, "a"), ["Other", "Team 2"]);
    assert_eq!(groups(&world, "b"), ["Other", "Team 1"]);
    assert_eq!(groups(&world, "c"), ["Other", "Team 1"]);
    assert_eq!(groups(&world, "d"), ["Other", "Team 2"]);
}

#[test]
fn empty_cells_mean_none_of_the_managed_groups_if_said_so() {
    let world = world();
    let run = world.import("a.csv", FILE, &[&EXACT[..], &NONE].concat());
    assert!(run.status == 0 && !run.stderr.contains(HINT), "{run:?}");
    for name in ["b", "c", "free"] {
        assert_eq!(groups(&world, name), ["Other"], "{name}");
    }
    assert_eq!(groups(&world, "d"), ["Other", "Team 2"], "another row lists a group");
    assert_eq!(groups(&world, "a"), ["Other", "Team 2"]);
}

/// A row that asks for nothing but that is no mistake then.
#[test]
fn a_row_of_an_empty_cell_alone_is_carried_out_if_it_means_none() {
    let world = world();
    let file = "action,email,groups\nupdate,b@example.com,\nadd,c@example.com,\n";
    let kept = world.import("a.csv", file, &EXACT);
    assert_eq!(kept.status, 1, "{kept:?}");
    let run = world.import("a.csv", file, &[&EXACT[..], &NONE].concat());
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(
        (groups(&world, "b"), groups(&world, "c")),
        (vec!["Other".to_owned()], vec!["Other".to_owned()])
    );
}

/// A missing column says nothing, whatever its cells would mean.
#[test]
fn a_table_without_a_column_of_groups_takes_none_away() {
    let world = world();
    let run = world.import(
        "a.csv",
        "action,email,firstname\nupdate,b@example.com,Bert\n",
        &[&EXACT[..], &NONE].concat(),
    );
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(groups(&world, "b"), ["Other", "Team 1"]);
}

#[test]
fn removals_by_empty_cells_count_for_the_cap() {
    let world = world();
    let run = world.import("a.csv", FILE, &[&EXACT[..], &NONE, &["--max-removals", "2"]].concat());
    assert!(run.status == 2 && run.stderr.contains("--max-removals"), "{run:?}");
    assert_eq!(groups(&world, "b"), ["Other", "Team 1"]);
}

#[test]
fn the_meaning_of_empty_cells_needs_exact_groups() {
    let world = world();
    let run = world.import("a.csv", FILE, &["--against", "users.csv", "--empty-groups", "none"]);
    assert!(run.status == 2 && run.stderr.contains("--exact-groups"), "{run:?}");
}
