//! What is known, before anything is sent, of the roles of people from whom rows take something
//! away.

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

/// How many people an import would ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeopleToAsk {
    /// Each can be asked about.
    Few,
    /// Too many to ask about each.
    Many,
}

/// What was not compared.
#[derive(Debug, Clone)]
pub(crate) enum PartlyKnown {
    /// The people of a rehearsal hold no roles.
    Rehearsal,
    /// Nobody was asked; a list tells some of it.
    NotAsked { list: Option<String>, people: PeopleToAsk },
    /// So many rows are about too many people to ask about each.
    Compared { rows: u64, list: Option<String> },
}

impl PartlyKnown {
    /// What the import asks, where nobody was asked; `list` tells some of it.
    pub(crate) fn asks_words(list: Option<&str>, people: PeopleToAsk) -> String {
        let fixed = FIXED_ROLES.join(", ");
        match (list, people) {
            (_, PeopleToAsk::Few) => "the import asks the server".to_owned(),
            (Some(_), PeopleToAsk::Many) => {
                format!("for so many people the import asks only who holds {fixed}")
            }
            (None, PeopleToAsk::Many) => format!(
                "for so many people the import asks only who holds {fixed}. `umbulk export users` \
                 makes them known"
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
                         known for so many people. `umbulk export users` makes them known",
                    ),
                }
            }
        }
    }
}
