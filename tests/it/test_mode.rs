//! In test mode nothing is carried out: nothing that is said about it speaks of effects.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

const HEADER: &str = "action,email,firstname,lastname,country,groups,new_email,group\n";

fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    for name in ["ann", "bob", "carl"] {
        directory.add_user(&user(&format!("{name}@x.com"), &["Design"]));
    }
    World::new(directory, SandboxOptions::default())
}

/// Imports in test mode. Nobody is asked about groups, so that the API refuses them.
fn test(world: &World, rows: &str) -> Run {
    world.import("a.csv", HEADER.to_owned() + rows, &["--test-mode", "--check-groups", "never"])
}

/// No word of an effect on the screen, in the summary or in the results.
fn assert_conditional(world: &World, run: &Run) {
    let results = std::fs::read_to_string(world.path("a.test.csv")).unwrap();
    let words = [
        "already done",
        "now exists",
        " created by this row\n",
        "users created",
        "users removed",
        "memberships added",
        "memberships removed",
        "is created",
        "are created",
        "joins groups",
        "join groups,",
        "user leaves",
        "users leave",
        "removal confirmed",
        "confirmed by the server",
        "was sent anyway",
        "Not applied",
    ];
    for text in [&run.stdout, &run.stderr, &results] {
        for word in words {
            assert!(!text.contains(word), "`{word}` in test mode:\n{text}");
        }
    }
}

#[test]
fn refusals_in_test_mode_claim_no_effect() {
    let world = world();
    // A created user whose group is refused, a renamed one whose group is refused, and one of two
    // groups refused.
    let rows = "create,new@x.com,New,Lee,US,Nope,,\nupdate,ann@x.com,,,,Nope,anna@x.com,\n\
                add,bob@x.com,,,,\"Design,Nope\",,\n";
    let run = test(&world, rows);
    assert_eq!(
        (run.status, world.outcomes("a.test.csv")[0].as_str()),
        (1, "failed error.group.not_found"),
        "{run:?}"
    );
    let rows = world.rows("a.test.csv");
    assert!(rows.iter().all(|row| row["umbulk_effect"] == "none"), "{rows:?}");
    assert!(
        rows[0]["umbulk_message"].contains("after a real run the user would exist"),
        "{rows:?}"
    );
    assert!(
        rows[2]["umbulk_message"].contains("a real run would have done before: add `Design`"),
        "{rows:?}"
    );
    assert!(
        rows[1]["umbulk_message"].contains("a real run would have done before: update"),
        "{rows:?}"
    );
    assert_conditional(&world, &run);
    assert!(world.groups_of("new@x.com").is_none());
}

#[test]
fn summary_of_test_mode_says_that_nothing_was_changed() {
    let world = world();
    let rows = "create,new@x.com,New,Lee,US,Design,,\ncreate,ann@x.com,Anna,Lee,US,,,\n\
                remove,bob@x.com,,,,Design,,\ndelete,carl@x.com,,,,,,\n";
    let run = test(&world, rows);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        run.stdout.starts_with("Finished (test mode: nothing was changed): 4 rows of a.csv"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("4  ok         accepted by the API; a real run would send these"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr.contains(
            "effect        2 users would be created (unless they exist already), 1 user would \
             leave groups, 1 user would leave the organization\n"
        ),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("deletions     in a real run, 1 row removes"), "{}", run.stderr);
    assert!(
        world.rows("a.test.csv")[3]["umbulk_message"]
            .contains("the API accepts the removal in test mode"),
        "{run:?}"
    );
    assert_conditional(&world, &run);
    assert_eq!(world.sandbox.directory().users().count(), 3);
}

#[test]
fn removals_of_strangers_in_test_mode_are_conditional() {
    let world = world();
    let run = test(&world, "delete,ghost@x.com,,,,,,\nremove-all,phantom@x.com,,,,,,\n");
    assert_eq!(run.status, 0, "{run:?}");
    assert_conditional(&world, &run);
}

#[test]
fn json_of_test_mode_counts_no_effects() {
    let world = world();
    world.write(
        "a.csv",
        HEADER.to_owned()
            + "create,new@x.com,New,Lee,US,Nope,,\n\
                             add,ann@x.com,,,,\"Design,Nope\",,\ncreate,b@x.com,B,B,US,,,\n",
    );
    let run =
        world.umbulk(&["import", "a.csv", "--test-mode", "--check-groups", "never", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (json["test_mode"].clone(), json["effects"].clone()),
        (true.into(), serde_json::json!({})),
        "{json}"
    );
}
