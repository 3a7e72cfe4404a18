//! Lines of `--protect` that are usernames, and rows that name their people by an address.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser};

const HEAD: &str = "action,email,groups,new_email,group,remove_users\n";

/// `odd@other.test` has the username `oddu` in `firm.test`, `alee@firm.test` an address for a
/// username; both are in `Lab`, and so are 120 others.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Lab", "Design"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    for (email, username) in [("odd@other.test", "oddu"), ("alee@firm.test", "ann.lee@firm.test")] {
        directory.add_user(&SandboxUser {
            username: username.into(),
            domain: "firm.test".into(),
            ..user(email, &["Lab"])
        });
    }
    for number in 0..120 {
        directory.add_user(&user(&format!("u{number}@other.test"), &["Lab"]));
    }
    World::new(directory, SandboxOptions::default())
}

fn import(world: &World, list: &str, rows: &str, more: &[&str]) -> Run {
    world.write("protect.txt", list);
    let flags = ["--protect", "protect.txt", "--check-groups", "never", "--fresh"];
    world.import("a.csv", format!("{HEAD}{rows}"), &[&flags, more].concat())
}

fn many(number: usize) -> String {
    (0..number).map(|number| format!("remove,u{number}@other.test,Lab,,,\n")).collect()
}

/// The domain of the address says nothing about that of the username.
#[test]
fn username_of_another_domain_protects_the_person_of_a_row() {
    let chain = "update,odd@other.test,,odd2@other.test,,\nremove,odd2@other.test,Lab,,,\n";
    for (list, rows, place) in [
        ("oddu\n", "remove,odd@other.test,Lab,,,\n", 0),
        ("OddU\nDesign\n", "update-group,,,,Lab,\"u1@other.test,odd@other.test\"\n", 0),
        ("oddu\n", chain, 1),
        ("ann.lee@firm.test\n", "remove,alee@firm.test,Lab,,,\n", 0),
        ("ann.lee@firm.test\noddu\n", "remove,alee@firm.test,Lab,,,\n", 0),
    ] {
        let world = world();
        let run = import(&world, list, rows, &[]);
        assert_eq!(run.status, 1, "{rows}: {run:?}");
        let outcomes = world.outcomes("a.results.csv");
        assert!(outcomes[place].ends_with(".protected"), "{list} {rows}: {outcomes:?}");
        let still = |email| world.groups_of(email).is_none_or(|groups| groups == ["Lab"]);
        assert!(["odd@other.test", "odd2@other.test", "alee@firm.test"].into_iter().all(still));
    }
}

/// Of a person who leaves, the questions about administrators tell: only this row is refused.
#[test]
fn leaver_with_a_protected_username_stays() {
    for action in ["delete", "remove-all"] {
        let world = world();
        let rows = format!("{action},odd@other.test,,,,\nremove,u1@other.test,Lab,,,\n");
        let run = import(&world, "oddu\n", &rows, &["--allow-admins"]);
        assert_eq!(
            (run.status, world.outcomes("a.results.csv")),
            (1, vec!["invalid invalid.email.protected".to_owned(), "ok".to_owned()]),
            "{action}: {run:?}"
        );
        assert!(world.rows("a.results.csv")[0]["umbulk_message"].contains("protected by `oddu`"));
        assert_eq!(world.groups_of("odd@other.test").unwrap(), ["Lab"]);
        // A row before gives her another name.
        let chain =
            format!("update,odd@other.test,,odd2@other.test,,\n{action},odd2@other.test,,,,\n");
        let run = import(&world, "oddu\n", &chain, &["--allow-admins"]);
        assert_eq!(run.status, 1, "{action}: {run:?}");
        assert!(world.outcomes("a.results.csv")[1].ends_with(".protected"), "{action}: {run:?}");
        assert_eq!(world.groups_of("odd2@other.test").unwrap(), ["Lab"]);
    }
}

/// If these questions get no answer, nobody knows whether the person of the row is protected.
#[test]
fn leaver_who_may_have_a_protected_username_stays() {
    let world = world();
    world.sandbox.faults().next_reads((0..20).map(|_| Some(InjectedFault::DoneBut(400))));
    let run = import(&world, "oddu\n", "delete,odd@other.test,,,,\n", &["--allow-admins"]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    assert!(world.groups_of("odd@other.test").is_some());
}

#[test]
fn nothing_is_sent_where_the_person_of_a_row_cannot_be_known() {
    let world = world();
    world.sandbox.faults().next_reads((0..20).map(|_| Some(InjectedFault::DoneBut(400))));
    let run = import(&world, "oddu\n", "remove,odd@other.test,Lab,,,\n", &[]);
    assert!(
        run.status == 2 && run.stderr.contains("the user `odd@other.test` could not be"),
        "{run:?}"
    );
    assert_eq!(world.action_requests(), 0);
}

/// More people than are asked about: a line without @ must be a group.
#[test]
fn many_people_beside_a_perhaps_protected_username_are_refused() {
    let world = world();
    let rows = many(110) + "remove,odd@other.test,Lab,,,\n";
    let run = import(&world, "Design\noddu\n", &rows, &["--yes"]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(
        run.stderr.contains("`oddu` (without @), which may be one of these usernames")
            && run.stderr.contains("--online"),
        "{}",
        run.stderr
    );
    assert_eq!(world.action_requests(), 0);
    // The ways out, each of them.
    let run = import(&world, "Design\nodd@other.test\n", &rows, &["--yes"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("a.results.csv")[110], "invalid invalid.email.protected");
    let run = import(&world, "Design\noddu\n", &rows, &["--yes", "--online"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("a.results.csv")[110], "invalid invalid.email.protected");
    assert_eq!(world.groups_of("odd@other.test").unwrap(), ["Lab"]);
}

/// `plan` counts these questions.
#[test]
fn plan_counts_the_questions_about_people_of_rows() {
    let world = world();
    world.write("protect.txt", "oddu\nDesign\n");
    for rows in [many(3), many(110)] {
        world.write("a.csv", format!("{HEAD}{rows}"));
        let plan = world.umbulk(&[
            "plan",
            "a.csv",
            "--protect",
            "protect.txt",
            "--check-groups",
            "never",
            "--json",
        ]);
        assert_eq!(plan.status, 0, "{plan:?}");
        let json: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
        let reads = || world.sandbox.traffic().iter().filter(|one| one.commands == 0).count();
        let before = reads();
        import(&world, "oddu\nDesign\n", &rows, &["--yes"]);
        let tokens = 1;
        assert_eq!(json["questions"], (reads() - before - tokens) as u64, "{json}");
        assert!(
            plan.stderr.contains("other names of 2 protected names are not checked here"),
            "{plan:?}"
        );
    }
}
