//! What follows from an answer, or from its absence, for each job of a request.

use super::engine::{Doubt, Landed, MaxErrors, Run, Watcher};
use super::ledger::{Note, Outcome, Status};
use super::look::Seen;
use super::request::{MissingGroup, Prepared};
use super::verdict::{Refusal, Verdict, apart, verdicts};
use crate::change::Effect;
use crate::organization::Organization;
use crate::plan::{Command, Job, Key, describe};
use crate::umapi::retry::{backoff, unknown_group};
use crate::umapi::wire::{Answer, Members, Removal, Step};
use crate::umapi::{ActError, ApiError};
use jiff::Timestamp;

/// Attempts while nothing but pages and noise has ever answered.
const PATIENCE_WITH_ALIENS: u32 = 3;

impl<W: Watcher> Run<'_, W> {
    /// Takes an answer, or the news that there is none.
    pub(super) fn hear(&mut self, number: u32, jobs: Vec<Prepared>, answer: Result<Answer, ActError>) {
        let what = match &answer {
            Ok(answer) => format!("{}, {} refused", answer.result, answer.errors.len()),
            Err(error) => error.to_string(),
        };
        self.watcher.heard(number, jobs.len(), &what);
        match answer {
            Ok(answer) => {
                self.anything_sent = true;
                self.end_retry();
                self.heard = true;
                self.unheard_in_a_row = 0;
                let commands: Vec<&Command> = jobs.iter().map(|prepared| &prepared.command).collect();
                let verdicts = verdicts(&commands, &answer);
                let alone = jobs.len() == 1;
                let judged = jobs.into_iter().zip(verdicts);
                let again: Vec<Job> = judged.filter_map(|(prepared, verdict)| self.judge(number, prepared, verdict, alone)).collect();
                self.later(again);
            }
            Err(ActError::Refused { code, message, whole_request: true, .. }) => self.halve(number, jobs, code, message),
            Err(ActError::Refused { status, code, message, .. } | ActError::Denied { status, code, message }) => {
                self.halt(format!("the server refuses this run: HTTP {status} {code}: {message}"));
            }
            Err(ActError::WaitTooLong { wait, why }) => {
                self.halt(format!("the server asks for a wait of {} s ({why}), which is more than --max-wait allows", wait.as_secs()));
            }
            Err(ActError::Closed) => {}
            Err(ActError::NoAnswer { cause, maybe_done, alien }) => self.unheard(number, jobs, &cause, maybe_done, alien),
        }
    }

    /// What a verdict means for a job; given back, it is to go again after a wait.
    fn judge(&mut self, number: u32, mut prepared: Prepared, verdict: Verdict, alone: bool) -> Option<Job> {
        match verdict {
            Verdict::Done { remarks } => self.part_done(number, prepared, remarks),
            Verdict::Exists => {
                prepared.job.exists = true;
                prepared.job.held.clear();
                self.schedule.put_back(prepared.job);
            }
            Verdict::Holds(step) => {
                prepared.job.hold(step);
                self.schedule.put_back(prepared.job);
            }
            Verdict::Hiccup(refusal) if prepared.job.attempts < self.policy.max_attempts => {
                let why = format!("{}: {}", refusal.code, refusal.message);
                // An internal error says little about what was done; the other codes say that nothing was.
                if prepared.look.is_some() && refusal.code.starts_with("error.internal") {
                    self.doubt(&mut prepared.job, number, &why);
                }
                return self.again_or_look(prepared, why);
            }
            Verdict::Hiccup(refusal) => self.refused(number, prepared, refusal, true),
            Verdict::Refused(refusal) => self.refused(number, prepared, refusal, false),
            Verdict::Untraceable if !alone => self.fixed.push_back(vec![prepared.job]),
            Verdict::Untraceable if prepared.job.attempts < self.policy.max_attempts => {
                return self.again_or_look(prepared, "the answer contradicts itself".to_owned());
            }
            Verdict::Untraceable => {
                let message = "the server's answer contradicts itself: look at the user in the Admin Console".to_owned();
                self.settle_job(prepared.job, Some(number), Status::Unknown, &Note { code: "unknown.answer".to_owned(), message });
            }
        }
        None
    }

    /// One command of the job is done; the rows are when it was the last.
    fn part_done(&mut self, number: u32, prepared: Prepared, remarks: String) {
        let mut job = prepared.job;
        if job.part + 1 < prepared.parts {
            job.next_part();
            self.write_progress(&job);
            self.schedule.put_back(job);
            return;
        }
        self.know_groups(&prepared.command);
        if let Some(leavers) = leavers(&prepared.command).filter(|_| !self.policy.verify_deletes) {
            let confirmed = "removal confirmed; the API says so even of a user it does not know (--verify-deletes looks first)";
            let message = if remarks.is_empty() { confirmed.to_owned() } else { format!("{confirmed}; {remarks}") };
            let note = Note { code: String::new(), message };
            self.settle_rows(&job, leavers, Some(number), Status::Ok, &note);
        }
        self.succeed(job, Some(number), remarks);
    }

    pub(super) fn succeed(&mut self, job: Job, number: Option<u32>, message: String) {
        self.streak.1 = 0;
        self.settle_job(job, number, Status::Ok, &Note { code: String::new(), message });
    }

    /// These rows of a job get this outcome.
    fn settle_rows(&mut self, job: &Job, rows: &[u32], number: Option<u32>, status: Status, note: &Note) {
        let now = Timestamp::now();
        for row in rows {
            let mut note = note.clone();
            let mut effect = Effect::NONE;
            if let Some(expected) = job.expected(*row).filter(|_| status == Status::Ok) {
                // Test mode changes nothing.
                effect = if self.policy.test_mode { expected.effect.only_differences() } else { expected.effect };
                note.remark(&expected.remark);
            }
            let outcome = Outcome { status, note, effect, attempts: job.sent, request: number, finished_at: Some(now) };
            self.settle_row(*row, outcome);
        }
    }

    /// All rows of a job that have no outcome yet get this one.
    fn settle_job(&mut self, job: Job, number: Option<u32>, status: Status, note: &Note) {
        let open: Vec<u32> = job.rows.iter().copied().filter(|row| !self.ledger.is_settled(*row)).collect();
        self.settle_rows(&job, &open, number, status, note);
        self.schedule.settle(&job, &job.rows);
        self.schedule.finish(job);
    }

    /// A group that was created, or got a new name, is no longer missing.
    fn know_groups(&mut self, command: &Command) {
        let crate::umapi::wire::Root::Group { usergroup } = &command.root else { return };
        self.missing.remove(&Key::group(usergroup));
        for traced in &command.steps {
            if let Step::UpdateUserGroup(update) = &traced.step
                && let Some(name) = &update.name
            {
                self.missing.remove(&Key::group(name));
            }
        }
    }

    /// The server refused a command: a row alone has failed, rows together go again apart.
    fn refused(&mut self, number: u32, prepared: Prepared, refusal: Refusal, hiccups: bool) {
        if prepared.job.rows.len() > 1 {
            let all = prepared.job.rows.clone();
            let failing = refusal.step.map_or(all.as_slice(), |step| prepared.command.steps[step].rows.as_slice());
            let groups = apart(&all, failing);
            self.schedule.regroup(prepared.job, groups);
            return;
        }
        // A command whose first sending was not heard of, and whose repeat is refused, may have been done the first time.
        if prepared.job.doubtful && !hiccups && prepared.look.is_some() {
            let why = format!("{}: {}", refusal.code, refusal.message);
            self.look(prepared, why);
            return;
        }
        if unknown_group(&refusal.code) {
            self.miss_group(&prepared, &refusal);
        }
        let mut message = refusal.message.clone();
        if let Some(traced) = refusal.step.and_then(|step| prepared.command.steps.get(step)) {
            message = format!("step {} ({}): {message}", refusal.step.unwrap_or(0) + 1, describe(&traced.step));
        }
        if hiccups {
            message = format!(
                "{message} (an error inside the server that came back at each of {} attempts; a directory synchronised from elsewhere refuses this way)",
                prepared.job.attempts
            );
        }
        if !prepared.done.is_empty() {
            message = format!("{message}; done all the same: {}", prepared.done);
        }
        self.fail(prepared.job, Some(number), &Note { code: refusal.code, message });
    }

    fn fail(&mut self, job: Job, number: Option<u32>, note: &Note) {
        self.settle_job(job, number, Status::Failed, note);
        self.count_error(&note.code);
    }

    /// Stops the run when too many rows are refused.
    fn count_error(&mut self, code: &str) {
        if self.streak.0 == code {
            self.streak.1 += 1;
        } else {
            self.streak = (code.to_owned(), 1);
        }
        // They count since this start.
        let failed = self.ledger.count(Status::Failed) - self.before.1;
        match self.policy.max_errors {
            MaxErrors::InARow(most) if self.streak.1 >= most => {
                let (code, rows) = &self.streak;
                self.halt(format!(
                    "{rows} rows in a row were refused with {code}: something is wrong with the file or the organization. Mend it, or allow more with --max-errors"
                ));
            }
            MaxErrors::Cap(cap) => {
                let judged = Status::ALL.iter().map(|status| self.ledger.count(*status)).sum::<u64>() - self.before.0;
                let enough = !matches!(cap, super::guard::Cap::Percent(_)) || judged >= 100;
                if enough && cap.is_exceeded(failed, judged) {
                    self.halt(format!("{failed} rows failed, and --max-errors allows {cap}"));
                }
            }
            MaxErrors::InARow(_) | MaxErrors::Off => {}
        }
    }

    /// Remembers a group that the server does not know, where it is clear which one that is.
    fn miss_group(&mut self, prepared: &Prepared, refusal: &Refusal) {
        let step = refusal.step.and_then(|step| prepared.command.steps.get(step)).or(match prepared.command.steps.as_slice() {
            [only] => Some(only),
            _ => None,
        });
        let names: &[String] = match step.map(|traced| &traced.step) {
            Some(Step::Add(Members { group, .. }) | Step::Remove(Removal::Members(Members { group, .. }))) => group,
            _ => return,
        };
        let named: Vec<&String> = match names {
            [only] => vec![only],
            several => several.iter().filter(|name| refusal.message.contains(name.as_str())).collect(),
        };
        if let [name] = named.as_slice() {
            let group = MissingGroup { name: (*name).clone(), code: refusal.code.clone(), row: prepared.job.first() };
            self.missing.insert(Key::group(name), group);
        }
    }

    /// One bad command sinks a request: the halves go apart until it stands alone.
    fn halve(&mut self, number: u32, mut jobs: Vec<Prepared>, code: String, message: String) {
        self.unheard_in_a_row = 0;
        if jobs.len() > 1 {
            let second = jobs.split_off(jobs.len() / 2);
            for half in [jobs, second] {
                self.fixed.push_back(half.into_iter().map(|prepared| prepared.job).collect());
            }
        } else if let Some(prepared) = jobs.pop() {
            self.refused(number, prepared, Refusal { step: None, code, message }, false);
        }
    }

    /// No answer came: what is harmless goes again, after a wait; the rest is looked at.
    fn unheard(&mut self, number: u32, jobs: Vec<Prepared>, cause: &str, maybe_done: bool, alien: bool) {
        self.anything_sent |= maybe_done;
        self.begin_retry(cause);
        self.unheard_in_a_row += 1;
        let alone = jobs.len() == 1;
        // At the start somebody is looking, and a wrong address or a login page answers the same way for ever.
        let most = if alien && !self.heard { PATIENCE_WITH_ALIENS } else { u32::MAX };
        let patience = self.policy.max_attempts.min(most);
        let mut again = Vec::new();
        for mut prepared in jobs {
            if maybe_done {
                self.doubt(&mut prepared.job, number, cause);
            }
            if prepared.job.attempts < patience {
                again.extend(self.again_or_look(prepared, cause.to_owned()));
            } else if self.unheard_in_a_row >= patience {
                self.halt(format!("the server does not answer ({cause}), after {patience} attempts"));
            } else if !alone {
                // Others are answered: one command among these may be the trouble.
                self.fixed.push_back(vec![prepared.job]);
            } else if prepared.job.doubtful {
                self.settle_job(prepared.job, Some(number), Status::Unknown, &Note::unheard(cause));
            } else {
                let message = format!("never reached the server ({cause}), in {} attempts", prepared.job.attempts);
                self.fail(prepared.job, None, &Note { code: "error.no_answer".to_owned(), message });
            }
        }
        self.later(again);
    }

    /// The rows may have been carried out though nobody heard of it.
    fn doubt(&mut self, job: &mut Job, request: u32, why: &str) {
        job.doubtful = true;
        let doubt = Doubt { request, sent: job.sent, why: why.into() };
        self.doubtful.extend(job.rows.iter().map(|row| (*row, doubt.clone())));
        self.write_progress(job);
    }

    /// Gives back a job that may simply go again; where sending it again might do harm, a look comes first.
    fn again_or_look(&mut self, prepared: Prepared, why: String) -> Option<Job> {
        if prepared.job.doubtful && prepared.look.is_some() {
            self.look(prepared, why);
            return None;
        }
        Some(prepared.job)
    }

    /// Sends jobs again after one wait for all, so that they fill a request again.
    fn later(&mut self, jobs: Vec<Job>) {
        let Some(attempts) = jobs.iter().map(|job| job.attempts).max() else { return };
        let wait = backoff(attempts, self.policy.retry_wait, fastrand::f64());
        self.delay_retry(wait);
        self.repeats += 1;
        self.flights.spawn(async move {
            tokio::time::sleep(wait).await;
            Landed::Due(jobs)
        });
    }

    fn look(&mut self, prepared: Prepared, why: String) {
        let Some(look) = prepared.look.clone() else { return };
        let client = self.client.clone();
        let wait = backoff(prepared.job.attempts, self.policy.retry_wait, fastrand::f64());
        self.delay_retry(wait);
        self.looks += 1;
        self.flights.spawn(async move {
            // Nobody waits when the run is over.
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = client.closed() => {}
            }
            let seen = look.look(&client).await;
            Landed::Look { prepared: Box::new(prepared), why, seen }
        });
    }

    /// A look has shown what became of a command without an answer.
    pub(super) fn looked(&mut self, prepared: Prepared, why: &str, seen: Result<Seen, ApiError>) {
        let number = self.doubtful.get(&prepared.job.first()).map(|doubt| doubt.request);
        if seen.is_ok() {
            self.end_retry();
        }
        match seen {
            Ok(Seen::Done) => self.seen_done(prepared, number, &format!("no answer was heard ({why}), but a look shows that it is done")),
            Ok(Seen::NotDone) if prepared.job.attempts < self.policy.max_attempts => {
                let mut job = prepared.job;
                job.doubtful = false;
                job.rows.iter().for_each(|row| {
                    self.doubtful.remove(row);
                });
                self.write_progress(&job);
                self.schedule.put_back(job);
            }
            Ok(Seen::NotDone) => {
                let message = format!("{why}: not done after {} attempts, as a look shows", prepared.job.attempts);
                self.fail(prepared.job, number, &Note { code: "error.no_answer".to_owned(), message });
            }
            Ok(Seen::Unclear(what)) => {
                if let Some(Organization { name, at, .. }) = self.absent_before(&prepared.job, prepared.look.as_ref()) {
                    let message = format!("no answer was heard ({why}), but the user is there, and was not in {name} of {at:.0}");
                    return self.seen_done(prepared, number, &message);
                }
                let note = Note { code: "unknown.no_answer".to_owned(), message: format!("no answer was heard ({why}); {what}") };
                self.settle_job(prepared.job, number, Status::Unknown, &note);
            }
            // The run is being stopped: whoever goes on with it looks.
            Err(_) if self.stop.is_some() => {}
            Err(ApiError::Credentials(message)) => self.halt(format!("the server refuses this run: {message}")),
            Err(error) => {
                let message =
                    format!("no answer was heard ({why}), and a look was not possible ({error}): look at the user in the Admin Console");
                self.settle_job(prepared.job, number, Status::Unknown, &Note { code: "unknown.no_answer".to_owned(), message });
            }
        }
    }

    /// A command without an answer has been carried out.
    fn seen_done(&mut self, prepared: Prepared, number: Option<u32>, message: &str) {
        if prepared.job.part + 1 < prepared.parts {
            self.part_done(0, prepared, String::new());
        } else {
            self.know_groups(&prepared.command);
            self.succeed(prepared.job, number, message.to_owned());
        }
    }

    /// A look has shown whether the user to remove is there.
    pub(super) fn looked_before(&mut self, mut prepared: Prepared, present: Result<bool, ApiError>) {
        match present {
            Ok(true) => {
                prepared.job.present = true;
                self.schedule.put_back(prepared.job);
            }
            Ok(false) => {
                let message = "not sent: --verify-deletes looked and found no such user in the organization".to_owned();
                let note = Note { code: "error.user.not_found".to_owned(), message };
                let leavers = leavers(&prepared.command).unwrap_or_default();
                let rest: Vec<u32> = prepared.job.rows.iter().copied().filter(|row| !leavers.contains(row)).collect();
                if rest.is_empty() {
                    self.fail(prepared.job, None, &note);
                } else {
                    self.settle_rows(&prepared.job, leavers, None, Status::Failed, &note);
                    self.schedule.settle(&prepared.job, leavers);
                    self.count_error(&note.code);
                    // What other rows want of the same user, the server shall say.
                    self.schedule.regroup(prepared.job, vec![rest]);
                }
            }
            Err(error) => self.halt(format!("--verify-deletes could not look: {error}")),
        }
    }
}

/// The rows whose removal from the organization a command carries out; `None` where there is none.
fn leavers(command: &Command) -> Option<&[u32]> {
    command.steps.iter().find(|traced| matches!(traced.step, Step::RemoveFromOrg { .. })).map(|traced| traced.rows.as_slice())
}
