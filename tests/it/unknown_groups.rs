//! Groups that rows name and that are not there: found before anything is sent.

use crate::world::{Run, World, bare, run, user};
use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const HEADER: &str = "action,email,firstname,lastname,country,groups\n";

fn reads(world: &World, class: &str) -> usize {
    world.sandbox.traffic().iter().filter(|received| received.class == class).count()
}

fn creates(count: usize, groups: impl Fn(usize) -> String) -> String {
    let row = |n: usize| format!("create,u{n}@example.com,U,N{n},US,\"{}\"\n", groups(n));
    HEADER.to_owned() + &(0..count).map(row).collect::<String>()
}

fn refused(status: u16) -> Option<InjectedFault> {
    Some(InjectedFault::Answer {
        status,
        headers: Vec::new(),
        body: r#"{"error_code":"403003","message":"Api Key is invalid"}"#.to_owned(),
    })
}

/// With a typo, 200 accounts would be created and none would get its group.
#[test]
fn typo_in_200_creates_sends_nothing_of_these_rows() {
    let world = World::with_groups(&["Design", "Video"]);
    let run = world.import(
        "staff.csv",
        creates(200, |n| if n == 7 { "Design".to_owned() } else { "Video,Desing".to_owned() }),
        &[],
    );
    assert_eq!(run.status, 1, "{run:?}");
    let rows = world.rows("staff.results.csv");
    assert_eq!(
        rows.iter().filter(|row| row["umbulk_code"] == "invalid.groups.unknown").count(),
        199
    );
    assert_eq!(rows[7]["umbulk_status"], "ok");
    let message = "groups `Desing` is not a group of the organization. Did you mean `Design`? \
         Correct the name, or create the group first";
    assert_eq!(rows[0]["umbulk_message"], message);
    assert_eq!(world.sandbox.directory().users().count(), 1);
    assert_eq!(
        (reads(&world, "users"), world.action_requests()),
        (3, 1),
        "one question for each name"
    );
    assert!(
        run.stderr.contains(
            "groups        1 of 3 groups does not exist: `Desing` (did you mean \
             `Design`?)"
        ),
        "{}",
        run.stderr
    );
    assert_eq!(world.rows("staff.failed.csv").len(), 199);
}

#[test]
fn unknown_group_is_found_in_every_column() {
    let world = World::with_groups(&["Design"]);
    let file = "action,email,groups,add_groups,remove_groups,group,new_name,profiles,\
                remove_profiles\n\
                add,ann@example.com,Nope,,,,,,\n\
                add,ann@example.com,Design,Nope,,,,,\n\
                add,ann@example.com,Design,,Nope,,,,\n\
                remove,ann@example.com,Nope,,,,,,\n\
                update-group,,,,,Nope,Other,,\n\
                delete-group,,,,,Nope,,,\n\
                create-group,,,,,New,,Nope,\n\
                update-group,,,,,Design,,,Nope\n\
                add,ann@example.com,_admin_Nope,,,,,,\n\
                add,ann@example.com,_developer_Nope,,,,,,\n\
                add,ann@example.com,_product_admin_Nope,,,,,,\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let codes: Vec<String> =
        world.rows("a.results.csv").into_iter().map(|row| row["umbulk_code"].clone()).collect();
    let fields = [
        "groups",
        "add_groups",
        "remove_groups",
        "groups",
        "group",
        "group",
        "profiles",
        "remove_profiles",
        "groups",
        "groups",
        "groups",
    ];
    assert_eq!(codes, fields.map(|field| format!("invalid.{field}.unknown")));
    assert_eq!(world.action_requests(), 0);
}

#[test]
fn columns_of_the_admin_console_name_their_own_column() {
    let world = World::with_groups(&["Design"]);
    let file = "Identity Type,Username,Domain,Email,First Name,Last Name,Country Code,ID,Product \
         Configurations,Admin Roles,Product Configurations Administered,User Groups,User Groups \
         Administered,Products Administered,Developer Access,Auto Assigned Products\n\
                Federated ID,ann@example.com,example.com,ann@example.com,Ann,Lee,US,,,Support \
                Administrator,,Design,Desing,,,\n\
                Federated \
                ID,bob@example.com,example.com,bob@example.com,Bob,Lee,US,,,,,Desing,,,,\n";
    world.import("a.csv", file, &[]);
    let rows = world.rows("a.results.csv");
    let codes: Vec<&str> = rows.iter().map(|row| row["umbulk_code"].as_str()).collect();
    assert_eq!(codes, ["invalid.user_groups_administered.unknown", "invalid.user_groups.unknown"]);
    assert!(
        rows[0]["umbulk_message"].contains("Did you mean `_admin_Design`?"),
        "{}",
        rows[0]["umbulk_message"]
    );
}

