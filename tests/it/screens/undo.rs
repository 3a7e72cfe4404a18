//! `umbulk undo`: the plan, what cannot come back, and the rows that are sent.

use super::Screens;
use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const ROWS: &str = "action,email,firstname,lastname,country,groups,add_groups,remove_groups\n\
    create,dora@example.com,Dora,Lee,DE,Design,,\n\
    update,ann@example.com,Anna,,,,Video,Design\n\
    delete,bob@example.com,,,,,,\n\
    delete-account,carl@example.com,,,,,,\n";

fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    for (email, groups) in [
        ("ann@example.com", &["Design"][..]),
        ("bob@example.com", &["Video"]),
        ("carl@example.com", &[]),
    ] {
        directory.add_user(&SandboxUser { country: "DE".into(), ..user(email, groups) });
    }
    World::new(directory, SandboxOptions::default())
}

#[test]
fn undo_of_an_import() {
    let world = world();
    let screens = Screens::of("undo", &world);
    screens.file("staff.csv", ROWS);
    screens.show_all(&[
        ("nothing_imported", "umbulk undo staff.csv"),
        ("import", "umbulk import staff.csv --snapshot-before"),
        ("plan", "umbulk undo staff.csv"),
        ("plan_as_json", "umbulk undo staff.csv --json"),
        ("rows", "umbulk plan staff.undo.csv"),
        ("applied", "umbulk undo staff.csv --apply"),
        ("applied_again", "umbulk undo staff.csv --apply"),
        ("undo_of_the_undo", "umbulk undo staff.undo.csv --apply"),
    ]);
}

#[test]
fn undo_without_a_baseline() {
    let world = world();
    let screens = Screens::of("undo", &world);
    screens.file("staff.csv", ROWS);
    assert_eq!(screens.run("umbulk import staff.csv").status, 0);
    screens.show("no_baseline", "umbulk undo staff.csv");
}
