//! What a row asks of somebody who is there already and that is not applied: every such cell is
//! said, with both values and the way to change it.

use crate::effects::organization;
use crate::world::{Run, World};
use std::collections::BTreeMap;
use umbulk::sandbox::{InjectedFault, SandboxOptions};

/// A world whose people are in `users.csv`, as `export users` writes it.
fn exported() -> World {
    let world = World::new(organization(), SandboxOptions::default());
    let run = world.umbulk(&["export", "users"]);
    assert_eq!(run.status, 0, "{run:?}");
    world
}

/// The exported list with one text replaced by another in the row that begins so.
fn edited(world: &World, row: &str, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(world.path("users.csv")).unwrap();
    let edit = |line: &str| {
        if line.contains(row) {
            assert!(line.contains(from), "{line}");
            line.replacen(from, to, 1)
        } else {
            line.to_owned()
        }
    };
    text.lines().map(|line| edit(line) + "\n").collect()
}

/// Imports an edited list by the list from before; gives the row of that person.
fn compared(
    world: &World,
    file: &str,
    person: &str,
    more: &[&str],
) -> (Run, BTreeMap<String, String>) {
    let run = world.import(
        "edited.csv",
        file,
        &[&["--skip-unchanged", "--against", "users.csv", "--fresh"], more].concat(),
    );
    let row = world
        .rows("edited.results.csv")
        .into_iter()
        .find(|row| row.values().any(|cell| cell.contains(person)));
    (run, row.unwrap())
}

#[test]
fn each_cell_edited_in_an_exported_list_is_done_or_said() {
    // What is edited, and what the row says of it: an effect, and words of the message.
    let cases: [(&str, &str, &str, &[&str]); 10] = [
        (
            ",Ann,Lee,",
            ",Anna,Lee,",
            "exists+differs:firstname",
            &["`Ann`", "`Anna`", "--if-exists update"],
        ),
        (
            ",Ann,Lee,",
            ",Ann,Leeds,",
            "exists+differs:lastname",
            &["`Lee`", "`Leeds`", "--if-exists update"],
        ),
        (",US,", ",DE,", "exists+differs:country", &["`US`", "`DE`", "Admin Console"]),
        (
            "federatedID,ann.lee@",
            "federatedID,a.lee@",
            "exists+differs:email",
            &["`ann.lee@example.com`", "`a.lee@example.com`", "new_email"],
        ),
        (
            "ann.lee@example.com,example.com",
            "annie,example.com",
            "exists+differs:username",
            &["`ann.lee@example.com`", "`annie`", "new_username"],
        ),
        (",Design,", ",\"Design,Video\",", "exists+joined:1", &[]),
        (",Design,", ",,", "exists+differs:groups", &["`Design`", "--exact-groups"]),
        (
            "federatedID,",
            "enterpriseID,",
            "exists+differs:type",
            &["`federatedID`", "`enterpriseID`"],
        ),
        (
            ",active",
            ",disabled",
            "exists+differs:status",
            &["`active`", "`disabled`", "Admin Console"],
        ),
        (
            ",example.com,Ann",
            ",other.com,Ann",
            "exists+differs:domain",
            &["`example.com`", "`other.com`"],
        ),
    ];
    for (from, to, effect, words) in cases {
        let world = exported();
        let file = edited(&world, "ann.lee", from, to);
        world.write("edited.csv", &file);
        let plan = world.umbulk(&["plan", "edited.csv", "--against", "users.csv", "--json"]);
        let (run, row) = compared(&world, &file, "lee@", &[]);
        assert_eq!(
            (run.status, row["umbulk_effect"].as_str()),
            (0, effect),
            "{to}: {row:?}\n{run:?}"
        );
        for word in words {
            assert!(row["umbulk_message"].contains(word), "{to}: {}", row["umbulk_message"]);
        }
        if let Some(differs) = effect.split('+').find(|word| word.starts_with("differs")) {
            assert_eq!(row["umbulk_code"], "unchanged.differs");
            assert!(run.stdout.contains(differs), "{}", run.stdout);
            let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
            assert_eq!(plan["effects"][differs], 1, "{plan}");
        }
        assert_eq!(world.sandbox.directory().users().count(), 3, "{to}: nobody is created");
    }
}

