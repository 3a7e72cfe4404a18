//! What follows from an answer, or from its absence, for each job of a request.

mod gateway;
mod known_groups;
mod refused;
mod uncertain;

pub(super) use gateway::GatewayRefusals;

use super::effect::{already_done, carried_out, expected_of, now_exists, of_steps, so_before};
use super::engine::{Landed, MOST_QUESTIONS, Otherwise, Question, Run, Watcher};
use super::ledger::{Note, Outcome, Status};
use super::probe::{Evidence, NOBODY, Probe, ProbeResult};
use super::request::Prepared;
use super::verdict::{Mode, Refusal, Verdict, verdicts};
use crate::change::Effect;
use crate::clock;
use crate::plan::{Command, CreateStep, Halfway, Job, describe};
use crate::umapi::retry::leaves_uncertain;
use crate::umapi::wire::{Answer, Removal, Root, Step};
use crate::umapi::{ActError, ApiError, RefusalScope};

/// Are the refusals of a row its own, or the server's that did not go away?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RefusedFor {
    /// The row is refused.
    TheRow,
    /// A row alone is refused in words that name no command, or no step of it.
    NoPlace,
    /// An error inside the server came back until the attempts were used up.
    TheServer,
}

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
                self.api_answers();
                let commands: Vec<&Command> = jobs.iter().map(|prepared| &prepared.command).collect();
                let mode = Mode::of(&self.policy);
                let verdicts = verdicts(&commands, &answer, mode);
                let alone = jobs.len() == 1;
                let judged = jobs.into_iter().zip(verdicts);
                let again: Vec<Job> = judged.filter_map(|(prepared, verdict)| self.judge(number, prepared, verdict, alone)).collect();
                self.later(again, Landed::Due);
            }
            Err(ActError::Refused { code, message, scope: RefusalScope::Command, .. }) => self.halve(number, jobs, code, message),
            Err(ActError::Refused { status, message, scope: RefusalScope::Unrecognized, .. }) => {
                self.refused_before_the_api(number, jobs, status, &message);
            }
            Err(ActError::Refused { status, code, message, .. } | ActError::Denied { status, code, message }) => {
                self.halt(format!("the server refuses this run: HTTP {status} {code}: {message}"));
            }
            Err(ActError::WaitTooLong { wait, why, maybe_done }) => {
                if maybe_done {
                    self.anything_sent = true;
                    for mut prepared in jobs {
                        self.doubt_for_long(&mut prepared, number, &why);
                    }
                }
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
                prepared.job.halfway.create = CreateStep::Met;
                prepared.job.halfway.held.clear();
                self.group_is_there(&prepared.command);
                self.schedule.put_back(prepared.job);
            }
            Verdict::Holds(step) => self.so_already(prepared, step, step),
            Verdict::Hiccup(refusal) => {
                let why = format!("{}: {}", refusal.code, refusal.message);
                if leaves_uncertain(&refusal.code) {
                    self.doubt_for_long(&mut prepared, number, &why);
                } else if prepared.job.rows.len() == 1
                    && refusal.step.is_some_and(|step| prepared.command.steps[..step].iter().any(|traced| creates(&traced.step)))
                {
                    self.create_is_done(&mut prepared);
                } else {
                    // The code says that nothing was done. No document promises it, so a probe comes before a repeat that could do harm.
                    self.doubt(&mut prepared.job, number, &why);
                }
                if prepared.job.attempts < self.policy.max_attempts {
                    return self.again_or_probe(prepared, why);
                }
                self.refused(number, prepared, &refusal, RefusedFor::TheServer);
            }
            Verdict::Refused(refusal) => self.refused(number, prepared, &refusal, RefusedFor::TheRow),
            Verdict::ChangedNobody(refusal) => self.ask_about_members(number, prepared, refusal),
            Verdict::Disputed(refusal) => {
                self.doubt_for_long(&mut prepared, number, &format!("{}: {}", refusal.code, refusal.message));
                self.refused(number, prepared, &refusal, RefusedFor::NoPlace);
            }
            Verdict::Untraceable => return self.contradictory(number, prepared, alone),
        }
        None
    }

    /// The server says that a step of a group's row has changed nobody. That may be so because everybody is as the step wants, or because of strangers: each
    /// member is asked about.
    fn ask_about_members(&mut self, number: u32, mut prepared: Prepared, refusal: Refusal) {
        let place = refusal.step.unwrap_or(0);
        let probe = Probe::of_step(&prepared.command, place);
        if prepared.job.rows.len() == 1 {
            // The steps before it are carried out.
            let before = &prepared.command.steps[..place];
            let others = before.iter().filter(|traced| !creates(&traced.step)).count();
            if others < before.len() {
                self.create_is_done(&mut prepared);
            }
            (0..others).for_each(|_| prepared.job.halfway.hold(0));
        }
        let client = self.client.clone();
        self.probes += 1;
        self.flights.spawn(async move {
            let mut result = probe.ask(&client, &Evidence::default()).await;
            for _ in 1..MOST_QUESTIONS {
                if !matches!(result, Err(ApiError::NoAnswer(_) | ApiError::Denied(_))) {
                    break;
                }
                result = probe.ask(&client, &Evidence::default()).await;
            }
            Landed::Members { number, prepared: Box::new(prepared), refusal, result }
        });
    }

    /// What a step wants was so already: it is not sent again, from its place among the steps that are left, and counts for nothing.
    fn so_already(&mut self, mut prepared: Prepared, step: usize, place: usize) {
        let Prepared { job, command, .. } = &mut prepared;
        let held = command.steps.get(step).map_or(Effect::NONE, |traced| of_steps(std::slice::from_ref(traced), Effect::NONE));
        job.halfway.so_before = job.halfway.so_before.and(held);
        job.halfway.hold(place);
        self.group_is_there(&prepared.command);
        self.schedule.put_back(prepared.job);
    }

    /// The members of a step that has changed nobody were asked about.
    pub(super) fn members_told(&mut self, number: u32, prepared: Prepared, refusal: &Refusal, result: &Result<ProbeResult, ApiError>) {
        match result {
            Ok(ProbeResult::Done) => {
                let place = if prepared.job.rows.len() == 1 { 0 } else { refusal.step.unwrap_or(0) };
                self.so_already(prepared, refusal.step.unwrap_or(0), place);
            }
            // The run is being stopped: whoever goes on with it sends it again.
            Err(_) if self.stop.is_some() => {}
            Ok(_) => self.refused(number, prepared, refusal, RefusedFor::TheRow),
            Err(ApiError::Credentials(message)) => self.halt(format!("the server refuses this run: {message}")),
            Err(error) => {
                let message = format!(
                    "{}: {}; whether all are members as the row wants could not be asked ({error}): check the group in the Admin Console",
                    refusal.code, refusal.message
                );
                self.settle_job(prepared.job, Some(number), Status::Unknown, &Note { code: "unknown.answer".to_owned(), message });
            }
        }
    }

    /// The answer does not say what became of this command: it is uncertain, and sent again alone where a repeat is harmless.
    fn contradictory(&mut self, number: u32, mut prepared: Prepared, alone: bool) -> Option<Job> {
        let why = "the server's answer contradicts itself".to_owned();
        self.doubt_for_long(&mut prepared, number, &why);
        if prepared.job.attempts >= self.policy.max_attempts {
            let code = "unknown.answer".to_owned();
            let note = Note { code, message: format!("{why}: check the user in the Admin Console") };
            self.probe(prepared, Question { why, otherwise: Otherwise::Fail(note) });
            return None;
        }
        let job = self.again_or_probe(prepared, why)?;
        if alone {
            return Some(job);
        }
        self.fixed.push_back(vec![job]);
        None
    }

    /// One command of the job is done; the rows are when it was the last.
    fn part_done(&mut self, number: u32, prepared: Prepared, remarks: String) {
        let mut job = prepared.job;
        if job.halfway.one_by_one {
            job.halfway.achieved.extend(prepared.command.steps.iter().map(|traced| describe(&traced.step)));
            job.halfway.done = job.halfway.done.and(of_steps(&prepared.command.steps, expected_of(&job)));
        }
        if prepared.more_steps > 0 {
            prepared.command.steps.iter().for_each(|_| job.halfway.hold(0));
            job.attempts = 0;
            self.write_progress(&job);
            self.schedule.put_back(job);
            return;
        }
        if job.part + 1 < prepared.parts {
            job.next_part();
            self.write_progress(&job);
            self.schedule.put_back(job);
            return;
        }
        self.know_groups(&prepared.command);
        let prepared = Prepared { job, ..prepared };
        if is_about_nobody(&prepared) {
            return self.not_there(prepared, Some(number), NO_ACTIVE_USER, self.sent_all_the_same());
        }
        if let Some(leavers) = leavers(&prepared.command).filter(|_| !self.policy.verify_deletes) {
            let mut note = Note { code: String::new(), message: self.removal_words(&prepared) };
            note.remark(&remarks);
            self.settle_rows(&prepared.job, leavers, Some(number), Status::Ok, &note);
        }
        self.complete(prepared.job, Some(number), remarks);
    }

    /// Everything of the job was sent: the rows are fine, but for names that were refused one by one.
    pub(super) fn complete(&mut self, job: Job, number: Option<u32>, message: String) {
        let Halfway { refusals, achieved, done, .. } = &job.halfway;
        let Some((code, _)) = refusals.first() else { return self.succeed(job, number, message) };
        let mut texts: Vec<&str> = refusals.iter().map(|(_, message)| message.as_str()).collect();
        let mode = Mode::of(&self.policy);
        let besides = already_done(&achieved.join(", "), mode);
        texts.extend((!achieved.is_empty()).then_some(besides.as_str()));
        let mut note = Note { code: code.clone(), message: texts.join("; ") };
        note.remark(now_exists(*done, mode));
        self.fail(job, number, &note);
    }

    pub(super) fn succeed(&mut self, job: Job, number: Option<u32>, message: String) {
        self.streak.1 = 0;
        self.settle_job(job, number, Status::Ok, &Note { code: String::new(), message });
    }

    /// These rows of a job get this outcome.
    pub(super) fn settle_rows(&mut self, job: &Job, rows: &[u32], number: Option<u32>, status: Status, note: &Note) {
        let now = clock::now();
        let mut is_made = job.made;
        for row in rows {
            let mut note = note.clone();
            let mut effect = Effect::NONE;
            if matches!(status, Status::Failed | Status::Unknown) {
                effect = if self.policy.test_mode { Effect::NONE } else { job.halfway.done };
            } else if let Some(expected) = job.expected(*row).filter(|_| status == Status::Ok) {
                // Test mode changes nothing.
                effect = if self.policy.test_mode { expected.effect.only_differences() } else { expected.effect };
                // Of the rows that create one and the same user, one has done so.
                let creates = effect.creates();
                effect = if is_made { effect.behind_its_creation() } else { effect };
                is_made |= creates;
                effect = effect.without_moves_of(job.halfway.so_before);
                note.remark(so_before(job.halfway.so_before));
                note.remark(&expected.remark);
            }
            let outcome = Outcome { status, note, effect, attempts: job.sent, request: number, finished_at: Some(now) };
            self.settle_row(*row, outcome);
        }
    }

    /// All rows of a job that have no outcome yet get this one.
    pub(super) fn settle_job(&mut self, mut job: Job, number: Option<u32>, status: Status, note: &Note) {
        self.end_questions(job.end);
        let open: Vec<u32> = job.rows.iter().copied().filter(|row| !self.ledger.is_settled(*row)).collect();
        self.settle_rows(&job, &open, number, status, note);
        if status == Status::Ok {
            job.made = self.plan.makes(&job.rows, job.made);
        }
        self.release(job);
    }

    /// The job is completed: what waits for it may go, once no late effect of an earlier sending can meet it.
    fn release(&mut self, job: Job) {
        let Some(left) = self.late_for(&job).filter(|_| self.schedule.is_waited_for(&job)) else { return self.release_now(job) };
        let rows = job.rows.clone();
        if let Ok(until) = clock::now().checked_add(left) {
            self.write(move |journal| journal.late(&rows, until));
        }
        self.held += 1;
        self.wait_for_late_effect(left);
        self.flights.spawn(async move {
            tokio::time::sleep(left).await;
            Landed::Released(job)
        });
    }

    pub(super) fn release_now(&mut self, job: Job) {
        self.schedule.settle(&job, &job.rows);
        self.schedule.finish(job);
    }

    /// Writes down how far a refused row has come before a probe asks whether an earlier sending was carried out: after
    /// a kill, the next process asks, too.
    fn keep_uncertain(&mut self, prepared: &mut Prepared, refusal: &Refusal) {
        prepared.job.doubtful = true;
        if carried_out(&prepared.command.steps, refusal).iter().any(|traced| creates(&traced.step)) {
            self.create_is_done(prepared);
        } else {
            self.write_progress(&prepared.job);
        }
    }
}

