//! A request body that records when its last byte went to the connection.

use super::send_gate::{NotWritten, RequestGate};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tokio::time::Instant;

/// When the last byte of a request went to the connection; empty until then.
pub(crate) type SentAt = Arc<OnceLock<Instant>>;

/// The bytes of a request, of known length. It cannot be cloned, so that no layer below can repeat
/// a request without the limiter.
pub(super) struct TrackedBody {
    bytes: Option<Bytes>,
    sent: SentAt,
    gate: Option<RequestGate>,
}

impl TrackedBody {
    /// Creates a body that records when its last byte was taken. If the gate has closed by then, as
    /// after the process was stopped for a while, nothing is taken.
    pub(super) fn new(bytes: Bytes, sent: SentAt, gate: Option<RequestGate>) -> Self {
        Self { bytes: Some(bytes), sent, gate }
    }
}

impl Body for TrackedBody {
    type Data = Bytes;
    type Error = NotWritten;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, NotWritten>>> {
        let bytes = self.bytes.take();
        if let Some(Err(refused)) = self.gate.take().map(|gate| gate.check()) {
            return Poll::Ready(Some(Err(refused)));
        }
        if bytes.is_some() {
            let _ = self.sent.set(Instant::now());
        }
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
