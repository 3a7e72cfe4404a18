//! Groups that are created first: what `plan` says is what an import sends.

use crate::world::World;
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

const HEADER: &str = "action,email,firstname,lastname,country,groups,group\n";

fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    World::new(directory, SandboxOptions::default())
}

fn planned(world: &World, file: &str, more: &[&str]) -> u64 {
    let plan = world.umbulk(&[&["plan", file, "--json"], more].concat());
    let json: serde_json::Value =
        serde_json::from_str(&plan.stdout).unwrap_or_else(|error| panic!("{error}: {plan:?}"));
    json["requests"].as_u64().unwrap()
}

#[test]
fn plan_of_rows_that_create_groups_counts_the_imports_requests() {
    for (groups, people) in
        [(1, 1), (1, 9), (1, 10), (1, 25), (2, 12), (3, 27), (10, 10), (12, 30), (5, 55)]
    {
        let world = world();
        let create = |n: usize| format!("create-group,,,,,,G{n}\n");
        let person = |n: usize| format!("create,u{n}@example.com,U,N{n},US,\"G{}\",\n", n % groups);
        let rows = HEADER.to_owned()
            + &(0..groups).map(create).collect::<String>()
            + &(0..people).map(person).collect::<String>();
        world.write("a.csv", &rows);
        let planned = planned(&world, "a.csv", &[]);
        let run = world.umbulk(&["import", "a.csv"]);
        assert_eq!(run.status, 0, "{run:?}");
        let sent =
            world.sandbox.traffic().iter().filter(|request| request.commands > 0).count() as u64;
        assert_eq!(planned, sent, "{groups} groups, {people} people");
    }
}

/// The groups that `--create-groups` makes take requests of their own.
#[test]
fn plan_counts_the_requests_that_create_groups() {
    for (groups, people) in [(1, 3), (10, 10), (11, 25)] {
        let world = world();
        assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
        let person =
            |n: usize| format!("create,u{n}@example.com,U,N{n},US,\"Design,Z{}\",\n", n % groups);
        world.write("a.csv", HEADER.to_owned() + &(0..people).map(person).collect::<String>());
        let planned = planned(&world, "a.csv", &["--create-groups", "--requests", "bodies.jsonl"]);
        let bodies = std::fs::read_to_string(world.path("bodies.jsonl")).unwrap();
        assert_eq!(bodies.lines().count() as u64, planned, "{bodies}");
        let run = world.umbulk(&["import", "a.csv", "--create-groups"]);
        assert_eq!(
            (run.status, world.action_requests() as u64),
            (0, planned),
            "{groups} groups, {people} people: {run:?}"
        );
        assert!(run.stdout.contains(&format!("{planned}  requests sent\n")), "{run:?}");
    }
}

/// Once `--create-groups` is typed, it is no advice any more.
#[test]
fn create_groups_is_not_advised_where_it_is_given() {
    let world = world();
    let file =
        HEADER.to_owned() + "create,a@example.com,A,A,US,New,\nremove,b@example.com,,,,Gone,\n";
    let run = world.import("a.csv", &file, &["--create-groups"]);
    assert!(
        run.stderr.contains(
            "Rows that need it are invalid: --create-groups creates only \
         user groups that users join"
        ),
        "{run:?}"
    );
    assert!(run.stderr.contains("groups        created first, in 1 request: `New`\n"), "{run:?}");
    assert!(!run.stderr.contains("`umbulk import FILE --create-groups`"), "{run:?}");
    // A group that rows take people out of is not created either way.
    let run = world.import("b.csv", HEADER.to_owned() + "remove,b@example.com,,,,Gone,\n", &[]);
    assert!(
        run.stderr.contains("does not exist") && !run.stderr.contains("--create-groups"),
        "{run:?}"
    );
}

/// A mistyped name is not created without a word.
#[test]
fn created_group_is_shown_with_the_name_that_it_resembles() {
    let world = world();
    let file = HEADER.to_owned() + "create,a@example.com,A,A,US,Desing,\n";
    let run = world.import("a.csv", &file, &["--create-groups"]);
    assert!(
        run.status == 0
            && run
                .stderr
                .contains("created first, in 1 request: `Desing` (did you mean `Design`?)"),
        "{run:?}"
    );
}

#[test]
fn test_mode_does_not_say_that_groups_are_created() {
    let world = world();
    let file = HEADER.to_owned() + "create,a@example.com,A,A,US,New,\n";
    let run = world.import("a.csv", &file, &["--create-groups", "--test-mode"]);
    assert!(
        !run.stderr.contains("created first")
            && run.stderr.contains("groups        a real run would first create `New`"),
        "{run:?}"
    );
    assert!(world.sandbox.directory().group("New").is_none(), "{run:?}");
}
