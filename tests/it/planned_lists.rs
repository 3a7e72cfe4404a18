//! `plan` counts the probes before renames, the pages of lists that an import fetches, and the
//! trials of groups; where the number depends on answers, it says so.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

const PEOPLE: usize = 60;

/// Sixty people, each in the group `Design`; lists have pages of twenty.
fn world() -> World {
    let mut directory = Directory::default();
    for number in 0..30 {
        directory.add_group(&SandboxGroup::user_group(&format!("G{number}")));
    }
    directory.add_group(&SandboxGroup::user_group("Design"));
    for number in 0..PEOPLE {
        let mut person = user(&format!("u{number}@example.com"), &["Design"]);
        "US".clone_into(&mut person.country);
        directory.add_user(&person);
    }
    World::new(directory, SandboxOptions { page_size: 20, ..SandboxOptions::default() })
}

/// The list of users as an earlier export wrote it.
fn exported(world: &World, rows: usize) -> String {
    assert_eq!(world.umbulk(&["export", "users", "--out", "staff.csv"]).status, 0);
    let text = std::fs::read_to_string(world.path("staff.csv")).unwrap();
    text.lines().take(rows + 1).map(|line| format!("{line}\n")).collect()
}

/// Every file below a folder.
fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let below = |path: std::path::PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.flat_map(|entry| below(entry.unwrap().path())).collect()
}

/// Removes what is stored of lists, by the ends of the names of the files.
pub(crate) fn forget(world: &World, end: &str) {
    let all = files(&world.path("state")).into_iter();
    for path in all.filter(|path| path.to_string_lossy().ends_with(end)) {
        std::fs::remove_file(path).unwrap();
    }
}

struct Counted {
    questions: u64,
    is_least: bool,
    requests: u64,
    trials: u64,
    screen: String,
}

fn planned(world: &World, more: &[&str], rate: &str) -> Counted {
    let plan = |json: &[&str]| {
        let args = [&["plan", "a.csv"], more, json].concat();
        crate::world::run(world.command(&args).env("UMBULK_RATE", rate))
    };
    let run = plan(&["--json"]);
    let json: serde_json::Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    Counted {
        questions: json["questions"].as_u64().unwrap(),
        is_least: json["questions_at_least"].as_bool().unwrap(),
        requests: json["requests"].as_u64().unwrap(),
        trials: json["trials"].as_u64().unwrap(),
        screen: plan(&[]).stdout,
    }
}

/// Questions and requests of an import.
fn sent(world: &World, more: &[&str], rate: &str) -> (u64, u64) {
    let before = world.sandbox.traffic().len();
    let args = [&["import", "a.csv", "--yes"], more].concat();
    let run = crate::world::run(world.command(&args).env("UMBULK_RATE", rate));
    assert!(run.status < 2, "{more:?}: {run:?}");
    let traffic = world.sandbox.traffic();
    let (writes, others): (Vec<_>, Vec<_>) =
        traffic[before..].iter().partition(|received| received.commands > 0);
    let reads = others.iter().filter(|received| received.class != "token").count();
    (reads as u64, writes.len() as u64)
}

#[track_caller]
fn is_as_planned(world: &World, more: &[&str], rate: &str) -> Counted {
    let planned = planned(world, more, rate);
    assert_eq!(
        (planned.questions, planned.requests + planned.trials),
        sent(world, more, rate),
        "{}",
        planned.screen
    );
    planned
}

fn renames(number: usize) -> String {
    let rename = |n| format!("update,u{n}@example.com,v{n}@example.com\n");
    "action,email,new_email\n".to_owned() + &(0..number).map(rename).collect::<String>()
}

#[test]
fn plan_counts_a_question_before_each_rename() {
    for rate in ["off", "action=1000/60s,users=25/60s,groups=1000/60s"] {
        let world = world();
        world.write("a.csv", renames(12));
        let planned = is_as_planned(&world, &[], rate);
        assert_eq!((planned.questions, planned.is_least), (12, false));
        assert!(planned.screen.contains("12  probes before renames\n"), "{}", planned.screen);
    }
}

/// A rename does not wait for the limit of questions.
#[test]
fn plan_counts_questions_before_renames_within_the_limit() {
    let world = world();
    world.write("a.csv", renames(30));
    let planned = is_as_planned(&world, &[], "action=1000/60s,users=25/60s,groups=1000/60s");
    assert_eq!(planned.questions, 25);
    assert!(
        planned.screen.contains(
            "25  probes before renames, or fewer (30 renames: the limit has no room for more)"
        ),
        "{}",
        planned.screen
    );
}

#[test]
fn plan_counts_renames_beside_verified_removals() {
    let world = world();
    let rows = |n| format!("update,u{n}@example.com,v{n}@example.com\ndelete,v{n}@example.com,\n");
    world.write(
        "a.csv",
        "action,email,new_email\n".to_owned() + &(0..4).map(rows).collect::<String>(),
    );
    let planned = is_as_planned(&world, &["--verify-deletes"], "off");
    assert!(planned.screen.contains("4  probes before renames\n"), "{}", planned.screen);
}

