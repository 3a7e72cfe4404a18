//! How many requests a window may hold: fewer after a 429, then more again one by one. Pure: time
//! is passed in.

use super::rate::Rate;
use tokio::time::Instant;

/// The number of requests that may be sent within a window.
#[derive(Debug)]
pub(super) struct AdaptiveLimit {
    configured: Rate,
    /// The requests allowed now: fewer than configured after a 429.
    allowed: u32,
    /// The number that the server has refused.
    observed: Option<ObservedLimit>,
    /// The start of the time without a 429 at this limit.
    clean_since: Option<Instant>,
    /// The last ticket that was sent before the last 429 came. A 429 for one of these requests
    /// counts as the same one.
    last_throttled_ticket: u64,
}

/// The number of requests in a window that the server refused, and how often it did.
#[derive(Debug, Clone, Copy)]
struct ObservedLimit {
    at: u32,
    hits: u32,
}

impl ObservedLimit {
    /// Returns how many windows without a 429 must pass before this number is tried again. The
    /// first refusal may be an accident, or caused by another client; a later one most likely shows
    /// the server's limit, and each try costs a refusal.
    fn patience(self) -> u32 {
        match self.hits {
            0 | 1 => 1,
            2 => 60,
            3 => 120,
            _ => 240,
        }
    }
}

impl AdaptiveLimit {
    /// Creates a limit that allows what is configured.
    pub(super) fn new(rate: Rate) -> Self {
        Self {
            configured: rate,
            allowed: rate.requests,
            observed: None,
            clean_since: None,
            last_throttled_ticket: 0,
        }
    }

    /// Returns the current limit.
    pub(super) fn rate(&self) -> Rate {
        Rate { requests: self.allowed, window: self.configured.window }
    }

    /// Records a 429 for the request with this ticket, which asks for a pause until `clean_since`.
    /// The new limit is the number of requests that the server had `accepted` within the window,
    /// but at least half of the old limit, because a 429 may have another cause. `last_ticket` is
    /// the last ticket until now.
    pub(super) fn refused(
        &mut self,
        ticket: u64,
        last_ticket: u64,
        accepted: u32,
        clean_since: Instant,
    ) {
        if ticket > self.last_throttled_ticket {
            self.last_throttled_ticket = last_ticket;
            self.allowed = accepted.max(self.allowed / 2).min(self.allowed - 1).max(1);
            let at = self.allowed + 1;
            let earlier = self.observed.filter(|observed| observed.at == at);
            let hits = earlier.map_or(0, |observed| observed.hits) + 1;
            self.observed = Some(ObservedLimit { at, hits });
        }
        self.clean_since = Some(clean_since);
    }

    /// Allows one more request after a full window without a 429. Up to the number that was
    /// refused, this takes many windows.
    pub(super) fn widen(&mut self, now: Instant) {
        let Some(since) = self.clean_since else { return };
        let clean_for = |windows: u32| since + self.configured.window * windows <= now;
        if self.observed.is_some_and(|observed| observed.at <= self.allowed) && clean_for(1) {
            self.observed = None;
        }
        let patience = self
            .observed
            .filter(|observed| observed.at == self.allowed + 1)
            .map_or(1, ObservedLimit::patience);
        if self.allowed < self.configured.requests && clean_for(patience) {
            self.allowed += 1;
            self.clean_since = Some(now);
        }
    }
}
