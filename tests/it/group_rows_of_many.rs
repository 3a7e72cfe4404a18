//! Rows of groups that add and remove many users: a user whom the server refuses does not keep the
//! others from being added or removed, and the row says who that is.

use crate::world::{World, user};
use std::process::Stdio;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,group,users,remove_users\n";

/// Users `u0` to `u299`; the first hundred are in `Old`.
fn world() -> World {
    world_with(SandboxOptions::default())
}

/// The same, where a command of a group takes ten memberships.
fn narrow_world() -> World {
    world_with(SandboxOptions { narrow_groups: true, ..SandboxOptions::default() })
}

fn world_with(options: SandboxOptions) -> World {
    let mut directory = Directory::default();
    ["New", "Old"].iter().for_each(|name| directory.add_group(&SandboxGroup::user_group(name)));
    for number in 0..300 {
        let groups: &[&str] = if number < 100 { &["Old"] } else { &[] };
        directory.add_user(&user(&name(number), groups));
    }
    World::new(directory, options)
}

fn name(number: usize) -> String {
    format!("u{number}@example.com")
}

/// Returns names as a cell, with strangers in these places.
fn cell(numbers: std::ops::Range<usize>, strangers: &[usize]) -> String {
    let mut names: Vec<String> = numbers.map(name).collect();
    for place in strangers {
        names[*place] = format!("stranger{place}@nowhere.example");
    }
    format!("\"{}\"", names.join(","))
}

fn members(world: &World, group: &str) -> usize {
    let is_in = |number: &usize| {
        world.groups_of(&name(*number)).is_some_and(|groups| groups.iter().any(|is| is == group))
    };
    (0..300).filter(is_in).count()
}

#[test]
fn others_are_added_without_users_whom_the_server_does_not_know() {
    let world = world();
    let rows = format!("{HEAD}update-group,New,{},\n", cell(0..250, &[7, 8, 120, 249]));
    let run = world.import("a.csv", rows, &["--yes"]);
    assert_eq!(members(&world, "New"), 246, "{run:?}");
    let row = &world.rows("a.results.csv")[0];
    assert_eq!(
        (&*row["umbulk_status"], &*row["umbulk_code"], &*row["umbulk_effect"]),
        ("failed", "error.user.nonexistent", "joined:246"),
        "{row:?}"
    );
    for place in [7, 8, 120, 249] {
        let who = format!("stranger{place}@nowhere.example");
        assert_eq!(row["umbulk_message"].matches(&who).count(), 1, "{row:?}");
    }
    assert!(world.action_requests() <= 7, "{} requests", world.action_requests());
}

#[test]
fn others_are_removed_without_users_whom_the_server_does_not_know() {
    let world = world();
    let rows = format!("{HEAD}update-group,Old,,{}\n", cell(0..50, &[3, 25]));
    let run = world.import("a.csv", rows, &["--yes"]);
    assert_eq!(members(&world, "Old"), 52, "{run:?}");
    let row = &world.rows("a.results.csv")[0];
    assert_eq!((&*row["umbulk_status"], &*row["umbulk_effect"]), ("ok", "left:48"), "{row:?}");
    assert!(row["umbulk_message"].contains("stranger25@nowhere.example"), "{row:?}");
}

#[test]
fn new_group_has_all_users_but_the_refused_ones() {
    let world = world();
    let head = "action,group,description,users,if_exists\n";
    let rows = format!("{head}create-group,Team,Ours,{},error\n", cell(0..120, &[0, 119]));
    let run = world.import("a.csv", rows, &["--yes"]);
    assert_eq!(members(&world, "Team"), 118, "{run:?}");
    let row = &world.rows("a.results.csv")[0];
    assert_eq!(row["umbulk_status"], "failed", "{row:?}");
    assert_eq!(row["umbulk_effect"], "group_created+joined:118", "{row:?}");
}

