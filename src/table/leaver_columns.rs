//! Columns that mark people who leave, and would be ignored.

use super::columns::{ColumnMapping, is_about_users};
use super::dialect::InputDialect;
use super::error::TableError;
use super::field::Field;
use super::leaver_marks::{ColumnSubject, marks_leavers, may_mark_leavers};
use super::lookalike::are_actions;
use super::table_purpose::TablePurpose;

impl ColumnMapping<'_> {
    /// Whether a column of the table that marks people who leave must not be ignored.
    pub(super) fn checks_leavers(&self, dialect: InputDialect, fields: &[(usize, Field)]) -> bool {
        self.purpose != TablePurpose::OrganizationList && is_about_users(dialect, fields)
    }

    /// Refuses columns that mark people who leave, in words that are no actions or beside a column
    /// of actions: they cannot be mapped. If all rows delete, these people are meant.
    pub(super) fn check_leaver_marks(
        &self,
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Result<(), TableError> {
        if self.deletes_all(fields) {
            return Ok(());
        }
        let has_action = has_action(fields);
        let is_lost = |i: &&usize| {
            let (name, cells) = (&self.names[**i], self.cells(**i));
            self.seems(**i) == Some(Field::Action)
                && if has_action { marks_leavers(name, cells) } else { !are_actions(cells) }
        };
        let lost: Vec<usize> = unknown.iter().filter(is_lost).copied().collect();
        if lost.is_empty() { Ok(()) } else { Err(self.leaver_marks(&lost, fields)) }
    }

    /// Returns the error for columns that mark people who leave.
    pub(super) fn leaver_marks(&self, marks: &[usize], fields: &[(usize, Field)]) -> TableError {
        let columns: Vec<String> = marks.iter().map(|i| self.shown(*i)).collect();
        let (file, line) = (self.file.to_owned(), self.line);
        if self.deletes_all(fields) {
            return TableError::StayersBeside { file, line, columns };
        }
        let is_wanted =
            |i: &&usize| ColumnSubject::of(&self.names[**i]) == Some(ColumnSubject::Wanted);
        if marks.iter().all(|i| is_wanted(&i)) {
            return TableError::UnwantedMarks { file, line, columns };
        }
        let leaving = marks.iter().filter(|i| !is_wanted(i));
        let columns = leaving.map(|i| self.shown(*i)).collect();
        const NAMES: [Field; 4] = [Field::Type, Field::Email, Field::Username, Field::Domain];
        let naming = fields.iter().filter(|(_, field)| NAMES.contains(field));
        TableError::LeaverMarks {
            file,
            line,
            columns,
            naming: naming.map(|(position, _)| self.shown(*position)).collect(),
        }
    }

    /// Returns the unknown columns that may mark people who leave: further rows may have a mark.
    pub(super) fn unmarked(
        &self,
        dialect: InputDialect,
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Vec<usize> {
        if !self.checks_leavers(dialect, fields) {
            return Vec::new();
        }
        let deletes = self.deletes_all(fields);
        let may_mark = |i: &usize| {
            may_mark_leavers(&self.names[*i])
                || deletes && marks_leavers(&self.names[*i], self.cells(*i))
        };
        unknown.iter().copied().filter(may_mark).collect()
    }

    fn deletes_all(&self, fields: &[(usize, Field)]) -> bool {
        self.purpose.deletes_all(has_action(fields))
    }
}

/// Whether a column has the actions of rows.
pub(super) fn has_action(fields: &[(usize, Field)]) -> bool {
    fields.iter().any(|(_, field)| *field == Field::Action)
}
