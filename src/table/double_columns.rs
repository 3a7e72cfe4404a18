//! Columns of one name, or of one meaning.

use super::columns::ColumnMapping;
use super::error::TableError;
use super::field::{Field, plain};
use super::settings_file::without_secret;

impl ColumnMapping<'_> {
    /// Returns the positions of the columns of this name: as it is written, or else in any form.
    pub(super) fn named(&self, column: &str) -> Vec<usize> {
        let all = |is: &dyn Fn(&String) -> bool| -> Vec<usize> {
            (0..self.names.len()).filter(|i| is(&self.names[*i])).collect()
        };
        let exact = all(&|name| name.trim() == column.trim());
        if exact.is_empty() { all(&|name| plain(name) == plain(column)) } else { exact }
    }

    /// Refuses to propose one of several columns with the same name.
    pub(super) fn check_unique<'c>(
        &self,
        mut columns: impl Iterator<Item = &'c (String, Field)>,
    ) -> Result<(), TableError> {
        let doubled = columns.find(|(column, _)| {
            self.names.iter().enumerate().filter(|(i, _)| self.shown(*i) == *column).count() > 1
        });
        doubled.map_or(Ok(()), |(column, _)| Err(self.same_name(column)))
    }

    /// Returns the error of two columns with the same name.
    pub(super) fn same_name(&self, column: &str) -> TableError {
        TableError::SameName {
            file: self.file.to_owned(),
            line: self.line,
            column: without_secret(column.trim()).into_owned(),
        }
    }

    /// Returns the error of two columns for one field.
    pub(super) fn double(&self, first: usize, second: usize, field: Field) -> TableError {
        if self.names[first].trim() == self.names[second].trim() {
            return self.same_name(&self.names[first]);
        }
        TableError::DoubleColumn {
            file: self.file.to_owned(),
            line: self.line,
            first: self.shown(first),
            second: self.shown(second),
            field,
        }
    }
}
