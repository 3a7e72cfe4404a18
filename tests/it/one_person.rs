//! Several rows about one person count as one person, in the head, the plan, and the summary.

use crate::only_changes::organization;
use crate::world::World;
use serde_json::Value;
use umbulk::sandbox::SandboxOptions;

/// One row a group, as user-sync's files have it, and a row that gives another name of the same
/// person.
const ROWS: &str = "action,email,username,domain,firstname,lastname,country,groups\n\
    create,new@example.com,,,New,User,US,Design\n\
    create,NEW@example.com,,,New,User,US,Video\n\
    create,new@example.com,,,New,Other,US,\n\
    create,eve@example.com,eve,example.com,Eve,Moss,US,\n\
    create,eve@example.com,,,Eve,Moss,US,Design\n";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn rows_that_create_one_person_count_once() {
    for list in [false, true] {
        let world = World::new(organization(), SandboxOptions::default());
        let (word, more): (_, &[&str]) =
            if list { ("created", &["--skip-unchanged"]) } else { ("created_or_exists", &[]) };
        if list {
            assert_eq!(world.umbulk(&["export", "users"]).status, 0);
        }
        world.write("a.csv", ROWS);
        let planned = json(&world.umbulk(&[&["plan", "a.csv", "--json"], more].concat()).stdout);
        assert_eq!(
            (&planned["effects"][word], &planned["headcount"]["created"]),
            (&2.into(), &2.into()),
            "{planned}"
        );
        let run = world.import("a.csv", ROWS, &[&["--json", "--conflicts", "last"], more].concat());
        assert_eq!(run.status, 0, "{run:?} {:?}", world.rows("a.results.csv"));
        let ended = json(&run.stdout);
        assert_eq!(
            (&ended["effects"][word], &ended["effects"]["joined"]),
            (&2.into(), &3.into()),
            "{ended}"
        );
        let unless = if list { "" } else { " (unless they exist already)" };
        assert!(
            run.stderr.contains(&format!("effect        2 users are created{unless}\n")),
            "{}",
            run.stderr
        );
        let effects: Vec<String> = world
            .rows("a.results.csv")
            .into_iter()
            .map(|row| row["umbulk_effect"].clone())
            .collect();
        assert_eq!(
            effects,
            [&format!("{word}+joined:1"), "joined:1", "differs:lastname", word, "joined:1"],
            "{list}"
        );
    }
}

#[test]
fn user_who_leaves_and_is_created_again_counts_again() {
    let world = World::new(organization(), SandboxOptions::default());
    let file = "action,email,firstname,lastname,country\n\
        create,new@example.com,New,User,US\n\
        delete,new@example.com,,,\n\
        create,new@example.com,New,User,US\n";
    let run = world.import("a.csv", file, &["--json"]);
    assert_eq!(
        (run.status, &json(&run.stdout)["effects"]["created_or_exists"]),
        (0, &2.into()),
        "{run:?}"
    );
}
