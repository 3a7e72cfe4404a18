//! Lists that an import relies on: old ones, those of another organization, those that do not tell
//! enough.

use super::Screens;
use super::imports::world as organization;
use crate::world::{World, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxOptions, SandboxUser};

const FILE: &str = "action,email,firstname,lastname,country,groups\n\
                    create,new@example.com,New,One,US,Design\nadd,ann@example.com,,,,Video\n\
    remove,stranger@example.com,,,,Design\n";

/// An organization whose lists are stored and in files.
fn world() -> World {
    let world = organization();
    let screens = Screens::of("lists", &world);
    screens.prepare("umbulk export users", 0);
    screens.prepare("umbulk export groups", 0);
    screens.file("staff.csv", FILE);
    world
}

#[test]
fn old_lists_are_asked_about() {
    for (name, minutes, typed) in [
        (
            "list_of_three_hours",
            180,
            "umbulk import staff.csv --skip-unchanged --against users.csv",
        ),
        (
            "list_of_three_hours_as_json",
            180,
            "umbulk import staff.csv --skip-unchanged --against users.csv --json",
        ),
        (
            "list_of_three_hours_yes",
            180,
            "umbulk import staff.csv --skip-unchanged --against users.csv --yes",
        ),
        ("list_of_three_hours_in_the_plan", 180, "umbulk plan staff.csv --against users.csv"),
        ("list_of_two_days", 2880, "umbulk import staff.csv --skip-unchanged --against users.csv"),
        (
            "list_of_two_days_allowed",
            2880,
            "umbulk import staff.csv --skip-unchanged --against users.csv --max-age 72h",
        ),
        ("list_of_the_future", -180, "umbulk import staff.csv --against users.csv"),
    ] {
        let world = world();
        Screens::of("lists", &world).date("users.csv", minutes).show(name, typed);
    }
    for (name, typed) in [
        ("groups_of_two_days", "umbulk import staff.csv --groups-file groups.csv"),
        ("groups_of_two_days_in_the_plan", "umbulk plan staff.csv --groups-file groups.csv"),
    ] {
        let world = world();
        Screens::of("lists", &world).date("groups.csv", 2880).show(name, typed);
    }
}

#[test]
fn lists_that_are_none() {
    let world = world();
    let screens = Screens::of("lists", &world);
    screens
        .file("other.csv", "Foo,Bar\n1,2\n")
        .file("empty.csv", "")
        .file("emails.csv", "email\nann@example.com\n");
    screens
        .file("broken.csv", "email,firstname\nann@example.com,\"Ann\n")
        .file("header.csv", "email,firstname,lastname,country,groups\n");
    std::fs::create_dir(world.path("lists")).unwrap();
    for (name, list) in [
        ("missing", "nowhere.csv"),
        ("folder", "lists"),
        ("unknown_header", "other.csv"),
        ("empty", "empty.csv"),
        ("emails_alone", "emails.csv"),
        ("broken_row", "broken.csv"),
        ("header_only", "header.csv"),
        ("of_groups", "groups.csv"),
    ] {
        screens
            .show(&format!("against_{name}"), &format!("umbulk plan staff.csv --against {list}"));
        screens.show(
            &format!("groups_file_{name}"),
            &format!("umbulk plan staff.csv --groups-file {list}"),
        );
    }
    screens.show(
        "exact_groups_by_emails_alone",
        "umbulk plan staff.csv --against emails.csv --exact-groups --manage-groups '*'",
    );
    screens.show("against_the_input", "umbulk plan staff.csv --against staff.csv");
}

#[test]
fn snapshots_that_cannot_be_used() {
    let world = organization();
    let screens = Screens::of("lists", &world);
    screens.file("staff.csv", FILE);
    screens.show("no_snapshot", "umbulk import staff.csv --skip-unchanged");
    screens.show("no_snapshot_as_json", "umbulk import staff.csv --skip-unchanged --json");
    screens.show("no_snapshot_in_the_plan", "umbulk plan staff.csv --skip-unchanged");
    screens.prepare("umbulk export users --group Design --snapshot", 0);
    screens.show("only_a_part_is_stored", "umbulk import staff.csv --skip-unchanged");
    screens.prepare("umbulk export users", 0);
    screens.show(
        "list_of_another_organization",
        "UMAPI_ORG_ID=12345@AdobeOrg umbulk plan staff.csv --skip-unchanged",
    );
}

