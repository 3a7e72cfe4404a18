//! Files that are imported in portions (`--rows`): the rows keep their order, and a run of which
//! rows are left is not finished.

use crate::world::{Run, World, run, user};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,email,username,domain,firstname,lastname,country,groups,group\n";
const DELETE: &str = "delete,ann@example.com,,,,,,,\n";
const CREATE: &str = "create,ann@example.com,,,Ann,Lee,US,,\n";
const ADD_BOB: &str = "add,bob@example.com,,,,,,G,\n";

/// Ann and Bob are there; Ann is in `G`.
fn world() -> World {
    let mut directory = Directory::default();
    ["G", "H"].iter().for_each(|name| directory.add_group(&SandboxGroup::user_group(name)));
    directory.add_user(&user("ann@example.com", &["G"]));
    directory.add_user(&user("bob@example.com", &[]));
    World::new(directory, SandboxOptions::default())
}

fn import(world: &World, more: &[&str]) -> Command {
    let mut command = world.command(&[&["import", "a.csv"], more].concat());
    command.env("UMBULK_EFFECT_WINDOW", "600ms");
    command
}

fn imported(world: &World, more: &[&str]) -> Run {
    run(&mut import(world, more))
}

/// Starts an import, and kills it once its first request is under way, which is carried out.
fn killed(world: &World, more: &[&str]) {
    let late = InjectedFault::Late { status: 504, after: Duration::from_millis(200) };
    world.sandbox.faults().next_actions([Some(late)]);
    let mut child =
        import(world, more).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    while world.action_requests() < 1 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn is_there(world: &World) -> bool {
    world.groups_of("ann@example.com").is_some()
}

#[test]
fn portion_without_an_open_row_is_refused() {
    let rows = [
        (DELETE, CREATE),
        ("remove,ann@example.com,,,,,,G,\n", "add,ann@example.com,,,,,,G,\n"),
        ("remove-all,ann@example.com,,,,,,,\n", "add,ann@example.com,,,,,,G,\n"),
    ];
    for (first, second) in rows {
        let world = world();
        world.write("a.csv", format!("{HEAD}{first}{second}{ADD_BOB}"));
        killed(&world, &["--rows", "1"]);
        let sent = world.action_requests();
        let other = imported(&world, &["--rows", "2"]);
        assert_eq!((other.status, world.action_requests()), (2, sent), "{other:?}");
        assert!(
            other.stderr.contains("row 1 was sent") && other.stderr.contains("--rows 1-2"),
            "{other:?}"
        );
        assert!(!other.stderr.contains("waiting"), "{other:?}");
        // Everything that is shown says the same.
        world.umbulk(&["results", "a.csv"]);
        assert_eq!(world.statuses("a.results.csv")[0], "unknown");
        // The advice.
        let advised = imported(&world, &["--rows", "1-2"]);
        assert_eq!(advised.status, 0, "{advised:?}");
        assert_eq!(world.statuses("a.results.csv"), ["ok", "ok", "not_sent"], "{advised:?}");
        let whole = imported(&world, &[]);
        assert_eq!(whole.status, 0, "{whole:?}");
        assert_eq!(world.statuses("a.results.csv"), ["ok"; 3], "{whole:?}");
        assert!(is_there(&world), "{first}{second}");
        assert_eq!(world.groups_of("ann@example.com").unwrap().is_empty(), first == DELETE);
    }
}

#[test]
fn row_outside_the_portion_is_not_sent_after_a_later_row_about_it() {
    let rows = [
        (DELETE, CREATE),
        ("remove,ann@example.com,,,,,,G,\n", "add,ann@example.com,,,,,,G,\n"),
        (DELETE, "create,ann@example.com,ann,example.com,Ann,Lee,US,,\n"),
        ("add,bob@example.com,,,,,,H,\n", "delete-group,,,,,,,,H\n"),
        ("delete-group,,,,,,,,H\n", "create-group,,,,,,,,H\n"),
    ];
    for (first, second) in rows {
        let world = world();
        world.write("a.csv", format!("{HEAD}{first}{second}{ADD_BOB}"));
        let portion = imported(&world, &["--rows", "2", "--yes"]);
        assert_eq!(portion.status, 0, "{first}{second} {portion:?}");
        let sent = world.action_requests();
        for more in [&["--yes"][..], &["--yes", "--rows", "1"]] {
            let whole = imported(&world, more);
            assert_eq!((whole.status, world.action_requests()), (2, sent), "{first} {whole:?}");
            assert!(
                whole.stderr.contains("row 1")
                    && whole.stderr.contains("row 2")
                    && whole.stderr.contains("--fresh"),
                "{whole:?}"
            );
            assert_eq!(whole.stderr.contains("--rows 3"), more.len() == 1, "{whole:?}");
        }
        let rest = imported(&world, &["--yes", "--rows", "3"]);
        assert_eq!(rest.status, 0, "{rest:?}");
        assert_eq!(world.statuses("a.results.csv"), ["not_sent", "ok", "ok"], "{rest:?}");
    }
}

#[test]
fn fresh_import_sends_skipped_rows_in_order() {
    let world = world();
    world.write("a.csv", format!("{HEAD}{DELETE}{CREATE}"));
    assert_eq!(imported(&world, &["--rows", "2"]).status, 0);
    let fresh = imported(&world, &["--fresh"]);
    assert_eq!(fresh.status, 0, "{fresh:?}");
    assert_eq!(world.statuses("a.results.csv"), ["ok"; 2], "{fresh:?}");
    assert!(is_there(&world));
}

/// Rows about users who have one row each may be sent in any order, also if they join one group.
#[test]
fn rows_about_other_users_are_sent_in_any_order() {
    let world = world();
    let first = "add,ann@example.com,,,,,,H,\n";
    world.write("a.csv", format!("{HEAD}{first}add,bob@example.com,,,,,,H,\n"));
    assert_eq!(imported(&world, &["--rows", "2"]).status, 0);
    let whole = imported(&world, &[]);
    assert_eq!(whole.status, 0, "{whole:?}");
    assert_eq!(world.statuses("a.results.csv"), ["ok"; 2]);
}

/// A later row that was refused has changed nothing.
#[test]
fn skipped_row_is_sent_after_a_later_row_that_was_refused() {
    let world = world();
    let rows = "create,zoe@example.com,,,Zoe,Ray,US,,\nadd,zoe@example.com,,,,,,G,\n";
    world.write("a.csv", format!("{HEAD}{rows}"));
    assert_eq!(imported(&world, &["--rows", "2"]).status, 1);
    let whole = imported(&world, &[]);
    assert_eq!(world.statuses("a.results.csv"), ["ok", "failed"], "{whole:?}");
}

/// A run of which rows are left is resumed as it began, or started over.
#[test]
fn next_portion_with_other_options_is_refused() {
    let options: [&[&str]; 5] = [
        &["--if-exists", "update"],
        &["--protect", "names.txt"],
        &["--conflicts", "last"],
        &["--exact-groups", "--manage-groups", "G", "--against", "users.csv"],
        &["--default-country", "DE"],
    ];
    for more in options {
        let world = world();
        world.write("names.txt", "boss@example.com\n");
        world.write(
            "users.csv",
            "type,email,groups\nfederatedID,ann@example.com,G\nfederatedID,bob@example.com,\n",
        );
        // Surely from before the import: the times of files are rounded.
        let list = std::fs::File::options().write(true).open(world.path("users.csv")).unwrap();
        list.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
        world.write("a.csv", format!("{HEAD}{DELETE}{CREATE}{ADD_BOB}"));
        assert_eq!(imported(&world, &["--rows", "1"]).status, 0);
        let sent = world.action_requests();
        let next = imported(&world, &[&["--rows", "2"][..], more].concat());
        assert_eq!((next.status, world.action_requests()), (2, sent), "{next:?}");
        assert!(
            !next.stderr.contains("Managed(")
                && next.stderr.contains("--rows")
                && next.stderr.contains("--fresh"),
            "{next:?}"
        );
        assert_eq!(world.statuses("a.results.csv"), ["ok", "not_sent", "not_sent"], "{next:?}");
        let status = |words: &str| world.umbulk(&["status", "a.csv"]).stdout.contains(words);
        assert!(status("finished with a part of the rows"));
        assert_eq!(imported(&world, &["--rows", "2"]).status, 0);
        let whole = imported(&world, &[]);
        assert_eq!(world.statuses("a.results.csv"), ["ok"; 3], "{whole:?}");
        assert!(status("finished ") && !status("with a part"));
        assert!(is_there(&world));
        // Now the run is finished.
        let new = imported(&world, &[&["--rows", "3"][..], more].concat());
        assert!(new.status < 2, "{new:?}");
    }
}

#[test]
fn portion_of_a_file_that_has_changed_since_is_refused() {
    let world = world();
    world.write("a.csv", format!("{HEAD}{DELETE}{CREATE}"));
    assert_eq!(imported(&world, &["--rows", "1"]).status, 0);
    world.write("a.csv", format!("{HEAD}{DELETE}{CREATE}{ADD_BOB}"));
    let next = imported(&world, &["--rows", "2-3"]);
    assert!(next.status == 2 && next.stderr.contains("--fresh"), "{next:?}");
    let fresh = imported(&world, &["--rows", "2-3", "--fresh"]);
    assert_eq!(fresh.status, 0, "{fresh:?}");
}

/// Nothing was sent, so that another option does no harm.
#[test]
fn portion_that_has_sent_nothing_is_begun_anew_with_other_options() {
    let world = world();
    world.write("a.csv", format!("{HEAD}create,zoe@example.com,,,Zoe,Ray,,,\n{ADD_BOB}"));
    assert_eq!(imported(&world, &["--rows", "1"]).status, 1);
    let next = imported(&world, &["--rows", "1", "--default-country", "US"]);
    assert_eq!(next.status, 0, "{next:?}");
}

/// All portions are compared with one list, as a run that is resumed is.
#[test]
fn next_portion_is_compared_with_the_list_of_the_first() {
    let world = world();
    world.write("a.csv", format!("{HEAD}{DELETE}{CREATE}{ADD_BOB}add,ann@example.com,,,,,,H,\n"));
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let first = imported(&world, &["--rows", "3", "--skip-unchanged"]);
    assert_eq!(first.status, 0, "{first:?}");
    assert_eq!(world.umbulk(&["export", "users", "--force"]).status, 0);
    let next = imported(&world, &["--rows", "4", "--skip-unchanged"]);
    assert_eq!(next.status, 0, "{next:?}");
    assert_eq!(world.statuses("a.results.csv")[2..], ["ok", "ok"], "{next:?}");
}

/// The list shows the organization before the first portion.
#[test]
fn next_portion_is_sent_where_the_first_has_changed_the_list() {
    let rows = [
        (DELETE, "create,ann@example.com,,,Ann,Lee,US,G,\n"),
        ("remove,ann@example.com,,,,,,G,\n", "add,ann@example.com,,,,,,G,\n"),
    ];
    for (first, second) in rows {
        let world = world();
        world.write("a.csv", format!("{HEAD}{first}{second}"));
        for portion in ["1", "2"] {
            let more = ["--online", "--skip-unchanged", "--rows", portion];
            let run = imported(&world, &more);
            assert_eq!(run.status, 0, "{run:?}");
        }
        assert_eq!(world.statuses("a.results.csv"), ["ok", "ok"]);
        assert_eq!(world.groups_of("ann@example.com").unwrap(), ["G"]);
    }
}

/// The results of each portion show the outcomes of all rows so far, also of those that were not
/// sent. The exit status is about the rows of the portion.
#[test]
fn results_of_a_portion_show_all_rows_of_earlier_ones() {
    let world = world();
    let rows = "add,bob@example.com,,,,,,H,\nupdate,ann@example.com,,,#N/A,,,,\n";
    world.write("a.csv", format!("{HEAD}{rows}{ADD_BOB}add,ann@example.com,,,,,,Nowhere,\n"));
    let first = imported(&world, &["--rows", "1-2"]);
    assert_eq!(first.status, 1, "{first:?}");
    let invalid = world.outcomes("a.results.csv")[1].clone();
    assert!(invalid.starts_with("invalid"), "{first:?}");
    for (portion, exit, last) in [("3", 0, "not_sent"), ("4", 1, "invalid"), ("3", 0, "invalid")] {
        let next = imported(&world, &["--rows", portion]);
        assert_eq!(next.status, exit, "{portion} {next:?}");
        let outcomes = world.outcomes("a.results.csv");
        assert_eq!(outcomes[..3], ["ok", &invalid, "ok"], "{portion} {next:?}");
        assert!(outcomes[3].starts_with(last), "{portion} {next:?}");
        let summary = if last == "invalid" { "2  invalid" } else { "1  invalid" };
        assert!(next.stdout.contains("2  ok") && next.stdout.contains(summary), "{next:?}");
        assert_eq!(
            world.rows("a.failed.csv").len(),
            if last == "invalid" { 2 } else { 1 },
            "{next:?}"
        );
        let status = world.umbulk(&["status", "a.csv"]).stdout;
        let known = if last == "invalid" { "4 of 4" } else { "3 of 4" };
        assert!(
            status.contains(&format!("{known} have an outcome: 2 ok")) && !status.contains("-1"),
            "{status}"
        );
        assert_eq!(status.contains("by --rows"), last != "invalid", "{status}");
        let again = world.umbulk(&["results", "a.csv"]);
        assert_eq!(world.outcomes("a.results.csv"), outcomes, "{again:?}");
    }
    let whole = imported(&world, &[]);
    assert_eq!(whole.status, 1, "{whole:?}");
    assert_eq!(world.outcomes("a.results.csv")[..3], ["ok", &invalid, "ok"], "{whole:?}");
}

/// What a list has decided about rows of an earlier portion stays in the journal.
#[test]
fn unchanged_rows_of_an_earlier_portion_stay_in_the_results() {
    let world = world();
    let rows = "add,ann@example.com,,,,,,G,\nadd,bob@example.com,,,,,,H,\n";
    world.write("a.csv", format!("{HEAD}{rows}remove,ann@example.com,,,,,,H,\n{ADD_BOB}"));
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    for (portion, expected) in [
        ("1-2", ["unchanged", "ok", "not_sent", "not_sent"]),
        ("4", ["unchanged", "ok", "not_sent", "ok"]),
        ("3", ["unchanged", "ok", "unchanged", "ok"]),
        ("3-", ["unchanged", "ok", "unchanged", "ok"]),
    ] {
        let next = imported(&world, &["--skip-unchanged", "--rows", portion]);
        assert_eq!(next.status, 0, "{portion} {next:?}");
        assert_eq!(world.statuses("a.results.csv"), expected, "{portion} {next:?}");
        let unchanged = expected.iter().filter(|status| **status == "unchanged").count();
        assert!(next.stdout.contains(&format!("{unchanged}  unchanged")), "{portion} {next:?}");
        let status = world.umbulk(&["status", "a.csv"]).stdout;
        assert!(status.contains(&format!("{unchanged} unchanged")), "{portion} {status}");
        let again = world.umbulk(&["results", "a.csv"]);
        assert_eq!(world.statuses("a.results.csv"), expected, "{portion} {again:?}");
    }
    let whole = imported(&world, &["--skip-unchanged"]);
    assert_eq!(
        world.statuses("a.results.csv"),
        ["unchanged", "ok", "unchanged", "ok"],
        "{whole:?}"
    );
}

/// Groups are kept where another portion has a row about the same user, and the rows are named.
#[test]
fn exact_groups_name_people_with_rows_in_two_portions() {
    let world = world();
    let rows = "ann@example.com,A,L,US,H\nbob@example.com,B,L,US,H\nann@example.com,A,L,US,H\n";
    world.write("a.csv", format!("email,firstname,lastname,country,groups\n{rows}"));
    let more = ["--exact-groups", "--manage-groups", "G", "--yes", "--online"];
    for portion in ["1-2", "3"] {
        let run = imported(&world, &[&more[..], &["--rows", portion]].concat());
        assert_eq!(run.status, 0, "{run:?}");
        assert!(run.stderr.contains("ann@example.com (a.csv, rows 1, 3)"), "{run:?}");
        assert!(!run.stderr.contains("bob@example.com (a.csv"), "{run:?}");
        assert_eq!(world.groups_of("ann@example.com").unwrap(), ["G", "H"]);
    }
    let whole = imported(&world, &[&more[..], &["--fresh"]].concat());
    assert!(!whole.stderr.contains("rows within"), "{whole:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["H"], "{whole:?}");
}