/// Groups count as there once a row before has made them, and as gone once a row before has taken
/// the name away.
#[test]
fn groups_that_earlier_rows_create_or_rename_count_in_order() {
    let world = World::with_groups(&["Old"]);
    world.write(
        "first.csv",
        "action,email,group,new_name,firstname,lastname,country,groups\n\
         create,a@example.com,,,A,A,US,New\ncreate-group,,New,,,,,\n",
    );
    world.write(
        "second.csv",
        "action,email,group,new_name,firstname,lastname,country,groups\n\
         create,b@example.com,,,B,B,US,\"NEW,_admin_new\"\n\
         update-group,,Old,Newer,,,,\n\
         create,c@example.com,,,C,C,US,Newer\n\
         create,d@example.com,,,D,D,US,Old\n\
         delete-group,,Newer,,,,,\n\
         create,e@example.com,,,E,E,US,Newer\n",
    );
    let run = world.umbulk(&["import", "first.csv", "second.csv"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("first.results.csv"), ["invalid invalid.groups.unknown", "ok"]);
    let second = [
        "ok",
        "ok",
        "ok",
        "invalid invalid.groups.unknown",
        "ok",
        "invalid invalid.groups.unknown",
    ];
    assert_eq!(world.outcomes("second.results.csv"), second);
    assert!(
        world.rows("second.results.csv")[3]["umbulk_message"]
            .contains("is deleted or renamed earlier, by row 2")
    );
}

#[test]
fn snapshot_of_groups_answers_without_a_question() {
    let world = World::with_groups(&["Design", "Video"]);
    assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
    let run = world.import("a.csv", creates(2, |_| "design,video".to_owned()), &[]);
    assert_eq!((run.status, reads(&world, "users"), reads(&world, "groups")), (0, 0, 1), "{run:?}");
    assert!(
        run.stderr
            .contains("groups        2 named, all exist (checked with the snapshot of groups of "),
        "{}",
        run.stderr
    );
    // A group that an import from this computer has created since is known, too.
    assert_eq!(world.import("g.csv", "action,group\ncreate-group,Fresh\n", &[]).status, 0);
    let run = world.import("b.csv", creates(2, |_| "Fresh".to_owned()), &[]);
    assert_eq!((run.status, reads(&world, "users")), (0, 0), "{run:?}");
    // A name that the list does not have is asked for: it may be new.
    world.write("other.csv", "action,group\ncreate-group,Newer\n");
    assert_eq!(
        crate::world::run(
            world.command(&["import", "other.csv"]).env("XDG_STATE_HOME", world.path("elsewhere"))
        )
        .status,
        0
    );
    let run = world.import("n.csv", creates(2, |_| "Newer".to_owned()), &[]);
    assert_eq!((run.status, reads(&world, "users")), (0, 1), "{run:?}");
    // An import from this computer has deleted a group since the list was stored.
    assert_eq!(world.import("d.csv", "action,group\ndelete-group,Video\n", &["--yes"]).status, 0);
    let run = world.import("c.csv", creates(2, |_| "Video".to_owned()), &[]);
    assert_eq!(
        (run.status, world.statuses("c.results.csv")),
        (1, vec!["invalid".to_owned(); 2]),
        "{run:?}"
    );
}

#[test]
fn many_names_fetch_the_list_once_in_two_hours() {
    let names: Vec<String> = (0..60).map(|n| format!("Group {n}")).collect();
    let world = World::with_groups(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let file = creates(60, |n| if n == 5 { "Grup 5".to_owned() } else { format!("Group {n}") });
    let run = world.import("a.csv", &file, &[]);
    assert_eq!((run.status, reads(&world, "users"), reads(&world, "groups")), (1, 0, 1), "{run:?}");
    let statuses = world.statuses("a.results.csv");
    assert_eq!(statuses.iter().filter(|status| *status == "ok").count(), 59);
    assert!(world.rows("a.results.csv")[5]["umbulk_message"].contains("Did you mean `Group 5`?"));
    // The list is stored: it answers, and only what it does not have is asked for.
    let run = world.import("b.csv", &file, &["--fresh"]);
    assert_eq!((run.status, reads(&world, "users"), reads(&world, "groups")), (1, 1, 1), "{run:?}");
}

#[test]
fn refused_questions_are_said_and_the_server_decides() {
    let world = World::with_groups(&["Design"]);
    world.sandbox.faults().next_reads([refused(403)]);
    let run = world.import("a.csv", creates(1, |_| "Design".to_owned()), &[]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
    assert!(run.stderr.contains("groups        not checked: `Design` (HTTP 403"), "{}", run.stderr);
    assert!(run.stderr.contains("the server decides about their rows"), "{}", run.stderr);
}

/// Every question about groups is refused.
fn silent(world: &World) {
    silent_to(world, 60);
}

/// So many questions are refused, and the trial in test mode that follows.
fn silent_to(world: &World, questions: usize) {
    world.sandbox.faults().next_reads((0..questions).map(|_| refused(403)));
    world.sandbox.faults().next_actions([refused(403)]);
}

/// `status code` and how many rows have it.
fn counted(world: &World, file: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    world.outcomes(file).into_iter().for_each(|outcome| *counts.entry(outcome).or_default() += 1);
    counts
}

fn counts(all: &[(&str, usize)]) -> BTreeMap<String, usize> {
    all.iter().map(|(outcome, rows)| ((*outcome).to_owned(), *rows)).collect()
}

/// Where groups cannot be checked, one row finds out: a typo leaves one account without its group,
/// and not 200.
#[test]
fn typo_in_unchecked_groups_leaves_one_account() {
    let world = World::with_groups(&["Design", "Video"]);
    silent(&world);
    let run = world.import(
        "a.csv",
        creates(200, |n| if n % 50 == 7 { "Design".to_owned() } else { "Video,Desing".to_owned() }),
        &[],
    );
    let expected = counts(&[
        ("ok", 4),
        ("failed error.group.not_found", 1),
        ("invalid invalid.groups.unknown", 195),
    ]);
    assert_eq!((run.status, counted(&world, "a.results.csv")), (1, expected), "{run:?}");
    assert_eq!(
        world.sandbox.directory().users().count(),
        5,
        "4 are as they should be, 1 has found out"
    );
    let rows = world.rows("a.results.csv");
    assert!(
        rows[0]["umbulk_code"] == "error.group.not_found"
            && rows[0]["umbulk_message"].contains("the user now exists"),
        "{:?}",
        rows[0]
    );
    let message = "groups `Desing` is not a group of the organization: the server refused \
         `Desing` at row 1 (error.group.not_found); correct the name, or create the group first";
    assert_eq!(
        (rows[199]["umbulk_message"].as_str(), rows[199]["umbulk_attempts"].as_str()),
        (message, "0")
    );
    assert!(
        run.stderr
            .contains("Rows that create users wait until one row shows that the group exists"),
        "{}",
        run.stderr
    );
    assert!(run.stdout.contains("195  invalid "), "{}", run.stdout);
    assert_eq!(world.rows("a.failed.csv").len(), 196);
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(world.umbulk(&["results", "a.csv"]).status, 0);
    assert_eq!(world.outcomes("a.results.csv"), outcomes, "the journal tells the same");
    // The outcomes are shown again, and what is fixed is sent.
    let sent = world.action_requests();
    assert_eq!(world.umbulk(&["import", "a.csv"]).status, 1);
    assert_eq!(
        (
            world.action_requests(),
            counted(&world, "a.results.csv")["invalid invalid.groups.unknown"]
        ),
        (sent, 195)
    );
    let fixed =
        std::fs::read_to_string(world.path("a.failed.csv")).unwrap().replace("Desing", "Design");
    let run = world.import("fixed.csv", fixed, &[]);
    assert_eq!((run.status, world.sandbox.directory().users().count()), (0, 200), "{run:?}");
}

/// A trial in test mode finds the typo, and nobody is created.
#[test]
fn typo_in_unchecked_groups_is_found_by_a_trial() {
    let world = World::with_groups(&["Design", "Video"]);
    world.sandbox.faults().next_reads((0..60).map(|_| refused(403)));
    let run = world.import(
        "a.csv",
        creates(200, |n| if n % 50 == 7 { "Design".to_owned() } else { "Video,Desing".to_owned() }),
        &[],
    );
    let expected = counts(&[("ok", 4), ("invalid invalid.groups.unknown", 196)]);
    assert_eq!((run.status, counted(&world, "a.results.csv")), (1, expected), "{run:?}");
    assert_eq!(world.sandbox.directory().users().count(), 4, "nobody is half made");
    assert!(
        run.stderr.contains(
            "groups        1 of 3 groups does not exist: `Desing` (similar names are unknown: HTTP \
             403"
        ),
        "{}",
        run.stderr
    );
    assert!(run.stdout.contains("requests sent") && world.action_requests() <= 4, "{run:?}");
}

/// Groups that are there cost one request more, however many rows name them.
#[test]
fn unchecked_groups_that_are_there_cost_one_request() {
    let world = World::with_groups(&["A", "B", "C"]);
    silent(&world);
    let run = world.import("a.csv", creates(100, |n| ["A", "B", "A,C"][n % 3].to_owned()), &[]);
    assert_eq!((run.status, world.sandbox.directory().users().count()), (0, 100), "{run:?}");
    assert!(
        (11..=13).contains(&world.action_requests()),
        "the trial and 10 full ones: {}",
        world.action_requests()
    );
}

/// A row that finds nothing out, for it fails for its own reasons, is followed by others.
#[test]
fn row_that_fails_otherwise_leaves_the_question_to_the_next() {
    let world = World::with_groups(&["Design"]);
    silent(&world);
    let faults = world.sandbox.faults();
    (0..30).for_each(|n| {
        faults.refuse_commands(&format!("u{n}@example.com"), "error.domain.trust.nonexistent", 9);
    });
    let run = world.import(
        "a.csv",
        creates(60, |n| if n < 40 { "Design".to_owned() } else { "Desing".to_owned() }),
        &[],
    );
    let expected = counts(&[
        ("failed error.domain.trust.nonexistent", 30),
        ("failed error.group.not_found", 1),
        ("invalid invalid.groups.unknown", 19),
        ("ok", 10),
    ]);
    assert_eq!((run.status, counted(&world, "a.results.csv")), (1, expected), "{run:?}");
    // Rows that fail go one by one: two at once might leave two accounts without the group.
    assert!(world.action_requests() < 45, "{}", world.action_requests());
}

/// Who only joins a group leaves no account behind: such rows do not wait, and tell all the same.
#[test]
fn row_that_only_adds_tells_before_anybody_is_created() {
    let mut directory = Directory::default();
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    silent(&world);
    let rows =
        creates(20, |_| "Desing".to_owned()).replacen('\n', "\nadd,ann@example.com,,,,Desing\n", 1);
    let run = world.import("a.csv", rows, &[]);
    let expected =
        counts(&[("failed error.group.not_found", 1), ("invalid invalid.groups.unknown", 20)]);
    assert_eq!((run.status, counted(&world, "a.results.csv")), (1, expected), "{run:?}");
    assert_eq!(world.sandbox.directory().users().count(), 1);
}

/// The file renames a group whose name is mistyped: nobody gets the new name, and nobody is created
/// for it.
#[test]
fn new_name_of_an_unchecked_group_that_fails_creates_nobody() {
    let world = World::with_groups(&["Old"]);
    silent(&world);
    let rows = (0..30)
        .map(|n| {
            format!(
                "create,u{n}@example.com,,,U,N{n},US,New
"
            )
        })
        .collect::<String>();
    let file = format!(
        "action,email,group,new_name,firstname,lastname,country,groups
update-group,,Odl,New,,,,
{rows}"
    );
    let run = world.import("a.csv", file, &[]);
    assert_eq!((run.status, world.sandbox.directory().users().count()), (1, 0), "{run:?}");
    // A row that creates the group makes up for it.
    let world = World::with_groups(&[]);
    silent(&world);
    let rows = (0..30)
        .map(|n| {
            format!(
                "create,v{n}@example.com,,,U,N{n},US,New
"
            )
        })
        .collect::<String>();
    let head = "action,email,group,new_name,firstname,lastname,country,groups
create,u@example.com,,,U,N,US,New
create-group,,New,,,,,
";
    let run = world.import("a.csv", format!("{head}{rows}"), &[]);
    let expected = counts(&[("failed error.group.not_found", 1), ("ok", 31)]);
    assert_eq!((run.status, counted(&world, "a.results.csv")), (1, expected), "{run:?}");
}

/// Whenever a run is stopped, its outcomes are those of a run that was not.
#[test]
fn stopped_runs_end_as_others_where_groups_are_unchecked() {
    let file = creates(60, |n| ["Design", "Desing", "Video,Vidoe"][n % 3].to_owned());
    let import = |world: &World| world.import("a.csv", &file, &[]);
    let world = World::with_groups(&["Design", "Video"]);
    silent(&world);
    assert_eq!(import(&world).status, 1);
    let (outcomes, people) =
        (world.outcomes("a.results.csv"), world.sandbox.directory().users().count());
    assert_eq!(people, 22);
    for stopped_at in 0..2 {
        let world = World::with_groups(&["Design", "Video"]);
        silent_to(&world, 4);
        let stop = InjectedFault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error_code":"403003"}"#.to_owned(),
        };
        let before = std::iter::repeat_with(|| None).take(stopped_at);
        world
            .sandbox
            .faults()
            .next_actions(before.chain([Some(InjectedFault::CutAfter), Some(stop)]));
        let first = import(&world);
        assert_eq!(first.status, 3, "{stopped_at}: {first:?}");
        // By now the groups could be checked: the run continues as it began.
        let second = import(&world);
        assert_eq!(
            (second.status, world.outcomes("a.results.csv")),
            (1, outcomes.clone()),
            "{stopped_at}: {second:?}"
        );
        assert_eq!(world.sandbox.directory().users().count(), people, "{stopped_at}");
    }
}

/// Killed at any instant, too.
#[test]
fn killed_runs_end_as_others_where_groups_are_unchecked() {
    let file = creates(60, |n| ["Design", "Desing", "Video,Vidoe"][n % 3].to_owned());
    let import = ["import", "a.csv", "--effect-window", "100ms"];
    let start = |latency| {
        let mut directory = Directory::default();
        ["Design", "Video"]
            .iter()
            .for_each(|name| directory.add_group(&SandboxGroup::user_group(name)));
        let world = World::new(
            directory,
            SandboxOptions { latency: Duration::from_millis(latency), ..SandboxOptions::default() },
        );
        world.write("a.csv", &file);
        silent_to(&world, 4);
        world
    };
    let calm = start(0);
    assert_eq!(calm.umbulk(&import).status, 1);
    let (outcomes, people) =
        (calm.outcomes("a.results.csv"), calm.sandbox.directory().users().count());
    for seed in 1..=6_u64 {
        let world = start(10);
        for sent in 1..=4 {
            // The first one is the trial: a process that is killed there has begun no run.
            let due = world.action_requests() + 1 + usize::from(sent == 1);
            let mut child =
                world.command(&import).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
            while world.action_requests() < due && child.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_millis(seed * sent % 14) {
                std::thread::yield_now();
            }
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let run = world.umbulk(&import);
        assert_eq!(
            (run.status, world.outcomes("a.results.csv")),
            (1, outcomes.clone()),
            "{seed}: {run:?}"
        );
        assert_eq!(world.sandbox.directory().users().count(), people, "{seed}");
    }
}

/// A group that an old list shows, and that is gone meanwhile, does no harm to rows that were not
/// sent when that is known.
#[test]
fn group_gone_since_the_check_spares_the_rows_that_are_left() {
    let names: Vec<String> = (0..30).map(|n| format!("G{n}")).collect();
    let world = World::with_groups(&names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
    world.write("d.csv", "action,group\ndelete-group,G0\n");
    let elsewhere =
        run(world.command(&["import", "d.csv"]).env("XDG_STATE_HOME", world.path("elsewhere")));
    assert_eq!(elsewhere.status, 0, "{elsewhere:?}");
    let run = world.import("a.csv", creates(300, |_| "G0".to_owned()), &["--concurrency", "1"]);
    let counted = counted(&world, "a.results.csv");
    assert!(
        run.status == 1 && counted["invalid invalid.groups.unknown"] >= 280,
        "{counted:?} {run:?}"
    );
    assert!(world.sandbox.directory().users().count() <= 20, "{counted:?}");
}

/// It takes a protection away: 200 accounts could be made without their group.
#[test]
fn check_groups_never_must_be_typed() {
    let world = World::with_groups(&["Design"]);
    world.write("a.csv", creates(20, |_| "Desing".to_owned()));
    let variable = run(world.command(&["import", "a.csv"]).env("UMBULK_CHECK_GROUPS", "never"));
    world.write("umbulk.toml", "check-groups = \"never\"\n");
    for run in [variable, world.umbulk(&["import", "a.csv"])] {
        assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
        assert!(run.stderr.contains("--check-groups must be typed"), "{}", run.stderr);
    }
}

#[test]
fn check_groups_never_asks_nothing() {
    let world = World::with_groups(&["Design"]);
    let run =
        world.import("a.csv", creates(1, |_| "Desing".to_owned()), &["--check-groups", "never"]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv"), reads(&world, "users")),
        (1, vec!["failed".to_owned()], 0),
        "{run:?}"
    );
}

#[test]
fn files_without_groups_ask_nothing() {
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", creates(3, |_| String::new()), &[]);
    assert_eq!((run.status, reads(&world, "users") + reads(&world, "groups")), (0, 0), "{run:?}");
    assert!(!run.stderr.contains("groups  "), "{}", run.stderr);
}

#[test]
fn create_groups_makes_user_groups_before_their_rows() {
    let world = World::with_groups(&["Design"]);
    let file = "action,email,firstname,lastname,country,groups\n\
                create,ann@example.com,Ann,Lee,US,\"Design,New\"\n\
                create,bob@example.com,Bob,Lee,US,\"_admin_Other\"\n\
                create,carl@example.com,Carl,Lee,US,\"_developer_Api\"\n\
                remove,ann@example.com,,,,Gone\n";
    let run = world.import("a.csv", file, &["--create-groups"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.statuses("a.results.csv"), ["ok", "ok", "invalid", "invalid"]);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "New"]);
    assert!(
        run.stderr.contains("groups        created first, in 1 request: `New`, `Other`"),
        "{}",
        run.stderr
    );
    let directory = world.sandbox.directory();
    let names: Vec<String> = directory.groups().map(|group| group.name.clone()).collect();
    assert!(!names.iter().any(|name| name == "Api" || name == "Gone"), "{names:?}");
    // The same command shows the same outcomes and sends nothing.
    let (again, sent) =
        (world.umbulk(&["import", "a.csv", "--create-groups"]), world.action_requests());
    assert_eq!((again.status, world.action_requests()), (1, sent), "{again:?}");
}

#[test]
fn failed_creation_of_a_group_sends_no_row() {
    let world = World::with_groups(&["Design"]);
    world.sandbox.faults().refuse_commands("New", "error.group.create.forbidden", 99);
    let run = world.import("a.csv", creates(2, |_| "New".to_owned()), &["--create-groups"]);
    assert_eq!(run.status, 3, "{run:?}");
    assert!(
        run.stderr.contains("1 group could not be created: New (error.group.create.forbidden"),
        "{}",
        run.stderr
    );
    assert_eq!(world.sandbox.directory().users().count(), 0);
    // A response that is lost is no failure: the group is looked up.
    let world = World::with_groups(&["Design"]);
    world.sandbox.faults().next_actions([Some(InjectedFault::CutAfter)]);
    let run = world.import("a.csv", creates(2, |_| "New".to_owned()), &["--create-groups"]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned(); 2]),
        "{run:?}"
    );
}

#[test]
fn rehearsal_names_the_groups_that_it_takes_for_granted() {
    let world = World::with_groups(&[]);
    let file = creates(1, |_| "Design,_admin_Video".to_owned());
    let run = world.import("a.csv", &file, &["--sandbox"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("assumed: groups Design, Video\n"), "{}", run.stderr);
    // A list of groups that is named knows better.
    world.write("groups.csv", "groupName,type\nDesign,USER_GROUP\n");
    let run = world.import("a.csv", &file, &["--sandbox", "--groups-file", "groups.csv"]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (1, vec!["invalid invalid.groups.unknown".to_owned()]),
        "{run:?}"
    );
}

#[test]
fn plan_and_validate_tell_by_lists() {
    let world = World::with_groups(&["Design"]);
    world.write("a.csv", creates(1, |_| "Desing".to_owned()));
    let alone = |args: &[&str]| run(&mut bare(world.folder.path(), args));
    let unsure = |run: &Run| {
        let words = "groups        not checked: `Desing` (set UMAPI_ORG_ID to use the snapshot";
        assert!(run.status == 0 && run.stderr.contains(words), "{run:?}");
    };
    unsure(&alone(&["validate", "a.csv"]));
    unsure(&alone(&["plan", "a.csv"]));
    world.write("groups.csv", "groupName,type\nDesign,USER_GROUP\n");
    for command in ["validate", "plan"] {
        let run = alone(&[command, "a.csv", "--groups-file", "groups.csv"]);
        assert!(
            run.status == 1
                && run.stderr.contains("invalid.groups.unknown")
                && run.stderr.contains("by groups.csv of "),
            "{run:?}"
        );
    }
    // The snapshot counts, too.
    assert_eq!(world.umbulk(&["export", "groups", "--out", "other.csv"]).status, 0);
    for command in ["validate", "plan"] {
        let run = world.umbulk(&[command, "a.csv"]);
        assert!(
            run.status == 1
                && run.stderr.contains("invalid.groups.unknown")
                && run.stderr.contains("Design"),
            "{run:?}"
        );
    }
    assert_eq!(world.rows("a.check.csv")[0]["umbulk_code"], "invalid.groups.unknown");
    assert_eq!(reads(&world, "users"), 0);
}

/// What was found when a run began holds for it to its end, whatever groups there are by then.
#[test]
fn finished_run_keeps_its_outcomes_when_the_group_appears() {
    let world = World::with_groups(&["Design"]);
    let file = "action,email,group,new_name,firstname,lastname,country,groups\n\
                create,a@example.com,,,A,A,US,Team\n\
                update-group,,Design,Studio,,,,\n\
                create,b@example.com,,,B,B,US,Studio\n";
    assert_eq!(world.import("a.csv", file, &[]).status, 1);
    let outcomes = ["invalid invalid.groups.unknown", "ok", "ok"];
    assert_eq!(world.outcomes("a.results.csv"), outcomes);
    assert_eq!(world.import("g.csv", "action,group\ncreate-group,Team\n", &[]).status, 0);
    let sent = world.action_requests();
    let again = world.umbulk(&["import", "a.csv"]);
    assert_eq!((again.status, world.action_requests()), (1, sent), "{again:?}");
    assert_eq!(world.outcomes("a.results.csv"), outcomes);
    assert_eq!(world.umbulk(&["results", "a.csv"]).status, 0);
    assert_eq!(world.outcomes("a.results.csv"), outcomes);
    // Anyone who begins anew finds the group, and that the other has its new name.
    let fresh = world.umbulk(&["import", "a.csv", "--fresh"]);
    assert_eq!(fresh.status, 1, "{fresh:?}");
    assert_eq!(world.outcomes("a.results.csv")[..2], ["ok", "invalid invalid.group.unknown"]);
}

#[test]
fn licence_holders_list_tells_products_of_roles() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup {
        product: Some("Cloud".into()),
        ..SandboxGroup::profile("All Apps")
    });
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    let run = world.import(
        "a.csv",
        "action,email,groups\nadd,ann@example.com,\"_product_admin_Cloud,_developer_All \
         Apps,_support_admin\"\n",
        &[],
    );
    assert_eq!(run.status, 0, "{run:?}\n{:?}", world.outcomes("a.results.csv"));
}

