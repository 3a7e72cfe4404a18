//! Rows that were refused as perhaps a second account, typed again: the command that umbulk
//! proposes makes no account, and the flag that it names does.

use crate::second_accounts::{HEADER, HELD, WEEKLY, users, world};
use crate::world::{Run, World};

/// The weekly list is imported, and Ann's row is refused.
fn refused(list: &[&str]) -> (World, Run) {
    let world = world();
    let run = world.import("hr.csv", HEADER.to_owned() + WEEKLY, list);
    assert_eq!(
        (run.status, world.outcomes("hr.results.csv")[0].as_str(), users(&world)),
        (1, HELD, 5),
        "{list:?}: {run:?}"
    );
    (world, run)
}

/// The words behind `ResumeScan type: umbulk`.
fn proposed(run: &Run) -> Vec<String> {
    let line = run.stdout.lines().find_map(|line| line.strip_prefix("Then type: umbulk ")).unwrap();
    line.split(' ').map(ToOwned::to_owned).collect()
}

#[test]
fn proposed_command_holds_the_refused_row_again() {
    for list in [&[][..], &["--against", "users.csv"], &["--online"], &["--skip-unchanged"]] {
        let (world, run) = refused(list);
        let words = proposed(&run);
        assert!(words.contains(&"--retry-failed".to_owned()), "{words:?}");
        let run = world.umbulk(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(
            (run.status, world.outcomes("hr.results.csv")[0].as_str(), users(&world)),
            (1, HELD, 5),
            "{list:?}: {run:?}"
        );
        // Imported as a file of their own, they are held as well.
        let run = world.umbulk(&[&["import", "hr.failed.csv"], list].concat());
        assert_eq!(
            (run.status, world.outcomes("hr.failed.results.csv"), users(&world)),
            (1, vec![HELD.to_owned()], 5),
            "{list:?}: {run:?}"
        );
        let message = world.rows("hr.failed.results.csv")[0]["umbulk_message"].clone();
        assert!(
            message.contains("new_email ann.lee@example.com")
                && message.contains("--allow-second-accounts"),
            "{message}"
        );
        // Nor does a list that is gone make her another person, nor the results as they are.
        std::fs::remove_dir_all(world.path("state")).unwrap();
        for file in ["hr.failed.csv", "hr.results.csv"] {
            let run = world.umbulk(&["import", file, "--fresh"]);
            assert_eq!((run.status, users(&world)), (1, 5), "{file}: {run:?}");
        }
        let run = world.umbulk(&["import", "hr.failed.csv", "--allow-second-accounts"]);
        assert_eq!((run.status, users(&world)), (0, 6), "{list:?}: {run:?}");
    }
}

fn codes(world: &World) -> Vec<String> {
    world.rows("hr.failed.check.csv").iter().map(|row| row["umbulk_code"].clone()).collect()
}

#[test]
fn validate_and_plan_hold_the_refused_row_again() {
    for is_list_gone in [false, true] {
        let (world, _) = refused(&[]);
        if is_list_gone {
            std::fs::remove_dir_all(world.path("state")).unwrap();
        }
        let run = world.umbulk(&["validate", "hr.failed.csv"]);
        assert_eq!(
            (run.status, codes(&world)),
            (1, vec!["invalid.email.perhaps_renamed".to_owned()])
        );
        let plan = world.umbulk(&["plan", "hr.failed.csv", "--json"]);
        let json: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
        assert_eq!(
            (plan.status, &json["invalid"], &json["requests"]),
            (1, &1.into(), &0.into()),
            "{json}"
        );
    }
}

/// The row without the message; with another address; and beside the update row that the message
/// asks for.
#[test]
fn refused_row_is_held_until_it_is_corrected() {
    let (world, _) = refused(&[]);
    let head = "action,email,new_email,firstname,lastname,country,umbulk_code,umbulk_message\n";
    let row = |email: &str, message: &str| {
        format!("create,{email},,Ann,Lee,US,invalid.email.perhaps_renamed,{message}\n")
    };
    let message = world.rows("hr.results.csv")[0]["umbulk_message"].replace('"', "'");
    let message = format!("\"{message}\"");
    let run = world.import("a.csv", head.to_owned() + &row("ann.lee@example.com", ""), &[]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv"), users(&world)),
        (1, vec![HELD.to_owned()], 5),
        "{run:?}"
    );
    let run = world.import("b.csv", head.to_owned() + &row("other.ann@example.com", &message), &[]);
    assert_eq!((run.status, users(&world)), (0, 6), "{run:?}");
    let rename = "update,ann.smith@example.com,ann.lee@example.com,,,,,\n";
    let run = world.import("c.csv", head.to_owned() + rename, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    // She has the address by now: the row is about her.
    let run = world.import("d.csv", head.to_owned() + &row("ann.lee@example.com", &message), &[]);
    assert_eq!((run.status, users(&world)), (0, 6), "{run:?}");
}

#[test]
fn finished_import_typed_again_with_the_flag_sends_the_held_row() {
    for list in [&[][..], &["--against", "users.csv"], &["--online"], &["--skip-unchanged"]] {
        let (world, _) = refused(list);
        let run = world.umbulk(&[&["import", "hr.csv", "--allow-second-accounts"], list].concat());
        let outcomes = world.outcomes("hr.results.csv");
        assert_eq!((run.status, users(&world)), (0, 6), "{list:?}: {run:?}");
        assert!(
            outcomes.iter().all(|one| one.starts_with("ok") || one.starts_with("unchanged")),
            "{list:?}: {outcomes:?}"
        );
        assert_eq!(outcomes[0], "ok", "{list:?}");
        // Given once more, with the flag or without, it sends nothing, and the row is what it was.
        let sent = world.action_requests();
        for flag in [&["--allow-second-accounts"][..], &[]] {
            let run = world.umbulk(&[&["import", "hr.csv"], flag, list].concat());
            assert_eq!(
                (run.status, world.action_requests(), users(&world)),
                (0, sent, 6),
                "{list:?} {flag:?}: {run:?}"
            );
            assert!(
                !world.outcomes("hr.results.csv")[0].starts_with("invalid"),
                "{list:?} {flag:?}"
            );
        }
        assert_eq!(world.umbulk(&["results", "hr.csv"]).status, 0);
        assert!(!world.outcomes("hr.results.csv")[0].starts_with("invalid"), "{list:?}");
    }
}
