//! The process that a worker starts for a run: it becomes the import that was submitted.

use super::args::queue::{ChildArgs, WorkerArgs};
use super::error::CliError;
use super::import_report::ImportReport;
use super::queued_options::{FILES, FOR_THE_WORKER};
use super::runs::which_store;
use super::settings::Settings;
use super::store_access::named_store;
use crate::import::ImportError;
use crate::import::absent_run::file_name;
use crate::import::access::Owner;
use crate::import::confirmation::Confirmation;
use crate::import::fetched_job::{fetch_input, fetch_job};
use crate::import::queued_job::QueuedJob;
use crate::import::shared_store::{AssignedRun, SharedStore};
use crate::import::store_error::StoreUseError;
use crate::store::{StoreError, StoredRun};
use crate::visible::visible;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Value;

/// The folders of the file, with its results, and of the files that options name.
const INPUT: &str = "input";
const OPTIONS: &str = "options";

/// The import of a run that a worker has chosen.
pub(super) struct AssignedImport {
    pub(super) run: AssignedRun,
    /// The command line of the import.
    pub(super) words: Vec<OsString>,
    /// The command as it is shown.
    pub(super) shown: Vec<OsString>,
    /// What was confirmed when the run was queued.
    pub(super) confirmed: Vec<Confirmation>,
}

impl AssignedImport {
    /// Fetches the run and what it needs. Returns the settings of its import as well; `None` if the
    /// command is that of the worker itself.
    ///
    /// # Errors
    /// When the store does not give them, or the run has an option that is none for a worker.
    pub(super) fn begin(
        args: &WorkerArgs,
        report: &ImportReport,
    ) -> Result<Option<(Self, Settings)>, CliError> {
        let ChildArgs { carry_out: Some(id), fence: Some(fence), folder: Some(folder), profile } =
            &args.child
        else {
            return Ok(None);
        };
        let store = named_store(&args.store)?.ok_or_else(which_store)?;
        let fetched = fetch(&store, id, folder);
        let (run, mut job, files) = fetched.inspect_err(|error| report.note_code(error))?;
        let name = file_name(&run).map_err(ImportError::from)?;
        let file = folder.join(INPUT).join(name);
        let confirmed = std::mem::take(&mut job.confirmed);
        let settings = settings(id, job, files)?;
        let address = args.store.store.clone().unwrap_or_default();
        let access = match (profile, &args.env_file) {
            (Some(profile), _) => vec!["--profile".into(), profile.into()],
            (None, Some(file)) => vec!["--env-file".into(), file.into()],
            (None, None) => Vec::new(),
        };
        let begin = ["umbulk", "import"].map(OsString::from);
        let to_store = ["--store", &address].map(OsString::from);
        let printing = ["--json", "--progress", "none", "--"].map(OsString::from);
        let words = [&begin[..], &access, &to_store, &printing, &[file.into()]].concat();
        let shown = [&begin[..], &[name.into()], &to_store].concat();
        Ok(Some((
            Self { run: AssignedRun { id: id.clone(), fence: *fence }, words, shown, confirmed },
            settings,
        )))
    }
}

/// Fetches a run, its job and its files.
fn fetch(
    store: &SharedStore,
    id: &str,
    folder: &Path,
) -> Result<(StoredRun, QueuedJob, BTreeMap<String, PathBuf>), ImportError> {
    store.open(Duration::ZERO).map_err(StoreUseError::from)?;
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