/// The rows whose removal from the organization a command carries out; `None` where there is none.
pub(super) fn leavers(command: &Command) -> Option<&[u32]> {
    command.steps.iter().find(|traced| matches!(traced.step, Step::RemoveFromOrg { .. })).map(|traced| traced.rows.as_slice())
}

/// Does a row do nothing but take memberships or the place in the organization away, from one person? Then nothing is left to do where that person
/// is not there. A username without its domain is known to nobody: it proves nothing.
pub(super) fn only_takes_away(Prepared { job, command, parts, more_steps, .. }: &Prepared) -> bool {
    let takes = |step: &Step| match (&command.root, step) {
        (Root::User { .. }, Step::Remove(_) | Step::RemoveFromOrg { .. }) => true,
        (Root::Group { .. }, Step::Remove(Removal::Members(members))) => {
            members.user.len() == 1 && members.product_configuration.is_empty()
        }
        _ => false,
    };
    let is_of_one = match &command.root {
        Root::User { user, domain, .. } => user.contains('@') || domain.is_some(),
        Root::Group { .. } => command.steps.len() == 1 && user_of(command).contains('@'),
    };
    is_of_one
        && *parts == 1
        && *more_steps == 0
        && job.halfway.done == Effect::NONE
        && command.steps.iter().all(|traced| takes(&traced.step))
}

