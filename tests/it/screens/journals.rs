//! Runs that were stopped, and the commands that follow: the same, another, and those that only
//! look.

use super::Screens;
use crate::pauses_of_earlier_starts::forget_pause;
use crate::resume::signal;
use crate::screens::wait_for;
use crate::world::World;
use rusqlite::Connection;
use std::process::{Child, Stdio};
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, SandboxOptions};

const JOURNAL: &str = "staff.00000000000000000000AAAAAdobeOrg.journal";
const IMPORT: &str = "umbulk import staff.csv --concurrency 1 --max-wait 30m";

fn people(count: usize) -> String {
    let rows = (0..count).map(|number| format!("u{number}@example.com,Ann,Lee,US\n"));
    "email,firstname,lastname,country\n".to_owned() + &rows.collect::<String>()
}

/// The second request is answered by a pause that is longer than `IMPORT` allows.
fn pausing() -> World {
    let world = World::with_groups(&[]);
    let pause = InjectedFault::Answer {
        status: 429,
        headers: vec![("retry-after".to_owned(), "3244".to_owned())],
        body: "{}".to_owned(),
    };
    world.sandbox.faults().next_actions([None, Some(pause)]);
    world
}

/// A run of 30 rows that the server stopped after 10 of them, by a pause that is over by now.
fn stopped() -> World {
    let world = pausing();
    let screens = Screens::of("journals", &world);
    screens.file("staff.csv", people(30)).prepare(IMPORT, 3);
    forget_pause(&world.path(JOURNAL));
    world
}

fn finished() -> World {
    let world = World::with_groups(&[]);
    Screens::of("journals", &world)
        .file("staff.csv", people(3))
        .prepare("umbulk import staff.csv", 0);
    world
}

#[test]
fn stopped_run_is_shown_and_goes_on() {
    let world = stopped();
    let screens = Screens::of("journals", &world);
    screens.show_all(&[
        ("stopped_status", "umbulk status staff.csv"),
        ("stopped_status_of_the_folder", "umbulk status"),
        ("stopped_check", "umbulk status --check"),
        ("stopped_status_as_json", "umbulk status staff.csv --json"),
        ("stopped_results", "umbulk results staff.csv"),
        ("stopped_goes_on", IMPORT),
        ("stopped_and_finished_status", "umbulk status staff.csv"),
    ]);
    let world = stopped();
    std::fs::copy(world.path(JOURNAL), world.path("copy.journal")).unwrap();
    Screens::of("journals", &world).show("stopped_copy_status", "umbulk status copy.journal");
    Screens::of("journals", &world).show("stopped_goes_on_as_json", &format!("{IMPORT} --json"));
}

#[test]
fn stopped_run_does_not_go_on_with_something_else() {
    for (name, typed) in [
        ("other_options", "umbulk import staff.csv --if-exists update"),
        ("other_options_as_json", "umbulk import staff.csv --if-exists update --json"),
        ("other_results", "umbulk import staff.csv --results other.csv --max-wait 30m"),
        ("fresh", "umbulk import staff.csv --fresh"),
        ("test_mode_beside", "umbulk import staff.csv --test-mode"),
        ("plan_beside", "umbulk plan staff.csv"),
    ] {
        let world = stopped();
        Screens::of("journals", &world).show(&format!("stopped_{name}"), typed);
    }
    let world = stopped();
    let screens = Screens::of("journals", &world);
    screens.file("staff.csv", people(29));
    screens.show("stopped_other_rows", IMPORT);
    screens.show("stopped_other_rows_status", "umbulk status staff.csv");
    screens.show("stopped_other_rows_results", "umbulk results staff.csv");
    std::fs::remove_file(world.path("staff.csv")).unwrap();
    screens.show("stopped_file_gone_status", "umbulk status");
    let world = stopped();
    std::fs::rename(world.path("staff.csv"), world.path("renamed.csv")).unwrap();
    Screens::of("journals", &world).show("stopped_file_renamed", "umbulk import renamed.csv");
}

