//! Makes one call over the connection, with token, limiter and pauses, and returns the raw
//! response.

use super::client::Client;
use super::error::{ActError, ApiError};
use super::limiter::Permit;
use super::pause_scope::PauseScope;
use super::rate::CallClass;
use super::requested_pause::{PauseHeaders, RequestedPause};
use super::response::{MAX_ANSWER, RawResponse, ResponseCounts, read_body};
use super::retry::{ResponseClass, classify};
use super::server_words::without_long_runs;
use super::token::Token;
use super::tracked_body::SentAt;
use super::transport::{OutgoingRequest, TransportError};
use super::when_throttled::WhenThrottled;
use crate::clock;
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Response, Url};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// A call to the API, without the headers that contain secrets.
pub(super) struct WireCall<'c> {
    pub(super) class: CallClass,
    /// The counter of such calls.
    pub(super) counter: &'c AtomicU64,
    /// The calls that wait after a 429 to this one.
    pub(super) pauses: PauseScope,
    pub(super) when_throttled: WhenThrottled,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Client {
    /// Sends a call until something other than a 429 comes, unless that is to be returned. Asks the
    /// limiter before every attempt, and replaces a refused token once.
    /// `permit` is what the limiter has given already for the first attempt.
    pub(super) async fn call(
        &self,
        call: &WireCall<'_>,
        mut permit: Option<Permit>,
    ) -> Result<RawResponse, ActError> {
        let mut refused: Option<Token> = None;
        match call.when_throttled {
            WhenThrottled::SendAgain => self.kept_pause_over().await?,
            WhenThrottled::Return => self.no_kept_pause().await?,
        }
        loop {
            match call.when_throttled {
                WhenThrottled::SendAgain => self.gate_open().await?,
                WhenThrottled::Return => self.state().gate.check()?,
            }
            let token = self.token(refused.as_ref()).await.map_err(without_token)?;
            let response = match self.exchange(call, &token, permit.take()).await {
                // The gate has closed meanwhile: nothing was sent.
                Err(ActError::Throttled) if call.when_throttled == WhenThrottled::SendAgain => {
                    continue;
                }
                response => response?,
            };
            match classify(response.status) {
                ResponseClass::Pause if call.when_throttled == WhenThrottled::SendAgain => {}
                ResponseClass::FreshToken if refused.is_none() => refused = Some(token),
                _ => return Ok(response),
            }
        }
    }

    /// Sends one request and reads its response.
    async fn exchange(
        &self,
        call: &WireCall<'_>,
        token: &Token,
        permit: Option<Permit>,
    ) -> Result<RawResponse, ActError> {
        let limiter = &self.state().limiter;
        let noting = |error| self.noting_refusal(error);
        // A permit that was held for too long counts for nobody any more.
        let permit = match (permit.filter(Permit::is_valid), call.when_throttled) {
            (Some(permit), _) => permit,
            (None, WhenThrottled::SendAgain) => {
                limiter.acquire(call.class, SentAt::default()).await.map_err(noting)?
            }
            (None, WhenThrottled::Return) => {
                limiter.acquire_now(call.class, SentAt::default()).await.map_err(noting)?
            }
        };
        self.state().gate.check()?;
        let request = self.authorized(call, token, &permit)?;
        let sent = permit.sent();
        call.counter.fetch_add(1, Ordering::Relaxed);
        let _in_flight = self.state().counters.in_flight(call.class);
        let response = self.send(call, request, (&sent, &permit)).await?;
        let request_id = shown_request_id(&response, token);
        note_response(call, &response, request_id.as_deref(), &sent);
        self.pause_as_asked(call, &response, &sent, permit)?;
        read_response(response, request_id, token).await
    }

    /// Waits until an action may be sent: there is a token, and the limiter permits it. The permit
    /// counts as a request until it is used or dropped.
    ///
    /// # Errors
    /// [`ActError::Throttled`] during a pause, [`ActError::Closed`] once the client is closed,
    /// [`ActError::MayNotSend`], and why there is no token.
    pub(crate) async fn action_permit(&self) -> Result<Permit, ActError> {
        self.no_kept_pause().await?;
        self.state().gate.check()?;
        self.token(None).await.map_err(without_token)?;
        let limiter = &self.state().limiter;
        let permit = limiter.acquire_now(CallClass::Action, SentAt::default()).await;
        permit.map_err(|error| self.noting_refusal(error))
    }

    /// Sends nothing from now on if a required quota has not answered for too long.
    fn noting_refusal(&self, error: ActError) -> ActError {
        match error {
            ActError::MayNotSend { why } => self.state().gate.refuse(why),
            other => other,
        }
    }

    /// Returns the request with the headers that contain secrets.
    fn authorized(
        &self,
        call: &WireCall<'_>,
        token: &Token,
        permit: &Permit,
    ) -> Result<OutgoingRequest, ActError> {
        let mut headers = call.headers.clone();
        headers.insert("authorization", secret_header(&format!("Bearer {}", token.secret()))?);
        headers.insert("x-api-key", secret_header(&self.state().credentials.client_id)?);
        Ok(OutgoingRequest {
            method: call.method.clone(),
            url: call.url.clone(),
            headers,
            body: call.body.clone(),
            gate: self.state().gate.of_request(permit.slot()),
        })
    }

    /// Sends a request and waits for the head of its response. A request that never left this
    /// computer is not counted.
    async fn send(
        &self,
        call: &WireCall<'_>,
        request: OutgoingRequest,
        (sent, permit): (&SentAt, &Permit),
    ) -> Result<Response, ActError> {
        let response = self.state().transport.send(request, sent.clone()).await;
        response.map_err(|TransportError { cause, has_left, timed_out }| {
            tracing::warn!(class = ?call.class, has_left, cause, "no response");
            if !has_left {
                call.counter.fetch_sub(1, Ordering::Relaxed);
                if let Err(refusal) = self.state().gate.check() {
                    return refusal;
                }
                // The process was stopped for so long that others do not count the request.
                if !permit.is_valid() {
                    return ActError::Throttled;
                }
            }
            ActError::NoResponse { cause, maybe_applied: has_left, unrecognized: false, timed_out }
        })
    }

    /// Reports to the limiter how the request ended, and starts the pause that the response asks
    /// for.
    ///
    /// # Errors
    /// When the pause is longer than allowed.
    fn pause_as_asked(
        &self,
        call: &WireCall<'_>,
        response: &Response,
        sent: &SentAt,
        permit: Permit,
    ) -> Result<(), ActError> {
        let state = self.state();
        let status = response.status().as_u16();
        let (date, retry_after) = (header(response, "date"), header(response, "retry-after"));
        state.server_clock.note(date.as_deref());
        let left = sent.get().copied().unwrap_or_else(Instant::now);
        let asked = state.throttling.pause_after(
            &PauseHeaders { status, retry_after: retry_after.as_deref(), date: date.as_deref() },
            left,
            clock::system_now(),
            || state.limiter.action_rate().map_or(Duration::from_secs(1), |rate| rate.window),
        );
        match &asked {
            Some(pause) if status == 429 => permit.refused(pause.wait),
            _ => permit.answered(),
        }
        let Some(RequestedPause { wait, why }) = asked else { return Ok(()) };
        if wait > state.max_wait {
            return Err(ActError::WaitTooLong { wait, why, maybe_applied: status != 429 });
        }
        // A 503 is about the whole service.
        let scope = if status == 429 { call.pauses } else { PauseScope::Everybody };
        tracing::warn!(?scope, seconds = wait.as_secs_f64(), why, "the server asks for a pause");
        state.limiter.pause_of_all(scope, wait, &why);
        Ok(())
    }
}

