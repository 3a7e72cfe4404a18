//! How far an export has come: a bar on a terminal, lines elsewhere. On standard error.

use crate::cli::args::ProgressArg;
use crate::cli::files::count;
use crate::cli::{local_time, say};
use crate::export::Seen;
use crate::report::minutes;
use crate::umapi::{Rate, Traffic, WaitReason};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

/// Shows how far an export has come.
pub(crate) struct ExportProgress {
    how: How,
    noun: &'static str,
    rate: Option<Rate>,
}

enum How {
    Bar(ProgressBar),
    Plain { last: Instant },
    Silent,
}

/// Between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

impl ExportProgress {
    pub(crate) fn new(wanted: ProgressArg, quiet: bool, noun: &'static str, rate: Option<Rate>) -> Self {
        let how = match wanted {
            ProgressArg::None => How::Silent,
            _ if quiet => How::Silent,
            ProgressArg::Auto if std::io::stderr().is_terminal() => {
                let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
                if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} pages  {wide_msg}") {
                    bar.set_style(style.progress_chars("=> "));
                }
                How::Bar(bar)
            }
            ProgressArg::Auto | ProgressArg::Plain => How::Plain { last: Instant::now() },
        };
        Self { how, noun, rate }
    }

    pub(crate) fn show(&mut self, seen: &Seen, traffic: &Traffic) {
        let heard = std::mem::take(&mut *seen.heard.lock().unwrap_or_else(PoisonError::into_inner));
        for words in &heard {
            match &self.how {
                How::Bar(bar) => bar.suspend(|| say(words)),
                How::Plain { .. } | How::Silent => say(words),
            }
        }
        let (pages, of) = (seen.pages.load(Ordering::Relaxed), seen.of.load(Ordering::Relaxed));
        let words = || self.words(seen, traffic, of.saturating_sub(pages), SystemTime::now());
        match &self.how {
            How::Bar(bar) => {
                if of > 0 {
                    bar.set_length(of.into());
                }
                bar.set_position(pages.into());
                bar.set_message(words());
            }
            How::Plain { last } if last.elapsed() >= PLAIN_EVERY => {
                let of = if of > 0 { format!("/{of}") } else { String::new() };
                say(&format!("{pages}{of} pages  {}", words()));
                self.how = How::Plain { last: Instant::now() };
            }
            How::Plain { .. } | How::Silent => {}
        }
    }

    /// The bar stays as it is.
    pub(crate) fn finish(&self) {
        if let How::Bar(bar) = &self.how {
            bar.abandon();
        }
    }

    /// Users, requests, the time left; and while the server makes us wait, until when and why.
    fn words(&self, seen: &Seen, traffic: &Traffic, left: u32, now: SystemTime) -> String {
        let mut parts = vec![format!("{} {}", seen.written.load(Ordering::Relaxed), self.noun), count(traffic.read_requests, "request")];
        if let (Some(rate), true) = (&self.rate, left > 0) {
            parts.push(format!("{} left", minutes(time_for(left, rate).max(Duration::from_secs(1)))));
        }
        if let Some(wait) = &traffic.waiting {
            let seconds = wait.until.duration_since(now).unwrap_or_default();
            let why = match &wait.why {
                WaitReason::Quota => "the limit is used up".to_owned(),
                WaitReason::ServerPause { why } => why.clone(),
            };
            parts.push(format!("waiting {} until {} ({why})", minutes(seconds), local_time(wait.until, "%H:%M:%S")));
        }
        parts.join(", ")
    }
}

/// How long so many pages take at a limit of which nothing is used up.
pub(crate) fn time_for(pages: u32, rate: &Rate) -> Duration {
    rate.window.saturating_mul(pages.div_ceil(rate.requests.max(1)).saturating_sub(1))
}