#[test]
fn journal_that_is_gone_or_damaged() {
    let world = stopped();
    std::fs::remove_file(world.path(JOURNAL)).unwrap();
    let screens = Screens::of("journals", &world);
    screens.show_all(&[
        ("gone_import", "umbulk import staff.csv"),
        ("gone_status", "umbulk status staff.csv"),
        ("gone_status_of_the_folder", "umbulk status"),
        ("gone_results", "umbulk results staff.csv"),
    ]);
    let world = finished();
    std::fs::remove_file(world.path(JOURNAL)).unwrap();
    Screens::of("journals", &world).show("gone_of_a_finished_run", "umbulk import staff.csv");
    let commands = [
        ("import", "umbulk import staff.csv"),
        ("status", "umbulk status staff.csv"),
        ("results", "umbulk results staff.csv"),
    ];
    for (name, content) in [("empty", ""), ("other_file", "email,firstname\nann@example.com,Ann\n")]
    {
        let world = stopped();
        let screens = Screens::of("journals", &world);
        screens.file(JOURNAL, content);
        commands
            .iter()
            .for_each(|(command, typed)| drop(screens.show(&format!("{name}_{command}"), typed)));
    }
    for (name, sql) in [
        ("version_1", "PRAGMA user_version = 1"),
        ("version_of_tomorrow", "PRAGMA user_version = 99"),
        ("other_tables", "CREATE TABLE more (a)"),
        ("impossible_number", "UPDATE facts SET value = '4294967295' WHERE name = 'requests'"),
    ] {
        let world = stopped();
        Connection::open(world.path(JOURNAL)).unwrap().execute_batch(sql).unwrap();
        let screens = Screens::of("journals", &world);
        commands
            .iter()
            .for_each(|(command, typed)| drop(screens.show(&format!("{name}_{command}"), typed)));
    }
}

/// Starts the import, and waits until its first request is in flight.
fn in_flight(world: &World) -> Child {
    world.sandbox.faults().next_actions([Some(InjectedFault::Delay(Duration::from_secs(60)))]);
    let screens = Screens::of("journals", world);
    screens.file("staff.csv", people(30));
    let mut command = screens.command("umbulk import staff.csv --concurrency 1 --rate 1000/100ms");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(|| world.umbulk(&["status", "staff.csv"]).stdout.contains("requests      1 sent"));
    child
}

#[test]
fn run_that_is_at_work() {
    let world = World::new(Directory::default(), SandboxOptions::default());
    let mut child = in_flight(&world);
    let screens = Screens::of("journals", &world);
    screens.file("other.csv", people(2));
    screens.show_all(&[
        ("running_status", "umbulk status staff.csv"),
        ("running_status_as_json", "umbulk status staff.csv --json"),
        ("running_import", "umbulk import staff.csv"),
        ("running_import_as_json", "umbulk import staff.csv --json"),
        ("running_fresh", "umbulk import staff.csv --fresh"),
        ("running_results", "umbulk results staff.csv"),
        ("running_export_over_the_results", "umbulk export users --out staff.results.csv"),
        (
            "running_other_with_the_same_results",
            "umbulk import other.csv --results staff.results.csv",
        ),
    ]);
    signal(&child, "-STOP");
    wait_for(|| world.umbulk(&["status", "staff.csv"]).stdout.contains("suspended"));
    screens.show("suspended_status", "umbulk status staff.csv");
    child.kill().unwrap();
    child.wait().unwrap();
    screens.show("killed_status", "umbulk status staff.csv");
    let copy = world.path("copy.journal");
    std::fs::copy(world.path(JOURNAL), copy).unwrap();
    screens.show("copied_journal_status", "umbulk status copy.journal");
    std::fs::remove_file(world.path(&format!("{JOURNAL}-wal"))).unwrap();
    screens.show("without_its_wal_import", "umbulk import staff.csv");
    screens.show("without_its_wal_status", "umbulk status staff.csv");
}

