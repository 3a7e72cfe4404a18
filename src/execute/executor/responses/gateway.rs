//! Refusals by a gateway in front of the API, or by the API itself in words that name no command.
//! Bisecting finds the refused row; a control request shows whether every request is refused.

use super::super::Executor;
use super::super::suspects::Suspect;
use super::super::tasks::TaskKind;
use crate::execute::command_result::{Mode, StepRefusal};
use crate::execute::completion::{Completion, Instead, Otherwise, PendingProbe};
use crate::execute::decide_suspect::{
    ControlNext, Narrowing, SuspectFacts, SuspectNext, Suspicion, after_control,
    after_other_response, is_repeated_first, shows_contact,
};
use crate::execute::reasons::reason_of;
use crate::execute::reporter::Reporter;
use crate::execute::request::{ReadyCommand, request_id};
use crate::umapi::retry::backoff;
use crate::umapi::wire::{ActionResponse, Removal, Root, WireCommand, WireMembers, WireStep};
use crate::umapi::{ActError, ActionRequest, WhenThrottled, refusal_words};

/// The number of consecutive rows that are refused alone before a control request is sent.
const MOST_SUSPECTS: usize = 3;

/// The number of attempts at a control request.
const CONTROL_ATTEMPTS: u32 = 2;

impl<W: Reporter> Executor<'_, W> {
    /// Handles a request that something between umbulk and the API has refused: the request is
    /// halved until one row is alone. If row after row is refused and the API itself never
    /// responds, the rows are not the cause.
    ///
    /// The gateway may have refused the response, and not the request. So its page proves nothing
    /// about the effect, and the request is uncertain, also for a run that is resumed after a kill.
    pub(super) fn refused_before_the_api(
        &mut self,
        number: u32,
        mut items: Vec<ReadyCommand>,
        status: u16,
        message: &str,
    ) {
        let is_real = Mode::of(&self.policy) == Mode::Real;
        for prepared in &mut items {
            let is_probed = prepared.probe.comes_before_a_repeat();
            let instead = if is_probed { Instead::Nothing } else { Instead::Refusals };
            if is_probed || is_real {
                self.mark_uncertain(&mut prepared.item, number, &format!("HTTP {status}"), instead);
            }
            prepared.item.probe_first |= is_probed;
        }
        let Some(prepared) = self.narrow_down(items) else { return };
        if is_repeated_first(prepared.item.attempts, self.gateway.in_a_row()) {
            let again = self.retry_or_probe(prepared, format!("HTTP {status}"));
            return self.schedule_retry(again.into_iter().collect(), Completion::DueTogether);
        }
        let said =
            if message.is_empty() { "no reason given".to_owned() } else { message.to_owned() };
        let message = format!(
            "a gateway in front of the API refused every request with this row (HTTP \
             {status}, {said}), and accepted others. Check the row for text that a firewall \
             may reject"
        );
        let reason =
            reason_of(&prepared, format!("http.{status}"), message, Mode::of(&self.policy));
        let suspicion = Suspicion::Gateway(reason);
        self.suspect(number, prepared, suspicion, format!("HTTP {status}, {said}"));
    }

    /// Handles a request that the API itself has refused with a code that names no command and may
    /// concern every request.
    pub(super) fn refused_without_a_place(
        &mut self,
        number: u32,
        items: Vec<ReadyCommand>,
        status: u16,
        code: String,
        message: String,
    ) {
        let Some(prepared) = self.narrow_down(items) else { return };
        let instead = refusal_words(status, &code, &message);
        let suspicion = Suspicion::Unplaced(StepRefusal { step: None, code, message });
        self.suspect(number, prepared, suspicion, instead);
    }

    /// Halves a request that is refused for one of its commands, or for all of them. Returns a row
    /// that is alone.
    fn narrow_down(&mut self, mut items: Vec<ReadyCommand>) -> Option<ReadyCommand> {
        self.contact.is_there();
        self.gateway.refused();
        match Narrowing::of(items.iter().map(|prepared| prepared.item.rows.len())) {
            Narrowing::Halve => {
                let second = items.split_off(items.len() / 2);
                for half in [second, items] {
                    let half = half.into_iter().map(|prepared| prepared.item).collect();
                    self.out_of_turn.send_together_first(half);
                }
                None
            }
            Narrowing::Separate => {
                let item = items.pop()?.item;
                let apart = item.rows.iter().map(|row| vec![*row]).collect();
                self.schedule.split(item, apart);
                None
            }
            Narrowing::Alone => items.pop(),
        }
    }

    /// Handles a row alone that got only this in place of a response. A control request shows
    /// whether other requests reach the API.
    pub(super) fn suspect(
        &mut self,
        request: u32,
        prepared: ReadyCommand,
        suspicion: Suspicion,
        instead: String,
    ) {
        self.end_questions(prepared.item.end);
        let suspects = self.gateway.suspect(Suspect { request, prepared, suspicion, instead });
        // A row that was sent again waits for the next response to any request.
        if suspects >= MOST_SUSPECTS {
            self.send_control();
        }
    }

    /// Sends each suspect once more, because the API has responded and may now accept what was
    /// refused before. A suspect that was refused again since then is refused because of its own
    /// content.
    pub(super) fn api_answers(&mut self) {
        for suspect in self.gateway.api_responds() {
            let facts = SuspectFacts {
                may_try_again: self.gateway.may_try_again(&suspect),
                was_uncertain: suspect.prepared.item.was_uncertain,
                mode: Mode::of(&self.policy),
            };
            let Suspect { request, prepared, suspicion, instead } = suspect;
            match after_other_response(suspicion, facts) {
                SuspectNext::SendAgain => self.out_of_turn.send_together(vec![prepared.item]),
                SuspectNext::Refuse(refusal) => self.refused(request, prepared, refusal),
                SuspectNext::Probe(reason) => {
                    let otherwise = Otherwise::Fail(reason);
                    self.probe(prepared, PendingProbe { why: instead, otherwise });
                }
                SuspectNext::Fail(reason) => self.fail(prepared.item, Some(request), &reason),
            }
        }
    }

    /// Sends a control request when nothing else is left to be sent: it shows why the suspects got
    /// no response. Returns whether it is in flight.
    pub(in crate::execute::executor) fn decide_suspects(&mut self) -> bool {
        if self.gateway.last_suspicion().is_none() {
            return false;
        }
        self.send_control();
        true
    }

    /// Sends a request that no gateway has a reason to refuse. If it reaches the API, single rows
    /// are refused; otherwise the gateway refuses everything.
    pub(super) fn send_control(&mut self) {
        if self.gateway.is_control_in_flight() || self.stop.is_some() {
            return;
        }
        self.gateway.begin_control();
        let (client, retry_wait) = (self.client.clone(), self.policy.retry_wait);
        // The requests of rows are numbered from 1.
        let id = request_id(&self.policy.run_id, 0);
        self.tasks.start(TaskKind::Control, async move {
            let when_throttled = WhenThrottled::SendAgain;
            let request = ActionRequest {
                id: &id,
                test_mode: true,
                mark: None,
                is_trial: false,
                when_throttled,
            };
            let mut attempt = 1;
            loop {
                match client.submit(&[control()], &request, None).await {
                    Err(ActError::NoResponse { .. }) if attempt < CONTROL_ATTEMPTS => {
                        tokio::select! {
                            () = tokio::time::sleep(backoff(attempt, retry_wait,
                                fastrand::f64())) => {}
                            () = client.closed() => {}
                        }
                        attempt += 1;
                    }
                    answer => return Completion::Control(answer),
                }
            }
        });
    }

    /// Handles the end of a control request, with or without a response.
    pub(in crate::execute::executor) fn control_answered(
        &mut self,
        answer: &Result<ActionResponse, ActError>,
    ) {
        self.gateway.end_control();
        if shows_contact(answer) {
            self.contact.is_there();
        }
        self.outage_checked();
        let Some(instead) = self.gateway.last_suspicion() else { return };
        match after_control(answer, instead, |code| self.gateway.is_suspected(code)) {
            ControlNext::JudgeSuspects => self.api_answers(),
            ControlNext::StopRun(why) => self.stop_run(why),
            ControlNext::StopUnreached(why) => {
                self.nothing_reached_the_api();
                self.stop_run(why);
            }
        }
    }

    /// Fails the rows whose requests a gateway has all refused, because it refuses every request,
    /// even one that changes nothing.
    fn nothing_reached_the_api(&mut self) {
        let rows = self.uncertain_rows.take_refused();
        self.journal.write(move |journal| journal.not_carried_out(&rows));
    }
}

/// Returns a command that changes nothing even if the API ignored `testOnly`: `example.com` is
/// reserved (RFC 2606), so nobody in an organization has that name.
fn control() -> WireCommand {
    let members =
        WireMembers { group: vec!["umbulk-control".to_owned()], ..WireMembers::default() };
    WireCommand {
        root: Root::User {
            user: "nobody@example.com".to_owned(),
            domain: None,
            use_adobe_id: false,
        },
        request_id: None,
        steps: vec![WireStep::Remove(Removal::Members(members))],
    }
}
