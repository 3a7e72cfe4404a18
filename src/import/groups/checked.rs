//! What is known about the groups that rows need.

use crate::import::config::ImportConfig;
use crate::import::question_count::QuestionCount;
use crate::reconcile::AbsentGroups;
use crate::umapi::ApiError;
use std::collections::BTreeSet;

/// What happens to missing user groups that rows join (`--create-groups`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Creation {
    /// Rows that need them are invalid.
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
    /// Returns the choice for an import.
    pub(crate) fn of(config: &ImportConfig) -> Self {
        match (config.create_groups, config.test_mode) {
            (false, _) => Self::Off,
            (true, false) => Self::First,
            (true, true) => Self::TestMode,
        }
    }
}

/// What is known about the groups that rows need.
#[derive(Default)]
pub(crate) struct CheckedGroups {
    /// The number of groups that rows need.
    pub(crate) named: usize,
    /// The number of them that a rehearsal creates, because no list has them.
    pub(crate) made: usize,
    /// The sources, in words.
    pub(crate) by: String,
    pub(crate) absent: AbsentGroups,
    /// Missing groups that no row creates before it is needed, each with a similar name that may be
    /// meant.
    pub(crate) shown: Vec<String>,
    /// Missing groups whose names are those of two or more known ones with this sign between them.
    pub(crate) joined: Vec<(String, char)>,
    /// Whether `--create-groups` would create one of these.
    pub(crate) is_creatable: bool,
    /// Whether earlier starts have sent rows of the files already.
    pub(crate) is_continued: bool,
    /// Whether only lists were read, without a question to the server.
    pub(crate) is_offline: bool,
    /// Groups that could not be checked, and why.
    pub(crate) unknown: BTreeSet<String>,
    pub(crate) why: String,
    /// User groups to create first.
    pub(crate) create: Vec<String>,
    /// These groups, each with a similar name that may be meant.
    pub(crate) shown_created: Vec<String>,
    /// Whether groups are created at all.
    pub(crate) creation: Creation,
    /// The number of questions about them that an import would send, if this command sends none.
    pub(crate) questions: QuestionCount,
    /// The number of requests with which an import would try groups in test mode, if this command
    /// sends none.
    pub(crate) trials: u64,
    /// Why there is no token, so that no further request is tried.
    pub(crate) refused: Option<ApiError>,
}
