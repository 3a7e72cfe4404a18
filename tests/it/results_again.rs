//! What an import has said about its rows is what `umbulk results` says again, byte for byte, also
//! where a list, the server or another file of the command has decided about a row.

use crate::world::{Run, World, user};
use proptest::prelude::*;
use umbulk::sandbox::{
    Directory, Identity, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser,
};

const HEAD: &str =
    "action,type,email,username,firstname,lastname,country,groups,new_email,if_exists\n";

/// Twenty people, an Adobe ID, and a list of them.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    for number in 0..20 {
        directory.add_user(&SandboxUser {
            country: "US".into(),
            ..user(&format!("person{number}@example.com"), &["Design"])
        });
    }
    directory.add_user(&SandboxUser {
        identity: Identity::Adobe,
        ..user("own@example.com", &["Design"])
    });
    let world = World::new(directory, SandboxOptions::default());
    let listed = world.umbulk(&["export", "users", "--out", "users.csv"]);
    assert_eq!(listed.status, 0, "{listed:?}");
    world
}

/// A row of every kind, for somebody in the list or not.
const ROWS: [&str; 20] = [
    "create,,person0@example.com,,First,Last,US,Design,,",
    "create,,person1@example.com,,Other,Last,DE,Design,,",
    // Nobody is created, so names and country may be missing.
    "create,,person2@example.com,,,,,Video,,",
    "create,,person3@example.com,,,,,Design,,",
    "create,,stranger@example.com,,,,,Design,,",
    "delete,,persom4@example.com,,,,,,,",
    "remove-all,,nobody@example.net,,,,,,,",
    "update,,own@example.com,,Other,Name,,,,",
    "create,adobeID,own@example.com,,Other,Name,US,Design,,",
    "create,,new@example.com,,New,User,US,Design,,",
    "create,,no address,,A,B,US,,,",
    "create,,new2@example.com,,New,User,US,Desing,,",
    "update,,person5@example.com,,,,,,wrong@@example.com,",
    "add,,person5@example.com,,,,,Video,,",
    "#create,,person6@example.com,,,,,,,",
    "create,,person7@example.com,,First,Last,US,Video,,update",
    "create,,person8@example.com,77,First,Last,US,Design,,",
    "create,,person9@example.com,77,First,Last,US,Design,,",
    "add,,person10@example.com,,,,,Video,,",
    "add,,unknown@example.com,,,,,Video,,",
];

fn file_of(rows: &[&str]) -> String {
    HEAD.to_owned() + &rows.join("\n") + "\n"
}

fn every_kind() -> String {
    file_of(&ROWS)
}

/// The results of a file and its rows to fix.
fn outputs(world: &World, name: &str) -> [Option<String>; 2] {
    ["results", "failed"]
        .map(|kind| std::fs::read_to_string(world.path(&format!("{name}.{kind}.csv"))).ok())
}

fn remove(world: &World, name: &str) {
    for kind in ["results", "failed"] {
        let _ = std::fs::remove_file(world.path(&format!("{name}.{kind}.csv")));
    }
}

/// Compares two outputs byte for byte, and names the first line that differs.
fn assert_same(said: Option<&str>, again: Option<&str>, case: &str) {
    let (lines, others) = (said.unwrap_or_default().lines(), again.unwrap_or_default().lines());
    for (line, other) in lines.zip(others) {
        assert_eq!(other, line, "{case}");
    }
    assert!(said == again, "{case}: {said:?} {again:?}");
}

/// Writes the results of a file again, and compares them with what the import has written.
fn assert_said_again(world: &World, name: &str, case: &str) {
    let said = outputs(world, name);
    assert!(said[0].is_some(), "{case}");
    remove(world, name);
    let run = world.umbulk(&["results", &format!("{name}.csv")]);
    assert_eq!(run.status, 0, "{case}: {run:?}");
    for (said, again) in said.iter().zip(outputs(world, name)) {
        assert_same(said.as_deref(), again.as_deref(), &format!("{case}: {name}"));
    }
}

/// The same, and for the finished command typed again, which sends nothing.
fn assert_shown_again(world: &World, names: &[&str], command: &[&str], first: &Run) {
    let case = format!("{command:?}");
    names.iter().for_each(|name| assert_said_again(world, name, &case));
    let said: Vec<_> = names.iter().map(|name| outputs(world, name)).collect();
    names.iter().for_each(|name| remove(world, name));
    let sent = world.action_requests();
    let again = world.umbulk(command);
    assert_eq!((again.status, world.action_requests()), (first.status, sent), "{again:?}");
    for (name, said) in names.iter().zip(said) {
        for (said, again) in said.iter().zip(outputs(world, name)) {
            assert_same(said.as_deref(), again.as_deref(), &format!("{case}: {name}, typed again"));
        }
        assert_said_again(world, name, &case);
    }
}

