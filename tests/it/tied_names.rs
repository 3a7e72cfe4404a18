//! Two names of one person keep their rows in order and are protected together, where a list or an
//! answer of the server tells both.

use crate::world::{Run, World, user};
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser};

const HEAD: &str = "action,email,username,domain,groups,new_username,new_email,group,users\n";

/// `a@x.com`, whose username is `ann` in the domain `x.com`, and 200 others.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["G", "H"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&SandboxUser {
        username: "ann".to_owned(),
        domain: "x.com".to_owned(),
        ..user("a@x.com", &["H"])
    });
    for number in 0..200 {
        directory.add_user(&user(&format!("u{number}@x.com"), &[]));
    }
    World::new(directory, SandboxOptions::default())
}

fn import(world: &World, rows: &str, more: &[&str]) -> Run {
    world.import("a.csv", format!("{HEAD}{rows}"), more)
}

fn late() -> Option<InjectedFault> {
    Some(InjectedFault::Late { status: 504, after: Duration::from_millis(500) })
}

/// The second row has ended after the third one, which cannot collide with the first.
fn assert_second_waited(world: &World, run: &Run) {
    assert_eq!(run.status, 0, "{run:?}");
    let rows = world.rows("a.results.csv");
    assert!(rows[2]["umbulk_finished_at"] < rows[1]["umbulk_finished_at"], "{rows:?}");
}

#[test]
fn names_that_a_list_ties_keep_file_order() {
    let world = world();
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let rows = "remove-all,,ann,x.com,,,,,\nadd,a@x.com,,,G,,,,\n";
    let run = import(&world, rows, &["--yes", "--against", "users.csv"]);
    assert_eq!(
        (run.status, world.action_requests()),
        (0, 2),
        "the commands of one request run in any order: {run:?}"
    );
    assert_eq!(world.groups_of("a@x.com").unwrap(), ["G"]);
}

#[test]
fn username_with_its_domain_is_tied_to_the_email_they_make() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    directory.add_user(&SandboxUser {
        username: "ann".to_owned(),
        domain: "x.com".to_owned(),
        ..user("ann@x.com", &[])
    });
    let world = World::new(directory, SandboxOptions::default());
    let rows = "remove-all,,ann,x.com,,,,,\nadd,ann@x.com,,,G,,,,\n";
    let run = import(&world, rows, &["--yes"]);
    assert_eq!((run.status, world.action_requests()), (0, 2), "{run:?}");
    assert_eq!(world.groups_of("ann@x.com").unwrap(), ["G"]);
}

#[test]
fn username_in_a_groups_list_is_tied_to_the_user_with_a_domain() {
    // The group's row names her without a domain.
    for (rows, requests) in [
        ("remove-all,,ann,x.com,,,,,\nupdate-group,,,,,,,G,ann\n", 2),
        ("update-group,,,,,,,G,ann\ndelete,,ann,x.com,,,,,\n", 2),
        ("update-group,,,,,,,G,ann\ndelete,u1@x.com,,,,,,,\n", 1),
    ] {
        let world = world();
        let run = import(&world, rows, &["--yes"]);
        assert!(run.status <= 1, "{run:?}");
        assert_eq!(world.action_requests(), requests, "{rows}: {run:?}");
    }
}

#[test]
fn list_ties_an_email_to_the_username_in_a_groups_list() {
    let world = world();
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let rows = "remove-all,a@x.com,,,,,,,\nupdate-group,,,,,,,G,ann\n";
    let run = import(&world, rows, &["--yes", "--against", "users.csv"]);
    assert_eq!(world.action_requests(), 2, "{run:?}");
}

#[test]
fn email_that_an_identity_probe_tells_waits_for_late_rename() {
    let world = world();
    world.sandbox.faults().next_actions([late()]);
    let rows = "update,,ann,x.com,,annie,,,\nadd,a@x.com,,,G,,,,\nadd,u1@x.com,,,G,,,,\n";
    let run = import(&world, rows, &["--effect-window", "1s"]);
    assert_second_waited(&world, &run);
    assert_eq!(world.groups_of("a@x.com").unwrap(), ["G", "H"]);
}

#[test]
fn email_that_a_deletes_probe_tells_waits_for_late_delete() {
    let world = world();
    world.sandbox.faults().next_actions([late()]);
    let rows = "delete,,ann,x.com,,,,,\nadd,a@x.com,,,G,,,,\nadd,u1@x.com,,,G,,,,\n";
    let run = import(&world, rows, &["--effect-window", "1s", "--verify-deletes", "--yes"]);
    let rows = world.rows("a.results.csv");
    assert!(rows[2]["umbulk_finished_at"] < rows[1]["umbulk_finished_at"], "{rows:?}");
    // Once she is gone, nobody can join.
    assert_eq!(world.statuses("a.results.csv"), ["ok", "failed", "ok"], "{run:?}");
}

/// So many rows that their users are not all asked about beforehand.
fn many_deletes() -> String {
    (0..120).map(|number| format!("delete,u{number}@x.com,,,,,,,\n")).collect()
}

const GUARDED: [&str; 6] =
    ["--yes", "--allow-admins", "--verify-deletes", "--protect", "protect.txt", "--fresh"];

/// Nobody can tell whether one of the usernames is hers, so nothing is sent.
#[test]
fn protected_person_stays_where_too_many_may_be_meant() {
    let world = world();
    // More usernames than the server is asked about.
    let many: String = (0..100).map(|number| format!("nobody{number}\n")).collect();
    world.write("protect.txt", many + "ann\n");
    let run = import(&world, &format!("{}delete,a@x.com,,,,,,,\n", many_deletes()), &GUARDED);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    assert!(run.stderr.contains("Write the email address in place of each username"), "{run:?}");
    assert!(world.groups_of("a@x.com").is_some());
}

#[test]
fn renamed_protected_user_is_still_protected() {
    let world = world();
    world.write("protect.txt", "a@x.com\n");
    let rows = format!("{}update,,ann,x.com,,annie,,,\ndelete,,annie,x.com,,,,,\n", many_deletes());
    let run = import(&world, &rows, &["--yes", "--allow-admins", "--protect", "protect.txt"]);
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(outcomes[121], "invalid invalid.username.protected", "{run:?}");
    assert!(world.groups_of("a@x.com").is_some());
}

/// The question about administrators tells the email of a username: rows of both names are one
/// person's, in the file's order.
#[test]
fn email_that_the_question_about_leavers_tells_ties_rows() {
    let mut directory = Directory::default();
    directory.add_user(&SandboxUser { username: "ann".into(), ..user("a@x.com", &[]) });
    let world = World::new(directory, SandboxOptions::default());
    let rows = "action,email,username,domain,firstname,lastname,country\ndelete,,ann,x.com,,,\n\
                create,a@x.com,,,Ann,Lee,US\n";
    let run = world.import("a.csv", rows, &[]);
    assert_eq!((run.status, world.action_requests()), (0, 2), "one after the other: {run:?}");
    assert!(world.groups_of("a@x.com").is_some(), "{run:?}");
}
