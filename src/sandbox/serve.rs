//! Connections on loopback: accepted, answered, cut, and refused for a moment.

use super::api;
use super::organizations::Organizations;
use super::reply::{Cut, Reply, not_allowed, not_found, read_body};
use super::route::{Route, UrlParameters};
use super::{control, token};
use hyper::body::{Bytes, Incoming};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// How long new connections are refused.
const REFUSES_FOR: Duration = Duration::from_millis(300);
/// The most bytes of a request to the API or the token service. Ten full commands with the longest
/// names take less.
const LONGEST_REQUEST: usize = 4 << 20;

/// Answers connections until the runtime ends.
pub(super) async fn serve(
    mut listener: TcpListener,
    tls: Option<TlsAcceptor>,
    organizations: Arc<Organizations>,
    refuse: Arc<Notify>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    tokio::spawn(connection(stream, tls.clone(), Arc::clone(&organizations)));
                }
                // Too many open files: others will be closed.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            () = refuse.notified() => {
                drop(listener);
                tokio::time::sleep(REFUSES_FOR).await;
                listener = again(address).await;
            }
        }
    }
}

/// Listens again as soon as the port is free.
async fn again(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    organizations: Arc<Organizations>,
) {
    // Without this option, responses are only a little slower.
    let _ = stream.set_nodelay(true);
    match tls {
        None => converse(stream, organizations).await,
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                converse(stream, organizations).await;
            }
        }
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    organizations: Arc<Organizations>,
) {
    let service = service_fn(move |request| {
        let organizations = Arc::clone(&organizations);
        async move {
            let reply = respond(&organizations, request).await;
            if reply.extensions().get::<Cut>().is_some() {
                return Err(io::Error::other("cut on purpose"));
            }
            Ok(reply)
        }
    });
    // A connection that fails just ends. The client sees it.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond(organizations: &Arc<Organizations>, request: Request<Incoming>) -> Reply {
    let (head, body) = request.into_parts();
    let route = Route::of(head.uri.path());
    if let Route::Control(what) = &route {
        return control::respond(organizations, &head, what, body).await;
    }
    let body = match read_body(&head.headers, body, LONGEST_REQUEST).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    answer(organizations, &head, route, &body).await
}

/// Answers a call whose body has been read.
async fn answer(
    organizations: &Arc<Organizations>,
    head: &Parts,
    route: Route,
    body: &Bytes,
) -> Reply {
    let query: UrlParameters =
        form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    match route {
        Route::Token | Route::Jwt if head.method != Method::POST => not_allowed("POST"),
        Route::Token => token::grant(organizations, &head.headers, query, body),
        Route::Jwt => token::retired(organizations.first(), &head.headers),
        Route::Elsewhere | Route::Control(_) => not_found(),
        route => {
            let key = head.headers.get("x-api-key").and_then(|key| key.to_str().ok());
            let organization = organizations.of_client(key.unwrap_or_default());
            api::respond(organization, &head.method, route, &query, &head.headers, body).await
        }
    }
}

/// Returns the response to a request without a connection, with its body; `None` if the connection
/// would be cut.
#[cfg(test)]
pub(super) async fn respond_in_memory(
    organizations: &Arc<Organizations>,
    request: Request<Bytes>,
) -> Option<hyper::Response<Bytes>> {
    use http_body_util::BodyExt;
    let (head, body) = request.into_parts();
    let reply = answer(organizations, &head, Route::of(head.uri.path()), &body).await;
    if reply.extensions().get::<Cut>().is_some() {
        return None;
    }
    let (head, body) = reply.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    Some(hyper::Response::from_parts(head, body))
}
