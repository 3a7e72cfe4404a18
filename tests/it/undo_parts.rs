//! Rows whose request was lost, several files of one command, and groups: what an import has not
//! certainly done is not taken back, and is said.

use crate::resume::started_file;
use crate::undo::{HEADER, apply, everybody, import, world};
use crate::world::{Run, World, run};
use umbulk::sandbox::InjectedFault;

/// Somebody else, at another computer, imports these rows.
fn others(world: &World, header: &str, rows: &str) {
    world.write("others.csv", format!("{header}{rows}"));
    let state = tempfile::tempdir().unwrap();
    let mut command = world.command(&["import", "others.csv", "--fresh"]);
    let done = run(command.env("XDG_STATE_HOME", state.path()));
    assert_eq!(done.status, 0, "{done:?}");
}

/// An import that is killed while its request has got no response.
fn killed(world: &World, name: &str, content: &str, fault: InjectedFault, more: &[&str]) {
    world.write(name, content);
    world.sandbox.faults().next_actions([Some(fault)]);
    let more = [&["--retry-wait", "30s"], more].concat();
    let mut child = started_file(world, name, "1000/100ms", 1, &more);
    child.kill().unwrap();
    child.wait().unwrap();
}

fn continued(world: &World, name: &str, more: &[&str]) {
    let done = world.umbulk(&[&["import", name], more].concat());
    assert_eq!(done.status, 0, "{done:?}");
}

const DORA: &str = "create,dora@example.com,D,L,DE,,,,\n";

fn is_said(undo: &Run, what: &str) {
    assert_eq!(undo.status, 1, "{undo:?}");
    assert!(undo.stdout.contains(what), "{undo:?}");
}

/// The lost request was never carried out: what is there when the import continues, is of others.
#[test]
fn user_whom_others_create_while_a_request_is_lost_stays() {
    let world = world();
    let rows = format!("{HEADER}{DORA}add,carl@example.com,,,,Sound,,,\n");
    killed(&world, "staff.csv", &rows, InjectedFault::CutBefore, &["--snapshot-before"]);
    others(&world, HEADER, &format!("{DORA}add,carl@example.com,,,,Sound,,,\n"));
    continued(&world, "staff.csv", &["--snapshot-before"]);
    let undo = apply(&world, "staff.csv");
    is_said(&undo, "dora@example.com (row 1): the run stopped before the response");
    is_said(&undo, "carl@example.com (row 2): the run stopped before the response");
    assert!(everybody(&world).contains_key("dora@example.com"), "{undo:?}");
    assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Sound"]);
}

/// Nothing has changed until the import continues: so its rows have done it then.
#[test]
fn rows_that_are_repeated_after_a_lost_request_are_taken_back() {
    let world = world();
    let before = everybody(&world);
    let rows = format!("{HEADER}{DORA}add,carl@example.com,,,,Sound,,,\n");
    killed(&world, "staff.csv", &rows, InjectedFault::CutBefore, &["--snapshot-before"]);
    continued(&world, "staff.csv", &["--snapshot-before"]);
    assert_ne!(everybody(&world), before);
    let undo = apply(&world, "staff.csv");
    assert_eq!(undo.status, 0, "{undo:?}");
    assert_eq!(everybody(&world), before);
}

/// An import that compares looks at the same list again: it shows nothing new.
#[test]
fn list_that_is_not_newer_shows_nothing_about_a_lost_request() {
    let world = world();
    let more = ["--online", "--skip-unchanged"];
    killed(&world, "staff.csv", &format!("{HEADER}{DORA}"), InjectedFault::CutBefore, &more);
    others(&world, HEADER, DORA);
    continued(&world, "staff.csv", &more);
    let undo = apply(&world, "staff.csv");
    is_said(&undo, "dora@example.com (row 1): the run stopped before the response");
    assert!(everybody(&world).contains_key("dora@example.com"), "{undo:?}");
}

#[test]
fn group_that_others_create_while_a_request_is_lost_stays() {
    let world = world();
    let header = "action,group,users\n";
    let rows = "create-group,Fresh,\n";
    let content = format!("{header}{rows}");
    killed(&world, "groups.csv", &content, InjectedFault::CutBefore, &["--snapshot-before"]);
    others(&world, header, rows);
    continued(&world, "groups.csv", &["--snapshot-before"]);
    let undo = apply(&world, "groups.csv");
    is_said(&undo, "Fresh (row 1): the run stopped before the response");
    assert!(world.sandbox.directory().group("Fresh").is_some(), "{undo:?}");
}

