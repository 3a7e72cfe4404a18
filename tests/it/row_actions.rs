//! What rows do is said once, by the file or by anyone who imports it, and shown in words.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, SandboxOptions};

fn two_people() -> World {
    let mut directory = Directory::default();
    for name in ["ann.lee@example.com", "bob.ray@example.com"] {
        directory.add_user(&user(name, &[]));
    }
    World::new(directory, SandboxOptions::default())
}

fn people(world: &World) -> usize {
    world.sandbox.directory().users().count()
}

fn assert_nothing_sent(world: &World, run: &Run) {
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
}

/// An exported list, handed back as a list of people who leave.
const EXPORT: &str = "action,type,email,username,domain,firstname,lastname,country,groups,id,\
                      status\n\
    create,federatedID,ann.lee@example.com,ann.lee@example.com,example.com,Ann,Lee,US,Design,A1,\
    active\n\
    create,federatedID,bob.ray@example.com,bob.ray@example.com,example.com,Bob,Ray,US,,A2,active\n";

#[test]
fn an_action_beside_another_in_the_file_sends_nothing() {
    let world = two_people();
    let run = world.import("leavers.csv", EXPORT, &["--action", "delete"]);
    assert_nothing_sent(&world, &run);
    for part in ["2 rows say create", "--override action=delete", "leavers.csv"] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    for command in ["plan", "validate"] {
        assert_eq!(
            world.umbulk(&[command, "leavers.csv", "--action", "delete"]).status,
            2,
            "{command}"
        );
    }
    // The same action, said twice, is no contradiction.
    assert_eq!(world.umbulk(&["plan", "leavers.csv", "--action", "create"]).status, 0);
}

#[test]
fn an_action_is_taken_for_rows_that_say_none() {
    let world = two_people();
    let file = "action,email,firstname,lastname,country\n,ann.lee@example.com,,,\n\
                ,bob.ray@example.com,,,\n";
    let run = world.import("leavers.csv", file, &["--action", "delete"]);
    assert_eq!((run.status, people(&world)), (0, 0), "{run:?}");
    let run = world.import(
        "mixed.csv",
        format!("{file}add,cy@example.com,,,\n"),
        &["--action", "delete"],
    );
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stderr.contains("1 row says add"), "{}", run.stderr);
}

#[test]
fn an_override_replaces_what_the_file_says() {
    let world = two_people();
    let run = world.import("leavers.csv", EXPORT, &["--override", "action=delete"]);
    assert_eq!((run.status, people(&world)), (0, 0), "{run:?}");
    assert!(run.stderr.contains("2 users leave"), "{}", run.stderr);
}

#[test]
fn an_override_must_be_typed() {
    let world = two_people();
    world.write("leavers.csv", EXPORT);
    world.write("umbulk.toml", "override = [\"action=delete\"]\n");
    assert_nothing_sent(&world, &world.umbulk(&["import", "leavers.csv"]));
    std::fs::remove_file(world.path("umbulk.toml")).unwrap();
    let run = crate::world::run(
        world.command(&["plan", "leavers.csv"]).env("UMBULK_OVERRIDE", "action=delete"),
    );
    assert!(
        run.status == 2
            && run.stderr.contains("UMBULK_OVERRIDE in the environment: --override must be typed"),
        "{run:?}"
    );
    assert_nothing_sent(
        &world,
        &world.umbulk(&["import", "leavers.csv", "--override", "action=erase"]),
    );
}

#[test]
fn a_list_of_names_alone_needs_an_action() {
    for header in
        ["email", "type,email", "username,domain", "type,email,username,domain", "email,Shoe size"]
    {
        let world = two_people();
        let file = format!(
            "{header}\n{}\n",
            header.split(',').map(|_| "ann.lee@example.com").collect::<Vec<_>>().join(",")
        );
        let run = world.import("a.csv", file, &[]);
        assert_nothing_sent(&world, &run);
        assert!(run.stderr.contains("--action"), "{header}: {}", run.stderr);
    }
    let world = two_people();
    let run = world.import("a.csv", "email\nann.lee@example.com\n", &["--action", "delete"]);
    assert_eq!((run.status, people(&world)), (0, 1), "{run:?}");
    let run = world.import("b.csv", "action,email\n,bob.ray@example.com\n", &[]);
    assert_eq!(
        (run.status, world.outcomes("b.results.csv")),
        (1, vec!["invalid invalid.action.missing".to_owned()]),
        "{run:?}"
    );
}

#[test]
fn the_lists_of_people_to_remove_of_user_sync_never_create() {
    for (header, row) in [
        ("type,email,domain", "federatedID,ann.lee@example.com,example.com"),
        ("type,username,domain", "federatedID,ann.lee@example.com,example.com"),
        ("type,user,domain", "federatedID,ann.lee@example.com,"),
        ("user,domain", "ann.lee@example.com,example.com"),
        ("type,email,domain,umapi", "federatedID,ann.lee@example.com,example.com,"),
        ("type,username,domain,org", "federatedID,ann.lee@example.com,example.com,primary"),
        ("user,domain,umapi", "ann.lee@example.com,example.com,"),
        ("Type,User,Domain,", "federatedID,ann.lee@example.com,example.com"),
    ] {
        let world = two_people();
        let run = world.import("stray.csv", format!("{header}\n{row}\n"), &[]);
        assert_eq!((run.status, people(&world)), (0, 1), "{header}: {run:?}");
        assert!(run.stderr.contains("1 user leaves"), "{header}: {}", run.stderr);
    }
}

