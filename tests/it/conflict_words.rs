//! What is said of rows that contradict each other about an address.

use crate::world::World;

fn messages(rows: &str) -> Vec<String> {
    let world = World::with_groups(&[]);
    world.write("a.csv", format!("email,firstname,lastname,country,new_email\n{rows}"));
    let run = world.umbulk(&["validate", "a.csv"]);
    assert_eq!(run.status, 1, "{run:?}");
    world.rows("a.check.csv").iter().map(|row| row["umbulk_message"].clone()).collect()
}

/// Both rows give the same value: what differs is to whom.
#[test]
fn address_given_to_two_people_names_both() {
    let said = messages("ann@x.com,Ann,Lee,US,new@x.com\nbob@x.com,Bob,Ray,US,New@x.com\n");
    let expected = "contradicts line 3 about one address: `new@x.com` is given to `ann@x.com` \
         here and to `bob@x.com` there";
    assert!(said[0].contains(expected), "{said:?}");
    assert!(
        said[1].contains(
            "line 2 about one address: `New@x.com` is given to `bob@x.com` here \
         and to `ann@x.com` there"
        ),
        "{said:?}"
    );
}

#[test]
fn two_new_addresses_of_one_person_are_both_named() {
    let said = messages("ann@x.com,Ann,Lee,US,one@x.com\nann@x.com,Ann,Lee,US,two@x.com\n");
    assert!(
        said[0].contains("about one person: new_email is `one@x.com` here and `two@x.com` there"),
        "{said:?}"
    );
}

#[test]
fn address_of_somebody_else_that_is_given_away_is_named() {
    let said = messages("new@x.com,Eve,Day,US,\nann@x.com,Ann,Lee,US,new@x.com\n");
    assert!(
        said[0].contains("line 3 about one address: that row gives `new@x.com` to `ann@x.com`"),
        "{said:?}"
    );
    assert!(
        said[1].contains("line 2 about one address: this row gives `new@x.com` to `ann@x.com`"),
        "{said:?}"
    );
}

/// What rows contradict each other about is said once, however much differs.
#[test]
fn several_differences_of_one_person_are_introduced_once() {
    let said = messages("ann@x.com,Ann,Lee,US,\nann@x.com,Anna,Leigh,DE,\n");
    let expected = "about one person: firstname is `Ann` here and `Anna` there, lastname is `Lee` \
         here and `Leigh` there, country is `US` here and `DE` there";
    assert!(said[0].contains(expected), "{said:?}");
    assert!(said.iter().all(|said| said.matches("about one").count() == 1), "{said:?}");
}
