//! Chooses how to find out whether groups exist that no recent list shows. Pure.

use std::time::Duration;

/// How to find out whether groups exist that no recent list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AskBy {
    /// One question per name.
    Name,
    /// The list of all groups.
    List,
    /// Not at all: there are too many names, and the list may not be requested now.
    Nobody,
}

/// Whether page 0 of the list of all groups may be requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListAccess {
    /// It may.
    Open,
    /// Not yet.
    Closed,
}

/// Chooses the way with the shortest wait. `free` is the number of questions that need not wait,
/// and `wait` the time for this number of names.
pub(crate) fn ask_by(names: usize, free: usize, wait: Duration, list: ListAccess) -> AskBy {
    /// The longest wait for single questions.
    const LONGEST: Duration = Duration::from_secs(600);
    match () {
        () if names <= free => AskBy::Name,
        () if list == ListAccess::Open => AskBy::List,
        () if wait <= LONGEST => AskBy::Name,
        () => AskBy::Nobody,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_least_is_asked() {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        assert_eq!(ask_by(25, 25, minutes(0), ListAccess::Open), AskBy::Name);
        assert_eq!(ask_by(26, 25, minutes(1), ListAccess::Open), AskBy::List);
        assert_eq!(ask_by(26, 25, minutes(1), ListAccess::Closed), AskBy::Name);
        assert_eq!(ask_by(500, 25, minutes(19), ListAccess::Closed), AskBy::Nobody);
    }
}
