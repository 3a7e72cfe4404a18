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

/// What was not compared.
#[derive(Debug, Clone)]
pub(crate) enum PartlyKnown {
    /// The people of a rehearsal hold no roles.
    Rehearsal,
    /// Nobody was asked; a list tells some of it.
    NotAsked { list: Option<String>, is_many: bool },
    /// So many rows are about too many people to ask about each.
    Compared { rows: u64, list: Option<String> },
}

impl PartlyKnown {
    /// What the import asks, where nobody was asked.
    pub(crate) fn asks_words(has_list: bool, is_many: bool) -> String {
        let fixed = FIXED_ROLES.join(", ");
        match (has_list, is_many) {
            (_, false) => "the import asks the server".to_owned(),
            (true, true) => format!("for so many people the import asks only who holds {fixed}"),
            (false, true) => format!(
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
            Self::NotAsked { list, is_many } => {
                let asks = Self::asks_words(list.is_some(), *is_many);
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
