//! A journal that says more of requests than its rows can explain: the figure is left out.

use crate::compared_snapshots::list_folder;
use crate::world::World;
use rusqlite::Connection;

const FILE: &str =
    "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\nbob@example.com,Bob,Lee,US\n";

/// An import of two rows, of which one is not completed, and this SQL.
fn forged(sql: &str) -> World {
    let world = World::with_groups(&[]);
    assert_eq!(world.import("a.csv", FILE, &[]).status, 0);
    // The record of recent changes would show that the rows are done.
    std::fs::remove_file(list_folder(&world).join("changes.sqlite")).unwrap();
    let database =
        Connection::open(world.path("a.00000000000000000000AAAAAdobeOrg.journal")).unwrap();
    let interrupted = "DELETE FROM settled; DELETE FROM told;
        DELETE FROM facts WHERE name = 'finished';
        INSERT OR IGNORE INTO texts VALUES (900, ''); INSERT OR IGNORE INTO texts VALUES (901, \
        'created');
        INSERT INTO told VALUES (0, 0, (SELECT id FROM texts WHERE text = ''), (SELECT id FROM \
        texts WHERE text = ''),
            (SELECT id FROM texts WHERE text = 'created'), 1, 1, 1);";
    database.execute_batch(interrupted).unwrap();
    database.execute_batch(sql).unwrap();
    world
}

fn sent(number: u64) -> String {
    format!("INSERT OR REPLACE INTO facts VALUES ('sent', '{number}')")
}

#[test]
fn requests_that_rows_explain_are_shown() {
    let world = forged(&sent(41));
    let run = world.umbulk(&["status", "a.csv"]);
    assert!(
        run.status == 0 && run.stdout.contains("requests      41 sent, about 1 to go"),
        "{run:?}"
    );
    let json = world.umbulk(&["status", "a.csv", "--json"]);
    assert!(json.stdout.contains(r#""requests":41,"requests_left":1"#), "{json:?}");
}

#[test]
fn forged_number_of_requests_is_shown_nowhere() {
    for number in [2_000_000_000, 999_999, 1_101] {
        // Attempts are numbers of the journal, too.
        let attempts = "UPDATE told SET attempts = 2000000000";
        for more in ["", attempts] {
            if number == 1_101 && !more.is_empty() {
                continue;
            }
            let world = forged(&format!("{}; {more}", sent(number)));
            let digits = number.to_string();
            let run = world.umbulk(&["status", "a.csv"]);
            assert!(
                run.status == 0
                    && run.stdout.contains("requests      more than its rows can explain")
                    && !run.stdout.replace(',', "").contains(&digits),
                "{more}: {run:?}"
            );
            let json = world.umbulk(&["status", "a.csv", "--json"]);
            assert!(
                json.stdout.contains(r#""requests":null"#) && !json.stdout.contains(&digits),
                "{json:?}"
            );
            // The run continues, and counts what it sends itself.
            let done = world.umbulk(&["import", "a.csv"]);
            assert!(done.status == 0 && done.stdout.contains("1  request sent"), "{done:?}");
            assert!(!done.stderr.replace(',', "").contains(&digits), "{done:?}");
        }
    }
}

#[test]
fn forged_number_of_planned_requests_is_shown_nowhere() {
    let world = forged(
        "UPDATE facts SET value = json_set(value, '$.requests', 2000000000) WHERE name = 'face'",
    );
    let run = world.umbulk(&["status", "a.csv"]);
    assert!(
        run.status == 0 && !run.stdout.contains("to go,") && !run.stdout.contains("about"),
        "{run:?}"
    );
    let json = world.umbulk(&["status", "a.csv", "--json"]);
    assert!(json.stdout.contains(r#""requests_left":null"#), "{json:?}");
}
