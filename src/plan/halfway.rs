//! How far a command has come that the server has carried out in part, so that the rest alone is
//! sent again, also after a restart.

use crate::change::RowEffect;
use serde::{Deserialize, Serialize};

/// What is known of a command that is not carried out as a whole. Of rows that share a command
/// nothing of it is known: only a row alone comes half-way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Halfway {
    /// What became of the create step.
    pub create: CreateStep,
    /// Each name of a list is a step of its own: one of them was refused.
    pub one_by_one: bool,
    /// Steps of this part, by place, that are not sent again: they are done, or hold already as the
    /// server says, or were refused.
    pub skipped_steps: Vec<usize>,
    /// The names that were refused so, with code and message.
    pub refusals: Vec<(String, String)>,
    /// What was done beside them, in words.
    pub achieved: Vec<String>,
    /// What is done though the row has not come to its end.
    pub done: RowEffect,
    /// The memberships that were so before, as the server says.
    #[serde(default)]
    pub done_before: RowEffect,
}

/// What became of a create step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum CreateStep {
    /// It is to be sent, if there is one.
    #[default]
    Open,
    /// The server says that the user or group was there before. It is not sent again.
    Met,
    /// It was carried out. It is not sent again.
    Done,
}

impl Halfway {
    /// The next part's turn: what is known of this part's steps does not hold for it.
    pub(super) fn next_part(&mut self) {
        self.skipped_steps.clear();
    }

    /// From now on each name of this part's lists is a step of its own.
    pub fn take_one_by_one(&mut self) {
        self.one_by_one = true;
        self.skipped_steps.clear();
    }

    /// Does not send a step of this part again, counted among those that were sent.
    pub fn skip_step(&mut self, sent_place: usize) {
        if let Some(place) =
            (0..).filter(|place| !self.skipped_steps.contains(place)).nth(sent_place)
        {
            self.skipped_steps.push(place);
        }
    }
}
