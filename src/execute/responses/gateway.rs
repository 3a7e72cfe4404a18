//! Refusals by a gateway in front of the API. Bisecting finds the row that is refused; a control
//! request shows whether every request is.

use super::note_of;
use crate::execute::command_result::Mode;
use crate::execute::executor::{Completion, Executor, Otherwise, PendingProbe, Reporter};
use crate::execute::outcomes::Reason;
use crate::execute::request::{ReadyCommand, request_id};
use crate::umapi::retry::backoff;
use crate::umapi::wire::{ActionResponse, Removal, Root, WireCommand, WireMembers, WireStep};
use crate::umapi::{ActError, ActionRequest, RefusalScope};

/// Rows that the gateway refuses alone, one after the other, before a control request is sent.
const MOST_SUSPECTS: usize = 3;

/// Attempts at a control request.
const CONTROL_ATTEMPTS: u32 = 2;

/// What a gateway has refused, in words that are not the API's.
#[derive(Debug, Default)]
pub(in crate::execute) struct GatewayRefusals {
    /// Requests refused since the API itself has answered last.
    pub(in crate::execute) in_a_row: u32,
    /// Rows that were refused alone, with the reason if the gateway lets other requests through.
    suspects: Vec<Suspect>,
    /// A control request is on its way: nothing else is sent meanwhile.
    pub(in crate::execute) control_in_flight: bool,
}

/// A row that alone got no answer of the API.
#[derive(Debug)]
struct Suspect {
    request: u32,
    prepared: ReadyCommand,
    /// Why it fails if other requests reach the API.
    note: Reason,
    /// What came instead of an answer.
    instead: String,
}

impl<W: Reporter> Executor<'_, W> {
    /// Somebody between us and the API has refused a request, and nothing of it was done: the
    /// halves go apart until one row stands alone. Where row after row is refused and nothing is
    /// answered by the API itself, it is not the rows.
    pub(super) fn refused_before_the_api(
        &mut self,
        number: u32,
        mut items: Vec<ReadyCommand>,
        status: u16,
        message: &str,
    ) {
        self.no_responses_in_a_row = 0;
        self.gateway.in_a_row += 1;
        // Who stands in the way may have read the answer, and not the request.
        for prepared in items.iter_mut().filter(|prepared| prepared.probe.comes_before_a_repeat()) {
            self.mark_uncertain(&mut prepared.item, number, &format!("HTTP {status}"));
            prepared.item.probe_first = true;
        }
        if items.len() > 1 {
            let second = items.split_off(items.len() / 2);
            for half in [second, items] {
                self.fixed.push_front(half.into_iter().map(|prepared| prepared.item).collect());
            }
            return;
        }
        let Some(prepared) = items.pop() else { return };
        if prepared.item.rows.len() > 1 {
            let apart = prepared.item.rows.iter().map(|row| vec![*row]).collect();
            self.schedule.split(prepared.item, apart);
            return;
        }
        if prepared.item.attempts < 2 && self.gateway.in_a_row == 1 {
            // One refusal says nothing of the next.
            let again = self.retry_or_probe(prepared, format!("HTTP {status}"));
            return self.schedule_retry(again.into_iter().collect(), Completion::DueTogether);
        }
        let said = if message.is_empty() { "no reason".to_owned() } else { message.to_owned() };
        let message = format!(
            "a gateway in front of the API refused every request that held this row (HTTP \
             {status}, {said}), and let others through. Check the row for text that a firewall \
             may reject"
        );
        let note = note_of(&prepared, format!("http.{status}"), message, Mode::of(&self.policy));
        self.suspect(number, prepared, note, format!("HTTP {status}, {said}"));
    }

    /// A row alone gets nothing but this instead of an answer. A control request shows whether
    /// other requests reach the API: then the row fails with this reason.
    pub(super) fn suspect(
        &mut self,
        number: u32,
        prepared: ReadyCommand,
        note: Reason,
        instead: String,
    ) {
        self.end_questions(prepared.item.end);
        self.gateway.suspects.push(Suspect { request: number, prepared, note, instead });
        if self.gateway.suspects.len() >= MOST_SUSPECTS {
            self.send_control();
        }
    }

    /// The API has answered: the gateway refuses the suspects for what they hold.
    pub(super) fn api_answers(&mut self) {
        self.gateway.in_a_row = 0;
        for Suspect { request, prepared, note, instead } in
            std::mem::take(&mut self.gateway.suspects)
        {
            // A gateway may have refused the response, and not the request.
            if prepared.item.was_uncertain || !self.policy.test_mode {
                self.probe(
                    prepared,
                    PendingProbe { why: instead, otherwise: Otherwise::Fail(note) },
                );
            } else {
                self.fail(prepared.item, Some(request), &note);
            }
        }
    }

    /// Nothing else is left to be sent: a control request shows why the suspects got no answer.
    /// `true`: it is on its way.
    pub(in crate::execute) fn decide_suspects(&mut self) -> bool {
        if self.gateway.suspects.is_empty() {
            return false;
        }
        self.send_control();
        true
    }

    /// Sends a request that no gateway has a reason to refuse. Whether it reaches the API tells
    /// refused rows from a gateway that refuses everything.
    fn send_control(&mut self) {
        if self.gateway.control_in_flight || self.stop.is_some() {
            return;
        }
        self.gateway.control_in_flight = true;
        let (client, retry_wait) = (self.client.clone(), self.policy.retry_wait);
        // The requests of rows are numbered from 1.
        let id = request_id(&self.policy.run_id, 0);
        self.in_flight_tasks.spawn(async move {
            let request = ActionRequest { id: &id, test_mode: true, mark: None, is_trial: false };
            let mut attempt = 1;
            loop {
                match client.submit(&[control()], &request).await {
                    Err(ActError::NoResponse { .. }) if attempt < CONTROL_ATTEMPTS => {
                        tokio::select! {
                            () = tokio::time::sleep(backoff(attempt, retry_wait, fastrand::f64())) => {}
                            () = client.closed() => {}
                        }
                        attempt += 1;
                    }
                    answer => return Completion::Control(answer),
                }
            }
        });
    }

    /// The control request was answered, or was not.
    pub(in crate::execute) fn control_answered(
        &mut self,
        answer: Result<ActionResponse, ActError>,
    ) {
        self.gateway.control_in_flight = false;
        let Some(Suspect { instead, .. }) = self.gateway.suspects.last() else { return };
        match answer {
            Ok(_) | Err(ActError::Refused { scope: RefusalScope::Command, .. }) => {
                self.api_answers();
            }
            Err(ActError::Refused { scope: RefusalScope::Unrecognized, .. }) => {
                self.stop_run(format!(
                    "the server refuses this run: a gateway in front of the API \
                     refuses every request ({instead})"
                ));
            }
            Err(error) => {
                let error = error.to_string();
                let other = if error == *instead { String::new() } else { format!(" ({error})") };
                self.stop_run(format!(
                    "the server does not answer ({instead}), not even a request \
                     that changes nothing{other}"
                ));
            }
        }
    }
}

/// A command that changes nothing even if the API ignored `testOnly`: `example.com` is reserved
/// (RFC 2606), so nobody of that name is in an organization.
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
