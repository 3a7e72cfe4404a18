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
    world.dated("staff").into_keys().collect()
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
    refused(&world, &other, &["--default-country is US (was not given)"], before.1);
    let run = retry(&world);
    assert_eq!(run.status, 0, "{run:?}");
}

/// Nothing is written either: an ordinary import would take the file for another one, and send all
/// of its rows again.
#[test]
fn other_options_are_refused_before_corrections_are_taken_over() {
    let world = imported();
    let before = std::fs::read(world.path("staff.csv")).unwrap();
    world.write("staff.failed.csv", corrected(&to_fix(&world)));
    let sent = world.action_requests();
    let other = world.umbulk(&import(&["--retry-failed", "--default-country", "US"]));
    refused(&world, &other, &["--default-country is US (was not given)"], sent);
    assert_eq!(std::fs::read(world.path("staff.csv")).unwrap(), before);
    assert!(kept(&world).is_empty());
    assert_eq!(world.umbulk(&import(&[])).status, 1, "the same rows as before");
    assert_eq!(world.action_requests(), sent);
    world.write("staff.failed.csv", corrected(&to_fix(&world)));
    let run = retry(&world);
    assert_eq!((run.status, outcomes(&world)), (0, vec!["ok".to_owned(); 4]), "{run:?}");
}

/// A plan is about all rows: `--plan` and `--retry-failed` exclude each other.
#[test]
fn failed_rows_of_a_saved_plan_are_planned_again() {
    let world = World::with_groups(&["Design"]);
    let wrong = format!("{HEAD}{ANN}{BOB}");
    world.write("staff.csv", &wrong);
    let save = ["plan", "staff.csv", "--save", "weekly.plan"];
    let apply = ["import", "--plan", "weekly.plan"];
    assert_eq!(world.umbulk(&save).status, 1);
    let run = world.umbulk(&apply);
    assert_eq!(run.status, 1, "{run:?}");
    let sent = world.action_requests();
    world.write("staff.failed.csv", corrected(&to_fix(&world)));
    let run = world.umbulk(&["import", "staff.csv", "--retry-failed"]);
    refused(&world, &run, &["has applied a saved plan", "Correct the rows in staff.csv"], sent);
    assert_eq!(std::fs::read_to_string(world.path("staff.csv")).unwrap(), wrong);
    // As advised.
    world.write("staff.csv", format!("{HEAD}{ANN}{BOB_FIXED}"));
    assert_eq!(world.umbulk(&save).status, 0);
    let run = world.umbulk(&apply);
    assert_eq!((run.status, outcomes(&world)), (0, vec!["ok".to_owned(); 2]), "{run:?}");
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
    // The response comes after the kill.
    world.sandbox.faults().next_actions([Some(InjectedFault::Delay(Duration::from_secs(60)))]);
    let mut child = world
        .command(&import(&["--retry-failed"]))
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    crate::screens::wait_for(|| {
        world.umbulk(&["status", "staff.csv"]).stdout.contains("requests      2 sent")
    });
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

/// Corrects Bob's country and Cid's group.
fn corrected(rows: &str) -> String {
    rows.replace(",XX,", ",DE,").replace(",Photo,", ",Design,")
}

fn to_fix(world: &World) -> String {
    std::fs::read_to_string(world.path("staff.failed.csv")).unwrap()
}

/// Spreadsheets save other encodings. A wrong letter would become a wrong name.
#[test]
fn corrections_with_guessed_letters_are_not_taken_over() {
    let world = World::with_groups(&["Design"]);
    let staff = format!("{HEAD}{ANN}{}", BOB.replace("Bob,", "Ähti,"));
    world.write("staff.csv", &staff);
    assert_eq!(world.umbulk(&import(&[])).status, 1);
    let (sent, rows) = (world.action_requests(), corrected(&to_fix(&world)));
    let rows = rows.trim_start_matches('\u{feff}');
    // Code page 437, and Windows-1252 with another letter in its place.
    for letter in [&b"\x8e"[..], b"\xc9"] {
        let (before, after) = rows.split_once('Ä').unwrap();
        let bytes = [before.as_bytes(), letter, after.as_bytes()].concat();
        world.write("staff.failed.csv", bytes);
        refused(&world, &retry(&world), &["staff.failed.csv is not UTF-8", "line 3"], sent);
        assert_eq!(std::fs::read_to_string(world.path("staff.csv")).unwrap(), staff);
    }
    // What is as it was is certain.
    let (before, after) = rows.split_once('Ä').unwrap();
    world.write("staff.failed.csv", [before.as_bytes(), b"\xc4", after.as_bytes()].concat());
    let run = retry(&world);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.rows("staff.results.csv")[1]["firstname"], "Ähti");
}

