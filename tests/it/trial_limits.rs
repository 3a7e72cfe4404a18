//! A trial in test mode is an action request like any other for the server's limit, and none for
//! what a run has sent.

use crate::world::{World, run};
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, Limit, Limits, SandboxGroup, SandboxOptions};

fn refused() -> Option<InjectedFault> {
    Some(InjectedFault::Answer {
        status: 403,
        headers: Vec::new(),
        body: r#"{"error_code":"403003","message":"Api Key is invalid"}"#.to_owned(),
    })
}

/// An organization with a limit of its own, in which no question about groups is answered.
fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    let limits = Limits {
        action: Some(Limit { requests: 2, window: Duration::from_secs(1) }),
        ..Limits::default()
    };
    let world = World::new(directory, SandboxOptions { limits, ..SandboxOptions::default() });
    world.sandbox.faults().next_reads((0..60).map(|_| refused()));
    let rows: String = (0..20).map(|n| format!("u{n}@example.com,U,N{n},US,Design\n")).collect();
    world.write("a.csv", format!("email,firstname,lastname,country,groups\n{rows}"));
    world
}

/// Nothing is shared by files: the state folder cannot be made.
#[test]
fn trial_counts_within_the_window_of_the_run() {
    let world = world();
    world.write("state", "not a folder");
    let run = run(&mut world.command(&["import", "a.csv", "--rate", "2/1s"]));
    assert_eq!(run.status, 0, "{run:?}");
    let statuses: Vec<u16> = world
        .sandbox
        .traffic()
        .iter()
        .filter(|received| received.commands > 0)
        .map(|one| one.status)
        .collect();
    assert!(statuses.len() > 3 && !statuses.contains(&429), "{statuses:?}");
    assert!(
        run.stdout.contains(&format!("{}  requests sent", statuses.len() - 1)),
        "the trial is none of them: {}",
        run.stdout
    );
}
