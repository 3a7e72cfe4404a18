//! Requests during a pause that the server asks for. A 429 proves that nothing was done, and nothing
//! is sent before the pause is over, so that the journal does not count them as sent.

use super::Executor;
use super::resume::sent_command_of;
use super::tasks::TaskKind;
use crate::execute::completion::{Completion, PreparedRequest};
use crate::execute::reporter::Reporter;
use crate::execute::request::ReadyCommand;

impl<W: Reporter> Executor<'_, W> {
    /// Records that nothing of the request was done, and waits for the end of the pause.
    pub(super) fn wait_for_the_pause(&mut self, request: PreparedRequest) {
        let number = request.number;
        self.journal.write(move |journal| journal.record_answered(number));
        let client = self.client.clone();
        self.tasks.start(TaskKind::Pause, async move {
            // If the run stops, the request is given up.
            let _ = client.pause_over().await;
            Completion::PauseOver(request)
        });
    }

    /// Records that the request is about to be sent again. If another import has given a name of it
    /// meanwhile, its commands are checked like new ones.
    pub(super) fn go_on_after_the_pause(&mut self, request: PreparedRequest) {
        self.late_effects.refresh();
        let PreparedRequest { items, group_commands, .. } = &request;
        let all: Vec<&ReadyCommand> =
            items.iter().chain(self.group_side.items_of(group_commands)).collect();
        let is_outdated =
            all.iter().any(|prepared| self.loss_under_a_given_name(prepared).is_some());
        if self.stop.is_some() || is_outdated {
            return self.give_up_after_the_pause(request);
        }
        let sent = all.iter().map(|prepared| sent_command_of(&prepared.item)).collect();
        let entry = self.write_leaving(request.number, sent);
        self.requests.book(entry, request);
    }

    /// Closes a request that is not sent again. Its commands are sent in others.
    fn give_up_after_the_pause(&mut self, request: PreparedRequest) {
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
