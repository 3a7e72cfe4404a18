//! A limit that is exact in every sliding window.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The last requests of one class.
#[derive(Debug)]
pub(super) struct Throttle {
    limit: Option<(u32, Duration)>,
    seen: VecDeque<Instant>,
}

impl Throttle {
    pub(super) fn new(limit: Option<(u32, Duration)>) -> Self {
        Self { limit, seen: VecDeque::new() }
    }

    /// Lets a request in, or says how long to wait.
    pub(super) fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        let Some((most, window)) = self.limit else { return Ok(()) };
        while self.seen.front().is_some_and(|oldest| now.duration_since(*oldest) >= window) {
            self.seen.pop_front();
        }
        if self.seen.len() >= most as usize {
            let oldest = self.seen.front().copied().unwrap_or(now);
            return Err(window.saturating_sub(now.duration_since(oldest)));
        }
        self.seen.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_lets_more_in_than_the_limit() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut throttle = Throttle::new(Some((2, second * 60)));
        assert!(throttle.admit(start).is_ok() && throttle.admit(start + second).is_ok());
        assert_eq!(throttle.admit(start + second * 2), Err(second * 58));
        assert!(throttle.admit(start + second * 60).is_ok());
        assert_eq!(throttle.admit(start + second * 60), Err(second));
    }
}
