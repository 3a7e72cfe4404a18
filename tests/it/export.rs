//! Full lists: whole or not at all, once each, at the pace that is allowed.

use crate::scripted::{Answer, Scripted};
use crate::world::{Run, World, user};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use umbulk::sandbox::{
    Directory, Identity, Limit, Limits, Mix, RandomFault, SandboxGroup, SandboxOptions, SandboxUser,
};

/// Users of two domains and three types, some in groups.
fn organization(users: usize) -> Directory {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design, Print"));
    directory.add_group(&SandboxGroup::profile("All Apps"));
    for number in 0..users {
        let domain = if number % 3 == 0 { "example.org" } else { "example.com" };
        let mut user = SandboxUser::assumed(&format!("u{number}@{domain}"), None, number % 10 == 0);
        user.firstname = if number % 7 == 0 { "=Zoë".to_owned() } else { "Ann".to_owned() };
        user.lastname = "Lee".to_owned();
        user.country = "US".to_owned();
        if number % 10 == 1 {
            user.identity = Identity::Enterprise;
        }
        let groups: &[&str] = match number % 4 {
            0 => &["All Apps"],
            1 => &["All Apps", "Design, Print"],
            2 => &["_admin_All Apps"],
            _ => &[],
        };
        user.groups.extend(groups.iter().map(|group| (*group).to_owned()));
        directory.add_user(&user);
    }
    directory
}

fn world(users: usize, page_size: usize) -> World {
    World::new(organization(users), SandboxOptions { page_size, ..SandboxOptions::default() })
}

/// The binary, with no limit unless one is said.
fn umbulk(world: &World, args: &[&str]) -> Run {
    crate::world::run(world.command(args).env("UMBULK_RATE", "action=off,users=off,groups=off"))
}

fn emails(world: &World, file: &str) -> Vec<String> {
    let mut emails: Vec<String> = world.rows(file).iter().map(|row| row["email"].clone()).collect();
    emails.sort();
    emails
}

/// The emails of those users of the organization for whom `wanted` is true.
fn expected(world: &World, wanted: impl Fn(&SandboxUser) -> bool) -> Vec<String> {
    let mut emails: Vec<String> = world.sandbox.with_directory(|directory| {
        directory.users().filter(|user| wanted(user)).map(|user| user.email).collect()
    });
    emails.sort();
    emails
}

fn reads(world: &World, class: &str) -> usize {
    world.sandbox.traffic().iter().filter(|received| received.class == class).count()
}

fn state_folder(world: &World) -> PathBuf {
    let lists = world.path("state").join("umbulk/lists");
    std::fs::read_dir(lists).unwrap().next().unwrap().unwrap().path()
}

fn summary(run: &Run) -> serde_json::Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// Starts an export and waits until the server has seen so many reads of users.
fn started(world: &World, args: &[&str], seen: usize) -> Child {
    let child = world.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while reads(world, "users") < seen {
        assert!(Instant::now() < until, "no request came");
        std::thread::yield_now();
    }
    child
}

