//! What earlier imports have found out about the forms of group-side commands, so that the next one
//! does not try again what the service refuses. A small file for each organization, in the state
//! folder.

use super::form::GroupSideForm;
use crate::fs::{private_folder, read_file, write_atomic};
use crate::plan::sides::CommandWidth;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// After this time, the wide form is tried again: the service may have changed.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The largest file that is read.
const MOST_BYTES: u64 = 4096;

/// The form of an organization's group-side commands, as far as earlier imports know it.
#[derive(Debug, Clone)]
pub(crate) struct LearnedForm {
    path: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
struct LearnedFormFile {
    /// Whether commands of more than ten memberships are refused.
    narrow: bool,
    /// Whether commands of one group disturb each other.
    disturbed: bool,
    at: Timestamp,
}

impl LearnedForm {
    /// Returns the place of what is known about an organization at a host.
    pub(crate) fn in_folder(state: &Path, organization: &str, host: &str) -> Self {
        let name = xxh3_64(format!("{organization}\0{host}").as_bytes());
        Self { path: state.join("group-side").join(format!("{name:016x}.json")) }
    }

    /// Returns the form to begin with. Whatever cannot be read is not known.
    pub(crate) fn read(&self, now: Timestamp) -> GroupSideForm {
        let stored = self.stored().filter(|stored| {
            let age = now.duration_since(stored.at);
            !age.is_negative() && age < KEPT
        });
        let Some(LearnedFormFile { narrow, disturbed, .. }) = stored else {
            return GroupSideForm::untested(CommandWidth::Wide);
        };
        let mut form =
            GroupSideForm::untested(if narrow { CommandWidth::Narrow } else { CommandWidth::Wide });
        if disturbed {
            form.stop_sharing();
        }
        form
    }

    /// Keeps what a run has found out, if that is something.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn keep(&self, form: &GroupSideForm, now: Timestamp) -> std::io::Result<()> {
        let (narrow, disturbed) = (form.is_narrow(), form.is_disturbed());
        if !narrow && !disturbed || *form == self.read(now) {
            return Ok(());
        }
        if let Some(folder) = self.path.parent() {
            private_folder(folder)?;
        }
        let text = serde_json::to_string(&LearnedFormFile { narrow, disturbed, at: now })?;
        write_atomic(&self.path, |file| file.write_all(text.as_bytes()))
    }

    fn stored(&self) -> Option<LearnedFormFile> {
        let file = read_file(&self.path).ok()?;
        let file = std::io::Read::take(file, MOST_BYTES);
        serde_json::from_reader(file).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_forms_are_remembered_for_a_month() {
        let folder = tempfile::tempdir().unwrap();
        let learned = LearnedForm::in_folder(folder.path(), "org", "host");
        let now: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        assert_eq!(learned.read(now), GroupSideForm::untested(CommandWidth::Wide));
        learned.keep(&GroupSideForm::proven(CommandWidth::Wide), now).unwrap();
        assert!(!learned.path.exists(), "that is what everybody begins with");
        learned.keep(&GroupSideForm::proven(CommandWidth::Narrow), now).unwrap();
        assert!(learned.read(now).is_narrow());
        assert!(!LearnedForm::in_folder(folder.path(), "other", "host").read(now).is_narrow());
        let later = |hours| now + SignedDuration::from_hours(hours);
        assert!(learned.read(later(30 * 24 - 1)).is_narrow());
        assert!(!learned.read(later(30 * 24)).is_narrow());
        std::fs::write(&learned.path, "{").unwrap();
        assert!(!learned.read(now).is_narrow());
    }
}
