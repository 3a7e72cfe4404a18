//! A saved plan is refused only if something has changed: it asks the server what the import asks.

use crate::outdated_list::renamed_world;
use crate::scripted::{Answer, Scripted};
use crate::second_accounts::{HEADER, WEEKLY};
use crate::world::{Run, World, user};
use std::fs;
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const HEAD: &str = "action,email,username,domain,firstname,lastname,country,groups\n";

/// Ann is in Design, and so is the boss, who has a username of his own.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&SandboxUser {
        username: "bigboss".into(),
        domain: "example.com".into(),
        country: "DE".into(),
        ..user("boss@example.com", &["Design"])
    });
    let ann = user("ann@example.com", &["Design"]);
    directory.add_user(&SandboxUser { country: "DE".into(), ..ann });
    World::new(directory, SandboxOptions::default())
}

fn plan(world: &World, more: &[&str]) -> Run {
    world.umbulk(&[&["plan", "staff.csv", "--save", "weekly.plan"], more].concat())
}

/// Saves a plan and applies it while nothing changes. Returns the outcomes.
fn planned_and_applied(world: &World, rows: &str, more: &[&str]) -> Vec<String> {
    world.write("staff.csv", rows);
    let planned = plan(world, more);
    let applied = world.umbulk(&["import", "--plan", "weekly.plan", "--yes"]);
    assert!(planned.status < 2, "{planned:?}");
    assert_eq!(applied.status, planned.status, "{planned:?}\n{applied:?}");
    world.outcomes("staff.results.csv")
}

#[test]
fn group_that_does_not_exist_is_known_to_the_plan() {
    let world = world();
    let rows =
        HEAD.to_owned() + "add,ann@example.com,,,,,,Desing\nadd,ann@example.com,,,,,,Video\n";
    let outcomes = planned_and_applied(&world, &rows, &[]);
    assert_eq!(outcomes, ["invalid invalid.groups.unknown", "ok"]);
}

#[test]
fn group_that_is_created_first_is_known_to_the_plan() {
    let world = world();
    let rows = HEAD.to_owned() + "add,ann@example.com,,,,,,Finance\n";
    world.write("staff.csv", &rows);
    let shown = plan(&world, &["--create-groups"]);
    assert!(shown.stderr.contains("would be created first, in 1 request: `Finance`"), "{shown:?}");
    assert_eq!(planned_and_applied(&world, &rows, &["--create-groups"]), ["ok"]);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Finance"]);
}

#[test]
fn protected_members_of_a_group_are_known_to_the_plan() {
    let world = world();
    world.write("protect.txt", "members:Design\n");
    let rows =
        HEAD.to_owned() + "delete,ann@example.com,,,,,,\nremove-all,,bigboss,example.com,,,,\n";
    let outcomes = planned_and_applied(&world, &rows, &["--protect", "protect.txt"]);
    assert_eq!(outcomes, ["invalid invalid.email.protected", "invalid invalid.username.protected"]);
}

/// Its edited address may be that of somebody, or of nobody.
#[test]
fn people_of_an_exported_list_are_known_to_the_plan() {
    let world = world();
    let mut command = world.command(&["export", "users", "--out", "staff.csv"]);
    let exported = crate::world::run(command.env("XDG_STATE_HOME", world.path("elsewhere")));
    assert_eq!(exported.status, 0, "{exported:?}");
    let text = fs::read_to_string(world.path("staff.csv")).unwrap();
    let text = text.replace("ann@example.com", "ann.lee@example.com");
    let outcomes = planned_and_applied(&world, &text, &[]);
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "ok").count(), 1, "{outcomes:?}");
    assert_eq!(world.sandbox.directory().users().count(), 2, "no second account");
}

/// The stored list is older than the file: the server knows the new address.
#[test]
fn new_address_that_an_outdated_list_lacks_is_known_to_the_plan() {
    let world = renamed_world();
    let outcomes = planned_and_applied(&world, &(HEADER.to_owned() + WEEKLY), &[]);
    assert_eq!(outcomes, ["ok"; 4]);
    assert!(world.groups_of("ann.smith@example.com").is_none());
}

/// An import compares such rows with no list that is only stored.
#[test]
fn snapshot_decides_no_more_about_rows_than_in_the_import() {
    let world = world();
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let rows =
        HEAD.to_owned() + "add,boss@example.com,,,,,,Video\nremove,,bigboss,example.com,,,,Video\n";
    planned_and_applied(&world, &rows, &[]);
}

