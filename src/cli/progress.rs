//! How far the run has come: a bar on a terminal, lines elsewhere. On standard error.

use super::args::ProgressArg;
use super::{local_time, say};
use crate::report::minutes;
use crate::run::{Snapshot, Status};
use crate::umapi::WaitReason;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant, SystemTime};

/// Shows how far a run has come.
pub(crate) enum Progress {
    Bar(ProgressBar),
    Plain { last: Option<Instant> },
    Silent,
}

/// Between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

impl Progress {
    pub(crate) fn new(wanted: ProgressArg, quiet: bool, rows: u64) -> Self {
        match wanted {
            ProgressArg::None => Self::Silent,
            _ if quiet => Self::Silent,
            ProgressArg::Auto if std::io::stderr().is_terminal() => {
                let bar = ProgressBar::with_draw_target(Some(rows), ProgressDrawTarget::stderr_with_hz(5));
                if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} rows  {wide_msg}") {
                    bar.set_style(style.progress_chars("=> "));
                }
                Self::Bar(bar)
            }
            ProgressArg::Auto | ProgressArg::Plain => Self::Plain { last: None },
        }
    }

    pub(crate) fn show(&mut self, snapshot: &Snapshot) {
        match self {
            Self::Bar(bar) => {
                bar.set_position(done(snapshot));
                bar.set_message(words(snapshot, SystemTime::now()));
            }
            Self::Plain { last } => {
                // The first line comes after the first interval: short runs need none.
                let due = last.get_or_insert_with(Instant::now).elapsed() >= PLAIN_EVERY;
                if due {
                    *last = Some(Instant::now());
                    say(&format!("{}/{} rows  {}", done(snapshot), snapshot.rows, words(snapshot, SystemTime::now())));
                }
            }
            Self::Silent => {}
        }
    }

    /// Says something above the bar.
    pub(crate) fn say(&self, text: &str) {
        match self {
            Self::Bar(bar) => bar.suspend(|| say(text)),
            Self::Plain { .. } | Self::Silent => say(text),
        }
    }

    /// The bar stays as it is.
    pub(crate) fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.abandon();
        }
    }
}

fn done(snapshot: &Snapshot) -> u64 {
    snapshot.counts.iter().sum()
}

/// Rows by status, requests, the limit, the time left; and while the server makes us wait, until when and why.
fn words(snapshot: &Snapshot, now: SystemTime) -> String {
    let mut parts: Vec<String> = Status::ALL
        .iter()
        .filter(|status| snapshot.counts[**status as usize] > 0)
        .map(|status| format!("{} {}", snapshot.counts[*status as usize], status.name()))
        .collect();
    parts.push(format!("{}/{} requests", snapshot.answered, snapshot.planned_requests.max(snapshot.answered)));
    if let Some(limit) = &snapshot.traffic.limit {
        parts.push(format!("limit {limit}"));
    }
    if let Some(left) = left(snapshot) {
        parts.push(format!("{} left", minutes(left)));
    }
    if let Some(wait) = &snapshot.traffic.waiting {
        let until = local_time(wait.until, "%H:%M:%S");
        let seconds = wait.until.duration_since(now).unwrap_or_default();
        let why = match &wait.why {
            WaitReason::Quota => "the limit is used up".to_owned(),
            WaitReason::ServerPause { why } => why.clone(),
        };
        parts.push(format!("waiting {} until {} ({why})", minutes(seconds), until));
    }
    parts.join(", ")
}

/// What the limiter and the plan say; without a limit, what the pace says.
fn left(snapshot: &Snapshot) -> Option<Duration> {
    let requests = snapshot.planned_requests.checked_sub(snapshot.answered).filter(|left| *left > 0)?;
    match &snapshot.traffic.limit {
        Some(rate) => {
            let windows = requests.div_ceil(u64::from(rate.requests.max(1))).saturating_sub(1);
            Some(rate.window.saturating_mul(u32::try_from(windows).unwrap_or(u32::MAX)).max(Duration::from_secs(1)))
        }
        None if snapshot.answered > 0 => {
            Some(snapshot.elapsed.mul_f64(f64::from(u32::try_from(requests).ok()?) / f64::from(u32::try_from(snapshot.answered).ok()?)))
        }
        None => None,
    }
}
