//! Requests without a proper answer: what is harmless goes again, and a probe settles the rest.

use super::{NO_ACTIVE_USER, is_about_nobody, note_of, only_takes_away};
use crate::number::count;
use crate::plan::{CreateStep, Job};
use crate::run::effect::{expected_of, of_steps};
use crate::run::engine::{Doubt, Landed, Otherwise, Question, Run, Watcher};
use crate::run::identify::is_somebody;
use crate::run::ledger::{Note, Status};
use crate::run::probe::{Evidence, ProbeResult};
use crate::run::request::Prepared;
use crate::run::verdict::Mode;
use crate::umapi::ApiError;
use crate::umapi::retry::backoff;
use crate::umapi::wire::MAX_COMMANDS;
use std::time::Duration;

/// Attempts while nothing but pages and noise has ever answered.
const PATIENCE_WITH_ALIENS: u32 = 3;

/// Probes of one command that get no answer which can be understood.
const MOST_PROBES: u32 = 3;

/// The probe after the service has given up is asked a moment later.
const A_MOMENT: Duration = Duration::from_millis(20);

impl<W: Watcher> Run<'_, W> {
    /// No answer came: what is harmless goes again, after a wait; for the rest a probe comes first.
    pub(super) fn unheard(&mut self, number: u32, jobs: Vec<Prepared>, cause: &str, maybe_done: bool, alien: bool) {
        self.anything_sent |= maybe_done;
        self.begin_retry(cause);
        self.unheard_in_a_row += 1;
        let alone = jobs.len() == 1;
        // At the start somebody is watching, and a wrong address or a login page answers the same way for ever.
        let most = if alien && !self.heard { PATIENCE_WITH_ALIENS } else { u32::MAX };
        let patience = self.policy.max_attempts.min(most);
        let mut again = Vec::new();
        for mut prepared in jobs {
            if maybe_done {
                self.doubt_for_long(&mut prepared, number, cause);
            }
            if prepared.job.attempts < patience {
                again.extend(self.again_or_probe(prepared, cause.to_owned()));
            } else if self.unheard_in_a_row >= patience && alone && prepared.job.doubtful && self.rows_left() <= MAX_COMMANDS as u64 {
                // Nothing else of the file can show whether the server is there.
                let note = unanswered(&prepared, cause, Mode::of(&self.policy));
                self.suspect(number, prepared, note, cause.to_owned());
            } else if self.unheard_in_a_row >= patience {
                self.halt(format!("the server does not answer ({cause}), after {}", count(patience.into(), "attempt")));
            } else if !alone {
                // Others are answered: one command among these may be the trouble.
                self.fixed.push_back(vec![prepared.job]);
            } else if prepared.job.doubtful {
                let note = unanswered(&prepared, cause, Mode::of(&self.policy));
                self.probe(prepared, Question { why: cause.to_owned(), otherwise: Otherwise::Fail(note) });
            } else {
                let message = format!("never reached the server ({cause}), in {}", count(prepared.job.attempts.into(), "attempt"));
                let note = note_of(&prepared, "error.no_answer".to_owned(), message, Mode::of(&self.policy));
                self.fail(prepared.job, None, &note);
            }
        }
        self.again_later(again);
    }

    /// Sends again what got no answer. Where others are answered and this company has now been sent twice for nothing, the halves go apart: one command may
    /// be the trouble of all.
    fn again_later(&mut self, mut jobs: Vec<Job>) {
        let attempts = jobs.iter().map(|job| job.attempts).max().unwrap_or(0);
        if jobs.len() == 1 || attempts < 2 || self.unheard_in_a_row > attempts {
            return self.later(jobs, Landed::Due);
        }
        let second = jobs.split_off(jobs.len() / 2);
        self.later(jobs, Landed::DueTogether);
        self.later(second, Landed::DueTogether);
    }

    /// The rows may have been carried out though the answer does not say so.
    pub(super) fn doubt(&mut self, job: &mut Job, request: u32, why: &str) {
        job.doubtful = true;
        job.once_doubtful = true;
        job.probes = 0;
        let doubt = Doubt { request, sent: job.sent, why: why.into() };
        self.doubtful.extend(job.rows.iter().map(|row| (*row, doubt.clone())));
        self.write_progress(job);
    }

    /// The same, and the service may carry them out for a while yet: nobody has heard that it is through with them.
    pub(super) fn doubt_for_long(&mut self, Prepared { job, .. }: &mut Prepared, request: u32, why: &str) {
        self.late_effects.uncertain(request, &job.rows);
        job.late_until = job.late_until.max(Some(self.now() + self.policy.effect_window));
        job.late_sendings += 1;
        self.doubt(job, request, why);
    }

    /// Gives back a job that may simply go again; where sending it again might do harm, a probe comes first.
    pub(super) fn again_or_probe(&mut self, prepared: Prepared, why: String) -> Option<Job> {
        if prepared.job.doubtful && prepared.probe.comes_before_a_repeat() {
            self.probe(prepared, Question { why, otherwise: Otherwise::SendAgain });
            return None;
        }
        Some(prepared.job)
    }

    /// Sends jobs again after one wait for all, so that they fill a request again.
    pub(super) fn later(&mut self, jobs: Vec<Job>, landed: impl FnOnce(Vec<Job>) -> Landed + Send + 'static) {
        let Some(attempts) = jobs.iter().map(|job| job.attempts).max() else { return };
        let wait = backoff(attempts, self.policy.retry_wait, fastrand::f64());
        self.delay_retry(wait);
        self.repeats += 1;
        self.flights.spawn(async move {
            tokio::time::sleep(wait).await;
            landed(jobs)
        });
    }

    /// Asks what became of a command: soon, and where that shows that nothing is done yet, again when nothing can come any more.
    pub(in crate::run) fn probe(&mut self, mut prepared: Prepared, question: Question) {
        let soon = backoff(prepared.job.attempts, self.policy.retry_wait, fastrand::f64());
        let late = self.late_for(&prepared.job).map(|left| left + A_MOMENT);
        let wait = late.filter(|_| prepared.job.probes > 0).unwrap_or(soon);
        prepared.job.probes += 1;
        let client = self.client.clone();
        if wait > soon {
            self.wait_for_late_effect(wait);
        } else {
            self.delay_retry(wait);
        }
        let evidence = self.evidence(&prepared);
        self.probes += 1;
        self.flights.spawn(async move {
            // Nobody waits when the run is over.
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = client.closed() => {}
            }
            let result = prepared.probe.ask(&client, &evidence).await;
            Landed::Probed { prepared: Box::new(prepared), question, result }
        });
    }

    /// A probe has shown what became of a command.
    pub(in crate::run) fn probed(&mut self, mut prepared: Prepared, question: Question, result: Result<ProbeResult, ApiError>) {
        let number = self.doubtful.get(&prepared.job.first()).map(|doubt| doubt.request);
        if result.is_ok() {
            self.end_retry();
        }
        let why = &question.why;
        match result {
            Ok(ProbeResult::Done) => {
                let message = self.words_of_a_seen_effect(&mut prepared, why);
                self.seen_done(prepared, number, &message);
            }
            // While the service may still work on it, that proves nothing; once the run stops, the process that goes on with it asks again.
            Ok(result @ (ProbeResult::NotDone | ProbeResult::NobodyThere | ProbeResult::OnlyCreated))
                if self.late_for(&prepared.job).is_some() =>
            {
                prepared.job.seen_absent |= result != ProbeResult::OnlyCreated;
                if self.stop.is_none() {
                    self.probe(prepared, question);
                }
            }
            Ok(ProbeResult::NobodyThere) if only_takes_away(&prepared) => {
                let words = format!("no clear answer ({why}), and a probe shows that the server has no user");
                self.not_there(prepared, number, &words, "");
            }
            Ok(ProbeResult::OnlyCreated) => self.go_on_after_the_create(prepared),
            Ok(ProbeResult::NotDone | ProbeResult::NobodyThere) => {
                prepared.job.seen_absent = true;
                self.not_done(prepared, question, number);
            }
            Ok(ProbeResult::Unclear(what)) => {
                // A group that may have been created is missing no more: the server decides about the rows that name it.
                self.group_is_there(&prepared.command);
                let note = Note { code: "unknown.no_answer".to_owned(), message: format!("no clear answer ({why}); {what}") };
                self.settle_job(prepared.job, number, Status::Unknown, &note);
            }
            // The run is being stopped: the process that goes on with it asks.
            Err(_) if self.stop.is_some() => {}
            Err(ApiError::Credentials(message)) => self.halt(format!("the server refuses this run: {message}")),
            // Another question may be answered; the last one comes when the service can carry nothing out any more.
            Err(_) if prepared.job.probes < MOST_PROBES || self.late_for(&prepared.job).is_some() => self.probe(prepared, question),
            Err(error) => {
                self.group_is_there(&prepared.command);
                let message =
                    format!("no clear answer ({why}), and a probe was not possible ({error}): check the user in the Admin Console");
                self.settle_job(prepared.job, number, Status::Unknown, &Note { code: "unknown.no_answer".to_owned(), message });
            }
        }
    }

    /// A command was not carried out, and will not be.
    fn not_done(&mut self, prepared: Prepared, question: Question, number: Option<u32>) {
        let mut job = prepared.job;
        job.doubtful = false;
        job.rows.iter().for_each(|row| drop(self.doubtful.remove(row)));
        let is_over = matches!(question.otherwise, Otherwise::Fail(_)) || job.attempts >= self.policy.max_attempts;
        if is_over && job.rows.len() > 1 {
            // One of them may keep the others from being seen done.
            let apart = job.rows.iter().map(|row| vec![*row]).collect();
            return self.schedule.regroup(job, apart);
        }
        match question.otherwise {
            Otherwise::Fail(note) => self.fail(job, number, &note),
            Otherwise::SendAgain if job.attempts < self.policy.max_attempts => {
                self.write_progress(&job);
                self.schedule.put_back(job);
            }
            Otherwise::SendAgain => {
                let message = format!("{}: not done after {}, as a probe shows", question.why, count(job.attempts.into(), "attempt"));
                self.fail(job, number, &Note { code: "error.no_answer".to_owned(), message });
            }
        }
    }

    /// A command without a proper answer has created the user or the group, and was refused after that: the rest is sent again, so that the server says what it
    /// refuses.
    fn go_on_after_the_create(&mut self, mut prepared: Prepared) {
        prepared.job.doubtful = false;
        prepared.job.attempts = 0;
        prepared.job.rows.iter().for_each(|row| drop(self.doubtful.remove(row)));
        self.create_is_done(&mut prepared);
        self.schedule.put_back(prepared.job);
    }

    /// The create step of a row was carried out, and those after it were not: it is not sent again, for it might be refused then.
    pub(super) fn create_is_done(&mut self, Prepared { job, command, .. }: &mut Prepared) {
        let create = &command.steps[..command.steps.len().min(1)];
        job.halfway.done = job.halfway.done.and(of_steps(create, expected_of(job)));
        job.halfway.create = CreateStep::Done;
        job.halfway.held.clear();
        self.write_progress(job);
        self.group_is_there(command);
    }

    /// Is it known that what the command wants was not so already when it was sent? Else its effect may still come: a group that is gone may have been gone
    /// before, and the deletion meets one that is created later.
    fn was_not_so_before(&self, prepared: &Prepared) -> bool {
        self.evidence(prepared).seen_absent || (prepared.probe.needs_identity() && is_somebody(&prepared.job))
    }

    /// What is known before a probe.
    fn evidence(&self, Prepared { job, probe, .. }: &Prepared) -> Evidence {
        Evidence { identity: job.identity.clone(), seen_absent: job.seen_absent || self.absent_before(job, probe).is_some() }
    }

    /// A command without a proper answer has been carried out.
    fn seen_done(&mut self, mut prepared: Prepared, number: Option<u32>, message: &str) {
        if prepared.job.late_sendings <= 1 && prepared.job.attempts <= 1 && self.was_not_so_before(&prepared) {
            // It was sent once, and has happened: it cannot come again.
            prepared.job.late_until = None;
            let notice = number.and_then(|number| self.late_effects.done(number, &prepared.job.rows));
            self.notify(notice);
        }
        if prepared.job.part + 1 < prepared.parts || prepared.more_steps > 0 {
            self.part_done(0, prepared, String::new());
        } else if is_about_nobody(&prepared) {
            self.not_there(prepared, number, NO_ACTIVE_USER, self.sent_all_the_same());
        } else {
            self.know_groups(&prepared.command);
            self.complete(prepared.job, number, message.to_owned());
        }
    }
}

/// The reason of a command that never got a proper answer and was not carried out.
fn unanswered(prepared: &Prepared, cause: &str, mode: Mode) -> Note {
    let attempts = count(prepared.job.attempts.into(), "attempt");
    let message = format!("no proper answer ({cause}) in {attempts}, and a probe shows that it was not done");
    note_of(prepared, "error.no_answer".to_owned(), message, mode)
}
