//! An import is taken back, as far as the API can, and only what nobody else has changed since.

use crate::world::{Run, World, user};
use std::collections::BTreeMap;
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

/// Ann is in Design and Video, Bob in Video, Carl in nothing.
pub(crate) fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video", "Sound"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    for (email, groups) in [
        ("ann@example.com", &["Design", "Video"][..]),
        ("bob@example.com", &["Video"]),
        ("carl@example.com", &[]),
    ] {
        directory.add_user(&SandboxUser { country: "DE".into(), ..user(email, groups) });
    }
    World::new(directory, SandboxOptions::default())
}

/// A user without the id: first name, last name, and groups.
pub(crate) type Known = (String, String, Vec<String>);

/// Everybody, by email address.
pub(crate) fn everybody(world: &World) -> BTreeMap<String, Known> {
    let directory = world.sandbox.directory();
    let names = ["ann", "ann.new", "bob", "carl", "dora", "emil"];
    let found = names.iter().filter_map(|name| directory.user(&format!("{name}@example.com")));
    found
        .map(|user| {
            let mut groups: Vec<String> = user.groups.iter().cloned().collect();
            groups.sort();
            (user.email.clone(), (user.firstname.clone(), user.lastname.clone(), groups))
        })
        .collect()
}

/// Imports with a record of what was there before, and expects that every row is ok.
pub(crate) fn import(world: &World, name: &str, content: &str) {
    let run = world.import(name, content, &["--snapshot-before"]);
    assert_eq!(run.status, 0, "{run:?}");
}

pub(crate) fn apply(world: &World, name: &str) -> Run {
    world.umbulk(&["undo", name, "--apply"])
}

pub(crate) const HEADER: &str =
    "action,email,firstname,lastname,country,groups,add_groups,remove_groups,new_email\n";

fn everything() -> String {
    format!(
        "{HEADER}create,dora@example.com,Dora,Lee,DE,Design,,,\n\
         update,ann@example.com,Anna,,,,Sound,Video,ann.new@example.com\n\
         remove,bob@example.com,,,,Video,,,\n\
         delete,carl@example.com,,,,,,,\n"
    )
}

#[test]
fn import_is_taken_back() {
    let world = world();
    let before = everybody(&world);
    import(&world, "staff.csv", &everything());
    assert_ne!(everybody(&world), before);
    let plan = world.umbulk(&["undo", "staff.csv"]);
    assert_eq!(plan.status, 0, "{plan:?}");
    assert!(plan.stdout.contains("1  user to remove from the organization: dora@"), "{plan:?}");
    let sent = world.action_requests();
    let rows = world.rows("staff.undo.csv");
    let actions: Vec<&str> = rows.iter().map(|row| row["action"].as_str()).collect();
    assert_eq!(actions, ["create", "update", "update", "delete"]);
    assert_eq!(rows[3]["undoes_rows"], "1");
    assert_eq!(rows[3]["undoes_file"], "staff.csv");
    assert_eq!(world.action_requests(), sent, "a plan sends nothing");
    let applied = apply(&world, "staff.csv");
    assert_eq!(applied.status, 0, "{applied:?}");
    assert_eq!(everybody(&world), before);
}

#[test]
fn undo_is_taken_back_by_another_undo() {
    let world = world();
    import(&world, "staff.csv", &everything());
    let after = everybody(&world);
    assert_eq!(apply(&world, "staff.csv").status, 0);
    let again = apply(&world, "staff.undo.csv");
    assert_eq!(again.status, 0, "{again:?}");
    assert_eq!(everybody(&world), after);
}

#[test]
fn second_undo_has_nothing_to_take_back() {
    let world = world();
    import(&world, "staff.csv", &everything());
    assert_eq!(apply(&world, "staff.csv").status, 0);
    let (before, sent) = (everybody(&world), world.action_requests());
    let again = apply(&world, "staff.csv");
    assert!(again.stdout.contains("nothing to take back") || again.status != 0, "{again:?}");
    assert_eq!((everybody(&world), world.action_requests()), (before, sent));
}

