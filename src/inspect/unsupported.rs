//! What no row does of what turns one list into another, and why, in words.

use std::fmt;

/// What no row does, or a row can only do once it is fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsupported<'o> {
    /// Email address, or else the username.
    pub user: &'o str,
    /// The column that it is about.
    pub column: &'static str,
    /// As it is in the earlier list.
    pub before: &'o str,
    /// As it is in the later one.
    pub after: &'o str,
    /// Why.
    pub why: UnsupportedReason,
}

/// Why something cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UnsupportedReason {
    /// The API changes no such value.
    NoSuchChange,
    /// The letter case alone cannot be changed.
    LetterCase,
    /// An empty cell says nothing: a value cannot be taken away.
    Empty,
    /// An Adobe ID belongs to its user.
    AdobeId,
    /// Several people would exchange names.
    Circle,
    /// Somebody else has the username until these rows are imported; nobody could tell the import
    /// that their rows must keep an order.
    Held,
    /// The role is given and taken in the Admin Console only.
    Role,
    /// Several people go by the name, or the list names none.
    NotOneName,
    /// The import's own words.
    Invalid(String),
}

impl fmt::Display for UnsupportedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchChange => "cannot be changed through the API",
            Self::LetterCase => "differs in letter case only, and that cannot be changed",
            Self::Empty => "cannot be taken away, only changed",
            Self::AdobeId => {
                "belongs to the user of an Adobe ID and cannot be changed by the \
                 organization"
            }
            Self::Circle => {
                "people would exchange their names: give one of them a temporary name first"
            }
            Self::Held => {
                "another person has that name until the other rows are imported: run the \
                 comparison again afterwards"
            }
            Self::Role => {
                "is a role that the API does not give or take: set it in the Admin \
                 Console"
            }
            Self::NotOneName => "no name in the earlier list means this person alone",
            Self::Invalid(message) => message,
        })
    }
}

impl fmt::Display for Unsupported<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.user)?;
        match (&self.why, self.before, self.after) {
            // The import's words name the column.
            (UnsupportedReason::Invalid(message), ..) => return f.write_str(message),
            (_, "", "") => write!(f, "{}", self.column)?,
            (UnsupportedReason::Role, before, after) => {
                write!(f, "{}", if after.is_empty() { before } else { after })?;
            }
            (_, before, after) => write!(f, "{} `{before}` -> `{after}`", self.column)?,
        }
        write!(f, ": {}", self.why)
    }
}
