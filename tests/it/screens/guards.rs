//! What stands between a file and harm: caps, administrators, protected names, second accounts,
//! shadowed accounts.

use super::Screens;
use super::imports::world as organization;
use crate::world::{World, user};
use umbulk::sandbox::{
    Directory, Identity, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser,
};

pub(super) fn leavers(count: usize, action: &str) -> String {
    let rows = (0..count).map(|number| format!("{action},u{number}@example.com,\n"));
    "action,email,groups\n".to_owned() + &rows.collect::<String>()
}

/// Twenty people in one group.
pub(super) fn twenty() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    (0..20).for_each(|number| {
        directory.add_user(&user(&format!("u{number}@example.com"), &["Design"]));
    });
    World::new(directory, SandboxOptions::default())
}

#[test]
fn deletions_are_confirmed_and_capped() {
    let world = twenty();
    let screens = Screens::of("guards", &world);
    screens
        .file("leavers.csv", leavers(20, "delete"))
        .file("accounts.csv", leavers(20, "delete-account"));
    screens.file("few.csv", leavers(2, "delete")).file("all.csv", leavers(20, "remove-all"));
    screens.file("lost.csv", leavers(20, "remove").replace(".com,\n", ".com,Design\n"));
    screens.show_all(&[
        ("deletes_without_yes", "umbulk import leavers.csv"),
        ("deletes_without_yes_as_json", "umbulk import leavers.csv --json"),
        ("deletes_of_accounts_without_yes", "umbulk import accounts.csv"),
        ("remove_all_without_yes", "umbulk import all.csv"),
        ("deletes_over_several_files", "umbulk import few.csv leavers.csv"),
        ("max_deletes", "umbulk import leavers.csv --yes --max-deletes 5"),
        ("max_deletes_as_json", "umbulk import leavers.csv --yes --max-deletes 5 --json"),
        ("max_deletes_share", "umbulk import leavers.csv --yes --max-deletes 50%"),
        (
            "max_deletes_over_several_files",
            "umbulk import few.csv leavers.csv --yes --max-deletes 15",
        ),
        (
            "max_deletes_with_some_rows",
            "umbulk import leavers.csv few.csv --rows 1-2 --yes --max-deletes 3",
        ),
        ("max_removals", "umbulk import lost.csv --max-removals 5"),
        ("max_removals_kept", "umbulk import lost.csv --max-removals 100%"),
        ("deletes_rehearsed", "umbulk import leavers.csv --sandbox"),
        ("deletes_in_test_mode", "umbulk import leavers.csv --test-mode"),
        ("deletes_with_yes", "umbulk import leavers.csv --yes"),
    ]);
}

fn administrators() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    for (email, groups) in [
        ("root@example.com", &["_org_admin", "Design"][..]),
        ("help@example.com", &["_support_admin"]),
        ("lead@example.com", &["_admin_Design", "Video"]),
        ("ann@example.com", &["Design"]),
    ] {
        directory.add_user(&user(email, groups));
    }
    World::new(directory, SandboxOptions::default())
}

#[test]
fn administrators_are_not_touched() {
    let head = "action,email,groups,group,new_email\n";
    for (name, rows, typed) in [
        ("admin_leaves", "delete,root@example.com,,,\n", "umbulk import staff.csv"),
        ("admin_leaves_as_json", "delete,root@example.com,,,\n", "umbulk import staff.csv --json"),
        (
            "admin_loses_the_role",
            "remove,help@example.com,_support_admin,,\n",
            "umbulk import staff.csv",
        ),
        ("admin_loses_all_groups", "remove-all,lead@example.com,,,\n", "umbulk import staff.csv"),
        ("admin_of_a_group_that_goes", "delete-group,,,Design,\n", "umbulk import staff.csv"),
        (
            "admin_under_a_new_address",
            "update,lead@example.com,,,boss@example.com\ndelete,boss@example.com,,,\n",
            "umbulk import staff.csv",
        ),
        (
            "admin_leaves_in_the_plan",
            "delete,root@example.com,,,\n",
            "umbulk plan staff.csv --online",
        ),
        (
            "admin_leaves_allowed",
            "delete,help@example.com,,,\ndelete,ann@example.com,,,\n",
            "umbulk import staff.csv --allow-admins",
        ),
    ] {
        let world = administrators();
        Screens::of("guards", &world).file("staff.csv", format!("{head}{rows}")).show(name, typed);
    }
}

