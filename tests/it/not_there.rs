//! Rows that take something away from somebody who is not there: `unchanged`, and not `failed` or
//! `ok`, where the server's own words tell.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions, UserStatus};

const HEAD: &str = "action,email,firstname,lastname,country,groups,new_email\n";
const NOT_THERE: &str = "unchanged unchanged.not_there";

fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_user(&user("ann@x.com", &["Design"]));
    World::new(directory, SandboxOptions::default())
}

fn page() -> Option<InjectedFault> {
    Some(InjectedFault::Answer { status: 404, headers: Vec::new(), body: "<html>".to_owned() })
}

#[test]
fn removal_refused_for_a_stranger_is_unchanged() {
    let world = world();
    let run = world.import(
        "a.csv",
        HEAD.to_owned() + "remove,ghost@x.com,,,,Design,\nremove,ann@x.com,,,,Design,\n",
        &[],
    );
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec![NOT_THERE.to_owned(), "ok".to_owned()]),
        "{run:?}"
    );
    let rows = world.rows("a.results.csv");
    let message = &rows[0]["umbulk_message"];
    assert!(
        message.contains("error.user.nonexistent")
            && message.contains("the server does not know `ghost@x.com`"),
        "{message}"
    );
    assert_eq!(
        (rows[0]["umbulk_effect"].as_str(), rows[0]["umbulk_attempts"].as_str()),
        ("none", "1")
    );
    assert!(run.stdout.contains("1  unchanged  no active user"), "{}", run.stdout);
    assert!(!world.path("a.failed.csv").exists());
}

/// Whatever an earlier row asks of her: what the server has said of nobody holds for the next row.
#[test]
fn removal_behind_a_row_about_the_same_nobody_is_of_nobody() {
    for (first, status) in [
        ("remove,qq@x.com,,,,Design,\n", 0),
        ("remove-all,qq@x.com,,,,,\n", 0),
        ("add,qq@x.com,,,,Design,\n", 1),
        ("update,qq@x.com,Zed,,,,\n", 1),
    ] {
        for more in [&[][..], &["--online"], &["--verify-deletes"]] {
            let world = world();
            let rows = format!("{HEAD}{first}delete,qq@x.com,,,,,\n");
            let run = world.import("a.csv", rows, more);
            assert_eq!(run.status, status, "{first}{more:?}: {run:?}");
            let rows = world.rows("a.results.csv");
            assert_eq!(
                [&rows[1]["umbulk_code"], &rows[1]["umbulk_effect"]],
                ["unchanged.not_there", "none"],
                "{first}{more:?}: {rows:?}"
            );
        }
    }
    // An earlier row may make somebody of nobody.
    let world = world();
    let rows = "create,qq@x.com,Q,Q,US,,\ndelete,qq@x.com,,,,,\n";
    assert_eq!(world.import("a.csv", HEAD.to_owned() + rows, &[]).status, 0);
    let effect = &world.rows("a.results.csv")[1]["umbulk_effect"];
    assert_eq!((world.groups_of("qq@x.com"), effect.as_str()), (None, "removed"));
}

/// Where the question about administrators got no answer, the request tells.
#[test]
fn deletion_and_remove_all_refused_for_a_stranger_are_unchanged() {
    let world = world();
    world.sandbox.faults().next_reads((0..40).map(|_| page()));
    world.sandbox.faults().refuse_commands("ghost@x.com", "error.user.nonexistent", 9);
    world.sandbox.faults().refuse_commands("gone@x.com", "error.user.not_found", 9);
    let rows = HEAD.to_owned() + "delete,ghost@x.com,,,,,\nremove-all,gone@x.com,,,,,\n";
    let run = world.import("a.csv", rows, &["--allow-admins"]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec![NOT_THERE.to_owned(); 2]),
        "{run:?}"
    );
}

/// Who is to get something is missed, and another reason to refuse a removal is a failure.
#[test]
fn other_refusals_of_strangers_stay_failed() {
    let world = world();
    world.sandbox.faults().refuse_commands(
        "two@x.com",
        "error.user.nonexistent_or_has_conflicting_parameters",
        9,
    );
    world.sandbox.faults().refuse_commands("no@x.com", "error.user.removal.forbidden", 9);
    let rows = "add,ghost@x.com,,,,Design,\nupdate,ghost@x.com,G,H,,,\n\
                remove,two@x.com,,,,Design,\nremove,no@x.com,,,,Design,\n";
    let run = world.import("a.csv", HEAD.to_owned() + rows, &[]);
    let failed = |code: &str| format!("failed {code}");
    let expected = [
        failed("error.user.nonexistent"),
        failed("error.user.nonexistent"),
        failed("error.user.nonexistent_or_has_conflicting_parameters"),
        failed("error.user.removal.forbidden"),
    ];
    assert_eq!((run.status, world.outcomes("a.results.csv")), (1, expected.to_vec()), "{run:?}");
}

