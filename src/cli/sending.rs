//! Handles Ctrl-C, or a terminal that closes, before anything is sent: the program ends at once and
//! says so. After that, the run handles interruptions.

use super::error::CliError;
use super::import_report::ImportReport;
use super::say::status_line;
use super::signals::interrupted;
use crate::import::reporter::ImportEvent;
use crate::import::{Exit, ImportError};
use std::io::IsTerminal;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How far a command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum SendStage {
    /// Nothing was sent.
    #[default]
    Before,
    /// Something may have been sent.
    Begun,
    /// It was given up before anything was sent, so nothing may be sent any more.
    GivenUp,
}

/// Whether a command may have sent something, and whether it still may.
#[derive(Debug, Clone, Default)]
pub(crate) struct SendState(Arc<Mutex<SendStage>>);

impl SendState {
    fn stage(&self) -> MutexGuard<'_, SendStage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that from now on the run handles interruptions.
    ///
    /// # Errors
    /// When the command was given up meanwhile: nothing may be sent.
    pub(crate) fn begins(&self) -> Result<(), ImportError> {
        let mut stage = self.stage();
        match *stage {
            SendStage::GivenUp => Err(ImportError::Interrupted),
            SendStage::Before | SendStage::Begun => {
                *stage = SendStage::Begun;
                Ok(())
            }
        }
    }

    /// Whether something may have been sent.
    pub(crate) fn has_begun(&self) -> bool {
        *self.stage() == SendStage::Begun
    }

    /// Gives the command up unless something may have been sent. Returns whether it is given up,
    /// now or earlier.
    pub(crate) fn give_up(&self) -> bool {
        let mut stage = self.stage();
        if *stage == SendStage::Before {
            *stage = SendStage::GivenUp;
        }
        *stage == SendStage::GivenUp
    }
}

/// Interruptions after something may have been sent. One that comes before the run waits for it is
/// kept.
static OF_THE_RUN: Notify = Notify::const_new();

/// Completes when the run is interrupted, or has been since it began.
pub(crate) async fn run_interrupted() {
    OF_THE_RUN.notified().await;
}

/// Completes when the terminal closes before anything is sent. Later, a run continues without it,
/// and says so.
#[cfg(unix)]
async fn hung_up_before(sending: &SendState) {
    use tokio::signal::unix::{SignalKind, signal};
    if let Ok(mut hangups) = signal(SignalKind::hangup()) {
        while hangups.recv().await.is_some() {
            if !sending.has_begun() {
                return;
            }
            status_line(
                "the terminal went away (SIGHUP): the run continues. `umbulk status` shows how far \
                 it is, SIGTERM ends it",
            );
        }
    }
    std::future::pending::<()>().await;
}

/// Never completes: only Unix has a signal for a terminal that closes.
#[cfg(not(unix))]
async fn hung_up_before(_: &SendState) {
    std::future::pending::<()>().await;
}

/// Signals within this time count as one interruption.
pub(super) const ONE_SIGNAL: Duration = Duration::from_millis(50);

/// The stack size of a process's main thread.
pub(crate) const STACK: usize = 8 << 20;

/// Runs a command on a separate thread, and ends without it if it is interrupted before it sends
/// something. Then it gives back what the command has taken from others.
pub(crate) fn until_sending(
    sending: &SendState,
    report: &ImportReport,
    work: impl FnOnce() -> Result<Exit, ImportError> + Send + 'static,
    give_back: impl FnOnce(),
) -> Result<Exit, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (done, mut ended) = tokio::sync::oneshot::channel();
    let worker =
        std::thread::Builder::new().stack_size(STACK).spawn(move || drop(done.send(work())))?;
    let result = runtime.block_on(async {
        let mut hung_up = pin!(hung_up_before(sending));
        loop {
            let is_hangup = tokio::select! {
                result = &mut ended => return result.ok(),
                () = interrupted() => false,
                () = &mut hung_up => true,
            };
            if !sending.give_up() {
                if is_hangup {
                    // The terminal closed at the moment at which the run began.
                    hung_up.set(hung_up_before(sending));
                    continue;
                }
                OF_THE_RUN.notify_one();
                // Some programs signal the process and its group at once: that counts as one
                // interruption.
                tokio::time::sleep(ONE_SIGNAL).await;
            } else {
                if std::io::stderr().is_terminal() {
                    // Ends the line with the ^C of the terminal.
                    status_line("");
                }
                report.note(ImportEvent::Interrupted);
                // The thread of the work goes on until the process ends, and drops nothing.
                give_back();
                return Some(Err(ImportError::Interrupted));
            }
        }
    });
    match result {
        Some(result) => Ok(result.inspect_err(|error| report.note_code(error))?),
        None => match worker.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(()) => Err(CliError("the command ended without a result".to_owned())),
        },
    }
}
