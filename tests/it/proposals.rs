//! What umbulk proposes to type works when it is typed.

use crate::resume::{ended, signal, started};
use crate::world::{Run, World};
use std::process::Stdio;
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, SandboxOptions};

const JOURNAL: &str = "a.00000000000000000000AAAAAdobeOrg.journal";

fn slow() -> World {
    World::new(
        Directory::default(),
        SandboxOptions { latency: Duration::from_millis(150), ..SandboxOptions::default() },
    )
}

fn people(numbers: std::ops::Range<usize>) -> String {
    let rows = numbers.map(|number| format!("create,u{number:03}@example.com,Ann,Lee,US\n"));
    "action,email,firstname,lastname,country\n".to_owned() + &rows.collect::<String>()
}

/// Lets a shell run what stands behind `label` on the screen.
fn type_after(world: &World, screen: &str, label: &str) -> Run {
    let line = screen
        .lines()
        .find(|line| line.trim_start().starts_with(label))
        .unwrap_or_else(|| panic!("no {label:?} in {screen}"));
    let command = line.trim_start()[label.len()..].trim();
    let binary = env!("CARGO_BIN_EXE_umbulk");
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", &format!("umbulk() {{ '{binary}' \"$@\"; }}; {command}")])
        .current_dir(world.folder.path());
    let bare = world.command(&[]);
    shell.env_clear().envs(bare.get_envs().filter_map(|(name, value)| Some((name, value?))));
    crate::world::run(&mut shell)
}

/// A run of 60 rows whose input is overwritten during the second request.
fn overwritten(world: &World) -> Run {
    world.write("a.csv", people(0..60));
    let child = started(world, 2, &[]);
    world.write("a.csv", people(100..110));
    ended(child)
}

#[test]
fn input_overwritten_proposed_command_works() {
    for by_status in [false, true] {
        let world = slow();
        let stopped = overwritten(&world);
        assert_eq!(stopped.status, 3, "{stopped:?}");
        let typed = if by_status {
            let status = world.umbulk(&["status", "a.csv"]);
            assert!(
                status.stdout.contains("has changed") && !status.stdout.contains("to continue"),
                "{status:?}"
            );
            type_after(&world, &status.stdout, "to start over")
        } else {
            type_after(&world, &stopped.stdout, "To start over with the files as they are now:")
        };
        assert_eq!(typed.status, 0, "{typed:?}");
        assert_eq!(world.statuses("a.results.csv"), vec!["ok"; 10]);
    }
}

#[test]
fn input_put_back_status_proposes_to_go_on() {
    let world = slow();
    assert_eq!(overwritten(&world).status, 3);
    std::fs::remove_file(world.path("a.csv")).unwrap();
    let gone = world.umbulk(&["status", "a.csv"]);
    assert!(
        gone.stdout.contains("is not beside the journal") && !gone.stdout.contains("umbulk import"),
        "{gone:?}"
    );
    world.write("a.csv", people(0..60));
    for named in ["a.csv", JOURNAL] {
        let status = world.umbulk(&["status", named]);
        assert!(status.stdout.contains("to continue"), "{status:?}");
    }
    let run = type_after(&world, &world.umbulk(&["status"]).stdout, "to continue, by the journal:");
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("continues  "), "{run:?}");
}

/// `--fresh` was typed to begin; typed again, it would send everything a second time.
#[test]
fn fresh_run_interrupted_proposes_to_go_on_without_fresh() {
    let world = slow();
    world.write("a.csv", people(0..60));
    let child = started(&world, 2, &["--fresh"]);
    signal(&child, "-INT");
    let stopped = ended(child);
    assert_eq!(stopped.status, 3, "{stopped:?}");
    let status = world.umbulk(&["status", "a.csv"]);
    assert!(!status.stdout.contains("--fresh"), "{status:?}");
    let done = world.action_requests();
    let run = type_after(&world, &stopped.stdout, "To continue:");
    assert!(run.status == 0 && run.stderr.contains("continues  "), "{run:?}");
    assert_eq!(world.action_requests(), 6, "{done} before, and none twice");
}

