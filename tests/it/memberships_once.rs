//! A membership that several rows of one person change counts once.

use crate::world::{World, run, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const PEOPLE: &str = "email,firstname,lastname,country,groups\n";
const ACTIONS: &str = "action,email,firstname,lastname,country,groups,group,users\n";
const EXACT: [&str; 4] = ["--online", "--exact-groups", "--manage-groups", "*"];

/// Kim and Mia are in `H`.
fn world() -> World {
    let mut directory = Directory::default();
    ["G", "H", "K"].iter().for_each(|name| directory.add_group(&SandboxGroup::user_group(name)));
    for (name, first, last) in [("kim", "Kim", "Ode"), ("mia", "Mia", "Sun")] {
        directory.add_user(&SandboxUser {
            firstname: first.into(),
            lastname: last.into(),
            country: "US".into(),
            ..user(&format!("{name}@example.com"), &["H"])
        });
    }
    World::new(directory, SandboxOptions::default())
}

fn json(world: &World, args: &[&str]) -> serde_json::Value {
    let run = run(&mut world.command(args));
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

fn effects(world: &World, file: &str) -> Vec<String> {
    let rows = world.rows(&format!("{file}.results.csv"));
    rows.into_iter().map(|row| row["umbulk_effect"].clone()).collect()
}

/// What `--exact-groups` takes away for both files is taken away by the first one.
#[test]
fn membership_in_the_rows_of_two_files_counts_once() {
    let world = world();
    world.write("a.csv", format!("{PEOPLE}mia@example.com,Mia,Sun,US,G\n"));
    world.write("b.csv", format!("{PEOPLE}mia@example.com,Mia,Sun,US,\"G,K\"\n"));
    let summary =
        json(&world, &[&["import", "a.csv", "b.csv", "--json", "--yes"], &EXACT[..]].concat());
    assert_eq!(effects(&world, "a"), ["exists+joined:1+left:1"]);
    assert_eq!(effects(&world, "b"), ["exists+joined:1"]);
    assert_eq!(summary["effects"]["joined"], 2, "{summary}");
    assert_eq!(summary["effects"]["left"], 1, "{summary}");
    assert_eq!(world.groups_of("mia@example.com").unwrap(), ["G", "K"]);
}

/// The same without a list.
#[test]
fn row_that_adds_what_an_earlier_file_has_added_joins_nothing() {
    let world = world();
    let add = "action,email,groups\nadd,kim@example.com,G\n";
    world.write("b.csv", add);
    assert_eq!(world.import("a.csv", add, &["b.csv"]).status, 0);
    assert_eq!(effects(&world, "a"), ["joined:1"]);
    assert_eq!(effects(&world, "b"), ["none"]);
}

/// The row of the group keeps the rows of the person in two commands.
#[test]
fn membership_in_two_commands_counts_once() {
    let world = world();
    let person = "create,mia@example.com,Mia,Sun,US,G,,\n";
    let file = format!(
        "{ACTIONS}{person}update-group,,,,,,K,\"mia@example.com,kim@example.com\"\n{person}"
    );
    world.write("a.csv", &file);
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
    let exact = &EXACT[1..];
    let plan = json(&world, &[&["plan", "a.csv", "--json"], exact].concat());
    assert_eq!((&plan["effects"]["joined"], &plan["effects"]["left"]), (&3.into(), &1.into()));
    let summary = json(&world, &[&["import", "a.csv", "--json", "--yes"], &EXACT[..]].concat());
    assert_eq!(effects(&world, "a"), ["exists+joined:1+left:1", "joined:2", "exists"]);
    assert_eq!(summary["effects"]["left"], 1, "{summary}");
}

/// The row of a group names the person as well.
#[test]
fn membership_in_rows_of_a_person_and_a_group_counts_once() {
    let world = world();
    let file =
        "create,mia@example.com,Mia,Sun,US,\"G,K\",,\nupdate-group,,,,,,G,\"mia@example.com\"\n";
    world.write("a.csv", format!("{ACTIONS}{file}"));
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
    let plan = json(&world, &[&["plan", "a.csv", "--json"], &EXACT[1..]].concat());
    let summary = json(&world, &[&["import", "a.csv", "--json", "--yes"], &EXACT[..]].concat());
    for counts in [&plan["effects"], &summary["effects"]] {
        assert_eq!((&counts["joined"], &counts["left"]), (&2.into(), &1.into()), "{counts}");
    }
}

/// The control: what was taken away in between is given again.
#[test]
fn membership_that_is_taken_away_in_between_counts_again() {
    let world = world();
    let row = |action: &str| format!("{action},kim@example.com,,,,G,,\n");
    let barrier = "update-group,,,,,,K,kim@example.com\n";
    let file = [ACTIONS, &row("add"), barrier, &row("remove"), barrier, &row("add")].concat();
    assert_eq!(world.import("a.csv", file, &[]).status, 0);
    let effects = effects(&world, "a");
    assert_eq!([&effects[0], &effects[2], &effects[4]], ["joined:1", "left:1", "joined:1"]);
}

/// The second row is about somebody else, who gets the old address.
#[test]
fn membership_of_the_next_user_of_an_address_counts_again() {
    let rename = "update,kim@example.com,,,,G,kim.ode@example.com\n";
    let creation = "create,kim@example.com,Kim,Lee,US,G,\n";
    let header = "action,email,firstname,lastname,country,groups,new_email\n";
    let world = world();
    assert_eq!(world.import("a.csv", [header, rename, creation].concat(), &[]).status, 0);
    assert_eq!(effects(&world, "a"), ["updated+joined:1", "created_or_exists+joined:1"]);
}
