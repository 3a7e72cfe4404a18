//! Several rows on one user add up: a row with only an email and groups belongs to the row that
//! describes the user in full.

use crate::world::World;

const HEAD: &str = "firstname,lastname,email,country,groups,type,username,domain\n";
const MISSING: &str = "invalid invalid.firstname.missing";

fn ann(groups: &str) -> String {
    format!("Ann,Lee,ann@example.com,US,{groups},federatedID,,\n")
}

fn more_of_ann(groups: &str) -> String {
    format!(",,Ann@example.com,,{groups},,,\n")
}

#[test]
fn row_without_names_adds_groups_to_a_user_described_before_or_after() {
    for rows in [[ann("Design"), more_of_ann("Video")], [more_of_ann("Design"), ann("Video")]] {
        let world = World::with_groups(&["Design", "Video"]);
        let file = HEAD.to_owned() + &rows.concat();
        world.write("a.csv", &file);
        let run = world.umbulk(&["validate", "a.csv"]);
        assert!(run.status == 0 && run.stdout.contains("2 valid, 0 invalid"), "{run:?}");
        assert_eq!(world.outcomes("a.check.csv"), ["ok", "ok"]);
        let run = world.umbulk(&["plan", "a.csv"]);
        assert!(run.status == 0 && run.stdout.contains("2  rows to send"), "{run:?}");
        assert!(run.stdout.contains("1 user is created"), "{run:?}");
        let run = world.import("a.csv", &file, &[]);
        assert!(run.stderr.contains("2 rows to send"), "{run:?}");
        assert!(run.stderr.contains("1 user is created"), "{run:?}");
        assert_eq!((run.status, world.outcomes("a.results.csv")), (0, vec!["ok".to_owned(); 2]));
        assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Video"]);
        assert_eq!(world.sandbox.directory().users().count(), 1);
    }
}

/// The groups of such rows are looked for before anything is sent, in a rehearsal, too.
#[test]
fn groups_of_a_row_without_names_are_checked() {
    let world = World::with_groups(&["Design"]);
    let file = HEAD.to_owned() + &ann("Design") + &more_of_ann("Nowhere");
    let run = world.import("a.csv", &file, &[]);
    assert_eq!(
        world.outcomes("a.results.csv"),
        ["ok", "invalid invalid.groups.unknown"],
        "{run:?}"
    );
    let run = world.import("a.csv", &file, &["--sandbox"]);
    assert!(run.status == 0 && run.stderr.contains("Nowhere"), "{run:?}");
    let run = world.import("a.csv", &file, &["--create-groups", "--fresh"]);
    assert_eq!((run.status, world.outcomes("a.results.csv")), (0, vec!["ok".to_owned(); 2]));
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Nowhere"]);
}

#[test]
fn row_without_names_takes_the_username_of_its_user() {
    let world = World::with_groups(&["Design", "Video"]);
    let file = format!(
        "{HEAD}Ann,Lee,ann@example.com,US,Design,federatedID,1004,example.com\n{}",
        more_of_ann("Video")
    );
    let run = world.import("a.csv", file, &[]);
    assert_eq!((run.status, world.outcomes("a.results.csv")), (0, vec!["ok".to_owned(); 2]));
    assert_eq!(world.sandbox.directory().users().count(), 1, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Video"]);
}

/// Neither an invalid row, nor one of another account, nor one of another user helps.
#[test]
fn row_without_names_stays_invalid_beside_rows_of_other_users() {
    for other in [
        "Ann,Lee,ann@example.com,XX,Design,federatedID,,\n",
        "Ann,Lee,ann@example.com,US,No such group,federatedID,,\n",
        "Ann,,ann@example.com,US,Design,federatedID,,\n",
        "Ann,Lee,anna@example.com,US,Design,federatedID,,\n",
    ] {
        let world = World::with_groups(&["Design", "Video"]);
        let file = HEAD.to_owned() + other + &more_of_ann("Video");
        let groups = ["--groups-file", "groups.csv"];
        assert_eq!(world.umbulk(&["export", "groups", "--out", "groups.csv"]).status, 0);
        world.import("a.csv", &file, &groups);
        assert_eq!(world.outcomes("a.results.csv")[1], MISSING, "{other}");
        world.umbulk(&[&["validate", "a.csv"][..], &groups].concat());
        assert_eq!(world.outcomes("a.check.csv")[1], MISSING, "{other}");
        assert!(world.groups_of("ann@example.com").is_none(), "{other}");
    }
    let world = World::with_groups(&["Design", "Video"]);
    let file = format!(
        "{HEAD},,ann@example.com,US,Design,adobeID,,\n,,ann@example.com,,Video,federatedID,,\n"
    );
    world.import("a.csv", file, &[]);
    assert_eq!(world.outcomes("a.results.csv"), ["ok", MISSING]);
}

/// In a table with actions, rows are a sequence of operations, and each stands for itself.
#[test]
fn row_without_names_in_a_table_with_actions_is_invalid() {
    let world = World::with_groups(&["Design", "Video"]);
    let file = "action,firstname,lastname,email,country,groups\n\
                create,Ann,Lee,ann@example.com,US,Design\ncreate,,,ann@example.com,,Video\n";
    world.import("a.csv", file, &[]);
    assert_eq!(world.outcomes("a.results.csv"), ["ok", MISSING]);
}

/// A wrong cell is no missing one.
#[test]
fn row_with_a_wrong_cell_is_not_completed() {
    let world = World::with_groups(&["Design", "Video"]);
    let wrong = ",#N/A,ann@example.com,,Video,,,\n";
    let run = world.import("a.csv", HEAD.to_owned() + &ann("Design") + wrong, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("a.results.csv")[0], "ok");
    assert!(world.outcomes("a.results.csv")[1].starts_with("invalid "), "{run:?}");
}
