//! Describes what a mapping makes of the cells of a file.

use crate::table::{Field, ValueMapping};
use crate::visible::visible;

/// Describes a mapping: `email is joined; country is translated; groups is Students 26 in rows
/// without one`. `None` if cells are read as they are.
pub(crate) fn mapping_words(values: &ValueMapping) -> Option<String> {
    let mut parts = Vec::new();
    let joined: Vec<Field> = values.joins.iter().map(|(field, _)| *field).collect();
    let translated: Vec<Field> = values.translations.iter().map(|(field, _)| *field).collect();
    for (fields, what) in [(joined, "joined from columns"), (translated, "translated")] {
        if !fields.is_empty() {
            let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
            let verb = if names.len() == 1 { "is" } else { "are" };
            parts.push(format!("{} {verb} {what}", names.join(", ")));
        }
    }
    for (field, value) in &values.defaults {
        parts.push(format!("{} is `{value}` in rows without one", field.name()));
    }
    if let Some(filter) = &values.filter {
        parts.push(format!("only rows where {filter} are sent"));
    }
    (!parts.is_empty()).then(|| visible(&parts.join("; ")).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::MapFile;

    #[test]
    fn mapping_is_described_in_one_line() {
        let text = "email = \"{a}.{b}@x.com\"\ncountry = { column = \"Land\", values = { \"D\" = \
                    \"DE\" } }\ngroups = { set = \"New\" }\nwhere = \"Status is empty\"\n";
        let values = MapFile::read("a.toml", text, |_| false).unwrap().values;
        assert_eq!(
            mapping_words(&values).unwrap(),
            "email is joined from columns; country is translated; groups is `New` in rows without \
             one; only rows where \"Status\" is empty are sent"
        );
        assert_eq!(mapping_words(&ValueMapping::default()), None);
    }
}
