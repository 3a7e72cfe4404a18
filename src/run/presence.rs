//! Whether somebody is there before she is removed: the server confirms a removal for a stranger too.
//!
//! One answer is enough. A person who was asked about before the run (administrators) is not asked about
//! again, unless something that was sent since may have changed it.

use super::engine::{Landed, Run, Watcher};
use super::probe::Told;
use super::probe_answers::{ProbeAnswers, Sure};
use super::request::{Prepared, takes_leave};
use super::settle::only_takes_away;
use crate::plan::Job;
use crate::umapi::ApiError;
use crate::umapi::wire::Root;
use std::collections::HashSet;
use std::io;

impl<W: Watcher> Run<'_, W> {
    /// Knows from here on who is there and who is not, as the server said before anything was sent. `known`: the rows of which that
    /// tells, as they were before an earlier file was sent.
    ///
    /// # Errors
    /// When a row cannot be read again.
    pub fn with_probe_answers(mut self, answers: ProbeAnswers, known: HashSet<u32>) -> io::Result<Self> {
        if self.policy.verify_deletes {
            self.presence_known = if answers.is_touched() { answers.rows_known(&self.reading, self.plan)? } else { known };
        }
        self.probe_answers = answers;
        Ok(self)
    }

    /// Does the command take something away from somebody who is not there, and whom neither an earlier row nor an earlier sending has changed?
    pub(super) fn is_about_an_absent_user(&self, prepared: &Prepared) -> bool {
        let Prepared { job, command, .. } = prepared;
        let is_first = !job.follows && job.sent == 0 && !job.once_doubtful && !job.present;
        let is_unlisted = !job.expected.is_empty() && job.expected.iter().all(|expected| expected.not_there);
        is_first && (self.probe_answers.sure(&command.root) == Some(Sure::Absent) || is_unlisted) && only_takes_away(prepared)
    }

    /// Returns a command that may go: the person to remove is there, where that is to be verified. `None`: the server is asked, or nothing is sent.
    pub(super) fn with_presence(&mut self, mut prepared: Box<Prepared>) -> Option<Prepared> {
        // It was verified before the first sending. Who is gone now may be gone by that.
        prepared.job.present |= self.policy.verify_deletes && prepared.job.sent > 0;
        let job = &prepared.job;
        if !self.policy.verify_deletes || job.present || !takes_leave(&prepared.command) {
            return Some(*prepared);
        }
        let is_first = !job.follows && job.sent == 0 && !job.once_doubtful;
        match self.probe_answers.sure(&prepared.command.root).filter(|_| is_first) {
            Some(Sure::There) => return Some(*prepared),
            Some(Sure::Absent) => self.looked_before(*prepared, Ok(None)),
            None => self.look_before(prepared),
        }
        None
    }

    /// A command is about to leave: what it removes was there, where that is known, and what it changes may not be as it was told.
    pub(super) fn note_presence(&mut self, Prepared { job, command, footprint, .. }: &mut Prepared) {
        let is_there = || !job.follows && self.probe_answers.sure(&command.root) == Some(Sure::There);
        job.present |= takes_leave(command) && (self.policy.verify_deletes || is_there());
        self.probe_answers.touch(footprint.users());
    }

    /// Asks whether a user is there before the removal.
    fn look_before(&mut self, prepared: Box<Prepared>) {
        let client = self.client.clone();
        self.probes += 1;
        self.early_probes += 1;
        self.presence_known.remove(&prepared.job.first());
        self.flights.spawn(async move {
            let told = match &prepared.command.root {
                Root::User { user, domain, use_adobe_id } => {
                    let domain = if *use_adobe_id { Some("AdobeID") } else { domain.as_deref() };
                    client.user(user, domain).await.map(|user| user.as_ref().map(Told::of))
                }
                Root::Group { .. } => Ok(Some(Told::default())),
            };
            Landed::Present { prepared, told }
        });
    }

    /// The server has told whether the user to remove is there, and who that is.
    pub(super) fn looked_before(&mut self, mut prepared: Prepared, told: Result<Option<Told>, ApiError>) {
        match told {
            Ok(Some(told)) => {
                prepared.job.present = true;
                self.presence_known.insert(prepared.job.first());
                self.learn(&mut prepared, &told);
                self.schedule.put_back(prepared.job);
            }
            Ok(None) => self.found_nobody(prepared),
            Err(error) => self.halt(format!("--verify-deletes could not check: {error}")),
        }
    }
}

/// A command about the same user goes before this one, and may remove her: whether she is there is asked
/// again, unless this one was sent before.
pub(super) fn behind_another(job: Job) -> Job {
    Job { present: job.present && job.sent > 0, ..job }
}
