//! Requests during a pause that the server asks for. A 429 proves that nothing was done, and nothing
//! is sent before the pause is over, so that the journal does not count them as sent.

use super::Executor;
use super::tasks::TaskKind;
use crate::execute::completion::{Completion, PreparedRequest};
use crate::execute::reporter::Reporter;

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
        let PreparedRequest { number, items, .. } = &request;
        self.late_effects.refresh();
        let is_stopped = self.stop.is_some();
        let is_outdated =
            items.iter().any(|prepared| self.loss_under_a_given_name(prepared).is_some());
        if !is_stopped && !is_outdated {
            let entry = self.write_leaving(*number, items);
            return self.requests.book(entry, request);
        }
        self.requests.close(request.number);
        self.on_request_closed(request.number);
        if !is_stopped {
            let items = request.items.into_iter().map(|mut prepared| {
                prepared.item.attempts -= 1;
                prepared.item
            });
            self.out_of_turn.send_together(items.collect());
        }
    }
}
