//! What imports from this computer have confirmed counts as if the snapshot showed it; what is not
//! certain is not relied upon.

use crate::misbehaviour::{self, GROUPS, PEOPLE, misbehaviour};
use crate::only_changes::{Row, dump, file, organization, people, random_directory, rows};
use crate::world::{Run, World, user};
use proptest::prelude::*;
use serde_json::Value;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, Identity, SandboxGroup, SandboxOptions, SandboxUser, UserStatus};

/// Every kind of change of a user.
const WEEKLY: &str = "action,email,username,domain,firstname,lastname,country,groups,add_groups,\
                      remove_groups,new_email\n\
    create,new@example.com,,,New,User,US,Design,,,\n\
    create,eve@example.com,eve,example.com,Eve,Moss,US,,,,\n\
    update,ann@example.com,,,Anna,,,,Video,Design,\n\
    update,bob@example.com,,,,,,,,,robert@example.com\n\
    add,nameless@example.com,,,,,,\"Design,Video\",,,\n\
    delete,gone@example.com,,,,,,,,,\n\
    remove-all,full@example.com,,,,,,,,,\n";

fn world() -> World {
    slow(Duration::ZERO)
}

fn slow(latency: Duration) -> World {
    let mut directory = organization();
    directory.add_user(&user("gone@example.com", &["Design"]));
    directory.add_user(&user("full@example.com", &["Design", "Video"]));
    World::new(directory, SandboxOptions { latency, ..SandboxOptions::default() })
}

fn export(world: &World, more: &[&str]) {
    for what in ["users", "groups"] {
        let run = world.umbulk(&[&["export", what], more].concat());
        assert_eq!(run.status, 0, "{run:?}");
    }
}

/// Imports a file by the snapshot, whatever was imported of it before, and tells the statuses.
fn compared(world: &World, name: &str, content: &str) -> (Run, Vec<String>) {
    let run =
        world.import(&format!("{name}.csv"), content, &["--skip-unchanged", "--fresh", "--yes"]);
    let statuses =
        if run.status < 2 { world.statuses(&format!("{name}.results.csv")) } else { Vec::new() };
    (run, statuses)
}

