//! `umbulk submit`: queues an import in a shared store. Any worker carries it out, so everything
//! that decides about its rows goes there, and every question is answered here.

use super::args::import::ImportArgs;
use super::error::CliError;
use super::import_report::ImportReport;
use super::say::{print_out, status_line};
use super::sending;
use super::store_access::store_at;
use super::terminal::Terminal;
use crate::import::config::ImportConfig;
use crate::import::pipeline;
use crate::import::shared_store::SharedStore;
use crate::import::submission::{QueuedOptions, QueuedRun, Submission};
use crate::import::{Exit, ImportError};
use crate::number::{count_thousands, form};
use crate::shell::shell_words;
use crate::visible::visible;
use std::path::Path;
use std::sync::Arc;

/// Queues the imports, one after the other.
pub(super) fn run(
    args: &ImportArgs,
    config: ImportConfig,
    options: QueuedOptions,
    terminal: Terminal,
    report: &ImportReport,
) -> Result<Exit, CliError> {
    let store = store_at(args.store.as_deref())?.map(Arc::new);
    let store = store.ok_or_else(super::runs::which_store)?;
    let (sending, of_runs) = (terminal.sending.clone(), Arc::clone(&store));
    let queue = move || {
        let queueing = Queueing { config, options, terminal, store: of_runs };
        queueing.files()
    };
    sending::until_sending(&sending, report, queue, || store.give_back())
}

/// Files on their way into the queue.
struct Queueing {
    config: ImportConfig,
    options: QueuedOptions,
    terminal: Terminal,
    store: Arc<SharedStore>,
}

impl Queueing {
    /// Queues each file as a run of its own. If a file is refused, it and the files after it are
    /// not queued: they may rely on its rows.
    fn files(&self) -> Result<Exit, ImportError> {
        let (mut ended, mut queued) = (Exit::Good, 0);
        for file in &self.config.files {
            ended = match self.file(file) {
                Ok(exit) => ended.and(exit),
                Err(error) => {
                    if queued > 0 {
                        status_line(&format!(
                            "note: {} {} queued. {} and the files after it were not",
                            count_thousands(queued, "file"),
                            form(queued, "was", "were"),
                            file.display()
                        ));
                    }
                    return Err(error);
                }
            };
            queued += 1;
        }
        Ok(ended)
    }

    fn file(&self, file: &Path) -> Result<Exit, ImportError> {
        let Self { config, options, terminal, store } = self;
        // The journal that an import opens is not needed afterwards.
        let folder = tempfile::tempdir()?;
        // A yes for one file is none for another.
        let confirmed = terminal.confirmed.forget_all();
        let submission = Arc::new(Submission::new(Arc::clone(store), options.clone(), confirmed));
        let mut config = ImportConfig {
            files: vec![file.to_owned()],
            results: Some(folder.path().join("results.csv")),
            submission: Some(Arc::clone(&submission)),
            ..config.clone()
        };
        config.connect.store = Some(Arc::clone(store));
        let ended = pipeline::import(&config, terminal)?;
        if let Some(run) = submission.queued() {
            say_queued(&run, store)?;
        }
        Ok(ended)
    }
}

fn say_queued(run: &QueuedRun, store: &SharedStore) -> Result<(), CliError> {
    let QueuedRun { id, file, rows, organization, host } = run;
    status_line(&format!(
        "queued        {} ({}) for {} at {}, as the run {id}. A worker carries it out; `{}` shows \
         how far it is",
        visible(file),
        count_thousands(*rows, "row"),
        visible(organization),
        visible(host),
        shell_words(["umbulk", "status", id, "--store", store.shown()])
    ));
    print_out(&format!("{id}\n"))
}
