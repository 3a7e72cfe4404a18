//! A file that was copied together with the journal of its import, which then went on.

use crate::world::World;
use std::fs;

const FILE: &str = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n\
                    bob@example.com,Bob,Lee,US\ncy@example.com,Cy,Ito,US\n";

/// An import that has sent its first row.
fn begun() -> World {
    let world = World::with_groups(&[]);
    assert_eq!(world.import("a.csv", FILE, &["--rows", "1"]).status, 0);
    world
}

/// Copies the file, its results and its journal to another folder.
fn copy(world: &World) {
    fs::create_dir(world.path("copy")).unwrap();
    for entry in fs::read_dir(world.folder.path()).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if name.to_string_lossy().starts_with("a.") {
            fs::copy(path, world.path("copy").join(name)).unwrap();
        }
    }
}

#[test]
fn copy_of_a_run_that_went_on_sends_nothing_again() {
    let world = begun();
    copy(&world);
    assert_eq!(world.umbulk(&["import", "a.csv"]).status, 0);
    let sent = world.action_requests();
    for rows in [&[][..], &["--rows", "2"]] {
        let refused = world.umbulk(&[&["import", "copy/a.csv"], rows].concat());
        assert_eq!(refused.status, 2, "{refused:?}");
        for words in
            ["is an old copy", "has completed rows 2-3 since", "nothing was sent", "--fresh"]
        {
            assert!(refused.stderr.contains(words), "{refused:?}");
        }
    }
    assert_eq!(world.action_requests(), sent);
    let fresh = world.umbulk(&["import", "copy/a.csv", "--fresh"]);
    assert_eq!(fresh.status, 0, "{fresh:?}");
}

/// A folder may be moved or copied as long as only one copy goes on.
#[test]
fn newest_copy_of_a_run_goes_on() {
    let world = begun();
    copy(&world);
    let run = world.umbulk(&["import", "copy/a.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.outcomes("copy/a.results.csv"), ["ok", "ok", "ok"]);
    let old = world.umbulk(&["import", "a.csv"]);
    assert!(old.status == 2 && old.stderr.contains("is an old copy"), "{old:?}");
}
