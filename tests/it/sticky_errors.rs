//! A command for which every request that holds it gets a 5xx, in several open requests at once: it
//! is no outage, and the other rows go.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxOptions};

fn world(people: usize) -> World {
    let mut directory = Directory::default();
    directory.add_group(&umbulk::sandbox::SandboxGroup::user_group("G"));
    (0..people).for_each(|n| directory.add_user(&user(&format!("p{n}@example.com"), &["G"])));
    World::new(directory, SandboxOptions::default())
}

fn rows(people: usize) -> String {
    let rows = (0..people).map(|n| format!("remove,p{n}@example.com,G\n"));
    format!("action,email,groups\n{}", rows.collect::<String>())
}

#[track_caller]
fn assert_others_go(people: usize, culprits: &[usize], status: u16, more: &[&str]) {
    let world = world(people);
    for n in culprits {
        world.sandbox.faults().dislike(&format!("p{n}@example.com"), status, "");
    }
    let run = world.import("a.csv", rows(people), more);
    let mut expected = vec!["ok".to_owned(); people];
    culprits.iter().for_each(|n| "failed error.no_answer".clone_into(&mut expected[*n]));
    assert_eq!((run.status, world.outcomes("a.results.csv")), (1, expected), "{run:?}");
    for n in 0..people {
        let is_left = world.groups_of(&format!("p{n}@example.com")).unwrap().is_empty();
        assert_eq!(is_left, !culprits.contains(&n), "p{n}");
    }
}

#[test]
fn sticky_500_in_every_open_request_fails_only_its_rows() {
    assert_others_go(20, &[3, 13], 500, &[]);
}

#[test]
fn sticky_502_in_many_requests_fails_only_its_rows() {
    assert_others_go(45, &[3, 7, 21, 40], 502, &[]);
}

#[test]
fn sticky_500_in_requests_one_by_one_fails_only_its_rows() {
    assert_others_go(30, &[3, 13, 23], 500, &["--concurrency", "1", "--max-attempts", "2"]);
}

/// Control requests name no user who is there: they are answered all the same.
#[test]
fn outage_of_requests_with_users_stops_the_run() {
    let world = world(40);
    (0..40).for_each(|n| world.sandbox.faults().dislike(&format!("p{n}@example.com"), 503, ""));
    let run = world.import("a.csv", rows(40), &[]);
    assert_eq!(run.status, 3, "{run:?}");
    let statuses = world.statuses("a.results.csv");
    let failed = statuses.iter().filter(|status| *status == "failed").count();
    assert!(failed <= 2 && !statuses.iter().any(|status| status == "ok"), "{statuses:?}");
    assert!(run.stdout.contains("gives no usable response"), "{}", run.stdout);
}

/// Where a request that changes nothing gets no response either, it is an outage.
#[test]
fn outage_stops_the_run_after_a_control_request() {
    let world = world(20);
    let down =
        || Some(InjectedFault::Answer { status: 500, headers: Vec::new(), body: String::new() });
    world.sandbox.faults().next_actions((0..60).map(|_| down()));
    let run = world.import("a.csv", rows(20), &[]);
    assert_eq!(run.status, 3, "{run:?}");
    assert_eq!(world.statuses("a.results.csv"), vec!["unknown"; 20], "{run:?}");
    assert!(run.stdout.contains("gives no usable response"), "{}", run.stdout);
    let requests = world.action_requests();
    assert!(requests <= 2 * 6 + 2 * 2, "{requests} requests");
    let again = world.umbulk(&["import", "a.csv"]);
    assert_eq!(again.status, 3, "the rest of the outage: {again:?}");
}
