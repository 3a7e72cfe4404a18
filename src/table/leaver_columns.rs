//! Columns that mark people who leave, and would be ignored.

use super::columns::{ColumnMapping, TablePurpose, is_about_users};
use super::dialect::InputDialect;
use super::error::TableError;
use super::field::Field;
use super::leaver_marks::{marks_leavers, may_mark_leavers};
use super::lookalike::are_actions;

impl ColumnMapping<'_> {
    /// Whether a column of the table that marks people who leave must not be ignored.
    pub(super) fn checks_leavers(&self, dialect: InputDialect, fields: &[(usize, Field)]) -> bool {
        self.purpose == TablePurpose::Rows && is_about_users(dialect, fields)
    }

    /// A column that marks people who leave, in words that are no actions or beside a column of
    /// actions: it cannot be mapped.
    pub(super) fn check_leaver_marks(
        &self,
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Result<(), TableError> {
        let has_action = fields.iter().any(|(_, field)| *field == Field::Action);
        let is_lost = |i: &&usize| {
            let (name, cells) = (&self.names[**i], self.cells(**i));
            self.seems(**i) == Some(Field::Action)
                && if has_action { marks_leavers(name, cells) } else { !are_actions(cells) }
        };
        unknown.iter().find(is_lost).map_or(Ok(()), |&i| Err(self.leaver_marks(i, fields)))
    }

    /// The error for a column that marks people who leave.
    pub(super) fn leaver_marks(&self, i: usize, fields: &[(usize, Field)]) -> TableError {
        const NAMES: [Field; 4] = [Field::Type, Field::Email, Field::Username, Field::Domain];
        let naming = fields.iter().filter(|(_, field)| NAMES.contains(field));
        TableError::LeaverMarks {
            file: self.file.to_owned(),
            line: self.line,
            column: self.shown(i),
            naming: naming.map(|(position, _)| self.shown(*position)).collect(),
        }
    }

    /// The unknown columns that may mark people who leave: further rows may have a mark.
    pub(super) fn unmarked(
        &self,
        dialect: InputDialect,
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Vec<usize> {
        if !self.checks_leavers(dialect, fields) {
            return Vec::new();
        }
        unknown.iter().copied().filter(|&i| may_mark_leavers(&self.names[i])).collect()
    }
}
