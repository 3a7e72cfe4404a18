//! The progress of an import, in words.

use crate::cli::args::shared::ProgressArg;
use crate::cli::screen::{Screen, TimeLeft, View, Waiting};
use crate::cli::verbosity::Verbosity;
use crate::execute::{OutcomeStatus, RunProgress};
use crate::import::reporter::{RunDisplay, WaitDisplay};
use crate::import::stop_words::stop_words;
use crate::number::{count, thousands};
use crate::umapi::Wait;
use std::time::{Duration, SystemTime};

/// Shows the progress of an import.
pub(crate) struct RunBar {
    screen: Screen,
    verbosity: Verbosity,
    noun: &'static str,
    last: Option<View>,
}

impl RunBar {
    /// Creates the display. `noun` says what is counted.
    pub(crate) fn new(wanted: ProgressArg, verbosity: Verbosity, noun: &'static str) -> Self {
        Self { screen: Screen::new(wanted, verbosity), verbosity, noun, last: None }
    }
}

impl RunDisplay for RunBar {
    fn show(&mut self, snapshot: &RunProgress) {
        let view = View { noun: self.noun, ..view(snapshot, SystemTime::now()) };
        self.screen.show(&view);
        self.last = Some(view);
    }

    fn detail(&self, line: &str) {
        if self.verbosity >= Verbosity::Responses {
            self.screen.say(line);
        }
    }

    fn finish(&self) {
        self.screen.finish(self.last.as_ref());
    }
}

/// Shows rows by status, the most frequent code of failed rows, requests, the limit, the time left,
/// and the reason of a wait.
fn view(snapshot: &RunProgress, now: SystemTime) -> View {
    let RunProgress {
        rows,
        counts,
        most_frequent_failure,
        requests_sent,
        requests_left,
        left,
        waiting,
        stopping,
        stats: traffic,
        elapsed,
        ..
    } = snapshot;
    let words_of = |status: OutcomeStatus| {
        let words = format!("{} {}", thousands(counts[status as usize]), status.name());
        match most_frequent_failure {
            Some((code, rows)) if status == OutcomeStatus::Failed => {
                format!("{words} ({} {code})", thousands(*rows))
            }
            _ => words,
        }
    };
    let by_status = OutcomeStatus::ALL.into_iter().filter(|status| counts[*status as usize] > 0);
    let wrong = by_status.clone().filter(|status| {
        matches!(status, OutcomeStatus::Invalid | OutcomeStatus::Failed | OutcomeStatus::Unknown)
    });
    let mut work = vec![format!("{} sent", count(*requests_sent, "request"))];
    if *requests_left > 0 {
        work.push(format!("about {} to go", thousands(*requests_left)));
    }
    if snapshot.questions_left > 0 {
        work.push(format!("{} to send", count(snapshot.questions_left, "probe")));
    }
    if let Some(limit) = &traffic.limit {
        work.push(format!("limit {limit}"));
    }
    View {
        done: counts.iter().sum(),
        of: Some(*rows),
        noun: "row",
        wrong: wrong.map(words_of).collect(),
        outcomes: by_status.map(words_of).collect(),
        work,
        left: left.map(|left| TimeLeft::new(left, now)),
        waiting: match stopping {
            Some((why, answers)) => Some(Waiting::stopping(&stop_words(why), *answers, now)),
            None => waiting.as_ref().map(|wait| Waiting::new(wait, now)),
        },
        elapsed: *elapsed,
    }
}

/// Shows the reason of a wait while the server is asked.
pub(crate) struct WaitScreen {
    screen: Screen,
    what: String,
}

impl WaitScreen {
    /// Creates the display. `what` is shown while there is no reason for a wait.
    pub(crate) fn new(wanted: ProgressArg, verbosity: Verbosity, what: &str) -> Self {
        Self { screen: Screen::new(wanted, verbosity), what: what.to_owned() }
    }
}

impl WaitDisplay for WaitScreen {
    fn show(&mut self, wait: Option<&Wait>, elapsed: Duration) {
        let waiting = wait.map(|wait| Waiting::new(wait, SystemTime::now()));
        self.screen.wait(&self.what, waiting, elapsed);
    }

    fn finish(&self) {
        self.screen.finish(None);
    }
}
