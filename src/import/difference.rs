//! Differences that keep a run from being resumed: something has changed since it began.

use crate::number::count;
use std::fmt;

/// Something that has changed since a run began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Difference {
    /// The file, by its number of rows.
    File { then: u32, now: u32 },
    /// The organization and its host.
    Organization { then: (String, String), now: (String, String) },
    /// What becomes of cells.
    Mapping,
    /// The two runs apply different saved plans, or only one does.
    Plan,
    /// The list of protected names.
    Protected,
    /// The content of the list with the same name.
    ContentOfList { list: String },
    /// The list to compare with.
    List { then: String, now: String },
    /// An option, by its name in the journal.
    Option { name: String, then: String, now: String },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { then, now } => write!(
                f,
                "the file has changed ({} then, {} now)",
                count((*then).into(), "row"),
                count((*now).into(), "row")
            ),
            Self::Organization { then: (then, then_at), now: (now, now_at) } if then == now => {
                write!(f, "the server is {now_at} (was {then_at})")
            }
            Self::Organization { then: (then, then_at), now: (now, now_at) } => {
                write!(f, "the organization is {now} at {now_at} (was {then} at {then_at})")
            }
            Self::Mapping => f.write_str("the mapping of values has changed"),
            Self::Plan => f.write_str("another saved plan, or none, is applied"),
            Self::Protected => f.write_str("the list of protected names has changed"),
            Self::ContentOfList { list } => write!(f, "{list} has changed"),
            Self::List { then, now } => {
                write!(f, "the list to compare with is {now} (was {then})")
            }
            Self::Option { name, then, now } => {
                write!(f, "{} is {now} (was {then})", name.trim_start_matches('-'))
            }
        }
    }
}
