//! What a command has found out before it sends the rows of a file.

use crate::execute::{EarlierFiles, ProbeAnswers};
use crate::organization::Organization;
use crate::table::Original;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

/// What is known of people before anything is sent.
pub(crate) struct KnownUsers {
    /// The list that is compared with.
    pub(crate) organization: Option<Arc<Organization>>,
    /// The file of that list, where it is one.
    pub(crate) list_file: Option<Arc<Original>>,
    /// For a run about missing users: the files that say who is not missing.
    pub(crate) naming_files: Vec<Arc<Original>>,
    /// What the server has said about users.
    pub(crate) probe_answers: ProbeAnswers,
    /// The rows of which that tells whether the person to remove is there (`--verify-deletes`).
    pub(crate) rows_known: HashSet<u32>,
    /// What the files before have found out.
    pub(crate) earlier_files: EarlierFiles,
    /// The rows about users whom other files change, too.
    pub(crate) shared_rows: HashSet<u32>,
    /// Requests that have created groups for the rows.
    pub(crate) creation_requests: u64,
    /// Since when the command is busy with this file: the first one's time has in it what was asked
    /// for all files.
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
