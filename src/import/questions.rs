//! Asks the server questions before a run, and shows why it takes time.

use crate::import::reporter::ImportReporter;
use crate::umapi::{Client, Wait};
use std::pin::pin;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::{Instant, interval};

/// How the server is asked before a run.
#[derive(Clone, Copy)]
pub(crate) struct Questions<'q> {
    pub(crate) client: &'q Client,
    pub(crate) runtime: &'q Runtime,
    pub(crate) reporter: &'q dyn ImportReporter,
}

impl Questions<'_> {
    /// Waits for the answers to some questions. `what` is shown while there is no reason for a
    /// wait.
    pub(crate) fn ask<T>(self, what: &str, work: impl Future<Output = T>) -> T {
        let waiting = || self.client.stats().waiting;
        self.runtime.block_on(while_shown(what, waiting, self.reporter, work))
    }
}

/// Shows the reason of a wait during other work; `waiting` returns it.
pub(crate) async fn while_shown<T>(
    what: &str,
    waiting: impl Fn() -> Option<Wait>,
    reporter: &dyn ImportReporter,
    work: impl Future<Output = T>,
) -> T {
    let mut display = reporter.show_wait(what);
    let began = Instant::now();
    let mut tick = interval(Duration::from_millis(200));
    let mut work = pin!(work);
    let ended = loop {
        tokio::select! {
            biased;
            ended = &mut work => break ended,
            _ = tick.tick() => display.show(waiting().as_ref(), began.elapsed()),
        }
    };
    display.finish();
    ended
}
