//! Only what changes is sent: compared with an exported list.

use crate::world::{World, user};
use proptest::prelude::*;
use std::fmt::Write;
use umbulk::sandbox::{Directory, Identity, SandboxGroup, SandboxOptions, SandboxUser};

/// The organization's users as an export lists them.
fn list(world: &World) -> String {
    let mut text =
        "action,type,email,username,domain,firstname,lastname,country,groups\n".to_owned();
    for user in world.sandbox.directory().users() {
        let groups = serde_json::to_string(&user.groups).unwrap().replace('"', "\"\"");
        writeln!(
            text,
            "create,{},{},{},{},{},{},{},\"{groups}\"",
            user.identity.name(),
            user.email,
            user.username,
            user.domain,
            user.firstname,
            user.lastname,
            user.country
        )
        .unwrap();
    }
    text
}

pub(crate) fn dump(world: &World) -> String {
    let mut bytes = Vec::new();
    world.sandbox.directory().dump(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn organization() -> Directory {
    let mut directory = Directory::default();
    for group in ["Design", "Video", "Team, North"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory
        .add_user(&SandboxUser { country: "US".into(), ..user("ann@example.com", &["Design"]) });
    directory.add_user(&SandboxUser {
        country: "DE".into(),
        username: "bobby".into(),
        ..user("bob@example.com", &["Video", "Team, North"])
    });
    directory.add_user(&user("boss@example.com", &["_org_admin", "_admin_Design"]));
    directory.add_user(&SandboxUser::assumed("nameless@example.com", None, false));
    directory
}

const HEAD: &str = "action,email,username,domain,firstname,lastname,country,groups,add_groups,\
                    remove_groups,new_email\n";

#[test]
fn matching_rows_are_unchanged_and_others_send_the_rest() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write("users.csv", list(&world));
    let file = HEAD.to_owned()
        + "create,ann@example.com,,,First,Last,US,Design,,,\n\
           create,ANN@example.com,,,First,Last,US,\"design,Video\",,,\n\
           update,bob@example.com,,,Robert,Last,,,,,\n\
           add,,bobby,example.com,,,,Video,,,\n\
           remove,bob@example.com,,,,,,Design,,,\n\
           delete,gone@example.com,,,,,,,,,\n\
           create,new@example.com,,,New,User,US,Design,,,\n";
    let run = world.import("staff.csv", file, &["--skip-unchanged", "--against", "users.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(
        world.outcomes("staff.results.csv"),
        [
            "unchanged unchanged.snapshot",
            "ok",
            "ok",
            "unchanged unchanged.snapshot",
            "unchanged unchanged.snapshot",
            "unchanged unchanged.not_there",
            "ok"
        ]
    );
    assert!(
        world.rows("staff.results.csv")[0]["umbulk_message"].contains("users.csv of 20"),
        "{:?}",
        world.rows("staff.results.csv")[0]
    );
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Video"]);
    assert_eq!(world.sandbox.directory().user("bob@example.com").unwrap().firstname, "Robert");
    assert_eq!(world.action_requests(), 1);
    assert!(
        run.stderr.contains("3 rows to send, 4 unchanged")
            && run.stderr.contains("compared with users.csv"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_exported_list_against_itself_plans_nothing() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write("users.csv", list(&world));
    let plan = world.umbulk(&["plan", "users.csv", "--against", "users.csv", "--json"]);
    assert_eq!(plan.status, 0, "{plan:?}");
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(
        (&plan["commands"], &plan["requests"], &plan["unchanged"], &plan["invalid"]),
        (&0.into(), &0.into(), &4.into(), &0.into())
    );
}

#[test]
fn what_an_earlier_row_changes_is_not_taken_from_the_list() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write("users.csv", list(&world));
    // By the list, bob is in Video, ann is not, and nobody is called new@example.com.
    let file = HEAD.to_owned()
        + "add,ann@example.com,,,,,,Video,,,\n\
           remove,ann@example.com,,,,,,Video,,,\n\
           remove,bob@example.com,,,,,,Video,,,\n\
           add,,bobby,example.com,,,,Video,,,\n\
           create,new@example.com,,,New,User,US,,,,\n\
           delete,new@example.com,,,,,,,,,\n";
    let run = world.import("staff.csv", file, &["--skip-unchanged", "--against", "users.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design"]);
    assert_eq!(world.groups_of("bob@example.com").unwrap(), ["Team, North", "Video"]);
    assert!(world.groups_of("new@example.com").is_none());
}

#[test]
fn indirect_membership_is_not_a_direct_one() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write(
        "users.csv",
        "type,email,groups,indirect\nfederatedID,ann@example.com,\"Design,Video\",yes\n",
    );
    let run = world.import(
        "staff.csv",
        "action,email,groups\nadd,ann@example.com,Video\nremove,ann@example.com,\"Team, North\"\n",
        &["--skip-unchanged", "--against", "users.csv", "--list-separator", ";"],
    );
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(
        world.statuses("staff.results.csv"),
        ["ok", "unchanged"],
        "who is not in it is no member in any way"
    );
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Video"]);
}

#[test]
fn an_old_list_is_not_relied_upon_for_who_is_absent() {
    let world = World::new(organization(), SandboxOptions::default());
    let path = world.write("users.csv", list(&world));
    let hours =
        |hours: u64| std::time::SystemTime::now() - std::time::Duration::from_secs(hours * 3600);
    let set_age = |age| {
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(hours(age)).unwrap();
    };
    world.write(
        "a.csv",
        "action,email,groups\nadd,ann@example.com,Design\nremove,ann@example.com,Video\n",
    );
    let args = ["import", "a.csv", "--skip-unchanged", "--against", "users.csv"];
    set_age(3);
    let run = world.umbulk(&args);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(
        run.stderr.contains("3 h") && run.stderr.contains("1 row would not be sent"),
        "{}",
        run.stderr
    );
    // Who only adds may rely on it for longer, but not for ever.
    world.write("a.csv", "action,email,groups\nadd,ann@example.com,Design\n");
    assert_eq!(world.umbulk(&args).status, 0);
    set_age(25);
    world.write("a.csv", "action,email,groups\nadd,bob@example.com,Video\n");
    let run = world.umbulk(&args);
    assert!(run.status == 2 && run.stderr.contains("--max-age"), "{run:?}");
    assert_eq!(world.umbulk(&[&args[..], &["--max-age", "48h"]].concat()).status, 0);
}

#[test]
fn exact_groups_remove_unlisted_managed_groups_only() {
    let mut directory = organization();
    for group in ["Team 1", "Team 2", "Other"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    let everything = ["Team 1", "Team 2", "Other", "_admin_Team 1"];
    for name in ["a", "b", "c", "d", "e"] {
        directory.add_user(&user(&format!("{name}@example.com"), &everything));
    }
    let world = World::new(directory, SandboxOptions::default());
    world.write("users.csv", list(&world));
    // One row lists one, one says nothing, one says none, two rows add up.
    let file = "action,email,groups\nupdate,a@example.com,Team 1\nadd,b@example.com,Team \
         2\nupdate,c@example.com,[]\nadd,d@example.com,Team 1\nadd,d@example.com,Team 2\n";
    let exact = ["--against", "users.csv", "--exact-groups", "--manage-groups", "team *"];
    assert_eq!(
        world.import("staff.csv", file, &["--against", "users.csv", "--exact-groups"]).status,
        2,
        "--manage-groups is needed"
    );
    let capped = world.import("staff.csv", file, &[&exact[..], &["--max-removals", "2"]].concat());
    assert!(capped.status == 2 && capped.stderr.contains("--max-removals"), "{capped:?}");
    let run = world.import("staff.csv", file, &exact);
    assert_eq!(run.status, 0, "{run:?}");
    let groups = |name: &str| world.groups_of(&format!("{name}@example.com")).unwrap();
    assert_eq!(groups("a"), ["Other", "Team 1", "_admin_Team 1"]);
    assert_eq!(groups("b"), ["Other", "Team 2", "_admin_Team 1"]);
    assert_eq!(groups("c"), ["Other", "_admin_Team 1"]);
    assert_eq!(groups("d"), ["Other", "Team 1", "Team 2", "_admin_Team 1"]);
    assert_eq!(groups("e").len(), 4, "nobody speaks of her");
    // A role is taken where it is named.
    world.write("users.csv", list(&world));
    let roles = [
        "--against",
        "users.csv",
        "--exact-groups",
        "--manage-groups",
        "_admin_*",
        "--allow-admins",
    ];
    assert_eq!(
        world
            .import("roles.csv", "action,email,groups\nupdate,a@example.com,Team 1\n", &roles)
            .status,
        0
    );
    assert_eq!(groups("a"), ["Other", "Team 1"]);
}

#[test]
fn an_empty_cell_is_no_opinion_about_exact_groups() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write("users.csv", list(&world));
    let file = "action,email,firstname,lastname,groups\nupdate,ann@example.com,Anna,Last,\n";
    assert_eq!(
        world
            .import(
                "a.csv",
                file,
                &["--against", "users.csv", "--exact-groups", "--manage-groups", "*"]
            )
            .status,
        0
    );
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design"]);
}

#[test]
fn a_plan_shows_what_somebody_wants_to_see_before_approving() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write("users.csv", list(&world));
    let file = HEAD.to_owned()
        + "update,ann@example.com,,,Anna,Last,,Video,,Design,\n\
           create,new@example.com,,,New,User,US,Design,,,\n\
           delete,bob@example.com,,,,,,,,,\n\
           add,boss@example.com,,,,,,_admin_Design,,,\n\
           create,wrong,,,,,,,,,\n";
    world.write("staff.csv", file);
    let run = world.umbulk(&["plan", "staff.csv", "--against", "users.csv", "--out", "plan.csv"]);
    assert_eq!(run.status, 1);
    let shown =
        regex(&run.stdout, &[("compared with users.csv of .* old", "compared with users.csv")]);
    insta::assert_snapshot!(shown, @r"
    staff.csv (native): 5 rows
    compared with users.csv: 4 people
    what it does: 1 user is created, 1 user is updated, 1 user joins groups, 1 user leaves groups, 1 user leaves the organization
              3  rows to send
              1  row unchanged: nothing to send
              1  invalid row (listed by umbulk plan staff.csv --against users.csv --out FILE)
              1  row that deletes
    +         1  user to create
                 new@example.com
    +         2  memberships to add
                 Design: 1
                 Video: 1
    ~         1  user to update
                 ann@example.com: firstname `First` -> `Anna`
    -         1  membership to remove
                 Design: 1
    -         1  user leaves the organization
                 bob@example.com
              3  commands
              1  request, no limit (1 without the comparison)
    ");
    let rows = world.rows("plan.csv");
    assert_eq!(
        rows.iter()
            .map(|row| (row["row"].as_str(), row["status"].as_str(), row["changes"].as_str()))
            .collect::<Vec<_>>(),
        [
            ("1", "send", "firstname `First` -> `Anna`; remove from `Design`; add to `Video`"),
            ("2", "send", "create; add to `Design`"),
            ("3", "send", "leave the organization"),
            ("4", "unchanged", ""),
            ("5", "invalid", ""),
        ]
    );
    let json: serde_json::Value = serde_json::from_str(
        &world.umbulk(&["plan", "staff.csv", "--against", "users.csv", "--json"]).stdout,
    )
    .unwrap();
    let differences = &json["differences"];
    assert_eq!(
        (&differences["create"], &differences["leave"], &json["unchanged"]),
        (&1.into(), &1.into(), &1.into())
    );
    assert_eq!(
        differences["updates"][0],
        serde_json::json!({"user": "ann@example.com", "field": "firstname", "old": "First", "new":
            "Anna"})
    );
    assert_eq!(differences["groups"]["Design"], serde_json::json!({"add": 1, "remove": 1}));
}

#[test]
fn a_rehearsal_knows_the_people_of_the_list_that_is_named() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write("users.csv", list(&world));
    let file = HEAD.to_owned()
        + "create,ann@example.com,,,First,Last,US,\"Design,Video\",,,\n\
           update,bob@example.com,,,Robert,Last,,,,,\n";
    let run =
        world.import("a.csv", file, &["--sandbox", "--skip-unchanged", "--against", "users.csv"]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned(); 2]),
        "{run:?}"
    );
}