/// The first sending deletes her, and its answer is lost: the refusal of the second is no sign that
/// she was never there.
#[test]
fn deletion_that_a_request_without_response_has_done_is_ok() {
    let world = world();
    world.sandbox.faults().next_actions([Some(InjectedFault::CutAfter)]);
    world.sandbox.faults().refuse_commands("ann@x.com", "error.user.nonexistent", 0);
    let run = world.import("a.csv", HEAD.to_owned() + "delete,ann@x.com,,,,,\n", &[]);
    let rows = world.rows("a.results.csv");
    assert_eq!(
        (run.status, rows[0]["umbulk_status"].as_str(), rows[0]["umbulk_effect"].as_str()),
        (0, "ok", "removed"),
        "{rows:?}"
    );
}

/// An uncertain removal is decided by a probe: nobody is there.
#[test]
fn uncertain_removal_from_a_stranger_is_unchanged() {
    let world = world();
    world.sandbox.faults().next_actions([Some(InjectedFault::CutAfter)]);
    let run = world.import("a.csv", HEAD.to_owned() + "remove,ghost@x.com,,,,Design,\n", &[]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec![NOT_THERE.to_owned()]),
        "{run:?}"
    );
    assert!(
        world.rows("a.results.csv")[0]["umbulk_message"]
            .contains("a probe shows that the server has no user"),
        "{run:?}"
    );
}

/// The question about administrators has shown that nobody goes by that name: that the server
/// confirms the removal proves nothing.
#[test]
fn leaver_whom_a_question_does_not_find_is_unchanged() {
    let world = world();
    let run = world.import(
        "a.csv",
        HEAD.to_owned() + "delete,ghost@x.com,,,,,\nremove-all,phantom@x.com,,,,,\n",
        &[],
    );
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec![NOT_THERE.to_owned(); 2]),
        "{run:?}"
    );
    assert!(
        run.stderr.contains(
            "not there     ghost@x.com, phantom@x.com: there is no active user of that \
                 name"
        ),
        "{}",
        run.stderr
    );
    let row = &world.rows("a.results.csv")[0];
    assert!(
        row["umbulk_effect"] == "none"
            && row["umbulk_message"].contains("there was no active user `ghost@x.com`"),
        "{row:?}"
    );
    let again = world.umbulk(&["import", "a.csv"]);
    assert_eq!(
        (again.status, world.outcomes("a.results.csv")),
        (0, vec![NOT_THERE.to_owned(); 2]),
        "{again:?}"
    );
}

/// Who comes only by an earlier row or file is there when the turn of the removal comes.
#[test]
fn leaver_whom_an_earlier_row_brings_is_sent() {
    let world = world();
    let rows = "create,new@x.com,New,Lee,US,,\ndelete,new@x.com,,,,,\n\
                update,ann@x.com,,,,,anna@x.com\ndelete,anna@x.com,,,,,\n";
    let run = world.import("a.csv", HEAD.to_owned() + rows, &[]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec!["ok".to_owned(); 4]),
        "{run:?}"
    );
    assert_eq!(world.sandbox.directory().users().count(), 0);
    world.write("b.csv", HEAD.to_owned() + "create,late@x.com,Late,Lee,US,,\n");
    world.write("c.csv", HEAD.to_owned() + "delete,late@x.com,,,,,\n");
    let run = world.umbulk(&["import", "b.csv", "c.csv"]);
    assert_eq!(
        (run.status, world.outcomes("c.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    assert_eq!(world.sandbox.directory().users().count(), 0);
}

/// A username without its domain is found by nobody: that proves nothing.
#[test]
fn username_without_domain_is_never_called_a_stranger() {
    let world = world();
    let run = world.import(
        "a.csv",
        "action,group,remove_users\nupdate-group,Design,ann\nupdate-group,Design,ghost@x.com\n",
        &[],
    );
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (1, vec!["failed error.user.nonexistent".to_owned(), NOT_THERE.to_owned()]),
        "{run:?}"
    );
}

/// What an interrupted run has sent counts, whatever the question says when it goes on.
#[test]
fn deletion_sent_before_an_interruption_stays_ok() {
    let world = world();
    world.sandbox.faults().next_actions([
        Some(InjectedFault::CutAfter),
        Some(InjectedFault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error_code":"403003"}"#.to_owned(),
        }),
    ]);
    let run = world.import("a.csv", HEAD.to_owned() + "delete,ann@x.com,,,,,\n", &[]);
    assert_eq!(run.status, 3, "{run:?}");
    let run = world.umbulk(&["import", "a.csv"]);
    let rows = world.rows("a.results.csv");
    assert_eq!((run.status, rows[0]["umbulk_status"].as_str()), (0, "ok"), "{run:?} {rows:?}");
}

