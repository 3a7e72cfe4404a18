//! An exported list is edited and handed back on a computer without a snapshot, and the ids of
//! some rows are emptied: each row is asked about all the same.

use crate::second_accounts::{HELD, users, world};
use crate::world::{Run, World, run};

/// The list that an export elsewhere has written, with the ids of the rows that `edit` changes
/// emptied. Nothing is stored here.
fn edited(world: &World, edit: impl Fn(&str) -> String) -> String {
    let text = std::fs::read_to_string(world.path("users.csv")).unwrap();
    let header = text.lines().next().unwrap();
    let place = header.trim_start_matches('\u{feff}').split(',').position(|name| name == "id");
    let line = |line: &str| {
        let changed = edit(line);
        if changed == line {
            return changed;
        }
        let mut cells: Vec<&str> = changed.split(',').collect();
        cells[place.unwrap()] = "";
        cells.join(",")
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

fn import(world: &World, file: &str) -> Run {
    world.write("list.csv", file);
    run(world.command(&["import", "list.csv"]).env("XDG_STATE_HOME", world.path("elsewhere")))
}

#[test]
fn edited_address_beside_an_emptied_id_creates_nobody() {
    let world = world();
    let file = edited(&world, |line| line.replace("ann.smith@", "ann.new@"));
    assert!(file.contains("ann.new@"), "{file}");
    let run = import(&world, &file);
    let rows = world.rows("list.results.csv");
    let row = rows.iter().find(|row| row["email"] == "ann.new@example.com").unwrap();
    assert_eq!(
        (run.status, format!("{} {}", row["umbulk_status"], row["umbulk_code"]), users(&world)),
        (1, HELD.to_owned(), 4),
        "{run:?}"
    );
    assert!(run.stderr.contains("umbulk first asks the server about 4 people"), "{}", run.stderr);
    // The same command shows the same.
    let again = import(&world, &file);
    assert_eq!((again.status, users(&world)), (1, 4), "{again:?}");
}

/// Somebody new is appended: nobody of that name is in the list and in no row.
#[test]
fn new_person_appended_without_an_id_is_created() {
    let world = world();
    let file = edited(&world, str::to_owned);
    let bob = world.rows("users.csv").into_iter().find(|row| row["email"] == "bob@example.com");
    let id = bob.unwrap()["id"].clone();
    let row = file.lines().find(|line| line.contains("bob@")).unwrap();
    let new = row.replace(&id, "").replace("bob", "new").replace("Bob", "New");
    let run = import(&world, &format!("{file}{new}\n"));
    assert_eq!((run.status, users(&world)), (0, 5), "{run:?}");
    assert!(world.groups_of("new@example.com").is_some());
}
