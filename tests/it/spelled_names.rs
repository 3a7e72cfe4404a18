//! `--missing` beside names in another spelling, and beside rows that are no people but name some:
//! anyone who is meant stays.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, SandboxOptions, SandboxUser};

const HEADER: &str = "email,firstname,lastname,country\n";

/// Six people who stay, and this one.
fn world(email: &str, first: &str, last: &str) -> World {
    let mut directory = Directory::default();
    for number in 0..6 {
        directory.add_user(&SandboxUser {
            firstname: "U".into(),
            lastname: format!("N{number}"),
            ..user(&format!("u{number}@example.com"), &[])
        });
    }
    directory.add_user(&SandboxUser {
        firstname: first.into(),
        lastname: last.into(),
        ..user(email, &[])
    });
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    world
}

fn leave(world: &World, rows: &str) -> Run {
    let all: String = (0..6).map(|n| format!("u{n}@example.com,U,N{n},US\n")).collect();
    let flags = [
        "--missing",
        "leave",
        "--against",
        "users.csv",
        "--managed-type",
        "federatedID",
        "--yes",
        "--fresh",
    ];
    world.import("staff.csv", HEADER.to_owned() + &all + rows, &flags)
}

fn people(world: &World) -> usize {
    world.sandbox.directory().users().count()
}

#[test]
fn name_without_its_marks_is_no_create_and_leave() {
    for (email, (first, last), rows) in [
        (
            "m.muller@example.com",
            ("Max", "Müller"),
            &["max.mueller@example.com,Max,Mueller,DE\n", "mm@example.com,MAX,MULLER,DE\n"][..],
        ),
        ("jose@example.com", ("José", "Gil"), &["jose.gil@example.com,Jose,Gil,ES\n"]),
        ("soren@example.com", ("Søren", "Åberg"), &["s.aaberg@example.com,Soeren,Aaberg,DK\n"]),
        ("pawel@example.com", ("Paweł", "Strauß"), &["ps@example.com,Pawel,Strauss,PL\n"]),
        ("ann.lee@example.com", ("Ann", "Lee"), &["annlee@example.com,Lee,Ann,US\n"]),
    ] {
        for row in rows {
            let world = world(email, first, last);
            let run = leave(&world, row);
            assert_eq!((run.status, people(&world)), (1, 7), "{row}: {run:?}");
            assert_eq!(
                world.rows("staff.results.csv")[6]["umbulk_code"],
                "invalid.email.perhaps_renamed"
            );
            assert!(world.groups_of(email).is_some(), "{row}");
        }
    }
}

#[test]
fn whoever_is_named_in_a_skipped_row_stays() {
    for row in [
        "#Tom Poe <tom@example.com>,,,\n",
        "#Tom Poe,,,\n",
        "#\"Poe, Tom\",,,\n",
        "# on leave,Tom,Poe,US\n",
        "#TOM@example.com.,,,\n",
        "#tom@example.com left,,,\n",
        "Total 8 (Tom Poe left),,,\n",
    ] {
        let world = world("tom@example.com", "Tom", "Poe");
        let run = leave(&world, row);
        assert_eq!((run.status, people(&world)), (0, 7), "{row}: {run:?}");
        assert!(world.groups_of("tom@example.com").is_some(), "{row}");
    }
    // A remark that names nobody holds nobody back.
    let world = world("tom@example.com", "Tom", "Poe");
    let run = leave(&world, "# nobody in particular,,,\n");
    assert_eq!((run.status, people(&world)), (0, 6), "{run:?}");
}
