//! The questions and requests that `plan` counts are those that an import of the same file sends.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, Identity, SandboxGroup, SandboxOptions};

const PEOPLE: usize = 60;
const GROUPS: usize = 40;

/// An organization of people, each in a group, and one Adobe ID.
fn world() -> World {
    let mut directory = Directory::default();
    for number in 0..GROUPS {
        directory.add_group(&SandboxGroup::user_group(&format!("G{number}")));
    }
    for number in 0..PEOPLE {
        let mut person = user(&format!("u{number}@example.com"), &["G1"]);
        "US".clone_into(&mut person.country);
        if number == 2 {
            person.identity = Identity::Adobe;
        }
        directory.add_user(&person);
    }
    World::new(directory, SandboxOptions::default())
}

/// The list of users as an earlier export wrote it, elsewhere: nothing of it is stored here.
fn exported(world: &World, people: usize) -> String {
    let other = tempfile::tempdir().unwrap();
    let mut command = world.command(&["export", "users", "--out", "staff.csv"]);
    let done = crate::world::run(command.env("XDG_STATE_HOME", other.path()));
    assert_eq!(done.status, 0, "{done:?}");
    let text = std::fs::read_to_string(world.path("staff.csv")).unwrap();
    text.lines().take(people + 1).map(|line| format!("{line}\n")).collect()
}

fn rows(number: usize, row: impl Fn(usize) -> String) -> String {
    let head = "action,email,firstname,lastname,country,groups\n";
    head.to_owned() + &(0..number).map(|number| row(number) + "\n").collect::<String>()
}

fn delete(number: usize) -> String {
    format!("delete,u{number}@example.com,,,,")
}

fn join(number: usize) -> String {
    format!("add,u{number}@example.com,,,,G{number}")
}

/// What `plan` says, and what the import then sends: questions, and requests.
fn planned_and_sent(
    world: &World,
    text: &str,
    more: &[&str],
    rate: &str,
) -> ((u64, u64), (u64, u64)) {
    world.write("a.csv", text);
    let run = |args: &[&str]| {
        crate::world::run(world.command(&[args, more].concat()).env("UMBULK_RATE", rate))
    };
    let plan = run(&["plan", "a.csv", "--json"]);
    let json: serde_json::Value =
        serde_json::from_str(&plan.stdout).unwrap_or_else(|error| panic!("{error}: {plan:?}"));
    let number = |name: &str| json[name].as_u64().unwrap();
    let before = world.sandbox.traffic().len();
    let done = run(&["import", "a.csv", "--yes"]);
    assert_eq!(done.status, 0, "{more:?}: {done:?}");
    let sent = world.sandbox.traffic();
    let (writes, others): (Vec<_>, Vec<_>) =
        sent[before..].iter().partition(|received| received.commands > 0);
    let reads = others.iter().filter(|received| received.class != "token").count();
    ((number("questions"), number("requests")), (reads as u64, writes.len() as u64))
}

#[test]
fn plan_counts_what_the_import_sends() {
    let exported_rows = |people| move |world: &World| exported(world, people);
    let made = |number, row: fn(usize) -> String| move |_: &World| rows(number, row);
    type Text = Box<dyn Fn(&World) -> String>;
    let cases: Vec<(&str, Text, &[&str])> = vec![
        ("an exported list of few", Box::new(exported_rows(3)), &[]),
        ("an exported list of many", Box::new(exported_rows(PEOPLE)), &[]),
        ("groups of a minute", Box::new(made(20, join)), &[]),
        ("groups of more than a minute", Box::new(made(GROUPS, join)), &[]),
        ("no groups are checked", Box::new(made(GROUPS, join)), &["--check-groups", "never"]),
        ("leavers", Box::new(made(3, delete)), &[]),
        ("leavers who are verified", Box::new(made(12, delete)), &["--verify-deletes"]),
        ("protected members", Box::new(made(3, delete)), &["--protect", "protected.txt"]),
        (
            "protected members, and nobody leaves",
            Box::new(made(3, join)),
            &["--protect", "protected.txt"],
        ),
    ];
    for (what, text, more) in cases {
        for rate in ["off", "action=1000/60s,users=25/1ms,groups=1000/60s"] {
            let world = world();
            world.write("protected.txt", "members:G2\nmembers:G3\nboss@example.com\n");
            let text = text(&world);
            let (planned, sent) = planned_and_sent(&world, &text, more, rate);
            assert_eq!(planned, sent, "{what}, {rate}: questions and requests, planned and sent");
        }
    }
}

/// Once the lists are stored, they answer.
#[test]
fn plan_counts_no_question_that_a_snapshot_answers() {
    for (text, more) in
        [(rows(GROUPS, join), &[][..]), (rows(3, delete), &["--protect", "protected.txt"])]
    {
        let world = world();
        world.write("protected.txt", "members:G2\n");
        for list in ["users", "groups"] {
            assert_eq!(world.umbulk(&["export", list]).status, 0);
        }
        let (planned, sent) = planned_and_sent(&world, &text, more, "off");
        assert_eq!(planned, sent, "{text}");
    }
}

/// The questions take time, and the time has them in it.
#[test]
fn planned_time_has_questions_about_an_exported_list_in_it() {
    let world = world();
    world.write("a.csv", exported(&world, 40));
    let plan = crate::world::run(world.command(&["plan", "a.csv"]).env_remove("UMBULK_RATE"));
    // Forty people and a group, 25 a minute, before four requests.
    assert!(
        plan.stdout.contains("41  probes or more before sending, about 60 s at 25/60s"),
        "{plan:?}"
    );
}
