//! Limits as people write them: `10/60s`, `action=10/60s,users=25/60s`, `off`.

use crate::duration::parse_duration;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A number of requests in any window of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At least one.
    pub requests: u32,
    /// Longer than zero.
    pub window: Duration,
}

/// The limits of the three classes of calls; `None` means no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// `POST /action`
    pub action: Option<Rate>,
    /// Reads of users.
    pub users: Option<Rate>,
    /// Reads of groups.
    pub groups: Option<Rate>,
}

/// Calls that share a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallClass {
    /// `POST /action`
    Action,
    /// Reads of users.
    Users,
    /// Reads of groups.
    Groups,
}

impl CallClass {
    /// Returns the name of the class in settings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Users => "users",
            Self::Groups => "groups",
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);

impl Default for Rates {
    /// Returns the limits that Adobe documents for one client: 10 actions, 25 reads of users and 5
    /// of groups a minute.
    fn default() -> Self {
        let rate = |requests| Some(Rate { requests, window: MINUTE });
        Self { action: rate(10), users: rate(25), groups: rate(5) }
    }
}

impl Rates {
    /// Returns no limits, for servers that have none.
    pub fn off() -> Self {
        Self { action: None, users: None, groups: None }
    }
}

/// A text that is not a valid limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// The text is not a rate.
    #[error("`{0}` is not a rate: write REQUESTS/WINDOW, e.g. 10/60s or 10/1500ms")]
    NotARate(String),
    /// The class of calls does not exist.
    #[error("`{0}` is not a class of calls: action, users or groups")]
    NoClass(String),
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let wrong = || RateError::NotARate(text.to_owned());
        let (requests, window) = text.split_once('/').ok_or_else(wrong)?;
        let window = parse_duration(window).ok_or_else(wrong)?;
        let requests: u32 = requests.trim().parse().map_err(|_| wrong())?;
        if requests == 0 || window.is_zero() { Err(wrong()) } else { Ok(Self { requests, window }) }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.window.as_millis();
        if millis.is_multiple_of(1000) {
            write!(f, "{}/{}s", self.requests, millis / 1000)
        } else {
            write!(f, "{}/{millis}ms", self.requests)
        }
    }
}

impl FromStr for Rates {
    type Err = RateError;

    /// Parses limits. A bare rate is for action calls, a bare `off` for all calls. A class that is
    /// not named keeps its documented limit.
    fn from_str(text: &str) -> Result<Self, RateError> {
        if text.trim().eq_ignore_ascii_case("off") {
            return Ok(Self::off());
        }
        let mut rates = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (class, rate) = part.split_once('=').unwrap_or(("action", part));
            let rate =
                if rate.trim().eq_ignore_ascii_case("off") { None } else { Some(rate.parse()?) };
            match class.trim() {
                "action" => rates.action = rate,
                "users" => rates.users = rate,
                "groups" => rates.groups = rate,
                other => {
                    return Err(RateError::NoClass(other.to_owned()));
                }
            }
        }
        Ok(rates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_people_write_them() {
        let rate =
            |requests, millis| Some(Rate { requests, window: Duration::from_millis(millis) });
        assert_eq!("10/1500ms".parse::<Rates>().unwrap().action, rate(10, 1500));
        let rates: Rates = "action=3/2s, users=off,groups=1/1m".parse().unwrap();
        assert_eq!(rates, Rates { action: rate(3, 2000), users: None, groups: rate(1, 60_000) });
        assert_eq!(" OFF ".parse::<Rates>().unwrap(), Rates::off());
        assert_eq!(
            "action=off".parse::<Rates>().unwrap(),
            Rates { action: None, ..Rates::default() }
        );
        for wrong in ["0/60s", "10", "ten/60s", "10/0s", "10/60y", "write=1/1s"] {
            assert!(wrong.parse::<Rates>().is_err(), "{wrong}");
        }
        assert_eq!("10/60s".parse::<Rate>().unwrap().to_string(), "10/60s");
    }
}
