//! What is known, before anything is sent, about the roles of people from whom rows remove
//! something.

use crate::execute::FIXED_ROLES;
use crate::number::count;
use crate::umapi::ApiError;
use std::fmt;

/// Why the server did not say who is an administrator.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum RolesUnanswered {
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("the server does not say")]
    NotSaid,
}

/// The number of people that an import would ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeopleToAsk {
    /// Few enough to ask about each.
    Few,
    /// Too many to ask about each.
    Many,
}

/// What was not checked.
#[derive(Debug, Clone)]
pub(crate) enum PartlyKnown {
    /// The people of a rehearsal have no roles.
    Rehearsal,
    /// The server was not asked; a list shows some roles.
    NotAsked { list: Option<String>, people: PeopleToAsk },
    /// The server was not asked, and imports from this computer have changed people since this list
    /// was fetched.
    ChangedSince { list: String, people: PeopleToAsk },
    /// The number of rows that are about too many people to ask about each.
    Compared { rows: u64, list: Option<String> },
}

impl PartlyKnown {
    /// Describes what the import asks, if the server was not asked now. `list` shows some roles.
    pub(crate) fn asks_words(list: Option<&str>, people: PeopleToAsk) -> String {
        let fixed = FIXED_ROLES.join(", ");
        match (list, people) {
            (_, PeopleToAsk::Few) => "the import asks the server".to_owned(),
            (Some(_), PeopleToAsk::Many) => {
                format!("for so many people the import asks only who holds {fixed}")
            }
            (None, PeopleToAsk::Many) => format!(
                "for so many people the import asks only who holds {fixed}. An exported list of \
                 users shows all roles"
            ),
        }
    }
}

impl fmt::Display for PartlyKnown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rehearsal => f.write_str("nobody holds a role in a rehearsal"),
            Self::NotAsked { list, people } => {
                let asks = Self::asks_words(list.as_deref(), *people);
                match list {
                    Some(list) => write!(f, "checked offline against {list} only; {asks}"),
                    None => write!(f, "not checked offline; {asks}"),
                }
            }
            Self::ChangedSince { list, people } => {
                let asks = Self::asks_words(Some(list), *people);
                write!(
                    f,
                    "checked offline against {list} only, and imports from this computer have \
                     changed people since; {asks}"
                )
            }
            Self::Compared { rows, list } => {
                write!(
                    f,
                    "{} {} compared with {}",
                    count(*rows, "row"),
                    if *rows == 1 { "was" } else { "were" },
                    FIXED_ROLES.join(", ")
                )?;
                match list {
                    Some(list) => write!(f, "; other roles are known from {list} only"),
                    None => f.write_str(
                        " only. Administrators of products, profiles and user groups are not \
                         known for so many people. An exported list of users shows them",
                    ),
                }
            }
        }
    }
}
