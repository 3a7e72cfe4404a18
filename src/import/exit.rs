//! The exit status, a contract with scripts that run umbulk.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Every row is ok, unchanged or skipped.
    Good = 0,
    /// It finished, and some rows are neither of these.
    SomeRows = 1,
    /// Nothing was sent.
    NothingSent = 2,
    /// It stopped after sending began.
    Stopped = 3,
}

impl Exit {
    /// Returns the status of two files together: the one that needs more attention. A stop
    /// outweighs a file that was not started.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_files_end_with_the_status_that_asks_for_most() {
        assert_eq!(Exit::Good.and(Exit::SomeRows), Exit::SomeRows);
        assert_eq!(Exit::Stopped.and(Exit::SomeRows), Exit::Stopped);
        assert_eq!(Exit::Good.and(Exit::Good), Exit::Good);
    }
}
