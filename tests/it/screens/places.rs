//! Places that cannot be written or read: results, other outputs, the state folder, temporary
//! copies; and files that change during a run.

use super::Screens;
use crate::screens::wait_for;
use crate::world::World;
use std::process::Stdio;
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, SandboxOptions};

const FILE: &str =
    "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\nno address,A,B,US\n";

#[test]
fn outputs_that_cannot_be_written() {
    let world = World::with_groups(&[]);
    let screens = Screens::of("places", &world);
    screens
        .file("staff.csv", FILE)
        .file("other.csv", FILE)
        .file("users.csv", "email,firstname\nann@example.com,Ann\n");
    std::fs::create_dir(world.path("folder")).unwrap();
    screens.show_all(&[
        ("results_in_no_folder", "umbulk import staff.csv --results nowhere/done.csv"),
        (
            "results_in_no_folder_as_json",
            "umbulk import staff.csv --results nowhere/done.csv --json",
        ),
        ("results_over_the_input", "umbulk import staff.csv --results staff.csv"),
        (
            "results_and_failed_are_one",
            "umbulk import staff.csv --results done.csv --failed done.csv",
        ),
        ("results_named_like_a_journal", "umbulk import staff.csv --results done.journal"),
        ("results_of_several_in_a_file", "umbulk import staff.csv other.csv --results done.csv"),
        ("results_in_a_folder", "umbulk import staff.csv --results folder"),
        ("validate_in_no_folder", "umbulk validate staff.csv --results nowhere/checked.csv"),
        ("plan_out_in_no_folder", "umbulk plan staff.csv --out nowhere/plan.csv"),
        ("plan_requests_in_no_folder", "umbulk plan staff.csv --requests nowhere/requests.jsonl"),
        (
            "plan_out_and_requests_are_one",
            "umbulk plan staff.csv --out plan.csv --requests plan.csv",
        ),
        ("plan_out_folder", "umbulk plan staff.csv --out folder"),
        ("usage_in_no_folder", "umbulk usage --from users.csv --out nowhere/usage.csv"),
    ]);
    let world = World::with_groups(&[]);
    let screens = Screens::of("places", &world);
    screens
        .file("staff.csv", FILE)
        .show("failed_in_no_folder", "umbulk import staff.csv --failed nowhere/fix.csv");
    let world = World::with_groups(&[]);
    let screens = Screens::of("places", &world);
    screens.file("staff.csv", FILE);
    for name in ["staff.results.csv", "staff.check.csv"] {
        std::fs::create_dir(world.path(name)).unwrap();
    }
    screens.show("results_are_a_folder", "umbulk import staff.csv");
    screens.show("check_is_a_folder", "umbulk validate staff.csv");
}

#[test]
fn folders_of_umbulk_that_cannot_be_used() {
    let world = World::with_groups(&[]);
    let screens = Screens::of("places", &world);
    screens.file("staff.csv", FILE);
    screens.show_all(&[
        ("state_is_a_file_import", "XDG_STATE_HOME=/dev/null umbulk import staff.csv"),
        ("state_is_a_file_export", "XDG_STATE_HOME=/dev/null umbulk export users"),
        ("state_is_a_file_usage", "XDG_STATE_HOME=/dev/null umbulk usage"),
        ("state_is_a_file_snapshots", "XDG_STATE_HOME=/dev/null umbulk snapshots"),
        ("temporary_folder_is_gone", "TMPDIR=nowhere umbulk import staff.csv --fresh"),
        (
            "temporary_folder_is_gone_standard_input",
            "TMPDIR=nowhere umbulk validate - --results checked.csv < staff.csv",
        ),
    ]);
}

/// Two requests, the second of which takes its time; meanwhile something happens.
fn meanwhile(name: &str, options: &str, happen: fn(&World)) {
    let world = World::new(Directory::default(), SandboxOptions::default());
    world
        .sandbox
        .faults()
        .next_actions([None, Some(InjectedFault::Delay(Duration::from_millis(1200)))]);
    let screens = Screens::of("places", &world);
    let rows =
        (0..40).map(|number| format!("u{number}@example.com,Ann,Lee,US\n")).collect::<String>();
    screens.file("staff.csv", format!("email,firstname,lastname,country\n{rows}"));
    screens.file(
        "users.csv",
        "email,firstname,lastname,country,groups,status\nold@example.com,Olga,Day,US,,active\n",
    );
    let typed = format!("umbulk import staff.csv --concurrency 1 --rate 1000/100ms{options}");
    let child =
        screens.command(&typed).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(|| world.umbulk(&["status", "staff.csv"]).stdout.contains("requests      2 sent"));
    happen(&world);
    screens.compare(name, &typed, &crate::resume::ended(child));
}

#[test]
fn files_that_change_during_a_run() {
    meanwhile("input_changed", "", |world| drop(world.write("staff.csv", FILE)));
    meanwhile("input_gone", "", |world| std::fs::remove_file(world.path("staff.csv")).unwrap());
    meanwhile("list_changed", " --against users.csv", |world| drop(world.write("users.csv", FILE)));
    meanwhile("list_gone", " --against users.csv", |world| {
        std::fs::remove_file(world.path("users.csv")).unwrap();
    });
    meanwhile("results_gone", "", |world| {
        std::fs::remove_file(world.path("staff.results.csv")).unwrap();
    });
    meanwhile("journal_gone", "", |world| {
        std::fs::remove_file(world.path("staff.00000000000000000000AAAAAdobeOrg.journal")).unwrap();
    });
}

#[test]
fn log_over_another_file() {
    let world = World::with_groups(&[]);
    let screens = Screens::of("places", &world);
    screens.file("staff.csv", FILE).file("notes.txt", "my notes\n");
    screens.show("log_over_notes", "umbulk import staff.csv --log-file notes.txt");
}
