//! The transport to the servers: HTTP, or in a test an organization in memory.

use super::credentials::{Endpoints, is_loopback};
use super::response::transport_cause;
use super::send_gate::RequestGate;
use super::server_tls::tls_config;
use super::tracked_body::{SentAt, TrackedBody};
use super::trusted_certificates::TrustedCertificates;
use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Method, Response, Url};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::Instant;

/// A request with all its headers. It cannot be printed, because it may contain the client secret.
pub(crate) struct OutgoingRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Asked once more when the body goes to the connection.
    pub(crate) gate: Option<RequestGate>,
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
        let OutgoingRequest { method, url, headers, body, gate } = request;
        let mut outgoing = self.request(method, url).headers(headers);
        if body.is_empty() {
            // A request without a body counts as sent as soon as it is started.
            let _ = sent.set(Instant::now());
        } else {
            let body = TrackedBody::new(body, sent.clone(), gate);
            outgoing = outgoing.body(reqwest::Body::wrap(body));
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
#[error("TLS cannot be set up: {0}")]
pub struct TlsError(String);

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
    let tls = tls_config(trusted.all()).map_err(|error| TlsError(error.to_string()))?;
    let mut builder = reqwest::Client::builder()
        .user_agent(user_agent)
        .timeout(timeout)
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .http1_only()
        .tcp_nodelay(true)
        .tls_backend_preconfigured(tls);
    if is_loopback(&endpoints.api) && is_loopback(&endpoints.token) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| TlsError(transport_cause(&error)))
}

#[cfg(test)]
mod tests {
    use super::super::send_gate::{SendGate, SendRefusal};
    use super::*;
    use std::io::Read;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// A gate that closes once the request has its connection: the process was stopped for a while
    /// before it wrote anything.
    #[derive(Debug)]
    struct ClosesMeanwhile(Arc<AtomicBool>);

    impl SendGate for ClosesMeanwhile {
        fn may_send(&self, _: Duration) -> Result<(), SendRefusal> {
            match self.0.load(Ordering::Relaxed) {
                true => Err(SendRefusal::Never("w2 has taken over".to_owned())),
                false => Ok(()),
            }
        }
    }

    #[tokio::test]
    async fn request_whose_gate_closes_before_its_bytes_leave_sends_none() {
        for is_closed in [false, true] {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let host = format!("http://{}", listener.local_addr().unwrap());
            let closed = Arc::new(AtomicBool::new(false));
            let closing = Arc::clone(&closed);
            // Nothing is written before the connection is there.
            let server = std::thread::spawn(move || {
                let (mut connection, _) = listener.accept().unwrap();
                closing.store(is_closed, Ordering::Relaxed);
                let mut bytes = Vec::new();
                let _ = connection
                    .set_read_timeout(Some(Duration::from_millis(300)))
                    .and_then(|()| connection.read_to_end(&mut bytes));
                bytes.len()
            });
            let endpoints = Endpoints::resolve(Some(&host), None, Some(&host)).unwrap();
            let timeout = Duration::from_secs(5);
            let trusted = TrustedCertificates::default();
            let client = http_client(&endpoints, timeout, "test", &trusted).unwrap();
            // The accepting thread may be slower than the client.
            closed.store(is_closed, Ordering::Relaxed);
            let request = OutgoingRequest {
                method: Method::POST,
                url: Url::parse(&host).unwrap(),
                headers: HeaderMap::new(),
                body: Bytes::from_static(b"[]"),
                gate: Some(RequestGate::new(
                    Some(Arc::new(ClosesMeanwhile(closed))),
                    timeout,
                    None,
                )),
            };
            let sent = SentAt::default();
            let error = client.send(request, sent.clone()).await.unwrap_err();
            assert_eq!(error.has_left, !is_closed, "{}", error.cause);
            assert_eq!((sent.get().is_none(), server.join().unwrap() == 0), (is_closed, is_closed));
        }
    }
}
