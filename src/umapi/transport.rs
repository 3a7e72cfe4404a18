//! The transport to the servers: HTTP, or in a test an organization in memory.

use super::credentials::{Endpoints, is_loopback};
use super::response::transport_cause;
use super::tracked_body::{SentAt, TrackedBody};
use super::trusted_certificates::TrustedCertificates;
use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Method, Response, Url};
use std::future::Future;
use std::pin::Pin;
use std::sync::Once;
use std::time::Duration;
use tokio::time::Instant;

/// A request with all its headers. It cannot be printed, because it may contain the client secret.
pub(crate) struct OutgoingRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no response.
#[derive(Debug)]
pub(crate) struct TransportError {
    /// The cause in words.
    pub(crate) cause: String,
    /// Whether the request may have reached the server.
    pub(crate) has_left: bool,
    /// Whether the server took too long.
    pub(crate) timed_out: bool,
}

/// The return value of [`Transport::send`].
pub(crate) type PendingResponse<'t> =
    Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 't>>;

/// Sends requests to a server and returns the responses.
pub(crate) trait Transport: Send + Sync {
    /// Sends a request once, and waits for the head of the response. Sets `sent` when the last byte
    /// went to the connection.
    fn send(&self, request: OutgoingRequest, sent: SentAt) -> PendingResponse<'_>;
}

impl Transport for reqwest::Client {
    fn send(&self, request: OutgoingRequest, sent: SentAt) -> PendingResponse<'_> {
        let OutgoingRequest { method, url, headers, body } = request;
        let mut outgoing = self.request(method, url).headers(headers);
        if body.is_empty() {
            // A request without a body counts as sent as soon as it is started.
            let _ = sent.set(Instant::now());
        } else {
            outgoing = outgoing.body(reqwest::Body::wrap(TrackedBody::new(body, sent.clone())));
        }
        Box::pin(async move {
            outgoing.send().await.map_err(|error| TransportError {
                cause: transport_cause(&error),
                has_left: sent.get().is_some() && !error.is_connect(),
                timed_out: error.is_timeout(),
            })
        })
    }
}

/// The longest time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("TLS cannot be set up: {}", transport_cause(.0))]
pub struct TlsError(#[source] reqwest::Error);

/// Returns the connection to the real servers.
///
/// # Errors
/// When TLS cannot be set up.
pub(super) fn http_client(
    endpoints: &Endpoints,
    timeout: Duration,
    user_agent: &str,
    trusted: &TrustedCertificates,
) -> Result<reqwest::Client, TlsError> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // An error means that a provider is installed already, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let mut builder = reqwest::Client::builder()
        .user_agent(user_agent)
        .timeout(timeout)
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .http1_only()
        .tcp_nodelay(true)
        .tls_certs_merge(trusted.all());
    if is_loopback(&endpoints.api) && is_loopback(&endpoints.token) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(TlsError)
}
