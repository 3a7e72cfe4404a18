//! What becomes of the cells of a row once their columns are found: joined, translated, filled in,
//! or skipped with their row.

use super::field::Field;
use super::join_template::JoinTemplate;
use super::row_filter::RowFilter;
use serde::{Deserialize, Serialize};

/// What becomes of cells. By default they are read as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ValueMapping {
    /// Fields whose values are joined from several columns.
    pub(crate) joins: Vec<(Field, JoinTemplate)>,
    /// The translations of values.
    pub(crate) translations: Vec<(Field, Translation)>,
    /// The values of fields in rows that have none: no column, or an empty cell. Runs that began
    /// earlier have it under its old name.
    #[serde(alias = "unsaid")]
    pub(crate) defaults: Vec<(Field, String)>,
    /// The rows that are read.
    pub(crate) filter: Option<RowFilter>,
    /// Where each entry is written, for messages: the key, and `hr.toml, line 3`.
    #[serde(skip)]
    pub(crate) places: Vec<(String, String)>,
}

impl ValueMapping {
    /// Whether cells are read as they are.
    pub(crate) fn is_empty(&self) -> bool {
        self.joins.is_empty()
            && self.translations.is_empty()
            && self.defaults.is_empty()
            && self.filter.is_none()
    }

    /// Returns where an entry is written: `hr.toml, line 3`.
    pub(crate) fn place(&self, key: &str) -> Option<&str> {
        let (_, place) = self.places.iter().find(|(other, _)| other == key)?;
        Some(place)
    }

    /// Removes what the mapping says about a field.
    pub(crate) fn forget(&mut self, field: Field) {
        self.joins.retain(|(other, _)| *other != field);
        self.translations.retain(|(other, _)| *other != field);
        self.defaults.retain(|(other, _)| *other != field);
        self.places.retain(|(key, _)| key != field.name());
    }

    /// Returns the columns that joins and the filter name.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        let joined = self.joins.iter().flat_map(|(_, join)| join.columns());
        joined.chain(self.filter.iter().flat_map(RowFilter::columns))
    }
}

/// The translation of the values of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Translation {
    /// Each value of the file with its meaning.
    pub(crate) values: Vec<(String, String)>,
    /// What becomes of other values.
    pub(crate) others: OtherValues,
}

/// What becomes of a value without a translation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OtherValues {
    /// Its row is invalid.
    #[default]
    Refused,
    /// It stays as it is.
    Kept,
}

impl Serialize for Field {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Field::from_name(&name).ok_or_else(|| serde::de::Error::custom("unknown field"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapping_is_read_as_it_was_stored() {
        let mapping = ValueMapping {
            joins: vec![(Field::Email, "{first}.{last}@example.com".parse().unwrap())],
            translations: vec![(
                Field::Country,
                Translation {
                    values: vec![("Deutschland".to_owned(), "DE".to_owned())],
                    others: OtherValues::Kept,
                },
            )],
            defaults: vec![(Field::Groups, "Students 26".to_owned())],
            filter: Some("Status != 'left' and Mail is not empty".parse().unwrap()),
            places: Vec::new(),
        };
        let stored = serde_json::to_string(&mapping).unwrap();
        assert_eq!(serde_json::from_str::<ValueMapping>(&stored).unwrap(), mapping);
        let of_earlier_runs = stored.replace("\"defaults\"", "\"unsaid\"");
        assert_eq!(serde_json::from_str::<ValueMapping>(&of_earlier_runs).unwrap(), mapping);
        assert!(serde_json::from_str::<ValueMapping>("{\"other\":1}").is_err());
    }
}