#[test]
fn rows_of_every_kind_are_said_again_whatever_decided_them() {
    for flags in [
        &[][..],
        &["--against", "users.csv"],
        &["--skip-unchanged", "--against", "users.csv"],
        &["--skip-unchanged"],
        &["--exact-groups", "--manage-groups", "*", "--against", "users.csv", "--yes"],
        &["--protect", "protect.txt"],
        &["--conflicts", "last", "--skip-unchanged"],
    ] {
        let world = world();
        world.write("protect.txt", "persom4@example.com\nmembers:Design\n");
        world.write("a.csv", every_kind());
        let command = [&["import", "a.csv"], flags].concat();
        let run = world.umbulk(&command);
        assert_eq!(run.status, 1, "{run:?}");
        assert_shown_again(&world, &["a"], &command, &run);
    }
}

/// A new list decides by what it shows; written again, it is not fetched.
#[test]
fn rows_compared_with_a_new_list_are_said_again() {
    let world = world();
    world.write("a.csv", every_kind());
    let run = world.umbulk(&["import", "a.csv", "--online", "--skip-unchanged"]);
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    for outcome in [
        "unchanged unchanged.snapshot",
        "unchanged unchanged.differs",
        "unchanged unchanged.not_there",
        "invalid invalid.type.adobe_update",
        "invalid invalid.groups.unknown",
        "skipped skipped.comment",
        "ok",
    ] {
        assert!(outcomes.iter().any(|one| one == outcome), "{outcome}: {outcomes:#?}");
    }
    assert_said_again(&world, "a", "--online");
}

#[test]
fn rows_that_conflict_with_another_file_are_said_again() {
    let people = "email,username,firstname,lastname,country\n";
    let north = format!(
        "{people}new1@example.com,1,A,B,US\nnew2@example.com,2,A,B,US\nnew3@example.com,3,A,B,US\n"
    );
    let south = format!(
        "{people}new2@example.com,2,Other,B,US\nnew4@example.com,1,A,B,US\n\
         new5@example.com,5,A,B,US\n"
    );
    for flags in [
        &[][..],
        &["--conflicts", "last"],
        &["--skip-unchanged"],
        &["--exact-groups", "--manage-groups", "*", "--yes"],
    ] {
        let world = world();
        world.write("north.csv", &north);
        world.write("south.csv", &south);
        let command = [&["import", "north.csv", "south.csv"], flags].concat();
        let run = world.umbulk(&command);
        assert!(run.status <= 1, "{run:?}");
        let outcomes = world.outcomes("north.results.csv");
        assert!(outcomes[0].ends_with("conflict") && outcomes[2] == "ok", "{outcomes:?}");
        assert_shown_again(&world, &["north", "south"], &command, &run);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 20,
        ..ProptestConfig::default() })]

    /// In any order, and in two files.
    #[test]
    fn rows_in_any_order_and_in_two_files_are_said_again(
        rows in Just(ROWS.to_vec()).prop_shuffle(),
        first in 1..ROWS.len(),
        flags in prop::sample::select(vec![
            &[][..],
            &["--against", "users.csv"],
            &["--skip-unchanged"],
            &["--skip-unchanged", "--conflicts", "last"],
        ]),
    ) {
        let world = world();
        world.write("north.csv", file_of(&rows[..first]));
        world.write("south.csv", file_of(&rows[first..]));
        let command = [&["import", "north.csv", "south.csv"], flags].concat();
        let run = world.umbulk(&command);
        prop_assert!(run.status <= 1, "{run:?}");
        assert_shown_again(&world, &["north", "south"], &command, &run);
    }
}

/// An exported list is handed back: the server tells who of it is there.
#[test]
fn rows_of_an_exported_list_are_said_again() {
    for flags in [&[][..], &["--skip-unchanged", "--against", "users.csv"]] {
        let world = world();
        let list = std::fs::read_to_string(world.path("users.csv")).unwrap();
        let edited = list
            .replacen("person0@example.com", "edited@example.com", 1)
            .replace("person1@example.com,First,Last", "person1@example.com,Other,Last")
            .replace("own@example.com,First", "own@example.com,Other");
        world.write("a.csv", edited);
        std::fs::remove_dir_all(world.path("state")).unwrap();
        let command = [&["import", "a.csv", "--yes"], flags].concat();
        let run = world.umbulk(&command);
        assert!(run.status <= 1, "{run:?}");
        assert_shown_again(&world, &["a"], &command, &run);
    }
}

/// The second request is refused with everything that is sent.
fn stop_after_one_request(world: &World) {
    let refused = InjectedFault::Answer {
        status: 403,
        headers: Vec::new(),
        body: r#"{"error_code":"403003"}"#.to_owned(),
    };
    world.sandbox.faults().next_actions([None, Some(refused)]);
}