#[test]
fn groups_of_rows_that_come_later_are_checked_too() {
    // The first rows are sent for a trial, and then the whole file.
    let world = World::with_groups(&["Design"]);
    let rows = "email,firstname,lastname,country,groups\na@x.com,Ann,Lee,US,Design\n\
                b@x.com,Bob,Ray,US,Desing\n";
    assert_eq!(world.import("a.csv", rows, &["--rows", "1"]).status, 0);
    let run = world.umbulk(&["import", "a.csv"]);
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (1, vec!["ok".to_owned(), "invalid invalid.groups.unknown".to_owned()])
    );
    assert!(world.groups_of("b@x.com").is_none(), "no half-made account: {run:?}");
}

/// The advice of the head, followed: the same file, typed again with --create-groups.
#[test]
fn finished_import_typed_again_with_create_groups_creates_them() {
    let world = World::with_groups(&["A"]);
    let file = "email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,A\n\
                bob@example.com,Bob,Ray,US,New\n";
    let run = world.import("a.csv", file, &[]);
    assert!(run.status == 1 && run.stderr.contains("--create-groups"), "{run:?}");
    let run = world.umbulk(&["import", "a.csv", "--create-groups"]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned(); 2]),
        "{run:?}"
    );
    assert_eq!(world.groups_of("bob@example.com").unwrap(), ["New"]);
    // Given once more, it sends nothing.
    let sent = world.action_requests();
    assert_eq!(
        (world.umbulk(&["import", "a.csv", "--create-groups"]).status, world.action_requests()),
        (0, sent)
    );
}