/// Imports a file with only its differences.
fn only(world: &World, file: &str, more: &[&str]) -> crate::world::Run {
    world.write("users.csv", list(world));
    world.import(
        "a.csv",
        file,
        &[&["--skip-unchanged", "--against", "users.csv", "--fresh"], more].concat(),
    )
}

#[test]
fn username_equal_to_anothers_email_shares_no_groups() {
    let mut directory = organization();
    directory.add_user(&SandboxUser {
        username: "ann@example.com".into(),
        country: "US".into(),
        ..user("other@example.com", &["Video"])
    });
    let world = World::new(directory, SandboxOptions::default());
    world.write("users.csv", list(&world));
    let plan = world.umbulk(&["plan", "users.csv", "--against", "users.csv", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!((&plan["commands"], &plan["unchanged"]), (&0.into(), &5.into()), "{plan}");
}

#[test]
fn exact_groups_keep_what_other_rows_change() {
    let mut directory = organization();
    for group in ["Team 1", "Team 2", "Team 3"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&user("a@example.com", &["Team 1", "Team 2", "Team 3"]));
    let world = World::new(directory, SandboxOptions::default());
    let exact = ["--exact-groups", "--manage-groups", "Team *"];
    let file = "action,email,groups,group,users,new_name\nupdate,a@example.com,\"Team \
         1,Design\",,,\nupdate-group,,,Team 2,a@example.com,\ndelete-group,,,Team 3,,\n";
    let run = only(&world, file, &exact);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, ["ok", "unchanged", "ok"].map(str::to_owned).to_vec()),
        "{run:?}"
    );
    assert_eq!(world.groups_of("a@example.com").unwrap(), ["Design", "Team 1", "Team 2"]);
    // A row under the name that an earlier row gives is about the same person.
    let file = "action,email,groups,new_email\nupdate,a@example.com,,b@example.com\n\
                update,b@example.com,Team 1,\n";
    assert_eq!(only(&world, file, &exact).status, 0);
    assert_eq!(world.groups_of("b@example.com").unwrap(), ["Design", "Team 1"]);
}