#[test]
fn changes_by_others_stay() {
    let world = world();
    import(&world, "staff.csv", &everything());
    // Somebody gives Dora a group, renames Ann, and lets Bob into Sound.
    let others = format!(
        "{HEADER}add,dora@example.com,,,,Video,,,\n\
         update,ann.new@example.com,Annette,,,,,,\n\
         add,bob@example.com,,,,Sound,,,\n"
    );
    assert_eq!(world.import("others.csv", &others, &[]).status, 0);
    let plan = world.umbulk(&["undo", "staff.csv"]);
    assert_eq!(plan.status, 1, "{plan:?}");
    assert!(plan.stdout.contains("added the user to `Video` since"), "{plan:?}");
    assert!(plan.stdout.contains("changed the first name to `Annette` since"), "{plan:?}");
    assert_eq!(apply(&world, "staff.csv").status, 1);
    let all = everybody(&world);
    assert_eq!(all["dora@example.com"].2, ["Design", "Video"]);
    assert_eq!(all["ann@example.com"].0, "Annette");
    assert_eq!(all["ann@example.com"].2, ["Design", "Video"]);
    assert_eq!(all["bob@example.com"].2, ["Sound", "Video"]);
}

#[test]
fn user_who_existed_before_is_not_removed() {
    let world = world();
    import(&world, "staff.csv", &format!("{HEADER}create,bob@example.com,B,B,DE,Design,,,\n"));
    assert_eq!(world.groups_of("bob@example.com").unwrap(), ["Design", "Video"]);
    let applied = apply(&world, "staff.csv");
    assert_eq!(applied.status, 0, "{applied:?}");
    assert_eq!(world.groups_of("bob@example.com").unwrap(), ["Video"]);
}

#[test]
fn membership_that_was_there_before_stays() {
    let world = world();
    import(&world, "staff.csv", &format!("{HEADER}add,ann@example.com,,,,\"Design,Sound\",,,\n"));
    assert_eq!(apply(&world, "staff.csv").status, 0);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Video"]);
}

#[test]
fn deleted_account_does_not_come_back() {
    let world = world();
    let row = format!("{HEADER}delete-account,carl@example.com,,,,,,,\n");
    import(&world, "staff.csv", &row);
    let plan = world.umbulk(&["undo", "staff.csv"]);
    assert_eq!(plan.status, 1, "{plan:?}");
    assert!(plan.stdout.contains("no command brings it back"), "{plan:?}");
    assert!(!world.path("staff.undo.csv").exists());
}

#[test]
fn import_without_baseline_is_refused_with_the_option() {
    let world = world();
    assert_eq!(world.import("staff.csv", everything(), &[]).status, 0);
    let refused = world.umbulk(&["undo", "staff.csv"]);
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(refused.stderr.contains("`umbulk import --snapshot-before`"), "{refused:?}");
    // The next import follows the advice.
    import(&world, "next.csv", &format!("{HEADER}add,bob@example.com,,,,Sound,,,\n"));
    assert_eq!(apply(&world, "next.csv").status, 0);
    assert_eq!(world.groups_of("bob@example.com").unwrap(), [""; 0]);
}

#[test]
fn import_that_was_compared_with_a_list_is_taken_back() {
    let world = world();
    let before = everybody(&world);
    let run = world.import("staff.csv", everything(), &["--online", "--skip-unchanged"]);
    assert_eq!(run.status, 0, "{run:?}");
    let applied = apply(&world, "staff.csv");
    assert_eq!(applied.status, 0, "{applied:?}");
    assert_eq!(everybody(&world), before);
}

#[test]
fn groups_are_taken_back() {
    let world = world();
    let before = everybody(&world);
    let rows = "action,group,new_name,users\n\
         create-group,Fresh,,\"ann@example.com,bob@example.com\"\n\
         update-group,Sound,Tone,carl@example.com\n\
         delete-group,Video,,\n";
    import(&world, "groups.csv", rows);
    let plan = world.umbulk(&["undo", "groups.csv"]);
    assert_eq!(plan.status, 1, "descriptions do not come back: {plan:?}");
    let applied = apply(&world, "groups.csv");
    assert_eq!(applied.status, 1, "{applied:?}");
    assert_eq!(everybody(&world), before, "{applied:?}");
    let directory = world.sandbox.directory();
    let exists = |name: &str| directory.group(name).is_some();
    assert_eq!(["Fresh", "Tone", "Sound", "Video"].map(exists), [false, false, true, true]);
}

