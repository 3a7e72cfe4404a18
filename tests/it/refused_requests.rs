//! Requests that are refused as a whole in words that name no command: the row is found, and a
//! refusal of every request stops the run. What was refused before other requests got through is
//! tried once more.

use crate::world::{Run, World};
use umbulk::sandbox::{Directory, InjectedFault, SandboxOptions};

fn world() -> World {
    World::new(Directory::default(), SandboxOptions::default())
}

fn import(world: &World, rows: usize, more: &[&str]) -> Run {
    let rows: String = (0..rows).map(|n| format!("create,u{n}@example.com,Ann,Lee,US\n")).collect();
    world.import("a.csv", format!("action,email,firstname,lastname,country\n{rows}"), more)
}

fn answer(status: u16, body: &str) -> Option<InjectedFault> {
    Some(InjectedFault::Answer { status, headers: Vec::new(), body: body.to_owned() })
}

const CODES: [&str; 4] =
    ["error.user.invalid", "error.group.readonly", "plc.limit", "error.domain.trust.nonexistent"];

#[test]
fn row_whose_code_sinks_its_request_fails_alone() {
    for code in CODES {
        let world = world();
        world.sandbox.faults().poison("u4@example.com", code);
        let run = import(&world, 10, &[]);
        let mut expected = vec!["ok".to_owned(); 10];
        expected[4] = format!("failed {code}");
        assert_eq!((run.status, world.outcomes("a.results.csv")), (1, expected), "{run:?}");
        assert_eq!(world.sandbox.directory().users().count(), 9, "{code}");
        let requests = world.action_requests();
        assert!(requests <= 12, "{code}: {requests} requests");
    }
}

#[test]
fn only_row_with_such_a_code_fails_after_a_control_request() {
    for code in CODES {
        let world = world();
        world.sandbox.faults().poison("u0@example.com", code);
        let run = import(&world, 1, &[]);
        assert_eq!(
            (run.status, world.outcomes("a.results.csv")),
            (1, vec![format!("failed {code}")]),
            "{run:?}"
        );
    }
}

#[test]
fn code_that_every_request_gets_stops_the_run() {
    for code in CODES {
        let world = world();
        let body = format!(r#"{{"errorCode":"{code}","message":"no"}}"#);
        world.sandbox.faults().next_actions((0..40).map(|_| answer(400, &body)));
        let run = import(&world, 20, &[]);
        assert_eq!(
            (run.status, world.statuses("a.results.csv")),
            (2, vec!["not_sent".to_owned(); 20]),
            "{run:?}"
        );
        assert!(run.stdout.contains("the server refuses this run"), "{}", run.stdout);
        let requests = world.action_requests();
        assert!(requests <= 10, "{code}: {requests} requests");
    }
}

/// What speaks of the key, the token or the organization holds for every request.
#[test]
fn code_about_the_caller_stops_the_run_at_once() {
    for code in ["error.organization.invalid_id", "error.apikey.invalid", "error.authorization.x"] {
        for status in [400, 403] {
            let world = world();
            let body = format!(r#"{{"errorCode":"{code}","message":"no"}}"#);
            world.sandbox.faults().next_actions([answer(status, &body)]);
            let run = import(&world, 10, &[]);
            assert_eq!((run.status, world.action_requests()), (2, 1), "{status} {code}: {run:?}");
        }
    }
}

/// The gateway refuses every request for a time. Nothing is wrong with the rows.
#[test]
fn rows_refused_while_a_gateway_refused_everything_are_ok() {
    for rows in [1, 4, 12] {
        for refusals in 1..=9 {
            let world = world();
            world.sandbox.faults().next_actions((0..refusals).map(|_| answer(403, "<html>")));
            let mut run = import(&world, rows, &[]);
            // Where the control request is refused too, the run stops, and goes on later.
            while run.status > 1 {
                assert_eq!(world.outcomes("a.results.csv"), vec!["not_sent"; rows], "{run:?}");
                run = world.umbulk(&["import", "a.csv"]);
            }
            let outcomes = world.outcomes("a.results.csv");
            assert_eq!(outcomes, vec!["ok"; rows], "{rows} {refusals}: {run:?}");
        }
    }
}

#[test]
fn row_refused_before_and_after_others_got_through_fails() {
    let world = world();
    world.sandbox.faults().dislike("u4@example.com", 403, "<html>blocked</html>");
    let run = import(&world, 10, &[]);
    let mut expected = vec!["ok"; 10];
    expected[4] = "failed http.403";
    assert_eq!((run.status, world.outcomes("a.results.csv")), (1, to_owned(&expected)), "{run:?}");
}

fn to_owned(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}
