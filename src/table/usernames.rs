//! Columns of usernames beside the email addresses of users.

use super::columns::{ColumnMapping, is_about_users};
use super::dialect::InputDialect;
use super::field::Field;
use super::lookalike::by_name;

impl ColumnMapping<'_> {
    /// Whether an unknown column of usernames has others than the column of addresses: without
    /// them, the rows would mean other users.
    pub(super) fn has_other_usernames(
        &self,
        i: usize,
        dialect: InputDialect,
        fields: &[(usize, Field)],
    ) -> bool {
        let cells = self.cells(i).map(str::trim).filter(|cell| !cell.is_empty());
        let all = cells.clone().count();
        let are_words = cells.filter(|cell| !cell.contains(char::is_whitespace)).count() * 2 >= all;
        match self.beside_usernames(dialect, fields) {
            Some(email) => all > 0 && are_words && self.differ(i, email),
            None => false,
        }
    }

    /// Returns the unknown columns of usernames in which the first rows have only their addresses:
    /// further rows may have others.
    pub(super) fn usernames(
        &self,
        dialect: InputDialect,
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Vec<usize> {
        let Some(email) = self.beside_usernames(dialect, fields) else { return Vec::new() };
        let is_username = |i: &usize| by_name(&self.names[*i]) == Some(Field::Username);
        unknown.iter().copied().filter(is_username).filter(|i| !self.differ(*i, email)).collect()
    }

    /// Returns the column of addresses of a table of users in which a column of usernames would
    /// count. In umapi-cli's updates, a username is a new name.
    fn beside_usernames(&self, dialect: InputDialect, fields: &[(usize, Field)]) -> Option<usize> {
        let position =
            |wanted: Field| fields.iter().find(|(_, field)| *field == wanted).map(|(at, _)| *at);
        let counts = is_about_users(dialect, fields)
            && dialect != InputDialect::UmapiCliUsersUpdate
            && position(Field::Username).is_none();
        position(Field::Email).filter(|_| counts)
    }

    /// Whether a filled cell of a column differs from the one of another column in the first rows.
    pub(super) fn differ(&self, i: usize, other: usize) -> bool {
        self.rows.iter().any(|row| {
            let cell = |at: usize| row.get(at).map(String::as_str).unwrap_or_default();
            are_other_names(cell(i), cell(other))
        })
    }
}

/// Whether a username is there and is not the address.
pub(super) fn are_other_names(username: &str, email: &str) -> bool {
    let (username, email) = (username.trim().to_lowercase(), email.trim().to_lowercase());
    !username.is_empty() && username != email
}
