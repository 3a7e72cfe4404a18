//! The remaining questions and requests, and how long they take within their limits.

use super::estimate::Estimate;
use super::planner::Plan;
use crate::umapi::Pace;
use crate::umapi::wire::MAX_COMMANDS;
use std::collections::VecDeque;
use std::time::Duration;

/// Questions (reads of users) and requests (writes), in the order in which they are sent. The API
/// limits them separately.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Workload {
    /// Questions before the first request.
    pub first: u64,
    /// Groups of consecutive similar requests: how many, and how many questions each waits for.
    requests: Vec<(u64, u64)>,
}

/// The number of earlier requests that may wait for the limit or for their response while the next
/// one is built.
const AHEAD: usize = 4;

impl Workload {
    /// Creates a workload of requests that wait for no question.
    pub(crate) fn of_requests(requests: u64) -> Self {
        let mut all = Self::default();
        all.push(requests, 0);
        all
    }

    /// Returns the workload with further questions before all of it.
    #[must_use]
    pub(crate) fn behind(self, questions: u64) -> Self {
        Self { first: self.first + questions, ..self }
    }

    /// Creates the workload of the rows of a plan that are left. `is_asked_about` says, for the
    /// first row of a command that removes a user, whether a question comes before it.
    pub(crate) fn of_rest(
        plan: &Plan,
        is_left: impl Fn(u32) -> bool,
        is_asked_about: impl Fn(u32) -> bool,
    ) -> Self {
        let Estimate { requests, .. } = Estimate::of_rest(plan, &is_left);
        let mut all = Self::default();
        let (mut commands, mut questions) = (0, 0);
        for (first, parts) in plan.commands_in_order(is_left) {
            // Commands of groups take its place.
            if plan.is_group_side(first) {
                continue;
            }
            let footprint = plan.footprint(first);
            commands += parts;
            questions +=
                u64::from(footprint.leaves() && !footprint.creates() && is_asked_about(first));
            if commands >= MAX_COMMANDS as u64 {
                all.push(1, questions);
                all.push(commands / MAX_COMMANDS as u64 - 1, 0);
                (commands, questions) = (commands % MAX_COMMANDS as u64, 0);
            }
        }
        if commands > 0 {
            all.push(1, questions);
        }
        // Commands of one user are sent one after another, and groups are deleted one per request.
        all.in_requests(requests)
    }

    fn push(&mut self, requests: u64, questions: u64) {
        match self.requests.last_mut() {
            _ if requests == 0 => {}
            Some((number, each)) if *each == questions => *number += requests,
            _ => self.requests.push((requests, questions)),
        }
    }

    /// Returns the workload with this number of requests, if that is more than the order of the
    /// rows needs.
    #[must_use]
    pub(crate) fn in_requests(mut self, requests: u64) -> Self {
        self.push(requests.saturating_sub(self.requests()), 0);
        self
    }

    /// Adds work after it.
    pub(crate) fn then(&mut self, next: &Self) {
        self.first += next.first;
        next.requests.iter().for_each(|(requests, questions)| self.push(*requests, *questions));
    }

    /// Removes questions and requests in flight.
    #[must_use]
    pub(crate) fn without(mut self, requests: u64, questions: u64) -> Self {
        let mut left = requests;
        self.requests.retain_mut(|(number, _)| {
            let gone = left.min(*number);
            left -= gone;
            *number -= gone;
            *number > 0
        });
        let mut left = questions;
        let gone = left.min(self.first);
        (left, self.first) = (left - gone, self.first - gone);
        let mut all = Self { first: self.first, requests: Vec::with_capacity(self.requests.len()) };
        for (mut number, each) in self.requests {
            while left > 0 && number > 0 && each > 0 {
                let gone = left.min(each);
                left -= gone;
                number -= 1;
                all.push(1, each - gone);
            }
            all.push(number, each);
        }
        all
    }