#[test]
fn rows_to_fix_in_another_order_are_not_taken_over() {
    let world = imported();
    let rows = to_fix(&world);
    let lines: Vec<&str> = rows.lines().collect();
    world.write("staff.failed.csv", corrected(&[lines[0], lines[2], lines[1]].join("\n")));
    let fixed = retry(&world);
    // Both rows were corrected, so that nothing shows the order. Each is sent once.
    assert_eq!((fixed.status, outcomes(&world)), (0, vec!["ok".to_owned(); 4]), "{fixed:?}");
    let world = imported();
    let sent = world.action_requests();
    let bob = lines[1].replace(",XX,", ",DE,");
    world.write("staff.failed.csv", [lines[0], lines[2], &bob].join("\n"));
    refused(&world, &retry(&world), &["another order"], sent);
}

/// A row whose cells were too many is corrected where the rows to fix are.
#[test]
fn row_with_cells_beyond_the_header_is_taken_over() {
    let world = World::with_groups(&["Design", "Photo"]);
    let wrong = "bob@example.com,Bob,Ray,DE,Design,Photo\n";
    world.write("staff.csv", format!("{HEAD}{ANN}{wrong}"));
    assert_eq!(world.umbulk(&import(&[])).status, 1);
    let rows = to_fix(&world);
    let head = rows.lines().next().unwrap();
    world.write(
        "staff.failed.csv",
        format!("{head}\nbob@example.com,Bob,Ray,DE,\"Design,Photo\",x,y\n"),
    );
    let run = retry(&world);
    assert_eq!((run.status, outcomes(&world)), (0, vec!["ok".to_owned(); 2]), "{run:?}");
    assert_eq!(world.groups_of("bob@example.com").unwrap().len(), 2);
}

/// A retry that is refused has not begun: everything else works as before it.
#[test]
fn refused_retry_has_not_begun() {
    let world = World::with_groups(&["Design"]);
    let head = format!("action,{HEAD}");
    let rows = |country: &str| {
        format!(
            "{head}create,{ANN}create,bob@example.com,Bob,Ray,{country},Design\n\
             delete,zed@example.com,,,{country},\n"
        )
    };
    world.write("staff.csv", rows("XX"));
    assert_eq!(world.umbulk(&import(&[])).status, 1);
    let results = world.rows("staff.results.csv");
    let status = world.umbulk(&["status", "staff.csv"]).stdout;
    let sent = world.action_requests();
    world.write("staff.csv", rows("DE"));
    let run = world.umbulk(&import(&["--retry-failed", "--max-deletes", "0"]));
    refused(&world, &run, &["1 row"], sent);
    assert_eq!(world.umbulk(&["status", "staff.csv"]).stdout, status);
    assert_eq!(world.rows("staff.results.csv"), results);
    world.write("staff.csv", rows("XX"));
    let again = world.umbulk(&import(&[]));
    assert_eq!((again.status, world.action_requests()), (1, sent), "{again:?}");
    assert_eq!(world.rows("staff.results.csv"), results);
}

/// The dated copies stay beside the files, as those of an ordinary import.
#[test]
fn retry_keeps_copies_beside_the_files_if_their_folder_is_something_else() {
    let world = imported();
    world.write("staff.umbulk", "mine");
    world.write("staff.failed.csv", corrected(&to_fix(&world)));
    let run = retry(&world);
    assert_eq!((run.status, outcomes(&world)), (0, vec!["ok".to_owned(); 4]), "{run:?}");
    assert_eq!(std::fs::read_to_string(world.path("staff.umbulk")).unwrap(), "mine");
    let names = std::fs::read_dir(world.folder.path()).unwrap();
    let mut names: Vec<String> =
        names.map(|name| name.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.contains(".20"));
    names.sort();
    let [staff, failed, results] = names.as_slice() else { panic!("{names:?}") };
    assert!(failed.starts_with("staff.failed.20") && results.starts_with("staff.results.20"));
    assert_eq!(
        std::fs::read_to_string(world.path(staff)).unwrap(),
        format!("{HEAD}{ANN}{BOB}{CID}{DEE}"),
        "the file as it was"
    );
    assert!(run.stderr.contains(staff), "{run:?}");
}

