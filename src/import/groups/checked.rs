//! What is known about the groups that rows need.

use crate::import::config::ImportConfig;
use crate::import::question_count::QuestionCount;
use crate::reconcile::{AbsentGroups, GroupUses};
use crate::umapi::ApiError;
use std::collections::{BTreeMap, BTreeSet};

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
    /// Returns the choice for a plan of an import.
    pub(crate) fn of_plan(config: &ImportConfig) -> Self {
        match Self::of(config) {
            Self::First => Self::Planned,
            creation => creation,
        }
    }

    /// Returns the choice for an import.
    pub(crate) fn of(config: &ImportConfig) -> Self {
        match (config.create_groups, config.test_mode) {
            (false, _) => Self::Off,
            (true, false) => Self::First,
            (true, true) => Self::TestMode,
        }
    }
}

/// The groups that one file needs, and that need a look. They are in words, in order.
#[derive(Debug, Default)]
pub(crate) struct GroupsOfFile {
    /// Missing groups that no row creates before it is needed, each with a similar name that may be
    /// meant.
    pub(crate) absent: Vec<String>,
    /// Groups that could not be checked.
    pub(crate) unchecked: Vec<String>,
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
    /// Missing groups, and groups that could not be checked, by the file in the command that needs
    /// them.
    pub(crate) by_file: BTreeMap<u32, GroupsOfFile>,
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
    /// The number of questions about them that an import would send, for a plan.
    pub(crate) questions: QuestionCount,
    /// The number of requests with which an import would try groups in test mode, for a plan.
    pub(crate) trials: u64,
    /// Why there is no token, so that no further request is tried.
    pub(crate) refused: Option<ApiError>,
}

impl CheckedGroups {
    /// Finds the files that need the groups that could not be checked.
    pub(super) fn unchecked_by_file(&mut self, uses: &GroupUses) {
        for group in uses.needed().filter(|group| self.unknown.contains(&group.name)) {
            for file in &group.files {
                let of_file = self.by_file.entry(*file).or_default();
                of_file.unchecked.push(format!("`{}`", group.name));
            }
        }
        self.by_file.values_mut().for_each(|of_file| of_file.unchecked.sort());
    }
}
