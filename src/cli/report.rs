//! `umbulk report`: a page about an import, from its journal and the imported file.

use crate::cli::args::commands::ReportArgs;
use crate::cli::error::CliError;
use crate::cli::journaled_run::{JournaledRun, Purpose, find_journal};
use crate::cli::output::check_files;
use crate::cli::run_of_store::RunOfStore;
use crate::cli::run_pages::RunPages;
use crate::cli::say::status_line;
use crate::cli::verbosity::Verbosity;
use crate::import::Exit;
use crate::import::page_facts::of_journal;
use crate::import::shared_store::SharedStore;
use crate::report::Paths;
use std::path::PathBuf;

/// Writes the page. The run may go on meanwhile: the page shows what its journal has.
pub(crate) fn run(
    args: &ReportArgs,
    verbosity: Verbosity,
    store: impl FnOnce() -> Result<Option<SharedStore>, CliError>,
) -> Result<Exit, CliError> {
    let folder = tempfile::tempdir()?;
    let (run, file, place) = match find_journal(&args.file, args.out.as_deref())? {
        Some(place) => {
            let run = JournaledRun::open(&args.file, &place)?;
            let file = run.path.clone();
            (run, file, Some(place))
        }
        None => {
            let run = RunOfStore::in_place_of_file(&args.file, store())?;
            (run.copy(folder.path())?, run.file()?.to_owned(), None)
        }
    };
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| Paths::beside(&file, "report", None).with_extension("html"));
    let inputs: Vec<PathBuf> = [file].into_iter().chain(place).collect();
    check_files(&inputs, &[("the report", out.clone())])?;
    // The rows are written as results are, and the file is dropped.
    let (results, copies) = (folder.path().join("rows.csv"), folder.path().join("copies"));
    let paths = Paths { results, failed: None, copies };
    let (written, _) = run.write(&paths, Purpose::Page)?;
    let pages = RunPages::default();
    if let Some(page) = written.page {
        let known = (&run.about, &run.run_info, &run.recovered);
        pages.add(of_journal(page, &run.journal, known));
    }
    if let Some(words) = pages.write(&out)?.filter(|_| !verbosity.is_quiet()) {
        status_line(&words);
    }
    Ok(Exit::Good)
}
