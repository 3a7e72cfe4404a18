//! `--missing` looks at some domains and types only: nowhere else does it make a second account of
//! a new address.

use crate::second_accounts::{HEADER, HELD, WEEKLY, users, world};

/// Scopes in which nobody is whom the rows are about.
const SCOPES: [[&str; 2]; 2] = [["--managed-domain", "other.org"], ["--managed-type", "adobeID"]];

#[test]
fn new_address_outside_the_scope_of_missing_is_held() {
    for list in [&[][..], &["--against", "users.csv"], &["--skip-unchanged"]] {
        for scope in SCOPES {
            let world = world();
            let flags = [&["--missing", "report"], &scope[..], list].concat();
            let run = world.import("staff.csv", HEADER.to_owned() + WEEKLY, &flags);
            assert_eq!(
                (run.status, world.outcomes("staff.results.csv")[0].as_str(), users(&world)),
                (1, HELD, 5),
                "{flags:?}: {run:?}"
            );
            let message = &world.rows("staff.results.csv")[0]["umbulk_message"];
            assert!(
                message.contains("use --allow-second-accounts") && !message.contains("--missing"),
                "{message}"
            );
            // The way that the message names does it.
            let run = world.umbulk(
                &[&["import", "staff.csv", "--allow-second-accounts"], &flags[..]].concat(),
            );
            assert_eq!((run.status, users(&world)), (0, 6), "{flags:?}: {run:?}");
        }
    }
}

#[test]
fn refused_row_typed_again_beside_missing_is_held() {
    for scope in SCOPES {
        let world = world();
        assert_eq!(world.import("hr.csv", HEADER.to_owned() + WEEKLY, &[]).status, 1);
        let run = world
            .umbulk(&[&["import", "hr.failed.csv", "--missing", "report"], &scope[..]].concat());
        assert_eq!(
            (run.status, world.outcomes("hr.failed.results.csv"), users(&world)),
            (1, vec![HELD.to_owned()], 5),
            "{run:?}"
        );
    }
}

/// Within the scope, the message names the way that holds beside `--missing`, and the head does not
/// say that the row is sent.
#[test]
fn new_address_within_the_scope_of_missing_is_said_once() {
    let world = world();
    let flags = ["--missing", "report", "--managed-domain", "example.com"];
    let run = world.import(
        "new.csv",
        HEADER.to_owned() + "ann.lee@example.com,Ann,Lee,US,Design\n",
        &flags,
    );
    assert_eq!(
        (run.status, world.outcomes("new.results.csv"), users(&world)),
        (1, vec![HELD.to_owned()], 4),
        "{run:?}"
    );
    assert!(!run.stderr.contains("new address?"), "{}", run.stderr);
    let message = &world.rows("new.results.csv")[0]["umbulk_message"];
    assert!(message.contains("import this row alone, without --missing"), "{message}");
}
