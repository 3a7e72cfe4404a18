//! One file of an import, from the plan to its outcomes.

use crate::execute::{Scan, estimate};
use crate::import::config::ImportConfig;
use crate::import::error::ImportError;
use crate::import::input_error::InputError;
use crate::import::input_file::InputFile;
use crate::import::input_files::say_problems;
use crate::import::opened_run::OpenedRun;
use crate::import::outputs::output_paths;
use crate::import::reporter::ImportReporter;
use crate::import::unfinished::Unfinished;
use crate::plan::Estimate;
use crate::report::Paths;
use crate::table::{is_workbook, workbook_limit};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// A file that has been read and planned, and can be sent.
pub(crate) struct FileRun {
    /// The path as it was given.
    pub(crate) path: PathBuf,
    pub(crate) input: InputFile,
    pub(crate) scan: Scan,
    /// The cost of all its rows.
    pub(crate) estimate: Estimate,
    pub(crate) paths: Paths,
    /// Its journal, with what is left to send; `None` if nothing is recorded.
    pub(crate) work: Option<OpenedRun>,
    /// The rows whose user the server was already asked about (`--verify-deletes`).
    pub(crate) rows_known: HashSet<u32>,
}

impl FileRun {
    /// Plans the rows of a file that was scanned.
    ///
    /// # Errors
    /// When the file has nothing to send, or has invalid rows and none are allowed.
    pub(crate) fn plan(
        config: &ImportConfig,
        path: &Path,
        (input, scan): (InputFile, Scan),
        reporter: &dyn ImportReporter,
    ) -> Result<Self, ImportError> {
        let paths = output_paths(config, path);
        let name = || input.table.name().to_owned();
        if scan.counts.rows == 0 {
            return Err(InputError::NoRows { file: name() }.into());
        }
        if scan.counts.asked_for() == 0 {
            return Err(InputError::NoneChosen { file: name(), rows: scan.counts.rows }.into());
        }
        say_problems(&scan.counts, &input, reporter);
        if config.strict && scan.counts.invalid > 0 {
            return Err(InputError::Invalid { file: name(), rows: scan.counts.invalid }.into());
        }
        if paths.outputs().any(is_workbook)
            && let Some(limit) = workbook_limit(&input.table, config.result_columns().added())?
        {
            return Err(InputError::NotForWorkbook { file: name(), limit }.into());
        }
        let estimate = estimate(&input.input_rows(), &scan.plan)?;
        Ok(Self {
            path: path.to_owned(),
            input,
            scan,
            estimate,
            paths,
            work: None,
            rows_known: HashSet::new(),
        })
    }

    /// Whether anything of it is still to be sent.
    pub(crate) fn sends(&self) -> bool {
        self.scan.plan.commands() > 0 && self.unfinished().is_none_or(|left| left.rows > 0)
    }

    /// Returns what an earlier part of the run has left; `None` if nothing is recorded.
    pub(crate) fn unfinished(&self) -> Option<&Unfinished> {
        self.work.as_ref().map(|work| &work.left)
    }

    /// Whether it resumes an earlier run.
    pub(crate) fn goes_on(&self) -> bool {
        self.work.as_ref().is_some_and(|work| work.goes_on)
    }
}
