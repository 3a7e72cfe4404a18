//! Lists of groups that are separated by something else than commas.

use crate::world::World;

fn file(groups: &str) -> String {
    format!("email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,{groups}\n")
}

/// The separator, a cell, and its names.
const LISTS: [(&str, &str); 2] = [(";", "Design;Photo Users"), ("|", "Design | Photo Users")];

#[test]
fn a_list_with_another_separator_is_refused_and_the_proposal_works() {
    for (separator, cell) in LISTS {
        for options in [&[][..], &["--create-groups"]] {
            let world = World::with_groups(&["Design", "Photo Users"]);
            let run = world.import("a.csv", file(cell), options);
            assert_eq!(run.status, 2, "{run:?}");
            let proposal = format!("--list-separator '{separator}'");
            assert!(run.stderr.contains(&proposal), "{run:?}");
            assert!(world.groups_of("ann@example.com").is_none(), "{run:?}");
            assert_eq!(world.sandbox.directory().groups().count(), 2);
            let typed = [options, &["--list-separator", separator]].concat();
            let run = world.import("a.csv", file(cell), &typed);
            assert_eq!(run.status, 0, "{run:?}");
            let mut groups = world.groups_of("ann@example.com").unwrap();
            groups.sort();
            assert_eq!(groups, ["Design", "Photo Users"], "{run:?}");
        }
    }
}

#[test]
fn a_rehearsal_makes_no_group_of_a_list() {
    let world = World::with_groups(&[]);
    for (separator, cell) in LISTS {
        let run = world.import("a.csv", file(cell), &["--sandbox"]);
        assert!(run.status == 2 && run.stderr.contains("--list-separator"), "{run:?}");
        let run = world.import("a.csv", file(cell), &["--sandbox", "--list-separator", separator]);
        assert_eq!(run.status, 0, "{run:?}");
    }
}

#[test]
fn a_known_group_may_hold_such_a_character() {
    let world = World::with_groups(&["Design;Photo Users"]);
    let run = world.import("a.csv", file("design;photo users"), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design;Photo Users"]);
}
