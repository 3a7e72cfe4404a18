//! `--missing leave`: a person whose name two programs spell differently stays.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

fn person(email: &str, first: &str, last: &str) -> SandboxUser {
    SandboxUser { firstname: first.into(), lastname: last.into(), ..user(email, &["G"]) }
}

#[track_caller]
fn assert_stays(old: (&str, &str, &str), new: (&str, &str, &str)) {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    directory.add_user(&person(old.0, old.1, old.2));
    (0..6).for_each(|n| directory.add_user(&person(&format!("u{n}@example.com"), "U", "N")));
    let world = World::new(directory, SandboxOptions::default());
    let others: String = (0..6).map(|n| format!("u{n}@example.com,U,N,US,G\n")).collect();
    let (email, first, last) = new;
    let file =
        format!("email,firstname,lastname,country,groups\n{others}{email},{first},{last},US,G\n");
    let flags = ["--online", "--missing", "leave", "--managed-type", "federatedID", "--yes"];
    let run = world.import("a.csv", file, &flags);
    assert!(world.groups_of(old.0).is_some(), "{old:?} {new:?}: {run:?}");
    assert!(world.groups_of(new.0).is_none(), "{old:?} {new:?}: {run:?}");
}

#[test]
fn words_of_a_name_written_together_are_one_person() {
    assert_stays(
        ("vanberg@example.com", "Jan", "van der Berg"),
        ("jan.vandenberg@example.com", "Jan", "Vanderberg"),
    );
    assert_stays(
        ("mac@example.com", "Tom", "MacDonald"),
        ("tom.mcdonald@example.com", "Tom", "McDonald"),
    );
}

#[test]
fn names_in_another_script_are_one_person() {
    assert_stays(
        ("ivan.petrov@example.com", "Иван", "Петров"),
        ("i.petrov@example.com", "Ivan", "Petrov"),
    );
    assert_stays(
        ("george.p@example.com", "Γιώργος", "Παπάς"),
        ("giorgos.papas@example.com", "Giorgos", "Papas"),
    );
}