#[test]
fn failed_rows_of_a_mapped_file_are_imported_as_proposed() {
    let world = World::with_groups(&["Design"]);
    let file = "Report of today;;;;\nWork mail;Given \
         name;Surname;Land;Team\nann@example.com;Ann;Lee;US;Design\n\
         bob@example.com;Bob;;US;Design\n";
    let map =
        ["--map", "email=Work mail", "--map", "firstname=Given name", "--map", "lastname=Surname"];
    let more = [
        "--map",
        "country=Land",
        "--map",
        "groups=Team",
        "--header-row",
        "2",
        "--rows",
        "1-2",
        "--results",
        "r.csv",
    ];
    let run = world.import("a.csv", file, &[&map[..], &more].concat());
    assert_eq!(run.status, 1, "{run:?}");
    let failed = std::fs::read_to_string(world.path("a.failed.csv")).unwrap();
    world.write("a.failed.csv", failed.replace("Bob;;", "Bob;Ray;"));
    let run = type_after(&world, &run.stdout, "Then type:");
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("bob@example.com"), Some(vec!["Design".to_owned()]));
    assert!(world.path("r.csv").exists(), "the results of the first run are left alone");
}

/// The rows that are ok belong to the same people: alone, the failed ones would take groups away.
#[test]
fn failed_rows_of_the_whole_truth_are_fixed_in_the_file() {
    let world = World::with_groups(&["Team A", "Team B"]);
    assert_eq!(world.import("b.csv", people(0..1), &[]).status, 0);
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let file = "email,groups\nu000@example.com,Team A\nnobody,Team B\n";
    let args = [
        "--action",
        "add",
        "--against",
        "users.csv",
        "--exact-groups",
        "--manage-groups",
        "Team *",
    ];
    let run = world.import("a.csv", file, &args);
    assert!(run.status == 1 && world.path("a.failed.csv").exists(), "{run:?}");
    assert!(
        !run.stdout.contains("Then type:")
            && run.stdout.contains("fix them in a.csv, then import a.csv again"),
        "{run:?}"
    );
}

fn failed(world: &World) -> Option<String> {
    std::fs::read_to_string(world.path("a.failed.csv")).ok()
}

/// The same command finds out about them: imported by hand, they might be carried out twice.
#[test]
fn uncertain_rows_of_a_stopped_run_are_not_among_the_failed() {
    let world = World::with_groups(&[]);
    world.write("a.csv", people(0..20) + "create,no address,A,B,US\n");
    world.sandbox.faults().next_actions([None, Some(InjectedFault::Delay(Duration::from_secs(5)))]);
    let args = ["import", "a.csv", "--concurrency", "1", "--rate", "1000/100ms"];
    let child = world.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    crate::screens::wait_for(|| {
        world.umbulk(&["status", "a.csv"]).stdout.contains("requests      2 sent")
    });
    signal(&child, "-INT");
    crate::screens::pass(Duration::from_millis(300));
    signal(&child, "-INT");
    let stopped = ended(child);
    assert_eq!(stopped.status, 3, "{stopped:?}");
    let unknown = world
        .rows("a.results.csv")
        .into_iter()
        .filter(|row| row["umbulk_status"] == "unknown")
        .collect::<Vec<_>>();
    assert_eq!(unknown.len(), 10, "{stopped:?}");
    assert!(
        unknown[0]["umbulk_message"].contains("Run the same command again: it finds out"),
        "{:?}",
        unknown[0]
    );
    assert_eq!(
        failed(&world).unwrap().lines().count(),
        2,
        "the invalid row alone: {:?}",
        failed(&world)
    );
    assert!(!stopped.stdout.contains("unknown.no_answer"), "{stopped:?}");
    // Written again from the journal, it is the same.
    std::fs::remove_file(world.path("a.failed.csv")).unwrap();
    assert_eq!(world.umbulk(&["results", "a.csv"]).status, 0);
    assert_eq!(failed(&world).unwrap().lines().count(), 2);
    let done = world.umbulk(&args);
    assert_eq!(done.status, 1, "{done:?}");
    assert_eq!(failed(&world).unwrap().lines().count(), 2);
}

fn kept(world: &World, word: &str) -> Vec<String> {
    let begin = format!("a.{word}.2");
    world.dated("a").into_keys().filter(|name| name.starts_with(&begin)).collect()
}

