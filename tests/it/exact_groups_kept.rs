//! `--exact-groups`: who is named in a row that is not sent keeps all groups, and rows of one
//! person add up under all names.

use crate::world::{Run, World, run, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser};

const HEADER: &str = "email,firstname,lastname,country,groups\n";
const KEPT: &str = "note: 1 person may be meant by rows that are invalid, skipped or not sent, \
                    or whose groups could not be checked: --exact-groups removes no groups from \
                    these people";

/// `kim`, whose username is `kk`, is in `G` and `K`.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["G", "H", "K"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&SandboxUser {
        username: "kk".into(),
        domain: "example.com".into(),
        firstname: "Kim".into(),
        lastname: "Lee".into(),
        country: "DE".into(),
        ..user("kim@example.com", &["G", "K"])
    });
    World::new(directory, SandboxOptions::default())
}

fn row(groups: &str) -> String {
    format!("kim@example.com,Kim,Lee,DE,\"{groups}\"\n")
}

fn exact(world: &World, files: &[(&str, String)], more: &[&str]) -> Run {
    let mut args = vec!["import"];
    for (name, text) in files {
        world.write(name, text);
        args.push(name);
    }
    args.extend(["--online", "--exact-groups", "--manage-groups", "*", "--yes"]);
    args.extend(more);
    run(&mut world.command(&args))
}

/// A typing error in the group of another row is found only when the groups are checked.
#[test]
fn person_named_beside_an_unknown_group_keeps_all_groups() {
    for wrong in ["Kk", "_admin_Kk", "K,#REF!"] {
        let world = world();
        let text = HEADER.to_owned() + &row("G") + &row(wrong);
        let run = exact(&world, &[("a.csv", text)], &[]);
        assert_eq!(run.status, 1, "{wrong}: {run:?}");
        assert_eq!(world.groups_of("kim@example.com").unwrap(), ["G", "K"], "{wrong}: {run:?}");
        assert!(run.stderr.contains(KEPT), "{wrong}: {}", run.stderr);
        let statuses = world.statuses("a.results.csv");
        assert_eq!(statuses[1], "invalid", "{wrong}: {statuses:?}");
        let effect = &world.rows("a.results.csv")[0]["umbulk_effect"];
        assert!(!effect.contains("left"), "{wrong}: {effect}");
    }
}

#[test]
fn person_named_beside_an_unknown_group_elsewhere_keeps_groups() {
    let world = world();
    let files =
        [("a.csv", HEADER.to_owned() + &row("G")), ("b.csv", HEADER.to_owned() + &row("Kk"))];
    let run = exact(&world, &files, &[]);
    assert_eq!(world.groups_of("kim@example.com").unwrap(), ["G", "K"], "{run:?}");
    assert!(run.stderr.contains(KEPT), "{}", run.stderr);
}

#[test]
fn plan_removes_no_group_from_a_person_named_beside_an_unknown_one() {
    let world = world();
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
    world.write("a.csv", HEADER.to_owned() + &row("G") + &row("Kk"));
    let args = ["plan", "a.csv", "--exact-groups", "--manage-groups", "*", "--json"];
    let run = world.umbulk(&args);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(!run.stdout.contains("\"left\""), "{}", run.stdout);
}

/// Rows that contradict each other are found after everything else.
#[test]
fn person_named_in_contradictory_rows_keeps_all_groups() {
    let world = world();
    let other = "kim@example.com,Bob,Ray,DE,G\n";
    let text = HEADER.to_owned() + &row("G") + other;
    let run = exact(&world, &[("a.csv", text)], &[]);
    assert_eq!(world.groups_of("kim@example.com").unwrap(), ["G", "K"], "{run:?}");
}

/// Nobody says whether the group of the second row is there: it may be a typing error.
#[test]
fn person_named_beside_an_unchecked_group_keeps_all_groups() {
    let world = world();
    let export = world.umbulk(&["export", "users", "--out", "list.csv"]);
    assert_eq!(export.status, 0, "{export:?}");
    let page =
        || Some(InjectedFault::Answer { status: 403, headers: Vec::new(), body: "no".into() });
    world.sandbox.faults().next_reads((0..40).map(|_| page()));
    world.write("a.csv", HEADER.to_owned() + &row("G") + &row("Kk"));
    let run = world.umbulk(&[
        "import",
        "a.csv",
        "--against",
        "list.csv",
        "--exact-groups",
        "--manage-groups",
        "*",
        "--yes",
    ]);
    assert_eq!(world.groups_of("kim@example.com").unwrap(), ["G", "K"], "{run:?}");
}

/// A row that is refused may mean somebody whose name it only nearly has.
#[test]
fn person_who_is_perhaps_meant_by_a_refused_row_keeps_all_groups() {
    for (name, groups) in [
        ("kim@example.com.", "H"),
        ("kim@example.com (x)", "H"),
        ("<kim@example.com>", "H"),
        ("[kim@example.com]", "H"),
        ("kim @example.com", "H"),
        ("kim@@example.com", "H"),
        ("kim@exmaple.com", "Kk"),
        ("kim@example.co", "Kk"),
        ("kk@example.con", "Kk"),
    ] {
        let world = world();
        let other = format!("\"{name}\",Kim,Leigh,DE,\"{groups}\"\n");
        let text = HEADER.to_owned() + &row("G") + &other;
        let run = exact(&world, &[("a.csv", text)], &["--allow-second-accounts"]);
        assert_eq!(world.statuses("a.results.csv")[1], "invalid", "{name}: {run:?}");
        assert_eq!(world.groups_of("kim@example.com").unwrap(), ["G", "K"], "{name}: {run:?}");
        assert!(run.stderr.contains(KEPT), "{name}: {}", run.stderr);
    }
}

