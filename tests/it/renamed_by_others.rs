//! What another import from this computer renames, deletes or creates after a row was sent without
//! a response: then it proves nothing that nobody has the old name.

use crate::compared_snapshots::list_folder;
use crate::world::{Run, World, run, user};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser};

const HEAD: &str = "action,email,firstname,lastname,country,groups,new_email,group,new_name\n";
const WINDOW: &str = "300ms";
/// Long enough for the service to do nothing, and for the run to be killed meanwhile.
const WAIT: Duration = Duration::from_millis(400);

fn world() -> World {
    let mut directory = Directory::default();
    ["G", "H"].iter().for_each(|name| directory.add_group(&SandboxGroup::user_group(name)));
    for name in ["ann", "bob", "cy", "dan"] {
        directory.add_user(&user(&format!("{name}@example.com"), &["G"]));
    }
    directory.add_user(&user("kim@example.com", &[]));
    World::new(directory, SandboxOptions::default())
}

fn import(world: &World, more: &[&str]) -> Command {
    let mut command = world.command(&[&["import", "a.csv", "--yes"], more].concat());
    command.env("UMBULK_EFFECT_WINDOW", WINDOW);
    command
}

fn sends(world: &World, file: &str, rows: &str) -> Run {
    world.write(file, format!("{HEAD}{rows}"));
    let mut command = world.command(&["import", file, "--yes"]);
    command.env("UMBULK_EFFECT_WINDOW", WINDOW);
    run(&mut command)
}

/// Another import is confirmed.
fn other(world: &World, rows: &str) {
    let other = sends(world, "b.csv", rows);
    assert_eq!(other.status, 0, "{other:?}");
}