#[test]
fn a_person_of_another_organization_of_user_sync_stays() {
    let world = two_people();
    let file = "type,username,domain,umapi\nfederatedID,ann.lee@example.com,example.com,studio\n";
    let run = world.import("stray.csv", file, &[]);
    assert_eq!((run.status, people(&world)), (1, 2), "{run:?}");
    assert_eq!(world.outcomes("stray.results.csv"), ["invalid invalid.umapi.other_organization"]);
}

#[test]
fn plan_says_in_words_what_rows_do() {
    let world = World::with_groups(&["Design"]);
    let file = "action,email,firstname,lastname,country,groups\n\
        create,a@example.com,A,B,US,\ncreate,a@example.com,A,B,US,Design\n\
        update,b@example.com,B,B,,\nadd,c@example.com,,,,Design\n\
        delete,d@example.com,,,,\ndelete-account,e@example.com,,,,\nremove-all,f@example.com,,,,\n";
    world.write("a.csv", file);
    let run = world.umbulk(&["plan", "a.csv"]);
    let words = "1 user is created (unless it exists already), 1 user is updated, 1 user \
         joins groups, 1 user loses all groups, 1 user leaves the organization, 1 user is deleted \
         with account and files";
    assert!(run.stdout.contains(words), "{}", run.stdout);
    let json: serde_json::Value =
        serde_json::from_str(&world.umbulk(&["plan", "a.csv", "--json"]).stdout).unwrap();
    assert_eq!((&json["does"], &json["headcount"]["created"]), (&words.into(), &1.into()));
}

#[test]
fn ignored_columns_are_named_by_every_command() {
    let world = World::with_groups(&[]);
    let run = world.import(
        "a.csv",
        "email,firstname,lastname,country,Start date,Room\na@example.com,A,B,US,1,2\n",
        &["--sandbox"],
    );
    assert!(run.stderr.contains("ignored columns: Start date, Room"), "{}", run.stderr);
    for command in ["plan", "validate"] {
        let run = world.umbulk(&[command, "a.csv"]);
        assert!(
            run.stdout.contains("ignored columns: Start date, Room"),
            "{command}: {}",
            run.stdout
        );
        let json: serde_json::Value =
            serde_json::from_str(&world.umbulk(&[command, "a.csv", "--json"]).stdout).unwrap();
        assert_eq!(json["ignored_columns"], serde_json::json!(["Start date", "Room"]));
    }
}

#[test]
fn a_column_that_looks_like_groups_is_not_lost_without_a_word() {
    let world = World::with_groups(&["Design"]);
    for column in ["Team", "Licences", "Vorname", "User teams", "Land"] {
        let header = match column {
            "Vorname" => "email,lastname,country,Vorname",
            "Land" => "email,firstname,lastname,Land",
            _ => &format!("email,firstname,lastname,country,{column}"),
        };
        let run = world.import("a.csv", format!("{header}\na@example.com,A,B,US,Design\n"), &[]);
        assert_nothing_sent(&world, &run);
        assert!(run.stderr.contains(&format!("--ignore \"{column}\"")), "{column}: {}", run.stderr);
    }
    let file = "email,firstname,lastname,country,Team\na@example.com,A,B,US,Design\n";
    let run = world.import("a.csv", file, &["--ignore", "team"]);
    assert_eq!((run.status, world.groups_of("a@example.com").unwrap().len()), (0, 0), "{run:?}");
    let run = world.import("b.csv", file, &["--map", "groups=Team"]);
    assert_eq!((run.status, world.groups_of("a@example.com").unwrap().len()), (0, 1), "{run:?}");
    assert_nothing_sent(
        &World::with_groups(&[]),
        &World::with_groups(&[]).import("a.csv", file, &["--ignore", "Tema"]),
    );
}

#[test]
fn adobes_own_columns_of_memberships_add_up_in_every_table() {
    for header in [
        "email,firstname,lastname,country,User Groups,Product Configurations",
        "email,firstname,lastname,country,user group,Product Profile",
        "type,email,firstname,lastname,country,groups,Product Profiles",
    ] {
        let world = World::with_groups(&["Design", "Photo Users"]);
        let row = if header.starts_with("type") {
            "federatedID,a@example.com,A,B,US,Design,Photo Users"
        } else {
            "a@example.com,A,B,US,Design,Photo Users"
        };
        let run = world.import("a.csv", format!("{header}\n{row}\n"), &[]);
        assert_eq!(run.status, 0, "{header}: {run:?}");
        assert_eq!(
            world.groups_of("a@example.com").unwrap(),
            ["Design", "Photo Users"],
            "{header}"
        );
    }
}
