//! The files that an import writes.

use crate::import::config::ImportConfig;
use crate::import::missing;
use crate::import::outputs::output_paths;
use crate::report::Paths;
use std::path::PathBuf;

/// Returns the results and the rows to fix of each file, the files about missing people, and the
/// report.
pub(crate) fn written_files(config: &ImportConfig) -> Vec<(&'static str, PathBuf)> {
    let of_file = |path: &PathBuf| {
        let Paths { results, failed, .. } = output_paths(config, path);
        let failed = failed.map(|failed| ("the rows to fix", failed));
        std::iter::once(("the results", results)).chain(failed)
    };
    let report = config.report.clone().map(|report| ("the report", report));
    config.files.iter().flat_map(of_file).chain(missing::outputs(config)).chain(report).collect()
}
