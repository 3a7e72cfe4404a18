//! A row's outcome says what the server did.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

fn world(groups: &[&str], users: &[&str]) -> World {
    let mut directory = Directory::default();
    for group in groups {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    for email in users {
        directory.add_user(&user(email, &[]));
    }
    World::new(directory, SandboxOptions::default())
}

#[test]
fn a_row_that_fails_does_not_fail_the_rows_merged_with_it() {
    let world = world(&["Known", "Other"], &["ann@example.com"]);
    let run = world.import(
        "a.csv",
        "action,email,groups\nadd,ann@example.com,Known\nadd,ann@example.com,Nowhere\n\
         add,ann@example.com,Other\n",
        &["--check-groups", "never"],
    );
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.statuses("a.results.csv"), ["ok", "failed", "ok"]);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Known", "Other"]);
    assert_eq!(world.rows("a.failed.csv").len(), 1);
}

#[test]
fn failing_row_fails_no_other_user_of_its_request() {
    let world = world(&[], &["ann@example.com", "bob@example.com"]);
    world.import(
        "a.csv",
        "action,email,firstname\nupdate,ann@example.com,Ann\nupdate,nobody@example.com,No\n\
         update,bob@example.com,Bob\n",
        &[],
    );
    assert_eq!(world.statuses("a.results.csv"), ["ok", "failed", "ok"]);
    assert_eq!(world.sandbox.directory().user("bob@example.com").unwrap().firstname, "Bob");
}

#[test]
fn rows_on_one_user_keep_their_order_through_a_rename() {
    let world = world(&["A", "B"], &["old@example.com"]);
    let run = world.import(
        "a.csv",
        "action,email,new_email,groups\n\
         add,old@example.com,,A\n\
         update,old@example.com,new@example.com,\n\
         add,new@example.com,,B\n\
         remove,new@example.com,,A\n",
        &[],
    );
    assert_eq!(run.status, 0, "{run:?}\n{:?}", world.outcomes("a.results.csv"));
    assert_eq!(world.groups_of("new@example.com").unwrap(), ["B"]);
    assert_eq!(world.groups_of("old@example.com"), None);
}

#[test]
fn strict_create_of_an_existing_user_fails() {
    let world = world(&["A"], &["ann@example.com"]);
    let run = world.import(
        "a.csv",
        "email,firstname,lastname,country,if_exists,action\nann@example.com,A,B,US,error,create\n\
         bob@example.com,A,B,US,error,create\n",
        &[],
    );
    assert_eq!(run.status, 1);
    assert_eq!(world.statuses("a.results.csv"), ["failed", "ok"]);
    assert!(world.sandbox.directory().user("bob@example.com").is_some());
}

#[test]
fn existing_user_is_ignored_or_updated_as_asked() {
    let world = world(&[], &["ann@example.com"]);
    let file = "email,firstname,lastname,country\nann@example.com,New,Name,US\n";
    assert_eq!(world.import("a.csv", file, &[]).status, 0);
    assert_eq!(world.sandbox.directory().user("ann@example.com").unwrap().firstname, "First");
    assert_eq!(world.import("b.csv", file, &["--if-exists", "update"]).status, 0);
    assert_eq!(world.sandbox.directory().user("ann@example.com").unwrap().firstname, "New");
}

#[test]
fn many_rows_on_one_user_are_one_request() {
    let groups: Vec<String> = (0..60).map(|n| format!("G{n}")).collect();
    let names: Vec<&str> = groups.iter().map(String::as_str).collect();
    let world = world(&names, &[]);
    let mut file = "action,email,firstname,lastname,country,groups\n".to_owned();
    for group in &groups {
        file += &format!("create,ann@example.com,Ann,Lee,US,{group}\n");
    }
    assert_eq!(world.import("a.csv", file, &[]).status, 0);
    assert_eq!(world.action_requests(), 1);
    assert_eq!(world.groups_of("ann@example.com").unwrap().len(), 60);
}

#[test]
fn row_with_more_groups_than_a_command_takes_is_ok() {
    let groups: Vec<String> = (0..150).map(|n| format!("G{n}")).collect();
    let names: Vec<&str> = groups.iter().map(String::as_str).collect();
    let world = world(&names, &["ann@example.com"]);
    let file = format!("action,email,groups\nadd,ann@example.com,\"{}\"\n", groups.join(","));
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap().len(), 150);
    assert_eq!(world.action_requests(), 2);
}

