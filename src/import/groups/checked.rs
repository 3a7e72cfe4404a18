//! What is known of the groups that rows need.

use crate::import::question_count::QuestionCount;
use crate::reconcile::AbsentGroups;
use crate::umapi::ApiError;
use std::collections::BTreeSet;

/// What happens to user groups that rows join and that are not there (`--create-groups`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Creation {
    /// The rows that need them are invalid.
    #[default]
    Off,
    /// They are created before the first row.
    First,
    /// An import would create them.
    Planned,
    /// Test mode creates nothing.
    TestMode,
}

impl Creation {
    /// Of an import.
    pub(crate) fn of(create_groups: bool, test_mode: bool) -> Self {
        match (create_groups, test_mode) {
            (false, _) => Self::Off,
            (true, false) => Self::First,
            (true, true) => Self::TestMode,
        }
    }
}

/// What is known of the groups that the rows need.
#[derive(Default)]
pub(crate) struct CheckedGroups {
    /// How many the rows need.
    pub(crate) named: usize,
    /// Those of them that a rehearsal makes, for no list tells of them.
    pub(crate) made: usize,
    /// How it is known, in words.
    pub(crate) by: String,
    pub(crate) absent: AbsentGroups,
    /// Those of them that no row makes before it is needed, each with the name that may be meant.
    pub(crate) shown: Vec<String>,
    /// `--create-groups` would create one of these.
    pub(crate) is_creatable: bool,
    /// Only lists were read; the server is not asked.
    pub(crate) is_offline: bool,
    /// Groups that could not be checked, and why.
    pub(crate) unknown: BTreeSet<String>,
    pub(crate) why: String,
    /// User groups that are created first.
    pub(crate) create: Vec<String>,
    /// The same, each with the name that may be meant.
    pub(crate) shown_created: Vec<String>,
    /// Whether groups are created at all.
    pub(crate) creation: Creation,
    /// How many questions an import asks about them, where nobody asks now.
    pub(crate) questions: QuestionCount,
    /// How many requests an import sends that try groups out in test mode, likewise.
    pub(crate) trials: u64,
    /// Why no token was given: nobody needs to ask again.
    pub(crate) refused: Option<ApiError>,
}
