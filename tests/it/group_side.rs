//! Memberships that go as commands of their groups: fewer requests, and every row ends as if it had
//! gone alone.

use crate::world::{World, user};
use std::fmt::Write;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

/// Users `u0` to `u299`, who are in no group, and user groups `Design` and `Print`.
fn world(options: SandboxOptions) -> World {
    let mut directory = Directory::default();
    ["Design", "Print"]
        .iter()
        .for_each(|name| directory.add_group(&SandboxGroup::user_group(name)));
    directory.add_group(&SandboxGroup::profile("Photoshop"));
    directory.add_group(&SandboxGroup { read_only: true, ..SandboxGroup::user_group("Shared") });
    (0..300).for_each(|number| directory.add_user(&user(&email(number), &[])));
    World::new(directory, options)
}

fn email(number: u32) -> String {
    format!("u{number}@example.com")
}

/// Rows that add these users to groups.
fn adding(users: impl IntoIterator<Item = u32>, groups: &str) -> String {
    let mut text = "action,email,groups\n".to_owned();
    for number in users {
        writeln!(text, "add,{},\"{groups}\"", email(number)).unwrap();
    }
    text
}

/// Returns every group with its members.
fn members(world: &World) -> Vec<(u32, Vec<String>)> {
    (0..300).filter_map(|number| Some((number, world.groups_of(&email(number))?))).collect()
}

/// Imports a file in two worlds, from the users' side and from the groups' side. The outcomes of
/// all rows, and the organizations, must be the same. Returns the numbers of requests.
fn both_sides(file: &str, more: &[&str]) -> (usize, usize) {
    let [users, groups] = ["never", "always"].map(|side| {
        let world = world(SandboxOptions::default());
        let options = [&["--group-side", side, "--yes"], more].concat();
        world.import("rows.csv", file, &options);
        world
    });
    assert_eq!(users.outcomes("rows.results.csv"), groups.outcomes("rows.results.csv"));
    let effects = |world: &World| -> Vec<String> {
        let rows = world.rows("rows.results.csv");
        rows.into_iter().map(|row| row["umbulk_effect"].clone()).collect()
    };
    assert_eq!(effects(&users), effects(&groups));
    assert_eq!(members(&users), members(&groups));
    (users.action_requests(), groups.action_requests())
}

/// The first request tries a form alone, so that it is not full: the plan counts it.
#[test]
fn plan_counts_the_requests_that_try_a_form() {
    let of_groups = rows_of_design(100, 3);
    for (rows, requests) in
        [(adding(0..120, "Design"), 2), (adding(0..300, "Design,Print"), 2), (of_groups, 2)]
    {
        let world = world(SandboxOptions::default());
        world.write("rows.csv", &rows);
        let plan = world.umbulk(&["plan", "rows.csv"]);
        let planned = format!("{requests}  requests");
        assert!(plan.stdout.contains(&planned), "{plan:?}");
        let run = world.import("rows.csv", &rows, &["--yes"]);
        assert_eq!((run.status, world.action_requests()), (0, requests), "{run:?}");
        assert!(run.stderr.contains(&format!(" in {requests} requests")), "{run:?}");
    }
}

#[test]
fn hundred_memberships_are_in_one_command_of_their_group() {
    let (from_users, from_groups) = both_sides(&adding(0..300, "Design,Print"), &[]);
    assert_eq!((from_users, from_groups), (30, 2), "the first request tries the form");
}

/// `auto` is the default, and small files stay with commands of users.
#[test]
fn group_side_is_used_where_it_saves_requests() {
    let world = world(SandboxOptions::default());
    assert_eq!(world.import("small.csv", adding(0..11, "Design"), &[]).status, 0);
    assert_eq!(world.action_requests(), 2);
    let run = world.import("large.csv", adding(0..300, "Print"), &[]);
    assert_eq!((run.status, world.action_requests()), (0, 2 + 2), "{run:?}");
    assert!(
        run.stdout.contains(
            "3  commands of groups for 300 memberships, in place of 300 commands of users"
        ),
        "{}",
        run.stdout
    );
}

