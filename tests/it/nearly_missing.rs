//! `--missing` while rows create: a person under another spelling or a new address neither leaves
//! nor is created twice.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const HEADER: &str = "email,firstname,lastname,country,groups\n";

fn person(email: &str, first: &str, last: &str) -> SandboxUser {
    SandboxUser { firstname: first.into(), lastname: last.into(), ..user(email, &["Design"]) }
}

fn world(others: &[SandboxUser]) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    for number in 0..6 {
        directory.add_user(&person(&format!("u{number}@example.com"), "U", &format!("N{number}")));
    }
    others.iter().for_each(|user| directory.add_user(user));
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    world
}

fn staff(rows: &str) -> String {
    let all: String = (0..6).map(|n| format!("u{n}@example.com,U,N{n},US,Design\n")).collect();
    HEADER.to_owned() + &all + rows
}

fn leave(world: &World, file: &str, more: &[&str]) -> Run {
    let flags =
        ["--missing", "leave", "--against", "users.csv", "--managed-type", "federatedID", "--yes"];
    world.import("staff.csv", file, &[&flags, more].concat())
}

#[track_caller]
fn nobody_left_and_nobody_came(world: &World, people: usize) {
    let all: Vec<String> = world.sandbox.directory().users().map(|user| user.email).collect();
    assert_eq!(all.len(), people, "{all:?}");
}

#[test]
fn look_alike_of_a_domain_creates_no_twin_and_the_person_stays() {
    let world = world(&[person("ann@exämple.com", "Ann", "Lee")]);
    let run = leave(&world, &staff("ann@xn--exmple-cua.com,Annie,L,US,Design\n"), &[]);
    assert_eq!(run.status, 1, "{run:?}");
    nobody_left_and_nobody_came(&world, 7);
    let rows = world.rows("staff.results.csv");
    assert_eq!(rows[6]["umbulk_code"], "invalid.email.looks_like");
    assert!(
        rows[6]["umbulk_message"]
            .contains("looks like `ann@exämple.com`, who is in the organization")
    );
    for text in [&run.stderr, &run.stdout] {
        assert!(
            text.contains(
                "stays: ann@exämple.com, because a row names \
             ann@xn--exmple-cua.com, which looks the same"
            ),
            "{text}"
        );
    }
    assert!(run.stderr.contains("exempt: 1 named almost so in a row"), "{}", run.stderr);
}

