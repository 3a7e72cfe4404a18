//! A running organization: started, looked at, stopped.

use super::certificate::Tls;
use super::directory::Directory;
use super::faults::{Faults, Mix};
use super::late::Late;
use super::log::{Log, Received};
use super::serve::serve;
use super::throttle::{Limits, Throttle};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

/// How a sandbox behaves.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// An address of loopback.
    pub host: IpAddr,
    /// Port for HTTP; 0 takes a free one.
    pub port: u16,
    /// Port for HTTPS, 0 for a free one; `None`: HTTP alone.
    pub tls_port: Option<u16>,
    /// Limits.
    pub limits: Limits,
    /// The client id that it knows.
    pub client_id: String,
    /// Further client ids, with the same secret and limits of their own.
    pub more_clients: Vec<String>,
    /// The secret that goes with them.
    pub client_secret: String,
    /// The organization.
    pub org_id: String,
    /// How long a token is taken.
    pub token_life: Duration,
    /// Users or groups on a page.
    pub page_size: usize,
    /// Every action is answered that much later.
    pub latency: Duration,
    /// `index` and `step` are written as strings.
    pub numbers_as_strings: bool,
    /// `Retry-After` is a date.
    pub retry_after_date: bool,
    /// Empty lists and an empty `update` are refused. Nobody outside Adobe knows whether the
    /// service does; Adobe's own clients send both.
    pub strict_empty: bool,
    /// A `usergroup` command takes ten memberships in all, not ten in each of its steps. The
    /// documentation can be read both ways.
    pub narrow_groups: bool,
    /// Troubles that come by chance.
    pub troubles: Mix,
    /// Decides over them.
    pub seed: u64,
    /// Calls are written there, a JSON line each.
    pub log_file: Option<PathBuf>,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            tls_port: None,
            limits: Limits::default(),
            client_id: "sandbox".to_owned(),
            more_clients: Vec::new(),
            client_secret: "sandbox-secret".to_owned(),
            org_id: "00000000000000000000AAAA@AdobeOrg".to_owned(),
            token_life: Duration::from_secs(86_400),
            page_size: 2000,
            latency: Duration::ZERO,
            numbers_as_strings: false,
            retry_after_date: false,
            strict_empty: false,
            narrow_groups: false,
            troubles: Mix::default(),
            seed: 1,
            log_file: None,
        }
    }
}

/// Makes the organization as it is at the start, also when it is reset.
type StartState = dyn Fn() -> io::Result<Directory> + Send + Sync;

/// A running organization; dropped, it stops.
pub struct Sandbox {
    http: SocketAddr,
    https: Option<(SocketAddr, String)>,
    shared: Arc<ServerState>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What all calls share.
pub(super) struct ServerState {
    pub(super) options: SandboxOptions,
    pub(super) directory: Mutex<Directory>,
    /// Tokens, with the client that each was given to and the end of its life.
    pub(super) tokens: Mutex<HashMap<String, (String, Instant)>>,
    pub(super) throttle: Mutex<Throttle>,
    pub(super) faults: Faults,
    pub(super) log: Log,
    pub(super) late: Late,
    /// Who knows it may give orders.
    pub(super) control_token: String,
    /// New connections are refused for a moment.
    pub(super) refuse: [Arc<Notify>; 2],
    pub(super) origin: Box<StartState>,
}

impl ServerState {
    fn new(
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

/// An organization in memory, without a port: requests are handed to it.
#[cfg(test)]
pub(crate) struct InMemory(Arc<ServerState>);

#[cfg(test)]
impl InMemory {
    pub(crate) fn new(options: SandboxOptions, directory: Directory) -> io::Result<Self> {
        ServerState::new(options, move || Ok(directory.clone())).map(Self)
    }

    /// Troubles to rehearse.
    pub(crate) fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// The response, with its body; `None` where the connection is cut.
    pub(crate) async fn respond(
        &self,
        request: hyper::Request<hyper::body::Bytes>,
    ) -> Option<hyper::Response<hyper::body::Bytes>> {
        super::serve::respond_in_memory(&self.0, request).await
    }

    /// Looks at the organization as it is now.
    pub(crate) fn with_directory<T>(&self, look: impl FnOnce(&Directory) -> T) -> T {
        look(&lock(&self.0.directory))
    }

    /// The calls so far.
    pub(crate) fn traffic(&self) -> Vec<Received> {
        self.0.log.all()
    }
}

impl Sandbox {
    /// Starts an organization on loopback, on a thread of its own.
    ///
    /// # Errors
    /// When the address is not on loopback, or a port or the log file cannot be had.
    pub fn start(options: SandboxOptions, directory: Directory) -> io::Result<Self> {
        Self::start_from(options, move || Ok(directory.clone()))
    }

    /// Starts an organization that `origin` makes, now and whenever it is reset, on a thread of its
    /// own.
    ///
    /// # Errors
    /// As for [`start`](Self::start), and when `origin` fails.
    pub fn start_from(
        options: SandboxOptions,
        origin: impl Fn() -> io::Result<Directory> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut sandbox, serving) = {
            let _within = runtime.enter();
            Self::prepare(options, origin)?
        };
        let thread = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || runtime.block_on(serving))?;
        sandbox.thread = Some(thread);
        Ok(sandbox)
    }

