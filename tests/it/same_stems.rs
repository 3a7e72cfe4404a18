//! Files that differ only in their endings (`staff.xlsx`, `staff.csv`) are two inputs: each has its
//! own journal.

use crate::world::{Run, World};

const HEAD: &str = "email,firstname,lastname,country\n";
const ANN: &str = "ann@example.com,Ann,Lee,US\n";
const BOB: &str = "bob@example.com,Bob,Ray,US\n";

fn world() -> World {
    let world = World::with_groups(&[]);
    world.write("staff.csv", format!("{HEAD}{ANN}{BOB}"));
    world.write("staff.tsv", format!("{HEAD}{BOB}").replace(',', "\t"));
    world
}

fn import(world: &World, args: &[&str]) -> Run {
    world.umbulk(&[&["import"], args].concat())
}

fn journals(world: &World) -> Vec<String> {
    let entries = std::fs::read_dir(world.folder.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut journals: Vec<String> = names.filter(|name| name.ends_with(".journal")).collect();
    journals.sort();
    journals
}

#[test]
fn finished_file_sends_nothing_after_one_with_another_ending() {
    let world = world();
    for file in ["staff.csv", "staff.tsv"] {
        assert_eq!(import(&world, &[file]).status, 0);
    }
    let sent = world.action_requests();
    for file in ["staff.csv", "staff.tsv", "staff.csv"] {
        let again = import(&world, &[file]);
        assert_eq!((again.status, world.action_requests()), (0, sent), "{again:?}");
    }
    assert_eq!(
        journals(&world),
        [
            "staff.00000000000000000000AAAAAdobeOrg.journal",
            "staff.tsv.00000000000000000000AAAAAdobeOrg.journal"
        ]
    );
}

#[test]
fn results_and_status_are_those_of_the_named_file() {
    let world = world();
    assert_eq!(import(&world, &["staff.csv"]).status, 0);
    let none = world.umbulk(&["results", "staff.tsv"]);
    assert_eq!(none.status, 2, "{none:?}");
    assert!(none.stderr.contains("there is no journal for staff.tsv"), "{none:?}");
    assert_eq!(import(&world, &["staff.tsv"]).status, 0);
    for (file, rows) in [("staff.csv", 2), ("staff.tsv", 1)] {
        let again = world.umbulk(&["results", file]);
        assert_eq!(again.status, 0, "{again:?}");
        let results = std::fs::read_to_string(world.path("staff.results.csv")).unwrap();
        assert_eq!(results.lines().count(), rows + 1, "{file} {results}");
        let status = world.umbulk(&["status", file]);
        assert!(status.stdout.starts_with(&format!("{file}: finished")), "{status:?}");
        assert_eq!(status.stdout.matches("finished").count(), 1, "{status:?}");
    }
}

#[test]
fn unfinished_file_is_not_taken_for_one_with_another_ending() {
    let world = world();
    assert_eq!(import(&world, &["staff.csv", "--rows", "1"]).status, 0);
    let other = import(&world, &["staff.tsv"]);
    assert_eq!(other.status, 0, "{other:?}");
    assert!(world.sandbox.directory().user("bob@example.com").is_some());
    let sent = world.action_requests();
    let rest = import(&world, &["staff.csv"]);
    assert_eq!((rest.status, world.action_requests()), (0, sent + 1), "{rest:?}");
    assert_eq!(world.statuses("staff.results.csv"), ["ok", "ok"]);
}

/// The rows of a table saved as another one are the same: results of the one say nothing about the
/// other.
#[test]
fn same_rows_with_another_ending_begin_beside_unfinished_results() {
    let world = world();
    world.write("staff.txt", format!("{HEAD}{ANN}{BOB}"));
    assert_eq!(import(&world, &["staff.csv", "--rows", "1"]).status, 0);
    let other = import(&world, &["staff.txt"]);
    assert_eq!(other.status, 0, "{other:?}");
    assert_eq!(journals(&world).len(), 2);
}

#[test]
fn compressed_file_goes_on_with_its_run() {
    let world = world();
    assert_eq!(import(&world, &["staff.csv"]).status, 0);
    let sent = world.action_requests();
    let text = std::fs::read(world.path("staff.csv")).unwrap();
    world.write("staff.csv.zst", zstd::encode_all(&*text, 1).unwrap());
    let again = import(&world, &["staff.csv.zst"]);
    assert_eq!((again.status, world.action_requests()), (0, sent), "{again:?}");
}
