//! A running organization: its start, changes and stop.

use super::certificate::Tls;
use super::directory::Directory;
use super::faults::Faults;
use super::lock::lock;
use super::log::Received;
use super::options::SandboxOptions;
use super::organizations::Organizations;
use super::serve::serve;
use crate::fs::in_words;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A running organization, or several at one address ([`SandboxOptions::organizations`]): then the
/// methods tell of the first. Dropping it stops it.
pub struct Sandbox {
    http: SocketAddr,
    https: Option<(SocketAddr, String)>,
    organizations: Arc<Organizations>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// An organization in memory, without a port, for requests without a connection.
#[cfg(test)]
pub(crate) struct InMemory(Arc<Organizations>);

#[cfg(test)]
impl InMemory {
    /// Creates an organization that is asked in memory.
    pub(crate) fn new(options: SandboxOptions, directory: Directory) -> io::Result<Self> {
        Organizations::new(options, move || Ok(directory.clone())).map(Arc::new).map(Self)
    }

    /// Returns the faults to come.
    pub(crate) fn faults(&self) -> &Faults {
        &self.0.first().faults
    }

    /// Returns the response with its body; `None` if the connection would be cut.
    pub(crate) async fn respond(
        &self,
        request: hyper::Request<hyper::body::Bytes>,
    ) -> Option<hyper::Response<hyper::body::Bytes>> {
        super::serve::respond_in_memory(&self.0, request).await
    }

    /// Calls a function with the current organization.
    pub(crate) fn with_directory<T>(&self, read: impl FnOnce(&Directory) -> T) -> T {
        read(&lock(&self.0.first().directory))
    }

    /// Returns the calls so far.
    pub(crate) fn traffic(&self) -> Vec<Received> {
        self.0.first().log.all()
    }
}

impl Sandbox {
    /// Starts an organization on loopback, on a thread of its own.
    ///
    /// # Errors
    /// When the address is not on loopback, or a port or the log file cannot be opened.
    pub fn start(options: SandboxOptions, directory: Directory) -> io::Result<Self> {
        Self::start_from(options, move || Ok(directory.clone()))
    }

    /// Starts an organization that `origin` creates, now and at every reset, on a thread of its
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

    /// Starts an organization on the current runtime, and so on that runtime's clock.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn start_within(options: SandboxOptions, directory: Directory) -> io::Result<Self> {
        let (sandbox, serving) = Self::prepare(options, move || Ok(directory.clone()))?;
        tokio::spawn(serving);
        Ok(sandbox)
    }

    /// Prepares the organization, and the tasks that answer for it.
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
            let named = |error: io::Error| {
                io::Error::new(error.kind(), format!("port {port}: {}", in_words(&error)))
            };
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
        let organizations = Arc::new(Organizations::new(options, origin)?);
        let [refuse_plain, refuse_secure] = organizations.refuse.clone();
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&organizations);
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
        Ok((Self { http, https, organizations, stop: Some(stop), thread: None }, serving))
    }

    /// Returns the options with which it was started.
    pub fn options(&self) -> &SandboxOptions {
        &self.organizations.first().options
    }

    /// Returns the address for HTTP.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Returns the address for HTTPS, and the certificate (PEM) of the authority to trust.
    pub fn https(&self) -> Option<(SocketAddr, &str)> {
        self.https.as_ref().map(|(address, pem)| (*address, pem.as_str()))
    }

    /// Returns the API's address, for `UMAPI_URL`.
    pub fn url(&self) -> String {
        format!("http://{}/v2/usermanagement", self.http)
    }

    /// Returns the token service's address, for `UMAPI_AUTH_HOST`.
    pub fn auth_host(&self) -> String {
        format!("http://{}", self.http)
    }

    /// Returns the token for control calls, as `Authorization: Bearer`. Created at the start.
    pub fn control_token(&self) -> &str {
        &self.organizations.control_token
    }

    /// Returns a copy of the current organization.
    pub fn directory(&self) -> Directory {
        lock(&self.organizations.first().directory).clone()
    }

    /// Calls a function with the current organization, while nothing changes in it.
    pub fn with_directory<T>(&self, read: impl FnOnce(&Directory) -> T) -> T {
        read(&lock(&self.organizations.first().directory))
    }

    /// Returns the calls so far; of very many, only the first.
    pub fn traffic(&self) -> Vec<Received> {
        self.organizations.first().log.all()
    }

    /// Returns the faults to come.
    pub fn faults(&self) -> &Faults {
        &self.organizations.first().faults
    }

    /// Returns the number of requests that were answered and are not carried out yet
    /// ([`InjectedFault::Late`](super::InjectedFault::Late)).
    pub fn late(&self) -> usize {
        self.organizations.first().late.len()
    }

    /// Carries out these requests now, in the order in which they are due.
    pub fn carry_out_late(&self) {
        self.organizations.first().carry_out_late(None);
    }

    /// Invalidates all tokens, as if they had expired.
    pub fn expire_tokens(&self) {
        lock(&self.organizations.first().tokens).clear();
    }

    /// Stops the organization.
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