/// The other rows are carried out; the changed address is shown as what it perhaps is.
#[test]
fn new_address_of_a_person_is_no_create_and_leave() {
    let world = world(&[person("ann.smith@example.com", "Ann", "Lee")]);
    let run = leave(
        &world,
        &staff("ann.lee@example.com,ann,LEE,US,Design\nnew@example.com,New,One,US,Design\n"),
        &["--json"],
    );
    assert_eq!(run.status, 1, "{run:?}");
    nobody_left_and_nobody_came(&world, 8);
    assert!(
        world.groups_of("new@example.com").is_some()
            && world.groups_of("ann.smith@example.com").is_some()
    );
    assert_eq!(world.rows("staff.results.csv")[6]["umbulk_code"], "invalid.email.perhaps_renamed");
    let shown = "stays: perhaps a new address: ann.smith@example.com -> ann.lee@example.com \
         (write an update row with new_email)";
    assert!(run.stderr.contains(shown), "{}", run.stderr);
    assert!(
        run.stdout.contains(shown) && run.stdout.contains(r#""perhaps_renamed":1"#),
        "{}",
        run.stdout
    );
    // The same command and the results show the same again.
    let sent = world.action_requests();
    let again = leave(
        &world,
        &staff("ann.lee@example.com,ann,LEE,US,Design\nnew@example.com,New,One,US,Design\n"),
        &[],
    );
    assert_eq!((again.status, world.action_requests()), (1, sent), "{again:?}");
    assert_eq!(world.umbulk(&["results", "staff.csv"]).status, 0);
    assert_eq!(world.rows("staff.results.csv")[6]["umbulk_code"], "invalid.email.perhaps_renamed");
}

/// The company has got another domain, or the row a typing error in it.
#[test]
fn same_address_in_another_domain_is_no_create_and_leave() {
    for email in ["zoltan.kis@corp.com", "zoltan.kis@eu.example.com", "zoltan.kis@exmaple.com"] {
        let world = world(&[person("zoltan.kis@example.com", "Zoltán", "Kis")]);
        let run = leave(&world, &staff(&format!("{email},Zoltan,Kis,US,Design\n")), &[]);
        assert_eq!(run.status, 1, "{run:?}");
        nobody_left_and_nobody_came(&world, 7);
        assert_eq!(
            world.rows("staff.results.csv")[6]["umbulk_code"],
            "invalid.email.perhaps_renamed"
        );
        assert!(
            run.stderr.contains(&format!("zoltan.kis@example.com -> {email}")),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn same_id_with_another_address_sends_nothing() {
    let world = world(&[person("ann@example.com", "Ann", "Lee")]);
    let id =
        world.rows("users.csv").into_iter().find(|row| row["email"] == "ann@example.com").unwrap()
            ["id"]
            .clone();
    let file = format!(
        "id,{}{}",
        HEADER,
        (0..6).map(|n| format!(",u{n}@example.com,U,N{n},US,Design\n")).collect::<String>()
    ) + &format!("{id},married@other.example.com,Anne,Kay,US,Design\n");
    let run = leave(&world, &file, &[]);
    assert_eq!(run.status, 2, "{run:?}");
    nobody_left_and_nobody_came(&world, 7);
    assert!(
        run.stderr.contains("invalid.email.other_id") && run.stderr.contains("ann@example.com"),
        "{}",
        run.stderr
    );
}

/// Anyone who writes the rename, or creates somebody else beforehand, gets what is meant.
#[test]
fn written_renames_and_people_who_are_there_hold_nothing_back() {
    let renamed = world(&[person("ann.smith@example.com", "Ann", "Lee")]);
    let update = "action,email,firstname,lastname,new_email\n".to_owned()
        + &(0..6).map(|n| format!("update,u{n}@example.com,U,N{n},\n")).collect::<String>()
        + "update,ann.smith@example.com,,,ann.lee@example.com\n";
    let run = leave(&renamed, &update, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(renamed.groups_of("ann.lee@example.com").is_some());

    let twins = world(&[
        person("ann.smith@example.com", "Ann", "Lee"),
        person("ann.lee@example.com", "Ann", "Lee"),
    ]);
    let run = leave(&twins, &staff("ann.lee@example.com,Ann,Lee,US,Design\n"), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        twins.groups_of("ann.smith@example.com").is_none()
            && twins.groups_of("ann.lee@example.com").is_some()
    );
}

#[test]
fn report_leaves_out_whoever_is_perhaps_meant() {
    let world = world(&[
        person("ann.smith@example.com", "Ann", "Lee"),
        person("gone@example.com", "Go", "Ne"),
    ]);
    let file = staff("ann.lee@example.com,Ann,Lee,US,Design\n");
    let run = world.import(
        "staff.csv",
        file,
        &["--missing", "report", "--against", "users.csv", "--managed-domain", "example.com"],
    );
    assert_eq!(run.status, 1, "{run:?}");
    assert!(
        run.stdout.contains(
            "1 of 8 people under management is in no row (6 named; exempt: 1 \
             with perhaps a new address)"
        ),
        "{}",
        run.stdout
    );
}

/// Names and address are edited together: a typing error is taken out of both, or a short name is
/// written out.
#[test]
fn edited_names_and_address_are_no_create_and_leave() {
    for (old, new) in [
        (("ann.lee", "Ann", "Lee"), ("an.lee", "Anne", "Lee")),
        (("an.lee", "An", "Leee"), ("an.lees", "An", "Lees")),
        (("rob.ray", "Rob", "Ray"), ("robert.ray", "Robert", "Ray")),
    ] {
        let world = world(&[person(&format!("{}@example.com", old.0), old.1, old.2)]);
        let run = leave(
            &world,
            &staff(&format!("{}@example.com,{},{},US,Design\n", new.0, new.1, new.2)),
            &[],
        );
        assert_eq!(run.status, 1, "{new:?}: {run:?}");
        nobody_left_and_nobody_came(&world, 7);
        let row = &world.rows("staff.results.csv")[6];
        assert_eq!(row["umbulk_code"], "invalid.email.perhaps_renamed", "{new:?}");
        assert!(row["umbulk_message"].contains("has nearly the same names and address"), "{row:?}");
        assert!(
            run.stderr.contains(&format!("{}@example.com -> {}@example.com", old.0, new.0)),
            "{}",
            run.stderr
        );
        // The advice of the message does it.
        let update = "action,email,firstname,lastname,new_email\n".to_owned()
            + &(0..6).map(|n| format!("update,u{n}@example.com,U,N{n},\n")).collect::<String>()
            + &format!("update,{}@example.com,{},{},{}@example.com\n", old.0, new.1, new.2, new.0);
        let run = leave(&world, &update, &["--fresh"]);
        assert_eq!(run.status, 0, "{new:?}: {run:?}");
        nobody_left_and_nobody_came(&world, 7);
        assert!(world.groups_of(&format!("{}@example.com", new.0)).is_some());
    }
}

/// People with one last name and like addresses, and numbered accounts, come and go every week.
#[test]
fn other_people_of_a_family_come_and_leave_unasked() {
    for (old, new) in [
        (("j.smith", "James", "Smith"), ("a.smith", "Alice", "Smith")),
        (("u8", "U", "N8"), ("u9", "U", "N9")),
    ] {
        let world = world(&[person(&format!("{}@example.com", old.0), old.1, old.2)]);
        let run = leave(
            &world,
            &staff(&format!("{}@example.com,{},{},US,Design\n", new.0, new.1, new.2)),
            &[],
        );
        assert_eq!(run.status, 0, "{new:?}: {run:?}");
        assert!(world.groups_of(&format!("{}@example.com", old.0)).is_none());
        assert!(world.groups_of(&format!("{}@example.com", new.0)).is_some());
    }
}