#[test]
fn exact_groups_by_an_old_list_need_consent() {
    let world = World::new(organization(), SandboxOptions::default());
    let path = world.write("users.csv", list(&world));
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3 * 3600);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    world.write("a.csv", "action,email,groups\nupdate,ann@example.com,Design\n");
    let run = world.umbulk(&[
        "import",
        "a.csv",
        "--against",
        "users.csv",
        "--exact-groups",
        "--manage-groups",
        "Video",
    ]);
    assert!(run.status == 2 && run.stderr.contains("3 h"), "{run:?}");
    let plan = world.umbulk(&[
        "plan",
        "a.csv",
        "--against",
        "users.csv",
        "--exact-groups",
        "--manage-groups",
        "Video",
    ]);
    assert!(plan.stdout.contains("the import will ask"), "{plan:?}");
}

#[test]
fn holder_of_a_renames_new_name_loses_nothing() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write("prot.txt", "bobby\n");
    let file = HEAD.to_owned() + "update,old@example.com,,,,,,,,Video,bob@example.com\n";
    let run = only(&world, &file, &["--protect", "prot.txt"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.groups_of("bob@example.com").unwrap(), ["Team, North", "Video"]);
    let exact = ["--exact-groups", "--manage-groups", "*"];
    let done = HEAD.to_owned() + "update,old@example.com,,,,,,Design,,,ann@example.com\n";
    assert_eq!(only(&world, &done, &exact).status, 1);
    assert_eq!(world.outcomes("a.results.csv"), ["failed error.user.nonexistent"]);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design"]);
    let wrong = HEAD.to_owned() + "update,old.example.com,,,Anna,,,,,,ann@example.com\n";
    assert_eq!(only(&world, &wrong, &exact).status, 1);
    assert_eq!(world.outcomes("a.results.csv"), ["invalid invalid.email.form"]);
    let more = HEAD.to_owned() + "update,old@example.com,,,,,,Video,,,ann@example.com\n";
    assert_eq!(only(&world, &more, &exact).status, 1);
    assert_eq!(world.outcomes("a.results.csv"), ["failed error.user.nonexistent"]);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design"]);
}

#[test]
fn protected_user_keeps_memberships_under_any_name() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write("prot.txt", "bobby\n");
    let file = "action,email,groups,group,remove_users\nremove,bob@example.com,Video,,\n\
                update-group,,,Video,bob@example.com\n";
    assert_eq!(only(&world, file, &["--protect", "prot.txt"]).status, 1);
    assert_eq!(
        world.outcomes("a.results.csv"),
        ["invalid invalid.email.protected", "invalid invalid.remove_users.protected"]
    );
    assert_eq!(world.groups_of("bob@example.com").unwrap(), ["Team, North", "Video"]);
}

#[test]
fn user_created_under_two_names_is_present_by_both() {
    for number in 1..=6 {
        let world = World::new(organization(), SandboxOptions::default());
        let file = format!(
            "action,email,username,domain,firstname,lastname,country,groups,group,remove_users\n\
             create,new{number}@example.com,nn{number},example.com,N,X,US,Video,,\n\
             update-group,,,,,,,,Video,new{number}@example.com\n"
        );
        assert_eq!(only(&world, &file, &[]).status, 0);
        assert_eq!(
            world.groups_of(&format!("new{number}@example.com")).unwrap(),
            Vec::<String>::new(),
            "{number}"
        );
    }
}

#[test]
fn what_is_wrong_with_a_row_counts_where_it_would_be_sent() {
    let mut directory = organization();
    directory.add_user(&user("carl@example.com", &["_org_admin"]));
    let world = World::new(directory, SandboxOptions::default());
    let long = "x".repeat(300);
    let file = format!(
        "{HEAD}add,carl@example.com,,,,,,\"_org_admin,Design\",,,\n\
         remove,carl@example.com,,,,,,_org_admin,,,\n\
         create,ann@example.com,{long},,Anna,Last,US,,,,\n"
    );
    assert_eq!(only(&world, &file, &["--if-exists", "update"]).status, 1);
    assert_eq!(
        world.outcomes("a.results.csv"),
        ["ok", "invalid invalid.groups.role", "invalid invalid.username.too_long"]
    );
    assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Design", "_org_admin"]);
}

