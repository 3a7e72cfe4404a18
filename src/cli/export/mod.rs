//! `umbulk export`: the full list of users, or of groups and product profiles.

mod end;
pub(crate) mod progress;
mod source;
mod wanted;

use crate::cli::args::export::ExportArgs;
use crate::cli::error::CliError;
use crate::cli::output::check_files;
use crate::cli::say::{print_words, status_lines};
use crate::cli::store_access::share_quota_and_lists;
use crate::cli::terminal::Terminal;
use crate::cli::verbosity::Verbosity;
use crate::cli::words::fetch_words;
use crate::export::{
    ExportJob, FetchError, FetchStopped, JobError, ListFetch, ListReporter, Output, RowRenderer,
};
use crate::import::Exit;
use crate::import::access::Access;
use crate::import::config::ConnectConfig;
use crate::import::connection::Connection;
use crate::import::places::is_stdout;
use crate::import::shared_lists::share_lists;
use crate::umapi::ApiError;
use end::ExportEnd;
use source::{find_source, group_kinds, open_store, say_head};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;
use wanted::{ask_for, check_arguments, layout};

/// Returns how to connect, after the lists of other computers are taken in. A stored list is
/// written without asking anybody.
fn connect_config(
    args: &ExportArgs,
    access: Access,
    terminal: &Terminal,
) -> Result<ConnectConfig, CliError> {
    let mut config = args.connect.config(access);
    if !args.cached {
        share_quota_and_lists(args.quota.store.as_deref(), &mut config, terminal)?;
    }
    Ok(config)
}

/// Writes the list to a file or to standard output, and its summary to the terminal.
pub(crate) fn run(
    args: &ExportArgs,
    access: Access,
    terminal: &Terminal,
) -> Result<Exit, CliError> {
    let began = Instant::now();
    check_arguments(args)?;
    let (path, format, packing) = args.file()?;
    let path = check_path(path)?;
    let layout = layout(args, format)?;
    let (queries, filter) = ask_for(args)?;
    let config = connect_config(args, access, terminal)?;
    let connection = Connection::prepare(&config, terminal)?;
    let store = open_store(&connection)?;
    let (source, filter) = find_source(args, &store, &queries, filter)?;
    let kinds = group_kinds(args, &store, terminal)?;
    let output = Output::open(&path, packing)?;
    say_head(args, &connection, &source, terminal);
    let mut job = ExportJob::new(RowRenderer { layout, filter, kinds }, output);
    job.verbose = terminal.verbosity >= Verbosity::Responses;
    let seen = job.seen();
    let mut end = ExportEnd::new(args.noun(), &connection, &source, path);
    let fetch = ListFetch {
        kind: args.kind(),
        client: &connection.client,
        rates: &connection.rates,
        store: &store,
        reporter: terminal,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(fetch.run(job, source, &seen));
    // Pages in flight are abandoned.
    runtime.shutdown_background();
    config.store.iter().for_each(|shared| {
        share_lists(shared, (&connection.run_place(), &store), terminal);
    });
    end.count(&connection.client.stats(), &seen, began.elapsed());
    let exit = match ended {
        Ok(written) => {
            if args.snapshot {
                let lists = written.stored.iter();
                end.snapshots = lists.map(|list| store.retain(list)).collect::<Result<_, _>>()?;
            }
            end.complete(written);
            Exit::Good
        }
        Err(FetchStopped { why, goes_on: false }) => {
            remove_empty_part(&end.file);
            let advice = match why {
                FetchError::Api(ApiError::NoAnswer(_))
                | FetchError::Job(JobError::Api(ApiError::NoAnswer(_))) => {
                    ". Try again later; `umbulk check` says whether the server responds"
                }
                _ => "",
            };
            return Err(CliError(format!("{}. No file was written{advice}", fetch_words(&why))));
        }
        Err(FetchStopped { why, goes_on: true }) => {
            let pace = connection.client.pace(fetch.class());
            end.stop(fetch_words(&why), seen.of.load(Ordering::Relaxed), &pace);
            Exit::Stopped
        }
    };
    end.exit = exit as u8;
    say_end(&end, args, terminal)?;
    Ok(exit)
}

/// Refuses a file that cannot be written, or that a run is using. Returns `-` for standard output.
fn check_path(path: PathBuf) -> Result<PathBuf, CliError> {
    if is_stdout(&path) {
        return Ok(PathBuf::from("-"));
    }
    check_files(&[], &[("the list", path.clone())])?;
    Ok(path)
}

/// Removes the file that was begun for this one and has no rows.
fn remove_empty_part(path: &Path) {
    if path.is_file() || !path.exists() {
        let _ = std::fs::remove_file(path.with_added_extension("partial"));
    }
}

/// Prints how the export ended, on standard output unless the list is there.
fn say_end(end: &ExportEnd, args: &ExportArgs, terminal: &Terminal) -> Result<(), CliError> {
    end.notes.iter().for_each(|note| terminal.inform(&format!("note: {note}")));
    let summary =
        if args.json { format!("{}\n", serde_json::to_string(end)?) } else { end.to_string() };
    if end.file != Path::new("-") {
        print_words(&summary)?;
    } else if !terminal.verbosity.is_quiet() || end.stopped.is_some() {
        status_lines(summary.trim_end());
    }
    Ok(())
}
