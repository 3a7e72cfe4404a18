//! Renames of groups in the first of two files, and a run that is stopped between them: the second
//! file finds the groups as in a run that was not.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,email,groups,group,new_name\n";
/// `K` gets out of the way, and `H` takes its name.
const CHAIN: &str = "update-group,,,K,L1\nupdate-group,,,H,K\nadd,mia@x.com,K,,\n";

fn world() -> World {
    let mut directory = Directory::default();
    for group in ["G", "H", "K"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    for email in ["kim@x.com", "lou@x.com", "mia@x.com"] {
        directory.add_user(&user(email, &[]));
    }
    let world = World::new(directory, SandboxOptions::default());
    world.write("a.csv", format!("{HEAD}{CHAIN}"));
    world.write("b.csv", format!("{HEAD}add,kim@x.com,K,,\nadd,lou@x.com,L1,,\n"));
    world
}

fn check(world: &World) {
    assert_eq!(world.outcomes("a.results.csv"), ["ok", "ok", "ok"]);
    assert_eq!(world.outcomes("b.results.csv"), ["ok", "ok"]);
    assert_eq!(world.groups_of("kim@x.com").unwrap(), ["K"]);
    assert_eq!(world.groups_of("lou@x.com").unwrap(), ["L1"]);
}

#[test]
fn second_file_of_a_resumed_run_finds_the_renamed_groups() {
    let files = ["import", "a.csv", "b.csv", "--concurrency", "1"];
    for sent in 0..4 {
        let world = world();
        let body = r#"{"error_code":"403003"}"#.to_owned();
        let refused = InjectedFault::Answer { status: 403, headers: Vec::new(), body };
        let faults = (0..sent).map(|_| None).chain([Some(refused)]);
        world.sandbox.faults().next_actions(faults);
        let first = world.umbulk(&files);
        assert!(first.status >= 2, "{sent}: {first:?}");
        world.sandbox.faults().next_actions([]);
        let run = world.umbulk(&files);
        assert_eq!(run.status, 0, "{sent}: {run:?}");
        check(&world);
    }
}

/// The first file was imported alone.
#[test]
fn second_file_behind_a_finished_one_finds_the_renamed_groups() {
    let world = world();
    assert_eq!(world.umbulk(&["import", "a.csv"]).status, 0);
    let run = world.umbulk(&["import", "a.csv", "b.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    check(&world);
    // Somebody deletes one of them since: that is known as well.
    let delete = world.import("d.csv", "action,group\ndelete-group,K\n", &["--allow-admins"]);
    assert_eq!(delete.status, 0, "{delete:?}");
    world.write("c.csv", format!("{HEAD}add,kim@x.com,K,,\nadd,lou@x.com,G,,\n"));
    let run = world.umbulk(&["import", "a.csv", "c.csv"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("c.results.csv"), ["invalid invalid.groups.unknown", "ok"]);
}