/// What a removal comes to of which it was known before that nobody active goes by that name.
const NO_ACTIVE_USER: &str = "before the row was sent, there was no active user";

/// Does a row take something away from a name that nobody active went by before?
fn is_about_nobody(prepared: &Prepared) -> bool {
    prepared.job.identity.as_deref() == Some(NOBODY) && only_takes_away(prepared)
}

/// The person whom a command is about, or takes out of a group.
pub(super) fn user_of(command: &Command) -> &str {
    match &command.root {
        Root::User { user, .. } => user,
        Root::Group { usergroup } => {
            let members = command.steps.iter().find_map(|traced| match &traced.step {
                Step::Remove(Removal::Members(members)) => members.user.first(),
                _ => None,
            });
            members.unwrap_or(usergroup)
        }
    }
}

/// Why a row fails, and what is done of it all the same.
fn note_of(prepared: &Prepared, code: String, message: String, mode: Mode) -> Note {
    let mut note = Note { code, message };
    note.remark(&already_done(&prepared.done, mode));
    note.remark(now_exists(prepared.job.halfway.done, mode));
    note
}

fn step_message(command: &Command, step: usize, message: &str) -> String {
    match command.steps.get(step) {
        Some(traced) => format!("step {} ({}): {message}", step + 1, describe(&traced.step)),
        None => message.to_owned(),
    }
}

fn creates(step: &Step) -> bool {
    matches!(step, Step::AddAdobeId(_) | Step::CreateEnterpriseId(_) | Step::CreateFederatedId(_) | Step::CreateUserGroup(_))
}

fn is_list(step: &Step) -> bool {
    matches!(step, Step::Add(_) | Step::Remove(Removal::Members(_)))
}
