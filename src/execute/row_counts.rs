//! Counts what the rows of a table do.

use super::countries_read::CountriesRead;
use super::guard::{Losses, deletes, deletes_account, removes};
use crate::change::{Change, EffectCounts, RowEffect};
use crate::journal::RowDecision;
use crate::reconcile::{WhyUnchanged, is_about_own_data};
use std::collections::BTreeMap;

use super::input_rows::{NOT_THERE, RequestedChange, takes_away_from};
use super::outcomes::{OutcomeStatus, Reason};
use super::problem_kinds::{ProblemKinds, RowProblem};
use super::skip::Skip;
use super::skipped_rows::SkippedRows;

/// The number of rows of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows of the table.
    pub rows: u64,
    /// Rows that can be sent.
    pub sendable: u64,
    /// Rows that are invalid.
    pub invalid: u64,
    /// Invalid rows that may match the current state of the organization.
    pub maybe_unchanged: u64,
    /// Rows that are not sent, because an invalid row before them renames a user or group.
    pub behind: u64,
    /// Rows that match the current state of the organization.
    pub unchanged: u64,
    /// Unchanged rows that remove something from a user who does not exist.
    pub not_there: u64,
    /// Rows that are sent and remove something from a user whom a list does not show.
    pub sent_not_there: u64,
    /// The first few names that nobody has.
    pub not_listed: Vec<String>,
    /// Rows that describe no person, or do not count.
    pub skipped: u64,
    /// Rows of which a part is skipped because a user is not a member or does not exist,
    /// according to a list.
    pub relies_on_absence: u64,
    /// Rows that delete a user, a group or all memberships.
    pub deletes: u64,
    /// Those of them that delete an account with its files.
    pub account_deletes: u64,
    /// Rows that remove memberships.
    pub removals: u64,
    /// The effects of the rows if every step is confirmed, and the parts of them that are not
    /// applied.
    pub effects: EffectCounts,
    /// The parts that are not applied to Adobe IDs, because only their users can change them.
    pub of_adobe_ids: EffectCounts,
    /// What rows outside `--rows` would remove.
    pub not_asked: Losses,
    /// How the countries of new users were written.
    pub(crate) countries: CountriesRead,
    /// Rows by the code of their first problem.
    pub problems: BTreeMap<String, u64>,
    /// The problems of invalid rows by their kind.
    pub problem_kinds: ProblemKinds,
    /// The first few invalid rows.
    pub examples: Vec<Example>,
}

