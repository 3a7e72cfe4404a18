//! Handles requests without a proper response: harmless commands are sent again, and a probe finds
//! the result of the others.

use super::super::Executor;
use super::super::not_there::NobodyBy;
use super::super::suspects::Unanswered;
use super::super::tasks::TaskKind;
use crate::execute::command_facts::is_about_nobody;
use crate::execute::completion::{Completion, Instead, Otherwise, PendingProbe, UncertainEffect};
use crate::execute::decide::{CommandResponse, Company, ProbeMoment, Reach, Silence, decide};
use crate::execute::decide_request::{Repeats, UnansweredFacts};
use crate::execute::effect::{expected_of, of_steps};
use crate::execute::identity::is_somebody;
use crate::execute::probe::{Evidence, ProbeResult};
use crate::execute::reporter::Reporter;
use crate::execute::request::ReadyCommand;
use crate::plan::{CreateStep, WorkItem};
use crate::umapi::ApiError;
use crate::umapi::retry::backoff;
use std::time::Duration;

/// The wait after the last time at which the service may carry out a request, before the last
/// probe.
const A_MOMENT: Duration = Duration::from_millis(20);

/// The most consecutive rows that get no response alone while control requests do. If there are
/// more, the part of the service that changes users is down.
const MOST_ALONE: u32 = 2;