#[test]
fn group_mistyped_in_many_rows_costs_few_requests() {
    let users: Vec<String> = (0..500).map(|n| format!("u{n}@example.com")).collect();
    let names: Vec<&str> = users.iter().map(String::as_str).collect();
    let world = world(&["Design"], &names);
    let mut file = "action,email,groups\n".to_owned();
    for user in &users {
        file += &format!("add,{user},Desing\n");
    }
    // With a limit, as everywhere but here, requests are written down no sooner than they may go.
    let run = world.import("a.csv", file, &["--rate", "1000/100ms", "--check-groups", "never"]);
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(outcomes.len(), 500);
    assert!(outcomes.iter().all(|outcome| outcome.starts_with("failed error.")), "{outcomes:?}");
    assert!(world.action_requests() <= 6, "{}", world.action_requests());
    assert!(
        world.rows("a.results.csv")[499]["umbulk_message"].contains("not sent: the group `Desing`")
    );
}

#[test]
fn many_refusals_in_a_row_stop_the_run() {
    let world = world(&[], &[]);
    let mut file = "action,email,firstname\n".to_owned();
    for number in 0..1000 {
        file += &format!("update,nobody{number}@example.com,No\n");
    }
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 3, "{run:?}");
    let statuses = world.statuses("a.results.csv");
    assert_eq!(statuses.len(), 1000);
    let failed = statuses.iter().filter(|status| *status == "failed").count();
    assert!((200..=240).contains(&failed), "{failed}");
    assert!(statuses.iter().all(|status| status == "failed" || status == "not_sent"));
    assert!(run.stdout.contains("--max-errors"), "{}", run.stdout);
    assert!(run.stdout.contains("umbulk import a.csv"), "{}", run.stdout);
}

/// Nothing is left that the guard could hold back.
#[test]
fn refusals_in_a_row_up_to_the_last_row_end_a_finished_run() {
    let world = world(&[], &[]);
    let mut file = "action,email,firstname\n".to_owned();
    for number in 0..200 {
        file += &format!("update,nobody{number}@example.com,No\n");
    }
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(!run.stdout.contains("To continue"), "{}", run.stdout);
    assert_eq!(world.statuses("a.results.csv"), vec!["failed"; 200]);
    let status = world.umbulk(&["status", "a.csv"]).stdout;
    assert!(status.contains("finished"), "{status}");
}

#[test]
fn test_mode_changes_nothing_and_writes_its_own_file() {
    let world = world(&[], &[]);
    let run = world.import(
        "a.csv",
        "email,firstname,lastname,country\nann@example.com,A,B,US\n",
        &["--test-mode"],
    );
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.statuses("a.test.csv"), ["ok"]);
    assert!(!world.path("a.results.csv").exists());
    assert_eq!(world.sandbox.directory().users().count(), 0);
}

#[test]
fn only_the_rows_that_were_asked_for_are_sent() {
    let world = world(&[], &[]);
    let mut file = "email,firstname,lastname,country\n".to_owned();
    for number in 0..50 {
        file += &format!("u{number}@example.com,A,B,US\n");
    }
    let run = world.import("a.csv", file, &["--rows", "1-20"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().users().count(), 20);
    let statuses = world.statuses("a.results.csv");
    assert_eq!((statuses.len(), &statuses[19][..], &statuses[20][..]), (50, "ok", "not_sent"));
}

#[test]
fn an_earlier_results_file_is_kept_under_its_date() {
    let world = world(&[], &[]);
    let file = "email,firstname,lastname,country\nann@example.com,A,B,US\n";
    world.import("a.csv", file, &[]);
    let first = std::fs::read(world.path("a.results.csv")).unwrap();
    world.import("a.csv", file, &["--fresh"]);
    let mut kept = world.dated("a").into_iter();
    assert!(kept.any(|(name, text)| name.starts_with("a.results.2") && text == first));
}

#[test]
fn members_already_as_wanted_do_not_stop_later_steps() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::profile("Photoshop"));
    for (email, groups) in [
        ("ann@example.com", &["Design"][..]),
        ("bo@example.com", &[]),
        ("cy@example.com", &["Design"]),
    ] {
        directory.add_user(&user(email, groups));
    }
    let world = World::new(directory, SandboxOptions::default());
    let file = "action,group,users,remove_users,profiles\nupdate-group,Design,ann@example.com,\
                bo@example.com,\nupdate-group,Design,bo@example.com,cy@example.com,Photoshop\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec!["ok".to_owned(); 2]),
        "{run:?}"
    );
    let members = ["ann@example.com", "bo@example.com", "cy@example.com"]
        .map(|email| world.groups_of(email).unwrap().contains(&"Design".to_owned()));
    assert_eq!(members, [true, true, false]);
    assert!(world.sandbox.directory().group("Design").unwrap().profiles.contains("Photoshop"));
    // Once more: nothing of it changes anything now.
    let run = world.import("a.csv", file, &["--fresh"]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec!["ok".to_owned(); 2]),
        "{run:?}"
    );
}
