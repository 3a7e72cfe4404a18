//! What a worker answers on `--listen`: `/healthz` for the program that restarts it, `/metrics` for
//! Prometheus.

use super::error::CliError;
use super::worker_metrics::WorkerMetrics;
use crate::store::RunStore;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long the head of a request may take.
const HEAD: Duration = Duration::from_secs(10);
/// The media type of the text format of Prometheus.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is asked.
struct WorkerServer {
    metrics: Arc<WorkerMetrics>,
    runs: Arc<dyn RunStore>,
}

/// Answers on an address, on a thread of its own. Returns the address with its port.
///
/// # Errors
/// When nothing can listen there.
pub(super) fn listen(
    address: SocketAddr,
    metrics: Arc<WorkerMetrics>,
    runs: Arc<dyn RunStore>,
) -> Result<SocketAddr, CliError> {
    let named = |error: std::io::Error| {
        CliError(format!("--listen {address}: {}", crate::fs::in_words(&error)))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind(address)).map_err(named)?;
    let bound = listener.local_addr().map_err(named)?;
    let server = Arc::new(WorkerServer { metrics, runs });
    let serving = move || runtime.block_on(serve(listener, server));
    std::thread::Builder::new().name("metrics".to_owned()).spawn(serving)?;
    Ok(bound)
}

async fn serve(listener: TcpListener, server: Arc<WorkerServer>) {
    loop {
        // Too many open files: others will be closed.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            let answer = service_fn(|request: Request<Incoming>| {
                let answer = server.answer(request.method(), request.uri().path());
                async move { Ok::<_, Infallible>(answer) }
            });
            let mut connection = hyper::server::conn::http1::Builder::new();
            connection.timer(TokioTimer::new()).header_read_timeout(HEAD);
            // A connection that breaks is nobody's error here.
            let _ = connection.serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

impl WorkerServer {
    fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        let (status, text) = match path {
            _ if ![Method::GET, Method::HEAD].contains(method) => {
                (StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned())
            }
            "/healthz" if self.metrics.is_healthy() => (StatusCode::OK, "ok\n".to_owned()),
            "/healthz" => {
                (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n".to_owned())
            }
            "/metrics" => {
                let queue = self.runs.counts().ok();
                (StatusCode::OK, self.metrics.text(queue.as_deref()))
            }
            _ => (StatusCode::NOT_FOUND, "/healthz or /metrics\n".to_owned()),
        };
        let mut response = Response::new(Full::new(Bytes::from(text)));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(METRICS));
        response
    }
}