/// A file cannot be moved from one disk to another.
#[cfg(target_os = "linux")]
#[test]
fn rows_to_fix_on_another_disk_are_renamed_there() {
    let world = imported();
    let Ok(disk) = tempfile::tempdir_in("/dev/shm") else { return };
    let there = disk.path().join("fix.csv");
    let failed = ["--failed", there.to_str().unwrap()];
    let run = world.umbulk(&import(&[&failed[..], &["--fresh"]].concat()));
    assert_eq!(run.status, 1, "{run:?}");
    let rows = std::fs::read_to_string(&there).unwrap();
    std::fs::write(&there, corrected(&rows)).unwrap();
    let run = world.umbulk(&import(&[&failed[..], &["--retry-failed"]].concat()));
    assert_eq!((run.status, outcomes(&world)), (0, vec!["ok".to_owned(); 4]), "{run:?}");
    let kept = std::fs::read_dir(disk.path()).unwrap().next().unwrap().unwrap().file_name();
    assert!(kept.to_string_lossy().starts_with("fix.20"), "{kept:?}");
    assert!(run.stderr.contains(&*kept.to_string_lossy()), "{run:?}");
}

/// The rows to fix of an interrupted retry are only those that it found to be wrong.
#[cfg(unix)]
#[test]
fn interrupted_retry_takes_over_what_was_corrected_since() {
    let world = imported();
    world.write("staff.failed.csv", corrected(&to_fix(&world)).replace(",DE,", ",YY,"));
    // The only request of ten minutes is sent, so that the next one must wait.
    let other = format!("{HEAD}{ANN}");
    let options = ["--check-groups", "never", "--rate", "1/600s"];
    assert_eq!(world.import("other.csv", other, &options).status, 0);
    let mut child = world
        .command(&import(&["--retry-failed", "--rate", "1/600s"]))
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while !world.path("staff.umbulk").exists()
        || kept(&world).len() < 3
        || !world.path("staff.results.csv").exists()
    {
        std::thread::yield_now();
    }
    crate::resume::signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert_eq!(outcomes(&world), ["ok", "invalid", "not_sent", "ok"]);
    let rows = to_fix(&world);
    assert_eq!(rows.lines().count(), 2, "{rows}");
    world.write("staff.failed.csv", rows.replace(",YY,", ",FR,"));
    let run = retry(&world);
    assert_eq!((run.status, outcomes(&world)), (0, vec!["ok".to_owned(); 4]), "{run:?}");
    assert_eq!(world.rows("staff.results.csv")[1]["country"], "FR");
}

#[test]
fn file_that_was_imported_with_others_is_not_retried() {
    let world = World::with_groups(&["Design"]);
    world.write("a.csv", format!("action,{HEAD}add,ann@example.com,,,,Photo\n"));
    world.write("b.csv", format!("action,{HEAD}create,{ANN}"));
    let run = world.umbulk(&["import", "a.csv", "b.csv", "--check-groups", "never"]);
    assert_eq!(run.status, 1, "{run:?}");
    let sent = world.action_requests();
    let retry = ["import", "a.csv", "--check-groups", "never", "--retry-failed"];
    refused(&world, &world.umbulk(&retry), &["several files", "rows to fix"], sent);
}

#[cfg(unix)]
#[test]
fn file_that_is_a_link_gets_the_corrections() {
    let world = imported();
    std::fs::rename(world.path("staff.csv"), world.path("real.csv")).unwrap();
    std::os::unix::fs::symlink("real.csv", world.path("staff.csv")).unwrap();
    world.write("staff.failed.csv", corrected(&to_fix(&world)));
    let run = retry(&world);
    assert_eq!((run.status, outcomes(&world)), (0, vec!["ok".to_owned(); 4]), "{run:?}");
    assert!(world.path("staff.csv").is_symlink());
    assert_eq!(std::fs::read_to_string(world.path("real.csv")).unwrap(), fixed());
}

/// The rows to fix may be imported and corrected by themselves.
#[test]
fn rows_to_fix_of_rows_to_fix_are_taken_over() {
    let world = imported();
    let import = ["import", "staff.failed.csv", "--check-groups", "never"];
    assert_eq!(world.umbulk(&import).status, 1);
    let rows = std::fs::read_to_string(world.path("staff.failed-2.csv")).unwrap();
    world.write("staff.failed-2.csv", corrected(&rows));
    let run = world.umbulk(&[&import[..], &["--retry-failed"]].concat());
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.statuses("staff.failed.results.csv"), ["ok", "ok"]);
    assert!(to_fix(&world).contains(",DE,"));
}

