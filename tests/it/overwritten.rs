//! The input is overwritten while a run goes on: what is sent is what was planned, or nothing more
//! is sent.

use crate::resume::{ended, started, started_file};
use crate::world::{Run, World, user};
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country\n";

/// Rows of equal length, so that an inserted row leaves every later one well-formed.
fn creates(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|number| format!("create,u{number:03}@example.com,Ann,Lee,US\n")).collect()
}

fn file(numbers: std::ops::Range<usize>) -> String {
    HEAD.to_owned() + &creates(numbers)
}

fn slow() -> World {
    World::new(
        Directory::default(),
        SandboxOptions { latency: Duration::from_millis(150), ..SandboxOptions::default() },
    )
}

/// Every row of the results that is `ok` names somebody who is there, and nobody else is.
fn results_tell_who_is_there(world: &World, planned: &str) {
    let rows = world.rows("a.results.csv");
    let emails: Vec<&str> =
        planned.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(
        rows.iter().map(|row| row["email"].as_str()).collect::<Vec<_>>(),
        emails,
        "the rows that were planned"
    );
    let done: Vec<&str> = rows
        .iter()
        .filter(|row| row["umbulk_status"] == "ok")
        .map(|row| row["email"].as_str())
        .collect();
    let directory = world.sandbox.directory();
    assert!(done.iter().all(|email| directory.user(email).is_some()));
    assert_eq!(directory.users().count(), done.len());
}

/// Overwrites the file of a running import, whose second request is on its way, and lets it end.
fn overwritten_with(world: &World, new: &str) -> Run {
    world.write("a.csv", file(0..60));
    let child = started(world, 2, &[]);
    world.write("a.csv", new);
    ended(child)
}

/// The run of 60 rows has stopped because its input changed, and its results tell who is there.
fn assert_stopped_by_change(world: &World, run: &Run, name: &str) {
    assert_eq!(run.status, 3, "{run:?}");
    let changed = format!("{name} has changed since it was planned");
    assert!(run.stdout.contains(&changed) && run.stdout.contains("--fresh"), "{}", run.stdout);
    results_tell_who_is_there(world, &file(0..60));
}

/// The same command with the earlier content goes on to the end.
fn assert_goes_on(world: &World, name: &str) {
    let again = world.umbulk(&["import", name]);
    assert_eq!(again.status, 0, "{again:?}");
    results_tell_who_is_there(world, &file(0..60));
    assert_eq!(world.statuses("a.results.csv"), vec!["ok"; 60]);
}

#[test]
fn input_overwritten_in_place_stops_the_run_with_3() {
    let inserted = HEAD.to_owned() + &creates(900..901) + &creates(0..60);
    let deletes = file(0..60).replace("create,", "delete,");
    let last = file(0..59) + &creates(999..1000);
    for new in [inserted, deletes, last, file(100..160), file(0..10), String::new(), file(0..90)] {
        let world = slow();
        let run = overwritten_with(&world, &new);
        assert_stopped_by_change(&world, &run, "a.csv");
        // The new file is another: the choice is explained, and nothing is sent.
        let sent = world.action_requests();
        let other = world.umbulk(&["import", "a.csv"]);
        assert_eq!((other.status, world.action_requests()), (2, sent), "{other:?}");
        // What was planned is put back, and the same command continues.
        world.write("a.csv", file(0..60));
        assert_goes_on(&world, "a.csv");
    }
}

#[test]
fn input_replaced_by_another_file_stops_the_run_with_3() {
    let world = slow();
    world.write("a.csv", file(0..60));
    world.write("b.csv", file(100..160));
    let child = started(&world, 2, &[]);
    std::fs::rename(world.path("b.csv"), world.path("a.csv")).unwrap();
    let run = ended(child);
    assert_eq!(run.status, 3, "{run:?}");
    results_tell_who_is_there(&world, &file(0..60));
}