#[test]
fn people_without_an_email_make_the_round_trip() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write(
        "users.csv",
        "type,email,username,domain,firstname,lastname,country,groups\n\
         federatedID,,noemail,example.com,A,B,US,Design\nfederatedID,,nomail@corp.com,example.com,\
         A,B,US,Design\n",
    );
    let plan = world.umbulk(&["plan", "users.csv", "--against", "users.csv", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(
        (&plan["commands"], &plan["unchanged"], &plan["invalid"]),
        (&0.into(), &2.into(), &0.into()),
        "{plan}"
    );
}

#[test]
fn a_role_that_the_api_does_not_know_makes_the_round_trip_too() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write(
        "console.csv",
        "Identity Type,Username,Domain,Email,First Name,Last Name,Country Code,Product \
         Configurations,Admin Roles,User Groups\n\
         Federated ID,a@example.com,example.com,a@example.com,A,B,US,,\"Storage \
         Administrator,System Administrator\",Design\n",
    );
    let plan = world.umbulk(&["plan", "console.csv", "--against", "console.csv", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!((&plan["unchanged"], &plan["invalid"]), (&1.into(), &0.into()), "{plan}");
}

/// Reads of users and groups that the server has seen.
fn reads(world: &World) -> usize {
    world
        .sandbox
        .traffic()
        .iter()
        .filter(|received| ["users", "groups"].contains(&received.class))
        .count()
}

#[test]
fn snapshot_is_compared_without_fetching() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write(
        "a.csv",
        "action,email,groups\nadd,ann@example.com,\"Design,Video\"\nadd,bob@example.com,Video\n",
    );
    let run = world.umbulk(&["import", "a.csv", "--skip-unchanged"]);
    assert!(
        run.status == 2 && run.stderr.contains("--online") && run.stderr.contains("no snapshot"),
        "{run:?}"
    );
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let asked = reads(&world);
    let run = world.umbulk(&["import", "a.csv", "--skip-unchanged"]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned(), "unchanged".to_owned()]),
        "{run:?}"
    );
    assert!(
        run.stderr.contains("compared with") && run.stderr.contains("old: 4 people"),
        "{}",
        run.stderr
    );
    assert_eq!(reads(&world), asked);
}

#[test]
fn an_organization_that_was_asked_for_lately_is_not_asked_again() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write("a.csv", "action,email,groups\nadd,ann@example.com,Design\n");
    let plan = || {
        let run = world.umbulk(&["plan", "a.csv", "--online", "--json"]);
        assert_eq!(run.status, 0, "{run:?}");
        serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap()
    };
    assert_eq!(plan()["unchanged"], 1);
    let asked = reads(&world);
    assert_eq!(asked, 2, "the users and the groups");
    assert_eq!(plan()["unchanged"], 1);
    assert_eq!(reads(&world), asked);
}

#[test]
fn a_plan_names_the_licences_that_would_not_be_enough() {
    let mut directory = organization();
    directory.add_group(&SandboxGroup { quota: Some(1), ..SandboxGroup::profile("Photoshop") });
    directory.add_user(&user("carl@example.com", &["Photoshop"]));
    let world = World::new(directory, SandboxOptions::default());
    world.write("a.csv", "action,email,groups\nadd,ann@example.com,Photoshop\n");
    let run = world.umbulk(&["plan", "a.csv", "--online"]);
    assert!(
        run.stdout.contains("Photoshop would have 2 members, but has 1 licence"),
        "{}",
        run.stdout
    );
}

#[test]
fn export_of_any_dialect_against_itself_plans_nothing() {
    let mut directory = organization();
    directory.add_group(&SandboxGroup::profile("All Apps, Pro"));
    directory.add_user(&SandboxUser {
        identity: Identity::Adobe,
        ..user("own@example.com", &["All Apps, Pro", "_support_admin"])
    });
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
    for (dialect, more) in [
        ("native", ""),
        ("native", "--excel"),
        ("umapi-cli", ""),
        ("user-sync", ""),
        ("admin-console", ""),
    ] {
        let args = ["export", "users", "--force", "--out", "users.csv", "--dialect", dialect, more];
        let run =
            world.umbulk(&args.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>());
        assert_eq!(run.status, 0, "{run:?}");
        let run = world.umbulk(&["plan", "users.csv", "--against", "users.csv", "--json"]);
        let plan: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(
            (&plan["requests"], &plan["unchanged"], &plan["invalid"]),
            (&0.into(), &5.into(), &0.into()),
            "{dialect}: {run:?}"
        );
        let before = dump(&world);
        let import = world.umbulk(&[
            "import",
            "users.csv",
            "--skip-unchanged",
            "--against",
            "users.csv",
            "--fresh",
        ]);
        assert_eq!((import.status, dump(&world)), (0, before), "{dialect}: {import:?}");
    }
}

#[test]
fn an_interrupted_run_goes_on_by_the_list_by_which_it_has_begun() {
    let world = World::new(
        organization(),
        SandboxOptions {
            latency: std::time::Duration::from_millis(150),
            ..SandboxOptions::default()
        },
    );
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let mut file = HEAD.to_owned() + "add,ann@example.com,,,,,,Design,,,\n";
    for number in 0..40 {
        writeln!(file, "create,new{number}@example.com,,,New,User,US,Design,,,").unwrap();
    }
    world.write("a.csv", file);
    let args =
        ["import", "a.csv", "--skip-unchanged", "--concurrency", "1", "--rate", "1000/100ms"];
    let mut child = world
        .command(&args)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while world.action_requests() < 2 {
        assert!(std::time::Instant::now() < until, "no request came");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // A newer list knows some of the new users already: by it other rows would be left.
    assert_eq!(world.umbulk(&["export", "users", "--force", "--out", "newer.csv"]).status, 0);
    let run = world.umbulk(&args);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        run.stderr.contains("continues  ") && run.stderr.contains("old: 4 people"),
        "{}",
        run.stderr
    );
    assert_eq!(world.statuses("a.results.csv"), [vec!["unchanged"], vec!["ok"; 40]].concat());
    assert_eq!(world.sandbox.directory().users().count(), 44);
    let left = std::fs::read_dir(world.folder.path()).unwrap().filter(|entry| {
        entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "snapshot")
    });
    assert_eq!(left.count(), 0, "the run's own list goes when it is finished");
}

/// A text in which what changes from run to run is replaced.
fn regex(text: &str, filters: &[(&str, &str)]) -> String {
    text.lines()
        .map(|line| {
            let known = filters.iter().find_map(|(pattern, with)| {
                let (begin, end) = pattern.split_once(".*")?;
                let rest = line.strip_prefix(begin)?;
                Some(format!("{with}{}", &rest[rest.find(end)? + end.len()..]))
            });
            known.unwrap_or_else(|| line.to_owned()) + "\n"
        })
        .collect()
}

