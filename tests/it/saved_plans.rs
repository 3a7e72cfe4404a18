//! A saved plan is applied exactly, or it is said what has changed, and nothing is sent.

use crate::world::{Run, World, run, user};
use std::fs;
use std::process::Stdio;
use std::time::Duration;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser};

const HEAD: &str = "action,email,firstname,lastname,country,groups\n";
/// Eve is new, Ann gets another name, Bob leaves a group, Cy stays as he is.
const ROWS: &str = "create,eve@example.com,Eve,Fox,US,Design\n\
                    update,ann@example.com,Anna,,,\n\
                    remove,bob@example.com,,,,Design\n\
                    add,cy@example.com,,,,Design\n";

fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_group(&SandboxGroup::user_group("Sales"));
    directory.add_user(&named("ann@example.com", "Ann", &[]));
    directory.add_user(&named("bob@example.com", "Bob", &["Design"]));
    directory.add_user(&named("cy@example.com", "Cy", &["Design"]));
    let world = World::new(directory, SandboxOptions::default());
    world.write("staff.csv", HEAD.to_owned() + ROWS);
    world
}

fn named(email: &str, firstname: &str, groups: &[&str]) -> SandboxUser {
    SandboxUser { firstname: firstname.into(), ..user(email, groups) }
}

/// Saves the plan of `staff.csv`.
fn save(world: &World, more: &[&str]) -> Run {
    let plan = world.umbulk(&[&["plan", "staff.csv", "--save", "weekly.plan"], more].concat());
    assert_eq!(plan.status, 0, "{plan:?}");
    assert!(plan.stderr.contains("umbulk import --plan weekly.plan"), "{plan:?}");
    plan
}

fn saved() -> World {
    let world = world();
    save(&world, &["--online"]);
    world
}

fn apply(world: &World, more: &[&str]) -> Run {
    world.umbulk(&[&["import", "--plan", "weekly.plan"], more].concat())
}

/// A command of another computer, which has snapshots of its own.
fn elsewhere(world: &World, file: &str, rows: &str) {
    world.write(file, HEAD.to_owned() + rows);
    let mut command = world.command(&["import", file, "--yes"]);
    let run = run(command.env("XDG_STATE_HOME", world.path("elsewhere")));
    assert_eq!(run.status, 0, "{run:?}");
}

