//! A file is an exported list that is handed back if its rows have ids of the list. A list of new
//! people that was made from the header of an exported list has a column `id` too, and every cell
//! of it is empty.

use crate::second_accounts::{HELD, users, world};

const HEADER: &str = "id,email,firstname,lastname,country,groups\n";
const NAMESAKE: &str = "ann.lee@example.com,Ann,Lee,US,Design\n";
const LISTS: [&[&str]; 4] =
    [&[], &["--against", "users.csv"], &["--online"], &["--skip-unchanged"]];

#[test]
fn new_people_with_an_empty_column_id_are_sent_and_said() {
    for list in LISTS {
        let world = world();
        let run = world.import(
            "new.csv",
            format!("{HEADER},{NAMESAKE},new@example.com,New,One,US,Design\n"),
            list,
        );
        assert_eq!((run.status, users(&world)), (0, 6), "{list:?}: {run:?}");
        assert!(
            run.stderr.contains("1 row creates a user who may be in "),
            "{list:?}: {}",
            run.stderr
        );
        assert!(!run.stderr.contains("exported list"), "{list:?}: {}", run.stderr);
    }
}

/// Numbers of another system are no ids of the list.
#[test]
fn new_people_with_ids_of_another_system_are_sent_and_said() {
    let world = world();
    let run =
        world.import("new.csv", format!("{HEADER}4711,{NAMESAKE}"), &["--against", "users.csv"]);
    assert_eq!((run.status, users(&world)), (0, 5), "{run:?}");
    assert!(run.stderr.contains("1 row creates a user who may be in "), "{}", run.stderr);
}

#[test]
fn exported_list_with_some_ids_empty_holds_a_new_address() {
    for list in LISTS {
        let world = world();
        let id = world
            .rows("users.csv")
            .into_iter()
            .find(|row| row["email"] == "bob@example.com")
            .unwrap()["id"]
            .clone();
        let file = format!("{HEADER},{NAMESAKE}{id},bob@example.com,Bob,Ray,US,Design\n");
        let run = world.import("list.csv", file, list);
        assert_eq!(
            (run.status, world.outcomes("list.results.csv")[0].as_str(), users(&world)),
            (1, HELD, 4),
            "{list:?}: {run:?}"
        );
    }
}