/// Rows that were not reached are not sent, also those that only the list makes valid.
#[test]
fn rows_of_an_interrupted_run_are_said_again() {
    for flags in
        [&[][..], &["--skip-unchanged", "--against", "users.csv"], &["--against", "users.csv"]]
    {
        let world = world();
        let more: String = (0..30)
            .map(|number| format!("create,,more{number}@example.com,,New,User,US,Design,,\n"))
            .collect();
        // Without names and country: only the list makes these valid.
        let known: String = (11..19)
            .map(|number| format!("create,,person{number}@example.com,,,,,Video,,\n"))
            .collect();
        world.write("a.csv", every_kind() + &more + &known);
        stop_after_one_request(&world);
        let command = [&["import", "a.csv", "--concurrency", "1"], flags].concat();
        let run = world.umbulk(&command);
        assert_eq!(run.status, 3, "{run:?}");
        let statuses = world.statuses("a.results.csv");
        assert!(statuses.iter().filter(|status| *status == "not_sent").count() > 8, "{statuses:?}");
        assert_said_again(&world, "a", &format!("{flags:?}"));
        let run = world.umbulk(&command);
        assert_eq!(run.status, 1, "{run:?}");
        assert_shown_again(&world, &["a"], &command, &run);
    }
}

/// Makes a journal what an earlier umbulk would have written.
fn make_older(world: &World) {
    let journal = world.path("a.00000000000000000000AAAAAdobeOrg.journal");
    let database = rusqlite::Connection::open(journal).unwrap();
    database
        .execute_batch(
            "DROP TABLE decided; DROP TABLE marks; DELETE FROM facts WHERE name = 'stopped';
             PRAGMA user_version = 2;
             UPDATE facts SET value = json_remove(value, '$.has_list', '$.finds_conflicts')
             WHERE name = 'face'",
        )
        .unwrap();
}

#[test]
fn journal_of_the_earlier_form_is_read_as_before() {
    let world = world();
    world.write("a.csv", every_kind());
    std::fs::remove_dir_all(world.path("state")).unwrap();
    let command = ["import", "a.csv"];
    let run = world.umbulk(&command);
    assert_eq!(run.status, 1, "{run:?}");
    make_older(&world);
    assert_shown_again(&world, &["a"], &command, &run);
    assert_eq!(world.umbulk(&["status", "a.csv"]).status, 0);
}

#[test]
fn interrupted_run_of_the_earlier_form_goes_on_and_is_said_again() {
    let world = world();
    let more: String = (0..30)
        .map(|number| format!("create,,more{number}@example.com,,New,User,US,Design,,\n"))
        .collect();
    world.write("a.csv", every_kind() + &more);
    stop_after_one_request(&world);
    let command =
        ["import", "a.csv", "--concurrency", "1", "--skip-unchanged", "--against", "users.csv"];
    assert_eq!(world.umbulk(&command).status, 3);
    make_older(&world);
    assert_eq!(world.umbulk(&["results", "a.csv"]).status, 0);
    let run = world.umbulk(&command);
    assert_eq!(run.status, 1, "{run:?}");
    assert_shown_again(&world, &["a"], &command, &run);
}

/// Such a journal has the marks of its rows among the facts.
#[test]
fn interrupted_run_of_version_3_goes_on_and_its_failed_rows_are_sent_once_fixed() {
    let world = world();
    let rows: String = (0..30)
        .map(|number| format!("create,,more{number}@example.com,,New,User,US,Design,,\n"))
        .collect();
    let wrong = "create,,odd@example.com,,New,User,US,Desing,,\n";
    world.write("a.csv", format!("{HEAD}{rows}{wrong}"));
    stop_after_one_request(&world);
    let command = ["import", "a.csv", "--concurrency", "1", "--check-groups", "never"];
    assert_eq!(world.umbulk(&command).status, 3);
    let journal = world.path("a.00000000000000000000AAAAAdobeOrg.journal");
    rusqlite::Connection::open(journal)
        .unwrap()
        .execute_batch(
            "INSERT INTO facts SELECT 'rows', rows FROM marks; DROP TABLE marks;
             PRAGMA user_version = 3",
        )
        .unwrap();
    let run = world.umbulk(&command);
    assert_eq!(run.status, 1, "{run:?}");
    assert_shown_again(&world, &["a"], &command, &run);
    world.write("a.csv", format!("{HEAD}{rows}{}", wrong.replace("Desing", "Design")));
    let run = world.umbulk(&["import", "a.csv", "--retry-failed"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("odd@example.com"), Some(vec!["Design".to_owned()]));
}