/// Somebody fixes the rows, and then types the first command again.
#[test]
fn failed_rows_edited_by_hand_are_never_overwritten() {
    let world = World::with_groups(&[]);
    let file = people(0..1) + "create,no address,A,B,US\n";
    assert_eq!(world.import("a.csv", &file, &[]).status, 1);
    let again = world.umbulk(&["import", "a.csv"]);
    assert!(
        again.status == 1 && kept(&world, "failed").is_empty() && !again.stderr.contains("is now"),
        "nobody has edited it: {again:?}"
    );
    let fixed = failed(&world).unwrap().replace("no address", "bob@example.com");
    world.write("a.failed.csv", &fixed);
    let again = world.umbulk(&["import", "a.csv"]);
    let names = kept(&world, "failed");
    assert_eq!(names.len(), 1, "{again:?}");
    assert!(
        again.stderr.contains(&format!("the earlier a.failed.csv is now a.umbulk/{}", names[0])),
        "{again:?}"
    );
    assert_eq!(String::from_utf8(world.dated("a")[&names[0]].clone()).unwrap(), fixed);
    // The file of next week.
    let next = world.import("a.csv", people(0..2), &[]);
    assert_eq!(next.status, 0, "{next:?}");
    assert_eq!(
        (kept(&world, "failed").len(), kept(&world, "results").len(), failed(&world)),
        (2, 1, None),
        "{next:?}"
    );
    assert!(next.stderr.contains("the earlier a.results.csv is now"), "{next:?}");
}

#[test]
fn good_run_prints_nothing_when_quiet() {
    let world = World::with_groups(&[]);
    let good = world.import("a.csv", people(0..1), &["-q"]);
    assert_eq!((good.status, good.stdout.as_str(), good.stderr.as_str()), (0, "", ""));
    let json = world.umbulk(&["import", "a.csv", "-q", "--json"]);
    assert!(json.status == 0 && json.stdout.starts_with('{'), "{json:?}");
    let bad = world.import("b.csv", people(0..1) + "create,no address,A,B,US\n", &["-q"]);
    assert!(bad.status == 1 && bad.stdout.contains("invalid.email.form"), "{bad:?}");
    let valid = world.umbulk(&["validate", "a.csv", "-q"]);
    assert_eq!((valid.status, valid.stdout.as_str(), valid.stderr.as_str()), (0, "", ""));
    let invalid = world.umbulk(&["validate", "b.csv", "-q"]);
    assert!(invalid.status == 1 && invalid.stdout.contains("1 invalid"), "{invalid:?}");
}

/// The journal of the run that wrote the results is there: it belongs to another input.
#[test]
fn results_path_of_another_input_gets_no_untrue_note() {
    let world = World::with_groups(&[]);
    assert_eq!(world.import("a.csv", people(0..2), &["--results", "a.results.csv"]).status, 0);
    let second = world.import("b.csv", people(5..7), &["--results", "a.results.csv"]);
    assert_eq!(second.status, 0, "{second:?}");
    assert!(!second.stderr.contains("journal"), "{second:?}");
    assert!(
        second.stderr.contains("the earlier a.results.csv is now b.umbulk/a.results.2"),
        "{second:?}"
    );
}

#[test]
fn plan_out_names_the_user_of_every_row() {
    let world = World::with_groups(&[]);
    assert_eq!(world.import("b.csv", people(0..1), &[]).status, 0);
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    world.write(
        "a.csv",
        people(0..2) + "create,cy@example.com,,Lee,US\n#create,off@example.com,A,B,US\n",
    );
    let plan = world.umbulk(&["plan", "a.csv", "--against", "users.csv", "--out", "plan.csv"]);
    assert_eq!(plan.status, 1, "{plan:?}");
    let mut rows = world
        .rows("plan.csv")
        .into_iter()
        .map(|row| format!("{} {} {}", row["row"], row["status"], row["user"]))
        .collect::<Vec<_>>();
    rows.sort();
    assert_eq!(
        rows,
        [
            "1 unchanged u000@example.com",
            "2 send u001@example.com",
            "3 invalid cy@example.com",
            "4 skipped "
        ]
    );
}