#[test]
fn plan_counts_commands_of_groups_and_names_the_bound() {
    let world = world(SandboxOptions::default());
    world.write("rows.csv", adding(0..300, "Design"));
    let run = world.umbulk(&["plan", "rows.csv", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let number = |name: &str| plan[name].as_u64().unwrap();
    assert_eq!((number("commands"), number("requests")), (3, 2), "one tries the form: {plan}");
    assert_eq!((number("group_commands"), number("in_place_of")), (3, 300));
    assert_eq!((number("fewest_requests"), number("requests_in_file_order")), (1, 30));
    let words = world.umbulk(&["plan", "rows.csv", "--group-side", "never"]).stdout;
    assert!(
        words.contains(
            "no order of the rows needs fewer than 1; ten rows a request, in file \
                        order, would be 30"
        ),
        "{words}"
    );
}

#[test]
fn stranger_among_many_gets_an_outcome_of_their_own() {
    let file = adding((0..150).chain([900, 901]).chain(150..300), "Design");
    both_sides(&file, &[]);
    let world = world(SandboxOptions::default());
    assert_eq!(world.import("rows.csv", &file, &[]).status, 1);
    let rows = world.rows("rows.results.csv");
    let failed: Vec<&String> = rows
        .iter()
        .filter(|row| row["umbulk_status"] == "failed")
        .map(|row| &row["umbulk_code"])
        .collect();
    assert_eq!(failed, ["error.user.nonexistent"; 2]);
}

#[test]
fn profiles_read_only_groups_and_members_end_as_from_their_users() {
    both_sides(&adding(0..60, "Photoshop"), &[]);
    both_sides(&adding(0..60, "Design,Photoshop"), &[]);
    both_sides(&adding(0..60, "Shared,Design"), &[]);
    // Everybody is a member by the first half of the file.
    let twice = adding((0..60).chain(0..60), "Design");
    both_sides(&twice, &[]);
}

#[test]
fn user_who_joins_and_leaves_ends_in_the_order_of_the_rows() {
    let mut file = adding(0..40, "Design");
    (0..40).for_each(|number| writeln!(file, "remove,{},Design", email(number)).unwrap());
    (0..20).for_each(|number| writeln!(file, "add,{},\"Design,Print\"", email(number)).unwrap());
    both_sides(&file, &[]);
    let world = world(SandboxOptions::default());
    world.import("rows.csv", &file, &["--group-side", "always"]);
    assert_eq!(world.groups_of(&email(3)).unwrap(), ["Design", "Print"]);
    assert!(world.groups_of(&email(30)).unwrap().is_empty());
}

#[test]
fn narrow_form_is_used_where_the_wide_one_is_refused_and_remembered() {
    let world = world(SandboxOptions { narrow_groups: true, ..SandboxOptions::default() });
    assert_eq!(
        world.import("a.csv", adding(0..300, "Design"), &["--group-side", "always"]).status,
        0
    );
    let first = world.action_requests();
    assert_eq!(first, 1 + 1 + 3, "the wide form, the narrow one, and the rest");
    assert_eq!(
        world.import("b.csv", adding(0..300, "Print"), &["--group-side", "always"]).status,
        0
    );
    assert_eq!(world.action_requests() - first, 1 + 3, "the wide form is not tried again");
    // One step of ten is a tenth of the requests; the first one tries the form again.
    let run = world.umbulk(&["plan", "a.csv", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(plan["requests"], 1 + 3, "as many as for the other group: {plan}");
}

#[test]
fn request_without_a_response_is_not_lost() {
    let cut = InjectedFault::Answer { status: 504, headers: Vec::new(), body: String::new() };
    for fault in [cut, InjectedFault::CutAfter] {
        let world = world(SandboxOptions::default());
        world.sandbox.faults().next_actions([Some(fault)]);
        let options = ["--group-side", "always"];
        let run = world.import("rows.csv", adding(0..300, "Design"), &options);
        assert_eq!(run.status, 0, "{run:?}");
        assert!(members(&world).iter().all(|(_, groups)| groups == &["Design"]));
    }
}

/// The users 100 to 199 are in one group by the first request, and wait for the other.
#[test]
fn row_done_in_part_at_a_stop_is_unknown_until_the_run_goes_on() {
    let world = world(SandboxOptions::default());
    world.sandbox.faults().next_actions([None, Some(denied())]);
    let two = adding(100..200, "Design,Print");
    let file = adding(0..100, "Print") + two.split_once('\n').unwrap().1;
    let run = world.import("rows.csv", file, &["--group-side", "always"]);
    assert_eq!(run.status, 3, "{run:?}");
    let expected = [vec!["ok"; 100], vec!["unknown unknown.no_answer"; 100]].concat();
    assert_eq!(world.outcomes("rows.results.csv"), expected);
    let message = &world.rows("rows.results.csv")[150]["umbulk_message"];
    assert!(message.contains("some of its memberships are changed"), "{message}");
    // The journal knows it as well, as after a kill.
    std::fs::remove_file(world.path("rows.results.csv")).unwrap();
    world.umbulk(&["results", "rows.csv"]);
    assert_eq!(world.outcomes("rows.results.csv"), expected);
    let run = world.umbulk(&["import", "rows.csv", "--group-side", "always"]);
    assert_eq!((run.status, world.outcomes("rows.results.csv")), (0, vec!["ok".to_owned(); 200]));
    assert_eq!(world.groups_of(&email(150)).unwrap(), ["Design", "Print"]);
}

/// The first request puts the users in one group, and is refused for the other, a profile. Then
/// their own commands wait.
#[test]
fn row_that_falls_back_done_in_part_is_unknown_until_the_run_goes_on() {
    let world = world(SandboxOptions::default());
    world.sandbox.faults().next_actions([None, Some(denied())]);
    let options = ["--group-side", "always"];
    let run = world.import("rows.csv", adding(0..100, "Design,Photoshop"), &options);
    assert_eq!(run.status, 3, "{run:?}");
    let done = |world: &World, group: &str| {
        let is_in = |(_, groups): &&(u32, Vec<String>)| groups.iter().any(|is| is == group);
        members(world).iter().filter(is_in).count()
    };
    assert_eq!(done(&world, "Design"), 100);
    let stopped = world.outcomes("rows.results.csv");
    let open = stopped.iter().filter(|outcome| *outcome != "ok");
    assert_eq!(open.clone().count(), 100 - done(&world, "Photoshop"), "{stopped:?}");
    assert!(open.clone().all(|outcome| outcome == "unknown unknown.no_answer"), "{stopped:?}");
    // The journal knows it as well, as after a kill.
    std::fs::remove_file(world.path("rows.results.csv")).unwrap();
    world.umbulk(&["results", "rows.csv"]);
    assert_eq!(world.outcomes("rows.results.csv"), stopped);
    let run = world.umbulk(&["import", "rows.csv", "--group-side", "always"]);
    assert_eq!((run.status, world.outcomes("rows.results.csv")), (0, vec!["ok".to_owned(); 100]));
    assert_eq!(done(&world, "Photoshop"), 100);
}

#[test]
fn group_whose_commands_fail_for_a_while_gets_all_its_members() {
    let world = world(SandboxOptions::default());
    world.sandbox.faults().refuse_commands("Design", "error.usergroup.update.failed", 2);
    let run = world.import("rows.csv", adding(0..300, "Design"), &["--group-side", "always"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(members(&world).iter().all(|(_, groups)| groups == &["Design"]));
}

/// The server refuses a request whole because of a command in it. The row of the user in it goes
/// again without those of groups.
#[test]
fn row_refused_with_commands_of_groups_is_sent_again_without_them() {
    let world = world(SandboxOptions::default());
    let body = r#"{"result":"error","errors":[{"errorCode":"error.command.malformed"}]}"#;
    let refused = InjectedFault::Answer { status: 400, headers: Vec::new(), body: body.to_owned() };
    let file = adding(0..100, "Design") + "add,u200@example.com,Photoshop\n";
    world.sandbox.faults().next_actions([Some(refused)]);
    let run = world.import("rows.csv", file, &["--group-side", "always"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of(&email(200)).unwrap(), ["Photoshop"]);
}

/// A gateway refuses everything after the first request.
#[test]
fn memberships_that_a_gateway_refuses_are_not_sent() {
    let world = world(SandboxOptions::default());
    let refused =
        || Some(InjectedFault::Answer { status: 413, headers: Vec::new(), body: String::new() });
    world.sandbox.faults().next_actions(std::iter::once(None).chain((0..200).map(|_| refused())));
    let run = world.import("rows.csv", adding(0..300, "Design"), &["--group-side", "always"]);
    assert_eq!(run.status, 3, "{run:?}");
    let outcomes = world.outcomes("rows.results.csv");
    assert_eq!(outcomes[..100], vec!["ok".to_owned(); 100]);
    assert!(outcomes[100..].iter().all(|outcome| outcome.starts_with("not_sent")), "{outcomes:?}");
}

/// A later file of the command names the same people: it stopped, because it waited for all of them
/// but ten.
#[test]
fn next_file_about_the_same_people_does_not_wait() {
    let world = world(SandboxOptions::default());
    world.write("a.csv", adding(0..300, "Design"));
    let mut second = "action,email,firstname\n".to_owned();
    (250..260).for_each(|number| writeln!(second, "update,{},New", email(number)).unwrap());
    world.write("b.csv", second);
    let run = world.umbulk(&["import", "a.csv", "b.csv", "--yes"]);
    assert_eq!((run.status, world.action_requests()), (0, 2 + 1), "{run:?}");
}

/// Rows of `Design` that each add these numbers of users, who are in no other row.
fn rows_of_design(rows: u32, users: u32) -> String {
    let mut text = "action,group,users\n".to_owned();
    for row in 0..rows {
        let names: Vec<String> = (row * users..(row + 1) * users).map(email).collect();
        writeln!(text, "update-group,Design,\"{}\"", names.join(",")).unwrap();
    }
    text
}

fn denied() -> InjectedFault {
    let body = r#"{"error_code":"403003"}"#.to_owned();
    InjectedFault::Answer { status: 403, headers: Vec::new(), body }
}

/// The first request has the first two rows and thirty users of the third one. The others share
/// commands also after the run goes on: a request that tries the form, and one with the rest.
#[test]
fn row_done_in_part_shares_commands_when_the_run_goes_on() {
    let world = world(SandboxOptions::default());
    world.sandbox.faults().next_actions([None, Some(denied())]);
    let options = ["--group-side", "always", "--yes"];
    let run = world.import("rows.csv", rows_of_design(8, 35), &options);
    assert_eq!(run.status, 3, "{run:?}");
    let before = world.action_requests();
    let run = world.umbulk(&[&["import", "rows.csv"][..], &options].concat());
    assert_eq!((run.status, world.action_requests() - before), (0, 2), "{run:?}");
    let effects: Vec<String> = world
        .rows("rows.results.csv")
        .into_iter()
        .map(|row| row["umbulk_effect"].clone())
        .collect();
    assert_eq!(effects, ["joined:35"; 8]);
}

/// The last row is refused for a stranger, and its other user waits when the run stops: nothing
/// is changed for it, and nothing is said to be.
#[test]
fn row_with_a_refused_user_is_untouched_until_its_others_are_sent() {
    let world = world(SandboxOptions::default());
    world.sandbox.faults().next_actions([None, Some(denied())]);
    let mut file = rows_of_design(12, 1);
    file += "update-group,Print,\"nobody@example.com,u50@example.com\"\n";
    let options = ["--group-side", "always", "--yes"];
    let run = world.import("rows.csv", &file, &options);
    assert_eq!(run.status, 3, "{run:?}");
    let row = &world.rows("rows.results.csv")[12];
    assert_eq!(row["umbulk_status"], "not_sent", "{row:?}");
    assert!(!row["umbulk_message"].contains("are changed"), "{row:?}");
    let run = world.umbulk(&[&["import", "rows.csv"][..], &options].concat());
    assert_eq!(run.status, 1, "{run:?}");
    let row = &world.rows("rows.results.csv")[12];
    assert_eq!((&*row["umbulk_status"], &*row["umbulk_effect"]), ("failed", "joined:1"));
    assert_eq!(row["umbulk_message"].matches("nobody@example.com").count(), 1, "{row:?}");
}

/// All rows of a group go with its commands, also those whose users are all in earlier rows: who
/// comes after them waits for nobody.
#[test]
fn row_whose_users_are_all_in_earlier_rows_shares_commands_too() {
    let first: Vec<String> = (0..70).map(email).collect();
    let first = first.join(",");
    let rows = rows_of_design(4, 70);
    let rows = rows.split_once('\n').unwrap().1.replace("\"\n", "\",\n");
    let file = format!(
        "action,group,users,remove_users\n{rows}update-group,Design,,\"{first}\"\n\
         update-group,Design,\"{first}\",\nupdate-group,Design,{},\n",
        email(290)
    );
    assert_eq!(both_sides(&file, &[]).1, 3);
}

/// The whole file is repeated. Only one row of the second half has something to do, because a row
/// before it has taken its people out of the group: it is in a third request.
#[test]
fn rows_that_only_repeat_earlier_ones_are_not_sent() {
    let rows = rows_of_design(40, 3);
    let (head, rows) = rows.split_once('\n').unwrap();
    let rows = rows.replace('\n', ",,\n");
    let between: String =
        (6..9).map(|number| format!("remove,,,{},Design\n", email(number))).collect();
    let file = format!("{head},email,groups\n{rows}{between}{rows}");
    let world = world(SandboxOptions::default());
    let run = world.import("rows.csv", &file, &["--yes"]);
    assert!(run.stderr.contains("in 3 requests"), "{run:?}");
    assert_eq!(world.action_requests(), 3);
    assert_eq!(world.statuses("rows.results.csv"), ["ok"; 83]);
    let is_member = |number: &u32| world.groups_of(&email(*number)).unwrap() == ["Design"];
    assert!((0..120).all(|number| is_member(&number)));
    let rows = world.rows("rows.results.csv");
    let [first, last] = [&rows[2], &rows[45]];
    assert_eq!((&*first["umbulk_effect"], &*last["umbulk_effect"]), ("joined:3", "joined:3"));
    assert_eq!(rows[43]["umbulk_message"], "an earlier row has done this");
}

/// A row that is refused leaves the one that repeats it to be sent.
#[test]
fn row_that_repeats_a_failed_one_is_sent() {
    let mut file = rows_of_design(12, 1);
    (0..2).for_each(|_| file += "update-group,Design,nobody@example.com\n");
    let (never, always) = both_sides(&file, &[]);
    assert!(always < never, "{always} {never}");
}
