//! `umbulk sandbox` as a program, from its start to its end, and why it does not start.

use super::Screens;
use crate::resume::{ended, signal};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::Stdio;

/// Starts the sandbox, waits until it listens, and ends it.
fn show(name: &str, files: &[(&str, &str)], typed: &str) {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("sandbox", folder.path());
    for (name, content) in files {
        screens.file(name, content);
    }
    let mut child =
        screens.command(typed).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    stdout.read_line(&mut said).unwrap();
    signal(&child, "-INT");
    stdout.read_to_string(&mut said).unwrap();
    let mut done = ended(child);
    done.stdout = said;
    screens.compare(name, typed, &done);
}

#[test]
fn sandbox_starts_and_ends() {
    let users = "email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,Design\nno \
         address,Bob,Ray,US,\n";
    show("empty", &[], "umbulk sandbox");
    show("made_up", &[], "umbulk sandbox --users 20");
    show(
        "made_up_with_an_env_file",
        &[],
        "umbulk sandbox --users 20 --groups 3 --env-file sandbox.env",
    );
    show("seeded", &[("users.csv", users)], "umbulk sandbox --seed users.csv");
    show("with_state", &[], "umbulk sandbox --users 2 --state state.jsonl");
    show(
        "with_limits_and_faults",
        &[],
        "umbulk sandbox --limit-action 20/60s --page0 off --fault 504=0.1 --technical-accounts 2",
    );
}

#[test]
fn sandbox_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("sandbox", folder.path());
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    screens.file("broken.jsonl", "no object\n").file("other.csv", "Foo,Bar\n1,2\n");
    screens.show_all(&[
        ("seed_missing", "umbulk sandbox --seed users.csv"),
        ("seed_without_a_header", "umbulk sandbox --seed other.csv"),
        ("seed_folder", "umbulk sandbox --seed folder"),
        ("state_folder", "umbulk sandbox --state folder"),
        ("state_broken", "umbulk sandbox --state broken.jsonl"),
        ("env_file_in_no_folder", "umbulk sandbox --env-file nowhere/sandbox.env"),
        ("log_file_in_no_folder", "umbulk sandbox --log-file nowhere/log.jsonl"),
    ]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut done =
        crate::world::run(&mut screens.command(&format!("umbulk sandbox --port {port}")));
    done.stderr = done.stderr.replace(&port, "PORT");
    screens.compare("port_in_use", "umbulk sandbox --port PORT", &done);
}
