//! One file, one run, one place for results: whatever its names are.

use crate::resume::{ended, started};
use crate::world::World;
use std::os::unix::fs::symlink;
use umbulk::sandbox::{Directory, SandboxOptions};

use std::time::Duration;

const HEAD: &str = "email,firstname,lastname,country\n";

fn people(count: usize) -> String {
    HEAD.to_owned()
        + &(0..count)
            .map(|number| format!("u{number}@example.com,Ann,Lee,US\n"))
            .collect::<String>()
}

fn slow() -> World {
    World::new(
        Directory::default(),
        SandboxOptions { latency: Duration::from_millis(150), ..SandboxOptions::default() },
    )
}

/// While `a.csv` is imported, this command sends nothing and ends with 2. The import itself ends
/// well.
fn is_kept_out(world: &World, args: &[&str]) {
    let child = started(world, 1, &[]);
    let sent = world.action_requests();
    let other = world.umbulk(args);
    assert_eq!(other.status, 2, "{other:?}");
    assert!(other.stderr.contains("another run"), "{}", other.stderr);
    assert!(world.action_requests() <= sent + 1, "at most the first run's own next request came");
    let first = ended(child);
    assert_eq!(first.status, 0, "{first:?}");
    assert_eq!(world.statuses("a.results.csv"), vec!["ok"; 30]);
}

#[test]
fn file_imported_under_another_name_is_kept_out() {
    for link in ["symlink", "hard link", "other folder"] {
        let world = slow();
        world.write("a.csv", people(30));
        std::fs::create_dir(world.path("there")).unwrap();
        match link {
            "symlink" => symlink("a.csv", world.path("b.csv")).unwrap(),
            "hard link" => std::fs::hard_link(world.path("a.csv"), world.path("b.csv")).unwrap(),
            _ => symlink("../a.csv", world.path("there/b.csv")).unwrap(),
        }
        is_kept_out(
            &world,
            &["import", if link == "other folder" { "there/b.csv" } else { "b.csv" }],
        );
    }
}

#[test]
fn file_imported_with_other_results_is_kept_out() {
    let world = slow();
    world.write("a.csv", people(30));
    std::fs::create_dir(world.path("there")).unwrap();
    is_kept_out(&world, &["import", "a.csv", "--results", "there/r.csv"]);
    assert!(!world.path("there/r.csv").exists());
}

#[test]
fn another_file_with_the_same_results_is_kept_out() {
    let world = slow();
    world.write("a.csv", people(30));
    world.write("b.csv", people(3));
    is_kept_out(&world, &["import", "b.csv", "--results", "a.results.csv"]);
    let world = slow();
    world.write("a.csv", people(30));
    world.write("b.csv", people(3));
    is_kept_out(&world, &["import", "b.csv", "--sandbox", "--results", "a.results.csv"]);
}

#[test]
fn file_interrupted_under_another_name_is_not_begun_anew() {
    for args in [&["import", "b.csv"][..], &["import", "a.csv", "--results", "there/r.csv"]] {
        let world = slow();
        world.write("a.csv", people(30));
        symlink("a.csv", world.path("b.csv")).unwrap();
        std::fs::create_dir(world.path("there")).unwrap();
        let mut child = started(&world, 2, &[]);
        child.kill().unwrap();
        child.wait().unwrap();
        let sent = world.action_requests();
        let other = world.umbulk(args);
        assert_eq!((other.status, world.action_requests()), (2, sent), "{other:?}");
        assert!(
            other.stderr.contains("was interrupted") && other.stderr.contains("--fresh"),
            "{}",
            other.stderr
        );
        assert_eq!(world.umbulk(&["import", "a.csv"]).status, 0);
        // It is finished: anyone who imports the file elsewhere begins a run.
        assert_eq!(world.umbulk(args).status, 0);
    }
}

#[test]
fn one_file_named_twice_is_refused() {
    let world = World::with_groups(&[]);
    world.write("a.csv", people(3));
    symlink("a.csv", world.path("b.csv")).unwrap();
    let run = world.umbulk(&["import", "a.csv", "b.csv"]);
    assert!(run.status == 2 && run.stderr.contains("a.csv and b.csv are the same file"), "{run:?}");
    assert_eq!(world.action_requests(), 0);
}

#[test]
fn two_inputs_of_one_name_never_share_results() {
    let world = World::with_groups(&[]);
    world.write("a.csv", people(3));
    world.write("a.tsv", people(3).replace(',', "\t"));
    let run = world.umbulk(&["import", "a.csv", "a.tsv"]);
    assert!(run.status == 2 && run.stderr.contains("a.results.csv"), "{run:?}");
    assert_eq!(world.action_requests(), 0);
}