#[test]
fn created_group_with_members_of_others_stays() {
    let world = world();
    import(&world, "groups.csv", "action,group,users\ncreate-group,Fresh,ann@example.com\n");
    let others = "action,group,users\nupdate-group,Fresh,bob@example.com\n";
    assert_eq!(world.import("others.csv", others, &[]).status, 0);
    let applied = apply(&world, "groups.csv");
    assert!(applied.stdout.contains("did not add (bob@example.com): it stays"), "{applied:?}");
    assert_eq!(world.groups_of("bob@example.com").unwrap(), ["Fresh", "Video"]);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Video"]);
}

#[test]
fn names_that_move_on_come_back() {
    let world = world();
    let before = everybody(&world);
    let rows = format!(
        "{HEADER}update,ann@example.com,,,,,,,emil@example.com\n\
         update,bob@example.com,,,,,,,ann@example.com\n"
    );
    import(&world, "staff.csv", &rows);
    assert_ne!(everybody(&world), before);
    let applied = apply(&world, "staff.csv");
    assert_eq!(applied.status, 0, "{applied:?}");
    assert_eq!(everybody(&world), before);
}

#[test]
fn files_of_one_command_are_taken_back_one_by_one() {
    let world = world();
    let before = everybody(&world);
    world.write("one.csv", format!("{HEADER}create,dora@example.com,D,L,DE,,,,\n"));
    world.write("two.csv", format!("{HEADER}add,dora@example.com,,,,Design,,,\n"));
    let run = world.umbulk(&["import", "one.csv", "two.csv", "--snapshot-before"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(apply(&world, "two.csv").status, 0);
    assert_eq!(world.groups_of("dora@example.com").unwrap(), [""; 0]);
    assert_eq!(apply(&world, "one.csv").status, 0);
    assert_eq!(everybody(&world), before);
}

#[test]
fn missing_users_come_back() {
    // A row that changes something, and one that is unchanged.
    for group in ["Sound", "Design"] {
        let world = world();
        let before = everybody(&world);
        let more = ["--online", "--skip-unchanged", "--missing", "leave", "--managed-domain"];
        let run = world.import(
            "staff.csv",
            format!("{HEADER}add,ann@example.com,,,,{group},,,\n"),
            &[&more[..], &["example.com", "--max-missing", "90%", "--yes"]].concat(),
        );
        assert_eq!(run.status, 0, "{run:?}");
        assert_eq!(everybody(&world).len(), 1);
        let applied = apply(&world, "staff.csv");
        assert_eq!(applied.status, 0, "{applied:?}");
        assert_eq!(everybody(&world), before);
    }
}

#[test]
fn plan_for_programs_names_rows_and_reasons() {
    let world = world();
    import(&world, "staff.csv", &format!("{HEADER}delete-account,carl@example.com,,,,,,,\n"));
    let plan = world.umbulk(&["undo", "staff.csv", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["not_undone"][0]["code"], "account_deleted");
    assert_eq!(plan["not_undone"][0]["rows"][0]["row"], 1);
    assert_eq!(plan["rows"], serde_json::json!([]));
}

#[test]
fn undo_without_an_import_is_refused() {
    let world = world();
    world.write("staff.csv", everything());
    let refused = world.umbulk(&["undo", "staff.csv"]);
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(refused.stderr.contains("there is no journal"), "{refused:?}");
}

#[test]
fn workbook_of_rows_and_a_log_are_written_where_they_are_asked_for() {
    let world = world();
    import(&world, "staff.csv", &everything());
    let plan = world.umbulk(&["undo", "staff.csv", "--out", "back.xlsx"]);
    assert_eq!(plan.status, 0, "{plan:?}");
    assert!(world.path("back.xlsx").is_file() && !world.path("staff.undo.csv").exists());
    let refused = world.umbulk(&["undo", "staff.csv", "--log-file", "staff.undo.csv"]);
    assert_eq!(refused.status, 2, "{refused:?}");
}

/// The record of another run proves nothing about this one.
#[test]
fn record_of_another_run_is_no_baseline() {
    let world = world();
    import(&world, "staff.csv", &everything());
    let record = std::fs::read_dir(world.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "before"))
        .unwrap();
    let kept = std::fs::read(&record).unwrap();
    // The same rows again, in another run.
    assert_eq!(world.import("staff.csv", everything(), &["--fresh"]).status, 1);
    assert!(!record.exists(), "it goes with its journal");
    std::fs::write(&record, kept).unwrap();
    let refused = world.umbulk(&["undo", "staff.csv"]);
    assert!(refused.stderr.contains("--snapshot-before"), "{refused:?}");
    std::fs::write(&record, "damaged").unwrap();
    let refused = world.umbulk(&["undo", "staff.csv"]);
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(refused.stderr.contains("is damaged"), "{refused:?}");
}

#[test]
fn portions_of_a_file_are_taken_back_together() {
    let world = world();
    let before = everybody(&world);
    world.write("staff.csv", everything());
    for rows in ["1-2", "3-4"] {
        let run = world.umbulk(&["import", "staff.csv", "--snapshot-before", "--rows", rows]);
        assert_eq!(run.status, 0, "{run:?}");
    }
    let applied = apply(&world, "staff.csv");
    assert_eq!(applied.status, 0, "{applied:?}");
    assert_eq!(everybody(&world), before);
}

#[test]
fn import_that_is_not_finished_is_not_taken_back() {
    let world = world();
    let mut rows = format!("{HEADER}add,bob@example.com,,,,Sound,,,\n");
    for number in 0..40 {
        rows += &format!("add,nobody{number}@example.com,,,,Sound,,,\n");
    }
    let more = ["--snapshot-before", "--max-errors", "1", "--concurrency", "1"];
    let run = world.import("staff.csv", rows, &more);
    assert_eq!(run.status, 3, "{run:?}");
    let refused = world.umbulk(&["undo", "staff.csv"]);
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(refused.stderr.contains("is not finished"), "{refused:?}");
}

/// A file that a person has edited is neither sent as something else nor put aside.
#[test]
fn edited_rows_are_not_replaced_by_the_whole_plan() {
    let world = world();
    let rows = "create,dora@example.com,D,L,DE,,,,\ncreate,emil@example.com,E,L,DE,,,,\n";
    import(&world, "staff.csv", &format!("{HEADER}{rows}"));
    assert_eq!(world.umbulk(&["undo", "staff.csv"]).status, 0);
    let planned = std::fs::read_to_string(world.path("staff.undo.csv")).unwrap();
    let edited: String = planned
        .lines()
        .filter(|line| !line.contains("emil@"))
        .flat_map(|line| [line, "\n"])
        .collect();
    world.write("staff.undo.csv", &edited);
    let refused = apply(&world, "staff.csv");
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(refused.stderr.contains("has other rows than this undo"), "{refused:?}");
    assert!(everybody(&world).contains_key("dora@example.com"));
    // The advice is followed.
    let command = refused.stderr.split('`').nth(1).unwrap();
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    assert_eq!(words, ["import", "staff.undo.csv", "--snapshot-before"]);
    assert_eq!(world.umbulk(&words).status, 0);
    let all = everybody(&world);
    assert!(!all.contains_key("dora@example.com") && all.contains_key("emil@example.com"));
}

#[test]
fn what_somebody_does_again_after_an_undo_stays() {
    let world = world();
    let rows = format!("{HEADER}create,dora@example.com,D,L,DE,,,,\n");
    import(&world, "staff.csv", &rows);
    assert_eq!(apply(&world, "staff.csv").status, 0);
    assert_eq!(world.import("again.csv", &rows, &[]).status, 0);
    let refused = apply(&world, "staff.csv");
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.stdout.contains("an earlier undo was about these rows"), "{refused:?}");
    assert!(everybody(&world).contains_key("dora@example.com"));
}

/// An undo that stopped half-way looks again before it sends the rest.
#[test]
fn undo_that_stopped_is_planned_anew() {
    let world = world();
    let rows = "create,dora@example.com,D,L,DE,,,,\ncreate,emil@example.com,E,L,DE,,,,\n";
    import(&world, "staff.csv", &format!("{HEADER}{rows}"));
    assert_eq!(world.umbulk(&["undo", "staff.csv"]).status, 0);
    let first = world.umbulk(&["import", "staff.undo.csv", "--rows", "1", "--snapshot-before"]);
    assert_eq!(first.status, 0, "{first:?}");
    let left: Vec<String> = everybody(&world)
        .into_keys()
        .filter(|name| name.starts_with("dora") || name.starts_with("emil"))
        .collect();
    let [left] = left.as_slice() else { panic!("{left:?}") };
    let others = format!("{HEADER}add,{left},,,,Sound,,,\n");
    assert_eq!(world.import("others.csv", &others, &[]).status, 0);
    let applied = apply(&world, "staff.csv");
    assert_eq!(applied.status, 1, "{applied:?}");
    assert!(applied.stdout.contains("added the user to `Sound` since"), "{applied:?}");
    assert!(everybody(&world).contains_key(left));
}

#[test]
fn changes_by_others_between_two_parts_of_an_import_stay() {
    let world = world();
    let rows = "update,carl@example.com,Carlo,,,,,,\nadd,carl@example.com,,,,Sound,,,\n";
    world.write("staff.csv", format!("{HEADER}{rows}"));
    let part = |rows| world.umbulk(&["import", "staff.csv", "--snapshot-before", "--rows", rows]);
    assert_eq!(part("1").status, 0);
    let others = format!("{HEADER}add,carl@example.com,,,,Sound,,,\n");
    assert_eq!(world.import("others.csv", &others, &[]).status, 0);
    assert_eq!(part("2").status, 0);
    assert_eq!(apply(&world, "staff.csv").status, 0);
    let all = everybody(&world);
    let (first, last, groups) = &all["carl@example.com"];
    assert_eq!((&**first, &**last, &**groups), ("First", "Last", &["Sound".to_owned()][..]));
}

#[test]
fn row_that_failed_half_way_is_taken_back() {
    let world = world();
    let before = everybody(&world);
    let rows = "create,dora@example.com,D,L,DE,\"Design,Nope\",,,\n\
                add,carl@example.com,,,,\"Sound,Nope\",,,\n";
    let more = ["--snapshot-before", "--check-groups", "never"];
    let run = world.import("staff.csv", format!("{HEADER}{rows}"), &more);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.groups_of("dora@example.com").unwrap(), ["Design"]);
    let applied = apply(&world, "staff.csv");
    assert_eq!(applied.status, 0, "{applied:?}");
    assert_eq!(everybody(&world), before);
}

