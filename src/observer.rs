//! How a program follows an import or an export, and answers its questions.

use std::time::Duration;
use tokio::time::interval;

/// How often an observer is asked whether it wants to stop.
const EVERY: Duration = Duration::from_millis(200);

/// The program that an import or an export works for. Every method has a default: nothing is shown,
/// nobody wants to stop, and a question that nobody answers is a no.
pub trait Observer: Sync {
    /// Receives a line that umbulk would show to a person: a warning, or what the import found out
    /// before it sends anything. Control characters in it are shown escaped.
    fn on_message(&self, _line: &str) {}

    /// Receives how far it is, several times a second.
    fn on_progress(&self, _progress: &Progress) {}

    /// Answers a question, such as whether users may be deleted. Unless it says yes, nothing is
    /// sent.
    fn confirm(&self, _question: &str) -> bool {
        false
    }

    /// Says whether to stop; asked several times a second while umbulk waits for the server. Requests
    /// in flight are still waited for. Running the same import again continues there.
    fn wants_to_stop(&self) -> bool {
        false
    }
}

/// How far an import or an export is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is counted: `row` or `page`.
    pub noun: &'static str,
    /// So many are done.
    pub done: u64,
    /// Of so many; `None` where nobody knows yet.
    pub total: Option<u64>,
    /// The time left, waits included; `None` where nobody knows.
    pub time_left: Option<Duration>,
}

/// Nobody looks on.
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
