//! Outcomes of rows that take something away from somebody who is not there.

use super::engine::{Run, Watcher};
use super::ledger::{Note, Status};
use super::reading::NOT_THERE;
use super::request::Prepared;
use super::settle::{leavers, user_of};
use crate::organization::{not_there_words, perhaps_words};

impl<W: Watcher> Run<'_, W> {
    /// The row takes something away from somebody who is not there.
    pub(super) fn not_there(&mut self, prepared: Prepared, number: Option<u32>, no_user: &str, more: &str) {
        self.streak.1 = 0;
        let note = self.not_there_note(&prepared, no_user, more);
        self.settle_job(prepared.job, number, Status::Unchanged, &note);
    }

    /// With `--verify-deletes`, the server has said before the row is sent that nobody is there.
    pub(super) fn found_nobody(&mut self, prepared: Prepared) {
        self.streak.1 = 0;
        let no_user = "--verify-deletes checked first: the server knows no active user";
        let note = self.not_there_note(&prepared, no_user, ". Without --verify-deletes the removal is sent, also for a disabled account");
        let leavers = leavers(&prepared.command).unwrap_or_default();
        let rest: Vec<u32> = prepared.job.rows.iter().copied().filter(|row| !leavers.contains(row)).collect();
        if rest.is_empty() {
            self.settle_job(prepared.job, None, Status::Unchanged, &note);
        } else {
            self.settle_rows(&prepared.job, leavers, None, Status::Unchanged, &note);
            self.schedule.settle(&prepared.job, leavers);
            // What other rows want of the same user, the server shall say.
            self.schedule.regroup(prepared.job, vec![rest]);
        }
    }

    fn not_there_note(&self, prepared: &Prepared, no_user: &str, more: &str) -> Note {
        let who = user_of(&prepared.command);
        let known = self.reading.known.map(|known| known.perhaps_meant(who)).unwrap_or_default();
        // Questions about single people tell of nobody else, and a list may be at hand all the same.
        let perhaps = if known.is_empty() { perhaps_words(&self.probe_answers.near(who)) } else { known };
        Note { code: NOT_THERE.to_owned(), message: not_there_words(no_user, who, &perhaps, more) }
    }
}
