//! Somebody is renamed elsewhere after a list was stored here. A list of now that is imported says
//! already in place: the server is asked, and no row is refused.

use crate::planned_lists::forget;
use crate::second_accounts::{HEADER, HELD, WEEKLY, users, world};
use crate::world::{Run, World, run};

/// Runs a command of another computer, which has snapshots of its own.
pub(crate) fn elsewhere(world: &World, args: &[&str]) -> Run {
    run(world.command(args).env("XDG_STATE_HOME", world.path("elsewhere")))
}

/// Ann has another address since the list was stored.
pub(crate) fn renamed_world() -> World {
    let world = world();
    world.write(
        "rename.csv",
        "action,email,new_email,new_username\n\
                              update,ann.smith@example.com,ann.lee@example.com,\
                              ann.lee@example.com\n",
    );
    let run = elsewhere(&world, &["import", "rename.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    world
}

#[test]
fn list_of_now_beside_an_outdated_list_changes_nothing() {
    for dialect in ["native", "umapi-cli", "admin-console", "user-sync"] {
        let world = renamed_world();
        let run = elsewhere(&world, &["export", "users", "--dialect", dialect, "--out", "now.csv"]);
        assert_eq!(run.status, 0, "{dialect}: {run:?}");
        let run = world.umbulk(&["import", "now.csv"]);
        let rows = world.rows("now.results.csv");
        assert_eq!(
            (run.status, world.statuses("now.results.csv"), users(&world)),
            (0, vec!["ok".to_owned(); 4], 4),
            "{dialect}: {run:?}"
        );
        assert!(rows.iter().all(|row| row["umbulk_effect"] == "exists"), "{dialect}: {rows:?}");
        assert!(
            run.stderr.contains("asking the server about 1 new address"),
            "{dialect}: {}",
            run.stderr
        );
        // The same command shows the same.
        let sent = world.action_requests();
        let again = world.umbulk(&["import", "now.csv"]);
        assert_eq!((again.status, world.action_requests()), (0, sent), "{dialect}: {again:?}");
    }
}

#[test]
fn weekly_list_beside_an_outdated_list_creates_only_who_is_new() {
    let world = renamed_world();
    let run = world.import("staff.csv", HEADER.to_owned() + WEEKLY, &[]);
    assert_eq!((run.status, users(&world)), (0, 5), "{run:?}");
    assert_eq!(world.statuses("staff.results.csv"), ["ok"; 4]);
    assert!(world.groups_of("ann.smith@example.com").is_none());
}

/// A server that does not answer leaves the row as it is, and so does one that knows nobody of that
/// address.
#[test]
fn new_address_that_nobody_confirms_stays_held() {
    use umbulk::sandbox::InjectedFault;
    for is_silent in [false, true] {
        let world = world();
        if is_silent {
            let refused = || {
                Some(InjectedFault::Answer {
                    status: 403,
                    headers: Vec::new(),
                    body: String::new(),
                })
            };
            world.sandbox.faults().next_reads(std::iter::repeat_with(refused).take(100));
        }
        let run =
            world.import("staff.csv", HEADER.to_owned() + WEEKLY, &["--check-groups", "never"]);
        assert_eq!(
            (run.status, world.outcomes("staff.results.csv")[0].as_str(), users(&world)),
            (1, HELD, 5),
            "{is_silent}: {run:?}"
        );
    }
}

/// A list that is named, or compared with, is not brought up to date. The head says how old it is
/// and what to type, and that does it.
#[test]
fn new_list_beside_an_outdated_one_is_advised() {
    for (dialect, list, fetch) in [
        (
            "native",
            &["--skip-unchanged"][..],
            "umbulk export users, then the same command with --fresh",
        ),
        (
            "user-sync",
            &["--skip-unchanged"],
            "umbulk export users, then the same command with --fresh",
        ),
        (
            "native",
            &["--against", "old.csv"],
            "umbulk export users --out old.csv, then the same command with --fresh",
        ),
        (
            "user-sync",
            &["--against", "old.csv"],
            "umbulk export users --out old.csv, then the same command with --fresh",
        ),
    ] {
        let world = world();
        assert_eq!(world.umbulk(&["export", "users", "--cached", "--out", "old.csv"]).status, 0);
        let rename = "action,email,new_email,new_username\nupdate,ann.smith@example.com,\
                      ann.lee@example.com,ann.lee@example.com\n";
        world.write("rename.csv", rename);
        assert_eq!(elsewhere(&world, &["import", "rename.csv"]).status, 0);
        assert_eq!(
            elsewhere(&world, &["export", "users", "--dialect", dialect, "--out", "now.csv"])
                .status,
            0
        );
        let run = world.umbulk(&[&["import", "now.csv"], list].concat());
        let advice = format!(
            "If an address was changed elsewhere since then, the list is too old: type {fetch}"
        );
        assert!(run.status == 1 && run.stderr.contains(&advice), "{dialect} {list:?}: {run:?}");
        let plan = world.umbulk(&[&["plan", "now.csv"], list].concat());
        assert!(plan.stderr.contains(&advice), "{dialect} {list:?}: {plan:?}");
        let command: Vec<&str> = fetch
            .trim_start_matches("umbulk ")
            .split(", then")
            .next()
            .unwrap()
            .split(' ')
            .collect();
        // Adobe blocks a client that fetches the list twice in two hours.
        let early = world.umbulk(&command);
        assert!(early.status == 2 && early.stderr.contains("wait until "), "{early:?}");
        forget(&world, ".asked");
        assert_eq!(world.umbulk(&command).status, 0, "{command:?}");
        let run = world.umbulk(&[&["import", "now.csv", "--fresh"], list].concat());
        assert_eq!((run.status, users(&world)), (0, 4), "{dialect} {list:?}: {run:?}");
        assert!(!run.stderr.contains("outdated?"), "{}", run.stderr);
    }
}
