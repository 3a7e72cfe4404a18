//! A store that several computers share, and that does not answer.

use crate::number::minutes;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Describes a store that has not answered for so long that the run stops.
pub(crate) fn silent_for(time: Duration, cause: &str) -> String {
    format!("the shared store has not answered for {} ({cause})", minutes(time))
}

/// For how long a store has not answered. All requests of a client share it.
#[derive(Debug, Default)]
pub(super) struct SilentTime(Mutex<Option<SilentSpan>>);

#[derive(Debug, Clone, Copy)]
struct SilentSpan {
    since: Instant,
    /// When it was asked last.
    asked: Instant,
}

/// A store that nobody has asked for so long may have answered meanwhile.
const UNASKED: Duration = Duration::from_secs(300);

impl SilentTime {
    /// Notes that the store does not answer now, and returns for how long it has not.
    pub(super) fn goes_on(&self) -> Duration {
        let now = Instant::now();
        let mut span = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = span.filter(|span| now - span.asked < UNASKED);
        let since = known.map_or(now, |span| span.since);
        *span = Some(SilentSpan { since, asked: now });
        now - since
    }

    /// Notes that the store answers.
    pub(super) fn ends(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// While the server asks for a pause of hours, nobody asks the store.
    #[tokio::test(start_paused = true)]
    async fn silence_counts_only_while_somebody_asks() {
        let silence = SilentTime::default();
        let after = async |seconds| {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            silence.goes_on().as_secs()
        };
        assert_eq!([after(0).await, after(100).await, after(200).await], [0, 100, 300]);
        assert_eq!([after(7200).await, after(5).await], [0, 5]);
        silence.ends();
        assert_eq!(after(5).await, 0);
    }
}