#[test]
fn input_written_again_with_the_same_bytes_disturbs_nobody() {
    let world = slow();
    world.write("a.csv", file(0..40));
    world.write("b.csv", file(0..40));
    let child = started(&world, 2, &[]);
    std::fs::rename(world.path("b.csv"), world.path("a.csv")).unwrap();
    let run = ended(child);
    assert_eq!(run.status, 0, "{run:?}");
}

#[test]
fn input_removed_during_a_run_is_said_and_every_row_is_sent() {
    let world = slow();
    world.write("a.csv", file(0..40));
    let child = started(&world, 2, &[]);
    std::fs::remove_file(world.path("a.csv")).unwrap();
    let run = ended(child);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("a.csv is gone"), "{}", run.stderr);
    results_tell_who_is_there(&world, &file(0..40));
}

#[test]
fn input_overwritten_after_the_last_request_ends_with_3() {
    let world = slow();
    world.write("a.csv", file(0..20));
    // The second request of two is on its way: nothing is left to be planned, and no row can be
    // read wrongly.
    let child = started(&world, 2, &[]);
    world.write("a.csv", file(0..5));
    let run = ended(child);
    assert_eq!(run.status, 3, "all was sent, so it is no 2: {run:?}");
    assert!(run.stdout.contains("has changed since it was planned"), "{}", run.stdout);
    assert_eq!(world.statuses("a.results.csv"), vec!["ok"; 20]);
    world.write("a.csv", file(0..20));
    assert_eq!(world.umbulk(&["import", "a.csv"]).status, 0);
}

#[test]
fn input_overwritten_in_test_mode_stops_with_3() {
    let world = slow();
    world.write("a.csv", file(0..60));
    let child = started(&world, 2, &["--test-mode"]);
    world.write("a.csv", file(100..160));
    let run = ended(child);
    assert_eq!(run.status, 3, "{run:?}");
    assert_eq!(world.rows("a.test.csv")[59]["email"], "u059@example.com");
}

#[test]
fn input_overwritten_in_a_rehearsal_stops_with_3() {
    let world = World::with_groups(&[]);
    world.write("a.csv", file(0..300));
    // The rehearsal keeps a limit, so that it lasts.
    let child = world.command(&["import", "a.csv", "--sandbox", "--rate", "2/600ms"]);
    let child = { child }.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while std::fs::read_to_string(world.path("a.results.csv"))
        .map_or(0, |text| text.lines().count())
        < 11
    {
        assert!(Instant::now() < until, "no row is done");
        std::thread::yield_now();
    }
    world.write("a.csv", file(400..700));
    let run = ended(child);
    assert_eq!(run.status, 3, "{run:?}");
    let rows = world.rows("a.results.csv");
    assert!(rows.len() == 300 && rows[299]["email"] == "u299@example.com");
}

#[test]
fn compressed_input_overwritten_stops_the_run_with_3() {
    let world = slow();
    let gzip = |text: &str| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        gzip.finish().unwrap()
    };
    world.write("a.csv", gzip(&file(0..60)));
    let child = started(&world, 2, &[]);
    world.write("a.csv", gzip(&file(100..160)));
    let run = ended(child);
    assert_eq!(run.status, 3, "{run:?}");
    results_tell_who_is_there(&world, &file(0..60));
}

/// A file inside a container, and one behind a link.
#[test]
fn overwritten_archive_workbook_or_link_stops_the_run_with_3() {
    let zip = |text: String| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("staff.csv", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
        zip.finish().unwrap().into_inner()
    };
    let xlsx = |text: String| {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        for (row, line) in (0..).zip(text.lines()) {
            for (column, cell) in (0..).zip(line.split(',')) {
                sheet.write(row, column, cell).unwrap();
            }
        }
        workbook.save_to_buffer().unwrap()
    };
    let plain = String::into_bytes;
    for made in [&zip as &dyn Fn(String) -> Vec<u8>, &xlsx, &plain] {
        let world = slow();
        world.write("one", made(file(0..60)));
        world.write("other", made(file(100..160)));
        std::os::unix::fs::symlink("one", world.path("a.csv")).unwrap();
        let child = started(&world, 2, &[]);
        std::fs::remove_file(world.path("a.csv")).unwrap();
        std::os::unix::fs::symlink("other", world.path("a.csv")).unwrap();
        let run = ended(child);
        assert_eq!(run.status, 3, "{run:?}");
        results_tell_who_is_there(&world, &file(0..60));
        let world = slow();
        world.write("a.csv", made(file(0..60)));
        let child = started(&world, 2, &[]);
        world.write("a.csv", made(file(100..160)));
        let run = ended(child);
        assert_eq!(run.status, 3, "{run:?}");
        results_tell_who_is_there(&world, &file(0..60));
    }
}

