//! A request body that records when its last byte went to the connection.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
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
}

impl TrackedBody {
    /// Creates a body that records when its last byte was taken.
    pub(super) fn new(bytes: Bytes, sent: SentAt) -> Self {
        Self { bytes: Some(bytes), sent }
    }
}

impl Body for TrackedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = self.bytes.take();
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
