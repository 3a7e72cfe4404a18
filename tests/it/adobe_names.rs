//! An Adobe ID's names belong to its user: a row that would change them is neither planned nor sent
//! nor called done, wherever a list tells.

use crate::effects::organization;
use crate::world::World;
use umbulk::sandbox::SandboxOptions;

const UPDATE: &str = "action,email,firstname,lastname,country\n\
    update,own@example.com,Other,Id,DE\n\
    update,ann.lee@example.com,Anna,Lee,US\n";
const CODE: &str = "invalid invalid.type.adobe_update";

fn exported() -> World {
    let world = World::new(organization(), SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    world
}

fn message(world: &World, name: &str) -> String {
    world.rows(name)[0]["umbulk_message"].clone()
}

#[test]
fn update_of_an_adobe_id_is_refused_by_every_list() {
    for list in [
        &[][..],
        &["--against", "users.csv"],
        &["--online"],
        &["--skip-unchanged"],
        &["--test-mode"],
    ] {
        let world = exported();
        let run = world.import("a.csv", UPDATE, list);
        let results = if list == ["--test-mode"] { "a.test.csv" } else { "a.results.csv" };
        assert_eq!(
            (run.status, world.outcomes(results)),
            (1, vec![CODE.to_owned(), "ok".to_owned()]),
            "{list:?}: {run:?}"
        );
        let row = &world.rows(results)[0];
        assert_eq!(row["umbulk_attempts"], "0", "{list:?}: {row:?}");
        assert!(
            row["umbulk_message"].contains("`own@example.com` is an Adobe ID according to "),
            "{list:?}: {row:?}"
        );
        // The same command shows the same.
        let again = world.umbulk(&[&["import", "a.csv"], list].concat());
        assert_eq!(
            (again.status, world.outcomes(results)[0].as_str()),
            (1, CODE),
            "{list:?}: {again:?}"
        );
    }
}

#[test]
fn validate_and_plan_refuse_it_in_the_same_words() {
    let world = exported();
    assert_eq!(world.import("a.csv", UPDATE, &[]).status, 1);
    let imported = message(&world, "a.results.csv");
    // What the import has confirmed since counts as if the list showed it.
    let words = |message: &str| message.split("it belongs").last().unwrap().to_owned();
    let run = world.umbulk(&["validate", "a.csv"]);
    assert_eq!((run.status, world.outcomes("a.check.csv")[0].as_str()), (1, CODE), "{run:?}");
    assert_eq!(words(&message(&world, "a.check.csv")), words(&imported));
    let run = world.umbulk(&["plan", "a.csv", "--out", "plan.csv"]);
    assert_eq!(run.status, 1, "{run:?}");
    let row = world.rows("plan.csv").into_iter().find(|row| row["row"] == "1").unwrap();
    assert!(
        row["status"] == "invalid" && row["steps"].contains("invalid.type.adobe_update"),
        "{row:?}"
    );
    assert_eq!(words(&row["steps"]), words(&imported));
}

/// The names match: nothing is to be sent, and the server would refuse it.
#[test]
fn update_to_the_names_that_an_adobe_id_has_is_unchanged() {
    for list in [&[][..], &["--against", "users.csv"], &["--skip-unchanged"]] {
        let world = exported();
        let run = world.import(
            "a.csv",
            "action,email,firstname,lastname\nupdate,own@example.com,Own,Id\n",
            list,
        );
        assert_eq!(
            (run.status, world.statuses("a.results.csv"), world.action_requests()),
            (0, vec!["unchanged".to_owned()], 0),
            "{list:?}: {run:?}"
        );
    }
}

/// The way to do it is named for those for whom there is one.
#[test]
fn summary_names_no_way_to_change_an_adobe_id() {
    let world = exported();
    let file = "action,type,email,firstname,lastname,country\n\
        create,adobeID,own@example.com,Other,Id,US\n\
        create,federatedID,ann.lee@example.com,Anna,Lee,US\n";
    let run = world.import("a.csv", file, &["--against", "users.csv"]);
    let of_adobe = "1  differs:firstname: only the user of an Adobe ID can change it";
    let of_others = "1  differs:firstname: use --if-exists update";
    assert!(
        run.status == 0 && run.stdout.contains(of_adobe) && run.stdout.contains(of_others),
        "{}",
        run.stdout
    );
    let plan = world.umbulk(&["plan", "a.csv", "--against", "users.csv"]);
    assert!(
        plan.stdout.contains("1  row differs in firstname, which is not changed (only the user"),
        "{}",
        plan.stdout
    );
    // Shown again, it says the same.
    let again = world.umbulk(&["import", "a.csv", "--against", "users.csv"]);
    assert!(
        again.stdout.contains(of_adobe) && again.stdout.contains(of_others),
        "{}",
        again.stdout
    );
}

/// Nor where the row is refused.
#[test]
fn summary_names_no_way_for_a_refused_update_of_an_adobe_id() {
    let world = exported();
    let run = world.import("a.csv", UPDATE, &["--against", "users.csv"]);
    assert!(!run.stdout.contains("use --if-exists update, or an update row"), "{}", run.stdout);
    assert!(run.stdout.contains("only the user of an Adobe ID can change it"), "{}", run.stdout);
    let plan = world.umbulk(&["plan", "a.csv", "--against", "users.csv"]);
    assert!(!plan.stdout.contains("--if-exists update"), "{}", plan.stdout);
}

/// An Adobe ID and a Federated ID of one email are two accounts.
#[test]
fn two_kinds_of_account_of_one_email_are_two_users() {
    let world = World::with_groups(&[]);
    let file = "type,email,firstname,lastname,country\n\
        adobeID,m@example.com,Mo,Ray,US\nfederatedID,m@example.com,Mo,Ray,US\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("2 users are created"), "{run:?}");
    let effects: Vec<String> =
        world.rows("a.results.csv").into_iter().map(|row| row["umbulk_effect"].clone()).collect();
    assert_eq!(effects, ["created_or_exists", "created_or_exists"]);
    assert_eq!(world.sandbox.directory().users().count(), 2);
}
