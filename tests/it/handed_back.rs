//! A list that `export users --dialect user-sync` has written has no ids. Handed back after an
//! edit, each cell is done or said all the same, where a snapshot tells who is there.

use crate::effects::organization;
use crate::world::World;
use umbulk::sandbox::SandboxOptions;

#[test]
fn each_cell_edited_in_a_list_without_ids_is_done_or_said() {
    let cases = [
        ("Ann,Lee,", "Anna,Lee,", "differs:firstname", "`Anna`"),
        ("Ann,Lee,", "Ann,Leeds,", "differs:lastname", "`Leeds`"),
        (",US,", ",DE,", "differs:country", "`DE`"),
        (",ann.lee@", ",a.lee@", "differs:email", "`a.lee@example.com`"),
        ("ann.lee@example.com,example.com", "annie,example.com", "differs:username", "`annie`"),
        (
            "ann.lee@example.com,example.com",
            "ann.lee@example.com,other.com",
            "differs:domain",
            "`other.com`",
        ),
        ("federatedID", "enterpriseID", "differs:type", "`enterpriseID`"),
    ];
    for (from, to, effect, word) in cases {
        let world = World::new(organization(), SandboxOptions::default());
        let run = world.umbulk(&["export", "users", "--dialect", "user-sync", "--out", "x.csv"]);
        assert_eq!(run.status, 0, "{run:?}");
        let text = std::fs::read_to_string(world.path("x.csv")).unwrap();
        let edit = |line: &str| {
            if line.contains("ann.lee") { line.replacen(from, to, 1) } else { line.to_owned() }
        };
        let edited: String = text.lines().map(|line| edit(line) + "\n").collect();
        assert_ne!(edited, text, "{to}");
        let before = world.sandbox.directory().users().count();
        let run = world.import("edited.csv", &edited, &[]);
        let rows = world.rows("edited.results.csv");
        let row = rows.iter().find(|row| row.values().any(|cell| cell.contains("lee@"))).unwrap();
        assert_eq!(run.status, 0, "{to}: {run:?} {row:?}");
        assert!(
            row["umbulk_effect"].contains(effect) && row["umbulk_message"].contains(word),
            "{to}: {row:?}"
        );
        assert!(run.stdout.contains(effect), "{to}: {run:?}");
        assert_eq!(world.sandbox.directory().users().count(), before, "{to}: nobody is created");
    }
}
