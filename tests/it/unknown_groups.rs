//! Groups that rows name and that are not there: found before anything is sent.

use crate::world::{Run, World, bare, run, user};
use umbulk::sandbox::{Directory, Fault, Group, Options};

const HEADER: &str = "action,email,firstname,lastname,country,groups\n";

fn reads(world: &World, class: &str) -> usize {
    world.sandbox.traffic().iter().filter(|received| received.class == class).count()
}

fn creates(count: usize, groups: impl Fn(usize) -> String) -> String {
    let row = |n: usize| format!("create,u{n}@example.com,U,N{n},US,\"{}\"\n", groups(n));
    HEADER.to_owned() + &(0..count).map(row).collect::<String>()
}

fn refused(status: u16) -> Option<Fault> {
    Some(Fault::Answer { status, headers: Vec::new(), body: r#"{"error_code":"403003","message":"Api Key is invalid"}"#.to_owned() })
}

/// With a typo, 200 accounts would be created and none would get its group.
#[test]
fn typo_in_200_creates_sends_nothing_of_these_rows() {
    let world = World::with_groups(&["Design", "Video"]);
    let run = world.import("staff.csv", creates(200, |n| if n == 7 { "Design".to_owned() } else { "Video,Desing".to_owned() }), &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let rows = world.rows("staff.results.csv");
    assert_eq!(rows.iter().filter(|row| row["umbulk_code"] == "invalid.groups.unknown").count(), 199);
    assert_eq!(rows[7]["umbulk_status"], "ok");
    let message = "groups `Desing`: is not a group of the organization: is `Design` meant? Correct the name, or create the group first";
    assert_eq!(rows[0]["umbulk_message"], message);
    assert_eq!(world.sandbox.directory().users().count(), 1);
    assert_eq!((reads(&world, "users"), world.action_requests()), (3, 1), "one question for each name");
    assert!(run.stderr.contains("groups        1 of 3 is not there: Desing (is Design meant?)"), "{}", run.stderr);
    assert_eq!(world.rows("staff.failed.csv").len(), 199);
}

#[test]
fn unknown_group_is_found_in_every_column() {
    let world = World::with_groups(&["Design"]);
    let file = "action,email,groups,add_groups,remove_groups,group,new_name,profiles,remove_profiles\n\
                add,ann@example.com,Nope,,,,,,\n\
                add,ann@example.com,Design,Nope,,,,,\n\
                add,ann@example.com,Design,,Nope,,,,\n\
                remove,ann@example.com,Nope,,,,,,\n\
                update-group,,,,,Nope,Other,,\n\
                delete-group,,,,,Nope,,,\n\
                create-group,,,,,New,,Nope,\n\
                update-group,,,,,Design,,,Nope\n\
                add,ann@example.com,_admin_Nope,,,,,,\n\
                add,ann@example.com,_developer_Nope,,,,,,\n\
                add,ann@example.com,_product_admin_Nope,,,,,,\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let codes: Vec<String> = world.rows("a.results.csv").into_iter().map(|row| row["umbulk_code"].clone()).collect();
    let fields =
        ["groups", "add_groups", "remove_groups", "groups", "group", "group", "profiles", "remove_profiles", "groups", "groups", "groups"];
    assert_eq!(codes, fields.map(|field| format!("invalid.{field}.unknown")));
    assert_eq!(world.action_requests(), 0);
}

#[test]
fn columns_of_the_admin_console_name_their_own_column() {
    let world = World::with_groups(&["Design"]);
    let file = "Identity Type,Username,Domain,Email,First Name,Last Name,Country Code,ID,Product Configurations,Admin Roles,Product Configurations Administered,User Groups,User Groups Administered,Products Administered,Developer Access,Auto Assigned Products\n\
                Federated ID,ann@example.com,example.com,ann@example.com,Ann,Lee,US,,,Support Administrator,,Design,Desing,,,\n\
                Federated ID,bob@example.com,example.com,bob@example.com,Bob,Lee,US,,,,,Desing,,,,\n";
    world.import("a.csv", file, &[]);
    let rows = world.rows("a.results.csv");
    let codes: Vec<&str> = rows.iter().map(|row| row["umbulk_code"].as_str()).collect();
    assert_eq!(codes, ["invalid.user_groups_administered.unknown", "invalid.user_groups.unknown"]);
    assert!(rows[0]["umbulk_message"].contains("is `_admin_Design` meant?"), "{}", rows[0]["umbulk_message"]);
}

/// Groups count as there once a row before has made them, and as gone once a row before has taken the name away.
#[test]
fn groups_that_earlier_rows_create_or_rename_count_in_order() {
    let world = World::with_groups(&["Old"]);
    world.write(
        "first.csv",
        "action,email,group,new_name,firstname,lastname,country,groups\ncreate,a@example.com,,,A,A,US,New\ncreate-group,,New,,,,,\n",
    );
    world.write(
        "second.csv",
        "action,email,group,new_name,firstname,lastname,country,groups\n\
         create,b@example.com,,,B,B,US,\"NEW,_admin_new\"\n\
         update-group,,Old,Newer,,,,\n\
         create,c@example.com,,,C,C,US,Newer\n\
         create,d@example.com,,,D,D,US,Old\n\
         delete-group,,Newer,,,,,\n\
         create,e@example.com,,,E,E,US,Newer\n",
    );
    let run = world.umbulk(&["import", "first.csv", "second.csv"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.verdicts("first.results.csv"), ["invalid invalid.groups.unknown", "ok"]);
    let second = ["ok", "ok", "ok", "invalid invalid.groups.unknown", "ok", "invalid invalid.groups.unknown"];
    assert_eq!(world.verdicts("second.results.csv"), second);
    assert!(world.rows("second.results.csv")[3]["umbulk_message"].contains("is deleted or renamed earlier, by row 2"));
}

#[test]
fn stored_list_of_groups_answers_without_a_question() {
    let world = World::with_groups(&["Design", "Video"]);
    assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
    let run = world.import("a.csv", creates(2, |_| "design,video".to_owned()), &[]);
    assert_eq!((run.status, reads(&world, "users"), reads(&world, "groups")), (0, 0, 1), "{run:?}");
    assert!(run.stderr.contains("groups        2 named and there (by the list of groups of "), "{}", run.stderr);
    // A name that the list does not have is asked for: it may be new.
    assert_eq!(world.import("g.csv", "action,group\ncreate-group,Fresh\n", &[]).status, 0);
    let run = world.import("b.csv", creates(2, |_| "Fresh".to_owned()), &[]);
    assert_eq!((run.status, reads(&world, "users")), (0, 1), "{run:?}");
    // An import from here has deleted a group since the list was stored.
    assert_eq!(world.import("d.csv", "action,group\ndelete-group,Video\n", &["--yes"]).status, 0);
    let run = world.import("c.csv", creates(2, |_| "Video".to_owned()), &[]);
    assert_eq!((run.status, world.statuses("c.results.csv")), (1, vec!["invalid".to_owned(); 2]), "{run:?}");
}

#[test]
fn many_names_fetch_the_list_once_in_two_hours() {
    let names: Vec<String> = (0..60).map(|n| format!("Group {n}")).collect();
    let world = World::with_groups(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let file = creates(60, |n| if n == 5 { "Grup 5".to_owned() } else { format!("Group {n}") });
    let run = world.import("a.csv", &file, &[]);
    assert_eq!((run.status, reads(&world, "users"), reads(&world, "groups")), (1, 0, 1), "{run:?}");
    let statuses = world.statuses("a.results.csv");
    assert_eq!(statuses.iter().filter(|status| *status == "ok").count(), 59);
    assert!(world.rows("a.results.csv")[5]["umbulk_message"].contains("is `Group 5` meant?"));
    // The list is stored: it answers, and only what it does not have is asked for.
    let run = world.import("b.csv", &file, &["--fresh"]);
    assert_eq!((run.status, reads(&world, "users"), reads(&world, "groups")), (1, 1, 1), "{run:?}");
}

#[test]
fn refused_questions_are_said_and_the_server_decides() {
    let world = World::with_groups(&["Design"]);
    world.sandbox.faults().next_reads([refused(403)]);
    let run = world.import("a.csv", creates(1, |_| "Design".to_owned()), &[]);
    assert_eq!((run.status, world.statuses("a.results.csv")), (0, vec!["ok".to_owned()]), "{run:?}");
    assert!(run.stderr.contains("groups        not checked: Design (HTTP 403"), "{}", run.stderr);
    assert!(run.stderr.contains("the server decides about their rows"), "{}", run.stderr);
}

#[test]
fn check_groups_never_asks_nothing() {
    let world = World::with_groups(&["Design"]);
    let run = world.import("a.csv", creates(1, |_| "Desing".to_owned()), &["--check-groups", "never"]);
    assert_eq!((run.status, world.statuses("a.results.csv"), reads(&world, "users")), (1, vec!["failed".to_owned()], 0), "{run:?}");
}

#[test]
fn files_without_groups_ask_nothing() {
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", creates(3, |_| String::new()), &[]);
    assert_eq!((run.status, reads(&world, "users") + reads(&world, "groups")), (0, 0), "{run:?}");
    assert!(!run.stderr.contains("groups  "), "{}", run.stderr);
}

#[test]
fn create_groups_makes_user_groups_before_their_rows() {
    let world = World::with_groups(&["Design"]);
    let file = "action,email,firstname,lastname,country,groups\n\
                create,ann@example.com,Ann,Lee,US,\"Design,New\"\n\
                create,bob@example.com,Bob,Lee,US,\"_admin_Other\"\n\
                create,carl@example.com,Carl,Lee,US,\"_developer_Api\"\n\
                remove,ann@example.com,,,,Gone\n";
    let run = world.import("a.csv", file, &["--create-groups"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.statuses("a.results.csv"), ["ok", "ok", "invalid", "invalid"]);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "New"]);
    assert!(run.stderr.contains("groups        created first: New, Other"), "{}", run.stderr);
    let directory = world.sandbox.directory();
    let names: Vec<String> = directory.groups().map(|group| group.name.clone()).collect();
    assert!(!names.iter().any(|name| name == "Api" || name == "Gone"), "{names:?}");
    // The same command shows the same outcomes and sends nothing.
    let (again, sent) = (world.umbulk(&["import", "a.csv", "--create-groups"]), world.action_requests());
    assert_eq!((again.status, world.action_requests()), (1, sent), "{again:?}");
}

#[test]
fn failed_creation_of_a_group_sends_no_row() {
    let world = World::with_groups(&["Design"]);
    world.sandbox.faults().refuse_commands("New", "error.group.create.forbidden", 99);
    let run = world.import("a.csv", creates(2, |_| "New".to_owned()), &["--create-groups"]);
    assert_eq!(run.status, 3, "{run:?}");
    assert!(run.stderr.contains("1 group could not be created: New (error.group.create.forbidden"), "{}", run.stderr);
    assert_eq!(world.sandbox.directory().users().count(), 0);
    // A response that is lost is no failure: the group is looked up.
    let world = World::with_groups(&["Design"]);
    world.sandbox.faults().next_actions([Some(Fault::CutAfter)]);
    let run = world.import("a.csv", creates(2, |_| "New".to_owned()), &["--create-groups"]);
    assert_eq!((run.status, world.statuses("a.results.csv")), (0, vec!["ok".to_owned(); 2]), "{run:?}");
}

#[test]
fn rehearsal_names_the_groups_that_it_takes_for_granted() {
    let world = World::with_groups(&[]);
    let file = creates(1, |_| "Design,_admin_Video".to_owned());
    let run = world.import("a.csv", &file, &["--sandbox"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("taken for granted: groups Design, Video\n"), "{}", run.stderr);
    // A list of groups that is named knows better.
    world.write("groups.csv", "groupName,type\nDesign,USER_GROUP\n");
    let run = world.import("a.csv", &file, &["--sandbox", "--groups-file", "groups.csv"]);
    assert_eq!((run.status, world.verdicts("a.results.csv")), (1, vec!["invalid invalid.groups.unknown".to_owned()]), "{run:?}");
}

#[test]
fn plan_and_validate_tell_by_lists() {
    let world = World::with_groups(&["Design"]);
    world.write("a.csv", creates(1, |_| "Desing".to_owned()));
    let alone = |args: &[&str]| run(&mut bare(world.folder.path(), args));
    let unsure =
        |run: &Run| assert!(run.status == 0 && run.stderr.contains("groups        not checked: Desing (there is no list"), "{run:?}");
    unsure(&alone(&["validate", "a.csv"]));
    unsure(&alone(&["plan", "a.csv"]));
    world.write("groups.csv", "groupName,type\nDesign,USER_GROUP\n");
    for command in ["validate", "plan"] {
        let run = alone(&[command, "a.csv", "--groups-file", "groups.csv"]);
        assert!(run.status == 1 && run.stderr.contains("invalid.groups.unknown") && run.stderr.contains("by groups.csv of "), "{run:?}");
    }
    // The stored list counts, too.
    assert_eq!(world.umbulk(&["export", "groups", "--out", "other.csv"]).status, 0);
    for command in ["validate", "plan"] {
        let run = world.umbulk(&[command, "a.csv"]);
        assert!(run.status == 1 && run.stderr.contains("invalid.groups.unknown") && run.stderr.contains("Design"), "{run:?}");
    }
    assert_eq!(world.rows("a.check.csv")[0]["umbulk_code"], "invalid.groups.unknown");
    assert_eq!(reads(&world, "users"), 0);
}

/// What was found when a run began holds for it to its end, whatever groups there are by then.
#[test]
fn finished_run_keeps_its_outcomes_when_the_group_appears() {
    let world = World::with_groups(&["Design"]);
    let file = "action,email,group,new_name,firstname,lastname,country,groups\n\
                create,a@example.com,,,A,A,US,Team\n\
                update-group,,Design,Studio,,,,\n\
                create,b@example.com,,,B,B,US,Studio\n";
    assert_eq!(world.import("a.csv", file, &[]).status, 1);
    let outcomes = ["invalid invalid.groups.unknown", "ok", "ok"];
    assert_eq!(world.verdicts("a.results.csv"), outcomes);
    assert_eq!(world.import("g.csv", "action,group\ncreate-group,Team\n", &[]).status, 0);
    let sent = world.action_requests();
    let again = world.umbulk(&["import", "a.csv"]);
    assert_eq!((again.status, world.action_requests()), (1, sent), "{again:?}");
    assert_eq!(world.verdicts("a.results.csv"), outcomes);
    assert_eq!(world.umbulk(&["results", "a.csv"]).status, 0);
    assert_eq!(world.verdicts("a.results.csv"), outcomes);
    // Whoever begins anew finds the group, and that the other has its new name.
    let fresh = world.umbulk(&["import", "a.csv", "--fresh"]);
    assert_eq!(fresh.status, 1, "{fresh:?}");
    assert_eq!(world.verdicts("a.results.csv")[..2], ["ok", "invalid invalid.group.unknown"]);
}

#[test]
fn licence_holders_list_tells_products_of_roles() {
    let mut directory = Directory::default();
    directory.add_group(&Group { product: Some("Cloud".into()), ..Group::profile("All Apps") });
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(directory, Options::default());
    let run = world.import(
        "a.csv",
        "action,email,groups\nadd,ann@example.com,\"_product_admin_Cloud,_developer_All Apps,_support_admin\"\n",
        &[],
    );
    assert_eq!(run.status, 0, "{run:?}\n{:?}", world.verdicts("a.results.csv"));
}

#[test]
fn groups_of_rows_that_come_later_are_checked_too() {
    // The first rows are sent for a trial, and then the whole file.
    let world = World::with_groups(&["Design"]);
    let rows = "email,firstname,lastname,country,groups\na@x.com,Ann,Lee,US,Design\nb@x.com,Bob,Ray,US,Desing\n";
    assert_eq!(world.import("a.csv", rows, &["--rows", "1"]).status, 0);
    let run = world.umbulk(&["import", "a.csv"]);
    assert_eq!((run.status, world.verdicts("a.results.csv")), (1, vec!["ok".to_owned(), "invalid invalid.groups.unknown".to_owned()]));
    assert!(world.groups_of("b@x.com").is_none(), "no half-made account: {run:?}");
}
