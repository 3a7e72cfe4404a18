//! Rows that are not sent because of a list are advised a newer one by every command, and the
//! advice says so where the file itself is newer than the list.

use crate::outdated_list::{elsewhere, renamed_world};
use crate::second_accounts::world;
use std::time::{Duration, SystemTime};

const ADVICE: &str = "If an address was changed elsewhere since then, the list is too old: ";

/// `validate` and `plan` ask nobody; the import does.
#[test]
fn rows_held_by_a_snapshot_are_advised_by_validate_and_plan() {
    let world = renamed_world();
    let run = elsewhere(&world, &["export", "users", "--out", "now.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    for command in ["validate", "plan"] {
        let run = world.umbulk(&[command, "now.csv"]);
        let said = format!(
            "{ADVICE}`umbulk import` asks the server, or type umbulk export users, then \
             the same command"
        );
        assert!(
            run.status == 1 && run.stderr.contains("outdated?     1 row is not sent because of "),
            "{run:?}"
        );
        assert!(run.stderr.contains(&said), "{command}: {}", run.stderr);
    }
    let run = world.umbulk(&["validate", "now.csv", "--quiet"]);
    assert!(!run.stderr.contains("outdated?"), "{run:?}");
    assert_eq!(world.umbulk(&["import", "now.csv"]).status, 0);
}

/// The advice of the line does it.
#[test]
fn new_list_takes_the_advice_of_validate_away() {
    let world = renamed_world();
    let run = elsewhere(&world, &["export", "users", "--out", "now.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.umbulk(&["export", "users", "--force"]).status, 0);
    let run = world.umbulk(&["validate", "now.csv"]);
    assert!(run.status == 0 && !run.stderr.contains("outdated?"), "{run:?}");
}

/// An exported file has the date of its list.
#[test]
fn exported_file_newer_than_the_list_is_said_to_be_newer() {
    let newer = "now.csv is newer (";
    for (after, is_newer) in [(3600_i64, true), (-3600, false)] {
        let world = renamed_world();
        let run = elsewhere(&world, &["export", "users", "--out", "now.csv"]);
        assert_eq!(run.status, 0, "{run:?}");
        let now = SystemTime::now();
        let date = match after {
            0.. => now + Duration::from_secs(after.unsigned_abs()),
            _ => now - Duration::from_secs(after.unsigned_abs()),
        };
        let file = std::fs::File::options().write(true).open(world.path("now.csv")).unwrap();
        file.set_modified(date).unwrap();
        for args in [
            &["validate", "now.csv"][..],
            &["plan", "now.csv"],
            &["plan", "now.csv", "--against", "latest"],
            &["import", "now.csv", "--against", "latest"],
        ] {
            let run = world.umbulk(args);
            assert!(run.stderr.contains(ADVICE), "{args:?}: {run:?}");
            assert_eq!(run.stderr.contains(newer), is_newer, "{args:?}: {}", run.stderr);
        }
    }
}

/// A list of new people is no export: its date says nothing.
#[test]
fn file_that_is_no_export_is_not_compared_by_date() {
    let world = world();
    let text = crate::second_accounts::HEADER.to_owned() + crate::second_accounts::WEEKLY;
    world.write("staff.csv", text);
    let run = world.umbulk(&["validate", "staff.csv"]);
    assert!(run.stderr.contains(ADVICE) && !run.stderr.contains("is newer"), "{run:?}");
}
