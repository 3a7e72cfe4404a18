//! What an import would ask and send for a file, and how long that takes.

use crate::cli::args::PlanArgs;
use crate::cli::exit::CliError;
use crate::import::baseline::LoadedBaseline;
use crate::import::existing_users;
use crate::import::first_questions::FirstQuestions;
use crate::import::groups::CheckedGroups;
use crate::import::head::rates_words;
use crate::import::input_file::{InputFile, about as about_time};
use crate::import::{outdated, protect};
use crate::number::noun;
use crate::plan::{Plan, Workload};
use crate::umapi::{Pace, Rates};
use std::time::Duration;

/// The questions of an import that come before its requests, by the place of the file that they are
/// counted with: what is asked about all files is asked once.
pub(super) fn first_questions(
    inputs: &[InputFile],
    (loaded_baseline, stored_baseline): (Option<&LoadedBaseline>, Option<&LoadedBaseline>),
    (administrators, groups): (FirstQuestions, &CheckedGroups),
    exact_groups: bool,
) -> Result<Vec<u64>, CliError> {
    let mut all = vec![0; inputs.len()];
    for (input, questions) in inputs
        .iter()
        .zip(&mut all)
        .filter(|_| loaded_baseline.is_none() && stored_baseline.is_none())
    {
        *questions += existing_users::questions(input)?;
    }
    let mut of_all = groups.questions
        + protect::questions(
            inputs,
            loaded_baseline.map(|list| &*list.organization),
            exact_groups,
        )?;
    if stored_baseline.is_some() {
        of_all += outdated::questions(inputs)?;
    }
    for (place, number) in [(administrators.file, administrators.number), (0, of_all)] {
        if let Some(questions) = all.get_mut(place) {
            *questions += number;
        }
    }
    Ok(all)
}

/// What an import sends and asks for a file.
pub(super) struct PlannedWork {
    /// Questions and requests, in order.
    pub(super) all: Workload,
    /// People of whom is asked whether they are there.
    pub(super) probes: u64,
}

impl PlannedWork {
    /// `first` are the questions that come before the rows of this file are sent.
    pub(super) fn of(
        plan: &Plan,
        args: &PlanArgs,
        administrators: FirstQuestions,
        first: u64,
    ) -> Self {
        let rows = |is_asked_about: &dyn Fn(u32) -> bool| {
            Workload::of_rest(plan, |_| true, is_asked_about)
        };
        let mut all = rows(&|row| args.verify_deletes && !administrators.tell(plan, row));
        all.first = first;
        Self { all, probes: rows(&|_| args.verify_deletes).questions() }
    }

    /// It takes so many requests, behind those that create groups.
    pub(super) fn goes_behind(&mut self, creations: u64, requests: u64) {
        let rows = std::mem::replace(&mut self.all, Workload::of_requests(creations));
        self.all.then(&rows.in_requests(requests));
    }

    /// How long it takes at the limits; `None` without one.
    pub(super) fn time(&self, rates: &Rates) -> Option<Duration> {
        self.all.time(&Pace::unused(rates.action), &Pace::unused(rates.users))
    }

    /// `about 9 min at 10/60s`
    pub(super) fn time_words(&self, rates: &Rates) -> String {
        match self.time(rates) {
            _ if self.all.requests() + self.all.questions() == 0 => {
                "nothing to wait for".to_owned()
            }
            Some(time) => format!(
                "{} at {}",
                about_time(time),
                rates_words(rates.action, rates.users, &self.all)
            ),
            None => "without a limit".to_owned(),
        }
    }

    /// The lines about questions.
    pub(super) fn describe_questions(&self, rates: &Rates) -> String {
        let Self { all: Workload { first, .. }, probes } = self;
        let own = self.all.questions() - first;
        let questions =
            |number| Self { all: Workload::default().behind(number), probes: 0 }.time_words(rates);
        let mut text = String::new();
        if *first > 0 {
            text += &format!(
                "  {first:>9}  {} before anything is sent, {}\n",
                noun(*first, "question"),
                questions(*first)
            );
        }
        if *probes > 0 {
            let what = format!(
                "  {probes:>9}  {} before removals (--verify-deletes)",
                noun(*probes, "question")
            );
            text += &match (*probes - own, own) {
                (_, 0) => format!("{what}, which the same answers serve\n"),
                (0, own) => format!("{what}, {}\n", questions(own)),
                (served, own) => format!(
                    "{what}, of which the same answers serve {served}; {}\n",
                    questions(own)
                ),
            };
        }
        text
    }
}