/// Starts an import, and kills it once this request (from 0) is under way. `carries` says what
/// the service does with it.
fn killed_at(world: &World, request: usize, carries: InjectedFault, more: &[&str]) {
    let before = world.action_requests();
    let first = (0..request).map(|_| None);
    world.sandbox.faults().next_actions(first.chain([Some(carries)]));
    let mut command = import(world, more);
    command.env("UMBULK_RETRY_WAIT", "60s").stderr(Stdio::null()).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    while world.action_requests() <= before + request {
        assert!(child.try_wait().unwrap().is_none(), "it has sent nothing");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let start = Instant::now();
    while start.elapsed() < WAIT {
        std::thread::yield_now();
    }
}

/// The request is not carried out, and nothing comes in its place.
fn nothing() -> InjectedFault {
    InjectedFault::CutBefore
}

fn killed(world: &World, rows: &str) {
    world.write("a.csv", format!("{HEAD}{rows}"));
    killed_at(world, 0, nothing(), &[]);
}

/// Returns the status, code and message of the only row after the run has been resumed, and sends
/// nothing.
fn resumed(world: &World) -> (String, String, String) {
    let before = world.action_requests();
    let run = run(&mut import(world, &[]));
    assert_eq!(world.action_requests(), before, "it sends nothing again: {run:?}");
    let row = &world.rows("a.results.csv")[0];
    let cell = |name: &str| row[name].clone();
    (cell("umbulk_status"), cell("umbulk_code"), cell("umbulk_message"))
}

fn is_unknown(world: &World) {
    let (status, code, message) = resumed(world);
    assert_eq!((&*status, &*code), ("unknown", "unknown.no_answer"), "{message}");
    assert!(
        message.contains("another import") && message.contains("Admin Console"),
        "it says what to check: {message}"
    );
}

const RENAME_ANN: &str = "update,ann@example.com,,,,,anna@example.com,,\n";

/// Ann has another name now, and is still there.
#[test]
fn removal_of_somebody_renamed_since_is_unknown() {
    for removal in ["delete,ann@example.com", "remove-all,ann@example.com"] {
        let world = world();
        killed(&world, &format!("{removal},,,,,,,\n"));
        other(&world, RENAME_ANN);
        is_unknown(&world);
        assert_eq!(world.groups_of("anna@example.com").unwrap(), ["G"]);
    }
    let world = world();
    killed(&world, "remove,ann@example.com,,,,G,,,\n");
    other(&world, RENAME_ANN);
    is_unknown(&world);
    assert_eq!(world.groups_of("anna@example.com").unwrap(), ["G"]);
}

/// Another user has her name now, and is in no group. Ann still is.
#[test]
fn removal_from_a_group_of_somebody_replaced_since_is_unknown() {
    let world = world();
    killed(&world, "remove,ann@example.com,,,,G,,,\n");
    other(&world, &format!("{RENAME_ANN}create,ann@example.com,New,One,US,,,,\n"));
    is_unknown(&world);
    assert_eq!(world.groups_of("anna@example.com").unwrap(), ["G"]);
}

/// The new group of that name is another one.
#[test]
fn removal_from_a_group_replaced_since_is_unknown() {
    let world = world();
    killed(&world, "remove,ann@example.com,,,,G,,,\n");
    other(&world, "update-group,,,,,,,G,Z\ncreate-group,,,,,,,G,\n");
    is_unknown(&world);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Z"]);
}

/// The other import calls her by the username.
#[test]
fn removal_of_somebody_renamed_by_another_kind_of_name_is_unknown() {
    let directory = || {
        let mut directory = Directory::default();
        directory.add_user(&SandboxUser {
            username: "alee".to_owned(),
            domain: "example.com".to_owned(),
            ..user("ann@example.com", &[])
        });
        directory
    };
    let (by_email, by_username) = ("ann@example.com,,", ",alee,example.com");
    let new_names = [("anna@example.com,", by_email), (",alea", by_username)];
    for (new_name, removed) in new_names {
        let world = World::new(directory(), SandboxOptions::default());
        let head = "action,email,username,domain,new_email,new_username\n";
        let renamed = if removed == by_email { by_username } else { by_email };
        world.write("a.csv", format!("{head}delete,{removed},,\n"));
        killed_at(&world, 0, nothing(), &[]);
        world.write("b.csv", format!("{head}update,{renamed},{new_name}\n"));
        let mut other = world.command(&["import", "b.csv", "--yes"]);
        let other = run(other.env("UMBULK_EFFECT_WINDOW", WINDOW));
        assert_eq!(other.status, 0, "{other:?}");
        is_unknown(&world);
        assert_eq!(world.sandbox.directory().users().count(), 1);
    }
}

/// The other import was killed, too: nothing says that the person of that name is a new one.
#[test]
fn removal_of_somebody_perhaps_replaced_since_is_not_repeated() {
    let world = world();
    killed(&world, "delete,ann@example.com,,,,,,,\n");
    let rows = format!("{RENAME_ANN}create,ann@example.com,New,One,US,,,,\n");
    world.write("b.csv", format!("{HEAD}{rows}"));
    let before = world.action_requests();
    world.sandbox.faults().next_actions([None, Some(InjectedFault::DoneBut(504))]);
    let mut other = world.command(&["import", "b.csv", "--yes", "--concurrency", "1"]);
    other.env("UMBULK_EFFECT_WINDOW", WINDOW).stderr(Stdio::null()).stdout(Stdio::null());
    let mut child = other.spawn().unwrap();
    while world.action_requests() < before + 2 {
        assert!(child.try_wait().unwrap().is_none(), "it has not sent its rows");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    is_unknown(&world);
    assert!(world.groups_of("ann@example.com").is_some());
}

#[test]
fn removal_from_a_group_of_somebody_renamed_since_is_unknown() {
    let world = world();
    world.write("a.csv", "action,group,remove_users\nupdate-group,G,ann@example.com\n");
    killed_at(&world, 0, nothing(), &[]);
    other(&world, RENAME_ANN);
    is_unknown(&world);
    assert_eq!(world.groups_of("anna@example.com").unwrap(), ["G"]);
}

#[test]
fn deletion_of_a_group_renamed_since_is_unknown() {
    let world = world();
    killed(&world, "delete-group,,,,,,,G,\n");
    other(&world, "update-group,,,,,,,G,Z\n");
    is_unknown(&world);
    assert!(world.sandbox.directory().group("Z").is_some());
}

/// The new group is another one.
#[test]
fn rename_of_a_group_deleted_since_is_unknown() {
    let world = world();
    killed(&world, "update-group,,,,,,,G,Z\n");
    other(&world, "delete-group,,,,,,,G,\ncreate-group,,,,,,,Z,\n");
    is_unknown(&world);
}

/// The only proof is who has the name now: its earlier owner was renamed.
#[test]
fn row_about_a_name_that_somebody_else_got_since_is_unknown() {
    let world = world();
    killed(&world, "add,kim@example.com,,,,G,,,\n");
    let swap = "update,kim@example.com,,,,,kim2@example.com,,\n\
                update,ann@example.com,,,,,kim@example.com,,\n";
    other(&world, swap);
    is_unknown(&world);
    assert!(world.groups_of("kim2@example.com").unwrap().is_empty());
}

/// What is found under the name is what the other import has created, and was never in the row.
#[test]
fn row_about_a_name_that_was_deleted_and_created_since_is_unknown() {
    let kim = "create,kim@example.com,Zed,One,US,G,,,\n";
    for (row, others) in [
        ("update,kim@example.com,Zed,,,,,,\n", ["delete,kim@example.com,,,,,,,\n", kim]),
        ("add,kim@example.com,,,,G,,,\n", ["delete,kim@example.com,,,,,,,\n", kim]),
        (
            "add,kim@example.com,,,,H,,,\n",
            ["delete-group,,,,,,,H,\n", "create-group,,,,,,,H,\nadd,kim@example.com,,,,H,,,\n"],
        ),
    ] {
        let world = world();
        killed(&world, row);
        others.iter().for_each(|rows| other(&world, rows));
        is_unknown(&world);
    }
}

/// With `--missing leave`, the deletions are a run of their own.
#[test]
fn missing_person_renamed_since_does_not_leave() {
    let world = world();
    let rows: String = ["bob", "cy", "dan", "kim"]
        .map(|name| format!("{name}@example.com,First,Last,US,H\n"))
        .concat();
    world.write("a.csv", format!("email,firstname,lastname,country,groups\n{rows}"));
    let missing =
        ["--online", "--missing", "leave", "--managed-domain", "example.com", "--max-missing", "3"];
    killed_at(&world, 1, nothing(), &missing);
    other(&world, RENAME_ANN);
    let resumed = run(&mut import(&world, &missing));
    assert_eq!(resumed.status, 2, "{resumed:?}");
    assert!(resumed.stderr.contains("ann@example.com, who is in it, is exempt now"), "{resumed:?}");
    assert!(!resumed.stdout.contains("they have left"), "{resumed:?}");
    assert!(world.groups_of("anna@example.com").is_some());
}

/// What another import does to other groups makes no old name vanish.
#[test]
fn absence_is_still_proof_where_no_name_has_changed() {
    let world = world();
    world.write("a.csv", format!("{HEAD}delete-group,,,,,,,H,\n"));
    killed_at(&world, 0, InjectedFault::DoneBut(504), &[]);
    other(&world, "add,kim@example.com,,,,G,,,\nupdate-group,,,,,,,G,K\n");
    let (status, code, message) = resumed(&world);
    assert_eq!((&*status, &*code), ("ok", ""), "{message}");
}

/// What was created before the row was sent does not matter.
#[test]
fn names_changed_before_the_row_was_sent_do_not_count() {
    let world = world();
    other(&world, "create-group,,,,,,,E,\n");
    world.write("a.csv", format!("{HEAD}delete-group,,,,,,,E,\n"));
    killed_at(&world, 0, InjectedFault::DoneBut(504), &[]);
    let (status, code, message) = resumed(&world);
    assert_eq!((&*status, &*code), ("ok", ""), "{message}");
}

/// The id of the person proves the rename, whatever became of the old name.
#[test]
fn rename_of_a_person_is_proven_by_the_person() {
    let world = world();
    world.write("a.csv", format!("{HEAD}{RENAME_ANN}"));
    killed_at(&world, 0, InjectedFault::DoneBut(504), &[]);
    other(&world, "create,ann@example.com,New,One,US,,,,\ndelete,ann@example.com,,,,,,,\n");
    let (status, code, message) = resumed(&world);
    assert_eq!((&*status, &*code), ("ok", ""), "{message}");
}

/// The rename of the killed import is carried out: then nobody has the old name, which the head of
/// the next import says and its row as well.
#[test]
fn removal_behind_a_request_is_judged_by_what_is_there_after_it() {
    for more in [&[][..], &["--verify-deletes"]] {
        let world = world();
        world.write("a.csv", format!("{HEAD}{RENAME_ANN}"));
        let late = InjectedFault::Late { status: 504, after: Duration::from_millis(200) };
        killed_now(&world, late);
        world.write("b.csv", format!("{HEAD}delete,ann@example.com,,,,,,,\n"));
        let mut command = world.command(&[&["import", "b.csv", "--yes"], more].concat());
        command.env("UMBULK_EFFECT_WINDOW", "1s");
        let run = run(&mut command);
        let row = &world.rows("b.results.csv")[0];
        assert_eq!(
            (&*row["umbulk_status"], &*row["umbulk_code"]),
            ("unchanged", "unchanged.not_there"),
            "{run:?}"
        );
        assert_eq!(run.stderr.matches("waiting  ").count(), 1, "{run:?}");
        assert!(world.groups_of("anna@example.com").is_some());
    }
}

/// Kills an import as soon as its request is under way.
fn killed_now(world: &World, carries: InjectedFault) {
    world.sandbox.faults().next_actions([Some(carries)]);
    let mut child = import(world, &[]).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    while world.action_requests() < 1 {
        assert!(child.try_wait().unwrap().is_none(), "it has sent nothing");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The first start was killed before it sent anything: it has changed nobody, and is no other
/// import for the starts after it.
#[test]
fn start_that_has_sent_nothing_is_no_other_import() {
    let world = world();
    other(&world, "add,kim@example.com,,,,G,,,\n");
    let before = world.action_requests();
    world.write("a.csv", format!("{HEAD}{RENAME_ANN}"));
    let mut command = import(&world, &["--rate", "action=1/3600s"]);
    let mut child = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let record = rusqlite::Connection::open(list_folder(&world).join("changes.sqlite")).unwrap();
    let waits =
        || record.query_row("SELECT 1 FROM run WHERE ended IS NULL", [], |_| Ok(())).is_ok();
    while !waits() {
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(world.action_requests(), before, "there was no request left");
    killed_at(&world, 0, nothing(), &[]);
    let run = run(&mut import(&world, &[]));
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    assert!(world.groups_of("anna@example.com").is_some());
}
