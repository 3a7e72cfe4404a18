//! A record of the last requests, exact in every sliding window. Pure: time is passed in.
//!
//! A request takes a slot until a whole window after the server has *seen* it: at the latest when
//! its response came, and by assumption at most a second after its last byte was sent.

use super::adaptive_limit::AdaptiveLimit;
use super::rate::Rate;
use super::tracked_body::SentAt;
use std::time::Duration;
use tokio::time::Instant;

/// Without an earlier response, the server is assumed to have seen a request this long after its
/// last byte was sent.
const SEEN_WITHIN: Duration = Duration::from_secs(1);
/// A margin, because clocks tick and servers round.
const MARGIN: Duration = Duration::from_millis(3);
/// When to check again for a request that was not sent yet.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The requests of one class that still count.
#[derive(Debug)]
pub(super) struct SlidingWindow {
    limit: AdaptiveLimit,
    slots: Vec<WindowSlot>,
    tickets: u64,
}

#[derive(Debug)]
enum WindowSlot {
    Open {
        ticket: u64,
        sent: SentAt,
    },
    Seen {
        at: Instant,
        accepted: bool,
    },
    /// A request of another process.
    OtherProcess {
        at: Instant,
    },
}

/// When the next request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Availability {
    Now,
    /// Ask again at this time.
    At(Instant),
}

impl SlidingWindow {
    /// Creates an empty window.
    pub(super) fn new(rate: Rate) -> Self {
        Self { limit: AdaptiveLimit::new(rate), slots: Vec::new(), tickets: 0 }
    }

    /// Returns the current limit.
    pub(super) fn rate(&self) -> Rate {
        self.limit.rate()
    }

    /// Returns when each request that still counts stops counting, in ascending order.
    pub(super) fn used_until(&self, now: Instant) -> Vec<Instant> {
        let window = self.span();
        let mut ends: Vec<Instant> = self
            .slots
            .iter()
            .map(|slot| slot.used_until(now, window))
            .filter(|end| *end > now)
            .collect();
        ends.sort_unstable();
        ends
    }

    /// Returns how long a request counts.
    pub(super) fn span(&self) -> Duration {
        self.limit.rate().window + MARGIN
    }

    /// Returns whether a request may be sent now, if no other process sends any.
    pub(super) fn free_of_own(&mut self, now: Instant) -> Availability {
        let others = self.slots.extract_if(.., |slot| slot.is_of_other_process());
        let others: Vec<WindowSlot> = others.collect();
        let free = self.free(now);
        self.slots.extend(others);
        free
    }

    /// Returns how many requests of other processes may count besides those of this one and a
    /// further one.
    pub(super) fn room_for_others(&self) -> usize {
        let own = self.slots.iter().filter(|slot| !slot.is_of_other_process()).count();
        self.most().saturating_sub(own + 1)
    }

    /// Returns whether a request may be sent now.
    pub(super) fn free(&mut self, now: Instant) -> Availability {
        self.limit.widen(now);
        let window = self.span();
        self.slots.retain(|slot| {
            !matches!(slot, WindowSlot::Seen { at, .. }
            | WindowSlot::OtherProcess { at } if *at + window <= now)
        });
        let most = self.most();
        if self.slots.len() < most {
            return Availability::Now;
        }
        // This number of slots must become free; the last of them decides.
        let mut ends: Vec<Instant> = self.slots.iter().map(|slot| slot.end(now, window)).collect();
        ends.sort_unstable();
        Availability::At(ends[self.slots.len() - most].max(now + Duration::from_millis(1)))
    }

    /// Returns how many requests may count at once.
    fn most(&self) -> usize {
        self.limit.rate().requests as usize
    }

    /// Returns a ticket for a request. Not every ticket is used.
    pub(super) fn new_ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    /// Takes a slot. `sent` will say when the last byte was sent.
    pub(super) fn take(&mut self, ticket: u64, sent: SentAt) {
        self.slots.push(WindowSlot::Open { ticket, sent });
    }

    /// Records a response, which shows that the server has seen the request.
    pub(super) fn answered(&mut self, ticket: u64, now: Instant) -> Option<Instant> {
        self.seen(ticket, now, true)
    }

