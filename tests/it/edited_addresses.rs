//! A list that is exported, edited and handed back: an edited address makes no second account,
//! whatever is known of the organization.

use crate::world::{Run, World, user};
use umbulk::sandbox::{
    Directory, Identity, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser,
};

/// So many people in an organization, whose list is `users.csv`.
fn exported(people: usize) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    for number in 0..people {
        let user = user(&format!("u{number}@example.com"), &["Design"]);
        directory.add_user(&SandboxUser { country: "US".into(), ..user });
    }
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    world
}

/// What is known of the organization is forgotten.
fn forget(world: &World) {
    std::fs::remove_dir_all(world.path("state")).unwrap();
}

/// The list, with another text in the cells of one person.
fn edited(world: &World, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(world.path("users.csv")).unwrap();
    assert!(text.contains(from), "{text}");
    text.replace(from, to)
}

/// Nobody is created, the row is wrong with this code, and all others are ok.
#[track_caller]
fn only_that_row_is_wrong(world: &World, run: &Run, code: &str, people: usize) {
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("edited.results.csv");
    assert_eq!(
        outcomes.iter().filter(|outcome| *outcome == "ok").count(),
        people - 1,
        "{outcomes:?}"
    );
    assert_eq!(
        outcomes.iter().filter(|outcome| **outcome == format!("invalid {code}")).count(),
        1,
        "{outcomes:?}"
    );
    assert_eq!(world.sandbox.directory().users().count(), people, "nobody is created");
}

fn message(world: &World, of: &str) -> String {
    let rows = world.rows("edited.results.csv");
    rows.into_iter().find(|row| row["email"] == of).unwrap()["umbulk_message"].clone()
}

#[test]
fn edited_address_of_a_small_list_is_asked_about() {
    let world = exported(5);
    forget(&world);
    let run = world.import("edited.csv", edited(&world, "u3@example.com", "new@example.com"), &[]);
    only_that_row_is_wrong(&world, &run, "invalid.email.other_id", 5);
    let message = message(&world, "new@example.com");
    assert!(
        message.contains("`u3@example.com`")
            && message.contains("new_email")
            && message.contains("empty the cell id"),
        "{message}"
    );
    // The same command shows the same, and so do the results.
    let sent = world.action_requests();
    assert_eq!(world.umbulk(&["import", "edited.csv"]).status, 1);
    assert_eq!(world.umbulk(&["results", "edited.csv"]).status, 0);
    assert_eq!(world.action_requests(), sent);
    assert!(
        world.outcomes("edited.results.csv").contains(&"invalid invalid.email.other_id".to_owned())
    );
}

