//! A computer of its own: a folder for files and state, a clock that may be wrong, and a worker.

use crate::postgres::PASSWORD;
use fastrand::Rng;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Wrong clocks, on Debian from the package `faketime`.
const FAKETIME: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
];

/// A computer that carries out queued runs.
pub(crate) struct Computer {
    pub(crate) folder: PathBuf,
    store: String,
    /// By how many minutes its clock is wrong.
    clock: i32,
    worker: Option<Child>,
    /// Its worker goes on then.
    stopped_until: Option<Instant>,
}

/// Returns a command on a computer with this folder, which knows its profiles.
pub(crate) fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_umbulk"));
    command
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("RUST_BACKTRACE", "1")
        .env("HOME", folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("XDG_STATE_HOME", folder.join("state"))
        .env("TMPDIR", folder)
        .env("PGPASSWORD", PASSWORD)
        .env("SECRET", "sandbox-secret");
    command
}

impl Computer {
    /// Creates a computer with these profiles, whose worker reaches the store at this address. Its
    /// clock may be wrong by some minutes. It is not set while the computer works: after that, an
    /// import from before may seem to be later than rows without a response, and these end as
    /// unknown.
    pub(crate) fn new(folder: PathBuf, profiles: &str, store: &str, random: &mut Rng) -> Self {
        configure(&folder, profiles);
        let clock = if random.bool() { random.i32(-15..=15) } else { 0 };
        Self { folder, store: store.to_owned(), clock, worker: None, stopped_until: None }
    }

    /// Starts its worker, unless it is running.
    pub(crate) fn start(&mut self) {
        if self.worker.as_mut().is_some_and(|worker| worker.try_wait().unwrap().is_none()) {
            return;
        }
        let log = fs::OpenOptions::new().create(true).append(true).open(self.folder.join("log"));
        let mut worker = command(&self.folder, &["worker", "--store", &self.store]);
        let faketime = FAKETIME.iter().find(|path| Path::new(path).exists());
        if let Some(faketime) = faketime.filter(|_| self.clock != 0) {
            worker
                .env("LD_PRELOAD", faketime)
                .env("FAKETIME", format!("{:+}m", self.clock))
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        worker.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.unwrap());
        self.worker = Some(worker.spawn().unwrap());
    }

    /// Sends a signal to its worker, if that is running.
    pub(crate) fn signal(&mut self, name: &str) {
        if let Some(worker) = &mut self.worker
            && worker.try_wait().unwrap().is_none()
        {
            let mut kill = Command::new("kill");
            kill.args([name, &worker.id().to_string()]).stderr(Stdio::null()).status().unwrap();
        }
    }

    /// Stops its worker until then, as a suspended laptop does.
    pub(crate) fn suspend(&mut self, until: Instant) {
        self.signal("-STOP");
        self.stopped_until = Some(until);
    }

    /// Continues its worker if it is time.
    pub(crate) fn wake(&mut self, now: Instant) {
        if self.stopped_until.is_some_and(|until| until <= now) {
            self.stopped_until = None;
            self.signal("-CONT");
        }
    }

    pub(crate) fn is_suspended(&self) -> bool {
        self.stopped_until.is_some()
    }

    /// Returns what its workers have logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Computer {
    fn drop(&mut self) {
        self.signal("-KILL");
        if let Some(mut worker) = self.worker.take() {
            let _ = worker.wait();
        }
    }
}

/// Writes the configuration of a computer.
pub(crate) fn configure(folder: &Path, profiles: &str) {
    fs::create_dir_all(folder.join("umbulk")).unwrap();
    fs::write(folder.join("umbulk/config.toml"), profiles).unwrap();
}