/// What is there before a file is recorded when the files before it are done.
#[test]
fn each_file_of_a_command_is_taken_back_for_itself() {
    let world = world();
    let before = everybody(&world);
    let one = "create,dora@example.com,Dora,Lee,DE,Design,,,\n\
               create,emil@example.com,Emil,Lee,DE,,,,\n";
    let two = "update,dora@example.com,,Meier,,,,Design,\n\
               create,emil@example.com,Emil,Lee,DE,Sound,,,\n\
               add,ann@example.com,,,,Sound,,,\n";
    world.write("one.csv", format!("{HEADER}{one}"));
    world.write("two.csv", format!("{HEADER}{two}"));
    let done = world.umbulk(&["import", "one.csv", "two.csv", "--snapshot-before"]);
    assert_eq!(done.status, 0, "{done:?}");
    let undo = apply(&world, "two.csv");
    assert_eq!(undo.status, 0, "{undo:?}");
    let all = everybody(&world);
    let (first, last, groups) = &all["dora@example.com"];
    assert_eq!((&**first, &**last, groups.len()), ("Dora", "Lee", 1), "{undo:?}");
    assert_eq!(all["emil@example.com"].2, [""; 0]);
    let undo = apply(&world, "one.csv");
    assert_eq!(undo.status, 0, "{undo:?}");
    assert_eq!(everybody(&world), before);
}

/// One list shows all files how it was before the first one.
#[test]
fn people_of_an_earlier_file_are_not_known_by_a_list() {
    let world = world();
    world.write("one.csv", format!("{HEADER}{DORA}"));
    let two = "create,dora@example.com,D,L,DE,,Sound,,\nadd,carl@example.com,,,,Sound,,,\n";
    world.write("two.csv", format!("{HEADER}{two}"));
    let done = world.umbulk(&["import", "one.csv", "two.csv", "--online", "--skip-unchanged"]);
    assert_eq!(done.status, 0, "{done:?}");
    let undo = apply(&world, "two.csv");
    is_said(&undo, "dora@example.com (row 1): the baseline does not show");
    assert!(everybody(&world).contains_key("dora@example.com"), "{undo:?}");
    assert_eq!(world.groups_of("carl@example.com").unwrap(), [""; 0]);
}

#[test]
fn group_of_which_the_outcome_is_unknown_stays() {
    let world = world();
    let header = "action,group,users,if_exists\n";
    let content = format!("{header}create-group,Fresh,,error\n");
    killed(&world, "groups.csv", &content, InjectedFault::CutAfter, &["--snapshot-before"]);
    let done = world.umbulk(&["import", "groups.csv", "--snapshot-before"]);
    assert!(done.status < 2, "{done:?}");
    let undo = apply(&world, "groups.csv");
    assert_eq!(undo.status, 1, "{undo:?}");
    assert!(world.sandbox.directory().group("Fresh").is_some(), "{undo:?}");
}

/// The record of another file is nobody's business, even a damaged one.
#[test]
fn record_of_missing_users_of_another_file_is_not_read() {
    let world = world();
    import(&world, "staff.csv", &format!("{HEADER}add,ann@example.com,,,,Sound,,,\n"));
    let more = ["--online", "--skip-unchanged", "--missing", "leave", "--managed-domain"];
    let rows = "action\temail\tgroups\nadd\tann@example.com\tDesign\n";
    let more = [&more[..], &["example.com", "--max-missing", "90%", "--yes"]].concat();
    let done = world.import("staff.tsv", rows, &more);
    assert!(done.status < 2, "{done:?}");
    let entries = std::fs::read_dir(world.folder.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().path());
    let is_record = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("staff.missing.") && name.ends_with(".before")
    };
    let record = names.into_iter().find(is_record).unwrap();
    std::fs::write(record, "damaged").unwrap();
    let undo = apply(&world, "staff.csv");
    assert_eq!(undo.status, 0, "{undo:?}");
}

