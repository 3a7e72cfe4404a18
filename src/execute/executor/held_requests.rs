//! Requests that may not be sent yet: the limit is used up, or the server asks for a pause. Nothing
//! of them is sent before, so that the journal and other processes do not count them as sent.

use super::Executor;
use super::resume::sent_command_of;
use super::tasks::TaskKind;
use crate::execute::completion::{Completion, PreparedRequest};
use crate::execute::late::{Collision, Waiter};
use crate::execute::reporter::Reporter;
use crate::execute::request::ReadyCommand;
use crate::journal::Moment;
use crate::umapi::{ActError, Permit};

/// The longest time between the entry of a request and its sending that an entry foresees, in
/// milliseconds.
const MOST_DELAY: i64 = 600_000;

impl<W: Reporter> Executor<'_, W> {
    /// Waits until the limiter permits the request.
    pub(super) fn wait_for_the_limit(&mut self, request: PreparedRequest) {
        let client = self.client.clone();
        self.tasks.start(TaskKind::Limit, async move {
            let permit = client.action_permit().await;
            Completion::Permitted { request, permit }
        });
    }

    /// Continues with a request that the limiter permits, or does not.
    pub(super) fn permitted(
        &mut self,
        mut request: PreparedRequest,
        permit: Result<Permit, ActError>,
    ) {
        match permit {
            Ok(permit) => {
                request.permit = Some(permit);
                self.record_if_current(request);
            }
            Err(ActError::Throttled) => self.wait_for_the_pause(request),
            Err(error) => {
                let PreparedRequest { number, items, group_commands, .. } = request;
                self.on_answer(number, items, &group_commands, Err(error));
            }
        }
    }

    /// Records that nothing of the request was done, and waits for the end of the pause. A 429
    /// proves that nothing was done.
    pub(super) fn wait_for_the_pause(&mut self, request: PreparedRequest) {
        let number = request.number;
        self.requests.not_sent(number);
        self.journal.write(move |journal| journal.record_answered(number));
        let client = self.client.clone();
        self.tasks.start(TaskKind::Pause, async move {
            // If the run stops, the request is given up.
            let _ = client.pause_over().await;
            Completion::PauseOver(request)
        });
    }

    /// Continues with a request after the pause.
    pub(super) fn go_on_after_the_pause(&mut self, request: PreparedRequest) {
        match self.client.is_limited() && self.stop.is_none() {
            true => self.wait_for_the_limit(request),
            false => self.record_if_current(request),
        }
    }

    /// Records that the request is about to be sent. If another import has given a name of it
    /// meanwhile, or may still change its users, its commands are checked like new ones.
    fn record_if_current(&mut self, request: PreparedRequest) {
        self.late_effects.refresh();
        let is_outdated = self.commands_of(&request).into_iter().any(|prepared| {
            self.loss_under_a_given_name(prepared).is_some() || self.meets_others(prepared)
        });
        match self.stop.is_some() || is_outdated {
            true => self.give_up_unsent(request),
            false => self.record_as_sent(request),
        }
    }

    /// Records a request anew that was recorded this number of milliseconds ago and not sent since:
    /// the disk or the store was slow, other requests were in flight, or the process was stopped.
    /// What was known then may be outdated.
    pub(super) fn record_again(&mut self, mut request: PreparedRequest, late: i64) {
        let number = request.number;
        tracing::debug!(request = number, milliseconds = late, "not sent in time: recorded again");
        self.requests.not_sent(number);
        self.journal.write(move |journal| journal.record_answered(number));
        request.permit = None;
        // Where everything is slow, the next entry says so.
        request.delay = (2 * late).min(MOST_DELAY);
        self.go_on_after_the_pause(request);
    }

    fn commands_of<'a>(&'a self, request: &'a PreparedRequest) -> Vec<&'a ReadyCommand> {
        let of_groups = self.group_side.items_of(&request.group_commands);
        request.items.iter().chain(of_groups).collect()
    }

    /// Whether another import sends something about the users of a command.
    fn meets_others(&self, ReadyCommand { item, footprint, .. }: &ReadyCommand) -> bool {
        let collision = self.late_effects.collision(&item.rows, footprint, Waiter::of(item));
        matches!(collision, Some(Collision::OthersEffect(_)))
    }

    /// Records that the request is about to be sent, for this run and for other processes.
    pub(super) fn record_as_sent(&mut self, mut request: PreparedRequest) {
        let count = |prepared: &mut ReadyCommand| {
            prepared.item.sent = prepared.item.sent.max(prepared.item.attempts);
        };
        request.items.iter_mut().for_each(count);
        self.group_side.items_of_mut(&request.group_commands, count);
        let all = self.commands_of(&request);
        let commands = all.iter().map(|prepared| &prepared.footprint);
        let at = Moment::now().plus(request.delay);
        let notice = self.late_effects.sent(request.number, at, commands);
        let sent = all.iter().map(|prepared| sent_command_of(&prepared.item)).collect();
        self.notify(notice);
        let entry = self.write_leaving(request.number, at, sent);
        self.requests.book(entry, at, request);
    }

    /// Closes a request that is not sent. Its commands are sent in others.
    fn give_up_unsent(&mut self, request: PreparedRequest) {
        let PreparedRequest { number, items, group_commands, .. } = request;
        self.requests.close(number);
        self.on_request_closed(number);
        if self.stop.is_some() {
            return;
        }
        self.not_sent_for_groups(number, &group_commands);
        let items = items.into_iter().map(|mut prepared| {
            prepared.item.attempts -= 1;
            prepared.item
        });
        self.out_of_turn.send_together(items.collect());
    }
}
