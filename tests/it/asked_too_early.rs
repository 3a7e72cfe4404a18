//! What the server says about people whom an earlier request may still change proves nothing: they
//! are asked about after that.

use crate::world::{Run, World, run, user};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser};

const WINDOW: &str = "1200ms";
const LATE: Duration = Duration::from_millis(700);
const RENAME: &str = "action,email,new_email\nupdate,ann@example.com,cee@example.com\n";
const DELETE: &str = "action,email\ndelete,cee@example.com\n";

fn world(roles: &[&str]) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_user(&SandboxUser {
        username: "alee".to_owned(),
        domain: "example.com".to_owned(),
        ..user("ann@example.com", roles)
    });
    directory.add_user(&user("bob@example.com", &[]));
    World::new(directory, SandboxOptions::default())
}

/// Imports a file whose first request is carried out late. Returns once the server has it.
fn begun(world: &World, file: &str, rows: &str) -> Child {
    world.sandbox.faults().next_actions([Some(InjectedFault::Late { status: 504, after: LATE })]);
    world.write(file, rows);
    let before = world.action_requests();
    let mut command = world.command(&["import", file, "--yes"]);
    command.env("UMBULK_EFFECT_WINDOW", WINDOW).stderr(Stdio::null()).stdout(Stdio::null());
    let child = command.spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while world.action_requests() == before {
        assert!(Instant::now() < until, "no request came");
        std::thread::yield_now();
    }
    child
}

/// The same, and the import is killed.
fn killed(world: &World, rows: &str) {
    killed_file(world, "a.csv", rows);
}

fn killed_file(world: &World, file: &str, rows: &str) {
    let mut child = begun(world, file, rows);
    child.kill().unwrap();
    child.wait().unwrap();
}

fn imported(world: &World, file: &str, rows: &str, more: &[&str]) -> Run {
    world.write(file, rows);
    let mut args = vec!["import", file, "--yes"];
    args.extend(more);
    let mut command = world.command(&args);
    run(command.env("UMBULK_EFFECT_WINDOW", WINDOW))
}

fn is_there(world: &World, email: &str) -> bool {
    world.sandbox.directory().user(email).is_some()
}

#[test]
fn removal_behind_a_late_rename_is_no_removal_of_nobody() {
    let remove_all = DELETE.replace("delete", "remove-all");
    for (rows, more) in [
        (DELETE, &[][..]),
        (&remove_all, &[]),
        (DELETE, &["--verify-deletes"]),
        (DELETE, &["--skip-unchanged", "--online"]),
    ] {
        let world = world(&["Design"]);
        killed(&world, RENAME);
        let run = imported(&world, "b.csv", rows, more);
        assert_eq!((run.status, world.outcomes("b.results.csv")), (0, vec!["ok".to_owned()]));
        let why = "for an earlier request that may still change cee@example.com: ";
        assert!(run.stderr.contains(why), "{run:?}");
        assert!(!run.stderr.contains("nothing is removed"), "{run:?}");
        assert_eq!(is_there(&world, "cee@example.com"), rows != DELETE, "{more:?}");
    }
}

#[test]
fn import_that_is_not_killed_is_waited_for_too() {
    let world = world(&["Design"]);
    let mut first = begun(&world, "a.csv", RENAME);
    let run = imported(&world, "b.csv", DELETE, &[]);
    assert!(first.wait().unwrap().success());
    assert_eq!((run.status, world.outcomes("b.results.csv")), (0, vec!["ok".to_owned()]));
    assert!(!is_there(&world, "cee@example.com") && !is_there(&world, "ann@example.com"));
}

#[test]
fn guards_see_who_has_a_name_after_a_late_rename() {
    let world = world(&["_org_admin", "Design"]);
    killed(&world, RENAME);
    let run = imported(&world, "b.csv", DELETE, &[]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stderr.contains("_org_admin") && is_there(&world, "cee@example.com"), "{run:?}");
}

#[test]
fn role_that_is_given_late_is_seen() {
    let world = world(&[]);
    killed(&world, "action,email,groups\nadd,ann@example.com,_admin_Design\n");
    let rows =
        "action,email,new_email\nupdate,ann@example.com,cee@example.com\ndelete,cee@example.com,\n";
    let run = imported(&world, "b.csv", rows, &[]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stderr.contains("_admin_Design"), "{run:?}");
}