#[test]
fn row_without_any_known_user_fails_once() {
    let world = world();
    let strangers: Vec<usize> = (0..3).collect();
    let rows = format!("{HEAD}update-group,New,{},\n", cell(0..3, &strangers));
    world.import("a.csv", rows, &["--yes"]);
    let row = &world.rows("a.results.csv")[0];
    assert_eq!((&*row["umbulk_status"], &*row["umbulk_effect"]), ("failed", "none"), "{row:?}");
    for place in strangers {
        assert!(row["umbulk_message"].contains(&format!("stranger{place}@")), "{row:?}");
    }
}

/// What was refused before a kill is neither lost nor sent again.
#[test]
fn refused_users_are_known_after_a_kill() {
    let world = world();
    world.write("a.csv", format!("{HEAD}update-group,New,{},\n", cell(0..250, &[7, 120, 249])));
    world.sandbox.faults().next_actions([None, None, Some(InjectedFault::CutBefore)]);
    let mut command = world.command(&["import", "a.csv", "--yes"]);
    command.env("UMBULK_RETRY_WAIT", "60s").stderr(Stdio::null()).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    crate::screens::wait_for(|| world.action_requests() >= 3);
    child.kill().unwrap();
    child.wait().unwrap();
    let run = world.umbulk(&["import", "a.csv", "--yes"]);
    assert_eq!(members(&world, "New"), 247, "{run:?}");
    let row = &world.rows("a.results.csv")[0];
    assert_eq!((&*row["umbulk_status"], &*row["umbulk_effect"]), ("failed", "joined:247"));
    for place in [7, 120, 249] {
        let who = format!("stranger{place}@nowhere.example");
        assert_eq!(row["umbulk_message"].matches(&who).count(), 1, "{row:?}");
    }
}

/// Each refusal costs a request, so a list of strangers ends soon.
#[test]
fn row_with_more_strangers_than_users_ends_before_all_are_tried() {
    let world = world();
    let strangers: Vec<usize> = (10..200).collect();
    let rows = format!("{HEAD}update-group,New,{},\n", cell(0..250, &strangers));
    let run = world.import("a.csv", rows, &["--yes"]);
    let row = &world.rows("a.results.csv")[0];
    assert_eq!(
        (&*row["umbulk_status"], &*row["umbulk_effect"]),
        ("failed", "joined:10"),
        "{run:?}"
    );
    assert!(row["umbulk_message"].contains("so the others were not sent"), "{row:?}");
    assert!(row["umbulk_message"].contains("31 users were refused in all"), "{row:?}");
    assert_eq!((members(&world, "New"), world.action_requests()), (10, 31));
}

/// The command of all three rows is refused for the stranger, after it has added the first user.
#[test]
fn membership_that_the_common_command_has_added_is_counted_for_its_row() {
    for side in ["always", "never"] {
        let world = world();
        let rows = format!(
            "{HEAD}update-group,New,{},\nupdate-group,New,,nobody@example.com\n\
             update-group,New,{},\n",
            name(1),
            name(2)
        );
        let run = world.import("a.csv", rows, &["--yes", "--group-side", side]);
        let rows = world.rows("a.results.csv");
        let effects: Vec<&str> = rows.iter().map(|row| &*row["umbulk_effect"]).collect();
        assert_eq!(effects, ["joined:1", "none", "joined:1"], "{run:?}");
        assert!(!rows[0]["umbulk_message"].contains("already"), "{rows:?}");
    }
}

