//! The places of the results of an import.

use crate::import::config::ImportConfig;
use crate::import::journal_place::has_journals_beside;
use crate::import::output_error::{OutputError, OutputKind};
use crate::report::Paths;
use crate::table::{UnwrittenEnding, WrittenForm};
use std::path::{Path, PathBuf};

/// Returns the files to write. The options name a file with one input, and a folder with several.
pub(crate) fn output_paths(config: &ImportConfig, input: &Path) -> Paths {
    let word = match config {
        ImportConfig { test_mode: true, .. } => "test",
        // A rehearsal does not replace the files of a real run.
        ImportConfig { sandbox: true, results: None, .. } if has_journals_beside(input) => {
            "sandbox"
        }
        _ => "results",
    };
    let several = config.files.len() > 1;
    let place = |wanted: &Option<PathBuf>, word: &str| match wanted {
        Some(path) if several || path.is_dir() => Paths::beside(input, word, Some(path)),
        Some(path) => path.clone(),
        None => Paths::beside(input, word, None),
    };
    let results = place(&config.results, word);
    let failed = match (&config.failed, input == Path::new("-")) {
        // Test mode writes rows to fix only on request, because it proves little about them.
        (None, _) if config.test_mode => None,
        (None, true) => Some(results.with_extension("failed.csv")),
        (None, false) if word == "sandbox" => Some(Paths::beside(input, "sandbox.failed", None)),
        (None, false) => {
            let (input, word) = Paths::of_rows_to_fix(input);
            Some(Paths::beside(
                &input,
                &word,
                results.parent().filter(|_| config.results.is_some()),
            ))
        }
        (Some(_), _) => Some(place(&config.failed, "failed")),
    };
    Paths { copies: Paths::copies(input, &results), results, failed }
}

/// Whether the name is that of a page of HTML.
pub(crate) fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("html"))
}

/// Refuses places that cannot hold results, and creates the folders that they need.
pub(crate) fn prepare_places(config: &ImportConfig) -> Result<(), OutputError> {
    if config.files.iter().any(|path| path == Path::new("-")) && config.results.is_none() {
        return Err(OutputError::NoFolderOfInput);
    }
    let (results, failed) = (&config.results, &config.failed);
    let places = [(OutputKind::Results, results), (OutputKind::Failed, failed)];
    for (kind, path) in places {
        if let Some(path) = path.as_ref().filter(|path| !path.is_dir())
            && let Err(UnwrittenEnding(ending)) = WrittenForm::of(path)
        {
            return Err(OutputError::Unwritten { kind, path: path.clone(), ending });
        }
    }
    if let Some(report) = config.report.as_ref().filter(|report| !is_page(report)) {
        return Err(OutputError::NoPage(report.clone()));
    }
    if config.files.len() > 1 {
        for (kind, path) in places {
            if let Some(path) = path {
                // A name like `done.csv` means a file.
                let is_table = !path.is_dir()
                    && path.extension().is_some_and(|ending| {
                        ["csv", "tsv", "txt", "jsonl", "xlsx"]
                            .iter()
                            .any(|table| ending.eq_ignore_ascii_case(table))
                    });
                if is_table || std::fs::create_dir_all(path).is_err() {
                    return Err(OutputError::NotAFolder { kind, path: path.clone() });
                }
            }
        }
    }
    Ok(())
}
