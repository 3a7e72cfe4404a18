//! The remainder of a change after a comparison with a list.

use crate::change::{Change, Problem, RowEffect};

/// The remainder of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Remainder<'a> {
    /// What is to be sent; `None` if everything holds already.
    pub change: Option<Change<'a>>,
    /// Whether a step was removed because the list does not show a user or a membership. An old
    /// list may be wrong about that, with harmful results.
    pub relies_on_absence: bool,
    /// Why nothing remains, or would remain if the row were reduced.
    pub why: WhyUnchanged,
    /// The effect of the row once the remainder is confirmed, and the values of the row that are
    /// not applied.
    pub effect: RowEffect,
    /// The values that are not applied, in words.
    pub remark: String,
    /// The problems of the row: without those that do not apply according to the list, and with
    /// those that only the list shows.
    pub problems: Vec<Problem>,
}

/// Why nothing remains of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhyUnchanged {
    /// Everything holds that can be made to hold.
    #[default]
    Matches,
    /// No user has that name.
    NotThere,
}

impl<'a> Remainder<'a> {
    /// Creates a remainder with the whole change.
    pub(super) fn whole(change: Change<'a>, problems: Vec<Problem>) -> Self {
        Self { change: Some(change), ..Self::nothing(problems) }
    }

    /// Creates an empty remainder, because everything holds.
    pub(super) fn nothing(problems: Vec<Problem>) -> Self {
        Self {
            change: None,
            relies_on_absence: false,
            why: WhyUnchanged::Matches,
            effect: RowEffect::NONE,
            remark: String::new(),
            problems,
        }
    }
}