/// An Adobe ID cannot be updated: what the message says instead works.
#[test]
fn edited_address_of_an_adobe_id_gets_advice_that_works() {
    let mut directory = Directory::default();
    for number in 0..5 {
        let user = user(&format!("u{number}@example.com"), &[]);
        directory.add_user(&SandboxUser { identity: Identity::Adobe, ..user });
    }
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    let list = std::fs::read_to_string(world.path("users.csv")).unwrap();
    let id = |text: &str| -> String {
        let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
        let at = header.iter().position(|name| *name == "id").unwrap();
        let row = text.lines().find(|line| line.contains("u3@example.com")).unwrap();
        row.split(',').nth(at).unwrap().to_owned()
    };
    for known in [true, false] {
        if !known {
            forget(&world);
        }
        let file = list.replace("u3@example.com", "new@example.com");
        let run = world.import("edited.csv", &file, &["--fresh"]);
        only_that_row_is_wrong(&world, &run, "invalid.email.other_id", 5);
        let message = message(&world, "new@example.com");
        assert!(!message.contains("update row"), "{message}");
        assert!(message.contains("Write `u3@example.com` again"), "{message}");
        assert!(message.contains("empty the cell id"), "{message}");
    }
    // Both ways out of it.
    assert_eq!(world.import("edited.csv", &list, &["--fresh"]).status, 0);
    let file = list.replace("u3@example.com", "new@example.com").replace(&id(&list), "");
    let run = world.import("edited.csv", &file, &["--fresh", "--allow-second-accounts"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.sandbox.directory().user("new@example.com").is_some());
}

#[test]
fn edited_address_of_a_long_list_is_found_in_a_fetched_list() {
    let world = exported(60);
    forget(&world);
    let run = world.import("edited.csv", edited(&world, "u33@example.com", "new@example.com"), &[]);
    only_that_row_is_wrong(&world, &run, "invalid.email.other_id", 60);
    assert!(message(&world, "new@example.com").contains("`u33@example.com`"));
    assert!(
        run.stderr.contains("more than 50 people: the list of users is fetched first"),
        "{}",
        run.stderr
    );
}

/// By an import since, nobody knows what became of the person: a refused rename may be done.
#[test]
fn edited_address_of_recently_changed_user_is_not_new() {
    let world = exported(5);
    let failed = world.import(
        "a.csv",
        "action,email,new_email\nupdate,u3@example.com,u1@example.com\n",
        &[],
    );
    assert_eq!(failed.status, 1, "{failed:?}");
    let run = world.import("edited.csv", edited(&world, "u3@example.com", "new@example.com"), &[]);
    only_that_row_is_wrong(&world, &run, "invalid.email.unknown", 5);
}

/// A row that was refused before any of its steps has changed nobody.
#[test]
fn edited_address_of_user_in_a_refused_row_is_found() {
    let world = exported(5);
    let refused = "action,email,groups\nadd,u3@example.com,Nope\n";
    assert_eq!(world.import("a.csv", refused, &["--check-groups", "never"]).status, 1);
    let run = world.import("edited.csv", edited(&world, "u3@example.com", "new@example.com"), &[]);
    only_that_row_is_wrong(&world, &run, "invalid.email.other_id", 5);
}

#[test]
fn edited_type_stops_its_row_alone() {
    for more in [&[][..], &["--fresh"]] {
        let world = exported(5);
        forget(&world);
        let text = std::fs::read_to_string(world.path("users.csv")).unwrap();
        let row = text.lines().find(|line| line.contains("u3@")).unwrap();
        let run = world.import(
            "edited.csv",
            text.replace(row, &row.replace("federatedID", "enterpriseID")),
            more,
        );
        assert_eq!(run.status, 0, "another type of one's own organization is said: {run:?}");
        let file = text.replace(row, &row.replace("federatedID", "adobeID"));
        let run = world.import("edited.csv", file, more);
        only_that_row_is_wrong(&world, &run, "invalid.type.other_id", 5);
    }
}

/// In Excel, one column was sorted and the others were not.
#[test]
fn address_of_somebody_else_beside_an_id_is_refused() {
    let world = exported(5);
    let text = std::fs::read_to_string(world.path("users.csv")).unwrap();
    let row = text.lines().find(|line| line.contains("u3@")).unwrap();
    let file = format!("{}\n{}\n", text.lines().next().unwrap(), row.replace("u3@", "u4@"));
    for (more, statuses) in [(&[][..], 1), (&["--override", "action=delete"][..], 1)] {
        let run = world.import("edited.csv", &file, &[more, &["--fresh"]].concat());
        assert_eq!((run.status, world.action_requests()), (statuses, 0), "{run:?}");
        assert_eq!(world.outcomes("edited.results.csv"), ["invalid invalid.email.other_id"]);
    }
}

#[test]
fn people_who_cannot_be_asked_about_send_nothing() {
    let world = exported(5);
    forget(&world);
    let refused =
        || Some(InjectedFault::Answer { status: 403, headers: Vec::new(), body: String::new() });
    world.sandbox.faults().next_reads(std::iter::repeat_with(refused).take(100));
    let run = world.import(
        "edited.csv",
        edited(&world, "u3@example.com", "new@example.com"),
        &["--check-groups", "never"],
    );
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    assert!(
        run.stdout.contains("a row whose address was edited")
            || run.stderr.contains("a row whose address was edited"),
        "{run:?}"
    );
}

#[test]
fn plan_finds_the_edited_address_by_the_snapshot() {
    let world = exported(5);
    world.write("edited.csv", edited(&world, "u3@example.com", "new@example.com"));
    let run = world.umbulk(&["plan", "edited.csv"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(run.stderr.contains("invalid.email.other_id"), "{run:?}");
    assert!(
        run.stdout.contains("what it does: 4 users exist already")
            && !run.stdout.contains("are created"),
        "{}",
        run.stdout
    );
}

/// An organization moves, or somebody who has left comes back: nobody here has these ids, so nobody
/// gets a second account.
#[test]
fn list_of_another_organization_creates_its_people() {
    let list = std::fs::read_to_string(exported(5).path("users.csv")).unwrap();
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    let world = World::new(directory, SandboxOptions::default());
    let run = world.import("moved.csv", list, &[]);
    assert_eq!((run.status, world.sandbox.directory().users().count()), (0, 5), "{run:?}");
}

/// Two accounts have one email: a row without a type, but with the id of the Adobe ID, means
/// neither for sure. Both ways out of it work.
#[test]
fn id_of_an_adobe_id_in_a_row_without_a_type_is_asked_about() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    let ann = user("ann@example.com", &[]);
    directory.add_user(&SandboxUser { identity: Identity::Adobe, ..ann.clone() });
    directory.add_user(&ann);
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    let list = world.rows("users.csv");
    let id = &list.iter().find(|row| row["type"] == "adobeID").unwrap()["id"];
    let file = format!("action,id,email,groups\nadd,{id},ann@example.com,Design\n");
    let run = world.import("edited.csv", &file, &[]);
    assert_eq!((run.status, world.action_requests()), (1, 0), "{run:?}");
    assert_eq!(world.outcomes("edited.results.csv"), ["invalid invalid.type.other_id"]);
    let message = message(&world, "ann@example.com");
    assert!(message.contains("write `adobeID` in a column type"), "{message}");
    assert!(message.contains("empty the cell id"), "{message}");
    for (file, member) in [
        (file.replace(id, ""), "federatedID"),
        (
            format!("action,id,type,email,groups\nadd,{id},adobeID,ann@example.com,Design\n"),
            "adobeID",
        ),
    ] {
        let run = world.import("edited.csv", &file, &["--fresh"]);
        assert_eq!(run.status, 0, "{member}: {run:?}");
        assert_eq!(world.umbulk(&["export", "users", "--out", "after.csv", "--force"]).status, 0);
        let rows = world.rows("after.csv");
        let row = rows.iter().find(|row| row["type"] == member).unwrap();
        assert_eq!(row["groups"], "Design", "{rows:?}");
    }
}