/// Returns the id that the response gives to its request, without secrets that it echoes.
fn shown_request_id(response: &Response, token: &Token) -> Option<String> {
    let id = header(response, "x-request-id").filter(|id| !id.trim().is_empty())?;
    let shown = token.redactor().without_secrets(id.into_bytes());
    Some(String::from_utf8_lossy(&shown).into_owned())
}

/// Writes a response to the log. Adobe's support finds a request by its id.
fn note_response(call: &WireCall<'_>, response: &Response, id: Option<&str>, sent: &SentAt) {
    let status = response.status().as_u16();
    let took = sent.get().map_or(0.0, |sent| sent.elapsed().as_secs_f64());
    let id = id.map(without_long_runs);
    tracing::info!(
        class = ?call.class,
        method = %call.method,
        status,
        seconds = took,
        request_id = id.as_deref(),
        "response"
    );
}

/// Reads the response, and replaces secrets that it echoes.
async fn read_response(
    response: Response,
    request_id: Option<String>,
    token: &Token,
) -> Result<RawResponse, ActError> {
    let status = response.status().as_u16();
    let counts = ResponseCounts::read(response.headers());
    let body =
        read_body(response, MAX_ANSWER).await.map_err(|cause| no_response(cause.to_string()))?;
    Ok(RawResponse { status, counts, request_id, body: token.redactor().without_secrets(body) })
}

/// Returns the error of a call that was not sent because there is no token.
fn without_token(error: ApiError) -> ActError {
    match error {
        ApiError::NoAnswer(cause) => no_effect(cause),
        error @ ApiError::WaitTooLong { .. } => no_effect(error.to_string()),
        ApiError::Credentials(message)
        | ApiError::Denied(message)
        | ApiError::NoSuchGroup(message) => {
            ActError::Denied { status: 401, code: "error.credentials".to_owned(), message }
        }
    }
}

/// Returns the error of a call without a usable response, which the server may have carried out.
pub(super) fn no_response(cause: String) -> ActError {
    ActError::NoResponse { cause, maybe_applied: true, unrecognized: false, timed_out: false }
}

/// Returns the error of a call without a usable response that has changed nothing: it was not sent,
/// or only reads.
pub(super) fn no_effect(cause: String) -> ActError {
    ActError::NoResponse { cause, maybe_applied: false, unrecognized: false, timed_out: false }
}

fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Returns a header that logs do not show.
fn secret_header(text: &str) -> Result<HeaderValue, ActError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        no_effect(
            "the client id or the token contains characters that HTTP headers cannot have"
                .to_owned(),
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}
