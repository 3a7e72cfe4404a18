//! The calls that were received.

use hyper::HeaderMap;
use jiff::Timestamp;
use serde::Serialize;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// Calls that are remembered; a log file holds them all.
const REMEMBERED: usize = 200_000;

/// One call that was received.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// When, by the clock.
    pub time: Timestamp,
    /// When.
    #[serde(skip)]
    pub at: Instant,
    /// `action`, `users`, `groups` or `token`.
    pub class: &'static str,
    /// What was answered; 0 where the connection was cut, or no answer was given.
    pub status: u16,
    /// `X-Api-Key`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// `X-ActionBody-Id`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// `Pragma`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pragma: Option<String>,
    /// `SandboxUser-Agent`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Commands in it.
    pub commands: usize,
    /// The trouble that it met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<&'static str>,
}

impl Received {
    pub(super) fn new(
        class: &'static str,
        status: u16,
        headers: &HeaderMap,
        commands: usize,
        trouble: Option<&'static str>,
    ) -> Self {
        let header = |name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)
        };
        Self {
            time: Timestamp::now(),
            at: Instant::now(),
            class,
            status,
            client: header("x-api-key"),
            request_id: header("x-request-id"),
            pragma: header("pragma"),
            user_agent: header("user-agent"),
            commands,
            trouble,
        }
    }
}

/// The calls so far, and the file that they are written to.
#[derive(Debug, Default)]
pub(super) struct Log {
    received: Mutex<Vec<Received>>,
    file: Option<Mutex<File>>,
}

impl Log {
    pub(super) fn open(file: Option<&Path>) -> io::Result<Self> {
        let file = file.map(File::create).transpose()?.map(Mutex::new);
        Ok(Self { received: Mutex::default(), file })
    }

    pub(super) fn note(&self, received: Received) {
        if let Some(file) = &self.file
            && let Ok(mut line) = serde_json::to_vec(&received)
        {
            line.push(b'\n');
            // Anyone who wants the log sees that it ends; the organization goes on.
            let _ = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line);
        }
        let mut all = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < REMEMBERED {
            all.push(received);
        }
    }

    pub(super) fn all(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn clear(&self) {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
