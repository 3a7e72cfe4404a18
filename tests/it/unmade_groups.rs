//! A row that is to create a group, or to give it its name, fails: nobody is created without it.

use crate::world::World;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country,groups,group,new_name\n";

fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Lab"));
    World::new(directory, SandboxOptions::default())
}

fn people(group: &str) -> String {
    (0..25).map(|number| format!("create,w{number}@x.com,W,Lee,US,{group},,\n")).collect()
}

/// The server refuses the first command of the first request.
fn refuse_first(world: &World) {
    let body = r#"{"result":"error","completed":0,"notCompleted":1,"completedInTestMode":0,
        "errors":[{"index":0,"step":0,"errorCode":"error.group.read_only","message":"no"}]}"#;
    let answer = InjectedFault::Answer { status: 200, headers: Vec::new(), body: body.to_owned() };
    world.sandbox.faults().next_actions([Some(answer)]);
}

#[test]
fn people_are_not_created_for_a_group_that_could_not_be_made() {
    for (first, group) in
        [("create-group,,,,,,Neu,\n", "Neu"), ("update-group,,,,,,Lab,Labor\n", "Labor")]
    {
        let world = world();
        refuse_first(&world);
        let run = world.import("a.csv", format!("{HEAD}{first}{}", people(group)), &[]);
        assert_eq!(run.status, 1, "{run:?}");
        let outcomes = world.outcomes("a.results.csv");
        assert_eq!(outcomes[0], "failed error.group.read_only");
        assert!(
            outcomes[1..].iter().all(|outcome| outcome == "invalid invalid.groups.unknown"),
            "{outcomes:?}"
        );
        let message = &world.rows("a.results.csv")[1]["umbulk_message"];
        assert!(message.contains("row 1 creates `"), "{message}");
        assert_eq!(world.sandbox.directory().users().count(), 0);
        // The rows to fix are sent once the group can be made.
        let run = world.umbulk(&["import", "a.failed.csv"]);
        assert_eq!(run.status, 0, "{run:?}");
        assert_eq!(world.groups_of("w24@x.com").unwrap(), [group]);
    }
}

#[test]
fn people_of_the_next_file_are_not_created_either() {
    let world = world();
    refuse_first(&world);
    world.write("a.csv", format!("{HEAD}create-group,,,,,,Neu,\n"));
    world.write("b.csv", format!("{HEAD}{}", people("Neu")));
    let run = world.umbulk(&["import", "a.csv", "b.csv"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(
        world.outcomes("b.results.csv").iter().all(|o| o == "invalid invalid.groups.unknown"),
        "{run:?}"
    );
    assert_eq!(world.sandbox.directory().users().count(), 0);
}

#[test]
fn group_that_is_there_already_takes_its_people() {
    let world = world();
    let rows = "create-group,,,,,,Lab,\n".to_owned() + &people("Lab");
    world.write("a.csv", format!("{HEAD}{rows}"));
    let run = world.umbulk(&["import", "a.csv", "--if-exists", "error"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("a.results.csv")[0], "failed error.usergroup.already_exists");
    assert_eq!(world.groups_of("w0@x.com").unwrap(), ["Lab"]);
}

/// Nobody knows whether the first file has made the group: one row of the second finds out.
#[test]
fn uncertain_group_of_an_earlier_file_is_found_out_by_one_row() {
    let world = world();
    let empty = || {
        let body = "{}".to_owned();
        Some(InjectedFault::Answer { status: 200, headers: Vec::new(), body })
    };
    world.sandbox.faults().next_actions((0..2).map(|_| empty()));
    world.sandbox.faults().next_reads((0..8).map(|_| empty()));
    world.write("a.csv", format!("{HEAD}create-group,,,,,,Neu,\n"));
    world.write("b.csv", format!("{HEAD}{}", people("Neu")));
    let more = ["--max-attempts", "2", "--effect-window", "0", "--if-exists", "error"];
    let run = world.umbulk(&[&["import", "a.csv", "b.csv"][..], &more].concat());
    assert_eq!(run.status, 1, "{run:?}");
    assert!(world.outcomes("a.results.csv")[0].starts_with("unknown"), "{run:?}");
    assert!(world.sandbox.directory().users().count() <= 1, "{run:?}");
}
