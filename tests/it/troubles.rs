//! A server that is throttled, slow, broken or forgetful: every row still ends with the truth.

use crate::world::{World, run, user};
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, Limit, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country,groups,new_email,if_exists\n";

fn people(count: usize) -> String {
    let mut file = HEAD.to_owned();
    for number in 0..count {
        file += &format!("create,u{number}@example.com,Ann,Lee,US,,,\n");
    }
    file
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Option<InjectedFault> {
    let headers =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Some(InjectedFault::Answer { status, headers, body: body.to_owned() })
}

fn all_ok(world: &World, file: &str, rows: usize) {
    let statuses = world.statuses(file);
    assert_eq!(statuses.len(), rows);
    assert!(
        statuses.iter().all(|status| status == "ok"),
        "{:?}",
        world.rows(file).iter().find(|row| row["umbulk_status"] != "ok")
    );
}

#[test]
fn gateway_errors_and_cut_connections_cost_time_and_no_row() {
    let world = World::with_groups(&[]);
    let html = "<html><body>Bad gateway</body></html>";
    world.sandbox.faults().next_actions([
        answer(502, &[], html),
        Some(InjectedFault::CutBefore),
        Some(InjectedFault::CutAfter),
        answer(500, &[], ""),
        answer(200, &[], html),
        Some(InjectedFault::DoneBut(504)),
        answer(429, &[("retry-after", "0")], "{}"),
        answer(503, &[("retry-after", "0")], ""),
    ]);
    let run = world.import("a.csv", people(60), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    all_ok(&world, "a.results.csv", 60);
    assert_eq!(world.sandbox.directory().users().count(), 60);
}

#[test]
fn a_pause_is_kept_by_everybody_and_is_no_attempt() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_actions((0..8).map(|_| answer(429, &[("retry-after", "0")], "{}")));
    let run = world.import("a.csv", people(10), &["--max-attempts", "2", "--json"]);
    assert_eq!(run.status, 0, "{run:?}");
    let summary: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&summary["throttled"], &summary["requests"]), (&8.into(), &9.into()));
    assert!(world.rows("a.results.csv").iter().all(|row| row["umbulk_attempts"] == "1"));
}

#[test]
fn a_pause_longer_than_allowed_stops_the_run() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_actions([None, answer(429, &[("retry-after", "3244")], "{}")]);
    let run = world.import("a.csv", people(30), &["--max-wait", "30m", "--concurrency", "1"]);
    assert_eq!(run.status, 3, "{run:?}");
    assert!(run.stdout.contains("3244 s") && run.stdout.contains("--max-wait"), "{}", run.stdout);
    let statuses = world.statuses("a.results.csv");
    assert_eq!(statuses.iter().filter(|status| *status == "ok").count(), 10);
    assert_eq!(statuses.iter().filter(|status| *status == "not_sent").count(), 20);
}

#[test]
fn an_expired_token_is_replaced_once_for_everybody() {
    let world = World::new(
        Directory::default(),
        SandboxOptions { token_life: Duration::from_secs(3600), ..SandboxOptions::default() },
    );
    world.sandbox.faults().next_actions([answer(401, &[], "{\"error_code\":\"401013\"}")]);
    let run = world.import("a.csv", people(100), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    all_ok(&world, "a.results.csv", 100);
    assert_eq!(
        world.sandbox.traffic().iter().filter(|received| received.class == "token").count(),
        2
    );
}

#[test]
fn one_bad_command_does_not_sink_the_request_of_the_others() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().poison("u7@example.com", "error.command.string.too_long");
    let run = world.import("a.csv", people(20), &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(outcomes[7], "failed error.command.string.too_long");
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "ok").count(), 19);
    assert_eq!(world.sandbox.directory().users().count(), 19);
}

#[test]
fn a_bad_row_among_rows_merged_with_it_is_found() {
    let world = World::with_groups(&["A", "B"]);
    world.sandbox.faults().poison("ann@example.com", "error.command.malformed");
    let file = format!(
        "{HEAD}add,ann@example.com,,,,A,,\nadd,ann@example.com,,,,B,,\n\
         create,bob@example.com,B,B,US,,,\n"
    );
    assert_eq!(world.import("a.csv", file, &[]).status, 1);
    assert_eq!(
        world.outcomes("a.results.csv"),
        ["failed error.command.malformed", "failed error.command.malformed", "ok"]
    );
}

