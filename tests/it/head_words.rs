//! The head and the plan say in words what the rows do, as far as it is known.

use crate::effects::organization;
use crate::world::World;
use umbulk::sandbox::SandboxOptions;

const ROWS: &str = "email,firstname,lastname,country\n\
    ann.lee@example.com,Anna,Lee,US\n\
    bob.ray@example.com,Bob,Ray,US\n\
    new@example.com,New,User,US\n";

fn does(world: &World, more: &[&str]) -> String {
    world.write("a.csv", ROWS);
    let run = world.umbulk(&[&["plan", "a.csv"], more].concat());
    assert_eq!(run.status, 0, "{run:?}");
    run.stdout.lines().find_map(|line| line.strip_prefix("what it does: ")).unwrap().to_owned()
}

#[test]
fn people_of_whom_nobody_knows_are_created_unless_there() {
    let world = World::new(organization(), SandboxOptions::default());
    let said = "3 users are created (unless they exist already)";
    assert_eq!(does(&world, &[]), said);
    let run = world.import("a.csv", ROWS, &[]);
    assert!(
        run.status == 0 && run.stderr.contains(&format!("effect        {said}\n")),
        "{}",
        run.stderr
    );
    // The server refuses a create of somebody who is there: then no row meets an existing user.
    assert_eq!(does(&world, &["--if-exists", "error"]), "3 users are created");
    let json = world.umbulk(&["plan", "a.csv", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (&json["headcount"]["created"], &json["headcount"]["perhaps_there"]),
        (&3.into(), &3.into()),
        "{json}"
    );
}

#[test]
fn people_whose_names_are_brought_up_to_date_are_updated() {
    let world = World::new(organization(), SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    assert_eq!(does(&world, &[]), "1 user is created, 2 users exist already");
    let expected = "1 user is created, 1 user exists already, 1 user is updated";
    assert_eq!(does(&world, &["--if-exists", "update"]), expected);
    assert_eq!(
        does(&world, &["--skip-unchanged", "--if-exists", "update"]),
        "1 user is created, 1 user is updated"
    );
    let run = world.import("b.csv", ROWS, &["--if-exists", "update", "--against", "users.csv"]);
    assert!(run.stderr.contains(&format!("effect        {expected}\n")), "{}", run.stderr);
}
