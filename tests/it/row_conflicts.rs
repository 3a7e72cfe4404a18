//! Rows that contradict each other about one person are refused, both of them, and each names the
//! other.

use crate::world::World;

fn import(file: &str, more: &[&str]) -> (World, Vec<String>) {
    let world = World::with_groups(&["Design", "Photo Users"]);
    let run = world.import("a.csv", file, more);
    assert!(run.status <= 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    (world, outcomes)
}

const CONFLICT: &str = "invalid invalid.row.conflict";
const HEAD: &str = "type,username,domain,email,firstname,lastname,country,groups\n";

#[test]
fn one_username_with_two_emails_is_a_conflict_in_both_rows() {
    let file = format!(
        "{HEAD}federatedID,10045,example.com,su1@example.com,Ann,Lee,US,Design\n\
         federatedID,7,example.com,x@example.com,Cy,Poe,US,\n\
         federatedID,10045,example.com,su2@example.com,Ann,Lee,US,Photo Users\n"
    );
    let (world, outcomes) = import(&file, &[]);
    assert_eq!(outcomes, [CONFLICT, "ok", CONFLICT]);
    let rows = world.rows("a.results.csv");
    for (row, parts) in [
        (0, ["line 4", "email is `su1@example.com` here and `su2@example.com` there"]),
        (2, ["line 2", "su1@example.com"]),
    ] {
        assert!(
            parts.iter().all(|part| rows[row]["umbulk_message"].contains(part)),
            "{}",
            rows[row]["umbulk_message"]
        );
    }
    assert_eq!(world.sandbox.directory().users().count(), 1);
}

#[test]
fn one_email_with_two_people_is_a_conflict() {
    let file = format!(
        "{HEAD},,,se1@example.com,Ann,Lee,US,Design\n,,,SE1@example.com,Bob,Ray,GB,Photo Users\n"
    );
    let (world, outcomes) = import(&file, &[]);
    assert_eq!(outcomes, [CONFLICT, CONFLICT]);
    let message = &world.rows("a.results.csv")[1]["umbulk_message"];
    for part in [
        "line 2",
        "firstname is `Bob` here and `Ann` there",
        "lastname is `Ray`",
        "country is `GB`",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(world.action_requests(), 0);
    assert_eq!(world.umbulk(&["validate", "a.csv"]).status, 1);
    assert_eq!(world.outcomes("a.check.csv"), [CONFLICT, CONFLICT]);
    assert_eq!(world.umbulk(&["plan", "a.csv"]).status, 1);
}

#[test]
fn rows_that_agree_add_up() {
    let file = format!(
        "{HEAD},,,a@example.com,Ann,Lee,US,Design\n,,,A@example.com,ANN,Lee,us,Photo \
         Users\n,,,a@example.com,Ann,Lee,,Design\n"
    );
    let (world, outcomes) = import(&file, &["--default-country", "US"]);
    assert_eq!(outcomes, ["ok", "ok", "ok"]);
    assert_eq!(world.groups_of("a@example.com").unwrap(), ["Design", "Photo Users"]);
}

#[test]
fn an_adobe_id_and_a_federated_id_of_one_email_are_two_accounts() {
    let file = format!(
        "{HEAD}adobeID,,,a@example.com,Ann,Lee,US,\nfederatedID,,,a@example.com,Anna,Leigh,US,\n"
    );
    let world = World::with_groups(&[]);
    world.write("a.csv", file);
    assert_eq!(world.umbulk(&["validate", "a.csv"]).status, 0);
}

#[test]
fn address_given_to_another_by_a_later_row_conflicts() {
    let head = "email,email_new,firstname,lastname,username,add_groups,remove_groups\n";
    for (rows, expected) in [
        (
            "lee@example.com,,Lee,Lee,,,\nann@example.com,lee@example.com,Ann,Lee,,,\n",
            [CONFLICT, CONFLICT],
        ),
        (
            "ann@example.com,new@example.com,,,,,\nbob@example.com,new@example.com,,,,,\n",
            [CONFLICT, CONFLICT],
        ),
        (
            "ann@example.com,new@example.com,,,,,\nann@example.com,other@example.com,,,,,\n",
            [CONFLICT, CONFLICT],
        ),
        // The address is free by then, or is the same person's.
        (
            "ann@example.com,lee@example.com,Ann,Lee,,,\nlee@example.com,new@example.com,Lee,Lee,,,\
             \n",
            ["ok ", "ok "],
        ),
        (
            "ann@example.com,new@example.com,Ann,Lee,,,\nnew@example.com,,Ann,Lee,,Design,\n",
            ["ok ", "ok "],
        ),
    ] {
        let world = World::with_groups(&["Design"]);
        world.write("a.csv", format!("{head}{rows}"));
        world.umbulk(&["validate", "a.csv"]);
        let outcomes = world.outcomes("a.check.csv");
        assert_eq!(outcomes, expected.map(str::trim), "{rows}");
    }
}

const MOVES: &str = "email,email_new,firstname,lastname,username,add_groups,remove_groups\n";

/// A table that describes people cannot mean both; which row comes first does not matter.
#[test]
fn membership_that_one_row_adds_and_another_removes_is_a_conflict() {
    let file = format!(
        "{MOVES}ann@example.com,,,,,\"Design,Photo Users\",\nbob@example.com,,,,,Design,\n\
         Ann@example.com,,,,,,design\nbob@example.com,,,,,Design,Photo Users\n"
    );
    let world = World::with_groups(&["Design", "Photo Users"]);
    let run = world.import("a.csv", &file, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!([&outcomes[0], &outcomes[2]], [CONFLICT, CONFLICT], "{outcomes:?}");
    assert!(outcomes[1] != CONFLICT && outcomes[3] != CONFLICT, "{outcomes:?}");
    let rows = world.rows("a.results.csv");
    for (row, words) in [
        (
            0,
            "contradicts line 4 about one person: the group `Design` is added here and removed \
             there",
        ),
        (
            2,
            "contradicts line 2 about one person: the group `design` is removed here and added \
             there",
        ),
    ] {
        let message = &rows[row]["umbulk_message"];
        assert!(message.contains(words), "{message}");
    }
    world.umbulk(&["validate", "a.csv", "--conflicts", "last"]);
    let outcomes = world.outcomes("a.check.csv");
    assert_eq!(outcomes, ["skipped skipped.conflict", "ok", "ok", "ok"]);
}

/// With an action in each row, later rows change what earlier ones did.
#[test]
fn sequence_may_add_and_remove_one_membership() {
    let rows = "add,ann@example.com,Design\nremove,ann@example.com,Design\n";
    let world = World::with_groups(&["Design"]);
    world.write("a.csv", format!("action,email,groups\n{rows}"));
    assert_eq!(world.umbulk(&["validate", "a.csv"]).status, 0);
}

#[test]
fn the_last_row_counts_where_that_is_asked_for() {
    let file = format!(
        "{HEAD},,,a@example.com,Ann,Lee,US,Design\n,,,a@example.com,Bob,Ray,GB,Photo \
         Users\n,,,b@example.com,B,B,US,\n"
    );
    let (world, outcomes) = import(&file, &["--conflicts", "last"]);
    assert_eq!(outcomes, ["skipped skipped.conflict", "ok", "ok"]);
    assert_eq!(world.groups_of("a@example.com").unwrap(), ["Photo Users"]);
    assert!(world.rows("a.results.csv")[0]["umbulk_message"].contains("line 3"));
}

#[test]
fn a_sequence_of_operations_may_change_what_it_said() {
    let head = "action,email,username,domain,firstname,lastname,country,groups,new_email\n";
    let file = format!(
        "{head}create,a@example.com,,,Ann,Lee,US,,\nupdate,a@example.com,,,Anna,,,,\n\
         create,b@example.com,1,example.com,B,B,US,,\n\
         delete,b@example.com,,,,,,,\ncreate,c@example.com,1,example.com,C,C,US,,\n"
    );
    let world = World::with_groups(&[]);
    world.write("a.csv", file);
    assert_eq!(
        world.umbulk(&["validate", "a.csv"]).status,
        0,
        "{:?}",
        world.outcomes("a.check.csv")
    );
    let file = format!(
        "{head}create,b@example.com,1,example.com,B,B,US,,\nadd,x@example.com,,,,,,A,\n\
         create,c@example.com,1,example.com,C,C,US,,\n"
    );
    world.write("a.csv", file);
    world.umbulk(&["validate", "a.csv"]);
    assert_eq!(world.outcomes("a.check.csv"), [CONFLICT, "ok", CONFLICT]);
}

#[test]
fn a_contradiction_outside_the_chosen_rows_counts_all_the_same() {
    let file = format!(
        "{HEAD},,,a@example.com,Ann,Lee,US,Design\n,,,a@example.com,Bob,Ray,GB,Photo Users\n"
    );
    let (_, outcomes) = import(&file, &["--rows", "1"]);
    assert_eq!(outcomes, [CONFLICT, "not_sent"]);
}

#[test]
fn a_row_with_a_fault_of_its_own_names_the_contradiction_too() {
    let file = format!("{HEAD},,,a@example.com,Ann,Lee,XX,\n,,,a@example.com,Bob,Lee,,\n");
    let (world, outcomes) = import(&file, &["--default-country", "US"]);
    assert_eq!(outcomes, ["invalid invalid.country.unknown", CONFLICT]);
    assert!(world.rows("a.results.csv")[0]["umbulk_message"].contains("contradicts line 3"));
}

/// Letter case tells no two people apart, neither in the file nor in a list.
#[test]
fn emails_in_other_letter_case_are_one_person() {
    let file = format!(
        "{HEAD},,,Ann@example.com,Ann,Lee,US,Design\n,,,ann@Example.com,Ann,Lee,US,Photo Users\n"
    );
    let (world, outcomes) = import(&file, &[]);
    assert_eq!(outcomes, ["ok", "ok"]);
    let emails: Vec<String> =
        world.rows("a.results.csv").iter().map(|row| row["email"].clone()).collect();
    assert_eq!(emails, ["Ann@example.com", "ann@Example.com"]);
    assert_eq!(world.sandbox.directory().users().count(), 1);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Photo Users"]);
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    let run = world.import(
        "b.csv",
        file.replace("ann@Example.com", "ANN@EXAMPLE.COM"),
        &["--against", "users.csv", "--skip-unchanged"],
    );
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.outcomes("b.results.csv"), ["unchanged unchanged.snapshot"; 2]);
}
