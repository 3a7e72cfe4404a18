//! Times that several processes can compare, even if the clock is set.

use crate::clock;
use crate::umapi::millis;
use std::time::UNIX_EPOCH;
use xxhash_rust::xxh3::xxh3_64;

/// A moment on the wall clock and, if the operating system has one, on the clock that runs since
/// the computer was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// Milliseconds since 1970.
    pub(super) wall: i64,
    pub(super) running: Option<Running>,
}

/// A time since the computer was started. That clock cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Running {
    /// Identifies the start of the computer: another start has other times.
    pub(super) boot: u64,
    /// Milliseconds.
    pub(super) since: i64,
}

impl Moment {
    pub(super) fn now() -> Self {
        let wall = clock::system_now().duration_since(UNIX_EPOCH).map_or(0, millis);
        Self { wall, running: running() }
    }

    /// The moment this number of milliseconds later; earlier for a negative number.
    pub(super) fn plus(self, millis: i64) -> Self {
        let running = self
            .running
            .map(|Running { boot, since }| Running { boot, since: since.saturating_add(millis) });
        Self { wall: self.wall.saturating_add(millis), running }
    }

    /// The number of milliseconds since another moment. If both are from one start of the computer,
    /// the wall clock does not matter.
    pub(super) fn since(self, earlier: Self) -> i64 {
        match (self.running, earlier.running) {
            (Some(now), Some(then)) if now.boot == then.boot => {
                now.since.saturating_sub(then.since)
            }
            _ => self.wall.saturating_sub(earlier.wall),
        }
    }
}

#[cfg(target_os = "linux")]
fn running() -> Option<Running> {
    use std::sync::OnceLock;
    static BOOT: OnceLock<Option<u64>> = OnceLock::new();
    let read = || {
        std::fs::read("/proc/sys/kernel/random/boot_id")
            .ok()
            .filter(|id| !id.is_empty())
            .map(|id| xxh3_64(&id))
    };
    #[cfg(test)]
    if let Some(since) = clock::simulated::running() {
        return Some(Running { boot: 1, since: millis(since) });
    }
    let boot = (*BOOT.get_or_init(read))?;
    // This clock also runs while the computer sleeps.
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Some(Running {
        boot,
        since: time.tv_sec.saturating_mul(1000).saturating_add(time.tv_nsec / 1_000_000),
    })
}

#[cfg(not(target_os = "linux"))]
fn running() -> Option<Running> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment =
        Moment { wall: 1_000_000, running: Some(Running { boot: 1, since: 5_000 }) };

    #[test]
    fn an_age_is_told_by_the_clock_that_nobody_sets() {
        let then = NOW.plus(-700);
        assert_eq!(NOW.since(then), 700);
        assert_eq!(then.since(NOW), -700);
        // The wall clock is set back by an hour, and ahead by an hour.
        for shift in [-3_600_000, 3_600_000] {
            assert_eq!(Moment { wall: NOW.wall + shift, ..NOW }.since(then), 700);
        }
        // After another start of the computer, or an unknown one, only the wall clock is left.
        for running in [None, Some(Running { boot: 2, since: 5 })] {
            assert_eq!(Moment { running, ..NOW }.since(then), 700);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_running_clock_runs() {
        let (first, second) = (Moment::now(), Moment::now());
        assert!(
            first.running.is_some() && (0..10_000).contains(&second.since(first)),
            "{first:?} {second:?}"
        );
    }
}
