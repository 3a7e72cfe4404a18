//! `--missing` while rows create: a person under another spelling or a new address neither leaves
//! nor is created twice.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const HEADER: &str = "email,firstname,lastname,country,groups\n";

fn person(email: &str, first: &str, last: &str) -> SandboxUser {
    SandboxUser {
        firstname: first.into(),
        lastname: last.into(),
        country: "US".into(),
        ..user(email, &["Design"])
    }
}

fn world(others: &[SandboxUser]) -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    for number in 0..6 {
        directory.add_user(&person(&format!("u{number}@example.com"), "U", &format!("N{number}")));
    }
    others.iter().for_each(|user| directory.add_user(user));
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    world
}

fn staff(rows: &str) -> String {
    let all: String = (0..6).map(|n| format!("u{n}@example.com,U,N{n},US,Design\n")).collect();
    HEADER.to_owned() + &all + rows
}

fn leave(world: &World, file: &str, more: &[&str]) -> Run {
    let flags =
        ["--missing", "leave", "--against", "users.csv", "--managed-type", "federatedID", "--yes"];
    world.import("staff.csv", file, &[&flags, more].concat())
}

#[track_caller]
fn nobody_left_and_nobody_came(world: &World, people: usize) {
    let all: Vec<String> = world.sandbox.directory().users().map(|user| user.email).collect();
    assert_eq!(all.len(), people, "{all:?}");
}

#[test]
fn look_alike_of_a_domain_creates_no_twin_and_the_person_stays() {
    let world = world(&[person("ann@exämple.com", "Ann", "Lee")]);
    let run = leave(&world, &staff("ann@xn--exmple-cua.com,Annie,L,US,Design\n"), &[]);
    assert_eq!(run.status, 1, "{run:?}");
    nobody_left_and_nobody_came(&world, 7);
    let rows = world.rows("staff.results.csv");
    assert_eq!(rows[6]["umbulk_code"], "invalid.email.looks_like");
    assert!(
        rows[6]["umbulk_message"]
            .contains("looks like `ann@exämple.com`, who is in the organization")
    );
    for text in [&run.stderr, &run.stdout] {
        assert!(
            text.contains(
                "stays: ann@exämple.com, because a row names \
             ann@xn--exmple-cua.com, which looks the same"
            ),
            "{text}"
        );
    }
    assert!(
        run.stderr.contains("exempt: 1 named in a row with a similar address"),
        "{}",
        run.stderr
    );
}

const PLAIN: &str = "ann.lee@example.com";

/// An address in characters that look like those of another, or are invisible; the other address;
/// and the code of a row that has the odd one (none: it is read as the other).
const LOOK_ALIKES: [(&str, &str, &str); 12] = [
    ("ann.l\u{ad}ee@example.com", PLAIN, "invalid.email.invisible"),
    ("ann.lee@exam\u{ad}ple.com", PLAIN, "invalid.email.invisible"),
    ("\u{2066}ann.lee@example.com\u{2069}", PLAIN, ""),
    ("ann\u{2066}.lee@example.com", PLAIN, "invalid.email.invisible"),
    // NFD, in the local part and in the domain.
    ("zoe\u{308}.lee@example.com", "zo\u{eb}.lee@example.com", "invalid.email.non_ascii"),
    ("ann.lee@exa\u{308}mple.com", "ann.lee@ex\u{e4}mple.com", ""),
    // Full-width letters and at sign.
    ("\u{ff41}nn.lee@example.com", PLAIN, "invalid.email.script"),
    ("ann.lee@\u{ff45}xample.com", PLAIN, "invalid.email.script"),
    ("ann.lee\u{ff20}example.com", PLAIN, "invalid.email.form"),
    // Cyrillic and Greek letters.
    ("\u{430}nn.lee@example.com", PLAIN, "invalid.email.script"),
    ("ann.lee@ex\u{430}mple.com", PLAIN, "invalid.email.script"),
    ("ann.lee@example.c\u{3bf}m", PLAIN, "invalid.email.script"),
];

