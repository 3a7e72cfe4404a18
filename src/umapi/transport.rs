//! How requests reach the servers: over HTTP, or in a test straight to an organization in memory.

use super::answer::transport_cause;
use super::body::{MarkedBody, Sent};
use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Method, Response, Url};
use std::future::Future;
use std::pin::Pin;
use tokio::time::Instant;

/// A request as it leaves, with all its headers.
#[derive(Debug)]
pub(crate) struct OutgoingRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no response.
#[derive(Debug)]
pub(crate) struct TransportError {
    /// In words.
    pub(crate) cause: String,
    /// The request may have reached the server.
    pub(crate) has_left: bool,
}

/// What [`Transport::send`] gives.
pub(crate) type Sending<'t> = Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 't>>;

/// Takes requests to a server and brings the responses back.
pub(crate) trait Transport: Send + Sync {
    /// Sends a request once, and waits for the beginning of the response. `sent` is set when the
    /// last byte has been handed over.
    fn send(&self, request: OutgoingRequest, sent: Sent) -> Sending<'_>;
}

impl Transport for reqwest::Client {
    fn send(&self, request: OutgoingRequest, sent: Sent) -> Sending<'_> {
        let OutgoingRequest { method, url, headers, body } = request;
        let mut outgoing = self.request(method, url).headers(headers);
        if body.is_empty() {
            // Without a body, the request has left when it was handed over.
            let _ = sent.set(Instant::now());
        } else {
            outgoing = outgoing.body(reqwest::Body::wrap(MarkedBody::new(body, sent.clone())));
        }
        Box::pin(async move {
            outgoing
                .send()
                .await
                .map_err(|error| TransportError { cause: transport_cause(&error), has_left: sent.get().is_some() && !error.is_connect() })
        })
    }
}
