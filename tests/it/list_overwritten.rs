//! The list that `--against` names is overwritten while a run goes on: nothing more is sent, and
//! what to do is said.

use crate::resume::{ended, started};
use crate::world::{Run, World, user};
use std::time::Duration;
use umbulk::sandbox::{Directory, SandboxOptions};

const LIST: &str = "users.csv";

fn rows() -> String {
    let creates = (0..60).map(|number| format!("create,u{number:03}@example.com,Ann,Lee,US\n"));
    "action,email,firstname,lastname,country\n".to_owned() + &creates.collect::<String>()
}

fn list(people: &[&str]) -> String {
    let lines = people.iter().map(|email| format!("{email},Ann,Lee,US,,active\n"));
    "email,firstname,lastname,country,groups,status\n".to_owned() + &lines.collect::<String>()
}

fn world() -> World {
    let mut directory = Directory::default();
    directory.add_user(&user("old@example.com", &[]));
    let world = World::new(
        directory,
        SandboxOptions { latency: Duration::from_millis(150), ..SandboxOptions::default() },
    );
    world.write("a.csv", rows());
    world.write(LIST, list(&["old@example.com"]));
    world
}

/// Lets something happen to the list of a running import, whose second request is on its way.
fn during(world: &World, more: &[&str], happen: impl FnOnce()) -> Run {
    let args = [&["--against", LIST], more].concat();
    let child = started(world, 2, &args);
    happen();
    ended(child)
}

#[test]
fn list_overwritten_in_place_stops_the_run_with_3() {
    for more in [&["--skip-unchanged"][..], &[]] {
        for new in [
            list(&["old@example.com", "u059@example.com"]),
            list(&["new@example.com"]),
            String::new(),
        ] {
            let world = world();
            let run = during(&world, more, || drop(world.write(LIST, &new)));
            assert_eq!(run.status, 3, "{run:?}");
            assert!(
                run.stdout.contains("users.csv has changed since the rows were compared with it"),
                "{}",
                run.stdout
            );
            assert!(run.stdout.contains("--fresh"), "{}", run.stdout);
            let ok =
                world.statuses("a.results.csv").iter().filter(|status| *status == "ok").count();
            assert_eq!(
                world.sandbox.directory().users().count(),
                ok + 1,
                "what was sent is what the results say"
            );
            // What was compared with is put back, and the same command continues.
            world.write(LIST, list(&["old@example.com"]));
            let again = world.umbulk(&[&["import", "a.csv", "--against", LIST], more].concat());
            assert_eq!(
                (again.status, world.statuses("a.results.csv")),
                (0, vec!["ok".to_owned(); 60]),
                "{again:?}"
            );
        }
    }
}

#[test]
fn list_overwritten_after_the_last_request_ends_with_3() {
    let world = world();
    let rows = rows();
    world.write("a.csv", rows.lines().take(21).map(|line| format!("{line}\n")).collect::<String>());
    let run =
        during(&world, &["--skip-unchanged"], || drop(world.write(LIST, list(&["x@example.com"]))));
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (3, vec!["ok".to_owned(); 20]),
        "{run:?}"
    );
    assert!(
        run.stdout.contains("users.csv has changed since the rows were compared with it"),
        "{}",
        run.stdout
    );
}

#[test]
fn list_written_again_with_the_same_bytes_disturbs_nobody() {
    let world = world();
    let run = during(&world, &["--skip-unchanged"], || {
        world.write("b.csv", list(&["old@example.com"]));
        std::fs::rename(world.path("b.csv"), world.path(LIST)).unwrap();
    });
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned(); 60]),
        "{run:?}"
    );
}

#[test]
fn changed_list_of_an_interrupted_run_is_refused() {
    // Missing people are told by the list, also where every row is sent.
    let missing = &["--missing", "leave", "--managed-domain", "example.com", "--yes"][..];
    for more in [&["--skip-unchanged"][..], missing] {
        let world = world();
        world.write(LIST, list(&["u000@example.com"]));
        let run = during(&world, more, || {
            drop(world.write(LIST, list(&["u000@example.com", "vip@example.com"])));
        });
        assert_eq!(run.status, 3, "{run:?}");
        let sent = world.action_requests();
        let again = world.umbulk(&[&["import", "a.csv", "--against", LIST], more].concat());
        assert_eq!((again.status, world.action_requests()), (2, sent), "{again:?}");
    }
}

/// A finished run was told by another list. That does not stick to the next run of the file.
#[test]
fn interrupted_run_after_a_finished_one_goes_on_by_its_own_list() {
    let world = world();
    let first = world.umbulk(&["import", "a.csv", "--against", LIST]);
    assert_eq!(first.status, 0, "{first:?}");
    let newer = list(&["old@example.com", "new@example.com"]);
    world.write(LIST, &newer);
    let other = &["--default-country", "DE"][..];
    let run = during(&world, other, || drop(world.write(LIST, list(&["x@example.com"]))));
    assert_eq!(run.status, 3, "{run:?}");
    world.write(LIST, newer);
    let again = world.umbulk(&[&["import", "a.csv", "--against", LIST], other].concat());
    assert_eq!(
        (again.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned(); 60]),
        "{again:?}"
    );
}
