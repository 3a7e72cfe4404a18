//! Refusals by somebody in front of the API: the command that is refused is found by halving, and whether all are.

use super::note_of;
use crate::run::engine::{Landed, Otherwise, Question, Run, Watcher};
use crate::run::ledger::Note;
use crate::run::request::Prepared;
use crate::run::verdict::Mode;
use crate::umapi::wire::MAX_COMMANDS;

/// Single rows that somebody before the API refuses, one after the other, before it is plain that every row is refused.
const MOST_SUSPECTS: usize = 3;

/// Rows from elsewhere in the file that are sent then, alone: where they are refused, too, every row is.
const MOST_WITNESSES: usize = 2;

/// Refusals in words that are not the API's.
#[derive(Debug, Default)]
pub(in crate::run) struct GatewayRefusals {
    /// The last one, in words.
    said: String,
    /// Requests refused since the API itself has answered last.
    pub(in crate::run) in_a_row: u32,
    /// Single rows that were refused alone, with what follows if others are answered.
    pub(in crate::run) suspects: Vec<(u32, Prepared, Note)>,
}

impl GatewayRefusals {
    /// Are so many rows refused, one after the other, that only a row from elsewhere shows whether it is they or all?
    pub(in crate::run) fn wants_a_witness(&self) -> bool {
        self.suspects.len() >= MOST_SUSPECTS
    }
}

impl<W: Watcher> Run<'_, W> {
    /// Somebody between us and the API has refused a request, and nothing of it was done: the halves go apart until one row stands alone. Where row after
    /// row is refused and nothing is answered by the API itself, it is not the rows.
    pub(super) fn refused_before_the_api(&mut self, number: u32, mut jobs: Vec<Prepared>, status: u16, message: &str) {
        self.unheard_in_a_row = 0;
        self.gateway.in_a_row += 1;
        // Who stands in the way may have read the answer, and not the request.
        for prepared in jobs.iter_mut().filter(|prepared| prepared.probe.comes_before_a_repeat()) {
            self.doubt(&mut prepared.job, number, &format!("HTTP {status}"));
            prepared.job.probe_first = true;
        }
        if jobs.len() > 1 {
            let second = jobs.split_off(jobs.len() / 2);
            for half in [second, jobs] {
                self.fixed.push_front(half.into_iter().map(|prepared| prepared.job).collect());
            }
            return;
        }
        let Some(prepared) = jobs.pop() else { return };
        if prepared.job.rows.len() > 1 {
            let apart = prepared.job.rows.iter().map(|row| vec![*row]).collect();
            self.schedule.regroup(prepared.job, apart);
            return;
        }
        if prepared.job.attempts < 2 && self.gateway.in_a_row == 1 {
            // One refusal says nothing of the next.
            let again = self.again_or_probe(prepared, format!("HTTP {status}"));
            return self.later(again.into_iter().collect(), Landed::DueTogether);
        }
        let said = if message.is_empty() { "no reason".to_owned() } else { message.to_owned() };
        self.gateway.said = format!("HTTP {status}, {said}");
        let others = if self.heard || self.before.0 == 0 { "are answered" } else { "were answered before" };
        let message = format!(
            "something in front of the API refuses every request that holds this row (HTTP {status}, {said}); other requests {others}. Check the row for text that a firewall or gateway may reject"
        );
        let note = note_of(&prepared, format!("http.{status}"), message, Mode::of(&self.policy));
        self.end_questions(prepared.job.end);
        self.gateway.suspects.push((number, prepared, note));
        // Where the API has answered and only these are left, no row from elsewhere can tell.
        let only_these = (self.heard || self.only_few_are_left()) && !self.schedule.has_next();
        let most = if only_these { MAX_COMMANDS } else { MOST_SUSPECTS + MOST_WITNESSES - 1 };
        if self.gateway.suspects.len() > most {
            self.halt(format!("something in front of the API refuses this run (HTTP {status}, {said}): row after row, each alone"));
        }
    }

    /// The API has answered: who was refused alone before it is refused for what the row holds.
    pub(super) fn api_answers(&mut self) {
        self.gateway.in_a_row = 0;
        for (number, prepared, note) in std::mem::take(&mut self.gateway.suspects) {
            if prepared.job.once_doubtful {
                self.probe(prepared, Question { why: note.message.clone(), otherwise: Otherwise::Fail(note) });
            } else {
                self.fail(prepared.job, Some(number), &note);
            }
        }
    }

    /// Nothing else is left to be sent: rows that were refused alone have failed where the API has ever answered, and else the run has. `true`: there is more
    /// to do.
    pub(in crate::run) fn judge_suspects(&mut self) -> bool {
        if self.gateway.suspects.is_empty() {
            return false;
        }
        if self.heard || self.only_few_are_left() {
            self.api_answers();
        } else {
            let said = &self.gateway.said;
            let why = format!("the server refuses this run: something in front of the API refuses every request ({said})");
            self.halt(why);
        }
        true
    }
}