#[test]
fn groups_that_cannot_be_created() {
    for (name, rows, typed) in [
        (
            "create_groups_with_a_role",
            "new@example.com,New,One,US,\"Design,_admin_Fotos\"\n",
            "umbulk import staff.csv --create-groups",
        ),
        (
            "create_groups_that_are_similar",
            "new@example.com,New,One,US,\"Design,Desing\"\n",
            "umbulk import staff.csv --create-groups",
        ),
        (
            "create_groups_in_the_sandbox",
            "new@example.com,New,One,US,Fotos\n",
            "umbulk import staff.csv --create-groups --sandbox",
        ),
        (
            "create_groups_in_test_mode",
            "new@example.com,New,One,US,Fotos\n",
            "umbulk import staff.csv --create-groups --test-mode",
        ),
    ] {
        let world = organization();
        let screens = Screens::of("lists", &world);
        screens
            .file("staff.csv", format!("email,firstname,lastname,country,groups\n{rows}"))
            .show(name, typed);
    }
    let world = organization();
    world.sandbox.faults().refuse_commands("Fotos", "error.group.invalid_name", 9);
    let screens = Screens::of("lists", &world);
    screens.file(
        "staff.csv",
        "email,firstname,lastname,country,groups\nnew@example.com,New,One,US,Fotos\n",
    );
    screens.show("create_groups_refused", "umbulk import staff.csv --create-groups");
}

#[test]
fn lists_older_than_an_import_from_here() {
    let world = world();
    let screens = Screens::of("lists", &world);
    screens.date("users.csv", 1);
    screens
        .file("first.csv", "action,email,groups\nadd,bob@example.com,Video\n")
        .prepare("umbulk import first.csv", 0);
    let weekly = "email,firstname,lastname,country,groups\nbob@example.com,First,Last,US,Design\n\
                  ann@example.com,First,Last,US,Design\n";
    screens.file("weekly.csv", weekly);
    screens.show_all(&[
        ("import_since_the_list", "umbulk import weekly.csv --skip-unchanged"),
        (
            "import_since_the_named_list",
            "umbulk import weekly.csv --skip-unchanged --against \
             users.csv --fresh",
        ),
        (
            "import_since_the_list_with_exact_groups",
            "umbulk import weekly.csv --against users.csv --exact-groups --manage-groups '*' \
             --fresh",
        ),
    ]);
}

#[test]
fn lists_that_do_not_show_which_groups_to_remove() {
    let weekly = "email,firstname,lastname,country,groups\nbob@example.com,First,Last,US,Design\n\
                  ann@example.com,First,Last,US,Design\n";
    let console = "Identity Type,Username,Domain,Email,First Name,Last Name,Country Code,User \
                   Groups\n\
        Federated ID,bob@example.com,example.com,bob@example.com,First,Last,US,Design\n";
    let world = world();
    let screens = Screens::of("lists", &world);
    screens
        .file("weekly.csv", weekly)
        .file("console.csv", console)
        .file("invalid.csv", format!("{weekly}ann@example.com,\"First,Last,US,Video\n"));
    let exact = "--exact-groups --manage-groups";
    screens.show_all(&[
        (
            "exact_groups_by_some_kinds_of_groups",
            &format!("umbulk import weekly.csv --against console.csv {exact} '*'"),
        ),
        (
            "exact_groups_with_unreadable_rows",
            &format!("umbulk import invalid.csv --against users.csv {exact} Design"),
        ),
        (
            "exact_groups_of_several_in_one_pattern",
            &format!("umbulk import weekly.csv --against users.csv {exact} 'Design,Video' --yes"),
        ),
        (
            "exact_groups_of_a_regular_expression",
            &format!(
                "umbulk import weekly.csv --against users.csv {exact} '(Design|Video)' --fresh"
            ),
        ),
        (
            "exact_groups_of_a_misspelled_group",
            &format!("umbulk import weekly.csv --against users.csv {exact} Desing --fresh"),
        ),
        (
            "exact_groups_of_no_group",
            &format!("umbulk import weekly.csv --against users.csv {exact} Fotos --fresh"),
        ),
    ]);
    screens.date("users.csv", 2880).show(
        "exact_groups_by_a_list_of_two_days",
        &format!("umbulk import weekly.csv --against users.csv {exact} Design --fresh"),
    );
}