#[test]
fn account_of_the_credentials_is_known_to_the_plan() {
    let payload = "eyJ1c2VyX2lkIjoiMEExQkBBZG9iZUlEIn0"; // {"user_id":"0A1B@AdobeID"}
    let body =
        format!(r#"{{"access_token":"eyJhbGciOiJub25lIn0.{payload}.x","expires_in":86400}}"#);
    let token = || ("token".to_owned(), Answer { body: body.clone(), ..Answer::default() });
    let server = Scripted::start([token(), token()]);
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("staff.csv", "action,email,groups\nadd,ann@example.com,Design\n");
    write(
        "users.csv",
        "type,email,groups,id,status\nfederatedID,ann@example.com,Design,1@x,active\n\
         federatedID,own@example.com,Design,0a1b@ADOBEID,active\n",
    );
    let scope = ["--missing", "report", "--managed-domain", "example.com"];
    let saved = ["plan", "staff.csv", "--against", "users.csv", "--save", "weekly.plan"];
    let plan = server.umbulk(folder.path(), &[&saved[..], &scope].concat());
    assert_eq!(plan.status, 0, "{plan:?}");
    assert!(plan.stdout.contains("exempt: 1 own account"), "{plan:?}");
    let run = server.umbulk(folder.path(), &["import", "--plan", "weekly.plan"]);
    assert_eq!(run.status, 0, "{run:?}");
}

/// Nobody can say later whether the names were right.
#[test]
fn guessed_encoding_is_asked_about_by_the_plan() {
    let world = World::with_groups(&[]);
    let text = "action;type;email;firstname;lastname;country\r\n\
                create;federatedID;c1@example.com;Иван;Петров;BG\r\n\
                create;federatedID;c2@example.com;Анна;Орлова;BG\r\n";
    let bytes = encoding_rs::WINDOWS_1251.encode(text).0.into_owned();
    world.write("staff.csv", &bytes);
    let asked = plan(&world, &[]);
    assert_eq!(asked.status, 2, "{asked:?}");
    assert!(asked.stderr.contains("--encoding windows-1251"), "{asked:?}");
    assert!(!world.path("weekly.plan").exists());
    assert_eq!(plan(&world, &["--encoding", "windows-1251"]).status, 0);
    let run = world.umbulk(&["import", "--plan", "weekly.plan"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().user("c1@example.com").unwrap().firstname, "Иван");
}

#[test]
fn one_file_under_two_names_is_refused_by_the_plan() {
    let world = world();
    world.write("staff.csv", HEAD.to_owned() + "add,ann@example.com,,,,,,Video\n");
    let refused = plan(&world, &["./staff.csv"]);
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(!world.path("weekly.plan").exists());
}

/// What is asked now, and what the import asks again.
#[test]
fn questions_of_the_plan_are_counted() {
    let reads = |world: &World| {
        let traffic = world.sandbox.traffic();
        traffic.iter().filter(|one| one.class != "token" && one.commands == 0).count()
    };
    let world = world();
    world.write("protect.txt", "members:Design\n");
    let rows = "delete,other@example.com,,,,,,\nadd,ann@example.com,,,,,,Video\n";
    world.write("staff.csv", HEAD.to_owned() + rows);
    let planned = plan(&world, &["--protect", "protect.txt", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&planned.stdout).unwrap();
    let asked = reads(&world);
    let words =
        format!("asked         {asked} questions, as the import will before it sends anything");
    assert!(asked > 1 && planned.stderr.contains(&words), "{words}: {planned:?}");
    assert_eq!(world.action_requests(), 0);
    let run = world.umbulk(&["import", "--plan", "weekly.plan"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(json["questions"].as_u64(), Some((reads(&world) - asked) as u64), "{json}");
}

/// A plan that is only looked at still asks nothing.
#[test]
fn plan_that_is_not_saved_asks_nothing() {
    let world = world();
    world.write("staff.csv", HEAD.to_owned() + "add,ann@example.com,,,,,,Desing\n");
    let shown = world.umbulk(&["plan", "staff.csv"]);
    assert_eq!((shown.status, world.sandbox.traffic().len()), (0, 0), "{shown:?}");
    assert!(shown.stdout.contains("1  group is not checked"), "{shown:?}");
}