#[test]
fn journal_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("journals", folder.path());
    screens.file("staff.csv", people(1));
    screens.show_all(&[
        ("none_status", "umbulk status"),
        ("none_status_of_a_file", "umbulk status staff.csv"),
        ("none_status_of_no_file", "umbulk status staf.csv"),
        ("none_status_as_json", "umbulk status --json"),
        ("none_check", "umbulk status --check"),
        ("none_results", "umbulk results staff.csv"),
        ("none_results_of_no_file", "umbulk results staf.csv"),
    ]);
}

#[test]
fn finished_run_is_shown_again() {
    let world = finished();
    let screens = Screens::of("journals", &world);
    screens.show_all(&[
        ("finished_status", "umbulk status staff.csv"),
        ("finished_status_as_json", "umbulk status staff.csv --json"),
        ("finished_results", "umbulk results staff.csv"),
        ("finished_results_elsewhere", "umbulk results staff.csv --results again.csv"),
        ("finished_results_over_the_input", "umbulk results staff.csv --results staff.csv"),
    ]);
    let other = "staff.11111111111111111111AAAAAdobeOrg.journal";
    std::fs::copy(world.path(JOURNAL), world.path(other)).unwrap();
    screens.show("several_organizations_results", "umbulk results staff.csv");
    screens.show("several_organizations_status", "umbulk status staff.csv");
    std::fs::remove_file(world.path(other)).unwrap();
    screens.file("staff.csv", people(4));
    screens.show("finished_results_of_a_changed_file", "umbulk results staff.csv");
    screens.file("other.csv", people(2)).prepare("umbulk import other.csv", 0);
    screens.show("several_status", "umbulk status");
    screens.show("several_check", "umbulk status --check --json");
    screens.show("finished_check", "umbulk status other.csv --check");
    screens.prepare("umbulk import - --results piped.csv < other.csv", 0);
    let journal = std::fs::read_dir(world.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let journal = journal
        .filter(|name| name.ends_with(".journal"))
        .find(|name| name.starts_with("piped") || name.starts_with("standard"));
    if let Some(journal) = journal {
        screens.show("standard_input_results", &format!("umbulk results {journal}"));
    }
}

#[test]
fn list_that_changed_since_the_rows_were_compared() {
    let world = pausing();
    let list =
        "email,firstname,lastname,country,groups,status\nold@example.com,Ann,Lee,US,,active\n";
    let screens = Screens::of("journals", &world);
    screens.file("staff.csv", people(30)).file("users.csv", list);
    screens.prepare(&format!("{IMPORT} --against users.csv --skip-unchanged"), 3);
    screens.file("users.csv", list.replace("old", "new"));
    screens.show("stopped_list_changed", &format!("{IMPORT} --against users.csv --skip-unchanged"));
    screens.file("users.csv", list);
    std::fs::remove_file(world.path("users.csv")).unwrap();
    screens.show("stopped_list_gone", &format!("{IMPORT} --against users.csv --skip-unchanged"));
}

/// Users whom the file protects by now may be in a row that is planned already, so nothing more is
/// sent.
#[test]
fn protect_file_that_changed_since_the_run_began() {
    let world = pausing();
    let screens = Screens::of("journals", &world);
    screens.file("staff.csv", people(30)).file("protected.txt", "boss@example.com\n");
    let typed = format!("{IMPORT} --protect protected.txt");
    screens.prepare(&typed, 3);
    forget_pause(&world.path(JOURNAL));
    let sent = world.action_requests();
    for (name, content) in [
        ("stopped_protect_changed", "boss@example.com\nu29@example.com\n"),
        ("stopped_protect_shorter", "# nobody\n"),
    ] {
        screens.file("protected.txt", content);
        screens.show(name, &typed);
    }
    screens.show("stopped_protect_not_given", IMPORT);
    assert_eq!(world.action_requests(), sent);
    screens.file("protected.txt", "boss@example.com\n");
    screens.prepare(&typed, 0);
    assert_eq!(world.statuses("staff.results.csv"), vec!["ok"; 30]);
    let world = stopped();
    Screens::of("journals", &world)
        .file("protected.txt", "boss@example.com\n")
        .show("stopped_protect_new", &typed);
}

/// Pressed once, what is in flight is awaited; pressed twice, it is not.
#[test]
fn run_that_is_interrupted() {
    let world = World::new(Directory::default(), SandboxOptions::default());
    let mut child = in_flight(&world);
    while child.try_wait().unwrap().is_none() {
        signal(&child, "-INT");
        crate::screens::pass(Duration::from_millis(100));
    }
    let screens = Screens::of("journals", &world);
    let done = crate::resume::ended(child);
    assert_eq!(done.status, 3, "a request was sent: {done:?}");
    screens.compare(
        "interrupted_twice",
        "umbulk import staff.csv --concurrency 1 --rate 1000/100ms",
        &done,
    );
    screens.show("interrupted_twice_status", "umbulk status staff.csv");
    screens.show(
        "interrupted_twice_goes_on",
        "umbulk import staff.csv --concurrency 1 --rate 1000/100ms",
    );
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_tokens([503; 99]);
    let screens = Screens::of("journals", &world);
    screens.file("staff.csv", people(3));
    let typed = "umbulk import staff.csv --retry-wait 20s --check-groups never --json";
    let child =
        screens.command(typed).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(|| world.sandbox.traffic().iter().any(|call| call.class == "token"));
    signal(&child, "-INT");
    screens.compare("interrupted_before_sending", typed, &crate::resume::ended(child));
}

/// Writes other settings into the journal of an unfinished run.
fn with_settings(world: &World, change: impl Fn(&mut serde_json::Value)) {
    let database = Connection::open(world.path(JOURNAL)).unwrap();
    let facts = "SELECT value FROM facts WHERE name = 'face'";
    let text: String = database.query_row(facts, [], |row| row.get(0)).unwrap();
    let mut info: serde_json::Value = serde_json::from_str(&text).unwrap();
    change(&mut info["config"]);
    database
        .execute("UPDATE facts SET value = ?1 WHERE name = 'face'", [info.to_string()])
        .unwrap();
}

#[test]
fn journal_whose_settings_cannot_be_read() {
    for (name, config) in [
        ("settings_of_tomorrow", serde_json::json!({"version": 99})),
        ("settings_damaged", serde_json::json!({"version": 1})),
        ("settings_absent", serde_json::json!({})),
    ] {
        let world = stopped();
        with_settings(&world, |stored| stored.clone_from(&config));
        let screens = Screens::of("journals", &world);
        screens.show(&format!("{name}_results"), "umbulk results staff.csv");
    }
}

#[test]
#[cfg(unix)]
fn journal_that_is_no_file() {
    let world = stopped();
    std::fs::rename(world.path(JOURNAL), world.path("real")).unwrap();
    std::os::unix::fs::symlink("real", world.path(JOURNAL)).unwrap();
    let screens = Screens::of("journals", &world);
    screens.show_all(&[
        ("link_import", IMPORT),
        ("link_status", "umbulk status staff.csv"),
        ("link_results", "umbulk results staff.csv"),
        ("link_fresh", &format!("{IMPORT} --fresh")),
    ]);
    let world = World::with_groups(&[]);
    let screens = Screens::of("journals", &world);
    screens.file("staff.csv", people(1));
    std::fs::create_dir(world.path(JOURNAL)).unwrap();
    screens.show("folder_in_its_place", "umbulk import staff.csv");
    screens.show("folder_in_its_place_fresh", "umbulk import staff.csv --fresh");
    screens.show("no_journal_beside_the_results", "umbulk import staff.csv --results /proc/a.csv");
}

/// Rows of one person, of which an earlier start has sent only some (`--rows`).
#[test]
fn portions_that_would_change_the_order() {
    let rows = "action,email,firstname,lastname,country,groups\ndelete,ann@example.com,,,,\n\
        create,ann@example.com,Ann,Lee,US,\nadd,bob@example.com,,,,Design\n";
    let world = super::imports::world();
    let screens = Screens::of("journals", &world);
    screens.file("staff.csv", rows);
    screens.show("portion_sent", "umbulk import staff.csv --rows 2 --yes");
    screens.show_all(&[
        ("portion_status", "umbulk status staff.csv"),
        ("portion_overtaken", "umbulk import staff.csv --yes"),
        ("portion_overtaken_alone", "umbulk import staff.csv --yes --rows 1"),
        ("portion_with_other_options", "umbulk import staff.csv --yes --rows 3 --if-exists update"),
        ("portion_that_is_left", "umbulk import staff.csv --yes --rows 3"),
    ]);
    let world = super::imports::world();
    let pause = InjectedFault::Answer {
        status: 503,
        headers: vec![("retry-after".to_owned(), "9000".to_owned())],
        body: String::new(),
    };
    world.sandbox.faults().next_actions([Some(InjectedFault::DoneWith(Box::new(pause)))]);
    let screens = Screens::of("journals", &world);
    screens.file("staff.csv", rows);
    screens.prepare("umbulk import staff.csv --rows 1 --max-wait 1h", 3);
    forget_pause(&world.path(JOURNAL));
    screens.show_all(&[
        ("portion_without_the_open_row", "umbulk import staff.csv --rows 2 --max-wait 1h"),
        ("portion_with_the_open_row", "umbulk import staff.csv --rows 1-2 --max-wait 1h"),
    ]);
}

#[test]
fn journal_beside_which_no_list_can_be_kept() {
    let world = super::imports::world();
    let screens = Screens::of("journals", &world);
    screens.prepare("umbulk export users", 0);
    screens.file("staff.csv", people(2));
    let kept = JOURNAL.replace(".journal", ".snapshot");
    std::fs::create_dir(world.path(&kept)).unwrap();
    std::fs::write(world.path(&kept).join("file"), "").unwrap();
    screens.show("list_not_kept", "umbulk import staff.csv --skip-unchanged");
}

#[test]
fn results_of_a_file_that_is_elsewhere() {
    let world = finished();
    std::fs::create_dir(world.path("moved")).unwrap();
    std::fs::rename(world.path(JOURNAL), world.path("moved").join(JOURNAL)).unwrap();
    Screens::of("journals", &world)
        .show("results_of_a_moved_journal", &format!("umbulk results moved/{JOURNAL}"));
}

/// The same file and journal, with another list or another server.
#[test]
fn stopped_run_does_not_go_on_with_another_list_or_server() {
    let typed = |list: &str| format!("{IMPORT} --skip-unchanged --against {list}");
    let world = pausing();
    let screens = Screens::of("journals", &world);
    let list = |email: &str| format!("email,firstname,lastname,country\n{email},Old,One,US\n");
    screens
        .file("staff.csv", people(30))
        .file("users.csv", list("old@example.com"))
        .file("other.csv", list("other@example.com"));
    screens.prepare(&typed("users.csv"), 3);
    forget_pause(&world.path(JOURNAL));
    screens.show("stopped_other_list", &typed("other.csv"));
    let other = World::with_groups(&[]);
    Screens::of("journals", &world)
        .at(other.sandbox.auth_host())
        .show("stopped_other_server", &typed("users.csv"));
}

/// Some of the deletions are done.
#[test]
fn deletions_of_a_stopped_run() {
    let world = super::guards::twenty();
    let pause = InjectedFault::Answer {
        status: 429,
        headers: vec![("retry-after".to_owned(), "3244".to_owned())],
        body: "{}".to_owned(),
    };
    world.sandbox.faults().next_actions([None, Some(pause)]);
    let screens = Screens::of("journals", &world);
    screens
        .file("staff.csv", super::guards::leavers(20, "delete"))
        .prepare(&format!("{IMPORT} --yes"), 3);
    forget_pause(&world.path(JOURNAL));
    screens.show("stopped_deletions_without_yes", IMPORT);
    screens.show("stopped_deletions_go_on", &format!("{IMPORT} --yes"));
}