/// The second part of a run reads its rows again, too: it sends what the first part planned.
#[test]
fn input_overwritten_while_a_resumed_run_goes_on_stops_it_with_3() {
    let inserted = HEAD.to_owned() + &creates(900..901) + &creates(0..60);
    let deletes = file(0..60).replace("create,", "delete,");
    for new in [inserted, deletes, file(100..160), String::new()] {
        let world = slow();
        world.write("a.csv", file(0..60));
        let mut first = started(&world, 2, &[]);
        first.kill().unwrap();
        first.wait().unwrap();
        let second = started(&world, 2, &[]);
        world.write("a.csv", &new);
        let run = ended(second);
        assert!(run.stderr.contains("continues  "), "it is a resumed run: {}", run.stderr);
        assert_stopped_by_change(&world, &run, "a.csv");
        let sent = world.action_requests();
        let other = world.umbulk(&["import", "a.csv"]);
        assert_eq!((other.status, world.action_requests()), (2, sent), "{other:?}");
        // What was planned is put back, and the same command continues.
        world.write("a.csv", file(0..60));
        assert_goes_on(&world, "a.csv");
    }
}

/// Objects of equal length, so that an inserted one leaves every later one well-formed.
fn objects(action: &str, numbers: std::ops::Range<usize>) -> String {
    let object = |number| {
        format!(
            r#"{{"action":"{action}","email":"u{number:03}@example.com","firstname":"Ann","lastname":"Lee","country":"US"}}"#
        ) + "\n"
    };
    numbers.map(object).collect()
}

#[test]
fn json_lines_overwritten_in_place_stop_the_run_with_3() {
    let inserted = objects("create", 900..901) + &objects("create", 0..60);
    let others = [inserted, objects("delete", 0..60), objects("create", 0..10), String::new()];
    for new in others {
        let world = slow();
        world.write("a.jsonl", objects("create", 0..60));
        let child = started_file(&world, "a.jsonl", "1000/100ms", 2, &[]);
        world.write("a.jsonl", &new);
        let run = ended(child);
        assert_stopped_by_change(&world, &run, "a.jsonl");
        // What was planned is put back, and the same command continues.
        world.write("a.jsonl", objects("create", 0..60));
        assert_goes_on(&world, "a.jsonl");
    }
}

#[test]
fn failed_rows_file_overwritten_while_imported_stops_with_3() {
    let world = slow();
    world.write("a.failed.csv", file(0..60));
    let child = started_file(&world, "a.failed.csv", "1000/100ms", 2, &[]);
    world.write("a.failed.csv", file(100..160));
    let run = ended(child);
    assert_eq!(run.status, 3, "{run:?}");
    assert_eq!(world.rows("a.failed.results.csv")[59]["email"], "u059@example.com");
}

#[test]
fn files_of_a_running_import_are_no_outputs_of_another() {
    let world = slow();
    world.write("a.csv", file(0..60));
    world.write("b.csv", file(100..101));
    let mut first = started(&world, 2, &[]);
    let results = std::fs::read_to_string(world.path("a.results.csv")).unwrap();
    for name in ["a.failed.csv", "a.results.csv", "a.csv"] {
        for option in ["--failed", "--results"] {
            let run = world.umbulk(&["import", "b.csv", option, name]);
            assert_eq!(run.status, 2, "{option} {name}: {run:?}");
            assert!(run.stderr.contains(name), "{option} {name}: {run:?}");
        }
    }
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(world.sandbox.directory().user("u100@example.com").is_none());
    assert!(std::fs::read_to_string(world.path("a.results.csv")).unwrap().starts_with(&results));
}