#[test]
fn other_refusals_of_a_whole_request_stop_the_run() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_actions([
        None,
        answer(400, &[], "{\"error_code\":\"error.apikey.invalid\",\"message\":\"expired\"}"),
    ]);
    let run = world.import("a.csv", people(50), &["--concurrency", "1"]);
    assert_eq!(run.status, 3, "{run:?}");
    let statuses = world.statuses("a.results.csv");
    assert_eq!(statuses.iter().filter(|status| *status == "ok").count(), 10);
    assert_eq!(statuses.iter().filter(|status| *status == "not_sent").count(), 40);
}

#[test]
fn commands_failing_for_server_reasons_are_retried_then_fail() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().refuse_commands(
        "u3@example.com",
        "error.throttled_by_external_service",
        2,
    );
    world.sandbox.faults().refuse_commands("u5@example.com", "error.internal.create_failed", 100);
    let run = world.import("a.csv", people(10), &["--max-attempts", "4"]);
    assert_eq!(run.status, 1, "{run:?}");
    let rows = world.rows("a.results.csv");
    assert_eq!(
        (rows[3]["umbulk_status"].as_str(), rows[3]["umbulk_attempts"].as_str()),
        ("ok", "3")
    );
    assert_eq!(
        (rows[5]["umbulk_status"].as_str(), rows[5]["umbulk_attempts"].as_str()),
        ("failed", "4")
    );
    assert_eq!(rows[5]["umbulk_code"], "error.internal.create_failed");
    assert!(rows[5]["umbulk_message"].contains("4 attempts"), "{}", rows[5]["umbulk_message"]);
}

#[test]
fn a_rename_without_an_answer_is_settled_by_a_look() {
    for fault in [InjectedFault::CutAfter, InjectedFault::CutBefore, InjectedFault::DoneBut(504)] {
        let mut directory = Directory::default();
        directory.add_user(&user("old@example.com", &[]));
        directory.add_group(&SandboxGroup::user_group("A"));
        let world = World::new(directory, SandboxOptions::default());
        world.sandbox.faults().next_actions([Some(fault.clone())]);
        let run = world.import(
            "a.csv",
            format!("{HEAD}update,old@example.com,,,,A,new@example.com,\n"),
            &[],
        );
        assert_eq!(run.status, 0, "{fault:?}: {run:?}");
        assert_eq!(world.groups_of("new@example.com").unwrap(), ["A"]);
        assert_eq!(world.groups_of("old@example.com"), None);
    }
}

#[test]
fn strict_create_of_an_existing_user_is_unknown() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_actions([Some(InjectedFault::CutAfter)]);
    let run =
        world.import("a.csv", format!("{HEAD}create,ann@example.com,Ann,Lee,US,,,error\n"), &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let row = &world.rows("a.results.csv")[0];
    assert_eq!(
        (row["umbulk_status"].as_str(), row["umbulk_code"].as_str()),
        ("unknown", "unknown.no_answer")
    );
    assert!(row["umbulk_message"].contains("ann@example.com"), "{}", row["umbulk_message"]);
    // Where the request never arrived, a look shows that it is safe to send it again.
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_actions([Some(InjectedFault::CutBefore)]);
    assert_eq!(
        world
            .import("a.csv", format!("{HEAD}create,ann@example.com,Ann,Lee,US,,,error\n"), &[])
            .status,
        0
    );
}

#[test]
fn an_outage_stops_the_run_and_says_how_to_go_on() {
    let world = World::with_groups(&[]);
    world
        .sandbox
        .faults()
        .next_actions((0..200).map(|number| if number < 2 { None } else { answer(503, &[], "") }));
    let run = world.import("a.csv", people(100), &["--max-attempts", "3", "--concurrency", "1"]);
    assert_eq!(run.status, 3, "{run:?}");
    let statuses = world.statuses("a.results.csv");
    assert_eq!(statuses.len(), 100);
    assert_eq!(statuses.iter().filter(|status| *status == "ok").count(), 20);
    assert!(
        statuses.iter().all(|status| ["ok", "unknown", "not_sent"].contains(&status.as_str())),
        "{statuses:?}"
    );
    assert!(
        run.stdout.contains("gives no usable response")
            && run.stdout.contains("To continue: umbulk import a.csv"),
        "{}",
        run.stdout
    );
}

