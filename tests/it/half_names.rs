//! Last names in two columns are joined, or the table is refused.

use crate::world::World;

/// Types what the message proposes, until nothing is asked any more, and returns the last names.
fn last_names(name: &str, file: &str) -> Vec<String> {
    let world = World::with_groups(&[]);
    world.write(name, file);
    let mut typed = vec!["import".to_owned(), name.to_owned()];
    for _ in 0..4 {
        let words: Vec<&str> = typed.iter().map(String::as_str).collect();
        let run = world.umbulk(&words);
        if run.status == 0 {
            let users = world.sandbox.directory();
            let mut names: Vec<String> = users.users().map(|user| user.lastname.clone()).collect();
            names.sort();
            return names;
        }
        let maps = run.stderr.split("--map \"").skip(1).filter_map(|rest| rest.split('"').next());
        let maps: Vec<String> = maps.flat_map(|map| ["--map".to_owned(), map.to_owned()]).collect();
        assert!(run.status == 2 && !maps.is_empty(), "{run:?}");
        assert_eq!(world.action_requests(), 0);
        typed.extend(maps);
    }
    panic!("{typed:?}");
}

#[test]
fn proposed_join_typed_as_printed_gives_whole_last_names() {
    for file in [
        "email,nombre,apellido 1,apellido 2,pais\na@x.com,Ana,García,López,ES\n\
         b@x.com,Bea,Gil,,ES\n",
        "Email,First name,Last name 1,Last name 2,Country\na@x.com,Ana,García,López,ES\n\
         b@x.com,Bea,Gil,,ES\n",
        "Email,First Name,Last Name,Second Last Name,Country\na@x.com,Ana,García,López,ES\n\
         b@x.com,Bea,Gil,,ES\n",
        "Nombre,Apellido paterno,Apellido materno,Correo,País\nAna,García,López,a@x.com,MX\n\
         Bea,Gil,,b@x.com,MX\n",
    ] {
        assert_eq!(last_names("a.csv", file), ["García López", "Gil"], "{file}");
    }
    for file in [
        "Voornaam;Tussenvoegsel;Achternaam;E-mail;Land\nJan;van der;Berg;a@x.com;Nederland\n\
         Bo;;Smit;b@x.com;Nederland\n",
        "First Name,Last Name Prefix,Last Name,Email,Country\nJan,van der,Berg,a@x.com,NL\n\
         Bo,,Smit,b@x.com,NL\n",
        "Email,First Name,Particle,Last Name,Country\na@x.com,Jan,van der,Berg,NL\n\
         b@x.com,Bo,,Smit,NL\n",
        "Email,First Name,Name Prefix,Last Name,Country\na@x.com,Jan,van der,Berg,NL\n\
         b@x.com,Bo,,Smit,NL\n",
    ] {
        assert_eq!(last_names("a.csv", file), ["Smit", "van der Berg"], "{file}");
    }
}

#[test]
fn part_of_a_last_name_is_ignored_when_that_is_said() {
    let file = "email,firstname,lastname,country,Last Name 2\na@x.com,Ana,García,ES,López\n";
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", file, &[]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    let run = world.umbulk(&["import", "a.csv", "--ignore", "Last Name 2"]);
    assert_eq!(run.status, 0, "{run:?}");
    // Who is removed needs no name, and titles are none.
    let run = world.import("b.csv", file, &["--action", "delete"]);
    assert_eq!(run.status, 0, "{run:?}");
    let title = "email,firstname,lastname,country,Name Prefix\na@x.com,Ana,García,ES,Dr.\n";
    assert_eq!(world.import("c.csv", title, &[]).status, 0);
    // The last name itself must not be empty.
    let empty = "email,firstname,lastname,country,Particle\na@x.com,Ana,,ES,van\n";
    let map = ["--map", "lastname={Particle?} {lastname}"];
    let run = world.import("d.csv", empty, &map);
    assert_eq!(world.outcomes("d.results.csv"), ["invalid invalid.lastname.incomplete"], "{run:?}");
}