/// The record that is put aside goes with its journal.
#[test]
fn import_that_was_put_aside_is_taken_back_by_its_journal() {
    let world = world();
    import(&world, "staff.csv", &format!("{HEADER}{DORA}"));
    let files = |folder: &str| {
        let entries = std::fs::read_dir(world.path(folder)).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let has_end =
        |path: &&std::path::PathBuf, end: &str| path.extension().is_some_and(|is| is == end);
    let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    let all = files("");
    let record = all.iter().find(|path| has_end(path, "before")).unwrap();
    std::fs::File::options().append(true).open(record).unwrap().set_modified(hour_ago).unwrap();
    let next = format!("{HEADER}add,bob@example.com,,,,Sound,,,\n");
    assert_eq!(world.import("staff.csv", next, &["--snapshot-before", "--fresh"]).status, 0);
    let all = files("staff.umbulk");
    let journal = all.iter().find(|path| has_end(path, "journal")).unwrap();
    let undo = apply(&world, journal.to_str().unwrap());
    assert_eq!(undo.status, 0, "{undo:?}");
    assert!(!everybody(&world).contains_key("dora@example.com"), "{undo:?}");
    assert_eq!(world.groups_of("bob@example.com").unwrap(), ["Sound", "Video"]);
}

#[test]
fn group_that_was_made_for_the_rows_is_said() {
    let world = world();
    let more = ["--snapshot-before", "--create-groups"];
    let rows = format!("{HEADER}add,carl@example.com,,,,Brandnew,,,\n");
    assert_eq!(world.import("staff.csv", rows, &more).status, 0);
    let undo = apply(&world, "staff.csv");
    is_said(&undo, "Brandnew: the import created this group for its rows");
    assert_eq!(world.groups_of("carl@example.com").unwrap(), [""; 0]);
}

#[test]
fn rows_of_an_earlier_plan_are_kept_with_a_note() {
    let world = world();
    import(&world, "staff.csv", &format!("{HEADER}{DORA}"));
    world.write("staff.undo.csv", "action,email\ndelete,bob@example.com\n");
    let plan = world.umbulk(&["undo", "staff.csv"]);
    assert_eq!(plan.status, 0, "{plan:?}");
    assert!(
        plan.stderr.contains("note: the earlier staff.undo.csv is now staff.umbulk/staff.undo.2"),
        "{plan:?}"
    );
}

#[test]
fn import_whose_failed_rows_are_sent_again_without_a_record_says_what_it_lacked() {
    let world = world();
    let rows = format!("{HEADER}{DORA}add,emil@example.com,,,,Sound,,,\n");
    assert_eq!(world.import("staff.csv", rows, &[]).status, 1);
    others(&world, HEADER, "create,emil@example.com,E,L,DE,,,,\n");
    assert_eq!(world.umbulk(&["import", "staff.csv", "--retry-failed"]).status, 0);
    let refused = apply(&world, "staff.csv");
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(refused.stderr.contains("imported without a list of the organization"), "{refused:?}");
}

/// A removal whose response is lost may have been done, and the user may be another one since.
#[test]
fn undo_that_was_killed_is_asked_about() {
    let world = world();
    import(&world, "staff.csv", &format!("{HEADER}{DORA}"));
    assert_eq!(world.umbulk(&["undo", "staff.csv"]).status, 0);
    let rows = std::fs::read_to_string(world.path("staff.undo.csv")).unwrap();
    killed(&world, "staff.undo.csv", &rows, InjectedFault::CutAfter, &[]);
    others(&world, HEADER, DORA);
    let asks = apply(&world, "staff.csv");
    assert_eq!(asks.status, 2, "{asks:?}");
    assert!(asks.stdout.contains("an earlier undo got no clear response about 1 row"), "{asks:?}");
    assert!(everybody(&world).contains_key("dora@example.com"), "{asks:?}");
}

#[test]
fn group_that_a_later_import_has_deleted_is_another_one() {
    let world = world();
    let header = "action,group,users\n";
    import(&world, "groups.csv", &format!("{header}create-group,Fresh,\n"));
    assert_eq!(world.import("later.csv", format!("{header}delete-group,Fresh,\n"), &[]).status, 0);
    others(&world, header, "create-group,Fresh,\n");
    let undo = apply(&world, "groups.csv");
    is_said(&undo, "Fresh (row 1): another import from this computer has taken this back");
    assert!(world.sandbox.directory().group("Fresh").is_some(), "{undo:?}");
}