fn plan(world: &World, name: &str, more: &[&str]) -> Value {
    let run = world.umbulk(&[&["plan", name, "--json"], more].concat());
    assert!(run.status < 2, "{run:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn file_imported_an_hour_ago_plans_nothing() {
    let world = world();
    export(&world, &[]);
    let first = world.import("weekly.csv", WEEKLY, &["--yes"]);
    assert_eq!(first.status, 0, "{first:?} {:?}", world.rows("weekly.results.csv"));
    let (sent, before) = (world.action_requests(), dump(&world));
    let planned = plan(&world, "weekly.csv", &["--skip-unchanged"]);
    assert_eq!((&planned["requests"], &planned["unchanged"]), (&0.into(), &7.into()), "{planned}");
    let (run, statuses) = compared(&world, "again", WEEKLY);
    assert_eq!(
        (run.status, statuses),
        (0, vec!["unchanged".to_owned(); 7]),
        "{run:?} {:?}",
        world.rows("again.results.csv")
    );
    assert_eq!((world.action_requests(), dump(&world)), (sent, before));
    assert!(run.stderr.contains("imports from this computer"), "{}", run.stderr);
    let message = &world.rows("again.results.csv")[0]["umbulk_message"];
    assert!(message.contains("with changes by imports from this computer until"), "{message}");
    // A list that is newer says the same by itself.
    export(&world, &["--force"]);
    let planned = plan(&world, "weekly.csv", &["--skip-unchanged"]);
    assert_eq!(&planned["requests"], 0, "{planned}");
}

#[test]
fn cell_edited_after_the_import_is_said() {
    let world = world();
    export(&world, &[]);
    let file = "email,username,domain,firstname,lastname,country\n\
                new@example.com,new,example.com,New,User,US\n";
    assert_eq!(world.import("a.csv", file, &[]).status, 0);
    let (run, statuses) =
        compared(&world, "b", &file.replace("User", "Usher").replace("new@", "newer@"));
    let row = &world.rows("b.results.csv")[0];
    assert_eq!((run.status, statuses), (0, vec!["unchanged".to_owned()]), "{run:?}");
    assert!(
        row["umbulk_effect"].contains("differs:lastname")
            && row["umbulk_effect"].contains("differs:email"),
        "{row:?}"
    );
    assert!(
        row["umbulk_message"].contains("`User`")
            && row["umbulk_message"].contains("`new@example.com`"),
        "{row:?}"
    );
}

/// Lists show active accounts only: somebody who was there unseen has kept her names, and a create
/// step says nothing of them.
#[test]
fn somebody_who_was_there_unseen_is_changed_all_the_same() {
    let mut directory = organization();
    directory.add_user(&SandboxUser {
        status: UserStatus::Disabled,
        firstname: "Old".into(),
        ..user("eve@example.com", &["Design"])
    });
    let world = World::new(directory, SandboxOptions::default());
    export(&world, &[]);
    let create = "email,firstname,lastname,country\neve@example.com,Eve,Moss,US\n";
    assert_eq!(world.import("a.csv", create, &[]).status, 0);
    let (run, statuses) =
        compared(&world, "b", "action,email,firstname,lastname\nupdate,eve@example.com,Eve,Moss\n");
    assert_eq!((run.status, statuses), (0, vec!["ok".to_owned()]), "{run:?}");
    assert_eq!(world.sandbox.directory().user("eve@example.com").unwrap().firstname, "Eve");
    // She may be in groups of which the list knows nothing.
    let remove = "action,email,groups\nremove,eve@example.com,Design\n";
    let (run, statuses) = compared(&world, "c", remove);
    assert_eq!(
        (run.status, statuses, world.groups_of("eve@example.com")),
        (0, vec!["ok".to_owned()], Some(Vec::new())),
        "{run:?}"
    );
    assert_eq!(compared(&world, "d", remove).1, ["unchanged"]);
    // Now her names are known.
    assert_eq!(
        compared(&world, "b", "action,email,firstname,lastname\nupdate,eve@example.com,Eve,Moss\n")
            .1,
        ["unchanged"]
    );
}

#[test]
fn people_of_a_row_that_failed_are_not_compared() {
    let world = world();
    export(&world, &[]);
    let file = "action,email,firstname,lastname,country,new_email,groups\n\
        create,one@example.com,One,User,US,,Design\n\
        update,bob@example.com,Robert,,,ann@example.com,\n\
        create,two@example.com,Two,User,US,,Design\n";
    assert_eq!(world.import("a.csv", file, &[]).status, 1);
    assert_eq!(world.statuses("a.results.csv"), ["ok", "failed", "ok"]);
    // Bob may have another first name by now: nobody knows. What the list says of him is not taken
    // for true.
    let next = "action,email,firstname,lastname,country,groups\n\
        create,one@example.com,One,User,US,Design\n\
        update,bob@example.com,First,,,\n\
        create,two@example.com,Two,User,US,Design\n";
    let (run, statuses) = compared(&world, "b", next);
    assert_eq!(
        (run.status, statuses),
        (0, vec!["unchanged".to_owned(), "ok".to_owned(), "unchanged".to_owned()]),
        "{run:?}"
    );
    assert!(run.stderr.contains("are not compared"), "{}", run.stderr);
}

/// A file of many creates.
fn creates(prefix: &str, rows: usize) -> String {
    let rows =
        (0..rows).map(|number| format!("create,{prefix}{number}@example.com,New,User,US,Design\n"));
    "action,email,firstname,lastname,country,groups\n".to_owned() + &rows.collect::<String>()
}

fn spawn(world: &World, args: &[&str]) -> Child {
    world.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn wait_for_requests(world: &World, requests: usize) {
    let until = Instant::now() + Duration::from_secs(60);
    while world.action_requests() < requests {
        assert!(Instant::now() < until, "no request came");
        std::thread::yield_now();
    }
}

#[test]
fn people_of_a_killed_import_are_not_compared() {
    let world = slow(Duration::from_millis(100));
    export(&world, &[]);
    world.write("a.csv", creates("new", 40));
    let args = ["import", "a.csv", "--concurrency", "1", "--rate", "1000/100ms"];
    let mut child = spawn(&world, &args);
    wait_for_requests(&world, 2);
    child.kill().unwrap();
    child.wait().unwrap();
    // Nobody knows how far it has come.
    let planned = plan(&world, "a.csv", &["--skip-unchanged"]);
    assert_eq!((&planned["sendable"], &planned["unchanged"]), (&40.into(), &0.into()), "{planned}");
    let run = world.umbulk(&args);
    assert!(run.status == 0 && run.stderr.contains("continues  "), "{run:?}");
    let planned = plan(&world, "a.csv", &["--skip-unchanged"]);
    assert_eq!((&planned["requests"], &planned["unchanged"]), (&0.into(), &40.into()), "{planned}");
}

#[test]
fn rows_that_a_stopped_import_has_confirmed_are_compared() {
    let world = slow(Duration::from_millis(100));
    export(&world, &[]);
    world.write("a.csv", creates("new", 40));
    let args = ["import", "a.csv", "--concurrency", "1", "--rate", "1000/100ms"];
    let mut child = spawn(&world, &args);
    wait_for_requests(&world, 2);
    crate::resume::signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let ok = world.statuses("a.results.csv").iter().filter(|status| *status == "ok").count();
    assert!(ok >= 10, "{ok}");
    let planned = plan(&world, "a.csv", &["--skip-unchanged"]);
    assert_eq!(
        (planned["unchanged"].as_u64(), planned["sendable"].as_u64()),
        (Some(ok as u64), Some(40 - ok as u64)),
        "{planned}"
    );
}

#[test]
fn two_imports_at_once_are_both_taken_into_the_list() {
    let world = slow(Duration::from_millis(50));
    export(&world, &[]);
    world.write("a.csv", creates("a", 30));
    world.write("b.csv", creates("b", 30) + "create,a1@example.com,Other,Name,US,Video\n");
    let both = ["a.csv", "b.csv"].map(|name| spawn(&world, &["import", name]));
    for mut child in both {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    let [a, b] = ["a.csv", "b.csv"].map(|name| plan(&world, name, &["--skip-unchanged"]));
    // Who is in both may be as either has left her.
    assert_eq!((&a["unchanged"], &a["sendable"]), (&29.into(), &1.into()), "{a}");
    assert_eq!((&b["unchanged"], &b["sendable"]), (&30.into(), &1.into()), "{b}");
}

#[test]
fn import_into_another_organization_changes_no_list_of_this_one() {
    let world = world();
    let other = World::new(
        organization(),
        SandboxOptions { org_id: "99999@AdobeOrg".into(), ..SandboxOptions::default() },
    );
    export(&world, &[]);
    let mut import = other.command(&["import", "a.csv"]);
    other.write("a.csv", creates("new", 3));
    import.env("XDG_STATE_HOME", world.path("state"));
    assert_eq!(crate::world::run(&mut import).status, 0);
    world.write("a.csv", creates("new", 3));
    let planned = plan(&world, "a.csv", &["--skip-unchanged"]);
    assert_eq!((&planned["sendable"], &planned["unchanged"]), (&3.into(), &0.into()), "{planned}");
}

#[test]
fn test_mode_and_rehearsals_change_no_list() {
    let world = world();
    export(&world, &[]);
    for flag in ["--test-mode", "--sandbox"] {
        let run = world.import("a.csv", creates("new", 3), &[flag]);
        assert_eq!(run.status, 0, "{run:?}");
        let planned = plan(&world, "a.csv", &["--skip-unchanged"]);
        assert_eq!(
            (&planned["sendable"], &planned["unchanged"]),
            (&3.into(), &0.into()),
            "{flag}: {planned}"
        );
    }
    assert!(!list_folder(&world).join("changes.sqlite").exists());
}

#[test]
fn somebody_an_import_has_created_is_not_taken_for_missing() {
    let world = world();
    export(&world, &[]);
    assert_eq!(world.import("a.csv", creates("new", 2), &[]).status, 0);
    let all: Vec<String> = world.sandbox.directory().users().map(|user| user.email).collect();
    let staff = "email,country\n".to_owned()
        + &all
            .iter()
            .filter(|name| !name.starts_with("new"))
            .map(|name| format!("{name},\n"))
            .collect::<String>();
    let args = [
        "--action",
        "update",
        "--map",
        "firstname=country",
        "--missing",
        "leave",
        "--managed-domain",
        "example.com",
        "--yes",
    ];
    let run = world.import("staff.csv", staff.replace(",\n", ",First\n"), &args);
    assert!(run.stdout.contains("2 changed by imports since"), "{run:?}");
    assert!(
        ["new0@example.com", "new1@example.com"].iter().all(|name| world
            .sandbox
            .directory()
            .user(name)
            .is_some()),
        "{run:?}"
    );
}

#[test]
fn groups_that_an_import_has_made_are_known() {
    let world = world();
    export(&world, &[]);
    let file = "action,group,new_name,email,groups\n\
        create-group,Fresh,,,\n\
        update-group,Video,Film,,\n\
        delete-group,\"Team, North\",,,\n\
        add,,,ann@example.com,Fresh\n";
    let first = world.import("a.csv", file, &["--yes"]);
    assert_eq!(first.status, 0, "{first:?} {:?}", world.rows("a.results.csv"));
    let next = "action,email,groups\nadd,ann@example.com,Fresh\nadd,bob@example.com,Film\n\
                add,ann@example.com,Film\nremove,bob@example.com,Film\n";
    let run = world.import("b.csv", next, &["--skip-unchanged", "--rows", "1-3"]);
    assert_eq!(
        (run.status, &world.statuses("b.results.csv")[..3]),
        (0, &["unchanged", "unchanged", "ok"].map(String::from)[..]),
        "{run:?}"
    );
    // A group that is gone is asked for, and so is its old name.
    let gone = "action,email,groups\nadd,ann@example.com,Video\nadd,ann@example.com,\"[\"\"Team, \
         North\"\"]\"\n";
    let (run, statuses) = compared(&world, "c", gone);
    assert_eq!((run.status, statuses), (1, vec!["invalid".to_owned(); 2]), "{run:?}");
}

#[test]
fn groups_created_before_the_rows_are_known() {
    let world = world();
    export(&world, &[]);
    let file = "action,email,groups\nadd,ann@example.com,Fresh\n";
    let run = world.import("a.csv", file, &["--create-groups"]);
    assert_eq!(run.status, 0, "{run:?}");
    let (run, statuses) = compared(&world, "b", file);
    assert_eq!((run.status, statuses), (0, vec!["unchanged".to_owned()]), "{run:?}");
}

pub(crate) fn list_folder(world: &World) -> std::path::PathBuf {
    let mut lists = std::fs::read_dir(world.path("state/umbulk/lists")).unwrap();
    lists.next().unwrap().unwrap().path()
}

#[test]
fn record_of_changes_is_private_and_follows_no_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let world = world();
    export(&world, &[]);
    assert_eq!(world.import("a.csv", creates("new", 3), &[]).status, 0);
    let folder = list_folder(&world);
    let record = folder.join("changes.sqlite");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&record), mode(&folder)), (0o600, 0o700));
    let whole = std::fs::read(&record).unwrap();
    // A damaged file, or a link, is not passed over: what it says may matter.
    for cut in [0, 20, whole.len() / 2] {
        std::fs::write(&record, &whole[..cut]).unwrap();
        let run = world.umbulk(&["plan", "a.csv", "--skip-unchanged"]);
        assert!(run.status == 2 && run.stderr.contains("damaged"), "{cut}: {run:?}");
    }
    std::fs::remove_file(&record).unwrap();
    let victim = world.write("victim", &whole);
    symlink(&victim, &record).unwrap();
    let run = world.umbulk(&["plan", "a.csv", "--skip-unchanged"]);
    assert!(run.status == 2 && run.stderr.contains("link"), "{run:?}");
}

