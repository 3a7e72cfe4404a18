//! Puts a plan together, file by file, so that it can be saved.

use super::error::SavedPlanError;
use super::plan::{SavedFile, SavedPlan};
use crate::clock;
use crate::execute::{RowDigest, row_digests, row_views};
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::missing::PlannedMissing;
use crate::import::places::{is_device, is_stdout};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The most rows to send of a file that are kept for people, and not only as numbers.
const MOST_VIEWS: usize = 20_000;

impl SavedPlan {
    /// Begins the plan of an import, which is to be saved there.
    ///
    /// # Errors
    /// When no organization is set, an input is standard input, or the place is no file.
    pub(crate) fn begin(place: PathBuf, config: &ImportConfig) -> Result<Self, ImportError> {
        if config.files.iter().any(|path| path == Path::new("-")) {
            return Err(SavedPlanError::StandardInput.into());
        }
        if is_stdout(&place) || is_device(&place) {
            return Err(SavedPlanError::NotAFile { path: place }.into());
        }
        let (organization, host) = Connection::place(&config.connect.access)?;
        Ok(Self {
            place,
            id: String::new(),
            at: clock::now(),
            organization,
            host,
            list: None,
            creates: Vec::new(),
            files: Vec::new(),
            missing: None,
        })
    }

    /// Adds the plan of the next file, with the people who are missing in all files.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn add(
        &mut self,
        path: &Path,
        input: &InputFile,
        missing: Option<&PlannedMissing>,
    ) -> Result<(), ImportError> {
        let input_rows = input.input_rows();
        let rows = row_digests(&input_rows)?;
        let is_sent = |(_, digest): &(u32, &RowDigest)| matches!(digest, RowDigest::Sent(_));
        let sent: BTreeSet<u32> = (0..).zip(&rows).filter(is_sent).map(|(row, _)| row).collect();
        let views = match sent.len() <= MOST_VIEWS {
            true => row_views(&input_rows, &sent)?,
            false => BTreeMap::new(),
        };
        if let Some(known) = &input.baseline {
            self.list = Some(known.organization.as_of());
        }
        if let Some(missing) = missing {
            self.missing = Some(missing.people.clone());
        }
        let (path, content) = (path.to_owned(), input.table.fingerprint()?);
        self.files.push(SavedFile { path, content, rows, views });
        Ok(())
    }
}