    /// Starts an organization on the runtime that this is called in, so that it lives by that
    /// runtime's clock.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn start_within(options: SandboxOptions, directory: Directory) -> io::Result<Self> {
        let (sandbox, serving) = Self::prepare(options, move || Ok(directory.clone()))?;
        tokio::spawn(serving);
        Ok(sandbox)
    }

    /// The organization, and what must run for it to answer.
    fn prepare(
        options: SandboxOptions,
        origin: impl Fn() -> io::Result<Directory> + Send + Sync + 'static,
    ) -> io::Result<(Self, impl Future<Output = ()> + Send)> {
        if !options.host.is_loopback() {
            let host = options.host;
            return Err(io::Error::other(format!(
                "{host} is not on loopback: the sandbox knows no secrets and is never open to \
                 others"
            )));
        }
        let listen = |port| {
            let named =
                |error: io::Error| io::Error::new(error.kind(), format!("port {port}: {error}"));
            let listener = std::net::TcpListener::bind((options.host, port)).map_err(named)?;
            listener.set_nonblocking(true)?;
            TcpListener::from_std(listener)
        };
        let plain = listen(options.port)?;
        let http = plain.local_addr()?;
        let secure = match options.tls_port {
            Some(port) => Some((listen(port)?, Tls::make()?)),
            None => None,
        };
        let https = secure
            .as_ref()
            .map(|(listener, tls)| Ok::<_, io::Error>((listener.local_addr()?, tls.ca_pem.clone())))
            .transpose()?;
        let shared = ServerState::new(options, origin)?;
        let [refuse_plain, refuse_secure] = shared.refuse.clone();
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        let serving = async move {
            if let Some((listener, tls)) = secure {
                tokio::spawn(serve(
                    listener,
                    Some(tls.acceptor),
                    Arc::clone(&served),
                    refuse_secure,
                ));
            }
            tokio::select! {
                _ = serve(plain, None, served, refuse_plain) => {}
                _ = stopped => {}
            }
        };
        Ok((Self { http, https, shared, stop: Some(stop), thread: None }, serving))
    }

    /// Where it answers over HTTP.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where it answers over HTTPS, and the certificate (PEM) of the authority that vouches for it.
    pub fn https(&self) -> Option<(SocketAddr, &str)> {
        self.https.as_ref().map(|(address, pem)| (*address, pem.as_str()))
    }

    /// The API's address, for `UMAPI_URL`.
    pub fn url(&self) -> String {
        format!("http://{}/v2/usermanagement", self.http)
    }

    /// The token service's address, for `UMAPI_AUTH_HOST`.
    pub fn auth_host(&self) -> String {
        format!("http://{}", self.http)
    }

    /// What calls below `/sandbox/` must know, as `Authorization: Bearer`. Made at the start.
    pub fn control_token(&self) -> &str {
        &self.shared.control_token
    }

    /// The organization as it is now.
    pub fn directory(&self) -> Directory {
        lock(&self.shared.directory).clone()
    }

    /// Looks at the organization as it is now, while nothing changes in it.
    pub fn with_directory<T>(&self, look: impl FnOnce(&Directory) -> T) -> T {
        look(&lock(&self.shared.directory))
    }

    /// The calls so far, the first ones of very many.
    pub fn traffic(&self) -> Vec<Received> {
        self.shared.log.all()
    }

    /// Troubles to rehearse.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// How many requests were answered and are still to be carried out
    /// ([`InjectedFault::Late`](super::InjectedFault::Late)).
    pub fn late(&self) -> usize {
        self.shared.late()
    }

    /// Carries these out now, in the order in which they are due.
    pub fn carry_out_late(&self) {
        self.shared.carry_out_late(None);
    }

    /// Makes all tokens stale, as if they had expired.
    pub fn expire_tokens(&self) {
        lock(&self.shared.tokens).clear();
    }

    /// Stops it.
    pub fn shutdown(self) {}
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A token that nobody can guess.
fn control_token() -> io::Result<String> {
    let mut bytes = [0; 16];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut bytes).map_err(|_| io::Error::other("the system gives no random numbers"))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
