//! A table with columns, values and rows of its own reads with its mapping file to the same changes
//! as the native table.

use super::{Rules, read};
use crate::table::{MapFile, ReadOptions, RowBuffer, Table, quoted};
use proptest::prelude::*;

/// The cells of a person: first and last name, country, groups.
type Person = (String, String, &'static str, Vec<&'static str>);

/// Countries and groups, with the words of the other program.
const COUNTRIES: [(&str, &str); 3] = [("Deutschland", "DE"), ("Élysée", "FR"), ("o'land", "SE")];
const GROUPS: [(&str, &str); 3] = [("5a", "Class 5a"), ("5 b", "North, 5b"), ("\"x\"", "[x]")];

fn person() -> impl Strategy<Value = Person> {
    let word = |all: [(&'static str, &'static str); 3]| {
        prop::sample::select(all.map(|(word, _)| word).to_vec())
    };
    let country = prop_oneof![Just(""), Just("NO"), word(COUNTRIES)];
    let groups = prop::collection::vec(word(GROUPS), 0..3);
    ("[A-Z][a-z]{1,6}", "[A-Z][a-z]{1,6}", country, groups)
}

fn meaning(all: &[(&str, &'static str)], word: &'static str) -> &'static str {
    all.iter().find(|(other, _)| *other == word).map_or(word, |(_, meaning)| meaning)
}

fn csv(cells: &[&str]) -> String {
    let cells = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
    cells.collect::<Vec<_>>().join(",") + "\n"
}

fn json(names: &[&str]) -> String {
    if names.is_empty() { String::new() } else { serde_json::to_string(names).unwrap() }
}

/// Returns the changes of the rows of a table, or their problems; nothing for a row that is left
/// out.
fn changes(text: &str, mapping: MapFile) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("staff.csv");
    std::fs::write(&path, text).unwrap();
    let MapFile { map, values, ignore } = mapping;
    let options = ReadOptions { map, values, ignore, ..ReadOptions::new(folder.path()) };
    let table = Table::open(&path, &options).unwrap();
    let rules = Rules::new(table.dialect());
    let mut buffer = RowBuffer::new();
    let mut changes = Vec::new();
    for block in table.blocks() {
        let block = block.unwrap();
        for i in 0..block.len() {
            match block.cells(i, &mut buffer) {
                Ok(cells) => changes.push(format!("{:?}", read(&cells, &rules))),
                Err(fault) if fault.is_skipped() => {}
                Err(fault) => changes.push(fault.to_string()),
            }
        }
    }
    changes
}

proptest! {
    #[test]
    fn mapped_table_means_the_same_as_the_native_one(
        people in prop::collection::vec((person(), any::<bool>()), 1..8),
    ) {
        let mut native = csv(&["email", "firstname", "lastname", "country", "groups", "type"]);
        let mut foreign = csv(&["Rufname", "Name, Vor-", "Land", "Klasse", "Status"]);
        for ((first, last, country, groups), stays) in &people {
            foreign += &csv(&[first, last, country, &json(groups), if *stays { " Da" } else { "weg"
                }]);
            if *stays {
                let email = format!("{first}.{last}@example.com");
                let meant: Vec<&str> = groups.iter().map(|name| meaning(&GROUPS, name)).collect();
                let country = if country.is_empty() { "CH" } else { meaning(&COUNTRIES, country) };
                native += &csv(&[&email, first, last, country, &json(&meant), "enterpriseID"]);
            }
        }
        let values = |all: &[(&str, &str)]| {
            let all = all.iter().map(|(from, to)| format!("{} = {}", quoted(from), quoted(to)));
            all.collect::<Vec<_>>().join(", ")
        };
        let mapping = format!(
            "email = \"{{Rufname}}.{{Name, Vor-}}@example.com\"\nfirstname = \"rufname\"\n\
             lastname = \"Name, Vor-\"\ntype = {{ set = \"enterpriseID\" }}\n\
             country = {{ column = \"Land\", values = {{ {} }}, default = \"CH\" }}\n\
             groups = {{ column = \"Klasse\", values = {{ {} }} }}\nwhere = \"Status = 'da'\"\n",
            values(&COUNTRIES),
            values(&GROUPS)
        );
        let mapping = MapFile::read("staff.toml", &mapping, |_| false).unwrap();
        let again = MapFile::read("saved.toml", &mapping.entries_text(), |_| false).unwrap();
        let expected = changes(&native, MapFile::default());
        prop_assert_eq!(&changes(&foreign, mapping), &expected);
        prop_assert_eq!(&changes(&foreign, again), &expected);
    }
}
