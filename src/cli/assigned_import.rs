//! The import of a run that a worker has chosen, as it was submitted.

use super::error::CliError;
use super::import_report::ImportReport;
use super::queued_options::{FILES, FOR_THE_WORKER};
use super::settings::Settings;
use super::worker_access::RunAccess;
use crate::import::ImportError;
use crate::import::absent_run::file_name;
use crate::import::access::Owner;
use crate::import::config::ImportConfig;
use crate::import::confirmation::Confirmation;
use crate::import::fetched_job::{fetch_input, fetch_job};
use crate::import::queued_job::QueuedJob;
use crate::import::shared_store::SharedStore;
use crate::import::store_error::StoreUseError;
use crate::store::{StoreError, StoredRun};
use crate::visible::visible;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use toml::Value;

/// The folders of the file, with its results, and of the files that options name.
const INPUT: &str = "input";
const OPTIONS: &str = "options";

/// Resolves the import of a command line, with these settings alone.
pub(super) type ResolveImport = fn(&[OsString], Settings) -> Result<ImportConfig, CliError>;

/// The import of a run that a worker has chosen.
pub(super) struct AssignedImport {
    /// The store of this run.
    pub(super) store: Arc<SharedStore>,
    pub(super) run: String,
    /// Where the files of the run go.
    pub(super) folder: PathBuf,
    pub(super) access: RunAccess,
    /// The address of the store, as it was given.
    pub(super) address: String,
}

impl AssignedImport {
    /// Fetches what the run needs. Returns the configuration of the import, and what was
    /// confirmed when the run was queued.
    ///
    /// # Errors
    /// When the store does not give it, or the run has an option that a worker does not accept.
    pub(super) fn fetch(
        &self,
        resolve: ResolveImport,
        report: &ImportReport,
    ) -> Result<(ImportConfig, Vec<Confirmation>), CliError> {
        let fetched = self.fetch_files().inspect_err(|error| report.note_code(error))?;
        let (run, mut job, files) = fetched;
        let name = file_name(&run).map_err(ImportError::from)?;
        let file = self.folder.join(INPUT).join(name);
        let confirmed = std::mem::take(&mut job.confirmed);
        let settings = settings(&self.run, job, files)?;
        let access = match &self.access {
            RunAccess::Profile(name) => vec!["--profile".into(), name.into()],
            RunAccess::EnvFile(path) => vec!["--env-file".into(), path.into()],
            RunAccess::Environment => Vec::new(),
        };
        let begin = ["umbulk", "import"].map(OsString::from);
        let to_store = ["--store", &self.address].map(OsString::from);
        let words = [&begin[..], &access, &to_store, &["--".into(), file.into()]].concat();
        let mut config = resolve(&words, settings)?;
        config.typed = [&begin[..], &[name.into()], &to_store].concat();
        config.connect.store = Some(Arc::clone(&self.store));
        Ok((config, confirmed))
    }

    /// Fetches the run, its job and its files.
    fn fetch_files(
        &self,
    ) -> Result<(StoredRun, QueuedJob, BTreeMap<String, PathBuf>), ImportError> {
        let Self { store, run: id, folder, .. } = self;
        let runs = store.runs().map_err(StoreUseError::from)?;
        let run = runs.run(id).and_then(|run| run.ok_or_else(|| StoreError::no_run(id)));
        let run = run.map_err(StoreUseError::from)?;
        let [input, options] = [INPUT, OPTIONS].map(|name| folder.join(name));
        std::fs::create_dir_all(&input)?;
        std::fs::create_dir_all(&options)?;
        fetch_input(&*runs, id, &input.join(file_name(&run)?))?;
        let (job, files) = fetch_job((store, &*runs), id, &options)?;
        Ok((run, job, files))
    }
}

/// Makes the settings of an import from the job of a run. The store may have been written by
/// anybody, so only what decides about rows is taken.
fn settings(
    id: &str,
    job: QueuedJob,
    files: BTreeMap<String, PathBuf>,
) -> Result<Settings, CliError> {
    let mut table = toml::Table::new();
    let is_known = |option: &str| FOR_THE_WORKER.contains(&option);
    let is_file = |option: &str| FILES.contains(&option);
    let unknown = (job.options.keys().find(|option| !is_known(option)))
        .or_else(|| files.keys().find(|option| !is_file(option)));
    if let Some(option) = unknown {
        return Err(CliError(format!(
            "the run {} has the option {}, which this umbulk does not know: use a newer umbulk for \
             the worker. Nothing was sent",
            visible(id),
            visible(option)
        )));
    }
    for (option, mut values) in job.options {
        let value = match (values.pop(), values.is_empty()) {
            (Some(only), true) => Value::String(only),
            (last, _) => {
                values.extend(last);
                Value::Array(values.into_iter().map(Value::String).collect())
            }
        };
        table.insert(option, value);
    }
    for (option, path) in files {
        table.insert(option, Value::String(path.to_string_lossy().into_owned()));
    }
    Ok(Settings {
        path: PathBuf::from(format!("the run {}", visible(id))),
        text: String::new(),
        table,
        owner: Owner::User,
        is_job: true,
        is_alone: true,
    })
}