    /// Returns the number of requests.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.iter().map(|(requests, _)| requests).sum()
    }

    /// Returns the number of questions.
    pub(crate) fn questions(&self) -> u64 {
        self.first + self.requests.iter().map(|(requests, each)| requests * each).sum::<u64>()
    }

    /// Returns the time until the last question or request may be sent, with both limits in their
    /// current state. `None` if there is neither limit, so that only the server's own speed
    /// matters.
    pub(crate) fn time(&self, requests: &Pace, questions: &Pace) -> Option<Duration> {
        if self.questions() == 0 {
            return requests.time_for(self.requests());
        }
        if requests.rate.is_none() && questions.rate.is_none() {
            return None;
        }
        let (mut asks, mut sends) = (Slots::new(questions), Slots::new(requests));
        let mut last = asks.take(self.first, Duration::ZERO);
        let mut sent = VecDeque::from([last; AHEAD]);
        for (number, each) in &self.requests {
            for _ in 0..*number {
                // Its questions are sent once it is built, and it is sent once all of them have
                // responses.
                let made = sent.pop_front().unwrap_or_default();
                let answered = asks.take(*each, made);
                let leaves = sends.take(1, answered.max(made));
                sent.push_back(leaves);
                last = last.max(leaves);
            }
        }
        Some(last)
    }
}

/// The free slots of a limit.
struct Slots {
    /// When each slot of the window becomes free, the next one first; `None` without a limit.
    free: Option<(VecDeque<Duration>, Duration)>,
    held: Duration,
}

impl Slots {
    fn new(Pace { rate, held, used }: &Pace) -> Self {
        let free = rate.map(|rate| {
            let limit = rate.requests.max(1) as usize;
            // If more was sent than the limit now allows, the first ones free no slot.
            let counted = &used[used.len().saturating_sub(limit)..];
            let unused = std::iter::repeat_n(Duration::ZERO, limit - counted.len());
            (unused.chain(counted.iter().copied()).collect(), rate.window)
        });
        Self { free, held: *held }
    }