#[test]
fn row_with_an_address_in_other_characters_makes_nobody_leave() {
    for (odd, plain, code) in LOOK_ALIKES {
        let world = world(&[person(plain, "Ann", "Lee")]);
        // Other names: it is by her address that she is known again.
        let run = leave(&world, &staff(&format!("{odd},Annie,L,US,Design\n")), &[]);
        nobody_left_and_nobody_came(&world, 7);
        assert!(world.sandbox.directory().user(plain).is_some(), "{odd:?}: {run:?}");
        if code.is_empty() {
            let outcomes = world.outcomes("staff.results.csv");
            assert_eq!((run.status, outcomes), (0, vec!["ok".to_owned(); 7]), "{odd:?}: {run:?}");
        } else {
            assert_eq!((run.status, world.action_requests()), (2, 0), "{odd:?}: {run:?}");
            assert!(
                run.stderr.contains(&format!("(row 7): {code}: email `"))
                    && run.stderr.contains("nobody counts as missing until"),
                "{odd:?}: {}",
                run.stderr
            );
        }
    }
}

/// It is the organization's list that has the odd address.
#[test]
fn person_with_an_address_in_other_characters_gets_no_twin_and_stays() {
    let can_be_typed = |plain: &str, odd: &str| plain == PLAIN && odd.contains('@');
    for (odd, plain, _) in LOOK_ALIKES.iter().filter(|(odd, plain, _)| can_be_typed(plain, odd)) {
        let world = world(&[person(odd, "Ann", "Lee")]);
        let run = leave(&world, &staff(&format!("{plain},Annie,L,US,Design\n")), &[]);
        nobody_left_and_nobody_came(&world, 7);
        assert!(world.sandbox.directory().user(odd).is_some(), "{odd:?}: {run:?}");
        let outcomes = world.outcomes("staff.results.csv");
        assert_eq!(
            (run.status, outcomes[6].as_str()),
            (1, "invalid invalid.email.looks_like"),
            "{odd:?}: {run:?}"
        );
        assert_eq!(outcomes[..6], ["ok"; 6], "{odd:?}: the other rows are carried out");
        assert!(
            run.stderr.contains(&format!("because a row names {plain}, which looks the same")),
            "{odd:?}: {}",
            run.stderr
        );
    }
}

/// The user whom a username names has got another address: she is no newcomer, and stays.
#[test]
fn new_address_beside_the_same_username_is_no_create_and_leave() {
    for names in ["Ann,Lee", "Anne,Kay"] {
        for with_ids in [true, false] {
            let ann = SandboxUser {
                username: "alee".to_owned(),
                ..person("ann.lee@example.com", "Ann", "Lee")
            };
            let world = world(&[ann]);
            let list = std::fs::read_to_string(world.path("users.csv")).unwrap();
            let edited = list
                .replace("ann.lee@example.com", "ann.kay@other.example.com")
                .replace("Ann,Lee", names);
            assert_ne!(edited, list);
            let file = if with_ids {
                edited
            } else {
                let all = (0..6).map(|n| format!("u{n}@example.com,,,U,N{n},US,Design\n"));
                "email,username,domain,firstname,lastname,country,groups\n".to_owned()
                    + &all.collect::<String>()
                    + &format!("ann.kay@other.example.com,alee,example.com,{names},US,Design\n")
            };
            let run = leave(&world, &file, &[]);
            assert_eq!(run.status, 0, "{names}, {with_ids}: {run:?}");
            nobody_left_and_nobody_came(&world, 7);
            assert!(world.groups_of("ann.lee@example.com").is_some(), "{run:?}");
            // The row is carried out for her; what is not applied is said, with the way to do it.
            assert!(
                run.stdout.contains("1  differs:email: use an update row with new_email"),
                "{run:?}"
            );
            assert_eq!(
                world
                    .rows("staff.results.csv")
                    .iter()
                    .filter(|row| row["umbulk_message"].contains("ann.lee@example.com"))
                    .count(),
                1,
                "both values are in the results"
            );
        }
    }
}

