//! Limits on the number of rows that delete or remove memberships.

use crate::number::count;
use std::fmt;
use std::str::FromStr;

/// A number of rows, or a share of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cap {
    /// This number of rows.
    Rows(u64),
    /// This percentage of the rows.
    Percent(f64),
}

impl Cap {
    /// Whether `count` rows of `total` exceed the limit.
    pub(crate) fn is_exceeded(self, count: u64, total: u64) -> bool {
        match self {
            Self::Rows(cap) => count > cap,
            #[expect(
                clippy::cast_precision_loss,
                reason = "a share of rows needs no more than 52 bits"
            )]
            Self::Percent(cap) => count as f64 * 100.0 > cap * total as f64,
        }
    }
}

/// A text that is not a limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a number of rows (25) nor a percentage (5%)")]
pub(crate) struct CapError(String);

impl FromStr for Cap {
    type Err = CapError;

    fn from_str(text: &str) -> Result<Self, CapError> {
        let wrong = || CapError(text.to_owned());
        match text.trim().strip_suffix('%') {
            Some(percent) => percent
                .trim()
                .parse()
                .ok()
                .filter(|p: &f64| (0.0..=100.0).contains(p))
                .map(Self::Percent)
                .ok_or_else(wrong),
            None => text.trim().parse().map(Self::Rows).map_err(|_| wrong()),
        }
    }
}

impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => write!(f, "{}", count(*rows, "row")),
            Self::Percent(percent) => write!(f, "{percent} % of the rows"),
        }
    }
}

/// Rows to send, and those of them that remove something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Losses {
    /// Rows to send.
    pub sendable: u64,
    /// Rows that delete a user, a group or all memberships.
    pub deletes: u64,
    /// Those of them that delete an account with its files.
    pub account_deletes: u64,
    /// Rows that remove memberships.
    pub removals: u64,
}

impl std::ops::AddAssign for Losses {
    fn add_assign(&mut self, other: Self) {
        self.sendable += other.sendable;
        self.deletes += other.deletes;
        self.account_deletes += other.account_deletes;
        self.removals += other.removals;
    }
}

/// The limits on what the files of a command may remove together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Guards {
    /// A hard limit on rows that delete.
    pub max_deletes: Option<Cap>,
    /// A hard limit on rows that remove memberships.
    pub max_removals: Option<Cap>,
}

/// A limit that is exceeded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Broken {
    /// The limit.
    pub guard: CapKind,
    /// The number of such rows.
    pub count: u64,
    /// The number of rows to send.
    pub sendable: u64,
    /// What is allowed.
    pub cap: Cap,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CapKind {
    /// Rows that delete a user, a group or all memberships.
    Deletes,
    /// Rows that remove memberships.
    Removals,
}

impl Guards {
    /// The number of rows that may delete without a confirmation.
    pub(crate) const UNASKED_DELETES: u64 = 10;

    /// Returns the limit that these losses exceed, if any.
    pub(crate) fn broken(&self, losses: Losses) -> Option<Broken> {
        let broken = |guard, cap: Option<Cap>, count| {
            let cap = cap.filter(|cap| cap.is_exceeded(count, losses.sendable))?;
            Some(Broken { guard, count, sendable: losses.sendable, cap })
        };
        broken(CapKind::Deletes, self.max_deletes, losses.deletes)
            .or_else(|| broken(CapKind::Removals, self.max_removals, losses.removals))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_is_a_number_or_a_share() {
        assert_eq!("25".parse(), Ok(Cap::Rows(25)));
        assert_eq!(" 2.5 %".parse(), Ok(Cap::Percent(2.5)));
        assert!("many".parse::<Cap>().is_err() && "120%".parse::<Cap>().is_err());
        assert!(!Cap::Percent(5.0).is_exceeded(5, 100));
        assert!(Cap::Percent(5.0).is_exceeded(6, 100));
    }

    #[test]
    fn shares_are_of_the_rows_that_can_be_sent() {
        let guards =
            Guards { max_deletes: Some(Cap::Percent(50.0)), max_removals: Some(Cap::Rows(3)) };
        let losses = |sendable, deletes, removals| Losses {
            sendable,
            deletes,
            account_deletes: 0,
            removals,
        };
        assert_eq!(guards.broken(losses(10, 5, 3)), None);
        assert_eq!(
            guards.broken(losses(9, 5, 3)).map(|broken| broken.guard),
            Some(CapKind::Deletes)
        );
        assert_eq!(
            guards.broken(losses(10, 5, 4)).map(|broken| (broken.guard, broken.count)),
            Some((CapKind::Removals, 4))
        );
    }
}
