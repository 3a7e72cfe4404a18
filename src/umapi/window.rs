//! A log of the last requests, exact in every sliding window. Pure: time is passed in.
//!
//! A request takes a slot until a whole window after the server has *seen* it: at the latest when its answer came, and taken to be at
//! most a second after its last byte was sent.

use super::body::Sent;
use super::rate::Rate;
use std::time::Duration;
use tokio::time::Instant;

/// A request is taken to be seen by the server this long after its last byte was sent, if no answer comes earlier.
const SEEN_WITHIN: Duration = Duration::from_secs(1);
/// Clocks tick, and servers round.
const MARGIN: Duration = Duration::from_millis(3);
/// How soon to look again when a request has not left yet.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The requests of one class that still count.
#[derive(Debug)]
pub(super) struct Window {
    configured: Rate,
    /// Requests allowed now: fewer than configured after the server has said that there were too many.
    limit: u32,
    /// Since when nobody has complained.
    clean_since: Option<Instant>,
    slots: Vec<Slot>,
    tickets: u64,
}

#[derive(Debug)]
enum Slot {
    Open {
        ticket: u64,
        sent: Sent,
    },
    Seen {
        at: Instant,
    },
    /// Of another process.
    Foreign {
        at: Instant,
    },
}

/// When the next request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Free {
    Now,
    /// Look again then.
    At(Instant),
}

impl Window {
    pub(super) fn new(rate: Rate) -> Self {
        Self { configured: rate, limit: rate.requests, clean_since: None, slots: Vec::new(), tickets: 0 }
    }

    /// The limit that is kept now.
    pub(super) fn rate(&self) -> Rate {
        Rate { requests: self.limit, window: self.configured.window }
    }

    /// May a request go?
    pub(super) fn free(&mut self, now: Instant) -> Free {
        self.widen(now);
        let window = self.configured.window + MARGIN;
        self.slots.retain(|slot| !matches!(slot, Slot::Seen { at } | Slot::Foreign { at } if *at + window <= now));
        if self.slots.len() < self.limit as usize {
            return Free::Now;
        }
        // So many slots must become free: the last of them decides.
        let mut ends: Vec<Instant> = self.slots.iter().map(|slot| slot.end(now, window)).collect();
        ends.sort_unstable();
        Free::At(ends[self.slots.len() - self.limit as usize].max(now + Duration::from_millis(1)))
    }

    /// Takes a slot; `sent` will say when the last byte left.
    pub(super) fn take(&mut self, sent: Sent) -> u64 {
        self.tickets += 1;
        self.slots.push(Slot::Open { ticket: self.tickets, sent });
        self.tickets
    }

    /// An answer came, so the server has seen the request.
    pub(super) fn answered(&mut self, ticket: u64, now: Instant) -> Option<Instant> {
        let slot = self.slots.iter_mut().find(|slot| matches!(slot, Slot::Open { ticket: open, .. } if *open == ticket))?;
        let Slot::Open { sent, .. } = slot else { return None };
        let at = sent.get().map_or(now, |sent| now.min(*sent + SEEN_WITHIN));
        *slot = Slot::Seen { at };
        Some(at)
    }

    /// The request ended without an answer; it counts if its last byte left.
    pub(super) fn lost(&mut self, ticket: u64) -> Option<Instant> {
        let place = self.slots.iter().position(|slot| matches!(slot, Slot::Open { ticket: open, .. } if *open == ticket))?;
        let seen = match &self.slots[place] {
            Slot::Open { sent, .. } => sent.get().map(|sent| *sent + SEEN_WITHIN),
            Slot::Seen { at } | Slot::Foreign { at } => Some(*at),
        };
        match seen {
            Some(at) => self.slots[place] = Slot::Seen { at },
            None => drop(self.slots.swap_remove(place)),
        }
        seen
    }

    /// A request of an earlier run or of another process on this machine.
    pub(super) fn remember(&mut self, at: Instant) {
        self.slots.push(Slot::Foreign { at });
    }

    /// Others' requests are about to be told anew.
    pub(super) fn forget_foreign(&mut self) {
        self.slots.retain(|slot| !matches!(slot, Slot::Foreign { .. }));
    }

    /// The server says that there were too many: half of them, from now on.
    pub(super) fn narrow(&mut self, now: Instant) {
        self.limit = (self.limit / 2).max(1);
        self.clean_since = Some(now);
    }

