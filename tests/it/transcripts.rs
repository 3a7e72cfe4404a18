//! Whole screens: what stands on standard error and standard output, and the exit status, of runs
//! from begin to end.
//!
//! `INSTA_UPDATE=always cargo test --test it -- transcripts::` writes the files in `transcripts/`
//! again: read the difference.

use crate::world::{Run, World, run};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country,groups\n";

/// Compares what runs have said with the file of that name, without what differs from run to run.
macro_rules! transcript {
    ($name:literal, $world:expr, $text:expr) => {
        let mut settings = crate::screens::redacted($world.folder.path());
        settings.set_snapshot_path("transcripts");
        settings.bind(|| insta::assert_snapshot!($name, $text));
    };
}

fn people(count: usize) -> String {
    let rows = (0..count).map(|number| format!("create,u{number}@example.com,Ann,Lee,US,Design\n"));
    HEAD.to_owned() + &rows.collect::<String>()
}

fn shown(args: &[&str], run: &Run) -> String {
    crate::screens::shown(&format!("umbulk {}", args.join(" ")), run)
}

/// Without progress: how often that is said depends on the machine.
fn umbulk(world: &World, args: &[&str]) -> Command {
    let mut command = world.command(args);
    command.env("UMBULK_PROGRESS", "none");
    command
}

/// Runs the commands one after another.
fn session(world: &World, commands: &[&[&str]]) -> String {
    commands
        .iter()
        .map(|args| shown(args, &run(&mut umbulk(world, args))))
        .collect::<Vec<_>>()
        .join("\n")
}

fn started(world: &World, args: &[&str]) -> Child {
    umbulk(world, args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run {
        status: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

fn interrupt(child: &Child) {
    assert_eq!(run(Command::new("kill").args(["-INT", &child.id().to_string()])).status, 0);
}

fn wait_for(what: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !what() {
        assert!(Instant::now() < until, "it does not happen");
        std::thread::yield_now();
    }
}

fn design() -> Directory {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory
}

#[test]
fn finished_import_with_failures() {
    let world = World::with_groups(&["Design"]);
    world.sandbox.faults().refuse_commands(
        "u1@example.com",
        "error.user.belongs_to_another_org",
        9,
    );
    world.sandbox.faults().refuse_commands(
        "u2@example.com",
        "error.user.belongs_to_another_org",
        9,
    );
    world.write(
        "staff.csv",
        people(5) + "create,no address,Bo,Ek,SE,Design\ncreate,bo@example.com,Bo,Ek,Sweeden,\n",
    );
    let commands: [&[&str]; 3] = [
        &["import", "staff.csv", "--rate", "10/60s"],
        &["status", "staff.csv"],
        &["import", "staff.csv", "--rate", "10/60s"],
    ];
    transcript!("finished_import_with_failures", world, session(&world, &commands));
}

#[test]
fn interrupted_import_and_the_same_command_again() {
    let world = World::new(
        design(),
        SandboxOptions { latency: Duration::from_millis(150), ..SandboxOptions::default() },
    );
    world.write("staff.csv", people(40) + "create,no address,Bo,Ek,SE,Design\n");
    let args = ["import", "staff.csv", "--concurrency", "1", "--rate", "100/60s"];
    let child = started(&world, &args);
    wait_for(|| world.action_requests() == 2);
    interrupt(&child);
    let first = shown(&args, &ended(child));
    let rest: [&[&str]; 3] = [&["status", "staff.csv"], &args, &["status", "staff.csv"]];
    transcript!(
        "interrupted_import_and_the_same_command_again",
        world,
        format!("{first}\n{}", session(&world, &rest))
    );
}

/// Interrupted twice: what came of the request in flight is uncertain until the run continues.
#[test]
fn import_interrupted_while_a_request_is_in_flight() {
    let world = World::new(design(), SandboxOptions::default());
    world.write("staff.csv", people(30));
    world
        .sandbox
        .faults()
        .next_actions([None, Some(InjectedFault::Delay(Duration::from_secs(10)))]);
    let args = ["import", "staff.csv", "--concurrency", "1", "--rate", "100/60s"];
    let mut child = started(&world, &args);
    let status = || world.umbulk(&["status", "staff.csv"]);
    wait_for(|| status().stdout.contains("requests      2 sent"));
    let living = shown(&["status", "staff.csv"], &status());
    while child.try_wait().unwrap().is_none() {
        interrupt(&child);
        wait_for({
            let since = Instant::now();
            move || since.elapsed() > Duration::from_millis(100)
        });
    }
    let first = shown(&args, &ended(child));
    let rest: [&[&str]; 3] = [&["status", "staff.csv"], &args, &["status", "staff.csv"]];
    let text = format!("{living}\n{first}\n{}", session(&world, &rest));
    transcript!("import_interrupted_while_a_request_is_in_flight", world, text);
}

#[test]
fn import_stopped_by_an_outage() {
    let world = World::with_groups(&["Design"]);
    let gone = InjectedFault::Answer { status: 503, headers: Vec::new(), body: String::new() };
    world
        .sandbox
        .faults()
        .next_actions([None].into_iter().chain((0..9).map(|_| Some(gone.clone()))));
    world.write("staff.csv", people(30));
    let args =
        ["import", "staff.csv", "--concurrency", "1", "--rate", "100/60s", "--max-attempts", "3"];
    let stopped = session(&world, &[&args, &["status", "staff.csv"]]);
    transcript!("import_stopped_by_an_outage", world, stopped);
}

#[test]
fn export_of_users_and_groups() {
    let world = World::with_groups(&["Design", "Video"]);
    assert_eq!(world.import("staff.csv", people(5), &[]).status, 0);
    let commands: [&[&str]; 3] =
        [&["export", "users"], &["export", "groups"], &["export", "users"]];
    transcript!("export_of_users_and_groups", world, session(&world, &commands));
}
