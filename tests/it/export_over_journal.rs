//! An export never takes the place of what belongs to a run.

use crate::resume::{ended, signal, started};
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
    assert!(export.stderr.contains("another run is using this file"), "{}", export.stderr);
    let import = ended(child);
    assert_eq!(
        (import.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned(); 60]),
        "{import:?}"
    );
}

/// What an import reads and writes belongs to it until it ends, whatever command wants the place.
#[test]
fn no_command_writes_into_the_files_of_a_running_import() {
    let mut directory = Directory::default();
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(
        directory,
        SandboxOptions { latency: Duration::from_millis(150), ..SandboxOptions::default() },
    );
    let rows = (0..90).map(|number| format!("create,u{number:03}@example.com,Ann,Lee,US\n"));
    let rows = "action,email,firstname,lastname,country\n".to_owned() + &rows.collect::<String>();
    world.write("a.csv", &rows);
    world.write("b.csv", "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n");
    world.write("list.csv", "type,email,firstname,lastname,country,groups\n");
    std::fs::create_dir(world.path("out")).unwrap();
    let child = started(&world, 2, &["--results", "out/a.results.csv"]);
    // The run continues, and takes its time.
    signal(&child, "-STOP");
    let mut runs = Vec::new();
    for taken in ["a.csv", "out/a.results.csv", "out/a.failed.csv"] {
        let commands: [&[&str]; 10] = [
            &["plan", "b.csv", "--out", taken],
            &["plan", "b.csv", "--requests", taken],
            &["validate", "b.csv", "--results", taken],
            &["diff", "list.csv", "list.csv", "--out", taken],
            &["usage", "--from", "list.csv", "--out", taken],
            &["export", "users", "--out", taken],
            &["sandbox", "--state", taken],
            &["sandbox", "--env-file", taken],
            &["sandbox", "--tls-ca-out", taken],
            &["sandbox", "--log-file", taken],
        ];
        runs.extend(commands.map(|args| (args[0], taken, world.umbulk(args))));
    }
    let import = ["import", "b.csv", "--results", "a.csv"];
    runs.push(("import", "a.csv", world.umbulk(&import)));
    signal(&child, "-CONT");
    let import = ended(child);
    for (command, taken, run) in runs {
        assert_eq!(run.status, 2, "{command} {taken}: {run:?}");
        assert!(
            run.stderr.contains("another run is using this file"),
            "{command} {taken}: {run:?}"
        );
    }
    let statuses = world.statuses("out/a.results.csv");
    assert_eq!((import.status, statuses), (0, vec!["ok".to_owned(); 90]), "{import:?}");
    assert_eq!(std::fs::read_to_string(world.path("a.csv")).unwrap(), rows);
    assert_eq!(world.umbulk(&["plan", "b.csv", "--out", "out/a.failed.csv"]).status, 0);
}