/// A random user of the organization: sometimes with a username that is no email, or one that looks
/// like another's.
pub(crate) fn people() -> impl Strategy<Value = Vec<(u8, u8, bool, Vec<u8>)>> {
    prop::collection::vec(
        (0..4_u8, 0..2_u8, any::<bool>(), prop::collection::vec(0..4_u8, 0..3)),
        0..6,
    )
}

pub(crate) fn random_directory(people: &[(u8, u8, bool, Vec<u8>)]) -> Directory {
    let mut directory = Directory::default();
    for group in 0..4 {
        directory.add_group(&SandboxGroup::user_group(&format!("G{group}")));
    }
    for (number, (kind, name, admin, groups)) in people.iter().enumerate() {
        let mut one = user(&format!("u{number}@example.com"), &[]);
        one.firstname = format!("N{name}");
        one.country = "US".to_owned();
        match kind {
            0 => one.identity = Identity::Adobe,
            1 => one.username = format!("name{number}"),
            2 => one.username = format!("other{number}@corp.example.com"),
            _ => {}
        }
        one.groups.extend(groups.iter().map(|group| format!("G{group}")));
        if *admin {
            one.groups.insert("_admin_G0".to_owned());
        }
        directory.add_user(&one);
    }
    directory
}

/// A random row: what it does, to whom, a first name, groups to add and to remove.
pub(crate) type Row = (u8, u8, u8, Vec<u8>, Vec<u8>);

pub(crate) fn rows() -> impl Strategy<Value = Vec<Row>> {
    let groups = || prop::collection::vec(0..4_u8, 0..3);
    prop::collection::vec((0..12_u8, 0..7_u8, 0..2_u8, groups(), groups()), 1..10)
}

