//! Requests without a proper answer: what became of them is proven before an outcome is written,
//! and nothing collides with what the service may still do.

use crate::pauses_of_earlier_starts::forget_pause;
use crate::world::{Run, World, user};
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country,groups,new_email,if_exists\n";

fn world(people: &[&str], groups: &[&str]) -> World {
    let mut directory = Directory::default();
    for group in groups {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    for person in people {
        directory.add_user(&user(person, &[]));
    }
    World::new(directory, SandboxOptions::default())
}

fn late(status: u16, millis: u64) -> Option<InjectedFault> {
    Some(InjectedFault::Late { status, after: Duration::from_millis(millis) })
}

fn said(status: u16, headers: &[(&str, &str)], body: &str) -> InjectedFault {
    let headers =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    InjectedFault::Answer { status, headers, body: body.to_owned() }
}

/// Everything is carried out, and this is answered.
fn done_but(status: u16, headers: &[(&str, &str)], body: &str) -> Option<InjectedFault> {
    Some(InjectedFault::DoneWith(Box::new(said(status, headers, body))))
}

fn import(world: &World, rows: &str, more: &[&str]) -> Run {
    world.import("a.csv", format!("{HEAD}{rows}"), more)
}

/// Waits until everything that was to be carried out late has been.
pub(crate) fn pass(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::thread::yield_now();
    }
}

#[test]
fn create_after_late_delete_leaves_person_there() {
    for status in [504, 0, 502] {
        let world = world(&["ann@example.com"], &[]);
        world.sandbox.faults().next_actions([late(status, 600)]);
        let rows = "delete,ann@example.com,,,,,,\ncreate,ann@example.com,Ann,Lee,US,,,\n\
                    create,bob@example.com,Bob,Ray,US,,,\n";
        let run = import(&world, rows, &["--effect-window", "1s"]);
        assert_eq!(run.status, 0, "{status}: {run:?}");
        pass(Duration::from_millis(300));
        assert!(
            world.groups_of("ann@example.com").is_some(),
            "{status}: both rows are ok, so she is there"
        );
        // Who cannot collide is not held up.
        let rows = world.rows("a.results.csv");
        assert!(rows[2]["umbulk_finished_at"] < rows[1]["umbulk_finished_at"], "{rows:?}");
    }
}

#[test]
fn create_in_a_later_file_waits_for_late_delete() {
    let world = world(&["ann@example.com"], &[]);
    world.sandbox.faults().next_actions([late(504, 600)]);
    world.write("a.csv", format!("{HEAD}delete,ann@example.com,,,,,,\n"));
    world.write("b.csv", format!("{HEAD}create,ann@example.com,Ann,Lee,US,,,\n"));
    let run = world.umbulk(&["import", "a.csv", "b.csv", "--effect-window", "1s"]);
    assert_eq!(run.status, 0, "{run:?}");
    pass(Duration::from_millis(300));
    assert!(world.groups_of("ann@example.com").is_some());
}

#[test]
fn late_rename_is_ok_and_not_sent_twice() {
    let world = world(&["old@example.com"], &["A"]);
    world.sandbox.faults().next_actions([late(504, 400)]);
    let run = import(
        &world,
        "update,old@example.com,,,,A,new@example.com,\n",
        &["--effect-window", "1s"],
    );
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("new@example.com").unwrap(), ["A"]);
    assert_eq!(world.action_requests(), 2, "the rename once, and the group");
}

#[test]
fn repeat_refused_because_of_late_effect_is_ok() {
    // Trusting the first probe, the rename is sent again just before the first sending is carried
    // out.
    let world = world(&["old@example.com"], &[]);
    world.sandbox.faults().next_actions([
        late(504, 150),
        late(504, 0),
        Some(InjectedFault::Delay(Duration::from_millis(400))),
    ]);
    let run = import(
        &world,
        "update,old@example.com,,,,,new@example.com,\n",
        &["--effect-window", "0", "--retry-wait", "20ms"],
    );
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    pass(Duration::from_millis(300));
    assert!(
        world.groups_of("new@example.com").is_some()
            && world.groups_of("old@example.com").is_none()
    );
}

