//! The values of a row for its user, whether or not a step sends them.

use super::model::IdentityType;
use super::text::trim;
use crate::table::country;
use crate::table::{Cells, Field, Table};

/// The cells of a row that describe a user; `""` if the row has no value.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stated<'a> {
    /// The API's id, which only exported lists have.
    pub id: &'a str,
    /// The account's status, which only exported lists have.
    pub status: &'a str,
    /// Email address.
    pub email: &'a str,
    /// Username.
    pub username: &'a str,
    /// Domain.
    pub domain: &'a str,
    /// First name.
    pub firstname: &'a str,
    /// Last name.
    pub lastname: &'a str,
    /// Country code; `None` also if the cell is not a country.
    pub country: Option<&'static str>,
    /// Identity type; `None` also if the cell is not a type.
    pub identity: Option<IdentityType>,
    /// Whether the row lists all groups of its user, as in an exported list. Then groups that it
    /// does not list differ.
    pub lists_all_groups: bool,
}

impl<'a> Stated<'a> {
    /// Returns the values in the cells of a row of this table.
    pub fn of(cells: &Cells<'a>, table: &Table) -> Self {
        let text = |field| trim(cells.get(field));
        let id = trim(cells.id());
        Self {
            id,
            status: trim(cells.status()),
            email: text(Field::Email),
            username: text(Field::Username),
            domain: text(Field::Domain),
            firstname: text(Field::Firstname),
            lastname: text(Field::Lastname),
            country: Some(text(Field::Country))
                .filter(|cell| !cell.is_empty())
                .and_then(country::read),
            identity: IdentityType::from_name(text(Field::Type)),
            lists_all_groups: table.has_columns_of_export() || !id.is_empty() && table.has_groups(),
        }
    }

    /// Whether the row is one of an exported list.
    pub fn is_exported(&self) -> bool {
        !self.id.is_empty()
    }
}