pub(crate) fn file(people: &[(u8, u8, bool, Vec<u8>)], rows: &[Row]) -> String {
    let mut text = "action,type,email,username,domain,firstname,lastname,country,add_groups,\
                    remove_groups,new_email,if_exists,group,users,remove_users\n"
        .to_owned();
    for (place, (what, who, name, add, remove)) in rows.iter().enumerate() {
        // A person is written the same way in all rows: without a list nobody could know that both
        // are one.
        let by_name = who % 2 == 1;
        let kind = people.get(usize::from(*who)).map(|person| person.0);
        let adobe = if kind == Some(0) { "adobeID" } else { "federatedID" };
        let list = |groups: &[u8]| {
            groups.iter().map(|group| format!("G{group}")).collect::<Vec<_>>().join(",")
        };
        let add_list = list(add);
        let remove: Vec<u8> = remove.iter().copied().filter(|group| !add.contains(group)).collect();
        let remove = list(&remove);
        let email = format!("u{who}@example.com");
        // Whom a username identifies.
        let (email_cell, username, domain) = if by_name && kind == Some(1) {
            (String::new(), format!("name{who}"), "example.com")
        } else {
            (email.clone(), String::new(), "")
        };
        let person = format!("{adobe},{email_cell},{username},{domain}");
        let line = match what {
            0..=2 => {
                let option = ["ignore", "update", "ignore"][usize::from(*what)];
                let username = match kind {
                    Some(1) if by_name => username,
                    Some(2) => format!("other{who}@corp.example.com"),
                    _ => String::new(),
                };
                format!(
                    "create,{adobe},{email},{username},,N{name},Last,US,\"{add_list}\",\
                     \"{remove}\",,{option},,,"
                )
            }
            3 | 4 if kind != Some(0) => {
                format!("update,{person},N{name},Last,,\"{add_list}\",\"{remove}\",,,,,")
            }
            5 | 6 if !add.is_empty() => format!("add,{person},,,,\"{add_list}\",,,,,,"),
            7 if !remove.is_empty() => format!("remove,{person},,,,,\"{remove}\",,,,,"),
            8 => format!("remove-all,{person},,,,\"{add_list}\",,,,,,"),
            9 => format!("delete,{person},,,,,,,,,,"),
            10 if kind.is_some_and(|kind| kind != 0) => {
                format!("update,{person},,,,,,renamed{place}@example.com,,,,")
            }
            11 => {
                let by_email = |member: &&u8| {
                    (*member).is_multiple_of(2)
                        || people.get(usize::from(**member)).is_none_or(|person| person.0 != 1)
                };
                let members = add
                    .iter()
                    .filter(by_email)
                    .map(|member| format!("u{member}@example.com"))
                    .collect::<Vec<_>>()
                    .join(",");
                let group = who % 4;
                if members.is_empty() {
                    format!("create-group,,,,,,,,,,,,G{group},,")
                } else {
                    format!("update-group,,,,,,,,,,,,G{group},\"{members}\",")
                }
            }
            _ => continue,
        };
        text += &line;
        text.push('\n');
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 200,
        failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn compared_import_ends_as_a_plain_one_with_fewer_requests(people in people(), rows in rows()) {
        let (plain, only) = (World::new(random_directory(&people), SandboxOptions::default()),
            World::new(random_directory(&people), SandboxOptions::default()));
        let file = file(&people, &rows);
        only.write("users.csv", list(&only) + "create,federatedID,somebody@example.com,,,S,B,US,\
            \n");
        let first = plain.import("a.csv", &file, &["--yes", "--allow-admins"]);
        let second = only.import("a.csv", &file, &["--yes", "--allow-admins", "--skip-unchanged",
            "--against", "users.csv", "--allow-second-accounts"]);
        if first.stderr.contains("no row below it") {
            return Ok(());
        }
        prop_assert_eq!(dump(&plain), dump(&only), "{}\n{:?}\n{:?}", file, first, second);
        // A plain import asks the server who among the leavers is there; a list saves the
        // questions.
        let known_by_questions = plain.rows("a.results.csv").iter().filter(|row|
            row["umbulk_message"].contains("before anything was sent")).count();
        prop_assert!(only.action_requests() <= plain.action_requests() + known_by_questions, "{}",
            file);
    }
    #[test]
    fn second_run_after_success_plans_nothing(people in people(), rows in rows()) {
        // Rows that leave or rename, or meet each other's memberships, may undo what another did.
        let rows: Vec<Row> = rows.into_iter().filter(|row| row.0 < 8).map(|mut row| {
            if row.0 != 7 { row.4.clear(); }
            row
        }).collect();
        let first: std::collections::HashMap<u8, Row> =
            rows.iter().rev().map(|row| (row.1, row.clone())).collect();
        let rows: Vec<Row> = rows
            .into_iter()
            .filter(|row| *row == first[&row.1] || (row.0 != 7 && first[&row.1].0 != 7))
            .map(|mut row| { row.2 = first[&row.1].2; row })
            .collect();
        let world = World::new(random_directory(&people), SandboxOptions::default());
        let file = file(&people, &rows);
        let run = world.import("a.csv", &file, &[]);
        if run.status != 0 {
            return Ok(());
        }
        world.write("users.csv", list(&world) + "create,federatedID,somebody@example.com,,,S,B,US,\
            \n");
        let plan = world.umbulk(&["plan", "a.csv", "--against", "users.csv", "--json"]);
        let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
        prop_assert_eq!(&plan["requests"], 0, "{}\n{}", file, plan);
    }
}

/// Three rows add the same person to a group. The last one has nothing left to do.
#[test]
fn memberships_that_rows_repeat_need_no_more_requests_with_a_list() {
    let people = [(0, 0, false, vec![]), (2, 0, false, vec![1])];
    let rows: [Row; 6] = [
        (0, 1, 0, vec![], vec![]),
        (11, 2, 0, vec![1], vec![]),
        (5, 1, 0, vec![0], vec![]),
        (5, 0, 0, vec![0], vec![]),
        (11, 2, 0, vec![1], vec![]),
        (11, 6, 0, vec![1], vec![]),
    ];
    let plain = World::new(random_directory(&people), SandboxOptions::default());
    let only = World::new(random_directory(&people), SandboxOptions::default());
    let file = file(&people, &rows);
    only.write("users.csv", list(&only));
    plain.import("a.csv", &file, &[]);
    let compared = ["--skip-unchanged", "--against", "users.csv", "--allow-second-accounts"];
    only.import("a.csv", &file, &compared);
    assert_eq!(dump(&plain), dump(&only));
    assert_eq!(plain.statuses("a.results.csv"), ["ok"; 6]);
    assert_eq!(only.statuses("a.results.csv"), ["unchanged", "ok", "ok", "ok", "ok", "ok"]);
    assert_eq!((plain.action_requests(), only.action_requests()), (5, 4));
}

/// The first command of the group is refused for strangers. With a list, other rows share its
/// request.
#[test]
fn rows_of_groups_with_strangers_need_no_more_requests_with_a_list() {
    let rows: [Row; 6] = [
        (11, 1, 0, vec![0], vec![]),
        (11, 5, 0, vec![2], vec![]),
        (11, 5, 0, vec![0], vec![]),
        (9, 2, 0, vec![], vec![]),
        (3, 2, 0, vec![], vec![]),
        (0, 0, 0, vec![], vec![]),
    ];
    let plain = World::new(random_directory(&[]), SandboxOptions::default());
    let only = World::new(random_directory(&[]), SandboxOptions::default());
    let file = file(&[], &rows);
    only.write("users.csv", list(&only) + "create,federatedID,somebody@example.com,,,S,B,US,\n");
    plain.import("a.csv", &file, &["--yes"]);
    only.import("a.csv", &file, &["--yes", "--skip-unchanged", "--against", "users.csv"]);
    assert_eq!(dump(&plain), dump(&only));
    let statuses = ["failed", "failed", "failed", "unchanged", "failed", "ok"];
    assert_eq!(plain.statuses("a.results.csv"), statuses);
    assert_eq!(only.statuses("a.results.csv"), statuses);
    assert_eq!((plain.action_requests(), only.action_requests()), (4, 4));
}

/// Imports by the snapshot, and tells the outcomes.
fn by_the_snapshot(world: &World, name: &str, file: &str, more: &[&str]) -> Vec<String> {
    world.import(name, file, &[&["--skip-unchanged"], more].concat());
    world
        .outcomes(&name.replace(".csv", ".results.csv"))
        .iter()
        .map(|outcome| outcome.split(' ').next().unwrap().to_owned())
        .collect()
}

#[test]
fn adobe_id_changed_by_an_import_is_not_compared() {
    let mut directory = organization();
    directory.add_user(&SandboxUser {
        identity: Identity::Adobe,
        ..user("carl@example.com", &["Design"])
    });
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    assert_eq!(
        world
            .import(
                "off.csv",
                "action,type,email,groups\nremove,adobeID,carl@example.com,Design\n",
                &[]
            )
            .status,
        0
    );
    assert_eq!(
        by_the_snapshot(
            &world,
            "on.csv",
            "action,type,email,groups\nadd,adobeID,carl@example.com,Design\n",
            &[]
        ),
        ["ok"]
    );
    assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Design"]);
}

#[test]
fn a_new_account_beside_an_adobe_id_takes_the_name_over() {
    let mut directory = organization();
    directory.add_user(&SandboxUser {
        identity: Identity::Adobe,
        ..user("carl@example.com", &["Design"])
    });
    let world = World::new(directory, SandboxOptions::default());
    world.write("users.csv", list(&world));
    let file = "action,type,email,firstname,lastname,country,groups\n\
                create,federatedID,carl@example.com,F,L,US,\nadd,,carl@example.com,,,,Design\n";
    assert_eq!(only(&world, file, &[]).status, 0);
    let twins: Vec<SandboxUser> =
        world.sandbox.directory().users().filter(|user| user.email == "carl@example.com").collect();
    assert!(
        twins.len() == 2 && twins.iter().all(|user| user.groups.contains("Design")),
        "{twins:?}"
    );
}

#[test]
fn somebody_who_gets_a_username_goes_by_it_in_whatever_domain() {
    let mut directory = Directory::default();
    directory.add_user(&SandboxUser {
        username: "bobby".into(),
        domain: "corp.com".into(),
        ..user("bob@example.com", &[])
    });
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    assert_eq!(
        by_the_snapshot(
            &world,
            "a.csv",
            "action,email,new_username\nupdate,bob@example.com,rob\n",
            &[]
        ),
        ["ok"]
    );
    assert_eq!(
        by_the_snapshot(&world, "b.csv", "action,username,domain\ndelete,rob,corp.com\n", &[]),
        ["ok"]
    );
    assert_eq!(world.sandbox.directory().users().count(), 1);
}

#[test]
fn a_mistyped_group_that_is_to_be_renamed_changes_no_other() {
    let world = World::new(organization(), SandboxOptions::default());
    assert_eq!(
        (world.umbulk(&["export", "users"]).status, world.umbulk(&["export", "groups"]).status),
        (0, 0)
    );
    let before = dump(&world);
    let file = "action,group,new_name,users,remove_users\nupdate-group,Desing,Video,\
                ann@example.com,bob@example.com\n";
    assert_eq!(by_the_snapshot(&world, "a.csv", file, &[]), ["invalid"]);
    assert_eq!(dump(&world), before);
    assert_eq!(
        by_the_snapshot(
            &world,
            "b.csv",
            "action,email,groups\nremove,ann@example.com,Desing\n",
            &[]
        ),
        ["invalid"]
    );
}

#[test]
fn username_of_another_user_does_not_complete_a_rename() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write("users.csv", list(&world));
    only(&world, "action,email,new_username\nupdate,old@example.com,bobby\n", &[]);
    assert_eq!(world.statuses("a.results.csv"), ["failed"]);
}

