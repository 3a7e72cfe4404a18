//! Refusals by a gateway in front of the API. Bisecting finds the row that is refused; a control request shows whether every
//! request is.

use super::note_of;
use crate::run::engine::{Landed, Otherwise, Question, Run, Watcher};
use crate::run::ledger::Note;
use crate::run::request::{Prepared, request_id};
use crate::run::verdict::Mode;
use crate::umapi::retry::backoff;
use crate::umapi::wire::{Answer, Command, Members, Removal, Root, Step};
use crate::umapi::{ActError, ActionRequest, RefusalScope};

/// Rows that the gateway refuses alone, one after the other, before a control request is sent.
const MOST_SUSPECTS: usize = 3;

/// Attempts at a control request.
const CONTROL_ATTEMPTS: u32 = 2;

/// What a gateway has refused, in words that are not the API's.
#[derive(Debug, Default)]
pub(in crate::run) struct GatewayRefusals {
    /// Requests refused since the API itself has answered last.
    pub(in crate::run) in_a_row: u32,
    /// Rows that were refused alone, with the reason if the gateway lets other requests through.
    suspects: Vec<Suspect>,
    /// A control request is on its way: nothing else is sent meanwhile.
    pub(in crate::run) control_in_flight: bool,
}

/// A row that alone got no answer of the API.
#[derive(Debug)]
struct Suspect {
    request: u32,
    prepared: Prepared,
    /// Why it fails if other requests reach the API.
    note: Note,
    /// What came instead of an answer.
    instead: String,
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
        let message = format!(
            "a gateway in front of the API refuses every request that holds this row (HTTP {status}, {said}), and lets others through. Check the row for text that a firewall may reject"
        );
        let note = note_of(&prepared, format!("http.{status}"), message, Mode::of(&self.policy));
        self.suspect(number, prepared, note, format!("HTTP {status}, {said}"));
    }

    /// A row alone gets nothing but this instead of an answer. A control request shows whether other requests reach the API: then the row fails with
    /// this reason.
    pub(super) fn suspect(&mut self, number: u32, prepared: Prepared, note: Note, instead: String) {
        self.end_questions(prepared.job.end);
        self.gateway.suspects.push(Suspect { request: number, prepared, note, instead });
        if self.gateway.suspects.len() >= MOST_SUSPECTS {
            self.send_control();
        }
    }

    /// The API has answered: the gateway refuses the suspects for what they hold.
    pub(super) fn api_answers(&mut self) {
        self.gateway.in_a_row = 0;
        for Suspect { request, prepared, note, instead } in std::mem::take(&mut self.gateway.suspects) {
            if prepared.job.once_doubtful {
                self.probe(prepared, Question { why: instead, otherwise: Otherwise::Fail(note) });
            } else {
                self.fail(prepared.job, Some(request), &note);
            }
        }
    }

    /// Nothing else is left to be sent: a control request shows why the suspects got no answer. `true`: it is on its way.
    pub(in crate::run) fn judge_suspects(&mut self) -> bool {
        if self.gateway.suspects.is_empty() {
            return false;
        }
        self.send_control();
        true
    }

    /// Sends a request that no gateway has a reason to refuse. Whether it reaches the API tells refused rows from a gateway that refuses everything.
    fn send_control(&mut self) {
        if self.gateway.control_in_flight || self.stop.is_some() {
            return;
        }
        self.gateway.control_in_flight = true;
        let (client, retry_wait) = (self.client.clone(), self.policy.retry_wait);
        // The requests of rows are numbered from 1.
        let id = request_id(&self.policy.run_id, 0);
        self.flights.spawn(async move {
            let request = ActionRequest { id: &id, test_mode: true, mark: None, is_trial: false };
            let mut attempt = 1;
            loop {
                match client.act(&[control()], &request).await {
                    Err(ActError::NoAnswer { .. }) if attempt < CONTROL_ATTEMPTS => {
                        tokio::select! {
                            () = tokio::time::sleep(backoff(attempt, retry_wait, fastrand::f64())) => {}
                            () = client.closed() => {}
                        }
                        attempt += 1;
                    }
                    answer => return Landed::Control(answer),
                }
            }
        });
    }

    /// The control request was answered, or was not.
    pub(in crate::run) fn control_answered(&mut self, answer: Result<Answer, ActError>) {
        self.gateway.control_in_flight = false;
        let Some(Suspect { instead, .. }) = self.gateway.suspects.last() else { return };
        match answer {
            Ok(_) | Err(ActError::Refused { scope: RefusalScope::Command, .. }) => self.api_answers(),
            Err(ActError::Refused { scope: RefusalScope::Unrecognized, .. }) => {
                self.halt(format!("the server refuses this run: a gateway in front of the API refuses every request ({instead})"));
            }
            Err(error) => {
                let error = error.to_string();
                let other = if error == *instead { String::new() } else { format!(" ({error})") };
                self.halt(format!("the server does not answer ({instead}), not even a request that changes nothing{other}"));
            }
        }
    }
}

/// A command that changes nothing even if the API ignored `testOnly`: `example.com` is reserved (RFC 2606), so nobody of that name is in an organization.
fn control() -> Command {
    let members = Members { group: vec!["umbulk-control".to_owned()], ..Members::default() };
    Command {
        root: Root::User { user: "nobody@example.com".to_owned(), domain: None, use_adobe_id: false },
        request_id: None,
        steps: vec![Step::Remove(Removal::Members(members))],
    }
}
