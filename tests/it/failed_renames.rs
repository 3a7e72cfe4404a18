//! Rows behind a rename: what they may claim, and whom they must not reach when it failed.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const BEHIND: &str = "failed error.rename_failed";

/// These people, and the group `G`.
fn world(people: &[&str]) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    people.iter().for_each(|person| directory.add_user(&user(person, &[])));
    World::new(directory, SandboxOptions::default())
}

fn import(world: &World, rows: &str, more: &[&str]) -> Run {
    let head = "action,email,firstname,lastname,country,groups,new_email\n";
    world.import("a.csv", format!("{head}{rows}"), more)
}

fn effects(world: &World) -> Vec<String> {
    world.rows("a.results.csv").into_iter().map(|row| row["umbulk_effect"].clone()).collect()
}

/// The old name of a renamed user is nobody's: a removal of it claims nobody whom it knew.
#[test]
fn removal_of_the_old_name_claims_no_known_user() {
    let world = world(&[]);
    let rows = "create,u2@example.com,Ann,Lee,US,,\n\
                update,u2@example.com,,,,,w2@example.com\n\
                delete,u2@example.com,,,,,\n";
    let run = import(&world, rows, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.groups_of("w2@example.com").is_some());
    let message = &world.rows("a.results.csv")[2]["umbulk_message"];
    assert!(message.starts_with("not sent: after row 2"), "{message}");
}

