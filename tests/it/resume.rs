//! A run that was ended before its end: the same command continues, and nothing is lost or done
//! twice.

use crate::world::{Run, World, run};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, InjectedFault, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country,groups,new_email,if_exists\n";
const JOURNAL: &str = "a.00000000000000000000AAAAAdobeOrg.journal";

fn people(count: usize) -> String {
    let mut file = HEAD.to_owned();
    for number in 0..count {
        file += &format!("create,u{number}@example.com,Ann,Lee,US,,,\n");
    }
    file
}

const LATENCY: Duration = Duration::from_millis(150);

fn slow() -> World {
    World::new(
        Directory::default(),
        SandboxOptions { latency: LATENCY, ..SandboxOptions::default() },
    )
}

/// Starts an import and waits until the server has seen so many of its requests.
pub(crate) fn started(world: &World, requests: usize, more: &[&str]) -> Child {
    started_at_rate(world, "1000/100ms", requests, more)
}

/// The same with limits of its own.
pub(crate) fn started_at_rate(world: &World, rate: &str, requests: usize, more: &[&str]) -> Child {
    started_file(world, "a.csv", rate, requests, more)
}

/// The same with another file.
pub(crate) fn started_file(
    world: &World,
    file: &str,
    rate: &str,
    requests: usize,
    more: &[&str],
) -> Child {
    let seen = world.action_requests();
    // With a limit, if a high one, nothing is written down ahead of its time.
    let mut args = vec!["import", file, "--concurrency", "1", "--rate", rate];
    args.extend(more);
    let child = world.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while world.action_requests() < seen + requests {
        assert!(Instant::now() < until, "no request came");
        std::thread::yield_now();
    }
    child
}

/// Lets a moment go by: the program under test lives in real time.
fn pass(time: Duration) {
    let until = Instant::now() + time;
    while Instant::now() < until {
        std::thread::yield_now();
    }
}

pub(crate) fn signal(child: &Child, name: &str) {
    assert_eq!(run(Command::new("kill").args([name, &child.id().to_string()])).status, 0);
}

