//! `--retry-failed`: the failed rows of the last import are fixed in the file and sent again, and
//! one results file has the outcomes of all rows.

use crate::world::{Run, World};
use std::process::Stdio;
use std::time::Duration;
use umbulk::sandbox::InjectedFault;

const HEAD: &str = "email,firstname,lastname,country,groups\n";
const ANN: &str = "ann@example.com,Ann,Lee,US,Design\n";
const BOB: &str = "bob@example.com,Bob,Ray,XX,Design\n";
const BOB_FIXED: &str = "bob@example.com,Bob,Ray,DE,Design\n";
const CID: &str = "cid@example.com,Cid,Poe,US,Photo\n";
const DEE: &str = "dee@example.com,Dee,Fox,US,Design\n";

/// Ann and Dee are imported; Bob's country and Cid's group do not exist.
fn imported() -> World {
    let world = World::with_groups(&["Design"]);
    world.write("staff.csv", format!("{HEAD}{ANN}{BOB}{CID}{DEE}"));
    let run = world.umbulk(&import(&[]));
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(outcomes(&world), ["ok", "invalid", "failed", "ok"], "{run:?}");
    world
}

/// Groups are not checked before, so that the server refuses Cid.
fn import<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["import", "staff.csv", "--check-groups", "never"], more].concat()
}

fn retry(world: &World) -> Run {
    world.umbulk(&import(&["--retry-failed"]))
}

fn outcomes(world: &World) -> Vec<String> {
    world.statuses("staff.results.csv")
}

fn fixed() -> String {
    format!("{HEAD}{ANN}{BOB_FIXED}{}{DEE}", CID.replace("Photo", "Design"))
}