/// The other rows are carried out; the changed address is shown as what it perhaps is.
#[test]
fn new_address_of_a_person_is_no_create_and_leave() {
    let world = world(&[person("ann.smith@example.com", "Ann", "Lee")]);
    let run = leave(
        &world,
        &staff("ann.lee@example.com,ann,LEE,US,Design\nnew@example.com,New,One,US,Design\n"),
        &["--json"],
    );
    assert_eq!(run.status, 1, "{run:?}");
    nobody_left_and_nobody_came(&world, 8);
    assert!(
        world.groups_of("new@example.com").is_some()
            && world.groups_of("ann.smith@example.com").is_some()
    );
    assert_eq!(world.rows("staff.results.csv")[6]["umbulk_code"], "invalid.email.perhaps_renamed");
    let shown = "stays: perhaps a new address: ann.smith@example.com -> ann.lee@example.com \
         (write an update row with new_email)";
    assert!(run.stderr.contains(shown), "{}", run.stderr);
    assert!(
        run.stdout.contains(shown) && run.stdout.contains(r#""perhaps_renamed":1"#),
        "{}",
        run.stdout
    );
    // The same command and the results show the same again.
    let sent = world.action_requests();
    let again = leave(
        &world,
        &staff("ann.lee@example.com,ann,LEE,US,Design\nnew@example.com,New,One,US,Design\n"),
        &[],
    );
    assert_eq!((again.status, world.action_requests()), (1, sent), "{again:?}");
    assert_eq!(world.umbulk(&["results", "staff.csv"]).status, 0);
    assert_eq!(world.rows("staff.results.csv")[6]["umbulk_code"], "invalid.email.perhaps_renamed");
}

/// The company has got another domain, or the row a typing error in it.
#[test]
fn same_address_in_another_domain_is_no_create_and_leave() {
    for email in ["zoltan.kis@corp.com", "zoltan.kis@eu.example.com", "zoltan.kis@exmaple.com"] {
        let world = world(&[person("zoltan.kis@example.com", "Zoltán", "Kis")]);
        let run = leave(&world, &staff(&format!("{email},Zoltan,Kis,US,Design\n")), &[]);
        assert_eq!(run.status, 1, "{run:?}");
        nobody_left_and_nobody_came(&world, 7);
        assert_eq!(
            world.rows("staff.results.csv")[6]["umbulk_code"],
            "invalid.email.perhaps_renamed"
        );
        assert!(
            run.stderr.contains(&format!("zoltan.kis@example.com -> {email}")),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn same_id_with_another_address_sends_nothing() {
    let world = world(&[person("ann@example.com", "Ann", "Lee")]);
    let id =
        world.rows("users.csv").into_iter().find(|row| row["email"] == "ann@example.com").unwrap()
            ["id"]
            .clone();
    let file = format!(
        "id,{}{}",
        HEADER,
        (0..6).map(|n| format!(",u{n}@example.com,U,N{n},US,Design\n")).collect::<String>()
    ) + &format!("{id},married@other.example.com,Anne,Kay,US,Design\n");
    let run = leave(&world, &file, &[]);
    assert_eq!(run.status, 2, "{run:?}");
    nobody_left_and_nobody_came(&world, 7);
    assert!(
        run.stderr.contains("invalid.email.other_id") && run.stderr.contains("ann@example.com"),
        "{}",
        run.stderr
    );
}

/// Anyone who writes the rename, or creates somebody else beforehand, gets what is meant.
#[test]
fn written_renames_and_people_who_are_there_hold_nothing_back() {
    let renamed = world(&[person("ann.smith@example.com", "Ann", "Lee")]);
    let update = "action,email,firstname,lastname,new_email\n".to_owned()
        + &(0..6).map(|n| format!("update,u{n}@example.com,U,N{n},\n")).collect::<String>()
        + "update,ann.smith@example.com,,,ann.lee@example.com\n";
    let run = leave(&renamed, &update, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(renamed.groups_of("ann.lee@example.com").is_some());

    let twins = world(&[
        person("ann.smith@example.com", "Ann", "Lee"),
        person("ann.lee@example.com", "Ann", "Lee"),
    ]);
    let run = leave(&twins, &staff("ann.lee@example.com,Ann,Lee,US,Design\n"), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        twins.groups_of("ann.smith@example.com").is_none()
            && twins.groups_of("ann.lee@example.com").is_some()
    );
}

#[test]
fn report_leaves_out_whoever_is_perhaps_meant() {
    let world = world(&[
        person("ann.smith@example.com", "Ann", "Lee"),
        person("gone@example.com", "Go", "Ne"),
    ]);
    let file = staff("ann.lee@example.com,Ann,Lee,US,Design\n");
    let run = world.import(
        "staff.csv",
        file,
        &["--missing", "report", "--against", "users.csv", "--managed-domain", "example.com"],
    );
    assert_eq!(run.status, 1, "{run:?}");
    assert!(
        run.stdout.contains(
            "1 of 8 people under management is missing (6 named in the file; exempt: 1 \
             with perhaps a new address)"
        ),
        "{}",
        run.stdout
    );
}

/// Names and address are edited together: a typing error is taken out of both, or a short name is
/// written out.
#[test]
fn edited_names_and_address_are_no_create_and_leave() {
    for (old, new) in [
        (("ann.lee", "Ann", "Lee"), ("an.lee", "Anne", "Lee")),
        (("an.lee", "An", "Leee"), ("an.lees", "An", "Lees")),
        (("rob.ray", "Rob", "Ray"), ("robert.ray", "Robert", "Ray")),
    ] {
        let world = world(&[person(&format!("{}@example.com", old.0), old.1, old.2)]);
        let run = leave(
            &world,
            &staff(&format!("{}@example.com,{},{},US,Design\n", new.0, new.1, new.2)),
            &[],
        );
        assert_eq!(run.status, 1, "{new:?}: {run:?}");
        nobody_left_and_nobody_came(&world, 7);
        let row = &world.rows("staff.results.csv")[6];
        assert_eq!(row["umbulk_code"], "invalid.email.perhaps_renamed", "{new:?}");
        assert!(row["umbulk_message"].contains("has nearly the same names and address"), "{row:?}");
        assert!(
            run.stderr.contains(&format!("{}@example.com -> {}@example.com", old.0, new.0)),
            "{}",
            run.stderr
        );
        // The advice of the message does it.
        let update = "action,email,firstname,lastname,new_email\n".to_owned()
            + &(0..6).map(|n| format!("update,u{n}@example.com,U,N{n},\n")).collect::<String>()
            + &format!("update,{}@example.com,{},{},{}@example.com\n", old.0, new.1, new.2, new.0);
        let run = leave(&world, &update, &["--fresh"]);
        assert_eq!(run.status, 0, "{new:?}: {run:?}");
        nobody_left_and_nobody_came(&world, 7);
        assert!(world.groups_of(&format!("{}@example.com", new.0)).is_some());
    }
}

/// People with one last name and like addresses, and numbered accounts, come and go every week.
#[test]
fn other_people_of_a_family_come_and_leave_unasked() {
    for (old, new) in [
        (("j.smith", "James", "Smith"), ("a.smith", "Alice", "Smith")),
        (("u8", "U", "N8"), ("u9", "U", "N9")),
    ] {
        let world = world(&[person(&format!("{}@example.com", old.0), old.1, old.2)]);
        let run = leave(
            &world,
            &staff(&format!("{}@example.com,{},{},US,Design\n", new.0, new.1, new.2)),
            &[],
        );
        assert_eq!(run.status, 0, "{new:?}: {run:?}");
        assert!(world.groups_of(&format!("{}@example.com", old.0)).is_none());
        assert!(world.groups_of(&format!("{}@example.com", new.0)).is_some());
    }
}

/// A marriage and a slip change the last name and the address at once.
#[test]
fn address_that_reads_alike_creates_no_twin_whatever_the_names_are() {
    for (old, new) in [
        (("ann.lee", "Ann", "Lee"), ("ann.1ee", "Ann", "Leigh")),
        (("ann.lee", "Ann", "Lee"), ("annlee", "Ann", "Ray")),
        (("ann.lee", "Ann", "Lee"), ("ann-lee", "Anna-Lena", "Ray")),
        (("tom.fox", "Tom", "Fox"), ("t0m.fox", "Thomas", "Fuchs")),
        (("kim.arm", "Kimi", "Arm"), ("kim.arrn", "Kimi", "Armitage")),
    ] {
        let world = world(&[person(&format!("{}@example.com", old.0), old.1, old.2)]);
        let row = format!("{}@example.com,{},{},US,Design\n", new.0, new.1, new.2);
        let run = leave(&world, &staff(&row), &[]);
        assert_eq!(run.status, 1, "{new:?}: {run:?}");
        nobody_left_and_nobody_came(&world, 7);
        assert_eq!(world.rows("staff.results.csv")[6]["umbulk_code"], "invalid.email.looks_like");
    }
}

/// The row of a new user may hold the address of somebody who seems to be missing, in a column that
/// is not read.
#[test]
fn person_whose_address_stands_in_another_column_of_a_new_row_stays() {
    for cell in ["ann.lee@example.com", "smtp:ANN.LEE@example.com", "was ann.lee@example.com"] {
        for column in ["Alias", "Notes"] {
            let world = world(&[person("ann.lee@example.com", "Ann", "Lee")]);
            let file = staff(&format!("al@example.com,Annabel,Ray,US,Design,{cell}\n"));
            let file = file.replacen("groups\n", &format!("groups,{column}\n"), 1);
            let run = leave(&world, &file, &[]);
            assert_eq!(run.status, 0, "{run:?}");
            assert!(world.groups_of("ann.lee@example.com").is_some(), "{run:?}");
            let words = "stays: ann.lee@example.com, because the row that creates al@example.com";
            assert!(run.stdout.contains(words) || run.stderr.contains(words), "{run:?}");
        }
    }
}

/// A row that takes something away names a person who is to stay. If nobody has the name, it may be
/// mistyped.
#[test]
fn person_whom_a_row_without_effect_nearly_names_stays() {
    let head = "action,email,firstname,lastname,country,groups,group,remove_users\n";
    let others: String =
        (0..6).map(|n| format!("create,u{n}@example.com,U,N{n},US,Design,,\n")).collect();
    for row in [
        "remove,annlee@example.com,,,,Design,,",
        "remove,ann.leee@example.com,,,,Design,,",
        "remove-all,ann.lee@exmaple.com,,,,,,",
        "update,annlee@example.com,Anna,,,,,",
        "update-group,,,,,,Design,annlee@example.com",
    ] {
        let world = world(&[person("ann.lee@example.com", "Ann", "Lee")]);
        let run = leave(&world, &format!("{head}{others}{row}\n"), &[]);
        assert!(world.groups_of("ann.lee@example.com").is_some(), "{row}: {run:?}");
    }
    for row in ["", "delete,ann.leee@example.com,,,,,,", "remove,bob.ray@example.com,,,,Design,,"] {
        let world = world(&[person("ann.lee@example.com", "Ann", "Lee")]);
        let run = leave(&world, &format!("{head}{others}{row}\n"), &[]);
        assert!(world.groups_of("ann.lee@example.com").is_none(), "{row}: {run:?}");
    }
}
