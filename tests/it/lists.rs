//! What a list cannot tell is not believed.

use crate::resume::started;
use crate::world::{World, user};
use std::time::Duration;
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&user("ann@example.com", &["Design", "Video", "_admin_Design"]));
    directory
        .add_user(&SandboxUser { username: "bobby".into(), ..user("bob@example.com", &["Video"]) });
    World::new(directory, SandboxOptions::default())
}

/// The statuses of a file's rows beside a list.
fn statuses(world: &World, rows: &str, list: &str, more: &[&str]) -> Vec<String> {
    world.write("users.csv", list);
    let run = world.import(
        "a.csv",
        rows,
        &[&["--skip-unchanged", "--against", "users.csv", "--allow-admins"], more].concat(),
    );
    assert!(run.status < 2, "{run:?}");
    world.statuses("a.results.csv")
}

#[test]
fn names_in_a_list_are_separated_as_in_the_rows() {
    let world = world();
    let list = "type,email,groups\nfederatedID,ann@example.com,Design;Video;_admin_Design\n";
    let rows = "action,email,groups\nadd,ann@example.com,Design;Video\n\
                remove,ann@example.com,Other\nremove,ann@example.com,_admin_Design\n";
    assert_eq!(
        statuses(&world, rows, list, &["--list-separator", ";"]),
        ["unchanged", "unchanged", "ok"]
    );
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Video"]);
}

#[test]
fn own_export_separates_names_by_commas() {
    let world = world();
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    let list = std::fs::read_to_string(world.path("users.csv")).unwrap();
    let rows =
        "action,email,groups\nadd,ann@example.com,Design;Video\nremove,bob@example.com,Video\n";
    assert_eq!(statuses(&world, rows, &list, &["--list-separator", ";"]), ["unchanged", "ok"]);
}

#[test]
fn nobody_is_absent_by_a_username_that_the_list_does_not_tell() {
    let world = world();
    let list = "type,email,firstname,lastname,country,groups\nfederatedID,ann@example.com,,,,\n";
    assert_eq!(
        statuses(
            &world,
            "type,username,domain\nfederatedID,bobby,example.com\n",
            list,
            &["--action", "delete"]
        ),
        ["ok"]
    );
    assert!(world.groups_of("bob@example.com").is_none());
}

#[test]
fn incomplete_usernames_prove_no_absence() {
    let list = |ann: &str| {
        format!(
            "type,email,username,domain,groups\nfederatedID,ann@example.com,{ann},\n\
             federatedID,c@example.com,cc,example.com,\n"
        )
    };
    let rows = "action,username,domain\ndelete,bobby,example.com\n";
    assert_eq!(statuses(&world(), rows, &list(","), &[]), ["ok"]);
    assert_eq!(statuses(&world(), rows, &list("ann,example.com"), &[]), ["unchanged"]);
}

#[test]
fn a_name_that_is_no_email_and_has_no_domain_is_never_absent() {
    let list = "type,email,username,domain,groups\nfederatedID,ann@example.com,ann@example.com,\
                example.com,\n";
    let rows = "action,group,remove_users\nupdate-group,Video,bobby\n\
                update-group,Video,nobody@example.com\n";
    let statuses = statuses(&world(), rows, list, &[]);
    assert_ne!(statuses[0], "unchanged");
    assert_eq!(statuses[1], "unchanged");
}

const CONSOLE: &str = "Identity Type,Username,Domain,Email,First Name,Last Name,Country \
     Code,Product Configurations,User Groups";

#[test]
fn uncovered_membership_kind_proves_no_absence() {
    let world = world();
    let list =
        format!("{CONSOLE}\nFederated ID,ann@example.com,example.com,ann@example.com,,,,,Design\n");
    let rows =
        "action,email,groups\nremove,ann@example.com,_admin_Design\nremove,ann@example.com,Video\n";
    assert_eq!(statuses(&world, rows, &list, &[]), ["ok", "unchanged"]);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Video"]);
    // A plain name may be a profile.
    let list = list.replace("Product Configurations", "Shoe Size");
    assert_eq!(
        statuses(&world, "action,email,groups\nremove,ann@example.com,Video\n", &list, &[]),
        ["ok"]
    );
    // Nor is it known that nothing is left.
    let list =
        format!("{CONSOLE}\nFederated ID,ann@example.com,example.com,ann@example.com,,,,,\n");
    assert_eq!(
        statuses(&world, "action,email\nremove-all,ann@example.com\n", &list, &["--yes"]),
        ["ok"]
    );
}