/// The API does not show a disabled account, and removes it.
#[test]
fn disabled_leaver_is_removed_though_nobody_sees_her() {
    for more in [&[][..], &["--against", "users.csv"], &["--online"]] {
        let mut directory = Directory::default();
        directory.add_user(&umbulk::sandbox::SandboxUser {
            status: UserStatus::Disabled,
            ..user("off@x.com", &[])
        });
        directory.add_user(&user("ann@x.com", &[]));
        let world = World::new(directory, SandboxOptions::default());
        world.write("users.csv", "type,email,groups\nfederatedID,ann@x.com,\n");
        let run = world.import("a.csv", HEAD.to_owned() + "delete,off@x.com,,,,,\n", more);
        assert_eq!(run.status, 0, "{more:?}: {run:?}");
        // A file that is named may be older than what imports from this computer have changed.
        if more != ["--against", "users.csv"] {
            assert_eq!(world.outcomes("a.results.csv"), [NOT_THERE], "{more:?}: {run:?}");
            let message = &world.rows("a.results.csv")[0]["umbulk_message"];
            assert!(message.contains("disabled"), "{message}");
            let screen = format!("{}{}{message}", run.stdout, run.stderr);
            assert!(!screen.contains("nothing "), "something may have been removed: {screen}");
            assert!(run.stderr.contains("sent in case the account is disabled"), "{run:?}");
        }
        assert_eq!(world.sandbox.directory().users().count(), 1, "{more:?}: she is gone");
    }
}

/// Where a list shows that nobody goes by that name, the server's confirmation proves nothing.
#[test]
fn leaver_whom_a_list_does_not_show_is_not_called_removed() {
    let world = world();
    let run = world.import("a.csv", HEAD.to_owned() + "delete,ann.lee@x.com,,,,,\n", &["--online"]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec![NOT_THERE.to_owned()]),
        "{run:?}"
    );
    assert_eq!(world.rows("a.results.csv")[0]["umbulk_effect"], "none");
    assert!(world.groups_of("ann@x.com").is_some());
}

/// A list that is named may be older than an import from this computer: it does not make somebody a
/// stranger who is there.
#[test]
fn somebody_made_since_a_named_list_is_removed_and_said_to_be() {
    for more in [&["--against", "u.csv"][..], &["--against", "u.csv", "--verify-deletes"]] {
        let world = world();
        assert_eq!(world.umbulk(&["export", "users", "--out", "u.csv"]).status, 0);
        assert_eq!(
            world
                .import("new.csv", HEAD.to_owned() + "create,new@x.com,New,Lee,US,,\n", &[])
                .status,
            0
        );
        let run = world.import("a.csv", HEAD.to_owned() + "delete,new@x.com,,,,,\n", more);
        assert_eq!(
            (run.status, world.outcomes("a.results.csv")),
            (0, vec!["ok".to_owned()]),
            "{more:?}: {run:?}"
        );
        assert_eq!(world.rows("a.results.csv")[0]["umbulk_effect"], "removed");
    }
}

/// A removal that is not sent, because its own name is free, says nothing about other names that
/// the user of this name had before: a row has made somebody with one of them since.
#[test]
fn removal_that_was_not_sent_proves_nothing_about_another_name() {
    const HEAD: &str = "action,email,username,domain,firstname,lastname,country,groups\n";
    let (by_email, by_username) = ("delete,ann@x.com,,,,,,\n", "delete,,annl,x.com,,,,\n");
    let create = "create,ann@x.com,,,Ann,Lee,US,Design\n";
    let remove = "remove,ann@x.com,,,,,,Design\n";
    let other = "create,other@x.com,annl,x.com,Al,Ray,US,\n";
    for files in [
        vec![
            by_email.to_owned(),
            format!("{by_username}{create}"),
            format!("{by_username}{by_email}"),
        ],
        vec![format!("{by_username}{create}"), format!("{by_username}{by_email}")],
        vec![format!("{by_email}{by_username}{create}"), format!("{by_username}{by_email}")],
        vec![
            by_email.to_owned(),
            format!("{by_username}{create}"),
            format!("{by_username}{remove}"),
        ],
        // The name of the removal belongs to somebody else by now.
        vec![by_email.to_owned(), format!("{create}{other}"), format!("{by_username}{by_email}")],
        vec![format!("{by_email}{create}{other}{by_username}{by_email}")],
    ] {
        let mut directory = Directory::default();
        directory.add_group(&SandboxGroup::user_group("Design"));
        directory.add_user(&umbulk::sandbox::SandboxUser {
            username: "annl".into(),
            domain: "x.com".into(),
            ..user("ann@x.com", &["Design"])
        });
        let world = World::new(directory, SandboxOptions::default());
        let names: Vec<String> = (0..files.len()).map(|number| format!("f{number}.csv")).collect();
        for (name, rows) in names.iter().zip(&files) {
            world.write(name, format!("{HEAD}{rows}"));
        }
        let mut args = vec!["import"];
        args.extend(names.iter().map(String::as_str));
        let run = world.umbulk(&[&args[..], &["--yes", "--concurrency", "1"]].concat());
        assert_eq!(run.status, 0, "{files:?}: {run:?}");
        let results = format!("f{}.results.csv", files.len() - 1);
        assert_eq!(world.outcomes(&results).last().unwrap(), "ok", "{files:?}");
        let groups = world.groups_of("ann@x.com").unwrap_or_default();
        assert!(groups.is_empty(), "{files:?}: {groups:?}");
    }
}
