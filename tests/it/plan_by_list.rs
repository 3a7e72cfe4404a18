//! A plan that nobody has asked to compare tells by a young snapshot who is there, who
//! administers, and which licences are not enough.

use crate::only_changes::organization;
use crate::world::{Run, World, user};
use serde_json::Value;
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

fn world() -> World {
    World::new(organization(), SandboxOptions::default())
}

fn export(world: &World) {
    for what in ["users", "groups"] {
        let run = world.umbulk(&["export", what]);
        assert_eq!(run.status, 0, "{run:?}");
    }
}

fn plan(world: &World, content: &str, more: &[&str]) -> (Value, Run) {
    world.write("a.csv", content);
    let json = world.umbulk(&[&["plan", "a.csv", "--json"], more].concat());
    let value = serde_json::from_str(&json.stdout).unwrap_or_else(|_| panic!("{json:?}"));
    (value, world.umbulk(&[&["plan", "a.csv"], more].concat()))
}

const LEAVERS: &str = "action,email\ndelete,ann@example.com\ndelete,boss@example.com\n";

#[test]
fn administrators_are_named_by_the_snapshot() {
    let world = world();
    let (value, run) = plan(&world, LEAVERS, &[]);
    assert!(
        value["administrators"].is_null() && run.stdout.contains("not checked offline"),
        "{run:?}"
    );
    export(&world);
    let (value, run) = plan(&world, LEAVERS, &[]);
    let boss = &value["administrators"][0];
    assert_eq!(
        (
            boss["user"].as_str(),
            boss["row"].as_u64(),
            value["administrators"].as_array().unwrap().len()
        ),
        (Some("boss@example.com"), Some(2), 1)
    );
    let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("boss@example.com (a.csv, line 3) would lose _admin_Design, _org_admin"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("checked with") && !run.stdout.contains("not checked offline"),
        "{}",
        run.stdout
    );
    // Everything is sent all the same, as by an import.
    assert_eq!((&value["sendable"], &value["differences"]), (&2.into(), &Value::Null), "{value}");
}

#[test]
fn administrators_whom_an_import_has_perhaps_made_are_not_known() {
    let world = world();
    export(&world);
    // Part of the row may be done, and part of it is refused.
    let file = "action,email,groups,new_email\nadd,ann@example.com,_admin_Design,\n\
                update,ann@example.com,,bob@example.com\n";
    assert_eq!(world.import("made.csv", file, &[]).status, 1);
    let (value, run) = plan(&world, "action,email\ndelete,ann@example.com\n", &[]);
    assert!(
        value["administrators"].is_null() && run.stdout.contains("changed people since"),
        "{run:?}"
    );
    // The import asks the server, and does not go by the list either.
    let run =
        world.import("off.csv", "action,email\ndelete,ann@example.com\n", &["--skip-unchanged"]);
    assert!(run.status == 2 && run.stderr.contains("--allow-admins"), "{run:?}");
}

#[test]
fn users_who_exist_are_not_said_to_be_created() {
    let world = world();
    let file = "email,firstname,lastname,country\nann@example.com,First,Last,US\n\
                new@example.com,New,User,US\nbob@example.com,First,Last,DE\n";
    export(&world);
    let (value, run) = plan(&world, file, &[]);
    assert!(
        run.stdout.contains("what it does: 1 user is created, 2 users exist already\n"),
        "{}",
        run.stdout
    );
    assert_eq!(
        (&value["headcount"]["created"], &value["headcount"]["exist"]),
        (&1.into(), &2.into()),
        "{value}"
    );
    assert_eq!(
        (&value["effects"]["created"], &value["effects"]["exists"]),
        (&1.into(), &2.into()),
        "{value}"
    );
    // Whom an import has created exists, too.
    assert_eq!(world.import("a.csv", file, &[]).status, 0);
    assert!(plan(&world, file, &[]).1.stdout.contains("what it does: 3 users exist already\n"));
    // A list that is too old tells nothing.
    let run = plan(&world, file, &["--max-age", "1ms"]).1;
    assert!(
        run.stdout.contains("3 users are created") && !run.stdout.contains("checked with"),
        "{}",
        run.stdout
    );
}

#[test]
fn licences_that_are_not_enough_are_named() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup { quota: Some(2), ..SandboxGroup::profile("Photoshop") });
    for name in ["a", "b"] {
        directory.add_user(&user(&format!("{name}@example.com"), &["Photoshop"]));
    }
    let world = World::new(directory, SandboxOptions::default());
    export(&world);
    // Who has one already needs no other.
    let has = "action,email,groups\nadd,a@example.com,Photoshop\nadd,b@example.com,Photoshop\n";
    let (value, run) = plan(&world, has, &[]);
    assert!(
        value["licences"] == Value::Array(Vec::new()) && !run.stdout.contains("licences"),
        "{run:?}"
    );
    let more = "email,firstname,lastname,country,groups\nc@example.com,C,User,US,Photoshop\n";
    let (value, run) = plan(&world, more, &[]);
    assert_eq!(
        (&value["licences"][0]["members"], &value["licences"][0]["quota"]),
        (&3.into(), &2.into()),
        "{value}"
    );
    assert!(
        run.stdout.contains("Photoshop would have 3 members, but has 2 licences"),
        "{}",
        run.stdout
    );
}
