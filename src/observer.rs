//! The interface for programs that observe an import or an export, and answer its questions.

use std::time::Duration;
use tokio::time::interval;

/// How often the observer is asked whether to stop.
const EVERY: Duration = Duration::from_millis(200);

/// A program that observes an import or an export. Every method has a default: nothing is shown,
/// the run is not stopped, and every question is answered with no.
pub trait Observer: Sync {
    /// Receives a line that umbulk would show to a person: a warning, or what the import found out
    /// before it sends anything. Control characters in it are shown escaped.
    fn on_message(&self, _line: &str) {}

    /// Receives the progress, several times a second.
    fn on_progress(&self, _progress: &Progress) {}

    /// Answers a question, such as whether users may be deleted. Unless it says yes, nothing is
    /// sent.
    fn confirm(&self, _question: &str) -> bool {
        false
    }

    /// Returns whether to stop; called several times a second while umbulk waits for the server.
    /// umbulk still waits for requests in flight. The same import, started again, continues there.
    fn wants_to_stop(&self) -> bool {
        false
    }
}

/// The progress of an import or an export.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is counted: `row` or `page`.
    pub noun: &'static str,
    /// The number that is done.
    pub done: u64,
    /// The number of all; `None` while it is unknown.
    pub total: Option<u64>,
    /// The time left, including waits; `None` if it is unknown.
    pub time_left: Option<Duration>,
}

/// The observer of a run that nobody observes.
pub(crate) struct Unobserved;

impl Observer for Unobserved {}

/// Completes when the observer wants to stop.
pub(crate) async fn stop_wanted(observer: &dyn Observer) {
    let mut tick = interval(EVERY);
    loop {
        tick.tick().await;
        if observer.wants_to_stop() {
            return;
        }
    }
}
