//! How far an import has come, in words.

use crate::cli::args::ProgressArg;
use crate::cli::screen::{Screen, View, Waiting, time_left};
use crate::execute::{OutcomeStatus, RunProgress};
use crate::number::{count, thousands};
use crate::umapi::{ApiError, Client};
use std::pin::pin;
use std::time::{Duration, SystemTime};
use tokio::runtime::Runtime;
use tokio::time::{Instant, interval};

/// Shows how far an import has come.
pub(crate) struct ProgressBar {
    screen: Screen,
    noun: &'static str,
    last: Option<View>,
}

impl ProgressBar {
    /// `noun` is what it counts.
    pub(crate) fn new(wanted: ProgressArg, quiet: bool, noun: &'static str) -> Self {
        Self { screen: Screen::new(wanted, quiet), noun, last: None }
    }

    pub(crate) fn show(&mut self, snapshot: &RunProgress) {
        let view = View { noun: self.noun, ..view(snapshot, SystemTime::now()) };
        self.screen.show(&view);
        self.last = Some(view);
    }

    /// Says something above the bar.
    pub(crate) fn say(&self, text: &str) {
        self.screen.say(text);
    }

    /// The bar stays as it is.
    pub(crate) fn finish(&self) {
        self.screen.finish(self.last.as_ref());
    }
}

/// Rows by status, what most of them failed with, requests, the limit, the time left, and what is
/// waited for.
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
    let by_status = OutcomeStatus::ALL.into_iter().filter(|status| counts[*status as usize] > 0);
    let outcomes = by_status.map(|status| {
        let words = format!("{} {}", thousands(counts[status as usize]), status.name());
        match most_frequent_failure {
            Some((code, rows)) if status == OutcomeStatus::Failed => {
                format!("{words} ({} {code})", thousands(*rows))
            }
            _ => words,
        }
    });
    let mut work = vec![format!("{} sent", count(*requests_sent, "request"))];
    if *requests_left > 0 {
        work.push(format!("about {} to go", thousands(*requests_left)));
    }
    if snapshot.questions_left > 0 {
        work.push(format!("{} to ask", count(snapshot.questions_left, "question")));
    }
    if let Some(limit) = &traffic.limit {
        work.push(format!("limit {limit}"));
    }
    work.extend(left.map(|left| time_left(left, now)));
    View {
        done: counts.iter().sum(),
        of: Some(*rows),
        noun: "row",
        outcomes: outcomes.collect(),
        work,
        waiting: match stopping {
            Some((why, answers)) => Some(Waiting::stopping(why, *answers, now)),
            None => waiting.as_ref().map(|wait| Waiting::new(wait, now)),
        },
        elapsed: *elapsed,
    }
}

/// Fetches the first token, and says what is wrong while there is none.
///
/// # Errors
/// As [`Client::authenticate`].
pub(crate) async fn authenticate(
    client: &Client,
    wanted: ProgressArg,
    quiet: bool,
) -> Result<(), ApiError> {
    baseline_source("asking for a token", client, (wanted, quiet), client.authenticate()).await
}

/// How the server is asked before a run, with what is waited for on the screen.
#[derive(Clone, Copy)]
pub(crate) struct Questions<'q> {
    pub(crate) client: &'q Client,
    pub(crate) runtime: &'q Runtime,
    pub(crate) progress: ProgressArg,
    pub(crate) quiet: bool,
}

impl Questions<'_> {
    /// Waits for the answers to some questions. `what` they are about is shown where there is
    /// nothing else to show.
    pub(crate) fn ask<T>(self, what: &str, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(baseline_source(what, self.client, (self.progress, self.quiet), work))
    }
}

/// Shows what is waited for while the server is asked something.
pub(crate) async fn baseline_source<T>(
    what: &str,
    client: &Client,
    (wanted, quiet): (ProgressArg, bool),
    work: impl Future<Output = T>,
) -> T {
    let mut screen = Screen::new(wanted, quiet);
    let began = Instant::now();
    let mut tick = interval(Duration::from_millis(200));
    let mut work = pin!(work);
    let ended = loop {
        tokio::select! {
            biased;
            ended = &mut work => break ended,
            _ = tick.tick() => {
                let waiting = client.stats().waiting.map(|wait| Waiting::new(&wait, SystemTime::now()));
                screen.wait(what, waiting, began.elapsed());
            }
        }
    };
    screen.finish(None);
    ended
}
