//! Writes a mapping as the entries of a TOML file.

use super::field::Field;
use super::join_template::JoinTemplate;
use super::map_file::{IGNORE, MapFile};
use super::mapping::{OtherValues, Translation};
use super::mapping_columns::WHERE;
use std::fmt::Write;

impl MapFile {
    /// Returns the entries, one on a line, in the order of the fields. [`MapFile::read`] reads them
    /// to the same mapping.
    pub fn entries_text(&self) -> String {
        let mut text = String::new();
        for field in Field::ALL {
            if let Some(entry) = self.entry_text(field) {
                let _ = writeln!(text, "{} = {entry}", field.name());
            }
        }
        if let Some(filter) = &self.values.filter {
            let _ = writeln!(text, "{WHERE} = {}", quoted(&filter.to_string()));
        }
        if !self.ignore.is_empty() {
            let columns: Vec<String> = self.ignore.iter().map(|column| quoted(column)).collect();
            let _ = writeln!(text, "{IGNORE} = [{}]", columns.join(", "));
        }
        text
    }

    /// Returns the value of the entry of a field; `None` if the mapping does not name the field.
    fn entry_text(&self, field: Field) -> Option<String> {
        fn of<T>(all: &[(Field, T)], field: Field) -> Option<&T> {
            all.iter().find(|(other, _)| *other == field).map(|(_, what)| what)
        }
        let column = of(&self.map, field);
        let join = of(&self.values.joins, field);
        let translation = of(&self.values.translations, field);
        let default = of(&self.values.defaults, field);
        Some(match (column, join, translation, default) {
            (None, None, None, None) => return None,
            (Some(column), None, None, None) if !JoinTemplate::is_meant(column) => quoted(column),
            (None, Some(join), None, None) => quoted(&join.to_string()),
            (None, None, None, Some(value)) => format!("{{ set = {} }}", quoted(value)),
            _ => {
                let mut rules = Vec::new();
                rules.extend(column.map(|column| format!("column = {}", quoted(column))));
                rules.extend(join.map(|join| format!("join = {}", quoted(&join.to_string()))));
                rules.extend(translation.map(translation_text));
                rules.extend(default.map(|value| format!("default = {}", quoted(value))));
                format!("{{ {} }}", rules.join(", "))
            }
        })
    }
}

fn translation_text(Translation { values, others }: &Translation) -> String {
    let values: Vec<String> =
        values.iter().map(|(from, to)| format!("{} = {}", quoted(from), quoted(to))).collect();
    let others = match others {
        OtherValues::Refused => "",
        OtherValues::Kept => ", others = \"keep\"",
    };
    format!("values = {{ {} }}{others}", values.join(", "))
}

/// Returns a text as a string of TOML on one line.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    /// An entry for a field, as the text of a file. The words are quoted by the caller.
    fn entry() -> impl Strategy<Value = (Option<String>, Vec<(String, String)>, Option<String>)> {
        let word = || "[a-zA-Z\"'\\\\{}= é\u{1}\n]{0,8}x";
        let values = vec((word(), word()), 0..3);
        (option::of(word()), values, option::of(word()))
    }

    proptest! {
        #[test]
        fn mapping_that_was_written_is_read_again(
            entries in vec((0..Field::COUNT, entry()), 0..6),
            filter in option::of("[a-z]{1,4} (= '[a-z'\"é]{1,4}'|is empty|is not empty)"),
        ) {
            let mut text = String::new();
            for (field, (column, values, default)) in entries {
                let mut rules = Vec::new();
                rules.extend(column.map(|column| format!("column = {}", quoted(&column))));
                if !values.is_empty() {
                    let values: Vec<String> = values
                        .iter()
                        .map(|(from, to)| format!("{} = {}", quoted(from), quoted(to)))
                        .collect();
                    rules.push(format!("values = {{ {} }}", values.join(", ")));
                }
                rules.extend(default.map(|value| format!("default = {}", quoted(&value))));
                text += &format!("{} = {{ {} }}\n", Field::ALL[field].name(), rules.join(", "));
            }
            if let Some(filter) = filter {
                text += &format!("where = {}\n", quoted(&filter));
            }
            // A text may be refused: a field named twice, two equal values.
            if let Ok(mut file) = MapFile::read("a.toml", &text, |_| false) {
                let mut again = MapFile::read("a.toml", &file.entries_text(), |_| false).unwrap();
                for mapping in [&mut file, &mut again] {
                    mapping.values.places.clear();
                    mapping.map.sort();
                    mapping.values.defaults.sort();
                    mapping.values.translations.sort_by_key(|(field, _)| *field);
                }
                prop_assert_eq!(file, again);
            }
        }
    }

    #[test]
    fn simple_entries_are_simple() {
        let text = "email = \"{a}.{b}@x.com\"\nlastname = \"Name\"\ncountry = { column = \"Land\", \
                    values = { \"Deutschland\" = \"DE\" }, others = \"keep\", default = \"DE\" }\n\
                    groups = { set = \"Students 26\" }\nwhere = \"\\\"Status\\\" != 'left'\"\n\
                    ignore = [\"Exit date\", \"A\\\"B\"]\n";
        assert_eq!(MapFile::read("a.toml", text, |_| false).unwrap().entries_text(), text);
    }
}