    /// One more after each full window without complaint.
    fn widen(&mut self, now: Instant) {
        if self.limit < self.configured.requests
            && let Some(since) = self.clean_since
            && since + self.configured.window <= now
        {
            self.limit += 1;
            self.clean_since = Some(now);
        }
    }
}

impl Slot {
    /// When the slot becomes free; a guess in the near future where that is not known yet.
    fn end(&self, now: Instant, window: Duration) -> Instant {
        match self {
            Self::Seen { at } | Self::Foreign { at } => *at + window,
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

    fn sent_at(at: Instant) -> Sent {
        let sent: Sent = Arc::new(OnceLock::new());
        sent.set(at).unwrap();
        sent
    }

    /// A greedy client with four requests in flight, against a server that sees each after `delays.0` and answers after `delays.1` (ms).
    /// Gives the times at which the server saw them, in ms.
    fn simulate(delays: &[(u64, u64)], windows: u64) -> Vec<u64> {
        let start = Instant::now();
        let ms = |ms: u64| start + Duration::from_millis(ms);
        let mut window = Window::new(RATE);
        let (mut now, mut seen, mut next) = (0_u64, Vec::new(), 0);
        let mut flights: BinaryHeap<std::cmp::Reverse<(u64, u64)>> = BinaryHeap::new();
        while now < windows * 60_000 {
            while let Some(std::cmp::Reverse((at, ticket))) = flights.peek().copied().filter(|flight| flight.0.0 <= now) {
                flights.pop();
                window.answered(ticket, ms(at));
            }
            let answer = flights.peek().map(|flight| flight.0.0);
            match window.free(ms(now)) {
                Free::Now if flights.len() < 4 => {
                    let (delay, latency) = delays[next % delays.len()];
                    next += 1;
                    let ticket = window.take(sent_at(ms(now)));
                    seen.push(now + delay.min(latency));
                    flights.push(std::cmp::Reverse((now + latency, ticket)));
                }
                Free::Now => now = answer.unwrap().max(now + 1),
                Free::At(at) => now = ((at - start).as_millis() as u64).min(answer.unwrap_or(u64::MAX)).max(now + 1),
            }
        }
        seen
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn no_window_ever_holds_more_than_the_limit_and_none_is_wasted(delays in prop::collection::vec((0..1000_u64, 0..10_000_u64), 1..40)) {
            let mut seen = simulate(&delays, 20);
            prop_assert!(seen.len() as f64 >= 0.97 * 200.0, "{} of 200", seen.len());
            seen.sort_unstable();
            for ten in seen.windows(11) {
                prop_assert!(ten[10] - ten[0] >= 60_000, "{} requests in {} ms", ten.len(), ten[10] - ten[0]);
            }
        }
    }

    #[test]
    fn ten_requests_go_at_once_and_the_eleventh_a_window_after_the_first_was_seen() {
        let start = Instant::now();
        let mut window = Window::new(RATE);
        for _ in 0..10 {
            assert_eq!(window.free(start), Free::Now);
            let ticket = window.take(sent_at(start));
            window.answered(ticket, start + Duration::from_millis(100));
        }
        let due = start + Duration::from_millis(100) + RATE.window + MARGIN;
        assert_eq!(window.free(start + Duration::from_secs(1)), Free::At(due));
        assert_eq!(window.free(due), Free::Now);
    }

    #[test]
    fn a_request_that_never_left_gives_its_slot_back_and_one_that_did_does_not() {
        let start = Instant::now();
        let mut window = Window::new(Rate { requests: 1, ..RATE });
        let ticket = window.take(Sent::default());
        assert!(matches!(window.free(start + Duration::from_secs(600)), Free::At(_)), "not sent yet: the slot stays taken");
        window.lost(ticket);
        assert_eq!(window.free(start), Free::Now);
        let ticket = window.take(sent_at(start));
        window.lost(ticket);
        assert_eq!(window.free(start), Free::At(start + SEEN_WITHIN + RATE.window + MARGIN));
    }

    #[test]
    fn after_a_complaint_the_window_is_halved_and_widened_one_by_one() {
        let start = Instant::now();
        let mut window = Window::new(RATE);
        window.narrow(start);
        assert_eq!(window.rate().requests, 5);
        window.free(start + Duration::from_secs(59));
        assert_eq!(window.rate().requests, 5);
        window.free(start + Duration::from_secs(60));
        assert_eq!(window.rate().requests, 6);
        for minute in 2..20 {
            window.free(start + Duration::from_secs(60 * minute));
        }
        assert_eq!(window.rate().requests, 10);
    }
}
