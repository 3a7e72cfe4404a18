//! A group that is not there is named with the existing name that is most like it, whether a list
//! or a question told.

use crate::world::{World, bare, run};
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, Limit, Limits, SandboxGroup, SandboxOptions};

const HEADER: &str = "action,email,firstname,lastname,country,groups\n";

fn reads(world: &World, class: &str) -> usize {
    world.sandbox.traffic().iter().filter(|received| received.class == class).count()
}

fn row(groups: &str) -> String {
    format!("{HEADER}create,ann@example.com,Ann,Lee,US,\"{groups}\"\n")
}

fn message(world: &World, file: &str) -> String {
    world.rows(file)[0]["umbulk_message"].clone()
}

/// No row names the group that is meant: only the list of groups tells it.
#[test]
fn name_asked_for_alone_is_shown_with_the_nearest_group() {
    let world = World::with_groups(&["Marketing EMEA", "Video"]);
    let run = world.import("a.csv", row("Marketing EMAE"), &[]);
    assert!(
        run.status == 1 && run.stderr.contains("`Marketing EMAE` (did you mean `Marketing EMEA`?)"),
        "{run:?}"
    );
    assert!(
        message(&world, "a.results.csv").contains("Did you mean `Marketing EMEA`?"),
        "{}",
        message(&world, "a.results.csv")
    );
    assert_eq!(
        (reads(&world, "users"), reads(&world, "groups"), world.action_requests()),
        (1, 1, 0)
    );
    // The list is stored: the next file needs no other.
    let run = world.import("b.csv", row("Vidoe"), &[]);
    assert!(
        run.status == 1 && message(&world, "b.results.csv").contains("Did you mean `Video`?"),
        "{run:?}"
    );
    assert_eq!(reads(&world, "groups"), 1);
}

#[test]
fn groups_that_are_there_fetch_no_list() {
    let world = World::with_groups(&["Video"]);
    let run = world.import("a.csv", row("Video"), &[]);
    assert_eq!((run.status, reads(&world, "users"), reads(&world, "groups")), (0, 1, 0), "{run:?}");
}

/// Somebody else has asked for page 0 just now, and asking again is answered with a pause of half
/// an hour: nobody waits for it, and the row says why no similar name is shown.
#[test]
fn list_that_cannot_be_had_soon_is_said_in_the_row() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Video"));
    let page0 = Some(Limit { requests: 1, window: Duration::from_secs(7200) });
    let world = World::new(
        directory,
        SandboxOptions {
            limits: Limits { page0, ..Limits::default() },
            ..SandboxOptions::default()
        },
    );
    let elsewhere =
        run(world.command(&["export", "groups"]).env("XDG_STATE_HOME", world.path("elsewhere")));
    assert_eq!(elsewhere.status, 0, "{elsewhere:?}");
    let started = Instant::now();
    let run = world.import("a.csv", row("Vidoe"), &[]);
    let said = message(&world, "a.results.csv");
    assert!(run.status == 1 && said.ends_with("or create the group first"), "{said} {run:?}");
    assert_eq!(
        run.stderr.matches("(similar names are unknown: ").count(),
        1,
        "once, however many rows there are: {run:?}"
    );
    assert!(started.elapsed() < Duration::from_secs(60), "nobody waits for it");
}

/// Another process has asked for the list, and the list is not here.
#[test]
fn list_that_was_asked_for_lately_is_not_asked_for_again() {
    let world = World::with_groups(&["Video"]);
    assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
    let lists = world.path("state/umbulk/lists");
    for folder in std::fs::read_dir(&lists).unwrap() {
        std::fs::remove_file(folder.unwrap().path().join("groups.latest.snapshot")).unwrap();
    }
    let run = world.import("a.csv", row("Vidoe"), &[]);
    let said = message(&world, "a.results.csv");
    assert!(run.status == 1 && said.ends_with("or create the group first"), "{said} {run:?}");
    let why = "similar names are unknown: the list of groups was fetched at ";
    assert!(run.stderr.contains(why), "{run:?}");
    assert_eq!(reads(&world, "groups"), 1);
}

/// What a run has found when it began, it shows again.
#[test]
fn similar_name_is_shown_again_by_results() {
    let world = World::with_groups(&["Video"]);
    let first = world.import("a.csv", row("Vidoe"), &[]);
    let said = message(&world, "a.results.csv");
    assert!(first.status == 1 && said.contains("Did you mean `Video`?"), "{first:?}");
    let again = run(&mut bare(world.folder.path(), &["results", "a.csv"]));
    assert_eq!((again.status, message(&world, "a.results.csv")), (0, said), "{again:?}");
}
