//! Answers that look like proof and are none: what they say of a row is asked about, or stays
//! uncertain.

use crate::world::{World, user};
use std::time::{Duration, Instant};
use umbulk::sandbox::{
    Directory, Identity, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser,
};

const HEAD: &str = "action,type,email,firstname,lastname,country,groups,new_email\n";
const GROUPS: &str = "action,group,new_name,users,remove_users,if_exists\n";

fn world(people: &[&str]) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    for person in people {
        directory.add_user(&user(person, &[]));
    }
    World::new(directory, SandboxOptions::default())
}

fn said(status: u16, body: &str) -> InjectedFault {
    InjectedFault::Answer { status, headers: Vec::new(), body: body.to_owned() }
}

/// Everything is carried out, and this is answered.
fn done_but(status: u16, body: &str) -> Option<InjectedFault> {
    Some(InjectedFault::DoneWith(Box::new(said(status, body))))
}

/// The first sending may still be carried out: who is created after it waits.
#[test]
fn answers_that_name_no_command_have_an_effect_window() {
    for body in [
        "{}",
        r#"{"result":"error"}"#,
        r#"{"status":"accepted"}"#,
        r#"{"result":"partial","completed":5,"notCompleted":3}"#,
    ] {
        let world = world(&["ann@x.com"]);
        world.sandbox.faults().next_actions([Some(said(200, body))]);
        let rows = "delete,,ann@x.com,,,,,\ncreate,,ann@x.com,Ann,Lee,US,,\n\
                    create,,bob@x.com,Bob,Ray,US,,\n";
        let start = Instant::now();
        let run = world.import("a.csv", HEAD.to_owned() + rows, &["--effect-window", "600ms"]);
        assert_eq!(run.status, 0, "{body}: {run:?}");
        assert!(start.elapsed() >= Duration::from_millis(600), "{body}: the create came too early");
    }
}

#[test]
fn success_without_counts_confirms_nobody() {
    for body in [
        r#"{"result":"success","lastPage":true,"users":[]}"#,
        r#"{"result":"success","completed":1.5}"#,
    ] {
        let world = world(&[]);
        world.sandbox.faults().next_actions([Some(said(200, body))]);
        let run = world.import("a.csv", HEAD.to_owned() + "create,,ann@x.com,Ann,Lee,US,,\n", &[]);
        assert_eq!(run.status, 0, "{body}: {run:?}");
        assert!(world.groups_of("ann@x.com").is_some(), "{body}: the row is ok, so she is there");
    }
}

const CHANGED_NOBODY: &str = r#"{"result":"error","completed":0,"notCompleted":1,"errors":[{"index":0,"step":STEP,"errorCode":"error.usergroup.user_list.invalid"}]}"#;

#[test]
fn members_who_are_strangers_are_no_members() {
    let world = world(&["boss@x.com"]);
    world.sandbox.faults().next_actions([Some(said(200, &CHANGED_NOBODY.replace("STEP", "0")))]);
    let run = world.import(
        "a.csv",
        GROUPS.to_owned() + "update-group,G,,\"stranger@x.com,boss@x.com\",,\n",
        &[],
    );
    assert_eq!(
        world.outcomes("a.results.csv"),
        ["failed error.usergroup.user_list.invalid"],
        "{run:?}"
    );
}

#[test]
fn members_who_are_there_already_are_asked_about_and_fine() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    directory.add_user(&user("boss@x.com", &["G"]));
    let world = World::new(directory, SandboxOptions::default());
    world.sandbox.faults().next_actions([Some(said(200, &CHANGED_NOBODY.replace("STEP", "0")))]);
    let run = world.import("a.csv", GROUPS.to_owned() + "update-group,G,,boss@x.com,,\n", &[]);
    assert_eq!(world.outcomes("a.results.csv"), ["ok"], "{run:?}");
}

/// The group cannot be read, so nobody knows whether its members are as the row wants.
#[test]
fn members_who_cannot_be_asked_about_are_unknown() {
    let world = world(&["boss@x.com"]);
    world.sandbox.faults().next_actions([Some(said(200, &CHANGED_NOBODY.replace("STEP", "0")))]);
    world.sandbox.faults().next_reads((0..200).map(|_| Some(said(503, "{}"))));
    let run = world.import("a.csv", GROUPS.to_owned() + "update-group,G,,boss@x.com,,\n", &[]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (1, vec!["unknown unknown.answer".to_owned()]),
        "{run:?}"
    );
    let message = &world.rows("a.results.csv")[0]["umbulk_message"];
    assert!(
        message.starts_with("error.usergroup.user_list.invalid")
            && message.contains("umbulk could not ask whether the members are as the row wants")
            && message.contains("503")
            && message.ends_with("check the group in the Admin Console"),
        "{message}"
    );
    assert!(world.groups_of("boss@x.com").unwrap().is_empty(), "and so it is not ok");
}

