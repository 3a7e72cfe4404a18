//! `--max-deletes`, `--max-removals` and the question about more than ten deletions: what is
//! counted.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

/// Forty people in a group.
fn forty() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    for number in 0..40 {
        directory.add_user(&user(&format!("u{number}@example.com"), &["G"]));
    }
    World::new(directory, SandboxOptions::default())
}

fn deletions(numbers: std::ops::Range<u32>) -> String {
    "action,email,groups\n".to_owned()
        + &numbers.map(|number| format!("delete,u{number}@example.com,\n")).collect::<String>()
}

fn people(world: &World) -> usize {
    world.sandbox.directory().users().count()
}

#[test]
fn deletions_of_all_files_of_a_command_count_together() {
    let world = forty();
    world.write("a.csv", deletions(0..6));
    world.write("b.csv", deletions(6..12));
    let asked = world.umbulk(&["import", "a.csv", "b.csv"]);
    assert!(asked.status == 2 && asked.stderr.contains("12 rows remove"), "{asked:?}");
    let capped = world.umbulk(&["import", "a.csv", "b.csv", "--yes", "--max-deletes", "11"]);
    assert!(
        capped.status == 2
            && capped.stderr.contains("12 of 12 rows to send delete in 2 files together"),
        "{capped:?}"
    );
    assert_eq!((people(&world), world.action_requests()), (40, 0));
    assert_eq!(
        world.umbulk(&["import", "a.csv", "b.csv", "--max-deletes", "12", "--yes"]).status,
        0
    );
    assert_eq!(people(&world), 28);
}

#[test]
fn removals_of_all_files_of_a_command_count_together() {
    let world = forty();
    world.write("a.csv", "action,email,groups\nremove,u1@example.com,G\n");
    world.write("b.csv", "action,group,remove_users\nupdate-group,G,u2@example.com\n");
    let capped = world.umbulk(&["import", "a.csv", "b.csv", "--max-removals", "1"]);
    assert!(
        capped.status == 2 && capped.stderr.contains("2 of 2 rows to send take memberships away"),
        "{capped:?}"
    );
    assert_eq!(world.action_requests(), 0);
}

/// Rows that are wrong make a share no smaller.
#[test]
fn percentages_are_of_the_rows_that_can_be_sent() {
    let world = forty();
    let wrong = "add,no email,G\n".repeat(95);
    let file = deletions(0..5) + &wrong;
    let run = world.import("a.csv", &file, &["--max-deletes", "50%"]);
    assert!(run.status == 2 && run.stderr.contains("5 of 5 rows to send delete"), "{run:?}");
    assert_eq!(people(&world), 40);
    assert_eq!(world.import("a.csv", &file, &["--max-deletes", "100%"]).status, 1);
    assert_eq!(people(&world), 35);
}

/// Portions of ten would never be asked about.
#[test]
fn rows_in_portions_count_the_whole_file() {
    let world = forty();
    let file = deletions(0..30);
    for rows in ["1-10", "11-20", "30"] {
        let asked = world.import("a.csv", &file, &["--rows", rows]);
        assert!(asked.status == 2 && asked.stderr.contains("30 rows remove"), "{asked:?}");
        assert!(
            asked
                .stderr
                .contains("sent now; all rows of the file count, also those that are not sent now"),
            "{asked:?}"
        );
        let capped =
            world.import("a.csv", &file, &["--rows", rows, "--yes", "--max-deletes", "29"]);
        assert!(
            capped.status == 2 && capped.stderr.contains("also those that are not sent now"),
            "{capped:?}"
        );
    }
    assert_eq!((people(&world), world.action_requests()), (40, 0));
    assert_eq!(
        world.import("a.csv", &file, &["--rows", "1-10", "--yes", "--max-deletes", "30"]).status,
        0
    );
    assert_eq!(people(&world), 30);
}

#[test]
fn removals_in_portions_count_the_whole_file() {
    let world = forty();
    let file = "action,email,groups\n".to_owned()
        + &(0..5).map(|n| format!("remove,u{n}@example.com,G\n")).collect::<String>();
    let capped = world.import("a.csv", &file, &["--rows", "1-2", "--max-removals", "4"]);
    assert!(
        capped.status == 2 && capped.stderr.contains("5 of 5 rows to send take memberships away"),
        "{capped:?}"
    );
    assert_eq!(world.action_requests(), 0);
}

const LISTED: [&str; 5] = ["--online", "--exact-groups", "--manage-groups", "*", "--max-removals"];

