//! A journal is a stranger's file until proven otherwise: `status`, `results` and `import` believe
//! the same of it, and say in the same words what they do not believe.

use crate::compared_snapshots::list_folder;
use crate::world::World;
use rusqlite::Connection;

const JOURNAL: &str = "a.00000000000000000000AAAAAdobeOrg.journal";
const FILE: &str =
    "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\nbob@example.com,Bob,Lee,US\n";

/// An import of two rows, of which one is completed and one was interrupted, and its journal forged
/// by this SQL.
fn forged(sql: &str) -> World {
    let world = World::with_groups(&[]);
    assert_eq!(world.import("a.csv", FILE, &[]).status, 0);
    // The record of recent changes would show that the rows are done.
    std::fs::remove_file(list_folder(&world).join("changes.sqlite")).unwrap();
    let database = Connection::open(world.path(JOURNAL)).unwrap();
    let interrupted = "DELETE FROM settled; DELETE FROM told; DELETE FROM facts WHERE name = \
         'finished';
        INSERT OR IGNORE INTO texts VALUES (900, ''); INSERT OR IGNORE INTO texts VALUES (901, \
        'created');
        INSERT INTO told VALUES (0, 0, (SELECT id FROM texts WHERE text = ''), (SELECT id FROM \
        texts WHERE text = ''),
            (SELECT id FROM texts WHERE text = 'created'), 1, 1, 1);";
    database.execute_batch(interrupted).unwrap();
    database.execute_batch(sql).unwrap();
    drop(database);
    world
}

/// Changes one number of the journal's face.
fn face(name: &str, value: &str) -> String {
    format!(
        "UPDATE facts SET value = json_set(value, '$.{name}', json('{value}')) WHERE name = 'face'"
    )
}

fn about(name: &str, value: &str) -> String {
    format!(
        "UPDATE facts SET value = json_set(value, '$.{name}', json('{value}')) WHERE name = \
         'about'"
    )
}

#[test]
fn journal_that_is_not_forged_is_believed() {
    let world = forged("");
    let status = world.umbulk(&["status", "a.csv"]);
    assert!(
        status.status == 0 && status.stdout.contains("1 of 2 have an outcome: 1 ok"),
        "{status:?}"
    );
    let done = world.umbulk(&["import", "a.csv"]);
    assert!(done.status == 0, "{done:?}");
    let status = world.umbulk(&["status", "a.csv"]);
    assert!(
        status.status == 0 && status.stdout.contains("2 of 2 have an outcome: 2 ok"),
        "{status:?}"
    );
}

#[test]
fn numbers_of_a_forged_journal_are_believed_by_no_command() {
    let packed = "INSERT INTO settled (request, at, rows) VALUES (1, 1, x'01000100')";
    for (sql, why) in [
        (about("rows", "999999"), "it belongs to a file of 999999 rows"),
        (about("rows", "-1"), "invalid value"),
        (about("rows", "1e300"), "invalid type"),
        (face("to_send", "3"), "the file has 2 rows"),
        (face("to_send", "-3"), "invalid value"),
        (face("to_send", "0"), "1 outcome of 2 rows"),
        (face("to_send", "99999999999999"), "rows to send"),
        (face("requests", "99999999999999"), "requests"),
        (face("unsent", r#"{"ok": 500}"#), "end as `ok`"),
        (face("unsent", r#"{"invalid": 500}"#), "the file has 2 rows"),
        (face("unsent", r#"{"invalid": -5}"#), "invalid value"),
        ("UPDATE told SET row = -1".to_owned(), "out of range"),
        ("UPDATE told SET row = 7".to_owned(), "row 8"),
        ("UPDATE told SET attempts = -1".to_owned(), "out of range"),
        ("UPDATE told SET request = 99999999999".to_owned(), "out of range"),
        ("UPDATE told SET status = 77".to_owned(), "no status"),
        ("UPDATE texts SET text = 'nonsense' WHERE text = 'created'".to_owned(), "no effect"),
        ("INSERT OR REPLACE INTO facts VALUES ('sent', '-4')".to_owned(), "invalid value"),
        (
            "INSERT OR REPLACE INTO facts VALUES ('sent', '99999999999999')".to_owned(),
            "requests that were sent",
        ),
        (packed.replace("x'01000100'", "(SELECT x'0100' || x'')"), "damaged"),
        (
            "INSERT OR REPLACE INTO progress VALUES (1, 7, 1, NULL, NULL, NULL)".to_owned(),
            "part 8 of row 2",
        ),
        (
            "INSERT OR REPLACE INTO progress VALUES (-1, 0, 1, NULL, NULL, NULL)".to_owned(),
            "out of range",
        ),
        ("INSERT OR REPLACE INTO late VALUES (-1, 1)".to_owned(), "out of range"),
    ] {
        let world = forged(&sql);
        let before = world.action_requests();
        for args in [
            &["status", "a.csv"][..],
            &["status"],
            &["status", "a.csv", "--json"],
            &["results", "a.csv"],
            &["import", "a.csv"],
        ] {
            let done = world.umbulk(args);
            let said = ["damaged", why, "--fresh"].iter().all(|word| done.stderr.contains(word));
            assert!(
                done.status == 2 && said && done.stdout.is_empty(),
                "{sql}, {args:?}: {done:?}"
            );
        }
        assert_eq!(world.action_requests(), before, "{sql}");
    }
}

#[test]
fn forged_journal_does_not_hide_the_others_in_its_folder() {
    let world = forged(&face("to_send", "99"));
    assert_eq!(world.import("b.csv", FILE, &[]).status, 0);
    for args in [&["status"][..], &["status", "--json"]] {
        let done = world.umbulk(args);
        assert!(
            done.status == 2 && done.stdout.contains("b.csv") && !done.stdout.contains("a.csv"),
            "{done:?}"
        );
        assert!(done.stderr.contains("damaged") && done.stderr.contains(JOURNAL), "{done:?}");
    }
}

/// Both tables of outcomes tell of the same row.
#[test]
fn row_with_two_outcomes_is_believed_by_no_command() {
    let world = forged("");
    let database = Connection::open(world.path(JOURNAL)).unwrap();
    let created: i64 = database
        .query_row("SELECT id FROM texts WHERE text = 'created'", [], |row| row.get(0))
        .unwrap();
    // One row: a step of 0 from the first, one attempt, and the number of the text (zigzag).
    let rows = vec![
        1,
        0,
        1,
        u8::try_from(created * 2 % 256).unwrap() | if created > 63 { 0x80 } else { 0 },
    ];
    let rows = if created > 63 {
        [rows, vec![u8::try_from(created * 2 / 128).unwrap()]].concat()
    } else {
        rows
    };
    database.execute("INSERT INTO settled (request, at, rows) VALUES (1, 1, ?1)", [rows]).unwrap();
    drop(database);
    for args in [&["status", "a.csv"][..], &["results", "a.csv"], &["import", "a.csv"]] {
        let done = world.umbulk(args);
        assert!(
            done.status == 2 && done.stderr.contains("row 1 has two outcomes"),
            "{args:?}: {done:?}"
        );
    }
}
