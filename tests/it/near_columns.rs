//! Headers with slips of the keyboard: every column is named at once, and the proposed options
//! work.

use crate::world::World;

/// A person who is told of one column at a time types the command once for each.
#[test]
fn mistyped_columns_are_all_named_at_once() {
    let world = World::with_groups(&["Design"]);
    let file = "email,firstnme,lastnam,country,gruops\nann@example.com,Ann,Lee,US,Design\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    let maps = "--map \"firstname=firstnme\" --map \"lastname=lastnam\" --map \"groups=gruops\"";
    assert!(run.stderr.contains(maps), "{}", run.stderr);
    let fixed =
        ["--map", "firstname=firstnme", "--map", "lastname=lastnam", "--map", "groups=gruops"];
    let run = world.umbulk(&[&["import", "a.csv"], &fixed[..]].concat());
    assert_eq!(
        (run.status, world.groups_of("ann@example.com")),
        (0, Some(vec!["Design".to_owned()])),
        "{run:?}"
    );
}

#[test]
fn mistyped_email_column_is_proposed_with_the_others() {
    let world = World::with_groups(&[]);
    let run =
        world.import("a.csv", "emial,firstnme,lastname,country\nann@example.com,Ann,Lee,US\n", &[]);
    assert!(
        run.status == 2
            && run.stderr.contains("--map \"email=emial\" --map \"firstname=firstnme\""),
        "{run:?}"
    );
}

/// A spreadsheet runs such cells, so they are no names. A `'` before them says that they are text,
/// but nobody is called so.
#[test]
fn formula_without_an_equals_sign_is_no_name() {
    let world = World::with_groups(&[]);
    let rows = "a@x.com,Ann,+A1,US\nb@x.com,-$B$2*3,Lee,US\nc@x.com,Ann,@SUM(A1),US\n\
                d@x.com,Ann,'+A1,US\ne@x.com,Ann,-,US\n";
    let run = world.import("a.csv", format!("email,firstname,lastname,country\n{rows}"), &[]);
    let expected = [
        "invalid invalid.lastname.formula",
        "invalid invalid.firstname.formula",
        "invalid invalid.lastname.formula",
        "invalid invalid.lastname.formula",
        "invalid invalid.lastname.no_letter",
    ];
    assert_eq!(
        (run.status, world.outcomes("a.results.csv")),
        (1, expected.map(str::to_owned).to_vec()),
        "{run:?}"
    );
}

#[test]
fn column_of_one_group_beside_users_is_asked_about_once() {
    let world = World::with_groups(&["Design"]);
    let file = "Email,First Name,Last Name,Country,Group\na@example.com,Ann,Lee,US,Design\n\
                b@example.com,Bob,Ray,US,\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stderr.contains(r#"use --map "groups=Group"; if not"#), "{}", run.stderr);
    assert!(!run.stderr.contains("does not apply"), "{}", run.stderr);
    let run = world.umbulk(&["import", "a.csv", "--map", "groups=Group"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().user("a@example.com").unwrap().groups.len(), 1);
}
