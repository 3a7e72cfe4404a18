//! `--notify-cmd`: a program is told at the end; its failure changes nothing, no folder names it,
//! and it gets no credentials.
#![cfg(unix)]

use crate::world::{World, run};
use std::os::unix::fs::PermissionsExt;

const FILE: &str = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n\
                    bob@example.com,Bob,Fox,XX\n";

/// An organization, and a program that writes down what it is told.
fn world() -> World {
    let world = World::with_groups(&[]);
    world.write("staff.csv", FILE);
    let script =
        "#!/bin/sh\ncat > told.txt\nenv | sort > env.txt\necho \"$@\" > args.txt\necho noise\n";
    let path = world.write("tell.sh", script);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    world
}

fn read(world: &World, name: &str) -> String {
    std::fs::read_to_string(world.path(name)).unwrap_or_default()
}

#[test]
fn program_gets_the_summary_and_the_counts() {
    let world = world();
    let args = ["import", "staff.csv", "--notify-cmd", "./tell.sh 'one word' two"];
    let done = world.umbulk(&args);
    assert_eq!(done.status, 1, "{done:?}");
    assert_eq!(read(&world, "told.txt"), done.stdout);
    assert!(
        done.stdout.starts_with("Finished: 2 rows of staff.csv") && !done.stdout.contains("noise")
    );
    assert_eq!(read(&world, "args.txt"), "one word two\n");
    let variables = read(&world, "env.txt");
    let results = world.path("staff.results.csv").canonicalize().unwrap();
    for line in [
        "UMBULK_EXIT=1",
        "UMBULK_COUNT_ROWS=2",
        "UMBULK_COUNT_OK=1",
        "UMBULK_COUNT_INVALID=1",
        "UMBULK_COUNT_FAILED=0",
        &format!("UMBULK_RESULTS_FILE={}", results.display()),
    ] {
        assert!(variables.lines().any(|other| other == line), "{line}: {variables}");
    }
    assert!(variables.lines().any(|line| line.len() == 19 && line.starts_with("UMBULK_RUN=")));
    assert!(!variables.contains("UMAPI_") && !variables.contains(&world.options.client_secret));
}

#[test]
fn program_gets_the_object_with_json() {
    let world = world();
    let done = world.umbulk(&["import", "staff.csv", "--json", "--notify-cmd", "./tell.sh"]);
    assert_eq!(done.status, 1, "{done:?}");
    let told: serde_json::Value = serde_json::from_str(&read(&world, "told.txt")).unwrap();
    let printed: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&told["run"], &told["statuses"]), (&printed["run"], &printed["statuses"]));
}

#[test]
fn program_is_told_that_nothing_was_sent() {
    let world = world();
    let mut command = world.command(&["import", "staff.csv", "--notify-cmd", "./tell.sh"]);
    let done = run(command.env("UMAPI_CLIENT_SECRET", "wrong"));
    assert_eq!(done.status, 2, "{done:?}");
    assert!(read(&world, "told.txt").starts_with("error: credentials refused by"), "{done:?}");
    let variables = read(&world, "env.txt");
    assert!(variables.contains("UMBULK_EXIT=2\n"), "{variables}");
    assert!(variables.contains("UMBULK_ERROR_CODE=error.credentials\n"), "{variables}");
}

#[test]
fn failure_of_the_program_is_a_warning() {
    let world = world();
    world.write("staff.csv", FILE.replace(",XX", ",US"));
    for (command, words) in [
        ("false", "it failed (exit status: 1)"),
        ("/nowhere/program", "there is no such file or folder"),
        ("echo 'open", "a quote is not closed"),
    ] {
        let done = world.umbulk(&["import", "staff.csv", "--notify-cmd", command]);
        assert!(done.status == 0 && done.stderr.contains(words), "{command}: {done:?}");
    }
    // A program that does not read its input is no failure.
    assert_eq!(world.umbulk(&["import", "staff.csv", "--notify-cmd", "true"]).status, 0);
}

#[test]
fn folder_names_no_program_and_its_user_may() {
    let world = world();
    for (name, text) in
        [("umbulk.toml", "notify-cmd = \"./tell.sh\"\n"), (".env", "UMBULK_NOTIFY_CMD=./tell.sh\n")]
    {
        world.write(name, text);
        let done = world.umbulk(&["import", "staff.csv"]);
        assert!(
            done.status == 2 && done.stderr.contains("cannot name a program to run"),
            "{name}: {done:?}"
        );
        std::fs::remove_file(world.path(name)).unwrap();
    }
    assert!(!world.path("told.txt").exists() && world.sandbox.traffic().is_empty());
    // Of what the folder says, the typed program takes the place.
    std::fs::create_dir_all(world.path(".config/umbulk")).unwrap();
    world.write(".config/umbulk/config.toml", "notify-cmd = \"./tell.sh\"\n");
    assert_eq!(world.umbulk(&["import", "staff.csv"]).status, 1);
    assert!(world.path("told.txt").exists());
}

#[test]
fn job_names_its_program() {
    let world = world();
    world.write("weekly.toml", "input = \"staff.csv\"\nnotify-cmd = \"./tell.sh\"\n");
    let done = world.umbulk(&["sync", "weekly.toml"]);
    assert_eq!(done.status, 1, "{done:?}");
    let job = world.path("weekly.toml").canonicalize().unwrap();
    let line = format!("UMBULK_JOB={}\n", job.display());
    assert!(read(&world, "env.txt").contains(&line), "{done:?}");
    assert!(read(&world, "told.txt").starts_with("Finished: "), "{done:?}");
}

/// The program may be umbulk, which refuses unknown variables.
#[test]
fn program_may_be_umbulk() {
    let world = world();
    let umbulk = format!("'{}' status", env!("CARGO_BIN_EXE_umbulk"));
    let done = world.umbulk(&["import", "staff.csv", "--notify-cmd", &umbulk]);
    assert!(done.status == 1 && !done.stderr.contains("warning: --notify-cmd"), "{done:?}");
}

/// The secret of a profile is no one's business but Adobe's.
#[test]
fn program_does_not_get_the_secret_of_a_profile() {
    let world = world();
    std::fs::create_dir_all(world.path(".config/umbulk")).unwrap();
    let profile = format!(
        "[profiles.acme]\nclient-id = \"{}\"\norg-id = \"{}\"\nauth-host = \"{}\"\nurl = \"{}\"\n\
         client-secret-env = \"ACME_SECRET\"\n",
        world.options.client_id,
        world.options.org_id,
        world.sandbox.auth_host(),
        world.sandbox.url(),
    );
    world.write(".config/umbulk/config.toml", profile);
    let args = ["import", "staff.csv", "--profile", "acme", "--notify-cmd", "./tell.sh"];
    let done = run(world.command(&args).env("ACME_SECRET", &world.options.client_secret));
    assert_eq!(done.status, 1, "{done:?}");
    let variables = read(&world, "env.txt");
    assert!(
        variables.contains("UMBULK_EXIT=1") && !variables.contains("ACME_SECRET"),
        "{variables}"
    );
}
