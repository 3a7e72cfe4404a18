//! The outcomes of all rows. The outcome of a row is `not_sent` until another is known.

use crate::change::RowEffect;
pub use crate::journal::OutcomeStatus;
pub(crate) use crate::journal::{Outcome, Reason};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

/// One outcome per row, in twenty bytes each. Reasons are kept until they are
/// [taken](Outcomes::take).
#[derive(Debug)]
pub(crate) struct Outcomes {
    /// Milliseconds since 1970.
    began: i64,
    slots: Vec<OutcomeSlot>,
    reasons: HashMap<u32, Reason>,
    counts: [u64; OutcomeStatus::ALL.len()],
    /// The number of failed rows by code.
    failures: HashMap<String, u64>,
    /// Rows that this process has seen refused before any of their steps was carried out.
    refused_at_once: HashSet<u32>,
}

/// The most codes by which failed rows are counted.
const MOST_CODES: usize = 1000;

#[derive(Debug, Clone, Copy, Default)]
struct OutcomeSlot {
    /// Milliseconds since the run began.
    finished: u32,
    request: u32,
    attempts: u16,
    effect: RowEffect,
    status: Option<OutcomeStatus>,
}

impl Outcomes {
    /// Outcomes for `rows` rows, none of them known.
    pub(crate) fn new(rows: u32, began: Timestamp) -> Self {
        Self {
            began: began.as_millisecond(),
            slots: vec![OutcomeSlot::default(); rows as usize],
            reasons: HashMap::new(),
            counts: [0; OutcomeStatus::ALL.len()],
            failures: HashMap::new(),
            refused_at_once: HashSet::new(),
        }
    }

    /// Gives a row its outcome. If the row already has one, the first is kept.
    pub(crate) fn complete(&mut self, row: u32, outcome: Outcome) {
        let Outcome { status, reason, effect, attempts, request, finished_at } = outcome;
        let slot = &mut self.slots[row as usize];
        debug_assert!(slot.status.is_none(), "row {row} has an outcome already");
        if slot.status.is_some() {
            return;
        }
        let since =
            finished_at.unwrap_or_default().as_millisecond().saturating_sub(self.began).max(0);
        *slot = OutcomeSlot {
            finished: u32::try_from(since).unwrap_or(u32::MAX),
            request: request.unwrap_or(0),
            attempts: u16::try_from(attempts).unwrap_or(u16::MAX),
            effect,
            status: Some(status),
        };
        self.counts[status as usize] += 1;
        if status == OutcomeStatus::Failed
            && (self.failures.len() < MOST_CODES || self.failures.contains_key(&reason.code))
        {
            *self.failures.entry(reason.code.clone()).or_default() += 1;
        }
        if reason != Reason::default() {
            self.reasons.insert(row, reason);
        }
    }

    /// Gives a row the outcome that it had in an earlier part of the run.
    pub(crate) fn restore(&mut self, row: u32, outcome: Outcome) {
        if (row as usize) < self.slots.len() && !self.is_completed(row) {
            self.complete(row, outcome);
        }
    }

    /// Whether the row has an outcome.
    pub(crate) fn is_completed(&self, row: u32) -> bool {
        self.slots[row as usize].status.is_some()
    }

    /// Returns the row's outcome to be written, and drops its reason; `None` if there is none.
    pub(crate) fn take(&mut self, row: u32) -> Option<Outcome> {
        let slot = self.slots[row as usize];
        Some(Outcome {
            status: slot.status?,
            reason: self.reasons.remove(&row).unwrap_or_default(),
            effect: slot.effect,
            attempts: u32::from(slot.attempts),
            request: Some(slot.request).filter(|request| *request > 0),
            finished_at: Timestamp::from_millisecond(self.began + i64::from(slot.finished)).ok(),
        })
    }

    /// Returns the row's status, its effect, and when they were known; `None` if there is no
    /// outcome.
    pub(crate) fn known(&self, row: u32) -> Option<(OutcomeStatus, RowEffect, Timestamp)> {
        let slot = self.slots[row as usize];
        let finished = Timestamp::from_millisecond(self.began + i64::from(slot.finished)).ok()?;
        Some((slot.status?, slot.effect, finished))
    }

    /// Notes that the server has refused rows before any of their steps was carried out.
    pub(crate) fn note_refused_at_once(&mut self, rows: &[u32]) {
        self.refused_at_once.extend(rows);
    }

    /// Whether the row is known to have changed nothing: it has an outcome and was not sent, or was
    /// refused before any of its steps was carried out.
    pub(crate) fn has_done_nothing(&self, row: u32) -> bool {
        use OutcomeStatus::{Failed, Invalid, NotSent, Skipped, Unchanged};
        let OutcomeSlot { attempts, effect, status, .. } = self.slots[row as usize];
        effect == RowEffect::NONE
            && match status {
                Some(Failed) => attempts == 0 || self.refused_at_once.contains(&row),
                Some(Unchanged | Invalid | NotSent | Skipped) => attempts == 0,
                Some(OutcomeStatus::Ok | OutcomeStatus::Unknown) | None => false,
            }
    }

    /// Returns the number of rows with this status.
    pub(crate) fn count(&self, status: OutcomeStatus) -> u64 {
        self.counts[status as usize]
    }

    /// Restarts the count of failures, without those of an earlier part of the run.
    pub(crate) fn forget_failures(&mut self) {
        self.failures.clear();
    }

    /// Returns the most frequent code of failed rows, and their number.
    pub(crate) fn most_frequent_failure(&self) -> Option<(String, u64)> {
        // If several codes are equally frequent, the choice is always the same.
        let most =
            self.failures.iter().max_by_key(|(code, rows)| (**rows, std::cmp::Reverse(*code)));
        most.map(|(code, rows)| (code.clone(), *rows))
    }

    /// Returns the number of all rows.
    pub(crate) fn rows(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }
}