#[test]
fn protected_names_are_not_touched() {
    let head = "action,email,groups,group,remove_users,new_email\n";
    for (name, list, rows) in [
        ("protected_leaves", "ann@example.com\n", "delete,ann@example.com,,,,\n"),
        (
            "protected_loses_a_group",
            "ann@example.com\n",
            "remove,ann@example.com,Design,,,\nremove-all,ANN@example.com,,,,\n",
        ),
        (
            "protected_member_of_a_group",
            "ann@example.com\n",
            "update-group,,,Design,ann@example.com,\n",
        ),
        ("protected_group", "Design\n", "delete-group,,,Design,,\n"),
        ("protected_group_of_a_member", "ann@example.com\n", "delete-group,,,Design,,\n"),
        ("protected_members", "members:Design\n", "delete,ann@example.com,,,,\n"),
        ("protected_members_of_no_group", "members:Nowhere\n", "delete,ann@example.com,,,,\n"),
        ("protected_nobody_known", "boss@example.com\n", "delete,ann@example.com,,,,\n"),
        (
            "protected_under_a_new_address",
            "ann@example.com\n",
            "update,ann@example.com,,,,anna@example.com\ndelete,anna@example.com,,,,\n",
        ),
    ] {
        let world = organization();
        let screens = Screens::of("guards", &world);
        screens.prepare("umbulk export users", 0);
        screens.file("staff.csv", format!("{head}{rows}")).file("protect.txt", list);
        screens.show(name, "umbulk import staff.csv --protect protect.txt");
        screens
            .show(&format!("{name}_validated"), "umbulk validate staff.csv --protect protect.txt");
    }
}

#[test]
fn second_accounts_are_held() {
    let weekly = "email,firstname,lastname,country,groups\nann.lee@example.com,Ann,Lee,US,Design\n\
                  bob@example.com,Bob,Ray,US,Design\n\
        carl@example.com,Carl,Day,US,Design\nnew@example.com,New,One,US,Design\n";
    for (name, typed) in [
        ("second_account", "umbulk import staff.csv"),
        ("second_account_as_json", "umbulk import staff.csv --json"),
        ("second_account_by_a_named_list", "umbulk import staff.csv --against users.csv"),
        ("second_account_in_the_plan", "umbulk plan staff.csv --against users.csv"),
        ("second_account_allowed", "umbulk import staff.csv --allow-second-accounts"),
    ] {
        let world = crate::second_accounts::world();
        Screens::of("guards", &world).file("staff.csv", weekly).show(name, typed);
    }
    let world = crate::second_accounts::world();
    let few = "email,firstname,lastname,country,groups\nann.lee@example.com,Ann,Lee,US,Design\n";
    Screens::of("guards", &world)
        .file("staff.csv", few)
        .show("second_account_in_a_short_list", "umbulk import staff.csv");
}

#[test]
fn shadowed_accounts_are_warned_of() {
    let file = "email,firstname,lastname,country,groups\nown@example.com,Own,Id,US,Design\n\
                new@example.com,New,Id,US,Design\n";
    for (name, typed) in [
        ("shadowed", "umbulk import staff.csv --against users.csv"),
        ("shadowed_in_the_plan", "umbulk plan staff.csv --against users.csv"),
        ("shadowed_allowed", "umbulk import staff.csv --against users.csv --allow-shadow"),
    ] {
        let mut directory = Directory::default();
        directory.add_group(&SandboxGroup::user_group("Design"));
        directory.add_user(&SandboxUser {
            identity: Identity::Adobe,
            ..user("own@example.com", &["Design"])
        });
        let world = World::new(directory, SandboxOptions::default());
        let screens = Screens::of("guards", &world);
        screens.prepare("umbulk export users", 0);
        screens.file("staff.csv", file).show(name, typed);
    }
}

#[test]
fn failures_in_a_row_stop_the_run() {
    let rows =
        (0..9).map(|number| format!("u{number}@example.com,Ann,Lee,US,\n")).collect::<String>();
    for (name, typed) in [
        ("max_errors", "umbulk import staff.csv --max-errors 3 --concurrency 1"),
        ("max_errors_as_json", "umbulk import staff.csv --max-errors 3 --concurrency 1 --json"),
        ("max_errors_off", "umbulk import staff.csv --max-errors off --concurrency 1"),
    ] {
        let world = World::with_groups(&[]);
        for number in 0..9 {
            world.sandbox.faults().refuse_commands(
                &format!("u{number}@example.com"),
                "error.domain.trust.nonexistent",
                99,
            );
        }
        let screens = Screens::of("guards", &world);
        screens
            .file("staff.csv", format!("email,firstname,lastname,country,groups\n{rows}"))
            .show(name, typed);
    }
}

