//! Kept lists: shown, compared, and taken away.

use crate::world::{World, bare, run, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

/// An organization of which three lists are kept, one of them of its groups; somebody joined
/// between those of users.
fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_user(&user("ann@example.com", &["Design"]));
    let world = World::new(directory, SandboxOptions::default());
    for args in [&["export", "users", "--snapshot"][..], &["export", "groups", "--snapshot"]] {
        assert_eq!(world.umbulk(args).status, 0);
    }
    let joined = "action,email,firstname,lastname,country,groups\n\
                  create,bob@example.com,Bob,Lee,US,Design\n";
    assert_eq!(world.import("joined.csv", joined, &[]).status, 0);
    assert_eq!(world.umbulk(&["export", "users", "--snapshot", "--force"]).status, 0);
    world
}

fn kept(world: &World) -> Vec<serde_json::Value> {
    let done = world.umbulk(&["snapshots", "--json"]);
    assert_eq!(done.status, 0, "{done:?}");
    serde_json::from_str(&done.stdout).unwrap()
}

#[test]
fn kept_lists_are_shown_compared_by_name_or_date_and_pruned() {
    let world = world();
    let lists = kept(&world);
    let of = |list: &serde_json::Value| {
        (list["what"].as_str().unwrap().to_owned(), list["entries"].as_u64().unwrap())
    };
    assert_eq!(
        lists.iter().map(of).collect::<Vec<_>>(),
        [("users".to_owned(), 1), ("groups".to_owned(), 1), ("users".to_owned(), 2)]
    );
    #[cfg(unix)]
    for list in &lists {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(list["file"].as_str().unwrap()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else reads it");
    }
    let table = world.umbulk(&["snapshots"]);
    assert_eq!(table.stdout.lines().count(), 3, "{}", table.stdout);
    assert!(
        table.stdout.contains("2 users") && table.stdout.contains("@AdobeOrg"),
        "{}",
        table.stdout
    );
    let name = lists[0]["name"].as_str().unwrap();
    for earlier in [name, lists[0]["file"].as_str().unwrap()] {
        let diff = world.umbulk(&["diff", earlier, "latest"]);
        assert!(
            diff.status == 0
                && diff.stdout.contains("1  joined")
                && diff.stdout.contains("bob@example.com (federatedID) in Design"),
            "{diff:?}"
        );
    }
    let usage = world.umbulk(&["usage", "--from", name, "--json"]);
    let usage: serde_json::Value = serde_json::from_str(&usage.stdout).unwrap();
    assert_eq!(
        (&usage["users"], &usage["has_groups"]),
        (&1.into(), &true.into()),
        "the snapshot of groups is taken, too"
    );

    assert_eq!(world.umbulk(&["snapshots", "prune"]).status, 2, "what is to go must be said");
    let nothing = world.umbulk(&["snapshots", "prune", "--older-than", "1h"]);
    assert!(nothing.status == 0 && nothing.stderr.contains("nothing to delete"), "{nothing:?}");
    std::fs::write(
        std::path::Path::new(lists[0]["file"].as_str().unwrap())
            .with_file_name("20200101-000000-mine.snapshot"),
        "mine",
    )
    .unwrap();
    let pruned = world.umbulk(&["snapshots", "prune", "--keep", "1"]);
    assert_eq!((pruned.status, pruned.stdout.lines().count()), (0, 1), "{pruned:?}");
    assert!(pruned.stdout.starts_with(&format!("deleted {name}: users of ")), "{}", pruned.stdout);
    assert_eq!(kept(&world), lists[1..]);
    assert_eq!(world.umbulk(&["snapshots", "prune", "--keep", "0"]).status, 0);
    assert!(kept(&world).is_empty());
    assert!(world.umbulk(&["snapshots"]).stdout.contains("there is no snapshot"));
    assert!(
        std::path::Path::new(lists[0]["file"].as_str().unwrap())
            .with_file_name("20200101-000000-mine.snapshot")
            .exists(),
        "what is no list of ours stays"
    );
    assert_eq!(world.umbulk(&["usage"]).status, 0, "the latest lists are no kept ones, and stay");
}

#[test]
fn only_the_organizations_own_lists_are_shown_where_one_is_set() {
    let world = world();
    let other = run(world.command(&["snapshots", "--json"]).env("UMAPI_ORG_ID", "1@AdobeOrg"));
    assert_eq!(other.stdout, "[]\n");
    let all = run(&mut bare(world.folder.path(), &["snapshots", "--json"]));
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&all.stdout).unwrap().len(), 3);
}

#[test]
fn a_list_of_a_part_makes_no_rows_that_delete_the_others() {
    let world = world();
    assert_eq!(
        world.umbulk(&["export", "users", "--group", "_admin_Design", "--snapshot"]).status,
        0
    );
    let name = kept(&world).pop().unwrap()["name"].as_str().unwrap().to_owned();
    let csv = world.umbulk(&["diff", "latest", &name, "--format", "csv"]);
    assert!(csv.status == 2 && csv.stderr.contains("could delete somebody"), "{csv:?}");
    let summary = world.umbulk(&["diff", "latest", &name]);
    assert!(
        summary.status == 0 && summary.stderr.contains("fetched with different filters"),
        "{summary:?}"
    );
}
