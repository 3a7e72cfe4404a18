//! A Federated or Enterprise ID where an Adobe ID of that email is a member: the service may give
//! the memberships to the Adobe ID.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, Identity, SandboxGroup, SandboxOptions, SandboxUser};

const FILE: &str = "email,firstname,lastname,country,groups\nown@example.com,Own,Id,US,Design\n\
                    new@example.com,New,Id,US,Design\n";
const HEAD: &str = "Adobe IDs     1 row creates a user whose email belongs to an Adobe ID in ";

/// An organization with an Adobe ID, whose list of users is stored.
fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_user(&SandboxUser {
        identity: Identity::Adobe,
        ..user("own@example.com", &["Design"])
    });
    directory.add_user(&user("fed@example.com", &["Design"]));
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    world
}

fn messages(world: &World) -> Vec<String> {
    world.rows("a.results.csv").into_iter().map(|row| row["umbulk_message"].clone()).collect()
}

/// A snapshot tells, also where nobody asks for a comparison; so does a list that is named.
#[test]
fn account_over_an_adobe_id_is_warned_of_before_it_is_sent() {
    for more in [
        &[][..],
        &["--against", "users.csv"],
        &["--skip-unchanged", "--against", "users.csv"],
        &["--online"],
    ] {
        let world = world();
        let run = world.import("a.csv", FILE, more);
        assert!(run.status == 0 && run.stderr.contains(HEAD), "{more:?}: {run:?}");
        assert!(
            run.stderr.contains(
                ": own@example.com (a.csv, line 2). The service may create no second \
                     account"
            ),
            "{more:?}: {run:?}"
        );
        let head = run.stderr.split(HEAD).next().unwrap();
        assert!(
            !head.contains("organization  "),
            "the warning comes before the plan of the file: {run:?}"
        );
        let messages = messages(&world);
        assert_eq!(
            messages[0].matches("is an Adobe ID: the service may").count(),
            1,
            "{more:?}: {messages:?}"
        );
        assert!(!messages[1].contains("Adobe ID"), "{messages:?}");
    }
}

#[test]
fn allowed_account_over_an_adobe_id_is_not_warned_of() {
    let world = world();
    let run = world.import("a.csv", FILE, &["--allow-shadow"]);
    assert!(
        run.status == 0
            && !run.stderr.contains("Adobe ID")
            && !messages(&world)[0].contains("Adobe ID"),
        "{run:?}"
    );
}

#[test]
fn plan_warns_of_accounts_over_adobe_ids() {
    let world = world();
    world.write("a.csv", FILE);
    for more in [&[][..], &["--against", "users.csv"]] {
        let run = world.umbulk(&[&["plan", "a.csv"], more].concat());
        assert!(run.status == 0 && run.stderr.contains(HEAD), "{more:?}: {run:?}");
    }
}

#[test]
fn accounts_that_are_no_others_are_not_warned_of() {
    let world = world();
    let rows = "type,email,firstname,lastname,country,groups\nadobeID,own@example.com,,,,Design\n\
                federatedID,fed@example.com,F,F,US,Design\n";
    let run = world.import("a.csv", rows, &[]);
    assert!(run.status == 0 && !run.stderr.contains("Adobe ID"), "{run:?}");
}

#[test]
fn names_over_an_adobe_id_are_not_said_to_be_updated() {
    for more in [
        &["--against", "users.csv"][..],
        &["--skip-unchanged", "--against", "users.csv"],
        &["--online"],
    ] {
        let world = world();
        let rows = "type,email,firstname,lastname,country,if_exists\n\
                    federatedID,own@example.com,New,Name,US,update\n";
        let run = world.import("a.csv", rows, more);
        assert_eq!(run.status, 0, "{more:?}: {run:?}");
        assert_eq!(
            world.rows("a.results.csv")[0]["umbulk_effect"],
            "created_or_exists",
            "{more:?}"
        );
        assert!(!run.stdout.contains("updated"), "{more:?}: {}", run.stdout);
    }
}
