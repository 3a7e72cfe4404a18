//! `umbulk report`: a page about an import, from its journal and the imported file.

use crate::cli::args::commands::ReportArgs;
use crate::cli::error::CliError;
use crate::cli::journaled_run::{JournaledRun, Purpose, find_journal};
use crate::cli::output::check_files;
use crate::cli::run_pages::RunPages;
use crate::cli::say::status_line;
use crate::cli::verbosity::Verbosity;
use crate::import::Exit;
use crate::import::page_facts::of_journal;
use crate::report::Paths;

/// Writes the page. The run may go on meanwhile: the page shows what its journal has.
pub(crate) fn run(args: &ReportArgs, verbosity: Verbosity) -> Result<Exit, CliError> {
    let place = find_journal(&args.file, args.out.as_deref())?;
    let run = JournaledRun::open(&args.file, &place)?;
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| Paths::beside(&run.path, "report", None).with_extension("html"));
    check_files(&[run.path.clone(), place], &[("the report", out.clone())])?;
    // The rows are written as results are, and the file is dropped.
    let folder = tempfile::tempdir()?;
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
