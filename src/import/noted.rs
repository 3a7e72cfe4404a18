//! What was found out when a run began. It is valid until the run is finished.

use crate::execute::{HeldRows, RowsBehind};
use crate::reconcile::AbsentGroups;
use jiff::Timestamp;
use std::collections::HashSet;

/// What was found out when a run began.
pub(crate) struct Noted {
    pub(crate) run_id: String,
    pub(crate) began: Timestamp,
    pub(crate) absent_groups: AbsentGroups,
    pub(crate) held: HeldRows,
    pub(crate) behind: RowsBehind,
    /// Rows, from 0, of which something was sent.
    pub(crate) tried: HashSet<u32>,
    /// Whether that run is finished: it is only shown.
    pub(crate) is_finished: bool,
    /// Whether that run was about all rows of the file.
    pub(crate) is_whole: bool,
}

impl Noted {
    /// Whether every row of the file has an outcome.
    pub(crate) fn is_ended(&self) -> bool {
        self.is_finished && self.is_whole
    }
}
