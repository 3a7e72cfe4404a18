//! Protected people and groups that an import from this computer may have renamed: its request got
//! no response. Until the outcome is known, they are protected under both names.

use crate::compared_snapshots::list_folder;
use crate::world::{Run, World, run, user};
use std::process::{Command, Stdio};
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser};

const HEAD: &str = "action,email,username,domain,new_email,new_username,groups,group,new_name\n";
const BY_EMAIL: &str = "update,boss@x.com,,,chief@x.com,,,,\n";
const BY_USERNAME: &str = "update,,u7,x.com,,zed,,,\n";
const OF_GROUP: &str = "update-group,,,,,,,Design,Art\n";
/// The refusal of a deletion by email.
const REFUSED: &str = "invalid invalid.email.protected";

/// A rename, a list of protected names with one of the two names, and a row about the other one.
const WALKED_AROUND: [(&str, &str, &str); 7] = [
    (BY_EMAIL, "boss@x.com\n", "delete,chief@x.com,,,,,,,\n"),
    (BY_EMAIL, "boss@x.com\n", "remove,chief@x.com,,,,,Design,,\n"),
    (BY_EMAIL, "chief@x.com\n", "delete,boss@x.com,,,,,,,\n"),
    (BY_USERNAME, "u7\n", "delete,,zed,x.com,,,,,\n"),
    (BY_USERNAME, "zed\n", "delete,,u7,x.com,,,,,\n"),
    (OF_GROUP, "Design\n", "delete-group,,,,,,,Art,\n"),
    (OF_GROUP, "Art\n", "delete-group,,,,,,,Design,\n"),
];

fn world() -> World {
    world_with(None)
}

fn world_with(another: Option<&SandboxUser>) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_user(&SandboxUser {
        username: "u7".into(),
        domain: "x.com".into(),
        ..user("boss@x.com", &["Design"])
    });
    another.into_iter().for_each(|user| directory.add_user(user));
    World::new(directory, SandboxOptions::default())
}

fn renaming(world: &World, rename: &str) -> Command {
    world.write("rename.csv", format!("{HEAD}{rename}"));
    world.command(&["import", "rename.csv", "--yes"])
}

