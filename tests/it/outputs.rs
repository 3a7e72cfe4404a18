//! What is written never takes the place of what is read, nor of what else is written.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxOptions};

const FILE: &str = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";

#[test]
fn an_input_is_never_written_over() {
    let world = World::with_groups(&[]);
    for args in [
        &["plan", "a.csv", "--out", "a.csv"][..],
        &["plan", "a.csv", "--requests", "./a.csv"],
        &["import", "a.csv", "--results", "a.csv"],
        &["import", "a.csv", "--failed", "a.csv"],
        &["validate", "a.csv", "--results", "a.csv"],
        &["plan", "a.csv", "--out", "x.csv", "--requests", "x.csv"],
        &["import", "a.csv", "--results", "x.csv", "--failed", "x.csv"],
    ] {
        world.write("a.csv", FILE);
        let run = world.umbulk(args);
        assert!(run.status == 2 && run.stderr.contains(".csv"), "{args:?}: {run:?}");
        assert_eq!(std::fs::read_to_string(world.path("a.csv")).unwrap(), FILE, "{args:?}");
        assert!(!world.path("x.csv").exists(), "{args:?}");
    }
    assert_eq!(world.action_requests(), 0);
}

#[test]
fn two_inputs_do_not_share_a_results_file() {
    let world = World::with_groups(&[]);
    for folder in ["one", "two"] {
        std::fs::create_dir(world.path(folder)).unwrap();
        world.write(&format!("{folder}/a.csv"), FILE);
    }
    let run = world.umbulk(&["import", "one/a.csv", "two/a.csv", "--results", "out"]);
    assert!(run.status == 2 && run.stderr.contains("a.results.csv"), "{run:?}");
    assert_eq!(world.umbulk(&["import", "one/a.csv", "two/a.csv"]).status, 0);
}

#[test]
fn an_earlier_plan_is_put_aside() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    world.write("plan.csv", "somebody's own");
    let plan = world.umbulk(&["plan", "a.csv", "--out", "plan.csv"]);
    assert_eq!(plan.status, 0, "{plan:?}");
    assert!(plan.stderr.contains("note: the earlier plan.csv is now plan.umbulk"), "{plan:?}");
    let aside = std::fs::read_dir(world.path("plan.umbulk")).unwrap().flatten();
    let mut texts = aside.filter_map(|entry| std::fs::read_to_string(entry.path()).ok());
    assert!(texts.any(|text| text == "somebody's own"));
}

#[test]
fn a_plan_lists_the_rows_that_are_not_sent_too() {
    let world = World::with_groups(&[]);
    world.write("a.csv", format!("{FILE}nobody,,,\n"));
    assert_eq!(world.umbulk(&["plan", "a.csv", "--out", "plan.csv"]).status, 1);
    let rows = world.rows("plan.csv");
    assert_eq!(rows.iter().map(|row| row["row"].as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert!(
        rows[1]["request"].is_empty() && rows[1]["steps"].starts_with("not sent: invalid."),
        "{rows:?}"
    );
}

#[test]
fn stop_at_the_second_file_exits_3() {
    let world = World::new(Directory::default(), SandboxOptions::default());
    world.write("a.csv", FILE);
    world.write("b.csv", FILE.replace("ann", "bo"));
    let denied = InjectedFault::Answer { status: 403, headers: Vec::new(), body: String::new() };
    // The row twice, and the control request.
    world
        .sandbox
        .faults()
        .next_actions([None].into_iter().chain(std::iter::repeat_n(Some(denied), 3)));
    let run = world.umbulk(&["import", "a.csv", "b.csv"]);
    assert_eq!(run.status, 3, "{run:?}");
    assert_eq!(
        (world.statuses("a.results.csv"), world.statuses("b.results.csv")),
        (vec!["ok".to_owned()], vec!["not_sent".to_owned()])
    );
    // Results that cannot be made are found out before anything is sent.
    let world = World::new(Directory::default(), SandboxOptions::default());
    world.write("a.csv", FILE);
    world.write("b.csv", FILE.replace("ann", "bo"));
    std::fs::create_dir(world.path("b.results.csv")).unwrap();
    let run = world.umbulk(&["import", "a.csv", "b.csv"]);
    assert!(run.status == 2 && run.stderr.contains("b.results.csv"), "{run:?}");
    assert_eq!(world.sandbox.traffic().len(), 0);
}

#[test]
fn creates_of_one_user_in_other_letters_are_one_create() {
    let world = World::with_groups(&["G1", "G2"]);
    let file = "email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,G1\n\
                Ann@Example.COM,Ann,Lee,US,G2\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!((run.status, world.action_requests()), (0, 1), "{run:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["G1", "G2"]);
}

#[test]
fn a_row_is_told_what_became_of_it_and_not_of_its_neighbours() {
    let mut directory = Directory::default();
    directory.add_user(&user("ann@example.com", &["G"]));
    let world = World::new(directory, SandboxOptions::default());
    let file = "action,email,groups\nadd,ann@example.com,G\ndelete,ann@example.com,\n";
    assert_eq!(world.import("a.csv", file, &[]).status, 0);
    let rows = world.rows("a.results.csv");
    assert_eq!(rows[0]["umbulk_message"], "");
    assert!(rows[1]["umbulk_message"].contains("removal confirmed"), "{rows:?}");
    // The same for somebody who is not there, with a look before.
    let run = world.import("a.csv", file, &["--verify-deletes", "--fresh"]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (
            1,
            vec![
                "failed error.user.nonexistent".to_owned(),
                "unchanged unchanged.not_there".to_owned()
            ]
        ),
        "{run:?}"
    );
}
