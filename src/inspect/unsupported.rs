//! Differences that no row can make, with the reason.

use std::fmt;

/// A difference that no row can make, or that a row makes only after it is fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsupported<'o> {
    /// Email address, or else the username.
    pub user: &'o str,
    /// The column.
    pub column: &'static str,
    /// The value in the earlier list.
    pub before: &'o str,
    /// The value in the later list.
    pub after: &'o str,
    /// Why.
    pub why: UnsupportedReason,
}

/// The reason why a row cannot make a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UnsupportedReason {
    /// The API does not change such a value.
    NoSuchChange,
    /// Only the letter case differs, which cannot be changed.
    LetterCase,
    /// An empty cell means no change, so a value cannot be removed.
    Empty,
    /// The data of an Adobe ID belong to its user.
    AdobeId,
    /// Several users would exchange names in a circle.
    Circle,
    /// Another user has the username until these rows are imported, and an import would not know
    /// that these rows must keep their order.
    Held,
    /// The role is given and removed only in the Admin Console.
    Role,
    /// Several users have the name, or the list names none.
    NotOneName,
    /// A problem in the import's own words.
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
            // The import's message names the column.
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
