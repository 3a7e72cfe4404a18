//! `import --json` prints one object, wherever the command stands among the options; no other
//! command prints that object.

use crate::world::World;

#[test]
fn mistyped_flag_behind_an_option_with_a_value_is_told_in_json() {
    let world = World::with_groups(&[]);
    world.write("a.csv", "email\nann@example.com\n");
    world.write("s.toml", "");
    for words in [
        &["--config", "s.toml", "import", "a.csv", "--json", "--mistyped"][..],
        &["import", "a.csv", "--json", "--mistyped"],
        &["--config", "absent.toml", "import", "a.csv", "--json"],
    ] {
        let run = world.umbulk(words);
        let json: serde_json::Value = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|error| panic!("{words:?}: {error}: {run:?}"));
        assert_eq!((run.status, &json["exit"]), (2, &2.into()), "{words:?}");
    }
}

/// A file may be called so.
#[test]
fn other_commands_print_their_own_object_alone() {
    let world = World::with_groups(&[]);
    world.write("import", "action,email\nadd,no address\n");
    for words in [&["validate", "import", "--json"][..], &["plan", "import", "--json"]] {
        let run = world.umbulk(words);
        assert_eq!((run.status, run.stdout.lines().count()), (1, 1), "{words:?}: {run:?}");
        assert!(!run.stdout.contains("\"exit\""), "{words:?}: {run:?}");
    }
}
