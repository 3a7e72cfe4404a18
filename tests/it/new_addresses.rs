//! A changed address in a weekly list would make a second account: its row is not sent, or it is
//! said before anything is sent and in the row, wherever a list tells.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const HEADER: &str = "email,firstname,lastname,country,groups\n";

fn person(email: &str, first: &str, last: &str) -> SandboxUser {
    SandboxUser { firstname: first.into(), lastname: last.into(), ..user(email, &["Design"]) }
}

/// Ann Lee, Bob Ray and Eve Day are in the organization, and `users.csv` is the list of it.
fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_user(&person("ann.smith@example.com", "Ann", "Lee"));
    directory.add_user(&person("bob@example.com", "Bob", "Ray"));
    directory.add_user(&person("eve@exämple.com", "Eve", "Day"));
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    world
}

/// Ann has got another address, Eve's is written otherwise, Bob is as before, and somebody is new.
const ROWS: &str = "ann.lee@example.com,ann,LEE,US,Design\n\
                    eve@xn--exmple-cua.com,E,D,US,Design\n\
                    bob@example.com,Bob,Ray,US,Design\n\
                    new@example.com,New,One,US,Design\n";

const SAID: &str = "new address?  2 rows are not sent, because the users are very probably in ";
const HELD: [&str; 2] =
    ["invalid invalid.email.perhaps_renamed", "invalid invalid.email.looks_like"];
const ANN: &str = "ann.lee@example.com (staff.csv, line 2), perhaps ann.smith@example.com";
const EVE: &str = "eve@xn--exmple-cua.com (staff.csv, line 3), perhaps eve@exämple.com";
const WAY_OUT: &str = "To change an address, write an update row with new_email";

#[test]
fn new_address_is_said_by_the_list_that_is_compared_with() {
    for list in [&["--against", "users.csv"][..], &["--skip-unchanged"], &["--online"]] {
        let world = world();
        let run = world.import("staff.csv", HEADER.to_owned() + ROWS, list);
        assert_eq!(
            (run.status, &world.outcomes("staff.results.csv")[..2]),
            (1, &HELD.map(str::to_owned)[..]),
            "{list:?}: {run:?}"
        );
        for text in [SAID, ANN, EVE, WAY_OUT] {
            assert!(run.stderr.contains(text), "{list:?}: {text}\n{}", run.stderr);
        }
        assert_eq!(world.sandbox.directory().users().count(), 4, "{list:?}: one user is new");
        // Sent all the same, each row says it.
        let run = world.import(
            "again.csv",
            HEADER.to_owned() + ROWS,
            &[list, &["--allow-second-accounts"]].concat(),
        );
        assert_eq!(run.status, 0, "{list:?}: {run:?}");
        let messages: Vec<String> = world
            .rows("again.results.csv")
            .iter()
            .map(|row| row["umbulk_message"].clone())
            .collect();
        assert!(
            messages[0].contains("perhaps a new address of `ann.smith@example.com`"),
            "{messages:?}"
        );
        assert!(
            messages[1]
                .contains("perhaps a second account: the address looks like `eve@exämple.com`"),
            "{messages:?}"
        );
        assert!(
            !messages[2].contains("perhaps") && !messages[3].contains("perhaps"),
            "{messages:?}"
        );
    }
}

/// Nobody asks for a comparison, and the list that an export has stored tells all the same.
#[test]
fn new_address_is_said_by_the_snapshot() {
    let world = world();
    let run = world.import("staff.csv", HEADER.to_owned() + ROWS, &[]);
    assert!(run.status == 1 && run.stderr.contains(SAID) && run.stderr.contains(ANN), "{run:?}");
    assert!(world.rows("staff.results.csv")[0]["umbulk_message"].contains(
        "seems to be a new address of `ann.smith@example.com`, who has the same \
                 names"
    ));
    // Without any list nothing can be known.
    let world = World::with_groups(&["Design"]);
    let run = world.import("staff.csv", HEADER.to_owned() + ROWS, &[]);
    assert!(run.status == 0 && !run.stderr.contains("new address?"), "{run:?}");
}

#[test]
fn plan_says_new_addresses() {
    let world = world();
    world.write("staff.csv", HEADER.to_owned() + ROWS);
    for list in [&[][..], &["--against", "users.csv"]] {
        let run = world.umbulk(&[&["plan", "staff.csv"], list].concat());
        assert!(
            run.status == 1 && run.stderr.contains(SAID) && run.stderr.contains(EVE),
            "{run:?}"
        );
        let json = world.umbulk(&[&["plan", "staff.csv", "--json"], list].concat());
        let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        let ann = serde_json::json!({"row": 1, "email": "ann.lee@example.com", "perhaps": "ann.\
            smith@example.com", "held": true});
        assert_eq!(
            (
                &json["perhaps_new_addresses"][0],
                json["perhaps_new_addresses"].as_array().unwrap().len()
            ),
            (&ann, 2),
            "{json}"
        );
    }
}

/// Anyone who stands in a row of the file, in whatever action, is somebody else or is dealt with.
#[test]
fn person_whom_a_row_names_is_not_taken_for_another() {
    let world = world();
    for row in [
        "create,ann.smith@example.com,Ann,Lee,US,",
        "delete,ann.smith@example.com,,,,",
        "add,ann.smith@example.com,,,,Design",
    ] {
        world.write(
            "staff.csv",
            format!("action,{HEADER}create,ann.lee@example.com,Ann,Lee,US,Design\n{row}\n"),
        );
        let run = world.umbulk(&["plan", "staff.csv"]);
        assert!(run.status == 0 && !run.stderr.contains("new address?"), "{row}: {run:?}");
    }
}

/// What an import from this computer has changed since the list was stored, the list does not know.
#[test]
fn person_renamed_since_the_list_is_not_taken_for_another() {
    let world = world();
    let rename = "action,email,new_email\nupdate,ann.smith@example.com,ann.lee@example.com\n";
    assert_eq!(world.import("rename.csv", rename, &[]).status, 0);
    let run = world.import(
        "staff.csv",
        HEADER.to_owned() + "ann.lee@example.com,Ann,Lee,US,Design\n",
        &[],
    );
    assert!(run.status == 0 && !run.stderr.contains("new address?"), "{run:?}");
}

/// The address looks like hers, and somebody else in no row has her names.
#[test]
fn address_that_looks_like_another_is_held_beside_a_namesake() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    ["eve@exämple.com", "eve2@exämple.com"]
        .iter()
        .for_each(|email| directory.add_user(&person(email, "Eve", "Day")));
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let run = world.import(
        "staff.csv",
        HEADER.to_owned() + "eve@xn--exmple-cua.com,Eve,Day,US,Design\n",
        &[],
    );
    assert_eq!(
        (run.status, world.outcomes("staff.results.csv")),
        (1, vec![HELD[1].to_owned()]),
        "{run:?}"
    );
}
