//! Which values of a row may not be applied, each with its word in results and journals.

use serde::{Deserialize, Serialize};

/// A value in a row that is not applied to an existing user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u16)]
pub enum Facet {
    /// First name.
    Firstname = 1,
    /// Last name.
    Lastname = 1 << 1,
    /// Email address.
    Email = 1 << 2,
    /// Username.
    Username = 1 << 3,
    /// Domain.
    Domain = 1 << 4,
    /// Country.
    Country = 1 << 5,
    /// Identity type.
    Type = 1 << 6,
    /// Status of the account.
    Status = 1 << 7,
    /// A group that a row of an exported list does not list.
    Groups = 1 << 8,
}

impl Facet {
    /// Every facet, in the order of the columns.
    pub const ALL: [Self; 9] = [
        Self::Type,
        Self::Email,
        Self::Username,
        Self::Domain,
        Self::Firstname,
        Self::Lastname,
        Self::Country,
        Self::Groups,
        Self::Status,
    ];

    /// The facets that only the user of an Adobe ID can change.
    pub const PERSONAL: [Self; 4] = [Self::Firstname, Self::Lastname, Self::Email, Self::Username];

    /// Says how to change it, for messages.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Firstname | Self::Lastname => "use --if-exists update, or an update row",
            Self::Email => "use an update row with new_email",
            Self::Username => "use an update row with new_username",
            Self::Domain => "the API cannot change a domain: use the Admin Console",
            Self::Country => "the API cannot change a country: use the Admin Console",
            Self::Type => {
                "the API cannot change a type: use the Admin Console, or delete the user and \
                 create another one"
            }
            Self::Status => {
                "the API cannot change a status: use the Admin Console, or the directory"
            }
            Self::Groups => {
                "use --exact-groups with --manage-groups (for empty cells also --empty-groups \
                 none), or a remove row"
            }
        }
    }

    /// Returns its native column.
    pub fn column(self) -> &'static str {
        &self.word()["differs:".len()..]
    }

    /// Returns the word of the facet in results and journals.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Firstname => "differs:firstname",
            Self::Lastname => "differs:lastname",
            Self::Email => "differs:email",
            Self::Username => "differs:username",
            Self::Domain => "differs:domain",
            Self::Country => "differs:country",
            Self::Type => "differs:type",
            Self::Status => "differs:status",
            Self::Groups => "differs:groups",
        }
    }
}