#[test]
fn user_created_and_renamed_is_not_created_again() {
    let world = World::new(organization(), SandboxOptions::default());
    let file = "action,email,firstname,lastname,country,new_email\n\
                create,first@example.com,F,L,US,second@example.com\n";
    world.write("users.csv", list(&world));
    assert_eq!(only(&world, file, &[]).status, 0);
    world.write("users.csv", list(&world));
    let again = only(&world, file, &[]);
    assert_eq!(
        (again.status, world.statuses("a.results.csv")),
        (0, vec!["unchanged".to_owned()]),
        "{again:?}"
    );
    // Somebody else of that email is not the one who was meant.
    let other = file.replace(",F,L,", ",Frida,L,");
    only(&world, &other, &[]);
    assert_ne!(world.statuses("a.results.csv"), ["unchanged"]);
}

#[test]
fn steps_go_to_whom_they_were_reckoned_for() {
    let mut directory = organization();
    directory.add_user(&SandboxUser {
        username: "u4@example.com".into(),
        ..user("u3@example.com", &["Design"])
    });
    directory.add_user(&user("u4@example.com", &["Video"]));
    let file = "action,email,username,firstname,lastname,country,groups,remove_groups,if_exists\n\
                create,u3@example.com,u4@example.com,N,L2,US,\"Design,Team, North\",Video,update\n"
        .replace("\"Design,Team, North\"", "\"[\"\"Design\"\",\"\"Team, North\"\"]\"");
    let [plain, compared] =
        [Vec::new(), vec!["--skip-unchanged", "--against", "users.csv"]].map(|args| {
            let world = World::new(directory.clone(), SandboxOptions::default());
            world.write("users.csv", list(&world));
            world.import("a.csv", &file, &args);
            dump(&world)
        });
    assert_eq!(compared, plain);
}

#[test]
fn a_list_without_types_tells_nobody_apart_from_an_adobe_id() {
    let mut directory = organization();
    directory.add_user(&SandboxUser {
        identity: Identity::Adobe,
        ..user("carl@example.com", &["Design"])
    });
    let world = World::new(directory, SandboxOptions::default());
    world.write("users.csv", "email,firstname,lastname,groups\ncarl@example.com,F,L,Design\n");
    let file =
        "action,email,firstname,lastname,country,groups\ncreate,carl@example.com,F,L,US,Design\n";
    assert_eq!(
        world.import("a.csv", file, &["--skip-unchanged", "--against", "users.csv"]).status,
        0
    );
    assert_eq!(world.statuses("a.results.csv"), ["ok"]);
}

#[test]
fn cut_or_future_list_is_refused() {
    let world = World::new(organization(), SandboxOptions::default());
    world.write(
        "users.csv",
        "type,email,groups\nfederatedID,ann@example.com,\"[\"\"Design\"\", \"\"Video\"\"\"\n",
    );
    let file = "action,email,groups\nremove,ann@example.com,Design\n";
    let run = world.import("a.csv", file, &["--skip-unchanged", "--against", "users.csv"]);
    assert!(
        run.status == 2 && run.stderr.contains("users.csv") && run.stderr.contains("line 2"),
        "{run:?}"
    );
    let path = world.write("users.csv", list(&world));
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
    std::fs::File::options().write(true).open(path).unwrap().set_modified(later).unwrap();
    let run = world.import("a.csv", file, &["--skip-unchanged", "--against", "users.csv"]);
    assert!(run.status == 2 && run.stderr.contains("in the future"), "{run:?}");
}

#[test]
fn the_whole_truth_is_not_told_by_rows_that_are_not_heard() {
    let mut directory = organization();
    directory.add_user(&user("carl@example.com", &["Design", "Video"]));
    let world = World::new(directory, SandboxOptions::default());
    world.write("users.csv", list(&world));
    let exact = ["--exact-groups", "--manage-groups", "*"];
    let file = "action,type,email,groups\nadd,,carl@example.com,Design\n\
                add,fedratedID,carl@example.com,Video\n";
    let run = only(&world, file, &exact);
    assert!(run.status == 1 && run.stderr.contains("1 person may be meant"), "{run:?}");
    assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Design", "Video"]);
    let two = "action,email,groups\nadd,carl@example.com,Design\nadd,carl@example.com,Video\n";
    only(&world, two, &[&exact[..], &["--rows", "1"]].concat());
    assert_eq!(world.groups_of("carl@example.com").unwrap(), ["Design", "Video"]);
    let ragged =
        "action,email,groups\nadd,carl@example.com,Design\nadd,carl@example.com,Video,more,cells\n";
    let run = only(&world, ragged, &exact);
    assert!(run.status == 2 && run.stderr.contains("cannot be read"), "{run:?}");
}

