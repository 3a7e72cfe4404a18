//! Commands that are no imports keep the limits together with the imports of their store.

use super::Shared;
use crate::world::run;

/// Limits that are counted, and leave nothing to wait for.
const RATE: [&str; 2] = ["--rate", "1000/1s"];

impl Shared {
    /// Returns how many requests of a class the store counts.
    fn counted(&self, class: &str) -> usize {
        let sql = format!("SELECT count(*) FROM umbulk.quota_requests WHERE class = '{class}'");
        self.server.psql(&self.database, &sql).parse().unwrap()
    }
}

#[test]
fn check_counts_its_request_in_the_store_and_tests_it() {
    let Some(shared) = Shared::new() else { return };
    let checked = shared.umbulk("one", &[&["check"], &RATE[..]].concat());
    assert_eq!((checked.status, shared.counted("users")), (0, 1), "{checked:?}");
    assert!(checked.stdout.starts_with("store         good: postgres://umbulk@"), "{checked:?}");
    let alone = shared.umbulk("one", &["check", "--store", "none"]);
    assert_eq!((alone.status, shared.counted("users")), (0, 1), "{alone:?}");
    assert!(!alone.stdout.contains("store"), "{alone:?}");
    let mut refused = shared.command("one", &["check"]);
    let refused = run(refused.env_remove("PGPASSWORD"));
    assert!(refused.status == 2 && refused.stderr.contains("asks for a password"), "{refused:?}");
    assert!(refused.stderr.contains("`--store none` goes without it"), "{refused:?}");
}

#[test]
fn store_that_cannot_be_used_is_an_error_for_programs_too() {
    let Some(shared) = Shared::new() else { return };
    let mut undo = shared.command("one", &["undo", "a.csv", "--json"]);
    let undo = run(undo.env_remove("PGPASSWORD"));
    let object: serde_json::Value = serde_json::from_str(&undo.stdout).unwrap();
    assert_eq!((undo.status, &object["exit"]), (2, &2.into()), "{undo:?}");
    assert!(object["error"].as_str().unwrap().contains("asks for a password"), "{undo:?}");
}

/// What takes an import back is sent as an import is: another computer sees it, and counts its
/// requests.
#[test]
fn undo_is_a_run_of_the_store() {
    let Some(shared) = Shared::new() else { return };
    let rows = "email,firstname,lastname,country\na@example.com,U,N,US\nb@example.com,U,N,US\n";
    shared.world.write("one/a.csv", rows);
    let import = shared.umbulk("one", &["import", "a.csv", "--snapshot-before"]);
    assert_eq!((import.status, shared.runs().as_str()), (0, "finished 0 1"), "{import:?}");
    let before = shared.counted("action");
    let undo = ["undo", "a.csv", "--apply", "--yes"];
    let undo = shared.umbulk("one", &[&undo, &RATE[..]].concat());
    assert_eq!(undo.status, 0, "{undo:?}");
    assert_eq!(shared.world.sandbox.directory().users().count(), 0);
    assert_eq!(shared.runs(), "finished 0 1,finished 0 1", "{undo:?}");
    assert!(shared.counted("action") > before, "{undo:?}");
    let seen = shared.umbulk("two", &["runs"]);
    assert!(seen.stdout.contains("a.undo.csv"), "{seen:?}");
}
