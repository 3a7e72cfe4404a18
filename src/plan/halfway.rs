//! The progress of a command that the server has carried out in part, so that only the rest is sent
//! again, including after a restart.

use crate::change::RowEffect;
use serde::{Deserialize, Serialize};

/// What is known about a command that was carried out in part. For rows that share a command, it
/// stays empty: only a row alone is carried out in part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Halfway {
    /// The result of the create step.
    pub create: CreateStep,
    /// Whether each name of a list is a step of its own, because one of them was refused.
    pub one_by_one: bool,
    /// Steps of this part, by index, that are not sent again: they are done, the server says that
    /// their effect held before, or they were refused.
    pub skipped_steps: Vec<usize>,
    /// The refused names, with code and message.
    pub refusals: Vec<(String, String)>,
    /// What else was done, in words.
    pub achieved: Vec<String>,
    /// What is done, although the row is not completed.
    pub done: RowEffect,
    /// The memberships that existed before, according to the server.
    #[serde(default)]
    pub done_before: RowEffect,
    /// Names to remove from a group that nobody has, according to the server.
    #[serde(default)]
    pub nobody: Vec<String>,
    /// The users of a group's row who are not sent again, because the server refused them by name.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// The users of a group's row who are not sent again, because they were added or removed with
    /// those of other rows. They count in `done`.
    #[serde(default)]
    pub moved: Vec<String>,
    /// Whether nothing was carried out for the other users of a group's row. In a journal, it tells
    /// a row that is open because a part of it is done from one that got no clear response.
    #[serde(default)]
    pub are_others_untouched: bool,
}

/// What it means that a group's row has users whom the server refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefusedUsers {
    /// The row cannot be carried out for them.
    Refused,
    /// They are to be removed, and nobody has their names.
    NobodyToRemove,
}

/// The result of a create step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum CreateStep {
    /// It is to be sent, if there is one.
    #[default]
    Open,
    /// The server says that the user or group existed before. The step is not sent again.
    Met,
    /// It was carried out. The step is not sent again.
    Done,
}

impl Halfway {
    /// The most refusals of users that the message of a row has.
    pub(crate) const MOST_REFUSALS: usize = 20;

    /// Whether nothing of the part is carried out and nothing of it was refused, except for users
    /// who are left out.
    pub(crate) fn is_whole(&self) -> bool {
        !self.one_by_one
            && self.skipped_steps.is_empty()
            && self.achieved.is_empty()
            && self.create == CreateStep::Open
    }

    /// Whether what is done is added up step by step, because not every step is carried out as the
    /// row wants it.
    pub fn adds_up(&self) -> bool {
        self.one_by_one || !self.left_out.is_empty() || !self.moved.is_empty()
    }

    /// Whether more users were refused than were added or removed: the others are hardly better,
    /// and each refusal costs a request.
    pub fn is_mostly_refused(&self) -> bool {
        /// So few refusals show nothing.
        const FEW: u64 = 20;
        self.left_out.len() as u64 > FEW + self.done.memberships()
    }

    /// Records that the server refused these users of a group's row, with code and message: they
    /// are not sent again. Whom nobody knows need not be removed.
    pub(crate) fn refuse_users(
        &mut self,
        users: Vec<String>,
        (code, message): (&str, &str),
        refused: RefusedUsers,
    ) {
        if refused == RefusedUsers::NobodyToRemove {
            self.done_before = self.done_before.and(RowEffect::NONE.left(users.len()));
            self.nobody.extend(users.iter().cloned());
        } else if self.refusals.len() < Self::MOST_REFUSALS {
            self.refusals.push((code.to_owned(), message.to_owned()));
        }
        self.left_out.extend(users);
    }

    /// Returns the users of a group's row who are not sent again.
    pub(crate) fn not_sent_again(&self) -> impl Iterator<Item = &String> {
        self.left_out.iter().chain(&self.moved)
    }

    /// Moves to the next part. What is known about the steps of this part is dropped.
    pub(super) fn next_part(&mut self) {
        self.skipped_steps.clear();
    }

    /// Makes each name of this part's lists a step of its own from now on.
    pub fn take_one_by_one(&mut self) {
        self.one_by_one = true;
        self.skipped_steps.clear();
    }

    /// Does not send a step of this part again, by its index among those that were sent.
    pub fn skip_step(&mut self, sent_place: usize) {
        if let Some(place) =
            (0..).filter(|place| !self.skipped_steps.contains(place)).nth(sent_place)
        {
            self.skipped_steps.push(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_users_are_left_out_and_strangers_need_not_be_removed() {
        let mut halfway = Halfway::default();
        let why = ("error.user.nonexistent", "who");
        halfway.refuse_users(vec!["a".to_owned()], why, RefusedUsers::Refused);
        halfway.refuse_users(vec!["b".to_owned()], why, RefusedUsers::NobodyToRemove);
        assert_eq!((halfway.refusals.len(), &*halfway.nobody), (1, &["b".to_owned()][..]));
        assert_eq!(halfway.done_before, RowEffect::NONE.left(1));
        assert!(halfway.is_whole() && halfway.adds_up());
        halfway.moved.push("c".to_owned());
        assert_eq!(halfway.not_sent_again().collect::<Vec<_>>(), ["a", "b", "c"]);
        for _ in 0..30 {
            halfway.refuse_users(Vec::new(), why, RefusedUsers::Refused);
        }
        assert_eq!(halfway.refusals.len(), Halfway::MOST_REFUSALS);
        assert!(!Halfway { create: CreateStep::Met, ..Halfway::default() }.is_whole());
    }

    #[test]
    fn users_are_mostly_refused_if_many_more_are_refused_than_changed() {
        let is_mostly_refused = |refused: usize, joined: usize| {
            let halfway = Halfway {
                left_out: vec![String::new(); refused],
                done: RowEffect::NONE.joined(joined),
                ..Halfway::default()
            };
            halfway.is_mostly_refused()
        };
        assert!(!is_mostly_refused(20, 0) && is_mostly_refused(21, 0));
        assert!(!is_mostly_refused(30, 10) && is_mostly_refused(31, 10));
    }

    #[test]
    fn what_is_done_is_added_up_where_steps_are_taken_apart_or_users_left_out() {
        let whole = Halfway::default();
        assert!(!whole.adds_up());
        assert!(Halfway { one_by_one: true, ..whole.clone() }.adds_up());
        assert!(Halfway { left_out: vec!["a@x.com".to_owned()], ..whole }.adds_up());
    }
}