fn kept(world: &World) -> Vec<String> {
    let entries = std::fs::read_dir(world.path("staff.umbulk")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn is_there(world: &World, name: &str) -> bool {
    world.groups_of(&format!("{name}@example.com")).is_some()
}

/// Nothing is sent, and the message says all of this.
fn refused(world: &World, run: &Run, words: &[&str], before: usize) {
    assert_eq!((run.status, world.action_requests()), (2, before), "{run:?}");
    for words in words {
        assert!(run.stderr.contains(words), "{words}: {run:?}");
    }
}

#[test]
fn fixed_rows_are_sent_and_results_have_all_rows() {
    let world = imported();
    let first = world.rows("staff.results.csv");
    world.write("staff.csv", fixed());
    let sent = world.action_requests();
    let run = retry(&world);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.action_requests(), sent + 1, "{run:?}");
    let rows = world.rows("staff.results.csv");
    assert_eq!(outcomes(&world), ["ok"; 4], "{run:?}");
    assert_eq!([&rows[0], &rows[3]], [&first[0], &first[3]], "the others stay as they were");
    assert_eq!(rows[1]["country"], "DE");
    assert!(["ann", "bob", "cid", "dee"].iter().all(|name| is_there(&world, name)));
    assert!(!world.path("staff.failed.csv").exists());
    let kept = kept(&world);
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(kept[0].starts_with("staff.failed.") && kept[1].starts_with("staff.results."));
    // The journal knows the same.
    std::fs::remove_file(world.path("staff.results.csv")).unwrap();
    assert_eq!(world.umbulk(&["results", "staff.csv"]).status, 0);
    assert_eq!(world.rows("staff.results.csv"), rows);
    assert_eq!(world.umbulk(&["status", "staff.csv", "--check"]).status, 0);
    // An ordinary import of the same file sends nothing.
    let again = world.umbulk(&import(&[]));
    assert_eq!((again.status, world.action_requests()), (0, sent + 1), "{again:?}");
    assert_eq!(outcomes(&world), ["ok"; 4], "{again:?}");
    refused(&world, &retry(&world), &["no row of the last import is left to fix"], sent + 1);
}

#[test]
fn second_retry_sends_the_remaining_rows() {
    let world = imported();
    world.write("staff.csv", format!("{HEAD}{ANN}{BOB_FIXED}{CID}{DEE}"));
    let run = retry(&world);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(outcomes(&world), ["ok", "ok", "failed", "ok"], "{run:?}");
    assert_eq!(world.rows("staff.failed.csv").len(), 1);
    // The group is created in the meantime, and the file is right as it is.
    assert_eq!(world.import("groups.csv", "action,group\ncreate-group,Photo\n", &[]).status, 0);
    let sent = world.action_requests();
    let run = retry(&world);
    assert_eq!((run.status, world.action_requests()), (0, sent + 1), "{run:?}");
    assert_eq!(outcomes(&world), ["ok"; 4], "{run:?}");
    assert_eq!(kept(&world).len(), 4);
}

#[test]
fn row_that_is_still_wrong_stays_to_be_fixed() {
    let world = imported();
    let sent = world.action_requests();
    world.write("staff.csv", fixed().replace(",DE,", ",YY,"));
    let run = retry(&world);
    assert_eq!((run.status, world.action_requests()), (1, sent + 1), "{run:?}");
    assert_eq!(outcomes(&world), ["ok", "invalid", "ok", "ok"], "{run:?}");
    world.write("staff.csv", fixed());
    let run = retry(&world);
    assert_eq!((run.status, world.action_requests()), (0, sent + 2), "{run:?}");
    assert_eq!(outcomes(&world), ["ok"; 4], "{run:?}");
}

#[test]
fn changes_of_other_rows_are_named_and_nothing_is_sent() {
    let world = imported();
    let before = (outcomes(&world), world.action_requests());
    for (file, words) in [
        (fixed().replace("Dee,", "Dea,"), &["line 5", "had not failed"][..]),
        (fixed() + ANN, &["had 4 rows", "5 rows now", "line 6"]),
        (fixed().replace(ANN, ""), &["had 4 rows", "3 rows now", "line 2"]),
        (fixed().replace("firstname,lastname", "lastname,firstname"), &["header"]),
    ] {
        world.write("staff.csv", file);
        refused(&world, &retry(&world), words, before.1);
        assert_eq!(outcomes(&world), before.0);
    }
    world.write("staff.csv", fixed());
    let other = world.umbulk(&import(&["--retry-failed", "--default-country", "US"]));
    refused(&world, &other, &["--default-country"], before.1);
    let run = retry(&world);
    assert_eq!(run.status, 0, "{run:?}");
}

#[test]
fn file_without_a_finished_import_has_no_failed_rows() {
    let world = World::with_groups(&["Design"]);
    world.write("staff.csv", fixed());
    refused(&world, &retry(&world), &["no finished import"], 0);
    for (more, words) in [
        (&["--retry-failed", "--fresh"][..], "cannot be used with"),
        (&["--retry-failed", "--rows", "1"], "cannot be used with"),
        (&["--retry-failed", "--sandbox"], "cannot be used with"),
        (&["--retry-failed", "other.csv"], "name one file"),
        (
            &["--retry-failed", "--missing", "report", "--managed-domain", "example.com"],
            "leave that option out",
        ),
    ] {
        refused(&world, &world.umbulk(&import(more)), &[words], 0);
    }
    let input = ["import", "-", "--results", "r.csv", "--retry-failed"];
    refused(&world, &world.umbulk(&input), &["standard input"], 0);
    // The advice: an import without the option.
    let run = world.umbulk(&import(&[]));
    assert_eq!((run.status, outcomes(&world)), (0, vec!["ok".to_owned(); 4]), "{run:?}");
}

#[test]
fn killed_retry_continues_with_the_same_command() {
    let world = imported();
    world.write("staff.csv", fixed());
    let late = InjectedFault::Late { status: 504, after: Duration::from_millis(200) };
    world.sandbox.faults().next_actions([Some(late)]);
    let sent = world.action_requests();
    let mut child = world
        .command(&import(&["--retry-failed"]))
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while world.action_requests() == sent {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let status = world.umbulk(&["status", "staff.csv"]);
    assert!(status.stdout.contains("--retry-failed"), "{status:?}");
    // Other rows, or another content of the failed ones, do not fit what was sent.
    world.write("staff.csv", fixed().replace("Bob,", "Rob,"));
    let changed = retry(&world);
    assert_eq!(changed.status, 2, "{changed:?}");
    assert!(changed.stderr.contains("was interrupted"), "{changed:?}");
    world.write("staff.csv", fixed());
    let run = retry(&world);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(outcomes(&world), ["ok"; 4], "{run:?}");
    assert_eq!(kept(&world).len(), 2);
}

#[test]
fn refused_retry_leaves_everything_as_it_was_and_can_be_repeated() {
    let world = imported();
    world.write("staff.csv", fixed());
    let sent = world.action_requests();
    let before = world.rows("staff.results.csv");
    let wrong = crate::world::run(
        world.command(&import(&["--retry-failed"])).env("UMAPI_CLIENT_SECRET", "wrong"),
    );
    refused(&world, &wrong, &[], sent);
    assert_eq!(world.rows("staff.results.csv"), before);
    // The file may be fixed further.
    world.write("staff.csv", fixed().replace("Bob,", "Rob,"));
    let run = retry(&world);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.rows("staff.results.csv")[1]["firstname"], "Rob");
    assert_eq!(outcomes(&world), ["ok"; 4], "{run:?}");
}

#[test]
fn row_is_not_sent_after_a_later_one_about_the_same_user() {
    let world = World::with_groups(&["Design"]);
    let rows = "action,email,groups,country,firstname,lastname\n\
                add,ann@example.com,Photo,,,\n\
                create,ann@example.com,Design,US,Ann,Lee\n\
                remove,ann@example.com,Design,,,\n";
    world.write("staff.csv", rows);
    let run = world.umbulk(&import(&[]));
    assert_eq!(run.status, 1, "{run:?}");
    let sent = world.action_requests();
    refused(&world, &retry(&world), &["row 1", "row 2", "could undo"], sent);
}

#[test]
fn rows_corrected_in_the_rows_to_fix_are_taken_over() {
    let world = imported();
    let old = std::fs::read_to_string(world.path("staff.csv")).unwrap();
    let to_fix = std::fs::read_to_string(world.path("staff.failed.csv")).unwrap();
    world.write("staff.failed.csv", to_fix.replace(",XX,", ",DE,").replace("Photo,", "Design,"));
    let run = retry(&world);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(outcomes(&world), ["ok"; 4], "{run:?}");
    assert_eq!(world.rows("staff.results.csv")[1]["country"], "DE");
    assert_eq!(std::fs::read_to_string(world.path("staff.csv")).unwrap(), fixed());
    let kept = kept(&world);
    assert_eq!(kept.len(), 3, "{kept:?}");
    let copy = std::fs::read_to_string(world.path("staff.umbulk").join(&kept[0])).unwrap();
    assert_eq!(copy, old);
    assert!(run.stderr.contains("2 rows have the corrections of staff.failed.csv"), "{run:?}");
    let sent = world.action_requests();
    let again = world.umbulk(&import(&[]));
    assert_eq!((again.status, world.action_requests()), (0, sent), "{again:?}");
}

#[test]
fn corrections_that_are_not_certain_are_not_taken_over() {
    let world = imported();
    let sent = world.action_requests();
    let to_fix = std::fs::read_to_string(world.path("staff.failed.csv")).unwrap();
    let file = std::fs::read(world.path("staff.csv")).unwrap();
    let (first, bob) = (to_fix.lines().next().unwrap(), to_fix.lines().nth(1).unwrap());
    for (rows, words) in [
        (format!("{to_fix}{}\n", bob.replace("XX", "DE")), "had 2 rows"),
        (to_fix.replace(first, "email,group"), "the columns of the rows to fix"),
    ] {
        world.write("staff.failed.csv", rows);
        refused(&world, &retry(&world), &[words], sent);
        assert_eq!(std::fs::read(world.path("staff.csv")).unwrap(), file);
    }
    // Corrected in both, differently.
    world.write("staff.failed.csv", to_fix.replace(",XX,", ",DE,"));
    world.write("staff.csv", fixed().replace(",DE,", ",FR,"));
    refused(&world, &retry(&world), &["line 3", "in the same way"], sent);
    std::fs::remove_file(world.path("staff.failed.csv")).unwrap();
    assert_eq!(retry(&world).status, 0);
    assert_eq!(world.rows("staff.results.csv")[1]["country"], "FR");
}

#[test]
fn rows_to_fix_of_rows_to_fix_are_numbered() {
    let world = imported();
    let run = world.umbulk(&["import", "staff.failed.csv", "--check-groups", "never"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.statuses("staff.failed.results.csv"), ["invalid", "failed"], "{run:?}");
    assert!(world.path("staff.failed-2.csv").exists());
    assert!(!world.path("staff.failed.failed.csv").exists());
}
