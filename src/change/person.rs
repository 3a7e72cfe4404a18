//! The user in a row and the values for the user, as hashes: enough to see whether two rows
//! conflict with each other.

use super::action::Action;
use super::rules::Rules;
use super::text::{name_hash, same_name, trim};
use super::{IdentityType, action};
use crate::table::country;
use crate::table::{Cells, Field, InputDialect};
use unicode_normalization::UnicodeNormalization;

/// The fields in which two rows about one user can conflict.
pub(crate) const ATTRIBUTES: [Field; 9] = [
    Field::Email,
    Field::Username,
    Field::Firstname,
    Field::Lastname,
    Field::Country,
    Field::Type,
    Field::NewEmail,
    Field::NewUsername,
    Field::HardDelete,
];

const ADOBE: u64 = 11;
const OTHER: u64 = 12;
const LISTED: u64 = 13;

/// The names of a user in a row, hashed as the API compares them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Naming {
    /// The email address. An Adobe ID and a user of the organization with the same address are
    /// different accounts.
    pub email: Option<u64>,
    /// The username with its domain, if it is not the email address. It is hashed as an address: a
    /// username that is one may be the email of another user.
    pub username: Option<u64>,
    /// The new address in the row.
    pub given: Option<u64>,
}

impl Naming {
    /// Returns the names in a row.
    pub(crate) fn of(cells: &Cells<'_>, rules: &Rules) -> Self {
        let kind = if is_adobe(cells, rules) { ADOBE } else { OTHER };
        let (email, username) = (cell(cells, Field::Email), username(cells, rules));
        let address = email.or_else(|| username.filter(|name| name.contains('@')));
        let given = cell(cells, Field::NewEmail)
            .filter(|new| address.is_none_or(|own| !same_name(own, new)));
        let own = address.map(|address| name_hash(address, kind));
        Self {
            email: own,
            username: username_key(cells, rules).filter(|key| Some(*key) != own),
            given: given.map(|given| name_hash(given, OTHER)),
        }
    }

    /// Returns a hash of the user whom the row means.
    pub(crate) fn owner(&self) -> Option<u64> {
        self.email.or(self.username)
    }
}

/// Returns the hash of a row's value for one of [`ATTRIBUTES`]; `None` if it has none.
#[expect(
    clippy::cast_possible_truncation,
    reason = "half of the hash tells two values of one person apart"
)]
pub(crate) fn attribute(cells: &Cells<'_>, rules: &Rules, field: Field) -> Option<u32> {
    let hash = match field {
        Field::Username => username_key(cells, rules)?,
        Field::NewUsername if rules.dialect == InputDialect::UmapiCliUsersUpdate => {
            name_hash(cell(cells, field).or(cell(cells, Field::Username))?, 0)
        }
        // The spelling of the type does not matter, and an Adobe ID is a different account.
        Field::Type => match IdentityType::from_name(cell(cells, field)?)? {
            IdentityType::Adobe => return None,
            identity => identity as u64,
        },
        // `Germany` and `DE` are one country.
        Field::Country => {
            let text = cell(cells, field).filter(|text| !text.starts_with('#'))?;
            name_hash(country::read(text).unwrap_or(text), 0)
        }
        _ => {
            let text = cell(cells, field).filter(|text| !text.starts_with('#'))?;
            if text.is_ascii() {
                name_hash(text, 0)
            } else {
                name_hash(&text.nfkc().collect::<String>(), 0)
            }
        }
    };
    Some(hash as u32)
}

/// Returns the action of the row; `None` if it is unclear.
pub(crate) fn row_action(cells: &Cells<'_>, rules: &Rules) -> Option<Action> {
    action(&mut super::row::ChangeRow::new(cells, rules))
}

/// Returns the trimmed cell of a field; `None` if it is empty.
fn cell<'a>(cells: &Cells<'a>, field: Field) -> Option<&'a str> {
    let cell = cells.get(field);
    if cell.is_empty() { None } else { Some(trim(cell)).filter(|cell| !cell.is_empty()) }
}

