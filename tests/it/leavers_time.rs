//! What is asked about leavers counts in the time: in the head, in the bar, and in `plan`. Nobody
//! is asked about twice.

use crate::screens::{pass, wait_for};
use crate::world::{Run, World, run, user};
use std::process::{Command, Stdio};
use std::time::Duration;
use umbulk::sandbox::{Directory, SandboxOptions, SandboxUser};

/// So many people, and rows that delete all of them.
fn people(count: u32) -> (World, String) {
    people_who_answer(count, Duration::ZERO)
}

fn people_who_answer(count: u32, latency: Duration) -> (World, String) {
    let mut directory = Directory::default();
    let mut rows = "action,email,username,domain,firstname,lastname,country,new_email\n".to_owned();
    for number in 0..count {
        directory.add_user(&user(&format!("u{number}@x.com"), &[]));
        rows += &delete(number);
    }
    (World::new(directory, SandboxOptions { latency, ..SandboxOptions::default() }), rows)
}

fn delete(number: u32) -> String {
    format!("delete,u{number}@x.com,,,,,,\n")
}

/// Questions that the server was asked.
fn asked(world: &World) -> usize {
    world.sandbox.traffic().iter().filter(|received| received.class == "users").count()
}

fn json(run: &Run) -> serde_json::Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

const VERIFIED: [&str; 2] = ["--verify-deletes", "--yes"];

#[test]
fn one_answer_serves_administrators_and_presence() {
    let (world, mut rows) = people(30);
    rows += "delete,nobody@x.com,,,,,,\n";
    let run = world.import("a.csv", rows, &VERIFIED);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().users().count(), 0);
    // Three fixed roles, and each name once.
    assert_eq!(asked(&world), 3 + 31);
    // What the answer told is acted upon as before: nothing is sent about a stranger.
    assert_eq!(world.rows("a.results.csv")[30]["umbulk_code"], "unchanged.not_there");
    assert_eq!(world.rows("a.results.csv")[30]["umbulk_attempts"], "0");
    assert_eq!(world.action_requests(), 3);
}

