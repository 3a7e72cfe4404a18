//! A username may be an email address: of its own user, or of another.

use crate::world::World;

#[test]
fn one_username_of_two_people_is_a_conflict_however_it_is_written() {
    for file in [
        "username,domain,email,firstname,lastname,country\n\
         k.may@example.com,,k1@example.com,Kim,May,US\n\
         k.may,example.com,k2@example.com,Kit,Mayo,US\n",
        "username,domain,email,firstname,lastname,country\n\
         k.may,example.com,k1@example.com,Kim,May,US\n\
         k1@example.com,,k2@example.com,Kit,Mayo,US\n",
        "action,username,domain,email,firstname,lastname,country\n\
         create,k,example.com,k1@example.com,Kim,May,US\n\
         create,k@example.com,,k2@example.com,Kit,Mayo,US\n",
        "action,username,domain,email,firstname,lastname,country\n\
         create,k,example.com,k1@example.com,Kim,May,US\n\
         create,k1@example.com,,k2@example.com,Kit,Mayo,US\n",
        "upn;mail;firstname;lastname;country_code;groups\n\
         u1@example.com;k1@example.com;Kim;May;US;\n\
         k1@example.com;k2@example.com;Kit;Mayo;US;\n",
        "type,email,firstname,lastname,country,username,domain,groups\n\
         federatedID,k1@example.com,Kim,May,US,k2@example.com,example.com,\n\
         federatedID,k2@example.com,Kit,Mayo,US,k2@example.com,example.com,\n",
    ] {
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", file, &[]);
        assert_eq!(run.status, 1, "{file}\n{run:?}");
        assert_eq!(
            world.outcomes("a.results.csv"),
            ["invalid invalid.row.conflict"; 2],
            "{file}\n{run:?}"
        );
        assert_eq!(world.sandbox.directory().users().count(), 0, "{file}");
    }
}

#[test]
fn username_that_is_an_address_of_nobody_else_is_no_conflict() {
    let world = World::with_groups(&[]);
    let run = world.import(
        "a.csv",
        "username,domain,email,firstname,lastname,country\n\
         ann@example.com,,ann.lee@example.com,Ann,Lee,US\n\
         bob,example.com,bob@example.com,Bob,Ray,US\n\
         cem@example.com,,cem@example.com,Cem,Oz,TR\n",
        &[],
    );
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().users().count(), 3);
}

#[test]
fn account_is_not_deleted_where_rows_disagree_about_it() {
    let world = World::with_groups(&[]);
    world.import("in.csv", "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n", &[]);
    let run =
        world.import("a.csv", "email,hard_delete\nann@example.com,y\nann@example.com,n\n", &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("a.results.csv"), ["invalid invalid.row.conflict"; 2]);
    assert!(world.sandbox.directory().user("ann@example.com").is_some());
}
