//! People who are in the organization and in no row of the file.

use crate::scripted::{Answer, Scripted};
use crate::world::{Run, World, run, user};
use std::fmt::Write;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};
use umbulk::sandbox::{
    Directory, Identity, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser, UserStatus,
};

/// Eight people are in the file below; Carl and Dora are not. Nobody else is anybody's business.
fn organization() -> Directory {
    let mut directory = Directory::default();
    for group in ["Design", "Video", "Team, North"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    for number in 0..7 {
        directory.add_user(&user(&format!("u{number}@example.com"), &["Design"]));
    }
    directory
        .add_user(&SandboxUser { username: "bobby".into(), ..user("bob@example.com", &["Video"]) });
    directory.add_user(&user("carl@example.com", &["Design", "Team, North"]));
    directory.add_user(&SandboxUser {
        identity: Identity::Enterprise,
        username: "dora".into(),
        ..user("dora@example.com", &["Video"])
    });
    directory.add_user(&user("boss@example.com", &["_org_admin", "Design"]));
    directory.add_user(&user("helper@example.com", &["_admin_Design", "Design"]));
    directory.add_user(&user("pat@example.com", &["Design"]));
    directory.add_user(&SandboxUser {
        status: UserStatus::Disabled,
        ..user("off@example.com", &["Design"])
    });
    directory.add_user(&user("guest@other.com", &["Design"]));
    directory
}

/// Everybody who is to stay, each by an action of its own.
fn staff() -> String {
    let mut file = "action,email,username,domain,groups,new_email,firstname\n".to_owned();
    for number in 0..7 {
        writeln!(file, "add,u{number}@example.com,,,Design,,").unwrap();
    }
    file + "update,,bobby,example.com,,,Robert\n"
}

const ALL: [&str; 15] = [
    "bob@example.com",
    "boss@example.com",
    "carl@example.com",
    "dora@example.com",
    "guest@other.com",
    "helper@example.com",
    "off@example.com",
    "pat@example.com",
    "u0@example.com",
    "u1@example.com",
    "u2@example.com",
    "u3@example.com",
    "u4@example.com",
    "u5@example.com",
    "u6@example.com",
];

fn world() -> World {
    let world = World::new(organization(), SandboxOptions::default());
    export(&world);
    world.write("protect.txt", "PAT@example.com\n");
    world
}

/// The list of everybody, as it is now. The API lists active accounts only, the Admin Console's
/// export has the others too.
fn export(world: &World) {
    let listed = world.umbulk(&["export", "users", "--out", "users.csv", "--force"]);
    assert_eq!(listed.status, 0, "{listed:?}");
    let list = std::fs::read_to_string(world.path("users.csv")).unwrap();
    let written = std::fs::metadata(world.path("users.csv")).unwrap().modified().unwrap();
    let off = "create,federatedID,off@example.com,off@example.com,example.com,First,Last,,Design,\
               9@example.com,disabled\n";
    let path = world.write("users.csv", list + off);
    std::fs::File::options().append(true).open(path).unwrap().set_modified(written).unwrap();
}

const MANAGED: [&str; 6] =
    ["--against", "users.csv", "--managed-domain", "example.com", "--protect", "protect.txt"];

fn missing(world: &World, what: &str, file: &str, more: &[&str]) -> Run {
    world.import("staff.csv", file, &[&["--missing", what], &MANAGED[..], more].concat())
}

fn people(world: &World) -> Vec<String> {
    let mut all: Vec<String> = world.sandbox.directory().users().map(|user| user.email).collect();
    all.sort();
    all
}

fn emails(world: &World, name: &str) -> Vec<String> {
    let mut all: Vec<String> =
        world.rows(name).into_iter().map(|row| row["email"].clone()).collect();
    all.sort();
    all
}

fn without(names: &[&str]) -> Vec<String> {
    ALL.iter().filter(|name| !names.contains(name)).map(|name| (*name).to_owned()).collect()
}

/// Nothing has happened but, perhaps, what the rows ask for.
#[track_caller]
fn untouched(world: &World) {
    assert_eq!(people(world), without(&[]));
    assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Design", "Team, North"]);
    assert_eq!(world.groups_of("dora@example.com").unwrap(), ["Video"]);
}

#[test]
fn a_report_lists_who_is_in_no_row_and_changes_nobody() {
    let world = world();
    let run = missing(&world, "report", &staff(), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(emails(&world, "staff.missing.csv"), ["carl@example.com", "dora@example.com"]);
    assert!(
        world
            .rows("staff.missing.csv")
            .iter()
            .any(|row| row["groups"] == r#"["Design","Team, North"]"#)
    );
    untouched(&world);
    assert_eq!(world.statuses("staff.results.csv"), vec!["ok"; 8]);
    assert!(!world.path("staff.missing.results.csv").exists());
    let counts = "2 of 14 people under management are missing (8 named in the file; exempt: 2 \
         administrators or other holders of a role, 1 protected, 1 account that is not active)";
    assert!(
        run.stderr.contains(&format!("missing       {counts}: they will be listed")),
        "{}",
        run.stderr
    );
    assert!(
        run.stdout.contains(&format!("Missing:  {counts}: they are listed in staff.missing.csv")),
        "{}",
        run.stdout
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            world.path("staff.missing.csv").metadata().unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[test]
fn who_is_missing_leaves_and_nobody_else_does() {
    let world = world();
    let run = missing(&world, "leave", &staff(), &["--json"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(people(&world), without(&["carl@example.com", "dora@example.com"]));
    assert_eq!(
        emails(&world, "staff.missing.results.csv"),
        ["carl@example.com", "dora@example.com"]
    );
    assert_eq!(world.outcomes("staff.missing.results.csv"), ["ok", "ok"]);
    // What they had stays on record.
    assert!(
        world
            .rows("staff.missing.csv")
            .iter()
            .any(|row| row["listed_groups"] == r#"["Design","Team, North"]"#)
    );
    let object: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let end = &object["missing"];
    let files: Vec<&serde_json::Value> =
        object["files"].as_array().unwrap().iter().map(|file| &file["file"]).collect();
    assert_eq!(files, ["staff.csv", "staff.missing.csv"]);
    let exempt = serde_json::json!({"administrators": 2, "protected": 1, "not_active": 1});
    assert_eq!(
        (&end["managed"], &end["named"], &end["missing"], &end["left_alone"]),
        (&14.into(), &8.into(), &2.into(), &exempt)
    );
    assert_eq!((&end["action"], &end["done"]), (&"leave".into(), &true.into()));
    // They leave after everything else.
    let last = world.sandbox.traffic().iter().rposition(|received| received.commands > 0).unwrap();
    assert_eq!(world.sandbox.traffic()[last].commands, 2);
    // The same command has nothing more to do, by the old list and by a new one.
    let sent = world.action_requests();
    assert_eq!(missing(&world, "leave", &staff(), &[]).status, 0);
    export(&world);
    let again = missing(&world, "leave", &staff(), &[]);
    assert!(again.status == 0 && again.stdout.contains("nobody is missing"), "{again:?}");
    assert_eq!(world.action_requests(), sent);
    let results = world.umbulk(&["results", "staff.missing.csv"]);
    assert_eq!(results.status, 0, "{results:?}");
    // Anyone who comes back and is missing once more leaves once more.
    world.import(
        "back.csv",
        "action,email,firstname,lastname,country,groups\n\
                              create,carl@example.com,C,L,US,\"[\"\"Design\"\",\"\"Team, \
                              North\"\"]\"\ncreate,dora@example.com,D,L,US,Video\n",
        &["--default-type", "enterpriseID"],
    );
    assert_eq!(people(&world).len(), 15);
    export(&world);
    assert_eq!(missing(&world, "leave", &staff(), &[]).status, 0);
    assert_eq!(people(&world), without(&["carl@example.com", "dora@example.com"]));
}

#[test]
fn who_is_missing_loses_groups_and_those_under_management_only() {
    let world = world();
    let run = missing(
        &world,
        "remove-groups",
        &staff(),
        &["--manage-groups", "team*", "--manage-groups", "_admin_*"],
    );
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Design"]);
    assert_eq!(world.groups_of("dora@example.com").unwrap(), ["Video"]);
    assert!(run.stdout.contains("1 without groups to take away"), "{}", run.stdout);
    // Without --manage-groups it is all of them.
    export(&world);
    assert_eq!(missing(&world, "remove-groups", &staff(), &[]).status, 0);
    assert!(
        world.groups_of("carl@example.com").unwrap().is_empty()
            && world.groups_of("dora@example.com").unwrap().is_empty()
    );
    assert_eq!(world.groups_of("helper@example.com").unwrap(), ["Design", "_admin_Design"]);
    for name in ["pat@example.com", "off@example.com", "guest@other.com"] {
        assert_eq!(world.groups_of(name).unwrap(), ["Design"], "{name}");
    }
    assert_eq!(people(&world), without(&[]));
}

#[test]
fn whoever_any_row_names_in_any_way_stays() {
    for row in [
        "remove,CARL@example.com,,,Video,,\n",
        "add,,dora,example.com,Video,,\n",
        "create,dora@example.com,,,,,\n",
        "update,u1@example.com,,,,dora@example.com,\n",
    ] {
        let world = world();
        let run = missing(&world, "report", &(staff() + row), &["--default-type", "adobeID"]);
        // A row that the server refuses is another matter: the head tells who is missing.
        assert!(run.stderr.contains("1 of 14 people under management is missing"), "{row} {run:?}");
    }
    // A group's row, in another file than the others.
    let world = world();
    world.write(
        "groups.csv",
        "action,group,users\nupdate-group,Design,\"carl@example.com,dora@example.com\"\n",
    );
    let run = missing(&world, "leave", &staff(), &["groups.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(people(&world), without(&[]));
    assert!(run.stdout.contains("nobody is missing"), "{}", run.stdout);
}

#[test]
fn a_row_that_is_unchanged_names_its_person_too() {
    let world = world();
    let file = staff() + "add,carl@example.com,,,Design,,\n";
    let run = missing(&world, "leave", &file, &["--skip-unchanged"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(people(&world), without(&["dora@example.com"]));
    assert_eq!(world.statuses("staff.results.csv")[8], "unchanged");
}

#[test]
fn missing_users_stay_unless_every_row_is_ok() {
    let world = world();
    let invalid = missing(&world, "leave", &(staff() + "add,no address,,,Design,,\n"), &[]);
    assert!(invalid.status == 2 && invalid.stderr.contains("1 row is invalid"), "{invalid:?}");
    assert_eq!(world.action_requests(), 0);
    let failing = missing(
        &world,
        "leave",
        &(staff() + "add,u1@example.com,,,Nowhere,,\n"),
        &["--check-groups", "never"],
    );
    assert_eq!(failing.status, 1, "{failing:?}");
    assert!(
        failing.stdout.contains("nothing was done about them: not every row is ok or unchanged"),
        "{}",
        failing.stdout
    );
    untouched(&world);
    assert!(!world.path("staff.missing.csv").exists());
    // A finished import of the same bytes has the same outcomes, and so the same is said.
    let again = missing(
        &world,
        "leave",
        &(staff() + "add,u1@example.com,,,Nowhere,,\n"),
        &["--check-groups", "never"],
    );
    assert_eq!(again.status, 1, "{again:?}");
    untouched(&world);
}

#[test]
fn nobody_is_touched_after_a_run_that_stopped() {
    let world = world();
    let file = staff() + "add,u1@example.com,,,Nowhere,,\n";
    let stopped =
        missing(&world, "leave", &file, &["--max-errors", "0", "--check-groups", "never"]);
    assert_eq!(stopped.status, 3, "{stopped:?}");
    assert!(
        stopped.stdout.contains("nothing was done about them: the run stopped earlier"),
        "{}",
        stopped.stdout
    );
    untouched(&world);
    // An outcome that nobody knows is no good one either.
    let world = World::new(organization(), SandboxOptions::default());
    export(&world);
    world.write("protect.txt", "pat@example.com\n");
    world.sandbox.faults().next_actions([Some(InjectedFault::CutAfter)]);
    let create =
        "action,email,firstname,lastname,country,if_exists\ncreate,new@example.com,N,E,US,error\n";
    world.write("new.csv", create);
    let unknown = world.umbulk(
        &[&["import", "new.csv", "staff.csv", "--missing", "leave"], &MANAGED[..]].concat(),
    );
    assert_ne!(unknown.status, 0, "{unknown:?}");
    assert!(world.groups_of("carl@example.com").is_some());
}

#[test]
fn missing_needs_management_and_a_fresh_full_list() {
    let world = world();
    world.write("staff.csv", staff());
    let refused = |args: &[&str], word: &str| {
        let run =
            world.umbulk(&[&["import", "staff.csv", "--missing", "leave", "--yes"], args].concat());
        assert!(run.status == 2 && run.stderr.contains(word), "{args:?} {run:?}");
        assert_eq!(world.action_requests(), 0);
    };
    refused(&["--against", "users.csv"], "--managed-domain");
    refused(
        &["--against", "users.csv", "--managed-domain", "example.com", "--rows", "1-3"],
        "--rows",
    );
    refused(&["--managed-domain", "example.com", "--sandbox"], "--sandbox");
    let part = world.umbulk(&[
        "export",
        "users",
        "--out",
        "part.csv",
        "--columns",
        "type,email",
        "--cached",
    ]);
    assert_eq!(part.status, 0, "{part:?}");
    refused(&["--against", "part.csv", "--managed-domain", "example.com"], "--indirect");
    let hours = SystemTime::now() - Duration::from_secs(2 * 3600);
    std::fs::File::options()
        .write(true)
        .open(world.path("users.csv"))
        .unwrap()
        .set_modified(hours)
        .unwrap();
    refused(&MANAGED, "must be younger than two hours");
    untouched(&world);
    // Snapshots of the organization do as well.
    let online = world.umbulk(&[
        "import",
        "staff.csv",
        "--missing",
        "leave",
        "--online",
        "--managed-type",
        "enterpriseID",
    ]);
    assert_eq!(online.status, 2, "one of one is more than half: {online:?}");
    let all = [
        "import",
        "staff.csv",
        "--missing",
        "leave",
        "--managed-type",
        "enterpriseID",
        "--max-missing",
        "1",
    ];
    let stored = world.umbulk(&all);
    assert_eq!(stored.status, 0, "{stored:?}");
    assert_eq!(people(&world), without(&["dora@example.com"]));
}

#[test]
fn list_outdated_during_the_rows_stops_missing() {
    let world = World::new(
        organization(),
        SandboxOptions { latency: Duration::from_secs(7), ..SandboxOptions::default() },
    );
    export(&world);
    world.write("protect.txt", "pat@example.com\n");
    let hours = SystemTime::now() - Duration::from_secs(2 * 3600 - 6);
    std::fs::File::options()
        .write(true)
        .open(world.path("users.csv"))
        .unwrap()
        .set_modified(hours)
        .unwrap();
    let late = missing(&world, "leave", &staff(), &[]);
    assert_eq!(late.status, 3, "{late:?}");
    assert!(
        late.stdout.contains("must be younger than two hours, because the rows took that long"),
        "{}",
        late.stdout
    );
    untouched(&world);
    export(&world);
    assert_eq!(missing(&world, "leave", &staff(), &[]).status, 0);
    assert_eq!(people(&world), without(&["carl@example.com", "dora@example.com"]));
}

#[test]
fn the_callers_own_account_is_let_alone() {
    let payload = "eyJ1c2VyX2lkIjoiMEExQkBBZG9iZUlEIn0"; // {"user_id":"0A1B@AdobeID"}
    let body =
        format!(r#"{{"access_token":"eyJhbGciOiJub25lIn0.{payload}.x","expires_in":86400}}"#);
    let server = Scripted::start([("token".to_owned(), Answer { body, ..Answer::default() })]);
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("staff.csv", "action,email,groups\nadd,ann@example.com,Design\n");
    write(
        "users.csv",
        "type,email,groups,id\nfederatedID,ann@example.com,Design,1@x\n\
         federatedID,own@example.com,Design,0a1b@ADOBEID\nfederatedID,carl@example.com,Design,\
         2@x\n",
    );
    let args = [
        "import",
        "staff.csv",
        "--skip-unchanged",
        "--against",
        "users.csv",
        "--missing",
        "report",
        "--managed-domain",
        "example.com",
    ];
    let run = server.umbulk(folder.path(), &args);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        run.stdout.contains(
            "1 of 3 people under management is missing (1 named in the file; exempt: 1 own account)"
        ),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("eyJ") && !run.stderr.contains("eyJ"), "the token is a secret");
}

#[test]
fn caps_are_a_share_of_the_people_under_management() {
    let world = world();
    for cap in [
        ["--max-missing", "1"],
        ["--max-missing", "14%"],
        ["--max-deletes", "14%"],
        ["--max-deletes", "1"],
    ] {
        let run = missing(&world, "leave", &staff(), &[&cap[..], &["--yes"]].concat());
        assert!(
            run.status == 2
                && run.stderr.contains("2 of 14 people under management")
                && run.stderr.contains(cap[0]),
            "{run:?}"
        );
        assert_eq!(world.action_requests(), 0);
    }
    let run = missing(&world, "remove-groups", &staff(), &["--max-removals", "14%", "--yes"]);
    assert!(run.status == 2 && run.stderr.contains("--max-removals"), "{run:?}");
    untouched(&world);
    // 2 of 14 are 14.3 %, though they are all rows of their file.
    let run = missing(&world, "leave", &staff(), &["--max-missing", "15%", "--max-deletes", "15%"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(people(&world).len(), 13);
}

/// So many people who are in the file, and so many who are not.
fn crowd(named: usize, missing: usize, options: SandboxOptions) -> (World, String) {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    let mut file = "action,email,groups\n".to_owned();
    for number in 0..named {
        directory.add_user(&user(&format!("u{number}@example.com"), &[]));
        writeln!(file, "add,u{number}@example.com,Design").unwrap();
    }
    for number in 0..missing {
        directory.add_user(&user(&format!("gone{number}@example.com"), &["Design"]));
    }
    let world = World::new(directory, options);
    export(&world);
    world.write("protect.txt", "u0@example.com\n");
    (world, file)
}

#[test]
fn more_than_ten_people_need_a_yes() {
    let (world, file) = crowd(20, 11, SandboxOptions::default());
    for what in ["leave", "remove-groups"] {
        let run = missing(&world, what, &file, &[]);
        assert!(
            run.status == 2
                && run.stderr.contains("11 people are missing")
                && run.stderr.contains("--yes"),
            "{run:?}"
        );
    }
    assert_eq!(world.action_requests(), 0);
    assert_eq!(missing(&world, "leave", &file, &["--yes"]).status, 0);
    assert_eq!(people(&world).len(), 20);
}

#[test]
fn a_file_that_looks_truncated_is_refused() {
    let (world, whole) = crowd(20, 2, SandboxOptions::default());
    let lines = |count: usize| {
        whole.lines().take(count + 1).map(|line| format!("{line}\n")).collect::<String>()
    };
    // At first, when more than half would be missing.
    let first = missing(&world, "leave", &lines(10), &["--yes"]);
    assert!(
        first.status == 2
            && first.stderr.contains("more than half")
            && first.stderr.contains("--max-missing 12"),
        "{first:?}"
    );
    assert_eq!(world.action_requests(), 0);
    assert_eq!(missing(&world, "report", &whole, &[]).status, 0);
    // Then, when it names far fewer than the last time, whatever it is called and whatever is
    // asked.
    let sent = world.action_requests();
    for what in ["leave", "remove-groups", "report"] {
        let again = missing(&world, what, &lines(15), &["--yes"]);
        assert!(
            again.status == 2
                && again.stderr.contains("the file names 15 people, but staff.csv named 20"),
            "{again:?}"
        );
    }
    world.write("other.csv", lines(15));
    let other = world
        .umbulk(&[&["import", "other.csv", "--yes", "--missing", "leave"], &MANAGED[..]].concat());
    assert!(other.status == 2 && other.stderr.contains("looks truncated"), "{other:?}");
    assert_eq!((world.action_requests(), people(&world).len()), (sent, 22));
    // A few fewer are nothing special, and anyone who means it says how many.
    export(&world);
    assert_eq!(missing(&world, "leave", &lines(18), &[]).status, 0);
    assert_eq!(people(&world).len(), 18);
    export(&world);
    let meant = missing(&world, "leave", &lines(8), &["--max-missing", "10"]);
    assert_eq!(meant.status, 0, "{meant:?}");
    assert_eq!(people(&world).len(), 8);
}

/// The pause is in the journal of the missing users, and the rows are all sent.
#[test]
fn pause_of_an_interrupted_leave_holds_for_the_next_start() {
    let world = world();
    world.write("staff.csv", staff());
    let headers = vec![("Retry-After".to_owned(), "9000".to_owned())];
    let throttled = InjectedFault::Answer { status: 429, headers, body: String::new() };
    world.sandbox.faults().next_actions([None, Some(throttled)]);
    let leave = ["import", "staff.csv", "--yes", "--missing", "leave", "--max-wait", "1h"];
    let args = [&leave[..], &["--managed-domain", "example.com"]].concat();
    let first = world.umbulk(&args);
    assert_eq!((first.status, world.action_requests()), (3, 2), "{first:?}");
    let asked = world.sandbox.traffic().len();
    let again = world.umbulk(&args);
    assert_eq!((again.status, world.sandbox.traffic().len()), (2, asked), "{again:?}");
    assert!(again.stderr.contains("longer than --max-wait allows"), "{again:?}");
}

#[test]
fn an_interrupted_leave_goes_on_with_the_same_people() {
    let (world, file) = crowd(
        40,
        30,
        SandboxOptions { latency: Duration::from_millis(150), ..SandboxOptions::default() },
    );
    world.write("staff.csv", &file);
    let args = [&["import", "staff.csv", "--missing", "leave", "--yes"], &MANAGED[..]].concat();
    let one_by_one = ["--concurrency", "1", "--rate", "1000/100ms", "--group-side", "never"];
    let slow = [&args[..], &one_by_one].concat();
    let mut child =
        world.command(&slow).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    // Four requests with the rows, and the second one with people who leave.
    while world.action_requests() < 6 {
        assert!(Instant::now() < until, "no request came");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = std::fs::read(world.path("staff.missing.csv")).unwrap();
    export(&world);
    assert!(people(&world).len() > 40);
    // Another thing is not begun meanwhile, and who is named now is not forgotten.
    let report = missing(&world, "report", &file, &[]);
    assert!(
        report.status == 2 && report.stderr.contains("--missing leave was interrupted"),
        "{report:?}"
    );
    let last = world.rows("staff.missing.csv").pop().unwrap()["email"].clone();
    let back =
        missing(&world, "leave", &(file.clone() + &format!("add,{last},Design\n")), &["--yes"]);
    assert!(back.status == 2 && back.stderr.contains(&last), "{back:?}");
    world.write("staff.csv", &file);
    let sent = world.action_requests();
    let run = world.umbulk(&args);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("continues     staff.missing.csv"), "{}", run.stderr);
    assert!(world.action_requests() <= sent + 2, "the rows and the first ten are not sent again");
    assert_eq!(people(&world).len(), 40);
    assert_eq!(world.statuses("staff.missing.results.csv"), vec!["ok"; 30]);
    assert_eq!(std::fs::read(world.path("staff.missing.csv")).unwrap(), before);
    let status = world.umbulk(&["status", "staff.missing.csv"]);
    assert!(status.stdout.contains("finished"), "{status:?}");
}

/// Another import names somebody who was still to leave. The list is older.
#[test]
fn interrupted_leave_exempts_whom_another_import_names() {
    for interrupt in ["-INT", "-KILL"] {
        let latency = Duration::from_millis(150);
        let (world, file) = crowd(40, 30, SandboxOptions { latency, ..SandboxOptions::default() });
        world.write("staff.csv", &file);
        let args = [&["import", "staff.csv", "--missing", "leave", "--yes"], &MANAGED[..]].concat();
        let slow = ["--concurrency", "1", "--rate", "1000/100ms", "--group-side", "never"];
        let mut command = world.command(&[&args[..], &slow].concat());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        crate::screens::wait_for(|| world.action_requests() >= 5);
        crate::resume::signal(&child, interrupt);
        child.wait().unwrap();
        let last = world.rows("staff.missing.csv").pop().unwrap()["email"].clone();
        let head = "action,email,groups\n";
        let other = world.import("b.csv", format!("{head}add,{last},Design\n"), &["--yes"]);
        assert_eq!(other.status, 0, "{other:?}");
        let again = world.umbulk(&args);
        assert!(people(&world).contains(&last), "{interrupt}: {again:?}");
        assert!(again.status == 2 && again.stderr.contains(&last), "{interrupt}: {again:?}");
    }
}

#[test]
fn test_mode_tells_who_is_missing_and_leaves_no_trace() {
    let world = world();
    let run = missing(&world, "leave", &staff(), &["--test-mode"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(emails(&world, "staff.missing.test.csv"), ["carl@example.com", "dora@example.com"]);
    assert!(
        !world.path("staff.missing.csv").exists() && !world.path("state/umbulk/missing").exists()
    );
    untouched(&world);
}

#[test]
fn a_rehearsal_shows_who_would_leave_and_leaves_no_trace() {
    let world = world();
    let run = missing(&world, "leave", &staff(), &["--sandbox"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(
        emails(&world, "staff.missing.sandbox.results.csv"),
        ["carl@example.com", "dora@example.com"]
    );
    assert_eq!(world.statuses("staff.missing.sandbox.results.csv"), ["ok", "ok"]);
    assert!(
        !world.path("staff.missing.csv").exists() && !world.path("state/umbulk/missing").exists()
    );
    assert_eq!(world.action_requests(), 0);
    untouched(&world);
}

#[test]
fn it_is_never_asked_for_by_the_environment_or_a_file() {
    let world = world();
    world.write("staff.csv", staff());
    let mut command = world.command(&[&["import", "staff.csv"], &MANAGED[..2]].concat());
    let said =
        run(command.env("UMBULK_MISSING", "leave").env("UMBULK_MANAGED_DOMAIN", "example.com"));
    assert!(
        said.status == 2
            && said.stderr.contains("UMBULK_MISSING")
            && said.stderr.contains("must be typed"),
        "{said:?}"
    );
    untouched(&world);
    world.write("umbulk.toml", "missing = \"leave\"\nmanaged-domain = \"example.com\"\n");
    let said = world.umbulk(&["import", "staff.csv", "--against", "users.csv"]);
    assert!(said.status == 2 && said.stderr.contains("must be typed"), "{said:?}");
    // Who is under management may stand there.
    world.write(
        "umbulk.toml",
        "managed-domain = [\"example.com\"]\nmanaged-type = [\"enterpriseID\"]\n",
    );
    let report =
        world.umbulk(&["import", "staff.csv", "--against", "users.csv", "--missing", "report"]);
    assert_eq!(report.status, 0, "{report:?}");
    assert_eq!(emails(&world, "staff.missing.csv"), ["dora@example.com"]);
}

#[test]
fn a_list_that_does_not_tell_who_is_active_lets_nobody_leave() {
    let world = world();
    let picked = [
        "export",
        "users",
        "--cached",
        "--columns",
        "type,email,username,domain,groups",
        "--out",
        "users.csv",
    ];
    assert_eq!(world.umbulk(&picked).status, 0);
    let run = missing(&world, "leave", &staff(), &["--yes"]);
    assert!(run.status == 2 && run.stderr.contains("column `status`"), "{run:?}");
    untouched(&world);
    assert_eq!(missing(&world, "report", &staff(), &[]).status, 0);
}

#[test]
fn a_file_written_from_a_snapshot_is_as_old_as_the_snapshot() {
    let world = world();
    std::thread::yield_now();
    assert_eq!(world.umbulk(&["export", "users", "--cached", "--out", "again.csv"]).status, 0);
    let written = |name: &str| std::fs::metadata(world.path(name)).unwrap().modified().unwrap();
    assert_eq!(written("again.csv"), written("users.csv"));
    assert!(written("users.csv") < SystemTime::now());
}

#[test]
fn rows_that_delete_and_people_who_are_missing_count_together() {
    let world = world();
    let file = staff() + "delete,u0@example.com,,,,,\n";
    let run = missing(&world, "leave", &file, &["--max-deletes", "2"]);
    assert!(run.status == 2 && run.stderr.contains("--max-deletes"), "{run:?}");
    untouched(&world);
    assert_eq!(missing(&world, "leave", &file, &["--max-deletes", "3"]).status, 0);
    assert_eq!(
        people(&world),
        without(&["carl@example.com", "dora@example.com", "u0@example.com"])
    );
}

#[test]
fn a_list_of_another_organization_is_none() {
    let world = world();
    let listed = world.umbulk(&["export", "users", "--snapshot", "--cached", "--out", "kept.csv"]);
    assert_eq!(listed.status, 0, "{listed:?}");
    let lists = world.path("state/umbulk/lists");
    let folder = std::fs::read_dir(lists).unwrap().next().unwrap().unwrap().path();
    world.write("staff.csv", staff());
    let list = folder.join("users.latest.snapshot");
    let words = ["import", "staff.csv", "--skip-unchanged", "--against", list.to_str().unwrap()];
    let run = run(world.command(&words).env("UMAPI_ORG_ID", "99999@AdobeOrg"));
    assert!(run.status == 2 && run.stderr.contains("this is a list of"), "{run:?}");
    untouched(&world);
}

#[test]
fn a_protected_person_may_be_written_as_username_and_domain() {
    let mut directory = organization();
    directory.add_user(&SandboxUser {
        username: "zed".into(),
        ..user("somebody@example.com", &["Video"])
    });
    let other = World::new(directory, SandboxOptions::default());
    export(&other);
    other.write("protect.txt", "pat@example.com\nzed@example.com\n");
    assert_eq!(missing(&other, "leave", &staff(), &["--yes"]).status, 0);
    assert!(
        people(&other).contains(&"somebody@example.com".to_owned())
            && !people(&other).contains(&"carl@example.com".to_owned())
    );
}

#[test]
fn people_of_a_later_import_are_not_missing() {
    let world = world();
    // An import that makes somebody an administrator: the list does not know.
    let made =
        world.import("admin.csv", "action,email,groups\nadd,carl@example.com,_admin_Design\n", &[]);
    assert_eq!(made.status, 0, "{made:?}");
    world.write("staff.csv", staff());
    let args = [
        "import",
        "staff.csv",
        "--missing",
        "leave",
        "--managed-domain",
        "example.com",
        "--protect",
        "protect.txt",
        "--yes",
    ];
    let run = world.umbulk(&[&args[..], &["--against", "latest"]].concat());
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(people(&world), without(&["dora@example.com"]));
    // What is confirmed counts: she is known to be one.
    assert!(run.stdout.contains("3 administrators"), "{}", run.stdout);
    // And who has left by that is not taken from the list afterwards.
    let back = "action,type,email,firstname,lastname,country\n\
                create,enterpriseID,dora@example.com,Dora,L,US\n";
    let run = world.import("back.csv", back, &["--skip-unchanged"]);
    assert_eq!(
        (run.status, world.statuses("back.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
}

#[test]
fn formula_like_names_survive_the_missing_file() {
    let mut directory = organization();
    directory.add_user(&user("'-zoe@example.com", &["Design"]));
    directory.add_user(&user("-zoe@example.com", &["Design"]));
    let world = World::new(directory, SandboxOptions::default());
    export(&world);
    world.write("protect.txt", "PAT@example.com\n");
    let run =
        missing(&world, "leave", &(staff() + "add,-zoe@example.com,,,Design,,\n"), &["--yes"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        people(&world).contains(&"-zoe@example.com".to_owned())
            && !people(&world).contains(&"'-zoe@example.com".to_owned())
    );
}

#[test]
fn max_missing_from_settings_does_not_allow_a_shrunken_file() {
    let world = world();
    assert_eq!(missing(&world, "report", &staff(), &[]).status, 0);
    world.write(
        "staff.csv",
        staff().lines().take(3).map(|line| format!("{line}\n")).collect::<String>(),
    );
    let args = [&["import", "staff.csv", "--missing", "leave", "--yes"], &MANAGED[..]].concat();
    let refused = run(world.command(&args).env("UMBULK_MAX_MISSING", "9"));
    assert!(refused.status == 2 && refused.stderr.contains("truncated"), "{refused:?}");
    untouched(&world);
    // A trial with a small file of the same people does not make the large one's fall small.
    world.write(
        "pilot.csv",
        staff().lines().take(2).map(|line| format!("{line}\n")).collect::<String>(),
    );
    let pilot =
        [&["import", "pilot.csv", "--missing", "report", "--max-missing", "20"], &MANAGED[..]]
            .concat();
    assert_eq!(world.umbulk(&pilot).status, 0);
    assert!(world.umbulk(&args).stderr.contains("truncated"));
}

#[test]
fn with_nobody_missing_an_earlier_runs_file_is_not_this_ones() {
    let world = world();
    assert_eq!(missing(&world, "report", &staff(), &[]).status, 0);
    assert!(world.path("staff.missing.csv").exists());
    let run =
        missing(&world, "remove-groups", &staff(), &["--manage-groups", "Nothing*", "--json"]);
    let last: serde_json::Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["missing"]["missing"], &last["missing"]["file"]),
        (&0.into(), &serde_json::Value::Null),
        "{run:?}"
    );
    assert!(
        run.stderr.contains("warning: --manage-groups `Nothing*` matches no group in "),
        "a pattern that matches nothing: {run:?}"
    );
}