pub(crate) fn ended(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    Run {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// An import of these rows that was killed with its third request in flight: the server is slow.
fn killed(world: &World, file: &str) {
    world.write("a.csv", file);
    let mut child = started(world, 2, &[]);
    pass(LATENCY / 2);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn same_command_after_a_kill_sends_only_the_rest() {
    let world = slow();
    killed(&world, &people(60));
    let run = world.umbulk(&["import", "a.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        run.stderr.contains("continues  ") && run.stderr.contains("20 rows done"),
        "{}",
        run.stderr
    );
    assert_eq!(world.statuses("a.results.csv"), vec!["ok"; 60]);
    assert_eq!(world.sandbox.directory().users().count(), 60);
    // The request in flight goes again, for creates may be repeated; the two that were answered do
    // not.
    assert!((6..=7).contains(&world.action_requests()), "{}", world.action_requests());
    // There is no earlier results file beside: it is one run.
    assert_eq!(
        std::fs::read_dir(world.folder.path())
            .unwrap()
            .filter(|entry| entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .contains(".results."))
            .count(),
        1
    );
    assert!(!world.path("a.umbulk").exists());
}

#[test]
fn finished_import_again_shows_its_outcomes() {
    let world = World::with_groups(&[]);
    let file = people(12) + "add,u1@example.com,,,,Nowhere,,\n";
    let first = world.import("a.csv", &file, &[]);
    assert_eq!(first.status, 1);
    let (results, sent) =
        (std::fs::read(world.path("a.results.csv")).unwrap(), world.action_requests());
    let again = world.umbulk(&["import", "a.csv"]);
    assert_eq!(again.status, 1, "{again:?}");
    assert!(
        again.stderr.contains("finished      in the run of") && again.stderr.contains("--fresh"),
        "{}",
        again.stderr
    );
    assert_eq!(world.action_requests(), sent);
    assert_eq!(
        std::fs::read(world.path("a.results.csv")).unwrap(),
        results,
        "the same outcomes, byte for byte"
    );
    assert_eq!(world.umbulk(&["import", "a.csv", "--fresh"]).status, 1);
    assert!(world.action_requests() > sent);
}

#[test]
fn changed_file_of_an_interrupted_import_is_explained() {
    let world = slow();
    killed(&world, &people(60));
    let sent = world.action_requests();
    let changed = world.import("a.csv", people(61), &[]);
    assert_eq!(changed.status, 2, "{changed:?}");
    assert!(
        changed.stderr.contains("60 rows then, 61 rows now") && changed.stderr.contains("--fresh"),
        "{}",
        changed.stderr
    );
    assert_eq!(world.action_requests(), sent);
    world.write("a.csv", people(60));
    let option = world.umbulk(&["import", "a.csv", "--if-exists", "update"]);
    assert!(option.status == 2 && option.stderr.contains("--if-exists"), "{option:?}");
    assert_eq!(world.umbulk(&["import", "a.csv"]).status, 0);
    // Finished: other bytes are next week's file.
    let next = world.import("a.csv", people(61), &[]);
    assert_eq!(next.status, 0, "{next:?}");
    assert!(!next.stderr.contains("continues  "), "{}", next.stderr);
    assert_eq!(world.statuses("a.results.csv").len(), 61);
}

#[test]
fn an_import_that_sent_nothing_stands_in_nobodys_way() {
    let world = World::with_groups(&[]);
    let mut deletions = "action,email\n".to_owned();
    (0..12).for_each(|number| deletions += &format!("delete,u{number}@example.com\n"));
    assert_eq!(world.import("a.csv", &deletions, &[]).status, 2, "it needs a yes");
    world.write("a.csv", people(3));
    assert_eq!(
        run(world.command(&["import", "a.csv"]).env("UMAPI_CLIENT_SECRET", "wrong")).status,
        2
    );
    let fixed = world.import("a.csv", people(5), &[]);
    assert_eq!(fixed.status, 0, "{fixed:?}");
    assert!(!fixed.stderr.contains("continues  "), "{}", fixed.stderr);
}

#[test]
fn two_imports_of_one_file_exclude_each_other() {
    let world = slow();
    world.write("a.csv", people(60));
    let mut child = started(&world, 2, &[]);
    let second = world.umbulk(&["import", "a.csv"]);
    assert_eq!(second.status, 2, "{second:?}");
    assert!(
        second.stderr.contains("another run is using this file")
            && second.stderr.contains(&child.id().to_string()),
        "{}",
        second.stderr
    );
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(world.umbulk(&["import", "a.csv"]).status, 0);
    assert_eq!(world.statuses("a.results.csv"), vec!["ok"; 60]);
}

#[test]
fn the_first_rows_alone_and_then_the_whole_file() {
    let world = World::with_groups(&[]);
    let file = people(30);
    assert_eq!(world.import("a.csv", &file, &["--rows", "1-20"]).status, 0);
    assert_eq!(world.sandbox.directory().users().count(), 20);
    let whole = world.umbulk(&["import", "a.csv"]);
    assert_eq!(whole.status, 0, "{whole:?}");
    assert_eq!(world.action_requests(), 3, "the first rows are not sent again");
    assert_eq!(world.statuses("a.results.csv"), vec!["ok"; 30]);
}

#[test]
fn strict_create_without_response_follows_the_probe() {
    for (fault, status, outcome) in [
        (InjectedFault::CutBefore, 0, "ok"),
        (InjectedFault::CutAfter, 1, "unknown unknown.no_answer"),
    ] {
        let world = World::with_groups(&[]);
        world.write("a.csv", format!("{HEAD}create,ann@example.com,Ann,Lee,US,,,error\n"));
        world.sandbox.faults().next_actions([Some(fault)]);
        // Killed before it looks.
        let mut child = started(&world, 1, &["--retry-wait", "30s"]);
        child.kill().unwrap();
        child.wait().unwrap();
        let run = world.umbulk(&["import", "a.csv"]);
        assert_eq!(
            (run.status, world.outcomes("a.results.csv")),
            (status, vec![outcome.to_owned()]),
            "{run:?}"
        );
        let message = &world.rows("a.results.csv")[0]["umbulk_message"];
        assert!(
            status == 0 || message.contains("umbulk cannot tell whether this row created the user"),
            "{message}"
        );
        assert!(world.groups_of("ann@example.com").is_some());
    }
}

#[test]
fn strict_create_without_response_is_ok_by_a_list() {
    let lists = "type,email,groups\nfederatedID,bob@example.com,\n";
    let row = "create,ann@example.com,Ann,Lee,US,,,error\n";
    for (list, file, outcomes) in [
        (lists, format!("{HEAD}{row}"), vec!["ok"]),
        (
            "type,email,groups\nfederatedID,ANN@example.com,\n",
            format!("{HEAD}{row}"),
            vec!["unknown unknown.no_answer"],
        ),
        (
            lists,
            format!("{HEAD}create,ann@example.com,Ann,Lee,US,,,\n{row}"),
            vec!["ok", "unknown unknown.no_answer"],
        ),
    ] {
        let world = World::with_groups(&[]);
        world.write("users.csv", list);
        let before = (1..outcomes.len()).map(|_| None);
        world.sandbox.faults().next_actions(before.chain([Some(InjectedFault::CutAfter)]));
        let run = world.import("a.csv", file, &["--against", "users.csv"]);
        assert_eq!(world.outcomes("a.results.csv"), outcomes, "{run:?}");
        let message = &world.rows("a.results.csv")[0]["umbulk_message"];
        assert!(outcomes != ["ok"] || message.contains("was not in users.csv of"), "{message}");
    }
}

#[test]
fn a_pause_that_the_server_asked_for_is_kept_by_whoever_goes_on() {
    let world = World::with_groups(&[]);
    world.write("a.csv", people(30));
    let headers = vec![("retry-after".to_owned(), "3000".to_owned())];
    world.sandbox.faults().next_actions([
        None,
        Some(InjectedFault::Answer { status: 429, headers, body: "{}".to_owned() }),
    ]);
    let child = started(&world, 2, &["--progress", "plain"]);
    // It is written down within some ticks.
    wait_for(|| world.umbulk(&["status", "a.csv"]).stdout.contains("pause"));
    signal(&child, "-INT");
    let first = ended(child);
    assert_eq!(first.status, 3, "{first:?}");
    assert!(
        first.stdout.contains("To continue: umbulk import a.csv --concurrency 1 --rate 1000/100ms"),
        "{}",
        first.stdout
    );
    let sent = world.action_requests();
    let child = world
        .command(&["import", "a.csv", "--progress", "plain"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(|| world.umbulk(&["status", "a.csv"]).stdout.contains("running"));
    pass(Duration::from_millis(300));
    signal(&child, "-TERM");
    let second = ended(child);
    assert_eq!(world.action_requests(), sent, "nothing is sent during the pause: {second:?}");
    assert_eq!(second.status, 3, "it goes on from a run that has sent: {second:?}");
    let status = world.umbulk(&["status", "a.csv", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(
        (&status[0]["state"], &status[0]["statuses"]["ok"]),
        (&"interrupted".into(), &10.into())
    );
    assert!(status[0]["pause_why"].as_str().unwrap().contains("3000 s"), "{status}");
}

fn wait_for(what: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !what() {
        assert!(Instant::now() < until, "it does not happen");
        pass(Duration::from_millis(20));
    }
}

#[test]
fn one_interrupt_waits_and_two_do_not() {
    let world = World::new(
        Directory::default(),
        SandboxOptions { latency: Duration::from_millis(600), ..SandboxOptions::default() },
    );
    world.write("a.csv", people(50));
    let count = |name: &str| {
        world.statuses("a.results.csv").iter().filter(|status| *status == name).count()
    };
    let child = started(&world, 1, &[]);
    pass(Duration::from_millis(100));
    signal(&child, "-HUP");
    signal(&child, "-INT");
    let once = ended(child);
    assert_eq!(once.status, 3, "{once:?}");
    assert!(once.stderr.contains("SIGHUP"), "{}", once.stderr);
    assert_eq!(count("ok"), 20, "what was in flight was waited for");
    let child = started(&world, 1, &[]);
    pass(Duration::from_millis(100));
    signal(&child, "-INT");
    // Two signals within 50 ms are one.
    pass(Duration::from_millis(200));
    let began = Instant::now();
    signal(&child, "-INT");
    let twice = ended(child);
    assert!(
        twice.status == 3 && began.elapsed() < Duration::from_millis(300),
        "{:?} {twice:?}",
        began.elapsed()
    );
    assert_eq!((count("ok"), count("unknown")), (30, 10));
    let last = world.umbulk(&["import", "a.csv"]);
    assert_eq!(last.status, 0, "{last:?}");
    assert_eq!(world.statuses("a.results.csv"), vec!["ok"; 50]);
}

#[test]
fn journal_gives_status_and_results_again() {
    let world = slow();
    let file = people(60) + "create,no address,A,B,US,,,\n";
    killed(&world, &file);
    std::fs::remove_file(world.path("a.results.csv")).unwrap();
    let status = world.umbulk(&["status", "a.csv"]);
    assert_eq!(status.status, 0, "{status:?}");
    assert!(
        status.stdout.contains("a.csv: interrupted")
            && status.stdout.contains("21 of 61 have an outcome: 20 ok, 1 invalid"),
        "{}",
        status.stdout
    );
    assert!(status.stdout.contains("uncertain     10 rows were sent"), "{}", status.stdout);
    assert!(
        status.stdout.contains("umbulk import a.csv --concurrency 1 --rate 1000/100ms"),
        "{}",
        status.stdout
    );
    let sent = world.action_requests();
    let again = world.umbulk(&["results", "a.csv"]);
    assert_eq!(again.status, 0, "{again:?}");
    let count = |name: &str| {
        world.statuses("a.results.csv").iter().filter(|status| *status == name).count()
    };
    assert_eq!(
        (count("ok"), count("unknown"), count("not_sent"), count("invalid")),
        (20, 10, 30, 1)
    );
    assert_eq!(world.action_requests(), sent);
    assert_eq!(world.umbulk(&["import", "a.csv"]).status, 1);
    let finished = world.umbulk(&["status", "a.csv"]).stdout;
    assert!(finished.contains("a.csv: finished") && !finished.contains("uncertain"), "{finished}");
    let whole = std::fs::read(world.path("a.results.csv")).unwrap();
    std::fs::remove_file(world.path("a.results.csv")).unwrap();
    assert_eq!(world.umbulk(&["results", JOURNAL]).status, 0);
    assert_eq!(std::fs::read(world.path("a.results.csv")).unwrap(), whole, "byte for byte");
    world.write("a.csv", people(3));
    let other = world.umbulk(&["results", "a.csv"]);
    assert!(other.status == 2 && other.stderr.contains("changed since"), "{other:?}");
    let stranger = world.umbulk(&["status", "b.csv"]);
    assert!(
        stranger.status == 2 && stranger.stderr.contains("there is no journal for b.csv"),
        "{stranger:?}"
    );
}

#[test]
fn rehearsal_and_test_mode_keep_real_journal_and_results() {
    let world = slow();
    killed(&world, &people(60));
    let keep = |name: &str| std::fs::read(world.path(name)).unwrap();
    let (journal, results) = (keep(JOURNAL), keep("a.results.csv"));
    assert_eq!(world.umbulk(&["import", "a.csv", "--sandbox"]).status, 0);
    assert_eq!(world.umbulk(&["import", "a.csv", "--test-mode"]).status, 0);
    world.umbulk(&["validate", "a.csv"]);
    world.umbulk(&["plan", "a.csv"]);
    assert_eq!((keep(JOURNAL), keep("a.results.csv")), (journal, results));
    assert_eq!(world.statuses("a.sandbox.csv"), vec!["ok"; 60]);
}

#[test]
fn full_disk_stops_the_run_and_the_same_command_continues() {
    let world = World::with_groups(&[]);
    world.write("a.csv", people(2000));
    let import = world.command(&["import", "a.csv"]);
    // No file may grow over 100 KiB, and the private copy of the input does not: that is how a full
    // disk answers.
    let mut full = Command::new("sh");
    full.args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$0\" \"$@\""])
        .arg(import.get_program())
        .args(import.get_args());
    full.current_dir(world.folder.path()).env_clear();
    full.envs(import.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let first = run(&mut full);
    assert_eq!(first.status, 3, "{first:?}");
    assert!(
        first.stdout.contains("could not be written") || first.stdout.contains("disk"),
        "{}",
        first.stdout
    );
    assert!(world.sandbox.directory().users().count() < 2000);
    let second = world.umbulk(&["import", "a.csv"]);
    assert_eq!(second.status, 0, "{second:?}");
    assert!(second.stderr.contains("continues  "), "{}", second.stderr);
    assert_eq!(world.statuses("a.results.csv"), vec!["ok"; 2000]);
    assert_eq!(world.sandbox.directory().users().count(), 2000);
}

#[test]
fn vanished_share_stops_the_run_until_it_is_back() {
    let world = slow();
    world.write("a.csv", people(200));
    std::fs::create_dir(world.path("share")).unwrap();
    let child = started(&world, 2, &["--results", "share/a.results.csv"]);
    std::fs::rename(world.path("share"), world.path("elsewhere")).unwrap();
    let first = ended(child);
    assert_eq!(first.status, 3, "{first:?}");
    assert!(first.stdout.contains("is missing"), "{}", first.stdout);
    assert!(first.stderr.contains("was deleted during the run"), "{}", first.stderr);
    std::fs::rename(world.path("elsewhere"), world.path("share")).unwrap();
    let second = world.umbulk(&["import", "a.csv", "--results", "share/a.results.csv"]);
    assert!(second.status == 0 && second.stderr.contains("continues  "), "{second:?}");
    assert_eq!(world.statuses("share/a.results.csv"), vec!["ok"; 200]);
}

#[test]
fn a_folder_that_takes_no_files_is_said_before_anything_is_sent() {
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", people(3), &["--results", "/proc/a.results.csv"]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stderr.contains("/proc/"), "{}", run.stderr);
    assert_eq!(world.action_requests(), 0);
}

#[test]
fn a_damaged_journal_is_said_and_put_aside_when_asked() {
    let world = World::with_groups(&[]);
    world.write(
        JOURNAL,
        "this is no database, whatever it is called; it is long enough to have a header of a \
         hundred bytes, or so it seems",
    );
    let run = world.import("a.csv", people(3), &[]);
    assert!(
        run.status == 2 && run.stderr.contains(JOURNAL) && run.stderr.contains("--fresh"),
        "{run:?}"
    );
    assert_eq!(world.action_requests(), 0);
    let fresh = world.umbulk(&["import", "a.csv", "--fresh"]);
    assert_eq!(fresh.status, 0, "{fresh:?}");
}

#[test]
fn a_journal_is_small_and_holds_neither_secrets_nor_people() {
    let world = World::with_groups(&[]);
    assert_eq!(world.import("a.csv", people(5000), &[]).status, 0);
    let bytes = std::fs::read(world.path(JOURNAL)).unwrap();
    assert!(bytes.len() < 60_000 + 5000 * 8, "{} bytes for 5000 rows", bytes.len());
    let text = String::from_utf8_lossy(&bytes);
    assert!(
        !text.contains("example.com") && !text.contains("sandbox-secret"),
        "names of people are in the input alone"
    );
}