#[test]
fn exact_groups_want_all_columns_of_what_is_managed() {
    let world = world();
    let list =
        format!("{CONSOLE}\nFederated ID,ann@example.com,example.com,ann@example.com,,,,,Design\n");
    world.write("users.csv", &list);
    let run = |managed: &str| {
        let rows = "action,email,groups\nadd,ann@example.com,Design\n";
        world.import(
            "a.csv",
            rows,
            &["--against", "users.csv", "--exact-groups", "--manage-groups", managed],
        )
    };
    assert_eq!(run("Vid*").status, 0);
    let refused = run("_admin_*");
    assert!(
        refused.status == 2 && refused.stderr.contains("--manage-groups _admin_*"),
        "{refused:?}"
    );
    world.write("users.csv", list.replace("Product Configurations", "Shoe Size"));
    assert_eq!(run("Vid*").status, 2);
}

#[test]
fn two_types_of_one_email_are_two_people() {
    let world = world();
    let list = "type,email,groups\nfederatedID,ann@example.com,Design\n\
                enterpriseID,ann@example.com,Video\n";
    let rows = "action,email,groups\nadd,ann@example.com,Design\nremove,ann@example.com,Other\n";
    let statuses = statuses(&world, rows, list, &[]);
    assert!(!statuses.contains(&"unchanged".to_owned()), "{statuses:?}");
}

#[test]
fn a_file_of_changes_is_no_list() {
    let world = world();
    for (list, what) in [
        (
            "action,email,groups\ncreate,ann@example.com,\ndelete,bob@example.com,\n",
            "the action on line 3 is delete",
        ),
        ("email,add_groups\nann@example.com,Design\n", "add_groups"),
        ("action,email,new_email\ncreate,ann@example.com,\n", "new_email"),
    ] {
        world.write("users.csv", list);
        let run = world.import(
            "a.csv",
            "action,email,groups\nadd,ann@example.com,Design\n",
            &["--skip-unchanged", "--against", "users.csv"],
        );
        assert!(
            run.status == 2
                && run.stderr.contains(what)
                && run.stderr.contains("Use an exported list of users"),
            "{run:?}"
        );
    }
}

#[test]
fn partial_list_is_marked_and_proves_no_absence() {
    let world = world();
    assert_eq!(
        world.umbulk(&["export", "users", "--type", "federatedID", "--out", "some.csv"]).status,
        0
    );
    assert_eq!(world.umbulk(&["export", "users", "--cached", "--out", "all.csv"]).status, 0);
    assert_eq!(
        world
            .umbulk(&[
                "export",
                "users",
                "--cached",
                "--domain",
                "example.com",
                "--columns",
                "email",
                "--out",
                "picked.csv"
            ])
            .status,
        0
    );
    let head = |name: &str| {
        std::fs::read_to_string(world.path(name)).unwrap().lines().next().unwrap().to_owned()
    };
    assert!(
        head("some.csv").ends_with(",part")
            && !head("all.csv").contains("part")
            && head("picked.csv") == "email"
    );
    world.write("a.csv", "action,email\ndelete,gone@example.com\n");
    let unchanged = |list: &str| {
        let plan = world.umbulk(&["plan", "a.csv", "--against", list, "--json"]);
        assert_eq!(plan.status, 0, "{plan:?}");
        serde_json::from_str::<serde_json::Value>(&plan.stdout).unwrap()["unchanged"].clone()
    };
    assert_eq!((unchanged("some.csv"), unchanged("all.csv")), (0.into(), 1.into()));
}