#[test]
fn changed_list_refuses_the_resumed_run() {
    let world = slow();
    let list = world.write(
        "users.csv",
        "email,firstname,lastname,country,type\nu000@example.com,Ann,Lee,US,federatedID\n",
    );
    let written = list.metadata().unwrap().modified().unwrap();
    world.write("a.csv", file(0..60));
    let compare = ["--skip-unchanged", "--against", "users.csv"];
    let mut child = started(&world, 2, &compare);
    child.kill().unwrap();
    child.wait().unwrap();
    // Another list of the same length and date.
    world.write(
        "users.csv",
        "email,firstname,lastname,country,type\nu059@example.com,Ann,Lee,US,federatedID\n",
    );
    std::fs::File::options().write(true).open(&list).unwrap().set_modified(written).unwrap();
    let sent = world.action_requests();
    let again = world.umbulk(&["import", "a.csv", "--skip-unchanged", "--against", "users.csv"]);
    assert_eq!((again.status, world.action_requests()), (2, sent), "{again:?}");
    assert!(again.stderr.contains("users.csv"), "{}", again.stderr);
}

#[test]
fn second_file_overwritten_while_the_first_is_sent_is_not_begun() {
    let world = slow();
    world.write("a.csv", file(0..40));
    world.write("b.csv", file(100..140));
    let child = started(&world, 2, &["b.csv"]);
    world.write("b.csv", file(200..240).replace("create,", "delete,"));
    let run = ended(child);
    assert_eq!(run.status, 3, "{run:?}");
    assert!(run.stderr.contains("b.csv: the file has changed since it was read"), "{}", run.stderr);
    assert_eq!(world.statuses("a.results.csv"), vec!["ok"; 40]);
    assert_eq!(world.sandbox.directory().users().count(), 40);
}

/// A hundred people are in the file; ninety more are in the organization only.
fn world_with_missing_people() -> World {
    let mut directory = Directory::default();
    for number in 0..190 {
        directory.add_user(&user(&format!("u{number:03}@example.com"), &[]));
    }
    let world = World::new(
        directory,
        SandboxOptions { latency: Duration::from_millis(150), ..SandboxOptions::default() },
    );
    let export = world.umbulk(&["export", "users", "--out", "list.csv"]);
    assert_eq!(export.status, 0, "{export:?}");
    world
}

const MISSING: [&str; 9] = [
    "--against",
    "list.csv",
    "--skip-unchanged",
    "--missing",
    "leave",
    "--managed-domain",
    "example.com",
    "--yes",
    "-v",
];

/// People whom the file names by now must not leave because an earlier form of it did not.
#[test]
fn input_overwritten_while_missing_people_leave_stops_with_3() {
    let world = world_with_missing_people();
    world.write("a.csv", file(0..100));
    let child = started(&world, 1, &MISSING);
    world.write("a.csv", file(0..190));
    let run = ended(child);
    assert_eq!(run.status, 3, "{run:?}");
    assert!(run.stdout.contains("a.csv has changed"), "{}", run.stdout);
    let left = world.sandbox.directory().users().count();
    assert!(left > 100, "{left} people are there: everybody else has left before the stop");
    // Nobody else leaves by the new file, which names everybody.
    let again = world.umbulk(&[&["import", "a.csv"], &MISSING[..]].concat());
    assert_eq!((again.status, world.sandbox.directory().users().count()), (2, left), "{again:?}");
    // With the earlier content the same command continues.
    world.write("a.csv", file(0..100));
    let again = world.umbulk(&[&["import", "a.csv"], &MISSING[..]].concat());
    assert_eq!((again.status, world.sandbox.directory().users().count()), (0, 100), "{again:?}");
}
