//! What a row says of its user, whether or not a step carries it.

use super::country;
use super::model::IdentityType;
use super::text::trim;
use crate::table::{Cells, Field};

/// The cells of a row that describe a user; `""` where the row says nothing.
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
    /// Country code; `None` also where the cell is no country.
    pub country: Option<&'static str>,
    /// Identity type; `None` also where the cell is no type.
    pub identity: Option<IdentityType>,
    /// The row is of a list that has a column of groups.
    pub has_groups: bool,
}

impl<'a> Stated<'a> {
    /// What the cells say. `has_groups`: the table has a column of groups.
    pub fn of(cells: &Cells<'a>, has_groups: bool) -> Self {
        let text = |field| trim(cells.get(field));
        Self {
            id: trim(cells.id()),
            status: trim(cells.status()),
            email: text(Field::Email),
            username: text(Field::Username),
            domain: text(Field::Domain),
            firstname: text(Field::Firstname),
            lastname: text(Field::Lastname),
            country: Some(text(Field::Country)).filter(|cell| !cell.is_empty()).and_then(country::code),
            identity: IdentityType::from_name(text(Field::Type)),
            has_groups,
        }
    }

    /// Is the row one of an exported list?
    pub fn is_exported(&self) -> bool {
        !self.id.is_empty()
    }
}
