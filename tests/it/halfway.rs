//! Rows that the server carries out in part: the rest alone is sent again, whatever comes between.

use crate::world::{Run, World, user};
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country,groups,if_exists\n";

fn world() -> World {
    let mut directory = Directory::default();
    for group in ["A", "B"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&user("bob@example.com", &[]));
    World::new(directory, SandboxOptions::default())
}

/// Whether the groups are there, the server decides.
fn import(world: &World, rows: &str) -> Run {
    world.import("a.csv", rows, &["--check-groups", "never"])
}

fn strict(groups: &str) -> String {
    format!("{HEAD}create,ann@example.com,Ann,Lee,US,\"{groups}\",error\n")
}

/// The row and the organization are as in a run without any trouble.
fn assert_only_nowhere_is_refused(world: &World, run: &Run) {
    assert_eq!(run.status, 1, "{run:?}");
    let row = &world.rows("a.results.csv")[0];
    assert_eq!(
        (&*row["umbulk_status"], &*row["umbulk_code"]),
        ("failed", "error.group.not_found"),
        "{row:?}"
    );
    assert_eq!(row["umbulk_effect"], "created+joined:2", "{row:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["A", "B"]);
}

#[test]
fn strict_create_without_a_group_goes_on_after_a_kill() {
    for sent in [2, 3] {
        let world = world();
        let slow = || Some(InjectedFault::Delay(Duration::from_millis(300)));
        world.sandbox.faults().next_actions((1..sent).map(|_| None).chain([slow()]));
        world.write("a.csv", strict("A,Nowhere,B"));
        let mut child =
            world.command(&["import", "a.csv", "--check-groups", "never"]).spawn().unwrap();
        while world.action_requests() < sent {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let run = world.umbulk(&["import", "a.csv", "--check-groups", "never"]);
        assert_only_nowhere_is_refused(&world, &run);
    }
}

#[test]
fn strict_create_done_in_part_without_response_is_not_ok() {
    // The first sending never arrives, so nobody is there; the second creates her, is refused at a
    // group, and its answer is lost.
    for no_response in
        [InjectedFault::CutAfter, InjectedFault::DoneBut(504), InjectedFault::DoneBut(500)]
    {
        let world = world();
        world
            .sandbox
            .faults()
            .next_actions([Some(InjectedFault::CutBefore), Some(no_response.clone())]);
        let run = import(&world, &strict("A,Nowhere,B"));
        assert_only_nowhere_is_refused(&world, &run);
    }
}

#[test]
fn strict_create_done_in_part_of_an_unlisted_user_is_not_ok() {
    let world = world();
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    world.sandbox.faults().next_actions([Some(InjectedFault::CutAfter)]);
    let run = world.import(
        "a.csv",
        strict("A,Nowhere,B"),
        &["--check-groups", "never", "--skip-unchanged", "--against", "users.csv"],
    );
    assert_only_nowhere_is_refused(&world, &run);
}

#[test]
fn strict_create_done_whole_without_response_is_ok() {
    let world = world();
    world
        .sandbox
        .faults()
        .next_actions([Some(InjectedFault::CutBefore), Some(InjectedFault::CutAfter)]);
    let run = import(&world, &strict("A,B"));
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.rows("a.results.csv")[0]["umbulk_effect"], "created+joined:2");
    assert_eq!(world.action_requests(), 2, "nothing is left to be sent");
}

#[test]
fn strict_group_done_in_part_without_response_is_not_ok() {
    let world = world();
    world
        .sandbox
        .faults()
        .next_actions([Some(InjectedFault::CutBefore), Some(InjectedFault::CutAfter)]);
    let rows = "action,group,users,if_exists\ncreate-group,Team,\"ghost@example.com,\
                bob@example.com\",error\n";
    let run = import(&world, rows);
    let undisturbed = self::world();
    let expected = import(&undisturbed, rows);
    assert_eq!(run.status, expected.status, "{run:?}");
    let (row, calm) = (&world.rows("a.results.csv")[0], &undisturbed.rows("a.results.csv")[0]);
    for column in ["umbulk_status", "umbulk_code", "umbulk_effect"] {
        assert_eq!(row[column], calm[column], "{row:?}\n{calm:?}");
    }
    assert_eq!(world.groups_of("bob@example.com"), undisturbed.groups_of("bob@example.com"));
}

#[test]
fn strict_create_throttled_at_its_groups_is_ok() {
    let world = world();
    let throttled = r#"{"result":"error","completed":0,"notCompleted":1,"errors":[{"index":0,"step":1,"errorCode":"error.throttled_by_external_service"}]}"#;
    let answer = InjectedFault::Answer { status: 200, headers: vec![], body: throttled.to_owned() };
    world.sandbox.faults().next_actions([Some(InjectedFault::DoneWith(Box::new(answer)))]);
    let run = import(&world, &strict("A,B"));
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.rows("a.results.csv")[0]["umbulk_effect"], "created+joined:2");
}

/// The group is created, and its members are refused, or are members already: rows that name it are
/// sent.
#[test]
fn group_created_in_part_is_missing_no_more() {
    for (users, outcome) in
        [("ghost@example.com", "failed error.user.nonexistent"), ("bob@example.com", "ok")]
    {
        let world = world();
        let rows = format!(
            "action,email,groups,group,users\nadd,bob@example.com,Team,,\n\
             create-group,,,Team,{users}\ncreate-group,,,Team,{users}\nadd,bob@example.com,Team,,\n"
        );
        let run = import(&world, &rows);
        let outcomes = world.outcomes("a.results.csv");
        assert_eq!(
            (outcomes[0].as_str(), outcomes[1].as_str(), outcomes[3].as_str()),
            ("failed error.group.not_found", outcome, "ok"),
            "{run:?}"
        );
        assert_eq!(world.groups_of("bob@example.com").unwrap(), ["Team"]);
    }
}

/// Nobody can tell whether the row has created the group; that it is there is plain, and rows that
/// name it are sent.
#[test]
fn group_created_perhaps_is_missing_no_more() {
    let world = world();
    world.sandbox.faults().next_actions([None, Some(InjectedFault::CutAfter)]);
    let rows = "action,email,groups,group,if_exists\nadd,bob@example.com,Team,,\n\
                create-group,,,Team,error\nadd,bob@example.com,Team,,\n";
    let run = import(&world, rows);
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(
        (outcomes[0].as_str(), outcomes[2].as_str()),
        ("failed error.group.not_found", "ok"),
        "{run:?} {outcomes:?}"
    );
}