const ADD_ROLE: &str = "action,email,groups\nadd,ann@example.com,_admin_Design\n";
const BY_USERNAME: &str = "action,username,domain\ndelete,alee,example.com\n";

/// One import calls her by email, the other by username: the server's answer tells both names.
#[test]
fn role_that_is_given_late_under_another_name_is_seen() {
    let remove_all = BY_USERNAME.replace("delete", "remove-all");
    for (rows, more) in [
        (BY_USERNAME, &[][..]),
        (&remove_all, &[]),
        (BY_USERNAME, &["--verify-deletes"]),
        (BY_USERNAME, &["--online"]),
    ] {
        let world = world(&[]);
        killed(&world, ADD_ROLE);
        let run = imported(&world, "b.csv", rows, more);
        assert_eq!(run.status, 2, "{more:?}: {run:?}");
        assert!(run.stderr.contains("_admin_Design"), "{more:?}: {run:?}");
        assert_eq!(world.groups_of("ann@example.com").unwrap(), ["_admin_Design"]);
    }
}

#[test]
fn role_that_is_given_late_by_username_is_seen_by_email() {
    let world = world(&[]);
    killed(&world, "action,username,domain,groups\nadd,alee,example.com,_admin_Design\n");
    let run = imported(&world, "b.csv", "action,email\ndelete,ann@example.com\n", &[]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(is_there(&world, "ann@example.com"));
}

#[test]
fn members_who_join_a_protected_group_late_are_protected() {
    let rows = "action,username,domain,groups\nremove,alee,example.com,Design\n";
    for rows in [BY_USERNAME, rows] {
        let world = world(&[]);
        world.write("protected.txt", "members:Design\n");
        killed(&world, "action,email,groups\nadd,ann@example.com,Design\n");
        let run = imported(&world, "b.csv", rows, &["--protect", "protected.txt"]);
        assert_ne!(run.status, 0, "{run:?}");
        assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design"]);
    }
}

/// The group is hers under the name that the list has.
#[test]
fn name_on_the_list_that_somebody_gets_late_is_waited_for() {
    let world = world(&["Design"]);
    world.write("protected.txt", "cee@example.com\n");
    killed(&world, RENAME);
    let rows = "action,group\ndelete-group,Design\n";
    let run = imported(&world, "b.csv", rows, &["--protect", "protected.txt"]);
    assert_ne!(run.status, 0, "{run:?}");
    assert!(world.sandbox.directory().group("Design").is_some());
}

#[test]
fn protected_people_keep_their_protection_after_a_late_rename() {
    let world = world(&["Design"]);
    world.write("protected.txt", "members:Design\n");
    killed(&world, RENAME);
    let run = imported(&world, "b.csv", DELETE, &["--protect", "protected.txt"]);
    assert_ne!(run.status, 0, "{run:?}");
    assert!(is_there(&world, "cee@example.com"), "{run:?}");
}

#[test]
fn group_that_is_created_late_is_there() {
    let world = world(&[]);
    killed(&world, "action,group\ncreate-group,New\n");
    let rows = "email,firstname,lastname,country,groups\nzoe@example.com,Zoe,Day,US,New\n";
    let run = imported(&world, "b.csv", rows, &[]);
    assert_eq!((run.status, world.outcomes("b.results.csv")), (0, vec!["ok".to_owned()]));
    assert_eq!(world.groups_of("zoe@example.com"), Some(vec!["New".to_owned()]), "{run:?}");
}

#[test]
fn people_who_are_not_asked_about_hold_up_nothing() {
    let world = world(&["Design"]);
    killed(&world, RENAME);
    let run = imported(&world, "b.csv", "action,email\ndelete,bob@example.com\n", &[]);
    assert_eq!((run.status, world.outcomes("b.results.csv")), (0, vec!["ok".to_owned()]));
    assert!(!run.stderr.contains("an earlier request"), "{run:?}");
    // A finished import is shown at once, though a request about the same user is open.
    killed_file(&world, "c.csv", RENAME.replace("ann", "bob").as_str());
    let sent = world.action_requests();
    let run = imported(&world, "b.csv", "action,email\ndelete,bob@example.com\n", &[]);
    assert_eq!((run.status, world.action_requests()), (0, sent), "{run:?}");
    assert!(!run.stderr.contains("an earlier request"), "{run:?}");
}
