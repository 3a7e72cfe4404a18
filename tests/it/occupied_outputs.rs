//! What stands where umbulk writes: a pipe or a folder is refused before anything is sent, and a
//! person's notes are kept.

use crate::world::World;
use std::fs;

const FILE: &str =
    "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\nno address,A,B,US\n";

#[test]
fn output_that_is_no_file_is_refused_before_sending() {
    for (args, names) in [
        (&["import", "a.csv"][..], &["a.results.csv", "a.failed.csv"][..]),
        (&["validate", "a.csv"], &["a.check.csv"]),
    ] {
        for name in names {
            for is_pipe in [true, false] {
                let world = World::with_groups(&[]);
                world.write("a.csv", FILE);
                if is_pipe {
                    assert!(
                        std::process::Command::new("mkfifo")
                            .arg(world.path(name))
                            .status()
                            .unwrap()
                            .success()
                    );
                } else {
                    fs::create_dir(world.path(name)).unwrap();
                }
                let is = if is_pipe { "which is not a regular file" } else { "which is a folder" };
                let done = world.umbulk(args);
                assert!(
                    done.status == 2 && done.stderr.contains(name) && done.stderr.contains(is),
                    "{name}: {done:?}"
                );
                assert_eq!(world.sandbox.traffic().len(), 0, "{name}");
            }
        }
    }
}

#[test]
fn notes_in_the_results_of_a_finished_run_are_kept() {
    let edits: [fn(&str) -> String; 3] = [
        |text| format!("{text}note by hand\n"),
        |text| text.replace("Ann,", "Ann (called her),"),
        |text| text.replacen(",ok,", ",ok; called,", 1),
    ];
    for edit in edits {
        let world = World::with_groups(&[]);
        assert_eq!(world.import("a.csv", FILE, &[]).status, 1);
        let results = world.path("a.results.csv");
        let edited = edit(&fs::read_to_string(&results).unwrap());
        fs::write(&results, &edited).unwrap();
        let done = world.umbulk(&["import", "a.csv"]);
        assert!(done.status == 1 && done.stderr.contains("note: the earlier"), "{done:?}");
        assert_eq!(kept(&world), [edited]);
    }
}

#[test]
fn results_that_nobody_edited_are_written_anew() {
    let world = World::with_groups(&[]);
    assert_eq!(world.import("a.csv", FILE, &[]).status, 1);
    let before = fs::read_to_string(world.path("a.results.csv")).unwrap();
    assert_eq!(world.umbulk(&["import", "a.csv"]).status, 1);
    assert_eq!(fs::read_to_string(world.path("a.results.csv")).unwrap(), before);
    assert!(kept(&world).is_empty());
}

/// A link at the name that a workbook has until it is complete leads to somebody else's file.
#[test]
#[cfg(unix)]
fn plan_as_a_workbook_follows_no_link() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    world.write("notes.txt", "untouched");
    std::os::unix::fs::symlink("notes.txt", world.path("plan.xlsx.partial")).unwrap();
    let done = world.umbulk(&["plan", "a.csv", "--out", "plan.xlsx"]);
    assert_eq!(done.status, 1, "{done:?}");
    assert_eq!(fs::read_to_string(world.path("notes.txt")).unwrap(), "untouched");
    assert!(fs::read(world.path("plan.xlsx")).unwrap().starts_with(b"PK"));
    assert!(world.path("plan.xlsx.partial").symlink_metadata().is_err());
}

/// The results that were renamed with their date.
fn kept(world: &World) -> Vec<String> {
    let is_kept = |name: &str| name.starts_with("a.results.2") && name.ends_with(".csv");
    let files = world.dated("a").into_iter().filter(|(name, _)| is_kept(name));
    files.map(|(_, text)| String::from_utf8(text).unwrap()).collect()
}

/// Somebody corrects a list and checks it, again and again: the folder stays in order.
#[test]
fn earlier_checks_are_kept_in_the_folder_of_copies() {
    let world = World::with_groups(&[]);
    let check = |country: &str| {
        world.write(
            "staff.csv",
            format!("email,firstname,lastname,country\nann@example.com,Ann,Lee,{country}\n"),
        );
        world.umbulk(&["validate", "staff.csv"]).status
    };
    assert_eq!([check("Germny"), check("Germani"), check("DE")], [1, 1, 0]);
    let mut beside: Vec<_> = std::fs::read_dir(world.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("staff."))
        .collect();
    beside.sort();
    assert_eq!(beside, ["staff.check.csv", "staff.csv", "staff.umbulk"]);
    let kept = world.dated("staff");
    assert_eq!(kept.len(), 2, "{:?}", kept.keys());
    assert!(kept.keys().all(|name| name.starts_with("staff.check.")), "{:?}", kept.keys());
}

/// A job writes its page every week.
#[test]
fn earlier_pages_are_kept_in_the_folder_of_copies() {
    let world = World::with_groups(&[]);
    let file = "email,firstname,lastname,country\nann@example.com,Ann,Lee,DE\n";
    for _ in 0..3 {
        let run = world.import("staff.csv", file, &["--report", "last run.html"]);
        assert_eq!(run.status, 0, "{run:?}");
    }
    let is_page = |name: &str| name.starts_with("last run.");
    let beside = std::fs::read_dir(world.folder.path()).unwrap();
    let beside = beside.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(beside.filter(|name| is_page(name)).collect::<Vec<_>>(), ["last run.html"]);
    assert_eq!(world.dated("staff").into_keys().filter(|name| is_page(name)).count(), 2);
}