/// A file in portions is one run: a later portion must not push out what an earlier one has done.
#[test]
fn portions_of_a_file_are_all_recorded() {
    let world = world();
    export(&world, &[]);
    let file =
        "action,email,groups\nremove,gone@example.com,Design\nremove,full@example.com,Design\n";
    for rows in ["1", "2"] {
        let run = world.import("a.csv", file, &["--rows", rows]);
        assert_eq!(run.status, 0, "{run:?}");
    }
    let back = "action,email,groups\nadd,gone@example.com,Design\nadd,full@example.com,Design\n";
    let run = world.import("b.csv", back, &["--skip-unchanged"]);
    assert_eq!(
        (run.status, world.statuses("b.results.csv")),
        (0, vec!["ok".to_owned(); 2]),
        "{run:?}"
    );
}

/// The clock was set back since the import: nobody knows whether the list is from before it.
#[test]
fn run_of_the_future_makes_its_people_uncertain() {
    let world = world();
    export(&world, &[]);
    let rows = "action,email,groups\nremove,ann@example.com,Design\n";
    assert_eq!(world.import("a.csv", rows, &[]).status, 0);
    set_clock_back(&list_folder(&world).join("changes.sqlite"));
    world.write("b.csv", rows.replace("remove", "add"));
    let planned = plan(&world, "b.csv", &["--skip-unchanged"]);
    assert_eq!((&planned["sendable"], &planned["unchanged"]), (&1.into(), &0.into()), "{planned}");
}

