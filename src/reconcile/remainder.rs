//! What a list leaves of a change.

use crate::change::{Change, Problem, RowEffect};

/// What is left of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Remainder<'a> {
    /// What is to be sent; `None`: everything holds already.
    pub change: Option<Change<'a>>,
    /// Something is left out because somebody is no member or is not there, as the list says: an
    /// old list may be wrong there in a way that hurts.
    pub relies_on_absence: bool,
    /// Why nothing is left, or would be left if the row were reduced.
    pub why: WhyUnchanged,
    /// What the row comes to once what is left is confirmed, and what of it is not applied.
    pub effect: RowEffect,
    /// What is not applied, in words.
    pub remark: String,
    /// What is wrong with the row: without the problems that the list shows to be none, and with
    /// those that only the list shows.
    pub problems: Vec<Problem>,
}

/// Why nothing is left of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhyUnchanged {
    /// Everything holds that can be made to hold.
    #[default]
    Matches,
    /// Nobody is there by that name.
    NotThere,
}

impl<'a> Remainder<'a> {
    /// All of the change is left.
    pub(super) fn whole(change: Change<'a>, problems: Vec<Problem>) -> Self {
        Self { change: Some(change), ..Self::nothing(problems) }
    }

    /// Nothing is left, for everything holds.
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