/// Applies the plan, which has to be refused, and says why: standard error in one line.
fn refused(world: &World) -> String {
    let before = (world.action_requests(), world.sandbox.directory().users().count());
    let run = apply(world, &[]);
    let after = (world.action_requests(), world.sandbox.directory().users().count());
    assert_eq!((run.status, after), (2, before), "{run:?}");
    assert!(run.stderr.contains("nothing was sent"), "{run:?}");
    assert!(!world.path("staff.results.csv").exists(), "{run:?}");
    run.stderr.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn saved_plan_is_applied_without_other_options() {
    let world = saved();
    let run = apply(&world, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.statuses("staff.results.csv"), ["ok", "ok", "ok", "unchanged"]);
    assert_eq!(world.action_requests(), 1, "one request has the three changes");
    assert_eq!(world.groups_of("eve@example.com").unwrap(), ["Design"]);
    assert!(world.groups_of("bob@example.com").unwrap().is_empty());
    assert_eq!(world.sandbox.directory().user("ann@example.com").unwrap().firstname, "Anna");
}

/// The same file without the plan: its options were those of the comparison.
#[test]
fn plain_import_of_the_planned_file_sends_every_row() {
    let world = saved();
    assert_eq!(world.umbulk(&["import", "staff.csv"]).status, 0);
    assert_eq!(world.statuses("staff.results.csv"), ["ok"; 4]);
}

#[test]
fn options_of_the_rows_are_those_of_the_plan() {
    let world = world();
    world.write("people.csv", "Mail,Team\nann@example.com,Sales\nbob@example.com,Sales\n");
    let options = [
        "--map",
        "email=Mail",
        "--map",
        "groups=Team",
        "--action",
        "add",
        "--rows",
        "2",
        "--save",
        "p.plan",
    ];
    let plan = world.umbulk(&[&["plan", "people.csv"][..], &options[..]].concat());
    assert_eq!(plan.status, 0, "{plan:?}");
    world.write("umbulk.toml", "action = \"remove\"\nskip-unchanged = true\nrows = \"1\"\n");
    let run = world.umbulk(&["import", "--plan", "p.plan"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("bob@example.com").unwrap(), ["Design", "Sales"]);
    assert!(world.groups_of("ann@example.com").unwrap().is_empty(), "row 1 is not in the plan");
    for option in [&["--action", "add"][..], &["--skip-unchanged"], &["--online"], &["staff.csv"]] {
        let run = world.umbulk(&[&["import", "--plan", "p.plan"], option].concat());
        assert_eq!(run.status, 2, "{run:?}");
        assert!(run.stderr.contains("cannot be used with"), "{run:?}");
    }
}

/// Such a setting would be ignored without a word otherwise.
#[test]
fn setting_that_asks_for_a_rehearsal_contradicts_a_plan() {
    let world = saved();
    for setting in ["sandbox", "test-mode"] {
        world.write("umbulk.toml", format!("{setting} = true\n"));
        let run = apply(&world, &[]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
        assert!(run.stderr.contains("cannot be used with"), "{run:?}");
    }
}

#[test]
fn results_do_not_go_to_the_place_of_the_plan() {
    let world = saved();
    fs::rename(world.path("weekly.plan"), world.path("plan.csv")).unwrap();
    let arguments = ["import", "--plan", "plan.csv"];
    let run = world.umbulk(&[&arguments[..], &["--results", "plan.csv"]].concat());
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    assert_eq!(world.umbulk(&arguments).status, 0, "the plan is as it was");
}

#[test]
fn plan_is_not_saved_over_what_it_reads() {
    let world = world();
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    world.write("bosses.txt", "boss@example.com\n");
    let reads = ["--against", "users.csv", "--protect", "bosses.txt"];
    for place in ["staff.csv", "users.csv", "bosses.txt", "./staff.csv"] {
        let before = fs::read(world.path(place)).unwrap();
        let plan = world.umbulk(&[&["plan", "staff.csv", "--save", place][..], &reads].concat());
        assert_eq!(plan.status, 2, "{place}: {plan:?}");
        assert_eq!(fs::read(world.path(place)).unwrap(), before, "{place}");
    }
    let both = ["--save", "weekly.plan", "--out", "weekly.plan"];
    let plan = world.umbulk(&[&["plan", "staff.csv"][..], &both].concat());
    assert_eq!(plan.status, 2, "{plan:?}");
    assert!(!world.path("weekly.plan").exists());
}

/// A device would be replaced by the file, and standard output cannot be read again. The device is
/// named by a link, so that no device can be lost here.
#[cfg(unix)]
#[test]
fn plan_is_only_saved_in_a_file() {
    let world = world();
    std::os::unix::fs::symlink("/dev/null", world.path("sink")).unwrap();
    for place in ["sink", "-", "/dev/stdout"] {
        let plan = world.umbulk(&["plan", "staff.csv", "--save", place]);
        assert_eq!(plan.status, 2, "{place}: {plan:?}");
        assert!(plan.stderr.contains("is not a file that can be read again"), "{place}: {plan:?}");
        assert!(!plan.stderr.contains("To apply exactly this"), "{place}: {plan:?}");
    }
    assert!(world.path("sink").is_symlink() && !world.path("-").exists());
}

/// A plan decides what is imported, so only its owner may write it.
#[cfg(unix)]
#[test]
fn plan_that_others_can_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let world = saved();
    let mode = |mode| {
        let place = world.path("weekly.plan");
        fs::set_permissions(place, fs::Permissions::from_mode(mode)).unwrap();
    };
    for (others, words) in [(0o620, "other users can write it"), (0o602, "other users can write")] {
        mode(others);
        let said = refused(&world);
        assert!(said.contains(words) && said.contains("chmod go-w"), "{said}");
    }
    // Who may read it decides nothing.
    mode(0o644);
    assert_eq!(apply(&world, &[]).status, 0);
}

#[test]
fn earlier_plan_is_kept_and_its_new_name_is_said() {
    let world = saved();
    let earlier = fs::read(world.path("weekly.plan")).unwrap();
    let plan = save(&world, &["--online"]);
    let note = plan.stderr.lines().find(|line| line.contains("the earlier weekly.plan is now"));
    let name = note.and_then(|note| note.split_whitespace().last()).unwrap();
    assert_eq!(fs::read(world.path(name)).unwrap(), earlier, "{plan:?}");
}

/// The results would take the place of the open log, and an input could get it as its rows.
#[test]
fn log_is_not_written_into_the_files_of_a_plan() {
    let world = saved();
    world.write("staff.csv", "");
    for log in ["staff.results.csv", "staff.csv", "weekly.plan"] {
        let run = apply(&world, &["--log-file", log]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{log}: {run:?}");
        assert!(run.stderr.contains("the log cannot be written to"), "{log}: {run:?}");
    }
}

/// More than 50 people are not asked about: their rows are compared with the list.
#[test]
fn plan_of_many_people_says_as_of_when_it_is_compared() {
    let world = world();
    let rows = (0..60).map(|number| format!("create,n{number}@example.com,N,N,US,Design\n"));
    world.write("staff.csv", HEAD.to_owned() + &rows.collect::<String>());
    save(&world, &["--online"]);
    let run = apply(&world, &[]);
    assert_eq!((run.status, world.statuses("staff.results.csv").len()), (0, 60), "{run:?}");
    assert!(run.stderr.contains("note: 60 rows to send, compared with"), "{run:?}");
    assert!(run.stderr.contains("on, umbulk can fetch a new list"), "{run:?}");
}

#[test]
fn changed_file_is_not_sent_and_its_rows_are_named() {
    let world = saved();
    let rows = ROWS.replace("Eve,Fox", "Eva,Fox");
    world.write("staff.csv", HEAD.to_owned() + "add,ann@example.com,,,,Sales\n" + &rows);
    let words = refused(&world);
    for part in [
        "staff.csv has changed since the plan was saved: 4 rows then, 5 rows now",
        "staff.csv, line 2, ann@example.com: not planned; now: add to `Sales`",
        "staff.csv, line 3, eve@example.com: not planned; now: create",
        "staff.csv, line 2, eve@example.com of the planned file: planned: create",
        "no longer applies (staff.csv has changed, 3 rows would do something else now)",
        "Plan again with the same options and with --save",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(!words.contains("bob@example.com"), "his row has only moved: {words}");
    // Even if it changes no row.
    world.write("staff.csv", HEAD.to_owned() + ROWS + "# the end\n");
    assert!(refused(&world).contains("no longer applies (staff.csv has changed"));
    // As advised.
    save(&world, &["--online"]);
    assert_eq!(apply(&world, &[]).status, 0);
}

#[test]
fn somebody_who_left_meanwhile_is_named() {
    let world = saved();
    elsewhere(&world, "leaver.csv", "delete,bob@example.com,,,,\n");
    let words = refused(&world);
    let bob = "bob@example.com: in the list, but not in the organization now";
    assert!(words.contains(bob), "{words}");
    assert!(words.contains("1 person differs from the list of the plan"), "{words}");
}

#[test]
fn somebody_who_came_meanwhile_is_named() {
    let world = saved();
    elsewhere(&world, "new.csv", "create,eve@example.com,Eve,Fox,US,\n");
    let words = refused(&world);
    let eve = "eve@example.com: not in the list, but in the organization now";
    assert!(words.contains(eve), "{words}");
}

#[test]
fn name_that_changed_meanwhile_is_named() {
    let world = saved();
    elsewhere(&world, "name.csv", "update,ann@example.com,Anne,,,\n");
    let words = refused(&world);
    let ann = "ann@example.com: `Ann Last` in the list, `Anne Last` now";
    assert!(words.contains(ann), "{words}");
}

/// Whichever row of a user changes the name.
#[test]
fn name_that_changed_is_named_if_a_later_row_changes_it() {
    let world = world();
    let rows = "add,ann@example.com,,,,Sales\nupdate,ann@example.com,Anna,,,\n";
    world.write("staff.csv", HEAD.to_owned() + rows);
    save(&world, &["--online"]);
    elsewhere(&world, "name.csv", "update,ann@example.com,Anne,,,\n");
    let words = refused(&world);
    let ann = "ann@example.com: `Ann Last` in the list, `Anne Last` now";
    assert!(words.contains(ann), "{words}");
}

#[test]
fn member_of_a_groups_row_who_left_meanwhile_is_named() {
    let world = world();
    let rows =
        "action,group,users,remove_users\nupdate-group,Design,ann@example.com,cy@example.com\n";
    world.write("staff.csv", rows);
    save(&world, &["--online"]);
    elsewhere(&world, "leaver.csv", "delete,cy@example.com,,,,\n");
    let words = refused(&world);
    let cy = "cy@example.com: in the list, but not in the organization now";
    assert!(words.contains(cy), "{words}");
}

/// What the first file has done before the interruption is no change by others.
#[test]
fn interrupted_application_of_several_files_goes_on() {
    let world = world();
    world.write("staff.csv", HEAD.to_owned() + "create,eve@example.com,Eve,Fox,US,Design\n");
    world.write("next.csv", HEAD.to_owned() + "add,eve@example.com,,,,Sales\n");
    save(&world, &["next.csv", "--online"]);
    let denied = InjectedFault::Answer {
        status: 403,
        headers: Vec::new(),
        body: r#"{"error_code":"403000","message":"Api Key is invalid"}"#.into(),
    };
    world.sandbox.faults().next_actions([None, Some(denied)]);
    let stopped = apply(&world, &[]);
    assert_eq!(stopped.status, 3, "{stopped:?}");
    let run = apply(&world, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("eve@example.com").unwrap(), ["Design", "Sales"]);
}

/// Another account may have the address by now: only the planned one leaves.
#[test]
fn other_account_of_a_missing_person_does_not_leave() {
    let scope = ["--online", "--missing", "leave", "--managed-domain", "example.com"];
    let world = world();
    world.write("staff.csv", HEAD.to_owned() + &ROWS.replace("add,cy@example.com,,,,Design\n", ""));
    save(&world, &scope);
    elsewhere(&world, "gone.csv", "delete-account,cy@example.com,,,,\n");
    elsewhere(&world, "new.csv", "create,cy@example.com,Cyrus,Other,US,\n");
    assert_eq!(world.umbulk(&["export", "users", "--force"]).status, 0);
    let words = refused(&world);
    assert!(words.contains("no longer applies"), "{words}");
}

/// A newer list shows what has changed, also of more people than are asked about.
#[test]
fn rows_that_do_something_else_by_a_newer_list_are_named() {
    let world = saved();
    elsewhere(
        &world,
        "other.csv",
        "update,ann@example.com,Anne,,,\nremove,cy@example.com,,,,Design\n\
         remove,bob@example.com,,,,Design\n",
    );
    assert_eq!(world.umbulk(&["export", "users", "--force"]).status, 0);
    let words = refused(&world);
    for part in [
        "line 3, ann@example.com: planned: firstname `Ann` -> `Anna`; now: firstname `Anne`",
        "line 4, bob@example.com: planned: remove from `Design`; now: unchanged: matches",
        "line 5, cy@example.com: planned: unchanged; now: add to `Design`",
        "3 rows would do something else now",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[test]
fn change_of_others_does_not_matter() {
    let world = saved();
    elsewhere(
        &world,
        "others.csv",
        "add,ann@example.com,,,,Sales\ncreate,zoe@example.com,Z,Z,US,\n",
    );
    assert_eq!(world.umbulk(&["export", "users", "--force"]).status, 0);
    let run = apply(&world, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Sales"]);
}

#[test]
fn plan_of_another_organization_is_refused() {
    let world = saved();
    let plan = fs::read_to_string(world.path("weekly.plan")).unwrap();
    let other = World::with_groups(&["Design"]);
    other.write("staff.csv", HEAD.to_owned() + ROWS);
    other.write("weekly.plan", plan);
    let words = refused(&other);
    assert!(words.contains("this plan is for the organization"), "{words}");
    assert!(words.contains("the credentials are those of"), "{words}");
}

#[test]
fn plan_of_a_later_umbulk_is_refused() {
    let world = saved();
    let plan = fs::read_to_string(world.path("weekly.plan")).unwrap();
    let own = format!("\"saved_by\":\"{}\"", env!("CARGO_PKG_VERSION"));
    world.write("weekly.plan", plan.replace(&own, "\"saved_by\":\"99.1.0\",\"later\":true"));
    assert!(refused(&world).contains("umbulk 99.1.0 saved this plan"));
}

#[test]
fn file_that_is_no_plan_or_a_damaged_one_is_refused() {
    let world = saved();
    let plan = fs::read_to_string(world.path("weekly.plan")).unwrap();
    for (text, words) in [
        (plan.replace("staff.csv", "other.csv"), "this plan is damaged, or was changed by hand"),
        (plan[..plan.len() / 2].to_owned(), "this plan is damaged, or was changed by hand"),
        (HEAD.to_owned() + ROWS, "this is not a saved plan"),
        (String::new(), "this is not a saved plan"),
    ] {
        world.write("weekly.plan", text);
        let run = apply(&world, &[]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
        assert!(run.stderr.contains(words), "{words}: {run:?}");
    }
    let run = world.umbulk(&["import", "--plan", "nowhere.plan"]);
    assert!(run.status == 2 && run.stderr.contains("nowhere.plan"), "{run:?}");
}

#[test]
#[cfg(unix)]
fn saved_plan_holds_no_secret_and_belongs_to_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let world = saved();
    let path = world.path("weekly.plan");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let options = world.sandbox.options();
    let plan = fs::read_to_string(path).unwrap();
    assert!(!plan.contains(&options.client_secret) && !plan.contains(&options.client_id));
}

#[test]
fn plan_of_standard_input_is_not_saved() {
    let world = world();
    let mut command = world.command(&["plan", "-", "--save", "weekly.plan"]);
    let plan = run(command.stdin(fs::File::open(world.path("staff.csv")).unwrap()));
    assert_eq!(plan.status, 2, "{plan:?}");
    assert!(plan.stderr.contains("the plan of standard input cannot be saved"), "{plan:?}");
    assert!(!world.path("weekly.plan").exists());
}

#[test]
fn missing_people_are_part_of_the_plan() {
    let scope = ["--online", "--missing", "leave", "--managed-domain", "example.com"];
    let world = world();
    world.write("staff.csv", HEAD.to_owned() + &ROWS.replace("add,cy@example.com,,,,Design\n", ""));
    save(&world, &scope);
    let run = apply(&world, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.groups_of("cy@example.com").is_none(), "he is in no row");
    assert_eq!(world.sandbox.directory().users().count(), 3);
}

/// Like any finished import. Who is missing only now is not in the plan.
#[test]
fn plan_with_missing_people_that_is_applied_again_has_finished_already() {
    for (action, people) in [("leave", 4), ("remove-groups", 5), ("report", 5)] {
        let scope = ["--online", "--missing", action, "--managed-domain", "example.com"];
        let world = world();
        let rows = ROWS.replace("add,cy@example.com,,,,Design\n", "");
        world.write("staff.csv", HEAD.to_owned() + &rows);
        save(&world, &scope);
        let run = apply(&world, &[]);
        assert_eq!(run.status, 0, "{action}: {run:?}");
        assert_eq!(apply(&world, &[]).status, 0, "{action}: with the same list");
        elsewhere(
            &world,
            "new.csv",
            "create,zoe@example.com,Zoe,Last,US,Design\nadd,bob@example.com,,,,Design\n",
        );
        assert_eq!(world.umbulk(&["export", "users", "--force"]).status, 0);
        let sent = world.action_requests();
        let again = apply(&world, &[]);
        assert_eq!((again.status, world.action_requests()), (0, sent), "{action}: {again:?}");
        assert!(again.stderr.contains("finished      in the run of"), "{action}: {again:?}");
        let applied = "the plan has been applied to them already";
        assert!(again.stderr.contains(applied), "{action}: {again:?}");
        assert!(again.stdout.contains(applied), "{action}: {again:?}");
        assert_eq!(world.sandbox.directory().users().count(), people, "{action}");
        assert_eq!(world.groups_of("zoe@example.com").unwrap(), ["Design"], "{action}");
    }
}

#[test]
fn plan_without_missing_people_that_is_applied_again_has_finished_already() {
    let scope = ["--online", "--missing", "leave", "--managed-domain", "example.com"];
    let world = world();
    save(&world, &scope);
    assert_eq!(apply(&world, &[]).status, 0);
    elsewhere(&world, "new.csv", "create,zoe@example.com,Zoe,Last,US,\n");
    assert_eq!(world.umbulk(&["export", "users", "--force"]).status, 0);
    let sent = world.action_requests();
    let again = apply(&world, &[]);
    assert_eq!((again.status, world.action_requests()), (0, sent), "{again:?}");
    assert!(world.groups_of("zoe@example.com").is_some());
}

#[test]
fn other_missing_people_than_planned_do_not_leave() {
    let scope = ["--online", "--missing", "leave", "--managed-domain", "example.com"];
    let world = world();
    world.write("staff.csv", HEAD.to_owned() + &ROWS.replace("add,cy@example.com,,,,Design\n", ""));
    save(&world, &scope);
    elsewhere(
        &world,
        "new.csv",
        "create,zoe@example.com,Zoe,Last,US,\ndelete,cy@example.com,,,,\n",
    );
    assert_eq!(world.umbulk(&["export", "users", "--force"]).status, 0);
    let words = refused(&world);
    for part in [
        "): not planned as missing; missing now",
        "): planned as missing; not missing now",
        "no longer applies (2 missing people differ)",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[test]
fn group_that_is_created_first_is_part_of_the_plan() {
    let world = world();
    world.write("staff.csv", HEAD.to_owned() + "add,ann@example.com,,,,Finance\n");
    assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
    save(&world, &["--online", "--create-groups"]);
    let run = apply(&world, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Finance"]);
}

/// Its row is invalid in the plan, and is not sent by its import either.
#[test]
fn group_that_never_was_is_invalid_in_the_plan_and_in_its_import() {
    let world = world();
    world.write("staff.csv", HEAD.to_owned() + "add,ann@example.com,,,,Salse\n");
    assert_eq!(world.umbulk(&["plan", "staff.csv", "--save", "weekly.plan", "--online"]).status, 1);
    let run = apply(&world, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.statuses("staff.results.csv"), ["invalid"]);
}

#[test]
fn group_that_is_gone_meanwhile_is_named_with_its_rows() {
    let world = world();
    world.write("staff.csv", HEAD.to_owned() + "add,ann@example.com,,,,Sales\n");
    save(&world, &["--online"]);
    world.write("gone.csv", "action,group\ndelete-group,Sales\n");
    let mut command = world.command(&["import", "gone.csv", "--yes"]);
    let run = run(command.env("XDG_STATE_HOME", world.path("elsewhere")));
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.umbulk(&["export", "groups", "--force"]).status, 0);
    let words = refused(&world);
    for part in [
        "staff.csv, line 2, ann@example.com: planned: add to `Sales`; now: invalid: ",
        "`Sales`",
        "1 row would do something else now",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
}

/// A plan has the groups of a leaver by the list of its day. They are no part of what is done.
#[test]
fn leaver_who_joins_a_group_meanwhile_still_leaves_as_planned() {
    let world = world();
    world.write("staff.csv", HEAD.to_owned() + "delete,bob@example.com,,,,\n");
    save(&world, &["--online"]);
    elsewhere(&world, "other.csv", "add,bob@example.com,,,,Sales\n");
    assert_eq!(world.umbulk(&["export", "users", "--force"]).status, 0);
    let run = apply(&world, &["--yes"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.groups_of("bob@example.com").is_none());
}

/// Of `remove-all`, the groups are what is done.
#[test]
fn group_that_somebody_who_loses_all_has_joined_meanwhile_is_named() {
    let world = world();
    world.write("staff.csv", HEAD.to_owned() + "remove-all,bob@example.com,,,,\n");
    save(&world, &["--online"]);
    elsewhere(&world, "other.csv", "add,bob@example.com,,,,Sales\n");
    assert_eq!(world.umbulk(&["export", "users", "--force"]).status, 0);
    let words = refused(&world);
    assert!(words.contains("planned: remove from `Design`; now: remove from"), "{words}");
}

/// Kills an import once its first request is under way, which is carried out.
fn killed(world: &World) {
    let late = InjectedFault::Late { status: 504, after: Duration::from_millis(200) };
    world.sandbox.faults().next_actions([Some(late)]);
    let mut command = world.command(&["import", "--plan", "weekly.plan"]);
    command.env("UMBULK_EFFECT_WINDOW", "300ms").stderr(Stdio::null()).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    while world.action_requests() == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it has sent nothing");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// What the first request has changed is no change of the organization that a plan is refused for.
#[test]
fn interrupted_application_goes_on_with_the_same_command() {
    let world = world();
    let more: String =
        (0..12).map(|number| format!("create,n{number}@example.com,N,N,US,Design\n")).collect();
    world.write("staff.csv", HEAD.to_owned() + ROWS + &more);
    save(&world, &["--online"]);
    killed(&world);
    let other = world.umbulk(&["import", "staff.csv", "--online", "--skip-unchanged"]);
    assert_eq!(other.status, 2, "{other:?}");
    assert!(other.stderr.contains("another saved plan, or none, is applied"), "{other:?}");
    let mut command = world.command(&["import", "--plan", "weekly.plan"]);
    let run = run(command.env("UMBULK_EFFECT_WINDOW", "300ms"));
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().users().count(), 16);
    // Once it is finished, the same command only shows it.
    let sent = world.action_requests();
    let again = apply(&world, &[]);
    assert_eq!((again.status, world.action_requests()), (0, sent), "{again:?}");
}

/// An import of the same file that has sent a part of it goes on with the list of its beginning. A
/// plan of today is no part of it.
#[test]
fn plan_after_a_portion_starts_over_as_advised() {
    let world = world();
    let portion = ["import", "staff.csv", "--online", "--skip-unchanged", "--rows", "1-2"];
    assert_eq!(world.umbulk(&portion).status, 0);
    save(&world, &["--online"]);
    let sent = world.action_requests();
    let run = apply(&world, &[]);
    assert_eq!((run.status, world.action_requests()), (2, sent), "{run:?}");
    for part in
        ["has sent only a part of its rows (--rows)", "another saved plan, or none, is applied"]
    {
        assert!(run.stderr.contains(part), "{part}: {run:?}");
    }
    assert!(run.stderr.contains("or use --fresh to send all rows again"), "{run:?}");
    let run = apply(&world, &["--fresh"]);
    assert_eq!(run.status, 0, "{run:?}");
    let statuses = world.statuses("staff.results.csv");
    assert_eq!(statuses, ["unchanged", "unchanged", "ok", "unchanged"]);
    assert!(world.groups_of("bob@example.com").unwrap().is_empty());
}

/// The file of missing people of another import is not what the plan has decided.
#[test]
fn plan_does_not_go_on_with_the_missing_people_of_another_import() {
    let scope = ["--missing", "leave", "--managed-domain", "example.com", "--max-missing", "2"];
    let scope = [&scope[..], &["--online"]].concat();
    let world = world();
    world.write("staff.csv", HEAD.to_owned() + "add,ann@example.com,,,,Sales\n");
    let denied = InjectedFault::Answer {
        status: 403,
        headers: Vec::new(),
        body: r#"{"error_code":"403000","message":"Api Key is invalid"}"#.into(),
    };
    world.sandbox.faults().next_actions([None, Some(denied)]);
    let stopped = world.umbulk(&[&["import", "staff.csv", "--yes"], &scope[..]].concat());
    assert_eq!(stopped.status, 3, "{stopped:?}");
    save(&world, &scope);
    let sent = world.action_requests();
    let run = apply(&world, &["--yes"]);
    assert_eq!((run.status, world.action_requests()), (2, sent), "{run:?}");
    assert!(run.stderr.contains("another saved plan, or none"), "{run:?}");
    let run = apply(&world, &["--yes", "--fresh"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().users().count(), 1);
}

#[test]
fn programs_are_told_why_a_plan_is_not_applied() {
    let world = saved();
    elsewhere(&world, "leaver.csv", "delete,bob@example.com,,,,\n");
    let run = apply(&world, &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&json["exit"], &json["code"]), (&2.into(), &"error.guard".into()), "{json}");
    assert!(json["error"].as_str().unwrap().contains("no longer applies (1 person"), "{json}");
}