/// A refusal for each of 190 strangers would cost 190 requests. So the row ends as early as without
/// the unclear request, and says that this request may have added its other users.
#[test]
fn row_of_strangers_ends_early_and_unknown_after_an_unclear_request() {
    let strangers: Vec<usize> = (10..200).collect();
    let rows = format!("{HEAD}update-group,New,{},\n", cell(0..250, &strangers));
    let nothing_done =
        InjectedFault::Answer { status: 504, headers: Vec::new(), body: String::new() };
    for side in ["always", "never"] {
        for fault in [nothing_done.clone(), InjectedFault::DoneBut(504)] {
            let world = world();
            world.sandbox.faults().next_actions([Some(fault)]);
            let run = world.import("a.csv", &rows, &["--yes", "--group-side", side]);
            assert_eq!(world.outcomes("a.results.csv"), ["unknown unknown.answer"], "{run:?}");
            let message = &world.rows("a.results.csv")[0]["umbulk_message"];
            assert!(message.contains("may have changed them: check the group"), "{message}");
            assert!(message.contains("stranger10@"), "{message}");
            assert_eq!(members(&world, "New"), 10);
            assert!(world.action_requests() < 50, "{}", world.action_requests());
        }
    }
}

/// Every response was clear before the run was stopped, so that nothing is uncertain afterwards.
#[test]
fn row_of_strangers_ends_early_and_failed_after_a_stop_between_two_requests() {
    let world = world();
    let strangers: Vec<usize> = (10..200).collect();
    let rows = format!("{HEAD}update-group,New,{},\n", cell(0..250, &strangers));
    let body = r#"{"error_code":"403003"}"#.to_owned();
    let denied = InjectedFault::Answer { status: 403, headers: Vec::new(), body };
    world.sandbox.faults().next_actions([None, None, Some(denied)]);
    let options = ["--yes", "--group-side", "always"];
    assert_eq!(world.import("a.csv", rows, &options).status, 3);
    assert_eq!(world.outcomes("a.results.csv"), ["unknown unknown.no_answer"]);
    let run = world.umbulk(&[&["import", "a.csv"][..], &options].concat());
    let row = &world.rows("a.results.csv")[0];
    assert_eq!(
        (&*row["umbulk_status"], &*row["umbulk_effect"]),
        ("failed", "joined:10"),
        "{run:?}"
    );
    assert!(row["umbulk_message"].contains("31 users were refused in all"), "{row:?}");
    assert_eq!((members(&world, "New"), world.action_requests()), (10, 31 + 1));
}

/// Adobe documents ten memberships "a step in one command entry": perhaps for the whole command.
#[test]
fn long_lists_go_in_narrow_commands_where_the_service_takes_no_others() {
    for side in ["auto", "never"] {
        let world = narrow_world();
        let rows = format!(
            "{HEAD}update-group,New,{},\nupdate-group,Old,{},{}\n",
            cell(0..250, &[7, 8, 120, 249]),
            cell(200..204, &[]),
            cell(0..26, &[])
        );
        let run = world.import("a.csv", rows, &["--yes", "--group-side", side]);
        assert_eq!((members(&world, "New"), members(&world, "Old")), (246, 78), "{run:?}");
        let [new, old] = &world.rows("a.results.csv")[..] else { panic!("{run:?}") };
        assert_eq!(
            (&*new["umbulk_code"], &*new["umbulk_effect"]),
            ("error.user.nonexistent", "joined:246"),
            "{new:?}"
        );
        assert_eq!(
            (&*old["umbulk_status"], &*old["umbulk_effect"]),
            ("ok", "joined:4+left:26"),
            "{old:?}"
        );
        assert!(!run.stdout.contains("commands of groups"), "{}", run.stdout);
    }
}

/// Rows that share a command in the wide form share one in the narrow form up to ten memberships,
/// and the next import begins with it.
#[test]
fn narrow_form_that_rows_of_groups_have_shown_is_remembered() {
    let world = narrow_world();
    let row =
        |number: usize| format!("update-group,New,{},\n", cell(3 * number..3 * number + 3, &[]));
    let rows = format!("{HEAD}{}", (0..60).map(row).collect::<String>());
    let run = world.import("a.csv", &rows, &["--yes"]);
    assert_eq!((run.status, members(&world, "New")), (0, 180), "{run:?}");
    assert_eq!(world.action_requests(), 1 + 20, "the wide form, then nine memberships each");
    let rows = rows.replace("New", "Old");
    let plan: serde_json::Value = {
        world.write("b.csv", &rows);
        serde_json::from_str(&world.umbulk(&["plan", "b.csv", "--json"]).stdout).unwrap()
    };
    assert_eq!((&plan["commands"], &plan["requests"]), (&20.into(), &20.into()), "{plan}");
    let run = world.import("b.csv", &rows, &["--yes"]);
    assert_eq!((run.status, world.action_requests()), (0, 21 + 20), "{run:?}");
}

