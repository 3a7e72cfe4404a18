//! A journal that somebody has forged, or that is damaged, stops a run with the reason: it never
//! crashes umbulk, never hangs it, and no row is taken for completed by it.

use crate::compared_snapshots::list_folder;
use crate::world::World;
use rusqlite::Connection;

const JOURNAL: &str = "a.00000000000000000000AAAAAdobeOrg.journal";
const FILE: &str =
    "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\nbob@example.com,Bob,Lee,US\n";

/// A folder with the journal of an import that was interrupted before its rows, forged by this SQL.
fn forged(sql: &str) -> World {
    let world = World::with_groups(&[]);
    assert_eq!(world.import("a.csv", FILE, &[]).status, 0);
    // The record of recent changes would show that the rows are done.
    std::fs::remove_file(list_folder(&world).join("changes.sqlite")).unwrap();
    let database = Connection::open(world.path(JOURNAL)).unwrap();
    database
        .execute_batch(
            "DELETE FROM settled; DELETE FROM told; DELETE FROM facts WHERE name = 'finished'",
        )
        .unwrap();
    database.execute_batch(sql).unwrap();
    drop(database);
    world
}

#[test]
fn impossible_number_in_a_journal_is_refused() {
    for sql in [
        "UPDATE facts SET value = '4294967295' WHERE name = 'requests'",
        "UPDATE facts SET value = '18446744073709551615' WHERE name = 'sent'",
        "UPDATE facts SET value = '18446744073709551615' WHERE name = 'commits'",
        "INSERT OR REPLACE INTO progress VALUES (0, 0, 4294967295, NULL, NULL, NULL)",
        "INSERT OR REPLACE INTO progress VALUES (7, 0, 1, NULL, NULL, NULL)",
        "INSERT OR REPLACE INTO late VALUES (4294967295, 1)",
        "INSERT INTO texts VALUES (900, ''); INSERT INTO told VALUES (7, 0, 900, 900, 900, 1, 1, \
         1)",
    ] {
        let world = forged(sql);
        let before = world.sandbox.traffic().len();
        for args in [&["import", "a.csv"][..], &["results", "a.csv"]] {
            let done = world.umbulk(args);
            assert!(
                done.status == 2
                    && done.stderr.contains("damaged")
                    && done.stderr.contains("--fresh"),
                "{sql}, {args:?}: {done:?}"
            );
        }
        assert!(
            !world.sandbox.traffic()[before..].iter().any(|call| call.class == "action"),
            "{sql}"
        );
    }
}

#[test]
fn journal_with_other_tables_is_refused_at_once() {
    for sql in [
        "DROP TABLE late; CREATE VIEW late AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i \
         FROM n) SELECT i AS row, 1 AS until FROM n",
        "CREATE TRIGGER more AFTER INSERT ON open BEGIN DELETE FROM told; END",
        "CREATE TABLE more (a)",
        "CREATE INDEX more ON told (at)",
    ] {
        let world = forged(sql);
        for args in [&["status", "a.csv"][..], &["results", "a.csv"], &["import", "a.csv"]] {
            let done = world.umbulk(args);
            assert!(
                done.status == 2 && done.stderr.contains("unexpected tables"),
                "{sql}, {args:?}: {done:?}"
            );
        }
    }
}

#[test]
fn part_that_a_row_does_not_have_never_completes_it() {
    for part in ["1", "4294967295"] {
        let world = forged(&format!(
            "INSERT OR REPLACE INTO progress VALUES (0, {part}, 1, NULL, NULL, NULL)"
        ));
        let (before, results) =
            (world.action_requests(), std::fs::read(world.path("a.results.csv")).unwrap());
        let done = world.umbulk(&["import", "a.csv"]);
        let words =
            ["damaged", &format!("part {} of row 1", part.parse::<u64>().unwrap() + 1), "--fresh"];
        assert!(
            done.status == 2 && words.iter().all(|word| done.stderr.contains(word)),
            "{done:?}"
        );
        assert_eq!(world.action_requests(), before, "nothing is sent by such a journal");
        assert_eq!(
            std::fs::read(world.path("a.results.csv")).unwrap(),
            results,
            "no outcome is written by such a journal"
        );
    }
}

/// A run that compares with a list asks the journal which rows its earlier starts have compared.
#[test]
fn number_of_rows_in_a_journal_costs_no_memory() {
    let world = World::with_groups(&[]);
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    assert_eq!(world.import("a.csv", FILE, &["--skip-unchanged"]).status, 0);
    let database = Connection::open(world.path(JOURNAL)).unwrap();
    database
        .execute_batch(
            "UPDATE facts SET value = json_set(value, '$.rows', 4294967294) WHERE name = 'about'; \
             UPDATE facts SET value = json_set(value, '$.not_compared', json('[[1,1]]')) WHERE \
             name = 'face'",
        )
        .unwrap();
    drop(database);
    let began = std::time::Instant::now();
    let done = world.umbulk(&["import", "a.csv", "--skip-unchanged"]);
    assert!(began.elapsed() < std::time::Duration::from_secs(30), "{done:?}");
}