/// The words behind `Then type:` in a summary.
fn proposed(run: &Run) -> Vec<&str> {
    let line = run.stdout.lines().find_map(|line| line.strip_prefix("Then type: umbulk "));
    line.unwrap_or_else(|| panic!("{run:?}")).split(' ').collect()
}

#[test]
fn proposed_command_sends_what_was_fixed_in_either_file() {
    for is_in_file in [true, false] {
        let world = World::with_groups(&["Design"]);
        world.write("staff.csv", format!("{HEAD}{ANN}{BOB}{CID}{DEE}"));
        let first = world.umbulk(&import(&["--yes"]));
        assert!(
            first
                .stdout
                .contains("Rows to fix: staff.failed.csv (fix them there or in staff.csv)\n"),
            "{first:?}"
        );
        match is_in_file {
            true => world.write("staff.csv", fixed()),
            false => world.write("staff.failed.csv", corrected(&to_fix(&world))),
        };
        let words = proposed(&first);
        assert_eq!(words, import(&["--retry-failed"]));
        let run = world.umbulk(&words);
        assert_eq!((run.status, outcomes(&world)), (0, vec!["ok".to_owned(); 4]), "{run:?}");
    }
    // Some are fixed: the command of the second summary sends the others.
    let world = World::with_groups(&["Design"]);
    world.write("staff.csv", format!("{HEAD}{ANN}{BOB}{CID}{DEE}"));
    let first = world.umbulk(&import(&[]));
    world.write("staff.csv", format!("{HEAD}{ANN}{BOB_FIXED}{CID}{DEE}"));
    let second = world.umbulk(&proposed(&first));
    world.write("staff.csv", fixed());
    let third = world.umbulk(&proposed(&second));
    assert_eq!((third.status, outcomes(&world)), (0, vec!["ok".to_owned(); 4]), "{third:?}");
}

#[test]
fn rows_that_cannot_be_retried_are_imported_as_proposed() {
    // Of several files.
    let world = World::with_groups(&["Design"]);
    world.write("a.csv", format!("{HEAD}{ANN}{BOB}"));
    world.write("b.csv", format!("{HEAD}{DEE}"));
    let run = world.umbulk(&["import", "a.csv", "b.csv"]);
    assert_eq!(proposed(&run), ["import", "a.failed.csv"]);
    let rows = std::fs::read_to_string(world.path("a.failed.csv")).unwrap();
    world.write("a.failed.csv", corrected(&rows));
    let run = world.umbulk(&proposed(&run));
    assert!(run.status == 0 && is_there(&world, "bob"), "{run:?}");
    // Later rows about the same user were sent, whatever the row to fix does.
    for wrong in ["add,ann@example.com,,,,Photo", "add,Ann@Example.com,,,XX,Design"] {
        let world = World::with_groups(&["Design"]);
        let later = "remove,ann@example.com,,,,Design";
        world.write("staff.csv", format!("action,{HEAD}create,{ANN}{wrong}\n{later}\n"));
        let run = world.umbulk(&import(&[]));
        assert_eq!(outcomes(&world)[2], "ok", "{wrong}: {run:?}");
        if outcomes(&world)[1] != "ok" {
            let words = ["import", "staff.failed.csv", "--check-groups", "never"];
            assert_eq!(proposed(&run), words, "{wrong}");
        }
    }
    // Rows about others can be sent again.
    let world = World::with_groups(&["Design"]);
    world.write("staff.csv", format!("action,{HEAD}create,{BOB}create,{ANN}"));
    let run = world.umbulk(&import(&[]));
    world.write("staff.csv", format!("action,{HEAD}create,{BOB_FIXED}create,{ANN}"));
    let run = world.umbulk(&proposed(&run));
    assert_eq!((run.status, outcomes(&world)), (0, vec!["ok".to_owned(); 2]), "{run:?}");
}