/// Both files write `staff.missing.csv`.
#[test]
fn missing_users_of_another_file_stay_missing() {
    let world = world();
    import(&world, "staff.csv", &format!("{HEADER}add,ann@example.com,,,,Sound,,,\n"));
    let more = ["--online", "--skip-unchanged", "--missing", "leave", "--managed-domain"];
    let run = world.import(
        "staff.tsv",
        "action\temail\tgroups\nadd\tann@example.com\tSound\n",
        &[&more[..], &["example.com", "--max-missing", "90%", "--yes"]].concat(),
    );
    assert!(run.status < 2, "{run:?}");
    assert_eq!(everybody(&world).len(), 1);
    let plan = world.umbulk(&["undo", "staff.csv"]);
    assert!(!plan.stdout.contains("to create again"), "{plan:?}");
}

#[test]
fn record_that_cannot_be_read_is_not_replaced() {
    let world = world();
    world.write("staff.csv", everything());
    let part = |rows| world.umbulk(&["import", "staff.csv", "--snapshot-before", "--rows", rows]);
    assert_eq!(part("1-2").status, 0);
    let record = world.folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path());
    let record =
        record.into_iter().find(|path| path.extension().is_some_and(|end| end == "before"));
    let record = record.unwrap();
    std::fs::write(&record, "damaged").unwrap();
    let refused = part("3-4");
    assert_eq!(refused.status, 2, "{refused:?}");
    assert_eq!(std::fs::read_to_string(&record).unwrap(), "damaged");
    assert!(everybody(&world).contains_key("carl@example.com"));
}
