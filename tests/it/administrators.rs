//! Administrators are named before anything is sent, and neither deleted nor stripped unless
//! somebody types so.

use crate::world::{World, run, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser};

/// `root@x.com` (username `chief`) is system administrator, `help@x.com` a support administrator,
/// `lead@x.com` administers `Design`, `keeper@x.com` (username `keep`) administers `Empty`,
/// `dev@x.com` is a developer, `ann@x.com` holds no role.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video", "Empty"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&SandboxUser {
        username: "chief".into(),
        domain: "x.com".into(),
        ..user("root@x.com", &["_org_admin", "Design"])
    });
    directory.add_user(&SandboxUser {
        username: "keep".into(),
        domain: "x.com".into(),
        ..user("keeper@x.com", &["_admin_Empty"])
    });
    for (email, groups) in [
        ("help@x.com", &["_support_admin"][..]),
        ("lead@x.com", &["_admin_Design", "Video"]),
        ("dev@x.com", &["_developer_Design"]),
        ("ann@x.com", &["Design"]),
    ] {
        directory.add_user(&user(email, groups));
    }
    World::new(directory, SandboxOptions::default())
}

const HEAD: &str = "action,email,username,domain,groups,new_email,group,new_name\n";

/// Is refused with exit status 2 because of this administrator, and nothing is sent;
/// `--allow-admins` sends it.
fn refused(world: &World, rows: &str, who: &str, role: &str, more: &[&str]) {
    let run =
        world.import("a.csv", HEAD.to_owned() + rows, &[&["--yes", "--fresh"], more].concat());
    assert!(run.status == 2 && run.stderr.contains("--allow-admins"), "{rows}: {run:?}");
    assert!(
        run.stderr.contains(&format!("admins        {who}")) && run.stderr.contains(role),
        "{rows}: {run:?}"
    );
    assert_eq!(world.action_requests(), 0, "{rows}");
}

#[test]
fn administrators_are_found_by_every_name_before_they_leave() {
    let world = world();
    for (rows, who, role) in [
        ("delete,root@x.com,,,,,,\n", "root@x.com", "_org_admin"),
        ("delete,,chief,x.com,,,,\n", "root@x.com", "_org_admin"),
        ("delete-account,HELP@x.com,,,,,,\n", "help@x.com", "_support_admin"),
        ("remove-all,lead@x.com,,,,,,\n", "lead@x.com", "_admin_Design"),
        ("remove-all,,keep,x.com,,,,\n", "keeper@x.com", "_admin_Empty"),
        ("remove,help@x.com,,,_support_admin,,,\n", "help@x.com", "_support_admin"),
        ("remove,lead@x.com,,,\"Video,_ADMIN_design\",,,\n", "lead@x.com", "_admin_Design"),
    ] {
        refused(&world, rows, who, role, &[]);
    }
}

#[test]
fn renames_in_the_files_lead_to_the_administrator() {
    let world = world();
    let rows =
        "update,lead@x.com,,,,l2@x.com,,\nupdate,l2@x.com,,,,l3@x.com,,\ndelete,l3@x.com,,,,,,\n";
    refused(&world, rows, "lead@x.com", "_admin_Design", &[]);
    let rows = "update,root@x.com,,,,r2@x.com,,\nremove-all,r2@x.com,,,,,,\n";
    refused(&world, rows, "root@x.com", "_org_admin", &[]);
}

#[test]
fn deletion_of_a_group_takes_the_role_from_its_administrators() {
    let world = world();
    refused(&world, "delete-group,,,,,,Design,\n", "lead@x.com", "_admin_Design", &[]);
    refused(
        &world,
        "update-group,,,,,,Design,Old\ndelete-group,,,,,,Old,\n",
        "lead@x.com",
        "_admin_Design",
        &[],
    );
    assert_eq!(
        world.import("b.csv", HEAD.to_owned() + "delete-group,,,,,,Video,\n", &[]).status,
        0
    );
}