#[test]
fn one_answer_serves_every_file_of_a_command() {
    let (world, rows) = people(4);
    let (one, two): (String, String) =
        (rows.lines().take(3).map(line).collect(), rows.lines().skip(3).map(line).collect());
    world.write("one.csv", &one);
    world.write(
        "two.csv",
        rows.lines().take(1).map(line).collect::<String>() + &two + "delete,nobody@x.com,,,,,,\n",
    );
    let run = world.umbulk(&["import", "one.csv", "two.csv", "--verify-deletes"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(asked(&world), 3 + 5);
    assert_eq!(world.outcomes("two.results.csv"), ["ok", "ok", "unchanged unchanged.not_there"]);
}

fn line(line: &str) -> String {
    format!("{line}\n")
}

/// Somebody whom an earlier row creates, renames, or removes by another name is asked about again.
#[test]
fn touched_person_is_asked_about_again_before_she_leaves() {
    let mut directory = Directory::default();
    for name in ["ann", "bob"] {
        directory.add_user(&SandboxUser {
            username: name.into(),
            domain: "x.com".into(),
            ..user(&format!("{name}@x.com"), &[])
        });
    }
    let world = World::new(directory, SandboxOptions::default());
    let file = people(0).1
        + "delete,,ann,x.com,,,,\ndelete,ann@x.com,,,,,,\n"
        + "update,,bob,x.com,,,,robert@x.com\ndelete,bob@x.com,,,,,,\n"
        + "create,new@x.com,,,New,One,US,\ndelete,new@x.com,,,,,,\n";
    let run = world.import("a.csv", file, &["--verify-deletes", "--yes", "--concurrency", "1"]);
    // The file does not tie these names, only the server does: the second row about each person
    // finds nobody.
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(
        outcomes,
        ["ok", "unchanged unchanged.not_there", "ok", "unchanged unchanged.not_there", "ok", "ok"],
        "{run:?}"
    );
    assert!(world.sandbox.directory().user("robert@x.com").is_some());
    assert_eq!(world.sandbox.directory().users().count(), 1);
}

#[test]
fn person_whom_an_earlier_file_creates_is_asked_about_again() {
    let (world, head) = people(0);
    world.write("one.csv", head.clone() + "create,new@x.com,,,New,One,US,\n");
    world.write("two.csv", head + "delete,new@x.com,,,,,,\n");
    let run = world.umbulk(&["import", "one.csv", "two.csv", "--verify-deletes"]);
    assert_eq!(
        (run.status, world.outcomes("two.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    assert_eq!(world.sandbox.directory().users().count(), 0);
}

/// The seconds of each `about 2 min left` or `53 s left` of a line of progress, beside the seconds
/// of the wait in it.
fn left_and_wait(line: &str) -> Option<(f64, f64)> {
    let seconds = |text: &str| {
        let mut words = text.trim().rsplit(' ');
        let (unit, number) = (words.next()?, words.next()?);
        let number: f64 = number.parse().ok()?;
        Some(if unit.starts_with("min") { number * 60.0 } else { number })
    };
    let (before, after) = line.split_once(" left, done by ")?;
    let (_, wait) = after.split_once("is sent in ").or_else(|| after.split_once("is asked in "))?;
    let left = if before.ends_with("a few seconds") { Some(10.0) } else { seconds(before) };
    Some((left?, seconds(wait)?))
}

#[test]
fn lines_are_understood_by_the_tests() {
    let line = "4 of 40 rows; 1 request sent, about 3 to go, limit 10/60s, about 2 min left, done \
         by 15:32:10, the limit is used up: the next request is sent in 53 s";
    assert_eq!(left_and_wait(line), Some((120.0, 53.0)));
}

/// 150 people are too many to be asked about beforehand, so each is asked about on the way: 25 in a
/// window here take 12 s.
#[test]
fn bar_counts_the_questions_before_removals() {
    let (world, rows) = people(150);
    world.write("a.csv", rows);
    let args = [
        "import",
        "a.csv",
        "--verify-deletes",
        "--yes",
        "--rate",
        "action=100/60s,users=25/40s",
        "--progress",
        "plain",
    ];
    let child = world.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    pass(Duration::from_secs(12));
    assert_eq!(run(Command::new("kill").args(["-INT", &child.id().to_string()])).status, 0);
    let output = child.wait_with_output().unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    assert_eq!(output.status.code(), Some(3), "{stdout} {stderr}");
    // 153 questions of which 25 go at once: the last ones go six windows later.
    assert!(
        stderr.contains(
            "150 commands in 15 requests and 150 probes, about 4 min at \
         100/60s and 25/40s, expected end "
        ),
        "{stderr}"
    );
    let lines: Vec<(f64, f64)> = stderr.lines().filter_map(left_and_wait).collect();
    assert!(
        !lines.is_empty() && lines.iter().all(|(left, wait)| left >= wait && *left > 150.0),
        "{lines:?} {stderr}"
    );
    assert!(stderr.contains(" probes to send, limit 100/60s"), "{stderr}");
    assert!(stdout.contains("Started now, the same command ends at about "), "{stdout}");
}

#[test]
fn plan_counts_the_questions_about_administrators() {
    let (world, rows) = people(40);
    world.write("a.csv", rows);
    let plan = |more: &[&str]| {
        world.umbulk(
            &[&["plan", "a.csv", "--rate", "action=10/60s", "--check-groups", "never"], more]
                .concat(),
        )
    };
    let text = plan(&[]).stdout;
    assert!(text.contains("       43  probes before sending, about 60 s at 25/60s\n"), "{text}");
    assert!(text.contains("        4  requests, about 60 s at 10/60s and 25/60s\n"), "{text}");
    let text = plan(&["--verify-deletes"]).stdout;
    assert!(
        text.contains(
            "       40  probes before removals (--verify-deletes): the probes above are enough\n"
        ),
        "{text}"
    );
    let of = |more: &[&str]| {
        let json = json(&plan(&[&["--json"], more].concat()));
        ["questions", "probes", "minutes"].map(|key| json[key].as_f64().unwrap())
    };
    assert_eq!(of(&[]), [43.0, 0.0, 1.0]);
    assert_eq!(of(&["--verify-deletes"]), [43.0, 40.0, 1.0]);
    // So many are the questions of the import.
    assert_eq!(
        world.umbulk(&["import", "a.csv", "--yes", "--verify-deletes", "--rate", "off"]).status,
        0
    );
    assert_eq!(asked(&world), 43);
}

#[test]
fn plan_counts_each_question_before_many_removals() {
    let (world, rows) = people(150);
    world.write("a.csv", rows);
    let plan =
        world.umbulk(&["plan", "a.csv", "--rate", "action=10/60s", "--verify-deletes", "--json"]);
    // Three roles first, and each leaver on the way: 153 questions, 25 a minute.
    let json = json(&plan);
    assert_eq!(
        ["questions", "probes", "minutes"].map(|key| json[key].as_f64().unwrap()),
        [153.0, 150.0, 6.0],
        "{json}"
    );
}

/// A run of 50 removals, one of somebody who is not there and one create, that was interrupted
/// after some of the removals.
fn interrupted() -> World {
    let (world, mut rows) = people_who_answer(50, Duration::from_millis(100));
    rows += "create,new@x.com,,,New,One,US,\ndelete,nobody@x.com,,,,,,\n";
    world.write("a.csv", rows);
    let args = ["import", "a.csv", "--yes", "--concurrency", "1"];
    let child = world.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(|| world.action_requests() == 1);
    assert_eq!(run(Command::new("kill").args(["-INT", &child.id().to_string()])).status, 0);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(3));
    world
}

#[test]
fn head_of_a_resumed_run_speaks_of_what_is_left() {
    let world = interrupted();
    let people = world.sandbox.directory().users().count();
    let (done, leave) = (50 - people, people + 1);
    assert!(done > 0 && people > 0, "{people}");
    let before = asked(&world);
    let second = world.umbulk(&["import", "a.csv", "--yes"]);
    assert_eq!(second.status, 0, "{second:?}");
    let head = &second.stderr;
    for line in [
        ": 52 rows to send in all\n".to_owned(),
        format!(": {done} rows done, {} left\n", leave + 1),
        format!(
            "effect        1 user is created (unless it exists already), {leave} users \
             leave the organization\n"
        ),
        format!(
            "deletions     {leave} rows remove users from the organization or from all groups, or \
             delete groups (51 in the whole file)\n"
        ),
        // Who has left is neither asked about nor shown.
        "not there     nobody@x.com: there is no active user".to_owned(),
    ] {
        assert!(head.contains(&line), "{line} {head}");
    }
    assert_eq!(asked(&world) - before, 3 + leave);
}

/// Ten removals or fewer are left, but the question is about the whole file, and says how many are
/// left.
#[test]
fn question_of_a_resumed_run_says_how_many_are_left() {
    let world = interrupted();
    let people = world.sandbox.directory().users().count();
    let second = world.umbulk(&["import", "a.csv"]);
    let words = format!(
        "51 rows remove users from the organization or from all groups, or delete groups ({} of \
         them are left; all rows of the file count)",
        people + 1
    );
    assert!(second.status == 2 && second.stderr.contains(&words), "{second:?}");
}
