//! Renames in invalid rows: whom the rows behind them may mean, and what `plan` says of these.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const BEHIND: &str = "failed error.rename_failed";
const HEAD: &str = "action,email,username,domain,firstname,lastname,country,groups,new_email,\
    new_username,group,new_name,remove_users\n";
const FLAGS: [&str; 4] = ["--yes", "--allow-admins", "--check-groups", "never"];

/// A row with these cells, by column of [`HEAD`].
fn row(cells: &[(&str, &str)]) -> String {
    let columns = HEAD.trim_end().split(',');
    let value = |column| {
        let cell = cells.iter().find(|(name, _)| *name == column).map_or("", |(_, value)| *value);
        format!("\"{}\"", cell.replace('"', "\"\""))
    };
    columns.map(value).collect::<Vec<_>>().join(",") + "\n"
}

fn rename(new: &str) -> String {
    row(&[("action", "update"), ("email", "kim@corp.test"), ("new_email", new)])
}

fn delete(email: &str) -> String {
    row(&[("action", "delete"), ("email", email)])
}

/// Kim, Lou (username `ky`, in `H`) and Mia, all of `corp.test`, and the groups `G` and `H`.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["G", "H", "Team 1", "Team 2"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    for (name, username, groups) in
        [("kim", "kx", &[][..]), ("lou", "ky", &["H"]), ("mia", "mx", &[])]
    {
        directory.add_user(&SandboxUser {
            username: username.into(),
            domain: "corp.test".into(),
            ..user(&format!("{name}@corp.test"), groups)
        });
    }
    World::new(directory, SandboxOptions::default())
}

fn import(world: &World, rows: &[String]) -> Run {
    world.import("a.csv", HEAD.to_owned() + &rows.concat(), &FLAGS)
}

/// Imports these rows and returns their outcomes.
fn outcomes(rows: &[String]) -> (World, Vec<String>) {
    let world = world();
    let run = import(&world, rows);
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    (world, outcomes)
}

/// The file means Lou where it means Kim, who was to be called so.
#[test]
fn row_behind_a_new_name_that_cannot_be_read_reaches_nobody() {
    for new in [
        "lou@@corp.test",
        "lou corp.test",
        "loucorp.test",
        "lou@corp",
        "@corp.test",
        "lou(at)corp.test",
        "l?u@corp.test",
        "l\u{f6}u@corp.test",
        "mailto:lou@corp.test",
        "[\"lou@corp.test\"]",
        "lou@corp.test\n",
        "lou@corp.test;",
        "#N/A",
        "#REF!",
        "=B2",
        "NULL",
    ] {
        let add = row(&[("action", "add"), ("email", "lou@corp.test"), ("groups", "G")]);
        let (world, outcomes) = outcomes(&[rename(new), add, delete("lou@corp.test")]);
        assert_eq!(outcomes[1..], [BEHIND, BEHIND], "{new}: {outcomes:?}");
        assert!(world.groups_of("lou@corp.test").is_some(), "{new}: {outcomes:?}");
    }
}

#[test]
fn row_behind_a_name_that_cannot_be_read_says_so() {
    let (world, outcomes) = outcomes(&[rename("lou@@corp.test"), delete("lou@corp.test")]);
    assert_eq!(outcomes, ["invalid invalid.new_email.form", BEHIND]);
    let message = &world.rows("a.results.csv")[1]["umbulk_message"];
    assert_eq!(
        message,
        "not sent: row 1, which renames a user to `lou@@corp.test`, which may be the name in this \
         row, is invalid; the name may belong to another user. Fix or remove that row, then import \
         this row again"
    );
}

/// A user who is named before the rename is another one, and so is a user who is created behind
/// it.
#[test]
fn row_about_somebody_else_is_sent_behind_such_a_rename() {
    for new in ["lou@@corp.test", "#N/A"] {
        let create = row(&[
            ("action", "create"),
            ("email", "new@other.test"),
            ("firstname", "New"),
            ("lastname", "One"),
            ("country", "NL"),
        ]);
        let other = row(&[
            ("action", "update"),
            ("email", "mia@corp.test"),
            ("new_email", "mia9@corp.test"),
        ]);
        let (world, outcomes) = outcomes(&[
            row(&[("action", "add"), ("email", "annabel@other.test"), ("groups", "G")]),
            rename(new),
            create,
            other,
            row(&[("action", "add"), ("email", "annabel@other.test"), ("groups", "H")]),
        ]);
        assert_eq!(outcomes[2..4], ["ok", "ok"], "{new}: {outcomes:?}");
        // Nobody of that name is there: the row was sent.
        assert!(outcomes[4].starts_with("failed error.user"), "{new}: {outcomes:?}");
        assert!(world.groups_of("mia9@corp.test").is_some());
    }
}

