//! Rows that alone get no answer of the API: a request that changes nothing shows whether it is
//! they, or everything.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxOptions};

const GATEWAY: [u16; 5] = [400, 403, 404, 406, 413];

fn world(people: &[&str]) -> World {
    let mut directory = Directory::default();
    for person in people {
        directory.add_user(&user(person, &[]));
    }
    World::new(directory, SandboxOptions::default())
}

fn import(world: &World, rows: &str) -> Run {
    let head = "action,email,firstname,lastname,country,new_email\n";
    world.import("a.csv", format!("{head}{rows}"), &["--max-attempts", "3", "--effect-window", "0"])
}

fn creates(count: usize) -> String {
    (0..count).map(|n| format!("create,u{n}@example.com,Ann,Lee,US,\n")).collect()
}

#[test]
fn only_row_that_a_gateway_refuses_fails() {
    for status in GATEWAY {
        let world = world(&[]);
        world.sandbox.faults().dislike("u0@example.com", status, "<html>blocked</html>");
        let run = import(&world, &creates(1));
        assert_eq!(
            (run.status, world.outcomes("a.results.csv")),
            (1, vec![format!("failed http.{status}")]),
            "{run:?}"
        );
        assert_eq!(
            world.action_requests(),
            5,
            "twice the row, once the control request; the same once more, for the gateway may \
             have refused everything before"
        );
    }
}

/// Nothing of the file ever reaches the API.
#[test]
fn file_of_rows_that_a_gateway_refuses_fails_to_its_end() {
    let world = world(&[]);
    (0..12).for_each(|n| {
        world.sandbox.faults().dislike(&format!("u{n}@example.com"), 403, "<html>blocked</html>");
    });
    let run = import(&world, &creates(12));
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (1, vec!["failed http.403".to_owned(); 12]),
        "{run:?}"
    );
}

#[test]
fn only_row_behind_a_refusing_gateway_is_not_sent() {
    let world = world(&[]);
    let page = InjectedFault::Answer {
        status: 403,
        headers: Vec::new(),
        body: "<html>Forbidden</html>".to_owned(),
    };
    world.sandbox.faults().next_actions(std::iter::repeat_n(Some(page), 3));
    let run = import(&world, &creates(1));
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (2, vec!["not_sent".to_owned()]),
        "{run:?}"
    );
    assert!(run.stdout.contains("refuses every request"), "{}", run.stdout);
    let again = world.umbulk(&["import", "a.csv"]);
    assert_eq!(
        (again.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{again:?}"
    );
}

#[test]
fn rename_that_alone_breaks_the_server_fails_by_probe() {
    let world = world(&["ann@example.com"]);
    world.sandbox.faults().dislike("ann@example.com", 500, "");
    let run = import(&world, "update,ann@example.com,,,,lee@example.com\n");
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (1, vec!["failed error.no_answer".to_owned()]),
        "{run:?}"
    );
    assert!(world.groups_of("ann@example.com").is_some());
}

/// An outage is no reason for the only row to fail: the same command continues.
#[test]
fn only_row_during_an_outage_is_left_for_the_next_start() {
    let world = world(&["ann@example.com"]);
    let broken = InjectedFault::Answer { status: 503, headers: Vec::new(), body: String::new() };
    world.sandbox.faults().next_actions(std::iter::repeat_n(Some(broken), 6));
    let run = import(&world, "update,ann@example.com,,,,lee@example.com\n");
    assert_eq!(run.status, 3, "{run:?}");
    let again = world.umbulk(&["import", "a.csv", "--max-attempts", "3", "--effect-window", "0"]);
    assert_eq!(
        (again.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{again:?}"
    );
    assert!(world.groups_of("lee@example.com").is_some());
}

/// The code says that nothing was done; the effect is there all the same.
#[test]
fn rename_done_beside_a_code_that_denies_it_is_ok() {
    for code in ["error.throttled_by_external_service", "error.api.not_available"] {
        let world = world(&["ann@example.com"]);
        let error = format!(r#"{{"index":0,"step":0,"errorCode":"{code}","message":"later"}}"#);
        let body =
            format!(r#"{{"result":"error","completed":0,"notCompleted":1,"errors":[{error}]}}"#);
        let answer = Box::new(InjectedFault::Answer { status: 200, headers: Vec::new(), body });
        world.sandbox.faults().next_actions([Some(InjectedFault::LateWith {
            answer,
            after: std::time::Duration::ZERO,
        })]);
        let run = import(&world, "update,ann@example.com,,,,lee@example.com\n");
        assert_eq!(
            (run.status, world.statuses("a.results.csv")),
            (0, vec!["ok".to_owned()]),
            "{code}: {run:?}"
        );
        assert!(world.groups_of("lee@example.com").is_some());
    }
}

#[test]
fn http_400_for_an_internal_error_is_tried_again() {
    let world = world(&["ann@example.com"]);
    let body = r#"{"result":"error.internal.timeout","message":"later"}"#.to_owned();
    let answer = Box::new(InjectedFault::Answer { status: 400, headers: Vec::new(), body });
    world
        .sandbox
        .faults()
        .next_actions([Some(InjectedFault::LateWith { answer, after: std::time::Duration::ZERO })]);
    let run = import(&world, "update,ann@example.com,,,,lee@example.com\n");
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
}