/// Records all runs as if they had begun and ended an hour later.
pub(crate) fn set_clock_back(record: &std::path::Path) {
    let later = "UPDATE run SET began = began + 3600000000, ended = ended + 3600000000, \
                 alive = alive + 3600000000";
    assert_eq!(rusqlite::Connection::open(record).unwrap().execute(later, []).unwrap(), 1);
}

/// What such a file says is not read, and must not be taken for nothing.
#[test]
fn record_of_an_earlier_version_makes_lists_from_before_it_outdated() {
    let world = world();
    export(&world, &[]);
    let sent = list_folder(&world).join("sent");
    std::fs::create_dir(&sent).unwrap();
    std::fs::write(sent.join("0123456789abcdef.sent"), "{}").unwrap();
    world.write("a.csv", creates("new", 3));
    for _ in 0..2 {
        let run = world.umbulk(&["plan", "a.csv", "--skip-unchanged"]);
        assert!(run.status == 2 && run.stderr.contains("fetch a newer list"), "{run:?}");
        // It holds also after an import, which removes the file.
        assert_eq!(world.import("b.csv", creates("more", 1), &["--fresh"]).status, 0);
        assert!(!sent.exists());
    }
}

#[test]
fn licences_are_reckoned_with_what_was_imported() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup { quota: Some(2), ..SandboxGroup::profile("Photoshop") });
    for name in ["a", "b"] {
        directory.add_user(&user(&format!("{name}@example.com"), &["Photoshop"]));
    }
    directory.add_user(&SandboxUser { identity: Identity::Adobe, ..user("c@example.com", &[]) });
    let world = World::new(directory, SandboxOptions::default());
    export(&world, &[]);
    assert_eq!(
        world
            .import("off.csv", "action,email,groups\nremove,a@example.com,Photoshop\n", &[])
            .status,
        0
    );
    world.write("on.csv", "action,type,email,groups\nadd,adobeID,c@example.com,Photoshop\n");
    let planned = plan(&world, "on.csv", &["--skip-unchanged"]);
    assert!(planned["differences"]["exceeded"].as_array().is_some_and(Vec::is_empty), "{planned}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 200,
        failure_persistence: None, ..ProptestConfig::default() })]

    /// By a list and the imports since, a file does what it does without a comparison.
    #[test]
    fn list_with_a_later_import_gives_the_plain_result(
        people in people(), first in rows(), second in rows(), third in rows()
    ) {
        let (plain, only) = (World::new(random_directory(&people), SandboxOptions::default()),
            World::new(random_directory(&people), SandboxOptions::default()));
        export(&only, &[]);
        let files: Vec<String> = [first, second, third].iter().map(|rows: &Vec<Row>| file(&people,
            rows)).collect();
        for (number, text) in files.iter().enumerate() {
            let name = format!("{number}.csv");
            let mode: &[&str] = if number == 0 { &[] } else { &["--skip-unchanged"] };
            let one = plain.import(&name, text, &["--yes", "--allow-admins"]);
            let two = only.import(&name, text, &[&["--yes", "--allow-admins",
                "--allow-second-accounts"], mode].concat());
            if one.stderr.contains("no row below it") {
                continue;
            }
            prop_assert_eq!(dump(&plain), dump(&only), "{}\n{}\n{:?}\n{:?}", number,
                files.join("\n"), one, two);
        }
    }
}

