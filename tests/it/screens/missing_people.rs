//! People who are in the organization and in no row: `--missing`, and why it is refused.

use super::Screens;
use crate::pauses_of_earlier_starts::forget_pause;
use crate::scripted::{Answer, Scripted};
use crate::world::{World, user};
use umbulk::sandbox::{
    Directory, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser, UserStatus,
};

/// Eight people in the file below, two who are not, and some who are exempt.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    (0..8).for_each(|number| {
        directory.add_user(&user(&format!("u{number}@example.com"), &["Design"]));
    });
    let names = |first: &str, last: &str, user: SandboxUser| SandboxUser {
        firstname: first.into(),
        lastname: last.into(),
        ..user
    };
    directory.add_user(&names("Carl", "Day", user("carl@example.com", &["Design", "Video"])));
    for (email, groups) in [
        ("dora@example.com", &["Video"][..]),
        ("boss@example.com", &["_org_admin", "Design"]),
        ("pat@example.com", &["Design"]),
        ("guest@other.com", &["Design"]),
    ] {
        directory.add_user(&user(email, groups));
    }
    directory.add_user(&SandboxUser {
        status: UserStatus::Disabled,
        ..user("off@example.com", &["Design"])
    });
    let world = World::new(directory, SandboxOptions::default());
    let screens = Screens::of("missing_people", &world);
    screens.prepare("umbulk export users", 0);
    screens.file("protect.txt", "pat@example.com\n").file("staff.csv", staff(8));
    world
}

fn staff(count: usize) -> String {
    let rows = (0..count).map(|number| format!("add,u{number}@example.com,Design\n"));
    "action,email,groups\n".to_owned() + &rows.collect::<String>()
}

/// Somebody of the file has the names of a missing person.
fn renamed() -> String {
    let rows = (0..8)
        .map(|number| format!("u{number}@example.com,U{number},Lee,US\n"))
        .collect::<String>();
    format!("email,firstname,lastname,country\n{rows}carl.day@example.com,Carl,Day,US\n")
}

const MANAGED: &str = "--against users.csv --managed-domain example.com --protect protect.txt";

/// Shows each in an organization of its own.
fn show(screens: &[(&str, &str)]) {
    for (name, options) in screens {
        let world = world();
        Screens::of("missing_people", &world)
            .show(name, &format!("umbulk import staff.csv {options}"));
    }
}

#[test]
fn missing_people_are_reported_stripped_or_removed() {
    show(&[
        ("report", &format!("--missing report {MANAGED}")),
        ("report_as_json", &format!("--missing report {MANAGED} --json")),
        ("report_quiet", &format!("--missing report {MANAGED} --quiet")),
        ("remove_groups", &format!("--missing remove-groups {MANAGED} --yes")),
        (
            "remove_groups_under_management",
            &format!("--missing remove-groups {MANAGED} --manage-groups Design --yes"),
        ),
        ("leave", &format!("--missing leave {MANAGED} --yes")),
        ("leave_as_json", &format!("--missing leave {MANAGED} --yes --json")),
        ("leave_online", "--missing leave --online --managed-domain example.com --yes"),
        ("leave_few_without_yes", &format!("--missing leave {MANAGED}")),
        (
            "nobody_is_missing",
            &format!(
                "--missing leave {MANAGED} --managed-domain nowhere.example.com --managed-type \
                 adobeID"
            ),
        ),
    ]);
}

#[test]
fn missing_people_are_refused_without_what_is_needed() {
    show(&[
        ("without_a_list", "--missing leave --managed-domain example.com"),
        ("without_management", "--missing leave --against users.csv"),
        ("with_some_rows", &format!("--missing leave {MANAGED} --rows 1-2")),
        ("in_the_sandbox_without_a_list", "--missing leave --sandbox --managed-domain example.com"),
        ("in_test_mode", &format!("--missing leave {MANAGED} --test-mode")),
        ("over_the_maximum", &format!("--missing leave {MANAGED} --max-missing 1 --yes")),
        ("over_the_maximum_share", &format!("--missing leave {MANAGED} --max-missing 10% --yes")),
        (
            "over_the_maximum_as_json",
            &format!("--missing leave {MANAGED} --max-missing 1 --yes --json"),
        ),
        (
            "by_a_group_that_is_unknown",
            &format!("--missing remove-groups {MANAGED} --manage-groups 'Team *' --yes"),
        ),
    ]);
}

#[test]
fn missing_people_are_refused_where_the_file_is_not_sure() {
    for (name, rows, options) in [
        ("invalid_rows", staff(8) + "add,no address,Design\n", "--missing leave --yes"),
        ("half_of_them", staff(3), "--missing leave --yes"),
        ("half_of_them_meant", staff(3), "--missing leave --yes --max-missing 7"),
        (
            "nearly_a_missing_person",
            staff(8) + "add,carI@example.com,Design\n",
            "--missing leave --yes",
        ),
        ("looks_like_a_renamed_person", renamed(), "--missing report"),
    ] {
        let world = world();
        let screens = Screens::of("missing_people", &world);
        screens
            .file("staff.csv", rows)
            .show(name, &format!("umbulk import staff.csv {options} {MANAGED}"));
    }
    let world = world();
    let screens = Screens::of("missing_people", &world);
    world.sandbox.faults().refuse_commands(
        "u3@example.com",
        "error.user.belongs_to_another_org",
        9,
    );
    screens.show(
        "rows_that_failed",
        &format!("umbulk import staff.csv --missing leave --yes {MANAGED}"),
    );
}

