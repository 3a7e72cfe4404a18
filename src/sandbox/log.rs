//! The calls that were received.

use crate::fs::private_file;
use hyper::HeaderMap;
use jiff::Timestamp;
use serde::Serialize;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::Instant;

/// The most calls that are kept in memory. A log file has all of them.
const REMEMBERED: usize = 200_000;

/// A call that was received.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// The time of day at which it arrived.
    pub time: Timestamp,
    /// When it arrived, on the runtime's clock.
    #[serde(skip)]
    pub at: Instant,
    /// `action`, `users`, `groups` or `token`.
    pub class: &'static str,
    /// The status of the response; 0 if the connection was cut, or no response was sent.
    pub status: u16,
    /// `X-Api-Key`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// `X-Request-Id`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// `Authorization`. Each process of a client fetches tokens of its own.
    #[serde(skip)]
    pub authorization: Option<String>,
    /// `Pragma`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pragma: Option<String>,
    /// `User-Agent`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The number of commands.
    pub commands: usize,
    /// The first names that commands give.
    #[serde(skip)]
    pub first_names: Vec<String>,
    /// Those of the commands that were carried out without an error.
    #[serde(skip)]
    pub done_first_names: Vec<String>,
    /// The fault that it met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<&'static str>,
}

/// When a call arrived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    time: Timestamp,
    at: Instant,
}

impl Arrival {
    /// Returns the present moment.
    pub(super) fn now() -> Self {
        Self { time: Timestamp::now(), at: Instant::now() }
    }
}

impl Received {
    /// Returns the record of a request and its response.
    pub(super) fn new(
        arrived: Arrival,
        (class, status): (&'static str, u16),
        headers: &HeaderMap,
        commands: usize,
        trouble: Option<&'static str>,
    ) -> Self {
        let header = |name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)
        };
        Self {
            time: arrived.time,
            at: arrived.at,
            class,
            status,
            client: header("x-api-key"),
            request_id: header("x-request-id"),
            authorization: header("authorization"),
            pragma: header("pragma"),
            user_agent: header("user-agent"),
            commands,
            first_names: Vec::new(),
            done_first_names: Vec::new(),
            trouble,
        }
    }
}

/// The file to which the calls of all organizations are written.
#[derive(Debug)]
pub(super) struct LogFile(Mutex<File>);

impl LogFile {
    /// Opens the file anew.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        private_file(path).map(Mutex::new).map(Self)
    }

    fn write(&self, received: &Received) {
        let Ok(mut line) = serde_json::to_vec(received) else { return };
        line.push(b'\n');
        // If the log file fails, logging ends. The organizations continue.
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line);
    }
}

/// The calls so far, and the file to write them to.
#[derive(Debug)]
pub(super) struct Log {
    received: Mutex<Vec<Received>>,
    file: Option<Arc<LogFile>>,
}

impl Log {
    /// Creates the log, which is also written to a file if there is one.
    pub(super) fn new(file: Option<Arc<LogFile>>) -> Self {
        Self { received: Mutex::default(), file }
    }

    /// Adds a request.
    pub(super) fn note(&self, received: Received) {
        if let Some(file) = &self.file {
            file.write(&received);
        }
        let mut all = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < REMEMBERED {
            all.push(received);
        }
    }

    /// Returns all requests so far.
    pub(super) fn all(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets all requests.
    pub(super) fn clear(&self) {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
