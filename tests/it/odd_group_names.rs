//! `--create-groups` creates a group by its very name, whatever a table would make of it.

use crate::world::World;

fn groups(world: &World) -> Vec<String> {
    let mut names: Vec<String> =
        world.sandbox.directory().groups().map(|group| group.name.clone()).collect();
    names.sort();
    names
}

/// Each as it stands in a cell, and as the group is called.
#[test]
fn names_that_look_like_formulas_are_created_as_they_are() {
    for (cell, name) in [
        ("'=Design", "=Design"),
        ("''-x", "'-x"),
        ("'+A1", "+A1"),
        ("''=1", "'=1"),
        ("@home", "@home"),
    ] {
        let world = World::with_groups(&[]);
        let file =
            format!("email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,{cell}\n");
        let run = world.import("a.csv", file, &["--create-groups"]);
        assert_eq!((run.status, groups(&world)), (0, vec![name.to_owned()]), "{cell}: {run:?}");
        assert_eq!(world.groups_of("ann@example.com").unwrap(), [name], "{cell}");
    }
}

/// The list of new groups has more of these than of commas.
#[test]
fn names_with_delimiters_are_created_as_they_are() {
    let world = World::with_groups(&[]);
    let name = "A;B;C;D|E|F|G|H Ä";
    let file = format!(
        "email\tfirstname\tlastname\tcountry\tgroups\nann@example.com\tAnn\tLee\tUS\t{name}\n"
    );
    let run = world.import("a.csv", file, &["--create-groups", "--list-separator", ","]);
    assert_eq!((run.status, groups(&world)), (0, vec![name.to_owned()]), "{run:?}");
}
