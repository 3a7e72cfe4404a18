//! How the rows to fix of an import are sent once they are fixed.

use crate::import::file_run::FileRun;
use crate::import::retry::can_retry;
use crate::import::session::ImportSession;
use crate::report::FixAdvice;
use std::path::Path;

/// Returns the commands for the rows to fix, if there are any, of a file that was imported with
/// this journal. `stopped` says why the import has not finished.
pub(crate) fn fix_advice(
    session: ImportSession<'_>,
    (file, journal): (&FileRun, Option<&Path>),
    failed: Option<&Path>,
    stopped: &Option<String>,
) -> FixAdvice {
    let Some(failed) = failed else { return FixAdvice::default() };
    let ImportSession { config, reporter, .. } = session;
    let is_finished = stopped.is_none();
    let is_alone = config.is_real() && config.files.len() == 1 && config.missing.is_none();
    let journal = journal.filter(|_| is_finished && is_alone && file.path != Path::new("-"));
    if let Some(journal) = journal
        && can_retry(journal, file).unwrap_or(false)
        && let Some(command) = reporter.retry_failed()
    {
        let read = file.path.metadata().map(|there| there.len()).ok();
        return FixAdvice {
            import_failed: reporter.import_failed(failed),
            retry_failed: Some(command),
            takes_over: read == Some(file.input.table.len_bytes()),
        };
    }
    // The results of the other rows and of these would be in two files.
    let is_open_retry = config.retry_failed && !is_finished;
    let import_failed = (!is_open_retry).then(|| reporter.import_failed(failed)).flatten();
    FixAdvice { import_failed, ..FixAdvice::default() }
}