    /// Takes this number of slots, none before `from`. Returns when the last of them is taken.
    fn take(&mut self, number: u64, from: Duration) -> Duration {
        let mut last = from;
        for _ in 0..number {
            last = last.max(self.held);
            if let Some((free, window)) = &mut self.free {
                last = last.max(free.pop_front().unwrap_or_default());
                free.push_back(last.saturating_add(*window));
            }
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{joining, losing_all, plan, removal};
    use super::*;
    use crate::change::{Change, Leave};
    use crate::umapi::Rate;

    fn pace(requests: u32) -> Pace {
        Pace::unused(Some(Rate { requests, window: Duration::from_secs(60) }))
    }

    fn work(first: u64, requests: &[(u64, u64)]) -> Workload {
        Workload { first, requests: requests.to_vec() }
    }

    fn seconds(work: &Workload) -> u64 {
        work.time(&pace(10), &pace(25)).unwrap().as_secs()
    }

    #[test]
    fn time_without_questions_is_that_of_the_requests() {
        assert_eq!(
            [0, 10, 11, 100].map(|requests| seconds(&Workload::of_requests(requests))),
            [0, 0, 60, 540]
        );
    }

    #[test]
    fn time_of_questions_first_comes_before_all_requests() {
        // 43 questions take a minute, and eleven requests one more.
        assert_eq!(seconds(&work(43, &[(4, 0)])), 60);
        assert_eq!(seconds(&work(43, &[(11, 0)])), 120);
        assert_eq!(seconds(&work(43, &[])), 60);
    }

    #[test]
    fn time_of_probes_and_requests_is_the_slower_limits() {
        // Ten questions per request: 25 of 200 per minute, while 20 requests would take one minute.
        assert_eq!(seconds(&work(0, &[(20, 10)])), 7 * 60);
        assert_eq!(seconds(&work(0, &[(20, 1)])), 60);
        // The questions for the last requests are sent last: until then, the limit of reads is
        // unused.
        assert_eq!(seconds(&work(0, &[(100, 0), (5, 10)])), 10 * 60);
    }

    #[test]
    fn time_includes_what_both_limits_have_used_up() {
        let used = |rate: Pace, number: usize, seconds: u64| Pace {
            used: vec![Duration::from_secs(seconds); number],
            ..rate
        };
        let time = |work: &Workload, requests: &Pace, questions: &Pace| {
            work.time(requests, questions).unwrap().as_secs()
        };
        // The progress bar once showed "a few seconds left" beside a wait of 53 s.
        assert_eq!(time(&work(0, &[(4, 10)]), &pace(10), &used(pace(25), 25, 53)), 113);
        assert_eq!(time(&work(0, &[(1, 10)]), &used(pace(10), 10, 20), &used(pace(25), 20, 7)), 20);
        assert_eq!(
            time(&work(0, &[(1, 10)]), &used(pace(10), 10, 20), &used(pace(25), 20, 47)),
            47
        );
        let held = Pace { held: Duration::from_secs(600), ..pace(25) };
        assert_eq!(time(&work(1, &[(1, 0)]), &pace(10), &held), 600);
    }

    #[test]
    fn time_without_a_limit_of_requests_is_that_of_the_questions() {
        assert_eq!(
            work(0, &[(4, 10)]).time(&Pace::default(), &pace(25)),
            Some(Duration::from_secs(60))
        );
        assert_eq!(work(0, &[(4, 10)]).time(&Pace::default(), &Pace::default()), None);
    }

    #[test]
    fn steps_take_as_long_as_the_formula() {
        for used in [0, 4, 10, 13] {
            let used: Vec<Duration> =
                (0..used).map(|second| Duration::from_secs(30 + second)).collect();
            for held in [0, 35, 600] {
                let pace = Pace { used: used.clone(), held: Duration::from_secs(held), ..pace(10) };
                for requests in [1, 5, 10, 11, 35] {
                    let last = Slots::new(&pace).take(requests, Duration::ZERO);
                    assert_eq!(Some(last), pace.time_for(requests), "{pace:?} {requests}");
                }
            }
        }
    }

    #[test]
    fn what_has_left_counts_no_more() {
        assert_eq!(work(5, &[(2, 10), (3, 0)]).without(3, 4), work(1, &[(2, 0)]));
        assert_eq!(work(2, &[(3, 10)]).without(0, 15), work(0, &[(1, 0), (1, 7), (1, 10)]));
        assert_eq!(work(0, &[(1, 1)]).without(9, 9), Workload::default());
    }

    #[test]
    fn files_follow_one_another() {
        let mut all = work(3, &[(2, 0)]);
        all.then(&work(0, &[(2, 0), (1, 5)]));
        assert_eq!(all, work(3, &[(4, 0), (1, 5)]));
        assert_eq!((all.requests(), all.questions()), (5, 8));
    }

    #[test]
    fn rows_left_are_requests_with_their_questions() {
        let name = |number: u32| format!("u{number}@x.com");
        let leaves = |number: u32| -> Vec<_> {
            (0..number).map(|number| removal(&name(number), Leave::KeepAccount)).collect()
        };
        let joins = |number: u32| -> Vec<_> {
            (0..number).map(|number| joining(&name(number), &["G"])).collect()
        };
        let all = |_: u32| true;
        let of = |rows: &[Change<'static>]| Workload::of_rest(&plan(rows), all, all);
        assert_eq!(of(&leaves(25)), work(0, &[(2, 10), (1, 5)]));
        assert_eq!(of(&leaves(20)), work(0, &[(2, 10)]));
        assert_eq!(of(&joins(25)), work(0, &[(3, 0)]), "only removals are asked about");
        assert_eq!(of(&[]), Workload::default());
        let half = |row: u32| row.is_multiple_of(2);
        assert_eq!(Workload::of_rest(&plan(&leaves(20)), all, half), work(0, &[(2, 5)]));
        assert_eq!(Workload::of_rest(&plan(&leaves(20)), half, all), work(0, &[(1, 10)]));
        // Commands of one user are sent one after another.
        let chain = [losing_all("a@x.com"), joining("a@x.com", &["G"]), losing_all("a@x.com")];
        assert_eq!(of(&chain), work(0, &[(3, 0)]));
        // A row with many names needs several commands.
        let groups: Vec<String> = (0..201).map(|number| format!("G{number}")).collect();
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let rows: Vec<_> = (0..7).map(|number| joining(&name(number), &groups)).collect();
        assert_eq!(of(&rows), work(0, &[(3, 0)]));
    }

    #[test]
    fn questions_add_up_before_the_requests() {
        assert_eq!(work(2, &[(1, 0)]).behind(3), work(5, &[(1, 0)]));
        let mut all = work(3, &[]);
        all.then(&work(4, &[]));
        assert_eq!(all, work(7, &[]));
        assert_eq!(work(0, &[(1, 2)]).in_requests(4), work(0, &[(1, 2), (3, 0)]));
        assert_eq!(work(0, &[(2, 2)]).in_requests(1), work(0, &[(2, 2)]));
    }

    #[test]
    fn more_questions_than_there_are_leave_the_requests() {
        assert_eq!(work(0, &[(1, 10)]).without(0, 99), work(0, &[(1, 0)]));
        assert_eq!(work(5, &[(2, 3)]).without(0, 5), work(0, &[(2, 3)]));
    }
}
