//! What follows from an answer, or from its absence, for each job of a request.

use super::effect::{Before, before_the_failing_step, creates_user, expected_of, now_exists, of_steps, so_before};
use super::engine::{Doubt, Landed, MOST_QUESTIONS, MaxErrors, Otherwise, Question, Run, Watcher};
use super::found_groups::MissingGroup;
use super::ledger::{Note, Outcome, Status};
use super::probe::{Evidence, NOBODY, Probe, ProbeResult, Told};
use super::request::{Prepared, one_by_one};
use super::survey::NOT_THERE;
use super::verdict::{Mode, Refusal, Verdict, apart, verdicts};
use crate::change::Effect;
use crate::clock;
use crate::plan::{Command, CreateStep, Halfway, Job, Traced, describe};
use crate::umapi::retry::{about_a_group, already_so, backoff, leaves_uncertain, unknown_group, unknown_user};
use crate::umapi::wire::{Answer, MAX_COMMANDS, Members, Removal, Root, Step};
use crate::umapi::{ActError, ApiError, RefusalScope};
use std::time::Duration;

/// Attempts while nothing but pages and noise has ever answered.
const PATIENCE_WITH_ALIENS: u32 = 3;

/// Probes of one command that get no answer which can be understood.
const MOST_PROBES: u32 = 3;

/// Single rows that somebody before the API refuses, one after the other, before it is plain that every row is refused.
pub(super) const MOST_SUSPECTS: usize = 3;

/// Rows from elsewhere in the file that are sent then, alone: where they are refused, too, every row is.
const MOST_WITNESSES: usize = 2;