#[test]
fn exported_row_with_edited_names_is_not_a_new_user() {
    let world = exported();
    let file = edited(
        &world,
        "ann.lee",
        "ann.lee@example.com,ann.lee@example.com",
        "new@example.com,new@example.com",
    );
    let (run, row) = compared(&world, &file, "new@example.com", &[]);
    assert_eq!(
        (run.status, row["umbulk_code"].as_str(), row["umbulk_effect"].as_str()),
        (1, "invalid.email.other_id", "differs:email")
    );
    assert!(
        row["umbulk_message"].contains("`ann.lee@example.com`")
            && row["umbulk_message"].contains("new_email"),
        "{row:?}"
    );
    assert!(world.sandbox.directory().user("new@example.com").is_none());
    // The type of an account is not changed by a second account.
    let world = exported();
    let file = edited(&world, "ann.lee", "federatedID", "adobeID");
    let (_, row) = compared(&world, &file, "ann.lee", &[]);
    assert_eq!(
        (row["umbulk_code"].as_str(), row["umbulk_effect"].as_str()),
        ("invalid.type.other_id", "differs:type")
    );
    assert_eq!(world.sandbox.directory().users().count(), 3);
}

#[test]
fn updated_names_do_not_differ_by_the_list() {
    let world = exported();
    let file = edited(&world, "ann.lee", ",Ann,Lee,", ",Anna,Leeds,")
        + "create,federatedID,new@example.com,,,N,U,US,Video,,\n";
    let (run, row) = compared(&world, &file, "ann.lee", &["--if-exists", "update"]);
    assert_eq!((run.status, row["umbulk_effect"].as_str()), (0, "exists+updated"), "{row:?}");
    let rows = world.rows("edited.results.csv");
    let mut effects: Vec<&str> = rows.iter().map(|row| row["umbulk_effect"].as_str()).collect();
    effects.sort_unstable();
    assert_eq!(effects, ["created+joined:1", "exists", "exists", "exists+updated"]);
    assert_eq!(world.sandbox.directory().user("ann.lee@example.com").unwrap().lastname, "Leeds");
}