#[test]
fn a_run_that_goes_on_knows_the_groups_as_it_did_when_it_began() {
    let mut directory = Directory::default();
    directory.add_user(&user("ann@example.com", &[]));
    directory.add_group(&SandboxGroup::user_group("Design"));
    let world = World::new(
        directory,
        SandboxOptions { latency: Duration::from_millis(150), ..SandboxOptions::default() },
    );
    for what in ["users", "groups"] {
        assert_eq!(world.umbulk(&["export", what]).status, 0);
    }
    let people: String =
        (0..60).map(|number| format!("create,u{number}@example.com,Ann,Lee,US,\n")).collect();
    world.write(
        "a.csv",
        format!("action,email,firstname,lastname,country,group\n{people}delete-group,,,,,Gone\n"),
    );
    let mut child = started(&world, 2, &["--skip-unchanged"]);
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = || {
        let names = std::fs::read_dir(world.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        names.filter(|name| name.ends_with(".snapshot")).count()
    };
    assert_eq!(kept(), 2, "the users' and the groups'");
    let run = world.umbulk(&["import", "a.csv", "--skip-unchanged"]);
    assert!(run.status == 0 && run.stderr.contains("continues  "), "{run:?}");
    assert_eq!(world.statuses("a.results.csv").last().map(String::as_str), Some("unchanged"));
    assert_eq!(kept(), 0);
}

#[test]
fn people_of_a_later_import_are_not_compared() {
    let world = world();
    world.write("remove.csv", "action,email,groups\nremove,bob@example.com,Design\n");
    world.write("add.csv", "action,email,groups\nadd,bob@example.com,Design\n");
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let import = |name: &str| {
        let run = world.umbulk(&["import", &format!("{name}.csv"), "--skip-unchanged", "--fresh"]);
        assert_eq!(run.status, 0, "{run:?}");
        world.statuses(&format!("{name}.results.csv")).concat()
    };
    let in_design = || world.groups_of("bob@example.com").unwrap().contains(&"Design".to_owned());
    assert_eq!((import("remove").as_str(), in_design()), ("unchanged", false));
    // The snapshot knows nothing of these.
    assert_eq!((import("add").as_str(), in_design()), ("ok", true));
    assert_eq!((import("remove").as_str(), in_design()), ("ok", false));
    assert_eq!((import("add").as_str(), in_design()), ("ok", true));
    // A newer list does.
    assert_eq!(world.umbulk(&["export", "users", "--force"]).status, 0);
    assert_eq!(import("add"), "unchanged");
}

#[test]
fn licences_are_counted_over_all_files() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup { quota: Some(1), ..SandboxGroup::profile("Photoshop") });
    for name in ["a", "b"] {
        directory.add_user(&user(&format!("{name}@example.com"), &[]));
    }
    let world = World::new(directory, SandboxOptions::default());
    world.write("a.csv", "action,email,groups\nadd,a@example.com,PHOTOSHOP\n");
    world.write(
        "b.csv",
        "action,email,groups\nadd,b@example.com,photoshop\nadd,b@example.com,New\n\
                          add,a@example.com,new\n",
    );
    let run = world.umbulk(&["plan", "a.csv", "b.csv", "--online", "--create-groups"]);
    assert_eq!(
        run.stdout.matches("Photoshop would have 2 members, but has 1 licence").count(),
        1,
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("  Photoshop: 1\n") && run.stdout.contains("  New: 2\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn list_without_names_or_roles_refuses_missing() {
    let world = world();
    let console =
        format!("{CONSOLE}\nFederated ID,ann@example.com,example.com,ann@example.com,,,,,\n");
    let nameless =
        "type,email,groups\nfederatedID,ann@example.com,\nfederatedID,bob@example.com,Video\n";
    for (list, what) in
        [(&*console, "administrators cannot be recognized"), (nameless, "by username alone")]
    {
        world.write("users.csv", list);
        let rows = "action,email,username,domain,groups\nadd,ann@example.com,,,Design\n\
                    add,,bobby,example.com,Video\n";
        let missing = [
            "--against",
            "users.csv",
            "--missing",
            "leave",
            "--managed-domain",
            "example.com",
            "--yes",
        ];
        let run = world.import("a.csv", rows, &missing);
        assert!(run.status == 2 && run.stderr.contains(what), "{run:?}");
    }
    assert!(world.groups_of("bob@example.com").is_some());
}

/// A list is not carried out: what its columns say of leavers, whole names and earlier addresses
/// changes nothing.
#[test]
fn columns_of_a_list_that_are_no_rows_to_import_are_no_error() {
    for column in ["Name", "Disabled", "Old Email", "Leaver"] {
        let world = world();
        let list = format!(
            "type,email,groups,{column}\nfederatedID,ann@example.com,\"Design,Video\",TRUE\n"
        );
        let rows = "action,email,groups\nadd,ann@example.com,Design\n";
        assert_eq!(statuses(&world, rows, &list, &[]), ["unchanged"], "{column}");
    }
}