/// Users `u0` to `u1799`, and groups that nobody is in.
fn large_world(options: SandboxOptions) -> World {
    let mut directory = Directory::default();
    ["New", "Old"].iter().for_each(|name| directory.add_group(&SandboxGroup::user_group(name)));
    (0..1_800).for_each(|number| directory.add_user(&user(&name(number), &[])));
    World::new(directory, options)
}

/// Rows of one group, each with three users.
fn rows_of_three(group: &str, rows: std::ops::Range<usize>, strangers: &[usize]) -> String {
    let row = |number: usize| {
        let names =
            cell(3 * number..3 * number + 3, if strangers.contains(&number) { &[1] } else { &[] });
        format!("update-group,{group},{names},\n")
    };
    rows.map(row).collect()
}

fn all_members(world: &World, group: &str) -> usize {
    let is_in = |number: &usize| {
        world.groups_of(&name(*number)).is_some_and(|groups| groups.iter().any(|is| is == group))
    };
    (0..1_800).filter(is_in).count()
}

/// Ten commands of one group share a request, because they add different people.
#[test]
fn rows_of_one_group_share_requests() {
    let world = large_world(SandboxOptions::default());
    let run = world.import("a.csv", format!("{HEAD}{}", rows_of_three("New", 0..600, &[])), &[]);
    assert_eq!((run.status, all_members(&world, "New")), (0, 1_800), "{run:?}");
    assert_eq!(world.action_requests(), 3, "the first one tries the form");
    assert!(world.rows("a.results.csv").iter().all(|row| row["umbulk_effect"] == "joined:3"));
    assert!(!run.stdout.contains("commands of groups"), "{}", run.stdout);
}

#[test]
fn row_of_a_thousand_users_fills_one_request() {
    let world = large_world(SandboxOptions::default());
    let rows = format!("{HEAD}update-group,New,{},\n", cell(0..1_000, &[]));
    let plan: serde_json::Value = {
        world.write("a.csv", &rows);
        serde_json::from_str(&world.umbulk(&["plan", "a.csv", "--json"]).stdout).unwrap()
    };
    let number = |name: &str| plan[name].as_u64().unwrap();
    assert_eq!((number("commands"), number("requests"), number("fewest_requests")), (10, 2, 1));
    let run = world.import("a.csv", rows, &[]);
    assert_eq!((run.status, all_members(&world, "New")), (0, 1_000), "{run:?}");
    assert_eq!(world.action_requests(), 2, "the first one tries the form");
    assert_eq!(world.rows("a.results.csv")[0]["umbulk_effect"], "joined:1000");
}

/// The outcomes are those of rows that go one after another.
#[test]
fn strangers_in_rows_of_one_group_fail_only_for_their_rows() {
    let strangers = [0, 7, 8, 120, 199];
    let rows = format!("{HEAD}{}", rows_of_three("New", 0..200, &strangers));
    let worlds = ["never", "auto", "always"].map(|side| {
        let world = large_world(SandboxOptions::default());
        let run = world.import("a.csv", &rows, &["--group-side", side]);
        assert_eq!((run.status, all_members(&world, "New")), (1, 595), "{side}: {run:?}");
        world
    });
    let words = |world: &World| -> Vec<[String; 4]> {
        let rows = world.rows("a.results.csv");
        let columns = ["umbulk_status", "umbulk_code", "umbulk_message", "umbulk_effect"];
        rows.into_iter().map(|row| columns.map(|name| row[name].clone())).collect()
    };
    let failed = |world: &World| -> Vec<[String; 4]> {
        words(world).into_iter().filter(|row| row[0] == "failed").collect()
    };
    assert_eq!(failed(&worlds[0]), failed(&worlds[1]));
    assert_eq!(words(&worlds[1]), words(&worlds[2]));
    assert_eq!(words(&worlds[1]).iter().filter(|row| row[3] == "joined:3").count(), 195);
    let row = &worlds[1].rows("a.results.csv")[7];
    assert_eq!((&*row["umbulk_status"], &*row["umbulk_effect"]), ("failed", "joined:2"));
    assert!(row["umbulk_message"].contains("stranger1@nowhere.example"), "{row:?}");
    assert!(worlds[1].action_requests() < 16, "{} requests", worlds[1].action_requests());
}

