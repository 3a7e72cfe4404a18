//! `umbulk export`: whole lists, parts of them, snapshots, and why none is written.

use super::Screens;
use crate::scripted::{Answer, Scripted};
use crate::world::{World, user};
use umbulk::sandbox::{
    Directory, Identity, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser, UserStatus,
};

fn organization() -> Directory {
    let mut directory = Directory::default();
    for group in ["Design", "Team, North"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_group(&SandboxGroup {
        product: Some("Creative Cloud".to_owned()),
        quota: Some(1),
        ..SandboxGroup::profile("All Apps")
    });
    directory.add_user(&SandboxUser {
        country: "US".into(),
        ..user("ann@example.com", &["Design", "All Apps"])
    });
    directory.add_user(&SandboxUser {
        country: "DE".into(),
        ..user("bob@example.com", &["Team, North", "All Apps"])
    });
    directory.add_user(&SandboxUser {
        identity: Identity::Adobe,
        ..user("carl@example.org", &["_support_admin"])
    });
    directory.add_user(&SandboxUser {
        status: UserStatus::Disabled,
        ..user("off@example.com", &["Design"])
    });
    directory
}

fn world() -> World {
    World::new(organization(), SandboxOptions::default())
}

#[test]
fn exports_of_users_and_groups() {
    for (name, typed) in [
        ("users", "umbulk export users"),
        ("users_as_json", "umbulk export users --json"),
        ("users_quiet", "umbulk export users --quiet"),
        ("users_verbose", "umbulk export users --verbose"),
        ("users_to_standard_output", "umbulk export users --out - --columns email,groups"),
        ("users_as_json_lines", "umbulk export users --out users.jsonl"),
        ("users_compressed", "umbulk export users --out users.csv.gz"),
        ("users_for_excel", "umbulk export users --excel"),
        ("users_for_the_admin_console", "umbulk export users --dialect admin-console --out -"),
        ("users_for_user_sync", "umbulk export users --dialect user-sync --out -"),
        ("users_for_umapi_cli", "umbulk export users --dialect umapi-cli --out -"),
        ("users_of_a_domain", "umbulk export users --domain example.com"),
        ("users_of_a_domain_that_is_not_there", "umbulk export users --domain nowhere.com"),
        ("users_of_a_type", "umbulk export users --type adobeID"),
        ("users_of_a_status", "umbulk export users --status disabled"),
        ("users_with_indirect", "umbulk export users --indirect"),
        ("members", "umbulk export users --group Design"),
        ("members_of_several", "umbulk export users --group Design --group 'All Apps'"),
        ("members_with_a_licence", "umbulk export users --group 'All Apps' --status active"),
        ("members_of_no_group", "umbulk export users --group Desing"),
        ("groups", "umbulk export groups"),
        ("groups_as_json", "umbulk export groups --json"),
        ("groups_to_standard_output", "umbulk export groups --out -"),
        ("groups_of_a_type", "umbulk export groups --type USER_GROUP"),
        ("snapshot", "umbulk export users --snapshot"),
    ] {
        let world = world();
        Screens::of("exports", &world).show(name, typed);
    }
    let empty = World::new(Directory::default(), SandboxOptions::default());
    let screens = Screens::of("exports", &empty);
    screens.show_all(&[
        ("users_of_nobody", "umbulk export users"),
        ("groups_of_nobody", "umbulk export groups"),
    ]);
}

#[test]
fn exports_that_cannot_be() {
    let world = world();
    let screens = Screens::of("exports", &world);
    std::fs::create_dir(world.path("lists")).unwrap();
    screens.show_all(&[
        ("refused_workbook", "umbulk export users --out users.xls"),
        ("refused_json_array", "umbulk export users --out users.json"),
        ("refused_excel_json_lines", "umbulk export users --excel --out users.jsonl"),
        ("refused_folder", "umbulk export users --out lists"),
        ("refused_place", "umbulk export users --out nowhere/users.csv"),
        ("refused_column", "umbulk export users --columns email,room"),
        ("refused_column_twice", "umbulk export users --columns email,email"),
        ("refused_type_of_user", "umbulk export users --type USER_GROUP"),
        ("refused_type_of_group", "umbulk export groups --type federatedID"),
        ("refused_groups_of_a_domain", "umbulk export groups --domain example.com"),
        ("refused_groups_of_a_group", "umbulk export groups --group Design"),
        ("refused_groups_with_indirect", "umbulk export groups --indirect"),
        ("refused_groups_of_a_dialect", "umbulk export groups --dialect user-sync"),
        ("refused_empty_group", "umbulk export users --group ''"),
        ("refused_empty_domain", "umbulk export users --domain ''"),
        ("refused_name_of_umbulk", "umbulk export users --out a.journal"),
        ("refused_cached_without_a_list", "umbulk export users --cached"),
        ("refused_cached_members_without_a_list", "umbulk export users --cached --group Design"),
    ]);
}

#[test]
fn exports_of_snapshots() {
    let world = world();
    let screens = Screens::of("exports", &world);
    screens.prepare("umbulk export users", 0);
    screens.show_all(&[
        ("again_within_two_hours", "umbulk export users"),
        ("again_within_two_hours_as_json", "umbulk export users --json"),
        ("again_with_force", "umbulk export users --force"),
        ("cached", "umbulk export users --cached"),
        ("cached_members", "umbulk export users --cached --group Design"),
        ("cached_members_of_no_group", "umbulk export users --cached --group Desing"),
        ("cached_for_the_admin_console", "umbulk export users --cached --dialect admin-console"),
        ("over_an_earlier_file", "umbulk export users --cached --out users.csv"),
    ]);
    screens.file(
        "staff.csv",
        "email,firstname,lastname,country,groups\nnew@example.com,New,One,US,Design\n",
    );
    screens.prepare("umbulk import staff.csv", 0);
    screens.show("cached_after_an_import", "umbulk export users --cached");
}

/// The members of the second group do not come.
#[test]
fn export_that_stops_and_goes_on() {
    let world = world();
    let gone = InjectedFault::Answer { status: 503, headers: Vec::new(), body: String::new() };
    world.sandbox.faults().next_reads([None, Some(gone.clone()), Some(gone)]);
    let screens = Screens::of("exports", &world);
    let typed = "umbulk export users --group Design --group 'All Apps' --max-attempts 2";
    screens.show("stopped", typed);
    screens.show("goes_on", typed);
    let pause = InjectedFault::Answer {
        status: 429,
        headers: vec![("retry-after".to_owned(), "9000".to_owned())],
        body: "{}".to_owned(),
    };
    world.sandbox.faults().next_reads([None, Some(pause)]);
    let typed = "umbulk export users --group Design --group 'Team, North' --json";
    screens.show("stopped_as_json", typed);
    screens.show("fresh", &format!("{typed} --fresh"));
}

#[test]
fn pages_that_are_not_what_they_should_be() {
    let page =
        |users: &str, more: &str| format!(r#"{{"result":"success","users":[{users}]{more}}}"#);
    let ann = r#"{"email":"ann@example.com","type":"federatedID","groups":["A"]}"#;
    for (name, body) in [
        ("page_without_its_end", page(ann, "")),
        ("page_with_somebody_twice", page(&format!("{ann},{ann}"), r#","lastPage":true"#)),
        ("page_with_a_nameless_user", page(r#"{"firstname":"Ann"}"#, r#","lastPage":true"#)),
        (
            "page_that_is_an_error",
            r#"{"result":"error.something","message":"something is wrong"}"#.to_owned(),
        ),
        (
            "page_of_something_else",
            r#"{"lastPage":true,"result":"success","users":"none"}"#.to_owned(),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let server = Scripted::start([(
            "users/1@AdobeOrg/0".to_owned(),
            Answer { body, ..Answer::default() },
        )]);
        let done = server.umbulk(folder.path(), &["export", "users", "--progress", "none"]);
        Screens::offline("exports", folder.path()).compare(
            name,
            "umbulk export users --progress none",
            &done,
        );
    }
}

/// The server counts more or fewer people than it lists, or lists somebody on two pages.
#[test]
fn lists_that_are_not_as_long_as_the_server_says() {
    let page = |number: usize, pages: usize, total: usize, ids: &[u32]| {
        let users: Vec<String> = ids
            .iter()
            .map(|id| {
                format!(r#"{{"id":"{id}","email":"u{id}@example.com","type":"federatedID"}}"#)
            })
            .collect();
        let headers =
            [("X-Page-Count", pages), ("X-Current-Page", number), ("X-Total-Count", total)];
        let body = format!(
            r#"{{"lastPage":{},"result":"success","users":[{}]}}"#,
            number + 1 == pages,
            users.join(",")
        );
        let headers = headers.map(|(name, value)| (name, value.to_string())).to_vec();
        (format!("users/1@AdobeOrg/{number}"), Answer { headers, body, after: None })
    };
    for (name, pages) in [
        ("fewer_listed_than_counted", vec![page(0, 2, 6, &[1, 2]), page(1, 2, 6, &[3])]),
        ("one_fewer_listed_than_counted", vec![page(0, 1, 2, &[1])]),
        ("more_listed_than_counted", vec![page(0, 1, 1, &[1, 2])]),
        ("listed_on_two_pages", vec![page(0, 2, 3, &[1, 2]), page(1, 2, 3, &[2, 3])]),
        ("several_listed_on_two_pages", vec![page(0, 2, 6, &[1, 2, 3]), page(1, 2, 6, &[2, 3, 4])]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let server = Scripted::start(pages);
        let done = server.umbulk(folder.path(), &["export", "users", "--progress", "none"]);
        Screens::offline("exports", folder.path()).compare(
            name,
            "umbulk export users --progress none",
            &done,
        );
    }
}