/// People who are to be in no group.
fn nowhere(numbers: std::ops::Range<u32>) -> String {
    "email,firstname,lastname,country,type,groups\n".to_owned()
        + &numbers.map(|n| format!("u{n}@example.com,F,L,US,,[]\n")).collect::<String>()
}

/// What the comparison with a list removes counts like rows that say it.
#[test]
fn removals_by_exact_groups_in_portions_count_the_whole_file() {
    let world = forty();
    for (cap, allows) in [("3", "3 rows"), ("50%", "50 % of the rows")] {
        for rows in ["1-2", "3-4", "5"] {
            let portion = [&LISTED[..], &[cap, "--rows", rows]].concat();
            let capped = world.import("a.csv", nowhere(0..5), &portion);
            let words = "5 of 5 rows to send take memberships away (all rows of the file count, \
                         also those that are not sent now), but --max-removals allows";
            assert!(capped.stderr.contains(&format!("{words} {allows}")), "{capped:?}");
        }
    }
    assert_eq!(world.action_requests(), 0);
}

/// A later portion is compared with the list of the first one, which shows what it has removed.
#[test]
fn removals_of_finished_portions_count() {
    let world = forty();
    let first = [&LISTED[..], &["5", "--rows", "1-2"]].concat();
    assert_eq!(world.import("a.csv", nowhere(0..5), &first).status, 0);
    let sent = world.action_requests();
    assert_eq!(world.umbulk(&["export", "users", "--force"]).status, 0);
    for rows in [&["--rows", "3-4"][..], &["--rows", "5"], &[]] {
        let rest = [&LISTED[..], &["4"], rows].concat();
        let capped = world.import("a.csv", nowhere(0..5), &rest);
        let words = "5 of 5 rows to send take memberships away";
        assert!(capped.status == 2 && capped.stderr.contains(words), "{capped:?}");
    }
    assert_eq!(world.action_requests(), sent);
    let rest = world.import("a.csv", nowhere(0..5), &[&LISTED[..], &["5"]].concat());
    assert_eq!(rest.status, 0, "{rest:?}");
}

/// The same for people who have left.
#[test]
fn deletions_of_finished_portions_count() {
    let world = forty();
    let portion = |rows: &str, more: &[&str]| {
        let command = [&["--online", "--skip-unchanged", "--rows", rows], more].concat();
        world.import("a.csv", deletions(0..16), &command)
    };
    assert_eq!(portion("1-8", &["--yes"]).status, 0);
    assert_eq!(world.umbulk(&["export", "users", "--force"]).status, 0);
    let asked = portion("9-16", &[]);
    assert!(asked.status == 2 && asked.stderr.contains("16 rows remove"), "{asked:?}");
    assert_eq!(people(&world), 32);
}

/// Somebody whose other row is invalid keeps all groups, whichever rows are sent.
#[test]
fn people_who_keep_their_groups_count_in_no_portion() {
    let world = forty();
    let file = nowhere(0..2) + "u1@example.com,F,L,US,nonsense,[]\n";
    let portion = |rows| {
        let command = [&LISTED[..], &["1", "--rows", rows]].concat();
        world.import("a.csv", &file, &command)
    };
    let (one, two) = (portion("1"), portion("2"));
    assert_eq!((one.status, two.status), (0, 0), "{one:?} {two:?}");
    assert_eq!(world.groups_of("u0@example.com").unwrap(), Vec::<String>::new());
    assert_eq!(world.groups_of("u1@example.com").unwrap(), ["G"]);
}

/// Rows about one person add up, whichever of them are sent.
#[test]
fn rows_of_one_person_are_counted_together() {
    let world = forty();
    let file = nowhere(0..1)
        + "u1@example.com,F,L,US,,[]\nu2@example.com,F,L,US,,[]\nu2@example.com,F,L,US,,G\n";
    let portion = [&LISTED[..], &["2", "--rows", "1-2"]].concat();
    let run = world.import("a.csv", &file, &portion);
    assert_eq!(run.status, 0, "{run:?}");
}

#[test]
fn portion_without_deletions_is_not_asked_about() {
    let world = forty();
    let file = deletions(0..30) + "remove,u35@example.com,G\n";
    assert_eq!(world.import("a.csv", &file, &["--rows", "31"]).status, 0);
    assert_eq!(world.groups_of("u35@example.com").unwrap(), Vec::<String>::new());
}