/// `plan` asks nobody, and a group may have administrators as well as a leaver may be one.
#[test]
fn plan_says_that_administrators_of_a_deleted_group_are_not_checked() {
    let world = world();
    world.write("a.csv", "action,group\ndelete-group,Design\n");
    let plan = world.umbulk(&["plan", "a.csv"]);
    assert_eq!(plan.status, 0, "{plan:?}");
    assert!(plan.stdout.contains("administrators are not checked offline"), "{}", plan.stdout);
}

#[test]
fn allow_admins_sends_and_must_be_typed() {
    let world = world();
    let rows = HEAD.to_owned() + "delete,help@x.com,,,,,,\n";
    world.write("a.csv", &rows);
    let by_environment =
        run(world.command(&["import", "a.csv", "--yes"]).env("UMBULK_ALLOW_ADMINS", "1"));
    assert_eq!(by_environment.status, 2, "{by_environment:?}");
    world.write("umbulk.toml", "allow-admins = true\n");
    let by_file = world.umbulk(&["import", "a.csv", "--yes"]);
    assert!(by_file.status == 2 && by_file.stderr.contains("must be typed"), "{by_file:?}");
    std::fs::remove_file(world.path("umbulk.toml")).unwrap();
    let allowed = world.umbulk(&["import", "a.csv", "--allow-admins"]);
    assert!(
        allowed.status == 0
            && allowed.stderr.contains("help@x.com (a.csv, line 2) would lose _support_admin"),
        "{allowed:?}"
    );
    assert_eq!(world.groups_of("help@x.com"), None);
}

#[test]
fn people_without_a_role_are_not_held_up() {
    let world = world();
    let rows = "delete,ann@x.com,,,,,,\nremove-all,dev@x.com,,,,,,\n\
                remove,ann@x.com,,,_support_admin,,,\n";
    let run = world.import("a.csv", HEAD.to_owned() + rows, &[]);
    assert!(run.status <= 1 && !run.stderr.contains("admins  "), "{run:?}");
    assert_eq!(world.groups_of("ann@x.com"), None);
}

