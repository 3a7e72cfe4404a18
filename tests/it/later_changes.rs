//! A snapshot is shown as it was fetched; that imports from this computer have changed something
//! since is said.

use crate::effects::organization;
use crate::world::World;
use umbulk::sandbox::SandboxOptions;

#[test]
fn list_shown_as_it_was_fetched_says_what_is_not_in_it() {
    let world = World::new(organization(), SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users", "--snapshot"]).status, 0);
    let shows: [&[&str]; 3] = [
        &["usage"],
        &["export", "users", "--cached", "--out", "again.csv"],
        &["diff", "users.csv", "latest"],
    ];
    for args in shows {
        let run = world.umbulk(args);
        assert!(
            run.status == 0 && !run.stderr.contains("imports from this computer"),
            "{args:?}: \
                                                                                        {run:?}"
        );
    }
    let file = "action,email,firstname,lastname,country,groups\n\
        create,new@example.com,New,User,US,Design\n\
        add,ann.lee@example.com,,,,Video\n";
    assert_eq!(world.import("a.csv", file, &[]).status, 0);
    for args in shows {
        let run = world.umbulk(args);
        let note = run.stderr.lines().find(|line| line.contains(" have done since then (2 rows)"));
        assert!(
            run.status == 0 && note.is_some_and(|line| line.contains("the list of users of ")),
            "{args:?}: {run:?}"
        );
        // A command that would be refused now is not advised.
        let is_dated = |line: &&str| line.contains(" on (`umbulk export users`)");
        assert!(note.is_some_and(|line| is_dated(&line)), "{args:?}: {run:?}");
    }
    assert!(world.umbulk(&["usage", "-q"]).stderr.is_empty());
    // A list that is fetched now has them.
    assert_eq!(world.umbulk(&["export", "users", "--force"]).status, 0);
    let run = world.umbulk(&["usage"]);
    assert!(run.status == 0 && !run.stderr.contains("imports from this computer"), "{run:?}");
}