#[test]
fn late_strict_create_is_proven_by_absence_before() {
    let world = world(&[], &[]);
    world.sandbox.faults().next_actions([late(504, 400)]);
    let run =
        import(&world, "create,ann@example.com,Ann,Lee,US,,,error\n", &["--effect-window", "1s"]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    assert_eq!(world.action_requests(), 1);
}

#[test]
fn killed_run_still_waits_for_late_delete() {
    let world = world(&["ann@example.com"], &[]);
    world
        .sandbox
        .faults()
        .next_actions([late(504, 900), Some(InjectedFault::Delay(Duration::from_millis(200)))]);
    world.write(
        "a.csv",
        format!("{HEAD}delete,ann@example.com,,,,,,\ncreate,ann@example.com,Ann,Lee,US,,,\n"),
    );
    let mut child =
        world.command(&["import", "a.csv", "--effect-window", "1200ms"]).spawn().unwrap();
    while world.action_requests() < 2 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let run = world.umbulk(&["import", "a.csv", "--effect-window", "1200ms"]);
    assert_eq!(run.status, 0, "{run:?}");
    pass(Duration::from_millis(300));
    assert!(world.groups_of("ann@example.com").is_some());
}

#[test]
fn rename_to_somebody_elses_name_is_never_ok() {
    // Nobody goes by the old name, and somebody else has the new one: that is no proof of a rename.
    for fault in [InjectedFault::CutBefore, InjectedFault::CutAfter, InjectedFault::DoneBut(504)] {
        let world = world(&["bob@example.com"], &[]);
        world.sandbox.faults().next_actions([Some(fault.clone())]);
        let run = import(&world, "update,ghost@example.com,,,,,bob@example.com,\n", &[]);
        let status = &world.statuses("a.results.csv")[0];
        assert!(
            run.status == 1 && (status == "failed" || status == "unknown"),
            "{fault:?}: {run:?}"
        );
    }
}

#[test]
fn contradictory_answers_leave_true_outcomes() {
    let bodies = [
        "{}",
        r#"{"result":"error"}"#,
        r#"{"result":"partial","completed":0,"notCompleted":1}"#,
        r#"{"result":"success","completed":0,"notCompleted":0}"#,
        r#"{"result":"error","completed":0,"notCompleted":1,"errors":[{"index":17,"errorCode":"error.user.not_found"}]}"#,
        r#"{"result":"partial","completed":1,"notCompleted":1,"errors":[{"errorCode":"error.x"},{"errorCode":"error.y"}]}"#,
        r#"{"result":"success","completed":0,"notCompleted":0,"completedInTestMode":1}"#,
        r#"{"result":"error","completed":0,"notCompleted":1,"errors":[{"index":0,"user":"eve@example.com","errorCode":"error.x"}]}"#,
        r#"{"result":"error","completed":1,"notCompleted":0,"errors":[{"index":0,"errorCode":"error.user.not_found"}]}"#,
    ];
    for body in bodies {
        let world = world(&["old@example.com"], &["A"]);
        world.sandbox.faults().next_actions([done_but(200, &[], body)]);
        let run = import(&world, "update,old@example.com,,,,,new@example.com,\n", &[]);
        assert_eq!(
            (run.status, world.statuses("a.results.csv")),
            (0, vec!["ok".to_owned()]),
            "{body}: {run:?}"
        );

        let world = self::world(&[], &["A"]);
        world.sandbox.faults().next_actions([done_but(200, &[], body)]);
        import(&world, "create,ann@example.com,Ann,Lee,US,,,error\n", &[]);
        assert_eq!(
            world.statuses("a.results.csv"),
            ["unknown"],
            "{body}: nobody can tell who made her"
        );
    }
}

#[test]
fn answer_of_another_request_confirms_nothing() {
    let world = world(&[], &[]);
    let good = r#"{"result":"success","completed":1,"notCompleted":0}"#;
    world.sandbox.faults().next_actions([Some(said(
        200,
        &[("x-request-id", "umbulk-other-1")],
        good,
    ))]);
    let run = import(&world, "create,ann@example.com,Ann,Lee,US,,,\n", &[]);
    assert_eq!((run.status, world.groups_of("ann@example.com").is_some()), (0, true), "{run:?}");
    assert_eq!(world.rows("a.results.csv")[0]["umbulk_attempts"], "2");
}

#[test]
fn rows_of_contradictory_answer_are_unknown_when_run_stops() {
    let world = world(&["old@example.com"], &[]);
    world.sandbox.faults().next_actions([
        done_but(200, &[], "{}"),
        Some(said(403, &[], r#"{"error_code":"error.organization.migrating"}"#)),
    ]);
    let rows = "create,bob@example.com,Bob,Ray,US,,,\ncreate,cy@example.com,Cy,Poe,US,,,\n";
    let run = import(&world, rows, &["--concurrency", "1"]);
    assert_eq!(run.status, 3, "{run:?}");
    let rows = world.rows("a.results.csv");
    assert!(
        rows.iter().all(|row| row["umbulk_status"] == "unknown" && row["umbulk_attempts"] != "0"),
        "{rows:?}"
    );
}

#[test]
fn gateways_404_is_no_proof_that_a_group_is_gone() {
    let page = "<html><body><h1>404 Not Found</h1></body></html>";
    let other = r#"{"error_code":"404013","message":"no such resource"}"#;
    let in_words = r#"{"result":"error","message":"error.group.not_found"}"#;
    for read in [
        said(404, &[], page),
        said(200, &[], "{}"),
        said(404, &[], "{}"),
        said(404, &[], ""),
        said(404, &[], other),
        said(404, &[], in_words),
        said(200, &[], r#"{"result":"success","users":null}"#),
    ] {
        let world = world(&[], &["A"]);
        world.sandbox.faults().next_actions([Some(InjectedFault::CutBefore)]);
        world.sandbox.faults().next_reads(std::iter::repeat_n(Some(read.clone()), 20));
        world.write("g.csv", "action,group\ndelete-group,A\n");
        world.umbulk(&["import", "g.csv", "--max-attempts", "3", "--allow-admins"]);
        assert_eq!(world.outcomes("g.results.csv"), ["unknown unknown.no_answer"], "{read:?}");
        assert!(world.sandbox.directory().group("A").is_some());
    }
}

#[test]
fn empty_200_is_no_proof_that_a_user_is_absent() {
    let world = world(&["ann@example.com"], &[]);
    world.sandbox.faults().next_reads(std::iter::repeat_n(Some(said(200, &[], "{}")), 20));
    import(
        &world,
        "delete,ann@example.com,,,,,,\n",
        &["--verify-deletes", "--max-attempts", "2", "--allow-admins"],
    );
    assert_eq!(world.outcomes("a.results.csv"), ["not_sent"]);
    assert!(world.groups_of("ann@example.com").is_some());
}

#[test]
fn update_of_existing_user_is_sent_when_create_says_so() {
    for code in ["error.user.already_in_org", "error.user.already_exists"] {
        let world = world(&["ann@example.com"], &["A"]);
        world.sandbox.faults().refuse_commands("ann@example.com", code, 1);
        let run = import(&world, "create,ann@example.com,Annie,Leeds,US,A,,update\n", &[]);
        assert_eq!(run.status, 0, "{run:?}");
        let directory = world.sandbox.directory();
        let ann = directory.user("ann@example.com").unwrap();
        assert_eq!((ann.firstname.as_str(), ann.lastname.as_str()), ("Annie", "Leeds"));
        assert!(ann.groups.contains("A"));
    }
}

#[test]
fn pause_too_long_after_an_applied_request_is_unknown() {
    let world = world(&[], &[]);
    world.sandbox.faults().next_actions([done_but(503, &[("retry-after", "99999")], "busy")]);
    let run = import(&world, "create,ann@example.com,Ann,Lee,US,,,\n", &["--max-wait", "30m"]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (3, vec!["unknown".to_owned()]),
        "{run:?}"
    );
    assert!(world.groups_of("ann@example.com").is_some());
    // The pause lasts.
    let again = world.umbulk(&["import", "a.csv"]);
    assert_eq!(
        (again.status, world.statuses("a.results.csv")),
        (3, vec!["unknown".to_owned()]),
        "{again:?}"
    );
    forget_pause(&world.path("a.00000000000000000000AAAAAdobeOrg.journal"));
    let again = world.umbulk(&["import", "a.csv"]);
    assert_eq!(
        (again.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{again:?}"
    );
}

#[test]
fn internal_error_after_the_effect_is_ok() {
    let world = world(&[], &["A"]);
    let body = r#"{"result":"error","completed":0,"notCompleted":1,"errors":[{"index":0,"step":0,"errorCode":"error.internal.create_failed","message":"oops"}]}"#;
    world.sandbox.faults().next_actions(std::iter::repeat_n(done_but(200, &[], body), 3));
    let run = import(&world, "create,ann@example.com,Ann,Lee,US,A,,\n", &["--max-attempts", "3"]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
}

#[test]
fn group_that_fails_does_not_take_the_others_with_it() {
    let world = world(&["old@example.com"], &["A", "B", "C"]);
    let rows = "create,ann@example.com,Ann,Lee,US,\"A,Nowhere,B\",,error\n\
                add,old@example.com,,,,\"Nowhere,C\",,\n";
    let run = import(&world, rows, &["--check-groups", "never"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["A", "B"]);
    assert_eq!(world.groups_of("old@example.com").unwrap(), ["C"]);
    let rows = world.rows("a.results.csv");
    assert_eq!(rows[0]["umbulk_code"], "error.group.not_found");
    assert!(
        rows[0]["umbulk_message"].contains("Nowhere")
            && rows[0]["umbulk_message"].contains("add `B`"),
        "{rows:?}"
    );
}

#[test]
fn message_that_holds_a_name_does_not_make_the_group_missing() {
    let world = world(&["ann@example.com", "bob@example.com"], &["A", "B"]);
    let body = r#"{"result":"error","completed":0,"notCompleted":1,"errors":[{"index":0,"step":0,"errorCode":"error.group.not_found","message":"one of A was not found"}]}"#;
    world.sandbox.faults().next_actions([Some(said(200, &[], body))]);
    let rows = "add,ann@example.com,,,,\"A,B\",,\nadd,bob@example.com,,,,A,,\n";
    import(&world, rows, &["--concurrency", "1", "--check-groups", "never"]);
    assert_eq!(world.groups_of("bob@example.com").unwrap(), ["A"]);
}

/// A firewall's page for every request that holds a word.
#[test]
fn row_that_a_gateway_refuses_fails_alone() {
    for status in [400, 403, 404, 406, 413, 414, 422, 431, 451] {
        let world = world(&[], &[]);
        world.sandbox.faults().dislike("u3@example.com", status, "<html>Request blocked</html>");
        let people: String =
            (0..20).map(|n| format!("create,u{n}@example.com,Ann,Lee,US,,,\n")).collect();
        let run = import(&world, &people, &[]);
        assert_eq!(run.status, 1, "{status}: {run:?}");
        let outcomes = world.outcomes("a.results.csv");
        assert_eq!(outcomes[3], format!("failed http.{status}"));
        assert_eq!(
            outcomes.iter().filter(|outcome| *outcome == "ok").count(),
            19,
            "{status}: {outcomes:?}"
        );
        // The row is sent once more after others got through, and a control request follows.
        assert!(world.action_requests() <= 2 + 10, "{status}: {}", world.action_requests());
    }
}

#[test]
fn gateway_that_refuses_every_request_stops_the_run() {
    let world = world(&[], &[]);
    world
        .sandbox
        .faults()
        .next_actions(std::iter::repeat_n(Some(said(403, &[], "<html>Forbidden</html>")), 200));
    let people: String =
        (0..100).map(|n| format!("create,u{n}@example.com,Ann,Lee,US,,,\n")).collect();
    let run = import(&world, &people, &[]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stdout.contains("HTTP 403"), "{}", run.stdout);
    assert_eq!(world.statuses("a.results.csv"), vec!["not_sent"; 100]);
    assert!(world.action_requests() <= 20, "{} requests", world.action_requests());
}

#[test]
fn command_that_always_breaks_the_server_fails_alone() {
    let world = world(&[], &[]);
    world.sandbox.faults().dislike("u3@example.com", 500, "");
    let people: String =
        (0..10).map(|n| format!("create,u{n}@example.com,Ann,Lee,US,,,\n")).collect();
    let run = import(&world, &people, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(outcomes[3], "failed error.no_answer", "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "ok").count(), 9, "{outcomes:?}");
}

#[test]
fn renames_fill_requests_though_people_are_asked_about() {
    let people: Vec<String> = (0..30).map(|n| format!("old{n}@example.com")).collect();
    let world = world(&people.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    let rows: String =
        (0..30).map(|n| format!("update,old{n}@example.com,,,,,new{n}@example.com,\n")).collect();
    let run = import(&world, &rows, &["--rate", "action=off,users=20/60s"]);
    assert_eq!((run.status, world.action_requests()), (0, 3), "{run:?}");
}

#[test]
fn error_that_names_no_command_refuses_nothing() {
    for place in [r#""message":"x""#, r#""index":-1"#, r#""index":"x""#, r#""index":0,"step":9"#] {
        let body = format!(
            r#"{{"result":"error","completed":0,"notCompleted":1,"errors":[{{{place},"errorCode":"error.user.nonexistent"}}]}}"#
        );
        let world = world(&["old@example.com"], &[]);
        world.sandbox.faults().next_actions([done_but(200, &[], &body)]);
        let run = import(&world, "update,old@example.com,,,,,new@example.com,\n", &[]);
        assert_eq!(
            (run.status, world.statuses("a.results.csv")),
            (0, vec!["ok".to_owned()]),
            "{place}: {run:?}"
        );
        // Where nothing was done, the server's words stand.
        let world = self::world(&["old@example.com"], &[]);
        world.sandbox.faults().next_actions([Some(said(200, &[], &body))]);
        import(&world, "update,old@example.com,,,,,new@example.com,\n", &[]);
        assert_eq!(world.outcomes("a.results.csv"), ["failed error.user.nonexistent"], "{place}");
    }
}

#[test]
fn probe_with_an_odd_answer_is_asked_again() {
    for read in [
        said(404, &[], "<html>"),
        said(403, &[], "<html>"),
        said(200, &[], "{}"),
        said(200, &[], r#"{"result":"success","user":null}"#),
        said(404, &[], r#"{"result":"error","message":"error.user.not_found"}"#),
    ] {
        let world = world(&["old@example.com"], &[]);
        world.sandbox.faults().next_actions([Some(InjectedFault::DoneBut(504))]);
        // The first question is who is renamed.
        world.sandbox.faults().next_reads([None, Some(read.clone())]);
        let run = import(&world, "update,old@example.com,,,,,new@example.com,\n", &[]);
        assert_eq!(
            (run.status, world.statuses("a.results.csv")),
            (0, vec!["ok".to_owned()]),
            "{read:?}: {run:?}"
        );
    }
}

#[test]
fn two_names_of_one_row_are_one_person() {
    // The commands of one request run in any order: the removal and the addition must not share
    // one.
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    let mut ann = user("a@x.com", &["G"]);
    ann.username = "ann".to_owned();
    directory.add_user(&ann);
    let world = World::new(directory, SandboxOptions::default());
    let rows =
        "action,email,username,domain,groups\nremove-all,,ann,x.com,\nadd,a@x.com,ann,x.com,G\n";
    let run = world.import("a.csv", rows, &["--yes"]);
    assert_eq!((run.status, world.action_requests()), (0, 2), "{run:?}");
    assert_eq!(world.groups_of("a@x.com").unwrap(), ["G"]);
}

#[test]
fn group_that_was_gone_before_a_late_deletion_is_made_after_it() {
    let world = world(&[], &["Team"]);
    world.sandbox.faults().next_actions([None, late(504, 600)]);
    let rows = "action,group\ndelete-group,Team\ndelete-group,Team\ncreate-group,Team\n";
    let run = world.import("a.csv", rows, &["--effect-window", "1s", "--check-groups", "never"]);
    assert_eq!(world.statuses("a.results.csv")[2], "ok", "{run:?}");
    pass(Duration::from_millis(700));
    assert!(world.sandbox.with_directory(|directory| directory.group("Team").is_some()), "{run:?}");
}

#[test]
fn stranger_whose_deletion_comes_late_is_created_after_it() {
    let world = world(&[], &[]);
    world.sandbox.faults().next_actions([late(504, 600)]);
    let rows = "delete,ann@example.com,,,,,,\ncreate,ann@example.com,Ann,Lee,US,,,\n";
    let run = import(&world, rows, &["--effect-window", "1s"]);
    assert_eq!(world.statuses("a.results.csv")[1], "ok", "{run:?}");
    pass(Duration::from_millis(700));
    assert!(world.groups_of("ann@example.com").is_some(), "{run:?}");
}

/// A group that another row finds missing does not decide rows that the service may still carry
/// out: once it is created, they would come true.
#[test]
fn rows_that_may_come_late_are_not_settled_by_a_missing_group() {
    let people: Vec<String> = (0..11).map(|n| format!("u{n}@example.com")).collect();
    let world = world(&people.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    world.sandbox.faults().next_actions([late(504, 600)]);
    let adds: String = people.iter().map(|person| format!("add,{person},Team,\n")).collect();
    let rows = format!("action,email,groups,group\n{adds}create-group,,,Team\n");
    let more = [
        "--effect-window",
        "1s",
        "--check-groups",
        "never",
        "--concurrency",
        "1",
        "--retry-wait",
        "200ms",
        "--max-errors",
        "off",
    ];
    let run = world.import("a.csv", rows, &more);
    pass(Duration::from_millis(700));
    for (person, status) in people.iter().zip(world.statuses("a.results.csv")) {
        let is_member = !world.groups_of(person).unwrap().is_empty();
        assert_eq!((status.as_str(), is_member), ("failed", false), "{person}: {run:?}");
    }
    assert!(world.sandbox.with_directory(|directory| directory.group("Team").is_some()));
}