/// A probe decides what contradictory answers leave open, also after the last attempt.
#[test]
fn row_that_only_gets_contradictory_answers_and_is_not_done_fails() {
    for body in ["{}", r#"{"result":"success","completed":0,"notCompleted":0}"#] {
        let world = world(&["old@x.com"]);
        world.sandbox.faults().next_actions((0..3).map(|_| Some(said(200, body))));
        let file = HEAD.to_owned() + "update,,old@x.com,,,,,new@x.com\n";
        let run = world.import("a.csv", file, &["--max-attempts", "3"]);
        let row = &world.rows("a.results.csv")[0];
        assert_eq!(
            (run.status, row["umbulk_status"].as_str(), row["umbulk_code"].as_str()),
            (1, "failed", "error.no_answer"),
            "{body}: {run:?}"
        );
        assert_eq!(
            row["umbulk_message"],
            "no clear response (the response contradicts itself) in 3 attempts, and a probe shows \
             that it was not done"
        );
        assert!(world.groups_of("old@x.com").is_some(), "{body}");
    }
}

#[test]
fn refusal_without_a_code_fails_with_the_servers_message() {
    for code in ["", r#""errorCode":null,"#] {
        let world = world(&["ann@x.com"]);
        let error = format!(r#"{{"index":0,"step":0,{code}"message":"Not on a Friday"}}"#);
        let body =
            format!(r#"{{"result":"error","completed":0,"notCompleted":1,"errors":[{error}]}}"#);
        world.sandbox.faults().next_actions((0..3).map(|_| Some(said(200, &body))));
        let run = world.import("a.csv", HEAD.to_owned() + "delete,,ann@x.com,,,,,\n", &[]);
        let row = &world.rows("a.results.csv")[0];
        assert_eq!(
            (run.status, row["umbulk_status"].as_str(), row["umbulk_code"].as_str()),
            (1, "failed", "error.without_code"),
            "{code}: {run:?}"
        );
        assert!(row["umbulk_message"].contains("Not on a Friday"), "{row:?}");
        assert!(world.groups_of("ann@x.com").is_some(), "{code}");
    }
}

/// The create is carried out before the step that changes nobody: it is not sent again.
#[test]
fn strict_group_creation_with_unknown_members_is_unclear() {
    let world = world(&["boss@x.com"]);
    world.sandbox.faults().next_actions([done_but(200, &CHANGED_NOBODY.replace("STEP", "1"))]);
    let run =
        world.import("a.csv", GROUPS.to_owned() + "create-group,New,,boss@x.com,,error\n", &[]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    assert_eq!(
        world.rows("a.results.csv")[0]["umbulk_effect"],
        "group_created",
        "the server says that nobody was moved"
    );
    assert_eq!(world.groups_of("boss@x.com").unwrap(), ["New"]);
}

#[test]
fn ambiguous_name_is_not_absent() {
    let world = world(&["ann@x.com"]);
    let ambiguous =
        || Some(said(404, r#"{"result":"error.user.not_found_or_ambiguous","message":"several"}"#));
    world.sandbox.faults().next_reads((0..40).map(|_| ambiguous()));
    let run =
        world.import("a.csv", HEAD.to_owned() + "delete,,ann@x.com,,,,,\n", &["--allow-admins"]);
    assert_eq!(
        (world.outcomes("a.results.csv"), world.groups_of("ann@x.com")),
        (vec!["ok".to_owned()], None),
        "{run:?}"
    );
}

#[test]
fn user_without_names_proves_nothing() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    directory.add_user(&user("ann@x.com", &["G"]));
    let world = World::new(directory, SandboxOptions::default());
    world.sandbox.faults().next_actions([Some(said(504, ""))]);
    world.sandbox.faults().refuse_commands("ann@x.com", "error.user.forbidden", 9);
    world
        .sandbox
        .faults()
        .next_reads((0..40).map(|_| Some(said(200, r#"{"result":"success","user":{}}"#))));
    let run = world.import(
        "a.csv",
        HEAD.to_owned() + "remove,,ann@x.com,,,,G,\n",
        &["--allow-admins", "--check-groups", "never"],
    );
    assert_eq!(world.outcomes("a.results.csv"), ["unknown unknown.no_answer"], "{run:?}");
}

#[test]
fn rename_is_not_proven_by_a_namesake() {
    let mut directory = Directory::default();
    directory.add_user(&SandboxUser {
        firstname: "Ann".to_owned(),
        lastname: "Lee".to_owned(),
        ..user("b@x.com", &[])
    });
    let world = World::new(directory, SandboxOptions::default());
    world.sandbox.faults().next_actions([done_but(504, "")]);
    let run = world.import("a.csv", HEAD.to_owned() + "update,,a@x.com,Ann,Lee,,,b@x.com\n", &[]);
    assert_eq!(world.outcomes("a.results.csv"), ["failed error.user.nonexistent"], "{run:?}");
}

/// Both answer to one email: the one whom the row means is proven by her id.
#[test]
fn rename_beside_an_adobe_id_of_that_email_is_ok() {
    let mut directory = Directory::default();
    directory.add_user(&SandboxUser { identity: Identity::Adobe, ..user("a@x.com", &[]) });
    directory.add_user(&user("a@x.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    world.sandbox.faults().next_actions([done_but(504, "")]);
    let run =
        world.import("a.csv", HEAD.to_owned() + "update,federatedID,a@x.com,,,,,b@x.com\n", &[]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    assert!(world.groups_of("b@x.com").is_some());
}

/// Who stands in the way may have read the answer, and not the request.
#[test]
fn rename_whose_answer_a_gateway_refuses_is_ok() {
    for status in [403, 499] {
        let world = world(&["a@x.com"]);
        world.sandbox.faults().next_actions([done_but(status, "<html>")]);
        let run = world.import("a.csv", HEAD.to_owned() + "update,,a@x.com,,,,,b@x.com\n", &[]);
        assert_eq!(
            (run.status, world.outcomes("a.results.csv")),
            (0, vec!["ok".to_owned()]),
            "{status}: {run:?}"
        );
        assert!(world.groups_of("b@x.com").is_some());
    }
}

#[test]
fn neighbouring_rows_that_a_gateway_refuses_fail_alone() {
    let world = world(&[]);
    for person in ["p3@x.com", "p4@x.com", "p5@x.com", "p6@x.com"] {
        world.sandbox.faults().dislike(person, 403, "<html>");
    }
    let rows: String = (0..30).map(|n| format!("create,,p{n}@x.com,P,P,US,,\n")).collect();
    let run = world.import("a.csv", HEAD.to_owned() + &rows, &[]);
    let outcomes = world.outcomes("a.results.csv");
    let failed: Vec<usize> = (0..30).filter(|row| outcomes[*row] == "failed http.403").collect();
    assert_eq!((run.status, failed), (1, vec![3, 4, 5, 6]), "{run:?}");
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "ok").count(), 26, "{outcomes:?}");
}

/// No row from elsewhere is left: that the API has answered the others tells.
#[test]
fn last_rows_that_a_gateway_refuses_fail_alone() {
    let world = world(&[]);
    (24..30).for_each(|n| world.sandbox.faults().dislike(&format!("p{n}@x.com"), 403, "<html>"));
    let rows: String = (0..30).map(|n| format!("create,,p{n}@x.com,P,P,US,,\n")).collect();
    let run = world.import("a.csv", HEAD.to_owned() + &rows, &["--concurrency", "1"]);
    let outcomes = world.outcomes("a.results.csv");
    let failed: Vec<usize> = (0..30).filter(|row| outcomes[*row] == "failed http.403").collect();
    assert_eq!((run.status, failed), (1, (24..30).collect()), "{run:?}");
}

#[test]
fn removal_from_an_absent_group_fails_also_without_response() {
    let world = world(&["ann@x.com"]);
    world.sandbox.faults().next_actions([done_but(504, "")]);
    let run = world.import(
        "a.csv",
        HEAD.to_owned() + "remove,,ann@x.com,,,,Nowhere,\n",
        &["--check-groups", "never"],
    );
    assert_eq!(world.outcomes("a.results.csv"), ["failed error.group.not_found"], "{run:?}");
}

#[test]
fn last_row_that_sinks_its_request_fails_and_the_run_ends() {
    let world = world(&[]);
    world.sandbox.faults().dislike("p11@x.com", 500, "<html>");
    let rows: String = (0..12).map(|n| format!("create,,p{n}@x.com,P,P,US,,\n")).collect();
    let run = world.import("a.csv", HEAD.to_owned() + &rows, &["--max-attempts", "3"]);
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!((run.status, outcomes[11].as_str()), (1, "failed error.no_answer"), "{run:?}");
    assert!(outcomes[..11].iter().all(|outcome| outcome == "ok"), "{outcomes:?}");
}
