//! What `umbulk status` says about a run that may be living, dead, suspended, or elsewhere.

use crate::resume::{signal, started};
use crate::world::World;
use std::time::Duration;
use umbulk::sandbox::{Directory, SandboxOptions};

const JOURNAL: &str = "a.00000000000000000000AAAAAdobeOrg.journal";

fn world() -> World {
    let world = World::new(
        Directory::default(),
        SandboxOptions { latency: Duration::from_millis(300), ..SandboxOptions::default() },
    );
    let rows = (0..60).map(|number| format!("u{number}@example.com,Ann,Lee,US\n"));
    world.write(
        "a.csv",
        "email,firstname,lastname,country\n".to_owned() + &rows.collect::<String>(),
    );
    world
}

fn status(world: &World, of: &str) -> serde_json::Value {
    let status = world.umbulk(&["status", of, "--json"]);
    serde_json::from_str::<serde_json::Value>(&status.stdout)
        .unwrap_or_else(|_| panic!("{status:?}"))[0]
        .clone()
}

#[cfg(target_os = "linux")]
#[test]
fn suspended_run_is_said_to_be_suspended() {
    let world = world();
    let mut child = started(&world, 2, &[]);
    assert_eq!(
        (&status(&world, "a.csv")["state"], &status(&world, "a.csv")["suspended"]),
        (&"running".into(), &false.into())
    );
    signal(&child, "-STOP");
    crate::screens::wait_for(|| status(&world, "a.csv")["suspended"] == true);
    let text = world.umbulk(&["status", "a.csv"]).stdout;
    assert!(
        text.contains(&format!(
            "running, but suspended by a signal (process {0}): `kill -CONT {0}`",
            child.id()
        )),
        "{text}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(
        (&status(&world, "a.csv")["state"], &status(&world, "a.csv")["suspended"]),
        (&"interrupted".into(), &false.into())
    );
}

/// The lock file of a killed run stays, and another process may get its number.
#[test]
fn dead_run_whose_number_another_process_has_is_interrupted() {
    let world = world();
    let mut child = started(&world, 2, &[]);
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::write(world.path(&format!("{JOURNAL}.lock")), std::process::id().to_string()).unwrap();
    assert_eq!(status(&world, "a.csv")["state"], "interrupted");
}

#[test]
fn copy_of_a_journal_does_not_say_that_its_run_is_interrupted() {
    let world = world();
    let mut child = started(&world, 2, &[]);
    signal(&child, "-STOP");
    std::fs::create_dir(world.path("copy")).unwrap();
    for ending in ["", "-wal", "-mark"] {
        std::fs::copy(
            world.path(&format!("{JOURNAL}{ending}")),
            world.path(&format!("copy/{JOURNAL}{ending}")),
        )
        .unwrap();
    }
    let copy = format!("copy/{JOURNAL}");
    let said = status(&world, &copy);
    assert!(said["state"] == "unknown" && said["next"].is_null(), "{said}");
    let text = world.umbulk(&["status", &copy]).stdout;
    assert!(
        text.contains("copied from another place") && !text.contains("umbulk import"),
        "{text}"
    );
    assert_eq!(status(&world, "a.csv")["state"], "running");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The whole folder may be renamed, or reached by a link.
#[test]
fn run_in_a_renamed_folder_is_interrupted() {
    let world = world();
    std::fs::create_dir(world.path("in")).unwrap();
    std::fs::rename(world.path("a.csv"), world.path("in/a.csv")).unwrap();
    std::os::unix::fs::symlink(world.path("in"), world.path("a.link")).unwrap();
    let mut child = started_in(&world);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(status(&world, "a.link/a.csv")["state"], "interrupted");
    std::fs::rename(world.path("in"), world.path("out")).unwrap();
    assert_eq!(status(&world, "out/a.csv")["state"], "interrupted");
}

fn started_in(world: &World) -> std::process::Child {
    let child = world.command(&["import", "in/a.csv", "--progress", "none"]).spawn().unwrap();
    crate::screens::wait_for(|| world.action_requests() >= 1);
    child
}