#[test]
fn snapshots_that_are_not_the_ones_meant() {
    let world = world();
    let screens = Screens::of("lists", &world);
    screens.prepare("umbulk export users --group Design --snapshot", 0);
    let stored = world.umbulk(&["snapshots", "--json"]).stdout;
    let stored: Vec<serde_json::Value> = serde_json::from_str(&stored).unwrap();
    let part = stored.iter().find(|list| list["what"].as_str().unwrap().contains("Design"));
    let part = part.unwrap()["name"].as_str().unwrap();
    screens.show_all(&[("against_a_part", &format!("umbulk plan staff.csv --against {part}"))]);
}

#[test]
fn creation_of_groups_that_is_interrupted() {
    let world = organization();
    let pause = InjectedFault::Answer {
        status: 429,
        headers: vec![("retry-after".to_owned(), "9000".to_owned())],
        body: String::new(),
    };
    world.sandbox.faults().next_actions([Some(pause)]);
    let screens = Screens::of("lists", &world);
    screens.file(
        "staff.csv",
        "email,firstname,lastname,country,groups\nnew@example.com,New,One,US,Fotos\n",
    );
    let typed = "umbulk import staff.csv --create-groups --max-wait 1h";
    screens.show("create_groups_interrupted", typed);
    screens.show("create_groups_interrupted_goes_on", typed);
}

/// An answer that says nothing about users or groups.
fn busy() -> Option<InjectedFault> {
    Some(InjectedFault::Answer { status: 503, headers: Vec::new(), body: String::new() })
}

#[test]
fn lists_whose_people_have_changed_since() {
    let weekly = "email,firstname,lastname,country,groups\nbob@example.com,First,Last,US,Design\n\
                  ann@example.com,First,Last,US,\n";
    let exact = "--against users.csv --exact-groups --manage-groups '*'";
    let world = world();
    let screens = Screens::of("lists", &world);
    screens.date("users.csv", 1);
    // What a refused rename has left behind is not certain.
    world.sandbox.faults().refuse_commands("bob@example.com", "error.user.username_exists", 1);
    screens
        .file("first.csv", "action,email,new_email\nupdate,bob@example.com,rob@example.com\n")
        .prepare("umbulk import first.csv", 1);
    screens.file("weekly.csv", weekly);
    screens.file("invalid.csv", format!("{weekly}no address,First,Last,US,Design\n"));
    screens.show_all(&[
        (
            "unconfirmed_since_the_list",
            "umbulk import weekly.csv --skip-unchanged --against users.csv",
        ),
        (
            "unconfirmed_since_the_list_with_exact_groups",
            &format!("umbulk import weekly.csv {exact} --fresh"),
        ),
        ("exact_groups_beside_an_invalid_row", &format!("umbulk plan invalid.csv {exact}")),
    ]);
    screens.prepare("umbulk export users --force", 0);
    screens.file(
        "names.csv",
        "type,email,firstname,lastname,country,groups\nfederatedID,ann@example.com,Ann,Lee,US,\
         Design\n",
    );
    screens.file("by_username.csv", "action,username,domain,groups\nadd,alee,example.com,Design\n");
    screens.show(
        "exact_groups_by_a_list_without_usernames",
        "umbulk import by_username.csv --against names.csv --exact-groups --manage-groups '*'",
    );
}

#[test]
fn exported_lists_that_are_imported_without_a_snapshot() {
    for (name, people) in [("exported_few", 5), ("exported_many", 60)] {
        let mut directory = Directory::default();
        for number in 0..people {
            let user = user(&format!("u{number}@example.com"), &[]);
            directory.add_user(&SandboxUser { country: "US".into(), ..user });
        }
        let world = World::new(directory, SandboxOptions::default());
        let screens = Screens::of("lists", &world);
        screens.prepare("umbulk export users", 0);
        std::fs::remove_dir_all(world.path("state")).unwrap();
        let list = std::fs::read_to_string(world.path("users.csv")).unwrap();
        screens.file("users.csv", list.replace("u3@example.com", "new@example.com"));
        screens.show(&format!("{name}_validated"), "umbulk validate users.csv");
        screens.show(name, "umbulk import users.csv");
    }
}

