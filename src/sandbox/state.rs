//! The state of an organization, which all calls to it share.

use super::directory::Directory;
use super::faults::Faults;
use super::late::Late;
use super::log::{Log, LogFile};
use super::options::SandboxOptions;
use super::throttle::Throttle;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Creates the organization, at the start and at every reset.
pub(super) type StartState = dyn Fn() -> io::Result<Directory> + Send + Sync;

/// An organization.
pub(super) struct ServerState {
    pub(super) options: SandboxOptions,
    pub(super) directory: Mutex<Directory>,
    /// The tokens, each with its client and the end of its life.
    pub(super) tokens: Mutex<HashMap<String, (String, Instant)>>,
    pub(super) throttle: Mutex<Throttle>,
    pub(super) faults: Faults,
    pub(super) log: Log,
    pub(super) late: Late,
    /// Notified to refuse new connections for a moment.
    pub(super) refuse: [Arc<Notify>; 2],
    pub(super) origin: Arc<StartState>,
}

impl ServerState {
    /// Creates the organization; `origin` gives it as it is at the start and after a reset.
    pub(super) fn new(
        options: SandboxOptions,
        origin: Arc<StartState>,
        log_file: Option<Arc<LogFile>>,
        refuse: [Arc<Notify>; 2],
    ) -> io::Result<Self> {
        Ok(Self {
            directory: Mutex::new(origin()?),
            tokens: Mutex::default(),
            throttle: Mutex::new(Throttle::new(options.limits.clone())),
            faults: Faults::new(options.troubles.clone(), options.seed),
            log: Log::new(log_file),
            late: Late::default(),
            refuse,
            origin,
            options,
        })
    }
}