#[test]
fn deletions_of_some_rows_are_confirmed_with_all_of_them() {
    let world = twenty();
    let screens = Screens::of("guards", &world);
    screens.file("leavers.csv", leavers(20, "delete"));
    screens.show("deletes_of_some_rows_without_yes", "umbulk import leavers.csv --rows 1-3");
}

/// More people than are asked about one by one.
#[test]
fn administrators_among_many_people() {
    let world = administrators();
    let screens = Screens::of("guards", &world);
    screens.prepare("umbulk export users", 0);
    screens.file("many.csv", leavers(101, "delete")).file("few.csv", leavers(2, "delete"));
    let old = "type,email,groups\nfederatedID,ann@example.com,Design\n";
    screens.file("old.csv", old).date("old.csv", 180);
    screens.show_all(&[
        ("few_people_in_the_plan", "umbulk plan few.csv"),
        ("few_people_in_the_plan_by_a_list", "umbulk plan few.csv --against old.csv"),
        ("many_people_in_the_plan", "umbulk plan many.csv"),
        ("many_people_in_the_plan_by_a_list", "umbulk plan many.csv --against old.csv"),
        ("many_people", "umbulk import many.csv --test-mode"),
        ("many_people_by_a_list", "umbulk import many.csv --against old.csv --test-mode --yes"),
    ]);
    std::fs::remove_dir_all(world.path("state")).unwrap();
    screens.show_all(&[
        ("many_people_in_the_plan_without_a_list", "umbulk plan many.csv"),
        ("many_people_without_a_list", "umbulk import many.csv --test-mode"),
    ]);
}

/// Nothing is sent while it is unknown who is protected.
#[test]
fn protected_names_that_cannot_be_completed() {
    let names =
        |count: usize| (0..count).map(|number| format!("name{number}\n")).collect::<String>();
    let addresses =
        |count: usize| (0..count).map(|n| format!("z{n}@example.com\n")).collect::<String>();
    let groups = (0..101).map(|number| format!("delete-group,,,,Group {number}\n"));
    let groups = groups.collect::<String>();
    for (name, list, rows) in [
        ("protect_too_many_groups", "boss@example.com\n".to_owned(), groups),
        ("protect_too_many_names", names(101), leavers_of(101)),
        ("protect_name_that_is_no_group", names(1), leavers_of(101)),
        (
            "protect_too_many_addresses",
            addresses(101),
            "remove-all,,alee,example.com,\n".to_owned(),
        ),
    ] {
        let world = organization();
        let screens = Screens::of("guards", &world);
        screens.file("staff.csv", format!("action,email,username,domain,group\n{rows}"));
        screens.file("protect.txt", list);
        screens
            .show(name, "umbulk import staff.csv --protect protect.txt --check-groups never --yes");
    }
    for (name, list) in [
        ("protect_members_unanswered", "members:Design\n"),
        ("protect_unanswered", "ann@example.com\n"),
    ] {
        let world = organization();
        let busy = InjectedFault::Answer { status: 503, headers: Vec::new(), body: String::new() };
        world.sandbox.faults().next_reads((0..99).map(|_| Some(busy.clone())));
        let screens = Screens::of("guards", &world);
        screens
            .file("staff.csv", "action,username,domain,groups\nremove,bob,example.com,Design\n")
            .file("protect.txt", list);
        screens.show(
            name,
            "umbulk import staff.csv --protect protect.txt --check-groups never --max-attempts 2",
        );
    }
}

fn leavers_of(count: usize) -> String {
    (0..count).map(|number| format!("delete,u{number}@example.com,,,\n")).collect()
}

/// A snapshot of this size is not read only to find second accounts.
#[test]
fn snapshot_too_large_to_read() {
    let world = organization();
    let screens = Screens::of("guards", &world);
    screens.prepare("umbulk export users", 0);
    let lists = std::fs::read_dir(world.path("state/umbulk/lists")).unwrap().next();
    let list = lists.unwrap().unwrap().path().join("users.latest.snapshot");
    std::fs::OpenOptions::new().append(true).open(list).unwrap().set_len(20 << 20).unwrap();
    screens.file("staff.csv", "email,firstname,lastname,country\nnew@example.com,New,One,US\n");
    screens.show("snapshot_too_large", "umbulk import staff.csv");
}