#[test]
fn results_under_the_name_of_a_journal_are_refused() {
    let world = World::with_groups(&[]);
    world.write("a.csv", people(3));
    assert_eq!(world.umbulk(&["import", "a.csv"]).status, 0);
    let journal = "a.00000000000000000000AAAAAdobeOrg.journal";
    let before = std::fs::read(world.path(journal)).unwrap();
    for ending in ["", "-wal", "-mark", ".lock"] {
        let name = format!("{journal}{ending}");
        for args in [
            ["import", "a.csv", "--results", &name],
            ["import", "a.csv", "--failed", &name],
            ["plan", "a.csv", "--out", &name],
        ] {
            let run = world.umbulk(&args);
            assert!(
                run.status == 2
                    && run.stderr.contains(
                        "umbulk keeps that kind of name for \
                 files of its own"
                    ),
                "{args:?}: {run:?}"
            );
        }
    }
    assert_eq!(std::fs::read(world.path(journal)).unwrap(), before);
}

#[test]
fn results_never_go_through_a_link() {
    let world = World::with_groups(&[]);
    world.write("a.csv", people(3) + "no address,A,B,US\n");
    let victim = world.write("victim.txt", "untouched");
    symlink(&victim, world.path("a.results.csv")).unwrap();
    symlink(world.path("made.txt"), world.path("a.failed.csv")).unwrap();
    let run = world.umbulk(&["import", "a.csv"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
    assert!(!world.path("made.txt").exists());
    assert_eq!(world.rows("a.results.csv").len(), 4);
    assert_eq!(world.rows("a.failed.csv").len(), 1);
}

#[test]
fn resumed_run_with_other_results_overwrites_nothing() {
    let world = slow();
    world.write("a.csv", people(30));
    world.write("mine.csv", "somebody's own\n");
    let mut child = started(&world, 2, &[]);
    child.kill().unwrap();
    child.wait().unwrap();
    let run = world.umbulk(&["import", "a.csv", "--results", "mine.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.dated("a").values().any(|bytes| bytes == b"somebody's own\n"));
}

#[test]
fn file_whose_name_is_no_utf8_is_imported_like_any_other() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt;
    let world = World::new(
        Directory::default(),
        SandboxOptions { latency: Duration::from_millis(100), ..SandboxOptions::default() },
    );
    let name =
        |ending: &[u8]| OsString::from(OsStr::from_bytes(&[b"staff \xe4\xff", ending].concat()));
    let (file, twin) = (name(b".csv"), OsString::from(OsStr::from_bytes(b"staff \xe4\xfe.csv")));
    let write = |name: &OsString, text: String| {
        std::fs::write(world.folder.path().join(name), text).unwrap();
    };
    write(&file, people(30) + "no address,A,B,US\n");
    write(&twin, people(2));
    let run = |command: &str, more: &[&OsStr]| {
        let mut umbulk = world.command(&[command]);
        crate::world::run(umbulk.args(more))
    };
    let killed = {
        let mut umbulk = world.command(&["import", "--concurrency", "1", "--rate", "1000/100ms"]);
        let mut child = umbulk
            .arg(&file)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        while world.action_requests() < 2 {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap()
    };
    assert!(!killed.success());
    let status = run("status", &[&file]);
    assert!(
        status.status == 0
            && status.stdout.contains("interrupted")
            && status.stdout.contains("\\xe4\\xff"),
        "{status:?}"
    );
    assert_eq!(run("status", &[&file, OsStr::new("--json")]).status, 0);
    // Another name is another run, also where both look alike.
    let other = run("import", &[&twin]);
    assert_eq!(other.status, 0, "{other:?}");
    let again = run("import", &[&file, OsStr::new("--json")]);
    assert!(again.status == 1 && again.stderr.contains("continues  "), "{again:?}");
    let results = world.folder.path().join(name(b".results.csv"));
    assert_eq!(crate::world::rows(&results).len(), 31);
    assert!(world.folder.path().join(name(b".failed.csv")).is_file());
    assert!(world.folder.path().join(name(b".00000000000000000000AAAAAdobeOrg.journal")).is_file());
    std::fs::remove_file(&results).unwrap();
    let written = run("results", &[&file]);
    assert!(written.status == 0 && results.is_file(), "{written:?}");
    assert_eq!(
        run("import", &[&file]).status,
        1,
        "an earlier results file of such a name is put aside, too"
    );
    assert_eq!(run("validate", &[&file, OsStr::new("--json")]).status, 1);
    assert!(world.folder.path().join(name(b".check.csv")).is_file());
}

#[test]
fn run_that_was_stopped_keeps_others_out_and_hangs_nobody() {
    use crate::resume::signal;
    use std::time::Instant;
    let world = slow();
    world.write("a.csv", people(30));
    let child = started(&world, 1, &[]);
    signal(&child, "-STOP");
    let began = Instant::now();
    let other = world.umbulk(&["import", "a.csv"]);
    assert!(other.status == 2 && other.stderr.contains("another run"), "{other:?}");
    let status = world.umbulk(&["status", "a.csv"]);
    assert!(status.stdout.contains("running"), "{status:?}");
    assert_eq!(world.umbulk(&["results", "a.csv"]).status, 2);
    // Another file shares nothing with it but the quota.
    world.write("b.csv", people(3));
    assert_eq!(world.umbulk(&["import", "b.csv", "--rate", "1000/100ms"]).status, 0);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    signal(&child, "-CONT");
    assert_eq!(ended(child).status, 0);
}