    fn seen(&mut self, ticket: u64, now: Instant, accepted: bool) -> Option<Instant> {
        let slot = self.slots.iter_mut().find(
            |slot| matches!(slot, WindowSlot::Open { ticket: open, .. } if *open == ticket),
        )?;
        let WindowSlot::Open { sent, .. } = slot else { return None };
        let at = sent.get().map_or(now, |sent| now.min(*sent + SEEN_WITHIN));
        *slot = WindowSlot::Seen { at, accepted };
        Some(at)
    }

    /// Records the end of a request without a response. It counts if its last byte was sent.
    pub(super) fn lost(&mut self, ticket: u64) -> Option<Instant> {
        let place = self.slots.iter().position(
            |slot| matches!(slot, WindowSlot::Open { ticket: open, .. } if *open == ticket),
        )?;
        let seen = match &self.slots[place] {
            WindowSlot::Open { sent, .. } => sent.get().map(|sent| *sent + SEEN_WITHIN),
            WindowSlot::Seen { at, .. } | WindowSlot::OtherProcess { at } => Some(*at),
        };
        match seen {
            Some(at) => self.slots[place] = WindowSlot::Seen { at, accepted: true },
            None => drop(self.slots.swap_remove(place)),
        }
        seen
    }

    /// Adds a request of an earlier run or of another process on this computer.
    pub(super) fn remember(&mut self, at: Instant) {
        self.slots.push(WindowSlot::OtherProcess { at });
    }

    /// Removes the requests of other processes, before they are added again.
    pub(super) fn forget_others(&mut self) {
        self.slots.retain(|slot| !matches!(slot, WindowSlot::OtherProcess { .. }));
    }

    /// Records that the server responded with 429 and asks for a pause `until` then.
    pub(super) fn refused(&mut self, ticket: u64, now: Instant, until: Instant) -> Option<Instant> {
        let seen = self.seen(ticket, now, false);
        let accepted = self.accepted_before(ticket, now);
        self.limit.refused(ticket, self.tickets, accepted, until.max(now));
        seen
    }

    /// Returns how many requests the server had accepted within the window when it refused this
    /// one, as far as this is known.
    fn accepted_before(&self, ticket: u64, now: Instant) -> u32 {
        let window = self.limit.rate().window;
        let accepted = self.slots.iter().filter(|slot| match slot {
            WindowSlot::Seen { at, accepted } => *accepted && *at + window > now,
            WindowSlot::Open { ticket: open, .. } => *open < ticket,
            WindowSlot::OtherProcess { at } => *at + window > now,
        });
        u32::try_from(accepted.count()).unwrap_or(u32::MAX)
    }
}

impl WindowSlot {
    fn is_of_other_process(&self) -> bool {
        matches!(self, Self::OtherProcess { .. })
    }

    /// Returns when the slot becomes free, for an estimate. A request that was not sent is assumed
    /// to be sent now.
    fn used_until(&self, now: Instant, window: Duration) -> Instant {
        match self {
            Self::Open { sent, .. } if sent.get().is_none() => now + window,
            _ => self.end(now, window),
        }
    }