#[test]
fn response_slower_than_the_timeout_is_none() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_actions([Some(InjectedFault::Delay(Duration::from_millis(1500)))]);
    let run = world.import("a.csv", people(1), &["--timeout", "400ms"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.rows("a.results.csv")[0]["umbulk_attempts"], "2");
}

#[test]
fn string_numbers_and_retry_after_dates_are_read() {
    let limits = umbulk::sandbox::Limits {
        action: Some(Limit { requests: 2, window: Duration::from_millis(400) }),
        ..Default::default()
    };
    let options = SandboxOptions {
        numbers_as_strings: true,
        retry_after_date: true,
        limits,
        ..SandboxOptions::default()
    };
    let mut directory = Directory::default();
    directory.add_user(&user("u0@example.com", &[]));
    let world = World::new(directory, options);
    let file = people(40)
        .replace("create,u0@example.com,Ann,Lee,US,,,", "create,u0@example.com,Ann,Lee,US,,,error");
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(outcomes[0], "failed error.user.already_in_org");
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "ok").count(), 39);
}

#[test]
fn create_refused_as_existing_is_finished() {
    let mut directory = Directory::default();
    directory.add_user(&user("u0@example.com", &[]));
    directory.add_group(&SandboxGroup::user_group("A"));
    let world = World::new(directory, SandboxOptions::default());
    world.sandbox.faults().refuse_commands("u0@example.com", "error.user.already_in_org", 1);
    let run = world.import("a.csv", format!("{HEAD}create,u0@example.com,Ann,Lee,US,A,,\n"), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("u0@example.com").unwrap(), ["A"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_ends_with_an_outcome_on_every_row() {
    let world = World::new(
        Directory::default(),
        SandboxOptions { latency: Duration::from_millis(100), ..SandboxOptions::default() },
    );
    world.write("a.csv", people(2000));
    let mut child = world
        .command(&["import", "a.csv"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while world.action_requests() < 4 {
        std::thread::yield_now();
    }
    let status =
        run(std::process::Command::new("kill").args(["-INT", &child.id().to_string()])).status;
    assert_eq!(status, 0);
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let statuses = world.statuses("a.results.csv");
    let done = statuses.iter().filter(|status| *status == "ok").count();
    assert_eq!(statuses.len(), 2000);
    assert!(
        done > 0
            && done < 2000
            && statuses.iter().all(|status| status == "ok" || status == "not_sent"),
        "{done}"
    );
    assert_eq!(world.sandbox.directory().users().count(), done);
}

#[test]
fn login_page_instead_of_the_api_stops_the_run() {
    let world = World::with_groups(&[]);
    world
        .sandbox
        .faults()
        .next_actions((0..100).map(|_| answer(200, &[], "<html><title>Sign in</title></html>")));
    let run = world.import("a.csv", people(20), &[]);
    assert_eq!(run.status, 3, "{run:?}");
    assert!(run.stdout.contains("HTML page instead of"), "{}", run.stdout);
    assert_eq!(world.statuses("a.results.csv"), vec!["unknown"; 20]);
}

#[test]
fn an_api_that_cannot_be_reached_leaves_everything_unsent() {
    let world = World::with_groups(&[]);
    world.write("a.csv", people(20));
    let run = run(world
        .command(&["import", "a.csv"])
        .env("UMAPI_URL", "http://127.0.0.1:1/v2/usermanagement"));
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stdout.contains("no connection"), "{}", run.stdout);
    assert_eq!(world.statuses("a.results.csv"), vec!["not_sent"; 20]);
}

#[test]
fn rows_that_wait_for_a_repeat_when_the_run_stops_are_unknown() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_actions([
        None,
        Some(InjectedFault::CutAfter),
        answer(403, &[], "{\"error_code\":\"error.organization.migrating\"}"),
    ]);
    let run = world.import("a.csv", people(40), &["--concurrency", "1", "--retry-wait", "10m"]);
    assert_eq!(run.status, 3, "{run:?}");
    let statuses = world.statuses("a.results.csv");
    assert_eq!(
        (&statuses[..10], &statuses[10..20], &statuses[20..]),
        (
            &vec!["ok".to_owned(); 10][..],
            &vec!["unknown".to_owned(); 10][..],
            &vec!["not_sent".to_owned(); 20][..]
        )
    );
}

#[test]
fn a_look_before_a_deletion_is_no_attempt() {
    let mut directory = Directory::default();
    directory.add_user(&user("u0@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    world.import("a.csv", format!("{HEAD}delete,u0@example.com,,,,,,\n"), &["--verify-deletes"]);
    assert_eq!(world.rows("a.results.csv")[0]["umbulk_attempts"], "1");
}

#[test]
fn commands_without_response_are_repeated_together() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_actions([
        answer(502, &[], ""),
        Some(InjectedFault::CutAfter),
        answer(500, &[], ""),
    ]);
    let run = world.import("a.csv", people(100), &["--json", "--retry-wait", "50ms"]);
    let summary: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.status, &summary["requests"]), (0, &13.into()), "{run:?}");
}

#[test]
fn a_token_service_in_trouble_is_asked_again() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_tokens([503, 429]);
    let run = world.import(
        "a.csv",
        "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n",
        &[],
    );
    assert_eq!(run.status, 0, "{run:?}");
    world.sandbox.expire_tokens();
    world.sandbox.faults().next_tokens([503; 4]);
    let run =
        world.import("b.csv", "email,firstname,lastname,country\nbo@example.com,Bo,Ek,SE\n", &[]);
    assert!(
        run.status == 2 && run.stderr.contains("HTTP 503") && !run.stderr.contains("HTTPS_PROXY"),
        "{run:?}"
    );
}

#[test]
fn every_attempt_counts_also_at_the_start() {
    let world = World::with_groups(&[]);
    let busy =
        || Some(InjectedFault::Answer { status: 503, headers: Vec::new(), body: String::new() });
    world.sandbox.faults().next_actions(std::iter::repeat_with(busy).take(5));
    let run = world.import(
        "a.csv",
        "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n",
        &[],
    );
    assert_eq!(
        (run.status, world.rows("a.results.csv")[0]["umbulk_attempts"].as_str()),
        (0, "6"),
        "{run:?}"
    );
}

#[test]
fn unknown_row_names_attempts_and_last_request() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_actions((0..9).map(|_| Some(InjectedFault::DoneBut(502))));
    let run = world.import(
        "a.csv",
        "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n",
        &["--max-attempts", "2"],
    );
    let row = &world.rows("a.results.csv")[0];
    assert_eq!(
        (run.status, row["umbulk_status"].as_str(), row["umbulk_attempts"].as_str()),
        (3, "unknown", "2"),
        "{run:?}"
    );
    assert!(
        row["umbulk_request_id"].ends_with("-2") && row["umbulk_message"].contains("HTTP 502"),
        "{row:?}"
    );
}

#[test]
fn the_first_and_the_last_request_of_a_run_are_marked() {
    let world = World::with_groups(&[]);
    let people: String =
        (0..45).map(|number| format!("u{number}@example.com,First,Last,US\n")).collect();
    assert_eq!(
        world.import("a.csv", format!("email,firstname,lastname,country\n{people}"), &[]).status,
        0
    );
    let marks: Vec<_> = world
        .sandbox
        .traffic()
        .iter()
        .filter(|call| call.class == "action")
        .filter_map(|call| call.pragma.clone())
        .collect();
    assert_eq!(marks, ["umapi-sync-start", "umapi-sync-end"]);
}

#[test]
fn a_gateways_own_number_does_not_hide_the_documented_code() {
    let world = World::with_groups(&[]);
    let body =
        r#"{"error_code":"400000","result":"error.command.malformed","message":"no"}"#.to_owned();
    world.sandbox.faults().next_actions([Some(InjectedFault::Answer {
        status: 400,
        headers: Vec::new(),
        body,
    })]);
    let file =
        "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\nbo@example.com,Bo,Ek,SE\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned(); 2]),
        "{run:?}"
    );
}
