//! The column `umbulk_effect`: what was done, and what was not applied.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, Identity, SandboxGroup, SandboxOptions, SandboxUser};

/// Ann Lee in Design, Bob Ray in Design and Video, and an Adobe ID.
pub(crate) fn organization() -> Directory {
    let mut directory = Directory::default();
    for group in ["Design", "Video"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    let person = |email: &str, first: &str, last: &str, groups: &[&str]| SandboxUser {
        firstname: first.into(),
        lastname: last.into(),
        country: "US".into(),
        ..user(email, groups)
    };
    directory.add_user(&person("ann.lee@example.com", "Ann", "Lee", &["Design"]));
    directory.add_user(&person("bob.ray@example.com", "Bob", "Ray", &["Design", "Video"]));
    directory.add_user(&SandboxUser {
        identity: Identity::Adobe,
        ..person("own@example.com", "Own", "Id", &[])
    });
    directory
}

/// The effects in a results file, in order.
fn effects(world: &World, name: &str) -> Vec<String> {
    world.rows(name).into_iter().map(|row| row["umbulk_effect"].clone()).collect()
}

#[test]
fn effect_of_every_kind_of_row_is_told_last() {
    let world = World::new(organization(), SandboxOptions::default());
    let run = world.import(
        "a.csv",
        "action,email,firstname,lastname,country,groups,remove_groups,if_exists,group,new_name,\
         users\n\
         create,new@example.com,New,User,US,\"Design,Video\",,,,,\n\
         create,ann.lee@example.com,Ann,Leeds,US,,,update,,,\n\
         create,strict@example.com,S,T,US,,,error,,,\n\
         update,bob.ray@example.com,Robert,,,,Video,,,,\n\
         create-group,,,,,,,,Photo,,ann.lee@example.com\n\
         update-group,,,,,,,,Photo,Pictures,\n\
         remove-all,own@example.com,,,,,,,,,\n\
         delete,own@example.com,,,,,,,,,\n\
         create,wrong,,,,,,,,,\n\
         add,bob.ray@example.com,,,,Nowhere,,,,,\n",
        &[],
    );
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(
        effects(&world, "a.results.csv"),
        [
            "created_or_exists+joined:2",
            "created_or_exists+updated",
            "created",
            "updated+left:1",
            "group_created_or_exists+joined:1",
            "group_renamed",
            "left_all",
            "removed",
            "none",
            "none",
        ]
    );
    let text = std::fs::read_to_string(world.path("a.results.csv")).unwrap();
    assert!(text.lines().next().unwrap().ends_with(",umbulk_finished_at,umbulk_effect"), "{text}");
    assert!(
        run.stdout.contains("  memberships added\n")
            && run.stdout.contains("  user created, or existed already\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn effects_are_counted_in_json_and_come_back_from_the_journal() {
    let world = World::new(organization(), SandboxOptions::default());
    let run = world.import(
        "a.csv",
        "action,email,firstname,lastname,country,groups\n\
         create,new@example.com,New,User,US,\"Design,Video\"\n\
         add,ann.lee@example.com,,,,Video\n\
         delete,bob.ray@example.com,,,,\n",
        &["--json"],
    );
    let summary: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        summary["effects"],
        serde_json::json!({"created_or_exists": 1, "joined": 3, "removed": 1})
    );
    let before = effects(&world, "a.results.csv");
    assert_eq!(before, ["created_or_exists+joined:2", "joined:1", "removed"]);
    assert_eq!(world.umbulk(&["results", "a.csv", "--results", "again.csv"]).status, 0);
    assert_eq!(effects(&world, "again.csv"), before);
}

#[test]
fn ok_row_claims_no_names_of_a_possibly_existing_user() {
    let world = World::new(organization(), SandboxOptions::default());
    let run = world.import(
        "a.csv",
        "email,firstname,lastname,country\nann.lee@example.com,Ann,Leeds,US\n",
        &[],
    );
    assert_eq!(run.status, 0);
    let row = &world.rows("a.results.csv")[0];
    assert_eq!(row["umbulk_effect"], "created_or_exists");
    assert!(
        row["umbulk_message"].contains("existed before")
            && row["umbulk_message"].contains("--skip-unchanged"),
        "{row:?}"
    );
    assert!(run.stdout.contains("--skip-unchanged"), "{}", run.stdout);
}

#[test]
fn effect_in_test_mode_is_none_for_nothing_is_changed() {
    let world = World::new(organization(), SandboxOptions::default());
    world.import(
        "a.csv",
        "email,firstname,lastname,country\nnew@example.com,New,User,US\n",
        &["--test-mode"],
    );
    assert_eq!(effects(&world, "a.test.csv"), ["none"]);
}

/// Two rows of one person name the same group: the plan counts it once, as the import does.
#[test]
fn plan_counts_a_membership_that_two_rows_name_once() {
    let world = World::with_groups(&["G", "H"]);
    let rows = "email,firstname,lastname,country,groups\n\
                n1@example.com,Ann,Lee,US,H\n\
                n1@example.com,Ann,Lee,US,\"G,H\"\n";
    world.write("a.csv", rows);
    let plan = world.umbulk(&["plan", "a.csv", "--json"]);
    assert!(plan.stdout.contains("\"joined\":2"), "{}", plan.stdout);
    let run = world.umbulk(&["import", "a.csv", "--json"]);
    assert!(run.stdout.contains("\"joined\":2"), "{}", run.stdout);
}
