//! An effect says what was changed: what was so before has none.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

/// Ann and the boss are in Design, the boss also in Team A; nobody is in Video.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video", "Team A"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&user("ann@example.com", &["Design"]));
    directory.add_user(&SandboxUser {
        username: "boss".into(),
        ..user("boss@example.com", &["Design", "Team A"])
    });
    World::new(directory, SandboxOptions::default())
}

fn effects(world: &World, results: &str) -> Vec<String> {
    world.rows(results).into_iter().map(|row| row["umbulk_effect"].clone()).collect()
}

#[test]
fn memberships_that_were_so_in_a_group_row_do_not_count() {
    let world = world();
    let file = "action,group,users,remove_users\nupdate-group,Design,\"ann@example.com,\
                boss@example.com\",\nupdate-group,Video,,\"ann@example.com,boss@example.com\"\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(effects(&world, "a.results.csv"), ["none", "none"]);
    let messages: Vec<String> =
        world.rows("a.results.csv").into_iter().map(|row| row["umbulk_message"].clone()).collect();
    assert!(
        messages[0].contains("members already") && messages[1].contains("no members"),
        "{messages:?}"
    );
    assert!(
        !run.stdout.contains("memberships added") && !run.stdout.contains("memberships removed"),
        "{}",
        run.stdout
    );
}

#[test]
fn memberships_that_a_list_shows_do_not_count() {
    let world = world();
    let file = "action,email,groups\nadd,ann@example.com,\"Design,Video\"\n\
                remove,boss@example.com,\"Video,Team A\"\n";
    let run = world.import("a.csv", file, &["--online"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(effects(&world, "a.results.csv"), ["joined:1", "left:1"]);
}

/// Two rows about one person take one group away once.
#[test]
fn group_that_two_rows_take_away_is_left_once() {
    let world = world();
    let file = "username,domain,email,groups\nboss,example.com,,Design\n,,boss@example.com,Video\n";
    let more = ["--action", "add", "--online", "--exact-groups", "--manage-groups", "*", "--yes"];
    let run = world.import("a.csv", file, &more);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(effects(&world, "a.results.csv"), ["left:1", "joined:1"]);
    assert!(run.stdout.contains("1  membership removed"), "{}", run.stdout);
}

/// Lists do not show descriptions: nobody can say that the group has this one.
#[test]
fn description_of_a_group_that_is_there_is_said_to_stay() {
    let world = world();
    let file = "action,group,description\ncreate-group,Design,New words\n";
    let run = world.import("a.csv", file, &["--online", "--skip-unchanged"]);
    assert_eq!(run.status, 0, "{run:?}");
    let row = &world.rows("a.results.csv")[0];
    assert!(
        row["umbulk_status"] == "unchanged"
            && row["umbulk_message"].contains("keeps its description"),
        "{row:?}"
    );
    let run = world.import("a.csv", file, &["--online", "--fresh"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        world.rows("a.results.csv")[0]["umbulk_message"].contains("keeps its description"),
        "{run:?}"
    );
}
