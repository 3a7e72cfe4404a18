//! What a display shows.

use super::waiting::{TimeLeft, Waiting};
use crate::visible::visible;
use std::time::Duration;

/// What is shown at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    /// Rows or pages that are done.
    pub(crate) done: u64,
    /// The number of all rows or pages; `None` while unknown.
    pub(crate) of: Option<u64>,
    /// What is counted: `rows`, `pages`.
    pub(crate) noun: &'static str,
    /// Their outcomes, such as `117 ok`.
    pub(crate) outcomes: Vec<String>,
    /// Those of the outcomes that somebody must look at.
    pub(crate) wrong: Vec<String>,
    /// The work: `12 requests sent`, `limit 10/60s`.
    pub(crate) work: Vec<String>,
    /// The time left, if it is known.
    pub(crate) left: Option<TimeLeft>,
    /// The reason of a wait.
    pub(crate) waiting: Option<Waiting>,
    /// The time since the start.
    pub(crate) elapsed: Duration,
}

impl View {
    /// Returns the view without control characters, which a server may have sent.
    pub(super) fn visible(&self) -> Self {
        let all = |texts: &[String]| texts.iter().map(|text| visible(text).into_owned()).collect();
        Self {
            outcomes: all(&self.outcomes),
            wrong: all(&self.wrong),
            work: all(&self.work),
            waiting: self.waiting.as_ref().map(Waiting::visible),
            ..self.clone()
        }
    }
}
