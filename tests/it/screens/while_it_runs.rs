//! What a run says while it lasts, when it stops and when it goes on.

use crate::world::{Run, World, run, user};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, InjectedFault, Limit, Limits, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country,groups\n";

fn people(count: usize) -> String {
    let rows = (0..count).map(|number| format!("create,u{number}@example.com,Ann,Lee,US,\n"));
    HEAD.to_owned() + &rows.collect::<String>()
}

fn answer(status: u16, headers: &[(&str, &str)]) -> Option<InjectedFault> {
    let headers =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Some(InjectedFault::Answer { status, headers, body: "{}".to_owned() })
}

fn started(world: &World, args: &[&str]) -> Child {
    world.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run {
        status: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

fn interrupt(child: &Child) {
    assert_eq!(run(Command::new("kill").args(["-INT", &child.id().to_string()])).status, 0);
}

#[expect(clippy::disallowed_methods, reason = "the program under test runs in real time")]
pub(crate) fn pass(time: Duration) {
    std::thread::sleep(time);
}

pub(crate) fn wait_for(what: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !what() {
        assert!(Instant::now() < until, "it does not happen");
        pass(Duration::from_millis(10));
    }
}

fn status(world: &World) -> serde_json::Value {
    let status = world.umbulk(&["status", "a.csv", "--json"]);
    serde_json::from_str::<serde_json::Value>(&status.stdout).unwrap()[0].clone()
}

#[test]
fn pause_is_named_while_it_lasts() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_actions([answer(429, &[("retry-after", "1")])]);
    let run = world.import("a.csv", people(10), &["--progress", "plain"]);
    assert_eq!(run.status, 0, "{run:?}");
    let line = run
        .stderr
        .lines()
        .find(|line| line.contains("the server asks for a pause until "))
        .unwrap_or_default();
    assert!(line.contains("(HTTP 429"), "{run:?}");
}

#[test]
fn gateway_error_is_named_with_the_time_of_the_next_try() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_actions([answer(504, &[]), answer(504, &[])]);
    let run = world.import("a.csv", people(10), &["--progress", "plain", "--retry-wait", "900ms"]);
    assert_eq!(run.status, 0, "{run:?}");
    let lines: Vec<&str> = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("the server answers HTTP 504; sent again at "))
        .collect();
    assert_eq!(lines.len(), 1, "one line for one trouble: {run:?}");
}