/// An invalid row, as an example.
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
    /// The most invalid rows that are kept as examples.
    const EXAMPLES: usize = 5;

    /// Counts a row that is sent.
    pub(crate) fn add_change(&mut self, change: &Change<'_>) {
        let Losses { sendable, deletes, account_deletes, removals } = losses(change);
        self.rows += 1;
        self.sendable += sendable;
        self.deletes += deletes;
        self.account_deletes += account_deletes;
        self.removals += removals;
    }

    /// Returns the counts of one row that is sent, of which nothing else is known.
    pub(super) fn of_one(change: &Change<'_>, effect: RowEffect) -> Self {
        let mut counts = Self::default();
        counts.add_change(change);
        counts.effects.take_change(effect, change);
        counts
    }

    /// Returns the counts of this number of rows that are all like such a row.
    pub(super) fn times(self, rows: u64) -> Self {
        Self {
            rows,
            sendable: self.sendable * rows,
            deletes: self.deletes * rows,
            account_deletes: self.account_deletes * rows,
            removals: self.removals * rows,
            effects: self.effects.times(rows),
            ..Self::default()
        }
    }

    /// Counts a row that is sent and removes something from a user who does not exist.
    pub(super) fn add_not_listed(&mut self, change: &Change<'_>) {
        self.sent_not_there += 1;
        if self.not_listed.len() < Self::EXAMPLES {
            self.not_listed.push(takes_away_from(change));
        }
    }

    /// Counts the parts of a row that are not applied to an Adobe ID, as its message says.
    pub(crate) fn add_difference(&mut self, effect: RowEffect, message: &str) {
        if is_about_own_data(message) {
            self.of_adobe_ids.take(effect.only_personal_differences());
        }
    }

    /// Returns the number of rows within `--rows`.
    pub fn asked_for(&self) -> u64 {
        self.sendable + self.invalid + self.behind + self.unchanged + self.skipped
    }

    /// Returns the rows within `--rows` that are not sent, by status.
    pub(crate) fn skipped_rows(&self) -> SkippedRows {
        [
            (OutcomeStatus::Invalid, self.invalid),
            (OutcomeStatus::Failed, self.behind),
            (OutcomeStatus::Unchanged, self.unchanged),
            (OutcomeStatus::Skipped, self.skipped),
        ]
        .into()
    }

    /// Returns the rows that have a problem with each code, be it their first problem or not.
    pub(crate) fn rows_by_code(&self) -> BTreeMap<String, u64> {
        let mut rows = self.problems.clone();
        for (code, number) in self.problem_kinds.rows_by_code() {
            rows.insert(code.clone(), *number);
        }
        rows
    }

    /// Returns what the rows within `--rows` remove.
    pub fn losses(&self) -> Losses {
        let Self { sendable, deletes, account_deletes, removals, .. } = *self;
        Losses { sendable, deletes, account_deletes, removals }
    }

    /// Whether rows that are sent delete or remove something.
    pub(crate) fn takes_something(&self) -> bool {
        self.deletes + self.removals > 0
    }

    /// Returns what the rows of the whole file remove, including those outside `--rows`.
    pub fn losses_of_all_rows(&self) -> Losses {
        let mut all = self.losses();
        all += self.not_asked;
        all
    }

    /// Counts a row that is not sent.
    pub(crate) fn add_skip(&mut self, row: u64, line: u64, skip: Skip) {
        self.rows += 1;
        let (code, message, problems) = match skip {
            Skip::Invalid { code, message, maybe_unchanged: perhaps_so, effect, problems } => {
                self.maybe_unchanged += u64::from(perhaps_so);
                self.add_difference(effect, &message);
                self.effects.take(effect);
                (code, message, problems)
            }
            Skip::Unchanged { relies_on_absence, why, effect, who, remark } => {
                self.unchanged += 1;
                if why == WhyUnchanged::NotThere {
                    self.not_there += 1;
                    self.not_listed
                        .extend(Some(who).filter(|_| self.not_listed.len() < Self::EXAMPLES));
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
            Skip::Decided(decision) => match self.add_decision(decision) {
                Some(Reason { code, message }) => (code, message, Vec::new()),
                None => return,
            },
        };
        self.invalid += 1;
        *self.problems.entry(code.clone()).or_default() += 1;
        let problems = match problems.is_empty() {
            true => vec![RowProblem::of_row(&code, &message)],
            false => problems,
        };
        self.problem_kinds.add_row(row, line, problems);
        if self.examples.len() < Self::EXAMPLES {
            self.examples.push(Example { row, line, code, message });
        }
    }

    /// Counts a row that the run has decided about. Returns the reason if the row is invalid, which
    /// is not counted yet.
    fn add_decision(
        &mut self,
        RowDecision { status, reason, effect }: RowDecision,
    ) -> Option<Reason> {
        let Reason { code, message } = &reason;
        self.add_difference(effect, message);
        self.effects.take(effect);
        match status {
            OutcomeStatus::Invalid => return Some(reason),
            OutcomeStatus::Failed => {
                self.behind += 1;
                *self.problems.entry(reason.code).or_default() += 1;
            }
            OutcomeStatus::Skipped => self.skipped += 1,
            _ => {
                self.unchanged += 1;
                self.not_there += u64::from(code == NOT_THERE);
                self.add_difference(effect, message);
            }
        }
        None
    }

    /// Counts what a row that is sent changes, and what is known about it.
    pub(crate) fn add_requested(&mut self, requested: &RequestedChange<'_>) {
        let RequestedChange { change, relies_on_absence, effect, remark, not_there } = requested;
        self.add_change(change);
        self.add_difference(*effect, remark);
        let expected = if *not_there { effect.only_differences() } else { *effect };
        self.effects.take_change(expected, change);
        self.relies_on_absence += u64::from(*relies_on_absence);
        if *not_there {
            self.add_not_listed(change);
        }
    }

    /// Counts a row with one problem.
    #[cfg(test)]
    pub(crate) fn add_invalid(&mut self, row: u64, line: u64, code: &str, message: &str) {
        let status = OutcomeStatus::Invalid;
        let reason = Reason { code: code.to_owned(), message: message.to_owned() };
        let effect = crate::change::RowEffect::NONE;
        self.add_skip(row, line, Skip::Decided(RowDecision { status, reason, effect }));
    }

    /// Adds the counts of other rows.
    pub(crate) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.sendable += other.sendable;
        self.invalid += other.invalid;
        self.behind += other.behind;
        self.maybe_unchanged += other.maybe_unchanged;
        self.unchanged += other.unchanged;
        self.not_there += other.not_there;
        self.sent_not_there += other.sent_not_there;
        self.not_listed.extend(other.not_listed);
        self.not_listed.truncate(Self::EXAMPLES);
        self.of_adobe_ids.add(&other.of_adobe_ids);
        self.skipped += other.skipped;
        self.relies_on_absence += other.relies_on_absence;
        self.deletes += other.deletes;
        self.account_deletes += other.account_deletes;
        self.removals += other.removals;
        self.effects.add(&other.effects);
        self.not_asked += other.not_asked;
        self.countries.add(other.countries);
        for (code, rows) in other.problems {
            *self.problems.entry(code).or_default() += rows;
        }
        self.problem_kinds.add(other.problem_kinds);
        let room = Self::EXAMPLES - self.examples.len();
        self.examples.extend(other.examples.into_iter().take(room));
    }
}

/// Returns what one row removes.
pub(super) fn losses(change: &Change<'_>) -> Losses {
    Losses {
        sendable: 1,
        deletes: u64::from(deletes(change)),
        account_deletes: u64::from(deletes_account(change)),
        removals: u64::from(removes(change)),
    }
}
