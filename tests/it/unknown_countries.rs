//! A country that there is not is refused in every command, also in a row of somebody who is in the
//! list.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const HEADER: &str = "email,firstname,lastname,country,groups\n";
const INVALID: &str = "invalid invalid.country.unknown";

fn world(country: &str) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G"));
    directory.add_user(&SandboxUser {
        firstname: "Kim".into(),
        lastname: "Lee".into(),
        country: country.into(),
        ..user("kim@example.com", &[])
    });
    World::new(directory, SandboxOptions::default())
}

#[test]
fn unknown_country_of_a_listed_user_is_invalid_in_every_command() {
    for (country, groups) in [("ZZ", ""), ("Nowhere", ""), ("ZZ", "G")] {
        let world = world("DE");
        let rows = format!("{HEADER}kim@example.com,Kim,Lee,{country},{groups}\n");
        let run = world.import("a.csv", &rows, &["--online", "--skip-unchanged"]);
        assert_eq!(run.status, 1, "{country}: {run:?}");
        assert_eq!(world.outcomes("a.results.csv"), [INVALID], "{country}");
        assert!(world.groups_of("kim@example.com").unwrap().is_empty());
        assert_eq!(world.umbulk(&["results", "a.csv"]).status, 0);
        assert_eq!(world.outcomes("a.results.csv"), [INVALID], "{country}");
        let plan = world.umbulk(&["plan", "a.csv", "--skip-unchanged", "--json"]);
        assert!(plan.stdout.contains("\"invalid\":1"), "{country}: {plan:?}");
    }
}

/// What the list says of the person is no error, whatever it is.
#[test]
fn country_that_only_the_list_knows_is_unchanged() {
    let world = world("XQ");
    let rows = format!("{HEADER}kim@example.com,Kim,Lee,XQ,\n");
    let run = world.import("a.csv", &rows, &["--online", "--skip-unchanged"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.outcomes("a.results.csv"), ["unchanged unchanged.snapshot"]);
}
