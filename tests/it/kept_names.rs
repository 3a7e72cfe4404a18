//! What stays as it was where nobody has compared: said per row and in the summary, with the way to
//! change it.

use crate::effects::organization;
use crate::world::World;
use umbulk::sandbox::{SandboxOptions, SandboxUser, UserStatus};

/// A list without ids, edited and handed back where no list is at hand.
#[test]
fn edited_list_without_ids_says_what_stays() {
    let world = World::new(organization(), SandboxOptions::default());
    assert_eq!(
        world.umbulk(&["export", "users", "--dialect", "user-sync", "--out", "x.csv"]).status,
        0
    );
    std::fs::remove_dir_all(world.path("state")).unwrap();
    let text =
        std::fs::read_to_string(world.path("x.csv")).unwrap().replace("Ann,Lee", "Anna,Leeds");
    const NAMES: &str = " Their names change only with --if-exists update.";
    for (more, words, names) in [
        (
            &[][..],
            "An existing user keeps names, country, type and the groups that the row does not name \
             (--if-exists update changes names; --online --skip-unchanged compares)",
            NAMES,
        ),
        (
            &["--if-exists", "update"],
            "An existing user keeps country, type and the groups that the row does not name \
             (--online --skip-unchanged compares)",
            " Adobe IDs also keep their names.",
        ),
    ] {
        let run = world.import("edited.csv", &text, &[more, &["--fresh"]].concat());
        assert_eq!(run.status, 0, "{run:?}");
        for row in world.rows("edited.results.csv").iter().filter(|row| row["type"] != "adobeID") {
            assert!(
                row["umbulk_effect"].contains("created_or_exists")
                    && row["umbulk_message"].contains(words),
                "{more:?}: {row:?}"
            );
        }
        let plan = world.umbulk(&[&["plan", "edited.csv"][..], more].concat());
        let summary = format!(
            "Users who existed before keep their country, their type and the groups that their row \
             does not name.{names} A row with another email, username or domain creates another \
             user. Add --online --skip-unchanged to see"
        );
        for screen in [run.stdout, plan.stdout] {
            assert!(screen.contains(&summary), "{more:?}: {screen}");
        }
    }
}

/// Words that a row has anyway do not hide what stays.
#[test]
fn row_with_other_words_says_what_stays_too() {
    let world = World::new(organization(), SandboxOptions::default());
    let file = "email,firstname,lastname,country,groups\nann.lee@example.com,Ann,Leeds,US,Design\n";
    assert_eq!(world.import("a.csv", file, &[]).status, 0);
    let row = &world.rows("a.results.csv")[0];
    assert!(
        row["umbulk_effect"].contains("created_or_exists")
            && row["umbulk_message"].contains("An existing user keeps names"),
        "{row:?}"
    );
}

/// A disabled account keeps its names, and no list shows it: what the import asked for is not
/// called what the user has.
#[test]
fn names_that_nobody_confirmed_are_said_to_be_such() {
    let mut directory = organization();
    directory.add_user(&SandboxUser {
        status: UserStatus::Disabled,
        firstname: "Old".into(),
        ..crate::world::user("eve@example.com", &[])
    });
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let file = "email,firstname,lastname,country\neve@example.com,Eve,Moss,US\n";
    assert_eq!(world.import("a.csv", file, &[]).status, 0);
    for content in [file.to_owned(), file.replace("Moss", "Marsh")] {
        let run = world.import("b.csv", content, &["--skip-unchanged", "--fresh"]);
        let row = &world.rows("b.results.csv")[0];
        assert!(
            run.status == 0 && row["umbulk_message"].contains("They are not confirmed"),
            "{row:?}"
        );
    }
}

/// A row that has just updated names gets no advice to update them.
#[test]
fn updated_names_are_not_said_to_stay() {
    const STAY: &str = "Their names change only with --if-exists update";
    let file = "email,firstname,lastname,country,groups,if_exists\nnew@example.com,New,One,US,,\n\
                ann.lee@example.com,Annie,Lee,US,Design,\n";
    // Of several rows, one that keeps names is enough.
    for (file, stay) in [(file.to_owned(), false), (file.replace("Design,", "Design,ignore"), true)]
    {
        let world = World::new(organization(), SandboxOptions::default());
        let run = world.import("a.csv", file, &["--if-exists", "update"]);
        assert!(
            run.status == 0 && run.stdout.contains("Users who existed before keep their country"),
            "{run:?}"
        );
        assert_eq!(run.stdout.contains(STAY), stay, "{}", run.stdout);
    }
}

/// Only the user of an Adobe ID can change its names.
#[test]
fn names_of_adobe_ids_get_no_advice_to_update_them() {
    let file =
        "type,email,firstname,lastname,country,groups\nadobeID,own@example.com,Owen,Id,US,Design\n";
    for more in [&[][..], &["--if-exists", "update"]] {
        let world = World::new(organization(), SandboxOptions::default());
        let run = world.import("a.csv", file, more);
        let row = &world.rows("a.results.csv")[0];
        assert!(
            run.status == 0 && row["umbulk_message"].contains("only the user can change the names"),
            "{row:?}"
        );
        assert!(
            run.stdout.contains("Adobe IDs also keep their names")
                && !run.stdout.contains("--if-exists update"),
            "{}",
            run.stdout
        );
    }
}

/// A row that also gives another email or username changes no names.
#[test]
fn row_with_a_new_email_or_username_says_that_names_stay() {
    let head = "action,email,firstname,lastname,country,new_email,new_username\n";
    for new in ["anna@example.com,", ",anna"] {
        for (more, names) in [(&[][..], true), (&["--if-exists", "update"], false)] {
            let world = World::new(organization(), SandboxOptions::default());
            let file = format!("{head}create,ann.lee@example.com,Anna,Leeds,US,{new}\n");
            let plan = {
                world.write("a.csv", &file);
                world.umbulk(&[&["plan", "a.csv"][..], more].concat())
            };
            let run = world.import("a.csv", &file, more);
            assert_eq!(run.status, 0, "{run:?}");
            let row = &world.rows("a.results.csv")[0];
            let words = "An existing user keeps names, country";
            assert_eq!(row["umbulk_message"].contains(words), names, "{new} {row:?}");
            assert!(row["umbulk_effect"].contains("updated"), "{row:?}");
            let summary = "Their names change only with --if-exists update";
            for screen in [&run.stdout, &plan.stdout] {
                assert_eq!(screen.contains(summary), names, "{new} {screen}");
            }
        }
    }
}

/// The column decides for its row, whatever the option says.
#[test]
fn column_if_exists_decides_whether_a_row_says_that_names_stay() {
    let head = "action,email,firstname,lastname,country,new_username,if_exists\n";
    for (new, if_exists, stays) in
        [("", "update", false), ("anna", "update", false), ("anna", "ignore", true)]
    {
        let option = if if_exists == "update" { "ignore" } else { "update" };
        let world = World::new(organization(), SandboxOptions::default());
        let file = format!("{head}create,ann.lee@example.com,Anna,Leeds,US,{new},{if_exists}\n");
        let run = world.import("a.csv", &file, &["--if-exists", option]);
        assert_eq!(run.status, 0, "{run:?}");
        let row = &world.rows("a.results.csv")[0];
        let words = "An existing user keeps names, country";
        assert_eq!(row["umbulk_message"].contains(words), stays, "{new} {if_exists} {row:?}");
        assert_eq!(
            run.stdout.contains("Their names change only with --if-exists update"),
            stays,
            "{}",
            run.stdout
        );
    }
}