#[test]
fn the_whole_truth_needs_a_list_that_no_import_has_passed_by() {
    let world = World::new(organization(), SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    // The row fails, and nobody knows for certain what it has done.
    assert_eq!(
        world
            .import(
                "on.csv",
                "action,email,groups,new_email\nupdate,ann@example.com,Video,bob@example.com\n",
                &[]
            )
            .status,
        1
    );
    let exact = ["import", "b.csv", "--exact-groups", "--manage-groups", "*"];
    world.write("b.csv", "action,email,groups\nadd,ann@example.com,Design\n");
    let run = world.umbulk(&exact);
    assert!(run.status == 2 && run.stderr.contains("groups that they got since then"), "{run:?}");
}

#[test]
fn a_finished_file_is_shown_as_it_was_when_it_is_given_again() {
    let world = World::new(organization(), SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let file =
        "action,email,lastname,groups\nadd,ann@example.com,,Design\nupdate,bob@example.com,New,\n";
    assert_eq!(by_the_snapshot(&world, "two.csv", file, &[]), ["unchanged", "ok"]);
    let sent = world.action_requests();
    assert_eq!(by_the_snapshot(&world, "two.csv", file, &[]), ["unchanged", "ok"]);
    assert_eq!(world.action_requests(), sent);
}

#[test]
fn second_run_of_renames_sends_nothing() {
    for file in [
        "action,email,firstname,lastname,country,new_email\ncreate,n@example.com,F,L,US,\n\
         update,n@example.com,,,,n2@example.com\n",
        "action,email,new_email,groups\nupdate,ann@example.com,anna@example.com,\n\
         add,anna@example.com,,Video\n",
        "action,email,new_email,groups\nadd,ann@example.com,,Video\n\
         update,ann@example.com,anna@example.com,\n",
        "action,email,group,new_name,groups\nupdate-group,,Design,Drawing,\n\
         add,bob@example.com,,,Drawing\n",
        "action,email,firstname,new_username\nupdate,ann@example.com,Anna,\n\
         update,ann@example.com,,annie\n",
        "action,email\ndelete,ann@example.com\ndelete,ANN@example.com\n",
    ] {
        let world = World::new(organization(), SandboxOptions::default());
        let run = |more: &[&str]| {
            world.write("users.csv", list(&world));
            assert_eq!(
                (
                    world.umbulk(&["export", "users", "--force", "--out", "all.csv"]).status,
                    world.umbulk(&["export", "groups", "--force"]).status
                ),
                (0, 0)
            );
            world.import("a.csv", file, &[&["--skip-unchanged", "--fresh"], more].concat())
        };
        let first = run(&[]);
        assert_eq!(first.status, 0, "{file}: {first:?} {:?}", world.outcomes("a.results.csv"));
        let (sent, before) = (world.action_requests(), dump(&world));
        let second = run(&["--yes"]);
        assert_eq!(
            (second.status, world.action_requests(), dump(&world)),
            (0, sent, before),
            "{file}: {second:?}"
        );
    }
}

#[test]
fn other_user_of_the_new_name_is_not_the_renamed_one() {
    let mut directory = organization();
    directory.add_user(&SandboxUser { firstname: "Nancy".into(), ..user("n2@example.com", &[]) });
    let world = World::new(directory, SandboxOptions::default());
    let file = "action,email,firstname,lastname,country,new_email\ncreate,n@example.com,F,L,US,\n\
                update,n@example.com,,,,n2@example.com\n";
    assert_eq!(only(&world, file, &[]).status, 1);
    assert_eq!(world.statuses("a.results.csv"), ["ok", "failed"]);
}

#[test]
fn import_between_two_runs_counts_in_the_comparison() {
    let world = World::new(organization(), SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let file = "action,email,groups\nadd,ann@example.com,Design\nremove,bob@example.com,Video\n";
    assert_eq!(world.import("a.csv", file, &[]).status, 0);
    assert_eq!(
        world.import("c.csv", "action,email,groups\nremove,ann@example.com,Design\n", &[]).status,
        0
    );
    assert_eq!(world.import("a.csv", file, &["--skip-unchanged"]).status, 0);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design"]);
}

#[test]
fn same_email_without_types_stays_two_people() {
    let mut directory = organization();
    directory.add_user(&user("carl@example.com", &["Design"]));
    directory.add_user(&SandboxUser {
        identity: Identity::Adobe,
        ..user("carl@example.com", &["Video"])
    });
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(
        world
            .umbulk(&["export", "users", "--columns", "email,groups", "--out", "users.csv"])
            .status,
        0
    );
    let run = world.import(
        "a.csv",
        "action,email,groups\nadd,carl@example.com,Video\n",
        &["--skip-unchanged", "--against", "users.csv"],
    );
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
}

#[test]
fn unchanged_email_leaves_the_username() {
    let file = "action,username,domain,firstname,new_email\n\
                update,bobby,example.com,,bob@example.com\nupdate,bobby,example.com,Robert,\n";
    let [plain, compared] =
        [&[][..], &["--skip-unchanged", "--against", "users.csv"]].map(|args| {
            let world = World::new(organization(), SandboxOptions::default());
            world.write("users.csv", list(&world));
            assert_eq!(world.import("a.csv", file, args).status, 0);
            dump(&world)
        });
    assert_eq!(plain, compared);
}

#[test]
fn user_created_since_the_list_is_not_a_renamed_one() {
    for file in [
        "action,email,new_email,groups\nupdate,new@example.com,ann@example.com,\n\
         add,new@example.com,,Design\n",
        "action,email,firstname,lastname,country,new_email\n\
         create,new@example.com,First,Last,US,ann@example.com\n",
    ] {
        let world = World::new(organization(), SandboxOptions::default());
        assert_eq!(world.umbulk(&["export", "users"]).status, 0);
        let made =
            "action,email,firstname,lastname,country\ncreate,new@example.com,First,Last,US\n";
        assert_eq!(world.import("made.csv", made, &[]).status, 0);
        let outcomes = by_the_snapshot(&world, "a.csv", file, &[]);
        assert!(
            outcomes[0] == "failed" && !outcomes.contains(&"unchanged".to_owned()),
            "{outcomes:?}: {file}"
        );
    }
}

/// Whoever is in a refused row is as before, so the next comparison counts.
#[test]
fn refused_rows_of_an_earlier_run_are_not_in_doubt() {
    let world = World::with_groups(&["Design"]);
    let head = "email,firstname,lastname,country,groups\n";
    let refused = "bad@example.com,Bad,Row,US,Design\n";
    let code = "error.user.belongs_to_another_org";
    world.sandbox.faults().refuse_commands("bad@example.com", code, 9);
    let first = format!("{head}ann@example.com,Ann,Lee,US,Design\n{refused}");
    let run = world.import("weekly.csv", first, &["--online", "--skip-unchanged"]);
    assert_eq!(
        (run.status, world.outcomes("weekly.results.csv")[1].as_str()),
        (1, "failed error.user.belongs_to_another_org")
    );
    let next =
        format!("{head}ann@example.com,Ann,Lee,US,Design\n{refused}zoe@example.com,Zoe,Lee,US,\n");
    let run = world.import("weekly.csv", next, &["--online", "--skip-unchanged"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(!run.stderr.contains("not confirmed"), "{run:?}");
    let outcomes = world.outcomes("weekly.results.csv");
    assert_eq!(outcomes[0], "unchanged unchanged.snapshot");
    assert_eq!(outcomes[1], "failed error.user.belongs_to_another_org", "it is sent again");
}