#[test]
fn rows_of_a_compressed_file_are_fixed_in_it_as_proposed() {
    let packed = |text: &str| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    let world = World::with_groups(&["Design"]);
    world.write("staff.csv.gz", packed(&format!("{HEAD}{ANN}{BOB}")));
    let run = world.umbulk(&["import", "staff.csv.gz"]);
    assert!(run.stdout.contains("staff.failed.csv (fix them in staff.csv.gz)"), "{run:?}");
    world.write("staff.csv.gz", packed(&format!("{HEAD}{ANN}{BOB_FIXED}")));
    let run = world.umbulk(&proposed(&run));
    assert_eq!((run.status, outcomes(&world)), (0, vec!["ok".to_owned(); 2]), "{run:?}");
}

/// What Excel writes as "CSV" in Western Europe: semicolons, and letters of Windows-1252.
#[test]
fn corrections_are_taken_over_into_a_file_of_excel() {
    let latin = |text: &str| text.chars().map(|c| u8::try_from(c).unwrap()).collect::<Vec<_>>();
    let staff = format!("{HEAD}{ANN}{}", BOB.replace("Bob,", "J\u{f6}rg,"))
        .replace(',', ";")
        .replace('\n', "\r\n");
    let world = World::with_groups(&["Design"]);
    world.write("staff.csv", latin(&staff));
    let first = world.umbulk(&import(&[]));
    let advice = "Rows to fix: staff.failed.csv (fix them there or in staff.csv)\n";
    assert!(first.status == 1 && first.stdout.contains(advice), "{first:?}");
    let (sent, rows) = (world.action_requests(), to_fix(&world).replace(";XX;", ";DE;"));
    // A letter that the file cannot hold.
    world.write("staff.failed.csv", rows.replace("J\u{f6}rg", "Mi\u{142}osz"));
    let words = "staff.failed.csv has letters that staff.csv cannot hold";
    refused(&world, &retry(&world), &[words], sent);
    assert_eq!(std::fs::read(world.path("staff.csv")).unwrap(), latin(&staff));
    world.write("staff.failed.csv", &rows);
    let run = retry(&world);
    assert_eq!((run.status, outcomes(&world)), (0, vec!["ok".to_owned(); 2]), "{run:?}");
    let fixed = latin(&staff.replace(";XX;", ";DE;"));
    assert_eq!(std::fs::read(world.path("staff.csv")).unwrap(), fixed);
    assert_eq!(world.rows("staff.results.csv")[1]["firstname"], "J\u{f6}rg");
}

/// A retry is killed between two moves: its journal has begun, the results are in the folder, and
/// the rows to fix are still where they were.
#[test]
fn retry_killed_between_two_moves_continues() {
    let world = imported();
    let rows = to_fix(&world);
    world.write("staff.csv", fixed());
    let mut child = world
        .command(&import(&["--retry-failed", "--rate", "1/600s"]))
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while kept(&world).len() < 2 || !world.path("staff.results.csv").exists() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let moved = kept(&world);
    std::fs::rename(world.path("staff.umbulk").join(&moved[0]), world.path("staff.failed.csv"))
        .unwrap();
    std::fs::remove_file(world.path("staff.results.csv")).unwrap();
    assert_eq!(to_fix(&world), rows);
    // What the journal shows is written again from it.
    assert_eq!(world.umbulk(&["results", "staff.csv"]).status, 0);
    assert_eq!(outcomes(&world), ["ok", "not_sent", "not_sent", "ok"]);
    let sent = world.action_requests();
    let run = retry(&world);
    assert_eq!((run.status, world.action_requests()), (0, sent + 1), "{run:?}");
    assert_eq!(outcomes(&world), ["ok"; 4], "{run:?}");
    assert!(!world.path("staff.failed.csv").exists(), "{run:?}");
    let dated = world.dated("staff");
    assert!(dated.values().any(|text| *text == rows.as_bytes()), "{dated:?}");
    assert!(moved[1..].iter().all(|name| dated.contains_key(name)), "{dated:?}");
    let mut beside = std::fs::read_dir(world.folder.path()).unwrap();
    let is_dated = |name: &str| name.contains(".results.2") || name.contains(".failed.2");
    assert!(!beside.any(|file| is_dated(file.unwrap().file_name().to_str().unwrap())));
}