    /// Returns when the slot becomes free; a time in the near future if that is not known yet.
    fn end(&self, now: Instant, window: Duration) -> Instant {
        match self {
            Self::Seen { at, .. } | Self::OtherProcess { at } => *at + window,
            Self::Open { sent, .. } => match sent.get() {
                Some(sent) => (*sent + SEEN_WITHIN + window).min(now + window),
                None => now + LOOK_AGAIN,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BinaryHeap;
    use std::sync::{Arc, OnceLock};

    const RATE: Rate = Rate { requests: 10, window: Duration::from_secs(60) };

    fn take(window: &mut SlidingWindow, sent: SentAt) -> u64 {
        let ticket = window.new_ticket();
        window.take(ticket, sent);
        ticket
    }

    fn sent_at(at: Instant) -> SentAt {
        let sent: SentAt = Arc::new(OnceLock::new());
        sent.set(at).unwrap();
        sent
    }

    /// Simulates a greedy client with four requests in flight, against a server that sees each
    /// after `delays.0` and responds after `delays.1` (ms). Returns the times at which the server
    /// saw them, in ms.
    fn simulate(delays: &[(u64, u64)], windows: u64) -> Vec<u64> {
        let start = Instant::now();
        let ms = |ms: u64| start + Duration::from_millis(ms);
        let mut window = SlidingWindow::new(RATE);
        let (mut now, mut seen, mut next) = (0_u64, Vec::new(), 0);
        let mut in_flight: BinaryHeap<std::cmp::Reverse<(u64, u64)>> = BinaryHeap::new();
        while now < windows * 60_000 {
            while let Some(std::cmp::Reverse((at, ticket))) =
                in_flight.peek().copied().filter(|flight| flight.0.0 <= now)
            {
                in_flight.pop();
                window.answered(ticket, ms(at));
            }
            let answer = in_flight.peek().map(|flight| flight.0.0);
            match window.free(ms(now)) {
                Availability::Now if in_flight.len() < 4 => {
                    let (delay, latency) = delays[next % delays.len()];
                    next += 1;
                    let ticket = take(&mut window, sent_at(ms(now)));
                    seen.push(now + delay.min(latency));
                    in_flight.push(std::cmp::Reverse((now + latency, ticket)));
                }
                Availability::Now => now = answer.unwrap().max(now + 1),
                Availability::At(at) => {
                    now = ((at - start).as_millis() as u64)
                        .min(answer.unwrap_or(u64::MAX))
                        .max(now + 1);
                }
            }
        }
        seen
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn no_window_ever_holds_more_than_the_limit_and_none_is_wasted(delays in
            prop::collection::vec((0..1000_u64, 0..10_000_u64), 1..40)) {
            let mut seen = simulate(&delays, 20);
            prop_assert!(seen.len() as f64 >= 0.97 * 200.0, "{} of 200", seen.len());
            seen.sort_unstable();
            for ten in seen.windows(11) {
                prop_assert!(ten[10] - ten[0] >= 60_000, "{} requests in {} ms", ten.len(),
                    ten[10] - ten[0]);
            }
        }
    }

    #[test]
    fn eleventh_request_goes_a_window_after_the_first() {
        let start = Instant::now();
        let mut window = SlidingWindow::new(RATE);
        for _ in 0..10 {
            assert_eq!(window.free(start), Availability::Now);
            let ticket = take(&mut window, sent_at(start));
            window.answered(ticket, start + Duration::from_millis(100));
        }
        let due = start + Duration::from_millis(100) + RATE.window + MARGIN;
        assert_eq!(window.free(start + Duration::from_secs(1)), Availability::At(due));
        assert_eq!(window.free(due), Availability::Now);
    }

    #[test]
    fn request_that_never_left_returns_its_slot() {
        let start = Instant::now();
        let mut window = SlidingWindow::new(Rate { requests: 1, ..RATE });
        let ticket = take(&mut window, SentAt::default());
        assert!(
            matches!(window.free(start + Duration::from_secs(600)), Availability::At(_)),
            "not sent yet: the slot stays taken"
        );
        window.lost(ticket);
        assert_eq!(window.free(start), Availability::Now);
        let ticket = take(&mut window, sent_at(start));
        window.lost(ticket);
        assert_eq!(
            window.free(start),
            Availability::At(start + SEEN_WITHIN + RATE.window + MARGIN)
        );
    }

    /// Simulates the same client against a server with a limit of its own, which may or may not
    /// count refused requests, and asks for whole seconds. Returns how many requests it accepted
    /// and refused.
    fn simulate_lower(
        limit: usize,
        latency: u64,
        counts_refused: bool,
        windows: u64,
    ) -> (usize, usize) {
        let start = Instant::now();
        let ms = |ms: u64| start + Duration::from_millis(ms);
        let mut window = SlidingWindow::new(RATE);
        let (mut now, mut pause_until) = (0_u64, 0_u64);
        let (mut counted, mut taken, mut refused) = (Vec::<u64>::new(), 0, 0);
        // The time of the response, the request, and the pause that the response asks for.
        let mut in_flight: BinaryHeap<std::cmp::Reverse<(u64, u64, Option<u64>)>> =
            BinaryHeap::new();
        while now < windows * 60_000 {
            while let Some(std::cmp::Reverse((at, ticket, pause))) =
                in_flight.peek().copied().filter(|flight| flight.0.0 <= now)
            {
                in_flight.pop();
                match pause {
                    Some(pause) => {
                        pause_until = pause_until.max(at + pause);
                        window.refused(ticket, ms(at), ms(pause_until));
                    }
                    None => drop(window.answered(ticket, ms(at))),
                }
            }
            let answer = in_flight.peek().map_or(u64::MAX, |flight| flight.0.0);
            if now < pause_until {
                now = pause_until.min(answer).max(now + 1);
                continue;
            }
            match window.free(ms(now)) {
                Availability::Now if in_flight.len() < 4 => {
                    let ticket = take(&mut window, sent_at(ms(now)));
                    counted.retain(|at| at + 60_000 > now);
                    let refuses = counted.len() >= limit;
                    let pause = refuses.then(|| {
                        (counted[counted.len() - limit] + 60_000 - now).div_ceil(1000) * 1000
                    });
                    if !refuses || counts_refused {
                        counted.push(now);
                    }
                    if refuses {
                        refused += 1;
                    } else {
                        taken += 1;
                    }
                    in_flight.push(std::cmp::Reverse((now + latency, ticket, pause)));
                    now += 200;
                }
                Availability::Now => now = answer.max(now + 1),
                Availability::At(at) => {
                    now = ((at - start).as_millis() as u64).min(answer).max(now + 1);
                }
            }
        }
        (taken, refused)
    }

    #[test]
    fn lower_limit_than_documented_is_found_and_kept() {
        for limit in 1..10 {
            for latency in [50, 700, 5_000] {
                for counts_refused in [false, true] {
                    // Five hours, and a migration of a day and a half: with very few requests, the
                    // first refusals have more weight.
                    for windows in [300, 2000] {
                        let (taken, refused) =
                            simulate_lower(limit, latency, counts_refused, windows);
                        let share = taken as f64 / (windows as f64 * limit as f64);
                        let wrong = refused as f64 / (taken + refused) as f64;
                        assert!(share >= 0.95, "{limit} at {latency} ms: {share:.3} used");
                        assert!(
                            wrong < 0.01 || (limit < 4 && windows == 300 && refused <= 12),
                            "{limit} at {latency} ms: {refused} of {taken}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn window_shrinks_after_429_and_widens_one_by_one() {
        let start = Instant::now();
        let mut window = SlidingWindow::new(RATE);
        let tickets: Vec<u64> = (0..8).map(|_| take(&mut window, sent_at(start))).collect();
        for ticket in &tickets[..3] {
            window.answered(*ticket, start);
        }
        // All refused requests of a burst count as one refusal, and half of the limit stays.
        for ticket in &tickets[3..] {
            window.refused(*ticket, start, start);
        }
        assert_eq!(window.rate().requests, 5);
        window.free(start + Duration::from_secs(59));
        assert_eq!(window.rate().requests, 5);
        window.free(start + Duration::from_secs(60));
        assert_eq!(window.rate().requests, 6);
        for minute in 2..20 {
            window.free(start + Duration::from_secs(60 * minute));
        }
        assert_eq!(window.rate().requests, 10, "it was an accident");
    }

    fn seconds(start: Instant, seconds: f64) -> Instant {
        start + Duration::from_secs_f64(seconds)
    }

    /// Records this number of requests that the server has accepted at this time.
    fn accept(window: &mut SlidingWindow, number: usize, at: Instant) {
        for _ in 0..number {
            let ticket = take(window, sent_at(at));
            assert_eq!(window.answered(ticket, at), Some(at));
        }
    }

    /// Returns the limit after one more request that the server has refused.
    fn limit_after_refusal(window: &mut SlidingWindow, at: Instant) -> u32 {
        let ticket = take(window, sent_at(at));
        window.refused(ticket, at, at);
        window.rate().requests
    }

    #[test]
    fn requests_count_a_window_long_after_they_were_seen() {
        let start = Instant::now();
        let at = |time: f64| seconds(start, time);
        let mut window = SlidingWindow::new(RATE);
        let now = at(100.0);
        window.remember(now - RATE.window - MARGIN);
        window.remember(at(70.0));
        let ticket = take(&mut window, sent_at(at(50.0)));
        window.answered(ticket, at(50.5));
        let ticket = take(&mut window, sent_at(at(60.0)));
        window.answered(ticket, at(65.0));
        // Without a response yet: seen a second after the last byte, or about now.
        take(&mut window, sent_at(at(80.0)));
        take(&mut window, sent_at(at(99.5)));
        // Not sent yet: assumed to be sent now.
        take(&mut window, SentAt::default());
        let ends =
            [50.5, 61.0, 70.0, 81.0, 100.0, 100.0].map(|seen| at(seen) + RATE.window + MARGIN);
        assert_eq!(window.used_until(now), ends);
    }

    #[test]
    fn a_full_window_says_when_to_look_again() {
        let start = Instant::now();
        let mut window = SlidingWindow::new(Rate { requests: 1, ..RATE });
        let ticket = take(&mut window, SentAt::default());
        assert_eq!(window.free(start), Availability::At(start + LOOK_AGAIN));
        window.lost(ticket);
        // Sent long ago without a response, which may come any moment.
        take(&mut window, sent_at(start));
        let late = seconds(start, 1000.0);
        assert_eq!(window.free(late), Availability::At(late + Duration::from_millis(1)));
    }

    #[test]
    fn requests_of_others_are_told_anew() {
        let start = Instant::now();
        let mut window = SlidingWindow::new(RATE);
        accept(&mut window, 1, start);
        (0..9).for_each(|_| window.remember(start));
        assert!(matches!(window.free(start), Availability::At(_)));
        window.forget_others();
        assert_eq!(window.used_until(start), [start + RATE.window + MARGIN]);
        assert_eq!(window.free(start), Availability::Now);
    }

    /// The number that the server has accepted within the window is the limit from now on.
    #[test]
    fn the_limit_is_what_the_server_has_taken() {
        let start = Instant::now();
        let at = |time: f64| seconds(start, time);
        let after = |fill: &dyn Fn(&mut SlidingWindow), refusal: f64| {
            let mut window = SlidingWindow::new(RATE);
            fill(&mut window);
            limit_after_refusal(&mut window, at(refusal))
        };
        let taken = |number| move |window: &mut SlidingWindow| accept(window, number, start);
        assert_eq!(after(&taken(7), 1.0), 7);
        assert_eq!(after(&taken(7), 59.9), 7);
        assert_eq!(after(&taken(7), 60.0), 5, "a window ago");
        assert_eq!(after(&taken(2), 1.0), 5, "half of what was");
        assert_eq!(after(&taken(10), 1.0), 9, "one fewer at least");
        let others = |window: &mut SlidingWindow| (0..7).for_each(|_| window.remember(start));
        assert_eq!(after(&others, 59.9), 7);
        assert_eq!(after(&others, 60.0), 5);
        // Requests before it that are in flight count, and those after it do not.
        let mut window = SlidingWindow::new(RATE);
        (0..7).for_each(|_| _ = take(&mut window, sent_at(start)));
        let ticket = take(&mut window, sent_at(start));
        take(&mut window, sent_at(start));
        window.refused(ticket, at(1.0), at(1.0));
        assert_eq!(window.rate().requests, 7);
        // Refused requests were not accepted.
        let mut window = SlidingWindow::new(RATE);
        assert_eq!(limit_after_refusal(&mut window, start), 5);
        accept(&mut window, 3, at(1.0));
        assert_eq!(limit_after_refusal(&mut window, at(2.0)), 3);
        let one = &mut SlidingWindow::new(Rate { requests: 1, ..RATE });
        assert_eq!(limit_after_refusal(one, start), 1);
    }

    /// The first refusal may have been an accident; later ones most likely show the true limit.
    #[test]
    fn each_refusal_of_the_same_limit_makes_more_patient() {
        let start = Instant::now();
        let mut window = SlidingWindow::new(RATE);
        let mut now = start;
        for windows in [1, 60, 120, 240, 240] {
            accept(&mut window, 5, now);
            assert_eq!(limit_after_refusal(&mut window, now), 5);
            let patience = RATE.window * windows;
            window.free(now + patience - Duration::from_millis(1));
            assert_eq!(window.rate().requests, 5, "{windows}");
            window.free(now + patience);
            assert_eq!(window.rate().requests, 6, "{windows}");
            now += patience + Duration::from_secs(30);
        }
    }

    /// An estimate assumes that a request that is built now is sent now.
    #[test]
    fn request_that_is_not_sent_yet_frees_its_slot_a_window_from_now() {
        let mut window = SlidingWindow::new(RATE);
        let now = Instant::now();
        take(&mut window, SentAt::default());
        assert_eq!(window.used_until(now), [now + RATE.window + MARGIN]);
    }
}
