//! `umbulk submit`: queues an import in a shared store. Any worker carries it out, so everything
//! that decides about its rows goes there, and every question is answered here.

use super::args::import::ImportArgs;
use super::error::CliError;
use super::import_report::ImportReport;
use super::say::{print_out, status_line};
use super::sending;
use super::store_access::store_at;
use super::terminal::Terminal;
use crate::import::Exit;
use crate::import::config::ImportConfig;
use crate::import::pipeline;
use crate::import::shared_store::SharedStore;
use crate::import::submission::{QueuedOptions, QueuedRun, Submission};
use crate::number::count_thousands;
use crate::shell::shell_words;
use crate::visible::visible;
use std::sync::Arc;

/// Queues the import.
pub(super) fn run(
    args: &ImportArgs,
    config: ImportConfig,
    options: QueuedOptions,
    terminal: Terminal,
    report: &ImportReport,
) -> Result<Exit, CliError> {
    let [_] = args.files.as_slice() else {
        return Err(CliError(
            "one file is queued at a time: nothing was queued. Type the command once for each \
             file; the runs of an organization are carried out in the order of submission"
                .to_owned(),
        ));
    };
    let store = store_at(args.store.as_deref())?.map(Arc::new);
    let store = store.ok_or_else(super::runs::which_store)?;
    // The journal that an import opens is not needed afterwards.
    let folder = tempfile::tempdir()?;
    let confirmed = terminal.confirmed.clone();
    let submission = Arc::new(Submission::new(Arc::clone(&store), options, confirmed));
    let mut config = ImportConfig {
        results: Some(folder.path().join("results.csv")),
        submission: Some(Arc::clone(&submission)),
        ..config
    };
    config.connect.store = Some(Arc::clone(&store));
    let sending = terminal.sending.clone();
    let import = move || pipeline::import(&config, &terminal);
    let ended = sending::until_sending(&sending, report, import, || store.give_back())?;
    if let Some(run) = submission.queued() {
        say_queued(&run, &store)?;
    }
    drop(folder);
    Ok(ended)
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