/// The outputs of every later import are in the same place.
#[test]
fn dated_copies_of_all_imports_are_in_one_folder() {
    let world = imported();
    let results = std::fs::read(world.path("staff.results.csv")).unwrap();
    let run = world.umbulk(&import(&["--fresh"]));
    assert!(run.stderr.contains("is now staff.umbulk/staff.results.2"), "{run:?}");
    assert!(world.dated("staff").values().any(|text| *text == results));
    for _ in 0..2 {
        let import = ["import", "staff.failed.csv", "--check-groups", "never", "--fresh"];
        assert_eq!(world.umbulk(&import).status, 1);
    }
    let is_of_rows_to_fix = |name: &String| name.starts_with("staff.failed.results.2");
    assert!(kept(&world).iter().any(is_of_rows_to_fix), "{:?}", kept(&world));
    assert!(!world.path("staff.failed.umbulk").exists());
    // A file of the user's own is in its place.
    std::fs::remove_dir_all(world.path("staff.umbulk")).unwrap();
    world.write("staff.umbulk", "mine");
    let run = world.umbulk(&import(&["--fresh"]));
    assert!(run.stderr.contains("is now staff.results.2"), "{run:?}");
    assert_eq!(std::fs::read(world.path("staff.umbulk")).unwrap(), b"mine");
}

/// As the message about a row that was removed advises.
#[test]
fn failed_row_that_is_not_wanted_any_more_is_switched_off() {
    let world = imported();
    world.write("staff.csv", fixed().replace(BOB_FIXED, ""));
    let sent = world.action_requests();
    refused(&world, &retry(&world), &["a # before its first cell"], sent);
    world.write("staff.csv", fixed().replace("bob@", "#bob@"));
    let run = retry(&world);
    assert_eq!((run.status, world.action_requests()), (0, sent + 1), "{run:?}");
    assert_eq!(outcomes(&world), ["ok", "skipped", "ok", "ok"]);
    refused(&world, &retry(&world), &["no row of the last import is left to fix"], sent + 1);
}

/// Rows without a response may only be sent again as they were. Nothing that was typed is lost.
#[test]
fn corrections_during_a_retry_that_has_begun_to_send_are_said_and_kept() {
    let words = "what was corrected in staff.failed.csv since is not taken over";
    for correction in [None, Some((",XX,", ",DE,"))] {
        let world = World::with_groups(&["Design"]);
        let more = (0..12).map(|number| format!("n{number}@example.com,N,N,US,Photo\n"));
        world.write("staff.csv", format!("{HEAD}{BOB}{}{DEE}", more.collect::<String>()));
        assert_eq!(world.umbulk(&import(&[])).status, 1);
        let denied = InjectedFault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error_code":"403000","message":"Api Key is invalid"}"#.into(),
        };
        world.sandbox.faults().next_actions([None, Some(denied)]);
        let stopped = retry(&world);
        assert_eq!(stopped.status, 3, "{stopped:?}");
        let rows = to_fix(&world);
        if let Some((from, to)) = correction {
            assert!(rows.contains(from), "{rows}");
            world.write("staff.failed.csv", rows.replace(from, to));
        }
        let run = retry(&world);
        assert_eq!(run.status, 1, "{run:?}");
        assert_eq!(run.stderr.contains(words), correction.is_some(), "{run:?}");
        assert!(to_fix(&world).contains("bob@example.com,Bob,Ray,XX"), "{run:?}");
        let is_kept = |text: &Vec<u8>| String::from_utf8_lossy(text).contains(",Bob,Ray,DE,");
        assert_eq!(world.dated("staff").values().any(is_kept), correction.is_some(), "{run:?}");
        // As advised: once it has finished, they are taken over.
        world.write("staff.failed.csv", to_fix(&world).replace(",XX,", ",DE,"));
        let run = retry(&world);
        assert!(run.stderr.contains("has the corrections of staff.failed.csv now"), "{run:?}");
        assert!(is_there(&world, "bob"), "{run:?}");
    }
}

/// Whatever cannot be written is said before anything is sent.
#[cfg(unix)]
#[test]
fn retry_in_a_folder_that_cannot_be_written_sends_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let world = imported();
    world.write("staff.csv", fixed());
    let results = std::fs::read(world.path("staff.results.csv")).unwrap();
    let set = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(world.folder.path(), mode).unwrap();
    };
    set(0o555);
    let is_root = std::fs::write(world.path("probe"), "").is_ok();
    let sent = world.action_requests();
    let run = retry(&world);
    set(0o755);
    if is_root {
        return;
    }
    refused(&world, &run, &[], sent);
    assert_eq!(std::fs::read(world.path("staff.results.csv")).unwrap(), results);
    let run = retry(&world);
    assert_eq!((run.status, outcomes(&world)), (0, vec!["ok".to_owned(); 4]), "{run:?}");
}
