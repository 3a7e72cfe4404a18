//! A changed address is first looked for as a rename: where a list shows nearly surely that the
//! person is there under another address, the row is not sent. Two people of one name are usual,
//! and so a short list of new people is sent, and says so.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

pub(crate) const HEADER: &str = "email,firstname,lastname,country,groups\n";

fn person(email: &str, first: &str, last: &str) -> SandboxUser {
    SandboxUser {
        firstname: first.into(),
        lastname: last.into(),
        country: "US".into(),
        ..user(email, &["Design"])
    }
}

/// Four people, and the snapshot of them.
pub(crate) fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    for (email, first, last) in [
        ("ann.smith", "Ann", "Lee"),
        ("bob", "Bob", "Ray"),
        ("carl", "Carl", "Day"),
        ("dora", "Dora", "Moss"),
    ] {
        directory.add_user(&person(&format!("{email}@example.com"), first, last));
    }
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    world
}

/// The weekly list of everybody, in which Ann has another address and somebody is new.
pub(crate) const WEEKLY: &str = "ann.lee@example.com,Ann,Lee,US,Design\n\
    bob@example.com,Bob,Ray,US,Design\n\
    carl@example.com,Carl,Day,US,Design\n\
    new@example.com,New,One,US,Design\n";

pub(crate) const HELD: &str = "invalid invalid.email.perhaps_renamed";

pub(crate) fn users(world: &World) -> usize {
    world.sandbox.directory().users().count()
}

/// In the form of user-sync, which has no ids, with the address edited in all its cells.
#[test]
fn edited_address_in_a_user_sync_list_makes_no_second_account() {
    let world = world();
    assert_eq!(
        world
            .umbulk(&["export", "users", "--dialect", "user-sync", "--out", "x.csv", "--cached"])
            .status,
        0
    );
    let text = std::fs::read_to_string(world.path("x.csv")).unwrap();
    let file = text.replace("ann.smith@", "ann.lee@");
    for list in [&[][..], &["--against", "users.csv"], &["--online"], &["--skip-unchanged"]] {
        let run = world.import("whole.csv", &file, &[list, &["--fresh"]].concat());
        let rows = world.rows("whole.results.csv");
        let row = rows.iter().find(|row| row["email"] == "ann.lee@example.com").unwrap();
        assert_eq!(
            (run.status, format!("{} {}", row["umbulk_status"], row["umbulk_code"])),
            (1, HELD.to_owned()),
            "{list:?}: {run:?}"
        );
        let message = &row["umbulk_message"];
        for text in [
            "seems to be a new address of `ann.smith@example.com`, who has the same names and \
             domain",
            "email ann.smith@example.com, new_email ann.lee@example.com",
        ] {
            assert!(message.contains(text), "{list:?}: {message}");
        }
        assert!(message.contains("--allow-second-accounts"), "{message}");
        assert_eq!(users(&world), 4, "{list:?}: nobody is created");
    }
}

#[test]
fn new_address_in_a_whole_list_is_held_and_the_other_rows_go() {
    for list in [&[][..], &["--against", "users.csv"], &["--online"], &["--skip-unchanged"]] {
        let world = world();
        let run = world.import("staff.csv", HEADER.to_owned() + WEEKLY, list);
        let outcomes = world.outcomes("staff.results.csv");
        assert!(
            run.status == 1
                && outcomes[0] == HELD
                && outcomes.iter().filter(|one| **one == HELD).count() == 1,
            "{list:?}: {run:?} {outcomes:?}"
        );
        assert!(
            run.stderr.contains(
                "new address?  1 row is not sent, because the user is very \
                 probably in "
            ),
            "{list:?}: {}",
            run.stderr
        );
        assert!(world.groups_of("new@example.com").is_some() && users(&world) == 5, "{list:?}");
        // The same command shows the same; the way that the message names does it.
        let again = world.umbulk(&[&["import", "staff.csv"], list].concat());
        assert_eq!(
            (again.status, world.outcomes("staff.results.csv")[0].as_str()),
            (1, HELD),
            "{list:?}: {again:?}"
        );
        let rename = "action,email,new_email\nupdate,ann.smith@example.com,ann.lee@example.com\n";
        assert_eq!(world.import("rename.csv", rename, &[]).status, 0);
        let run = world.import("staff2.csv", HEADER.to_owned() + WEEKLY, &["--skip-unchanged"]);
        assert_eq!((run.status, users(&world)), (0, 5), "{list:?}: {run:?}");
    }
}

