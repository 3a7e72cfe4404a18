//! Every sample of the README: the organization afterwards, and each row's outcome.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

const GROUPS: [&str; 8] = [
    "Design Studio",
    "Marketing EMEA",
    "Photoshop Users",
    "All Apps - Pro",
    "Video Team",
    "Ventes & Marketing",
    "Größe XL",
    "Interns 2026",
];

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/samples/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// An organization that knows these users, and the samples' groups.
fn world_with(users: &[(&str, &[&str])]) -> World {
    let mut directory = Directory::default();
    for group in GROUPS {
        let profile = ["All Apps - Pro", "Photoshop Users"].contains(&group);
        directory.add_group(&if profile {
            SandboxGroup::profile(group)
        } else {
            SandboxGroup::user_group(group)
        });
    }
    for (email, groups) in users {
        directory.add_user(&user(email, groups));
    }
    World::new(directory, SandboxOptions::default())
}

#[test]
fn onboarding_sample_succeeds_in_every_row() {
    let world = world_with(&[]);
    let run = world.import("onboarding.csv", sample("onboarding.csv"), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    let rows = world.rows("onboarding.results.csv");
    assert_eq!(rows.len(), 120);
    assert!(rows.iter().all(|row| row["umbulk_status"] == "ok"), "{rows:?}");
    let directory = world.sandbox.directory();
    assert_eq!(directory.users().count(), 112);
    // 112 users in ten-command requests: nothing forbids merging the rows on one user.
    assert_eq!(world.action_requests(), 12);
    for row in rows.iter().filter(|row| row["action"] == "create") {
        let groups =
            world.groups_of(&row["email"]).unwrap_or_else(|| panic!("{} is missing", row["email"]));
        for group in row["groups"].split(',').map(str::trim).filter(|group| !group.is_empty()) {
            assert!(
                groups.iter().any(|has| has.eq_ignore_ascii_case(group)),
                "{} lacks {group}: {groups:?}",
                row["email"]
            );
        }
    }
    for row in rows.iter().filter(|row| row["action"] == "update") {
        assert_eq!(directory.user(&row["email"]).unwrap().firstname, "Alexandra");
    }
    assert!(!world.path("onboarding.failed.csv").exists());
}

#[test]
fn sample_with_errors_says_what_is_wrong_and_imports_once_fixed() {
    let world = world_with(&[]);
    let name = "onboarding-with-errors.csv";
    let run = world.import(name, sample(name), &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let rows = world.rows("onboarding-with-errors.results.csv");
    let wrong: Vec<(&str, &str)> = rows
        .iter()
        .filter(|row| row["umbulk_status"] != "ok")
        .map(|row| (row["umbulk_line"].as_str(), row["umbulk_code"].as_str()))
        .collect();
    assert_eq!(
        wrong,
        [
            ("3", "invalid.country.unknown"),
            ("4", "invalid.email.form"),
            ("5", "invalid.country.missing"),
            ("6", "invalid.lastname.mojibake"),
            ("7", "invalid.lastname.excel_error"),
        ]
    );
    let failed = std::fs::read_to_string(world.path("onboarding-with-errors.failed.csv")).unwrap();
    let fixed = failed
        .replace(",England,", ",GB,")
        .replace("romero.example", "romero@example")
        .replace("Noah,Keller,,", "Noah,Keller,CH,")
        .replace("SchÃ¤fer,DE", "Schäfer,DE")
        .replace("#N/A,FR", "Dubois,FR");
    let run = world.import("fixed.csv", fixed, &[]);
    assert_eq!(
        (run.status, world.statuses("fixed.results.csv")),
        (0, vec!["ok".to_owned(); 5]),
        "{run:?}"
    );
    assert_eq!(world.groups_of("noah.keller@example.com").unwrap(), ["Video Team"]);
}

#[test]
fn projects_sample_creates_and_deletes_a_group() {
    let world = world_with(&[]);
    let run = world.import("projects.csv", sample("projects.csv"), &[]);
    assert_eq!(run.status, 0, "{run:?}\n{:?}", world.outcomes("projects.results.csv"));
    let directory = world.sandbox.directory();
    assert!(directory.group("Aurora").is_some() && directory.group("Project Aurora").is_none());
    assert!(directory.group("Old Stuff").is_none());
    let rows = world.rows("projects.results.csv");
    let email = |row: usize| rows[row]["email"].clone();
    assert_eq!(world.groups_of(&email(1)).unwrap(), ["Aurora"]);
    let moved = email(3).replace("@corp.", "@");
    assert_eq!(world.groups_of(&moved).unwrap(), ["Aurora", "Design Studio"]);
    assert_eq!(world.groups_of(&email(3)), None);
    assert_eq!(world.groups_of(&email(4)).unwrap(), Vec::<String>::new());
    assert_eq!(world.groups_of(&email(5)), None);
}

#[test]
fn umapi_clis_files_create_update_and_delete_the_same_users() {
    let world = world_with(&[]);
    assert_eq!(world.import("create.csv", sample("umapi-cli-create.csv"), &[]).status, 0);
    assert_eq!(world.sandbox.directory().users().count(), 80);
    let run = world.import("update.csv", sample("umapi-cli-update.csv"), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    for row in world.rows("update.results.csv") {
        let now = if row["email_new"].is_empty() { &row["email"] } else { &row["email_new"] };
        let groups = world.groups_of(now).unwrap();
        assert!(
            row["add_groups"].split(',').all(|group| groups.iter().any(|has| has == group)),
            "{now}: {groups:?}"
        );
        assert!(
            row["remove_groups"].is_empty() || !groups.contains(&row["remove_groups"]),
            "{now}: {groups:?}"
        );
        if !row["firstname"].is_empty() {
            assert_eq!(world.sandbox.directory().user(now).unwrap().firstname, row["firstname"]);
        }
    }
    let run = world.import("delete.csv", sample("umapi-cli-delete.csv"), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    // One of the nine has got another email in the meantime: the question about administrators
    // shows that nobody goes by the old one.
    assert_eq!(world.sandbox.directory().users().count(), 72);
    let messages: Vec<String> = world
        .rows("delete.results.csv")
        .into_iter()
        .map(|row| row["umbulk_message"].clone())
        .collect();
    // It has found the others, so that nobody doubts their removal.
    assert_eq!(
        messages
            .iter()
            .filter(|message| message.starts_with("removal confirmed; the user existed before"))
            .count(),
        8,
        "{messages:?}"
    );
    assert_eq!(
        world
            .outcomes("delete.results.csv")
            .iter()
            .filter(|outcome| *outcome == "unchanged unchanged.not_there")
            .count(),
        1
    );
}

#[test]
fn umapi_clis_groups_are_created_filled_and_renamed() {
    let world = world_with(&[]);
    world.import("users.csv", sample("umapi-cli-create.csv"), &[]);
    let unsaid = world.import("groups.csv", sample("umapi-cli-groups.csv"), &[]);
    assert_eq!(unsaid.status, 2);
    assert!(unsaid.stderr.contains("--action create-group"), "{}", unsaid.stderr);
    assert_eq!(world.umbulk(&["import", "groups.csv", "--action", "create-group"]).status, 0);
    let run = world.import("update.csv", sample("umapi-cli-groups-update.csv"), &[]);
    assert_eq!(run.status, 0, "{run:?}\n{:?}", world.outcomes("update.results.csv"));
    let directory = world.sandbox.directory();
    for row in world.rows("update.results.csv") {
        let now = if row["name_new"].is_empty() { &row["name"] } else { &row["name_new"] };
        assert!(directory.group(now).is_some(), "{now}");
        for user in row["add_users"].split(',') {
            assert!(world.groups_of(user).unwrap().contains(now), "{user} is not in {now}");
        }
    }
}

#[test]
fn user_syncs_rows_on_one_user_add_up() {
    let world = world_with(&[]);
    let run = world.import("user-sync.csv", sample("user-sync.csv"), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().users().count(), 60);
    assert_eq!(world.action_requests(), 6, "sixty users are six requests");
    for row in world.rows("user-sync.results.csv") {
        assert!(world.groups_of(&row["email"]).unwrap().contains(&row["groups"]));
        assert!(row.contains_key("office"), "extra columns are kept");
    }
}

#[test]
fn user_syncs_list_of_users_to_remove_removes_them() {
    let mut directory = Directory::default();
    for number in 0..8 {
        let mut leaver = user(&format!("leaver{number}@example.com"), &[]);
        if number % 2 == 1 {
            leaver = umbulk::sandbox::SandboxUser::assumed(
                &format!("leaver{number}"),
                Some("example.com"),
                false,
            );
        }
        directory.add_user(&leaver);
    }
    let world = World::new(directory, SandboxOptions::default());
    let run = world.import("remove.csv", sample("user-sync-remove.csv"), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().users().count(), 0);
}

#[test]
fn admin_console_sample_gives_profiles_groups_roles() {
    let world = world_with(&[]);
    let run = world.import("admin-console.csv", sample("admin-console.csv"), &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let rows = world.rows("admin-console.results.csv");
    let wrong: Vec<&str> = rows
        .iter()
        .filter(|row| row["umbulk_status"] != "ok")
        .map(|row| row["umbulk_code"].as_str())
        .collect();
    assert_eq!(wrong, ["invalid.admin_roles.role"], "{rows:?}");
    assert_eq!(world.sandbox.directory().users().count(), 89);
    assert!(world.groups_of(&rows[3]["Email"]).unwrap().contains(&"_support_admin".to_owned()));
    assert!(
        world.groups_of(&rows[6]["Email"]).unwrap().contains(&"_admin_Design Studio".to_owned())
    );
}

#[test]
fn the_apis_sample_columns_create_users_by_their_upn() {
    let world = world_with(&[]);
    let run = world.import("samples.csv", sample("umapi-samples.csv"), &[]);
    assert_eq!(run.status, 0, "{run:?}\n{:?}", world.outcomes("samples.results.csv"));
    assert_eq!(world.sandbox.directory().users().count(), 40);
}

#[test]
fn somebodys_own_list_imports_with_a_mapping() {
    let world = world_with(&[]);
    world.write("hr.csv", sample("hr-list-utf16.csv"));
    let unmapped = world.umbulk(&["import", "hr.csv"]);
    assert_eq!(unmapped.status, 2);
    assert!(
        unmapped.stderr.contains("--map") && unmapped.stderr.contains("Work mail"),
        "{}",
        unmapped.stderr
    );
    let run = world.umbulk(&[
        "import",
        "hr.csv",
        "--map",
        "email=Work mail",
        "--map",
        "firstname=Given name",
        "--map",
        "lastname=Surname",
        "--map",
        "country=Land",
        "--map",
        "groups=Team",
    ]);
    assert_eq!(run.status, 0, "{run:?}");
    let rows = world.rows("hr.results.csv");
    assert_eq!(rows.len(), 30);
    for row in &rows {
        assert_eq!(
            world.sandbox.directory().user(&row["Work mail"]).unwrap().lastname,
            row["Surname"]
        );
        assert!(world.groups_of(&row["Work mail"]).unwrap().contains(&row["Team"]));
    }
}
