//! What an import would ask and send for a file, and how long that takes.

use crate::cli::args::commands::PlanArgs;
use crate::import::first_questions::FirstQuestions;
use crate::import::head::rates_words;
use crate::import::question_count::QuestionCount;
use crate::number::about as about_time;
use crate::number::{count, noun};
use crate::plan::{Plan, Workload};
use crate::umapi::{Pace, Rates};
use std::time::Duration;

/// The questions and requests of an import for a file.
#[derive(Default)]
pub(super) struct PlannedWork {
    /// Questions and requests, in order.
    pub(super) all: Workload,
    /// The number of users who are probed before they are removed.
    pub(super) probes: u64,
    /// Renames to probe while rows are sent, as far as the limit of questions allows.
    renames: u64,
    /// Requests in test mode before the first row, which show whether groups exist.
    pub(super) trials: u64,
    /// Whether the number of questions before the first request is a lower bound.
    pub(super) is_least: bool,
}

impl PlannedWork {
    /// Creates the work. `first` is the number of questions before the rows of this file are sent,
    /// and `renames` the number of renames to probe.
    pub(super) fn of(
        plan: &Plan,
        args: &PlanArgs,
        administrators: FirstQuestions,
        (first, renames): (QuestionCount, u64),
    ) -> Self {
        let rows = |is_asked_about: &dyn Fn(u32) -> bool| {
            Workload::of_rest(plan, |_| true, is_asked_about)
        };
        let mut all = rows(&|row| args.verify_deletes && !administrators.tell(plan, row));
        all.first = first.number;
        let probes = rows(&|_| args.verify_deletes).questions();
        Self { all, probes, renames, trials: 0, is_least: first.is_least }
    }

    /// Returns the number of all questions.
    pub(super) fn questions(&self, rates: &Rates) -> u64 {
        self.all.questions() + self.asked_renames(rates)
    }

    /// Returns how many renames are probed: a rename does not wait for the limit of questions.
    fn asked_renames(&self, rates: &Rates) -> u64 {
        let Some(rate) = rates.users else { return self.renames };
        let time = self.time(rates).unwrap_or_default().as_nanos();
        let windows = time / rate.window.as_nanos().max(1) + 1;
        let room = u64::try_from(windows)
            .unwrap_or(u64::MAX)
            .saturating_mul(u64::from(rate.requests))
            .saturating_sub(self.all.questions());
        self.renames.min(room)
    }

    /// Puts the rows, as this number of requests, after the requests that create groups.
    pub(super) fn goes_behind(&mut self, creations: u64, requests: u64) {
        let rows = std::mem::replace(&mut self.all, Workload::of_requests(creations));
        self.all.then(&rows.in_requests(requests));
    }

    /// Returns how long it takes within the limits; `None` without a limit.
    pub(super) fn time(&self, rates: &Rates) -> Option<Duration> {
        self.all.time(&Pace::unused(rates.action), &Pace::unused(rates.users))
    }

    /// Describes the time: `about 9 min at 10/60s`.
    pub(super) fn time_words(&self, rates: &Rates) -> String {
        match self.time(rates) {
            _ if self.all.requests() + self.all.questions() == 0 => "no waiting".to_owned(),
            Some(time) => format!(
                "{} at {}",
                about_time(time),
                rates_words(rates.action, rates.users, &self.all)
            ),
            None => "no limit".to_owned(),
        }
    }

    /// Returns the lines about questions.
    pub(super) fn describe_questions(&self, rates: &Rates) -> String {
        let Self { all: Workload { first, .. }, probes, renames, trials, is_least } = self;
        let own = self.all.questions() - first;
        let questions = |number| {
            Self { all: Workload::default().behind(number), ..Self::default() }.time_words(rates)
        };
        let mut text = String::new();
        if *first > 0 {
            let or_more = if *is_least { " or more" } else { "" };
            text += &format!(
                "  {first:>9}  {}{or_more} before sending, {}\n",
                noun(*first, "probe"),
                questions(*first)
            );
        }
        if *trials > 0 {
            text += &format!(
                "  {trials:>9}  {} in test mode before anything is sent, to try groups out\n",
                noun(*trials, "request")
            );
        }
        let asked = self.asked_renames(rates);
        if asked > 0 {
            let probe = noun(asked, "probe");
            text += &match asked == *renames {
                true => format!("  {asked:>9}  {probe} before renames\n"),
                false => format!(
                    "  {asked:>9}  {probe} before renames, or fewer ({}: the limit has no room \
                     for more)\n",
                    count(*renames, "rename")
                ),
            };
        }
        if *probes > 0 {
            let what = format!(
                "  {probes:>9}  {} before removals (--verify-deletes)",
                noun(*probes, "probe")
            );
            text += &match (*probes - own, own) {
                (_, 0) => format!("{what}: the probes above are enough\n"),
                (0, own) => format!("{what}, {}\n", questions(own)),
                (served, own) => format!(
                    "{what}, {served} of them answered by the probes above; {}\n",
                    questions(own)
                ),
            };
        }
        text
    }
}
