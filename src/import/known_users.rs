//! What a command has found out before it sends the rows of a file.

use crate::execute::{EarlierFiles, ProbeAnswers};
use crate::organization::Organization;
use crate::table::Original;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

/// What is known about users before anything is sent.
pub(crate) struct KnownUsers {
    /// The list that is compared with.
    pub(crate) organization: Option<Arc<Organization>>,
    /// That list, if it is a file.
    pub(crate) list_file: Option<Arc<Original>>,
    /// For a run about missing users, the files that name the other users.
    pub(crate) naming_files: Vec<Arc<Original>>,
    /// What the server has said about users.
    pub(crate) probe_answers: ProbeAnswers,
    /// The rows for which these answers show whether the user to remove exists
    /// (`--verify-deletes`).
    pub(crate) rows_known: HashSet<u32>,
    /// What the earlier files have found out.
    pub(crate) earlier_files: EarlierFiles,
    /// The rows about users whom other files change as well.
    pub(crate) shared_rows: HashSet<u32>,
    /// Requests that have created groups for the rows.
    pub(crate) creation_requests: u64,
    /// When the command began with this file. For the first file, this includes the time of the
    /// questions for all files.
    pub(crate) began: Instant,
}

impl Default for KnownUsers {
    fn default() -> Self {
        Self {
            organization: None,
            list_file: None,
            naming_files: Vec::new(),
            probe_answers: ProbeAnswers::default(),
            rows_known: HashSet::new(),
            earlier_files: EarlierFiles::default(),
            shared_rows: HashSet::new(),
            creation_requests: 0,
            began: Instant::now(),
        }
    }
}