/// Returns the username by which a user is found. In umapi-cli's update files, that column has the
/// new username.
fn username<'a>(cells: &Cells<'a>, rules: &Rules) -> Option<&'a str> {
    if rules.dialect == InputDialect::UmapiCliUsersUpdate {
        None
    } else {
        cell(cells, Field::Username)
    }
}

/// Returns a hash of the username with its domain, if it is not the email exactly as written.
fn username_key(cells: &Cells<'_>, rules: &Rules) -> Option<u64> {
    let (name, email) = (username(cells, rules)?, cell(cells, Field::Email));
    if email.is_some_and(|email| same_name(email, name)) {
        return None;
    }
    // In a list of the organization, ids distinguish users who share such a name.
    let kind = if cells.id().trim().is_empty() { OTHER } else { LISTED };
    if name.contains('@') {
        return email.map(|_| name_hash(name, kind));
    }
    let domain = cell(cells, Field::Domain)
        .or(email.and_then(|email| email.split_once('@')).map(|(_, domain)| domain))?;
    Some(name_hash(&format!("{name}@{domain}"), kind))
}

fn is_adobe(cells: &Cells<'_>, rules: &Rules) -> bool {
    match cell(cells, Field::Type) {
        // No other type begins with that letter.
        Some(name) => name.starts_with(['a', 'A']),
        None => rules.default_type == IdentityType::Adobe,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::cells;
    use super::*;

    fn naming(written: &[(Field, &str)]) -> Naming {
        Naming::of(&cells(written), &Rules::new(InputDialect::Native))
    }

    #[test]
    fn a_person_is_known_by_email_and_by_username() {
        let ann =
            naming(&[(Field::Email, "ANN@example.com"), (Field::Username, "ann@example.com")]);
        assert_eq!(ann, naming(&[(Field::Email, " ann@example.com ")]));
        let by_number = naming(&[(Field::Email, "ann@example.com"), (Field::Username, "10045")]);
        assert_eq!(
            by_number.username,
            naming(&[(Field::Username, "10045"), (Field::Domain, "Example.com")]).username
        );
        assert!(by_number.username.is_some() && by_number.email == ann.email);
        let adobe = naming(&[(Field::Type, "Adobe ID"), (Field::Email, "ann@example.com")]);
        assert_ne!(adobe.email, ann.email);
        assert_eq!(
            naming(&[(Field::Email, "a@b.co"), (Field::NewEmail, "Ann@example.com")]).given,
            ann.email
        );
        assert_eq!(naming(&[(Field::Email, "a@b.co"), (Field::NewEmail, "A@b.co")]).given, None);
    }

    #[test]
    fn usernames_that_are_addresses_are_one_with_addresses() {
        let split = naming(&[
            (Field::Email, "k1@example.com"),
            (Field::Username, "k.may"),
            (Field::Domain, "example.com"),
        ]);
        let whole =
            naming(&[(Field::Email, "k2@example.com"), (Field::Username, "K.May@example.com")]);
        assert_eq!(split.username, whole.username);
        let taken =
            naming(&[(Field::Email, "k3@example.com"), (Field::Username, "k1@example.com")]);
        assert_eq!(taken.username, split.email);
        let same = naming(&[
            (Field::Email, "ann@example.com"),
            (Field::Username, "ann"),
            (Field::Domain, "example.com"),
        ]);
        assert_eq!(same.username, None);
    }

    #[test]
    fn values_are_compared_as_people_mean_them() {
        let says = |field, text| {
            attribute(&cells(&[(field, text)]), &Rules::new(InputDialect::Native), field)
        };
        assert_eq!(says(Field::Firstname, "José"), says(Field::Firstname, "JOSE\u{301}"));
        assert_ne!(says(Field::Firstname, "Ann"), says(Field::Firstname, "Bob"));
        assert_eq!(says(Field::Firstname, "#N/A"), None);
        assert_eq!(says(Field::Type, "Federated ID"), says(Field::Type, "federated"));
    }
}