/// One letter of the name is missing, added, changed or swapped with the next one, and no other
/// cell names the person.
#[test]
fn person_whose_name_is_mistyped_by_one_letter_keeps_all_groups() {
    let name = |email: &str, username: &str, domain: &str| format!("{email},{username},{domain}");
    for mistyped in [
        name("kim.le@example.com", "", ""),
        name("kim.leee@example.com", "", ""),
        name("kim.lea@example.com", "", ""),
        name("kmi.lee@example.com", "", ""),
        name("KIM-lee@example.com", "", ""),
        name("", "kile", "example.com"),
        name("", "kilee", "example.com"),
        name("", "kilmm", ""),
        name("", "kielm", "example.com"),
        name("kilm@example.com", "", ""),
    ] {
        let mut directory = Directory::default();
        for group in ["G", "K"] {
            directory.add_group(&SandboxGroup::user_group(group));
        }
        directory.add_user(&SandboxUser {
            username: "kilem".into(),
            domain: "example.com".into(),
            firstname: "Kim".into(),
            lastname: "Lee".into(),
            country: "DE".into(),
            ..user("kim.lee@example.com", &["G", "K"])
        });
        let world = World::new(directory, SandboxOptions::default());
        let text = format!(
            "email,username,domain,firstname,lastname,country,groups\n\
             kim.lee@example.com,,,Kim,Lee,DE,G\n{mistyped},,,XX,K\n"
        );
        let run = exact(&world, &[("a.csv", text)], &[]);
        assert_eq!(world.statuses("a.results.csv")[1], "invalid", "{mistyped}: {run:?}");
        let groups = world.groups_of("kim.lee@example.com").unwrap();
        assert_eq!(groups, ["G", "K"], "{mistyped}: {run:?}");
    }
}

/// A row in which the only name is lost may mean anybody.
#[test]
fn row_whose_only_name_is_lost_stops_the_import() {
    for (name, rest) in [
        ("#N/A", ",,DE"),
        ("NULL", ",,DE"),
        ("=A1", ",,DE"),
        ("#N/A", "#N/A,#N/A,DE"),
        ("#N/A", "Kim,,DE"),
    ] {
        let world = world();
        let text = HEADER.to_owned() + &row("G") + &format!("{name},{rest},K\n");
        let run = exact(&world, &[("a.csv", text)], &[]);
        assert_eq!(run.status, 2, "{name},{rest}: {run:?}");
        assert_eq!(world.groups_of("kim@example.com").unwrap(), ["G", "K"], "{name}: {run:?}");
        assert!(run.stderr.contains("--exact-groups"), "{name}: {}", run.stderr);
    }
    let world = world();
    let text = HEADER.to_owned() + &row("G") + "#N/A,Kim,Lee,DE,K\n";
    let run = exact(&world, &[("a.csv", text)], &[]);
    assert_eq!(world.groups_of("kim@example.com").unwrap(), ["G", "K"], "{run:?}");
    assert!(run.stderr.contains(KEPT), "{}", run.stderr);
}

/// A refused row that lists nobody, or many people, may not mean anybody else.
#[test]
fn refused_row_that_lists_people_keeps_nothing() {
    let many: Vec<String> =
        (0..100).map(|number| format!("somebody{number}@example.com")).collect();
    for users in ["[]", &many.join(","), &format!("#N/A,{}", many[0])] {
        let world = world();
        let groups = format!("group,users\n#REF!,\"{users}\"\n");
        let text = HEADER.to_owned() + &row("G");
        let run = exact(&world, &[("a.csv", text), ("b.csv", groups)], &[]);
        assert_eq!(run.status, 1, "{run:?}");
        assert_eq!(world.groups_of("kim@example.com").unwrap(), ["G"], "{users}: {run:?}");
    }
}

/// The control: a refused row about somebody else keeps nothing.
#[test]
fn person_who_is_not_meant_by_a_refused_row_loses_groups() {
    for name in ["tom@example.com.", "kim@other.example", "tom@exmaple.com"] {
        let world = world();
        let text = HEADER.to_owned() + &row("G") + &format!("{name},Tom,Poe,DE,Kk\n");
        let run = exact(&world, &[("a.csv", text)], &[]);
        assert_eq!(world.groups_of("kim@example.com").unwrap(), ["G"], "{name}: {run:?}");
    }
}

/// The row of a group in which one name is mistyped is refused whole.
#[test]
fn person_in_a_refused_row_of_a_group_keeps_all_groups() {
    let world = world();
    let of_group = "update-group,,,,,,K,\"kim@example.com,lou@\"\n";
    let run = exact(&world, &[("a.csv", format!("{ACTIONS}{of_group}{OF_USER}"))], &[]);
    assert_eq!(world.groups_of("kim@example.com").unwrap(), ["G", "K"], "{run:?}");
}

const ACTIONS: &str = "action,email,firstname,lastname,country,groups,group,users\n";
const OF_GROUP: &str = "update-group,,,,,,K,kk\n";
const OF_USER: &str = "create,kim@example.com,Kim,Lee,DE,G,,\n";

/// A row about a group names the person by the username alone.
#[test]
fn group_row_by_username_counts_as_a_row_of_the_person() {
    for rows in [format!("{OF_GROUP}{OF_USER}"), format!("{OF_USER}{OF_GROUP}")] {
        let world = world();
        let run = exact(&world, &[("a.csv", format!("{ACTIONS}{rows}"))], &[]);
        assert_eq!(world.groups_of("kim@example.com").unwrap(), ["G", "K"], "{rows}: {run:?}");
        let effects: Vec<String> = world
            .rows("a.results.csv")
            .into_iter()
            .map(|row| row["umbulk_effect"].clone())
            .collect();
        assert!(!effects.concat().contains("left"), "{rows}: {effects:?}");
    }
}
