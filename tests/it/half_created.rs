//! Creations that the server answers with a transient code until all attempts are used up, though
//! the user or the group is there: the row fails, and says that it is.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const CODES: [&str; 3] = [
    "error.internal.create_failed",
    "error.api.not_available",
    "error.throttled_by_external_service",
];

/// An organization with the group `G`, and perhaps with somebody who could be created just now.
fn world(people: &[&str], groups: &[&str]) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    groups.iter().for_each(|group| directory.add_group(&SandboxGroup::user_group(group)));
    people.iter().for_each(|person| directory.add_user(&user(person, &[])));
    World::new(directory, SandboxOptions::default())
}

fn import(world: &World, rows: &str) -> Run {
    let head = "action,email,firstname,lastname,country,groups,if_exists,group,users\n";
    world.import("a.csv", format!("{head}{rows}"), &["--max-attempts", "3"])
}

/// Every sending is answered with this code.
fn refuse(world: &World, code: &str, step: Option<u32>) {
    let step = step.map_or(String::new(), |step| format!(r#""step":{step},"#));
    let error = format!(r#"{{"index":0,{step}"errorCode":"{code}","message":"no"}}"#);
    let body = format!(r#"{{"result":"error","completed":0,"notCompleted":1,"errors":[{error}]}}"#);
    let answer = InjectedFault::Answer { status: 200, headers: Vec::new(), body };
    world.sandbox.faults().next_actions(std::iter::repeat_n(Some(answer), 3));
}

#[test]
fn row_whose_user_is_there_says_so() {
    for code in CODES {
        for step in [Some(0), None] {
            let world = world(&["ann@example.com"], &[]);
            refuse(&world, code, step);
            let run = import(&world, "create,ann@example.com,Ann,Lee,US,G,,,\n");
            let row = &world.rows("a.results.csv")[0];
            assert_eq!(
                (run.status, row["umbulk_code"].as_str(), row["umbulk_effect"].as_str()),
                (1, code, "created_or_exists"),
                "{step:?}: {run:?}"
            );
            let message = &row["umbulk_message"];
            assert!(message.contains("; the user now exists"), "{step:?}: {message}");
            assert!(!message.contains("does not say"), "{step:?}: {message}");
        }
    }
}

#[test]
fn row_whose_user_is_not_there_does_not_ask_to_check() {
    for code in CODES {
        let world = world(&[], &[]);
        world.sandbox.faults().refuse_commands("ann@example.com", code, 9);
        let run = import(&world, "create,ann@example.com,Ann,Lee,US,G,,,\n");
        let row = &world.rows("a.results.csv")[0];
        assert_eq!((run.status, row["umbulk_effect"].as_str()), (1, "none"), "{run:?}");
        let message = &row["umbulk_message"];
        assert!(!message.contains("exists") && !message.contains("check the"), "{message}");
    }
}

#[test]
fn row_whose_group_is_there_says_so() {
    for code in CODES {
        let world = world(&["ann@example.com"], &["Neu"]);
        refuse(&world, code, Some(0));
        let run = import(&world, "create-group,,,,,,,Neu,ann@example.com\n");
        let row = &world.rows("a.results.csv")[0];
        assert_eq!(
            (run.status, row["umbulk_code"].as_str(), row["umbulk_effect"].as_str()),
            (1, code, "group_created_or_exists"),
            "{run:?}"
        );
        let message = &row["umbulk_message"];
        assert!(message.contains("; the group now exists"), "{message}");
    }
}
