//! What stands between a spreadsheet and the loss of many accounts.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxOptions};

fn twenty() -> (World, String) {
    let mut directory = Directory::default();
    let mut file = "action,email\n".to_owned();
    for number in 0..20 {
        directory.add_user(&user(&format!("u{number}@example.com"), &[]));
        file += &format!("delete,u{number}@example.com\n");
    }
    (World::new(directory, SandboxOptions::default()), file)
}

#[test]
fn more_than_ten_deletions_need_a_yes() {
    let (world, file) = twenty();
    let run = world.import("a.csv", &file, &[]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("20 rows remove") && run.stderr.contains("--yes"),
        "{}",
        run.stderr
    );
    assert_eq!(world.sandbox.directory().users().count(), 20);
    assert_eq!(world.action_requests(), 0);
    assert_eq!(world.import("a.csv", &file, &["--yes"]).status, 0);
    assert_eq!(world.sandbox.directory().users().count(), 0);
}

#[test]
fn a_hard_cap_is_not_lifted_by_a_yes() {
    let (world, file) = twenty();
    for cap in ["19", "99%"] {
        let run = world.import("a.csv", &file, &["--yes", "--max-deletes", cap]);
        assert_eq!(run.status, 2, "{run:?}");
    }
    assert_eq!(world.sandbox.directory().users().count(), 20);
}

#[test]
fn a_yes_in_the_environment_is_none() {
    let (world, file) = twenty();
    world.write("a.csv", file);
    let run = crate::world::run(world.command(&["import", "a.csv"]).env("UMBULK_YES", "1"));
    assert_eq!(run.status, 2);
    world.write("umbulk.toml", "yes = true\n");
    let run = world.umbulk(&["import", "a.csv"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("must be typed"), "{}", run.stderr);
}

#[test]
fn protected_users_are_not_deleted() {
    let (world, file) = twenty();
    world.write("protect.txt", "# the bosses\nU3@example.com\n");
    let run = world.import("a.csv", &file, &["--yes", "--protect", "protect.txt"]);
    assert_eq!(run.status, 1);
    assert_eq!(world.outcomes("a.results.csv")[3], "invalid invalid.email.protected");
    assert_eq!(world.sandbox.directory().users().count(), 1);
}

#[test]
fn protected_users_keep_their_memberships() {
    let mut directory = Directory::default();
    directory.add_group(&umbulk::sandbox::SandboxGroup::user_group("G"));
    directory.add_user(&user("boss@example.com", &["G"]));
    let world = World::new(directory, SandboxOptions::default());
    world.write("protect.txt", "BOSS@example.com\n");
    let file = "action,email,groups,group,remove_users\nremove,boss@example.com,G,,\n\
                remove-all,boss@example.com,,,\nupdate-group,,,G,boss@example.com\n";
    assert_eq!(world.import("a.csv", file, &["--protect", "protect.txt"]).status, 1);
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(
        outcomes,
        [
            "invalid invalid.email.protected",
            "invalid invalid.email.protected",
            "invalid invalid.remove_users.protected"
        ]
    );
    assert_eq!(world.groups_of("boss@example.com").unwrap(), ["G"]);
}

#[test]
fn who_deletes_accounts_is_told_that_the_files_are_lost() {
    let (world, file) = twenty();
    let run = world.import("a.csv", file.replace("delete,", "delete-account,"), &[]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr
            .contains("20 of them delete accounts with all their files, which cannot be restored"),
        "{}",
        run.stderr
    );
}

#[test]
fn verified_deletes_find_strangers() {
    let (world, _) = twenty();
    let run = world.import(
        "a.csv",
        "action,email\ndelete,u1@example.com\ndelete,stranger@example.com\n",
        &["--verify-deletes"],
    );
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.outcomes("a.results.csv"), ["ok", "unchanged unchanged.not_there"]);
}

#[test]
fn strict_sends_nothing_when_a_row_is_invalid() {
    let (world, _) = twenty();
    let run = world.import(
        "a.csv",
        "action,email,firstname\nupdate,u1@example.com,New\nupdate,not an email,New\n",
        &["--strict"],
    );
    assert_eq!(run.status, 2);
    assert_eq!(world.action_requests(), 0);
    assert!(run.stderr.contains("line 3"), "{}", run.stderr);
}

#[test]
fn the_wrong_organization_is_noticed_before_anything_is_sent() {
    let (world, file) = twenty();
    let run = world.import("a.csv", &file, &["--yes", "--org", "99999@AdobeOrg"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("99999@AdobeOrg"), "{}", run.stderr);
}

#[test]
fn user_created_by_the_file_leaves_without_a_probe() {
    let (world, _) = twenty();
    let file = "action,email,firstname,lastname,country\ncreate,new@example.com,N,E,US\n\
                delete,new@example.com,,,\n";
    let run = world.import("a.csv", file, &["--verify-deletes"]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned(); 2]),
        "{run:?}"
    );
}
