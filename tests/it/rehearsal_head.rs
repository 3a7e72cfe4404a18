//! What the head of a rehearsal says of its organization.

use crate::world::World;

fn head(world: &World, file: &str, more: &[&str]) -> String {
    let run = world.import("a.csv", file, &[&["--sandbox"], more].concat());
    assert_eq!(run.status, 0, "{run:?}");
    run.stderr
}

#[test]
fn a_rehearsal_counts_what_it_makes_and_claims_no_knowledge() {
    let world = World::with_groups(&[]);
    let stderr = head(
        &world,
        "email,firstname,lastname,country,groups\na@example.com,Ann,Lee,US,Design\n",
        &[],
    );
    assert!(stderr.contains("with 1 group that the rows need"), "{stderr}");
    assert!(stderr.contains("assumed: group Design"), "{stderr}");
    assert!(!stderr.contains("(checked with"), "{stderr}");
    let stderr = head(&world, "action,email,groups\nadd,a@example.com,\"Design,Video\"\n", &[]);
    assert!(stderr.contains("with 1 user and 2 groups that the rows need"), "{stderr}");
    assert!(stderr.contains("assumed: groups Design, Video"), "{stderr}");
    let stderr = head(&world, "email,firstname,lastname,country\na@example.com,Ann,Lee,US\n", &[]);
    assert!(stderr.contains("with no users and no groups yet"), "{stderr}");
}

#[test]
fn a_rehearsal_by_a_list_says_what_the_list_tells() {
    let world = World::with_groups(&[]);
    world.write("groups.csv", "type,groupName,groupId\nUSER_GROUP,Design,1\n");
    let file = "email,firstname,lastname,country,groups\na@example.com,Ann,Lee,US,Design\n";
    let stderr = head(&world, file, &["--groups-file", "groups.csv"]);
    assert!(stderr.contains("1 named, it exists (checked with groups.csv"), "{stderr}");
}
