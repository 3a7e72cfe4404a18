//! The rows of all files of one command are judged together: a contradiction between two files is
//! one, and names the other file.

use crate::world::World;

const CONFLICT: &str = "invalid invalid.row.conflict";
const HEAD: &str = "type,email,username,domain,firstname,lastname,country,groups\n";

fn world(a: &str, b: &str) -> World {
    let world = World::with_groups(&["Design", "Video"]);
    world.write("north.csv", format!("{HEAD}{a}"));
    world.write("south.csv", format!("{HEAD}{b}"));
    world
}

fn import(world: &World, more: &[&str]) -> [Vec<String>; 2] {
    let run = world.umbulk(&[&["import", "north.csv", "south.csv"], more].concat());
    assert!(run.status <= 1, "{run:?}");
    [world.outcomes("north.results.csv"), world.outcomes("south.results.csv")]
}

const JOHN: &str = "federatedID,john.doe@example.com,10045,example.com,John,Doe,US,Design\n";
const JANE: &str = "federatedID,jane.roe@example.com,10045,example.com,Jane,Roe,GB,Video\n";

#[test]
fn two_files_one_username_for_two_people_is_a_conflict() {
    let world = world(JOHN, &format!("federatedID,x@example.com,7,example.com,Cy,Poe,US,\n{JANE}"));
    assert_eq!(
        import(&world, &[]),
        [vec![CONFLICT.to_owned()], vec!["ok".to_owned(), CONFLICT.to_owned()]]
    );
    for (file, parts) in [
        (
            "north.results.csv",
            [
                "line 3 of south.csv",
                "email is `john.doe@example.com` here and `jane.roe@example.com` there",
            ],
        ),
        ("south.results.csv", ["line 2 of north.csv", "`john.doe@example.com` there"]),
    ] {
        let message = world.rows(file).last().unwrap()["umbulk_message"].clone();
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
    assert_eq!(world.sandbox.directory().users().count(), 1);
}

#[test]
fn two_files_one_email_with_two_names_is_a_conflict() {
    let world = world(
        "federatedID,a1@example.com,,,John,Doe,US,Design\n",
        "federatedID,A1@example.com,,,Jon,Roe,GB,Video\n",
    );
    assert_eq!(import(&world, &[]), [vec![CONFLICT.to_owned()], vec![CONFLICT.to_owned()]]);
    assert_eq!(world.action_requests(), 0);
    assert_eq!(world.umbulk(&["validate", "north.csv", "south.csv"]).status, 1);
    assert_eq!(world.outcomes("south.check.csv"), [CONFLICT]);
    assert_eq!(world.umbulk(&["plan", "north.csv", "south.csv"]).status, 1);
    // Each file alone is right.
    assert_eq!(world.umbulk(&["validate", "south.csv"]).status, 0);
}

#[test]
fn two_files_that_agree_add_up() {
    let row = |group: &str| format!("federatedID,a1@example.com,,,John,Doe,US,{group}\n");
    let world = world(&row("Design"), &row("Video"));
    assert_eq!(import(&world, &[]), [vec!["ok".to_owned()], vec!["ok".to_owned()]]);
    assert_eq!(world.groups_of("a1@example.com").unwrap(), ["Design", "Video"]);
}

#[test]
fn two_files_last_row_counts_where_asked_for() {
    let world = world(
        "federatedID,a1@example.com,,,John,Doe,US,Design\n",
        "federatedID,a1@example.com,,,Jon,Doe,US,Video\n",
    );
    assert_eq!(
        import(&world, &["--conflicts", "last"]),
        [vec!["skipped skipped.conflict".to_owned()], vec!["ok".to_owned()]]
    );
    assert!(world.rows("north.results.csv")[0]["umbulk_message"].contains("line 2 of south.csv"));
    assert_eq!(world.groups_of("a1@example.com").unwrap(), ["Video"]);
}

#[test]
fn two_files_one_a_sequence_creates_of_one_username_conflict() {
    let world = world(JOHN, "");
    let sequence = |rows: &str| {
        world.write(
            "steps.csv",
            format!("action,email,username,domain,firstname,lastname,country,new_username\n{rows}"),
        )
    };
    let validate = || {
        world.umbulk(&["validate", "north.csv", "steps.csv"]);
        [world.outcomes("north.check.csv"), world.outcomes("steps.check.csv")].concat()
    };
    let create = "create,jane.roe@example.com,10045,example.com,Jane,Roe,GB,\n";
    sequence(create);
    assert_eq!(validate(), [CONFLICT, CONFLICT]);
    sequence(&format!("update,john.doe@example.com,,,,,,10046\n{create}"));
    assert_eq!(validate(), ["ok", "ok", "ok"]);
    // A later step may change what the first file says.
    sequence("update,john.doe@example.com,,,Jon,,,\n");
    assert_eq!(validate(), ["ok", "ok"]);
}

#[test]
fn a_sequence_last_create_counts_where_asked_for() {
    let world = World::with_groups(&[]);
    world.write(
        "a.csv",
        "action,email,username,domain,firstname,lastname,country\n\
         create,b@example.com,1,example.com,B,B,US\n\
         create,c@example.com,1,example.com,C,C,US\n",
    );
    assert_eq!(world.umbulk(&["import", "a.csv", "--conflicts", "last"]).status, 0);
    assert_eq!(world.outcomes("a.results.csv"), ["skipped skipped.conflict", "ok"]);
}
