//! Rows that name the same groups in the same cells are asked about once: what is found must not
//! depend on that.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

const GROUPS: &str = "type,groupName,groupId\nUSER_GROUP,Design,1\n";

#[test]
fn group_named_by_a_valid_row_too_is_checked() {
    let world = World::with_groups(&["Design"]);
    world.write("groups.csv", GROUPS);
    world.write(
        "a.csv",
        "email,firstname,lastname,country,groups\n\
         wrong,A,A,US,Nowhere\n\
         b@example.com,B,B,US,Nowhere\n\
         c@example.com,C,C,US,Design\n\
         d@example.com,D,D,US,Nowhere\n",
    );
    let run = world.umbulk(&["plan", "a.csv", "--groups-file", "groups.csv"]);
    assert!(run.status == 1 && run.stderr.contains("1 of 2 groups does not exist"), "{run:?}");
    assert!(
        run.stdout.contains("1  row to send") && run.stdout.contains("3  invalid rows"),
        "{run:?}"
    );
}

/// The same cells mean another need where the action is another one: what is only left need not be
/// created.
#[test]
fn the_same_groups_of_another_action_are_another_need() {
    let world = World::with_groups(&["Design"]);
    world.write("groups.csv", GROUPS);
    world.write(
        "a.csv",
        "action,email,groups\nremove,a@example.com,Nowhere\nadd,b@example.com,Nowhere\n",
    );
    let run = world.umbulk(&["plan", "a.csv", "--groups-file", "groups.csv", "--create-groups"]);
    assert!(run.stderr.contains("created first, in 1 request: `Nowhere`"), "{run:?}");
}

#[test]
fn a_role_that_every_row_takes_by_an_override_is_guarded() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_user(&user("boss@example.com", &["Design", "_admin_Design"]));
    let world = World::new(directory, SandboxOptions::default());
    let args = ["--action", "update", "--override", "remove_groups=_admin_Design"];
    let run = world.import("a.csv", "email,firstname\nboss@example.com,Bo\n", &args);
    assert!(run.status == 2 && run.stderr.contains("--allow-admins"), "{run:?}");
    assert_eq!(world.groups_of("boss@example.com").unwrap(), ["Design", "_admin_Design"]);
}
