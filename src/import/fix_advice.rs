//! How the rows to fix of an import are sent once they are fixed.

use crate::import::file_run::FileRun;
use crate::import::retry::can_retry;
use crate::import::session::ImportSession;
use crate::import::source_text::SourceText;
use crate::report::FixAdvice;
use crate::table::Table;
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
    // Failed rows cannot be sent again in the run of a store: there they are a file of their own.
    let is_alone = config.is_real()
        && config.files.len() == 1
        && config.missing.is_none()
        && config.connect.store.is_none();
    let journal = journal.filter(|_| is_finished && is_alone && file.path != Path::new("-"));
    if let Some(journal) = journal
        && can_retry(journal, file).unwrap_or(false)
        && let Some(command) = reporter.retry_failed()
    {
        return FixAdvice {
            import_failed: reporter.import_failed(failed),
            retry_failed: Some(command),
            takes_over: takes_over(&file.path, &file.input.table),
        };
    }
    // The results of the other rows and of these would be in two files.
    let is_open_retry = config.retry_failed && !is_finished;
    let import_failed = (!is_open_retry).then(|| reporter.import_failed(failed)).flatten();
    FixAdvice { import_failed, ..FixAdvice::default() }
}

/// Whether corrections in the rows to fix can be written into the imported file.
fn takes_over(path: &Path, table: &Table) -> bool {
    /// A larger file in another encoding is not read again for these words.
    const LARGEST: u64 = 1 << 26;
    let Ok(length) = path.metadata().map(|there| there.len()) else { return false };
    let is_text = || SourceText::of(&std::fs::read(path).ok()?, table).ok()?;
    length == table.len_bytes() || length <= LARGEST && is_text().is_some()
}
