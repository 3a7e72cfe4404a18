//! `--exact-groups`: what does not count keeps no group, and a pattern that means no group is said.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const HEADER: &str = "email,firstname,lastname,country,groups\n";

fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video", "Team A"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    let ann = user("ann@example.com", &["Design", "Team A"]);
    directory.add_user(&SandboxUser {
        firstname: "Ann".into(),
        lastname: "Lee".into(),
        country: "US".into(),
        ..ann
    });
    World::new(directory, SandboxOptions::default())
}

fn exact(world: &World, rows: &str, patterns: &[&str], more: &[&str]) -> crate::world::Run {
    let mut flags = vec!["--online", "--exact-groups", "--yes"];
    patterns.iter().for_each(|pattern| flags.extend(["--manage-groups", pattern]));
    world.import("a.csv", HEADER.to_owned() + rows, &[&flags, more].concat())
}

/// The last row counts: what the row before it lists does not.
#[test]
fn row_that_gives_way_keeps_nobody_in_its_groups() {
    let world = world();
    let rows = "ann@example.com,Anna,Lee,US,Design\nann@example.com,Ann,Lee,US,Video\n";
    let run = exact(&world, rows, &["*"], &["--conflicts", "last"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.outcomes("a.results.csv"), ["skipped skipped.conflict", "ok"]);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Video"]);
    assert_eq!(world.rows("a.results.csv")[1]["umbulk_effect"], "exists+joined:1+left:2");
}

#[test]
fn pattern_that_means_no_group_is_warned_of() {
    for (pattern, advice) in [
        ("Team A,Design", "a --manage-groups of its own"),
        ("Nope*", "check the name"),
        ("Team [AB]", "the only wildcards are * and ?"),
        ("Desing", "perhaps `Design` is meant"),
    ] {
        let world = world();
        let run = exact(&world, "ann@example.com,Ann,Lee,US,Design\n", &[pattern], &[]);
        assert!(
            run.status == 0 && run.stderr.contains(&format!("--manage-groups `{pattern}`")),
            "{run:?}"
        );
        assert!(
            run.stderr.contains("it removes nobody from a group") && run.stderr.contains(advice),
            "{pattern}: {}",
            run.stderr
        );
        assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Team A"]);
    }
    let world = world();
    let run = exact(&world, "ann@example.com,Ann,Lee,US,Design\n", &["team ?", "Vid*"], &[]);
    assert!(run.status == 0 && !run.stderr.contains("warning"), "{run:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design"]);
}
