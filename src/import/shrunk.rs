//! A list that has far fewer rows than the last time.

use crate::clock::wall_clock;
use crate::execute::Cap;
use crate::number::{count, thousands};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The rows of a finished run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastRows {
    pub(crate) at: Timestamp,
    pub(crate) rows: u64,
}

/// A list that has lost more rows than is allowed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shrunk {
    pub(crate) rows: u64,
    pub(crate) last: LastRows,
    pub(crate) max_shrink: Cap,
}

impl fmt::Display for Shrunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lost = self.last.rows.saturating_sub(self.rows);
        write!(
            f,
            "{} now, {} on {}: {} fewer. The list looks truncated: nothing was sent. Check the \
             list",
            count(self.rows, "row"),
            thousands(self.last.rows),
            wall_clock(self.last.at, "%a %d %b %Y"),
            thousands(lost)
        )
    }
}
