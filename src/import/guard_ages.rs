//! Asks for a confirmation before rows rely on a list that may no longer show who is a member.

use crate::import::baseline::{confirm, objections};
use crate::import::baseline_error::Objection;
use crate::import::config::ImportConfig;
use crate::import::error::ImportError;
use crate::import::file_run::FileRun;
use crate::import::reporter::ImportReporter;

/// Asks for a confirmation before rows rely on an old list. For a run that continues, only what
/// other imports have changed since its first start is new.
pub(crate) fn guard_ages(
    files: &[FileRun],
    config: &ImportConfig,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    for FileRun { input, scan, .. } in files.iter().filter(|file| !file.goes_on()) {
        if let Some(known) = input.baseline.as_ref().filter(|known| known.reduces) {
            let all = objections(known, scan.counts.relies_on_absence, config.known.max_age);
            confirm(all, config, reporter)?;
        }
    }
    for FileRun { input, .. } in files.iter().filter(|file| file.goes_on() && file.sends()) {
        if let Some(known) = input.baseline.as_ref().filter(|known| known.managed.is_some())
            && input.changed_rows.are_sent()
        {
            let list = known.organization.name.clone();
            confirm(vec![Objection::ChangedSinceBegin { list }], config, reporter)?;
        }
    }
    Ok(())
}
