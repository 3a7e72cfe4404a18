//! The time of day. Everything that a run compares or records uses this clock, so that a test can
//! replace it by a simulated one.

use jiff::Timestamp;
use std::time::SystemTime;

/// Returns the time of day.
pub(crate) fn now() -> Timestamp {
    Timestamp::try_from(system_now()).unwrap_or_default()
}

/// Returns the time of day, as a type of the standard library.
#[cfg(not(test))]
pub(crate) fn system_now() -> SystemTime {
    SystemTime::now()
}

/// Formats a time in the local time zone.
pub(crate) fn local_time(at: SystemTime, form: &str) -> String {
    jiff::Timestamp::try_from(at).map(|at| wall_clock(at, form)).unwrap_or_default()
}

/// Returns a moment in the time zone of the computer, in a form of `strftime`.
pub(crate) fn wall_clock(at: jiff::Timestamp, form: &str) -> String {
    at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime(form).to_string()
}

/// Returns a text for people with its times, which are in the form of journals and plans, as the
/// clock of the computer shows them.
pub(crate) fn with_wall_clock(text: &str) -> String {
    let for_people = |word: &str| match word.parse::<Timestamp>() {
        Ok(at) => wall_clock(at, "%a %d %b %H:%M"),
        Err(_) => word.to_owned(),
    };
    text.split(' ').map(for_people).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_times_of_a_text_are_changed() {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let text = format!("the list of 2026 of {at} with changes until {at}");
        let time = wall_clock(at, "%a %d %b %H:%M");
        let shown = format!("the list of 2026 of {time} with changes until {time}");
        assert_eq!(with_wall_clock(&text), shown);
    }
}

#[cfg(test)]
pub(crate) use simulated::system_now;

/// A clock that follows the paused clock of the runtime, and that a test can set.
#[cfg(test)]
pub(crate) mod simulated {
    use std::cell::Cell;
    use std::time::{Duration, SystemTime};
    use tokio::time::Instant;

    /// The wall clock at an instant, and that instant of the start.
    #[derive(Clone, Copy)]
    struct Simulated {
        origin: Instant,
        start: SystemTime,
        /// The number of milliseconds by which the clock was set.
        set_by: i64,
        /// The number of the computer.
        computer: u64,
    }

    thread_local! {
        static CLOCK: Cell<Option<Simulated>> = const { Cell::new(None) };
    }

    /// Returns the time of day; in a test, that of its simulated clock.
    pub(crate) fn system_now() -> SystemTime {
        let Some(clock) = CLOCK.get() else { return SystemTime::now() };
        let time = clock.start + clock.origin.elapsed();
        let shift = Duration::from_millis(clock.set_by.unsigned_abs());
        if clock.set_by < 0 { time - shift } else { time + shift }
    }

    /// Returns the time since the simulated computer was started. Nobody can set that clock.
    pub(crate) fn running() -> Option<Duration> {
        CLOCK.get().map(|clock| clock.origin.elapsed())
    }

    /// Identifies the start of the simulated computer.
    pub(crate) fn boot() -> u64 {
        CLOCK.get().map_or(0, |clock| clock.computer)
    }

    /// Continues on another computer, whose clock differs by this number of milliseconds.
    pub(crate) fn change_computer(milliseconds: i64) {
        set_by(milliseconds);
        CLOCK.set(CLOCK.get().map(|clock| Simulated { computer: clock.computer + 1, ..clock }));
    }

    /// Sets the clock by this number of milliseconds.
    pub(crate) fn set_by(milliseconds: i64) {
        CLOCK.set(
            CLOCK.get().map(|clock| Simulated { set_by: clock.set_by + milliseconds, ..clock }),
        );
    }

    /// Makes this thread use the runtime's clock until it is dropped.
    pub(crate) struct SimulationGuard(());

    /// Begins a simulated clock for this thread, which follows tokio's paused time.
    pub(crate) fn begin() -> SimulationGuard {
        // 2026-01-01
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        CLOCK.set(Some(Simulated { origin: Instant::now(), start, set_by: 0, computer: 1 }));
        SimulationGuard(())
    }

    impl Drop for SimulationGuard {
        fn drop(&mut self) {
            CLOCK.set(None);
        }
    }
}