/// Who joins in one row and leaves in a later one, or is named twice, ends as in the order of the
/// rows.
#[test]
fn rows_about_the_same_people_keep_their_order() {
    let rows = format!(
        "{HEAD}{}update-group,New,,{}\n{}update-group,New,{},{}\n",
        rows_of_three("New", 0..300, &[]),
        cell(0..50, &[]),
        rows_of_three("New", 0..10, &[]),
        cell(900..950, &[]),
        cell(0..5, &[]),
    );
    let ends = ["never", "auto"].map(|side| {
        let world = large_world(SandboxOptions::default());
        let run = world.import("a.csv", &rows, &["--group-side", side]);
        assert_eq!((run.status, all_members(&world, "New")), (0, 850 + 30 + 50 - 5), "{run:?}");
        let rows = world.rows("a.results.csv");
        rows.into_iter().map(|row| row["umbulk_effect"].clone()).collect::<Vec<String>>()
    });
    assert_eq!(ends[0], ends[1]);
}

/// Rows of groups and rows of users change the members of one group with the same commands.
#[test]
fn rows_of_groups_and_of_users_share_commands() {
    let world = large_world(SandboxOptions::default());
    let of_users: String =
        (900..1_500).map(|number| format!("add,{},,New,\n", name(number))).collect();
    let of_groups: String = (0..200)
        .map(|number| format!("update-group,,New,,{}\n", cell(3 * number..3 * number + 3, &[])))
        .collect();
    let rows = format!("action,email,group,groups,users\n{of_users}{of_groups}");
    let plan: serde_json::Value = {
        world.write("a.csv", &rows);
        serde_json::from_str(&world.umbulk(&["plan", "a.csv", "--json"]).stdout).unwrap()
    };
    let number = |name: &str| plan[name].as_u64().unwrap();
    assert_eq!((number("commands"), number("fewest_requests")), (12, 2), "{plan}");
    assert_eq!((number("group_commands"), number("in_place_of")), (6, 600));
    let run = world.import("a.csv", &rows, &[]);
    assert_eq!((run.status, all_members(&world, "New")), (0, 1_200), "{run:?}");
    assert_eq!(world.action_requests(), 3);
}

/// A row that goes by itself does not wait for rows of its group that wait for it.
#[test]
fn rows_of_one_group_that_wait_for_each_other_end() {
    let world = world();
    let rows = format!(
        "action,email,firstname,group,users,remove_users\n\
         update-group,,,Old,{0}200{1},{0}3{1}\n\
         update-group,,,Old,{0}201{1},\"{0}150{1},{0}3{1}\"\n\
         update,{0}3{1},New,,,\n\
         update-group,,,New,\"{0}3{1},{0}4{1}\",\n\
         update,{0}4{1},New,,,\n\
         update-group,,,Old,{0}202{1},{0}4{1}\n",
        "u", "@example.com"
    );
    let run = world.import("a.csv", rows, &["--group-side", "always"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.statuses("a.results.csv"), ["ok"; 6]);
    assert_eq!((members(&world, "New"), members(&world, "Old")), (2, 101));
}