impl<W: Reporter> Executor<'_, W> {
    /// Handles a request without a response: harmless commands are sent again after a wait; for the
    /// others, a probe is sent first.
    pub(super) fn on_no_response(
        &mut self,
        number: u32,
        items: Vec<ReadyCommand>,
        cause: &str,
        reach: Reach,
        patience: u32,
    ) {
        if reach == Reach::Perhaps {
            self.contact.may_be_reached();
        }
        self.waits.begin_retry(cause);
        self.contact.unanswered();
        let unanswered = Unanswered { number, items, cause: cause.to_owned(), reach, patience };
        if self.facts_of(&unanswered).look_like_an_outage() {
            return self.check_outage(unanswered);
        }
        self.decide_unanswered(unanswered);
    }

    /// Decides about the commands of a request without a response.
    fn decide_unanswered(&mut self, unanswered: Unanswered) {
        let Unanswered { number, items, cause, reach, patience } = unanswered;
        let company = Company::of(items.len());
        if matches!(items.as_slice(), [alone] if alone.item.attempts >= patience) {
            self.gateway.unanswered_alone();
        }
        let is_partial_outage = self.gateway.rows_unanswered_alone() > MOST_ALONE;
        let mut again = Vec::new();
        for prepared in items {
            let silence = Silence {
                cause: cause.clone(),
                reach,
                patience,
                in_a_row: self.contact.unanswered_in_a_row(),
                is_partial_outage,
                rows_left: self.rows_left(),
            };
            let next = decide(&prepared, CommandResponse::Silence(silence, company), &self.policy);
            again.extend(self.apply(Some(number), prepared, next));
        }
        self.retry_later(again);
    }

    /// Returns what is known about a request without a response, and about others.
    fn facts_of(&self, Unanswered { items, reach, patience, .. }: &Unanswered) -> UnansweredFacts {
        let attempts = items.iter().map(|prepared| prepared.item.attempts);
        UnansweredFacts {
            commands: items.len(),
            attempts: attempts.max().unwrap_or(0),
            reach: *reach,
            patience: *patience,
            in_a_row: self.contact.unanswered_in_a_row(),
            rows_left: self.rows_left(),
        }
    }

    /// Sends a control request, which shows whether the server responds. Until then the request is
    /// uncertain, also for a run that is resumed after a kill.
    fn check_outage(&mut self, mut unanswered: Unanswered) {
        for prepared in &mut unanswered.items {
            self.mark_uncertain_for_long(prepared, unanswered.number, &unanswered.cause);
        }
        // The items are marked as uncertain above, and need not be marked again.
        unanswered.reach = Reach::Nowhere;
        self.gateway.wait_for_control(unanswered);
        self.send_control();
    }

    /// Continues after a control request with or without a response (`ServerContact` says which).
    pub(super) fn outage_checked(&mut self) {
        for unanswered in self.gateway.take_unanswered() {
            self.decide_unanswered(unanswered);
        }
    }

    /// Sends commands without a response again. If other requests get responses and these commands
    /// have been sent together twice, they are halved: one of them may be the cause.
    fn retry_later(&mut self, mut items: Vec<WorkItem>) {
        let attempts = items.iter().map(|item| item.attempts).max().unwrap_or(0);
        match Repeats::of(items.len(), attempts, self.contact.unanswered_in_a_row()) {
            Repeats::WithOthers => self.schedule_retry(items, Completion::Due),
            Repeats::Halved => {
                let second = items.split_off(items.len() / 2);
                self.schedule_retry(items, Completion::DueTogether);
                self.schedule_retry(second, Completion::DueTogether);
            }
        }
    }

    /// Marks rows as uncertain: they may have been carried out although no response says so.
    pub(in crate::execute::executor) fn mark_uncertain(
        &mut self,
        item: &mut WorkItem,
        request: u32,
        why: &str,
        instead: Instead,
    ) {
        item.uncertain = true;
        item.was_uncertain = true;
        item.probes = 0;
        let effect = UncertainEffect { request, sent: item.sent, why: why.into(), instead };
        tracing::debug!(
            request,
            row = item.first() + 1,
            why,
            "uncertain: it may have been carried out"
        );
        self.uncertain_rows.mark(&item.rows, &effect);
        self.write_progress(item);
    }

    /// Marks rows as uncertain. The service may still carry them out for a while, because no
    /// response has said that it has finished.
    pub(in crate::execute::executor) fn mark_uncertain_for_long(
        &mut self,
        ReadyCommand { item, .. }: &mut ReadyCommand,
        request: u32,
        why: &str,
    ) {
        self.late_effects.uncertain(request, &item.rows);
        item.late_until = item.late_until.max(Some(self.now() + self.policy.effect_window));
        item.late_sendings += 1;
        self.mark_uncertain(item, request, why, Instead::Nothing);
    }

    /// Returns a work item that may be sent again. If that might do harm, a probe is sent first.
    pub(super) fn retry_or_probe(
        &mut self,
        prepared: ReadyCommand,
        why: String,
    ) -> Option<WorkItem> {
        if prepared.item.uncertain && prepared.probe.comes_before_a_repeat() {
            self.probe(prepared, PendingProbe { why, otherwise: Otherwise::SendAgain });
            return None;
        }
        Some(prepared.item)
    }

    /// Sends work items again after a common wait, so that they fill requests again.
    pub(super) fn schedule_retry(
        &mut self,
        items: Vec<WorkItem>,
        complete: impl FnOnce(Vec<WorkItem>) -> Completion + Send + 'static,
    ) {
        let Some(attempts) = items.iter().map(|item| item.attempts).max() else { return };
        let wait = backoff(attempts, self.policy.retry_wait, fastrand::f64());
        self.waits.delay_retry(wait);
        let first = items.first().map(|item| item.first() + 1);
        let seconds = wait.as_secs_f64();
        tracing::debug!(first, commands = items.len(), attempts, seconds, "sent again later");
        self.tasks.start(TaskKind::Delay, async move {
            tokio::time::sleep(wait).await;
            complete(items)
        });
    }

    /// Probes for the result of a command: soon, and, if nothing is done by then, again when the
    /// service can carry out nothing any more.
    pub(in crate::execute::executor) fn probe(
        &mut self,
        mut prepared: ReadyCommand,
        question: PendingProbe,
    ) {
        let soon = backoff(prepared.item.attempts, self.policy.retry_wait, fastrand::f64());
        let late = self.late_for(&prepared.item).map(|left| left + A_MOMENT);
        let wait = late.filter(|_| prepared.item.probes > 0).unwrap_or(soon);
        prepared.item.probes += 1;
        let row = prepared.item.first() + 1;
        tracing::debug!(
            row,
            seconds = wait.as_secs_f64(),
            why = question.why,
            "a probe comes first"
        );
        let client = self.client.clone();
        if wait > soon {
            self.waits.wait_for_late_effect(wait);
        } else {
            self.waits.delay_retry(wait);
        }
        let evidence = self.evidence(&prepared);
        self.tasks.start(TaskKind::Probe, async move {
            // No probe is sent any more when the run is over.
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = client.closed() => {}
            }
            let result = prepared.probe.ask(&client, &evidence).await;
            Completion::Probed { prepared: Box::new(prepared), question, result }
        });
    }

    /// Handles the result of a probe for the effect of a command.
    pub(in crate::execute::executor) fn probed(
        &mut self,
        prepared: ReadyCommand,
        question: PendingProbe,
        result: Result<ProbeResult, ApiError>,
    ) {
        tracing::debug!(row = prepared.item.first() + 1, ?result, "probed");
        let number = self.uncertain_rows.request(prepared.item.first());
        if result.is_ok() {
            self.waits.end_retry();
        }
        let moment = match (self.late_for(&prepared.item).is_some(), self.stop.is_some()) {
            (true, false) => ProbeMoment::WithinWindow,
            (true, true) => ProbeMoment::WithinWindowStopping,
            (false, false) => ProbeMoment::AfterWindow,
            (false, true) => ProbeMoment::AfterWindowStopping,
        };
        let response = CommandResponse::Probed(question, result, moment);
        let next = decide(&prepared, response, &self.policy);
        let again = self.apply(number, prepared, next);
        self.schedule_retry(again.into_iter().collect(), Completion::Due);
    }

    /// Sends the remaining steps of a command without a proper response that has created the user
    /// or group and was refused after that. The server then says what it refuses.
    pub(super) fn go_on_after_the_create(&mut self, mut prepared: ReadyCommand) {
        prepared.item.uncertain = false;
        prepared.item.attempts = 0;
        self.uncertain_rows.forget(&prepared.item.rows);
        self.create_is_done(&mut prepared);
        self.schedule.put_back(prepared.item);
    }

    /// Records that the create step of a row was carried out, and the steps after it were not. It
    /// is not sent again, because it might be refused then.
    pub(super) fn create_is_done(&mut self, ReadyCommand { item, command, .. }: &mut ReadyCommand) {
        let create = &command.steps[..command.steps.len().min(1)];
        item.halfway.done = item.halfway.done.and(of_steps(create, expected_of(item)));
        item.halfway.create = CreateStep::Done;
        item.halfway.skipped_steps.clear();
        self.write_progress(item);
        self.group_is_there(command);
    }

    /// Whether it is known that the effect of the command did not hold when it was sent. Otherwise
    /// the effect may still come: a group that does not exist now may not have existed before, and
    /// then a late deletion deletes a group that is created meanwhile.
    fn was_not_so_before(&self, prepared: &ReadyCommand) -> bool {
        self.evidence(prepared).seen_absent
            || (prepared.probe.needs_identity() && is_somebody(&prepared.item))
    }

    /// Returns what is known before a probe.
    fn evidence(&self, ReadyCommand { item, probe, .. }: &ReadyCommand) -> Evidence {
        Evidence {
            identity: item.identity.clone(),
            seen_absent: item.seen_absent || self.absent_before(item, probe).is_some(),
        }
    }

    /// Completes a command that was carried out without a proper response.
    pub(super) fn on_done(
        &mut self,
        mut prepared: ReadyCommand,
        number: Option<u32>,
        message: &str,
    ) {
        if prepared.item.late_sendings <= 1
            && prepared.item.attempts <= 1
            && self.was_not_so_before(&prepared)
        {
            // It was sent once and carried out, so it has no late effect.
            prepared.item.late_until = None;
            let notice =
                number.and_then(|number| self.late_effects.done(number, &prepared.item.rows));
            self.notify(notice);
        }
        if prepared.item.part + 1 < prepared.parts || prepared.more_steps > 0 {
            self.part_done(0, prepared, String::new());
        } else if is_about_nobody(&prepared) {
            self.not_there(prepared, number, NobodyBy::WasKnown);
        } else {
            self.know_groups(&prepared.command);
            self.complete(prepared.item, number, message.to_owned());
        }
    }
}
