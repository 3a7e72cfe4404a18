//! `umbulk results`: writes the results file again, from the journal and the imported file.

use crate::cli::args::commands::ResultsArgs;
use crate::cli::error::CliError;
use crate::cli::journaled_run::{JournaledRun, Purpose, find_journal};
use crate::cli::run_of_store::RunOfStore;
use crate::cli::say::status_line;
use crate::fs::{Busy, Lock, OsText};
use crate::import::Exit;
use crate::import::files_in_use::check_no_run_uses;
use crate::import::journal_place::lock_path;
use crate::import::places::check_outputs;
use crate::import::shared_store::SharedStore;
use crate::import::store_error::in_store_words;
use crate::journal::RunInfo;
use crate::number::count;
use crate::report::{Paths, ResultColumns};
use crate::table::is_workbook;
use crate::visible::visible;
use std::path::Path;

/// Writes the results of an import that has ended.
pub(crate) fn run(
    args: &ResultsArgs,
    store: impl FnOnce() -> Result<Option<SharedStore>, CliError>,
) -> Result<Exit, CliError> {
    let Some(place) = find_journal(&args.file, args.results.as_deref())? else {
        return of_store(args, &RunOfStore::in_place_of_file(&args.file, store())?);
    };
    let _lock = Lock::take(&lock_path(&place)).map_err(|busy| match busy {
        Busy::Held(_) => CliError(format!("{busy}. It writes the results itself when it ends")),
        Busy::Io(error) => CliError(error.to_string()),
    })?;
    let run = JournaledRun::open(&args.file, &place)?;
    if let Some(copy) = run.journal.store_copy()? {
        status_line(&in_store_words(&copy.store));
    }
    write(args, &run, (&*run.path, Some(&*place)))
}

/// Writes the results of a run that is in a shared store alone.
fn of_store(args: &ResultsArgs, run: &RunOfStore) -> Result<Exit, CliError> {
    if let Some(worker) = run.holder() {
        return Err(CliError(format!(
            "{} is carrying it out, and writes the results when it ends",
            visible(worker)
        )));
    }
    let folder = tempfile::tempdir()?;
    write(args, &run.copy(folder.path())?, (run.file()?, None))
}

/// Writes the results of a run of this file. `own` is the journal that this process holds.
fn write(
    args: &ResultsArgs,
    run: &JournaledRun,
    (file, own): (&Path, Option<&Path>),
) -> Result<Exit, CliError> {
    let paths = output_paths(args, file, &run.run_info)?;
    check_no_run_uses(paths.outputs(), own)?;
    let columns = if args.explain { ResultColumns::Explained } else { ResultColumns::Usual };
    let (written, rows) = run.write(&paths, Purpose::Results(columns))?;
    written.kept.iter().for_each(|kept| status_line(&kept.to_string()));
    let failed = paths.failed.filter(|_| !written.codes.is_empty());
    status_line(&format!(
        "written: {} ({}){}",
        paths.results.display(),
        count(rows, "row"),
        failed
            .map_or_else(String::new, |failed| format!(", {} (the rows to fix)", failed.display()))
    ));
    Ok(Exit::Good)
}

/// Returns the files to write. The file of rows to fix is only written if the results are beside
/// the input.
fn output_paths(args: &ResultsArgs, input: &Path, run_info: &RunInfo) -> Result<Paths, CliError> {
    // A run that was to write a workbook gets one.
    let beside = |word: &str, folder: Option<&Path>, of_run: Option<&OsText>| {
        let (named, word) = match word {
            "failed" => Paths::of_rows_to_fix(input),
            word => (input.to_owned(), word.to_owned()),
        };
        let path = Paths::beside(&named, &word, folder);
        match of_run {
            Some(noted) if is_workbook(noted.as_path()) => path.with_extension("xlsx"),
            _ => path,
        }
    };
    let results = |folder| beside("results", folder, Some(&run_info.results));
    let (results, failed) = match &args.results {
        Some(folder) if folder.is_dir() => (results(Some(folder)), None),
        Some(file) => (file.clone(), None),
        None => (results(None), Some(beside("failed", None, run_info.failed.as_ref()))),
    };
    let paths = Paths { copies: Paths::copies(input, &results), results, failed };
    let outputs = [
        Some(("the results", paths.results.clone())),
        paths.failed.clone().map(|failed| ("the rows to fix", failed)),
    ];
    check_outputs(&[input.to_owned()], &outputs.into_iter().flatten().collect::<Vec<_>>())?;
    Ok(paths)
}
