//! Finds the columns that a mapping of values names.

use super::columns::ColumnMapping;
use super::error::TableError;
use super::field::{Field, plain};
use super::join_template::{JoinPart, optional};
use super::mapped_cells::{Dictionary, PlacedMapping, PlacedPart};
use super::row_filter::{CellCondition, RowFilter};

/// The key of the rows' condition in a mapping.
pub(super) const WHERE: &str = "where";

impl ColumnMapping<'_> {
    /// Returns the mapping of values, with the positions of its columns.
    pub(super) fn placed_mapping(&self) -> Result<PlacedMapping, TableError> {
        let values = self.values;
        let mut joins = Vec::new();
        for (field, template) in &values.joins {
            if self.map.iter().any(|(other, _)| other == field) {
                return Err(TableError::MappedTwice { file: self.file.to_owned(), field: *field });
            }
            let parts = template.parts().iter().map(|part| {
                Ok(match part {
                    JoinPart::Text(text) => PlacedPart::Text(text.clone()),
                    JoinPart::Column(name) => match optional(name) {
                        Some(short) if self.named(name).is_empty() => {
                            PlacedPart::Optional(self.position(field.name(), short)?)
                        }
                        _ => PlacedPart::Column(self.position(field.name(), name)?, name.clone()),
                    },
                })
            });
            joins.push((*field, parts.collect::<Result<Vec<_>, TableError>>()?));
        }
        let conditions = values.filter.iter().flat_map(RowFilter::conditions);
        let conditions = conditions.map(|CellCondition { column, test }| {
            Ok((self.position(WHERE, column)?, test.prepared()))
        });
        let dictionaries = values.translations.iter();
        Ok(PlacedMapping {
            joins,
            translations: dictionaries
                .map(|(field, translation)| (*field, Dictionary::new(translation)))
                .collect(),
            defaults: values.defaults.clone(),
            conditions: conditions.collect::<Result<Vec<_>, TableError>>()?,
            list_separator: self.list_separator,
        })
    }

    /// Returns the fields with a column, and those that the mapping gives, whose position is beyond
    /// the header.
    pub(super) fn with_given(&self, fields: &[(usize, Field)]) -> Vec<(usize, Field)> {
        let joined = self.values.joins.iter().map(|(field, _)| *field);
        let given = joined.chain(self.values.defaults.iter().map(|(field, _)| *field));
        fields.iter().copied().chain(given.map(|field| (usize::MAX, field))).collect()
    }

    /// Returns the position of the column that an entry of the mapping names.
    fn position(&self, key: &str, column: &str) -> Result<usize, TableError> {
        match self.named(column).as_slice() {
            [position] => Ok(*position),
            [_, ..] => Err(self.same_name(column)),
            [] => Err(self.no_mapped_column(key, column)),
        }
    }

    /// Returns the error for a column that an entry of the mapping names, and the table does not
    /// have.
    pub(super) fn no_mapped_column(&self, key: &str, column: &str) -> TableError {
        let entry = match self.values.place(key) {
            Some(place) => format!("{place}: {key}"),
            None => key.to_owned(),
        };
        let near = self.near(column);
        let near = near.map_or_else(String::new, |near| format!("Did you mean {near:?}? "));
        TableError::NoMappedColumn {
            file: self.file.to_owned(),
            line: self.line,
            entry,
            column: column.to_owned(),
            columns: format!("{near}The columns are: {}", super::columns::list(self.names)),
        }
    }

    /// Returns the name of the column that a mistyped one probably means.
    pub(super) fn near(&self, column: &str) -> Option<String> {
        let wanted = plain(column);
        let slips = if wanted.chars().count() < 5 { 1 } else { 2 };
        let distance = |i: &usize| strsim::osa_distance(&plain(&self.names[*i]), &wanted);
        let nearest = (0..self.names.len()).min_by_key(distance)?;
        let is_near = distance(&nearest) <= slips && !plain(&self.names[nearest]).is_empty();
        is_near.then(|| self.shown(nearest))
    }

    /// Refuses a translation of a field that no column gives.
    pub(super) fn check_translations(
        &self,
        placed: &PlacedMapping,
        fields: &[(usize, Field)],
    ) -> Result<(), TableError> {
        let is_given =
            |field: Field| placed.joins(field) || fields.iter().any(|(_, other)| *other == field);
        match self.values.translations.iter().find(|(field, _)| !is_given(*field)) {
            Some((field, _)) => Err(TableError::NothingToTranslate {
                file: self.file.to_owned(),
                line: self.line,
                place: self.values.place(field.name()).map(ToOwned::to_owned),
                field: *field,
                columns: super::columns::list(self.names),
            }),
            None => Ok(()),
        }
    }
}

impl PlacedMapping {
    /// Returns the positions of the columns that joins and conditions name.
    pub(super) fn positions(&self) -> impl Iterator<Item = usize> {
        let parts = self.joins.iter().flat_map(|(_, parts)| parts);
        let joined = parts.filter_map(PlacedPart::column);
        joined.chain(self.conditions.iter().map(|(position, _)| *position))
    }
}
