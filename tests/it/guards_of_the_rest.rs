//! `--max-removals` does not hold up the rest of a run that takes nothing away any more.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

#[test]
fn rest_that_takes_nothing_away_is_sent_whatever_the_cap() {
    let mut directory = Directory::default();
    ["A", "B"].iter().for_each(|name| directory.add_group(&SandboxGroup::user_group(name)));
    (0..20).for_each(|n| directory.add_user(&user(&format!("u{n}@example.com"), &["A"])));
    let world = World::new(directory, SandboxOptions::default());
    let row = |n: usize| match n {
        0..10 => format!("remove,u{n}@example.com,A\n"),
        _ => format!("add,u{n}@example.com,B\n"),
    };
    let file = "action,email,groups\n".to_owned() + &(0..20).map(row).collect::<String>();
    let refused = InjectedFault::Answer {
        status: 403,
        headers: Vec::new(),
        body: r#"{"error_code":"403003"}"#.to_owned(),
    };
    world.sandbox.faults().next_actions([None, Some(refused)]);
    let run = world.import("a.csv", file, &["--concurrency", "1", "--group-side", "never"]);
    assert_eq!((run.status, world.action_requests()), (3, 2), "{run:?}");
    let run = world.umbulk(&["import", "a.csv", "--max-removals", "5"]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned(); 20]),
        "{run:?}"
    );
}
