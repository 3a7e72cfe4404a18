//! Every request counts: it is full while rows are left that may go, the token is fetched once, and
//! nothing is asked for without need.

use crate::world::{World, user};
use std::fmt::Write;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

/// Users `u0` to `u99` in no group, and user groups `Design` and `Print`.
fn world() -> World {
    let mut directory = Directory::default();
    for name in ["Design", "Print"] {
        directory.add_group(&SandboxGroup::user_group(name));
    }
    (0..100).for_each(|number| directory.add_user(&user(&email(number), &[])));
    World::new(directory, SandboxOptions::default())
}

fn email(number: u32) -> String {
    format!("u{number}@example.com")
}

/// Returns the number of commands in each request.
fn sizes(world: &World) -> Vec<usize> {
    let sent = world.sandbox.traffic().into_iter().map(|received| received.commands);
    sent.filter(|commands| *commands > 0).collect()
}

/// Returns the number of calls of a class.
fn calls(world: &World, class: &str) -> usize {
    world.sandbox.traffic().iter().filter(|received| received.class == class).count()
}

const HEAD: &str = "action,email,firstname,lastname,country,groups,group,new_name\n";

/// Nineteen people are created in a group that the first row creates. Other rows fill the requests
/// until it is there.
#[test]
fn rows_that_wait_for_a_group_do_not_stop_the_others() {
    let world = world();
    let mut rows = format!("{HEAD}create-group,,,,,,Team,\n");
    for number in 0..19 {
        writeln!(rows, "create,new{number}@example.com,F,L,US,Team,,").unwrap();
    }
    for number in 0..30 {
        writeln!(rows, "update,{},New,,,,,", email(number)).unwrap();
    }
    let run = world.import("a.csv", rows, &[]);
    assert_eq!((run.status, sizes(&world)), (0, vec![10; 5]), "{run:?}");
}

/// Four commands of one user follow each other, and others fill their requests.
#[test]
fn rows_of_one_person_share_their_requests_with_others() {
    let world = world();
    let mut rows = HEAD.to_owned();
    for _ in 0..2 {
        writeln!(rows, "remove-all,{},,,,,,", email(0)).unwrap();
        writeln!(rows, "add,{},,,,Design,,", email(0)).unwrap();
    }
    for number in 1..37 {
        writeln!(rows, "update,{},New,,,,,", email(number)).unwrap();
    }
    let limited = ["--concurrency", "1", "--rate", "1000/100ms"];
    let run = world.import("a.csv", rows, &limited);
    assert_eq!((run.status, sizes(&world)), (0, vec![10; 4]), "{run:?}");
}

/// A renamed group and its members: rows of other groups do not wait.
#[test]
fn renamed_group_does_not_stop_rows_of_others() {
    let world = world();
    let mut rows = HEAD.to_owned();
    for number in 0..9 {
        writeln!(rows, "create,a{number}@example.com,F,L,US,Design,,").unwrap();
    }
    writeln!(rows, "update-group,,,,,,Design,Studio").unwrap();
    for number in 0..9 {
        writeln!(rows, "create,b{number}@example.com,F,L,US,Studio,,").unwrap();
    }
    for number in 0..31 {
        writeln!(rows, "create,c{number}@example.com,F,L,US,Print,,").unwrap();
    }
    let run = world.import("a.csv", rows, &["--concurrency", "1"]);
    assert_eq!((run.status, sizes(&world)), (0, vec![10; 5]), "{run:?}");
}

/// One token for questions and requests, and no list that no row needs.
#[test]
fn token_is_fetched_once_and_no_list_without_need() {
    let world = world();
    let mut rows = HEAD.to_owned();
    for number in 0..30 {
        writeln!(rows, "update,{},New,,,,,", email(number)).unwrap();
    }
    let run = world.import("a.csv", rows, &[]);
    assert_eq!((run.status, sizes(&world)), (0, vec![10; 3]), "{run:?}");
    let other = ["users", "groups", "token"].map(|class| calls(&world, class));
    assert_eq!(other, [0, 0, 1]);
}

/// Groups that rows name are asked about one by one, with the same token.
#[test]
fn few_groups_need_no_list() {
    let world = world();
    let mut rows = HEAD.to_owned();
    for number in 0..60 {
        writeln!(rows, "add,{},,,,\"Design,Print\",,", email(number)).unwrap();
    }
    let run = world.import("a.csv", rows, &[]);
    assert_eq!((run.status, world.action_requests()), (0, 1), "{run:?}");
    let other = ["users", "groups", "token"].map(|class| calls(&world, class));
    assert_eq!(other, [2, 0, 1]);
}

/// A request that has to go again takes a new token only if the old one is refused.
#[test]
fn repeated_requests_keep_their_token() {
    let world = world();
    let mut rows = HEAD.to_owned();
    for number in 0..20 {
        writeln!(rows, "update,{},New,,,,,", email(number)).unwrap();
    }
    world.sandbox.faults().next_actions([Some(InjectedFault::CutBefore)]);
    let run = world.import("a.csv", rows, &["--effect-window", "0"]);
    assert_eq!((run.status, calls(&world, "token")), (0, 1), "{run:?}");
}
