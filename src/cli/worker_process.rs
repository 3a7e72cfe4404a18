//! The process of a run that a worker has chosen: how it begins, and what it leaves.

use super::worker_access::ChildAccess;
use crate::store::{Lease, LeaseEnd, RunPlace, RunState};
use crate::visible::visible;
use serde_json::{Map, Value};
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;
use tempfile::TempDir;

/// How the processes of a worker begin.
#[derive(Debug)]
pub(super) struct ProcessStart {
    /// The path of this program when the worker started: an upgrade may replace the file.
    pub(super) program: PathBuf,
    /// The address of the store, as it was given.
    pub(super) address: String,
}

/// A process that carries out a run.
pub(super) struct RunProcess {
    pub(super) lease: Lease,
    pub(super) place: RunPlace,
    pub(super) began: Instant,
    id: u32,
    /// The files of the run, which go with it.
    _folder: TempDir,
}

impl ProcessStart {
    /// Begins the process of a run with these credentials. `on_end` is called with what it has
    /// left.
    ///
    /// # Errors
    /// When there can be no further process or thread.
    pub(super) fn begin(
        &self,
        (lease, place): (&Lease, &RunPlace),
        access: Option<&ChildAccess>,
        on_end: impl FnOnce(io::Result<Output>) + Send + 'static,
    ) -> io::Result<RunProcess> {
        let folder = tempfile::Builder::new().prefix("umbulk-run-").tempdir()?;
        let mut command = Command::new(&self.program);
        command.args(["worker", "--carry-out", &lease.run, "--fence", &lease.fence.to_string()]);
        command.arg("--folder").arg(folder.path()).args(["--store", &self.address]);
        command.args(match access {
            Some(ChildAccess::Profile(name)) => vec![OsString::from("--profile"), name.into()],
            Some(ChildAccess::EnvFile(path)) => vec!["--env-file".into(), path.into()],
            Some(ChildAccess::Environment) | None => Vec::new(),
        });
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        // Ctrl-C reaches the worker alone, which tells its processes once.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        // A process that nobody waits for must not begin.
        let waiting = wait_for_end(on_end)?;
        let child = command.spawn()?;
        let id = child.id();
        // The thread waits for it.
        let _ = waiting.send(child);
        let (lease, place, began) = (lease.clone(), place.clone(), Instant::now());
        Ok(RunProcess { lease, place, began, id, _folder: folder })
    }
}

/// Waits for the end of the process that it is given, on a thread of its own.
fn wait_for_end(
    on_end: impl FnOnce(io::Result<Output>) + Send + 'static,
) -> io::Result<Sender<Child>> {
    let (waiting, child) = channel::<Child>();
    let wait = move || {
        if let Ok(child) = child.recv() {
            on_end(child.wait_with_output());
        }
    };
    std::thread::Builder::new().name("run".to_owned()).spawn(wait)?;
    Ok(waiting)
}

impl RunProcess {
    /// Interrupts it as Ctrl-C does.
    #[cfg(unix)]
    pub(super) fn interrupt(&self) {
        let id = i32::try_from(self.id).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            // It may have ended meanwhile.
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
    }

    /// Only Unix has a signal for that: elsewhere the worker waits for the end of the run.
    #[cfg(not(unix))]
    pub(super) fn interrupt(&self) {}

    /// Returns the lease that the process has had, once it has claimed the run.
    pub(super) fn own_lease(&self) -> Lease {
        Lease { run: self.lease.run.clone(), fence: self.lease.fence + 1 }
    }
}

/// What the process of a run has left.
pub(super) struct RunFacts {
    /// What it has printed for programs; nothing if it has crashed.
    pub(super) object: Map<String, Value>,
    /// How it has crashed.
    crash: Option<String>,
}

/// Errors of an import that come back wherever it is tried again. Others may be those of this
/// computer.
const LASTING: [&str; 3] = ["error.usage", "error.guard", "error.store.damaged"];

impl RunFacts {
    /// Reads what a process has left.
    pub(super) fn of(output: io::Result<Output>) -> Self {
        let Ok(output) = output else { return Self { object: Map::new(), crash: None } };
        match serde_json::from_slice::<Map<String, Value>>(&output.stdout) {
            Ok(object) => Self { object, crash: None },
            Err(_) => Self { object: Map::new(), crash: Some(crash_words(&output)) },
        }
    }

    /// Whether the process has ended without a word for programs.
    pub(super) fn has_crashed(&self) -> bool {
        self.crash.is_some()
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.object.get(key).and_then(Value::as_str)
    }

    /// Returns the code of its error.
    pub(super) fn code(&self) -> &str {
        self.text("code").unwrap_or("the process has not said why")
    }

    /// Returns what becomes of a run that its process has not taken.
    pub(super) fn end_without_claim(&self) -> LeaseEnd {
        let state = match LASTING.contains(&self.code()) {
            true => RunState::Refused,
            false => RunState::Queued,
        };
        let reason = self.text("error").or(self.crash.as_deref());
        let reason = reason.unwrap_or("the process of the run ended early").to_owned();
        LeaseEnd { state, exit_status: 2, reason: Some(reason) }
    }
}

/// Describes a crash by the last line that the process has written.
fn crash_words(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    let last = last.map_or_else(String::new, |line| format!(": {}", visible(line)));
    format!("the process of the run has crashed ({}){last}", output.status)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {

    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    fn facts(status: i32, stdout: &str, stderr: &str) -> RunFacts {
        let status = ExitStatus::from_raw(status);
        RunFacts::of(Ok(Output { status, stdout: stdout.into(), stderr: stderr.into() }))
    }

    #[test]
    fn process_that_crashes_leaves_its_last_line() {
        let crashed = facts(9, "", "run begun\nout of memory\n\n");
        let end = crashed.end_without_claim();
        assert_eq!(end.state, RunState::Queued);
        let reason = end.reason.unwrap();
        assert!(crashed.has_crashed() && reason.ends_with("(SIGKILL)): out of memory"), "{reason}");
        let refused = facts(2 << 8, r#"{"code":"error.guard","error":"why"}"#, "error: why\n");
        let end = refused.end_without_claim();
        assert_eq!((end.state, end.reason.as_deref()), (RunState::Refused, Some("why")));
        assert!(!refused.has_crashed());
    }
}