#[test]
fn many_missing_people_need_a_yes() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    (0..40).for_each(|number| {
        directory.add_user(&user(&format!("u{number}@example.com"), &["Design"]));
    });
    let world = World::new(directory, SandboxOptions::default());
    let screens = Screens::of("missing_people", &world);
    screens.prepare("umbulk export users", 0);
    screens.file("staff.csv", staff(28));
    screens.show_all(&[
        (
            "leave_without_yes",
            "umbulk import staff.csv --missing leave --against users.csv \
             --managed-domain example.com",
        ),
        (
            "remove_groups_without_yes",
            "umbulk import staff.csv --missing remove-groups --against \
             users.csv --managed-domain example.com",
        ),
    ]);
}

#[test]
fn file_shorter_than_before_is_refused() {
    let world = world();
    let screens = Screens::of("missing_people", &world);
    screens.date("users.csv", 1);
    screens
        .show("first_of_two_runs", &format!("umbulk import staff.csv --missing report {MANAGED}"));
    screens.file("staff.csv", staff(5));
    screens.show(
        "file_shorter_than_before",
        &format!("umbulk import staff.csv --missing leave --yes {MANAGED}"),
    );
}

#[test]
fn lists_that_do_not_tell_who_is_missing() {
    for (name, columns) in [
        ("list_without_status", "type,email,username,domain,firstname,lastname,country,groups,id"),
        ("list_without_groups", "type,email,username,domain,firstname,lastname,country,id,status"),
    ] {
        let world = world();
        let screens = Screens::of("missing_people", &world);
        screens.prepare(
            &format!("umbulk export users --cached --out users.csv --columns {columns}"),
            0,
        );
        screens.show(name, &format!("umbulk import staff.csv --missing leave --yes {MANAGED}"));
    }
    let by_username = world();
    let screens = Screens::of("missing_people", &by_username);
    screens.prepare(
        "umbulk export users --cached --out users.csv --columns \
         type,email,firstname,lastname,country,groups,id,status",
        0,
    );
    screens.file("staff.csv", "action,username,domain,groups\nadd,alee,example.com,Design\n");
    screens.show(
        "list_without_usernames",
        &format!("umbulk import staff.csv --missing leave --yes {MANAGED}"),
    );
    for (name, minutes) in
        [("list_too_old", 180), ("list_older_than_a_day", 1800), ("list_of_the_future", -180)]
    {
        let world = world();
        let screens = Screens::of("missing_people", &world);
        screens
            .date("users.csv", minutes)
            .show(name, &format!("umbulk import staff.csv --missing leave --yes {MANAGED}"));
    }
}

/// The lists have all people, but not all that must be known about them.
#[test]
fn lists_that_do_not_tell_who_stays() {
    let console =
        "Identity Type,Username,Domain,Email,First Name,Last Name,Country Code,User Groups\n";
    let people = (0..8).map(|number| format!("u{number}")).chain(["carl".to_owned()]);
    let rows = people.map(|name| {
        format!(
            "Federated ID,{name}@example.com,example.com,{name}@example.com,First,Last,US,Design\n"
        )
    });
    let world = world();
    let screens = Screens::of("missing_people", &world);
    screens.file("users.csv", console.to_owned() + &rows.collect::<String>());
    screens.show(
        "list_without_other_kinds_of_groups",
        &format!("umbulk import staff.csv --missing leave --yes {MANAGED}"),
    );
}