#[test]
fn username_that_cannot_be_read_holds_the_rows_behind_it() {
    let by_name = row(&[("action", "delete"), ("username", "ky"), ("domain", "corp.test")]);
    let member = row(&[("action", "update-group"), ("group", "H"), ("remove_users", "ky")]);
    for (domain, new) in [("corp", "ky"), ("corp.test", "k\u{200b}y"), ("corp.test", "#REF!")] {
        let rename = row(&[
            ("action", "update"),
            ("username", "kx"),
            ("domain", domain),
            ("new_username", new),
        ]);
        let (world, outcomes) = outcomes(&[rename, by_name.clone(), member.clone()]);
        assert_eq!(outcomes[1..], [BEHIND, BEHIND], "{domain} {new}: {outcomes:?}");
        assert_eq!(world.groups_of("lou@corp.test").unwrap(), ["H"], "{domain} {new}");
    }
}

#[test]
fn group_name_that_cannot_be_read_holds_the_rows_behind_it() {
    let group = |new| row(&[("action", "update-group"), ("group", "G"), ("new_name", new)]);
    let delete = row(&[("action", "delete-group"), ("group", "H")]);
    let add = row(&[("action", "add"), ("email", "mia@corp.test"), ("groups", "H")]);
    for new in ["_H", "\"H\"", "#REF!", "NULL"] {
        let (world, outcomes) = outcomes(&[group(new), add.clone(), delete.clone()]);
        assert_eq!(outcomes[1..], [BEHIND, BEHIND], "{new}: {outcomes:?}");
        assert_eq!(world.groups_of("lou@corp.test").unwrap(), ["H"], "{new}");
    }
    // Another number is another group.
    let add = row(&[("action", "add"), ("email", "mia@corp.test"), ("groups", "Team 2")]);
    let (_, outcomes) = outcomes(&[group("_Team 1"), add]);
    assert_eq!(outcomes[1], "ok", "{outcomes:?}");
}

/// Its cells cannot be told apart, and one of them may be the new name.
#[test]
fn row_behind_a_faulty_row_that_may_rename_reaches_nobody() {
    let extra = rename("lou@corp.test").trim_end().to_owned() + ",more\n";
    let nul = rename("lou@corp.test").replace("update", "upd\0ate");
    for faulty in [extra, nul] {
        let (world, outcomes) =
            outcomes(&[faulty, delete("lou@corp.test"), delete("mia@corp.test")]);
        assert!(outcomes[0].starts_with("invalid invalid.row."), "{outcomes:?}");
        assert_eq!(outcomes[1..2], [BEHIND]);
        assert_eq!(outcomes[2], "ok", "{outcomes:?}");
        assert!(world.groups_of("lou@corp.test").is_some());
    }
    let world = world();
    let lines = "{\"action\":\"update\",\
                 \"email\":\"kim@corp.test\",\"new_email\":[\"lou@corp.test\"]}\n\
        {\"action\":\"delete\",\"email\":\"lou@corp.test\"}\n";
    let run = world.import("a.jsonl", lines, &FLAGS);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("a.results.csv")[1], BEHIND, "{run:?}");
}

/// A row that is held and renames somebody holds the rows behind it as well.
#[test]
fn row_behind_a_held_rename_is_held_too() {
    let chain =
        row(&[("action", "update"), ("email", "lou@corp.test"), ("new_email", "mia@corp.test")]);
    let (world, outcomes) = outcomes(&[rename("lou@@corp.test"), chain, delete("mia@corp.test")]);
    assert_eq!(outcomes[1..], [BEHIND, BEHIND], "{outcomes:?}");
    let message = &world.rows("a.results.csv")[2]["umbulk_message"];
    assert!(message.contains("row 2, which renames this user, failed"), "{message}");
    assert!(world.groups_of("mia@corp.test").is_some());
}

