//! The organizations of a sandbox, and which of them a call means.

use super::directory::Directory;
use super::log::LogFile;
use super::options::SandboxOptions;
use super::state::{ServerState, StartState};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use tokio::sync::Notify;

/// All organizations of a sandbox. They share the address and nothing else.
pub(super) struct Organizations {
    first: Arc<ServerState>,
    by_client: HashMap<String, Arc<ServerState>>,
    /// The token for control calls.
    pub(super) control_token: String,
    /// Notified to refuse new connections for a moment.
    pub(super) refuse: [Arc<Notify>; 2],
}

impl Organizations {
    /// Creates the organizations; `origin` gives each one as it is at the start and after a reset.
    pub(super) fn new(
        options: SandboxOptions,
        origin: impl Fn() -> io::Result<Directory> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let origin: Arc<StartState> = Arc::new(origin);
        let log_file = options.log_file.as_deref().map(LogFile::open).transpose()?.map(Arc::new);
        let refuse: [Arc<Notify>; 2] = Default::default();
        let state = |options: SandboxOptions| {
            ServerState::new(options, Arc::clone(&origin), log_file.clone(), refuse.clone())
        };
        let others = (2..=options.organizations)
            .map(|number| state(options.of_organization(number)).map(Arc::new));
        let others = others.collect::<io::Result<Vec<_>>>()?;
        let first = Arc::new(state(options)?);
        let by_client = std::iter::once(&first).chain(&others).flat_map(|organization| {
            let clients = organization.options.clients();
            clients.map(|client| (client.to_owned(), Arc::clone(organization))).collect::<Vec<_>>()
        });
        let by_client = by_client.collect();
        Ok(Self { by_client, first, control_token: control_token()?, refuse })
    }

    /// Returns the first organization.
    pub(super) fn first(&self) -> &Arc<ServerState> {
        &self.first
    }

    /// Returns the organization of a client. An unknown client is left to the first organization,
    /// which refuses it.
    pub(super) fn of_client(&self, client: &str) -> &Arc<ServerState> {
        self.by_client.get(client).unwrap_or(&self.first)
    }

    /// Returns the organization with an id.
    pub(super) fn with_id(&self, id: &str) -> Option<&Arc<ServerState>> {
        self.by_client.values().find(|organization| organization.options.org_id == id)
    }
}

/// Returns a token that nobody can guess.
fn control_token() -> io::Result<String> {
    let mut bytes = [0; 16];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut bytes).map_err(|_| io::Error::other("the system gives no random numbers"))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