#[test]
fn second_creation_of_a_name_after_its_rename_is_counted() {
    let world = world(&[]);
    let rows = "create,u2@example.com,Ann,Lee,US,,\n\
                update,u2@example.com,,,,,w2@example.com\n\
                create,u2@example.com,Bob,Ray,US,G,\n";
    let run = import(&world, rows, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(effects(&world)[2], "created_or_exists+joined:1");
}

/// The file deletes the third user under a new name. The rename fails: the first one stays.
#[test]
fn row_behind_a_failed_rename_reaches_nobody_else() {
    for more in [&[][..], &["--verify-deletes"], &["--skip-unchanged", "--online"]] {
        let world = world(&["u1@example.com", "u3@example.com", "w1@example.com"]);
        let rows = "update,u1@example.com,,,,,w1@example.com\n\
                    update,u3@example.com,,,,,u1@example.com\n\
                    delete,u1@example.com,,,,,\n";
        let run = import(&world, rows, more);
        let outcomes = world.outcomes("a.results.csv");
        assert!(outcomes[0].starts_with("failed error.user"), "{more:?}: {outcomes:?}");
        assert_eq!((run.status, &outcomes[1..]), (1, &[BEHIND.to_owned(), BEHIND.to_owned()][..]));
        assert_eq!(world.sandbox.directory().users().count(), 3, "{more:?}");
        let message = &world.rows("a.results.csv")[2]["umbulk_message"];
        assert!(
            message.starts_with("not sent: row 1, which renames this user, failed"),
            "{message}"
        );
    }
}

/// The row creates somebody new under the name that was to be free.
#[test]
fn creation_under_a_name_that_stayed_gives_nobody_groups() {
    let world = world(&["u1@example.com", "w1@example.com"]);
    let rows = "update,u1@example.com,,,,,w1@example.com\n\
                create,u1@example.com,Bob,Ray,US,G,\n";
    let run = import(&world, rows, &[]);
    assert_eq!((run.status, world.outcomes("a.results.csv")[1].as_str()), (1, BEHIND), "{run:?}");
    assert_eq!(world.groups_of("u1@example.com").unwrap(), Vec::<String>::new());
}

/// Fixed and imported again, as the message says, both rows go.
#[test]
fn fixed_rename_lets_the_rows_behind_it_go() {
    let world = world(&["u1@example.com", "w1@example.com"]);
    let rows = "update,u1@example.com,,,,,w1@example.com\n\
                add,w1@example.com,,,,G,\n";
    assert_eq!(import(&world, rows, &[]).status, 1);
    assert!(world.groups_of("w1@example.com").unwrap().is_empty());
    let failed = std::fs::read_to_string(world.path("a.failed.csv")).unwrap();
    world.write("a.failed.csv", failed.replace("w1@", "w9@"));
    let run = world.umbulk(&["import", "a.failed.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("w9@example.com").unwrap(), ["G"]);
}

/// Who is not there under the old name may have been renamed before, as in a file that is imported
/// twice, or the old name is mistyped: no list tells which.
#[test]
fn rename_done_before_holds_rows_back_also_beside_a_list() {
    let world = world(&["w1@example.com"]);
    let rows = "update,u1@example.com,,,,,w1@example.com\nadd,w1@example.com,,,,G,\n";
    let run = import(&world, rows, &[]);
    assert_eq!(world.outcomes("a.results.csv")[1], BEHIND, "{run:?}");
    let message = &world.rows("a.results.csv")[1]["umbulk_message"];
    assert!(message.contains("Fix or remove that row, then import this row again"), "{message}");
    let run = import(&world, rows, &["--fresh", "--skip-unchanged", "--online"]);
    let outcomes = world.outcomes("a.results.csv");
    assert!(outcomes[0].starts_with("failed error.user"), "{outcomes:?} {run:?}");
    assert_eq!(outcomes[1], BEHIND, "{run:?}");
}

/// A run that goes on remembers it.
#[test]
fn failed_rename_of_an_earlier_start_still_counts() {
    let world = world(&["u1@example.com", "w1@example.com"]);
    let body = r#"{"error_code":"403003"}"#.to_owned();
    let refused = InjectedFault::Answer { status: 403, headers: Vec::new(), body };
    world.sandbox.faults().next_actions([None, Some(refused)]);
    let new: String = (0..12).map(|n| format!("create,n{n}@example.com,New,One,US,,\n")).collect();
    let flags = ["--concurrency", "1"];
    let first = import(
        &world,
        &format!("update,u1@example.com,,,,,w1@example.com\n{new}add,w1@example.com,,,,G,\n"),
        &flags,
    );
    assert_eq!(first.status, 3, "{first:?}");
    let run = world.umbulk(&["import", "a.csv", "--concurrency", "1"]);
    assert_eq!((run.status, world.outcomes("a.results.csv")[13].as_str()), (1, BEHIND), "{run:?}");
    assert!(world.groups_of("w1@example.com").unwrap().is_empty());
}

/// A gateway passes the request on and refuses the response.
#[test]
fn creation_whose_responses_a_gateway_refuses_is_ok() {
    let world = world(&[]);
    let page =
        InjectedFault::Answer { status: 403, headers: Vec::new(), body: "<html>".to_owned() };
    let refused = || Some(InjectedFault::DoneWith(Box::new(page.clone())));
    world.sandbox.faults().next_actions([refused(), refused()]);
    let run = import(&world, "create,ann@example.com,Ann,Lee,US,,\n", &[]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
}

/// Only the memberships of the row fail: the user has the new name, also for a run that goes on.
#[test]
fn rename_whose_memberships_fail_holds_up_nobody() {
    for is_stopped in [false, true] {
        let world = world(&["u1@example.com"]);
        let new: String =
            (0..12).map(|n| format!("create,n{n}@example.com,New,N,US,,\n")).collect();
        let rows = format!(
            "update,u1@example.com,,,,Nowhere,w1@example.com\n{new}add,w1@example.com,,,,G,\n"
        );
        let flags = ["--concurrency", "1", "--check-groups", "never"];
        if is_stopped {
            let body = r#"{"error_code":"403003"}"#.to_owned();
            let refused = InjectedFault::Answer { status: 403, headers: Vec::new(), body };
            world.sandbox.faults().next_actions([None, None, Some(refused)]);
            assert_eq!(import(&world, &rows, &flags).status, 3);
        }
        let run = import(&world, &rows, &flags);
        let outcomes = world.outcomes("a.results.csv");
        assert_eq!(outcomes[0], "failed error.group.not_found", "{is_stopped}: {run:?}");
        assert_eq!(outcomes[13], "ok", "{is_stopped}: {run:?}");
        assert_eq!(world.groups_of("w1@example.com").unwrap(), ["G"]);
    }
}

/// The next file of the command means the renamed person as well, also where the first file was
/// imported before.
#[test]
fn file_behind_a_failed_rename_reaches_nobody_else() {
    for is_known in [false, true] {
        let world = world(&["kim@example.com", "lou@example.com"]);
        let head = "action,email,firstname,lastname,country,groups,new_email\n";
        world.write("a.csv", format!("{head}update,kim@example.com,,,,,lou@example.com\n"));
        world.write(
            "b.csv",
            format!("{head}delete,lou@example.com,,,,,\nadd,kim@example.com,,,,G,\n"),
        );
        if is_known {
            assert_eq!(world.umbulk(&["import", "a.csv"]).status, 1);
        }
        let run = world.umbulk(&["import", "a.csv", "b.csv"]);
        assert_eq!(run.status, 1, "{run:?}");
        assert_eq!(world.outcomes("b.results.csv"), [BEHIND, BEHIND], "{is_known}");
        let message = &world.rows("b.results.csv")[0]["umbulk_message"];
        assert!(message.contains("row 1 of a.csv, which renames this user, failed"), "{message}");
        assert!(world.groups_of("lou@example.com").is_some());
        assert!(world.groups_of("kim@example.com").unwrap().is_empty());
    }
}

#[test]
fn row_behind_a_failed_rename_of_a_group_reaches_no_other_group() {
    let mut directory = Directory::default();
    for group in ["G", "H"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&user("ann@example.com", &["H"]));
    directory.add_user(&user("bob@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    let file = "action,email,firstname,lastname,country,groups,group,new_name,users\n\
        update-group,,,,,,G,H,\n\
        update-group,,,,,,H,,bob@example.com\n\
        create,new@example.com,New,One,US,H,,,\n\
        add,bob@example.com,,,,H,,,\n\
        delete-group,,,,,,H,,\n";
    let run = world.import("a.csv", file, &["--yes", "--check-groups", "never"]);
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    assert!(outcomes[0].starts_with("failed error.usergroup."), "{outcomes:?}");
    assert!(outcomes[1..].iter().all(|outcome| outcome == BEHIND), "{outcomes:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["H"]);
    assert!(world.groups_of("bob@example.com").unwrap().is_empty());
    assert_eq!(world.groups_of("new@example.com"), None);
}

/// A rename that is invalid holds the rows behind it, and not those before.
#[test]
fn row_behind_an_invalid_rename_reaches_nobody_else() {
    let head = "action,email,firstname,lastname,country,groups,new_email\n";
    let rename = "update,kim@example.com,#N/A,,,,lou@example.com\n";
    let behind = "delete,lou@example.com,,,,,\nadd,kim@example.com,,,,G,\n";
    let world = world(&["kim@example.com", "lou@example.com"]);
    let run = import(&world, &format!("add,lou@example.com,,,,G,\n{rename}{behind}"), &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(outcomes, ["ok", "invalid invalid.firstname.excel_error", BEHIND, BEHIND]);
    assert_eq!(world.groups_of("lou@example.com").unwrap(), ["G"]);
    let message = &world.rows("a.results.csv")[2]["umbulk_message"];
    assert!(message.contains("row 2, which renames this user, is invalid"), "{message}");
    // Neither does the next file.
    world.write("b.csv", format!("{head}{rename}"));
    world.write("c.csv", format!("{head}{behind}"));
    assert_eq!(world.umbulk(&["import", "b.csv", "c.csv"]).status, 1);
    assert_eq!(world.outcomes("c.results.csv"), [BEHIND, BEHIND]);
    assert!(world.groups_of("kim@example.com").unwrap().is_empty());
}

/// The old name is mistyped: nobody gets the new one.
#[test]
fn row_behind_a_rename_of_nobody_reaches_nobody_else() {
    let world = world(&["kim@example.com", "lou@example.com"]);
    let rows = "update,kimm@example.com,,,,,lou@example.com\ndelete,lou@example.com,,,,,\n";
    for more in [&[][..], &["--fresh", "--verify-deletes"]] {
        let run = import(&world, rows, more);
        assert_eq!(run.status, 1, "{run:?}");
        let outcomes = world.outcomes("a.results.csv");
        assert_eq!(outcomes, ["failed error.user.nonexistent", BEHIND], "{more:?}");
        let said = "2  failed     refused by the server, or not sent because an earlier rename is \
                    not done";
        assert!(run.stdout.contains(said), "{}", run.stdout);
        assert!(world.groups_of("lou@example.com").is_some());
    }
}

/// Neither the request nor the probe tells whether the rename was carried out.
#[test]
fn row_behind_an_unknown_rename_reaches_nobody_else() {
    let world = world(&["kim@example.com", "lou@example.com"]);
    let empty =
        || Some(InjectedFault::Answer { status: 200, headers: Vec::new(), body: "{}".to_owned() });
    world.sandbox.faults().next_actions((0..20).map(|_| empty()));
    world.sandbox.faults().next_reads((0..200).map(|_| empty()));
    let rows = "update,kim@example.com,,,,,lou2@example.com\ndelete,kim@example.com,,,,,\n";
    let more = ["--allow-admins", "--effect-window", "0", "--max-attempts", "2"];
    let run = import(&world, rows, &more);
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    assert!(outcomes[0].starts_with("unknown"), "{outcomes:?}");
    assert_eq!(outcomes[1], BEHIND);
    let message = &world.rows("a.results.csv")[1]["umbulk_message"];
    assert!(message.contains("ended as unknown") && message.contains("Find out who"), "{message}");
    assert!(world.groups_of("kim@example.com").is_some());
}

/// Neither the request nor the probe tells what became of the group: it may be there under the old
/// name, under the new one, or not at all.
#[test]
fn row_behind_an_unknown_end_of_a_group_is_held() {
    const PERHAPS_DELETED: &str = "failed error.deletion_unknown";
    let add =
        |group: &str| row(&[("action", "add"), ("email", "kim@example.com"), ("groups", group)]);
    for (first, new, names, code) in [
        ("delete-group", "", &["G", "_admin_G"][..], PERHAPS_DELETED),
        ("update-group", "G2", &["G", "G2"], BEHIND),
    ] {
        let world = world(&["kim@example.com"]);
        let empty = || {
            Some(InjectedFault::Answer { status: 200, headers: Vec::new(), body: "{}".to_owned() })
        };
        world.sandbox.faults().next_actions((0..20).map(|_| empty()));
        world.sandbox.faults().next_reads((0..200).map(|_| empty()));
        let first = row(&[("action", first), ("group", "G"), ("new_name", new)]);
        let again = row(&[("action", "create-group"), ("group", "G")]);
        let rows: String = names.iter().map(|name| add(name)).collect();
        world.write("b.csv", format!("{HEAD}{again}"));
        let more = ["b.csv", "--yes", "--allow-admins", "--check-groups", "never"];
        let window = ["--effect-window", "0", "--max-attempts", "2"];
        let run = world.import(
            "a.csv",
            format!("{HEAD}{first}{again}{rows}"),
            &[&more[..], &window].concat(),
        );
        assert_eq!(run.status, 1, "{run:?}");
        let outcomes = world.outcomes("a.results.csv");
        assert!(outcomes[0].starts_with("unknown"), "{outcomes:?}");
        assert_eq!(outcomes[1..], [code; 3], "{outcomes:?}");
        assert_eq!(world.outcomes("b.results.csv"), [code]);
        assert!(world.groups_of("kim@example.com").unwrap().is_empty());
    }
}

const HEAD: &str = "action,email,username,domain,firstname,lastname,country,groups,new_email,\
    new_username,group,new_name,remove_users\n";

/// A row with these cells, by column of [`HEAD`].
fn row(cells: &[(&str, &str)]) -> String {
    let columns = HEAD.trim_end().split(',');
    let value =
        |column| cells.iter().find(|(name, _)| *name == column).map_or("", |(_, value)| *value);
    columns.map(value).collect::<Vec<_>>().join(",") + "\n"
}

/// The outcomes of these rows among Kim (username `kx`), Lou (username `ky`), both of `x.com` and
/// Lou in `H`, and Mia.
fn outcomes(rows: &[&[(&str, &str)]]) -> (World, Vec<String>) {
    let mut directory = Directory::default();
    for group in ["G", "H", "K"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    for (email, username, groups) in
        [("kim@x.com", "kx", &[][..]), ("lou@x.com", "ky", &["H"]), ("mia@x.com", "mx", &[])]
    {
        directory.add_user(&umbulk::sandbox::SandboxUser {
            username: username.into(),
            domain: "x.com".into(),
            ..user(email, groups)
        });
    }
    let world = World::new(directory, SandboxOptions::default());
    let rows: String = rows.iter().map(|cells| row(cells)).collect();
    let more = ["--yes", "--check-groups", "never", "--allow-admins"];
    let run = world.import("a.csv", HEAD.to_owned() + &rows, &more);
    assert!(run.status <= 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    (world, outcomes)
}

#[test]
fn invalid_rename_behind_hides_no_failed_one_before() {
    let delete = [("action", "delete"), ("email", "lou@x.com")];
    let invalid = [
        ("action", "update"),
        ("email", "lou@x.com"),
        ("firstname", "#N/A"),
        ("new_email", "zz@x.com"),
    ];
    let failed = [("action", "update"), ("email", "kim@x.com"), ("new_email", "lou@x.com")];
    let (world, outcomes) = outcomes(&[&failed, &delete, &invalid]);
    assert_eq!(outcomes[1], BEHIND, "{outcomes:?}");
    assert!(world.groups_of("lou@x.com").is_some());
}

/// Whatever is wrong with the row, a new name in it is one that somebody is to get.
#[test]
fn rename_in_a_row_of_another_action_holds_what_is_behind_it() {
    let delete = [("action", "delete"), ("email", "lou@x.com")];
    for action in ["updat", "delete", "add"] {
        let rename = [("action", action), ("email", "kim@x.com"), ("new_email", "lou@x.com")];
        let (world, outcomes) = outcomes(&[&rename, &delete]);
        assert!(outcomes[0].starts_with("invalid"), "{action}: {outcomes:?}");
        assert_eq!(outcomes[1], BEHIND, "{action}");
        assert!(world.groups_of("lou@x.com").is_some(), "{action}");
    }
}

#[test]
fn name_without_its_domain_is_the_same_behind_a_failed_rename() {
    let rename =
        [("action", "update"), ("username", "kx"), ("domain", "x.com"), ("new_username", "ky")];
    let members = [("action", "update-group"), ("group", "H"), ("remove_users", "ky")];
    let (world, outcomes) = outcomes(&[&rename, &members]);
    assert!(outcomes[0].starts_with("failed"), "{outcomes:?}");
    assert_eq!(outcomes[1], BEHIND);
    assert_eq!(world.groups_of("lou@x.com").unwrap(), ["H"]);
}

/// Rows of one person share a command; only those behind the rename that mean its names are held.
#[test]
fn rows_around_an_invalid_rename_are_judged_one_by_one() {
    let first = [("action", "add"), ("email", "lou@x.com"), ("groups", "K")];
    let invalid = [
        ("action", "update"),
        ("email", "mia@x.com"),
        ("firstname", "#N/A"),
        ("new_email", "lou@x.com"),
    ];
    let last = [("action", "remove"), ("email", "lou@x.com"), ("groups", "H")];
    let (world, outcomes_of_user) = outcomes(&[&first, &invalid, &last]);
    assert_eq!(outcomes_of_user[0], "ok");
    assert_eq!(outcomes_of_user[2], BEHIND);
    assert_eq!(world.groups_of("lou@x.com").unwrap(), ["H", "K"]);
    // A name that only one of them gives holds that one.
    let group = [("action", "update-group"), ("group", "G"), ("new_name", "H"), ("email", "x")];
    let names = [("action", "update"), ("email", "kim@x.com"), ("firstname", "Zed")];
    let to_h = [("action", "add"), ("email", "kim@x.com"), ("groups", "H")];
    let to_k = [("action", "add"), ("email", "kim@x.com"), ("groups", "K")];
    let (world, outcomes_of_group) = outcomes(&[&group, &names, &to_h, &to_k]);
    assert_eq!(outcomes_of_group[1..], ["ok", BEHIND, "ok"], "{outcomes_of_group:?}");
    assert_eq!(world.groups_of("kim@x.com").unwrap(), ["K"]);
}

/// Who gets a new email and a new username is renamed under both.
#[test]
fn row_under_the_new_username_waits_for_the_rename_of_both_names() {
    let rename = [
        ("action", "update"),
        ("email", "kim@x.com"),
        ("new_email", "mia@x.com"),
        ("new_username", "ky"),
    ];
    let delete = [("action", "delete"), ("username", "ky"), ("domain", "x.com")];
    let (world, outcomes) = outcomes(&[&rename, &delete]);
    assert!(outcomes[0].starts_with("failed"), "{outcomes:?}");
    assert_eq!(outcomes[1], BEHIND);
    assert!(world.groups_of("lou@x.com").is_some());
}

/// A key without a translation is no name: the new name may be any.
#[test]
fn row_behind_a_rename_to_a_key_without_a_translation_is_held() {
    let users = ("new_email", "action,email,Neu\n");
    let groups = ("new_name", "action,group,Neu\n");
    for ((field, head), rename, behind) in [
        (users, "update,kim@example.com,k2\n", "delete,lou@example.com,\n"),
        (users, "update,kim@example.com,zoe@example.com\n", "delete,lou@example.com,\n"),
        (groups, "update-group,G,k2\n", "delete-group,H,\n"),
    ] {
        let mut directory = Directory::default();
        ["G", "H"].iter().for_each(|name| directory.add_group(&SandboxGroup::user_group(name)));
        ["kim@example.com", "lou@example.com"]
            .iter()
            .for_each(|person| directory.add_user(&user(person, &[])));
        let world = World::new(directory, SandboxOptions::default());
        world.write(
            "m.toml",
            format!("[map.{field}]\ncolumn = \"Neu\"\nvalues = {{ k1 = \"x\" }}\n"),
        );
        let run = world.import(
            "a.csv",
            format!("{head}{rename}{behind}"),
            &["--map-file", "m.toml", "--yes", "--allow-admins"],
        );
        let invalid = format!("invalid invalid.{field}.not_translated");
        assert_eq!(world.outcomes("a.results.csv"), [&*invalid, BEHIND], "{run:?}");
        let message = &world.rows("a.results.csv")[1]["umbulk_message"];
        assert!(
            message.contains("has no translation and may be the name in this row"),
            "{message}"
        );
    }
}
