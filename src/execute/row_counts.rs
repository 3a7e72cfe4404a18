//! How many rows of a table do what.

use super::guard::{Losses, deletes, deletes_account, removes};
use crate::change::{Change, EffectCounts, RowEffect};
use crate::journal::RowDecision;
use crate::reconcile::{WhyUnchanged, is_about_own_data};
use std::collections::BTreeMap;

use super::input_rows::{NOT_THERE, takes_away_from};
use super::outcomes::{OutcomeStatus, Reason};
use super::skip::Skip;

/// How many rows do what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows of the table.
    pub rows: u64,
    /// Rows that can be sent.
    pub sendable: u64,
    /// Rows that are wrong.
    pub invalid: u64,
    /// Those of them that may ask for nothing but what is already so.
    pub maybe_unchanged: u64,
    /// Rows that are not sent, for a row before them that renames somebody is invalid.
    pub behind: u64,
    /// Rows that ask for what is already so.
    pub unchanged: u64,
    /// Those of them that take something away from somebody who is not there.
    pub not_there: u64,
    /// Rows that are sent, and take something away from somebody whom a list does not show.
    pub sent_not_there: u64,
    /// The first few names that nobody goes by.
    pub strangers: Vec<String>,
    /// Rows that are no person, or do not count.
    pub skipped: u64,
    /// Rows of which something is left out because somebody is no member or is not there, as a list
    /// says.
    pub relies_on_absence: u64,
    /// Rows that delete a user, a group or all memberships.
    pub deletes: u64,
    /// Those of them that delete an account with its files.
    pub account_deletes: u64,
    /// Rows that take memberships away.
    pub removals: u64,
    /// What the rows come to once every step is confirmed, and what of them is not applied.
    pub effects: EffectCounts,
    /// What of that is not applied to Adobe IDs, for only their users can change it.
    pub of_adobe_ids: EffectCounts,
    /// What rows would do that are not asked for (`--rows`).
    pub not_asked: Losses,
    /// Rows by the code of their first problem.
    pub problems: BTreeMap<String, u64>,
    /// The first few wrong rows.
    pub examples: Vec<Example>,
}

/// A wrong row, for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Data row, from 1.
    pub row: u64,
    /// Line in the file where it begins, from 1.
    pub line: u64,
    /// The first problem.
    pub code: String,
    /// All problems.
    pub message: String,
}

impl RowCounts {
    /// Wrong rows that are kept for showing.
    const EXAMPLES: usize = 5;

    pub(crate) fn add_change(&mut self, change: &Change<'_>) {
        let Losses { sendable, deletes, account_deletes, removals } = losses(change);
        self.rows += 1;
        self.sendable += sendable;
        self.deletes += deletes;
        self.account_deletes += account_deletes;
        self.removals += removals;
    }

    /// Takes in a row that is sent and takes something away from somebody who is not there.
    pub(super) fn add_stranger(&mut self, change: &Change<'_>) {
        self.sent_not_there += 1;
        if self.strangers.len() < Self::EXAMPLES {
            self.strangers.push(takes_away_from(change));
        }
    }

    /// Takes in what of a row is not applied to an Adobe ID, as its message says.
    pub(crate) fn add_difference(&mut self, effect: RowEffect, message: &str) {
        if is_about_own_data(message) {
            self.of_adobe_ids.take(effect.only_personal_differences());
        }
    }

    /// Rows that are asked for (`--rows`).
    pub fn asked_for(&self) -> u64 {
        self.sendable + self.invalid + self.behind + self.unchanged + self.skipped
    }

    /// What the rows that are asked for take away.
    pub fn losses(&self) -> Losses {
        let Self { sendable, deletes, account_deletes, removals, .. } = *self;
        Losses { sendable, deletes, account_deletes, removals }
    }

    /// What the rows of the whole file take away, also those that are not asked for.
    pub fn losses_of_all_rows(&self) -> Losses {
        let mut all = self.losses();
        all += self.not_asked;
        all
    }

    /// Takes in a row that is not sent.
    pub(crate) fn add_skip(&mut self, row: u64, line: u64, skip: Skip) {
        self.rows += 1;
        let (code, message) = match skip {
            Skip::Invalid { code, message, maybe_unchanged: perhaps_so, effect } => {
                self.maybe_unchanged += u64::from(perhaps_so);
                self.effects.take(effect);
                (code, message)
            }
            Skip::Unchanged { relies_on_absence, why, effect, who, remark } => {
                self.unchanged += 1;
                if why == WhyUnchanged::NotThere {
                    self.not_there += 1;
                    self.strangers
                        .extend(Some(who).filter(|_| self.strangers.len() < Self::EXAMPLES));
                }
                self.add_difference(effect, &remark);
                self.effects.take(effect);
                self.relies_on_absence += u64::from(relies_on_absence);
                return;
            }
            Skip::Behind(Reason { code, .. }) => {
                self.behind += 1;
                *self.problems.entry(code).or_default() += 1;
                return;
            }
            Skip::Skipped { .. } => {
                self.skipped += 1;
                return;
            }
            Skip::Decided(RowDecision { status, reason: Reason { code, message }, effect }) => {
                self.effects.take(effect);
                match status {
                    OutcomeStatus::Invalid => (code, message),
                    OutcomeStatus::Failed => {
                        self.behind += 1;
                        *self.problems.entry(code).or_default() += 1;
                        return;
                    }
                    OutcomeStatus::Skipped => {
                        self.skipped += 1;
                        return;
                    }
                    _ => {
                        self.unchanged += 1;
                        self.not_there += u64::from(code == NOT_THERE);
                        self.add_difference(effect, &message);
                        return;
                    }
                }
            }
        };
        self.invalid += 1;
        *self.problems.entry(code.clone()).or_default() += 1;
        if self.examples.len() < Self::EXAMPLES {
            self.examples.push(Example { row, line, code, message });
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.sendable += other.sendable;
        self.invalid += other.invalid;
        self.behind += other.behind;
        self.maybe_unchanged += other.maybe_unchanged;
        self.unchanged += other.unchanged;
        self.not_there += other.not_there;
        self.sent_not_there += other.sent_not_there;
        self.strangers.extend(other.strangers);
        self.strangers.truncate(Self::EXAMPLES);
        self.of_adobe_ids.add(&other.of_adobe_ids);
        self.skipped += other.skipped;
        self.relies_on_absence += other.relies_on_absence;
        self.deletes += other.deletes;
        self.account_deletes += other.account_deletes;
        self.removals += other.removals;
        self.effects.add(&other.effects);
        self.not_asked += other.not_asked;
        for (code, rows) in other.problems {
            *self.problems.entry(code).or_default() += rows;
        }
        let room = Self::EXAMPLES - self.examples.len();
        self.examples.extend(other.examples.into_iter().take(room));
    }
}

/// What one row takes away.
pub(super) fn losses(change: &Change<'_>) -> Losses {
    Losses {
        sendable: 1,
        deletes: u64::from(deletes(change)),
        account_deletes: u64::from(deletes_account(change)),
        removals: u64::from(removes(change)),
    }
}