#[test]
fn exported_list_about_which_the_server_does_not_answer() {
    let world = organization();
    let screens = Screens::of("lists", &world);
    screens.prepare("umbulk export users", 0);
    std::fs::remove_dir_all(world.path("state")).unwrap();
    world.sandbox.faults().next_reads((0..99).map(|_| busy()));
    screens.show(
        "exported_few_unanswered",
        "umbulk import users.csv --max-attempts 2 --check-groups never",
    );
}

#[test]
fn snapshots_of_two_organizations() {
    let world = world();
    let screens = Screens::of("lists", &world);
    screens.prepare("umbulk export users --force --snapshot", 0);
    let other = organization();
    let own = "12345@AdobeOrg";
    let mut command = other.command(&["export", "users", "--snapshot"]);
    command.env("XDG_STATE_HOME", world.path("state")).env("UMAPI_ORG_ID", own);
    let _ = crate::world::run(&mut command);
    screens.show_all(&[
        (
            "named_list_of_another_organization",
            &format!("UMAPI_ORG_ID={own} umbulk plan staff.csv --against latest"),
        ),
        ("groups_file_of_users", "umbulk plan staff.csv --groups-file users.csv"),
        ("against_no_list_of_that_name", "umbulk plan staff.csv --against yesterday"),
        ("usage_of_no_list_of_that_name", "umbulk usage --from yesterday"),
    ]);
}

#[test]
fn groups_that_are_not_created() {
    let head = "action,email,firstname,lastname,country,groups,group,users\n";
    let world = organization();
    Screens::of("lists", &world)
        .file("staff.csv", format!("{head}update-group,,,,,,Fotos,ann@example.com\n"))
        .show("create_groups_of_another_kind", "umbulk import staff.csv --create-groups");
    let world = organization();
    world.sandbox.faults().next_actions((0..9).map(|_| Some(InjectedFault::CutBefore)));
    let screens = Screens::of("lists", &world);
    screens.file("staff.csv", format!("{head}create,new@example.com,New,One,US,Fotos,,\n"));
    screens.show(
        "create_groups_unanswered",
        "umbulk import staff.csv --create-groups --max-attempts 2",
    );
}

#[test]
fn groups_that_cannot_be_checked() {
    let head = "email,firstname,lastname,country,groups\n";
    let world = organization();
    world.sandbox.faults().next_reads((0..99).map(|_| busy()));
    let screens = Screens::of("lists", &world);
    screens.file("staff.csv", format!("{head}new@example.com,New,One,US,Fotos\n"));
    screens.show("groups_not_checked", "umbulk import staff.csv --max-attempts 2");
    let world = organization();
    let screens = Screens::of("lists", &world);
    let groups: Vec<String> = (0..60).map(|number| format!("Group {number}")).collect();
    screens.file(
        "staff.csv",
        format!("{head}new@example.com,New,One,US,\"{},Design\"\n", groups.join(",")),
    );
    screens.show("many_groups_by_a_fetched_list", "umbulk import staff.csv --test-mode");
}

/// A person was renamed elsewhere after the snapshot was fetched.
#[test]
fn rows_held_because_of_an_older_list() {
    let world = crate::outdated_list::renamed_world();
    let screens = Screens::of("lists", &world);
    let exported =
        crate::outdated_list::elsewhere(&world, &["export", "users", "--out", "now.csv"]);
    assert_eq!(exported.status, 0, "{exported:?}");
    screens.show_all(&[
        ("held_by_the_snapshot_validated", "umbulk validate now.csv"),
        ("held_by_the_snapshot_in_the_plan", "umbulk plan now.csv"),
        ("held_by_a_named_list", "umbulk import now.csv --against latest"),
    ]);
    let world = crate::outdated_list::renamed_world();
    let exported =
        crate::outdated_list::elsewhere(&world, &["export", "users", "--out", "now.csv"]);
    assert_eq!(exported.status, 0, "{exported:?}");
    world.sandbox.faults().next_reads((0..99).map(|_| busy()));
    Screens::of("lists", &world)
        .show("held_and_unanswered", "umbulk import now.csv --max-attempts 2 --check-groups never");
}

#[test]
fn snapshot_of_groups_that_is_damaged() {
    let world = world();
    let lists = std::fs::read_dir(world.path("state/umbulk/lists")).unwrap().next();
    let list = lists.unwrap().unwrap().path().join("groups.latest.snapshot");
    std::fs::write(list, "damaged").unwrap();
    Screens::of("lists", &world).show("stored_groups_damaged", "umbulk import staff.csv");
}