/// The probe after the service has given up is asked a moment later.
const A_MOMENT: Duration = Duration::from_millis(20);

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
                let mode = if self.policy.test_mode { Mode::Test } else { Mode::Real };
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
            return self.not_there(prepared, Some(number), NO_ACTIVE_USER, SENT_ALL_THE_SAME);
        }
        if let Some(leavers) = leavers(&prepared.command).filter(|_| !self.policy.verify_deletes) {
            let confirmed = "removal confirmed; the API confirms it also for a user it does not know (--verify-deletes checks first)";
            let message = if remarks.is_empty() { confirmed.to_owned() } else { format!("{confirmed}; {remarks}") };
            let note = Note { code: String::new(), message };
            self.settle_rows(&prepared.job, leavers, Some(number), Status::Ok, &note);
        }
        self.complete(prepared.job, Some(number), remarks);
    }

    /// Everything of the job was sent: the rows are fine, but for names that were refused one by one.
    pub(super) fn complete(&mut self, job: Job, number: Option<u32>, message: String) {
        let Halfway { refusals, achieved, done, .. } = &job.halfway;
        let Some((code, _)) = refusals.first() else { return self.succeed(job, number, message) };
        let mut texts: Vec<&str> = refusals.iter().map(|(_, message)| message.as_str()).collect();
        let besides = format!("already done: {}", achieved.join(", "));
        texts.extend((!achieved.is_empty()).then_some(besides.as_str()));
        let mut note = Note { code: code.clone(), message: texts.join("; ") };
        note.remark(now_exists(*done));
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
                effect = job.halfway.done;
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

    /// A command is carried out: the groups that it names are there, and one that it creates or renames is no longer missing.
    fn know_groups(&mut self, command: &Command) {
        match &command.root {
            Root::User { .. } => self.know_named_groups(&command.steps),
            Root::Group { usergroup } => {
                let mut name = usergroup;
                for traced in &command.steps {
                    match &traced.step {
                        Step::UpdateUserGroup(update) => name = update.name.as_ref().unwrap_or(name),
                        Step::DeleteUserGroup {} => return,
                        _ => {}
                    }
                }
                self.know_group(name);
                if self.groups.appear(name) {
                    let name = name.clone();
                    self.write(move |journal| journal.found_group(&name));
                }
            }
        }
    }

    /// The server has shown that the group which a command is about is there.
    fn group_is_there(&mut self, command: &Command) {
        if matches!(command.root, Root::Group { .. }) {
            self.know_groups(command);
        }
    }

    /// The server knows the groups that these steps name.
    fn know_named_groups(&mut self, steps: &[Traced]) {
        for traced in steps {
            if let Step::Add(members) | Step::Remove(Removal::Members(members)) = &traced.step {
                members.group.iter().for_each(|name| self.know_group(name));
            }
        }
    }

    /// A group that is refused as not found to a row alone is missing. The steps before the refused one are carried out, and a group that is refused
    /// for another reason is there.
    fn know_groups_by_refusal(&mut self, prepared: &Prepared, refusal: &Refusal) {
        if already_so(&refusal.code) || (refusal.step.is_some_and(|step| step > 0) && !unknown_group(&refusal.code)) {
            self.group_is_there(&prepared.command);
        }
        if unknown_group(&refusal.code) && prepared.job.rows.len() == 1 {
            self.miss_group(prepared, refusal);
        }
        let Some(step) = refusal.step.filter(|_| !refusal.code.starts_with("error.command.")) else { return };
        let is_known = about_a_group(&refusal.code) && !unknown_group(&refusal.code);
        self.know_named_groups(&prepared.command.steps[..step + usize::from(is_known)]);
    }

    fn know_group(&mut self, name: &str) {
        if let Some(name) = self.groups.know(name) {
            self.schedule.wake(name);
        }
    }

    /// The server refused a command: a row alone has failed, rows together go again apart.
    fn refused(&mut self, number: u32, mut prepared: Prepared, refusal: &Refusal, whose: RefusedFor) {
        if whose == RefusedFor::TheRow {
            self.know_groups_by_refusal(&prepared, refusal);
        }
        if prepared.job.rows.len() > 1 {
            let all = prepared.job.rows.clone();
            let failing = refusal.step.map_or(all.as_slice(), |step| prepared.command.steps[step].rows.as_slice());
            let groups = apart(&all, failing);
            self.schedule.regroup(prepared.job, groups);
            return;
        }
        if whose != RefusedFor::TheServer && about_a_group(&refusal.code) && self.refused_one_by_one(&mut prepared, refusal) {
            self.write_progress(&prepared.job);
            return self.schedule.put_back(prepared.job);
        }
        if prepared.job.once_doubtful {
            self.keep_uncertain(&mut prepared, refusal);
        }
        let mut note = refusal_note(&prepared, refusal, whose);
        match before_the_failing_step(&prepared.command.steps, refusal, expected_of(&prepared.job)) {
            Before::Done(done) => {
                prepared.job.halfway.done = prepared.job.halfway.done.and(done);
            }
            Before::Unknown if creates_user(&prepared.command.steps) => {
                note.remark("the server does not say whether the user was created before that: check the user in the Admin Console");
            }
            Before::Unknown | Before::Nothing => {}
        }
        note.remark(now_exists(prepared.job.halfway.done));
        // A command of which an earlier sending got no proper answer may have been carried out then.
        if prepared.job.once_doubtful {
            let why = format!("{}: {}", refusal.code, refusal.message);
            self.probe(prepared, Question { why, otherwise: Otherwise::Fail(note) });
            return;
        }
        if unknown_user(&refusal.code) && refusal.step.is_none_or(|step| step == 0) && only_takes_away(&prepared) {
            let words = format!("the server refuses it with {}: it has no user", refusal.code);
            return self.not_there(prepared, Some(number), &words, "");
        }
        self.fail(prepared.job, Some(number), &note);
    }

    /// Writes down how far a refused row has come before a probe asks whether an earlier sending was carried out: whoever
    /// goes on after a kill asks, too.
    fn keep_uncertain(&mut self, prepared: &mut Prepared, refusal: &Refusal) {
        prepared.job.doubtful = true;
        let before = refusal.step.and_then(|step| prepared.command.steps.get(..step)).unwrap_or_default();
        if before.iter().any(|traced| creates(&traced.step)) {
            self.create_is_done(prepared);
        } else {
            self.write_progress(&prepared.job);
        }
    }

    /// The row takes something away from somebody who is not there.
    pub(super) fn not_there(&mut self, prepared: Prepared, number: Option<u32>, no_user: &str, more: &str) {
        self.streak.1 = 0;
        let who = user_of(&prepared.command);
        let perhaps = self.reading.known.map(|known| known.perhaps_meant(who)).unwrap_or_default();
        let message = format!("{no_user} `{who}`: nothing to take away{perhaps}{more}");
        self.settle_job(prepared.job, number, Status::Unchanged, &Note { code: NOT_THERE.to_owned(), message });
    }

    /// A group that is refused does not take a row's other groups with it: each goes as a step of its own, and the one that is refused is left out. `false`:
    /// there is nothing else in the row to be done.
    fn refused_one_by_one(&mut self, prepared: &mut Prepared, refusal: &Refusal) -> bool {
        let Some(step) = refusal.step else { return false };
        let command = &prepared.command;
        if !matches!(command.root, Root::User { .. }) || !is_list(&command.steps[step].step) {
            return false;
        }
        let job = &mut prepared.job;
        if job.halfway.one_by_one {
            let expected = expected_of(job);
            let Halfway { achieved, done, refusals, .. } = &mut job.halfway;
            achieved.extend(prepared.command.steps[..step].iter().map(|traced| describe(&traced.step)));
            *done = done.and(of_steps(&prepared.command.steps[..step], expected));
            refusals.push((refusal.code.clone(), step_message(&prepared.command, step, &refusal.message)));
            // What ran before it is done, and needs not be sent again.
            (0..=step).for_each(|_| job.halfway.hold(0));
            job.attempts = 0;
            return true;
        }
        if one_by_one(command.steps[step..].to_vec()).len() == 1 {
            return false;
        }
        // Of what ran before, the create alone is not sent again.
        if command.steps[..step].iter().any(|traced| creates(&traced.step)) {
            self.create_is_done(prepared);
        }
        prepared.job.halfway.take_one_by_one();
        true
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
                    "{rows} rows in a row were refused with {code}: something is wrong with the file or the organization. Fix it, or allow more with --max-errors"
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
        let steps = match refusal.step {
            Some(step) => &prepared.command.steps[step..=step],
            None => &prepared.command.steps,
        };
        let names: Vec<&String> = steps
            .iter()
            .flat_map(|traced| match &traced.step {
                Step::Add(Members { group, .. }) | Step::Remove(Removal::Members(Members { group, .. })) => group.as_slice(),
                _ => &[],
            })
            .collect();
        // Which of several is meant, the message may say in any words.
        if let [name] = names.as_slice() {
            let name = *name;
            let group = MissingGroup { name: name.clone(), code: refusal.code.clone(), row: prepared.job.first() };
            let noted = group.clone();
            self.write(move |journal| journal.missing_group(&noted));
            for name in self.groups.miss(group).into_iter().flatten() {
                self.schedule.wake(name);
            }
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
            self.refused(number, prepared, &Refusal { step: None, code, message }, RefusedFor::TheRow);
        }
    }

    /// Somebody between us and the API has refused a request, and nothing of it was done: the halves go apart until one row stands alone. Where row after
    /// row is refused and nothing is answered by the API itself, it is not the rows.
    fn refused_before_the_api(&mut self, number: u32, mut jobs: Vec<Prepared>, status: u16, message: &str) {
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
        let message = format!(
            "something in front of the API refuses every request that holds this row (HTTP {status}, {said}); other requests are answered. Check the row for text that a firewall or gateway may reject"
        );
        let note = note_of(&prepared, format!("http.{status}"), message);
        self.end_questions(prepared.job.end);
        self.gateway.suspects.push((number, prepared, note));
        // Where the API has answered and only these are left, no row from elsewhere can tell.
        let only_these = self.heard && !self.schedule.has_next();
        let most = if only_these { MAX_COMMANDS } else { MOST_SUSPECTS + MOST_WITNESSES - 1 };
        if self.gateway.suspects.len() > most {
            self.halt(format!("something in front of the API refuses this run (HTTP {status}, {said}): row after row, each alone"));
        }
    }

    /// The API has answered: who was refused alone before it is refused for what the row holds.
    fn api_answers(&mut self) {
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
    pub(super) fn judge_suspects(&mut self) -> bool {
        let Some((_, _, note)) = self.gateway.suspects.first() else { return false };
        if self.heard {
            self.api_answers();
        } else {
            let why = format!("the server refuses this run: {}: {}", note.code, note.message);
            self.halt(why);
        }
        true
    }

    /// No answer came: what is harmless goes again, after a wait; for the rest a probe comes first.
    fn unheard(&mut self, number: u32, jobs: Vec<Prepared>, cause: &str, maybe_done: bool, alien: bool) {
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
            } else if self.unheard_in_a_row >= patience
                && !(alone && prepared.job.doubtful && patience == self.policy.max_attempts && self.only_few_are_left())
            {
                self.halt(format!("the server does not answer ({cause}), after {patience} attempts"));
            } else if !alone {
                // Others are answered: one command among these may be the trouble.
                self.fixed.push_back(vec![prepared.job]);
            } else if prepared.job.doubtful {
                let message =
                    format!("no proper answer ({cause}) in {} attempts, and a probe shows that it was not done", prepared.job.attempts);
                let note = note_of(&prepared, "error.no_answer".to_owned(), message);
                self.probe(prepared, Question { why: cause.to_owned(), otherwise: Otherwise::Fail(note) });
            } else {
                let message = format!("never reached the server ({cause}), in {} attempts", prepared.job.attempts);
                let note = note_of(&prepared, "error.no_answer".to_owned(), message);
                self.fail(prepared.job, None, &note);
            }
        }
        self.again_later(again);
    }

    /// Are so few rows left, of a run that the API has answered, that nothing else can show whether the server is there? Then a probe does.
    fn only_few_are_left(&self) -> bool {
        (self.heard || self.before.0 > 0) && self.rows_left() <= MAX_COMMANDS as u64
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
    fn doubt(&mut self, job: &mut Job, request: u32, why: &str) {
        job.doubtful = true;
        job.once_doubtful = true;
        job.probes = 0;
        let doubt = Doubt { request, sent: job.sent, why: why.into() };
        self.doubtful.extend(job.rows.iter().map(|row| (*row, doubt.clone())));
        self.write_progress(job);
    }

    /// The same, and the service may carry them out for a while yet: nobody has heard that it is through with them.
    fn doubt_for_long(&mut self, Prepared { job, .. }: &mut Prepared, request: u32, why: &str) {
        self.late_effects.uncertain(request, &job.rows);
        job.late_until = job.late_until.max(Some(self.now() + self.policy.effect_window));
        job.late_sendings += 1;
        self.doubt(job, request, why);
    }

    /// Gives back a job that may simply go again; where sending it again might do harm, a probe comes first.
    fn again_or_probe(&mut self, prepared: Prepared, why: String) -> Option<Job> {
        if prepared.job.doubtful && prepared.probe.comes_before_a_repeat() {
            self.probe(prepared, Question { why, otherwise: Otherwise::SendAgain });
            return None;
        }
        Some(prepared.job)
    }

    /// Sends jobs again after one wait for all, so that they fill a request again.
    fn later(&mut self, jobs: Vec<Job>, landed: impl FnOnce(Vec<Job>) -> Landed + Send + 'static) {
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
    pub(super) fn probe(&mut self, mut prepared: Prepared, question: Question) {
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
    pub(super) fn probed(&mut self, mut prepared: Prepared, question: Question, result: Result<ProbeResult, ApiError>) {
        let number = self.doubtful.get(&prepared.job.first()).map(|doubt| doubt.request);
        if result.is_ok() {
            self.end_retry();
        }
        let why = &question.why;
        match result {
            Ok(ProbeResult::Done) => {
                let message = match self.absent_before(&prepared.job, &prepared.probe).filter(|_| !prepared.job.seen_absent) {
                    Some(list) => format!("no clear answer ({why}), but the user is there, and was not in {}", list.as_of()),
                    None => format!("no clear answer ({why}), but a probe shows that it is done"),
                };
                self.seen_done(prepared, number, &message);
            }
            // While the service may still work on it, that proves nothing; once the run stops, whoever goes on with it asks again.
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
            // The run is being stopped: whoever goes on with it asks.
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
        match question.otherwise {
            Otherwise::Fail(note) => self.fail(job, number, &note),
            Otherwise::SendAgain if job.attempts < self.policy.max_attempts => {
                self.write_progress(&job);
                self.schedule.put_back(job);
            }
            Otherwise::SendAgain => {
                let message = format!("{}: not done after {} attempts, as a probe shows", question.why, job.attempts);
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
    fn create_is_done(&mut self, Prepared { job, command, .. }: &mut Prepared) {
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
        let Evidence { identity, seen_absent } = self.evidence(prepared);
        seen_absent || (prepared.probe.needs_identity() && identity.is_some())
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
            self.not_there(prepared, number, NO_ACTIVE_USER, SENT_ALL_THE_SAME);
        } else {
            self.know_groups(&prepared.command);
            self.complete(prepared.job, number, message.to_owned());
        }
    }

    /// The server has told whether the user to remove is there, and who that is.
    pub(super) fn looked_before(&mut self, mut prepared: Prepared, told: Result<Option<Told>, ApiError>) {
        match told {
            Ok(Some(told)) => {
                prepared.job.present = true;
                self.learn(&mut prepared, &told);
                self.schedule.put_back(prepared.job);
            }
            Ok(None) => {
                let message = "the server knows no active user of that name (--verify-deletes checked first): nothing to take away. Without --verify-deletes the removal is sent, also for a disabled account".to_owned();
                let note = Note { code: NOT_THERE.to_owned(), message };
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
            Err(error) => self.halt(format!("--verify-deletes could not check: {error}")),
        }
    }
}

/// The rows whose removal from the organization a command carries out; `None` where there is none.
fn leavers(command: &Command) -> Option<&[u32]> {
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
const SENT_ALL_THE_SAME: &str =
    ". The removal was sent all the same, in case the account is disabled: the API does not show disabled accounts";

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
fn note_of(prepared: &Prepared, code: String, mut message: String) -> Note {
    if !prepared.done.is_empty() {
        message = format!("{message}; already done: {}", prepared.done);
    }
    let mut note = Note { code, message };
    note.remark(now_exists(prepared.job.halfway.done));
    note
}

/// Why a row alone is refused: which step, in whose words, and what was done all the same.
fn refusal_note(prepared: &Prepared, refusal: &Refusal, whose: RefusedFor) -> Note {
    let mut message = match refusal.step {
        Some(step) => step_message(&prepared.command, step, &refusal.message),
        None => refusal.message.clone(),
    };
    if whose == RefusedFor::TheServer {
        message = format!(
            "{message} (an error inside the server that came back at each of {} attempts; a directory synchronised from elsewhere refuses this way)",
            prepared.job.attempts
        );
    }
    if !prepared.done.is_empty() {
        message = format!("{message}; already done: {}", prepared.done);
    }
    Note { code: refusal.code.clone(), message }
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
