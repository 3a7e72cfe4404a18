//! Responses: JSON with a status, pages with their headers, and connections that end without one.

use super::reads::ReplyPage;
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A response to a request.
pub(super) type Reply = Response<ReplyBody>;

/// Marks a response that is not sent: the connection is cut instead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut;

/// A body, complete or truncated.
pub(super) struct ReplyBody {
    content: Option<Bytes>,
    /// Bytes that the headers promise and that never come.
    missing: u64,
}

impl ReplyBody {
    fn whole(content: Bytes) -> Self {
        Self { content: Some(content).filter(|content| !content.is_empty()), missing: 0 }
    }
}

impl http_body::Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let content = self.content.take().map(|content| Ok(Frame::data(content)));
        let broken = || (self.missing > 0).then(|| Err(io::Error::other("cut on purpose")));
        Poll::Ready(content.or_else(broken))
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_none() && self.missing == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.content.as_ref().map_or(0, Bytes::len) as u64 + self.missing)
    }
}

/// Returns JSON with a status.
pub(super) fn answer(status: u16, body: &Value) -> Reply {
    given(status, &[], body.to_string())
}

/// Returns a body with a status and headers. The content type is HTML if it begins like a page.
pub(super) fn given(status: u16, headers: &[(String, String)], body: impl Into<Bytes>) -> Reply {
    let body = body.into();
    let kind = if body.starts_with(b"<") { "text/html" } else { "application/json" };
    let mut reply = Response::new(ReplyBody::whole(body));
    *reply.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value))
        {
            reply.headers_mut().insert(name, value);
        }
    }
    reply
}

/// Returns a response of JSON Lines.
pub(super) fn lines(bytes: Vec<u8>) -> Reply {
    given(200, &[("content-type".to_owned(), "application/jsonl".to_owned())], bytes)
}

/// Returns a page of a list, with its numbers in the headers.
pub(super) fn pages(page: ReplyPage) -> Reply {
    let numbers = [
        ("x-total-count", page.total),
        ("x-page-count", page.pages),
        ("x-current-page", page.current),
        ("x-page-size", page.size),
    ]
    .map(|(name, number)| (name.to_owned(), number.to_string()));
    given(200, &numbers, page.body)
}

/// Returns the response for an unknown path.
pub(super) fn not_found() -> Reply {
    answer(404, &json!({ "error_code": "404", "message": "Not Found" }))
}

/// Returns the response for a method that the resource does not have.
pub(super) fn not_allowed(allowed: &'static str) -> Reply {
    let mut reply = answer(405, &json!({ "error_code": "405", "message": "Method Not Allowed" }));
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    reply
}

/// Returns what stands for no response: the connection is cut.
pub(super) fn cut() -> Reply {
    let mut reply = Response::new(ReplyBody::whole(Bytes::new()));
    reply.extensions_mut().insert(Cut);
    reply
}

/// Returns a response that breaks off.
pub(super) fn truncated(mut reply: Reply) -> Reply {
    reply.headers_mut().remove(CONTENT_LENGTH);
    *reply.body_mut() =
        ReplyBody { content: Some(Bytes::from_static(b"{\"result\":\"succ")), missing: 485 };
    reply
}

/// Reads the whole body of a request.
///
/// # Errors
/// The response for a body that is longer than `most` bytes, or that broke off.
pub(super) async fn read_body(
    headers: &HeaderMap,
    body: Incoming,
    most: usize,
) -> Result<Bytes, Reply> {
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most as u64) {
        return Err(too_large(most));
    }
    match Limited::new(body, most).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(most)),
        Err(_) => Err(cut()),
    }
}

fn too_large(most: usize) -> Reply {
    let mut reply = answer(
        413,
        &json!({ "error_code": "413", "message": format!("The request is longer than {most} bytes")
        }),
    );
    // The rest of the body is not read.
    reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    reply
}
