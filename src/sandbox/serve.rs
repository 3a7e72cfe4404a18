//! Connections on loopback: accepted, cut, and refused for a moment.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// A response that bears this is not sent: the connection is cut instead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut;

/// New connections are refused so long.
const REFUSES_FOR: Duration = Duration::from_millis(300);

/// Answers until the runtime ends.
pub(super) async fn serve(mut listener: TcpListener, tls: Option<TlsAcceptor>, app: Router, refuse: Arc<Notify>) -> io::Result<()> {
    let address = listener.local_addr()?;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    tokio::spawn(connection(stream, tls.clone(), app.clone()));
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

/// Listens there again, as soon as the port can be had.
async fn again(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, app: Router) {
    // An answer goes out at once; where that cannot be set, it goes a little later.
    let _ = stream.set_nodelay(true);
    match tls {
        None => converse(stream, app).await,
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                converse(stream, app).await;
            }
        }
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, app: Router) {
    let service = service_fn(move |request: Request<Incoming>| {
        let app = app.clone();
        async move {
            let response: Response<Body> = app.oneshot(request.map(Body::new)).await.unwrap_or_else(|never| match never {});
            if response.extensions().get::<Cut>().is_some() {
                return Err(io::Error::other("cut on purpose"));
            }
            Ok(response)
        }
    });
    // A connection that ends badly ends; the client sees it.
    let _ = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
}
