//! `--missing leave` while a row creates somebody whose name is another form of a leaver's: a
//! married name, initials, a short name. The row is held, and nobody leaves.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

type Person = (&'static str, &'static str, &'static str);

fn person((name, first, last): Person) -> SandboxUser {
    let email = format!("{name}@example.com");
    SandboxUser { firstname: first.into(), lastname: last.into(), ..user(&email, &["Design"]) }
}

/// Six people who stay, and these.
fn world(others: &[Person]) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    for number in 0..6 {
        directory.add_user(&person_with_number(number));
    }
    others.iter().for_each(|other| directory.add_user(&person(*other)));
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    world
}

fn person_with_number(number: usize) -> SandboxUser {
    let email = format!("u{number}@example.com");
    SandboxUser {
        firstname: "U".into(),
        lastname: format!("N{number}"),
        ..user(&email, &["Design"])
    }
}

/// The six, and new people.
fn leave(world: &World, new: &[Person], list: &[&str]) -> Run {
    let mut file = "email,firstname,lastname,country,groups\n".to_owned();
    for number in 0..6 {
        file += &format!("u{number}@example.com,U,N{number},US,Design\n");
    }
    for (name, first, last) in new {
        file += &format!("{name}@example.com,{first},{last},US,Design\n");
    }
    let flags = ["--missing", "leave", "--managed-type", "federatedID", "--yes"];
    world.import("staff.csv", file, &[&flags, list].concat())
}

fn is_there(world: &World, name: &str) -> bool {
    world.groups_of(&format!("{name}@example.com")).is_some()
}

const LISTS: [&[&str]; 3] = [&["--against", "users.csv"], &["--online"], &[]];

#[track_caller]
fn is_held(old: Person, new: Person) {
    for list in LISTS {
        let world = world(&[old]);
        let run = leave(&world, &[new], list);
        assert_eq!(run.status, 1, "{list:?}: {run:?}");
        assert!(is_there(&world, old.0) && !is_there(&world, new.0), "{list:?}: {run:?}");
        let row = &world.rows("staff.results.csv")[6];
        assert_eq!(row["umbulk_code"], "invalid.email.perhaps_renamed", "{list:?}");
        let said = format!("`{}@example.com` has another form of the same name", old.0);
        assert!(row["umbulk_message"].contains(&said), "{list:?}: {row:?}");
        let stays =
            format!("stays: perhaps a new address: {}@example.com -> {}@example.com", old.0, new.0);
        assert!(run.stderr.contains(&stays), "{list:?}: {}", run.stderr);
    }
}

#[test]
fn married_name_with_hyphen_is_no_create_and_leave() {
    is_held(("ann.lee", "Ann", "Lee"), ("ann.lee-smith", "Ann", "Lee-Smith"));
}

#[test]
fn second_last_name_dropped_is_no_create_and_leave() {
    is_held(("maria.garcia", "Maria", "Garcia Lopez"), ("mlopez", "María", "López"));
}

#[test]
fn initial_for_a_first_name_is_no_create_and_leave() {
    is_held(("ann.lee", "Ann", "Lee"), ("al", "A.", "Lee"));
}

#[test]
fn middle_initial_is_no_create_and_leave() {
    is_held(("ann.lee", "Ann", "Lee"), ("annie", "Ann M.", "Lee"));
}

#[test]
fn short_name_is_no_create_and_leave() {
    is_held(("jim", "Jim", "Roe"), ("james.roe", "James", "Roe"));
}

/// The advice of the message does it.
#[test]
fn update_row_renames_whoever_has_the_other_form() {
    let world = world(&[("ann.lee", "Ann", "Lee")]);
    let update = "action,email,firstname,lastname,new_email\n".to_owned()
        + &(0..6).map(|n| format!("update,u{n}@example.com,U,N{n},\n")).collect::<String>()
        + "update,ann.lee@example.com,Ann,Lee-Smith,ann.lee-smith@example.com\n";
    let flags = ["--missing", "leave", "--managed-type", "federatedID", "--online", "--yes"];
    let run = world.import("staff.csv", update, &flags);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(is_there(&world, "ann.lee-smith") && !is_there(&world, "ann.lee"));
}

/// One last name alone says nothing.
#[test]
fn others_of_a_last_name_come_and_leave_unasked() {
    for (old, new) in [
        (("ann.lee", "Ann", "Lee"), ("bob.lee", "Bob", "Lee")),
        (("ann.smith", "Ann", "Smith"), ("ann.lee", "Ann", "Lee")),
        (("alex", "Alexander", "Roe"), ("alexandra", "Alexandra", "Roe")),
    ] {
        let world = world(&[old]);
        let run = leave(&world, &[new], &["--online"]);
        assert_eq!(run.status, 0, "{new:?}: {run:?}");
        assert!(!is_there(&world, old.0) && is_there(&world, new.0), "{new:?}");
    }
}

/// Both are in the list: no row makes a second account.
#[test]
fn two_who_are_there_hold_nobody() {
    let world = world(&[("j.roe", "J.", "Roe"), ("james.roe", "James", "Roe")]);
    let run = leave(&world, &[("james.roe", "James", "Roe")], &["--online"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(!is_there(&world, "j.roe") && is_there(&world, "james.roe"));
}

/// Nobody knows whom the initial means: both are created, and the leaver is shown and stays.
#[test]
fn form_of_several_new_names_holds_no_row_and_stays() {
    let world = world(&[("j.roe", "J.", "Roe"), ("gone", "Go", "Ne")]);
    let new = [("james.roe", "James", "Roe"), ("john.roe", "John", "Roe")];
    let run = leave(&world, &new, &["--online"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(is_there(&world, "james.roe") && is_there(&world, "john.roe"));
    assert!(is_there(&world, "j.roe") && !is_there(&world, "gone"), "{run:?}");
    assert!(
        run.stderr.contains("stays: perhaps a new address: j.roe@example.com -> "),
        "{}",
        run.stderr
    );
}