/// Kills an import once its request is under way.
fn killed(world: &World, rename: &str, fault: InjectedFault) {
    world.sandbox.faults().next_actions([Some(fault)]);
    let before = world.action_requests();
    let mut command = renaming(world, rename);
    command.env("UMBULK_EFFECT_WINDOW", "100ms").env("UMBULK_RETRY_WAIT", "60s");
    let mut child = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    while world.action_requests() == before {
        assert!(child.try_wait().unwrap().is_none(), "it has sent nothing");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn not_done() -> InjectedFault {
    InjectedFault::Answer { status: 504, headers: Vec::new(), body: String::new() }
}

fn protect(world: &World, list: &str, rows: &str) -> Run {
    world.write("protect.txt", list);
    let flags = ["--protect", "protect.txt", "--yes", "--fresh"];
    world.import("a.csv", format!("{HEAD}{rows}"), &flags)
}

#[test]
fn killed_rename_protects_under_both_names() {
    let done = InjectedFault::Late { status: 504, after: Duration::ZERO };
    for fault in [done, not_done()] {
        for (rename, list, row) in WALKED_AROUND {
            let world = world();
            killed(&world, rename, fault.clone());
            let run = protect(&world, list, row);
            let outcomes = world.outcomes("a.results.csv");
            assert!(
                run.status == 1 && outcomes[0].ends_with(".protected"),
                "{fault:?} {rename}{list}{row}: {outcomes:?} {run:?}"
            );
        }
    }
}

/// A portion before has recorded the run. The killed one adds its rename.
#[test]
fn killed_rename_of_a_later_portion_protects() {
    let world = world();
    let rows = format!("add,boss@x.com,,,,,Design,,\n{BY_EMAIL}");
    world.write("rename.csv", format!("{HEAD}{rows}"));
    let first = world.umbulk(&["import", "rename.csv", "--yes", "--rows", "1"]);
    assert_eq!(first.status, 0, "{first:?}");
    killed(&world, &rows, InjectedFault::Late { status: 504, after: Duration::ZERO });
    let run = protect(&world, "boss@x.com\n", "delete,chief@x.com,,,,,,,\n");
    assert_eq!(world.outcomes("a.results.csv"), [REFUSED], "{run:?}");
}

#[test]
fn rename_that_ended_as_unknown_protects_under_both_names() {
    for (rename, list, row) in WALKED_AROUND {
        let world = world();
        world.sandbox.faults().next_actions([Some(InjectedFault::DoneBut(504))]);
        let no_answer =
            || InjectedFault::Answer { status: 403, headers: Vec::new(), body: String::new() };
        world.sandbox.faults().next_reads(std::iter::repeat_with(|| Some(no_answer())).take(50));
        let renamed = run(renaming(&world, rename).args(["--max-attempts", "1"]));
        assert_eq!(world.statuses("rename.results.csv"), ["unknown"], "{rename} {renamed:?}");
        world.write("protect.txt", list);
        world.write("a.csv", format!("{HEAD}{row}"));
        let run = world.umbulk(&["plan", "a.csv", "--protect", "protect.txt"]);
        assert!(
            run.status == 1 && run.stderr.contains(".protected"),
            "{rename}{list}{row}: {run:?}"
        );
    }
}

/// Somebody else has the new name, so the server refuses the rename.
#[test]
fn refused_rename_protects_nobody_else() {
    let taken = SandboxUser { username: "u8".into(), ..user("chief@x.com", &[]) };
    let delete = "delete,chief@x.com,,,,,,,\n";
    let refused = world_with(Some(&taken));
    let renamed = run(&mut renaming(&refused, BY_EMAIL));
    assert_eq!(refused.statuses("rename.results.csv"), ["failed"], "{renamed:?}");
    let run = protect(&refused, "boss@x.com\n", delete);
    assert_eq!(refused.outcomes("a.results.csv"), ["ok"], "{run:?}");
}

/// The killed import is continued, and then its outcome is known.
#[test]
fn continued_import_settles_whom_its_rename_protects() {
    let delete = "delete,chief@x.com,,,,,,,\n";
    for (status, outcome) in [("ok", REFUSED), ("failed", "unchanged unchanged.not_there")] {
        let world = world();
        killed(&world, BY_EMAIL, not_done());
        if status == "failed" {
            world.sandbox.faults().refuse_commands("boss@x.com", "error.user.no_rights", 9);
        }
        let continued = run(&mut renaming(&world, BY_EMAIL));
        assert_eq!(world.statuses("rename.results.csv"), [status], "{continued:?}");
        let run = protect(&world, "boss@x.com\n", delete);
        assert_eq!(world.outcomes("a.results.csv")[0], outcome, "{run:?}");
    }
}

/// A record without renames that are not confirmed is still read.
#[test]
fn record_of_the_earlier_form_is_read_and_goes_on() {
    let world = world();
    assert_eq!(run(&mut renaming(&world, BY_EMAIL)).status, 0);
    let earlier = "ALTER TABLE sent_row DROP COLUMN rename; PRAGMA user_version = 1;";
    let record = rusqlite::Connection::open(list_folder(&world).join("changes.sqlite")).unwrap();
    record.execute_batch(earlier).unwrap();
    drop(record);
    let deletion = protect(&world, "boss@x.com\n", "delete,chief@x.com,,,,,,,\n");
    assert_eq!(world.outcomes("a.results.csv"), [REFUSED], "{deletion:?}");
    assert!(!deletion.stderr.contains("not recorded"), "{deletion:?}");
    killed(&world, "update,chief@x.com,,,head@x.com,,,,\n", not_done());
    let deletion = protect(&world, "boss@x.com\n", "delete,head@x.com,,,,,,,\n");
    assert_eq!(world.outcomes("a.results.csv"), [REFUSED], "{deletion:?}");
}