/// A list that is new tells all roles: nobody is asked.
#[test]
fn list_of_the_organization_tells_who_administers() {
    let world = world();
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let reads = world.sandbox.traffic().len();
    let against = ["--against", "users.csv"];
    refused(&world, "delete,,chief,x.com,,,,\n", "root@x.com", "_org_admin", &against);
    refused(&world, "delete-group,,,,,,Design,\n", "lead@x.com", "_admin_Design", &against);
    assert_eq!(world.sandbox.traffic().len(), reads);
    world.write(
        "a.csv",
        HEAD.to_owned() + "remove-all,lead@x.com,,,,,,\nadd,ann@x.com,,,Video,,,\n",
    );
    let plan = world.umbulk(&["plan", "a.csv", "--against", "users.csv"]);
    assert!(
        plan.status == 0
            && plan.stdout.contains("lead@x.com (a.csv, line 2) would lose _admin_Design"),
        "{plan:?}"
    );
    let json = world.umbulk(&["plan", "a.csv", "--against", "users.csv", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["administrators"][0]["roles"], serde_json::json!(["_admin_Design"]));
    assert_eq!(json["administrators"][0]["row"], 1);
    // The snapshot tells unasked, unless it is too old.
    let offline = world.umbulk(&["plan", "a.csv"]);
    assert!(
        offline.stdout.contains("lead@x.com (a.csv, line 2) would lose _admin_Design"),
        "{offline:?}"
    );
    let offline = world.umbulk(&["plan", "a.csv", "--max-age", "1ms"]);
    assert!(offline.stdout.contains("not checked offline"), "{offline:?}");
}

#[test]
fn exact_groups_do_not_strip_an_administrator_unasked() {
    let world = world();
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let exact = ["--against", "users.csv", "--exact-groups", "--manage-groups", "_admin_*"];
    refused(&world, "add,lead@x.com,,,Video,,,\n", "lead@x.com", "_admin_Design", &exact);
}

#[test]
fn rehearsal_and_test_mode_refuse_what_the_real_run_refuses() {
    let world = world();
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    refused(
        &world,
        "delete,root@x.com,,,,,,\n",
        "root@x.com",
        "_org_admin",
        &["--sandbox", "--against", "users.csv"],
    );
    refused(&world, "delete,root@x.com,,,,,,\n", "root@x.com", "_org_admin", &["--test-mode"]);
    let run = world.import("a.csv", HEAD.to_owned() + "delete,root@x.com,,,,,,\n", &["--sandbox"]);
    assert!(
        run.status == 0 && run.stderr.contains("nobody holds a role in a rehearsal"),
        "{run:?}"
    );
}

/// Where the server does not say who administers, `--yes` is not enough, however few the rows are.
#[test]
fn deletions_are_refused_where_administrators_are_not_known() {
    let world = world();
    let silence = || {
        (0..40).map(|_| {
            Some(InjectedFault::Answer {
                status: 404,
                headers: Vec::new(),
                body: "<html>".to_owned(),
            })
        })
    };
    let rows = HEAD.to_owned() + "delete,ann@x.com,,,,,,\n";
    for more in [&[][..], &["--yes"], &["--yes", "--test-mode"]] {
        world.sandbox.faults().next_reads(silence());
        let run = world.import("a.csv", &rows, more);
        let words = "1 row takes access away from people who may be administrators, and the \
             server did not say who is one (";
        assert!(run.status == 2 && run.stderr.contains(words), "{run:?}");
        for way_out in ["Try again later", "--against users.csv", "--allow-admins"] {
            assert!(run.stderr.contains(way_out), "{run:?}");
        }
        assert!(run.stderr.contains("admins        not known for 1 row"), "{run:?}");
    }
    assert_eq!(world.action_requests(), 0);
    world.sandbox.faults().next_reads(silence());
    let run = world.import("a.csv", &rows, &["--allow-admins"]);
    assert!(run.status == 0 && run.stderr.contains("not known for 1 row"), "{run:?}");
    assert_eq!(world.groups_of("ann@x.com"), None);
}

/// The role lists answer, and the question about the person does not.
#[test]
fn silence_about_one_leaver_refuses_the_deletion() {
    let world = world();
    for rows in ["delete,ann@x.com,,,,,,\n", "delete-group,,,,,,Design,\n"] {
        let silent = |_| {
            let body = "<html>".to_owned();
            Some(InjectedFault::Answer { status: 404, headers: Vec::new(), body })
        };
        let answers = (0..3).map(|_| None).chain((0..40).map(silent));
        world.sandbox.faults().next_reads(answers);
        let more = ["--yes", "--check-groups", "never", "--fresh"];
        let run = world.import("a.csv", HEAD.to_owned() + rows, &more);
        let said = "the server did not say who is one";
        assert!(run.status == 2 && run.stderr.contains(said), "{rows}: {run:?}");
        assert_eq!(world.action_requests(), 0);
    }
}

/// Rows that take nothing away are not held up by silence.
#[test]
fn silence_about_administrators_holds_up_no_other_rows() {
    let world = world();
    world.sandbox.faults().next_reads((0..40).map(|_| {
        Some(InjectedFault::Answer { status: 404, headers: Vec::new(), body: "<html>".to_owned() })
    }));
    let run = world.import("a.csv", HEAD.to_owned() + "remove,ann@x.com,,,Design,,,\n", &[]);
    assert_eq!(run.status, 0, "{run:?}");
}

/// Above a hundred people nobody is asked for one by one: the holders of the fixed roles are known
/// all the same.
#[test]
fn many_leavers_are_compared_with_the_fixed_roles() {
    let mut directory = Directory::default();
    directory.add_user(&user("root@x.com", &["_org_admin"]));
    let mut rows = HEAD.to_owned();
    for number in 0..150 {
        directory.add_user(&user(&format!("u{number}@x.com"), &[]));
        rows += &format!("delete,u{number}@x.com,,,,,,\n");
    }
    let world = World::new(directory, SandboxOptions::default());
    let refused = world.import("a.csv", rows.clone() + "delete,root@x.com,,,,,,\n", &["--yes"]);
    assert!(
        refused.status == 2 && refused.stderr.contains("root@x.com (a.csv, line 152)"),
        "{refused:?}"
    );
    let sent = world.import("a.csv", &rows, &["--yes"]);
    assert!(
        sent.status == 0
            && sent.stderr.contains(
                "150 rows were compared with _org_admin, _support_admin, _deployment_admin only"
            ),
        "{sent:?}"
    );
    let reads = world.sandbox.traffic().iter().filter(|received| received.commands == 0).count();
    assert!(reads < 20, "{reads}");
    // Who else is an administrator is not known, and what would tell is said; also where nobody is
    // asked.
    let unsaid = "Administrators of products, profiles and user groups are not known for so many \
         people. An exported list of users shows them";
    assert!(sent.stderr.contains(unsaid), "{sent:?}");
    let refused = world.import("b.csv", rows.clone(), &[]);
    assert!(refused.status == 2 && refused.stderr.contains(unsaid), "{refused:?}");
    let plan = world.umbulk(&["plan", "a.csv"]);
    let says = "for so many people the import asks only who holds _org_admin, _support_admin, \
         _deployment_admin. An exported list of users shows all roles";
    let words = plan.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(says), "{plan:?}");
}

