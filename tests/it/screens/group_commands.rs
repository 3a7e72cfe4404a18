//! Memberships that are sent as commands of their groups.

use super::Screens;
use crate::world::{World, user};
use std::fmt::Write;
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

/// Forty people in no group, and rows that add them to two groups.
fn world() -> World {
    let mut directory = Directory::default();
    for name in ["Design", "Print"] {
        directory.add_group(&SandboxGroup::user_group(name));
    }
    let mut rows = "action,email,groups\n".to_owned();
    for number in 0..40 {
        let email = format!("u{number}@example.com");
        directory.add_user(&user(&email, &[]));
        writeln!(rows, "add,{email},\"Design,Print\"").unwrap();
    }
    let world = World::new(directory, SandboxOptions::default());
    world.write("rows.csv", rows + "add,nobody@example.com,Design\n");
    world
}

#[test]
fn plans_and_imports_by_the_side_of_memberships() {
    for side in ["auto", "always", "never"] {
        let world = world();
        let screens = Screens::of("group_commands", &world);
        let plan = format!("umbulk plan rows.csv --group-side {side}");
        screens.show(&format!("plan_{side}"), &plan);
        let import = format!("umbulk import rows.csv --group-side {side}");
        screens.show(&format!("import_{side}"), &import);
    }
}