/// What a comparison leaves out must hold, whatever the service did to the imports before.
///
/// `UMBULK_STORED_CASES=500 cargo test --test it compared_snapshots` runs more cases; a case that
/// fails prints its seed.
#[test]
fn what_is_unchanged_by_a_list_and_hostile_imports_since_holds() {
    let cases: u64 = std::env::var("UMBULK_STORED_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(25);
    let first: u64 = std::env::var("UMBULK_STORED_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| fastrand::u64(..1 << 32));
    for seed in first..first + cases {
        claims_hold(seed);
    }
}

fn claims_hold(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut directory = Directory::default();
    GROUPS.iter().for_each(|group| directory.add_group(&SandboxGroup::user_group(group)));
    for number in (0..PEOPLE).filter(|_| random.bool()) {
        directory.add_user(&user(&format!("u{number}@example.com"), &["A"]));
    }
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let head = misbehaviour::HEAD;
    let mut texts = Vec::new();
    for (name, mode) in [("a.csv", &[][..]), ("b.csv", &["--skip-unchanged"])] {
        world
            .sandbox
            .faults()
            .next_actions((0..random.usize(1..6)).map(|_| misbehaviour(&mut random)));
        let rows =
            misbehaviour::rows(&mut random).iter().map(|row| row.line() + "\n").collect::<String>();
        let args = [
            "--effect-window",
            misbehaviour::WINDOW,
            "--retry-wait",
            "2ms",
            "--yes",
            "--check-groups",
            "never",
        ];
        let run = world.import(name, head.to_owned() + &rows, &[&args, mode].concat());
        texts.push(format!(
            "{rows}{:?}\n{}",
            world.outcomes(&name.replace(".csv", ".results.csv")),
            run.stderr
        ));
    }
    // Nothing comes any more.
    let end = Instant::now();
    while end.elapsed() < Duration::from_millis(misbehaviour::LATEST + 50) {
        std::thread::yield_now();
    }
    let directory = world.sandbox.directory();
    let there = |email: &str| directory.user(email);
    let is_in =
        |email: &str, group: &str| there(email).is_some_and(|user| user.groups.contains(group));
    let people: Vec<String> = (0..PEOPLE)
        .map(|n| format!("u{n}@example.com"))
        .chain((0..9).map(|n| format!("new{n}@example.com")))
        .collect();
    let mut claims: [Vec<(String, bool)>; 5] = Default::default();
    for email in &people {
        for group in GROUPS {
            claims[0].push((format!("add,{email},,,,{group},,,,,"), is_in(email, group)));
            claims[1].push((format!("remove,{email},,,,{group},,,,,"), !is_in(email, group)));
        }
        claims[2].push((format!("delete,{email},,,,,,,,,"), there(email).is_none()));
        claims[3].push((format!("create,{email},Ann,Lee,US,,,,,,"), there(email).is_some()));
        claims[4].push((
            format!("update,{email},Ann,,,,,,,,"),
            there(email).is_some_and(|user| user.firstname == "Ann"),
        ));
    }
    for (number, claims) in claims.iter().enumerate() {
        let rows: String = claims.iter().map(|(row, _)| format!("{row}\n")).collect();
        world.write("claims.csv", head.to_owned() + &rows);
        let run = world.umbulk(&[
            "plan",
            "claims.csv",
            "--skip-unchanged",
            "--check-groups",
            "never",
            "--out",
            "plan.csv",
        ]);
        assert_eq!(run.status, 0, "seed {seed}: {run:?}");
        for row in world.rows("plan.csv").iter().filter(|row| row["status"] == "unchanged") {
            let (row, holds) = &claims[row["row"].parse::<usize>().unwrap() - 1];
            assert!(
                holds,
                "seed {seed}, {number}: `{row}` is unchanged, and does not hold\n{}\n{}",
                texts.join("\n"),
                dump(&world)
            );
        }
    }
}