/// The server says whose account the caller has, and the list does not say which person that is.
#[test]
fn list_that_does_not_tell_which_account_is_the_callers() {
    let payload = "eyJ1c2VyX2lkIjoiMEExQkBBZG9iZUlEIn0"; // {"user_id":"0A1B@AdobeID"}
    let body =
        format!(r#"{{"access_token":"eyJhbGciOiJub25lIn0.{payload}.x","expires_in":86400}}"#);
    let server = Scripted::start([("token".to_owned(), Answer { body, ..Answer::default() })]);
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("missing_people", folder.path());
    screens
        .file("staff.csv", "action,email,groups\nadd,ann@example.com,Design\n")
        .file("users.csv", "type,email,groups,status\nfederatedID,ann@example.com,Design,active\n");
    let args = [
        "import",
        "staff.csv",
        "--against",
        "users.csv",
        "--missing",
        "leave",
        "--managed-domain",
        "example.com",
    ];
    let run = server.umbulk(folder.path(), &args);
    screens.compare("list_without_ids", &format!("umbulk {}", args.join(" ")), &run);
}

#[test]
fn record_of_the_last_run_that_cannot_be_read() {
    let world = world();
    let screens = Screens::of("missing_people", &world);
    let report = format!("umbulk import staff.csv --missing report {MANAGED}");
    screens.prepare(&report, 0);
    let records: Vec<_> = std::fs::read_dir(world.path("state/umbulk/missing")).unwrap().collect();
    let record = records[0].as_ref().unwrap().path();
    std::fs::write(&record, "[{\"at\"").unwrap();
    screens.show("record_unreadable", &report);
    std::fs::remove_file(record).unwrap();
    screens.show("record_deleted", &report);
}

/// The rows are sent, and the server asks for a long pause when the missing people follow.
fn interrupted(action: &str, options: &str) -> World {
    let world = world();
    let pause = InjectedFault::Answer {
        status: 429,
        headers: vec![("retry-after".to_owned(), "9000".to_owned())],
        body: String::new(),
    };
    world.sandbox.faults().next_actions([None, Some(pause)]);
    let typed = format!(
        "umbulk import staff.csv --missing {action} {MANAGED}{options} --max-wait 1h --yes"
    );
    let screens = Screens::of("missing_people", &world);
    screens.show(&format!("interrupted_{}", action.replace('-', "_")), &typed);
    forget_pause(&world.path("staff.missing.00000000000000000000AAAAAdobeOrg.journal"));
    screens.prepare("umbulk export users --force", 0);
    world
}

#[test]
fn interrupted_leave_that_does_not_go_on() {
    let typed = format!("umbulk import staff.csv --missing leave {MANAGED} --max-wait 1h --yes");
    let world = interrupted("leave", "");
    let screens = Screens::of("missing_people", &world);
    screens.show(
        "interrupted_leave_other_action",
        &format!("umbulk import staff.csv --missing report {MANAGED}"),
    );
    screens.file("protect.txt", "pat@example.com\ncarl@example.com\n");
    screens.show("interrupted_leave_exempt", &typed);
    screens.file("protect.txt", "pat@example.com\n");
    screens.file("staff.csv", staff(8) + "add,carl@example.com,Design\n");
    screens.show("interrupted_leave_named_now", &typed);
    screens.file("staff.csv", staff(8));
    let file = std::fs::read_to_string(world.path("staff.missing.csv")).unwrap();
    screens.file("staff.missing.csv", file.replace("carl@", "dora@"));
    screens.show("interrupted_leave_file_changed", &typed);
    std::fs::remove_file(world.path("staff.missing.csv")).unwrap();
    screens.show("interrupted_leave_file_gone", &typed);
    screens.file("staff.missing.csv", file);
    screens.show("interrupted_leave_goes_on", &typed);
    let world = interrupted("leave", "");
    std::fs::remove_file(world.path("staff.missing.csv")).unwrap();
    Screens::of("missing_people", &world)
        .show("interrupted_leave_starts_over", &format!("{typed} --fresh"));
}

#[test]
fn interrupted_removal_of_groups_that_are_no_longer_under_management() {
    let world = interrupted("remove-groups", " --manage-groups Design --manage-groups Video");
    Screens::of("missing_people", &world).show(
        "interrupted_remove_groups_not_managed",
        &format!(
            "umbulk import staff.csv --missing remove-groups {MANAGED} --manage-groups Video \
             --max-wait 1h --yes"
        ),
    );
}

#[test]
fn files_of_missing_people_that_cannot_be_written() {
    let world = world();
    let screens = Screens::of("missing_people", &world);
    let report = format!("umbulk import staff.csv --missing report {MANAGED}");
    std::fs::create_dir(world.path("staff.missing.csv")).unwrap();
    screens.show("folder_in_place_of_the_file", &report);
    std::fs::remove_dir(world.path("staff.missing.csv")).unwrap();
    #[cfg(unix)]
    {
        let records = world.path("state/umbulk/missing");
        std::fs::remove_dir_all(&records).ok();
        std::os::unix::fs::symlink("/dev/null/records", &records).unwrap();
        screens.show("record_not_written", &format!("{report} --fresh"));
    }
}

/// The server refuses one of the missing people.
#[test]
fn missing_people_who_do_not_leave() {
    let world = world();
    world.sandbox.faults().refuse_commands("carl@example.com", "error.user.not_removable", 9);
    Screens::of("missing_people", &world)
        .show("leave_refused", &format!("umbulk import staff.csv --missing leave {MANAGED} --yes"));
}

#[test]
fn rows_that_stop_before_missing_people_follow() {
    let world = world();
    let pause = InjectedFault::Answer {
        status: 429,
        headers: vec![("retry-after".to_owned(), "9000".to_owned())],
        body: String::new(),
    };
    world.sandbox.faults().next_actions([Some(pause)]);
    Screens::of("missing_people", &world).show(
        "stopped_before",
        &format!("umbulk import staff.csv --missing leave {MANAGED} --max-wait 1h --yes"),
    );
}
