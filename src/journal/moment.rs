//! Times that several processes can compare, even if the clock is set.

use crate::clock;
use crate::umapi::millis;
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};
use std::time::UNIX_EPOCH;

/// A moment on the wall clock and, if the operating system has one, on the clock that runs since
/// the computer was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Moment {
    /// Milliseconds since 1970.
    pub(crate) wall: i64,
    pub(crate) running: Option<Running>,
}

/// A time since the computer was started. That clock cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Running {
    /// Identifies the start of the computer: another start has other times.
    pub(crate) boot: u64,
    /// Milliseconds.
    pub(crate) since: i64,
}

impl Moment {
    /// Returns the present moment, by both clocks.
    pub(crate) fn now() -> Self {
        let wall = clock::system_now().duration_since(UNIX_EPOCH).map_or(0, millis);
        Self { wall, running: running() }
    }

    /// Returns the moment this number of milliseconds later; earlier for a negative number.
    pub(crate) fn plus(self, millis: i64) -> Self {
        let running = self
            .running
            .map(|Running { boot, since }| Running { boot, since: since.saturating_add(millis) });
        Self { wall: self.wall.saturating_add(millis), running }
    }

    /// Returns the number of milliseconds since another moment. If both are from one start of the
    /// computer, the wall clock does not matter.
    pub(crate) fn since(self, earlier: Self) -> i64 {
        match (self.running, earlier.running) {
            (Some(now), Some(then)) if now.boot == then.boot => {
                now.since.saturating_sub(then.since)
            }
            _ => self.wall.saturating_sub(earlier.wall),
        }
    }
}

/// `1767225600000`, and with the other clock `1767225600000 17 5000`: milliseconds since 1970,
/// which start of the computer, and milliseconds since then.
impl ToSql for Moment {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.running {
            None => self.wall.into(),
            Some(Running { boot, since }) => format!("{} {boot} {since}", self.wall).into(),
        })
    }
}

/// Reads a moment. If it cannot be read, it was long ago.
impl FromSql for Moment {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        if let ValueRef::Integer(wall) = value {
            return Ok(Self { wall, running: None });
        }
        let mut parts = value.as_str()?.split(' ');
        let wall = parts.next().and_then(|wall| wall.parse().ok()).unwrap_or_default();
        let boot = parts.next().and_then(|boot| boot.parse().ok());
        let since = parts.next().and_then(|since| since.parse().ok());
        Ok(Self { wall, running: boot.zip(since).map(|(boot, since)| Running { boot, since }) })
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
            .map(|id| xxhash_rust::xxh3::xxh3_64(&id))
    };
    #[cfg(test)]
    if let Some(since) = clock::simulated::running() {
        return Some(Running { boot: clock::simulated::boot(), since: millis(since) });
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

    #[test]
    fn moment_comes_back_from_a_database() {
        let database = rusqlite::Connection::open_in_memory().unwrap();
        database.execute("CREATE TABLE moments (at INTEGER NOT NULL)", []).unwrap();
        let read = |moment: &dyn ToSql| {
            database.execute("DELETE FROM moments", []).unwrap();
            database.execute("INSERT INTO moments VALUES (?1)", [moment]).unwrap();
            database.query_row("SELECT at FROM moments", [], |row| row.get::<_, Moment>(0))
        };
        let wall_alone = Moment { running: None, ..NOW };
        assert_eq!(read(&NOW), Ok(NOW));
        assert_eq!(read(&wall_alone), Ok(wall_alone));
        assert_eq!(read(&1_000_000), Ok(wall_alone));
        assert_eq!(read(&"long ago"), Ok(Moment { wall: 0, running: None }));
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
