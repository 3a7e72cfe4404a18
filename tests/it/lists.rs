//! What a list cannot tell is not believed.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, Group, Options, User};

fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video"] {
        directory.add_group(&Group::user_group(group));
    }
    directory.add_user(&user("ann@example.com", &["Design", "Video", "_admin_Design"]));
    directory.add_user(&User { username: "bobby".into(), ..user("bob@example.com", &["Video"]) });
    World::new(directory, Options::default())
}

/// The statuses of a file's rows beside a list.
fn statuses(world: &World, rows: &str, list: &str, more: &[&str]) -> Vec<String> {
    world.write("users.csv", list);
    let run = world.import("a.csv", rows, &[&["--skip-unchanged", "--against", "users.csv"], more].concat());
    assert!(run.status < 2, "{run:?}");
    world.statuses("a.results.csv")
}

#[test]
fn names_in_a_list_are_separated_as_in_the_rows() {
    let world = world();
    let list = "type,email,groups\nfederatedID,ann@example.com,Design;Video\n";
    let rows =
        "action,email,groups\nadd,ann@example.com,Design;Video\nremove,ann@example.com,Other\nremove,ann@example.com,_admin_Design\n";
    assert_eq!(statuses(&world, rows, list, &["--list-separator", ";"]), ["unchanged", "unchanged", "ok"]);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Video"]);
}

#[test]
fn nobody_is_absent_by_a_username_that_the_list_does_not_tell() {
    let world = world();
    let list = "type,email,firstname,lastname,country,groups\nfederatedID,ann@example.com,,,,\n";
    assert_eq!(statuses(&world, "type,username,domain\nfederatedID,bobby,example.com\n", list, &["--action", "delete"]), ["ok"]);
    assert!(world.groups_of("bob@example.com").is_none());
}

#[test]
fn nobody_is_absent_by_usernames_where_one_person_has_none_in_the_list() {
    let list = |ann: &str| {
        format!("type,email,username,domain,groups\nfederatedID,ann@example.com,{ann},\nfederatedID,c@example.com,cc,example.com,\n")
    };
    let rows = "action,username,domain\ndelete,bobby,example.com\n";
    assert_eq!(statuses(&world(), rows, &list(","), &[]), ["ok"]);
    assert_eq!(statuses(&world(), rows, &list("ann,example.com"), &[]), ["unchanged"]);
}

#[test]
fn a_name_that_is_no_email_and_has_no_domain_is_never_absent() {
    let list = "type,email,username,domain,groups\nfederatedID,ann@example.com,ann@example.com,example.com,\n";
    let rows = "action,group,remove_users\nupdate-group,Video,bobby\nupdate-group,Video,nobody@example.com\n";
    let statuses = statuses(&world(), rows, list, &[]);
    assert_ne!(statuses[0], "unchanged");
    assert_eq!(statuses[1], "unchanged");
}

const CONSOLE: &str = "Identity Type,Username,Domain,Email,First Name,Last Name,Country Code,Product Configurations,User Groups";

#[test]
fn nobody_is_without_a_membership_of_a_kind_that_the_list_does_not_show() {
    let world = world();
    let list = format!("{CONSOLE}\nFederated ID,ann@example.com,example.com,ann@example.com,,,,,Design\n");
    let rows = "action,email,groups\nremove,ann@example.com,_admin_Design\nremove,ann@example.com,Video\n";
    assert_eq!(statuses(&world, rows, &list, &[]), ["ok", "unchanged"]);
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design", "Video"]);
    // A plain name may be a profile.
    let list = list.replace("Product Configurations", "Shoe Size");
    assert_eq!(statuses(&world, "action,email,groups\nremove,ann@example.com,Video\n", &list, &[]), ["ok"]);
    // Nor is it known that nothing is left.
    let list = format!("{CONSOLE}\nFederated ID,ann@example.com,example.com,ann@example.com,,,,,\n");
    assert_eq!(statuses(&world, "action,email\nremove-all,ann@example.com\n", &list, &["--yes"]), ["ok"]);
}

#[test]
fn exact_groups_want_all_columns_of_what_is_managed() {
    let world = world();
    let list = format!("{CONSOLE}\nFederated ID,ann@example.com,example.com,ann@example.com,,,,,Design\n");
    world.write("users.csv", &list);
    let run = |managed: &str| {
        let rows = "action,email,groups\nadd,ann@example.com,Design\n";
        world.import("a.csv", rows, &["--against", "users.csv", "--exact-groups", "--manage-groups", managed])
    };
    assert_eq!(run("Vid*").status, 0);
    let refused = run("_admin_*");
    assert!(refused.status == 2 && refused.stderr.contains("--manage-groups _admin_*"), "{refused:?}");
    world.write("users.csv", list.replace("Product Configurations", "Shoe Size"));
    assert_eq!(run("Vid*").status, 2);
}

#[test]
fn two_types_of_one_email_are_two_people() {
    let world = world();
    let list = "type,email,groups\nfederatedID,ann@example.com,Design\nenterpriseID,ann@example.com,Video\n";
    let rows = "action,email,groups\nadd,ann@example.com,Design\nremove,ann@example.com,Other\n";
    let statuses = statuses(&world, rows, list, &[]);
    assert!(!statuses.contains(&"unchanged".to_owned()), "{statuses:?}");
}

#[test]
fn a_file_of_changes_is_no_list() {
    let world = world();
    for (list, what) in [
        ("action,email,groups\ncreate,ann@example.com,\ndelete,bob@example.com,\n", "line 3: the action is delete"),
        ("email,add_groups\nann@example.com,Design\n", "add_groups"),
        ("action,email,new_email\ncreate,ann@example.com,\n", "new_email"),
    ] {
        world.write("users.csv", list);
        let run =
            world.import("a.csv", "action,email,groups\nadd,ann@example.com,Design\n", &["--skip-unchanged", "--against", "users.csv"]);
        assert!(run.status == 2 && run.stderr.contains(what) && run.stderr.contains("umbulk export users"), "{run:?}");
    }
}
