//! The decisions of a run about rows before it sends anything.

use super::outcome::{OutcomeStatus, Reason};
use crate::change::RowEffect;
use std::collections::HashMap;

/// The decision of a run about a row before it sends anything.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RowDecision {
    /// The status of a row that is not sent. `NotSent`: the row is to be sent.
    pub status: OutcomeStatus,
    /// The reason.
    pub reason: Reason,
    /// The values of the row that are not applied.
    pub effect: RowEffect,
}

impl RowDecision {
    /// Creates the decision to send the row.
    pub(crate) fn to_send() -> Self {
        Self { status: OutcomeStatus::NotSent, reason: Reason::default(), effect: RowEffect::NONE }
    }

    /// Whether the row is to be sent.
    pub(crate) fn is_to_send(&self) -> bool {
        self.status == OutcomeStatus::NotSent
    }
}

/// The decisions of a run about rows that do not follow from their file alone: because of a list,
/// the server, another file, or an option with a file of its own. Each decision is stored once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunDecisions {
    all: Vec<RowDecision>,
    /// In order; no row is in two of them.
    runs: Vec<DecidedRun>,
}

/// Consecutive rows, from 0, and the index of their decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct DecidedRun {
    first: u32,
    last: u32,
    decision: u32,
}

/// The first and the last of consecutive rows, from 0.
pub(super) type RowSpan = (u32, u32);

impl RunDecisions {
    /// Returns the decisions with their rows; `None` if two of them have a row in common.
    pub(super) fn of(found: Vec<(RowDecision, Vec<RowSpan>)>) -> Option<Self> {
        let mut decisions = Self::default();
        for (decision, spans) in found {
            let place = u32::try_from(decisions.all.len()).ok()?;
            decisions.all.push(decision);
            let run = |(first, last)| DecidedRun { first, last, decision: place };
            decisions.runs.extend(spans.into_iter().map(run));
        }
        decisions.runs.sort_unstable_by_key(|run| run.first);
        let is_apart = |pair: &[DecidedRun]| pair[0].last < pair[1].first;
        decisions.runs.windows(2).all(is_apart).then_some(decisions)
    }

    /// Whether there are no decisions: everything follows from the file alone.
    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Returns the decision about a row, from 0; `None` if it follows from the file alone.
    pub(crate) fn about(&self, row: u32) -> Option<&RowDecision> {
        let run = self.runs.partition_point(|run| run.last < row);
        let DecidedRun { first, decision, .. } = *self.runs.get(run)?;
        self.all.get(decision as usize).filter(|_| first <= row)
    }

    /// Returns the decisions without the rows to send: a journal never decides that a row is sent.
    #[must_use]
    pub(crate) fn without_rows_to_send(mut self) -> Self {
        let all = &self.all;
        self.runs.retain(|run| !all[run.decision as usize].is_to_send());
        self
    }

    /// Adds the decisions of `others` about those rows that `is_added` accepts and that have none.
    pub(crate) fn with(&self, others: &Self, is_added: impl Fn(u32) -> bool) -> Self {
        let mut all = DecisionGatherer::default();
        let mut others = others.rows().filter(|(row, _)| is_added(*row)).peekable();
        for (row, decision) in self.rows() {
            while let Some((before, other)) = others.next_if(|(other, _)| *other < row) {
                all.push(before, other.clone());
            }
            others.next_if(|(other, _)| *other == row);
            all.push(row, decision.clone());
        }
        others.for_each(|(row, other)| all.push(row, other.clone()));
        all.finish()
    }

    /// Returns each row with its decision, in order.
    fn rows(&self) -> impl Iterator<Item = (u32, &RowDecision)> {
        self.runs.iter().flat_map(|DecidedRun { first, last, decision }| {
            let decision = self.all.get(*decision as usize);
            (*first..=*last).filter_map(move |row| Some((row, decision?)))
        })
    }

    /// Returns each decision with its rows.
    pub(super) fn each(&self) -> impl Iterator<Item = (&RowDecision, Vec<RowSpan>)> {
        let mut spans = vec![Vec::new(); self.all.len()];
        for DecidedRun { first, last, decision } in &self.runs {
            spans[*decision as usize].push((*first, *last));
        }
        self.all.iter().zip(spans)
    }
}

/// Collects decisions in the order of their rows.
#[derive(Debug, Default)]
pub(crate) struct DecisionGatherer {
    found: RunDecisions,
    places: HashMap<RowDecision, u32>,
}

impl DecisionGatherer {
    /// Adds the decision about a row.
    pub(crate) fn push(&mut self, row: u32, decision: RowDecision) {
        let RunDecisions { all, runs } = &mut self.found;
        if let Some(run) = runs.last_mut()
            && run.last + 1 == row
            && all[run.decision as usize] == decision
        {
            run.last = row;
            return;
        }
        let next = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(decision).or_insert_with_key(|decision| {
            all.push(decision.clone());
            next
        });
        runs.push(DecidedRun { first: row, last: row, decision: place });
    }

    /// Returns the collected decisions.
    pub(crate) fn finish(self) -> RunDecisions {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invalid(message: &str) -> RowDecision {
        let reason = Reason { code: "invalid.row".to_owned(), message: message.to_owned() };
        RowDecision { status: OutcomeStatus::Invalid, reason, effect: RowEffect::NONE }
    }

    fn gathered() -> RunDecisions {
        let mut gatherer = DecisionGatherer::default();
        for (row, message) in [(1, "one"), (2, "one"), (3, "other"), (5, "one")] {
            gatherer.push(row, invalid(message));
        }
        gatherer.push(6, RowDecision::to_send());
        gatherer.finish()
    }

    #[test]
    fn decisions_are_kept_once_and_found_by_row() {
        let decisions = gathered();
        assert_eq!((decisions.all.len(), decisions.runs.len()), (3, 4));
        let about = |row| decisions.about(row).map(|decision| decision.reason.message.as_str());
        let expected =
            [None, Some("one"), Some("one"), Some("other"), None, Some("one"), Some(""), None];
        assert_eq!((0..8).map(about).collect::<Vec<_>>(), expected);
        assert_eq!(decisions.clone().without_rows_to_send().about(6), None);
    }

    #[test]
    fn decisions_about_other_rows_are_added() {
        let mut gatherer = DecisionGatherer::default();
        for row in [0, 2, 4, 7, 8] {
            gatherer.push(row, invalid("later"));
        }
        let all = gatherer.finish().with(&gathered(), |row| row != 6);
        let about = |row| all.about(row).map(|decision| decision.reason.message.as_str());
        let (one, later) = (Some("one"), Some("later"));
        let expected = [later, one, later, Some("other"), later, one, None, later, later, None];
        assert_eq!((0..10).map(about).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn decisions_come_back_from_their_rows_unless_they_overlap() {
        let decisions = gathered();
        let apart = |decisions: &RunDecisions| {
            decisions.each().map(|(decision, spans)| (decision.clone(), spans)).collect::<Vec<_>>()
        };
        assert_eq!(RunDecisions::of(apart(&decisions)), Some(decisions));
        let twice = vec![(invalid("one"), vec![(1, 3)]), (invalid("other"), vec![(3, 3)])];
        assert_eq!(RunDecisions::of(twice), None);
    }
}
