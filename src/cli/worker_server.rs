//! What a worker answers on `--listen`: `/healthz` for the supervisor (systemd, Kubernetes),
//! `/metrics` for Prometheus.

use super::error::CliError;
use super::worker_metrics::WorkerMetrics;
use crate::store::StateCount;
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

/// How long the answer of `/metrics` waits for the store: less than Prometheus waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Counts the runs of the store; `None` if it does not answer.
pub(super) type CountRuns = dyn Fn() -> Option<Vec<StateCount>> + Send + Sync;

/// What answers are made of.
struct WorkerServer {
    metrics: Arc<WorkerMetrics>,
    count: Arc<CountRuns>,
}

/// Answers on an address, on a thread of its own. Returns the address with its port.
///
/// # Errors
/// When nothing can listen there.
pub(super) fn listen(
    address: SocketAddr,
    metrics: Arc<WorkerMetrics>,
    count: Arc<CountRuns>,
) -> Result<SocketAddr, CliError> {
    let named = |error: std::io::Error| {
        CliError(format!("--listen {address}: {}", crate::fs::in_words(&error)))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind(address)).map_err(named)?;
    let bound = listener.local_addr().map_err(named)?;
    let server = Arc::new(WorkerServer { metrics, count });
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
            let answer = service_fn(async |request: Request<Incoming>| {
                Ok::<_, Infallible>(server.answer(request.method(), request.uri().path()).await)
            });
            let mut connection = hyper::server::conn::http1::Builder::new();
            connection.timer(TokioTimer::new()).header_read_timeout(HEAD);
            // A connection that breaks is nobody's error here.
            let _ = connection.serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

impl WorkerServer {
    async fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        let (status, text) = match path {
            _ if ![Method::GET, Method::HEAD].contains(method) => {
                (StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned())
            }
            "/healthz" if self.metrics.is_healthy() => (StatusCode::OK, "ok\n".to_owned()),
            "/healthz" => {
                (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n".to_owned())
            }
            "/metrics" => {
                let queue = self.queue().await;
                (StatusCode::OK, self.metrics.text(queue.as_deref()))
            }
            _ => (StatusCode::NOT_FOUND, "/healthz or /metrics\n".to_owned()),
        };
        let mut response = Response::new(Full::new(Bytes::from(text)));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(METRICS));
        response
    }

    /// Counts the runs of the store, while other requests are answered.
    async fn queue(&self) -> Option<Vec<StateCount>> {
        let count = Arc::clone(&self.count);
        let counted = tokio::task::spawn_blocking(move || count());
        tokio::time::timeout(PATIENCE, counted).await.ok()?.ok()?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::sync::{Mutex, mpsc};

    fn get(address: SocketAddr, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream
    }

    fn answer(mut stream: TcpStream) -> String {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn silent_store_does_not_hold_up_the_answer_to_the_supervisor() {
        let (asked, is_asked) = mpsc::channel();
        let (go_on, wait) = mpsc::channel::<()>();
        let (asked, wait) = (Mutex::new(asked), Mutex::new(wait));
        let count = move || {
            asked.lock().unwrap().send(()).unwrap();
            // Until the other side is dropped.
            let _ = wait.lock().unwrap().recv();
            None
        };
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let address = listen(address, Arc::default(), Arc::new(count)).unwrap();
        let metrics = get(address, "/metrics");
        is_asked.recv().unwrap();
        assert!(answer(get(address, "/healthz")).starts_with("HTTP/1.1 200"));
        drop(go_on);
        assert!(answer(metrics).contains("umbulk_store_up 0"));
    }
}
