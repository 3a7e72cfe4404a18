//! A line of `--protect` that no user and no group goes by is likely mistyped: said where a list
//! tells, never refused.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

/// `boss@x.com` with the username `bigboss`, and `ann@x.com`, in `Design`; the list `users.csv`,
/// and one of groups that is stored.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Empty"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&SandboxUser {
        username: "bigboss".into(),
        domain: "x.com".into(),
        ..user("boss@x.com", &["Design"])
    });
    directory.add_user(&user("ann@x.com", &["Design"]));
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
    world.write(
        "a.csv",
        "action,email,firstname,lastname,country,groups\ncreate,new@x.com,New,One,US,Design\n",
    );
    world
}

const SAID: &str = "no such user or group in ";

#[test]
fn mistyped_lines_are_said_with_near_names() {
    let world = world();
    world.write("protect.txt", "bos@x.com\nDesing\nboss@x.com\nmembers:Design\n");
    for command in ["plan", "import"] {
        for list in [&[][..], &["--against", "users.csv"], &["--skip-unchanged"]] {
            let run =
                world.umbulk(&[&[command, "a.csv", "--protect", "protect.txt"], list].concat());
            assert_eq!(run.status, 0, "{command} {list:?}: {run:?}");
            let line = run.stderr.lines().find(|line| line.contains(SAID)).unwrap_or_default();
            assert!(line.starts_with("protect       `bos@x.com`"), "{command} {list:?}: {run:?}");
            assert!(
                run.stderr.contains("`bos@x.com` (perhaps `boss@x.com` is meant)"),
                "{command} {list:?}: {run:?}"
            );
            assert!(
                run.stderr.contains("`Desing` (perhaps `Design` is meant)"),
                "{command} {list:?}: {run:?}"
            );
            assert!(
                !run.stderr.contains("`boss@x.com`,") && !run.stderr.contains("`members:"),
                "{command} {list:?}: {run:?}"
            );
        }
    }
}

#[test]
fn lines_that_a_list_or_a_row_knows_are_not_said() {
    let world = world();
    world.write(
        "protect.txt",
        "BOSS@x.com\nbigboss\nbigboss@x.com\nDesign\n_admin_Design\nnew@x.com\nmembers:design\n\
         _org_admin\nEmpty\nmembers:Empty\n",
    );
    let run =
        world.umbulk(&["plan", "a.csv", "--protect", "protect.txt", "--against", "users.csv"]);
    assert!(run.status == 0 && !run.stderr.contains(SAID), "{run:?}");
    // Without a list of groups, a name may be that of a group without members.
    std::fs::remove_dir_all(world.path("state/umbulk/lists")).unwrap();
    world.write("protect.txt", "Empty\nmembers:Empty\nbos@x.com\n");
    let run =
        world.umbulk(&["plan", "a.csv", "--protect", "protect.txt", "--against", "users.csv"]);
    assert!(
        run.status == 0
            && run.stderr.contains("`bos@x.com` (perhaps")
            && !run.stderr.contains("`Empty`"),
        "{run:?}"
    );
    // Without a list nobody knows.
    let empty = World::with_groups(&["Design"]);
    empty.write(
        "a.csv",
        "action,email,firstname,lastname,country,groups\ncreate,new@x.com,New,One,US,Design\n",
    );
    empty.write("protect.txt", "bos@x.com\n");
    let run = empty.umbulk(&["import", "a.csv", "--protect", "protect.txt"]);
    assert!(run.status == 0 && !run.stderr.contains(SAID), "{run:?}");
}