/// `plan` and the head of an import count them as the results do.
#[test]
fn plan_and_head_count_no_row_behind_an_invalid_rename() {
    let world = world();
    let add = row(&[("action", "add"), ("email", "mia@corp.test"), ("groups", "G")]);
    let rows = [rename("lou@@corp.test"), delete("lou@corp.test"), add];
    world.write("a.csv", HEAD.to_owned() + &rows.concat());
    let plan = world.umbulk(&["plan", "a.csv", "--check-groups", "never"]);
    assert_eq!(plan.status, 1, "{plan:?}");
    assert!(plan.stdout.contains("1  row to send\n"), "{}", plan.stdout);
    assert!(plan.stdout.contains("1  row not sent after an invalid rename\n"), "{}", plan.stdout);
    assert!(plan.stdout.contains("1  request"), "{}", plan.stdout);
    assert!(!plan.stdout.contains("leave"), "{}", plan.stdout);
    let plan = world.umbulk(&["plan", "a.csv", "--json", "--check-groups", "never"]);
    let json: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(
        (&json["sendable"], &json["behind_renames"], &json["deletes"], &json["invalid"]),
        (&1.into(), &1.into(), &0.into(), &1.into())
    );
    let validate = world.umbulk(&["validate", "a.csv"]);
    assert!(
        validate.stdout.contains("1 valid, 1 invalid, 1 not sent after an invalid rename"),
        "{}",
        validate.stdout
    );
    assert!(validate.stdout.contains("1  error.rename_failed"), "{}", validate.stdout);
    assert_eq!(world.outcomes("a.check.csv")[1], BEHIND);
    let validate = world.umbulk(&["validate", "a.csv", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&validate.stdout).unwrap();
    assert_eq!((&json["valid"], &json["behind_renames"]), (&1.into(), &1.into()));
    let run = import(&world, &rows);
    let head = "a.csv (native): 1 row to send, 1 invalid, 1 not sent after an invalid rename";
    assert!(run.stderr.contains(head), "{}", run.stderr);
    assert!(!run.stderr.contains("deletions"), "{}", run.stderr);
    assert_eq!(world.outcomes("a.results.csv")[1..], [BEHIND, "ok"]);
    let said = "1  failed     not sent because an earlier rename is not done";
    assert!(run.stdout.contains(said), "{}", run.stdout);
}

/// The files behind know it, in `plan` too, and so does `umbulk results` of each of them alone.
#[test]
fn rows_of_later_files_behind_an_invalid_rename_are_counted_alike() {
    for new in ["lou@@corp.test", "#N/A"] {
        let world = world();
        world.write("a.csv", HEAD.to_owned() + &rename(new));
        let add = row(&[("action", "add"), ("email", "kim@corp.test"), ("groups", "G")]);
        let rows = [delete("lou@corp.test"), add];
        world.write("b.csv", HEAD.to_owned() + &rows.concat());
        let plan = world.umbulk(&["plan", "a.csv", "b.csv", "--check-groups", "never"]);
        let of_b = plan.stdout.split_once("b.csv (native)").unwrap().1;
        assert!(of_b.contains("2  rows not sent after an invalid rename\n"), "{new}: {of_b}");
        let run = world.umbulk(&[&["import", "a.csv", "b.csv"][..], &FLAGS].concat());
        assert_eq!(run.status, 1, "{run:?}");
        assert_eq!(world.outcomes("b.results.csv"), [BEHIND, BEHIND], "{new}");
        let message = world.rows("b.results.csv")[0]["umbulk_message"].clone();
        assert!(message.contains("row 1 of a.csv, which renames a user to"), "{message}");
        // Shown again, and written again.
        let again = world.umbulk(&[&["import", "a.csv", "b.csv"][..], &FLAGS].concat());
        assert_eq!(again.status, 1, "{again:?}");
        assert_eq!(world.outcomes("b.results.csv"), [BEHIND, BEHIND], "{new}");
        std::fs::remove_file(world.path("b.results.csv")).unwrap();
        assert_eq!(world.umbulk(&["results", "b.csv"]).status, 0);
        assert_eq!(world.rows("b.results.csv")[0]["umbulk_message"], message);
        let status = world.umbulk(&["status", "b.csv"]);
        assert!(
            status.stdout.contains("2 failed") || status.stdout.contains("failed"),
            "{status:?}"
        );
        assert_eq!(world.action_requests(), 0);
    }
}
