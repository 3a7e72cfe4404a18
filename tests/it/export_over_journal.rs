//! An export never takes the place of what belongs to a run.

use crate::resume::{ended, started};
use crate::world::{World, user};
use std::time::Duration;
use umbulk::sandbox::{Directory, SandboxOptions};

#[test]
fn export_into_a_journal_is_refused() {
    let mut directory = Directory::default();
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    for name in
        ["x.12345AdobeOrg.journal", "x.12345AdobeOrg.journal-wal", "x.12345AdobeOrg.journal-mark"]
    {
        world.write(name, "what a run has written");
        let run = world.umbulk(&["export", "users", "--out", name]);
        assert_eq!(
            (run.status, std::fs::read_to_string(world.path(name)).unwrap()),
            (2, "what a run has written".to_owned()),
            "{run:?}"
        );
        assert!(
            run.stderr.contains("umbulk keeps that kind of name for files of its own"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn export_into_the_results_of_a_running_import_is_refused() {
    let mut directory = Directory::default();
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(
        directory,
        SandboxOptions { latency: Duration::from_millis(150), ..SandboxOptions::default() },
    );
    let creates = (0..60).map(|number| format!("create,u{number:03}@example.com,Ann,Lee,US\n"));
    world.write(
        "a.csv",
        "action,email,firstname,lastname,country\n".to_owned() + &creates.collect::<String>(),
    );
    let child = started(&world, 2, &[]);
    let export = world.umbulk(&["export", "users", "--out", "a.results.csv"]);
    assert_eq!(export.status, 2, "{export:?}");
    assert!(export.stderr.contains("a run is writing this file"), "{}", export.stderr);
    let import = ended(child);
    assert_eq!(
        (import.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned(); 60]),
        "{import:?}"
    );
}