/// A table of operations need not name everybody; one that does nothing but create people is a list
/// of them.
#[test]
fn actions_tell_whether_a_file_is_a_list_of_people() {
    let acting = |action: &str| {
        format!("action,{HEADER}")
            + &WEEKLY.lines().map(|line| format!("create,{line}\n")).collect::<String>()
            + action
    };
    let world = world();
    let run = world.import("list.csv", acting(""), &["--test-mode"]);
    assert_eq!((run.status, world.outcomes("list.test.csv")[0].as_str()), (1, HELD), "{run:?}");
    let run = world.import("work.csv", acting("add,dora@example.com,,,,Design\n"), &[]);
    assert!(
        run.status == 0 && run.stderr.contains("1 row creates a user who may be in "),
        "{run:?}"
    );
}

#[test]
fn another_person_of_the_same_name_is_created_when_that_is_said() {
    for list in [&[][..], &["--against", "users.csv"], &["--skip-unchanged"]] {
        let world = world();
        let run = world.import(
            "staff.csv",
            HEADER.to_owned() + WEEKLY,
            &[list, &["--allow-second-accounts"]].concat(),
        );
        assert_eq!((run.status, users(&world)), (0, 6), "{list:?}: {run:?}");
        assert!(
            world.rows("staff.results.csv")[0]["umbulk_message"]
                .contains("perhaps a new address of `ann.smith@example.com`"),
            "{list:?}"
        );
    }
}

/// The columns of user-sync are those of an exported list, and of any list of new people.
#[test]
fn namesake_in_a_short_list_of_user_sync_is_sent_and_said() {
    for rows in 1..=3 {
        let world = world();
        let row = |email: &str, first: &str, last: &str| {
            format!("{first},{last},{email},US,Design,federatedID,{email},example.com\n")
        };
        let all = [
            row("ann.lee@example.com", "Ann", "Lee"),
            row("new@example.com", "New", "One"),
            row("other@example.com", "Other", "One"),
        ];
        let file = "firstname,lastname,email,country,groups,type,username,domain\n".to_owned()
            + &all[..rows].concat();
        let run = world.import("new.csv", file, &[]);
        assert_eq!((run.status, users(&world)), (0, 4 + rows), "{rows}: {run:?}");
        assert!(
            run.stderr.contains("1 row creates a user who may be in "),
            "{rows}: {}",
            run.stderr
        );
    }
}

/// A short list of new people names nobody who is there: a namesake is no wonder.
#[test]
fn namesake_in_a_short_list_is_sent_and_said() {
    let world = world();
    let run =
        world.import("new.csv", HEADER.to_owned() + "ann.lee@example.com,Ann,Lee,US,Design\n", &[]);
    assert_eq!((run.status, users(&world)), (0, 5), "{run:?}");
    assert!(run.stderr.contains("1 row creates a user who may be in "), "{}", run.stderr);
    assert!(
        world.rows("new.results.csv")[0]["umbulk_message"]
            .contains("perhaps a new address of `ann.smith@example.com`")
    );
}

#[test]
fn namesake_of_another_country_in_a_whole_list_is_sent_and_said() {
    let world = world();
    let run =
        world.import("staff.csv", HEADER.to_owned() + &WEEKLY.replacen("Lee,US", "Lee,DE", 1), &[]);
    assert_eq!((run.status, users(&world)), (0, 6), "{run:?}");
    assert!(run.stderr.contains("who may be in "), "{}", run.stderr);
}

#[test]
fn validate_and_plan_hold_the_row_in_the_same_words() {
    let world = world();
    world.write("staff.csv", HEADER.to_owned() + WEEKLY);
    let run = world.umbulk(&["validate", "staff.csv"]);
    let checked = world.rows("staff.check.csv")[0].clone();
    assert_eq!(
        (run.status, checked["umbulk_code"].as_str()),
        (1, "invalid.email.perhaps_renamed"),
        "{run:?}"
    );
    let plan = world.umbulk(&["plan", "staff.csv", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(
        (plan.status, &json["invalid"], &json["perhaps_new_addresses"][0]["held"]),
        (1, &1.into(), &true.into()),
        "{json}"
    );
    assert_eq!(world.umbulk(&["import", "staff.csv"]).status, 1);
    assert_eq!(world.rows("staff.results.csv")[0]["umbulk_message"], checked["umbulk_message"]);
}