#[test]
fn named_list_explains_rows_that_are_all_sent() {
    let world = exported();
    let file = edited(&world, "ann.lee", ",Ann,Lee,", ",Ann,Leeds,")
        + "create,federatedID,new@example.com,,,N,U,US,,,\n";
    let run = world.import("edited.csv", file, &["--against", "users.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    let effects: Vec<String> = world
        .rows("edited.results.csv")
        .into_iter()
        .map(|row| row["umbulk_effect"].clone())
        .collect();
    assert_eq!(effects[3], "created");
    assert!(effects.contains(&"exists+differs:lastname".to_owned()), "{effects:?}");
    assert_eq!(world.statuses("edited.results.csv"), vec!["ok"; 4]);
}

#[test]
fn an_update_row_says_that_its_country_is_not_applied() {
    let world = exported();
    let file = "action,email,firstname,country,groups\nupdate,ann.lee@example.com,Anna,DE,\n\
                add,bob.ray@example.com,Robert,,Design\n";
    let (run, row) = compared(&world, file, "ann.lee", &[]);
    assert_eq!(
        (run.status, row["umbulk_status"].as_str(), row["umbulk_effect"].as_str()),
        (0, "ok", "updated+differs:country"),
        "{row:?}"
    );
    let bob = &world.rows("edited.results.csv")[1];
    assert_eq!(
        (bob["umbulk_code"].as_str(), bob["umbulk_effect"].as_str()),
        ("unchanged.differs", "differs:firstname"),
        "{bob:?}"
    );
}

#[test]
fn adobe_id_names_are_not_planned_sent_or_claimed() {
    let world = exported();
    let file = "action,type,email,firstname,lastname,if_exists\n\
                create,adobeID,own@example.com,Other,Id,update\n";
    world.write("a.csv", file);
    let plan = world.umbulk(&["plan", "a.csv", "--against", "users.csv"]);
    assert!(
        plan.stdout.contains("differs in firstname") && !plan.stdout.contains("users to update"),
        "{}",
        plan.stdout
    );
    let (run, row) = compared(&world, file, "own@", &[]);
    assert_eq!(
        (run.status, row["umbulk_effect"].as_str()),
        (0, "exists+differs:firstname"),
        "{row:?}"
    );
    assert!(row["umbulk_message"].contains("belongs to its user"), "{row:?}");
    // Without a list, nothing says that the names were updated.
    let run = world.import("b.csv", file, &[]);
    assert_eq!(
        (run.status, world.rows("b.results.csv")[0]["umbulk_effect"].as_str()),
        (0, "created_or_exists")
    );
    let asked = world.umbulk(&["plan", "b.csv", "--requests", "bodies.jsonl"]);
    assert_eq!(asked.status, 0);
    assert!(
        std::fs::read_to_string(world.path("bodies.jsonl"))
            .unwrap()
            .contains("ignoreIfAlreadyExists")
    );
    // A row that asks for it outright is wrong, also where only the list knows the type.
    let world = exported();
    let (run, row) =
        compared(&world, "action,email,firstname\nupdate,own@example.com,Other\n", "own@", &[]);
    assert_eq!(
        (run.status, row["umbulk_code"].as_str()),
        (1, "invalid.type.adobe_update"),
        "{row:?}"
    );
}

#[test]
fn removal_of_unknown_user_is_unchanged_with_near_names() {
    let world = exported();
    let file = "action,email,groups\ndelete,anne.lee@example.com,\ndelete,bob.ray@example.com,\n\
                remove-all,nobody@else.com,\nremove,anne.lee@example.com,Design\n";
    world.write("edited.csv", file);
    let plan = world.umbulk(&["plan", "edited.csv", "--against", "users.csv"]);
    assert!(plan.stdout.contains("3  rows about unknown users"), "{}", plan.stdout);
    let (run, row) = compared(&world, file, "anne.lee", &[]);
    assert_eq!(
        (run.status, row["umbulk_status"].as_str(), row["umbulk_code"].as_str()),
        (0, "unchanged", "unchanged.not_there"),
        "{run:?}"
    );
    assert_eq!(row["umbulk_effect"], "none");
    assert!(row["umbulk_message"].contains("perhaps `ann.lee@example.com`"), "{row:?}");
    assert_eq!(
        world.outcomes("edited.results.csv")[1..],
        ["ok", "unchanged unchanged.not_there", "unchanged unchanged.not_there"]
    );
    assert!(run.stdout.contains("          3  unchanged  no active user"), "{}", run.stdout);
    let world = exported();
    let json = world.import(
        "edited.csv",
        file,
        &["--skip-unchanged", "--against", "users.csv", "--fresh", "--json"],
    );
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (&json["not_there"], &json["statuses"]["unchanged"]),
        (&3.into(), &3.into()),
        "{json}"
    );
}

#[test]
fn a_probe_before_a_deletion_tells_who_is_not_there() {
    let world = exported();
    let file = "action,email\ndelete,stranger@example.com\ndelete,bob.ray@example.com\n";
    let run = world.import("a.csv", file, &["--verify-deletes"]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (0, vec!["unchanged unchanged.not_there".to_owned(), "ok".to_owned()]),
        "{run:?}"
    );
    assert_eq!(world.rows("a.results.csv")[0]["umbulk_effect"], "none");
    assert!(run.stdout.contains("          1  unchanged  no active user"), "{}", run.stdout);
    // Without evidence the row says what its confirmation is worth.
    world.sandbox.faults().next_reads((0..9).map(|_| {
        Some(InjectedFault::Answer { status: 404, headers: Vec::new(), body: String::new() })
    }));
    world.import("b.csv", "action,email\ndelete,stranger@example.com\n", &["--allow-admins"]);
    let row = &world.rows("b.results.csv")[0];
    assert!(
        row["umbulk_status"] == "ok"
            && row["umbulk_message"]
                .contains("removals of unknown users (--verify-deletes checks first)"),
        "{row:?}"
    );
}

#[test]
fn a_federated_id_over_an_adobe_id_is_warned_of() {
    let world = exported();
    let file = "email,firstname,lastname,country\nown@example.com,Own,Id,US\n";
    let (run, row) = compared(&world, file, "own@", &[]);
    assert_eq!((run.status, row["umbulk_effect"].as_str()), (0, "created_or_exists"), "{row:?}");
    assert!(
        row["umbulk_message"].contains("is an Adobe ID")
            && row["umbulk_message"].contains("--allow-shadow"),
        "{row:?}"
    );
    let world = exported();
    let (_, row) = compared(&world, file, "own@", &["--allow-shadow"]);
    assert_eq!(
        (row["umbulk_effect"].as_str(), row["umbulk_message"].as_str()),
        ("created", ""),
        "{row:?}"
    );
}

/// The list of `odd/`: a name and nothing else was changed; nobody has asked for a comparison.
const EDITED: &str = "action,type,email,username,domain,firstname,lastname,country,groups,id,\
                      status\n\
    create,federatedID,ann.lee@example.com,ann.lee@example.com,example.com,Ann,Leeds,US,Design,A1,\
    active\n\
    create,federatedID,bob.ray@example.com,bob.ray@example.com,example.com,Bob,Ray,US,,A2,active\n";

#[test]
fn exported_list_handed_back_says_what_differs() {
    // By questions about each person, and by the snapshot.
    for stored in [false, true] {
        let world = World::new(organization(), SandboxOptions::default());
        if stored {
            assert_eq!(world.umbulk(&["export", "users"]).status, 0);
        }
        let run = world.import("edited.csv", EDITED, &[]);
        assert_eq!(run.status, 0, "{run:?}");
        let rows = world.rows("edited.results.csv");
        let row = &rows[0];
        assert!(
            row["umbulk_effect"].contains("exists")
                && row["umbulk_effect"].contains("differs:lastname"),
            "{stored}: {row:?}\n{run:?}"
        );
        let message = &row["umbulk_message"];
        assert!(
            message.contains("`Lee`")
                && message.contains("`Leeds`")
                && message.contains("--if-exists update"),
            "{message}"
        );
        assert!(rows[1]["umbulk_effect"].contains("differs:groups"), "{:?}", rows[1]);
        assert!(run.stdout.contains("differs:lastname"), "{}", run.stdout);
    }
}

#[test]
fn a_row_that_fails_part_way_says_that_the_user_now_exists() {
    // The account is created; then its new address is refused, for somebody else has it.
    let world = World::new(organization(), SandboxOptions::default());
    let file = "email,firstname,lastname,country,new_email\n\
                new@example.com,New,User,US,ann.lee@example.com\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let row = &world.rows("a.results.csv")[0];
    assert!(
        row["umbulk_status"] == "failed" && row["umbulk_message"].contains("the user now exists"),
        "{row:?}"
    );
    assert_eq!(row["umbulk_effect"], "created_or_exists", "{row:?}");
    assert!(world.sandbox.directory().user("new@example.com").is_some());
}

#[test]
fn results_written_again_know_unchanged_rows() {
    let world = exported();
    let file = edited(&world, ",Ann,Lee,", ",Ann,Lee,", ",Anna,Lee,");
    compared(&world, &file, "Anna", &["--if-exists", "update"]);
    let first = world.statuses("edited.results.csv");
    assert!(
        first.iter().any(|status| status == "unchanged")
            && first.iter().any(|status| status == "ok"),
        "{first:?}"
    );
    let again = world.umbulk(&["results", "edited.csv", "--results", "again.csv"]);
    assert_eq!((again.status, world.statuses("again.csv")), (0, first), "{again:?}");
}

/// A table with actions is a sequence: the second creation of a user changes nothing, and says so.
#[test]
fn second_creation_with_other_values_is_said_to_be_not_applied() {
    let world = World::with_groups(&["Design"]);
    let file = "action,email,firstname,lastname,country,groups,if_exists\n\
        create,a@example.com,Ann,Lee,US,,\ncreate,a@example.com,Bob,Ray,US,Design,\n\
        create,a@example.com,Ann,Lee,GB,,update\ncreate,a@example.com,Ann,Lee,US,,\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    let rows = world.rows("a.results.csv");
    let effects: Vec<&str> = rows.iter().map(|row| row["umbulk_effect"].as_str()).collect();
    assert!(effects[1].contains("differs:firstname+differs:lastname"), "{effects:?}");
    assert!(effects[1].starts_with("joined:1"), "{effects:?}");
    assert!(effects[2].contains("differs:country"), "{effects:?}");
    assert_eq!(effects[3], "none");
    let message = &rows[1]["umbulk_message"];
    let said = "not applied: firstname, lastname. Row 1 creates this user with other values";
    assert!(message.contains(said), "{message}");
    for line in ["1  differs:firstname", "1  differs:lastname", "1  differs:country"] {
        assert!(run.stdout.contains(line), "{}", run.stdout);
    }
}
