//! Countries by their names and by all codes of ISO 3166.

use crate::world::World;

const PEOPLE: &str = "email,firstname,lastname,country\n\
    ann@example.com,Ann,Lee,Deutschland\n\
    bob@example.com,Bob,Stone,South Korea\n\
    cid@example.com,Cid,Moss,deutschland\n\
    dan@example.com,Dan,Reed,276\n\
    eve@example.com,Eve,Hill,日本\n\
    fay@example.com,Fay,Wood,US\n";

#[test]
fn a_name_of_a_country_is_read_and_said() {
    let world = World::with_groups(&[]);
    let run = world.import("staff.csv", PEOPLE, &["--sandbox"]);
    assert_eq!(run.status, 0, "{run:?}");
    let said = |text: &str| {
        text.lines().filter(|line| line.starts_with("country: ")).map(str::to_owned).next()
    };
    let words = r#"country: "276" read as DE (1 row), "Deutschland" as DE (1 row), "South Korea" as KR (1 row), "deutschland" as DE (1 row), "日本" as JP (1 row)"#;
    assert_eq!(said(&run.stderr).as_deref(), Some(words), "{run:?}");
    for command in ["plan", "validate"] {
        let run = world.umbulk(&[command, "staff.csv"]);
        assert_eq!(said(&run.stdout).as_deref(), Some(words), "{run:?}");
    }
    world.umbulk(&["plan", "staff.csv", "--requests", "requests.json"]);
    let requests = std::fs::read_to_string(world.path("requests.json")).unwrap();
    for code in ["\"DE\"", "\"KR\"", "\"JP\"", "\"US\""] {
        assert!(requests.contains(code), "{requests}");
    }
    assert!(!requests.contains("Deutschland"), "{requests}");
}

#[test]
fn a_name_of_several_countries_is_refused_with_the_choices() {
    let world = World::with_groups(&[]);
    for (name, choices) in [
        ("Korea", ["KP (", "KR ("]),
        ("Congo", ["CD (", "CG ("]),
        ("Georgia", ["GE (", "US ("]),
        ("Guinea", ["GN (", "GQ ("]),
        ("Micronesia", ["FM (", "GU ("]),
    ] {
        let file = format!("email,firstname,lastname,country\nann@example.com,Ann,Lee,{name}\n");
        let run = world.import("staff.csv", file, &["--sandbox"]);
        assert_eq!(run.status, 1, "{run:?}");
        let all = run.stdout.clone() + &run.stderr;
        assert!(all.contains("invalid.country.ambiguous"), "{run:?}");
        assert!(choices.iter().all(|choice| all.contains(choice)), "{run:?}");
    }
}

#[test]
fn two_rows_of_one_person_agree_on_one_country_in_two_forms() {
    let world = World::with_groups(&[]);
    let file = "email,firstname,lastname,country,groups\n\
        ann@example.com,Ann,Lee,Germany,\nann@example.com,Ann,Lee,DE,\n";
    let run = {
        std::fs::write(world.path("staff.csv"), file).unwrap();
        world.umbulk(&["validate", "staff.csv"])
    };
    assert_eq!(run.status, 0, "{run:?}");
}

#[test]
fn the_default_country_may_be_a_name() {
    let world = World::with_groups(&[]);
    let file = "email,firstname,lastname\nann@example.com,Ann,Lee\n";
    world.import("staff.csv", file, &["--sandbox"]);
    let plan = |country: &str| {
        let options = ["--requests", "requests.json", "--default-country", country];
        world.umbulk(&[&["plan", "staff.csv"], &options[..]].concat())
    };
    plan("Germany");
    assert!(std::fs::read_to_string(world.path("requests.json")).unwrap().contains("\"DE\""));
    let run = plan("Korea");
    assert!(run.status == 2 && run.stderr.contains("KR (Korea (Republic of))"), "{run:?}");
}
