//! A letter may be written as one character or as two: a name is the same either way, and is sent
//! in NFC.

use crate::world::World;

const HEAD: &str = "type,email,username,domain,firstname,lastname,country\n";

#[test]
fn username_in_nfc_and_nfd_is_one_username() {
    let world = World::with_groups(&[]);
    let file = format!(
        "{HEAD}federatedID,a@example.com,m\u{fc}ller,example.com,Max,M,DE\n\
         federatedID,b@example.com,mu\u{308}ller,example.com,Moritz,N,DE\n"
    );
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(
        world.outcomes("a.results.csv"),
        ["invalid invalid.row.conflict", "invalid invalid.row.conflict"]
    );
    assert_eq!(world.action_requests(), 0);
}

#[test]
fn username_in_nfd_is_created_in_nfc() {
    let world = World::with_groups(&[]);
    world.import(
        "a.csv",
        format!("{HEAD}federatedID,b@example.com,mu\u{308}ller,mu\u{308}nchen.de,Moritz,N,DE\n"),
        &[],
    );
    let directory = world.sandbox.directory();
    let user = directory.users().next().unwrap();
    assert_eq!((user.username.as_str(), user.domain.as_str()), ("m\u{fc}ller", "m\u{fc}nchen.de"));
}

#[test]
fn leaver_in_nfd_of_an_account_in_nfc_leaves() {
    let world = World::with_groups(&[]);
    world.import(
        "a.csv",
        format!("{HEAD}federatedID,b@example.com,m\u{fc}ller,example.com,Moritz,N,DE\n"),
        &[],
    );
    assert_eq!(world.sandbox.directory().users().count(), 1);
    let run =
        world.import("b.csv", "action,username,domain\ndelete,mu\u{308}ller,example.com\n", &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.outcomes("b.results.csv"), ["ok"]);
    assert_eq!(world.sandbox.directory().users().count(), 0);
}

#[test]
fn protected_username_in_nfc_is_kept_from_its_nfd() {
    let world = World::with_groups(&[]);
    world.write("p.txt", "m\u{fc}ller\n");
    world.write("b.csv", "action,username,domain\ndelete,mu\u{308}ller,example.com\n");
    let run = world.umbulk(&["validate", "b.csv", "--protect", "p.txt"]);
    assert_eq!(run.status, 1, "{run:?}");
}
