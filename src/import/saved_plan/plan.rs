//! What a saved plan holds about the files, and about people who are missing in them.

use crate::execute::{RowDigest, RowView};
use crate::import::missing::MissingPerson;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A saved plan, without the options of its import.
#[derive(Debug, Clone)]
pub(crate) struct SavedPlan {
    /// Where it was read.
    pub(crate) place: PathBuf,
    /// A hash of its content.
    pub(crate) id: String,
    /// When it was saved.
    pub(crate) at: Timestamp,
    pub(crate) organization: String,
    pub(crate) host: String,
    /// The list that the rows were compared with, in words.
    pub(crate) list: Option<String>,
    /// The groups that are created before the rows.
    pub(crate) creates: Vec<String>,
    pub(crate) files: Vec<SavedFile>,
    /// Who is missing in all files, and the groups that are removed from them; `None` if nobody is
    /// looked for.
    pub(crate) missing: Option<Vec<MissingPerson>>,
}

/// The plan of one file.
#[derive(Debug, Clone)]
pub(crate) struct SavedFile {
    /// Its path as it was given.
    pub(crate) path: PathBuf,
    /// The length of its text and a hash.
    pub(crate) content: (u64, u128),
    /// The decision about each row.
    pub(crate) rows: Vec<RowDigest>,
    /// The rows that are sent, from 0, for people; empty for very many rows.
    pub(crate) views: BTreeMap<u32, RowView>,
}
