//! Logs internal events, to show why a request or a row waits: on the terminal with `-vv`, as JSON
//! Lines with `--log-file`.

use super::error::CliError;
use crate::cli::verbosity::Verbosity;
use crate::fs::append_file;
use crate::import::places::is_our_own;
use crate::visible::VisibleWriter;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Mutex;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// The beginning of every line of such a file.
const BEGIN: &[u8] = b"{\"timestamp\"";

/// Starts the log in a file, and on the terminal if so much is to be printed. Control characters
/// are escaped, because text of servers and files could command the terminal.
///
/// # Errors
/// When the file cannot be written, or is not a log.
pub(crate) fn start(verbosity: Verbosity, file: Option<&Path>) -> Result<(), CliError> {
    let terminal = (verbosity == Verbosity::Log).then(|| {
        fmt::layer()
            .with_ansi(false)
            .with_writer(|| VisibleWriter::new(io::stderr()))
            .with_filter(umbulk())
    });
    let file = file.map(open).transpose()?.map(|file| {
        fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(Mutex::new(VisibleWriter::new(file)))
            .with_filter(umbulk())
    });
    if terminal.is_some() || file.is_some() {
        tracing_subscriber::registry().with(terminal).with(file).init();
    }
    Ok(())
}

/// Starts the log of a worker: JSON Lines on standard error. Events of its runs below warnings are
/// not logged: there are many, and some contain values of rows.
pub(crate) fn start_lines() {
    let own = concat!(env!("CARGO_CRATE_NAME"), "::cli");
    let wanted = Targets::new()
        .with_target(env!("CARGO_CRATE_NAME"), Level::WARN)
        .with_target(own, Level::INFO);
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_writer(|| VisibleWriter::new(io::stderr()))
        .with_filter(wanted);
    tracing_subscriber::registry().with(lines).init();
}

/// Selects umbulk's own events: those of libraries are not needed, and may contain secrets.
fn umbulk() -> Targets {
    Targets::new().with_target(env!("CARGO_CRATE_NAME"), Level::DEBUG)
}

/// Opens a new file, or appends to the log of an earlier run.
fn open(path: &Path) -> Result<File, CliError> {
    let named =
        |error: io::Error| CliError(format!("--log-file {}", crate::fs::named(path)(error)));
    if is_our_own(path) {
        return Err(CliError(format!(
            "--log-file {}: umbulk keeps that kind of name for files of its own. Nothing was \
             done. Choose another name",
            path.display()
        )));
    }
    if path.is_file() {
        let mut begin = Vec::new();
        let file = File::open(path).map_err(named)?;
        file.take(BEGIN.len() as u64).read_to_end(&mut begin).map_err(named)?;
        if !begin.is_empty() && begin != BEGIN {
            return Err(CliError(format!(
                "--log-file {}: this file exists and is not a log of umbulk: nothing was done. \
                 Choose another name",
                path.display()
            )));
        }
    }
    append_file(path).map_err(|error| CliError(format!("--log-file {error}")))
}
