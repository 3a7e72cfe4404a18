//! A message names no option that its command does not have.

use crate::world::{Run, World};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The long options in a text, each with the command whose option it must be: the one that a text
/// in backticks or a proposed command names, else `own`.
fn options(text: &str, own: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let mut command = own.to_owned();
        let mut words = line.split([' ', '(', ')', ',', ';', ':', '"', '\'', '|']).peekable();
        while let Some(word) = words.next() {
            let is_quoted = word.starts_with('`');
            let plain = word.trim_matches(['`', '.']);
            if plain == "umbulk" {
                words.peek().unwrap_or(&own).trim_matches('`').clone_into(&mut command);
                continue;
            }
            let option: String =
                plain.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
            if option.len() > 3 && option.starts_with("--") {
                found.insert((command.clone(), option));
            }
            if word.ends_with('`') && !is_quoted || word.ends_with("`.") {
                own.clone_into(&mut command);
            }
        }
    }
    found
}

/// The options that `umbulk COMMAND --help` lists.
fn known(
    world: &World,
    known: &mut BTreeMap<String, BTreeSet<String>>,
    command: &str,
    option: &str,
) -> bool {
    let options = known.entry(command.to_owned()).or_insert_with(|| {
        let help = world.umbulk(&[command, "--help"]);
        assert_eq!(help.status, 0, "{command}: {help:?}");
        let long = |line: &str| {
            Some(line.trim_start().split_once("--")?.1.split([' ', '=', '.']).next()?.to_owned())
        };
        help.stdout
            .lines()
            .filter(|line| line.trim_start().starts_with('-'))
            .filter_map(long)
            .map(|name| format!("--{name}"))
            .collect()
    });
    options.contains(option)
}

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, all);
        } else if path.metadata().unwrap().len() < 1 << 20 {
            all.push(path);
        }
    }
}

/// Every sample and fixture, and files with every kind of fault, through the commands that read
/// files.
#[test]
fn messages_name_only_options_of_their_command() {
    let world = World::with_groups(&["Design"]);
    let mut inputs = Vec::new();
    files(Path::new("samples"), &mut inputs);
    files(Path::new("tests/fixtures"), &mut inputs);
    inputs.iter_mut().for_each(|path| *path = std::path::absolute(&path).unwrap());
    for (name, text) in [
        ("unknown.csv", "Name,Mail\nAnn,ann@example.com\n"),
        (
            "faults.csv",
            "email,firstname,lastname,country,groups\nno,Ann,Lee,US,\n\
             ann@example.com,ZoÃ«,,,Desing\nann@example.com,Bob,,,\n\"x\n",
        ),
        ("people.csv", "email\nann@example.com\n"),
        (
            "actions.csv",
            "action,email,groups\nadd,ann@example.com,Desing\ndelete,bob@example.com,\n",
        ),
        ("look.csv", "email,Vorname,Gruppen,Land\nann@example.com,Ann,Design,US\n"),
        ("near.csv", "email,fistname,lastnam\nann@example.com,Ann,Lee\n"),
        ("twice.csv", "email,E-Mail\na@example.com,b@example.com\n"),
        ("groups.csv", "name,description\nDesign,x\n"),
        (
            "exported.csv",
            "id,type,email,firstname,lastname,country,groups\n\
             1@x,enterpriseID,ann@example.com,,,,_org_admin\n",
        ),
        ("deleted.csv", "action,group\ndelete-group,Design\n"),
        ("empty.csv", ""),
    ] {
        inputs.push(world.write(name, text));
    }
    for (name, bytes) in [
        ("western.csv", &b"email,firstname\na@x.com,Zo\xEB\n"[..]),
        ("cyrillic.csv", b"email,firstname\na@x.com,\xC8\xE2\xE0\xED\n"),
    ] {
        inputs.push(world.write(name, bytes));
    }
    world.write("protect.txt", "members:Design\n");
    let mut help = BTreeMap::new();
    let (mut seen, mut wrong) = (0, BTreeMap::<(&str, String), String>::new());
    for path in &inputs {
        let file = path.to_str().unwrap();
        for (command, more) in [
            ("validate", &["--protect", "protect.txt", "--results", "checked.csv"][..]),
            ("validate", &["--action", "delete", "--results", "checked.csv"]),
            ("plan", &["--protect", "protect.txt"]),
            ("plan", &["--against", "exported.csv"]),
            ("import", &["--sandbox", "--results", "results.csv"]),
            ("diff", &["people.csv"]),
            ("usage", &["--from", "exported.csv"]),
            ("status", &[]),
            ("results", &[]),
        ] {
            let Run { stdout, stderr, .. } = match command {
                "usage" => world.umbulk(&["usage", "--from", file]),
                _ => world.umbulk(&[&[command, file], more].concat()),
            };
            let written = match command {
                "validate" => {
                    std::fs::read_to_string(world.path("checked.csv")).unwrap_or_default()
                }
                _ => String::new(),
            };
            // The file's own cells may hold anything.
            let messages = written
                .lines()
                .filter(|_| !file.contains("fixtures"))
                .collect::<Vec<_>>()
                .join("\n");
            for (of, option) in options(&format!("{stdout}\n{stderr}\n{messages}"), command) {
                seen += 1;
                if !known(&world, &mut help, &of, &option) {
                    let says = |text: &str| {
                        text.lines()
                            .filter(|line| line.contains(&*option))
                            .map(ToOwned::to_owned)
                            .collect::<Vec<_>>()
                    };
                    let lines = [says(&stdout), says(&stderr), says(&messages)].concat();
                    wrong.insert((command, option.clone()), format!("{file} {more:?}: {lines:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen > 50, "few messages name an option: {seen}");
}

#[test]
fn options_are_found_in_what_is_said() {
    let found = options(
        "a: use --map \"email=x\" (`umbulk import --skip-unchanged` compares), or --yes.",
        "validate",
    );
    let pair = |command: &str, option: &str| (command.to_owned(), option.to_owned());
    assert_eq!(
        found,
        BTreeSet::from([
            pair("validate", "--map"),
            pair("import", "--skip-unchanged"),
            pair("validate", "--yes")
        ])
    );
}