#[test]
fn plan_counts_a_question_before_a_groups_rename() {
    let world = world();
    world.write("a.csv", "action,group,new_name\nupdate-group,G1,H1\nupdate-group,G2,H2\n");
    let planned = is_as_planned(&world, &["--check-groups", "never"], "off");
    assert_eq!(planned.questions, 2, "{}", planned.screen);
}

/// A list tells who is renamed.
#[test]
fn plan_counts_no_question_before_a_rename_that_a_list_answers() {
    let world = world();
    exported(&world, 0);
    world.write("a.csv", renames(12));
    let planned = is_as_planned(&world, &["--against", "staff.csv"], "off");
    assert_eq!(planned.questions, 0, "{}", planned.screen);
}

#[test]
fn plan_counts_the_pages_of_a_list_whose_size_is_known() {
    let world = world();
    world.write("a.csv", exported(&world, PEOPLE));
    forget(&world, ".asked");
    let planned = is_as_planned(&world, &["--max-age", "1ms"], "off");
    // Three pages of users, and the group.
    assert_eq!(planned.questions, 4, "{}", planned.screen);
}

#[test]
fn plan_says_that_a_list_of_unknown_size_is_the_least() {
    let world = world();
    world.write("a.csv", exported(&world, PEOPLE));
    std::fs::remove_dir_all(world.path("state")).unwrap();
    let planned = planned(&world, &[], "off");
    assert!(planned.is_least && planned.questions >= 2, "{}", planned.screen);
    assert!(planned.screen.contains("2  probes or more before sending"), "{}", planned.screen);
    let (asked, requests) = sent(&world, &[], "off");
    assert!(asked > planned.questions && requests == planned.requests, "{asked}");
}

fn created_in(groups: impl Iterator<Item = String>) -> String {
    let row = |(n, group)| format!("n{n}@example.com,New,One{n},US,{group}\n");
    "email,firstname,lastname,country,groups\n".to_owned()
        + &groups.enumerate().map(row).collect::<String>()
}

/// Similar names are looked for in the list of groups.
#[test]
fn plan_counts_the_list_for_names_that_are_not_there() {
    let world = world();
    world.write("a.csv", created_in(["Desing".to_owned()].into_iter()));
    let planned = planned(&world, &[], "off");
    assert_eq!((planned.questions, planned.is_least), (1, true), "{}", planned.screen);
    assert_eq!(sent(&world, &[], "off").0, 3, "the name, and two pages of groups");
    let named = self::world();
    assert_eq!(named.umbulk(&["export", "groups", "--out", "groups.csv"]).status, 0);
    forget(&named, ".asked");
    named.write("a.csv", created_in(["Desing".to_owned()].into_iter()));
    let flags = ["--groups-file", "groups.csv", "--max-age", "1ms"];
    let planned = is_as_planned(&named, &flags, "off");
    assert_eq!((planned.questions, planned.is_least), (3, false), "{}", planned.screen);
}

/// Where neither questions nor a list tell in time, groups are tried out.
#[test]
fn plan_counts_the_trials_of_groups() {
    let world = world();
    assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
    for end in [".zst", ".list", ".snapshot", ".jsonl"] {
        forget(&world, end);
    }
    world.write("a.csv", created_in((0..12).map(|n| format!("G{n}"))));
    let rate = "action=1000/60s,users=1/60s,groups=1000/60s";
    let planned = is_as_planned(&world, &[], rate);
    assert_eq!(
        (planned.questions, planned.requests, planned.trials),
        (0, 2, 2),
        "{}",
        planned.screen
    );
    let said = "2  requests in test mode before anything is sent, to try groups out";
    assert!(planned.screen.contains(said), "{}", planned.screen);
}

/// The snapshot shows another type. An import does not compare such a file with it, so a plan does
/// not call the row invalid.
#[test]
fn snapshot_makes_no_row_invalid_that_an_import_sends() {
    let world = world();
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    world.write("a.csv", "action,email,type\ndelete,u1@example.com,enterpriseID\n");
    let plan = world.umbulk(&["plan", "a.csv"]);
    assert_eq!(plan.status, 0, "{plan:?}");
    assert!(plan.stdout.contains("checked with"), "{plan:?}");
    let not_compared = "the import sends every valid row. Below is only what would change";
    assert!(plan.stdout.contains(not_compared), "{plan:?}");
    assert!(plan.stdout.contains("1  row that deletes"), "{plan:?}");
    assert_eq!(sent(&world, &[], "off").1, 1);
    assert!(world.groups_of("u1@example.com").is_none());
    // Compared with it, both say the same.
    world.write("a.csv", "action,email,type\ndelete,u2@example.com,enterpriseID\n");
    let compared = ["a.csv", "--online", "--skip-unchanged"];
    for command in [&["plan"][..], &["import", "--yes"]] {
        let compared = world.umbulk(&[command, &compared].concat());
        assert_eq!(compared.status, 1, "{compared:?}");
    }
    assert!(world.groups_of("u2@example.com").is_some());
}