#[test]
fn the_whole_list_is_written_and_imports_again() {
    let world = world(250, 100);
    let run = umbulk(&world, &["export", "users"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        run.stdout.contains("Finished: 250 users") && run.stdout.contains("3  pages, 3 requests"),
        "{}",
        run.stdout
    );
    assert!(run.stderr.contains("3 pages"), "{}", run.stderr);
    assert_eq!(emails(&world, "users.csv"), expected(&world, |_| true));
    let row =
        world.rows("users.csv").into_iter().find(|row| row["email"] == "u1@example.com").unwrap();
    assert_eq!(
        (&*row["action"], &*row["type"], &*row["groups"], &*row["status"]),
        ("create", "enterpriseID", r#"["All Apps","Design, Print"]"#, "active")
    );
    assert!(!world.path("users.csv.partial").exists());
    assert_eq!(umbulk(&world, &["validate", "users.csv"]).status, 0);
    let run = umbulk(&world, &["export", "groups", "--json"]);
    assert_eq!((run.status, &summary(&run)["written"]), (0, &3.into()), "{run:?}");
    let groups: Vec<String> = world
        .rows("groups.csv")
        .iter()
        .map(|row| format!("{} {}", row["groupName"], row["type"]))
        .collect();
    assert_eq!(
        groups,
        [
            "Design, Print USER_GROUP",
            "All Apps PRODUCT_PROFILE",
            "_admin_All Apps PROFILE_ADMIN_GROUP"
        ]
    );
    assert!(umbulk(&world, &["validate", "groups.csv", "--action", "create-group"]).status < 2);
}

#[test]
fn large_export_survives_throttling_with_every_filter() {
    let mut troubles = Mix::default();
    for (trouble, chance) in [
        (RandomFault::TooMany, 0.01),
        (RandomFault::Status(502), 0.03),
        (RandomFault::CutBefore, 0.02),
        (RandomFault::CutAfter, 0.02),
        (RandomFault::Garbage, 0.03),
        (RandomFault::Truncated, 0.03),
        (RandomFault::Html, 0.02),
        (RandomFault::Token, 0.02),
    ] {
        troubles.set(trouble, chance);
    }
    let limits = Limits {
        users: Some(Limit { requests: 25, window: Duration::from_millis(200) }),
        ..Limits::default()
    };
    let world = World::new(
        organization(50_000),
        SandboxOptions { troubles, limits, page_size: 1000, ..SandboxOptions::default() },
    );
    let export = |more: &[&str]| {
        let rate =
            ["export", "users", "--force", "--max-attempts", "12", "--rate", "users=25/200ms"];
        let run = umbulk(&world, &[&rate[..], more].concat());
        assert_eq!(run.status, 0, "{more:?} {run:?}");
        emails(&world, "users.csv")
    };
    let in_group = |user: &SandboxUser, group: &str| user.groups.contains(group);
    assert!(export(&[]) == expected(&world, |_| true));
    assert!(
        export(&["--domain", "example.org"])
            == expected(&world, |user| user.domain == "example.org")
    );
    assert!(
        export(&["--type", "enterpriseID"])
            == expected(&world, |user| user.identity == Identity::Enterprise)
    );
    assert!(export(&["--status", "active", "--indirect"]) == expected(&world, |_| true));
    assert!(export(&["--status", "disabled"]).is_empty());
    let two =
        ["--group", "Design, Print", "--group", "_admin_All Apps", "--columns", "email,groups"];
    assert!(
        export(&two)
            == expected(&world, |user| in_group(user, "Design, Print")
                || in_group(user, "_admin_All Apps"))
    );
    let all =
        ["--group", "all apps", "--domain", "example.com", "--type", "adobe", "--status", "active"];
    let wanted = |user: &SandboxUser| {
        in_group(user, "All Apps")
            && user.domain == "example.com"
            && user.identity == Identity::Adobe
    };
    assert!(export(&all) == expected(&world, wanted));
}

#[test]
fn export_within_the_limits_is_never_throttled() {
    let limit = |requests| Some(Limit { requests, window: Duration::from_millis(400) });
    let limits = Limits { users: limit(25), groups: limit(5), ..Limits::default() };
    let mut directory = organization(600);
    (0..60).for_each(|number| {
        directory.add_group(&SandboxGroup::user_group(&format!("Team {number}")));
    });
    let world = World::new(
        directory,
        SandboxOptions { limits, page_size: 10, ..SandboxOptions::default() },
    );
    for what in ["users", "groups"] {
        let run =
            umbulk(&world, &["export", what, "--rate", "users=25/400ms,groups=5/400ms", "--json"]);
        assert_eq!((run.status, &summary(&run)["throttled"]), (0, &0.into()), "{run:?}");
    }
    assert_eq!((world.rows("users.csv").len(), world.rows("groups.csv").len()), (600, 63));
}

#[test]
fn killed_export_continues_and_file_appears_whole() {
    let world = world(400, 10);
    let args = ["export", "users", "--rate", "users=4/200ms", "--out", "all.csv"];
    world.write("all.csv", "an earlier one\n");
    let mut child = started(&world, &args, 12);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(std::fs::read_to_string(world.path("all.csv")).unwrap(), "an earlier one\n");
    assert!(world.path("all.csv.partial").exists());
    let before = reads(&world, "users");
    let run = umbulk(&world, &["export", "users", "--out", "all.csv", "--json"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("continues  "), "{}", run.stderr);
    let asked = reads(&world, "users") - before;
    assert!(asked <= 40 - 7, "{asked} of 40 pages were asked for again");
    assert_eq!(emails(&world, "all.csv"), expected(&world, |_| true));
    assert!(!world.path("all.csv.partial").exists());
    let aside = summary(&run)["aside"].as_str().unwrap().to_owned();
    assert_eq!(std::fs::read_to_string(world.path(&aside)).unwrap(), "an earlier one\n");
}

#[cfg(unix)]
#[test]
fn interrupted_export_says_how_to_continue() {
    let world = world(400, 10);
    let child = started(&world, &["export", "users", "--rate", "users=4/200ms", "--fresh"], 10);
    assert_eq!(
        crate::world::run(
            std::process::Command::new("kill").args(["-INT", &child.id().to_string()])
        )
        .status,
        0
    );
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(stdout.contains("Stopped because: interrupted"), "{stdout}");
    assert!(
        stdout.contains("To continue: umbulk export users --rate 'users=4/200ms'\n"),
        "{stdout}"
    );
    assert!(
        stdout.contains("Left:     ")
            && stdout.contains("Started now, the same command ends at about "),
        "{stdout}"
    );
    assert!(!world.path("users.csv").exists());
    // Page 0 is not asked for again.
    let run = umbulk(&world, &["export", "users"]);
    assert_eq!((run.status, world.rows("users.csv").len()), (0, 400), "{run:?}");
}

#[test]
fn full_list_twice_in_two_hours_needs_force() {
    let world = world(25, 10);
    assert_eq!(umbulk(&world, &["export", "users"]).status, 0);
    let seen = reads(&world, "users");
    let again = umbulk(&world, &["export", "users", "--domain", "example.com"]);
    assert_eq!((again.status, reads(&world, "users")), (2, seen), "{again:?}");
    for part in ["two hours", "--cached", "--force", "nothing was requested"] {
        assert!(again.stderr.contains(part), "{part}: {}", again.stderr);
    }
    world.sandbox.with_directory(|directory| assert_eq!(directory.user_count(), 25));
    let cached = umbulk(&world, &["export", "users", "--cached", "--out", "cached.csv", "--json"]);
    assert_eq!((cached.status, reads(&world, "users")), (0, seen), "{cached:?}");
    let said = summary(&cached);
    assert_eq!(
        (&said["cached"], &said["written"], &said["requests"]),
        (&true.into(), &25.into(), &0.into())
    );
    assert_eq!(
        std::fs::read(world.path("cached.csv")).unwrap(),
        std::fs::read(world.path("users.csv")).unwrap()
    );
    // Groups are another list, and members are not throttled so.
    assert_eq!(umbulk(&world, &["export", "groups"]).status, 0);
    assert_eq!(umbulk(&world, &["export", "groups"]).status, 2);
    assert_eq!(umbulk(&world, &["export", "users", "--group", "All Apps"]).status, 0);
    assert_eq!(umbulk(&world, &["export", "users", "--group", "All Apps"]).status, 0);
    let forced = umbulk(&world, &["export", "users", "--force"]);
    assert_eq!((forced.status, world.rows("users.csv").len()), (0, 25), "{forced:?}");
    // Another organization is another matter.
    let other =
        world.command(&["export", "users"]).env("UMAPI_ORG_ID", "other@AdobeOrg").output().unwrap();
    assert!(!String::from_utf8_lossy(&other.stderr).contains("two hours"), "{other:?}");
}

#[test]
fn what_is_stored_answers_narrower_questions() {
    let world = world(60, 25);
    assert_eq!(umbulk(&world, &["export", "users"]).status, 0);
    let seen = reads(&world, "users");
    let run = umbulk(
        &world,
        &["export", "users", "--cached", "--domain", "example.org", "--out", "a.csv"],
    );
    assert_eq!(
        (run.status, emails(&world, "a.csv")),
        (0, expected(&world, |user| user.domain == "example.org")),
        "{run:?}"
    );
    let run = umbulk(
        &world,
        &["export", "users", "--cached", "--group", "design, PRINT", "--out", "b.csv"],
    );
    assert_eq!(
        (run.status, emails(&world, "b.csv")),
        (0, expected(&world, |user| user.groups.contains("Design, Print"))),
        "{run:?}"
    );
    let run =
        umbulk(&world, &["export", "users", "--cached", "--group", "Desing", "--out", "c.csv"]);
    assert_eq!((run.status, world.path("c.csv").exists()), (2, false), "{run:?}");
    let run = umbulk(&world, &["export", "users", "--cached", "--indirect"]);
    assert!(run.status == 2 && run.stderr.contains("no snapshot"), "{run:?}");
    assert_eq!(reads(&world, "users"), seen);
}

#[test]
fn refused_first_page_leaves_nothing_behind() {
    let world = world(5, 10);
    let refused =
        world.command(&["export", "users"]).env("UMAPI_ORG_ID", "wrong@AdobeOrg").output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let refused =
        world.command(&["export", "users"]).env("UMAPI_ORG_ID", "wrong@AdobeOrg").output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("UMAPI_ORG_ID"), "{refused:?}");
    assert!(!world.path("users.csv").exists() && !world.path("users.csv.partial").exists());
}

#[test]
fn blocked_export_waits_as_long_as_allowed() {
    let limits = Limits {
        page0: Some(Limit { requests: 1, window: Duration::from_secs(2) }),
        ..Limits::default()
    };
    let world = World::new(organization(5), SandboxOptions { limits, ..SandboxOptions::default() });
    assert_eq!(umbulk(&world, &["export", "users"]).status, 0);
    let impatient = umbulk(&world, &["export", "users", "--force", "--max-wait", "500ms"]);
    assert!(
        impatient.status == 2 && impatient.stderr.contains("too many requests"),
        "{impatient:?}"
    );
    assert!(umbulk(&world, &["export", "users"]).stderr.contains("two hours"));
    let patient = umbulk(&world, &["export", "users", "--force", "--json", "-v"]);
    assert_eq!(patient.status, 0, "{patient:?}");
    assert!(
        patient.stderr.contains("page 0: 5 listed, 5 of them new, 5 to be written"),
        "{}",
        patient.stderr
    );
}

#[test]
fn a_mistyped_group_is_an_error_and_not_an_empty_file() {
    let world = world(20, 10);
    assert_eq!(umbulk(&world, &["export", "groups"]).status, 0);
    let run =
        umbulk(&world, &["export", "users", "--group", "All Apps", "--group", "Desing, Print"]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(
        run.stderr.contains("`Desing, Print`") && run.stderr.contains("There is `Design, Print`"),
        "{}",
        run.stderr
    );
    assert!(!world.path("users.csv").exists() && !world.path("users.csv.partial").exists());
}

#[test]
fn technical_accounts_are_counted_and_the_difference_is_said() {
    let mut directory = organization(10);
    for number in 0..3 {
        directory.add_user(&SandboxUser {
            technical: true,
            ..user(&format!("t{number}@techacct.adobe.com"), &[])
        });
    }
    let world = World::new(directory, SandboxOptions::default());
    let run = umbulk(&world, &["export", "users", "--json"]);
    assert!(
        run.stderr.contains(
            "note: the server counts 13 users and listed 10: 3 are most likely technical accounts"
        ),
        "{run:?}"
    );
    let said = summary(&run);
    assert_eq!((run.status, &said["total"], &said["listed"]), (0, &13.into(), &10.into()));
}

fn page(
    number: u32,
    pages: Option<u32>,
    last: bool,
    ids: impl IntoIterator<Item = u32>,
) -> (String, Answer) {
    numbered(number, number, pages, last, ids)
}

fn numbered(
    number: u32,
    current: u32,
    pages: Option<u32>,
    last: bool,
    ids: impl IntoIterator<Item = u32>,
) -> (String, Answer) {
    let users: Vec<String> = ids
        .into_iter()
        .map(|id| format!(r#"{{"id":"{id}","email":"u{id}@example.com","type":"federatedID"}}"#))
        .collect();
    let mut headers = Vec::new();
    if let Some(pages) = pages {
        headers = vec![
            ("X-Page-Count", pages.to_string()),
            ("X-Current-Page", current.to_string()),
            ("X-Total-Count", "6".to_owned()),
        ];
    }
    let body = format!(r#"{{"lastPage":{last},"result":"success","users":[{}]}}"#, users.join(","));
    (format!("users/1@AdobeOrg/{number}"), Answer { headers, body, after: None })
}

/// Exports the pages of a server that answers so.
fn scripted(pages: Vec<(String, Answer)>) -> (Vec<String>, Run, Scripted) {
    let folder = tempfile::tempdir().unwrap();
    let server = Scripted::start(pages);
    let run = server.umbulk(folder.path(), &["export", "users", "--json", "--columns", "id"]);
    let text = std::fs::read_to_string(folder.path().join("users.csv")).unwrap_or_default();
    (text.lines().skip(1).map(ToOwned::to_owned).collect(), run, server)
}

#[test]
fn user_listed_twice_is_written_once_with_a_note() {
    let pages = vec![
        page(0, Some(3), false, [1, 2]),
        page(1, Some(3), false, [2, 3]),
        page(2, Some(3), true, [3, 4]),
    ];
    let (ids, run, _) = scripted(pages);
    assert_eq!(
        (ids, run.status),
        (vec!["1".to_owned(), "2".to_owned(), "3".to_owned(), "4".to_owned()], 0),
        "{run:?}"
    );
    assert!(
        run.stderr.contains("2 users were listed more than once")
            && run.stderr.contains("counts 6 users and listed 4"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_list_that_grows_or_shrinks_meanwhile_ends_where_it_ends() {
    let (ids, run, server) = scripted(vec![
        page(0, Some(2), false, [1]),
        page(1, Some(3), false, [2]),
        page(2, Some(4), false, [3]),
        page(3, Some(4), true, [4]),
    ]);
    assert_eq!((ids.len(), run.status, server.asked().len()), (4, 0, 4), "{run:?}");
    // It shrank from six pages to two: what is asked for beyond is the last one again.
    let mut pages = vec![page(0, Some(6), false, [1]), page(1, Some(6), false, [2])];
    pages.extend((2..6).map(|number| numbered(number, 1, Some(2), true, [2])));
    let (ids, run, _) = scripted(pages);
    assert_eq!((ids.len(), run.status), (2, 0), "{run:?}");
}

#[test]
fn pages_of_technical_accounts_alone_are_no_end() {
    let pages = vec![
        page(0, Some(4), false, [1]),
        page(1, Some(4), false, []),
        page(2, Some(4), false, []),
        page(3, Some(4), true, [2]),
    ];
    let (ids, run, _) = scripted(pages);
    assert_eq!((ids.len(), run.status), (2, 0), "{run:?}");
    assert!(
        run.stderr.contains("counts 6 users and listed 2: 4 are most likely technical accounts"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_last_page_repeated_past_the_end_does_not_loop() {
    // Nothing in the headers, and no page says that it is the last.
    let mut pages = vec![page(0, None, false, [1]), page(1, None, false, [2])];
    pages.extend((2..50).map(|number| page(number, None, false, [2])));
    let (ids, run, server) = scripted(pages);
    assert_eq!((ids.len(), run.status, server.asked().len()), (2, 0, 3), "{run:?}");
    // The same users in another order each time.
    let mut pages = vec![page(0, None, false, [1, 2, 3])];
    pages.extend((1..50).map(|number| {
        page(number, None, false, if number % 2 == 0 { [1, 3, 2] } else { [3, 2, 1] })
    }));
    let (ids, run, server) = scripted(pages);
    assert_eq!((ids.len(), run.status, server.asked().len()), (3, 0, 2), "{run:?}");
}

#[test]
fn pages_are_fetched_in_parallel_and_written_in_order() {
    let mut pages = vec![
        page(0, Some(3), false, [1]),
        page(1, Some(3), false, [2]),
        page(2, Some(3), true, [3]),
    ];
    pages[1].1.after = Some("users/1@AdobeOrg/2".to_owned());
    let (ids, run, server) = scripted(pages);
    assert_eq!((ids.join(" "), run.status), ("1 2 3".to_owned(), 0), "{run:?}");
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn a_page_that_is_none_stops_the_export_which_then_goes_on() {
    let mut broken = page(1, Some(2), true, [2]);
    broken.1.body = r#"{"lastPage":true,"users":7}"#.to_owned();
    let (ids, run, server) = scripted(vec![page(0, Some(2), false, [1]), broken]);
    assert_eq!((ids.len(), run.status), (0, 3), "{run:?}");
    assert!(summary(&run)["stopped"].as_str().unwrap().contains("page 1"), "{run:?}");
    assert_eq!(server.asked().iter().filter(|path| path.ends_with("/1")).count(), 2);
}

fn uncompressed(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("gz") => {
            std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text)
                .map(|_| ())
                .unwrap();
        }
        _ => text = String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap(),
    }
    text
}

#[test]
fn standard_output_and_compressed_files_hold_the_same_list() {
    let world = world(30, 10);
    assert_eq!(umbulk(&world, &["export", "users"]).status, 0);
    let plain = std::fs::read_to_string(world.path("users.csv")).unwrap();
    let piped = umbulk(&world, &["export", "users", "--cached", "--out", "-"]);
    assert_eq!((piped.status, &piped.stdout), (0, &plain));
    assert!(piped.stderr.contains("Finished: 30 users"), "{}", piped.stderr);
    for file in ["a.csv.gz", "a.csv.zst"] {
        assert_eq!(umbulk(&world, &["export", "users", "--cached", "--out", file]).status, 0);
        assert_eq!(uncompressed(&world.path(file)), plain);
        assert_eq!(umbulk(&world, &["validate", file]).status, 0);
    }
    let run = umbulk(
        &world,
        &["export", "users", "--cached", "--out", "a.jsonl.gz", "--columns", "email,groups"],
    );
    assert_eq!(run.status, 0, "{run:?}");
    let lines = uncompressed(&world.path("a.jsonl.gz"));
    assert!(
        lines.contains(
            "{\"email\":\"u1@example.com\",\"groups\":[\"All Apps\",\"Design, Print\"]}\n"
        ),
        "{lines}"
    );
    let run = umbulk(&world, &["export", "users", "--cached", "--out", "-", "-q", "--json"]);
    assert_eq!((run.status, &*run.stderr), (0, ""), "{run:?}");
}

#[test]
fn every_dialect_imports_again_as_what_it_is() {
    let world = world(40, 25);
    assert_eq!(umbulk(&world, &["export", "groups"]).status, 0);
    assert_eq!(umbulk(&world, &["export", "users"]).status, 0);
    for (dialect, told) in [
        ("native", "native"),
        ("umapi-cli", "umapi-cli-users-create"),
        ("user-sync", "umapi-cli-users-create"),
        ("admin-console", "admin-console"),
    ] {
        let file = format!("{dialect}.csv");
        let run =
            umbulk(&world, &["export", "users", "--cached", "--dialect", dialect, "--out", &file]);
        assert_eq!(run.status, 0, "{run:?}");
        let check = umbulk(&world, &["validate", &file]);
        assert_eq!(check.status, 0, "{dialect}: {check:?}");
        let plan = umbulk(&world, &["plan", &file]);
        assert!(plan.stdout.contains(&format!("({told})")), "{dialect}: {plan:?}");
        let row = world
            .rows(&file)
            .into_iter()
            .find(|row| row.values().any(|cell| cell == "u2@example.com"))
            .unwrap();
        let admin = if dialect == "admin-console" {
            &row["Product Configurations Administered"]
        } else {
            &row["groups"]
        };
        assert_eq!(admin, if dialect == "admin-console" { "All Apps" } else { "_admin_All Apps" });
    }
    assert!(
        std::fs::read(world.path("admin-console.csv"))
            .unwrap()
            .starts_with("\u{feff}Identity Type,".as_bytes())
    );
    let unknown = umbulk(&world, &["export", "users", "--cached", "--columns", "email,gruops"]);
    assert!(
        unknown.status == 2
            && unknown.stderr.contains("`gruops`")
            && unknown.stderr.contains("groups,id,status"),
        "{unknown:?}"
    );
    let run = umbulk(
        &world,
        &["export", "groups", "--cached", "--type", "product-profile", "--out", "profiles.jsonl"],
    );
    let text = std::fs::read_to_string(world.path("profiles.jsonl")).unwrap_or_default();
    assert!(
        run.status == 0 && text.lines().count() == 1 && text.contains("\"groupName\":\"All Apps\""),
        "{run:?} {text}"
    );
}

#[test]
fn a_list_for_spreadsheets_runs_no_formula() {
    let world = world(15, 10);
    let run = umbulk(&world, &["export", "users", "--excel", "--indirect"]);
    assert_eq!(run.status, 0, "{run:?}");
    let text = std::fs::read_to_string(world.path("users.csv")).unwrap();
    assert!(text.starts_with("\u{feff}action,") && text.lines().count() == 16);
    assert!(
        text.split_inclusive('\n')
            .all(|line| line.ends_with(",yes\r\n") || line.ends_with(",indirect\r\n")),
        "{text}"
    );
    assert!(text.contains(",'=Zoë,") && !text.contains(",=Zoë,"));
    let run = umbulk(
        &world,
        &["export", "users", "--excel", "--indirect", "--cached", "--out", "a.jsonl"],
    );
    assert_eq!(run.status, 2, "{run:?}");
    let run = umbulk(&world, &["export", "users", "--indirect", "--cached", "--out", "a.jsonl"]);
    let text = std::fs::read_to_string(world.path("a.jsonl")).unwrap();
    assert!(
        run.status == 0 && text.lines().all(|line| line.ends_with("\"indirect\":\"yes\"}")),
        "{text}"
    );
}

#[test]
fn kept_lists_are_dated_compressed_and_nobody_elses_to_read() {
    let world = world(300, 100);
    for what in ["users", "groups"] {
        let run = umbulk(&world, &["export", what, "--snapshot", "--json"]);
        assert_eq!(
            (run.status, summary(&run)["snapshots"].as_array().map(Vec::len)),
            (0, Some(1)),
            "{run:?}"
        );
    }
    let folder = state_folder(&world);
    let names: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let kept: Vec<&String> =
        names.iter().filter(|name| name.starts_with("20") && name.ends_with(".snapshot")).collect();
    assert_eq!(kept.len(), 2, "{names:?}");
    assert!(
        !names.iter().any(|name| name.ends_with(".partial") || name.ends_with(".lock")),
        "{names:?}"
    );
    #[cfg(unix)]
    for entry in std::fs::read_dir(&folder).unwrap() {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o077, 0);
    }
    let path = kept
        .iter()
        .find(|name| name.ends_with("-users.snapshot"))
        .map(|name| folder.join(name))
        .unwrap();
    assert!(umbulk::internals::Snapshot::is_one(&std::fs::read(&path).unwrap()));
    let snapshot = umbulk::internals::Snapshot::open(&path).unwrap();
    let users: usize =
        snapshot.pages().unwrap().map(|page| page.unwrap().users().unwrap().users.len()).sum();
    assert_eq!((users, snapshot.total()), (300, Some(300)));
    assert!(std::fs::metadata(&path).unwrap().len() < 20_000);
}

#[test]
fn two_exports_at_once_exclude_each_other() {
    let world = world(400, 10);
    let mut child = started(&world, &["export", "users", "--rate", "users=4/400ms"], 3);
    let second = umbulk(&world, &["export", "users", "--out", "other.csv"]);
    assert!(second.status == 2 && second.stderr.contains("another export"), "{second:?}");
    let members = umbulk(&world, &["export", "users", "--group", "All Apps"]);
    assert!(members.status == 2 && members.stderr.contains("users.csv.partial"), "{members:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(umbulk(&world, &["export", "users"]).status, 0);
}

#[test]
fn what_cannot_be_written_is_said_before_anything_is_asked() {
    let world = world(5, 10);
    for out in ["missing/users.csv", ".", "users.xls"] {
        let run = umbulk(&world, &["export", "users", "--out", out]);
        assert_eq!((run.status, reads(&world, "users")), (2, 0), "{run:?}");
    }
    let run = umbulk(&world, &["export", "groups", "--domain", "example.com"]);
    assert!(run.status == 2 && run.stderr.contains("applies to users only"), "{run:?}");
    assert_eq!(umbulk(&world, &["export", "users"]).status, 0);
}

#[test]
fn page_with_wrong_number_is_fetched_again() {
    let wrong = numbered(1, 0, Some(3), false, [1]);
    let (ids, run, server) =
        scripted(vec![page(0, Some(3), false, [1]), wrong, page(2, Some(3), true, [3])]);
    assert_eq!((ids.len(), run.status), (0, 3), "{run:?}");
    assert!(summary(&run)["stopped"].as_str().unwrap().contains("page 1"), "{run:?}");
    assert_eq!(server.asked().iter().filter(|path| path.ends_with("/1")).count(), 3);
    // A page in the middle that calls itself the last one ends nothing.
    let (ids, run, _) = scripted(vec![
        page(0, Some(3), false, [1]),
        page(1, Some(3), true, [2]),
        page(2, Some(3), true, [3]),
    ]);
    assert_eq!((ids.join(" "), run.status), ("1 2 3".to_owned(), 0), "{run:?}");
}

#[test]
fn an_error_in_the_shape_of_a_page_is_no_empty_page() {
    let mut broken = page(1, Some(2), true, [2]);
    broken.1.body = r#"{"result":"error.internal.timeout","message":"later"}"#.to_owned();
    let (ids, run, _) = scripted(vec![page(0, Some(2), false, [1]), broken]);
    assert_eq!((ids.len(), run.status), (0, 3), "{run:?}");
}

#[test]
fn odd_values_of_one_user_keep_nobody_from_being_listed() {
    let mut odd = page(0, Some(1), true, []);
    odd.1.body = r#"{"lastPage":true,"users":[null,{"id":"1","firstname":"A\ud83d"},{"id":"2","groups":null}]}"#.to_owned();
    let (ids, run, _) = scripted(vec![odd]);
    assert_eq!((ids.join(" "), run.status), ("1 2".to_owned(), 0), "{run:?}");
}

#[test]
fn no_group_means_everybody_and_no_domain_either() {
    let world = world(5, 10);
    for group in [".", ".."] {
        let run = umbulk(&world, &["export", "users", "--group", group, "--out", "dot.csv"]);
        assert!(run.status == 2 && run.stderr.contains("No file was written"), "{run:?}");
    }
    let run = umbulk(&world, &["export", "users", "--domain", "", "--out", "dot.csv"]);
    assert!(run.status == 2 && run.stderr.contains("--domain"), "{run:?}");
    assert!(!world.path("dot.csv").exists());
}

#[test]
fn mistyped_group_leaves_nothing_behind() {
    let world = world(30, 10);
    let run = umbulk(
        &world,
        &["export", "users", "--group", "All Apps", "--group", "Typo", "--out", "a.csv"],
    );
    assert_eq!(run.status, 2, "{run:?}");
    let left: Vec<_> = std::fs::read_dir(state_folder(&world))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".partial")), "{left:?}");
    let run = umbulk(&world, &["export", "users", "--group", "All Apps", "--out", "a.csv"]);
    assert!(run.status == 0 && !run.stderr.contains("continues  "), "{run:?}");
}

#[test]
fn a_list_whose_page_0_was_damaged_is_begun_anew() {
    let world = world(60, 10);
    let mut child = started(&world, &["export", "users", "--rate", "users=3/100ms"], 3);
    child.kill().unwrap();
    child.wait().unwrap();
    let partial = state_folder(&world).join("users.partial");
    let mut bytes = std::fs::read(&partial).unwrap();
    let place = bytes.windows(4).position(|four| four == [0x28, 0xb5, 0x2f, 0xfd]).unwrap();
    bytes[place + 20] ^= 0xff;
    std::fs::write(&partial, bytes).unwrap();
    let run = umbulk(&world, &["export", "users"]);
    assert!(run.status == 2 && run.stderr.contains("--force"), "{run:?}");
    let run = umbulk(&world, &["export", "users", "--force"]);
    assert_eq!((run.status, emails(&world, "users.csv").len()), (0, 60), "{run:?}");
}

#[test]
fn a_server_that_counts_its_pages_from_1_is_understood() {
    let pages = vec![
        numbered(0, 1, Some(3), false, [1]),
        numbered(1, 2, Some(3), false, [2]),
        numbered(2, 3, Some(3), true, [3]),
    ];
    let (ids, run, _) = scripted(pages);
    assert_eq!((ids.join(" "), run.status), ("1 2 3".to_owned(), 0), "{run:?}");
}

#[cfg(unix)]
#[test]
fn dev_stdout_gets_only_the_list() {
    let world = world(5, 10);
    assert_eq!(umbulk(&world, &["export", "users", "--out", "users.csv"]).status, 0);
    let link = world.path("out");
    std::os::unix::fs::symlink("/proc/self/fd/1", &link).unwrap();
    for (args, begins) in [
        (&["export", "users", "--cached", "--out", "out"][..], "action,"),
        (&["usage", "--csv", "--out", "out"], "section,"),
    ] {
        let file = std::fs::File::create(world.path("shown")).unwrap();
        let status = world.command(args).stdout(file).stderr(Stdio::null()).status().unwrap();
        let shown = std::fs::read_to_string(world.path("shown")).unwrap();
        assert!(
            status.success() && shown.starts_with(begins) && !shown.contains("Finished"),
            "{args:?}: {shown}"
        );
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
