//! Near names on removals of somebody who is not there: from any list at hand, whether a question,
//! a refusal or a list told that nobody goes by the name.

use crate::effects::organization;
use crate::world::{Run, World};
use umbulk::sandbox::{InjectedFault, SandboxOptions};

const ROWS: &str = "action,email,groups\n\
    delete,anne.lee@example.com,\n\
    remove,anne.lee@example.com,Design\n\
    delete,nobody@else.org,\n";
const NEAR: &str = "perhaps `ann.lee@example.com`";

fn exported() -> World {
    let world = World::new(organization(), SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    world
}

#[track_caller]
fn names_ann(world: &World, run: &Run, rows: &[usize]) {
    assert_eq!(run.status, 0, "{run:?}");
    let all = world.rows("a.results.csv");
    for row in rows {
        assert_eq!(all[*row]["umbulk_code"], "unchanged.not_there", "{:?}", all[*row]);
        assert!(all[*row]["umbulk_message"].contains(NEAR), "{:?}", all[*row]);
    }
    let summary = format!("(unchanged.not_there): anne.lee@example.com ({NEAR})");
    assert!(run.stdout.contains(&summary), "{}", run.stdout);
}

#[test]
fn probe_that_finds_nobody_names_near_people() {
    for more in [&[][..], &["--verify-deletes"], &["--max-age", "1ms"]] {
        let world = exported();
        let run = world.import("a.csv", ROWS, more);
        names_ann(&world, &run, &[0]);
        if more.is_empty() {
            let head = "anne.lee@example.com (perhaps `ann.lee@example.com`), nobody@else.org: \
                 there is no active user of that name";
            assert!(run.stderr.contains(head), "{}", run.stderr);
        }
        // The outcomes that are shown again, and written again, say the same.
        let again = world.umbulk(&[&["import", "a.csv"], more].concat());
        names_ann(&world, &again, &[0]);
    }
}

#[test]
fn removal_that_the_server_refuses_names_near_people() {
    let world = exported();
    let run =
        world.import("a.csv", "action,email,groups\nremove,anne.lee@example.com,Design\n", &[]);
    names_ann(&world, &run, &[0]);
    assert!(world.rows("a.results.csv")[0]["umbulk_message"].contains("error.user.nonexistent"));
    // A cut connection, and a probe.
    let world = exported();
    world.sandbox.faults().next_actions([Some(InjectedFault::CutAfter)]);
    let run =
        world.import("a.csv", "action,email,groups\nremove,anne.lee@example.com,Design\n", &[]);
    names_ann(&world, &run, &[0]);
}

#[test]
fn named_and_fetched_lists_name_near_people_in_row_and_summary() {
    for list in
        [&["--against", "users.csv", "--skip-unchanged"][..], &["--online"], &["--skip-unchanged"]]
    {
        let world = exported();
        let run = world.import("a.csv", ROWS, list);
        names_ann(&world, &run, &[0]);
    }
}

#[test]
fn near_names_are_told_to_programs_and_by_plan() {
    let world = exported();
    let run = world.import("a.csv", ROWS, &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let ann =
        serde_json::json!({"user": "anne.lee@example.com", "perhaps": ["ann.lee@example.com"]});
    assert_eq!(json["near_names"][0], ann, "{json}");
    // Nobody knows what has become of a name after an import that did not confirm it.
    let world = exported();
    world.write("a.csv", ROWS);
    let plan = world.umbulk(&["plan", "a.csv", "--skip-unchanged", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["near_names"][0], ann, "{plan}");
    let plan = world.umbulk(&["plan", "a.csv", "--skip-unchanged"]);
    assert!(
        plan.stdout.contains(&format!("nothing to remove: anne.lee@example.com ({NEAR})")),
        "{}",
        plan.stdout
    );
}

/// Without any list nobody can be named.
#[test]
fn without_a_list_no_near_name_is_said() {
    let world = World::new(organization(), SandboxOptions::default());
    let run = world.import("a.csv", ROWS, &[]);
    assert!(
        run.status == 0 && !run.stdout.contains("perhaps") && !run.stderr.contains("perhaps `"),
        "{run:?}"
    );
}