#[test]
fn validate_with_absent_groups_keeps_one_earlier_file() {
    let world = World::with_groups(&[]);
    world.write("groups.csv", "name,type\nA,USER_GROUP\n");
    // The last row contradicts the first, so that the rows are written once more for that, too.
    let file = "email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,A\n\
                bob@example.com,Bob,Ray,US,B\nann@example.com,Eve,Lee,US,A\n";
    world.write("a.csv", file);
    for _ in 0..2 {
        let run = world.umbulk(&["validate", "a.csv", "--groups-file", "groups.csv"]);
        assert_eq!(run.status, 1, "{run:?}");
        assert_eq!(
            world.outcomes("a.check.csv"),
            [
                "invalid invalid.row.conflict",
                "invalid invalid.groups.unknown",
                "invalid invalid.row.conflict"
            ]
        );
    }
    assert_eq!(world.dated("a").len(), 1);
    let plan = world.umbulk(&["plan", "a.csv", "--groups-file", "groups.csv", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert!(plan["invalid"] == 3 && plan["requests"] == 0, "{plan}");
}

/// Whether or not a row needs it, and whether or not groups are checked.
#[test]
fn list_of_groups_that_is_not_there_is_an_error_always() {
    let world = World::with_groups(&["Design"]);
    for groups in ["", "Design"] {
        world.write("a.csv", creates(1, |_| groups.to_owned()));
        for args in [
            &["import", "a.csv", "--groups-file", "none.csv"][..],
            &["import", "a.csv", "--groups-file", "none.csv", "--check-groups", "never"],
            &["plan", "a.csv", "--groups-file", "none.csv"],
            &["plan", "a.csv", "--groups-file", "none.csv", "--check-groups", "never"],
            &["validate", "a.csv", "--groups-file", "none.csv"],
        ] {
            let run = world.umbulk(args);
            assert!(run.status == 2 && run.stderr.contains("none.csv"), "{args:?}: {run:?}");
        }
    }
    assert_eq!(world.action_requests(), 0);
}

/// The server does not find a group by its name, and its list of groups shows it: one of the
/// answers is wrong, so the server decides about the row.
#[test]
fn group_that_only_the_list_shows_is_not_invalid() {
    let world = World::with_groups(&["Design"]);
    let body = r#"{"result":"error.group.not_found","message":"Group Design was not found"}"#;
    world.sandbox.faults().next_reads([Some(InjectedFault::Answer {
        status: 404,
        headers: Vec::new(),
        body: body.to_owned(),
    })]);
    let run = world.import("a.csv", creates(2, |_| "Design".to_owned()), &[]);
    assert_eq!((run.status, world.statuses("a.results.csv")), (0, vec!["ok".to_owned(); 2]));
    assert_eq!(world.groups_of("u1@example.com"), Some(vec!["Design".to_owned()]));
    let why = "the server does not find them by name, but its list of groups shows them";
    assert!(run.stderr.contains(why) && !run.stderr.contains("id you mean"), "{run:?}");
}

/// One group whose name contains a comma, written as it is called.
#[test]
fn name_with_a_comma_is_told_how_to_be_written() {
    let world = World::with_groups(&["Smith, Jones & Co", "Design"]);
    let run = world.import("a.csv", creates(1, |_| "Smith, Jones & Co,Design".to_owned()), &[]);
    assert_eq!((run.status, world.action_requests()), (1, 0), "{run:?}");
    let message = world.rows("a.results.csv")[0]["umbulk_message"].clone();
    let (_, advised) = message.split_once("is one name, write the cell as ").unwrap();
    let advised = advised.replace('"', "\"\"");
    let run = world.import("b.csv", creates(1, |_| advised.clone()), &[]);
    assert_eq!(run.status, 0, "{message} {run:?}");
    assert_eq!(
        world.groups_of("u0@example.com"),
        Some(["Design", "Smith, Jones & Co"].map(str::to_owned).to_vec())
    );
}
