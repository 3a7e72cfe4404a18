//! What stands between a spreadsheet and the loss of many accounts.

use crate::change::{Change, Leave, Memberships, Problem};
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

/// A number of rows, or a share of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cap {
    /// So many rows.
    Rows(u64),
    /// So many rows of a hundred.
    Percent(f64),
}

impl Cap {
    /// Are `count` rows of `total` more than the cap allows?
    pub fn is_exceeded(self, count: u64, total: u64) -> bool {
        match self {
            Self::Rows(cap) => count > cap,
            #[expect(clippy::cast_precision_loss, reason = "a share of rows needs no more than 52 bits")]
            Self::Percent(cap) => count as f64 * 100.0 > cap * total as f64,
        }
    }
}

impl FromStr for Cap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is neither a number of rows (25) nor a percentage (5%)");
        match text.trim().strip_suffix('%') {
            Some(percent) => percent.trim().parse().ok().filter(|p: &f64| (0.0..=100.0).contains(p)).map(Self::Percent).ok_or_else(wrong),
            None => text.trim().parse().map(Self::Rows).map_err(|_| wrong()),
        }
    }
}

impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => write!(f, "{rows} rows"),
            Self::Percent(percent) => write!(f, "{percent} % of the rows"),
        }
    }
}

/// Users and groups that no row may delete, nor take a membership from.
#[derive(Debug, Clone, Default)]
pub struct Protected(HashSet<String>);

impl Protected {
    /// From a file's text: a name a line; blank lines and lines that begin with `#` do not count.
    pub fn parse(text: &str) -> Self {
        let names = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        Self(names.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_lowercase).collect())
    }

    /// Is nothing protected?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Is somebody or something of that name protected? Letter case does not count.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(&name.to_lowercase())
    }

    /// The problem of a change that would delete somebody protected, or take a membership from them; `names` are other names of the same users.
    pub fn objection(&self, change: &Change<'_>, names: &[&str]) -> Option<Problem> {
        if self.0.is_empty() || !(deletes(change) || removes(change)) {
            return None;
        }
        let is_protected = |name: &&str| self.0.contains(&name.to_lowercase());
        let (field, hit) = match change {
            Change::User(user) => {
                let email = user.create.as_ref().map(|create| &*create.email);
                ("email", [Some(&*user.user), email].into_iter().flatten().chain(names.iter().copied()).find(is_protected))
            }
            Change::Group(group) if group.delete && is_protected(&&*group.group) => ("group", Some(&*group.group)),
            Change::Group(group) => {
                ("remove_users", group.remove_users.iter().map(|user| &**user).chain(names.iter().copied()).find(is_protected))
            }
        };
        Some(Problem {
            field,
            reason: "protected",
            value: hit?.to_string(),
            advice: "is on the list of protected names: take the row out, or the name off the list".to_owned(),
            moot: None,
        })
    }
}

/// Does the change count as a deletion (`delete`, `delete-account`, `remove-all`, `delete-group`)?
pub(super) fn deletes(change: &Change<'_>) -> bool {
    match change {
        Change::User(user) => user.leave.is_some() || user.remove == Some(Memberships::All),
        Change::Group(group) => group.delete,
    }
}

/// Does the change delete an account with everything that is stored there?
pub(super) fn deletes_account(change: &Change<'_>) -> bool {
    matches!(change, Change::User(user) if user.leave == Some(Leave::DeleteAccount))
}

/// Does the change take memberships away?
pub(super) fn removes(change: &Change<'_>) -> bool {
    match change {
        Change::User(user) => user.remove.is_some(),
        Change::Group(group) => !group.remove_users.is_empty() || !group.remove_profiles.is_empty(),
    }
}

/// The caps on a file's deletions and removals.
#[derive(Debug, Clone, Copy, Default)]
pub struct Guards {
    /// A hard cap on rows that delete.
    pub max_deletes: Option<Cap>,
    /// A hard cap on rows that take memberships away.
    pub max_removals: Option<Cap>,
}

impl Guards {
    /// Rows that may delete without anybody being asked.
    pub const UNASKED_DELETES: u64 = 10;

    /// What a file with these counts breaks, in words with the next step; `None` when it may go on.
    pub fn objection(&self, rows: u64, deletes: u64, removals: u64) -> Option<String> {
        let broken = |cap: Option<Cap>, count: u64, what: &str, flag: &str| {
            cap.filter(|cap| cap.is_exceeded(count, rows)).map(|cap| {
                format!("{count} of {rows} rows {what}, and {flag} allows {cap}: nothing was sent. Look at the file, or raise {flag}")
            })
        };
        broken(self.max_deletes, deletes, "delete", "--max-deletes")
            .or_else(|| broken(self.max_removals, removals, "take memberships away", "--max-removals"))
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
}
