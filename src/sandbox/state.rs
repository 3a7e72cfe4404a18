//! The state that all calls to a sandbox share.

use super::directory::Directory;
use super::faults::Faults;
use super::late::Late;
use super::log::Log;
use super::options::SandboxOptions;
use super::throttle::Throttle;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Creates the organization, at the start and at every reset.
type StartState = dyn Fn() -> io::Result<Directory> + Send + Sync;

/// The state that all calls share.
pub(super) struct ServerState {
    pub(super) options: SandboxOptions,
    pub(super) directory: Mutex<Directory>,
    /// The tokens, each with its client and the end of its life.
    pub(super) tokens: Mutex<HashMap<String, (String, Instant)>>,
    pub(super) throttle: Mutex<Throttle>,
    pub(super) faults: Faults,
    pub(super) log: Log,
    pub(super) late: Late,
    /// The token for control calls.
    pub(super) control_token: String,
    /// Notified to refuse new connections for a moment.
    pub(super) refuse: [Arc<Notify>; 2],
    pub(super) origin: Box<StartState>,
}

impl ServerState {
    /// Creates the state; `origin` gives the organization as it is at the start and after a reset.
    pub(super) fn new(
        options: SandboxOptions,
        origin: impl Fn() -> io::Result<Directory> + Send + Sync + 'static,
    ) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            directory: Mutex::new(origin()?),
            tokens: Mutex::default(),
            throttle: Mutex::new(Throttle::new(options.limits.clone())),
            faults: Faults::new(options.troubles.clone(), options.seed),
            log: Log::open(options.log_file.as_deref())?,
            late: Late::default(),
            control_token: control_token()?,
            refuse: Default::default(),
            origin: Box::new(origin),
            options,
        }))
    }
}

/// Returns a token that nobody can guess.
fn control_token() -> io::Result<String> {
    let mut bytes = [0; 16];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut bytes).map_err(|_| io::Error::other("the system gives no random numbers"))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
