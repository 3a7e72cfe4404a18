//! The limits of the API's gateway: for each client and class of calls, for all clients together,
//! and for the first pages of full lists.

use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// A number of requests in every window of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The number of requests.
    pub requests: u32,
    /// The window.
    #[serde(rename = "milliseconds", with = "milliseconds")]
    pub window: Duration,
}

/// The limits; `None` for no limit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// `POST /action`, per client.
    pub action: Option<Limit>,
    /// Reads of users, per client.
    pub users: Option<Limit>,
    /// Reads of groups, per client.
    pub groups: Option<Limit>,
    /// All calls of all clients.
    pub global: Option<Limit>,
    /// Page 0 of all users, and of all groups. A client that asks more often is refused every call
    /// for a long time.
    pub page0: Option<Limit>,
}

impl Limits {
    /// Returns the limits that the API documents, and the observed one for page 0.
    pub fn documented() -> Self {
        let minute = |requests| Some(Limit { requests, window: Duration::from_secs(60) });
        let page0 = Some(Limit { requests: 1, window: Duration::from_secs(7200) });
        Self {
            action: minute(10),
            users: minute(25),
            groups: minute(5),
            global: minute(100),
            page0,
        }
    }

    fn of(&self, class: ThrottleClass) -> Option<Limit> {
        match class {
            ThrottleClass::Action => self.action,
            ThrottleClass::Users => self.users,
            ThrottleClass::Groups => self.groups,
        }
    }
}

/// Calls that share a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ThrottleClass {
    Action,
    Users,
    Groups,
}

impl ThrottleClass {
    /// Returns the name of the class.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Users => "users",
            Self::Groups => "groups",
        }
    }
}

/// All windows.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    limits: Limits,
    seen: HashMap<(String, ThrottleClass), ThrottleWindow>,
    seen_by_all: ThrottleWindow,
    first_pages: HashMap<(String, ThrottleClass), ThrottleWindow>,
    shut_out: HashMap<String, Instant>,
}

/// The requests that still count.
#[derive(Debug, Default)]
struct ThrottleWindow(VecDeque<Instant>);

impl Throttle {
    /// Creates a throttle that has seen no request.
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Returns the limits.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sets other limits. Earlier requests still count.
    pub(super) fn set(&mut self, limits: Limits) {
        self.limits = limits;
        self.shut_out.clear();
    }

    /// Admits a request, or returns how long to wait. `page0` marks a request for the first page of
    /// a full list; `luck` is between 0 and 1.
    pub(super) fn admit(
        &mut self,
        client: &str,
        class: ThrottleClass,
        page0: bool,
        now: Instant,
        luck: f64,
    ) -> Result<(), Duration> {
        if let Some(until) = self.shut_out.get(client).filter(|until| **until > now) {
            return Err(*until - now);
        }
        let own = self.seen.entry((client.to_owned(), class)).or_default();
        own.room(self.limits.of(class), now)?;
        self.seen_by_all.room(self.limits.global, now)?;
        if page0 {
            let pages = self.first_pages.entry((client.to_owned(), class)).or_default();
            if let (Err(_), Some(limit)) = (pages.room(self.limits.page0, now), self.limits.page0) {
                // Observed: 2,000 to 3,500 of 7,200 s.
                let wait = limit.window.mul_f64((2000.0 + 1500.0 * luck) / 7200.0);
                self.shut_out.insert(client.to_owned(), now + wait);
                return Err(wait);
            }
            pages.count(self.limits.page0, now);
        }
        own.count(self.limits.of(class), now);
        self.seen_by_all.count(self.limits.global, now);
        Ok(())
    }
}

impl ThrottleWindow {
    fn room(&mut self, limit: Option<Limit>, now: Instant) -> Result<(), Duration> {
        let Some(Limit { requests, window }) = limit else { return Ok(()) };
        while self.0.front().is_some_and(|oldest| now.duration_since(*oldest) >= window) {
            self.0.pop_front();
        }
        // It may have more requests than the limit, if that was lowered.
        match self.0.len().checked_sub(requests as usize) {
            None => Ok(()),
            Some(over) => {
                let oldest =
                    self.0.get(over.min(self.0.len().saturating_sub(1))).copied().unwrap_or(now);
                Err(window.saturating_sub(now.duration_since(oldest)))
            }
        }
    }

    fn count(&mut self, limit: Option<Limit>, now: Instant) {
        if limit.is_some() {
            self.0.push_back(now);
        }
    }
}

mod milliseconds {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::time::Duration;

    /// Writes a window in milliseconds.
    pub(super) fn serialize<S: Serializer>(window: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(window.as_millis()).unwrap_or(u64::MAX))
    }

    /// Reads a window in milliseconds.
    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn throttle(limits: Limits) -> (Throttle, Instant) {
        (Throttle::new(limits), Instant::now())
    }

    fn limit(requests: u32, seconds: u32) -> Option<Limit> {
        Some(Limit { requests, window: SECOND * seconds })
    }

    #[test]
    fn no_window_exceeds_the_limit_of_client_and_class() {
        let (mut throttle, start) = throttle(Limits { action: limit(2, 60), ..Limits::default() });
        let mut ask = |client: &str, at: u32| {
            throttle.admit(client, ThrottleClass::Action, false, start + SECOND * at, 0.0)
        };
        assert!(ask("a", 0).is_ok() && ask("a", 1).is_ok());
        assert_eq!(ask("a", 2), Err(SECOND * 58));
        assert!(ask("b", 2).is_ok());
        assert!(ask("a", 60).is_ok());
        assert_eq!(ask("a", 60), Err(SECOND));
        assert!(throttle.admit("a", ThrottleClass::Users, false, start + SECOND * 60, 0.0).is_ok());
    }

    #[test]
    fn all_clients_share_the_global_limit() {
        let (mut throttle, start) = throttle(Limits { global: limit(2, 60), ..Limits::default() });
        assert!(throttle.admit("a", ThrottleClass::Action, false, start, 0.0).is_ok());
        assert!(throttle.admit("b", ThrottleClass::Users, false, start, 0.0).is_ok());
        assert_eq!(
            throttle.admit("c", ThrottleClass::Groups, false, start + SECOND, 0.0),
            Err(SECOND * 59)
        );
    }

    #[test]
    fn page_0_asked_too_often_shuts_a_client_out_of_every_call() {
        let (mut throttle, start) = throttle(Limits::documented());
        assert!(throttle.admit("a", ThrottleClass::Users, true, start, 0.0).is_ok());
        assert!(
            throttle.admit("a", ThrottleClass::Groups, true, start, 0.0).is_ok(),
            "users and groups apart"
        );
        assert_eq!(
            throttle.admit("a", ThrottleClass::Users, true, start + SECOND, 0.5),
            Err(SECOND * 2750)
        );
        assert_eq!(
            throttle.admit("a", ThrottleClass::Action, false, start + SECOND * 2, 0.5),
            Err(SECOND * 2749)
        );
        assert!(throttle.admit("b", ThrottleClass::Action, false, start + SECOND * 2, 0.5).is_ok());
    }

    #[test]
    fn a_limit_lowered_during_a_run_holds_at_once() {
        let (mut throttle, start) = throttle(Limits { action: limit(10, 60), ..Limits::default() });
        for second in 0..5 {
            throttle
                .admit("a", ThrottleClass::Action, false, start + SECOND * second, 0.0)
                .unwrap();
        }
        throttle.set(Limits { action: limit(2, 60), ..Limits::default() });
        assert_eq!(
            throttle.admit("a", ThrottleClass::Action, false, start + SECOND * 5, 0.0),
            Err(SECOND * 58)
        );
    }
}