/// A rename that got no answer is asked about again when the service can no longer carry it out.
#[test]
fn wait_for_a_late_effect_is_named() {
    let mut directory = Directory::default();
    directory.add_user(&user("old@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    world.sandbox.faults().next_actions([answer(504, &[])]);
    let file = "action,email,new_email\nupdate,old@example.com,new@example.com\n";
    let run = world.import("a.csv", file, &["--progress", "plain", "--effect-window", "1s"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        run.stderr.contains(
            "an earlier request may still be carried out: rows that could \
         collide with it wait until "
        ),
        "{run:?}"
    );
}

#[test]
fn token_outage_is_named_before_anything_is_sent() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_tokens([503, 503]);
    let run = world.import("a.csv", people(10), &["--progress", "plain"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("the token service answers HTTP 503; next try "), "{run:?}");
    world.sandbox.faults().next_tokens([503, 503]);
    let quiet = world.import("b.csv", people(10), &["--progress", "none"]);
    assert!(quiet.status == 0 && !quiet.stderr.contains("token service"), "{quiet:?}");
}

/// A token that ends while rows are sent is replaced; until that is possible, the reason is named.
#[test]
fn token_outage_during_a_run_is_named_while_it_lasts() {
    let world = World::with_groups(&[]);
    world.write("a.csv", people(30));
    let delayed = Some(InjectedFault::Delay(Duration::from_millis(1_500)));
    world.sandbox.faults().next_actions([None, delayed]);
    let args = ["import", "a.csv", "--concurrency", "1", "--rate", "1000/100ms"];
    let child = started(&world, &[&args[..], &["--progress", "plain"]].concat());
    wait_for(|| status_text(&world).contains("requests      2 sent"));
    world.sandbox.faults().next_tokens([503, 503]);
    world.sandbox.expire_tokens();
    let run = ended(child);
    assert_eq!(run.status, 0, "{run:?}");
    let named = |line: &&str| line.starts_with("the token service answers HTTP 503; next try ");
    assert_eq!(run.stderr.lines().filter(named).count(), 1, "one line for one trouble: {run:?}");
    assert!(
        run.stderr.find("plan  ") < run.stderr.find("the token service answers"),
        "after the head: {run:?}"
    );
    assert_eq!(world.sandbox.directory().users().count(), 30);
}

/// The first line of a plain progress comes after five seconds.
#[test]
fn progress_says_with_what_rows_fail() {
    let world = World::with_groups(&[]);
    for number in 0..3 {
        world.sandbox.faults().refuse_commands(
            &format!("u{number}@example.com"),
            "error.user.belongs_to_another_org",
            9,
        );
    }
    world.sandbox.faults().refuse_commands("u3@example.com", "error.domain.trust.nonexistent", 9);
    world.write("a.csv", people(30));
    let delayed = Some(InjectedFault::Delay(Duration::from_millis(5_500)));
    world.sandbox.faults().next_actions([None, delayed]);
    let args = ["import", "a.csv", "--concurrency", "1", "--rate", "1000/100ms"];
    let run = world.umbulk(&[&args[..], &["--progress", "plain"]].concat());
    assert_eq!(run.status, 1, "{run:?}");
    let line = run.stderr.lines().find(|line| line.contains(" of 30 rows: ")).unwrap_or_default();
    assert!(
        line.starts_with(
            "10 of 30 rows: 6 ok, 4 failed (3 error.user.belongs_to_another_org); 2 requests sent"
        ),
        "{line}\n{run:?}"
    );
}

#[test]
fn export_names_what_holds_it_up() {
    let world = World::with_groups(&["Design"]);
    world.sandbox.faults().next_tokens([503, 503]);
    let run = world.umbulk(&["export", "groups", "--progress", "plain"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("the token service answers HTTP 503; next try "), "{run:?}");
}

/// An organization that answers slowly, and a run of 60 rows that was interrupted after 20 of them.
fn interrupted(more: &[&str]) -> (World, Run) {
    let limits = Limits {
        action: Some(Limit { requests: 10, window: Duration::from_secs(60) }),
        ..Limits::default()
    };
    let world = World::new(
        Directory::default(),
        SandboxOptions { latency: Duration::from_millis(150), limits, ..SandboxOptions::default() },
    );
    world.write("a.csv", people(60) + "create,no address,A,B,US,\n");
    let args = ["import", "a.csv", "--concurrency", "1", "--rate", "10/60s"];
    let child = started(&world, &[&args[..], more].concat());
    wait_for(|| world.action_requests() == 2);
    interrupt(&child);
    (world, ended(child))
}

#[test]
fn stopped_run_says_what_is_left_and_when_it_would_end() {
    let (world, first) = interrupted(&[]);
    assert_eq!(first.status, 3, "{first:?}");
    assert!(
        first.stdout.contains(
            "Left:     40 rows in about 4 requests. Started now, the same command ends at about "
        ),
        "{first:?}"
    );
    assert!(first.stdout.contains("2  requests sent\n"), "{first:?}");
    let json = status(&world);
    assert_eq!(
        (&json["state"], &json["left"], &json["requests"], &json["requests_left"]),
        (&"interrupted".into(), &40.into(), &2.into(), &4.into())
    );
    assert_eq!((&json["statuses"]["ok"], &json["statuses"]["invalid"]), (&20.into(), &1.into()));
}

#[test]
fn resumed_run_speaks_of_what_is_left() {
    let (world, _) = interrupted(&[]);
    let second = world.umbulk(&["import", "a.csv", "--concurrency", "1", "--rate", "10/60s"]);
    assert_eq!(second.status, 1, "{second:?}");
    assert!(second.stderr.contains(": 20 rows done, 40 left\n"), "{second:?}");
    assert!(
        second.stderr.contains("plan          40 commands in 4 requests, a few seconds at 10/60s"),
        "{second:?}"
    );
    assert!(second.stdout.contains("6  requests sent, 4 of them now\n"), "{second:?}");
    assert_eq!(status(&world)["requests"], 6);
    assert_eq!(world.action_requests(), 6);
    let third = world.umbulk(&["import", "a.csv", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&third.stdout).unwrap();
    assert_eq!((&json["requests"], &json["requests_in_run"]), (&0.into(), &6.into()));
    assert!(
        third.stderr.contains("nothing is sent") && !third.stderr.contains("expected end"),
        "{third:?}"
    );
}

/// The window that an earlier part of the run has used up is waited for, and the head says so.
#[test]
fn expected_end_includes_the_window_that_is_used_up() {
    let world = World::with_groups(&[]);
    let first = world.import("b.csv", people(100), &["--rate", "10/60s"]);
    assert_eq!(first.status, 0, "{first:?}");
    world.write("a.csv", people(10));
    let child = started(&world, &["import", "a.csv", "--rate", "10/60s"]);
    wait_for(|| status_text(&world).contains("running"));
    // The head comes a moment after the journal.
    pass(Duration::from_millis(500));
    interrupt(&child);
    let second = ended(child);
    assert!(
        second.stderr.contains("10 commands in 1 request, about ")
            && !second.stderr.contains("a few seconds"),
        "{second:?}"
    );
}

fn status_text(world: &World) -> String {
    world.umbulk(&["status", "a.csv"]).stdout
}

#[test]
fn uncertain_rows_are_said_until_they_are_settled() {
    let world = World::with_groups(&[]);
    world.write("a.csv", people(30));
    world.sandbox.faults().next_actions([None, Some(InjectedFault::Delay(Duration::from_secs(5)))]);
    let child = started(&world, &["import", "a.csv", "--concurrency", "1", "--rate", "1000/100ms"]);
    wait_for(|| status_text(&world).contains("requests      2 sent"));
    let running = status(&world);
    assert_eq!(
        (&running["state"], &running["in_flight"], &running["uncertain"]),
        (&"running".into(), &10.into(), &0.into())
    );
    interrupt(&child);
    pass(Duration::from_millis(300));
    interrupt(&child);
    let first = ended(child);
    assert_eq!(first.status, 3, "{first:?}");
    assert!(
        first.stdout.contains("Left:     20 rows")
            && first.stdout.contains("Uncertain: 10 rows were sent and got no response"),
        "{first:?}"
    );
    let stopped = status(&world);
    assert_eq!(
        (&stopped["in_flight"], &stopped["uncertain"], &stopped["requests"]),
        (&0.into(), &10.into(), &2.into()),
        "{stopped}"
    );
    let text = status_text(&world);
    assert!(
        text.contains("uncertain     10 rows were sent") && !text.contains("in flight"),
        "{text}"
    );
    let second = world.umbulk(&["import", "a.csv", "--concurrency", "1", "--rate", "1000/100ms"]);
    assert_eq!(second.status, 0, "{second:?}");
    assert!(
        second.stderr.contains("uncertain     10 rows were sent and got no response"),
        "{second:?}"
    );
}

#[test]
fn status_counts_unchanged_and_invalid_rows_as_outcomes() {
    let world = World::with_groups(&["Design"]);
    assert_eq!(world.import("b.csv", people(3), &[]).status, 0);
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    world.write("a.csv", people(5) + "create,no address,A,B,US,\n");
    let run = world.umbulk(&["import", "a.csv", "--skip-unchanged", "--against", "users.csv"]);
    assert_eq!(run.status, 1, "{run:?}");
    let text = status_text(&world);
    assert!(
        text.contains("rows          6 of 6 have an outcome: 2 ok, 3 unchanged, 1 invalid\n"),
        "{text}"
    );
    assert!(text.contains("requests      1 sent\n"), "{text}");
}

#[test]
fn retries_count_as_requests_sent_everywhere() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_actions([
        answer(429, &[("retry-after", "0")]),
        answer(504, &[]),
        None,
    ]);
    let run = world.import("a.csv", people(20), &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let sent = world.action_requests();
    assert_eq!(
        (&json["requests"], &json["requests_in_run"], &status(&world)["requests"]),
        (&sent.into(), &sent.into(), &sent.into())
    );
}
