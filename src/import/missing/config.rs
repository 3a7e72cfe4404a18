//! The files of `--missing`, and how they are carried out.

use super::error::{MissingError, MissingRefusal};
use crate::import::config::{EmptyGroups, ImportConfig, KnownConfig, MissingConfig, ReadConfig};
use crate::import::outputs::output_paths;
use crate::import::places::is_device;
use crate::report::Paths;
use std::path::{Path, PathBuf};

/// Refuses options that contradict each other.
pub(crate) fn check_config(config: &ImportConfig) -> Result<(), MissingError> {
    let Some(MissingConfig { action, scope, .. }) = &config.missing else { return Ok(()) };
    let why = if scope.domains.is_empty() && scope.types.is_empty() {
        MissingRefusal::NoScope
    } else if config.read.rows.is_some() {
        MissingRefusal::SomeRows
    } else if config.sandbox && config.known.against.is_none() {
        MissingRefusal::Rehearsal
    } else {
        return Ok(());
    };
    Err(MissingError::Refused { action: *action, why })
}

/// Returns the file of missing users that is carried out, with the files that are written about it.
pub(crate) fn file(config: &ImportConfig) -> Option<(PathBuf, Paths)> {
    config.missing.as_ref()?;
    let file = place(config);
    let paths = output_paths(&own_config(config, &file), &file);
    Some((file, paths))
}

/// Returns the files that are written about missing users.
pub(crate) fn outputs(config: &ImportConfig) -> Vec<(&'static str, PathBuf)> {
    let Some((file, Paths { results, failed })) = file(config) else { return Vec::new() };
    let failed = failed.map(|failed| ("the missing people to fix", failed));
    [("the missing people", file), ("the results about missing people", results)]
        .into_iter()
        .chain(failed)
        .collect()
}

/// Returns the path of `NAME.missing.csv` beside the results.
pub(super) fn place(config: &ImportConfig) -> PathBuf {
    let first = config.files.first().map_or(Path::new("-"), PathBuf::as_path);
    let results = output_paths(config, first).results;
    let named_path = if first == Path::new("-") { &results } else { first };
    let folder = if is_device(&results) { first.parent() } else { results.parent() };
    let word = match config {
        ImportConfig { test_mode: true, .. } => "missing.test",
        ImportConfig { sandbox: true, .. } => "missing.sandbox",
        _ => "missing",
    };
    Paths::beside(named_path, word, folder.or(Some(Path::new(""))))
}

/// Returns how that file is carried out: options for reading the main files do not apply to it.
pub(super) fn own_config(config: &ImportConfig, file: &Path) -> ImportConfig {
    ImportConfig {
        files: vec![file.to_owned()],
        results: None,
        failed: None,
        strict: false,
        skip_unchanged: false,
        read: ReadConfig { protect: config.read.protect.clone(), ..ReadConfig::default() },
        known: KnownConfig {
            against: None,
            online: false,
            exact_groups: false,
            manage_groups: Vec::new(),
            empty_groups: EmptyGroups::KeepAll,
            ..config.known.clone()
        },
        missing: None,
        ..config.clone()
    }
}