/// Among more people than can be asked about, the snapshot tells who else administers, though
/// nobody has asked for a comparison.
#[test]
fn many_leavers_are_compared_with_the_snapshot() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_user(&user("lead@x.com", &["_admin_Design"]));
    let mut rows = HEAD.to_owned();
    for number in 0..150 {
        directory.add_user(&user(&format!("u{number}@x.com"), &[]));
        rows += &format!("delete,u{number}@x.com,,,,,,\n");
    }
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let refused = world.import("a.csv", rows.clone() + "delete,lead@x.com,,,,,,\n", &["--yes"]);
    assert!(
        refused.status == 2
            && refused.stderr.contains("lead@x.com (a.csv, line 152) would lose _admin_Design"),
        "{refused:?}"
    );
    assert_eq!(world.action_requests(), 0);
    let sent = world.import("a.csv", rows, &["--yes"]);
    assert!(sent.status == 0 && sent.stderr.contains("; other roles are known from "), "{sent:?}");
}

/// The server knows a protected person under a name that no row gives: only her row is refused.
#[test]
fn protected_person_is_found_by_what_the_server_says() {
    let world = world();
    let many: String = (0..100).map(|number| format!("nobody{number}\n")).collect();
    world.write("protect.txt", many + "chief\n");
    let rows = HEAD.to_owned() + "delete,root@x.com,,,,,,\ndelete,nobody@x.com,,,,,,\n";
    for more in [&["--allow-admins"][..], &[]] {
        let flags = ["--protect", "protect.txt", "--fresh"];
        let run = world.import("a.csv", rows.clone(), &[&flags, more].concat());
        assert_eq!(
            (run.status, world.outcomes("a.results.csv")),
            (
                1,
                vec![
                    "invalid invalid.email.protected".to_owned(),
                    "unchanged unchanged.not_there".to_owned()
                ]
            ),
            "{run:?}"
        );
        let message = &world.rows("a.results.csv")[0]["umbulk_message"];
        assert!(message.contains("on the server, who is protected by `chief`"), "{message}");
        assert!(world.groups_of("root@x.com").is_some());
    }
}
